/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The same in the thread that logs. */
#define BROKEN_NAME "dispatch-block-sync"
#define BROKEN_FLAGS 0
#include "dispatch-block.c"
