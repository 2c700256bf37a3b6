/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "abi-major"
#define BROKEN_ABI ((2u << 16) | 3)
#include "broken.h"
