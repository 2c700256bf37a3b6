/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the producers of an asynchronous sink and its worker share: lanes, the credit that limits waiting events, the
 * memory for them, and what feeds the worker: a GAsyncQueue of commands, and a list of lanes with work. The latter goes
 * through the lanes, for a logging call may not need memory that there might not be.
 *
 * Credit keeps the limit exact: max_events units stand in the pool, in lanes (limit - n_accepted) or for waiting events.
 * A lane takes them in chunks. Before an overflow is reported the idle credit of the other lanes is called in.
 */
#pragma once

#include "async/async-config-private.h"
#include "async/lane-private.h"

G_BEGIN_DECLS

/* What the worker is doing: only LAZY and ASLEEP need a wake-up. */
typedef enum
{
  MVX_LOG_WORKER_BUSY,
  MVX_LOG_WORKER_LINGERING,
  MVX_LOG_WORKER_LAZY,
  MVX_LOG_WORKER_ASLEEP
} MvxLogWorkerMood;

/* Events that were lost because the queue was full, since the last time that it was told. */
typedef struct
{
  guint64 count; /* atomic: looked at without the mutex */
  gint64  first_ns;
  gint64  last_ns;
  gint64  since_us;
} MvxLogLoss;

struct _MvxLogQueue
{
  /* Read by every logging call, written seldom. */
  gint            accepting;  /* atomic; after it is in use, mvx_log_queue_set_accepting() */
  gint            virgin;     /* atomic: the sink has not been started; first_use does so */
  void          (*first_use) (gpointer owner);
  gpointer        owner;
  char           *name;       /* of the sink */
  guint           number;     /* index in MvxLogThread.lanes */
  gint            gone;       /* atomic: the sink is; only lanes of threads that used it are left */
  MvxLogOverflow  overflow;
  gboolean        lazy;
  gint64          max_events;
  guint64         max_bytes;
  gint64          chunk;      /* credit taken at a time */
  guint32         max_record; /* bytes; what is larger is cut */
  gint64          reserve;    /* BELOW_LEVEL: credit kept for ERROR and above */
  gint64          block_timeout_us;

  gint64          pool __attribute__ ((aligned (MVX_LOG_CACHE_LINE))); /* atomic: free credit */
  gint            mood;       /* atomic: MvxLogWorkerMood */
  gint            kicked;     /* atomic: a producer wants the worker to look before its time */
  gint            n_waiting;  /* atomic: producers that wait for space */
  guint           n_retired;  /* atomic: lanes that are retired and not put away yet */
  guint64         n_wakeups;  /* atomic */
  guint64         refused[MVX_LOG_N_REASONS]; /* atomic */
  guint64         dropped[MVX_LOG_N_REASONS]; /* atomic */
  guint64         lost[MVX_LOG_N_LEVEL_CLASSES][MVX_LOG_N_REASONS]; /* atomic: both */

  GAsyncQueue    *commands __attribute__ ((aligned (MVX_LOG_CACHE_LINE)));
  MvxLogLane     *announced;  /* atomic: the last lane on its way to the worker */
  GMainContext   *context;    /* atomic: NULL before the first start; once it is there it stays */
  gint            ref_count;  /* atomic: the sink and every lane that a thread holds */

  gint            n_helping;  /* atomic: who runs the worker while nobody iterates the context */
  GMutex          help_mutex; /* what follows; inside mutex */
  GCond           helped;
  guint64         n_looks;    /* reasons to look again */

  char           *ring_dir;   /* NULL: crash-ring=off */
  gboolean        ring_tried; /* who starts the sink, with its mutex */
  MvxLogRing     *ring;       /* atomic: set before anything is accepted; once it is there it stays */
  char           *ring_problem; /* atomic: why there is none, for the worker to tell */

  GMutex          mutex;      /* what follows; with DROP_OLDEST also the consumer's part of every lane */
  GCond           space;      /* credit or memory has come back, or acceptance has ended */
  MvxLogLane     *lanes;      /* all that are not free */
  guint           n_lanes;
  MvxLogLane     *free_lanes;
  guint           n_free_lanes;
  MvxLogSegment  *free_segments;
  guint           n_free_segments;
  guint64         bytes;      /* in segments of lanes */
  GPtrArray      *flushes;    /* whose marks on lanes are about; borrowed */
  MvxLogLoss      loss;
  guint64         gone_accepted; /* counters of lanes that were put away, and of events that were in none */
  guint64         gone_bytes;
};

/* @context (nullable): the worker's; without one there is nobody to be woken before it is set. */
MvxLogQueue *mvx_log_queue_new        (const MvxLogAsyncConfig *config,
                                       GMainContext            *context);
/* Keeps the one that it has. From one thread at a time. */
void         mvx_log_queue_set_context (MvxLogQueue            *queue,
                                       GMainContext            *context);
MvxLogQueue *mvx_log_queue_ref        (MvxLogQueue             *queue);
void         mvx_log_queue_unref      (MvxLogQueue             *queue);

/* A command or a lane for the worker, who is not woken by it. Any thread. */
void         mvx_log_queue_push       (MvxLogQueue             *queue,
                                       gpointer                 command);
void         mvx_log_queue_push_lane  (MvxLogQueue             *queue,
                                       MvxLogLane              *lane);
/* Worker: the next command, or NULL; and the lanes that were pushed before it, and maybe some more, oldest first. */
gpointer     mvx_log_queue_pop        (MvxLogQueue             *queue,
                                       MvxLogLane             **lanes);
gboolean     mvx_log_queue_has_input   (MvxLogQueue             *queue);

/* Producers, outside the quiesce region. */

/* The calling thread's lane, made if need be; NULL if there is no memory for it. */
MvxLogLane  *mvx_log_queue_make_lane  (MvxLogQueue             *queue,
                                       MvxLogThread            *thread);
/* Makes room for a record of @size bytes: a new segment, credit, or what the overflow policy says. TRUE: try again;
 * FALSE: refused for @reason, counted. */
gboolean     mvx_log_queue_make_room  (MvxLogQueue             *queue,
                                       MvxLogThread            *thread,
                                       MvxLogLane              *lane,
                                       guint32                  size,
                                       gint                     level,
                                       MvxLogReason            *reason);
/* Puts a finished record into the calling thread's lane. For everything but the fast path. */
gboolean     mvx_log_queue_put        (MvxLogQueue             *queue,
                                       MvxLogThread            *thread,
                                       const MvxLogRecord      *record,
                                       MvxLogReason            *reason);
void         mvx_log_queue_refuse     (MvxLogQueue             *queue,
                                       gint                     level,
                                       MvxLogReason             reason);
/* Counts an accepted event as lost. Anywhere. */
void         mvx_log_queue_drop       (MvxLogQueue             *queue,
                                       gint                     level,
                                       MvxLogReason             reason);

/* Producers, inside the region. */

/* Credit and the segment that the worker has given back, if both can be had without waiting: room for @size bytes in the
 * calling thread's lane, else NULL. */
guint8      *mvx_log_queue_refill     (MvxLogQueue             *queue,
                                       MvxLogLane              *lane,
                                       guint32                  size,
                                       gint                     level);

/* Producers, anywhere. */

/* Tells the worker of a lane that it does not have. */
void         mvx_log_queue_announce   (MvxLogQueue             *queue,
                                       MvxLogLane              *lane);
/* Makes whoever runs the worker look: the thread that iterates the context, or those who help out. With or without the
 * mutex. */
void         mvx_log_queue_wake_worker (MvxLogQueue            *queue);
/* The latter only. */
void         mvx_log_queue_wake_helpers (MvxLogQueue           *queue);
/* Makes the worker look now, if it does not do so anyway. */
void         mvx_log_queue_kick       (MvxLogQueue             *queue);

/* Worker. */

/* Events are settled: their credit is free again. */
void         mvx_log_queue_give_back  (MvxLogQueue             *queue,
                                       guint                    n_events);
/* A retired lane that is drained: into the free list. */
void         mvx_log_queue_put_away   (MvxLogQueue             *queue,
                                       MvxLogLane              *lane);
/* If there is to be a crash ring: before the first lane, and not where an event comes that finds no memory. */
void         mvx_log_queue_open_ring  (MvxLogQueue             *queue);
/* Tells of what the crash ring does not protect. */
void         mvx_log_queue_tell_ring  (MvxLogQueue             *queue);
/* With the mutex. NULL if the memory limit is reached, unless @must: a lane never has to do without a first segment; or
 * if the system has no memory. */
MvxLogSegment *mvx_log_queue_take_segment (MvxLogQueue         *queue,
                                           guint32              size,
                                           gboolean             must);
/* The lane's thread has ended, or has found a lane of a sink that is gone. */
void         mvx_log_queue_retire     (MvxLogLane              *lane);
/* Everything is settled, and nothing more is accepted: the files of the crash ring go. Threads may keep their lanes. */
void         mvx_log_queue_retire_ring (MvxLogQueue            *queue);
/* The sink is gone. Its threads give their lanes back when they come to another sink, or end. */
void         mvx_log_queue_abandon    (MvxLogQueue             *queue);
/* Whether credit is given. */
void         mvx_log_queue_set_accepting (MvxLogQueue          *queue,
                                          gboolean              accepting);
/* Acceptance has ended: what was accepted is in a lane when this returns, nobody has credit any more, and whoever waits
 * for space gives up. */
void         mvx_log_queue_close      (MvxLogQueue             *queue);

guint64      mvx_log_queue_n_accepted (MvxLogQueue             *queue,
                                       guint64                 *n_bytes);

static inline MvxLogLane *
mvx_log_queue_lane (const MvxLogQueue  *queue,
                    const MvxLogThread *thread)
{
  MvxLogLane *lane;

  if (MVX_LOG_UNLIKELY (queue->number >= thread->n_lanes))
    return NULL;
  lane = thread->lanes[queue->number];
  return MVX_LOG_LIKELY (lane != NULL && lane->queue == queue) ? lane : NULL;
}

/* Room for @size bytes in the thread's @lane, or NULL: it has no lane yet, there is neither room nor credit to be had
 * without waiting, or the record is too large. A queue that does not accept gives no credit. Inside the region. */
static inline guint8 *
mvx_log_queue_reserve (MvxLogQueue        *queue,
                       const MvxLogThread *thread,
                       guint32             size,
                       gint                level,
                       MvxLogLane        **lane)
{
  guint8 *p;

  *lane = mvx_log_queue_lane (queue, thread);
  if (MVX_LOG_UNLIKELY (*lane == NULL || size > queue->max_record))
    return NULL;
  p = mvx_log_lane_reserve (*lane, size);
  return MVX_LOG_LIKELY (p != NULL) ? p : mvx_log_queue_refill (queue, *lane, size, level);
}

/* What has to happen after every commit. Inside the region. */
static inline void
mvx_log_queue_commit (MvxLogQueue *queue,
                      MvxLogLane  *lane,
                      guint32      size,
                      gint         level)
{
  if (MVX_LOG_UNLIKELY (!mvx_log_lane_commit (lane, size)))
    mvx_log_queue_announce (queue, lane);
  else if (MVX_LOG_UNLIKELY (level >= MVX_LOG_LEVEL_ERROR && queue->lazy))
    mvx_log_queue_kick (queue);
}

G_END_DECLS
