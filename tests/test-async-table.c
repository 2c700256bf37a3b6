/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a sink does in each state, and how it comes to the last one: a failure. */
#include "async-fixture.h"

static void
test_table_virgin (void)
{
  g_autoptr (RigSink) sink = make_virgin ();
  g_autoptr (GError) error = NULL;

  assert_refused (sink, stop (sink, &error), &error, "Sink 'rig' is VIRGIN and cannot stop; that needs RUNNING");
  g_assert_true (mvx_log_sink_reopen (MVX_LOG_SINK (sink), NULL));
  g_assert_true (flush (sink, NULL));
  g_assert_cmpuint (sink->n_reopen + sink->n_flush, ==, 0);
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_VIRGIN);
}

static void
test_table_running (void)
{
  g_autoptr (RigSink) sink = make_running ();
  g_autoptr (GError) error = NULL;

  assert_refused (sink, start (sink, &error), &error,
                  "Sink 'rig' is RUNNING and cannot start; that needs VIRGIN or STOPPED");
  g_assert_true (mvx_log_sink_reopen (MVX_LOG_SINK (sink), NULL));
  g_assert_true (flush (sink, NULL));
  g_assert_cmpuint (sink->n_reopen, ==, 1);
  g_assert_cmpuint (sink->n_flush, ==, 1);
  sink->reopen_error = "read-only";
  g_assert_false (mvx_log_sink_reopen (MVX_LOG_SINK (sink), &error));
  g_assert_cmpstr (error->message, ==, "read-only");
}

static void
test_table_stopped (void)
{
  g_autoptr (RigSink) sink = make_stopped ();
  g_autoptr (GError) error = NULL;

  assert_refused (sink, stop (sink, &error), &error, "Sink 'rig' is STOPPED and cannot stop; that needs RUNNING");
  /* No lazy restart. */
  assert_refused (sink, rig_sink_log (sink, 1, &error), &error,
                  "Sink 'rig' is STOPPED and cannot take events; that needs VIRGIN, STARTING or RUNNING");
  g_assert_true (flush (sink, NULL));
  g_assert_true (mvx_log_sink_reopen (MVX_LOG_SINK (sink), NULL));
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_STOPPED);
  g_assert_true (start (sink, NULL));
  g_assert_true (rig_sink_log (sink, 1, NULL));
  g_assert_true (stop (sink, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 1);
  g_assert_cmpuint (sink->n_starting, ==, 2);
  g_assert_cmpuint (sink->n_stopped, ==, 2);
  rig_sink_check_ledger (sink);
}

static void
test_table_failure (void)
{
  g_autoptr (RigSink) sink = make_failed ();
  g_autoptr (GError) last = mvx_log_async_sink_dup_last_error (MVX_LOG_ASYNC_SINK (sink));
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_FAILURE);
  g_assert_error (last, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_ON_STARTING_FAILED);
  g_assert_cmpstr (last->message, ==, "Sink 'rig' could not be started: no such server");
  assert_refused (sink, start (sink, &error), &error,
                  "Sink 'rig' is FAILURE and cannot start; that needs VIRGIN or STOPPED: "
                  "Sink 'rig' could not be started: no such server");
  assert_refused (sink, stop (sink, &error), &error,
                  "Sink 'rig' is FAILURE and cannot stop; that needs RUNNING: "
                  "Sink 'rig' could not be started: no such server");
  g_assert_false (rig_sink_log (sink, 1, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE);
  g_assert_error (mvx_log_error_get_cause (error), MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_ON_STARTING_FAILED);
  g_clear_error (&error);
  assert_refused (sink, flush (sink, &error), &error,
                  "Sink 'rig' is FAILURE and cannot deliver events; that needs RUNNING: "
                  "Sink 'rig' could not be started: no such server");
  assert_refused (sink, mvx_log_sink_reopen (MVX_LOG_SINK (sink), &error), &error,
                  "Sink 'rig' is FAILURE and cannot do that; that needs STARTING or RUNNING: "
                  "Sink 'rig' could not be started: no such server");
  g_assert_true (terminate (sink, NULL));
}

static void
test_table_stopping (void)
{
  g_autoptr (RigSink) sink = make_running ();
  g_autoptr (MvxLogOperation) first = NULL;
  g_autoptr (MvxLogOperation) second = NULL;
  g_autoptr (GError) error = NULL;

  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 3);
  rig_sink_wait_entered (sink, 1);
  first = mvx_log_async_sink_stop (MVX_LOG_ASYNC_SINK (sink));
  second = mvx_log_async_sink_stop (MVX_LOG_ASYNC_SINK (sink));
  g_assert_true (first == second);
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_STOPPING);
  assert_refused (sink, start (sink, &error), &error,
                  "Sink 'rig' is STOPPING and cannot start; that needs VIRGIN or STOPPED");
  assert_refused (sink, rig_sink_log (sink, 9, &error), &error,
                  "Sink 'rig' is STOPPING and cannot take events; that needs VIRGIN, STARTING or RUNNING");
  g_assert_false (mvx_log_operation_is_done (first));
  rig_sink_gate (sink, FALSE);
  g_assert_true (mvx_log_operation_wait (first, -1, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 3);
  rig_sink_check_ledger (sink);
}

/* start() joins a start on its way, and events are kept meanwhile. */
static void
test_table_starting (void)
{
  g_autoptr (RigSink) sink = make_virgin ();
  g_autoptr (MvxLogOperation) first = NULL;
  g_autoptr (MvxLogOperation) second = NULL;
  g_autoptr (GError) error = NULL;

  /* The hook waits for the mutex. */
  g_mutex_lock (&sink->mutex);
  first = mvx_log_async_sink_start (MVX_LOG_ASYNC_SINK (sink));
  second = mvx_log_async_sink_start (MVX_LOG_ASYNC_SINK (sink));
  g_assert_true (first == second);
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_STARTING);
  assert_refused (sink, stop (sink, &error), &error, "Sink 'rig' is STARTING and cannot stop; that needs RUNNING");
  rig_sink_log_n (sink, 0, 10);
  g_assert_false (mvx_log_operation_wait (first, 0, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT);
  g_mutex_unlock (&sink->mutex);
  g_assert_true (mvx_log_operation_wait (first, -1, NULL));
  g_assert_true (stop (sink, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 10);
}

static void
test_start_fails (void)
{
  g_autoptr (RigSink) sink = make_virgin ();
  g_autoptr (MvxLogOperation) operation = NULL;
  g_autoptr (GError) error = NULL;
  MvxLogCounters c;

  diag_clear ();
  sink->starting_error = "no such server";
  g_mutex_lock (&sink->mutex);
  operation = mvx_log_async_sink_start (MVX_LOG_ASYNC_SINK (sink));
  rig_sink_log_n (sink, 0, 7);
  g_mutex_unlock (&sink->mutex);
  g_assert_false (mvx_log_operation_wait (operation, -1, &error));
  g_assert_cmpstr (error->message, ==, "Sink 'rig' could not be started: no such server");
  g_assert_cmpstr (mvx_log_error_get_cause (error)->message, ==, "no such server");
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.dropped[MVX_LOG_REASON_ERROR], ==, 7);
  rig_sink_check_ledger (sink);
  assert_diag (0, "Sink 'rig' could not be started: no such server; the sink is off until it is configured anew, and 7 "
                  "waiting events are lost");
  /* A partial start is cleaned up, too. */
  g_assert_cmpuint (sink->n_stopped, ==, 1);
}

static void
test_dispatch_fails (void)
{
  static const RigReply gone = { MVX_LOG_DISPATCH_FAILED, 2, "disk is gone" };
  g_autoptr (RigSink) sink = make_running ();
  g_autoptr (GError) error = NULL;
  MvxLogCounters c;

  diag_clear ();
  sink->stopped_error = "cannot even close";
  reply (sink, &gone);
  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_entered (sink, 1);
  g_queue_clear (&sink->replies);
  rig_sink_log_n (sink, 1, 9);
  {
    static const RigReply ok = { MVX_LOG_DISPATCH_OK, -1, NULL };

    g_queue_push_tail (&sink->replies, (gpointer) &ok);
    g_queue_push_tail (&sink->replies, (gpointer) &gone);
  }
  rig_sink_gate (sink, FALSE);
  g_assert_false (flush (sink, &error));
  g_assert_cmpstr (error->message, ==,
                   "Sink 'rig' has not delivered everything: 0 events are still waiting, 7 were lost: "
                   "Sink 'rig' failed for good: disk is gone");
  g_assert_true (terminate (sink, NULL));
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_FAILURE);
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.delivered, ==, 3);
  g_assert_cmpuint (c.dropped[MVX_LOG_REASON_ERROR], ==, 7);
  g_assert_cmpuint (c.failed, ==, 1);
  g_assert_cmpuint (sink->n_stopped, ==, 1);
  rig_sink_check_ledger (sink);
  assert_diag (0,
               "Sink 'rig' failed for good: disk is gone; the sink is off until it is configured anew, and 7 waiting "
               "events are lost; Sink 'rig' could not be stopped cleanly: cannot even close");
}

/* A stop during which dispatch fails does not report success. */
static void
test_stop_while_failing (void)
{
  static const RigReply gone = { MVX_LOG_DISPATCH_FAILED, 0, "disk is gone" };
  g_autoptr (RigSink) sink = make_running ();
  g_autoptr (MvxLogOperation) operation = NULL;
  g_autoptr (GError) error = NULL;

  reply (sink, &gone);
  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 5);
  rig_sink_wait_entered (sink, 1);
  operation = mvx_log_async_sink_stop (MVX_LOG_ASYNC_SINK (sink));
  rig_sink_gate (sink, FALSE);
  g_assert_false (mvx_log_operation_wait (operation, -1, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED);
  g_assert_cmpstr (error->message, ==, "Sink 'rig' failed for good: disk is gone; 5 events were not delivered");
  g_assert_error (mvx_log_error_get_cause (error), MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED);
  g_assert_cmpuint (sink->n_stopped, ==, 1);
  rig_sink_check_ledger (sink);
}

static void
test_stopped_hook_fails (void)
{
  g_autoptr (RigSink) sink = make_running ();
  g_autoptr (GError) error = NULL;

  sink->stopped_error = "tape stuck";
  g_assert_false (stop (sink, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_ON_STOPPED_FAILED);
  g_assert_cmpstr (error->message, ==, "Sink 'rig' could not be stopped cleanly: tape stuck");
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_FAILURE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/async-sink/table/virgin", test_table_virgin);
  g_test_add_func ("/async-sink/table/starting", test_table_starting);
  g_test_add_func ("/async-sink/table/running", test_table_running);
  g_test_add_func ("/async-sink/table/stopping", test_table_stopping);
  g_test_add_func ("/async-sink/table/stopped", test_table_stopped);
  g_test_add_func ("/async-sink/table/failure", test_table_failure);
  g_test_add_func ("/async-sink/start-fails", test_start_fails);
  g_test_add_func ("/async-sink/dispatch-fails", test_dispatch_fails);
  g_test_add_func ("/async-sink/stop-while-failing", test_stop_while_failing);
  g_test_add_func ("/async-sink/stopped-hook-fails", test_stopped_hook_fails);
  return run_tests ();
}
