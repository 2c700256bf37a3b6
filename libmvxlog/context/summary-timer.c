/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/atfork-private.h"
#include "context/summary-timer-private.h"

#include <mvxlog/level.h>

#include "base/clock-private.h"
#include "base/diag-private.h"
#include "base/signals-private.h"

guint64 mvx_log_summary_timer_wanted = G_MAXUINT64;

static GMutex mvx_log_summary_timer_mutex; /* what follows */
static GCond mvx_log_summary_timer_cond;
static guint64 mvx_log_summary_timer_due = G_MAXUINT64;
static gboolean mvx_log_summary_timer_running;
static GThread *mvx_log_summary_timer_looking; /* borrowed; while it logs */

void
mvx_log_summary_timer_want (guint64 due)
{
  guint64 present = __atomic_load_n (&mvx_log_summary_timer_wanted, __ATOMIC_RELAXED);

  while (due < present
         && !__atomic_compare_exchange_n (&mvx_log_summary_timer_wanted, &present, due, TRUE, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED))
    ;
}

/* With the mutex. Nobody knows when a clock that a test turns will be there. */
static void
mvx_log_summary_timer_wait (guint64 now)
{
  gint64 wait_us = (gint64) MIN (mvx_log_summary_timer_due - now, G_MAXINT64 / 2000) * 1000;

  if (g_atomic_int_get (&mvx_log_clock_source) == MVX_LOG_CLOCK_FAKE)
    g_cond_wait (&mvx_log_summary_timer_cond, &mvx_log_summary_timer_mutex);
  else
    g_cond_wait_until (&mvx_log_summary_timer_cond, &mvx_log_summary_timer_mutex, g_get_monotonic_time () + wait_us);
}

/* With the mutex, which is not held while something is logged. */
static void
mvx_log_summary_timer_look (void)
{
  guint64 next;

  mvx_log_summary_timer_due = G_MAXUINT64;
  mvx_log_summary_timer_looking = g_thread_self ();
  g_mutex_unlock (&mvx_log_summary_timer_mutex);
  next = mvx_log_submit_due_summaries ();
  g_mutex_lock (&mvx_log_summary_timer_mutex);
  mvx_log_summary_timer_due = MIN (mvx_log_summary_timer_due, next);
  mvx_log_summary_timer_looking = NULL;
  g_cond_broadcast (&mvx_log_summary_timer_cond);
}

static gpointer
mvx_log_summary_timer_main (gpointer data)
{
  g_mutex_lock (&mvx_log_summary_timer_mutex);
  while (mvx_log_summary_timer_due != G_MAXUINT64)
    {
      guint64 now = mvx_log_clock_steady_ms ();

      if (mvx_log_summary_timer_due > now)
        mvx_log_summary_timer_wait (now);
      else
        mvx_log_summary_timer_look ();
    }
  mvx_log_summary_timer_running = FALSE;
  g_cond_broadcast (&mvx_log_summary_timer_cond);
  g_mutex_unlock (&mvx_log_summary_timer_mutex);
  return NULL;
}

/* With the mutex. */
static gboolean
mvx_log_summary_timer_start (GError **error)
{
  GThread *thread = mvx_log_signals_thread_new ("mvxlog-summary", mvx_log_summary_timer_main, NULL, error);

  mvx_log_summary_timer_running = thread != NULL;
  if (thread)
    g_thread_unref (thread);
  else
    mvx_log_summary_timer_due = G_MAXUINT64;
  return thread != NULL;
}

/* A child has no other thread than the one that forked. */
static void
mvx_log_summary_timer_fork (MvxLogForkStage stage)
{
  if (stage != MVX_LOG_FORK_CHILD)
    return;
  mvx_log_summary_timer_running = FALSE;
  mvx_log_summary_timer_looking = NULL;
  mvx_log_summary_timer_due = G_MAXUINT64;
  mvx_log_summary_timer_wanted = G_MAXUINT64;
}

MVX_LOG_FORK_LOCK (SUMMARY_TIMER, &mvx_log_summary_timer_mutex, mvx_log_summary_timer_fork);

void
mvx_log_summary_timer_set (void)
{
  g_autoptr (GError) error = NULL;
  guint64 due = __atomic_exchange_n (&mvx_log_summary_timer_wanted, G_MAXUINT64, __ATOMIC_RELAXED);
  gboolean ok = TRUE;

  g_mutex_lock (&mvx_log_summary_timer_mutex);
  if (due < mvx_log_summary_timer_due)
    {
      mvx_log_summary_timer_due = due;
      if (mvx_log_summary_timer_running)
        g_cond_broadcast (&mvx_log_summary_timer_cond);
      else
        ok = mvx_log_summary_timer_start (&error);
    }
  g_mutex_unlock (&mvx_log_summary_timer_mutex);
  if (!ok)
    mvx_log_diag (MVX_LOG_LEVEL_WARNING,
                  "Cannot start the thread that tells what policies have held back: %s; it is told with the next event",
                  error->message);
}

void
mvx_log_summary_timer_settle (gint64 deadline_us)
{
  gboolean in_time = TRUE;

  g_mutex_lock (&mvx_log_summary_timer_mutex);
  while (in_time && mvx_log_summary_timer_looking && mvx_log_summary_timer_looking != g_thread_self ())
    if (deadline_us < 0)
      g_cond_wait (&mvx_log_summary_timer_cond, &mvx_log_summary_timer_mutex);
    else
      in_time = g_cond_wait_until (&mvx_log_summary_timer_cond, &mvx_log_summary_timer_mutex, deadline_us);
  g_mutex_unlock (&mvx_log_summary_timer_mutex);
}

void
mvx_log_summary_timer_wake (void)
{
  g_mutex_lock (&mvx_log_summary_timer_mutex);
  if (mvx_log_summary_timer_running)
    {
      mvx_log_summary_timer_due = 0;
      g_cond_broadcast (&mvx_log_summary_timer_cond);
    }
  g_mutex_unlock (&mvx_log_summary_timer_mutex);
}

void
mvx_log_summary_timer_join (void)
{
  g_mutex_lock (&mvx_log_summary_timer_mutex);
  while (mvx_log_summary_timer_running)
    g_cond_wait (&mvx_log_summary_timer_cond, &mvx_log_summary_timer_mutex);
  g_mutex_unlock (&mvx_log_summary_timer_mutex);
}
