/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lane: a chain of byte segments that one thread writes and one worker reads. In steady state an event costs no lock,
 * no allocation, no system call and no write to memory that another thread writes, too.
 */
#pragma once

#include <mvxlog/level.h>

#include "async/ring-private.h"
#include "base/likely-private.h"
#include "base/quiesce-private.h"
#include "event/record-private.h"

G_BEGIN_DECLS

#define MVX_LOG_CACHE_LINE 64
#define MVX_LOG_SEGMENT_DATA (64 * 1024 - MVX_LOG_CACHE_LINE)

typedef struct _MvxLogLane MvxLogLane;
typedef struct _MvxLogQueue MvxLogQueue;
typedef struct _MvxLogSegment MvxLogSegment;

/* Positions count the bytes of a lane, through all of its segments. */
struct _MvxLogSegment
{
  MvxLogSegment *next;      /* atomic, producer: set once nothing more is written here */
  guint64        start;     /* producer: position of data */
  guint64        end;       /* producer: position of the next one's data, before next is set */
  guint32        size;      /* of data */
  guint32        unsettled; /* consumer: records taken, not settled */
  gboolean       finished;  /* consumer: has gone on to the next one */
  guint32        slot;      /* of its file in the crash ring; 0: none */
  guint32        lane;      /* producer: slot of the lane whose it is; 0: of none, and what is in it means nothing */
  guint64        first;     /* producer: records of the lane before the first one in it */
  guint8         data[] __attribute__ ((aligned (MVX_LOG_CACHE_LINE)));
};

struct _MvxLogLane
{
  /* Everything that a logging call touches, in one cache line. Written by the producer, but for the first two. */
  gint           announced;   /* atomic: the worker has it or will get it; written by both, rarely */
  guint64        limit;       /* atomic: how far n_accepted may go; lowered by whoever calls credit in */
  guint64        n_accepted;  /* atomic, relaxed: read by the ledger */
  guint64        position;    /* atomic: what is before has been committed */
  guint64        end;         /* of the segment, as a position */
  guintptr       origin;      /* the address at which position 0 would be, were the segment so long */
  MvxLogSegment *segment;
  MvxLogQueue   *queue;       /* never changes */

  MvxLogLane    *next __attribute__ ((aligned (MVX_LOG_CACHE_LINE))); /* queue->mutex: list of all lanes, or of free ones */
  MvxLogThread  *thread;      /* queue->mutex: owner, NULL once it has ended */
  guint64        called_in;   /* queue->mutex: the limit it had, while its credit is called in */
  guint64        begin;       /* queue->mutex: position at which the owner began */
  gint           retired;     /* atomic: the thread has ended; drain it and put it away */
  gint           n_watches;   /* atomic: of watches */
  MvxLogSegment *spare;       /* atomic: an empty segment on its way back to the producer */
  GQueue         watches;     /* queue->mutex: records that somebody waits for, oldest first */

  /* Written by the consumer. With DROP_OLDEST under queue->mutex. */
  MvxLogSegment *read_segment __attribute__ ((aligned (MVX_LOG_CACHE_LINE)));
  guint64        read;        /* position */
  guint64        n_read;      /* records taken, dropped ones included */
  guint64        n_unsettled; /* taken, not settled yet */
  guint64        settled;     /* atomic: everything up to this record is settled */
  gint64         head_ns;     /* time of the next record, while merging */
  gint64         last_ns;     /* time stamps of a lane never run backwards */
  guint          clock_era;   /* but for the clock of a test */
  gboolean       active;      /* in the worker's list */
  MvxLogLane    *next_announced; /* on its way to the worker: the one before it */
  guint32        slot;        /* of its file in the crash ring; 0: none */
};

G_STATIC_ASSERT (G_STRUCT_OFFSET (MvxLogLane, next) == MVX_LOG_CACHE_LINE);

/* What a reader of the crash ring takes for the data of nobody. */
#define MVX_LOG_SEGMENT_HEAD G_STRUCT_OFFSET (MvxLogSegment, data)

/* NULL: the system has no memory, and the event is refused. */
MvxLogSegment *mvx_log_segment_new   (MvxLogRing    *ring, /* nullable; what has no room there is memory */
                                      guint32        size);
void           mvx_log_segment_free  (MvxLogRing    *ring,
                                      MvxLogSegment *segment);
void           mvx_log_segment_reset (MvxLogSegment *segment);

/* Consumer. @locked says whether queue->mutex is held. */
const MvxLogRecord *mvx_log_lane_peek (MvxLogLane     *lane,
                                       gboolean        locked);
/* Takes the next record; it and its segment stay until they are settled. */
const MvxLogRecord *mvx_log_lane_take (MvxLogLane     *lane,
                                       MvxLogSegment **segment,
                                       gboolean        locked);
/* Settles the record with this ordinal (n_read when it was taken), in the order of taking. */
void           mvx_log_lane_settle     (MvxLogLane    *lane,
                                        MvxLogSegment *segment,
                                        guint64        ordinal,
                                        gboolean       locked);
/* Drops the oldest record that has not been taken. With queue->mutex. */
gboolean       mvx_log_lane_skip       (MvxLogLane    *lane);

/* Upwards: the queue keeps the memory. */
void           mvx_log_queue_return_segment (MvxLogQueue   *queue,
                                             MvxLogSegment *segment,
                                             gboolean       locked);

/* Has everything that was ever committed been settled? Anywhere, but exact only if nobody writes. */
static inline gboolean
mvx_log_lane_is_settled (const MvxLogLane *lane)
{
  return __atomic_load_n (&lane->settled, __ATOMIC_ACQUIRE) == __atomic_load_n (&lane->n_accepted, __ATOMIC_RELAXED);
}

/* May the lane take another record? Producer, inside the region. */
static inline gboolean
mvx_log_lane_has_credit (const MvxLogLane *lane)
{
  return lane->n_accepted < __atomic_load_n (&lane->limit, __ATOMIC_RELAXED);
}

/* Where the next record goes. Producer. */
static inline guint8 *
mvx_log_lane_spot (const MvxLogLane *lane)
{
  return (guint8 *) (lane->origin + (guintptr) lane->position);
}

/* Where to write @size bytes, or NULL if there is neither room nor credit. Producer, inside the region. */
static inline guint8 *
mvx_log_lane_reserve (const MvxLogLane *lane,
                      guint32           size)
{
  if (MVX_LOG_LIKELY (lane->end - lane->position >= size && mvx_log_lane_has_credit (lane)))
    return mvx_log_lane_spot (lane);
  return NULL;
}

/* Publishes what was written; FALSE if the worker has to be told of the lane. The release pairs with the consumer's
 * acquire of position. `announced` needs no fence here: the worker takes it back before it sleeps, and then looks at
 * the owner's inside word, which was set with one. */
static inline gboolean
mvx_log_lane_commit (MvxLogLane *lane,
                     guint32     size)
{
  __atomic_store_n (&lane->n_accepted, lane->n_accepted + 1, __ATOMIC_RELAXED);
  __atomic_store_n (&lane->position, lane->position + size, __ATOMIC_RELEASE);
  return __atomic_load_n (&lane->announced, __ATOMIC_RELAXED) != 0;
}

/* Producer, once the segment is full or for the first one: goes on in @segment. */
void mvx_log_lane_go_on (MvxLogLane    *lane,
                         MvxLogSegment *segment);

/* The record at @position of @segment. */
static inline const MvxLogRecord *
mvx_log_segment_record (const MvxLogSegment *segment,
                        guint64              position)
{
  return (const MvxLogRecord *) (gconstpointer) (segment->data + (position - segment->start));
}

/* How far the consumer may read in its segment now. What was committed is looked at before what follows the segment: if
 * there is nothing then, all of it lies in this one. */
static inline guint64
mvx_log_lane_readable (const MvxLogLane *lane)
{
  guint64 committed = __atomic_load_n (&lane->position, __ATOMIC_ACQUIRE);

  return __atomic_load_n (&lane->read_segment->next, __ATOMIC_ACQUIRE) ? lane->read_segment->end : committed;
}

G_END_DECLS
