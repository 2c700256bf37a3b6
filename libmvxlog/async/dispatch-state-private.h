/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a worker knows of its dispatching: lanes, batches on their way, retries. Only used on the worker, but for the
 * counters.
 */
#pragma once

#include "async/flight-private.h"
#include "async/flush-private.h"
#include "async/queue-private.h"
#include "async/salvage-private.h"
#include "async/spooler-private.h"
#include "base/clock-private.h"
#include "sink/sink-private.h"

G_BEGIN_DECLS

typedef MvxLogDispatchResult (*MvxLogDispatchFunc) (gpointer            data,
                                                    MvxLogEvent *const *events,
                                                    guint               n_events,
                                                    guint              *n_done,
                                                    GError            **error);

typedef struct
{
  MvxLogQueue       *queue;
  MvxLogDispatchFunc func;
  gpointer           data;
  const char        *name;        /* of the sink, for diagnostics */
  MvxLogSinkCommon  *common;      /* of the sink: level, health, fallback; NULL takes everything */
  MvxLogAsyncConfig  config;

  GPtrArray         *active;      /* lanes that may have work */
  GPtrArray         *heap;        /* lanes with work, oldest record first, while a batch is filled */
  MvxLogClockMap     clock;
  guint64            seq;
  GQueue             in_flight;   /* batches, oldest first; the head may be waiting for a retry */
  MvxLogFlight       *spare;
  GQueue             flushes;
  GRand             *jitter;

  MvxLogSpooler     *spooler;     /* NULL: delivery=queue */
  MvxLogSalvage     *salvage;     /* what former processes have left in their crash rings; NULL: nothing */
  MvxLogFlight       *held;        /* from the lanes, for which there is no room in the spool; else NULL */
  gint64             held_until;  /* then it is tried again; 0 if the last attempt went well */
  guint64            n_intakes;   /* batches that went there */
  MvxLogLoss         newest;      /* dropped for want of room in the spool, and not told of */

  GQueue             gone;        /* MvxLogGone: accepted, lost, and not told of */
  gint64             gone_told;   /* when it was the last time; monotonic us */
  gint64             gone_not_before;
  gboolean           gone_deaf;   /* what told of them did not arrive, nor has anything else since */
  char              *reject_why;  /* with the queue's mutex: of the last event that was rejected alone; nullable */

  guint              attempts;    /* of the head batch */
  gint64             retry_at;    /* monotonic us; 0 if none is waiting; atomic: others see it, and only the worker sets it */
  gint64             retry_since;

  guint              failures;    /* dispatches in a row that nothing came of */
  gboolean           open;        /* the circuit; half-open from probe_at on */
  gint64             probe_at;
  char              *trouble;     /* why the last of them failed; with the queue's mutex */
  gboolean           hurry;       /* the sink is stopping */

  /* atomic, relaxed: written by the worker, read by the ledger */
  guint64            n_delivered;
  guint64            n_salvaged;  /* events of former processes, without what is left to the next one */
  guint64            n_diverted;
  guint64            n_opened;
  guint64            n_retried;
  guint64            n_failed;
  guint64            n_batches;
  guint64            high_water;
  guint64            dispatch_time[MVX_LOG_N_TIME_CLASSES];
  guint64            dispatch_us;
  gint64             dispatch_since; /* monotonic us; 0 if the sink is not in a dispatch */
  gint               rejects; /* atomic: the sink has rejected single events, and may do so again */
} MvxLogDispatcher;

/* Nothing more is dispatched before @when. */
static inline void
mvx_log_dispatch_state_wait_until (MvxLogDispatcher *self,
                                   gint64            when)
{
  __atomic_store_n (&self->retry_at, when, __ATOMIC_RELAXED);
}

/* An empty batch, and back with it. */
MvxLogFlight *mvx_log_dispatch_state_take_batch (MvxLogDispatcher *self);
void         mvx_log_dispatch_state_put_batch  (MvxLogDispatcher *self,
                                                MvxLogFlight     *batch);
/* Readable from any thread. */
void         mvx_log_dispatcher_get_counters   (MvxLogDispatcher *self,
                                                MvxLogCounters   *counters);
/* A batch of in_flight is settled. */
void         mvx_log_dispatch_state_done_with  (MvxLogDispatcher *self,
                                                MvxLogFlight     *batch);

G_END_DECLS
