/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Its destructor ends the program in its own way. */
#define BROKEN_NAME "exit-aborts"
#include "misbehaving.h"

__attribute__ ((destructor)) static void
broken_end (void)
{
  abort ();
}
