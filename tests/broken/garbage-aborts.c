/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cannot stand an empty text. */
#define BROKEN_NAME "garbage-aborts"
#define BROKEN_OPTIONS broken_options
#define BROKEN_NO_CREATE
#include <mvxlog/mvxlog.h>

static const MvxLogOptionSpec broken_options[]
    = { { "target", MVX_LOG_OPTION_STRING, 0, "here", 0, 0, NULL, "For tests", { NULL, NULL } },
        { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } } };

#include "misbehaving.h"

gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  if (*mvx_log_options_get_string (options, "target") == '\0')
    abort ();
  return g_new0 (int, 1);
}
