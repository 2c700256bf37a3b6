/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What programs have said of their sinks, as a table. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Counters of a former answer, by program and sink, for rates. */
typedef struct
{
  GHashTable *counts; /* "PID/SINK" -> guint64[2]: offered, delivered */
  gint64      time_us; /* monotonic; 0: there was none */
} MvxTopBefore;

void     mvx_top_before_init  (MvxTopBefore *before);
void     mvx_top_before_clear (MvxTopBefore *before);
/* Does @text, a JSON object, tell of a program called @name? */
gboolean mvx_top_is_called    (const char   *text,
                               const char   *name);
/* A line for the program and one for each sink. @now_us: when it answered. @next gets what the next table compares with. */
void     mvx_top_print        (GString            *out,
                               const char         *text,
                               gint64              now_us,
                               const MvxTopBefore *before,
                               MvxTopBefore       *next);

G_END_DECLS
