/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "base/clock-private.h"

/* Above what adjtime and NTP can slew (500 ppm): the clock was set. */
#define MVX_LOG_CLOCK_STEP_PPM 2000.0
#define MVX_LOG_CLOCK_ANCHOR_NS (2 * G_GINT64_CONSTANT (1000000000))
/* A slope over less than this is too noisy to tell a step by. */
#define MVX_LOG_CLOCK_TRUST_NS 10000000
/* Two readings of the counter around one of the clock that are further apart than this were interrupted. */
#define MVX_LOG_CLOCK_WINDOW_TICKS 2000
#define MVX_LOG_CLOCK_TRIES 5

gint mvx_log_clock_source;

static gint64 mvx_log_clock_fake_ns;
static guint64 mvx_log_clock_first_raw;
static gint64 mvx_log_clock_first_ns;

static gint64
mvx_log_clock_read (clockid_t id)
{
  struct timespec ts;

  clock_gettime (id, &ts);
  return (gint64) ts.tv_sec * 1000000000 + ts.tv_nsec;
}

gint64
mvx_log_clock_now_ns (void)
{
  if (G_UNLIKELY (g_atomic_int_get (&mvx_log_clock_source) == MVX_LOG_CLOCK_FAKE))
    return __atomic_load_n (&mvx_log_clock_fake_ns, __ATOMIC_RELAXED);
  return mvx_log_clock_read (CLOCK_REALTIME);
}

guint64
mvx_log_clock_raw_slow (void)
{
  switch (g_atomic_int_get (&mvx_log_clock_source))
    {
    case MVX_LOG_CLOCK_COARSE:
      return (guint64) mvx_log_clock_read (CLOCK_REALTIME_COARSE);
    case MVX_LOG_CLOCK_UNSET:
      mvx_log_clock_init (MVX_LOG_CLOCK_UNSET);
      return mvx_log_clock_raw ();
    default:
      return (guint64) mvx_log_clock_now_ns ();
    }
}

/* Invariant: runs at one rate in all power states (CPUID 80000007h, EDX bit 8; Intel SDM 17.17.1, AMD APM 3 E.4.7). */
static gboolean
mvx_log_clock_has_tsc (void)
{
#if defined(__x86_64__)
  guint a, b, c, d;

  return __get_cpuid (0x80000007, &a, &b, &c, &d) && (d & (1u << 8)) != 0;
#else
  return FALSE;
#endif
}

/* A pair of simultaneous readings, as well as it can be had. */
static void
mvx_log_clock_sample (guint64 *raw,
                      gint64  *ns)
{
  guint64 best = G_MAXUINT64;

  for (guint i = 0; i < MVX_LOG_CLOCK_TRIES && best > MVX_LOG_CLOCK_WINDOW_TICKS; i++)
    {
      guint64 before = mvx_log_clock_raw ();
      gint64 now = mvx_log_clock_now_ns ();
      guint64 after = mvx_log_clock_raw ();

      if (after - before < best)
        {
          best = after - before;
          *raw = before + best / 2;
          *ns = now;
        }
    }
}

MvxLogClockSource
mvx_log_clock_init (MvxLogClockSource source)
{
  static GMutex mutex;

  g_mutex_lock (&mutex);
  if (source == MVX_LOG_CLOCK_UNSET)
    source = mvx_log_clock_source;
  if (source == MVX_LOG_CLOCK_UNSET || source == MVX_LOG_CLOCK_TSC)
    source = mvx_log_clock_has_tsc () ? MVX_LOG_CLOCK_TSC : MVX_LOG_CLOCK_REALTIME;
  if (mvx_log_clock_source != (gint) source)
    {
      g_atomic_int_set (&mvx_log_clock_source, source);
      mvx_log_clock_sample (&mvx_log_clock_first_raw, &mvx_log_clock_first_ns);
    }
  g_mutex_unlock (&mutex);
  return source;
}

void
mvx_log_clock_set_fake (gint64 ns)
{
  __atomic_store_n (&mvx_log_clock_fake_ns, ns, __ATOMIC_RELAXED);
  g_atomic_int_set (&mvx_log_clock_source, MVX_LOG_CLOCK_FAKE);
}

static void
mvx_log_clock_map_start (MvxLogClockMap *map,
                         guint64         raw,
                         gint64          ns)
{
  map->anchor_raw = map->middle_raw = raw;
  map->anchor_ns = map->middle_ns = ns;
}

void
mvx_log_clock_map_update (MvxLogClockMap *map)
{
  guint64 raw = 0;
  gint64 ns = 0;
  double slope;

  if (mvx_log_clock_source != MVX_LOG_CLOCK_TSC)
    return;
  mvx_log_clock_sample (&raw, &ns);
  if (map->raw == 0)
    mvx_log_clock_map_start (map, mvx_log_clock_first_raw, mvx_log_clock_first_ns);
  map->raw = raw;
  map->ns = ns;
  if (raw <= map->anchor_raw)
    return;

  slope = (double) (ns - map->anchor_ns) / (double) (raw - map->anchor_raw);
  if (map->trusted && ABS (slope / map->ns_per_tick - 1.0) * 1e6 > MVX_LOG_CLOCK_STEP_PPM &&
      raw - map->anchor_raw > 1000000)
    {
      /* The clock was set: what is stamped from here on is counted from now, at the rate known so far. */
      mvx_log_clock_map_start (map, raw, ns);
      map->generation++;
      return;
    }
  map->ns_per_tick = slope;
  map->trusted = map->trusted || ns - map->anchor_ns > MVX_LOG_CLOCK_TRUST_NS;
  if (ns - map->middle_ns > MVX_LOG_CLOCK_ANCHOR_NS)
    {
      map->anchor_raw = map->middle_raw;
      map->anchor_ns = map->middle_ns;
      map->middle_raw = raw;
      map->middle_ns = ns;
    }
}

gint64
mvx_log_clock_map_convert (const MvxLogClockMap *map,
                           guint64               raw)
{
  if (mvx_log_clock_source != MVX_LOG_CLOCK_TSC)
    return (gint64) raw;
  return map->ns + (gint64) ((double) (gint64) (raw - map->raw) * map->ns_per_tick);
}
