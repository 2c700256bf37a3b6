/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/level.h>

#include "queue-rig.h"
#include "rig-sink.h"

#include "async/loss-private.h"

static QueueRig *
loss_rig (MvxLogOverflow overflow)
{
  return queue_rig_new (&(MvxLogAsyncConfig){
      .name = "app", .queue_max_size = 10, .batch_max = 4, .overflow = overflow, .block_timeout_us = 1 });
}

static void
assert_summary (QueueRig *rig, guint i, guint64 count, const char *text)
{
  const MvxLogEvent *event;
  g_autofree char *message = NULL;
  MvxLogValue first;
  MvxLogValue last;

  g_assert_cmpuint (rig->own->len, >, i);
  event = g_ptr_array_index (rig->own, i);
  message = mvx_log_event_dup_message (event);
  g_assert_cmpstr (message, ==, text);
  g_assert_cmpint (mvx_log_event_get_level (event), ==, MVX_LOG_LEVEL_WARNING);
  g_assert_cmpint (mvx_log_event_get_int64 (event, "count", -1), ==, (gint64) count);
  g_assert_cmpstr (mvx_log_event_get_string (event, "sink"), ==, "app");
  g_assert_true (mvx_log_event_get_field (event, "first", &first));
  g_assert_true (mvx_log_event_get_field (event, "last", &last));
  g_assert_cmpint (first.type, ==, MVX_LOG_TYPE_TIME);
  g_assert_cmpint (first.u.int64, <=, last.u.int64);
  g_assert_cmpint (last.u.int64, <=, mvx_log_event_get_timestamp (event));
  /* Their numbers are a gap in front of it. */
  g_assert_cmpint (mvx_log_event_get_int64 (event, "last_seq", -1) - mvx_log_event_get_int64 (event, "first_seq", -1)
                       + 1,
                   ==, (gint64) count);
  g_assert_cmpuint (mvx_log_event_get_seq (event), ==, (guint64) mvx_log_event_get_int64 (event, "last_seq", -1) + 1);
  g_assert_cmpint (mvx_log_event_get_int64 (event, "first_seq", -1), >, 1);
}

/* Ten are in, @n_over are too many. */
static void
overfill (QueueRig *rig, guint n_over)
{
  queue_rig_put_n (rig, 0, 10);
  for (guint i = 0; i < n_over; i++)
    queue_rig_put (rig, 100 + i);
}

static void
test_policy (MvxLogOverflow overflow, const char *text)
{
  g_autoptr (QueueRig) rig = loss_rig (overflow);

  overfill (rig, 3);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 10);
  g_assert_cmpuint (rig->own->len, ==, 1);
  assert_summary (rig, 0, 3, text);
  queue_rig_check_ledger (rig);
  /* Told once. */
  queue_rig_put_n (rig, 20, 3);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->own->len, ==, 1);
  queue_rig_check_ledger (rig);
}

static void
test_raise (void)
{
  test_policy (MVX_LOG_OVERFLOW_RAISE, "3 events lost: queue full, queue-overflow=raise");
}

static void
test_drop_newest (void)
{
  test_policy (MVX_LOG_OVERFLOW_DROP_NEWEST, "3 events lost: queue full, queue-overflow=drop-newest");
}

static void
test_drop_oldest (void)
{
  test_policy (MVX_LOG_OVERFLOW_DROP_OLDEST, "3 events lost: queue full, queue-overflow=drop-oldest");
}

static void
test_block (void)
{
  test_policy (MVX_LOG_OVERFLOW_BLOCK, "3 events lost: queue full, queue-overflow=block");
}

/* One unit of ten is kept for errors. */
static void
test_below_level (void)
{
  g_autoptr (QueueRig) rig = loss_rig (MVX_LOG_OVERFLOW_BELOW_LEVEL);

  for (guint i = 0; i < 12; i++)
    queue_rig_put (rig, i);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 9);
  assert_summary (rig, 0, 3, "3 events lost: queue full, queue-overflow=below-level");
  queue_rig_check_ledger (rig);
}

/* Not with every batch of a queue that stays full, but when half of it is free, or after a while. */
static void
test_half (void)
{
  static const RigAnswer answers[] = { { MVX_LOG_DISPATCH_RETRY, 2, "busy" }, { MVX_LOG_DISPATCH_RETRY, 1, "busy" } };
  g_autoptr (QueueRig) rig = loss_rig (MVX_LOG_OVERFLOW_RAISE);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    g_queue_push_tail (&rig->answers, (gpointer) &answers[i]);
  overfill (rig, 2);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
      g_assert_false (mvx_log_loss_is_due (&rig->dispatcher));
      rig->dispatcher.retry_at = 1;
    }
  rig->queue->loss.since_us -= 11 * G_USEC_PER_SEC;
  g_assert_true (mvx_log_loss_is_due (&rig->dispatcher));
  rig->queue->loss.since_us += 11 * G_USEC_PER_SEC;
  queue_rig_drain (rig);
  assert_summary (rig, 0, 2, "2 events lost: queue full, queue-overflow=raise");
  /* Behind what made the queue half empty, before the rest. */
  g_assert_cmpuint (g_array_index (rig->sizes, guint, 3), ==, 4);
  g_assert_cmpuint (g_array_index (rig->sizes, guint, 4), ==, 1);
  queue_rig_check_ledger (rig);
}

/* The limit may be the memory: then few events make the queue full. */
static void
test_half_bytes (void)
{
  static const RigAnswer busy = { MVX_LOG_DISPATCH_RETRY, 1, "busy" };
  g_autoptr (QueueRig) rig
      = queue_rig_new (&(MvxLogAsyncConfig){ .name = "app",
                                             .queue_max_size = 1000000,
                                             .queue_max_bytes = 4 * MVX_LOG_SEGMENT_DATA,
                                             .batch_max = MVX_LOG_SEGMENT_DATA / sizeof (MvxLogRecord),
                                             .overflow = MVX_LOG_OVERFLOW_RAISE });
  g_autoptr (GError) error = NULL;
  guint64 n = 0;

  while (queue_rig_put (rig, n))
    n++;
  g_queue_push_tail (&rig->answers, (gpointer) &busy);
  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  g_assert_false (mvx_log_loss_is_due (&rig->dispatcher));
  g_assert_cmpuint (rig->own->len, ==, 0);
  rig->dispatcher.retry_at = 1;
  queue_rig_drain (rig);
  /* One segment in two goes, for the sink was busy; the next ones give back what was before them. */
  g_assert_cmpuint (rig->sizes->len, ==, 6);
  g_assert_cmpuint (g_array_index (rig->sizes, guint, 4), ==, 1);
  g_assert_cmpuint (rig->own->len, ==, 1);
  assert_summary (rig, 0, 1, "1 events lost: queue full, queue-overflow=raise");
  queue_rig_check_ledger (rig);
}

/* It is an event like others: it can be tried again, dropped, and lost with the rest. */
static void
test_settled_as_others (void)
{
  static const RigAnswer answers[] = { { MVX_LOG_DISPATCH_OK, 4, NULL },
                                       { MVX_LOG_DISPATCH_OK, 4, NULL },
                                       { MVX_LOG_DISPATCH_RETRY, 0, "busy" },
                                       { MVX_LOG_DISPATCH_DROP, 0, "no" } };
  g_autoptr (QueueRig) rig = loss_rig (MVX_LOG_OVERFLOW_RAISE);
  g_autoptr (GError) error = NULL;
  MvxLogCounters c = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    g_queue_push_tail (&rig->answers, (gpointer) &answers[i]);
  overfill (rig, 1);
  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  mvx_log_dispatcher_get_counters (&rig->dispatcher, &c);
  g_assert_cmpuint (c.accepted, ==, 11);
  g_assert_cmpuint (c.pending, ==, 3);
  rig->dispatcher.retry_at = 1;
  queue_rig_drain (rig);
  mvx_log_dispatcher_get_counters (&rig->dispatcher, &c);
  g_assert_cmpuint (c.delivered, ==, 10);
  g_assert_cmpuint (c.lost[MVX_LOG_LEVEL_CLASS_WARNING][MVX_LOG_REASON_REJECTED], ==, 1);
  queue_rig_check_ledger (rig);
  g_assert_cmpuint (rig->own->len, ==, 2); /* offered twice */
}

static void
test_discarded (void)
{
  static const RigAnswer away = { MVX_LOG_DISPATCH_RETRY, 0, "away" };
  g_autoptr (QueueRig) rig = loss_rig (MVX_LOG_OVERFLOW_RAISE);
  g_autoptr (GError) error = NULL;

  overfill (rig, 1);
  g_queue_push_tail (&rig->answers, NULL);
  g_queue_push_tail (&rig->answers, NULL);
  g_queue_push_tail (&rig->answers, (gpointer) &away);
  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  g_assert_cmpuint (mvx_log_dispatcher_discard (&rig->dispatcher, MVX_LOG_REASON_SHUTDOWN), ==, 3);
  queue_rig_check_ledger (rig);
}

/* A sink that takes no warnings is not told; the diagnostics are. */
static void
test_level (void)
{
  g_autoptr (QueueRig) rig = loss_rig (MVX_LOG_OVERFLOW_RAISE);
  MvxLogSinkCommon errors_only = { .level = MVX_LOG_LEVEL_ERROR, .enabled = TRUE };

  rig->dispatcher.common = &errors_only;
  overfill (rig, 5);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->own->len, ==, 0);
  g_assert_cmpuint (rig->diag->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (rig->diag, 0), ==, "Sink 'app' lost 5 events: queue full, queue-overflow=raise");
  queue_rig_check_ledger (rig);
}

static void
wait_summaries (RigSink *sink, guint n)
{
  g_mutex_lock (&sink->mutex);
  while (sink->n_summaries < n)
    g_cond_wait (&sink->cond, &sink->mutex);
  g_mutex_unlock (&sink->mutex);
}

/* With a worker, whether it is busy or asleep when the loss is noted. */
static void
test_worker (void)
{
  MvxLogAsyncConfig small = { .name = "rig", .queue_max_size = 2, .linger_us = 1 };
  g_autoptr (RigSink) sink = rig_sink_new (&small);
  MvxLogQueue *queue = mvx_log_async_sink_get_queue (MVX_LOG_ASYNC_SINK (sink));

  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_entered (sink, 1);
  rig_sink_log_n (sink, 1, 1);
  for (guint i = 0; i < 7; i++)
    g_assert_false (rig_sink_log (sink, 2, NULL));
  rig_sink_gate (sink, FALSE);
  wait_summaries (sink, 1);
  g_assert_cmpuint (sink->told_lost, ==, 7);
  while (g_atomic_int_get (&queue->mood) != MVX_LOG_WORKER_ASLEEP)
    g_thread_yield ();
  g_mutex_lock (&queue->mutex);
  mvx_log_loss_note (queue);
  g_mutex_unlock (&queue->mutex);
  wait_summaries (sink, 2);
  g_assert_cmpuint (sink->told_lost, ==, 8);
  g_assert_true (terminate (sink, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 2);
  rig_sink_check_ledger (sink);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/loss/raise", test_raise);
  g_test_add_func ("/loss/drop-newest", test_drop_newest);
  g_test_add_func ("/loss/drop-oldest", test_drop_oldest);
  g_test_add_func ("/loss/block", test_block);
  g_test_add_func ("/loss/below-level", test_below_level);
  g_test_add_func ("/loss/half", test_half);
  g_test_add_func ("/loss/half-bytes", test_half_bytes);
  g_test_add_func ("/loss/settled-as-others", test_settled_as_others);
  g_test_add_func ("/loss/discarded", test_discarded);
  g_test_add_func ("/loss/level", test_level);
  g_test_add_func ("/loss/worker", test_worker);
  return g_test_run ();
}
