/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time stamps. A record takes a raw reading on the logging thread, as cheap as the machine allows; the worker turns it
 * into nanoseconds since 1970 against samples of CLOCK_REALTIME that it takes itself. */
#pragma once

#include <glib.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "base/likely-private.h"
#include "base/machine-private.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_CLOCK_UNSET,
  MVX_LOG_CLOCK_TSC,      /* the processor's counter, if it is invariant */
  MVX_LOG_CLOCK_REALTIME, /* clock_gettime (CLOCK_REALTIME) */
  MVX_LOG_CLOCK_COARSE,   /* CLOCK_REALTIME_COARSE: a few milliseconds, but nearly free */
  MVX_LOG_CLOCK_FAKE      /* tests */
} MvxLogClockSource;

/* A raw reading tells by itself what it is, so that the source can change while records wait: with this bit the rest is
 * nanoseconds since 1970, without it ticks. A counter takes a century to get there, and the calendar until 2262. */
#define MVX_LOG_CLOCK_IS_NS (G_GUINT64_CONSTANT (1) << 63)

/* Atomic, relaxed: a reading does not depend on it once it is taken. Whether it is the TSC stands in mvx_log_machine,
 * too. */
extern gint mvx_log_clock_source;

/* Chooses the source; UNSET keeps what was chosen, or else chooses as auto. Returns what is used: REALTIME if it was to
 * be the TSC and that is not invariant. */
MvxLogClockSource mvx_log_clock_init     (MvxLogClockSource source);
/* The same, but UNSET is auto: the TSC if it is invariant. A fake one stays, and what is chosen holds after it. */
MvxLogClockSource mvx_log_clock_choose   (MvxLogClockSource source);
guint64           mvx_log_clock_raw_slow (void);
gint64            mvx_log_clock_now_ns   (void); /* now, without a map: CLOCK_REALTIME, coarse if so chosen, or the fake */
void              mvx_log_clock_set_fake (gint64 ns);
/* Back to the source before. */
void              mvx_log_clock_end_fake (void);
gint64            mvx_log_clock_steady_us (void); /* g_get_monotonic_time(), or as far after it as the fake was turned */
guint64           mvx_log_clock_steady_ms (void); /* never runs backwards, a few ms coarse, above 0; or so the fake */

static inline guint64
mvx_log_clock_ticks (void)
{
#if defined(__x86_64__)
  return __rdtsc ();
#else
  return 0;
#endif
}

static inline guint64
mvx_log_clock_raw (void)
{
  if (MVX_LOG_LIKELY (mvx_log_machine_has (MVX_LOG_MACHINE_TICKS)))
    return mvx_log_clock_ticks ();
  return mvx_log_clock_raw_slow ();
}

/* A test has set the clock: what is stamped from now on may be earlier than what was before. */
void              mvx_log_clock_begin_era (void);
guint             mvx_log_clock_get_era  (void);

/* The time of a reading that was taken just now. */
static inline gint64
mvx_log_clock_time_of (guint64 raw)
{
  return raw & MVX_LOG_CLOCK_IS_NS ? (gint64) (raw & ~MVX_LOG_CLOCK_IS_NS) : mvx_log_clock_now_ns ();
}

/* Conversion of raw readings, owned by one worker. Start from zeros. */
typedef struct
{
  guint64 raw;        /* latest sample */
  gint64  ns;
  guint64 anchor_raw; /* an older one, for the slope */
  gint64  anchor_ns;
  guint64 middle_raw; /* becomes the anchor when that gets old */
  gint64  middle_ns;
  double  ns_per_tick;
  gboolean trusted;   /* ns_per_tick is good enough to notice a step */
  guint   generation; /* steps of the clock and new starts of the counter seen */
} MvxLogClockMap;

/* Takes in a pair of simultaneous readings; the first only starts the map. */
void   mvx_log_clock_map_feed    (MvxLogClockMap       *map,
                                  guint64               raw,
                                  gint64                ns);
/* Takes a sample and feeds it. Before converting what was stamped up to now. */
void   mvx_log_clock_map_update  (MvxLogClockMap       *map);
/* Nanoseconds since 1970 of a raw reading that is not younger than the latest sample. */
static inline gint64
mvx_log_clock_map_convert (const MvxLogClockMap *map,
                           guint64               raw)
{
  if (raw & MVX_LOG_CLOCK_IS_NS)
    return (gint64) (raw & ~MVX_LOG_CLOCK_IS_NS);
  return map->ns + (gint64) ((double) (gint64) (raw - map->raw) * map->ns_per_tick);
}

G_END_DECLS
