/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records of several lanes on their way through dispatch. */
#pragma once

#include "async/gone-tale-private.h"
#include "async/lane-private.h"
#include "event/event-private.h"

#include <mvxlog/plugin-abi.h>

G_BEGIN_DECLS

typedef struct
{
  MvxLogLane    *lane;
  MvxLogSegment *segment;
  guint64        ordinal;
} MvxLogOrigin;

typedef struct _MvxLogFlight MvxLogFlight;

struct _MvxLogFlight
{
  guint                n;      /* events in it */
  guint                done;   /* of these settled */
  guint                offered; /* in the last dispatch, from done on */
  guint                max;
  MvxLogEvent         *views;
  MvxLogEvent        **events; /* what dispatch gets: events + done */
  MvxLogOrigin        *origins;
  MvxLogEvent         *own;    /* the only event in it, one of the worker's own, which has no lane; else NULL */
  MvxLogGone          *told;   /* what it tells of; nullable */

  gboolean             salvaged; /* out of a crash ring, which keeps the events */

  /* Out of a spool. */
  gboolean             spooled;
  MvxLogStreamId       stream;
  MvxLogEvent        **kept;   /* whose views they are */
  guint64             *seqs;   /* settled with each of them: all up to this number */
  gboolean             single; /* one after the other: one of them is refused, and nobody knows which */
  guint                n_calls;        /* of dispatch with more than one event */
  guint                n_single_calls; /* for the next one alone */

  /* PENDING batches */
  guint64              serial;  /* of the last dispatch call */
  gint64               since;   /* when that began; monotonic us */
  gboolean             pending;
  gboolean             completed;
  MvxLogDispatchResult result;
  guint                n_done;
  GError              *why;
};

MvxLogFlight *mvx_log_flight_new   (guint        max);
void         mvx_log_flight_free  (MvxLogFlight *batch);
void         mvx_log_flight_reset (MvxLogFlight *batch);
/* What is put into an empty one comes out of a spool. */
void         mvx_log_flight_make_spooled (MvxLogFlight *batch);

G_END_DECLS
