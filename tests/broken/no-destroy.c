/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "no-destroy"
#define BROKEN_DESTROY NULL
#include "broken.h"
