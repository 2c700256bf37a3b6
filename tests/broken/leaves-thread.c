/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread for each instance, which nobody ends. */
#define BROKEN_NAME "leaves-thread"
#define BROKEN_HOOKS .on_starting = broken_on_starting
#include <mvxlog/mvxlog.h>

static gpointer
broken_wait (gpointer data)
{
  static GMutex mutex;
  static GCond cond;

  g_mutex_lock (&mutex);
  while (TRUE)
    g_cond_wait (&cond, &mutex);
  return NULL;
}

static gboolean
broken_on_starting (gpointer instance, GError **error)
{
  g_thread_unref (g_thread_new ("forgotten", broken_wait, NULL));
  return TRUE;
}

#include "misbehaving.h"
