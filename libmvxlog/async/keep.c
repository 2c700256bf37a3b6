/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/keep-private.h"

#include <gio/gio.h>

#include "async/lane-private.h"

struct _MvxLogKeep
{
  MvxLogRing *ring;
  MvxLogLane *lane;
  MvxLogSegment *first; /* the oldest, and by `next` the others, up to lane->segment */
  MvxLogSegment *spare; /* nullable */
};

/* What lies in memory of the process would be a hole. */
static MvxLogSegment *
mvx_log_keep_new_segment (MvxLogKeep *self, guint32 size)
{
  MvxLogSegment *segment = self->spare;

  if (segment && segment->size >= size)
    {
      self->spare = NULL;
      return segment;
    }
  segment = mvx_log_segment_new (self->ring, MAX (size, MVX_LOG_SEGMENT_DATA));
  if (segment && segment->slot == 0)
    {
      mvx_log_segment_free (self->ring, segment);
      segment = NULL;
    }
  return segment;
}

static gboolean
mvx_log_keep_refuse (MvxLogKeep *self, GError **error)
{
  g_autofree char *problem = mvx_log_ring_take_problem (self->ring);

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, problem ? problem : "There is no memory");
  return FALSE;
}

MvxLogKeep *
mvx_log_keep_new (const char *directory, GError **error)
{
  MvxLogRing *ring = mvx_log_ring_new (directory, sizeof (MvxLogLane), sizeof (MvxLogSegment), error);
  g_autoptr (MvxLogKeep) self = NULL;
  guint32 slot;

  if (ring == NULL)
    return NULL;
  self = g_new0 (MvxLogKeep, 1);
  self->ring = ring;
  self->first = mvx_log_keep_new_segment (self, 0);
  if (self->first)
    self->lane = mvx_log_ring_map (ring, MVX_LOG_RING_LANE, sizeof *self->lane, sizeof *self->lane, &slot);
  if (self->lane == NULL)
    {
      mvx_log_keep_refuse (self, error);
      return NULL;
    }
  self->lane->slot = slot;
  mvx_log_lane_go_on (self->lane, self->first);
  return g_steal_pointer (&self);
}

gboolean
mvx_log_keep_add (MvxLogKeep *self, const MvxLogEvent *event, GError **error)
{
  MvxLogLane *lane = self->lane;
  const guint32 size = event->record->size;
  MvxLogRecord *record;

  if (lane->end - lane->position < size)
    {
      MvxLogSegment *segment = mvx_log_keep_new_segment (self, size);

      if (segment == NULL)
        return mvx_log_keep_refuse (self, error);
      mvx_log_lane_go_on (lane, segment);
    }
  record = (MvxLogRecord *) (gpointer) mvx_log_lane_spot (lane);
  memcpy (record, event->record, size);
  record->stamp = (guint64) event->time_ns;
  record->flags |= MVX_LOG_RECORD_REALTIME;
  mvx_log_lane_commit (lane, size);
  return TRUE;
}

static void
mvx_log_keep_recycle (MvxLogKeep *self, MvxLogSegment *segment)
{
  mvx_log_segment_reset (segment);
  if (self->spare)
    mvx_log_segment_free (self->ring, segment);
  else
    self->spare = segment;
}

void
mvx_log_keep_drop (MvxLogKeep *self, guint n)
{
  const guint64 settled = self->lane->settled + n;
  MvxLogSegment *done;

  /* For whoever reads it later, before what it counts goes. */
  __atomic_store_n (&self->lane->settled, settled, __ATOMIC_RELEASE);
  while ((done = self->first)->next && done->next->first <= settled)
    {
      self->first = done->next;
      mvx_log_keep_recycle (self, done);
    }
}

void
mvx_log_keep_free (MvxLogKeep *self)
{
  MvxLogSegment *next;

  mvx_log_ring_retire (self->ring);
  for (MvxLogSegment *segment = self->first; segment; segment = next)
    {
      next = segment->next;
      mvx_log_segment_free (self->ring, segment);
    }
  if (self->spare)
    mvx_log_segment_free (self->ring, self->spare);
  if (self->lane)
    mvx_log_ring_unmap (self->ring, self->lane);
  mvx_log_ring_free (self->ring);
  g_free (self);
}
