/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "size-small"
#define BROKEN_SIZE (MVX_LOG_PLUGIN_MIN_SIZE - 1)
#include "broken.h"
