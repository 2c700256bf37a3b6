/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the sink is told of events that it has accepted and will never deliver. */
#include <mvxlog/level.h>

#include "queue-rig.h"

#define DROP(n, text)                                                                                                  \
  {                                                                                                                    \
    MVX_LOG_DISPATCH_DROP, n, text                                                                                     \
  }
#define AWAY                                                                                                           \
  {                                                                                                                    \
    MVX_LOG_DISPATCH_RETRY, 0, "503"                                                                                   \
  }
#define TAKEN                                                                                                          \
  {                                                                                                                    \
    MVX_LOG_DISPATCH_OK, 1, NULL                                                                                       \
  }

static QueueRig *
gone_rig (const RigAnswer *answers, guint n_answers, guint n_events)
{
  QueueRig *rig = queue_rig_new (&(MvxLogAsyncConfig){ .name = "app", .queue_max_size = 100, .batch_max = 4 });

  for (guint i = 0; i < n_answers; i++)
    g_queue_push_tail (&rig->answers, (gpointer) &answers[i]);
  queue_rig_put_n (rig, 1, n_events);
  return rig;
}

/* Waits for a retry whose time has come. */
static void
wait_once (QueueRig *rig)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  g_assert_no_error (error);
  g_assert_cmpint (rig->dispatcher.retry_at, >, 0);
  rig->dispatcher.retry_at = 1;
}

static void
assert_told (QueueRig *rig, guint i, const char *expected)
{
  static const char *const numbers[] = { "count", "first_seq", "last_seq" };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *message = NULL;
  const MvxLogEvent *event;

  g_assert_cmpuint (i, <, rig->own->len);
  event = g_ptr_array_index (rig->own, i);
  message = mvx_log_event_dup_message (event);
  g_assert_cmpint (mvx_log_event_get_level (event), ==, MVX_LOG_LEVEL_WARNING);
  g_string_append_printf (text, "%s: %s; sink=%s reason=%s", mvx_log_event_get_context (event), message,
                          mvx_log_event_get_string (event, "sink"), mvx_log_event_get_string (event, "reason"));
  for (guint k = 0; k < G_N_ELEMENTS (numbers); k++)
    g_string_append_printf (text, " %s=%" G_GINT64_FORMAT, numbers[k], mvx_log_event_get_int64 (event, numbers[k], -1));
  g_string_append_printf (text, " why=%s", mvx_log_event_get_string (event, "why"));
  g_assert_cmpstr (text->str, ==, expected);
}

static gint64
get_time (QueueRig *rig, guint i, const char *field)
{
  MvxLogValue value;

  g_assert_true (mvx_log_event_get_field (g_ptr_array_index (rig->own, i), field, &value));
  g_assert_cmpint (value.type, ==, MVX_LOG_TYPE_TIME);
  return value.u.int64;
}

static void
test_rejected (void)
{
  static const RigAnswer answers[] = { DROP (1, "400 malformed") };
  g_autoptr (QueueRig) rig = gone_rig (answers, 1, 4);

  queue_rig_drain (rig);
  g_assert_cmpuint (rig->own->len, ==, 1);
  assert_told (rig, 0,
               "mvxlog: 3 events lost: rejected by the destination; sink=app reason=rejected by the destination "
               "count=3 first_seq=2 last_seq=4 why=400 malformed");
  /* When they were logged: the rig's clock counts from 1000. */
  g_assert_cmpint (get_time (rig, 0, "first"), ==, 1002);
  g_assert_cmpint (get_time (rig, 0, "last"), ==, 1004);
  g_assert_cmpuint (mvx_log_event_get_seq (g_ptr_array_index (rig->own, 0)), ==, 5);
  queue_rig_check_ledger (rig);
  /* Once. */
  queue_rig_put_n (rig, 10, 1);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->own->len, ==, 1);
}

/* Not until the destination answers again: it would be given up, too. */
static void
test_retry_count (void)
{
  static const RigAnswer answers[] = { AWAY, AWAY };
  g_autoptr (QueueRig) rig = gone_rig (answers, 2, 3);

  rig->dispatcher.config.retry_count = 1;
  wait_once (rig);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->own->len, ==, 0);
  g_assert_true (mvx_log_dispatcher_is_empty (&rig->dispatcher)); /* the end of the sink does not wait for it */
  queue_rig_put_n (rig, 10, 1);
  queue_rig_drain (rig);
  assert_told (rig, 0,
               "mvxlog: 3 events lost: given up, retry-count; sink=app reason=given up, retry-count count=3 "
               "first_seq=1 last_seq=3 why=503");
  queue_rig_check_ledger (rig);
}

static void
test_retry_age (void)
{
  static const RigAnswer answers[] = { AWAY, AWAY };
  g_autoptr (QueueRig) rig = gone_rig (answers, 2, 2);

  rig->dispatcher.config.retry_age_us = 60 * G_USEC_PER_SEC;
  wait_once (rig);
  rig->dispatcher.retry_since -= 61 * G_USEC_PER_SEC;
  queue_rig_drain (rig);
  queue_rig_put_n (rig, 10, 1);
  queue_rig_drain (rig);
  assert_told (rig, 0,
               "mvxlog: 2 events lost: given up, retry-max-age; sink=app reason=given up, retry-max-age count=2 "
               "first_seq=1 last_seq=2 why=503");
  queue_rig_check_ledger (rig);
}

/* Each cause has an event of its own, oldest first. */
static void
test_causes (void)
{
  static const RigAnswer answers[] = { AWAY, AWAY, DROP (3, "413 too large"), AWAY };
  g_autoptr (QueueRig) rig = gone_rig (answers, 4, 8);

  rig->dispatcher.config.retry_count = 1;
  wait_once (rig);
  wait_once (rig); /* the first of them is tried again */
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->own->len, ==, 3);
  assert_told (rig, 1,
               "mvxlog: 4 events lost: given up, retry-count; sink=app reason=given up, retry-count count=4 "
               "first_seq=1 last_seq=4 why=503");
  assert_told (rig, 2,
               "mvxlog: 1 events lost: rejected by the destination; sink=app reason=rejected by the destination "
               "count=1 first_seq=8 last_seq=8 why=413 too large");
  queue_rig_check_ledger (rig);
}

/* A sink that refuses all the time is told once for many, if it is busy. */
static void
test_gathered (void)
{
  static const RigAnswer answers[] = { DROP (0, "first"), TAKEN, DROP (1, "second"), DROP (0, "third") };
  g_autoptr (QueueRig) rig = gone_rig (answers, 4, 12);

  queue_rig_drain (rig);
  g_assert_cmpuint (rig->own->len, ==, 2);
  assert_told (rig, 0,
               "mvxlog: 4 events lost: rejected by the destination; sink=app reason=rejected by the destination "
               "count=4 first_seq=1 last_seq=4 why=first");
  assert_told (rig, 1,
               "mvxlog: 7 events lost: rejected by the destination; sink=app reason=rejected by the destination "
               "count=7 first_seq=7 last_seq=13 why=third");
  queue_rig_check_ledger (rig);
}

/* Whoever refuses that, too, is left alone until something arrives; nothing is forgotten. */
static void
test_not_heard (void)
{
  static const RigAnswer answers[] = { DROP (0, "403"), DROP (0, "403"), DROP (0, "403") };
  g_autoptr (QueueRig) rig = gone_rig (answers, 3, 2);

  queue_rig_drain (rig);
  g_assert_cmpuint (rig->own->len, ==, 1);
  g_assert_cmpuint (rig->sizes->len, ==, 2);
  g_assert_true (mvx_log_dispatcher_is_empty (&rig->dispatcher));
  queue_rig_put_n (rig, 10, 1);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->own->len, ==, 1);
  rig->dispatcher.gone_not_before = 0;
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->own->len, ==, 1);
  queue_rig_put_n (rig, 11, 1);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->own->len, ==, 2);
  assert_told (rig, 1,
               "mvxlog: 3 events lost: rejected by the destination; sink=app reason=rejected by the destination "
               "count=3 first_seq=1 last_seq=4 why=403");
  queue_rig_check_ledger (rig);
  g_assert_cmpuint (rig->queue->dropped[MVX_LOG_REASON_REJECTED], ==, 4);
}

static MvxLogDispatchResult
reject_two (gpointer data, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  QueueRig *rig = data;

  for (guint i = 0; i < n_events; i++)
    if (events[i]->record->number == 2 || events[i]->record->number == 4)
      {
        events[i]->rejected = TRUE;
        mvx_log_gone_note_why (&rig->dispatcher, events[i]->record->number == 2 ? "no such index" : "no such field");
        g_atomic_int_set (&rig->dispatcher.rejects, 1);
      }
  return queue_rig_dispatch (data, events, n_events, n_done, error);
}

/* Single events of a batch that is delivered. */
static void
test_single (void)
{
  g_autoptr (QueueRig) rig = gone_rig (NULL, 0, 4);

  rig->dispatcher.func = reject_two;
  queue_rig_drain (rig);
  assert_told (rig, 0,
               "mvxlog: 2 events lost: rejected by the destination; sink=app reason=rejected by the destination "
               "count=2 first_seq=2 last_seq=4 why=no such field");
  queue_rig_check_ledger (rig);
}

/* The diagnostics know already, and are not told again. */
static void
test_level (void)
{
  static const RigAnswer answers[] = { DROP (0, "400") };
  g_autoptr (QueueRig) rig = gone_rig (answers, 1, 2);
  MvxLogSinkCommon errors_only = { .level = MVX_LOG_LEVEL_ERROR, .enabled = TRUE };

  rig->dispatcher.common = &errors_only;
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->own->len, ==, 0);
  g_assert_cmpuint (rig->diag->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (rig->diag, 0), ==, "Sink 'app' dropped 2 events: 400");
  g_assert_cmpuint (rig->dispatcher.gone.length, ==, 0);
  queue_rig_check_ledger (rig);
}

/* Of a batch that is answered while the sink stops. */
static void
test_pending (void)
{
  static const RigAnswer answers[] = { { MVX_LOG_DISPATCH_PENDING, 0, NULL } };
  g_autoptr (QueueRig) rig = gone_rig (answers, 1, 3);
  g_autoptr (GError) why = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "400 late");
  g_autoptr (GError) error = NULL;

  queue_rig_step (rig, &error);
  g_assert_no_error (error);
  g_assert_true (mvx_log_dispatcher_complete (&rig->dispatcher, g_ptr_array_index (rig->batches, 0), 0,
                                              MVX_LOG_DISPATCH_DROP, 1, why, &error));
  g_assert_false (mvx_log_dispatcher_is_empty (&rig->dispatcher));
  queue_rig_drain (rig);
  g_assert_true (mvx_log_dispatcher_is_empty (&rig->dispatcher));
  assert_told (rig, 0,
               "mvxlog: 2 events lost: rejected by the destination; sink=app reason=rejected by the destination "
               "count=2 first_seq=2 last_seq=3 why=400 late");
  queue_rig_check_ledger (rig);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gone/rejected", test_rejected);
  g_test_add_func ("/gone/retry-count", test_retry_count);
  g_test_add_func ("/gone/retry-age", test_retry_age);
  g_test_add_func ("/gone/causes", test_causes);
  g_test_add_func ("/gone/gathered", test_gathered);
  g_test_add_func ("/gone/not-heard", test_not_heard);
  g_test_add_func ("/gone/single", test_single);
  g_test_add_func ("/gone/level", test_level);
  g_test_add_func ("/gone/pending", test_pending);
  return g_test_run ();
}
