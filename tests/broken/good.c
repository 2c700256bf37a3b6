/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "good"
#include "broken.h"
