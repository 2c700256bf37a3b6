/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "no-dispatch-core"
#define BROKEN_NO_DISPATCH_CORE
#include "broken.h"
