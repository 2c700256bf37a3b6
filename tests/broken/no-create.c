/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "no-create"
#define BROKEN_NO_CREATE
#include "broken.h"
