/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Linked with a version script that has a name. */
#define BROKEN_NAME "versioned"
#include "misbehaving.h"
