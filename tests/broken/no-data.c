/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "no-data"
#define BROKEN_NO_DATA
#define BROKEN_DESTROY NULL
#include "broken.h"
