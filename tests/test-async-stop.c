/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stop, and what is left behind: by a stop, an end, a last reference. */
#include "ledger-check.h"
#include "rig-states.h"

#include "async/async-sink-internal.h"

static const RigReply pending = { MVX_LOG_DISPATCH_PENDING, 0, NULL };

static gpointer
stop_thread (gpointer sink)
{
  return mvx_log_async_sink_stop (sink);
}

static void
test_many (void)
{
  g_autoptr (RigSink) sink = at_new (AT_STOPPING);
  g_autoptr (MvxLogOperation) first = mvx_log_async_sink_stop (MVX_LOG_ASYNC_SINK (sink));
  GThread *threads[8];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("stop", stop_thread, sink);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autoptr (MvxLogOperation) other = g_thread_join (threads[i]);

      g_assert_true (other == first);
    }
  at_release (sink);
  g_assert_true (mvx_log_operation_wait (first, -1, NULL));
  g_assert_cmpuint (sink->n_stopped, ==, 1);
}

static gpointer
log_until_refused_thread (gpointer sink)
{
  guint64 n = 0;

  while (rig_sink_log (sink, n, NULL))
    n++;
  return GSIZE_TO_POINTER (n);
}

/* Whoever waits for space is sent away at once; what was accepted before is delivered. */
static void
test_wakes_producers (void)
{
  const MvxLogAsyncConfig full
      = { .name = "rig", .queue_max_size = 4, .overflow = MVX_LOG_OVERFLOW_BLOCK, .block_timeout_us = -1 };
  g_autoptr (RigSink) sink = rig_sink_new (&full);
  g_autoptr (MvxLogOperation) operation = NULL;
  MvxLogQueue *queue = mvx_log_async_sink_get_queue (MVX_LOG_ASYNC_SINK (sink));
  GThread *threads[3];
  guint64 n = 0;

  g_assert_true (start (sink, NULL));
  rig_sink_gate (sink, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("producer", log_until_refused_thread, sink);
  while (g_atomic_int_get (&queue->n_waiting) < (gint) G_N_ELEMENTS (threads))
    g_thread_yield ();
  operation = mvx_log_async_sink_stop (MVX_LOG_ASYNC_SINK (sink));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    n += GPOINTER_TO_SIZE (g_thread_join (threads[i]));
  g_assert_cmpuint (n, ==, 4);
  rig_sink_gate (sink, FALSE);
  g_assert_true (mvx_log_operation_wait (operation, -1, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 4);
  rig_sink_check_ledger (sink);
}

static gpointer
complete_thread (gpointer data)
{
  RigSink *sink = data;

  for (guint i = sink->batches->len; i > 0; i--)
    mvx_log_async_sink_complete (MVX_LOG_ASYNC_SINK (sink), g_ptr_array_index (sink->batches, i - 1),
                                 MVX_LOG_DISPATCH_OK, 1, NULL);
  return NULL;
}

/* It waits for what others acknowledge, in whichever order they do. */
static void
test_awaits_pending (void)
{
  const MvxLogAsyncConfig wide = { .name = "rig", .max_in_flight = 4, .batch_max = 1, .drain_timeout_us = -1 };
  g_autoptr (RigSink) sink = rig_sink_new (&wide);
  g_autoptr (MvxLogOperation) operation = NULL;

  g_assert_true (start (sink, NULL));
  for (guint i = 0; i < 3; i++)
    rig_sink_reply (sink, &pending);
  rig_sink_log_n (sink, 0, 3);
  rig_sink_wait_batches (sink, 3);
  operation = mvx_log_async_sink_stop (MVX_LOG_ASYNC_SINK (sink));
  g_assert_false (mvx_log_operation_wait (operation, 0, NULL));
  g_thread_join (g_thread_new ("complete", complete_thread, sink));
  g_assert_true (mvx_log_operation_wait (operation, -1, NULL));
  rig_sink_check_ledger (sink);
}

/* It waits for a retry, and for what waits behind it. */
static void
test_awaits_retry (void)
{
  static const RigReply away = { MVX_LOG_DISPATCH_RETRY, 0, "away" };
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);

  for (guint i = 0; i < 3; i++)
    rig_sink_reply (sink, &away);
  rig_sink_log_n (sink, 0, 10);
  g_assert_true (stop (sink, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 10);
}

/* A flush that is still waiting when the time is over is told what is lost. */
static void
test_answers_flush (void)
{
  const MvxLogAsyncConfig impatient = { .name = "rig", .drain_timeout_us = 1 };
  g_autoptr (RigSink) sink = rig_sink_new (&impatient);
  MvxLogAsyncSink *async = MVX_LOG_ASYNC_SINK (sink);
  g_autoptr (GError) error = NULL;
  MvxLogFlush *waiting;

  rig_sink_reply (sink, &pending);
  g_assert_true (start (sink, NULL));
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_batches (sink, 1);
  rig_sink_log_n (sink, 1, 2);
  g_assert_true (mvx_log_async_sink_begin_flush (async, -1, &waiting, NULL));
  g_assert_false (stop (sink, NULL));
  g_assert_false (mvx_log_async_sink_end_flush (async, waiting, -1, &error));
  g_assert_cmpstr (error->message, ==,
                   "Sink 'rig' has not delivered everything: 0 events are still waiting, 3 were lost");
  rig_sink_check_ledger (sink);
}

static void
refuse_in_hook (gpointer data)
{
  RigSink *sink = data;
  g_autoptr (GError) error = NULL;

  g_assert_false (rig_sink_log (sink, 9, &error));
  g_assert_cmpstr (error->message, ==,
                   "Sink 'rig' is STOPPING and cannot take events; that needs VIRGIN, STARTING or RUNNING");
  g_clear_error (&error);
  g_assert_false (flush (sink, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK);
  g_clear_error (&error);
  g_assert_false (stop (sink, &error)); /* joins itself */
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK);
}

/* In the hook the sink is still STOPPING, for everybody. */
static void
test_in_hook (void)
{
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);

  sink->in_stopped = refuse_in_hook;
  g_assert_true (stop (sink, NULL));
  rig_sink_check_ledger (sink);
}

/* Cleanup. */

static GThread *hook_thread; /* atomic */

static void
note_thread (gpointer sink)
{
  g_atomic_pointer_set (&hook_thread, g_thread_self ());
}

/* The hook after a failure runs where all hooks run. */
static void
test_hook_thread (void)
{
  static const RigReply gone = { MVX_LOG_DISPATCH_FAILED, 0, "disk is gone" };
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);

  sink->in_stopped = note_thread;
  rig_sink_reply (sink, &gone);
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_stopped (sink, 1);
  g_assert_true (g_atomic_pointer_get (&hook_thread) == sink->thread);
  g_assert_true (sink->thread != g_thread_self ());
}

static gpointer
terminate_thread (gpointer sink)
{
  return GINT_TO_POINTER (mvx_log_sink_terminate (sink, -1, NULL));
}

/* The end and a failure at the same time: one hook, whoever is first. */
static void
test_end_under_failure (void)
{
  static const RigReply gone = { MVX_LOG_DISPATCH_FAILED, 0, "disk is gone" };

  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (RigSink) sink = at_new (AT_RUNNING);
      GThread *thread;

      rig_sink_gate (sink, TRUE);
      rig_sink_reply (sink, &gone);
      rig_sink_log_n (sink, 0, 3);
      rig_sink_wait_entered (sink, 1);
      thread = g_thread_new ("end", terminate_thread, sink);
      rig_sink_gate (sink, FALSE);
      g_thread_join (thread);
      g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_FAILURE);
      g_assert_cmpuint (sink->n_stopped, ==, 1);
      rig_sink_check_ledger (sink);
    }
}

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

/* Neither threads nor descriptors are left, however a sink ends. */
static void
test_nothing_is_left (void)
{
  guint n_fds = 0;
  guint n_threads = 0;

  for (guint i = 0; i < 3 * N_AT; i++)
    {
      RigSink *sink = at_new ((At) (i % N_AT));

      at_release (sink);
      if (i % 2)
        terminate (sink, NULL);
      g_object_unref (sink);
      if (i + 1 == N_AT) /* what GLib makes once is there by now */
        {
          n_fds = count_entries ("/proc/self/fd");
          n_threads = count_entries ("/proc/self/task");
        }
    }
  g_assert_cmpuint (count_entries ("/proc/self/fd"), ==, n_fds);
  while (count_entries ("/proc/self/task") > n_threads) /* for the kernel a moment later */
    g_thread_yield ();
}

static void
weak_notify (gpointer data, GObject *object)
{
  g_atomic_int_set ((gint *) data, 1);
}

static gint n_seen; /* atomic: delivered when the hook ran */

static void
note_seen (gpointer sink)
{
  g_atomic_int_set (&n_seen, (gint) rig_sink_n_delivered (sink));
}

static void
wait_for_end (gpointer sink)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (sink);
  gboolean ending = FALSE;

  while (!ending)
    {
      g_mutex_lock (&priv->mutex);
      ending = priv->terminating;
      g_mutex_unlock (&priv->mutex);
      g_thread_yield ();
    }
}

/* The last reference goes while it starts: what was accepted is delivered first. */
static void
test_drop_starting (void)
{
  RigSink *sink = at_new (AT_VIRGIN);

  g_atomic_int_set (&n_seen, -1);
  sink->in_starting = wait_for_end;
  sink->in_stopped = note_seen;
  rig_sink_log_n (sink, 0, 5);
  g_object_unref (sink);
  g_assert_cmpint (g_atomic_int_get (&n_seen), ==, 5);
}

static gboolean
drop_reference (gpointer sink)
{
  g_object_unref (sink);
  return G_SOURCE_REMOVE;
}

/* The last reference goes on the sink's own thread, in a source of the plugin. */
static void
test_drop_on_worker (void)
{
  RigSink *sink = at_new (AT_RUNNING);
  g_autoptr (GSource) source = g_idle_source_new ();
  guint n_threads = count_entries ("/proc/self/task") - 1;
  gint gone = 0;

  g_atomic_int_set (&n_seen, -1);
  sink->in_stopped = note_seen;
  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_entered (sink, 1);
  rig_sink_log_n (sink, 1, 9);
  g_object_weak_ref (G_OBJECT (sink), weak_notify, &gone);
  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_callback (source, drop_reference, sink, NULL);
  g_source_attach (source, mvx_log_async_sink_get_main_context (MVX_LOG_ASYNC_SINK (sink)));
  rig_sink_gate (sink, FALSE);
  while (!g_atomic_int_get (&gone) || count_entries ("/proc/self/task") > n_threads)
    g_thread_yield ();
  g_assert_cmpint (g_atomic_int_get (&n_seen), ==, 10);
}

/* Answers that come when nobody is there any more do no harm. */
static void
test_late_answer (void)
{
  g_autoptr (RigSink) sink = rig_sink_new (&(MvxLogAsyncConfig){ .name = "rig", .drain_timeout_us = 1 });
  MvxLogCounters c;

  rig_sink_reply (sink, &pending);
  g_assert_true (start (sink, NULL));
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_batches (sink, 1);
  g_assert_false (stop (sink, NULL));
  complete_thread (sink); /* stopped: the batch is not in flight any more */
  terminate (sink, NULL);
  complete_thread (sink); /* and now there is no worker */
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.delivered, ==, 0);
  g_assert_cmpuint (c.dropped[MVX_LOG_REASON_SHUTDOWN], ==, 1);
  rig_sink_check_ledger (sink);
}

int
main (int argc, char *argv[])
{
  at_init (&argc, &argv);
  g_test_add_func ("/async-stop/many", test_many);
  g_test_add_func ("/async-stop/wakes-producers", test_wakes_producers);
  g_test_add_func ("/async-stop/awaits-pending", test_awaits_pending);
  g_test_add_func ("/async-stop/awaits-retry", test_awaits_retry);
  g_test_add_func ("/async-stop/answers-flush", test_answers_flush);
  g_test_add_func ("/async-stop/in-hook", test_in_hook);
  g_test_add_func ("/async-cleanup/hook-thread", test_hook_thread);
  g_test_add_func ("/async-cleanup/end-under-failure", test_end_under_failure);
  g_test_add_func ("/async-cleanup/nothing-is-left", test_nothing_is_left);
  g_test_add_func ("/async-cleanup/drop-starting", test_drop_starting);
  g_test_add_func ("/async-cleanup/drop-on-worker", test_drop_on_worker);
  g_test_add_func ("/async-cleanup/late-answer", test_late_answer);
  return g_test_run ();
}
