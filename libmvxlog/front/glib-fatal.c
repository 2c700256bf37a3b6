/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <unistd.h>

#include <mvxlog/delivery.h>
#include <mvxlog/emergency.h>
#include <mvxlog/level.h>

#include "base/atfork-private.h"
#include "base/diag-private.h"
#include "base/quiesce-private.h"
#include "base/signals-private.h"
#include "front/glib-fatal-private.h"
#include "front/process-private.h"

#define MVX_LOG_GLIB_SERIOUS (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)

static GMutex mvx_log_glib_fatal_mutex;
MVX_LOG_FORK_LOCK (GLIB_FATAL, &mvx_log_glib_fatal_mutex, NULL);
static guint mvx_log_glib_fatal_mask; /* atomic: as it was last read */

/* GLib lets nobody read the mask but by setting it. What is set for that moment is its default, so that nothing changes
 * unless the program has made more levels fatal. */
static GLogLevelFlags
mvx_log_glib_fatal_read (void)
{
  GLogLevelFlags mask;

  g_mutex_lock (&mvx_log_glib_fatal_mutex);
  mask = g_log_set_always_fatal (G_LOG_FATAL_MASK);
  if (mask != G_LOG_FATAL_MASK)
    g_log_set_always_fatal (mask);
  __atomic_store_n (&mvx_log_glib_fatal_mask, mask, __ATOMIC_RELAXED);
  g_mutex_unlock (&mvx_log_glib_fatal_mutex);
  return mask;
}

void
mvx_log_glib_fatal_learn (void)
{
  mvx_log_glib_fatal_read ();
}

/* The old API, g_log(), decides by itself; of the structured one only errors are fatal without the writer's doing. */
MvxLogGlibFate
mvx_log_glib_fatal_judge (GLogLevelFlags log_level, gboolean old_api)
{
  guint asked = MVX_LOG_GLIB_SERIOUS | __atomic_load_n (&mvx_log_glib_fatal_mask, __ATOMIC_RELAXED);

  if (G_LIKELY ((log_level & (asked | G_LOG_FLAG_FATAL)) == 0))
    return MVX_LOG_GLIB_HARMLESS;
  if (log_level & G_LOG_FATAL_MASK)
    return MVX_LOG_GLIB_FATAL;
  if ((log_level & G_LOG_FLAG_FATAL) == 0 && (log_level & mvx_log_glib_fatal_read ()) == 0)
    return MVX_LOG_GLIB_HARMLESS;
  return old_api ? MVX_LOG_GLIB_FATAL : MVX_LOG_GLIB_ABORT;
}

/* Of the thread that flushes and the one that waits for it. */
typedef struct
{
  gint ref_count;
  gint64 deadline_us;
  MvxLogGlibSayFunc say; /* NULL: it has been said */
  char text[MVX_LOG_GLIB_LAST_WORDS];
  GMutex mutex;
  GCond cond;
  gboolean done;
  gboolean complete;
} MvxLogGlibFlush;

static void
mvx_log_glib_flush_unref (MvxLogGlibFlush *flush)
{
  if (!g_atomic_int_dec_and_test (&flush->ref_count))
    return;
  g_mutex_clear (&flush->mutex);
  g_cond_clear (&flush->cond);
  g_free (flush);
}

static gpointer
mvx_log_glib_flush_run (gpointer data)
{
  MvxLogGlibFlush *flush = data;
  g_autoptr (GError) error = NULL;
  gboolean complete;

  if (flush->say)
    flush->say (flush->text);
  complete = !mvx_log_process_has_own_sinks () || mvx_log_flush (flush->deadline_us, &error);
  if (!complete)
    mvx_log_diag (MVX_LOG_LEVEL_CRITICAL, "A fatal message may not have reached every sink: %s", error->message);
  g_mutex_lock (&flush->mutex);
  flush->done = TRUE;
  flush->complete = complete;
  g_cond_signal (&flush->cond);
  g_mutex_unlock (&flush->mutex);
  mvx_log_glib_flush_unref (flush);
  return NULL;
}

/* Time for a sink that comes exactly at the deadline to say so. */
#define MVX_LOG_GLIB_GRACE_US 20000

/* On a thread of its own: a lock that the failing thread holds, or a sink that is stuck, must not keep the program from
 * ending. FALSE: not everything may have arrived. */
static gboolean
mvx_log_glib_fatal_wait (MvxLogGlibSayFunc say, const char *text)
{
  MvxLogGlibFlush *flush;
  GThread *thread;
  gint64 until;
  gboolean done;
  gboolean complete;

  until = g_get_monotonic_time () + MVX_LOG_GLIB_FATAL_US;
  flush = g_try_new0 (MvxLogGlibFlush, 1); /* that there is no memory may be what is to be said */
  if (flush == NULL)
    return FALSE;
  flush->ref_count = 2;
  flush->say = say;
  g_strlcpy (flush->text, text ? text : "", sizeof flush->text);
  flush->deadline_us = until - MVX_LOG_GLIB_GRACE_US;
  g_mutex_init (&flush->mutex);
  g_cond_init (&flush->cond);
  thread = mvx_log_signals_thread_new ("mvxlog-fatal", mvx_log_glib_flush_run, flush, NULL);
  if (thread == NULL)
    {
      g_mutex_clear (&flush->mutex);
      g_cond_clear (&flush->cond);
      g_free (flush);
      return FALSE;
    }
  g_thread_unref (thread);
  g_mutex_lock (&flush->mutex);
  while (!flush->done && g_cond_wait_until (&flush->cond, &flush->mutex, until))
    continue;
  done = flush->done;
  complete = flush->complete;
  g_mutex_unlock (&flush->mutex);
  if (!done)
    mvx_log_diag (MVX_LOG_LEVEL_CRITICAL, "A fatal message may not have reached every sink in time");
  mvx_log_glib_flush_unref (flush);
  return complete;
}

void
mvx_log_glib_fatal_flush (const char *text, gssize length)
{
  /* What a sink says itself is in no queue. */
  gboolean inside = mvx_log_thread_get ()->depth > 0;

  if (!mvx_log_process_has_own_sinks ())
    return;
  if (!mvx_log_glib_fatal_wait (NULL, NULL) || inside)
    mvx_log_emergency (text, length);
}

void
mvx_log_glib_fatal_pass_on (MvxLogGlibSayFunc say, const char *text)
{
  gboolean inside = mvx_log_thread_get ()->depth > 0;

  if (!mvx_log_glib_fatal_wait (say, text) || inside)
    mvx_log_emergency (text, -1);
}

void
mvx_log_glib_fatal_abort (GLogLevelFlags log_level)
{
  if (g_test_subprocess ())
    _exit (1);
  if (log_level & G_LOG_FLAG_RECURSION)
    g_abort ();
  G_BREAKPOINT ();
}
