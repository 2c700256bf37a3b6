/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits for an answer although there is no time left. */
#define BROKEN_NAME "probe-waits"
#define BROKEN_HOOKS .probe = broken_probe
#include <mvxlog/mvxlog.h>

static gboolean
broken_probe (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  static GMutex mutex;
  static GCond cond;

  g_mutex_lock (&mutex);
  while (deadline_us <= g_get_monotonic_time ())
    g_cond_wait (&cond, &mutex);
  g_mutex_unlock (&mutex);
  return TRUE;
}

#include "misbehaving.h"
