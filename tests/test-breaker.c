/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The circuit breaker of a sink with a queue, and its fallback. The test is the worker. */
#include "dummy-sink.h"
#include "queue-rig.h"

#include "async/breaker-private.h"
#include "sink/host-private.h"
#include "sink/members-private.h"
#include "sink/sink-private.h"

#define AWAY                                                                                                           \
  {                                                                                                                    \
    MVX_LOG_DISPATCH_RETRY, 0, "away"                                                                                  \
  }

typedef struct
{
  QueueRig *rig;
  DummySink *owner; /* whose worker the test is */
  DummySink *fallback;
  MvxLogSinkHost *host;
} Fixture;

static DummySink *known;

static MvxLogSink *
look_up (const char *name)
{
  return g_str_equal (name, "spare") ? g_object_ref (MVX_LOG_SINK (known)) : NULL;
}

/* @data: with a fallback. */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "spare", NULL };
  MvxLogAsyncConfig config = { .name = "rig", .queue_max_size = 100, .batch_max = 4, .breaker_failures = 3 };
  MvxLogSinkCommon *common;

  fixture->rig = queue_rig_new (&config);
  fixture->owner = dummy_sink_new ();
  fixture->fallback = known = dummy_sink_new ();
  mvx_log_sink_set_name (MVX_LOG_SINK (known), "spare");
  mvx_log_sink_host_set_lookup (look_up);
  fixture->host = mvx_log_sink_host_new ("rig", NULL, NULL);
  common = mvx_log_sink_common (MVX_LOG_SINK (fixture->owner));
  if (data)
    common->members = mvx_log_members_new (fixture->host, names, TRUE, NULL);
  fixture->rig->dispatcher.common = common;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  queue_rig_free (fixture->rig);
  mvx_log_sink_host_free (fixture->host);
  mvx_log_sink_host_set_lookup (NULL);
  g_assert_finalize_object (fixture->owner);
  g_assert_cmpint (mvx_log_sink_common (MVX_LOG_SINK (fixture->fallback))->users, ==, 0);
  g_assert_finalize_object (fixture->fallback);
}

static void
answer (Fixture *fixture, const RigAnswer *answers, guint n)
{
  for (guint i = 0; i < n; i++)
    g_queue_push_tail (&fixture->rig->answers, (gpointer) &answers[i]);
}

/* A turn of the worker, and what it waits for is there. */
static void
turn (Fixture *fixture, MvxLogDispatcherStep expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (queue_rig_step (fixture->rig, &error), ==, expected);
  g_assert_no_error (error);
  queue_rig_check_ledger (fixture->rig);
}

static void
skip_back_off (Fixture *fixture)
{
  g_assert_cmpint (fixture->rig->dispatcher.retry_at, >, 0);
  fixture->rig->dispatcher.retry_at = 1;
}

/* As if the sink had rested long enough. */
static void
skip_pause (Fixture *fixture)
{
  MvxLogDispatcher *dispatcher = &fixture->rig->dispatcher;

  g_autofree char *trouble = mvx_log_breaker_dup_trouble (dispatcher);

  g_assert_true (dispatcher->open);
  g_assert_cmpstr (trouble, ==, "away");
  g_assert_cmpint (dispatcher->probe_at, >, g_get_monotonic_time ());
  dispatcher->probe_at = 1;
  mvx_log_sink_set_health (dispatcher->common, MVX_LOG_SINK_HEALTH_OPEN, 1);
  if (dispatcher->retry_at > 0)
    dispatcher->retry_at = 1;
}

static void
assert_health (Fixture *fixture, MvxLogSinkHealth health)
{
  g_assert_cmpint (mvx_log_sink_get_health (MVX_LOG_SINK (fixture->owner)), ==, health);
}

static void
assert_sizes (Fixture *fixture, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < fixture->rig->sizes->len; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? " " : "", g_array_index (fixture->rig->sizes, guint, i));
  g_assert_cmpstr (text->str, ==, expected);
}

static void
assert_counts (Fixture *fixture, guint64 delivered, guint64 diverted, guint64 pending, guint64 opened)
{
  MvxLogCounters c = { 0 };

  mvx_log_dispatcher_get_counters (&fixture->rig->dispatcher, &c);
  g_assert_cmpuint (c.delivered, ==, delivered);
  g_assert_cmpuint (c.diverted, ==, diverted);
  g_assert_cmpuint (c.pending, ==, pending);
  g_assert_cmpuint (c.opened, ==, opened);
  g_assert_cmpuint (fixture->fallback->texts->len, ==, diverted);
}

static void
assert_diag (Fixture *fixture, const char *expected)
{
  g_autofree char *text = NULL;

  g_ptr_array_add (fixture->rig->diag, NULL);
  text = g_strjoinv ("\n", (char **) fixture->rig->diag->pdata);
  g_ptr_array_set_size (fixture->rig->diag, 0);
  g_assert_cmpstr (text, ==, expected);
}

/* Three failures, and it rests. */
static void
open_circuit (Fixture *fixture, guint n_events)
{
  static const RigAnswer answers[] = { AWAY, AWAY, AWAY };

  answer (fixture, answers, 3);
  queue_rig_put_n (fixture->rig, 1, n_events);
  for (guint i = 0; i < 3; i++)
    {
      turn (fixture,
            i == 2 && fixture->rig->dispatcher.common->members ? MVX_LOG_DISPATCHER_IDLE : MVX_LOG_DISPATCHER_WAIT);
      assert_health (fixture, i < 2 ? MVX_LOG_SINK_HEALTH_RETRYING : MVX_LOG_SINK_HEALTH_OPEN);
      if (i < 2)
        skip_back_off (fixture);
    }
}

/* Events wait; one alone is the probe, and the others follow at once. */
static void
test_opens (Fixture *fixture, gconstpointer data)
{
  open_circuit (fixture, 6);
  assert_counts (fixture, 0, 0, 6, 1);
  assert_diag (fixture, "Sink 'rig' cannot deliver now and will try again: away\n"
                        "Sink 'rig' has failed 3 times in a row and rests; its events wait: away");
  turn (fixture, MVX_LOG_DISPATCHER_WAIT);
  assert_sizes (fixture, "4 4 4");
  skip_pause (fixture);
  assert_health (fixture, MVX_LOG_SINK_HEALTH_HALF_OPEN);
  turn (fixture, MVX_LOG_DISPATCHER_IDLE);
  assert_sizes (fixture, "4 4 4 1 3 2");
  assert_health (fixture, MVX_LOG_SINK_HEALTH_UP);
  g_assert_null (mvx_log_breaker_dup_trouble (&fixture->rig->dispatcher));
  assert_counts (fixture, 6, 0, 0, 1);
  assert_diag (fixture, "Sink 'rig' delivers again");
}

/* Each rest is longer, up to retry-max. */
static void
test_probe_fails (Fixture *fixture, gconstpointer data)
{
  static const RigAnswer answers[] = { AWAY, AWAY, AWAY };
  MvxLogDispatcher *dispatcher = &fixture->rig->dispatcher;
  gint64 full = 10 * G_USEC_PER_SEC;

  open_circuit (fixture, 2);
  answer (fixture, answers, 3);
  for (guint i = 0; i < 3; i++)
    {
      gint64 pause;

      skip_pause (fixture);
      turn (fixture, MVX_LOG_DISPATCHER_WAIT);
      assert_health (fixture, MVX_LOG_SINK_HEALTH_OPEN);
      pause = dispatcher->probe_at - g_get_monotonic_time ();
      g_assert_cmpint (pause, <=, full);
      g_assert_cmpint (dispatcher->retry_at, ==, dispatcher->probe_at);
      g_assert_cmpint (mvx_log_sink_get_probe_time (dispatcher->common), ==, dispatcher->probe_at);
      full = MIN (2 * full, 30 * G_USEC_PER_SEC);
    }
  assert_sizes (fixture, "2 2 2 1 1 1");
  assert_counts (fixture, 0, 0, 2, 1);
  skip_pause (fixture);
  turn (fixture, MVX_LOG_DISPATCHER_IDLE);
  assert_counts (fixture, 2, 0, 0, 1);
}

static void
test_pause_is_bounded (Fixture *fixture, gconstpointer data)
{
  fixture->rig->dispatcher.config.retry_max_us = 200000;
  open_circuit (fixture, 1);
  g_assert_cmpint (fixture->rig->dispatcher.probe_at, <=, g_get_monotonic_time () + 200000);
}

/* One that is rejected proves that the destination is there. */
static void
test_rejection (Fixture *fixture, gconstpointer data)
{
  static const RigAnswer answers[] = { { MVX_LOG_DISPATCH_DROP, 0, "malformed" } };

  open_circuit (fixture, 3);
  answer (fixture, answers, 1);
  skip_pause (fixture);
  turn (fixture, MVX_LOG_DISPATCHER_IDLE);
  assert_health (fixture, MVX_LOG_SINK_HEALTH_UP);
  /* The last one tells of it. */
  assert_sizes (fixture, "3 3 3 1 2 1");
  assert_counts (fixture, 3, 0, 0, 1);
}

/* An event that is given up makes no room for another attempt. */
static void
test_given_up (Fixture *fixture, gconstpointer data)
{
  fixture->rig->dispatcher.config.retry_count = 2;
  open_circuit (fixture, 6);
  assert_counts (fixture, 0, 0, 2, 1);
  turn (fixture, MVX_LOG_DISPATCHER_WAIT);
  assert_sizes (fixture, "4 4 4");
  skip_pause (fixture);
  turn (fixture, MVX_LOG_DISPATCHER_IDLE);
  /* The last one tells of those that were given up. */
  assert_sizes (fixture, "4 4 4 1 1 1");
  assert_counts (fixture, 3, 0, 0, 1);
}

static void
test_never (Fixture *fixture, gconstpointer data)
{
  static const RigAnswer answers[] = { AWAY, AWAY, AWAY, AWAY, AWAY, AWAY, AWAY, AWAY };

  fixture->rig->dispatcher.config.breaker_failures = 0;
  answer (fixture, answers, 8);
  queue_rig_put_n (fixture->rig, 1, 2);
  for (guint i = 0; i < 8; i++)
    {
      turn (fixture, MVX_LOG_DISPATCHER_WAIT);
      assert_health (fixture, MVX_LOG_SINK_HEALTH_RETRYING);
      skip_back_off (fixture);
    }
  turn (fixture, MVX_LOG_DISPATCHER_IDLE);
  assert_counts (fixture, 2, 0, 0, 0);
}

static void
test_try_now (Fixture *fixture, gconstpointer data)
{
  open_circuit (fixture, 2);
  mvx_log_breaker_try_now (&fixture->rig->dispatcher);
  assert_health (fixture, MVX_LOG_SINK_HEALTH_HALF_OPEN);
  turn (fixture, MVX_LOG_DISPATCHER_IDLE);
  assert_counts (fixture, 2, 0, 0, 1);
}

/* While it rests, all goes to the fallback; each event is in one ledger as delivered. */
static void
test_fallback (Fixture *fixture, gconstpointer data)
{
  MvxLogCounters counters;

  mvx_log_sink_set_default_level (MVX_LOG_LEVEL_ERROR); /* a level that nobody gave it counts for its own events only */
  open_circuit (fixture, 6);
  assert_counts (fixture, 0, 6, 0, 1);
  assert_diag (fixture, "Sink 'rig' cannot deliver now and will try again: away\n"
                        "Sink 'rig' has failed 3 times in a row and rests; its events go to 'spare': away");
  queue_rig_put_n (fixture->rig, 7, 3);
  turn (fixture, MVX_LOG_DISPATCHER_IDLE);
  assert_sizes (fixture, "4 4 4");
  assert_counts (fixture, 0, 9, 0, 1);
  counters = ledger_check_moving (MVX_LOG_SINK (fixture->fallback));
  g_assert_cmpuint (counters.delivered, ==, 9);
  skip_pause (fixture);
  turn (fixture, MVX_LOG_DISPATCHER_IDLE);
  assert_health (fixture, MVX_LOG_SINK_HEALTH_HALF_OPEN); /* nothing to try it with */
  queue_rig_put_n (fixture->rig, 10, 3);
  turn (fixture, MVX_LOG_DISPATCHER_IDLE);
  assert_sizes (fixture, "4 4 4 1 2");
  assert_health (fixture, MVX_LOG_SINK_HEALTH_UP);
  assert_counts (fixture, 3, 9, 0, 1);
  mvx_log_sink_set_default_level (MVX_LOG_LEVEL_INFO);
}

/* The event that was the probe goes to the fallback with the rest. */
static void
test_fallback_probe_fails (Fixture *fixture, gconstpointer data)
{
  static const RigAnswer answers[] = { AWAY };

  open_circuit (fixture, 1);
  skip_pause (fixture);
  answer (fixture, answers, 1);
  queue_rig_put_n (fixture->rig, 2, 3);
  turn (fixture, MVX_LOG_DISPATCHER_IDLE);
  assert_sizes (fixture, "1 1 1 1");
  assert_counts (fixture, 0, 4, 0, 1);
  assert_health (fixture, MVX_LOG_SINK_HEALTH_OPEN);
}

/* What the fallback does not take waits, and is offered to it again. */
static void
test_fallback_refuses (Fixture *fixture, gconstpointer data)
{
  static const RigAnswer answers[] = { AWAY, AWAY, AWAY };

  fixture->fallback->log_error = g_strdup ("disk full");
  answer (fixture, answers, 3);
  queue_rig_put_n (fixture->rig, 1, 2);
  for (guint i = 0; i < 3; i++)
    {
      turn (fixture, MVX_LOG_DISPATCHER_WAIT);
      skip_back_off (fixture);
    }
  assert_counts (fixture, 0, 0, 2, 1);
  assert_diag (fixture, "Sink 'rig' cannot deliver now and will try again: away\n"
                        "Sink 'rig' has failed 3 times in a row and rests; its events go to 'spare': away\n"
                        "Sink 'rig' rests, and its fallback does not take its events either: disk full");
  g_clear_pointer (&fixture->fallback->log_error, g_free);
  turn (fixture, MVX_LOG_DISPATCHER_IDLE);
  assert_counts (fixture, 0, 2, 0, 1);
  assert_sizes (fixture, "2 2 2");
}

/* A sink that stops tries once. */
static void
test_fallback_in_a_hurry (Fixture *fixture, gconstpointer data)
{
  static const RigAnswer answers[] = { AWAY };

  fixture->rig->dispatcher.hurry = TRUE;
  answer (fixture, answers, 1);
  queue_rig_put_n (fixture->rig, 1, 5);
  turn (fixture, MVX_LOG_DISPATCHER_IDLE);
  assert_sizes (fixture, "4");
  assert_counts (fixture, 0, 5, 0, 1);
}

/* One that stops does not rest: what its destination does not take until then is lost. */
static void
test_in_a_hurry (Fixture *fixture, gconstpointer data)
{
  static const RigAnswer answers[] = { AWAY, AWAY, AWAY, AWAY };
  MvxLogDispatcher *dispatcher = &fixture->rig->dispatcher;

  open_circuit (fixture, 2);
  dispatcher->hurry = TRUE;
  mvx_log_breaker_try_now (dispatcher);
  answer (fixture, answers, 4);
  for (guint i = 0; i < 4; i++)
    {
      turn (fixture, MVX_LOG_DISPATCHER_WAIT);
      g_assert_cmpint (dispatcher->retry_at, >, 0);
      g_assert_cmpint (dispatcher->retry_at, <=, g_get_monotonic_time () + G_USEC_PER_SEC / 2);
      dispatcher->retry_at = dispatcher->probe_at = 1;
    }
  turn (fixture, MVX_LOG_DISPATCHER_IDLE);
  assert_counts (fixture, 2, 0, 0, 1);
}

/* What would be lost at the end is not. */
static void
test_fallback_at_the_end (Fixture *fixture, gconstpointer data)
{
  static const RigAnswer answers[] = { AWAY };

  answer (fixture, answers, 1);
  queue_rig_put_n (fixture->rig, 1, 6);
  turn (fixture, MVX_LOG_DISPATCHER_WAIT);
  g_assert_cmpuint (mvx_log_dispatcher_discard (&fixture->rig->dispatcher, MVX_LOG_REASON_SHUTDOWN), ==, 0);
  assert_counts (fixture, 0, 6, 0, 0);
  queue_rig_check_ledger (fixture->rig);
}

#define ADD(path, data, func) g_test_add ("/breaker/" path, Fixture, data, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("opens", NULL, test_opens);
  ADD ("probe-fails", NULL, test_probe_fails);
  ADD ("pause-is-bounded", NULL, test_pause_is_bounded);
  ADD ("rejection", NULL, test_rejection);
  ADD ("given-up", NULL, test_given_up);
  ADD ("never", NULL, test_never);
  ADD ("try-now", NULL, test_try_now);
  ADD ("fallback", "", test_fallback);
  ADD ("fallback-probe-fails", "", test_fallback_probe_fails);
  ADD ("fallback-refuses", "", test_fallback_refuses);
  ADD ("fallback-in-a-hurry", "", test_fallback_in_a_hurry);
  ADD ("in-a-hurry", NULL, test_in_a_hurry);
  ADD ("fallback-at-the-end", "", test_fallback_at_the_end);
  return g_test_run ();
}
