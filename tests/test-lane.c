/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "queue-rig.h"

static MvxLogLane *
own_lane (QueueRig *rig)
{
  return mvx_log_queue_make_lane (rig->queue, mvx_log_thread_get ());
}

static void
test_reserve (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 4 });
  MvxLogLane *lane = own_lane (rig);

  g_assert_true (own_lane (rig) == lane);
  g_assert_true (mvx_log_queue_lane (rig->queue, mvx_log_thread_get ()) == lane);
  /* No credit yet, whatever the room. */
  g_assert_null (mvx_log_lane_reserve (lane, 8));
  g_assert_true (queue_rig_put (rig, 1));
  g_assert_cmpuint (lane->n_accepted, ==, 1);
  g_assert_cmpuint (lane->position, ==, sizeof (MvxLogRecord));
  g_assert_cmpuint (lane->limit, ==, 1);
  g_assert_null (mvx_log_lane_reserve (lane, 8));
}

static void
test_announced_once (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 100 });

  queue_rig_put_n (rig, 0, 10);
  g_assert_cmpuint (queue_rig_n_announced (rig), ==, 1);
  queue_rig_drain (rig);
  queue_rig_put_n (rig, 10, 10);
  g_assert_cmpuint (queue_rig_n_announced (rig), ==, 0);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 20);
  g_assert_cmpuint (rig->queue->n_wakeups, ==, 1);
}

/* What was announced before a command was sent comes before it. */
static void
test_announced_order (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 100 });
  MvxLogLane *lanes = g_aligned_alloc0 (3, sizeof *lanes, MVX_LOG_CACHE_LINE);
  int commands[2] = { 0 };
  MvxLogLane *popped;

  g_assert_false (mvx_log_queue_has_input (rig->queue));
  mvx_log_queue_push_lane (rig->queue, &lanes[0]);
  g_assert_true (mvx_log_queue_has_input (rig->queue));
  mvx_log_queue_push_lane (rig->queue, &lanes[1]);
  mvx_log_queue_push (rig->queue, &commands[0]);
  mvx_log_queue_push (rig->queue, &commands[1]);
  g_assert_true (mvx_log_queue_pop (rig->queue, &popped) == &commands[0]);
  g_assert_true (popped == &lanes[0]);
  g_assert_true (popped->next_announced == &lanes[1]);
  g_assert_null (lanes[1].next_announced);
  g_assert_true (mvx_log_queue_has_input (rig->queue));
  mvx_log_queue_push_lane (rig->queue, &lanes[2]);
  g_assert_true (mvx_log_queue_pop (rig->queue, &popped) == &commands[1]);
  g_assert_true (popped == &lanes[2]);
  g_assert_null (popped->next_announced);
  g_assert_false (mvx_log_queue_has_input (rig->queue));
  g_assert_null (mvx_log_queue_pop (rig->queue, &popped));
  g_assert_null (popped);
  g_aligned_free (lanes);
}

#define N_ANNOUNCERS 3
#define N_ANNOUNCED 5000

typedef struct
{
  MvxLogQueue *queue;
  MvxLogLane *lanes;
} Announcer;

/* After each some it asks for an answer, as a flush does. */
static gpointer
announcer_thread (gpointer data)
{
  Announcer *self = data;

  for (guint i = 0; i < N_ANNOUNCED; i++)
    {
      mvx_log_queue_push_lane (self->queue, &self->lanes[i]);
      if (i % 50 == 49)
        mvx_log_queue_push (self->queue, &self->lanes[i]);
    }
  return NULL;
}

/* Each lane arrives once, in its thread's order, and before what that thread has asked behind it. */
static void
test_announced_storm (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 100 });
  Announcer announcers[N_ANNOUNCERS];
  GThread *threads[N_ANNOUNCERS];
  guint next[N_ANNOUNCERS] = { 0 };
  guint n_commands = 0;

  for (guint i = 0; i < N_ANNOUNCERS; i++)
    {
      announcers[i]
          = (Announcer){ rig->queue, g_aligned_alloc0 (N_ANNOUNCED, sizeof (MvxLogLane), MVX_LOG_CACHE_LINE) };
      threads[i] = g_thread_new ("announcer", announcer_thread, &announcers[i]);
    }
  while (n_commands < N_ANNOUNCERS * (N_ANNOUNCED / 50))
    {
      MvxLogLane *lanes;
      MvxLogLane *command = mvx_log_queue_pop (rig->queue, &lanes);

      for (MvxLogLane *lane = lanes; lane; lane = lane->next_announced)
        for (guint i = 0; i < N_ANNOUNCERS; i++)
          if (lane >= announcers[i].lanes && lane < announcers[i].lanes + N_ANNOUNCED)
            g_assert_true (lane == &announcers[i].lanes[next[i]++]);
      for (guint i = 0; i < N_ANNOUNCERS && command; i++)
        if (command >= announcers[i].lanes && command < announcers[i].lanes + N_ANNOUNCED)
          g_assert_true (command < &announcers[i].lanes[next[i]]);
      if (command)
        n_commands++;
      else
        g_thread_yield ();
    }
  for (guint i = 0; i < N_ANNOUNCERS; i++)
    {
      g_thread_join (threads[i]);
      g_assert_cmpuint (next[i], ==, N_ANNOUNCED);
      g_aligned_free (announcers[i].lanes);
    }
  g_assert_false (mvx_log_queue_has_input (rig->queue));
}

static void
test_let_go (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 100 });

  queue_rig_put (rig, 1);
  queue_rig_take_lanes (rig);
  g_assert_true (mvx_log_dispatcher_has_work (&rig->dispatcher));
  g_assert_false (mvx_log_dispatcher_let_go (&rig->dispatcher));
  queue_rig_drain (rig);
  g_assert_false (mvx_log_dispatcher_has_work (&rig->dispatcher));
  g_assert_true (mvx_log_dispatcher_let_go (&rig->dispatcher));
  /* Now the worker sleeps: the next event has to tell it of the lane. */
  queue_rig_put (rig, 2);
  g_assert_cmpuint (queue_rig_n_announced (rig), ==, 1);
  queue_rig_drain (rig);
  g_assert_cmpuint (queue_rig_number (rig, 1), ==, 2);
}

/* A worker must not go to sleep while a producer is between reserve and commit. */
static void
test_let_go_sees_inside (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 100 });
  MvxLogThread *thread = mvx_log_thread_get ();

  queue_rig_put (rig, 1);
  queue_rig_drain (rig);
  mvx_log_quiesce_enter (thread);
  g_assert_true (mvx_log_dispatcher_has_work (&rig->dispatcher));
  g_assert_false (mvx_log_dispatcher_let_go (&rig->dispatcher));
  mvx_log_quiesce_leave (thread);
  g_assert_true (mvx_log_dispatcher_let_go (&rig->dispatcher));
}

static void
test_segments (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 100000 });
  const guint n = 5 * MVX_LOG_SEGMENT_DATA / sizeof (MvxLogRecord);
  MvxLogLane *lane;

  queue_rig_put_n (rig, 0, n);
  lane = own_lane (rig);
  g_assert_cmpuint (rig->queue->bytes, >=, 5 * MVX_LOG_SEGMENT_DATA);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (queue_rig_number (rig, i), ==, i);
  /* One in use, one on its way back; the rest has been given back. */
  g_assert_cmpuint (rig->queue->bytes, <=, 2 * MVX_LOG_SEGMENT_DATA);
  g_assert_nonnull (lane->spare);
  g_assert_cmpuint (lane->settled, ==, n);
  queue_rig_check_ledger (rig);
}

/* In steady state two segments go to and fro. */
static void
test_spare (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 100000 });

  for (guint i = 0; i < 10000; i++)
    {
      g_assert_true (queue_rig_put (rig, i));
      if (i % 1000 == 999)
        queue_rig_drain (rig);
    }
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 10000);
  g_assert_cmpuint (rig->queue->bytes, <=, 2 * MVX_LOG_SEGMENT_DATA);
}

static void
test_big_record (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 100 });
  const guint flags = MVX_LOG_RECORD_REALTIME | MVX_LOG_RECORD_NO_SLOTS;

  g_assert_true (queue_rig_put (rig, 0));
  g_assert_true (queue_rig_put_full (rig, 1, 2000, flags, MVX_LOG_LEVEL_INFO, 1024 * 1024, NULL));
  g_assert_true (queue_rig_put (rig, 2));
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 3);
  g_assert_cmpuint (queue_rig_number (rig, 1), ==, 1);
  g_assert_cmpuint (rig->queue->bytes, <=, 2 * MVX_LOG_SEGMENT_DATA);
}

/* A segment with records in dispatch is not written again. */
static void
test_unsettled_stays (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 100000, .batch_max = 8 });
  RigAnswer pending = { MVX_LOG_DISPATCH_PENDING, 0, NULL };
  const guint n = 3 * MVX_LOG_SEGMENT_DATA / sizeof (MvxLogRecord);
  g_autoptr (GError) error = NULL;
  MvxLogEvent *const *events;

  g_queue_push_tail (&rig->answers, &pending);
  queue_rig_put_n (rig, 7, n);
  g_assert_cmpint (queue_rig_step (rig, &error), ==, MVX_LOG_DISPATCHER_WAIT);
  queue_rig_put_n (rig, 7 + n, n);
  events = g_ptr_array_index (rig->batches, 0);
  for (guint i = 0; i < 8; i++)
    g_assert_cmpuint (events[i]->record->number, ==, 7 + i);
  g_assert_true (mvx_log_dispatcher_complete (&rig->dispatcher, events, 0, MVX_LOG_DISPATCH_OK, 8, NULL, &error));
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 2 * n);
  queue_rig_check_ledger (rig);
}

/* The settled mark waits for the oldest record in dispatch, also when younger ones are dropped. */
static void
test_settled_mark (void)
{
  g_autoptr (QueueRig) rig
      = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 100, .overflow = MVX_LOG_OVERFLOW_DROP_OLDEST });
  MvxLogSegment *first_segment;
  MvxLogSegment *second_segment;
  MvxLogLane *lane;

  queue_rig_put_n (rig, 0, 4);
  queue_rig_take_lanes (rig);
  lane = own_lane (rig);
  g_mutex_lock (&rig->queue->mutex);
  g_assert_nonnull (mvx_log_lane_take (lane, &first_segment, TRUE));
  g_assert_nonnull (mvx_log_lane_take (lane, &second_segment, TRUE));
  g_assert_true (mvx_log_lane_skip (lane));
  g_assert_cmpuint (lane->settled, ==, 0);
  mvx_log_lane_settle (lane, first_segment, 1, TRUE);
  g_assert_cmpuint (lane->settled, ==, 1);
  mvx_log_lane_settle (lane, second_segment, 2, TRUE);
  g_assert_cmpuint (lane->settled, ==, 3);
  g_assert_false (mvx_log_lane_is_settled (lane));
  g_assert_true (mvx_log_lane_skip (lane));
  g_assert_true (mvx_log_lane_is_settled (lane));
  g_assert_false (mvx_log_lane_skip (lane));
  g_mutex_unlock (&rig->queue->mutex);
}

/* The worker runs while 10000 threads come and go, one event each. */
typedef struct
{
  QueueRig *rig;
  gint stop;
  guint most;
} Storm;

static gpointer
storm_worker (gpointer data)
{
  Storm *storm = data;
  g_autoptr (GError) error = NULL;

  while (!g_atomic_int_get (&storm->stop))
    {
      queue_rig_step (storm->rig, &error);
      g_assert_no_error (error);
      g_thread_yield ();
    }
  queue_rig_drain (storm->rig);
  return NULL;
}

static guint
storm_n_lanes (QueueRig *rig)
{
  guint n;

  g_mutex_lock (&rig->queue->mutex);
  n = rig->queue->n_lanes;
  g_mutex_unlock (&rig->queue->mutex);
  return n;
}

static void
storm_run (guint n, gboolean locked)
{
  guint most = 0;
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){
      .queue_max_size = 20000, .overflow = locked ? MVX_LOG_OVERFLOW_DROP_OLDEST : MVX_LOG_OVERFLOW_RAISE });
  Storm storm = { .rig = rig };
  GThread *worker = g_thread_new ("worker", storm_worker, &storm);
  g_autofree guint8 *seen = g_malloc0 (n);

  for (guint i = 0; i < n; i++)
    {
      queue_rig_put_from_thread (rig, i, 1);
      most = MAX (most, storm_n_lanes (rig));
      /* A worker that is given its turn brings the number down, however busy it is. */
      if (i % 100 == 99)
        while (storm_n_lanes (rig) > 10)
          g_thread_yield ();
    }
  g_atomic_int_set (&storm.stop, 1);
  g_thread_join (worker);
  g_assert_cmpuint (rig->numbers->len, ==, n);
  for (guint i = 0; i < n; i++)
    seen[queue_rig_number (rig, i)]++;
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (seen[i], ==, 1);
  g_assert_cmpuint (most, <=, 110);
  queue_rig_check_ledger (rig);
  /* All are gone, and at most a few are kept. */
  g_assert_true (mvx_log_dispatcher_let_go (&rig->dispatcher));
  g_assert_cmpuint (rig->queue->n_lanes, ==, 0);
  g_assert_cmpuint (rig->queue->n_free_lanes, <=, 4);
  g_assert_cmpuint (rig->queue->bytes, <=, 8 * MVX_LOG_SEGMENT_DATA);
}

static void
test_short_threads (void)
{
  storm_run (10000, FALSE);
}

static void
test_short_threads_locked (void)
{
  storm_run (1000, TRUE);
}

/* A thread that ends with a drained lane that the worker has let go puts it away itself. */
static gpointer
drained_thread (gpointer data)
{
  QueueRig *rig = data;

  queue_rig_put (rig, 1);
  queue_rig_drain (rig);
  g_assert_true (mvx_log_dispatcher_let_go (&rig->dispatcher));
  g_assert_cmpuint (rig->queue->n_lanes, ==, 1);
  return NULL;
}

static void
test_put_away_by_owner (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&(MvxLogAsyncConfig){ .queue_max_size = 2000 });
  guint64 bytes;

  g_thread_join (g_thread_new ("drained", drained_thread, rig));
  g_assert_cmpuint (rig->queue->n_lanes, ==, 0);
  g_assert_cmpuint (rig->queue->n_free_lanes, ==, 1);
  g_assert_cmpuint (queue_rig_n_announced (rig), ==, 0);
  /* Its counters live on. */
  g_assert_cmpuint (mvx_log_queue_n_accepted (rig->queue, &bytes), ==, 1);
  g_assert_cmpuint (bytes, ==, sizeof (MvxLogRecord));
  queue_rig_check_ledger (rig);
}

/* Its number goes to the next queue; the lane of the old one does not pass for one of the new. */
static void
test_number_reuse (void)
{
  MvxLogAsyncConfig config = { .queue_max_size = 10 };
  QueueRig *old = queue_rig_new (&config);
  g_autoptr (QueueRig) rig = NULL;

  queue_rig_put (old, 1);
  queue_rig_free (old);
  rig = queue_rig_new (&config);
  g_assert_null (mvx_log_queue_lane (rig->queue, mvx_log_thread_get ()));
  g_assert_true (queue_rig_put (rig, 2));
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 1);
  g_assert_cmpuint (queue_rig_number (rig, 0), ==, 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lane/reserve", test_reserve);
  g_test_add_func ("/lane/announced-once", test_announced_once);
  g_test_add_func ("/lane/announced-order", test_announced_order);
  g_test_add_func ("/lane/announced-storm", test_announced_storm);
  g_test_add_func ("/lane/let-go", test_let_go);
  g_test_add_func ("/lane/let-go-sees-inside", test_let_go_sees_inside);
  g_test_add_func ("/lane/segments", test_segments);
  g_test_add_func ("/lane/spare", test_spare);
  g_test_add_func ("/lane/big-record", test_big_record);
  g_test_add_func ("/lane/unsettled-stays", test_unsettled_stays);
  g_test_add_func ("/lane/settled-mark", test_settled_mark);
  g_test_add_func ("/lane/short-threads", test_short_threads);
  g_test_add_func ("/lane/short-threads-locked", test_short_threads_locked);
  g_test_add_func ("/lane/put-away-by-owner", test_put_away_by_owner);
  g_test_add_func ("/lane/number-reuse", test_number_reuse);
  return g_test_run ();
}
