/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program has said of itself and its sinks. One that is newer than this tool may say more, which is passed over;
 * one that is older says less. */
#pragma once

#include "base/tool-json.h"

G_BEGIN_DECLS

#define MVX_TOP_UNKNOWN G_MININT64
#define MVX_TOP_MAX_TIMES 64
/* A whole number that every reader of JSON knows exactly; others are unknown. */
#define MVX_TOP_MAX_NUMBER (G_GINT64_CONSTANT (1) << 53)

/* Numbers of a sink; their names are in top-read.c. */
typedef enum
{
  MVX_TOP_OFFERED,
  MVX_TOP_ACCEPTED,
  MVX_TOP_DELIVERED,
  MVX_TOP_DIVERTED,
  MVX_TOP_PENDING,
  MVX_TOP_SPOOLED,
  MVX_TOP_FILTERED,
  MVX_TOP_RETRIED,
  MVX_TOP_FAILED,
  MVX_TOP_OPENED,
  MVX_TOP_DEAD,
  MVX_TOP_RECOVERED,
  MVX_TOP_HIGH_WATER,
  MVX_TOP_BYTES,
  MVX_TOP_BATCHES,
  MVX_TOP_QUEUE_MAX,
  MVX_TOP_SPOOL_BYTES,
  MVX_TOP_RETRY_IN_US,
  MVX_TOP_DISPATCH_US,
  MVX_TOP_N_NUMBERS
} MvxTopNumber;

typedef struct
{
  char   *name;       /* "" if it has none */
  char   *label;      /* that, with a number behind it if another sink of the program is called so, too */
  char   *plugin;     /* nullable, as the others */
  char   *state;
  char   *health;
  char   *last_error;
  gint64  numbers[MVX_TOP_N_NUMBERS]; /* or MVX_TOP_UNKNOWN */
  GTree  *refused;    /* gint64 by reason; NULL: unknown */
  GTree  *dropped;
  gint64  times[MVX_TOP_MAX_TIMES]; /* dispatches by duration, class N below 2^N microseconds */
  guint   n_times;    /* classes; the last one has no end. 0: unknown */
  MvxJsonSlice json;
} MvxTopSink;

typedef struct
{
  gint       pid;
  char      *program; /* nullable */
  char      *version; /* nullable */
  gint64     uptime_us;
  gint64     rss_bytes;
  gint64     rss_grown_bytes;
  GPtrArray *sinks;   /* MvxTopSink */
  MvxJsonSlice json;
} MvxTopProgram;

/* @text: one JSON object, which is to outlive it. */
MvxTopProgram *mvx_top_program_new  (gint           pid,
                                     const char    *text);
void           mvx_top_program_free (MvxTopProgram *program);
/* Adds the numbers of @from to those of @to, which is made if need be. Either may be NULL. */
void           mvx_top_add_reasons  (GTree        **to,
                                     GTree         *from);
/* Of all reasons; MVX_TOP_UNKNOWN for NULL. */
gint64         mvx_top_sum_reasons  (GTree         *reasons);
/* Refused and dropped ones of the sink, or of all. NULL: unknown. */
GTree         *mvx_top_sink_lost    (const MvxTopSink    *sink);
GTree         *mvx_top_program_lost (const MvxTopProgram *program);
/* Of nothing that is true, but a sum must not come out negative. */
static inline gint64
mvx_top_add (gint64 a,
             gint64 b)
{
  gint64 sum;

  return __builtin_add_overflow (a, b, &sum) ? G_MAXINT64 : sum;
}

/* Is @key of an object called @name? */
gboolean       mvx_top_is_key       (const MvxJsonSlice *key,
                                     const char         *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxTopProgram, mvx_top_program_free)

G_END_DECLS
