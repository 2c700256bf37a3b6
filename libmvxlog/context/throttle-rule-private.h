/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many events of one kind go on. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The first @burst of a window go on, then every @every-th, or none if that is 0. A window begins with its first event and
 * ends after @interval_ms, or never if that is 0. */
typedef struct
{
  guint64 interval_ms;
  guint32 burst;
  guint32 every;
} MvxLogThrottleRule;

/* A window in one word: milliseconds of its beginning, and where in the count it is. 0 before the first event. */
#define MVX_LOG_THROTTLE_COUNT_BITS 22
#define MVX_LOG_THROTTLE_MAX_COUNT ((1u << MVX_LOG_THROTTLE_COUNT_BITS) - 1)

static inline guint64
mvx_log_throttle_start (guint64 window)
{
  return window >> MVX_LOG_THROTTLE_COUNT_BITS;
}

static inline gboolean
mvx_log_throttle_is_over (const MvxLogThrottleRule *rule,
                          guint64                   window,
                          guint64                   now)
{
  return window == 0 || (rule->interval_ms > 0 && now >= mvx_log_throttle_start (window) + rule->interval_ms);
}

/* What one more event makes of @window; equal to it if the event is held back and nothing else need be known. */
static inline guint64
mvx_log_throttle_next (const MvxLogThrottleRule *rule,
                       guint64                   window,
                       guint64                   now,
                       gboolean                 *passes)
{
  guint32 count = (guint32) (window & MVX_LOG_THROTTLE_MAX_COUNT);

  if (mvx_log_throttle_is_over (rule, window, now))
    {
      window = now << MVX_LOG_THROTTLE_COUNT_BITS;
      count = 0;
    }
  *passes = count < rule->burst;
  if (*passes)
    return window + 1;
  if (rule->every == 0)
    return window;
  *passes = count - rule->burst + 1 == rule->every;
  return *passes ? window - (rule->every - 1) : window + 1;
}

G_END_DECLS
