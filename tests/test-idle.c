/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An idle sink does not wake up. */
#include <sys/syscall.h>
#include <unistd.h>

#include "rig-sink.h"

#include "async/async-sink-internal.h"

static gint deep_tid; /* atomic */
static gint lazy_tid; /* atomic */

static void
note_deep (gpointer sink)
{
  g_atomic_int_set (&deep_tid, (gint) syscall (SYS_gettid));
}

static void
note_lazy (gpointer sink)
{
  g_atomic_int_set (&lazy_tid, (gint) syscall (SYS_gettid));
}

/* How often a thread has gone to sleep. */
static guint64
count_sleeps (gint tid)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/status", tid);
  g_autofree char *text = NULL;
  const char *line;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  line = strstr (text, "\nvoluntary_ctxt_switches:");
  g_assert_nonnull (line);
  return g_ascii_strtoull (line + strlen ("\nvoluntary_ctxt_switches:"), NULL, 10);
}

static void
wait_mood (RigSink *sink, MvxLogWorkerMood mood)
{
  MvxLogQueue *queue = mvx_log_async_sink_get_queue (MVX_LOG_ASYNC_SINK (sink));

  while (g_atomic_int_get (&queue->mood) != (gint) mood)
    g_thread_yield ();
}

static gboolean
go_on (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* By whoever traces it: each stop counts as a sleep. */
static gboolean
is_stopped_by_others (void)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  return strstr (text, "\nTracerPid:\t0\n") == NULL;
}

/* While one with a timer has woken up ten times, one in deep sleep has not once. */
static void
test_deep (void)
{
  g_autoptr (RigSink) deep = rig_sink_new (&(MvxLogAsyncConfig){ .name = "deep", .linger_us = 1 });
  g_autoptr (RigSink) lazy = rig_sink_new (&(MvxLogAsyncConfig){ .name = "lazy", .linger_us = 1, .lazy = TRUE });
  guint id = g_timeout_add (20, go_on, NULL);
  MvxLogCounters before;
  MvxLogCounters after;
  guint64 deep_sleeps;
  guint64 lazy_sleeps;

  deep->in_dispatch = note_deep;
  lazy->in_dispatch = note_lazy;
  rig_sink_log_n (deep, 0, 100);
  rig_sink_log_n (lazy, 0, 100);
  rig_sink_wait_delivered (deep, 100);
  rig_sink_wait_delivered (lazy, 100);
  wait_mood (deep, MVX_LOG_WORKER_ASLEEP);
  wait_mood (lazy, MVX_LOG_WORKER_LAZY);
  lazy_sleeps = count_sleeps (lazy_tid);
  while (count_sleeps (lazy_tid) < lazy_sleeps + 2) /* by then the other one is in its poll, too */
    g_main_context_iteration (NULL, TRUE);
  lazy_sleeps = count_sleeps (lazy_tid);
  deep_sleeps = count_sleeps (deep_tid);
  before = ledger_check_moving (MVX_LOG_SINK (deep));
  while (count_sleeps (lazy_tid) < lazy_sleeps + 10)
    g_main_context_iteration (NULL, TRUE);
  g_test_message ("%" G_GUINT64_FORMAT " wake-ups of an idle sink, %" G_GUINT64_FORMAT " of one with sleep=lazy",
                  count_sleeps (deep_tid) - deep_sleeps, count_sleeps (lazy_tid) - lazy_sleeps);
  g_assert_cmpuint (count_sleeps (deep_tid), ==, deep_sleeps);
  after = ledger_check_moving (MVX_LOG_SINK (deep));
  g_assert_cmpuint (after.wakeups, ==, before.wakeups);
  g_source_remove (id);
  g_assert_true (terminate (deep, NULL));
  g_assert_true (terminate (lazy, NULL));
  rig_sink_check_ledger (deep);
  rig_sink_check_ledger (lazy);
}

/* Seldom where nothing comes, but never so seldom that an event waits for long. */
static void
test_lazy (void)
{
  g_assert_cmpint (mvx_log_async_sink_lazy_us (0), ==, 50000);
  g_assert_cmpint (mvx_log_async_sink_lazy_us (200000), ==, 50000);
  g_assert_cmpint (mvx_log_async_sink_lazy_us (400000), ==, 100000);
  g_assert_cmpint (mvx_log_async_sink_lazy_us (800000), ==, 200000);
  g_assert_cmpint (mvx_log_async_sink_lazy_us (G_MAXINT64), ==, 200000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  if (is_stopped_by_others ())
    {
      g_print ("1..0 # SKIP a tracer stops the threads\n");
      return 0;
    }
  g_test_add_func ("/idle/lazy", test_lazy);
  g_test_add_func ("/idle/deep", test_deep);
  return g_test_run ();
}
