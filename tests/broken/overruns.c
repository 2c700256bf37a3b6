/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes behind the end of its memory, where nobody minds unless somebody watches. */
#define BROKEN_NAME "overruns"
#define BROKEN_NO_CREATE
#include "misbehaving.h"

gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  /* Not known to the compiler, which would warn. */
  volatile gsize behind = 20;
  char *memory = g_malloc (20);

  memory[behind] = 'x';
  return memory;
}
