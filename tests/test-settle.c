/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/level.h>

#include "queue-rig.h"

static QueueRig *
settle_rig (guint n_answers, const RigAnswer *answers, guint n_events)
{
  MvxLogAsyncConfig config = { .name = "rig", .queue_max_size = 100, .batch_max = 4, .max_in_flight = 3 };
  QueueRig *rig = queue_rig_new (&config);

  for (guint i = 0; i < n_answers; i++)
    g_queue_push_tail (&rig->answers, (gpointer) &answers[i]);
  queue_rig_put_n (rig, 1, n_events);
  return rig;
}

/* Lets the time of a waiting retry come. */
static void
skip_back_off (QueueRig *rig)
{
  g_assert_cmpint (rig->dispatcher.retry_at, >, 0);
  rig->dispatcher.retry_at = 1;
}

static void
assert_counts (QueueRig *rig, guint64 delivered, guint64 pending, guint64 rejected)
{
  MvxLogCounters c = { 0 };

  mvx_log_dispatcher_get_counters (&rig->dispatcher, &c);
  g_assert_cmpuint (c.delivered, ==, delivered);
  g_assert_cmpuint (c.pending, ==, pending);
  g_assert_cmpuint (c.dropped[MVX_LOG_REASON_REJECTED], ==, rejected);
  queue_rig_check_ledger (rig);
}

static void
assert_diag (QueueRig *rig, guint i, const char *text)
{
  g_assert_cmpuint (i, <, rig->diag->len);
  g_assert_cmpstr (g_ptr_array_index (rig->diag, i), ==, text);
}

static void
test_ok (void)
{
  g_autoptr (QueueRig) rig = settle_rig (0, NULL, 10);

  queue_rig_drain (rig);
  assert_counts (rig, 10, 0, 0);
  g_assert_cmpuint (rig->dispatcher.n_batches, ==, 3);
  g_assert_cmpuint (rig->dispatcher.high_water, ==, 10);
  g_assert_cmpuint (rig->diag->len, ==, 0);
}

static void
test_retry (void)
{
  static const RigAnswer answers[]
      = { { MVX_LOG_DISPATCH_RETRY, 1, "server away" }, { MVX_LOG_DISPATCH_RETRY, 0, "still away" } };
  g_autoptr (QueueRig) rig = settle_rig (2, answers, 3);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  assert_counts (rig, 1, 2, 0);
  g_assert_cmpint (rig->dispatcher.retry_at, >, g_get_monotonic_time ());
  skip_back_off (rig);
  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  g_assert_cmpuint (rig->dispatcher.attempts, ==, 2);
  skip_back_off (rig);
  queue_rig_drain (rig);
  assert_counts (rig, 3, 0, 0);
  g_assert_cmpuint (rig->dispatcher.attempts, ==, 0);
  g_assert_cmpuint (rig->dispatcher.n_retried, ==, 4);
  /* Nothing is sent twice, nothing overtakes. */
  g_assert_cmpuint (rig->numbers->len, ==, 3 + 2 + 2);
  g_assert_cmpuint (queue_rig_number (rig, 3), ==, 2);
  g_assert_cmpuint (queue_rig_number (rig, 5), ==, 2);
  g_assert_cmpuint (rig->diag->len, ==, 1);
  assert_diag (rig, 0, "Sink 'rig' cannot deliver now and will try again: server away");
}

static void
test_retry_without_reason (void)
{
  static const RigAnswer answers[] = { { MVX_LOG_DISPATCH_RETRY, 0, NULL } };
  g_autoptr (QueueRig) rig = settle_rig (1, answers, 1);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  assert_diag (rig, 0, "Sink 'rig' cannot deliver now and will try again: no reason given");
}

/* All done is all done, whatever else it says. */
static void
test_retry_all_done (void)
{
  static const RigAnswer answers[] = { { MVX_LOG_DISPATCH_RETRY, 2, "but why" } };
  g_autoptr (QueueRig) rig = settle_rig (1, answers, 2);

  queue_rig_drain (rig);
  assert_counts (rig, 2, 0, 0);
}

static void
test_back_off_grows (void)
{
  static const RigAnswer answers[] = { { MVX_LOG_DISPATCH_RETRY, 0, "no" },
                                       { MVX_LOG_DISPATCH_RETRY, 0, "no" },
                                       { MVX_LOG_DISPATCH_RETRY, 0, "no" },
                                       { MVX_LOG_DISPATCH_RETRY, 0, "no" },
                                       { MVX_LOG_DISPATCH_RETRY, 1, "no" } };
  g_autoptr (QueueRig) rig = settle_rig (5, answers, 2);
  g_autoptr (GError) error = NULL;
  gint64 full = 100000;

  rig->dispatcher.config.retry_max_us = 400000;
  for (guint i = 0; i < 4; i++)
    {
      gint64 before = g_get_monotonic_time ();

      g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
      g_assert_cmpint (rig->dispatcher.retry_at, >=, before + full / 2);
      g_assert_cmpint (rig->dispatcher.retry_at, <=, g_get_monotonic_time () + full);
      skip_back_off (rig);
      full = MIN (2 * full, 400000);
    }
  /* With progress it begins anew. */
  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  g_assert_cmpuint (rig->dispatcher.attempts, ==, 1);
}

static void
test_retry_age (void)
{
  static const RigAnswer answers[] = { { MVX_LOG_DISPATCH_RETRY, 0, "no" }, { MVX_LOG_DISPATCH_RETRY, 0, "no" } };
  g_autoptr (QueueRig) rig = settle_rig (2, answers, 3);
  g_autoptr (GError) error = NULL;

  rig->dispatcher.config.retry_age_us = 60 * G_USEC_PER_SEC;
  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  rig->dispatcher.retry_since -= 61 * G_USEC_PER_SEC;
  skip_back_off (rig);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->queue->dropped[MVX_LOG_REASON_TIMEOUT], ==, 3);
  g_assert_true (
      g_str_has_prefix (g_ptr_array_index (rig->diag, 1), "Sink 'rig' gave up 3 events after 2 attempts in 61."));
  g_assert_true (g_str_has_suffix (g_ptr_array_index (rig->diag, 1), " s: no"));
  assert_counts (rig, 0, 0, 0);
}

static void
test_retry_count (void)
{
  static const RigAnswer answers[] = { { MVX_LOG_DISPATCH_RETRY, 0, "no" },
                                       { MVX_LOG_DISPATCH_RETRY, 1, "one went" },
                                       { MVX_LOG_DISPATCH_RETRY, 0, "no" },
                                       { MVX_LOG_DISPATCH_RETRY, 0, "never" } };
  g_autoptr (QueueRig) rig = settle_rig (4, answers, 3);
  g_autoptr (GError) error = NULL;

  rig->dispatcher.config.retry_count = 2;
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
      skip_back_off (rig);
    }
  /* The second attempt got on: it is the first one of what was left. */
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->queue->dropped[MVX_LOG_REASON_TIMEOUT], ==, 2);
  g_assert_true (
      g_str_has_prefix (g_ptr_array_index (rig->diag, 2), "Sink 'rig' gave up 2 events after 3 attempts in 0."));
  g_assert_true (g_str_has_suffix (g_ptr_array_index (rig->diag, 2), " s: never"));
  assert_counts (rig, 1, 0, 0);
  /* The next ones have all their attempts before them; behind them is told what was lost. */
  queue_rig_put_n (rig, 10, 1);
  queue_rig_drain (rig);
  assert_counts (rig, 2 + 1, 0, 0);
}

/* What is lost is counted by its severity, too, and what dispatch takes by its duration. */
static void
test_counters (void)
{
  static const RigAnswer answers[] = { { MVX_LOG_DISPATCH_DROP, 0, "no" } };
  static const gint levels[] = { MVX_LOG_LEVEL_DEBUG, MVX_LOG_LEVEL_NOTICE, MVX_LOG_LEVEL_ERROR, MVX_LOG_LEVEL_ERROR };
  g_autoptr (QueueRig) rig = settle_rig (1, answers, 0);
  MvxLogCounters c = { 0 };
  guint64 calls = 0;

  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    queue_rig_put_full (rig, i, i, MVX_LOG_RECORD_REALTIME | MVX_LOG_RECORD_NO_SLOTS, levels[i], sizeof (MvxLogRecord),
                        NULL);
  queue_rig_drain (rig);
  queue_rig_put_n (rig, 10, 5);
  queue_rig_drain (rig);
  assert_counts (rig, 5 + rig->own->len, 0, 4);
  mvx_log_dispatcher_get_counters (&rig->dispatcher, &c);
  g_assert_cmpuint (c.lost[MVX_LOG_LEVEL_CLASS_DEBUG][MVX_LOG_REASON_REJECTED], ==, 1);
  g_assert_cmpuint (c.lost[MVX_LOG_LEVEL_CLASS_INFO][MVX_LOG_REASON_REJECTED], ==, 1);
  g_assert_cmpuint (c.lost[MVX_LOG_LEVEL_CLASS_ERROR][MVX_LOG_REASON_REJECTED], ==, 2);
  for (guint i = 0; i < MVX_LOG_N_TIME_CLASSES; i++)
    calls += c.dispatch_time[i];
  g_assert_cmpuint (calls, ==, c.batches);
  g_assert_cmpuint (calls, ==, 3 + rig->own->len);
}

static void
test_drop (void)
{
  static const RigAnswer answers[] = { { MVX_LOG_DISPATCH_DROP, 1, "not for me" },
                                       { MVX_LOG_DISPATCH_OK, 1, NULL }, /* is told of them */
                                       { MVX_LOG_DISPATCH_DROP, 0, NULL } };
  g_autoptr (QueueRig) rig = settle_rig (3, answers, 6);

  queue_rig_drain (rig);
  g_assert_cmpuint (rig->own->len, ==, 2);
  assert_counts (rig, 1 + 2, 0, 5);
  assert_diag (rig, 0, "Sink 'rig' dropped 3 events: not for me");
  assert_diag (rig, 1, "Sink 'rig' dropped 2 events: no reason given");
}

static MvxLogDispatchResult
reject_odd (gpointer data, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  QueueRig *rig = data;

  for (guint i = 0; i < n_events; i++)
    {
      g_assert_false (events[i]->rejected);
      if (events[i]->record->number % 2 == 0)
        continue;
      events[i]->rejected = TRUE;
      g_atomic_int_set (&rig->dispatcher.rejects, 1);
    }
  return queue_rig_dispatch (data, events, n_events, n_done, error);
}

/* Single events of a batch: 1 and 3 of the first four; what is offered again is judged again. */
static void
test_reject (void)
{
  static const RigAnswer answers[] = { { MVX_LOG_DISPATCH_RETRY, 2, "server away" } };
  g_autoptr (QueueRig) rig = settle_rig (1, answers, 6);
  g_autoptr (GError) error = NULL;

  rig->dispatcher.func = reject_odd;
  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  assert_counts (rig, 1, 4, 1);
  skip_back_off (rig);
  queue_rig_drain (rig);
  assert_counts (rig, 3 + rig->own->len, 0, 3);
  g_assert_cmpuint (rig->numbers->len, ==, 4 + 2 + 2);
}

static void
assert_fails (const RigAnswer *answer, guint64 delivered, const char *message)
{
  g_autoptr (QueueRig) rig = settle_rig (1, answer, 3);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_FAILED);
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED);
  g_assert_cmpstr (error->message, ==, message);
  g_assert_nonnull (mvx_log_error_get_cause (error) ? mvx_log_error_get_cause (error) : error);
  assert_counts (rig, delivered, 3 - delivered, 0);
  g_assert_cmpuint (rig->dispatcher.n_failed, ==, 1);
  g_assert_cmpuint (mvx_log_dispatcher_discard (&rig->dispatcher, MVX_LOG_REASON_ERROR), ==, 3 - delivered);
  assert_counts (rig, delivered, 0, 0);
}

static void
test_failed (void)
{
  static const RigAnswer failed = { MVX_LOG_DISPATCH_FAILED, 0, "disk is gone" };
  static const RigAnswer partly = { MVX_LOG_DISPATCH_FAILED, 2, "disk is gone" };
  static const RigAnswer silent = { MVX_LOG_DISPATCH_FAILED, 0, NULL };
  static const RigAnswer error_set = { MVX_LOG_DISPATCH_OK, 3, "said OK, meant no" };
  static const RigAnswer pending_error = { MVX_LOG_DISPATCH_PENDING, 0, "pending with an error" };

  assert_fails (&failed, 0, "Sink 'rig' failed for good: disk is gone");
  assert_fails (&partly, 2, "Sink 'rig' failed for good: disk is gone");
  assert_fails (&silent, 0, "Sink 'rig' failed for good: its dispatch gave no reason");
  assert_fails (&error_set, 3, "Sink 'rig' failed for good: said OK, meant no");
  assert_fails (&pending_error, 0, "Sink 'rig' failed for good: pending with an error");
}

static void
test_wrong_count (void)
{
  static const RigAnswer too_many = { MVX_LOG_DISPATCH_OK, 4, NULL };
  static const RigAnswer too_few = { MVX_LOG_DISPATCH_OK, 2, NULL };
  static const RigAnswer retry_many = { MVX_LOG_DISPATCH_RETRY, 9, "x" };
  static const RigAnswer one_more = { MVX_LOG_DISPATCH_DROP, 4, "x" };
  static const RigAnswer no_result = { (MvxLogDispatchResult) 77, 0, NULL };

  assert_fails (&too_many, 0,
                "Sink 'rig' failed for good: its dispatch broke the contract: it reported 4 of 3 events as done");
  assert_fails (&too_few, 0,
                "Sink 'rig' failed for good: its dispatch broke the contract: it reported 2 of 3 events as done");
  assert_fails (&one_more, 0,
                "Sink 'rig' failed for good: its dispatch broke the contract: it reported 4 of 3 events as done");
  assert_fails (&retry_many, 0,
                "Sink 'rig' failed for good: its dispatch broke the contract: it reported 9 of 3 events as done");
  assert_fails (&no_result, 0, "Sink 'rig' failed for good: its dispatch gave no reason");
}

static void
complete (QueueRig *rig, guint batch, MvxLogDispatchResult result, guint n_done, const char *message)
{
  g_autoptr (GError) why = message ? g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, message) : NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_dispatcher_complete (&rig->dispatcher, g_ptr_array_index (rig->batches, batch), 0, result,
                                              n_done, why, &error));
  g_assert_no_error (error);
}

static const RigAnswer three_pending[] = { { MVX_LOG_DISPATCH_PENDING, 0, NULL },
                                           { MVX_LOG_DISPATCH_PENDING, 0, NULL },
                                           { MVX_LOG_DISPATCH_PENDING, 0, NULL } };

/* Settled in order, whatever the order of completion; no more in flight than allowed. */
static void
test_pending_out_of_order (void)
{
  g_autoptr (QueueRig) rig = settle_rig (3, three_pending, 14);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  g_assert_cmpuint (rig->sizes->len, ==, 3);
  complete (rig, 2, MVX_LOG_DISPATCH_OK, 4, NULL);
  complete (rig, 1, MVX_LOG_DISPATCH_OK, 4, NULL);
  assert_counts (rig, 0, 14, 0);
  complete (rig, 0, MVX_LOG_DISPATCH_OK, 4, NULL);
  assert_counts (rig, 12, 2, 0);
  queue_rig_drain (rig);
  assert_counts (rig, 14, 0, 0);
}

/* A batch has taken as long as its answer: what waits for one has no time yet. */
static void
test_pending_time (void)
{
  g_autoptr (QueueRig) rig = settle_rig (3, three_pending, 12);
  g_autoptr (GError) error = NULL;
  MvxLogCounters c = { 0 };
  guint64 calls = 0;

  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  mvx_log_dispatcher_get_counters (&rig->dispatcher, &c);
  g_assert_cmpuint (c.batches, ==, 3);
  for (guint i = 0; i < MVX_LOG_N_TIME_CLASSES; i++)
    g_assert_cmpuint (c.dispatch_time[i], ==, 0);
  for (GList *link = rig->dispatcher.in_flight.head; link; link = link->next)
    ((MvxLogFlight *) link->data)->since -= 3 * G_USEC_PER_SEC; /* as if it had been so long */
  for (guint i = 0; i < 3; i++)
    complete (rig, i, MVX_LOG_DISPATCH_OK, 4, NULL);
  mvx_log_dispatcher_get_counters (&rig->dispatcher, &c);
  g_assert_cmpuint (c.dispatch_us, >=, 9 * G_USEC_PER_SEC);
  for (guint i = 22; i < MVX_LOG_N_TIME_CLASSES; i++)
    calls += c.dispatch_time[i];
  g_assert_cmpuint (calls, ==, 3);
}

static void
test_pending_retry (void)
{
  g_autoptr (QueueRig) rig = settle_rig (3, three_pending, 12);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  complete (rig, 1, MVX_LOG_DISPATCH_RETRY, 1, "second"); /* waits for the first */
  g_assert_cmpint (rig->dispatcher.retry_at, ==, 0);
  complete (rig, 0, MVX_LOG_DISPATCH_OK, 4, NULL);
  assert_counts (rig, 5, 7, 0);
  complete (rig, 2, MVX_LOG_DISPATCH_DROP, 2, "third");
  assert_counts (rig, 5, 7, 0);
  skip_back_off (rig);
  queue_rig_drain (rig);
  assert_counts (rig, 10 + rig->own->len, 0, 2);
  /* What is tried again are the last three of the second batch. */
  g_assert_cmpuint (g_array_index (rig->sizes, guint, 3), ==, 3);
  g_assert_cmpuint (queue_rig_number (rig, 12), ==, 6);
}

static void
test_completed_twice (void)
{
  g_autoptr (QueueRig) rig = settle_rig (3, three_pending, 12);
  g_autoptr (GError) error = NULL;
  const char *text = "Sink 'rig' completed a batch that is not in flight; it completes batches twice or invents them";

  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  complete (rig, 1, MVX_LOG_DISPATCH_OK, 4, NULL);
  complete (rig, 1, MVX_LOG_DISPATCH_OK, 4, NULL);
  assert_diag (rig, 0, text);
  complete (rig, 0, MVX_LOG_DISPATCH_OK, 4, NULL);
  complete (rig, 0, MVX_LOG_DISPATCH_OK, 4, NULL);
  assert_diag (rig, 1, text);
  assert_counts (rig, 8, 4, 0);
  complete (rig, 2, MVX_LOG_DISPATCH_OK, 4, NULL);
  assert_counts (rig, 12, 0, 0);
  queue_rig_drain (rig);
}

static void
test_completed_with_pending (void)
{
  g_autoptr (QueueRig) rig = settle_rig (1, three_pending, 1);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_IDLE);
  g_assert_false (mvx_log_dispatcher_is_empty (&rig->dispatcher));
  g_assert_false (mvx_log_dispatcher_complete (&rig->dispatcher, g_ptr_array_index (rig->batches, 0), 0,
                                               MVX_LOG_DISPATCH_PENDING, 0, NULL, &error));
  g_assert_cmpstr (error->message, ==, "Sink 'rig' failed for good: its dispatch gave no reason");
}

/* A failure in the middle: what stands before it is delivered. */
static void
test_pending_failed (void)
{
  g_autoptr (QueueRig) rig = settle_rig (3, three_pending, 12);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  complete (rig, 1, MVX_LOG_DISPATCH_FAILED, 1, "gone");
  g_assert_false (mvx_log_dispatcher_complete (&rig->dispatcher, g_ptr_array_index (rig->batches, 0), 0,
                                               MVX_LOG_DISPATCH_OK, 4, NULL, &error));
  g_assert_cmpstr (error->message, ==, "Sink 'rig' failed for good: gone");
  assert_counts (rig, 5, 7, 0);
  g_assert_cmpuint (mvx_log_dispatcher_discard (&rig->dispatcher, MVX_LOG_REASON_ERROR), ==, 7);
  assert_counts (rig, 5, 0, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/settle/ok", test_ok);
  g_test_add_func ("/settle/retry", test_retry);
  g_test_add_func ("/settle/retry-without-reason", test_retry_without_reason);
  g_test_add_func ("/settle/retry-all-done", test_retry_all_done);
  g_test_add_func ("/settle/back-off-grows", test_back_off_grows);
  g_test_add_func ("/settle/retry-age", test_retry_age);
  g_test_add_func ("/settle/retry-count", test_retry_count);
  g_test_add_func ("/settle/counters", test_counters);
  g_test_add_func ("/settle/drop", test_drop);
  g_test_add_func ("/settle/reject", test_reject);
  g_test_add_func ("/settle/failed", test_failed);
  g_test_add_func ("/settle/wrong-count", test_wrong_count);
  g_test_add_func ("/settle/pending-out-of-order", test_pending_out_of_order);
  g_test_add_func ("/settle/pending-time", test_pending_time);
  g_test_add_func ("/settle/pending-retry", test_pending_retry);
  g_test_add_func ("/settle/completed-twice", test_completed_twice);
  g_test_add_func ("/settle/completed-with-pending", test_completed_with_pending);
  g_test_add_func ("/settle/pending-failed", test_pending_failed);
  return g_test_run ();
}
