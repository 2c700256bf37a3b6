/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "no-summary"
#define BROKEN_SUMMARY NULL
#include "broken.h"
