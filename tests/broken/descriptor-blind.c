/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Its option is not in the descriptor. */
#define BROKEN_NAME "descriptor-blind"
#define BROKEN_OPTIONS broken_options
#define BROKEN_NO_BUILD_DESCRIPTOR
#include <mvxlog/mvxlog.h>

static const MvxLogOptionSpec broken_options[]
    = { { "target", MVX_LOG_OPTION_STRING, 0, "here", 0, 0, NULL, "For tests", { NULL, NULL } },
        { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } } };

#include "misbehaving.h"

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  return mvx_log_sink_descriptor_new (BROKEN_NAME, NULL, NULL);
}
