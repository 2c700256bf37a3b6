/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asynchronous sinks on a main context of the program. */
#include "capture-sink.h"
#include "rig-sink.h"

static const MvxLogAsyncConfig config = { .name = "rig", .linger_us = 1, .retry_min_us = 1000 };

static RigSink *
make_on (GMainContext *context)
{
  RigSink *sink = rig_sink_new (&config);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_async_sink_set_main_context (MVX_LOG_ASYNC_SINK (sink), context, &error));
  g_assert_no_error (error);
  return sink;
}

static void
iterate_until_delivered (RigSink *sink, guint n)
{
  while (rig_sink_n_delivered (sink) < n)
    g_main_context_iteration (mvx_log_async_sink_get_main_context (MVX_LOG_ASYNC_SINK (sink)), TRUE);
}

static void
assert_message (GError **error, GQuark domain, gint code, const char *message)
{
  g_assert_error (*error, domain, code);
  g_assert_cmpstr ((*error)->message, ==, message);
  g_clear_error (error);
}

static void
note_default_context (gpointer data)
{
  g_autoptr (GMainContext) current = g_main_context_ref_thread_default ();

  g_assert_true (current == mvx_log_async_sink_get_main_context (data));
}

static void
test_explicit (void)
{
  g_autoptr (GMainContext) own = g_main_context_new ();
  g_autoptr (RigSink) sink = make_on (own);
  g_autoptr (MvxLogContext) context = capture_context ("async.context", sink);

  g_assert_true (mvx_log_async_sink_get_main_context (MVX_LOG_ASYNC_SINK (sink)) == own);
  sink->in_dispatch = note_default_context;
  mvx_info (context, "one");
  mvx_info (context, "two");
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_STARTING);
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 0); /* nobody iterates it */
  iterate_until_delivered (sink, 2);
  g_assert_true (sink->thread == g_thread_self ());
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (terminate (sink, NULL));
  g_assert_cmpuint (sink->n_stopped, ==, 1);
  rig_sink_check_ledger (sink);
}

static gboolean
choose_running (gpointer data)
{
  RigSink *sink = data;

  g_assert_true (mvx_log_async_sink_set_main_context (MVX_LOG_ASYNC_SINK (sink), NULL, NULL));
  rig_sink_log_n (sink, 0, 1);
  return G_SOURCE_REMOVE;
}

static void
test_running (void)
{
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_async_sink_set_main_context (MVX_LOG_ASYNC_SINK (sink), NULL, &error));
  assert_message (
      &error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE,
      "No main loop runs on this thread for sink 'rig'; call from a callback of the loop, or give its context");
  g_idle_add (choose_running, sink);
  g_main_context_iteration (NULL, TRUE);
  iterate_until_delivered (sink, 1);
  g_assert_false (mvx_log_async_sink_set_main_context (MVX_LOG_ASYNC_SINK (sink), NULL, &error));
  assert_message (&error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE,
                  "Sink 'rig' has a main context already; choose another one before it is used");
  g_assert_true (terminate (sink, NULL));
}

static void
on_waited (GObject *source, GAsyncResult *result, gpointer done)
{
  *(gint *) done += 1;
}

/* On the context's own thread waiting is refused; what does not wait works. */
static gboolean
wait_on_own_thread (gpointer data)
{
  RigSink *sink = data;
  g_autoptr (MvxLogOperation) operation = mvx_log_async_sink_start (MVX_LOG_ASYNC_SINK (sink));
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_operation_wait (operation, -1, &error));
  assert_message (&error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK,
                  "Cannot wait for a sink on the sink's own thread; wait on another thread or asynchronously");
  g_assert_false (flush (sink, &error));
  assert_message (&error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK,
                  "Cannot flush sink 'rig' on its own thread; do it on another thread");
  g_assert_false (terminate (sink, &error));
  assert_message (&error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK,
                  "Cannot terminate sink 'rig' on its own thread; do it on another thread");
  return G_SOURCE_REMOVE;
}

static void
test_own_thread (void)
{
  g_autoptr (RigSink) sink = make_on (g_main_context_default ());
  g_autoptr (MvxLogOperation) operation = NULL;
  gint done = 0;

  g_idle_add (wait_on_own_thread, sink);
  while (state_of (sink) != MVX_LOG_SINK_STATE_RUNNING)
    g_main_context_iteration (NULL, TRUE);
  rig_sink_log_n (sink, 0, 5);
  operation = mvx_log_async_sink_stop (MVX_LOG_ASYNC_SINK (sink));
  mvx_log_operation_wait_async (operation, NULL, on_waited, &done);
  while (done == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_STOPPED);
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 5);
  rig_sink_check_ledger (sink);
}

/* The loop is at its end, and so is the program: who terminates delivers. */
static void
test_drive (void)
{
  static const RigReply away = { MVX_LOG_DISPATCH_RETRY, 1, "away" };
  g_autoptr (GMainContext) own = g_main_context_new ();
  g_autoptr (RigSink) sink = make_on (own);

  capture_diag_begin ();
  g_queue_push_tail (&sink->replies, (gpointer) &away);
  rig_sink_log_n (sink, 0, 100);
  g_assert_true (terminate (sink, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 100);
  g_assert_cmpuint (sink->n_starting, ==, 1);
  g_assert_cmpuint (sink->n_stopped, ==, 1);
  rig_sink_check_ledger (sink);
  capture_diag_end ();
}

/* So does who flushes or reopens, and leaves the context to whoever wants it next. */
static void
test_drive_flush (void)
{
  static const RigReply away = { MVX_LOG_DISPATCH_RETRY, 1, "away" };
  g_autoptr (GMainContext) own = g_main_context_new ();
  g_autoptr (RigSink) sink = make_on (own);

  capture_diag_begin ();
  g_queue_push_tail (&sink->replies, (gpointer) &away);
  rig_sink_log_n (sink, 0, 100);
  g_assert_true (flush (sink, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 100);
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_RUNNING);
  g_assert_true (mvx_log_sink_reopen (MVX_LOG_SINK (sink), NULL));
  g_assert_cmpuint (sink->n_reopen, ==, 1);
  g_assert_false (g_main_context_is_owner (own));
  rig_sink_log_n (sink, 100, 1);
  iterate_until_delivered (sink, 101);
  g_assert_true (terminate (sink, NULL));
  rig_sink_check_ledger (sink);
  capture_diag_end ();
}

/* Until the deadline: then it tells what is open. */
static void
test_drive_deadline (void)
{
  static const RigReply pending = { MVX_LOG_DISPATCH_PENDING, 0, NULL };
  g_autoptr (GMainContext) own = g_main_context_new ();
  g_autoptr (RigSink) sink = make_on (own);
  g_autoptr (GError) error = NULL;

  g_queue_push_tail (&sink->replies, (gpointer) &pending);
  rig_sink_log_n (sink, 0, 3);
  while (sink->batches->len == 0)
    g_main_context_iteration (own, TRUE);
  g_assert_false (mvx_log_sink_flush (MVX_LOG_SINK (sink), g_get_monotonic_time () + 1000, &error));
  assert_message (&error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED,
                  "Sink 'rig' has not delivered everything: 3 events are still waiting, 0 were lost");
  mvx_log_async_sink_complete (MVX_LOG_ASYNC_SINK (sink), sink->batches->pdata[0], MVX_LOG_DISPATCH_OK, 3, NULL);
  g_assert_true (flush (sink, NULL));
  g_assert_true (terminate (sink, NULL));
  rig_sink_check_ledger (sink);
}

static gboolean
complete_first (gpointer data)
{
  RigSink *sink = data;

  mvx_log_async_sink_complete (MVX_LOG_ASYNC_SINK (sink), sink->batches->pdata[0], MVX_LOG_DISPATCH_OK, 1, NULL);
  return G_SOURCE_REMOVE;
}

static gboolean
set_true (gpointer done)
{
  *(gboolean *) done = TRUE;
  return G_SOURCE_REMOVE;
}

typedef struct
{
  RigSink *sink;
  gboolean ok;
  gboolean done; /* set in the sink's context */
} Flusher;

static gpointer
flush_thread (gpointer data)
{
  Flusher *flusher = data;

  flusher->ok = flush (flusher->sink, NULL);
  g_main_context_invoke (mvx_log_async_sink_get_main_context (MVX_LOG_ASYNC_SINK (flusher->sink)), set_true,
                         &flusher->done);
  return NULL;
}

/* The answer comes by way of the context itself: who flushes must not keep it from its owner, who comes late. */
static void
test_drive_late_owner (void)
{
  static const RigReply pending = { MVX_LOG_DISPATCH_PENDING, 0, NULL };
  g_autoptr (GMainContext) own = g_main_context_new ();
  g_autoptr (RigSink) sink = make_on (own);
  g_autoptr (GSource) answer = g_idle_source_new ();
  Flusher flusher = { .sink = sink };
  GThread *thread;

  g_queue_push_tail (&sink->replies, (gpointer) &pending);
  rig_sink_log_n (sink, 0, 1);
  thread = g_thread_new ("flush", flush_thread, &flusher);
  rig_sink_wait_batches (sink, 1);
  g_source_set_callback (answer, complete_first, sink, NULL);
  g_source_attach (answer, own);
  while (!flusher.done)
    g_main_context_iteration (own, TRUE);
  g_thread_join (thread);
  g_assert_true (flusher.ok);
  g_assert_true (terminate (sink, NULL));
  rig_sink_check_ledger (sink);
}

static gpointer
log_and_flush_thread (gpointer sink)
{
  while (rig_sink_log (sink, 1, NULL))
    flush (sink, NULL);
  return NULL;
}

/* Several at once, each of whom may be the one who works when the end comes. */
static void
test_drive_together (void)
{
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (GMainContext) own = g_main_context_new ();
      g_autoptr (RigSink) sink = make_on (own);
      GThread *threads[3];

      for (guint j = 0; j < G_N_ELEMENTS (threads); j++)
        threads[j] = g_thread_new ("flush", log_and_flush_thread, sink);
      rig_sink_wait_delivered (sink, 1 + i % 5);
      g_assert_true (terminate (sink, NULL));
      for (guint j = 0; j < G_N_ELEMENTS (threads); j++)
        g_thread_join (threads[j]);
      g_assert_cmpuint (sink->n_stopped, ==, 1);
      rig_sink_check_ledger (sink);
    }
}

static gpointer
iterate_thread (gpointer context)
{
  g_main_context_iteration (context, TRUE);
  return NULL;
}

/* Its owner is stuck in it: who terminates gives up at the deadline, and nobody waits for the turn to end. */
static void
test_stuck_owner (void)
{
  g_autoptr (GMainContext) own = g_main_context_new ();
  g_autoptr (RigSink) sink = make_on (own);
  g_autoptr (GError) error = NULL;
  GThread *thread;

  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 1);
  thread = g_thread_new ("owner", iterate_thread, own);
  rig_sink_wait_entered (sink, 1);
  g_assert_false (mvx_log_sink_terminate (MVX_LOG_SINK (sink), g_get_monotonic_time () + 1000, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT);
  g_assert_true (g_str_has_prefix (error->message, "Sink 'rig' has not ended by the deadline"));
  rig_sink_gate (sink, FALSE);
  g_thread_join (thread);
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 1);
}

static gboolean
drop_last (gpointer sink)
{
  g_object_unref (sink);
  return G_SOURCE_REMOVE;
}

/* The last reference goes on the loop's own thread: what was accepted is still delivered. */
static void
test_dispose (void)
{
  RigSink *sink = make_on (g_main_context_default ());
  gpointer watched = sink;

  rig_sink_log_n (sink, 0, 10);
  g_object_add_weak_pointer (G_OBJECT (sink), &watched);
  capture_diag_begin ();
  g_idle_add_full (G_PRIORITY_HIGH, drop_last, sink, NULL);
  while (watched)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (capture_diag->len, ==, 0);
  capture_diag_end ();
}

static GSource *
source_of (GMainContext *context)
{
  GSource *source = NULL;

  for (guint id = 1; id < 10 && source == NULL; id++)
    source = g_main_context_find_source_by_id (context, id);
  g_assert_nonnull (source);
  return source;
}

static void
assert_cancelled (RigSink *sink, guint64 lost)
{
  g_autoptr (GError) last = mvx_log_async_sink_dup_last_error (MVX_LOG_ASYNC_SINK (sink));
  g_autoptr (GError) error = NULL;
  MvxLogCounters c;

  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_CANCELLED);
  g_assert_no_error (last); /* only FAILURE has a cause */
  g_assert_false (rig_sink_log (sink, 9, &error));
  assert_message (&error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE,
                  "Sink 'rig' is CANCELLED and cannot take events; that needs VIRGIN, STARTING or RUNNING");
  g_assert_false (start (sink, &error));
  assert_message (&error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE,
                  "Sink 'rig' is CANCELLED and cannot start; that needs VIRGIN or STOPPED");
  g_assert_false (stop (sink, &error));
  assert_message (&error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE,
                  "Sink 'rig' is CANCELLED and cannot stop; that needs RUNNING");
  g_assert_false (flush (sink, &error));
  if (lost > 0)
    assert_message (&error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED,
                    "Sink 'rig' has not delivered everything: 0 events are still waiting, 3 were lost");
  else
    assert_message (&error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE,
                    "Sink 'rig' is CANCELLED and cannot deliver events; that needs RUNNING");
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.dropped[MVX_LOG_REASON_SHUTDOWN], ==, lost);
  g_assert_cmpuint (sink->n_stopped, ==, 1);
  rig_sink_check_ledger (sink);
  g_assert_true (terminate (sink, NULL));
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_CANCELLED);
}

/* Somebody removes our source, which with ids of sources is one wrong number away. */
static void
test_cancelled (void)
{
  g_autoptr (GMainContext) own = g_main_context_new ();
  g_autoptr (RigSink) sink = make_on (own);

  capture_diag_begin ();
  rig_sink_log_n (sink, 0, 1);
  iterate_until_delivered (sink, 1);
  rig_sink_log_n (sink, 1, 3);
  g_source_destroy (source_of (own));
  g_assert_cmpuint (capture_diag->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (capture_diag, 0), ==,
                   "Sink 'rig' was removed from its main context; it is off until it is configured anew, and 3 waiting "
                   "events are lost");
  assert_cancelled (sink, 3);
  capture_diag_end ();
}

static void
test_cancelled_starting (void)
{
  g_autoptr (GMainContext) own = g_main_context_new ();
  g_autoptr (RigSink) sink = make_on (own);
  g_autoptr (MvxLogOperation) operation = mvx_log_async_sink_start (MVX_LOG_ASYNC_SINK (sink));
  g_autoptr (GError) error = NULL;

  capture_diag_begin ();
  g_source_destroy (source_of (own));
  g_assert_false (mvx_log_operation_wait (operation, -1, &error));
  assert_message (&error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCHER_CANCELLED,
                  "Sink 'rig' was removed from its main context");
  assert_cancelled (sink, 0);
  capture_diag_end ();
}

/* On the sink's own thread, out of its own dispatch: it ends when that has returned. */
static void
remove_itself (gpointer data)
{
  g_source_destroy (g_main_current_source ());
}

static void
cancel_in_dispatch (void)
{
  g_autoptr (RigSink) sink = rig_sink_new (&config);

  capture_diag_begin ();
  g_assert_true (start (sink, NULL));
  sink->in_dispatch = remove_itself;
  rig_sink_log_n (sink, 0, 1);
  g_mutex_lock (&sink->mutex);
  while (sink->n_stopped == 0)
    g_cond_wait (&sink->cond, &sink->mutex);
  g_mutex_unlock (&sink->mutex);
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 1);
  assert_cancelled (sink, 0);
  capture_diag_end ();
}

/* Its end runs beside ours, so what we ask comes at any moment of it. */
static void
test_cancelled_in_dispatch (void)
{
  for (guint i = 0; i < 50; i++)
    cancel_in_dispatch ();
}

/* Stopping while another thread iterates: the turn is over before the sink is. */
typedef struct
{
  GMainContext *context;
  gint begun;
  gint end;
} Loop;

static gpointer
loop_thread (gpointer data)
{
  Loop *loop = data;

  g_main_context_push_thread_default (loop->context);
  g_atomic_int_set (&loop->begun, 1);
  while (!g_atomic_int_get (&loop->end))
    g_main_context_iteration (loop->context, TRUE);
  g_main_context_pop_thread_default (loop->context);
  return NULL;
}

static void
test_other_thread (void)
{
  Loop loop = { .context = g_main_context_new () };
  GThread *thread = g_thread_new ("loop", loop_thread, &loop);

  /* Else the first to terminate finds a context that nobody iterates, and does it itself. */
  while (!g_atomic_int_get (&loop.begun))
    g_thread_yield ();
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (RigSink) sink = make_on (loop.context);

      rig_sink_log_n (sink, 0, 10);
      if (i % 2)
        g_assert_true (flush (sink, NULL));
      g_assert_true (terminate (sink, NULL));
      g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 10);
      rig_sink_check_ledger (sink);
    }
  g_atomic_int_set (&loop.end, 1);
  g_main_context_wakeup (loop.context);
  g_thread_join (thread);
  g_main_context_unref (loop.context);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/async-context/explicit", test_explicit);
  g_test_add_func ("/async-context/running", test_running);
  g_test_add_func ("/async-context/own-thread", test_own_thread);
  g_test_add_func ("/async-context/drive/terminate", test_drive);
  g_test_add_func ("/async-context/drive/flush", test_drive_flush);
  g_test_add_func ("/async-context/drive/deadline", test_drive_deadline);
  g_test_add_func ("/async-context/drive/late-owner", test_drive_late_owner);
  g_test_add_func ("/async-context/drive/together", test_drive_together);
  g_test_add_func ("/async-context/stuck-owner", test_stuck_owner);
  g_test_add_func ("/async-context/dispose", test_dispose);
  g_test_add_func ("/async-context/cancelled", test_cancelled);
  g_test_add_func ("/async-context/cancelled-starting", test_cancelled_starting);
  g_test_add_func ("/async-context/cancelled-in-dispatch", test_cancelled_in_dispatch);
  g_test_add_func ("/async-context/other-thread", test_other_thread);
  return g_test_run ();
}
