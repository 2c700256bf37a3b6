/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/signals-private.h"
#include "front/glib-detour-private.h"
#include "front/process-private.h"

/* On the stack of the caller, who waits. */
typedef struct
{
  const MvxLogParts *parts;
  MvxLogThread *thread;
  GMutex mutex;
  GCond cond;
  gboolean done;
} MvxLogGlibDetour;

/* A thread of the pool serves the whole program: the program's signals are not its business while it is here. */
static void
mvx_log_glib_detour_run (gpointer data, gpointer unused)
{
  MvxLogGlibDetour *detour = data;
  MvxLogThread *own = mvx_log_thread_current;
  sigset_t before;

  mvx_log_signals_block (&before);
  mvx_log_thread_current = detour->thread;
  mvx_log_submit_parts (detour->parts, NULL);
  mvx_log_thread_current = own;
  pthread_sigmask (SIG_SETMASK, &before, NULL);

  g_mutex_lock (&detour->mutex);
  detour->done = TRUE;
  g_cond_signal (&detour->cond);
  g_mutex_unlock (&detour->mutex);
}

/* As many threads as there are callers: one that waits for a sink keeps nobody else waiting. */
static GThreadPool *
mvx_log_glib_detour_pool (void)
{
  static GThreadPool *pool;

  if (g_once_init_enter (&pool))
    g_once_init_leave (&pool, g_thread_pool_new (mvx_log_glib_detour_run, NULL, -1, FALSE, NULL));
  return pool;
}

/* In a forked child there are no threads to take it, and within a sink there is nothing to protect any more. */
void
mvx_log_glib_detour_submit (const MvxLogParts *parts)
{
  MvxLogGlibDetour detour = { .parts = parts, .thread = mvx_log_thread_get () };

  if (detour.thread->depth > 0 || mvx_log_process_is_child ())
    {
      mvx_log_submit_parts (parts, NULL);
      return;
    }
  g_mutex_init (&detour.mutex);
  g_cond_init (&detour.cond);
  g_thread_pool_push (mvx_log_glib_detour_pool (), &detour, NULL);
  g_mutex_lock (&detour.mutex);
  while (!detour.done)
    g_cond_wait (&detour.cond, &detour.mutex);
  g_mutex_unlock (&detour.mutex);
  g_mutex_clear (&detour.mutex);
  g_cond_clear (&detour.cond);
}
