/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/signals-private.h"
#include "front/glib-detour-private.h"
#include "front/process-private.h"

/* Of the caller, who waits, and the pool, which keeps what it could not find a thread for. */
typedef struct
{
  gint ref_count;
  gint taken; /* atomic: by a thread of the pool, or by the caller */
  const MvxLogParts *parts;
  MvxLogThread *thread;
  GMutex mutex;
  GCond cond;
  gboolean done;
} MvxLogGlibDetour;

static void
mvx_log_glib_detour_unref (MvxLogGlibDetour *detour)
{
  if (!g_atomic_int_dec_and_test (&detour->ref_count))
    return;
  g_mutex_clear (&detour->mutex);
  g_cond_clear (&detour->cond);
  g_free (detour);
}

static gboolean
mvx_log_glib_detour_take (MvxLogGlibDetour *detour)
{
  return g_atomic_int_compare_and_exchange (&detour->taken, 0, 1);
}

/* A thread of the pool serves the whole program: the program's signals are not its business while it is here. */
static void
mvx_log_glib_detour_submit_as_caller (const MvxLogGlibDetour *detour)
{
  MvxLogThread *own = mvx_log_thread_current;
  sigset_t before;

  mvx_log_signals_block (&before);
  mvx_log_thread_current = detour->thread;
  mvx_log_submit_parts (detour->parts, NULL);
  mvx_log_thread_current = own;
  pthread_sigmask (SIG_SETMASK, &before, NULL);
}

static void
mvx_log_glib_detour_run (gpointer data, gpointer unused)
{
  MvxLogGlibDetour *detour = data;

  if (mvx_log_glib_detour_take (detour))
    {
      mvx_log_glib_detour_submit_as_caller (detour);
      g_mutex_lock (&detour->mutex);
      detour->done = TRUE;
      g_cond_signal (&detour->cond);
      g_mutex_unlock (&detour->mutex);
    }
  mvx_log_glib_detour_unref (detour);
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

static void
mvx_log_glib_detour_wait (MvxLogGlibDetour *detour)
{
  g_mutex_lock (&detour->mutex);
  while (!detour->done)
    g_cond_wait (&detour->cond, &detour->mutex);
  g_mutex_unlock (&detour->mutex);
}

/* In a forked child there are no threads to take it, and within a sink there is nothing to protect any more. If no
 * thread can be made, a sink that logs nothing does no harm here, and who waited for a thread might wait for ever. */
void
mvx_log_glib_detour_submit (const MvxLogParts *parts)
{
  MvxLogThread *thread = mvx_log_thread_get ();
  MvxLogGlibDetour *detour;

  if (thread->depth > 0 || mvx_log_process_is_child ())
    {
      mvx_log_submit_parts (parts, NULL);
      return;
    }
  detour = g_new0 (MvxLogGlibDetour, 1);
  detour->ref_count = 2;
  detour->parts = parts;
  detour->thread = thread;
  g_mutex_init (&detour->mutex);
  g_cond_init (&detour->cond);
  if (!g_thread_pool_push (mvx_log_glib_detour_pool (), detour, NULL) && mvx_log_glib_detour_take (detour))
    mvx_log_submit_parts (parts, NULL);
  else
    mvx_log_glib_detour_wait (detour);
  mvx_log_glib_detour_unref (detour);
}
