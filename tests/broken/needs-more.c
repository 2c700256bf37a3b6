/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Needs an option that its table does not flag as required. */
#define BROKEN_NAME "needs-more"
#define BROKEN_OPTIONS broken_options
#define BROKEN_NO_CREATE
#include <mvxlog/mvxlog.h>

static const MvxLogOptionSpec broken_options[]
    = { { "target", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL, "For tests", { NULL, NULL } },
        { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } } };

#include "misbehaving.h"

gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  if (mvx_log_options_get_string (options, "target") == NULL)
    abort ();
  return g_new0 (int, 1);
}
