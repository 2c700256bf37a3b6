/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "option-name"
#define BROKEN_OPTIONS broken_options

#include <mvxlog/mvxlog.h>

static const MvxLogOptionSpec broken_options[] = {
  { "No_Good", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL, "A row", { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

#include "broken.h"
