/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "ack-sync"
#define BROKEN_FLAGS MVX_LOG_PLUGIN_ACKNOWLEDGES
#include "broken.h"
