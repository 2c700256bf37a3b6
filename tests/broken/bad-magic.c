/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "bad-magic"
#define BROKEN_MAGIC 0x12345678u
#include "broken.h"
