/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/atfork-private.h"
#include "context/summary-private.h"

/* A program that logs to nobody must not pile them up. */
#define MVX_LOG_SUMMARY_MAX 4096

__thread gpointer mvx_log_summary_origin;
gint mvx_log_summary_waiting;

static GMutex mvx_log_summary_mutex;
static GQueue mvx_log_summary_queue = G_QUEUE_INIT;

/* The parent tells what it has held back. */
static void
mvx_log_summary_fork (MvxLogForkStage stage)
{
  if (stage != MVX_LOG_FORK_CHILD)
    return;
  g_queue_init (&mvx_log_summary_queue);
  mvx_log_summary_waiting = FALSE;
}

MVX_LOG_FORK_LOCK (SUMMARY, &mvx_log_summary_mutex, mvx_log_summary_fork);

void
mvx_log_summary_free (MvxLogSummary *summary)
{
  g_free (summary->like);
  g_free (summary);
}

void
mvx_log_summary_push (const MvxLogSummary *summary)
{
  MvxLogSummary *oldest = NULL;

  g_mutex_lock (&mvx_log_summary_mutex);
  if (mvx_log_summary_queue.length >= MVX_LOG_SUMMARY_MAX)
    oldest = g_queue_pop_head (&mvx_log_summary_queue);
  g_queue_push_tail (&mvx_log_summary_queue, g_memdup2 (summary, sizeof *summary));
  __atomic_store_n (&mvx_log_summary_waiting, TRUE, __ATOMIC_RELAXED);
  g_mutex_unlock (&mvx_log_summary_mutex);
  if (oldest)
    mvx_log_summary_free (oldest);
}

GQueue *
mvx_log_summary_take (void)
{
  GQueue *taken = g_queue_new ();

  g_mutex_lock (&mvx_log_summary_mutex);
  *taken = mvx_log_summary_queue;
  g_queue_init (&mvx_log_summary_queue);
  __atomic_store_n (&mvx_log_summary_waiting, FALSE, __ATOMIC_RELAXED);
  g_mutex_unlock (&mvx_log_summary_mutex);
  return taken;
}
