/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "base/atfork-private.h"
#include "base/clock-private.h"

/* Above what adjtime and NTP can slew (500 ppm): the clock was set. */
#define MVX_LOG_CLOCK_STEP_PPM 2000.0
#define MVX_LOG_CLOCK_ANCHOR_NS (2 * G_GINT64_CONSTANT (1000000000))
/* A slope over less than this is too noisy to tell a step by. */
#define MVX_LOG_CLOCK_TRUST_NS 10000000
/* Nor does less than this since the anchor tell one. */
#define MVX_LOG_CLOCK_NOISE_NS 1000000
/* Two readings of the counter around one of the clock that are further apart than this were interrupted. */
#define MVX_LOG_CLOCK_WINDOW_TICKS 2000
#define MVX_LOG_CLOCK_TRIES 5

gint mvx_log_clock_source;

static GMutex mvx_log_clock_mutex; /* who chooses */
MVX_LOG_FORK_LOCK (CLOCK, &mvx_log_clock_mutex, NULL);
static gint64 mvx_log_clock_fake_ns;
static gint64 mvx_log_clock_fake_steady_us; /* atomic: what the fake one lags behind CLOCK_MONOTONIC where it begins */
static gint mvx_log_clock_real;             /* the source while there is a fake one */
static gint mvx_log_clock_era;
static guint64 mvx_log_clock_first_raw; /* atomic: 0 until the TSC is used; release after the next */
static gint64 mvx_log_clock_first_steady_ns;

static gint64
mvx_log_clock_read (clockid_t id)
{
  struct timespec ts;

  clock_gettime (id, &ts);
  return (gint64) ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* With the mutex. */
static void
mvx_log_clock_set_source (MvxLogClockSource source)
{
  g_atomic_int_set (&mvx_log_clock_source, source);
  mvx_log_machine_set (MVX_LOG_MACHINE_TICKS, source == MVX_LOG_CLOCK_TSC);
}

gint64
mvx_log_clock_now_ns (void)
{
  switch (g_atomic_int_get (&mvx_log_clock_source))
    {
    case MVX_LOG_CLOCK_FAKE:
      return __atomic_load_n (&mvx_log_clock_fake_ns, __ATOMIC_RELAXED);
    case MVX_LOG_CLOCK_COARSE:
      return mvx_log_clock_read (CLOCK_REALTIME_COARSE);
    default:
      return mvx_log_clock_read (CLOCK_REALTIME);
    }
}

gint64
mvx_log_clock_steady_us (void)
{
  if (G_UNLIKELY (g_atomic_int_get (&mvx_log_clock_source) == MVX_LOG_CLOCK_FAKE))
    return __atomic_load_n (&mvx_log_clock_fake_steady_us, __ATOMIC_RELAXED) + mvx_log_clock_now_ns () / 1000;
  return g_get_monotonic_time ();
}

guint64
mvx_log_clock_steady_ms (void)
{
#ifdef CLOCK_MONOTONIC_COARSE
  const clockid_t id = CLOCK_MONOTONIC_COARSE;
#else
  const clockid_t id = CLOCK_MONOTONIC;
#endif

  if (G_UNLIKELY (g_atomic_int_get (&mvx_log_clock_source) == MVX_LOG_CLOCK_FAKE))
    return (guint64) mvx_log_clock_steady_us () / 1000 + 1;
  return (guint64) mvx_log_clock_read (id) / 1000000 + 1;
}

guint64
mvx_log_clock_raw_slow (void)
{
  if (g_atomic_int_get (&mvx_log_clock_source) == MVX_LOG_CLOCK_UNSET
      && mvx_log_clock_init (MVX_LOG_CLOCK_UNSET) == MVX_LOG_CLOCK_TSC)
    return mvx_log_clock_raw ();
  return (guint64) mvx_log_clock_now_ns () | MVX_LOG_CLOCK_IS_NS;
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

/* A pair of simultaneous readings of the counter and the clock @id, as well as it can be had. */
static void
mvx_log_clock_sample (clockid_t id, guint64 *raw, gint64 *ns)
{
  guint64 best = G_MAXUINT64;

  for (guint i = 0; i < MVX_LOG_CLOCK_TRIES && best > MVX_LOG_CLOCK_WINDOW_TICKS; i++)
    {
      guint64 before = mvx_log_clock_ticks ();
      gint64 now = mvx_log_clock_read (id);
      guint64 after = mvx_log_clock_ticks ();
      guint64 width = after > before ? after - before : 0;

      if (width < best)
        {
          best = width;
          *raw = before + width / 2;
          *ns = now;
        }
    }
}

/* With the mutex. */
static MvxLogClockSource
mvx_log_clock_resolve (MvxLogClockSource source)
{
  guint64 raw = 0;

  if (source != MVX_LOG_CLOCK_UNSET && source != MVX_LOG_CLOCK_TSC)
    return source;
  if (!mvx_log_clock_has_tsc ())
    return MVX_LOG_CLOCK_REALTIME;
  /* Sampled once and before the source shows: a worker may start its map as soon as somebody has stamped. */
  if (mvx_log_clock_first_raw == 0)
    {
      mvx_log_clock_sample (CLOCK_MONOTONIC, &raw, &mvx_log_clock_first_steady_ns);
      __atomic_store_n (&mvx_log_clock_first_raw, raw, __ATOMIC_RELEASE);
    }
  return MVX_LOG_CLOCK_TSC;
}

MvxLogClockSource
mvx_log_clock_init (MvxLogClockSource source)
{
  g_mutex_lock (&mvx_log_clock_mutex);
  if (source == MVX_LOG_CLOCK_UNSET)
    source = (MvxLogClockSource) g_atomic_int_get (&mvx_log_clock_source);
  source = mvx_log_clock_resolve (source);
  mvx_log_clock_set_source (source);
  g_mutex_unlock (&mvx_log_clock_mutex);
  return source;
}

MvxLogClockSource
mvx_log_clock_choose (MvxLogClockSource source)
{
  g_mutex_lock (&mvx_log_clock_mutex);
  source = mvx_log_clock_resolve (source);
  if (g_atomic_int_get (&mvx_log_clock_source) == MVX_LOG_CLOCK_FAKE)
    g_atomic_int_set (&mvx_log_clock_real, source);
  else
    mvx_log_clock_set_source (source);
  g_mutex_unlock (&mvx_log_clock_mutex);
  return source;
}

void
mvx_log_clock_set_fake (gint64 ns)
{
  gint source;

  g_mutex_lock (&mvx_log_clock_mutex);
  source = g_atomic_int_get (&mvx_log_clock_source);
  __atomic_store_n (&mvx_log_clock_fake_ns, ns, __ATOMIC_RELAXED);
  if (source != MVX_LOG_CLOCK_FAKE)
    {
      g_atomic_int_set (&mvx_log_clock_real, source);
      __atomic_store_n (&mvx_log_clock_fake_steady_us, g_get_monotonic_time () - ns / 1000, __ATOMIC_RELAXED);
    }
  mvx_log_clock_set_source (MVX_LOG_CLOCK_FAKE);
  g_mutex_unlock (&mvx_log_clock_mutex);
}

void
mvx_log_clock_end_fake (void)
{
  g_mutex_lock (&mvx_log_clock_mutex);
  if (g_atomic_int_get (&mvx_log_clock_source) == MVX_LOG_CLOCK_FAKE)
    mvx_log_clock_set_source ((MvxLogClockSource) g_atomic_int_get (&mvx_log_clock_real));
  g_mutex_unlock (&mvx_log_clock_mutex);
}

void
mvx_log_clock_begin_era (void)
{
  g_atomic_int_inc (&mvx_log_clock_era);
}

guint
mvx_log_clock_get_era (void)
{
  return (guint) g_atomic_int_get (&mvx_log_clock_era);
}

static void
mvx_log_clock_map_start (MvxLogClockMap *map, guint64 raw, gint64 ns)
{
  map->raw = map->anchor_raw = map->middle_raw = raw;
  map->ns = map->anchor_ns = map->middle_ns = ns;
}

/* What is stamped from here on is counted from now, at the rate known so far, until a new one can be trusted: should it
 * be the rate that was wrong, it is replaced then. */
static void
mvx_log_clock_map_restart (MvxLogClockMap *map, guint64 raw, gint64 ns)
{
  mvx_log_clock_map_start (map, raw, ns);
  map->trusted = FALSE;
  map->generation++;
}

static gboolean
mvx_log_clock_map_is_step (const MvxLogClockMap *map, double ticks, double elapsed)
{
  double expected = ticks * map->ns_per_tick;

  return elapsed < 0
         || (map->trusted && expected > MVX_LOG_CLOCK_NOISE_NS
             && ABS (elapsed - expected) > expected * MVX_LOG_CLOCK_STEP_PPM / 1e6);
}

void
mvx_log_clock_map_feed (MvxLogClockMap *map, guint64 raw, gint64 ns)
{
  gint64 elapsed = ns - map->anchor_ns;
  guint64 ticks = raw - map->anchor_raw;

  if (map->raw == 0)
    {
      mvx_log_clock_map_start (map, raw, ns);
      return;
    }
  if (raw == map->raw)
    return;
  /* The counter may start anew when the machine wakes up. */
  if (raw < map->raw || mvx_log_clock_map_is_step (map, (double) ticks, (double) elapsed))
    {
      mvx_log_clock_map_restart (map, raw, ns);
      return;
    }
  map->raw = raw;
  map->ns = ns;
  if (map->trusted || elapsed > MVX_LOG_CLOCK_TRUST_NS || map->generation == 0)
    map->ns_per_tick = (double) elapsed / (double) ticks;
  map->trusted = map->trusted || elapsed > MVX_LOG_CLOCK_TRUST_NS;
  if (ns - map->middle_ns > MVX_LOG_CLOCK_ANCHOR_NS)
    {
      map->anchor_raw = map->middle_raw;
      map->anchor_ns = map->middle_ns;
      map->middle_raw = raw;
      map->middle_ns = ns;
    }
}

/* The map starts with the first sample of all, which may be long ago: the rate since then is taken from the clock that
 * nobody sets. */
static void
mvx_log_clock_map_feed_first (MvxLogClockMap *map, guint64 raw, gint64 ns)
{
  guint64 steady_raw = 0;
  gint64 steady_ns = 0;
  double rate;

  mvx_log_clock_sample (CLOCK_MONOTONIC, &steady_raw, &steady_ns);
  if (steady_raw <= mvx_log_clock_first_raw || raw <= mvx_log_clock_first_raw)
    return;
  rate = (double) (steady_ns - mvx_log_clock_first_steady_ns) / (double) (steady_raw - mvx_log_clock_first_raw);
  mvx_log_clock_map_feed (map, mvx_log_clock_first_raw,
                          ns - (gint64) ((double) (raw - mvx_log_clock_first_raw) * rate));
}

void
mvx_log_clock_map_update (MvxLogClockMap *map)
{
  guint64 raw = 0;
  gint64 ns = 0;

  /* Also when another source has been chosen since: ticks may wait in the lanes. Pairs with the release in resolve. */
  if (__atomic_load_n (&mvx_log_clock_first_raw, __ATOMIC_ACQUIRE) == 0)
    return;
  mvx_log_clock_sample (CLOCK_REALTIME, &raw, &ns);
  if (map->raw == 0)
    mvx_log_clock_map_feed_first (map, raw, ns);
  mvx_log_clock_map_feed (map, raw, ns);
}
