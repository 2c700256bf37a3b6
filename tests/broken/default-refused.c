/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Does not take the default of its own table. */
#define BROKEN_NAME "default-refused"
#define BROKEN_OPTIONS broken_options
#define BROKEN_NO_BUILD_DESCRIPTOR
#include <mvxlog/mvxlog.h>

static const MvxLogOptionSpec broken_options[]
    = { { "mode", MVX_LOG_OPTION_STRING, 0, "fast", 0, 0, NULL, "For tests", { NULL, NULL } },
        { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } } };

#include "misbehaving.h"

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  const char *mode = mvx_log_options_get_string (options, "mode");

  if (g_strcmp0 (mode, "quick") == 0)
    return mvx_log_sink_descriptor_new (BROKEN_NAME, NULL, NULL);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "mode: '%s' is not 'quick'", mode);
  return NULL;
}
