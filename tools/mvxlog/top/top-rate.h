/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has gone on in the sinks since the program was asked before. */
#pragma once

#include "top/top-read.h"

G_BEGIN_DECLS

/* What was known of all sinks then. */
typedef struct
{
  GHashTable *sinks;   /* "PID/SINK" -> what they said */
  gint64      time_us; /* monotonic; 0: nobody has been asked yet */
} MvxTopBefore;

/* Negative is what nobody knows. */
typedef struct
{
  double   in_per_s;
  double   out_per_s;
  double   p50_us; /* duration of a dispatch, since then, or, of those asked for the first time, at all */
  double   p99_us;
  gboolean p99_open; /* at least that */
} MvxTopRates;

void mvx_top_before_init  (MvxTopBefore        *before);
void mvx_top_before_clear (MvxTopBefore        *before);
/* Rates of @sinks and those of @all of them together. @now_us: when it answered. @next gets what the next look compares
 * with. @sinks: as many as the program has. */
void mvx_top_get_rates    (const MvxTopProgram *program,
                           gint64               now_us,
                           const MvxTopBefore  *before,
                           MvxTopBefore        *next,
                           MvxTopRates         *sinks,
                           MvxTopRates         *all);

G_END_DECLS
