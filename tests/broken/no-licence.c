/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "no-licence"
#define BROKEN_LICENCE "\xff"
#include "broken.h"
