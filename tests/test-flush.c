/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "queue-rig.h"

static const MvxLogAsyncConfig config = { .name = "rig", .queue_max_size = 1000, .batch_max = 4 };

/* Hands a flush to the dispatcher, as the worker does when it finds the command. */
static MvxLogFlush *
flush_begin (QueueRig *rig)
{
  MvxLogFlush *flush = mvx_log_flush_new (rig->queue);

  mvx_log_dispatcher_add_flush (&rig->dispatcher, flush);
  return flush;
}

static void
flush_answer (QueueRig *rig, MvxLogFlush *expected, GError *error)
{
  g_assert_true (mvx_log_dispatcher_pop_flush (&rig->dispatcher) == expected);
  mvx_log_flush_answer (expected, error);
}

static void
assert_waits (MvxLogFlush *flush, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_flush_wait (flush, "rig", 0, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_nothing (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&config);
  MvxLogFlush *flush = flush_begin (rig);

  flush_answer (rig, flush, NULL);
  g_assert_true (mvx_log_flush_wait (flush, "rig", -1, NULL));
  g_assert_cmpuint (rig->queue->flushes->len, ==, 0);
}

/* Only what was accepted before counts. */
static void
test_mark (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&config);
  g_autoptr (GError) error = NULL;
  RigAnswer retry = { MVX_LOG_DISPATCH_RETRY, 0, "later" };
  MvxLogFlush *flush;

  queue_rig_put_n (rig, 0, 4);
  flush = flush_begin (rig);
  queue_rig_put_n (rig, 4, 4);
  g_assert_null (mvx_log_dispatcher_pop_flush (&rig->dispatcher));
  queue_rig_take_lanes (rig);
  g_queue_push_tail (&rig->answers, NULL);
  g_queue_push_tail (&rig->answers, &retry);
  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  flush_answer (rig, flush, NULL);
  g_assert_true (mvx_log_flush_wait (flush, "rig", -1, &error));
  g_assert_no_error (error);
}

/* The number is that of this moment, whether or not the worker has looked at the flush. */
static void
test_deadline (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&config);
  RigAnswer retry = { MVX_LOG_DISPATCH_RETRY, 3, "later" };
  g_autoptr (GError) error = NULL;
  MvxLogFlush *first;
  MvxLogFlush *second;

  queue_rig_put_n (rig, 0, 10);
  first = flush_begin (rig);
  second = flush_begin (rig);
  mvx_log_flush_set_deadline (second, 17);
  g_assert_cmpint (mvx_log_flush_get_deadline (first), ==, -1);
  g_assert_cmpint (mvx_log_flush_get_deadline (second), ==, 17);
  assert_waits (first, "Sink 'rig' has not delivered everything: 10 events are still waiting, 0 were lost");
  g_queue_push_tail (&rig->answers, NULL);
  g_queue_push_tail (&rig->answers, &retry);
  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  assert_waits (second, "Sink 'rig' has not delivered everything: 3 events are still waiting, 0 were lost");
  rig->dispatcher.retry_at = 1;
  queue_rig_drain (rig);
  flush_answer (rig, first, NULL);
  flush_answer (rig, second, NULL);
}

/* Nothing waits and nothing is lost, but the sink has not said that it has arrived. */
static void
test_handed_over (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&config);
  MvxLogFlush *flush;

  queue_rig_put_n (rig, 0, 2);
  flush = flush_begin (rig);
  queue_rig_drain (rig);
  assert_waits (flush, "Sink 'rig' has handed over everything, but did not learn in time that it has arrived");
  flush_answer (rig, flush, NULL);
}

static void
test_lost (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&config);
  RigAnswer drop = { MVX_LOG_DISPATCH_DROP, 1, "no" };
  MvxLogFlush *flush;

  queue_rig_put_n (rig, 0, 3);
  flush = flush_begin (rig);
  queue_rig_put_n (rig, 3, 1);
  g_queue_push_tail (&rig->answers, &drop);
  queue_rig_drain (rig);
  flush_answer (rig, flush, NULL);
  /* The fourth was lost, too, but came later. */
  assert_waits (flush, "Sink 'rig' has not delivered everything: 0 events are still waiting, 2 were lost");
}

/* Losses before the worker has even taken the command count as well. */
static void
test_lost_early (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&config);
  RigAnswer drop = { MVX_LOG_DISPATCH_DROP, 0, "no" };
  MvxLogFlush *flush;

  queue_rig_put_n (rig, 0, 2);
  flush = mvx_log_flush_new (rig->queue);
  g_queue_push_tail (&rig->answers, &drop);
  queue_rig_drain (rig);
  mvx_log_dispatcher_add_flush (&rig->dispatcher, flush);
  flush_answer (rig, flush, NULL);
  assert_waits (flush, "Sink 'rig' has not delivered everything: 0 events are still waiting, 2 were lost");
}

static void
test_drop_oldest (void)
{
  MvxLogAsyncConfig oldest = { .queue_max_size = 3, .overflow = MVX_LOG_OVERFLOW_DROP_OLDEST };
  g_autoptr (QueueRig) rig = queue_rig_new (&oldest);
  MvxLogFlush *flush;

  queue_rig_put_n (rig, 0, 3);
  flush = flush_begin (rig);
  queue_rig_put_n (rig, 3, 2);
  queue_rig_drain (rig);
  flush_answer (rig, flush, NULL);
  assert_waits (flush, "Sink 'rig' has not delivered everything: 0 events are still waiting, 2 were lost");
}

/* What the sink's own flush says. */
static void
test_sink_error (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&config);
  g_autoptr (GError) error = NULL;
  MvxLogFlush *flush = flush_begin (rig);

  flush_answer (rig, flush, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE, "disk full"));
  g_assert_false (mvx_log_flush_wait (flush, "rig", -1, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_cmpstr (error->message, ==, "disk full");
}

/* A thread that ends takes nothing away, and its lane is recycled while a flush is under way that knew it. */
static void
test_thread_end (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&config);
  MvxLogFlush *flush;

  queue_rig_put_from_thread (rig, 0, 5);
  flush = mvx_log_flush_new (rig->queue);
  queue_rig_drain (rig);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->queue->n_lanes, ==, 0);
  /* The next owner of the lane counts from nought; that is nothing to the flush. */
  queue_rig_put_from_thread (rig, 100, 1);
  mvx_log_dispatcher_add_flush (&rig->dispatcher, flush);
  flush_answer (rig, flush, NULL);
  g_assert_true (mvx_log_flush_wait (flush, "rig", -1, NULL));
}

/* A drained lane whose thread ends during a flush is left to the worker. */
static gpointer
ends_during_flush (gpointer data)
{
  QueueRig *rig = data;

  queue_rig_put (rig, 1);
  queue_rig_drain (rig);
  g_assert_true (mvx_log_dispatcher_let_go (&rig->dispatcher));
  return flush_begin (rig);
}

static void
test_thread_end_drained (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&config);
  MvxLogFlush *flush = g_thread_join (g_thread_new ("ends", ends_during_flush, rig));

  g_assert_cmpuint (queue_rig_n_announced (rig), ==, 1);
  queue_rig_drain (rig);
  flush_answer (rig, flush, NULL);
  g_assert_true (mvx_log_flush_wait (flush, "rig", -1, NULL));
  g_assert_cmpuint (rig->queue->n_lanes, ==, 0);
}

static gpointer
flush_waiter (gpointer data)
{
  return GINT_TO_POINTER (mvx_log_flush_wait (data, "rig", -1, NULL));
}

static void
test_waiter (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&config);
  MvxLogFlush *flush;
  GThread *thread;

  queue_rig_put_n (rig, 0, 100);
  flush = flush_begin (rig);
  thread = g_thread_new ("waiter", flush_waiter, flush);
  queue_rig_drain (rig);
  flush_answer (rig, flush, NULL);
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flush/nothing", test_nothing);
  g_test_add_func ("/flush/mark", test_mark);
  g_test_add_func ("/flush/deadline", test_deadline);
  g_test_add_func ("/flush/handed-over", test_handed_over);
  g_test_add_func ("/flush/lost", test_lost);
  g_test_add_func ("/flush/lost-early", test_lost_early);
  g_test_add_func ("/flush/drop-oldest", test_drop_oldest);
  g_test_add_func ("/flush/sink-error", test_sink_error);
  g_test_add_func ("/flush/thread-end", test_thread_end);
  g_test_add_func ("/flush/thread-end-drained", test_thread_end_drained);
  g_test_add_func ("/flush/waiter", test_waiter);
  return g_test_run ();
}
