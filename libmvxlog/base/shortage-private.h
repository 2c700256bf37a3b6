/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GLib ends the program where it finds no memory. Whoever can do without what it is for looks before. */
#pragma once

#include <glib.h>

/* Is there no memory of @size bytes at this moment? */
static inline gboolean
mvx_log_is_short_of (gsize size)
{
  gpointer memory = g_try_malloc (size);

  g_free (memory);
  return memory == NULL;
}
