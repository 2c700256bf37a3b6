/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nothing in here may be more than a signal handler may call. A test holds this file's undefined symbols to a list. */
#include <time.h>

#include "async/last-call-private.h"
#include "base/atfork-private.h"

#define MVX_LOG_LAST_CALL_MAX 64
#define MVX_LOG_LAST_CALL_NAP_MS 2

/* Each atomic. A queue that goes while a program crashes may be read after that: a second fault ends the first. */
static MvxLogQueue *mvx_log_last_call_queues[MVX_LOG_LAST_CALL_MAX];

/* Those are the parent's. */
static void
mvx_log_last_call_fork (MvxLogForkStage stage)
{
  for (guint i = 0; i < MVX_LOG_LAST_CALL_MAX && stage == MVX_LOG_FORK_CHILD; i++)
    mvx_log_last_call_queues[i] = NULL;
}

MVX_LOG_FORK_LOCK (LAST_CALL, NULL, mvx_log_last_call_fork);

void
mvx_log_last_call_add (MvxLogQueue *queue)
{
  for (guint i = 0; i < MVX_LOG_LAST_CALL_MAX; i++)
    {
      MvxLogQueue *none = NULL;

      if (__atomic_compare_exchange_n (&mvx_log_last_call_queues[i], &none, queue, FALSE, __ATOMIC_RELEASE,
                                       __ATOMIC_RELAXED))
        return;
    }
}

void
mvx_log_last_call_remove (MvxLogQueue *queue)
{
  for (guint i = 0; i < MVX_LOG_LAST_CALL_MAX; i++)
    {
      MvxLogQueue *present = queue;

      if (__atomic_compare_exchange_n (&mvx_log_last_call_queues[i], &present, NULL, FALSE, __ATOMIC_RELAXED,
                                       __ATOMIC_RELAXED))
        return;
    }
}

/* A worker takes `kicked` back before it looks, and is BUSY until there is no more. */
static gboolean
mvx_log_last_call_is_done (void)
{
  for (guint i = 0; i < MVX_LOG_LAST_CALL_MAX; i++)
    {
      const MvxLogQueue *queue = __atomic_load_n (&mvx_log_last_call_queues[i], __ATOMIC_ACQUIRE);

      if (queue && (g_atomic_int_get (&queue->kicked) || g_atomic_int_get (&queue->mood) == MVX_LOG_WORKER_BUSY))
        return FALSE;
    }
  return TRUE;
}

static gint64
mvx_log_last_call_now_ms (void)
{
  struct timespec now = { 0, 0 };

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (gint64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

gboolean
mvx_log_last_call_wait (guint patience_ms)
{
  const gint64 until = mvx_log_last_call_now_ms () + patience_ms;
  const struct timespec nap = { 0, MVX_LOG_LAST_CALL_NAP_MS * 1000000 };

  for (guint i = 0; i < MVX_LOG_LAST_CALL_MAX; i++)
    {
      MvxLogQueue *queue = __atomic_load_n (&mvx_log_last_call_queues[i], __ATOMIC_ACQUIRE);

      if (queue == NULL)
        continue;
      g_atomic_int_set (&queue->kicked, 1);
      g_main_context_wakeup (queue->context); /* a write to an eventfd */
    }
  /* Nobody could wake us up: whatever could may be what is broken. */
  while (!mvx_log_last_call_is_done ())
    {
      if (mvx_log_last_call_now_ms () >= until)
        return FALSE;
      nanosleep (&nap, NULL);
    }
  return TRUE;
}
