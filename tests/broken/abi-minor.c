/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "abi-minor"
#define BROKEN_ABI ((1u << 16) | 3)
#include "broken.h"
