/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lanes into a batch, by time. A binary heap of the lanes that have work, the one with the oldest record on top. */
#include "async/merge-private.h"

static void
mvx_log_merge_sift_down (MvxLogLane **lanes, guint n, guint i)
{
  for (;;)
    {
      guint child = 2 * i + 1;
      MvxLogLane *lane = lanes[i];

      if (child >= n)
        return;
      if (child + 1 < n && lanes[child + 1]->head_ns < lanes[child]->head_ns)
        child++;
      if (lane->head_ns <= lanes[child]->head_ns)
        return;
      lanes[i] = lanes[child];
      lanes[child] = lane;
      i = child;
    }
}

/* An event that brings its own time has no reading of the clock to be compared: it goes with its predecessor. Readings
 * are compared as times, for the source of the clock may have been changed between them. */
static inline void
mvx_log_merge_set_head (const MvxLogDispatcher *self, MvxLogLane *lane, const MvxLogRecord *record)
{
  if (!(record->flags & MVX_LOG_RECORD_REALTIME))
    lane->head_ns = mvx_log_clock_map_convert (&self->clock, record->stamp);
}

/* An own time's predecessor may be of before the clock was set back: it shall not wait for that time to come again. */
static void
mvx_log_merge_set_first_head (const MvxLogDispatcher *self, MvxLogLane *lane, const MvxLogRecord *record)
{
  mvx_log_merge_set_head (self, lane, record);
  if (record->flags & MVX_LOG_RECORD_REALTIME && self->clock.ns > 0)
    lane->head_ns = MIN (lane->head_ns, self->clock.ns);
}

static void
mvx_log_merge_build (MvxLogDispatcher *self, gboolean locked)
{
  guint era = mvx_log_clock_get_era ();

  g_ptr_array_set_size (self->heap, 0);
  for (guint i = 0; i < self->active->len; i++)
    {
      MvxLogLane *lane = g_ptr_array_index (self->active, i);

      if (mvx_log_lane_peek (lane, locked) == NULL)
        continue;
      if (G_UNLIKELY (lane->clock_era != era))
        {
          lane->clock_era = era;
          lane->last_ns = 0;
        }
      g_ptr_array_add (self->heap, lane);
    }
  if (self->heap->len == 0)
    return;
  /* After the records have become visible: no stamp among them is younger than this sample. */
  mvx_log_clock_map_update (&self->clock);
  for (guint i = 0; i < self->heap->len; i++)
    {
      MvxLogLane *lane = g_ptr_array_index (self->heap, i);

      mvx_log_merge_set_first_head (self, lane, mvx_log_lane_peek (lane, locked));
    }
  for (guint i = self->heap->len / 2; i > 0; i--)
    mvx_log_merge_sift_down ((MvxLogLane **) self->heap->pdata, self->heap->len, i - 1);
}

/* Consecutive records mostly come from one place of the program. */
static inline const MvxLogCallsite *
mvx_log_merge_find_site (const MvxLogEvent *last, const MvxLogRecord *record)
{
  if (last && last->record->callsite == record->callsite)
    return last->site;
  return mvx_log_callsite_from_id (record->callsite);
}

static inline void
mvx_log_merge_add (MvxLogDispatcher *self, MvxLogFlight *batch, MvxLogLane *lane, const MvxLogRecord *record)
{
  MvxLogEvent *view = &batch->views[batch->n];
  gint64 ns = (gint64) record->stamp;

  mvx_log_event_view_site (view, record, mvx_log_merge_find_site (batch->n > 0 ? view - 1 : NULL, record));
  if (!(record->flags & MVX_LOG_RECORD_REALTIME))
    lane->last_ns = ns = MAX (lane->head_ns, lane->last_ns);
  view->time_ns = ns;
  view->seq = ++self->seq;
}

/* Records of one segment for as long as they are not younger than @limit, the next record of the other lanes. What the
 * producer has committed is looked at once. */
static void
mvx_log_merge_take_run (MvxLogDispatcher *self, MvxLogFlight *batch, MvxLogLane *lane, gint64 limit)
{
  MvxLogSegment *segment = lane->read_segment;
  guint64 readable = mvx_log_lane_readable (lane);
  guint64 read = lane->read;
  guint n = batch->n;

  while (read < readable && batch->n < batch->max)
    {
      const MvxLogRecord *record = mvx_log_segment_record (segment, read);

      mvx_log_merge_set_head (self, lane, record);
      if (lane->head_ns > limit)
        break;
      mvx_log_merge_add (self, batch, lane, record);
      batch->origins[batch->n] = (MvxLogOrigin){ lane, segment, ++lane->n_read };
      batch->n++;
      read += record->size;
    }
  n = batch->n - n;
  lane->read = read;
  lane->n_unsettled += n;
  segment->unsettled += n;
}

/* The time up to which the topmost lane may be read. */
static gint64
mvx_log_merge_limit (MvxLogLane *const *lanes, guint n)
{
  if (n < 2)
    return G_MAXINT64;
  return n < 3 ? lanes[1]->head_ns : MIN (lanes[1]->head_ns, lanes[2]->head_ns);
}

static void
mvx_log_merge_take (MvxLogDispatcher *self, MvxLogFlight *batch, gboolean locked)
{
  MvxLogLane **lanes = (MvxLogLane **) self->heap->pdata;
  guint n = self->heap->len;

  while (n > 0 && batch->n < batch->max)
    {
      const MvxLogRecord *record;

      mvx_log_merge_take_run (self, batch, lanes[0], mvx_log_merge_limit (lanes, n));
      record = mvx_log_lane_peek (lanes[0], locked);
      if (record)
        mvx_log_merge_set_head (self, lanes[0], record);
      else
        lanes[0] = lanes[--n];
      if (n > 1)
        mvx_log_merge_sift_down (lanes, n, 0);
    }
}

void
mvx_log_merge_fill (MvxLogDispatcher *self, MvxLogFlight *batch)
{
  gboolean locked = self->queue->overflow == MVX_LOG_OVERFLOW_DROP_OLDEST;

  if (locked)
    g_mutex_lock (&self->queue->mutex);
  mvx_log_merge_build (self, locked);
  mvx_log_merge_take (self, batch, locked);
  if (locked)
    g_mutex_unlock (&self->queue->mutex);
}
