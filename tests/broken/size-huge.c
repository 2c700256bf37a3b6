/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "size-huge"
#define BROKEN_SIZE 1048576
#include "broken.h"
