/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/merge-private.h"
#include "queue-rig.h"

#define RAW MVX_LOG_RECORD_NO_SLOTS
#define AT(ns) ((ns) | MVX_LOG_CLOCK_IS_NS)
#define REAL (MVX_LOG_RECORD_NO_SLOTS | MVX_LOG_RECORD_REALTIME)

static const MvxLogAsyncConfig plain_config = { .queue_max_size = 100000 };

typedef struct
{
  QueueRig *rig;
  const guint64 *stamps;
  guint64 first;
  guint n;
} Run;

static gpointer
run_thread (gpointer data)
{
  const Run *run = data;

  for (guint i = 0; i < run->n; i++)
    g_assert_true (queue_rig_put_full (run->rig, run->first + i, AT (run->stamps[i]), RAW, MVX_LOG_LEVEL_INFO,
                                       sizeof (MvxLogRecord), NULL));
  return NULL;
}

static gpointer
put_ticks_thread (gpointer data)
{
  const Run *run = data;

  queue_rig_put_full (run->rig, run->first, *run->stamps, RAW, MVX_LOG_LEVEL_INFO, sizeof (MvxLogRecord), NULL);
  return NULL;
}

static void
put_run (QueueRig *rig, const guint64 *stamps, guint64 first, guint n)
{
  Run run = { rig, stamps, first, n };

  g_thread_join (g_thread_new ("run", run_thread, &run));
}

static void
test_by_time (void)
{
  static const guint64 a[] = { 10, 40, 70 };
  static const guint64 b[] = { 20, 30, 90 };
  static const guint64 c[] = { 5, 50, 60, 80 };
  static const guint64 order[] = { 300, 100, 200, 201, 101, 301, 302, 102, 303, 202 };
  g_autoptr (QueueRig) rig = queue_rig_new (&plain_config);

  put_run (rig, a, 100, 3);
  put_run (rig, b, 200, 3);
  put_run (rig, c, 300, 4);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, G_N_ELEMENTS (order));
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    g_assert_cmpuint (queue_rig_number (rig, i), ==, order[i]);
}

/* Every lane keeps its order, whatever its stamps say; all together are sorted if each lane is. */
static void
test_many_lanes (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&plain_config);
  g_autoptr (GArray) expected = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint64 stamps[50];

  for (guint lane = 0; lane < 37; lane++)
    {
      guint64 stamp = (guint64) g_test_rand_int_range (0, 100);

      for (guint i = 0; i < G_N_ELEMENTS (stamps); i++)
        stamps[i] = stamp += (guint64) g_test_rand_int_range (0, 100);
      /* The number is what is compared below. */
      for (guint i = 0; i < G_N_ELEMENTS (stamps); i++)
        g_array_append_val (expected, stamps[i]);
      put_run (rig, stamps, lane * 1000, G_N_ELEMENTS (stamps));
    }
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 37 * G_N_ELEMENTS (stamps));
  {
    guint64 next[37] = { 0 };
    guint64 last = 0;

    for (guint i = 0; i < rig->numbers->len; i++)
      {
        guint64 number = queue_rig_number (rig, i);
        guint64 stamp = g_array_index (expected, guint64, number / 1000 * G_N_ELEMENTS (stamps) + number % 1000);

        g_assert_cmpuint (number % 1000, ==, next[number / 1000]++);
        g_assert_cmpuint (stamp, >=, last);
        last = stamp;
      }
  }
}

static void
test_batch_max (void)
{
  MvxLogAsyncConfig config = { .queue_max_size = 1000, .batch_max = 7 };
  g_autoptr (QueueRig) rig = queue_rig_new (&config);

  queue_rig_put_n (rig, 0, 20);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->sizes->len, ==, 3);
  g_assert_cmpuint (g_array_index (rig->sizes, guint, 0), ==, 7);
  g_assert_cmpuint (g_array_index (rig->sizes, guint, 1), ==, 7);
  g_assert_cmpuint (g_array_index (rig->sizes, guint, 2), ==, 6);
}

static void
test_fill (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&plain_config);
  MvxLogFlight *batch = mvx_log_flight_new (4);

  mvx_log_merge_fill (&rig->dispatcher, batch);
  g_assert_cmpuint (batch->n, ==, 0);
  queue_rig_put_n (rig, 1, 6);
  queue_rig_take_lanes (rig);
  mvx_log_merge_fill (&rig->dispatcher, batch);
  g_assert_cmpuint (batch->n, ==, 4);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_true (batch->events[i] == &batch->views[i]);
      g_assert_cmpuint (mvx_log_event_get_seq (batch->events[i]), ==, i + 1);
      g_assert_cmpuint (batch->origins[i].ordinal, ==, i + 1);
      g_assert_cmpint (mvx_log_event_get_timestamp (batch->events[i]), ==, 1001 + i);
    }
  mvx_log_settle_drop (&rig->dispatcher, batch, 4, MVX_LOG_REASON_REJECTED);
  mvx_log_flight_reset (batch);
  g_assert_cmpuint (batch->n, ==, 0);
  mvx_log_flight_free (batch);
  queue_rig_check_ledger (rig);
}

/* An event that brings its own time goes where its predecessor goes, and keeps its time. */
static void
test_own_time (void)
{
  static const guint64 other[] = { 150, 250 };
  g_autoptr (QueueRig) rig = queue_rig_new (&plain_config);

  queue_rig_put_full (rig, 1, AT (100), RAW, MVX_LOG_LEVEL_INFO, sizeof (MvxLogRecord), NULL);
  queue_rig_put_full (rig, 2, 5, REAL, MVX_LOG_LEVEL_INFO, sizeof (MvxLogRecord), NULL);
  queue_rig_put_full (rig, 3, AT (200), RAW, MVX_LOG_LEVEL_INFO, sizeof (MvxLogRecord), NULL);
  put_run (rig, other, 11, 2);
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, 5);
  g_assert_cmpuint (queue_rig_number (rig, 0), ==, 1);
  g_assert_cmpuint (queue_rig_number (rig, 1), ==, 2);
  g_assert_cmpuint (queue_rig_number (rig, 2), ==, 11);
  g_assert_cmpuint (queue_rig_number (rig, 3), ==, 3);
  g_assert_cmpuint (queue_rig_number (rig, 4), ==, 12);
  g_assert_cmpint (g_array_index (rig->times, gint64, 1), ==, 5);
}

/* Within a lane time never runs backwards, though the clock may be set back. */
static void
test_never_backwards (void)
{
  g_autoptr (QueueRig) rig = queue_rig_new (&plain_config);

  mvx_log_clock_set_fake (1000);
  queue_rig_put_full (rig, 1, mvx_log_clock_raw (), RAW, MVX_LOG_LEVEL_INFO, sizeof (MvxLogRecord), NULL);
  queue_rig_drain (rig);
  mvx_log_clock_set_fake (400);
  queue_rig_put_full (rig, 2, mvx_log_clock_raw (), RAW, MVX_LOG_LEVEL_INFO, sizeof (MvxLogRecord), NULL);
  queue_rig_drain (rig);
  mvx_log_clock_set_fake (2000);
  queue_rig_put_full (rig, 3, mvx_log_clock_raw (), RAW, MVX_LOG_LEVEL_INFO, sizeof (MvxLogRecord), NULL);
  queue_rig_drain (rig);
  g_assert_cmpint (g_array_index (rig->times, gint64, 0), ==, 1000);
  g_assert_cmpint (g_array_index (rig->times, gint64, 1), >=, 1000);
  g_assert_cmpint (g_array_index (rig->times, gint64, 2), >=, g_array_index (rig->times, gint64, 1));
}

/* The source of the clock is changed while records of the one before still wait, there and back: each is converted as
 * what it is, threads are merged by time, and within a thread nothing is overtaken. */
static void
test_source_changes (void)
{
  static const guint64 order[] = { 1, 11, 2, 12, 3, 13, 4 };
  g_autoptr (QueueRig) rig = queue_rig_new (&plain_config);
  MvxLogClockMap *map = &rig->dispatcher.clock;

  /* A tick is half a nanosecond here. */
  mvx_log_clock_map_feed (map, 2000, 1000);
  mvx_log_clock_map_feed (map, 2000000, 1000000);
  queue_rig_put_full (rig, 1, 2 * 10000, RAW, MVX_LOG_LEVEL_INFO, sizeof (MvxLogRecord), NULL);
  queue_rig_put_full (rig, 2, AT (20000), RAW, MVX_LOG_LEVEL_INFO, sizeof (MvxLogRecord), NULL);
  queue_rig_put_full (rig, 3, 2 * 30000, RAW, MVX_LOG_LEVEL_INFO, sizeof (MvxLogRecord), NULL);
  queue_rig_put_full (rig, 4, AT (40000), RAW, MVX_LOG_LEVEL_INFO, sizeof (MvxLogRecord), NULL);
  {
    static const guint64 other[] = { 15000, 25000, 35000 };

    put_run (rig, other, 11, 3);
  }
  queue_rig_drain (rig);
  g_assert_cmpuint (rig->numbers->len, ==, G_N_ELEMENTS (order));
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      g_assert_cmpuint (queue_rig_number (rig, i), ==, order[i]);
      g_assert_cmpint (g_array_index (rig->times, gint64, i), ==, 10000 + 5000 * (gint64) i);
    }
}

/* The wall clock is set by @step while a thread logs: its events stay in order and their times never run backwards;
 * those of a thread that begins afterwards have the new time. */
static void
test_step (gconstpointer data)
{
  gint64 step = GPOINTER_TO_INT (data) * G_GINT64_CONSTANT (1000000000);
  g_autoptr (QueueRig) rig = queue_rig_new (&plain_config);
  MvxLogClockMap *map = &rig->dispatcher.clock;
  const gint64 ms = 1000000;
  gint64 now = 0;
  gint64 before = 0;

  for (guint i = 0; i < 100; i++)
    {
      now = 7200 * G_GINT64_CONSTANT (1000000000) + 20 * ms * i;
      mvx_log_clock_map_feed (map, (guint64) (2 * now), now + (i < 50 ? 0 : step));
      queue_rig_put_full (rig, i, (guint64) (2 * (now - ms)), RAW, MVX_LOG_LEVEL_INFO, sizeof (MvxLogRecord), NULL);
      queue_rig_drain (rig);
      g_assert_cmpuint (queue_rig_number (rig, i), ==, i);
      g_assert_cmpint (g_array_index (rig->times, gint64, i), >=, before);
      before = g_array_index (rig->times, gint64, i);
    }
  g_assert_cmpuint (map->generation, ==, 1);
  g_assert_cmpint (ABS (g_array_index (rig->times, gint64, 49) - (now - 50 * 20 * ms - ms)), <=, 1);
  {
    const guint64 stamp = (guint64) (2 * (now - ms));

    g_thread_join (g_thread_new ("late", put_ticks_thread, &(Run){ rig, &stamp, 100, 1 }));
  }
  queue_rig_drain (rig);
  g_assert_cmpint (ABS (g_array_index (rig->times, gint64, 100) - (now - ms + step)), <=, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  mvx_log_clock_init (MVX_LOG_CLOCK_FAKE);
  mvx_log_clock_set_fake (1000);
  g_test_add_func ("/merge/by-time", test_by_time);
  g_test_add_func ("/merge/many-lanes", test_many_lanes);
  g_test_add_func ("/merge/batch-max", test_batch_max);
  g_test_add_func ("/merge/fill", test_fill);
  g_test_add_func ("/merge/own-time", test_own_time);
  g_test_add_func ("/merge/never-backwards", test_never_backwards);
  g_test_add_func ("/merge/source-changes", test_source_changes);
  g_test_add_data_func ("/merge/step/forward", GINT_TO_POINTER (3600), test_step);
  g_test_add_data_func ("/merge/step/back", GINT_TO_POINTER (-3600), test_step);
  return g_test_run ();
}
