/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory for what has a cache line of its own, where a logging call may not end the program for want of it. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include <glib.h>

G_BEGIN_DECLS

/* Zeros; NULL if there is no memory. */
static inline gpointer
mvx_log_aligned_try_new0 (gsize size,
                          gsize alignment)
{
  void *memory;

  size = (size + alignment - 1) & ~(alignment - 1);
  return posix_memalign (&memory, alignment, size) == 0 ? memset (memory, 0, size) : NULL;
}

static inline void
mvx_log_aligned_free (gpointer memory)
{
  free (memory);
}

G_END_DECLS
