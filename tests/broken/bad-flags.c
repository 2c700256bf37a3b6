/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "bad-flags"
#define BROKEN_FLAGS 0x100
#include "broken.h"
