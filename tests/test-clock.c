/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "base/clock-private.h"

#define SECOND G_GINT64_CONSTANT (1000000000)
#define MS G_GINT64_CONSTANT (1000000)

static gint64
realtime (void)
{
  struct timespec ts;

  clock_gettime (CLOCK_REALTIME, &ts);
  return (gint64) ts.tv_sec * SECOND + ts.tv_nsec;
}

static gboolean
use_tsc (void)
{
  if (mvx_log_clock_init (MVX_LOG_CLOCK_TSC) == MVX_LOG_CLOCK_TSC)
    return TRUE;
  g_test_skip ("no invariant counter here");
  return FALSE;
}

/* The first reading of all settles the source. Must run first. */
static void
test_unset (void)
{
  MvxLogClockSource source;
  guint64 raw;

  g_assert_cmpint (mvx_log_clock_source, ==, MVX_LOG_CLOCK_UNSET);
  raw = mvx_log_clock_raw ();
  source = mvx_log_clock_init (MVX_LOG_CLOCK_UNSET);
  g_assert_true (source == MVX_LOG_CLOCK_TSC || source == MVX_LOG_CLOCK_REALTIME);
  g_assert_cmpint (mvx_log_clock_source, ==, source);
  g_assert_cmpuint (mvx_log_clock_raw (), >=, raw);
  g_assert_cmpint (mvx_log_clock_init (MVX_LOG_CLOCK_UNSET), ==, source);
}

static void
test_fake (void)
{
  MvxLogClockMap map = { 0 };

  mvx_log_clock_set_fake (42 * SECOND);
  g_assert_cmpint (mvx_log_clock_now_ns (), ==, 42 * SECOND);
  g_assert_cmpuint (mvx_log_clock_raw (), ==, (42 * SECOND) | MVX_LOG_CLOCK_IS_NS);
  g_assert_cmpint (mvx_log_clock_time_of (mvx_log_clock_raw ()), ==, 42 * SECOND);
  mvx_log_clock_map_update (&map);
  g_assert_cmpint (mvx_log_clock_map_convert (&map, mvx_log_clock_raw ()), ==, 42 * SECOND);
  mvx_log_clock_set_fake (41 * SECOND);
  g_assert_cmpint (mvx_log_clock_now_ns (), ==, 41 * SECOND);
  g_assert_cmpint (mvx_log_clock_init (MVX_LOG_CLOCK_UNSET), ==, MVX_LOG_CLOCK_FAKE);
  mvx_log_clock_end_fake ();
}

/* A reading of @source that is taken now is not older than this. The kernel's last tick may be long ago on a machine
 * that is overloaded, so the coarse clock is the only measure of itself. */
static gint64
lower_bound (MvxLogClockSource source)
{
  struct timespec ts;

  if (source != MVX_LOG_CLOCK_COARSE)
    return realtime () - 50000;
  clock_gettime (CLOCK_REALTIME_COARSE, &ts);
  return (gint64) ts.tv_sec * SECOND + ts.tv_nsec;
}

/* Each source is within bounds of CLOCK_REALTIME, read before and after: being interrupted widens them. */
static void
test_bounds (gconstpointer data)
{
  MvxLogClockSource source = (MvxLogClockSource) GPOINTER_TO_INT (data);
  MvxLogClockMap map = { 0 };
  guint n_bad = 0;

  if (mvx_log_clock_init (source) != source)
    {
      g_test_skip ("no invariant counter here");
      return;
    }
  for (guint i = 0; i < 400; i++)
    {
      gint64 before = lower_bound (source);
      guint64 raw = mvx_log_clock_raw ();
      gint64 time = mvx_log_clock_time_of (raw);
      gint64 after = realtime ();
      gint64 at;

      mvx_log_clock_map_update (&map);
      at = mvx_log_clock_map_convert (&map, raw);
      n_bad += at < before || at > after + 50000;
      g_assert_cmpint (time, >=, before);
      g_assert_cmpint (time, <=, after);
      for (gint64 until = after + 50000; realtime () < until;)
        ;
    }
  /* Samples of an overloaded machine may be off; they must not stay so. */
  g_assert_cmpuint (n_bad, <, source == MVX_LOG_CLOCK_TSC ? 40 : 1);
}

/* A reading says itself what it is, whatever is chosen when it is converted. */
static void
test_choose (void)
{
  static const MvxLogClockSource sources[]
      = { MVX_LOG_CLOCK_TSC, MVX_LOG_CLOCK_REALTIME, MVX_LOG_CLOCK_TSC, MVX_LOG_CLOCK_COARSE };
  MvxLogClockSource best = mvx_log_clock_choose (MVX_LOG_CLOCK_UNSET);
  MvxLogClockMap map = { 0 };
  guint64 raws[G_N_ELEMENTS (sources)];
  gint64 begin = realtime ();

  g_assert_true (best == MVX_LOG_CLOCK_TSC || best == MVX_LOG_CLOCK_REALTIME);
  g_assert_cmpint (mvx_log_clock_source, ==, best);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      mvx_log_clock_choose (sources[i]);
      raws[i] = mvx_log_clock_raw ();
      g_assert_cmpint (!(raws[i] & MVX_LOG_CLOCK_IS_NS), ==, mvx_log_clock_source == MVX_LOG_CLOCK_TSC);
      g_assert_cmpint (mvx_log_machine_has (MVX_LOG_MACHINE_TICKS), ==, mvx_log_clock_source == MVX_LOG_CLOCK_TSC);
    }
  mvx_log_clock_map_update (&map);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_assert_cmpint (mvx_log_clock_map_convert (&map, raws[i]), >, begin - SECOND);
      g_assert_cmpint (mvx_log_clock_map_convert (&map, raws[i]), <, realtime () + SECOND);
    }
  /* Nor is the clock of a test lost, which ends with what was chosen meanwhile. */
  mvx_log_clock_set_fake (42 * SECOND);
  mvx_log_clock_choose (MVX_LOG_CLOCK_COARSE);
  g_assert_cmpint (mvx_log_clock_now_ns (), ==, 42 * SECOND);
  g_assert_false (mvx_log_machine_has (MVX_LOG_MACHINE_TICKS));
  mvx_log_clock_end_fake ();
  g_assert_cmpint (mvx_log_clock_source, ==, MVX_LOG_CLOCK_COARSE);
}

/* Two ticks per nanosecond, without a real clock. */
static void
feed (MvxLogClockMap *map, gint64 ns, gint64 offset)
{
  mvx_log_clock_map_feed (map, (guint64) (2 * ns), ns + offset);
}

static void
test_map (void)
{
  MvxLogClockMap map = { 0 };
  gint64 ns;

  if (!use_tsc ())
    return;
  for (ns = 5 * SECOND; ns < 15 * SECOND; ns += 20 * MS)
    {
      gint64 last = G_MININT64;

      feed (&map, ns, SECOND);
      for (gint64 age = 15 * MS; age >= 0 && ns > 5 * SECOND; age -= MS)
        {
          gint64 at = mvx_log_clock_map_convert (&map, (guint64) (2 * (ns - age)));

          g_assert_cmpint (ABS (at - (ns - age + SECOND)), <=, 1);
          g_assert_cmpint (at, >, last);
          last = at;
        }
    }
  g_assert_cmpuint (map.generation, ==, 0);
  g_assert_true (map.trusted);
  /* The slope is that of the last seconds, not of all times. */
  g_assert_cmpint (map.ns - map.anchor_ns, <, 6 * SECOND);
}

/* Slewing as NTP does is followed, not taken for a step. */
static void
test_slew (void)
{
  MvxLogClockMap map = { 0 };

  if (!use_tsc ())
    return;
  for (gint64 ns = SECOND; ns < 30 * SECOND; ns += 50 * MS)
    feed (&map, ns, ns / 2000);
  g_assert_cmpuint (map.generation, ==, 0);
  g_assert_cmpfloat_with_epsilon (map.ns_per_tick, 0.5 * 1.0005, 1e-6);
}

static void
assert_step (gint64 offset)
{
  MvxLogClockMap map = { 0 };
  gint64 ns;

  for (ns = SECOND; ns < 3 * SECOND; ns += 20 * MS)
    feed (&map, ns, 0);
  feed (&map, ns, offset);
  g_assert_cmpuint (map.generation, ==, 1);
  g_assert_cmpint (mvx_log_clock_map_convert (&map, (guint64) (2 * ns)), ==, ns + offset);
  g_assert_cmpint (mvx_log_clock_map_convert (&map, (guint64) (2 * (ns - MS))), ==, ns + offset - MS);
  for (guint i = 0; i < 200; i++)
    feed (&map, ns += 20 * MS, offset);
  g_assert_cmpuint (map.generation, ==, 1);
  g_assert_cmpfloat_with_epsilon (map.ns_per_tick, 0.5, 1e-9);
}

static void
test_step (void)
{
  if (!use_tsc ())
    return;
  assert_step (3600 * SECOND);
  assert_step (-3600 * SECOND);
  assert_step (100 * MS);
  assert_step (-100 * MS);
}

/* A step within the first milliseconds makes the rate wrong; it must not stay so. */
static void
test_wrong_rate_heals (void)
{
  MvxLogClockMap map = { 0 };
  gint64 ns = SECOND;

  if (!use_tsc ())
    return;
  feed (&map, ns, 0);
  feed (&map, ns += MS, 60 * SECOND);
  g_assert_cmpfloat (map.ns_per_tick, >, 1000);
  for (guint i = 0; i < 10; i++)
    feed (&map, ns += 20 * MS, 60 * SECOND);
  g_assert_cmpfloat_with_epsilon (map.ns_per_tick, 0.5, 1e-9);
  g_assert_cmpuint (map.generation, ==, 1);
  g_assert_cmpint (mvx_log_clock_map_convert (&map, (guint64) (2 * ns)), ==, ns + 60 * SECOND);
}

/* The counter starts anew when the machine wakes up; nothing to convert by is no trouble, either. */
static void
test_counter_restarts (void)
{
  MvxLogClockMap map = { 0 };
  gint64 ns;

  if (!use_tsc ())
    return;
  mvx_log_clock_map_feed (&map, 77, SECOND);
  mvx_log_clock_map_feed (&map, 77, SECOND);
  g_assert_cmpint (mvx_log_clock_map_convert (&map, 77), ==, SECOND);
  map = (MvxLogClockMap){ 0 };
  for (ns = SECOND; ns < 3 * SECOND; ns += 20 * MS)
    feed (&map, ns, 0);
  mvx_log_clock_map_feed (&map, 1000, ns + 100 * SECOND);
  g_assert_cmpuint (map.generation, ==, 1);
  g_assert_cmpint (mvx_log_clock_map_convert (&map, 1000), ==, ns + 100 * SECOND);
  mvx_log_clock_map_feed (&map, 1000 + 2 * 20 * MS, ns + 100 * SECOND + 20 * MS);
  g_assert_cmpuint (map.generation, ==, 1);
  g_assert_cmpfloat_with_epsilon (map.ns_per_tick, 0.5, 1e-9);
}

static void
test_monotone (void)
{
  MvxLogClockMap map = { 0 };
  guint64 raws[64];
  guint n_back = 0;

  if (!use_tsc ())
    return;
  for (guint round = 0; round < 50; round++)
    {
      for (guint i = 0; i < G_N_ELEMENTS (raws); i++)
        raws[i] = mvx_log_clock_raw ();
      mvx_log_clock_map_update (&map);
      for (guint i = 1; i < G_N_ELEMENTS (raws); i++)
        n_back += mvx_log_clock_map_convert (&map, raws[i]) < mvx_log_clock_map_convert (&map, raws[i - 1]);
    }
  g_assert_cmpuint (n_back, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/unset", test_unset);
  g_test_add_func ("/clock/fake", test_fake);
  g_test_add_func ("/clock/choose", test_choose);
  g_test_add_data_func ("/clock/bounds/tsc", GINT_TO_POINTER (MVX_LOG_CLOCK_TSC), test_bounds);
  g_test_add_data_func ("/clock/bounds/realtime", GINT_TO_POINTER (MVX_LOG_CLOCK_REALTIME), test_bounds);
  g_test_add_data_func ("/clock/bounds/coarse", GINT_TO_POINTER (MVX_LOG_CLOCK_COARSE), test_bounds);
  g_test_add_func ("/clock/map", test_map);
  g_test_add_func ("/clock/slew", test_slew);
  g_test_add_func ("/clock/step", test_step);
  g_test_add_func ("/clock/wrong-rate-heals", test_wrong_rate_heals);
  g_test_add_func ("/clock/counter-restarts", test_counter_restarts);
  g_test_add_func ("/clock/monotone", test_monotone);
  return g_test_run ();
}
