/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Start and restart, and what others do meanwhile. */
#include "ledger-check.h"
#include "rig-states.h"

#include "async/async-sink-internal.h"

static gpointer
start_thread (gpointer sink)
{
  return mvx_log_async_sink_start (sink);
}

static void
assert_invalid (GError **error, const char *message)
{
  g_assert_error (*error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE);
  g_assert_cmpstr ((*error)->message, ==, message);
  g_clear_error (error);
}

/* Whoever comes while it starts gets the same operation. */
static void
test_many (void)
{
  g_autoptr (RigSink) sink = at_new (AT_STARTING);
  g_autoptr (MvxLogOperation) first = mvx_log_async_sink_start (MVX_LOG_ASYNC_SINK (sink));
  GThread *threads[8];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("start", start_thread, sink);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autoptr (MvxLogOperation) other = g_thread_join (threads[i]);

      g_assert_true (other == first);
    }
  at_release (sink);
  g_assert_true (mvx_log_operation_wait (first, -1, NULL));
  g_assert_true (mvx_log_operation_wait (first, 0, NULL)); /* for as often as anybody asks */
  g_assert_cmpuint (sink->n_starting, ==, 1);
}

static gpointer
log_first_thread (gpointer sink)
{
  return GINT_TO_POINTER (rig_sink_log (sink, 1, NULL));
}

/* Whoever logs first starts it; those who come at the same time find it started. */
static void
test_many_first (void)
{
  for (guint round = 0; round < 50; round++)
    {
      g_autoptr (RigSink) sink = at_new (AT_VIRGIN);
      GThread *threads[4];

      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new ("first", log_first_thread, sink);
      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        g_assert_true (GPOINTER_TO_INT (g_thread_join (threads[i])));
      g_assert_true (flush (sink, NULL));
      g_assert_cmpuint (sink->n_starting, ==, 1);
      g_assert_cmpuint (rig_sink_n_delivered (sink), ==, G_N_ELEMENTS (threads));
      rig_sink_check_ledger (sink);
    }
}

static void
use_while_starting (gpointer data)
{
  RigSink *sink = data;
  MvxLogAsyncSink *async = MVX_LOG_ASYNC_SINK (sink);
  g_autoptr (MvxLogOperation) joined = mvx_log_async_sink_start (async);
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_operation_is_done (joined));
  g_assert_false (mvx_log_operation_wait (joined, -1, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK);
  g_clear_error (&error);
  g_assert_false (stop (sink, &error));
  assert_invalid (&error, "Sink 'rig' is STARTING and cannot stop; that needs RUNNING");
  g_assert_true (rig_sink_log (sink, 5, NULL));
}

/* The hook joins its own start, cannot wait for it, and what it logs to its own sink waits like everything else. */
static void
test_in_hook (void)
{
  g_autoptr (RigSink) sink = at_new (AT_VIRGIN);

  sink->in_starting = use_while_starting;
  g_assert_true (start (sink, NULL));
  g_assert_true (flush (sink, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 1);
  rig_sink_check_ledger (sink);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

/* For a program with a main loop. */
static void
test_wait_async (void)
{
  g_autoptr (RigSink) sink = at_new (AT_STARTING);
  g_autoptr (MvxLogOperation) operation = mvx_log_async_sink_start (MVX_LOG_ASYNC_SINK (sink));
  g_autoptr (GAsyncResult) result = NULL;

  mvx_log_operation_wait_async (operation, NULL, on_started, &result);
  at_release (sink);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (mvx_log_operation_wait_finish (operation, result, NULL));
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_RUNNING);
}

/* A flush that began while it started learns why it did not. */
static void
test_fails_under_flush (void)
{
  g_autoptr (RigSink) sink = at_new (AT_STARTING);
  MvxLogAsyncSink *async = MVX_LOG_ASYNC_SINK (sink);
  g_autoptr (GError) error = NULL;
  MvxLogFlush *waiting;

  sink->starting_error = "no such server";
  rig_sink_log_n (sink, 0, 3);
  g_assert_true (mvx_log_async_sink_begin_flush (async, -1, &waiting, NULL));
  at_release (sink);
  g_assert_false (mvx_log_async_sink_end_flush (async, waiting, -1, &error));
  g_assert_cmpstr (error->message, ==,
                   "Sink 'rig' has not delivered everything: 0 events are still waiting, 3 were lost: "
                   "Sink 'rig' could not be started: no such server");
  rig_sink_check_ledger (sink);
}

static gpointer
log_until_refused_thread (gpointer sink)
{
  guint64 n = 0;

  while (rig_sink_log (sink, n, NULL))
    n++;
  return GSIZE_TO_POINTER (n);
}

/* Who waits for space does not wait for a sink that did not start. */
static void
test_fails_under_producer (void)
{
  const MvxLogAsyncConfig full
      = { .name = "rig", .queue_max_size = 2, .overflow = MVX_LOG_OVERFLOW_BLOCK, .block_timeout_us = -1 };
  g_autoptr (RigSink) sink = rig_sink_new (&full);
  MvxLogCounters c;
  GThread *thread;

  at_enter (sink, AT_STARTING);
  sink->starting_error = "no such server";
  thread = g_thread_new ("producer", log_until_refused_thread, sink);
  while (g_atomic_int_get (&mvx_log_async_sink_get_queue (MVX_LOG_ASYNC_SINK (sink))->n_waiting) == 0)
    g_thread_yield ();
  at_release (sink);
  g_assert_cmpuint (GPOINTER_TO_SIZE (g_thread_join (thread)), ==, 2);
  flush (sink, NULL);
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.refused[MVX_LOG_REASON_STATE], ==, 1);
  g_assert_cmpuint (c.dropped[MVX_LOG_REASON_ERROR], ==, 2);
  rig_sink_check_ledger (sink);
}

static gpointer
terminate_thread (gpointer sink)
{
  return GINT_TO_POINTER (mvx_log_sink_terminate (sink, -1, NULL));
}

/* The end comes before anybody has used it: a first event at the same moment is delivered, or refused, but never lost.
 */
static void
test_end_under_first (void)
{
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (RigSink) sink = at_new (AT_VIRGIN);
      GThread *first = g_thread_new ("first", log_first_thread, sink);
      GThread *end = g_thread_new ("end", terminate_thread, sink);
      gboolean accepted = GPOINTER_TO_INT (g_thread_join (first));
      MvxLogCounters c;

      g_assert_true (GPOINTER_TO_INT (g_thread_join (end)));
      c = ledger_check_moving (MVX_LOG_SINK (sink));
      g_assert_cmpuint (c.pending, ==, 0);
      g_assert_cmpuint (c.delivered, ==, accepted);
      g_assert_cmpuint (sink->n_starting, ==, sink->n_stopped);
      rig_sink_check_ledger (sink);
    }
}

static void
end_then_start (gpointer sink)
{
  g_assert_true (GPOINTER_TO_INT (g_thread_join (g_thread_new ("end", terminate_thread, sink))));
  mvx_log_async_sink_first_use (sink);
}

/* Exactly there: the first event has found the sink VIRGIN and is about to start it. */
static void
test_end_before_first_start (void)
{
  g_autoptr (RigSink) sink = at_new (AT_VIRGIN);

  mvx_log_async_sink_get_queue (MVX_LOG_ASYNC_SINK (sink))->first_use = end_then_start;
  g_assert_false (rig_sink_log (sink, 1, NULL));
  g_assert_cmpuint (sink->n_starting, ==, 0);
  rig_sink_check_ledger (sink);
}

/* Restart. */

static void
test_restart_many (void)
{
  g_autoptr (RigSink) sink = at_new (AT_STOPPED);
  GThread *threads[8];
  guint n_started = 0;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("start", start_thread, sink);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autoptr (MvxLogOperation) operation = g_thread_join (threads[i]);
      g_autoptr (GError) error = NULL;

      if (mvx_log_operation_wait (operation, -1, &error))
        n_started++;
      else
        assert_invalid (&error, "Sink 'rig' is RUNNING and cannot start; that needs VIRGIN or STOPPED");
    }
  g_assert_cmpuint (n_started, >=, 1);
  g_assert_cmpuint (sink->n_starting, ==, 2);
}

/* One thread's events stay in order over any number of restarts, in the lane that it has had from the beginning, and
 * the ledger goes on. */
static void
test_restart_order (void)
{
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);
  MvxLogCounters c;

  for (guint i = 0; i < 20; i++)
    {
      rig_sink_log_n (sink, 10 * i, 10);
      g_assert_true (stop (sink, NULL));
      g_assert_false (rig_sink_log (sink, 1, NULL));
      rig_sink_check_ledger (sink);
      g_assert_true (start (sink, NULL));
    }
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 200);
  for (guint i = 0; i < 200; i++)
    g_assert_cmpuint (g_array_index (sink->numbers, guint64, i), ==, i);
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.delivered, ==, 200);
  g_assert_cmpuint (c.refused[MVX_LOG_REASON_STATE], ==, 20);
  g_assert_cmpuint (mvx_log_async_sink_get_queue (MVX_LOG_ASYNC_SINK (sink))->n_lanes, ==, 1);
}

/* What the last run has lost is not the next one's fault. */
static void
test_restart_forgets (void)
{
  static const RigReply pending = { MVX_LOG_DISPATCH_PENDING, 0, NULL };
  const MvxLogAsyncConfig impatient = { .name = "rig", .drain_timeout_us = 1 };
  g_autoptr (RigSink) sink = rig_sink_new (&impatient);
  g_autoptr (GError) last = NULL;

  rig_sink_reply (sink, &pending);
  g_assert_true (start (sink, NULL));
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_batches (sink, 1);
  g_assert_false (stop (sink, NULL));
  last = mvx_log_async_sink_dup_last_error (MVX_LOG_ASYNC_SINK (sink));
  g_assert_error (last, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED);
  g_clear_error (&last);
  g_assert_true (start (sink, NULL));
  last = mvx_log_async_sink_dup_last_error (MVX_LOG_ASYNC_SINK (sink));
  g_assert_no_error (last);
  g_assert_true (flush (sink, NULL));
  rig_sink_log_n (sink, 1, 1);
  g_assert_true (flush (sink, NULL));
  rig_sink_check_ledger (sink);
}

/* The second start fails: what it had opened is closed, and there is no third. */
static void
test_restart_fails (void)
{
  g_autoptr (RigSink) sink = at_new (AT_STOPPED);
  g_autoptr (GError) error = NULL;

  sink->starting_error = "tape is full";
  g_assert_false (start (sink, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_ON_STARTING_FAILED);
  g_clear_error (&error);
  g_assert_cmpuint (sink->n_stopped, ==, 2);
  sink->starting_error = NULL;
  g_assert_false (start (sink, &error));
  assert_invalid (&error, "Sink 'rig' is FAILURE and cannot start; that needs VIRGIN or STOPPED: "
                          "Sink 'rig' could not be started: tape is full");
}

static gpointer
restart_thread (gpointer data)
{
  RigSink *sink = data;

  for (guint i = 0; i < 100; i++)
    {
      start (sink, NULL);
      stop (sink, NULL);
    }
  return NULL;
}

/* Several want different things: each gets an answer, and hooks come in pairs. */
static void
test_restart_quarrel (void)
{
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);
  GThread *threads[3];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("restart", restart_thread, sink);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_true (terminate (sink, NULL));
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_STOPPED);
  g_assert_cmpuint (sink->n_starting, ==, sink->n_stopped);
  rig_sink_check_ledger (sink);
}

/* On the worker, from the hook that ends the last run: not yet. */
static void
refuse_start (gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (start (data, &error));
  assert_invalid (&error, "Sink 'rig' is STOPPING and cannot start; that needs VIRGIN or STOPPED");
}

static void
test_restart_in_hook (void)
{
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);

  sink->in_stopped = refuse_start;
  g_assert_true (stop (sink, NULL));
  sink->in_stopped = NULL;
  g_assert_true (start (sink, NULL));
  g_assert_cmpuint (sink->n_starting, ==, 2);
}

/* Who found it VIRGIN, but is so late that it has been started and stopped by others, does not start it again. */
static void
test_first_too_late (void)
{
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);

  g_assert_true (stop (sink, NULL));
  mvx_log_async_sink_first_use (sink);
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_STOPPED);
  g_assert_true (start (sink, NULL));
  g_assert_true (terminate (sink, NULL));
}

int
main (int argc, char *argv[])
{
  at_init (&argc, &argv);
  g_test_add_func ("/async-start/many", test_many);
  g_test_add_func ("/async-start/many-first", test_many_first);
  g_test_add_func ("/async-start/first-too-late", test_first_too_late);
  g_test_add_func ("/async-start/in-hook", test_in_hook);
  g_test_add_func ("/async-start/wait-async", test_wait_async);
  g_test_add_func ("/async-start/fails-under-flush", test_fails_under_flush);
  g_test_add_func ("/async-start/fails-under-producer", test_fails_under_producer);
  g_test_add_func ("/async-start/end-under-first", test_end_under_first);
  g_test_add_func ("/async-start/end-before-first-start", test_end_before_first_start);
  g_test_add_func ("/async-restart/many", test_restart_many);
  g_test_add_func ("/async-restart/order", test_restart_order);
  g_test_add_func ("/async-restart/forgets", test_restart_forgets);
  g_test_add_func ("/async-restart/fails", test_restart_fails);
  g_test_add_func ("/async-restart/quarrel", test_restart_quarrel);
  g_test_add_func ("/async-restart/in-hook", test_restart_in_hook);
  return g_test_run ();
}
