/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "no-version"
#define BROKEN_VERSION ""
#include "broken.h"
