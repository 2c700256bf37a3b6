/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lane's segments, and the consumer's side of it: reading records, giving segments back. */
#include <sys/mman.h>

#include "async/lane-private.h"

/* Not malloc: a segment is allocated on one thread and freed on another. With thousands of short-lived threads that
 * would leave holes in every arena that never close. Every page is there now, when there is work to do anyway, rather
 * than for the logging call that comes to it first. */
MvxLogSegment *
mvx_log_segment_new (MvxLogRing *ring, guint32 size)
{
  gsize n_bytes = sizeof (MvxLogSegment) + size;
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
  MvxLogSegment *segment = NULL;
  guint32 slot = 0;

  if (ring)
    segment = mvx_log_ring_map (ring, MVX_LOG_RING_SEGMENT, n_bytes, MVX_LOG_SEGMENT_HEAD, &slot);
  if (segment == NULL)
    segment = mmap (NULL, n_bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (segment == MAP_FAILED)
    return NULL;
  segment->size = size;
  segment->slot = slot;
  mvx_log_segment_reset (segment);
  return segment;
}

void
mvx_log_segment_free (MvxLogRing *ring, MvxLogSegment *segment)
{
  if (segment->slot > 0)
    mvx_log_ring_unmap (ring, segment);
  else
    munmap (segment, sizeof *segment + segment->size);
}

void
mvx_log_segment_reset (MvxLogSegment *segment)
{
  /* First of all, in the order of the program: a killed one leaves nothing half of which is new. */
  __atomic_store_n (&segment->lane, 0, __ATOMIC_RELAXED);
  __atomic_signal_fence (__ATOMIC_SEQ_CST);
  segment->next = NULL;
  segment->unsettled = 0;
  segment->finished = FALSE;
}

void
mvx_log_lane_go_on (MvxLogLane *lane, MvxLogSegment *segment)
{
  MvxLogSegment *full = lane->segment;

  segment->start = lane->position;
  segment->first = lane->n_accepted;
  __atomic_signal_fence (__ATOMIC_SEQ_CST);
  __atomic_store_n (&segment->lane, lane->slot, __ATOMIC_RELAXED);
  lane->segment = segment;
  lane->origin = (guintptr) segment->data - (guintptr) lane->position;
  lane->end = lane->position + segment->size;
  if (full == NULL)
    return;
  full->end = lane->position;
  /* Pairs with the acquire in mvx_log_lane_readable(). */
  __atomic_store_n (&full->next, segment, __ATOMIC_RELEASE);
}

static void
mvx_log_lane_recycle (MvxLogLane *lane, MvxLogSegment *segment, gboolean locked)
{
  MvxLogSegment *expected = NULL;

  /* The usual way: straight back to the producer, which alternates between two. Pairs with its exchange. */
  mvx_log_segment_reset (segment);
  if (segment->size == MVX_LOG_SEGMENT_DATA
      && __atomic_compare_exchange_n (&lane->spare, &expected, segment, FALSE, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
    return;
  mvx_log_queue_return_segment (lane->queue, segment, locked);
}

/* Goes to the next segment if this one is read to its end and the producer has left it. */
static gboolean
mvx_log_lane_advance (MvxLogLane *lane, gboolean locked)
{
  MvxLogSegment *segment = lane->read_segment;
  MvxLogSegment *next = __atomic_load_n (&segment->next, __ATOMIC_ACQUIRE);

  if (next == NULL || lane->read < segment->end)
    return FALSE;
  segment->finished = TRUE;
  lane->read_segment = next;
  if (segment->unsettled == 0)
    mvx_log_lane_recycle (lane, segment, locked);
  return TRUE;
}

const MvxLogRecord *
mvx_log_lane_peek (MvxLogLane *lane, gboolean locked)
{
  do
    if (lane->read < mvx_log_lane_readable (lane))
      return mvx_log_segment_record (lane->read_segment, lane->read);
  while (mvx_log_lane_advance (lane, locked));
  return NULL;
}

const MvxLogRecord *
mvx_log_lane_take (MvxLogLane *lane, MvxLogSegment **segment, gboolean locked)
{
  const MvxLogRecord *record = mvx_log_lane_peek (lane, locked);

  if (record == NULL)
    return NULL;
  *segment = lane->read_segment;
  lane->read_segment->unsettled++;
  lane->read += record->size;
  lane->n_read++;
  lane->n_unsettled++;
  return record;
}

void
mvx_log_lane_settle (MvxLogLane *lane, MvxLogSegment *segment, guint64 ordinal, gboolean locked)
{
  lane->n_unsettled--;
  if (--segment->unsettled == 0 && segment->finished)
    mvx_log_lane_recycle (lane, segment, locked);
  /* Last: a thread that ends takes a lane that is settled to its end away. Pairs with the acquire there. */
  __atomic_store_n (&lane->settled, lane->n_unsettled == 0 ? lane->n_read : ordinal, __ATOMIC_RELEASE);
}

gboolean
mvx_log_lane_skip (MvxLogLane *lane)
{
  MvxLogSegment *segment;

  if (mvx_log_lane_take (lane, &segment, TRUE) == NULL)
    return FALSE;
  /* Older records may still be in dispatch: then they, not this one, say how far the lane is settled. */
  mvx_log_lane_settle (lane, segment, lane->settled, TRUE);
  return TRUE;
}
