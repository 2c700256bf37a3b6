/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rig-sink.h"

/* Producers, stops and restarts all at once: what was accepted is delivered, once. */
typedef struct
{
  RigSink *sink;
  gint go_on;
  gint accepted;
  guint n;
} Storm;

static gpointer
storm_producer (gpointer data)
{
  Storm *storm = data;
  guint64 n = 0;

  while (g_atomic_int_get (&storm->go_on))
    {
      if (rig_sink_log (storm->sink, n++, NULL))
        g_atomic_int_inc (&storm->accepted);
      else
        g_thread_yield ();
    }
  return NULL;
}

static gpointer
storm_flusher (gpointer data)
{
  Storm *storm = data;

  while (g_atomic_int_get (&storm->go_on))
    {
      mvx_log_sink_flush (MVX_LOG_SINK (storm->sink), -1, NULL);
      mvx_log_sink_reopen (MVX_LOG_SINK (storm->sink), NULL);
    }
  return NULL;
}

static void
storm_run (MvxLogOverflow overflow, guint rounds)
{
  MvxLogAsyncConfig stormy = {
    .name = "storm", .queue_max_size = 2000, .overflow = overflow, .block_timeout_us = -1, .drain_timeout_us = -1
  };
  g_autoptr (RigSink) sink = rig_sink_new (&stormy);
  Storm storm = { .sink = sink, .go_on = 1 };
  GThread *threads[9];
  MvxLogCounters c;

  for (guint i = 0; i < 8; i++)
    threads[i] = g_thread_new ("producer", storm_producer, &storm);
  threads[8] = g_thread_new ("flusher", storm_flusher, &storm);
  while (state_of (sink) != MVX_LOG_SINK_STATE_RUNNING)
    g_thread_yield ();
  for (guint i = 0; i < rounds; i++)
    {
      g_autoptr (GError) error = NULL;

      rig_sink_wait_delivered (sink, rig_sink_n_delivered (sink) + 100);
      g_assert_true (stop (sink, &error));
      g_assert_no_error (error);
      mvx_log_sink_get_counters (MVX_LOG_SINK (sink), &c);
      g_assert_cmpuint (c.pending, ==, 0);
      rig_sink_check_ledger (sink);
      g_assert_true (start (sink, &error));
    }
  g_atomic_int_set (&storm.go_on, 0);
  for (guint i = 0; i < 9; i++)
    g_thread_join (threads[i]);
  g_assert_true (terminate (sink, NULL));
  mvx_log_sink_get_counters (MVX_LOG_SINK (sink), &c);
  g_assert_cmpuint (c.accepted, ==, (guint64) storm.accepted + sink->n_summaries);
  g_assert_cmpuint (c.delivered + c.dropped[MVX_LOG_REASON_QUEUE_FULL], ==, c.accepted);
  g_assert_cmpuint (rig_sink_n_delivered (sink) + sink->n_summaries, ==, c.delivered);
  /* What was lost has been told, but for what came when there was nobody to tell it any more. */
  g_assert_cmpuint (sink->told_lost, <=, c.refused[MVX_LOG_REASON_QUEUE_FULL] + c.dropped[MVX_LOG_REASON_QUEUE_FULL]);
  rig_sink_check_ledger (sink);
}

static void
test_storm (void)
{
  storm_run (MVX_LOG_OVERFLOW_RAISE, 200);
}

static void
test_storm_block (void)
{
  storm_run (MVX_LOG_OVERFLOW_BLOCK, 50);
}

static void
test_storm_drop_oldest (void)
{
  storm_run (MVX_LOG_OVERFLOW_DROP_OLDEST, 50);
}

static const MvxLogAsyncConfig config = { .name = "rig", .queue_max_size = 100000 };

static RigSink *
make_running (void)
{
  RigSink *sink = rig_sink_new (&config);

  g_assert_true (start (sink, NULL));
  return sink;
}

static gpointer
terminate_thread (gpointer sink)
{
  return GINT_TO_POINTER (mvx_log_sink_terminate (sink, -1, NULL));
}

/* Who comes second waits for the first, but not beyond its own deadline. */
static void
test_terminate_second (void)
{
  g_autoptr (RigSink) sink = make_running ();
  g_autoptr (GError) error = NULL;
  GThread *thread;

  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_entered (sink, 1);
  thread = g_thread_new ("terminate", terminate_thread, sink);
  while (state_of (sink) != MVX_LOG_SINK_STATE_STOPPING)
    g_thread_yield ();
  g_assert_false (mvx_log_sink_terminate (MVX_LOG_SINK (sink), 0, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==, "Sink 'rig' is still being closed by another thread; allow more time");
  rig_sink_gate (sink, FALSE);
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));
  g_assert_true (terminate (sink, NULL));
}

static void
test_terminate_from_many (void)
{
  g_autoptr (RigSink) sink = make_running ();
  GThread *threads[4];

  rig_sink_log_n (sink, 0, 100);
  for (guint i = 0; i < 4; i++)
    threads[i] = g_thread_new ("terminate", terminate_thread, sink);
  for (guint i = 0; i < 4; i++)
    g_assert_true (GPOINTER_TO_INT (g_thread_join (threads[i])));
  g_assert_cmpuint (sink->n_stopped, ==, 1);
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 100);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/async-storm/raise", test_storm);
  g_test_add_func ("/async-storm/block", test_storm_block);
  g_test_add_func ("/async-storm/drop-oldest", test_storm_drop_oldest);
  g_test_add_func ("/async-storm/terminate-second", test_terminate_second);
  g_test_add_func ("/async-storm/terminate-from-many", test_terminate_from_many);
  return g_test_run ();
}
