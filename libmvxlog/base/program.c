/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/program-private.h"

#include <errno.h>
#include <string.h>

static const char *mvx_log_program_name; /* atomic, interned; release when set, acquire when read */

void
mvx_log_program_set_name (const char *name)
{
  __atomic_store_n (&mvx_log_program_name, g_intern_string (name), __ATOMIC_RELEASE);
}

const char *
mvx_log_program_get_name (void)
{
  const char *name = __atomic_load_n (&mvx_log_program_name, __ATOMIC_ACQUIRE);

  if (name == NULL)
    name = g_get_prgname ();
#ifdef __GLIBC__
  if (name == NULL)
    name = program_invocation_short_name;
#endif
  /* Who sets it may give the whole path. */
  return name && strrchr (name, '/') ? strrchr (name, '/') + 1 : name;
}
