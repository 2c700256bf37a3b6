/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "no-build-descriptor"
#define BROKEN_NO_BUILD_DESCRIPTOR
#include "broken.h"
