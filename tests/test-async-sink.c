/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async-fixture.h"

static void
test_lazy_start (void)
{
  g_autoptr (RigSink) sink = rig_sink_new (&config);

  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_VIRGIN);
  g_assert_true (rig_sink_log (sink, 1, NULL));
  g_assert_true (flush (sink, NULL));
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_RUNNING);
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 1);
  g_assert_cmpuint (sink->n_starting, ==, 1);
  g_assert_true (sink->thread != g_thread_self ());
  rig_sink_check_ledger (sink);
  g_assert_true (terminate (sink, NULL));
  g_assert_cmpuint (sink->n_stopped, ==, 1);
}

static void
test_order (void)
{
  g_autoptr (RigSink) sink = rig_sink_new (&config);

  rig_sink_log_n (sink, 0, 5000);
  g_assert_true (flush (sink, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 5000);
  for (guint i = 0; i < 5000; i++)
    g_assert_cmpuint (g_array_index (sink->numbers, guint64, i), ==, i);
  g_assert_true (terminate (sink, NULL));
}

static void
test_drain_timeout (void)
{
  static const RigReply away = { MVX_LOG_DISPATCH_RETRY, 1, "server away" };
  MvxLogAsyncConfig impatient = config;
  g_autoptr (RigSink) sink = NULL;
  g_autoptr (GError) error = NULL;

  impatient.drain_timeout_us = 1000;
  impatient.retry_min_us = 3600 * (gint64) G_USEC_PER_SEC;
  impatient.retry_max_us = impatient.retry_min_us;
  sink = rig_sink_new (&impatient);
  g_assert_true (start (sink, NULL));
  reply (sink, &away);
  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_entered (sink, 1);
  g_queue_clear (&sink->replies);
  rig_sink_log_n (sink, 1, 4);
  {
    static const RigReply ok = { MVX_LOG_DISPATCH_OK, -1, NULL };
    static const RigReply still_away = { MVX_LOG_DISPATCH_RETRY, 0, "server away" };

    g_queue_push_tail (&sink->replies, (gpointer) &ok);
    g_queue_push_tail (&sink->replies, (gpointer) &away);
    /* Stopping gives it another chance, if there is time. */
    g_queue_push_tail (&sink->replies, (gpointer) &still_away);
  }
  rig_sink_gate (sink, FALSE);
  rig_sink_wait_delivered (sink, 2);
  g_assert_false (stop (sink, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED);
  g_assert_cmpstr (error->message, ==, "Sink 'rig' did not deliver 3 events within the drain timeout; they are lost");
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_STOPPED);
  rig_sink_check_ledger (sink);
  /* It can start again, without what was lost. */
  g_queue_clear (&sink->replies);
  g_assert_true (start (sink, NULL));
  rig_sink_log_n (sink, 100, 1);
  g_assert_true (stop (sink, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 3);
}

static void
test_retry (void)
{
  static const RigReply away = { MVX_LOG_DISPATCH_RETRY, 0, "server away" };
  g_autoptr (RigSink) sink = make_running ();

  for (guint i = 0; i < 3; i++)
    reply (sink, &away);
  rig_sink_log_n (sink, 0, 100);
  g_assert_true (flush (sink, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 100);
  g_assert_cmpuint (sink->n_entered, >=, 4);
  rig_sink_check_ledger (sink);
}

static gboolean
answer (gpointer data, GError **error)
{
  if (data)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no answer");
  return FALSE;
}

static gboolean
resume (gpointer sink, GError **error)
{
  mvx_log_async_sink_resume (sink);
  return TRUE;
}

/* Who asks learns why nothing is delivered, and until when. */
static void
test_next_try (void)
{
  static const RigReply away = { MVX_LOG_DISPATCH_RETRY, 0, "server away" };
  const gint64 hour = 3600 * (gint64) G_USEC_PER_SEC;
  MvxLogAsyncConfig patient = { .name = "rig", .retry_min_us = hour, .retry_max_us = hour };
  g_autoptr (RigSink) sink = rig_sink_new (&patient);
  MvxLogAsyncSink *async = MVX_LOG_ASYNC_SINK (sink);
  g_autofree char *trouble = NULL;

  g_assert_cmpint (mvx_log_async_sink_get_retry_time (async), ==, 0);
  g_assert_true (start (sink, NULL));
  reply (sink, &away);
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_entered (sink, 1);
  g_assert_true (mvx_log_async_sink_run (async, answer, sink, NULL, -1, NULL)); /* so the answer has been settled */
  g_assert_cmpint (mvx_log_async_sink_get_retry_time (async), >, g_get_monotonic_time ());
  g_assert_cmpint (mvx_log_async_sink_get_retry_time (async), <=, g_get_monotonic_time () + hour);
  trouble = mvx_log_async_sink_dup_trouble (async);
  g_assert_cmpstr (trouble, ==, "server away");
  g_assert_true (mvx_log_async_sink_run (async, resume, sink, NULL, -1, NULL));
  g_assert_true (flush (sink, NULL));
  g_assert_cmpint (mvx_log_async_sink_get_retry_time (async), ==, 0);
}

static void
test_overflow (void)
{
  MvxLogAsyncConfig small = { .name = "rig", .queue_max_size = 1 };
  g_autoptr (RigSink) sink = rig_sink_new (&small);
  g_autoptr (GError) error = NULL;

  rig_sink_gate (sink, TRUE);
  g_assert_true (rig_sink_log (sink, 0, NULL));
  rig_sink_wait_entered (sink, 1);
  /* The one in dispatch is what fills it. */
  g_assert_false (rig_sink_log (sink, 1, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_QUEUE_OVERFLOW);
  g_assert_cmpstr (error->message, ==,
                   "The queue of sink 'rig' is full (1 events); make queue-max-size larger or choose another "
                   "queue-overflow");
  rig_sink_gate (sink, FALSE);
  g_assert_true (flush (sink, NULL));
  g_assert_true (rig_sink_log (sink, 2, NULL));
  g_assert_true (terminate (sink, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 2);
  rig_sink_check_ledger (sink);
}

static void
test_refusals (void)
{
  MvxLogAsyncConfig quiet = { .name = "rig", .overflow = MVX_LOG_OVERFLOW_DROP_NEWEST };
  g_autoptr (RigSink) sink = rig_sink_new (&quiet);
  MvxLogAsyncSink *async = MVX_LOG_ASYNC_SINK (sink);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_async_sink_refusal (async, MVX_LOG_REASON_QUEUE_FULL, &error));
  g_assert_true (mvx_log_async_sink_refusal (async, MVX_LOG_REASON_LEVEL, &error));
  g_assert_no_error (error);
  g_assert_false (mvx_log_async_sink_refusal (async, MVX_LOG_REASON_TIMEOUT, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_QUEUE_OVERFLOW);
  g_assert_cmpstr (error->message, ==, "The queue of sink 'rig' had no space for an event within block-timeout");
}

/* Waiting on the sink's own thread is refused, not waited for. */
static void
own_thread (gpointer data)
{
  RigSink *sink = data;
  g_autoptr (MvxLogOperation) operation = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (terminate (sink, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK);
  g_assert_cmpstr (error->message, ==, "Cannot terminate sink 'rig' on its own thread; do it on another thread");
  g_clear_error (&error);
  g_assert_false (flush (sink, &error));
  g_assert_cmpstr (error->message, ==, "Cannot flush sink 'rig' on its own thread; do it on another thread");
  g_clear_error (&error);
  g_assert_false (mvx_log_sink_reopen (MVX_LOG_SINK (sink), &error));
  g_assert_cmpstr (error->message, ==, "Cannot reach sink 'rig' on its own thread; do it on another thread");
  g_clear_error (&error);
  operation = mvx_log_async_sink_stop (MVX_LOG_ASYNC_SINK (sink));
  g_assert_false (mvx_log_operation_wait (operation, -1, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK);
}

static void
test_own_thread (void)
{
  g_autoptr (RigSink) sink = make_running ();

  sink->in_dispatch = own_thread;
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_delivered (sink, 1);
  /* The stop was begun there, and comes to its end. */
  g_assert_true (terminate (sink, NULL));
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_STOPPED);
}

static void
test_terminate_twice (void)
{
  g_autoptr (RigSink) sink = make_running ();
  g_autoptr (GError) error = NULL;

  rig_sink_log_n (sink, 0, 3);
  g_assert_true (terminate (sink, NULL));
  g_assert_true (terminate (sink, NULL));
  g_assert_cmpuint (sink->n_stopped, ==, 1);
  assert_refused (sink, start (sink, &error), &error,
                  "Sink 'rig' has been terminated and cannot start again; configure it anew");
  g_assert_false (rig_sink_log (sink, 9, NULL));
  g_assert_true (flush (sink, NULL));
  rig_sink_check_ledger (sink);
}

static void
test_terminate_virgin (void)
{
  g_autoptr (RigSink) sink = make_virgin ();

  g_assert_true (terminate (sink, NULL));
  g_assert_false (rig_sink_log (sink, 1, NULL));
  g_assert_cmpuint (sink->n_starting + sink->n_stopped, ==, 0);
}

static void
test_drop_without_terminate (void)
{
  RigSink *sink = make_virgin ();
  RigSink *watched = sink;

  rig_sink_log_n (sink, 0, 1000);
  g_object_add_weak_pointer (G_OBJECT (sink), (gpointer *) &watched);
  g_object_unref (sink);
  g_assert_null (watched);
}

static void
test_drop_virgin (void)
{
  RigSink *sink = make_virgin ();

  g_object_unref (sink);
  sink = make_virgin ();
  g_assert_nonnull (mvx_log_async_sink_get_main_context (MVX_LOG_ASYNC_SINK (sink)));
  g_object_unref (sink);
}

static void
test_flush_deadline (void)
{
  g_autoptr (RigSink) sink = make_running ();
  g_autoptr (GError) error = NULL;

  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_entered (sink, 1);
  rig_sink_log_n (sink, 1, 41);
  g_assert_false (mvx_log_sink_flush (MVX_LOG_SINK (sink), 0, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED);
  g_assert_cmpstr (error->message, ==,
                   "Sink 'rig' has not delivered everything: 42 events are still waiting, 0 were lost");
  rig_sink_gate (sink, FALSE);
  g_assert_true (flush (sink, NULL));
  sink->flush_error = "no space";
  g_clear_error (&error);
  g_assert_false (flush (sink, &error));
  g_assert_cmpstr (error->message, ==, "no space");
}

static void
test_stuck (void)
{
  g_autoptr (RigSink) sink = make_running ();
  g_autoptr (GError) error = NULL;

  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_entered (sink, 1);
  g_assert_false (mvx_log_sink_terminate (MVX_LOG_SINK (sink), 0, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT);
  rig_sink_gate (sink, FALSE);
  /* Its thread keeps a reference of its own. */
  g_assert_cmpuint (G_OBJECT (sink)->ref_count, >=, 2);
}

/* PENDING: answered from another thread, also in the hook, when the sink is being stopped. */
static const RigReply pending = { MVX_LOG_DISPATCH_PENDING, 0, NULL };

static gpointer
complete_thread (gpointer data)
{
  RigSink *sink = data;

  mvx_log_async_sink_complete (MVX_LOG_ASYNC_SINK (sink), g_ptr_array_index (sink->batches, 0), MVX_LOG_DISPATCH_OK, 1,
                               NULL);
  return NULL;
}

static void
test_pending (void)
{
  g_autoptr (RigSink) sink = make_running ();
  MvxLogCounters c;

  reply (sink, &pending);
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_batches (sink, 1);
  rig_sink_log_n (sink, 1, 5);
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.pending, ==, 6);
  g_thread_join (g_thread_new ("complete", complete_thread, sink));
  g_assert_true (flush (sink, NULL));
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.delivered, ==, 6);
  rig_sink_check_ledger (sink);
}

static void
complete_in_hook (gpointer sink)
{
  complete_thread (sink);
}

static void
test_pending_in_hook (void)
{
  MvxLogAsyncConfig impatient = config;
  g_autoptr (RigSink) sink = NULL;
  MvxLogCounters c;

  impatient.drain_timeout_us = 1;
  sink = rig_sink_new (&impatient);
  sink->in_stopped = complete_in_hook;
  reply (sink, &pending);
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_batches (sink, 1);
  while (state_of (sink) != MVX_LOG_SINK_STATE_RUNNING)
    g_thread_yield ();
  g_assert_true (stop (sink, NULL));
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.delivered, ==, 1);
  rig_sink_check_ledger (sink);
}

/* Two failures at once are one failure. */
static void
test_pending_fails_twice (void)
{
  MvxLogAsyncConfig wide = config;
  g_autoptr (RigSink) sink = NULL;
  g_autoptr (GError) why = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "lost connection");
  g_autoptr (GError) last = NULL;

  wide.max_in_flight = 4;
  wide.batch_max = 1;
  sink = rig_sink_new (&wide);
  diag_clear ();
  for (guint i = 0; i < 3; i++)
    reply (sink, &pending);
  rig_sink_log_n (sink, 0, 3);
  rig_sink_wait_batches (sink, 3);
  for (guint i = 0; i < 3; i++)
    mvx_log_async_sink_complete (MVX_LOG_ASYNC_SINK (sink), g_ptr_array_index (sink->batches, i),
                                 MVX_LOG_DISPATCH_FAILED, 0, why);
  terminate (sink, NULL); /* may find it failed, or fail itself */
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_FAILURE);
  g_assert_cmpuint (sink->n_stopped, ==, 1);
  last = mvx_log_async_sink_dup_last_error (MVX_LOG_ASYNC_SINK (sink));
  g_assert_cmpstr (last->message, ==, "Sink 'rig' failed for good: lost connection");
  rig_sink_check_ledger (sink);
}

static gboolean
block_worker (gpointer data, GError **error)
{
  RigSink *sink = data;

  g_mutex_lock (&sink->mutex);
  rig_sink_pass_gate (sink);
  g_mutex_unlock (&sink->mutex);
  return TRUE;
}

static gpointer
run_blocker (gpointer sink)
{
  g_assert_true (mvx_log_async_sink_run (sink, block_worker, sink, NULL, -1, NULL));
  return NULL;
}

static void
test_run (void)
{
  g_autoptr (RigSink) sink = make_running ();
  MvxLogAsyncSink *async = MVX_LOG_ASYNC_SINK (sink);
  g_autoptr (GError) error = NULL;
  GThread *thread;

  g_assert_true (mvx_log_async_sink_run (async, answer, sink, NULL, -1, NULL));
  g_assert_false (mvx_log_async_sink_run (async, answer, NULL, NULL, -1, &error));
  g_assert_cmpstr (error->message, ==, "no answer");
  g_clear_error (&error);
  rig_sink_gate (sink, TRUE);
  thread = g_thread_new ("blocker", run_blocker, sink);
  rig_sink_wait_entered (sink, 1);
  g_assert_false (mvx_log_async_sink_run (async, answer, sink, NULL, 0, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT);
  rig_sink_gate (sink, FALSE);
  g_thread_join (thread);
}

/* A sink that sleeps wakes for one event, in both sleep policies. */
static void
test_sleep (gconstpointer lazy)
{
  MvxLogAsyncConfig sleepy = { .name = "rig", .linger_us = 1, .lazy = lazy != NULL };
  g_autoptr (RigSink) sink = rig_sink_new (&sleepy);

  for (guint i = 0; i < 200; i++)
    {
      rig_sink_log_n (sink, i, 1);
      if (i % 10 == 0)
        g_assert_true (flush (sink, NULL));
    }
  rig_sink_wait_delivered (sink, 200);
  /* Until it is asleep, as far as that can be seen. */
  while (g_atomic_int_get (&mvx_log_async_sink_get_queue (MVX_LOG_ASYNC_SINK (sink))->mood)
         != (lazy ? MVX_LOG_WORKER_LAZY : MVX_LOG_WORKER_ASLEEP))
    g_thread_yield ();
  rig_sink_log_n (sink, 1000, 1);
  rig_sink_wait_delivered (sink, 201);
  g_assert_true (terminate (sink, NULL));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/async-sink/lazy-start", test_lazy_start);
  g_test_add_func ("/async-sink/order", test_order);
  g_test_add_func ("/async-sink/drain-timeout", test_drain_timeout);
  g_test_add_func ("/async-sink/retry", test_retry);
  g_test_add_func ("/async-sink/next-try", test_next_try);
  g_test_add_func ("/async-sink/overflow", test_overflow);
  g_test_add_func ("/async-sink/refusals", test_refusals);
  g_test_add_func ("/async-sink/own-thread", test_own_thread);
  g_test_add_func ("/async-sink/terminate-twice", test_terminate_twice);
  g_test_add_func ("/async-sink/terminate-virgin", test_terminate_virgin);
  g_test_add_func ("/async-sink/drop-without-terminate", test_drop_without_terminate);
  g_test_add_func ("/async-sink/drop-virgin", test_drop_virgin);
  g_test_add_func ("/async-sink/flush-deadline", test_flush_deadline);
  g_test_add_func ("/async-sink/stuck", test_stuck);
  g_test_add_func ("/async-sink/pending", test_pending);
  g_test_add_func ("/async-sink/pending-in-hook", test_pending_in_hook);
  g_test_add_func ("/async-sink/pending-fails-twice", test_pending_fails_twice);
  g_test_add_func ("/async-sink/run", test_run);
  g_test_add_data_func ("/async-sink/sleep/deep", NULL, test_sleep);
  g_test_add_data_func ("/async-sink/sleep/lazy", "lazy", test_sleep);
  return run_tests ();
}
