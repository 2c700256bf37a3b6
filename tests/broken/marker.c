/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Its constructor leaves a mark: whether the file was ever loaded. */
#define BROKEN_NAME "marker"
#include "broken.h"

__attribute__ ((constructor)) static void
broken_mark (void)
{
  g_setenv ("MVXLOG_TEST_MARKER", "loaded", TRUE);
}
