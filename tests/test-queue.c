/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sys/resource.h>

#include "queue-rig.h"

#define FLAGS (MVX_LOG_RECORD_REALTIME | MVX_LOG_RECORD_NO_SLOTS)

static MvxLogReason
put_refused (QueueRig *rig, gint level)
{
  MvxLogReason reason = MVX_LOG_N_REASONS;

  g_assert_false (queue_rig_put_full (rig, 0, 1, FLAGS, level, sizeof (MvxLogRecord), &reason));
  return reason;
}

static void
fill (QueueRig *rig)
{
  guint64 n = 0;

  while (queue_rig_put (rig, n))
    n++;
  g_assert_cmpuint (n, ==, (guint64) rig->queue->max_events);
}

static void
test_defaults (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 0 });

  g_assert_cmpint (rig->queue->max_events, ==, 10000);
  g_assert_cmpuint (rig->queue->max_bytes, ==, 64 * 1024 * 1024);
  g_assert_cmpint (rig->queue->block_timeout_us, ==, G_USEC_PER_SEC);
  g_assert_cmpint (rig->queue->overflow, ==, MVX_LOG_OVERFLOW_RAISE);
}

/* The limit is exact, with single credits and with chunks, and counts what is in dispatch. */
static void
limit_is_exact (gint64 max)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = max, .batch_max = 1 });
  RigAnswer pending = { MVX_LOG_DISPATCH_PENDING, 0, NULL };
  g_autoptr (GError) error = NULL;

  fill (rig);
  g_assert_cmpint (put_refused (rig, MVX_LOG_LEVEL_INFO), ==, MVX_LOG_REASON_QUEUE_FULL);
  g_queue_push_tail (&rig->answers, &pending);
  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  g_assert_cmpint (put_refused (rig, MVX_LOG_LEVEL_CRITICAL), ==, MVX_LOG_REASON_QUEUE_FULL);
  mvx_log_dispatcher_complete (&rig->dispatcher, g_ptr_array_index (rig->batches, 0), 0, MVX_LOG_DISPATCH_OK, 1, NULL,
                               &error);
  g_assert_true (queue_rig_put (rig, 1));
  g_assert_cmpint (put_refused (rig, MVX_LOG_LEVEL_INFO), ==, MVX_LOG_REASON_QUEUE_FULL);
  /* The one that fits and the three that do not. */
  g_assert_cmpuint (rig->queue->refused[MVX_LOG_REASON_QUEUE_FULL], ==, 4);
  queue_rig_check_ledger (rig);
  queue_rig_drain (rig);
  queue_rig_check_ledger (rig);
}

static void
test_limit (void)
{
  limit_is_exact (1);
  limit_is_exact (2);
  limit_is_exact (1000);
  limit_is_exact (1024);
  limit_is_exact (20000);
}

/* Credit that lies idle in another lane, of a thread alive or ended, is called in before an overflow is reported. */
typedef struct
{
  QueueRig *rig;
  GMutex mutex;
  GCond cond;
  guint stage;
} Idle;

static void
idle_move (Idle *idle, guint stage)
{
  g_mutex_lock (&idle->mutex);
  idle->stage = stage;
  g_cond_broadcast (&idle->cond);
  g_mutex_unlock (&idle->mutex);
}

static void
idle_wait (Idle *idle, guint stage)
{
  g_mutex_lock (&idle->mutex);
  while (idle->stage < stage)
    g_cond_wait (&idle->cond, &idle->mutex);
  g_mutex_unlock (&idle->mutex);
}

static gpointer
idle_thread (gpointer data)
{
  Idle *idle = data;

  queue_rig_put (idle->rig, 1000000);
  idle_move (idle, 1);
  idle_wait (idle, 2);
  return NULL;
}

static void
test_idle_credit (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 6400 });
  Idle idle = { .rig = rig };
  GThread *thread = g_thread_new ("idle", idle_thread, &idle);
  guint64 n = 0;

  idle_wait (&idle, 1);
  queue_rig_put_from_thread (rig, 2000000, 1);
  while (queue_rig_put (rig, n))
    n++;
  g_assert_cmpuint (n, ==, 6398);
  queue_rig_check_ledger (rig);
  idle_move (&idle, 2);
  g_thread_join (thread);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 6400);
  queue_rig_check_ledger (rig);
}

/* Many producers against a limit: never more than the limit, and every refusal is counted. */
typedef struct
{
  QueueRig *rig;
  guint n;
  gint accepted;
} Crowd;

static gpointer
crowd_thread (gpointer data)
{
  Crowd *crowd = data;

  for (guint i = 0; i < crowd->n; i++)
    if (queue_rig_put (crowd->rig, i))
      g_atomic_int_inc (&crowd->accepted);
  return NULL;
}

static void
test_crowd (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 5000 });
  Crowd crowd = { rig, 2000, 0 };
  GThread *threads[8];

  for (guint i = 0; i < 8; i++)
    threads[i] = g_thread_new ("crowd", crowd_thread, &crowd);
  for (guint i = 0; i < 8; i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (crowd.accepted, ==, 5000);
  g_assert_cmpuint (rig->queue->refused[MVX_LOG_REASON_QUEUE_FULL], ==, 11000);
  queue_rig_check_ledger (rig);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 5000);
  queue_rig_check_ledger (rig);
}

/* Bytes limit memory in segments; a lane that is drained can always go on. */
static void
test_bytes (void)
{
  g_autoptr (QueueRig) rig
      = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 1000000, .queue_max_bytes = 2 * MVX_LOG_SEGMENT_DATA });
  const guint per_segment = MVX_LOG_SEGMENT_DATA / sizeof (MvxLogRecord);
  guint64 n = 0;

  while (queue_rig_put (rig, n))
    n++;
  g_assert_cmpuint (n, ==, 2 * per_segment);
  g_assert_cmpuint (rig->queue->bytes, ==, 2 * MVX_LOG_SEGMENT_DATA);
  queue_rig_drain (rig);
  for (guint i = 0; i < 3; i++)
    {
      for (n = 0; queue_rig_put (rig, n);)
        n++;
      g_assert_cmpuint (n, >=, per_segment);
      queue_rig_drain (rig);
      queue_rig_check_ledger (rig);
    }
}

/* One segment is the whole limit: it is filled, drained, and filled again. */
static void
test_bytes_tiny (void)
{
  g_autoptr (QueueRig) rig
      = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 1000000, .queue_max_bytes = 1, .max_record = 1 << 30 });
  const guint per_segment = MVX_LOG_SEGMENT_DATA / sizeof (MvxLogRecord);
  MvxLogReason reason;

  for (guint round = 0; round < 4; round++)
    {
      queue_rig_put_n (rig, 0, per_segment);
      g_assert_cmpint (put_refused (rig, MVX_LOG_LEVEL_INFO), ==, MVX_LOG_REASON_QUEUE_FULL);
      queue_rig_drain (rig);
    }
  /* Larger than all there may be. */
  g_assert_false (queue_rig_put_full (rig, 0, 1, FLAGS, MVX_LOG_LEVEL_INFO, 1024 * 1024, &reason));
  g_assert_cmpint (reason, ==, MVX_LOG_REASON_QUEUE_FULL);
  queue_rig_check_ledger (rig);
}

/* Whoever has not cut a record before: it takes no more room than max-record-size. */
static void
test_too_large (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 10, .max_record = 256 });
  const MvxLogRecord *record;

  g_assert_true (queue_rig_put_full (rig, 0, 1, FLAGS, MVX_LOG_LEVEL_INFO, 4096, NULL));
  record = mvx_log_lane_peek (mvx_log_queue_lane (rig->queue, mvx_log_thread_get ()), FALSE);
  g_assert_cmpuint (record->size, <=, 256);
  g_assert_true (record->flags & MVX_LOG_RECORD_TRUNCATED);
  queue_rig_drain (rig);
  queue_rig_check_ledger (rig);
}

/* Empty segments that other lanes keep are called in, too. */
static void
test_bytes_spare (void)
{
  g_autoptr (QueueRig) rig
      = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 1000000, .queue_max_bytes = 4 * MVX_LOG_SEGMENT_DATA });
  const guint per_segment = MVX_LOG_SEGMENT_DATA / sizeof (MvxLogRecord);
  QueueRigRun run = { rig, 0, per_segment + 1 };
  Idle idle = { .rig = rig };
  GThread *thread;

  queue_rig_put_n (rig, 0, per_segment + 1);
  queue_rig_drain (rig);
  g_assert_nonnull (mvx_log_queue_make_lane (rig->queue, mvx_log_thread_get ())->spare);
  thread = g_thread_new ("other", idle_thread, &idle);
  idle_wait (&idle, 1);
  queue_rig_put_from_thread (rig, run.first, run.n);
  g_assert_cmpuint (rig->queue->refused[MVX_LOG_REASON_QUEUE_FULL], ==, 0);
  g_assert_null (mvx_log_queue_make_lane (rig->queue, mvx_log_thread_get ())->spare);
  idle_move (&idle, 2);
  g_thread_join (thread);
  queue_rig_drain (rig);
  queue_rig_check_ledger (rig);
}

static void
test_drop_newest (void)
{
  g_autoptr (QueueRig) rig
      = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 3, .overflow = MVX_LOG_OVERFLOW_DROP_NEWEST });

  fill (rig);
  g_assert_cmpint (put_refused (rig, MVX_LOG_LEVEL_ERROR), ==, MVX_LOG_REASON_QUEUE_FULL);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 3);
  g_assert_cmpuint (queue_rig_number (rig, 0), ==, 0);
}

static void
test_drop_oldest (void)
{
  g_autoptr (QueueRig) rig
      = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 3, .overflow = MVX_LOG_OVERFLOW_DROP_OLDEST });

  queue_rig_put_n (rig, 0, 10);
  queue_rig_check_ledger (rig);
  g_assert_cmpuint (rig->queue->dropped[MVX_LOG_REASON_QUEUE_FULL], ==, 7);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (queue_rig_number (rig, i), ==, 7 + i);
  queue_rig_check_ledger (rig);
}

/* Of another thread's lane, the longest, if this one has none. */
static void
test_drop_oldest_of_others (void)
{
  g_autoptr (QueueRig) rig
      = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 5, .overflow = MVX_LOG_OVERFLOW_DROP_OLDEST });

  queue_rig_put_from_thread (rig, 100, 2);
  queue_rig_put_from_thread (rig, 200, 3);
  g_assert_true (queue_rig_put (rig, 300));
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 5);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpuint (queue_rig_number (rig, i), !=, 200);
  queue_rig_check_ledger (rig);
}

/* What is in dispatch cannot be dropped: then the new one is. */
static void
test_drop_oldest_claimed (void)
{
  g_autoptr (QueueRig) rig
      = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 3, .overflow = MVX_LOG_OVERFLOW_DROP_OLDEST });
  RigAnswer pending = { MVX_LOG_DISPATCH_PENDING, 0, NULL };
  g_autoptr (GError) error = NULL;

  queue_rig_put_n (rig, 0, 3);
  g_queue_push_tail (&rig->answers, &pending);
  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  g_assert_cmpint (put_refused (rig, MVX_LOG_LEVEL_INFO), ==, MVX_LOG_REASON_QUEUE_FULL);
  mvx_log_dispatcher_complete (&rig->dispatcher, g_ptr_array_index (rig->batches, 0), 0, MVX_LOG_DISPATCH_OK, 3, NULL,
                               &error);
  g_assert_true (queue_rig_put (rig, 3));
  queue_rig_check_ledger (rig);
}

/* Memory, too, is made by dropping, and no more is dropped than has to be. */
static void
test_drop_oldest_bytes (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 1000000,
                                                                  .queue_max_bytes = 3 * MVX_LOG_SEGMENT_DATA,
                                                                  .overflow = MVX_LOG_OVERFLOW_DROP_OLDEST });
  const guint per_segment = MVX_LOG_SEGMENT_DATA / sizeof (MvxLogRecord);

  queue_rig_put_n (rig, 0, 10 * per_segment);
  g_assert_cmpuint (rig->queue->bytes, <=, 3 * MVX_LOG_SEGMENT_DATA);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, >=, 2 * per_segment - 1);
  g_assert_cmpuint (queue_rig_number (rig, rig->numbers->len - 1), ==, 10 * per_segment - 1);
  queue_rig_check_ledger (rig);
}

static void
test_below_level (void)
{
  g_autoptr (QueueRig) rig
      = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 20, .overflow = MVX_LOG_OVERFLOW_BELOW_LEVEL });

  queue_rig_put_n (rig, 0, 18);
  g_assert_cmpint (put_refused (rig, MVX_LOG_LEVEL_WARNING), ==, MVX_LOG_REASON_LEVEL);
  for (guint i = 0; i < 2; i++)
    g_assert_true (queue_rig_put_full (rig, 18 + i, 1, FLAGS, MVX_LOG_LEVEL_ERROR, sizeof (MvxLogRecord), NULL));
  g_assert_cmpint (put_refused (rig, MVX_LOG_LEVEL_WARNING), ==, MVX_LOG_REASON_LEVEL);
  g_assert_cmpint (put_refused (rig, MVX_LOG_LEVEL_ERROR), ==, MVX_LOG_REASON_QUEUE_FULL);
  queue_rig_check_ledger (rig);
}

/* The reserve is whole with chunks, too. */
static void
test_below_level_chunks (void)
{
  g_autoptr (QueueRig) rig
      = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 10000, .overflow = MVX_LOG_OVERFLOW_BELOW_LEVEL });
  guint n = 0;

  queue_rig_put_n (rig, 0, 9000);
  g_assert_cmpint (put_refused (rig, MVX_LOG_LEVEL_INFO), ==, MVX_LOG_REASON_LEVEL);
  while (queue_rig_put_full (rig, n, 1, FLAGS, MVX_LOG_LEVEL_CRITICAL, sizeof (MvxLogRecord), NULL))
    n++;
  g_assert_cmpuint (n, ==, 1000);
}

static void
test_block_timeout (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (
      &(MvxLogAsyncConfig){ .queue_max_size = 2, .overflow = MVX_LOG_OVERFLOW_BLOCK, .block_timeout_us = 1000 });

  queue_rig_put_n (rig, 0, 2);
  g_assert_cmpint (put_refused (rig, MVX_LOG_LEVEL_INFO), ==, MVX_LOG_REASON_TIMEOUT);
  g_assert_cmpint (rig->queue->n_waiting, ==, 0);
}

static gpointer
block_thread (gpointer data)
{
  Idle *idle = data;
  MvxLogReason reason = MVX_LOG_N_REASONS;
  gboolean done;

  done = queue_rig_put_full (idle->rig, 77, 9999, FLAGS, MVX_LOG_LEVEL_INFO, sizeof (MvxLogRecord), &reason);
  return GINT_TO_POINTER (done ? -1 : (gint) reason);
}

static void
wait_for_waiter (QueueRig *rig)
{
  while (g_atomic_int_get (&rig->queue->n_waiting) == 0)
    g_thread_yield ();
}

static void
test_block (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (
      &(MvxLogAsyncConfig){ .queue_max_size = 2, .overflow = MVX_LOG_OVERFLOW_BLOCK, .block_timeout_us = -1 });
  Idle idle = { .rig = rig };
  GThread *thread;

  queue_rig_put_n (rig, 0, 2);
  thread = g_thread_new ("block", block_thread, &idle);
  wait_for_waiter (rig);
  queue_rig_drain (rig);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), ==, -1);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 3);
  g_assert_cmpuint (queue_rig_number (rig, 2), ==, 77);
  queue_rig_check_ledger (rig);
}

/* Memory that comes back wakes a waiter, too. */
static void
test_block_bytes (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 100000,
                                                                  .queue_max_bytes = MVX_LOG_SEGMENT_DATA,
                                                                  .overflow = MVX_LOG_OVERFLOW_BLOCK,
                                                                  .block_timeout_us = -1 });
  const guint per_segment = MVX_LOG_SEGMENT_DATA / sizeof (MvxLogRecord);
  QueueRigRun run = { rig, 0, 3 * per_segment };
  GThread *thread = g_thread_new ("block", queue_rig_thread, &run);

  while (rig->numbers->len < 3 * per_segment)
    {
      g_autoptr (GError) error = NULL;

      queue_rig_step (rig, &error);
      g_assert_no_error (error);
      g_thread_yield ();
    }
  g_thread_join (thread);
  queue_rig_check_ledger (rig);
}

/* The end of acceptance is no time-out. */
static void
test_block_stop (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (
      &(MvxLogAsyncConfig){ .queue_max_size = 1, .overflow = MVX_LOG_OVERFLOW_BLOCK, .block_timeout_us = -1 });
  Idle idle = { .rig = rig };
  GThread *thread;

  queue_rig_put (rig, 0);
  thread = g_thread_new ("block", block_thread, &idle);
  wait_for_waiter (rig);
  mvx_log_queue_set_accepting (rig->queue, FALSE);
  mvx_log_queue_close (rig->queue);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), ==, MVX_LOG_REASON_STATE);
  g_assert_cmpint (put_refused (rig, MVX_LOG_LEVEL_INFO), ==, MVX_LOG_REASON_STATE);
  g_assert_cmpuint (rig->queue->refused[MVX_LOG_REASON_STATE], ==, 2);
  queue_rig_check_ledger (rig);
}

/* A lane with credit left takes nothing any more once the queue is closed, and all of it is back in the pool. */
static void
test_close (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 10000 });
  MvxLogLane *lane;

  queue_rig_put (rig, 0);
  lane = mvx_log_queue_lane (rig->queue, mvx_log_thread_get ());
  g_assert_nonnull (mvx_log_lane_reserve (lane, 64));
  mvx_log_queue_set_accepting (rig->queue, FALSE);
  mvx_log_queue_close (rig->queue);
  g_assert_null (mvx_log_lane_reserve (lane, 64));
  g_assert_null (mvx_log_queue_refill (rig->queue, lane, 64, MVX_LOG_LEVEL_INFO));
  g_assert_cmpint (rig->queue->pool, ==, 9999);
  g_assert_cmpint (put_refused (rig, MVX_LOG_LEVEL_INFO), ==, MVX_LOG_REASON_STATE);
  mvx_log_queue_set_accepting (rig->queue, TRUE);
  queue_rig_put (rig, 1);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 2);
  queue_rig_check_ledger (rig);
}

/* Nothing makes room for what is refused anyway. */
static void
test_close_drops_nothing (void)
{
  g_autoptr (QueueRig) rig
      = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 2, .overflow = MVX_LOG_OVERFLOW_DROP_OLDEST });
  MvxLogThread *thread = mvx_log_thread_get ();
  MvxLogReason reason = MVX_LOG_REASON_QUEUE_FULL;

  queue_rig_put_n (rig, 0, 2);
  mvx_log_queue_set_accepting (rig->queue, FALSE);
  g_assert_false (mvx_log_queue_make_room (rig->queue, thread, mvx_log_queue_lane (rig->queue, thread), 64,
                                           MVX_LOG_LEVEL_INFO, &reason));
  g_assert_cmpint (reason, ==, MVX_LOG_REASON_STATE);
  g_assert_cmpuint (rig->queue->dropped[MVX_LOG_REASON_QUEUE_FULL], ==, 0);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 2);
}

/* On the worker it would wait for itself. */
static void
test_block_on_worker (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (
      &(MvxLogAsyncConfig){ .queue_max_size = 1, .overflow = MVX_LOG_OVERFLOW_BLOCK, .block_timeout_us = -1 });

  queue_rig_put (rig, 0);
  g_assert_true (g_main_context_acquire (rig->context));
  g_assert_cmpint (put_refused (rig, MVX_LOG_LEVEL_INFO), ==, MVX_LOG_REASON_TIMEOUT);
  g_main_context_release (rig->context);
}

static void
test_kick (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 10 });

  /* A busy worker looks again by itself. */
  g_atomic_int_set (&rig->queue->mood, MVX_LOG_WORKER_BUSY);
  mvx_log_queue_kick (rig->queue);
  g_assert_cmpint (rig->queue->kicked, ==, 0);
  g_atomic_int_set (&rig->queue->mood, MVX_LOG_WORKER_LINGERING);
  queue_rig_put_n (rig, 0, 5);
  g_assert_cmpint (rig->queue->kicked, ==, 0);
  queue_rig_put (rig, 6); /* more than half */
  g_assert_cmpint (rig->queue->kicked, ==, 1);
  g_assert_cmpuint (rig->queue->n_wakeups, ==, 2);
  mvx_log_queue_kick (rig->queue);
  g_assert_cmpuint (rig->queue->n_wakeups, ==, 2);
}

static void
first_use (gpointer data)
{
  QueueRig *rig = data;

  g_atomic_int_set (&rig->queue->virgin, 0);
  g_ptr_array_add (rig->diag, g_strdup ("first use"));
}

static void
test_first_use (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 10 });

  rig->queue->first_use = first_use;
  rig->queue->owner = rig;
  g_atomic_int_set (&rig->queue->virgin, 1);
  queue_rig_put_n (rig, 0, 2);
  queue_rig_put_from_thread (rig, 2, 2);
  g_assert_cmpuint (rig->diag->len, ==, 1);
}

/* The system has no memory for a lane: refused and counted, and all is well again when there is some. */
static void
test_no_memory (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 8 });
  struct rlimit old;
  struct rlimit none;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  g_test_skip ("a sanitizer needs all of the address space");
  return;
#endif
  g_assert_no_errno (getrlimit (RLIMIT_AS, &old));
  none = (struct rlimit){ 4096, old.rlim_max };
  g_assert_no_errno (setrlimit (RLIMIT_AS, &none));
  g_assert_cmpint (put_refused (rig, MVX_LOG_LEVEL_INFO), ==, MVX_LOG_REASON_QUEUE_FULL);
  g_assert_no_errno (setrlimit (RLIMIT_AS, &old));
  g_assert_null (mvx_log_queue_lane (rig->queue, mvx_log_thread_get ()));
  g_assert_true (queue_rig_put (rig, 1));
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->queue->refused[MVX_LOG_REASON_QUEUE_FULL], ==, 1);
  queue_rig_check_ledger (rig);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/queue/defaults", test_defaults);
  g_test_add_func ("/queue/limit", test_limit);
  g_test_add_func ("/queue/idle-credit", test_idle_credit);
  g_test_add_func ("/queue/crowd", test_crowd);
  g_test_add_func ("/queue/bytes", test_bytes);
  g_test_add_func ("/queue/no-memory", test_no_memory);
  g_test_add_func ("/queue/bytes-tiny", test_bytes_tiny);
  g_test_add_func ("/queue/too-large", test_too_large);
  g_test_add_func ("/queue/bytes-spare", test_bytes_spare);
  g_test_add_func ("/queue/drop-newest", test_drop_newest);
  g_test_add_func ("/queue/drop-oldest", test_drop_oldest);
  g_test_add_func ("/queue/drop-oldest-of-others", test_drop_oldest_of_others);
  g_test_add_func ("/queue/drop-oldest-claimed", test_drop_oldest_claimed);
  g_test_add_func ("/queue/drop-oldest-bytes", test_drop_oldest_bytes);
  g_test_add_func ("/queue/below-level", test_below_level);
  g_test_add_func ("/queue/below-level-chunks", test_below_level_chunks);
  g_test_add_func ("/queue/block-timeout", test_block_timeout);
  g_test_add_func ("/queue/block", test_block);
  g_test_add_func ("/queue/block-bytes", test_block_bytes);
  g_test_add_func ("/queue/block-stop", test_block_stop);
  g_test_add_func ("/queue/close", test_close);
  g_test_add_func ("/queue/close-drops-nothing", test_close_drops_nothing);
  g_test_add_func ("/queue/block-on-worker", test_block_on_worker);
  g_test_add_func ("/queue/kick", test_kick);
  g_test_add_func ("/queue/first-use", test_first_use);
  return g_test_run ();
}
