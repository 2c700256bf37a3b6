/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "durable/spool-cursor-private.h"

#include <errno.h>
#include <gio/gio.h>

#include "durable/disk-private.h"
#include "durable/spool-segment-private.h"

#define MVX_LOG_CURSOR_BATCH_BYTES (4u * 1024 * 1024)
#define MVX_LOG_CURSOR_ATTEMPTS 3

/* The batch that is being filled: items have offsets until the buffer does not move any more. */
typedef struct
{
  guint max;
  GArray *items;
  MvxLogBuffer bytes;
} MvxLogSpoolFill;

static void
mvx_log_spool_cursor_close (MvxLogSpoolStream *self)
{
  mvx_log_scan_clear (&self->scan);
  self->scan = (MvxLogScan){ .fd = -1 };
  self->scanning = FALSE;
  self->at = G_MAXSIZE;
}

/* Back to where something was missing. What has been read meanwhile is passed over. */
static void
mvx_log_spool_cursor_return (MvxLogSpoolStream *self)
{
  mvx_log_spool_cursor_close (self);
  g_mutex_lock (&self->tally->mutex);
  self->scan_id = self->return_id - 1;
  g_mutex_unlock (&self->tally->mutex);
  self->return_id = 0;
}

/* The segment has been read, or given up. What is then known to be missing from it is lost. */
static void
mvx_log_spool_cursor_leave (MvxLogSpoolStream *self)
{
  guint64 first_seq = self->scan.header.first_seq;
  MvxLogSpoolTrack *track;

  if (self->scanning && (self->scan.torn > 0 || self->scan.known_next > 0))
    self->reason = MVX_LOG_SPOOL_LOSS_DAMAGED;
  mvx_log_spool_cursor_close (self);
  g_mutex_lock (&self->tally->mutex);
  track = mvx_log_spool_stream_find (self, self->scan_id);
  if (track && !track->done)
    {
      gboolean last = self->scan_id == g_array_index (self->tracks, MvxLogSpoolTrack, self->tracks->len - 1).id;

      /* Of what stood last in a stream of a process that is gone, and cannot be read, nobody knows whether it had ever
       * been said to be taken: only the next frame tells that something is missing. */
      track->end_seq = track->sure = last ? MAX (self->next_read, self->end_seq) : self->next_read;
      track->done = TRUE;
      if (last && self->next_read == 0)
        self->next_read = self->next_ack = MAX (1, MIN (track->end_seq, first_seq));
    }
  if (track && self->next_read > 0 && self->next_read < track->sure)
    {
      mvx_log_spool_stream_lose (self, self->reason, self->next_read, track->sure);
      self->next_read = track->sure;
    }
  g_mutex_unlock (&self->tally->mutex);
}

static void
mvx_log_spool_cursor_quarantine (MvxLogSpoolStream *self)
{
  char name[MVX_LOG_SEGMENT_NAME];

  mvx_log_segment_name (self->scan_id, name);
  mvx_log_spool_home_quarantine (self->home, name);
  self->reason = MVX_LOG_SPOOL_LOSS_DAMAGED;
  g_mutex_lock (&self->tally->mutex);
  self->tally->n_quarantined++;
  g_mutex_unlock (&self->tally->mutex);
  mvx_log_spool_cursor_leave (self);
}

/* An error that may pass is reported; if it does not, the segment is put aside for somebody to look at. */
static MvxLogScanStep
mvx_log_spool_cursor_fail (MvxLogSpoolStream *self, GError **error)
{
  gboolean scarce = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
  gboolean no_file = errno == ELOOP || errno == EINVAL;
  char name[MVX_LOG_SEGMENT_NAME];

  if (no_file || (!scarce && ++self->n_failures >= MVX_LOG_CURSOR_ATTEMPTS))
    {
      self->n_failures = 0;
      mvx_log_spool_cursor_quarantine (self);
      return MVX_LOG_SCAN_END;
    }
  mvx_log_segment_name (self->scan_id, name);
  mvx_log_disk_set_error (error, errno, "Cannot read spool segment", self->home->path, name);
  mvx_log_spool_cursor_close (self);
  g_mutex_lock (&self->tally->mutex);
  self->scan_id--;
  g_mutex_unlock (&self->tally->mutex);
  return MVX_LOG_SCAN_ERROR;
}

/* The segment that is being written is not there: who writes will notice, and write again what is not lost. */
static gboolean
mvx_log_spool_cursor_awaits_writer (MvxLogSpoolStream *self)
{
  gboolean live;

  g_mutex_lock (&self->tally->mutex);
  live = self->scan_id == self->live_id;
  if (live)
    self->scan_id--;
  g_mutex_unlock (&self->tally->mutex);
  return live;
}

/* Chooses the segment behind the latest one; FALSE if there is none. */
static gboolean
mvx_log_spool_cursor_choose (MvxLogSpoolStream *self)
{
  gboolean found = FALSE;

  g_mutex_lock (&self->tally->mutex);
  for (guint i = 0; i < self->tracks->len && !found; i++)
    {
      guint64 id = g_array_index (self->tracks, MvxLogSpoolTrack, i).id;

      if (id <= self->scan_id)
        continue;
      self->scan_id = id;
      found = TRUE;
    }
  g_mutex_unlock (&self->tally->mutex);
  return found;
}

/* FRAME: it can be read; END: there is nothing in it, go on with the next one or @wait. */
static MvxLogScanStep
mvx_log_spool_cursor_open (MvxLogSpoolStream *self, gboolean *wait, GError **error)
{
  char name[MVX_LOG_SEGMENT_NAME];
  MvxLogHeaderState state;
  int fd;

  mvx_log_segment_name (self->scan_id, name);
  *wait = FALSE;
  fd = mvx_log_disk_open_file (self->home->fd, name);
  if (fd < 0 && errno == ENOENT)
    {
      *wait = mvx_log_spool_cursor_awaits_writer (self);
      if (!*wait)
        mvx_log_spool_cursor_leave (self);
      return MVX_LOG_SCAN_END;
    }
  if (fd < 0)
    return mvx_log_spool_cursor_fail (self, error);
  state = mvx_log_scan_init (&self->scan, fd, &self->home->stream, self->scan_id);
  if (state == MVX_LOG_HEADER_UNREADABLE)
    return mvx_log_spool_cursor_fail (self, error);
  if (state == MVX_LOG_HEADER_NEWER || state == MVX_LOG_HEADER_FOREIGN)
    {
      mvx_log_spool_cursor_quarantine (self);
      return MVX_LOG_SCAN_END;
    }
  self->scanning = TRUE;
  self->n_frames = 0;
  self->n_damaged = 0;
  return MVX_LOG_SCAN_FRAME;
}

/* Is the segment still wanted? Then, up to where can it be read? */
static gboolean
mvx_log_spool_cursor_look (MvxLogSpoolStream *self, guint64 *limit)
{
  gboolean wanted;

  g_mutex_lock (&self->tally->mutex);
  wanted = mvx_log_spool_stream_find (self, self->scan_id) != NULL;
  *limit = self->scan_id == self->live_id ? self->live_size : G_MAXUINT64;
  g_mutex_unlock (&self->tally->mutex);
  return wanted;
}

static void
mvx_log_spool_cursor_count_damage (MvxLogSpoolStream *self)
{
  if (self->scan.n_damaged == self->n_damaged)
    return;
  self->reason = MVX_LOG_SPOOL_LOSS_DAMAGED;
  g_mutex_lock (&self->tally->mutex);
  self->tally->n_damaged += self->scan.n_damaged - self->n_damaged;
  g_mutex_unlock (&self->tally->mutex);
  self->n_damaged = self->scan.n_damaged;
}

/* The end of a segment to which nothing is added. */
static void
mvx_log_spool_cursor_end (MvxLogSpoolStream *self)
{
  /* Not one frame, but something: nobody knows what it is. An empty one was made just before a crash. */
  if (self->n_frames == 0 && self->scan.torn > 0 && self->scan.n_damaged > 0)
    {
      mvx_log_spool_cursor_quarantine (self);
      return;
    }
  if (self->scan.torn > 0 && !self->adopted)
    self->scan.n_damaged++;
  if (self->n_frames > 0)
    mvx_log_spool_cursor_count_damage (self);
  mvx_log_spool_cursor_leave (self);
}

/* To the next frame, through as many segments as it takes. */
static MvxLogScanStep
mvx_log_spool_cursor_advance (MvxLogSpoolStream *self, GError **error)
{
  for (;;)
    {
      MvxLogScanStep step;
      gboolean wait;
      guint64 limit;

      if (!self->scanning)
        {
          if (!mvx_log_spool_cursor_choose (self))
            return MVX_LOG_SCAN_END;
          step = mvx_log_spool_cursor_open (self, &wait, error);
          if (step == MVX_LOG_SCAN_ERROR || wait)
            return step;
          if (step == MVX_LOG_SCAN_END)
            continue;
        }
      if (!mvx_log_spool_cursor_look (self, &limit))
        {
          mvx_log_spool_cursor_leave (self);
          continue;
        }
      step = mvx_log_scan_next (&self->scan, limit);
      if (step == MVX_LOG_SCAN_FRAME)
        {
          self->n_frames++;
          self->n_failures = 0;
          mvx_log_spool_cursor_count_damage (self);
          self->at = 0;
          self->index = 0;
          return step;
        }
      if (step == MVX_LOG_SCAN_ERROR)
        {
          if (mvx_log_spool_cursor_fail (self, error) == MVX_LOG_SCAN_ERROR)
            return MVX_LOG_SCAN_ERROR;
          continue;
        }
      if (self->return_id > 0)
        mvx_log_spool_cursor_return (self);
      else if (limit != G_MAXUINT64)
        return MVX_LOG_SCAN_END;
      else
        mvx_log_spool_cursor_end (self);
    }
}

static void
mvx_log_spool_cursor_add (MvxLogSpoolFill *fill, guint64 seq, const MvxLogEntry *entry)
{
  MvxLogSpoolItem item = { .seq = seq, .size = entry->size };

  while (fill->bytes.len & 7)
    mvx_log_buffer_append_c (&fill->bytes, '\0');
  item.bytes = GSIZE_TO_POINTER (fill->bytes.len);
  mvx_log_buffer_append (&fill->bytes, entry->bytes, entry->size);
  g_array_append_val (fill->items, item);
}

/* Takes what fits of the present frame, as far as nothing is missing before it: FALSE then. The same may have been
 * written twice, after an error of the disk. */
static gboolean
mvx_log_spool_cursor_take (MvxLogSpoolStream *self, MvxLogSpoolFill *fill)
{
  const MvxLogFrameHeader *frame = &self->scan.frame;
  gboolean whole = TRUE;
  gboolean wanted;

  g_mutex_lock (&self->tally->mutex);
  wanted = mvx_log_spool_stream_find (self, self->scan_id) != NULL;
  while (wanted && self->at < frame->size && fill->items->len < fill->max
         && fill->bytes.len < MVX_LOG_CURSOR_BATCH_BYTES)
    {
      guint64 seq = frame->first_seq + self->index;
      MvxLogEntry entry;
      gsize next = mvx_log_entry_get (&entry, self->scan.payload, frame->size, self->at);

      if (self->next_read == 0)
        self->next_read = self->next_ack = seq;
      self->next_read = mvx_log_spool_stream_skip_gaps (self, self->next_read);
      whole = seq <= self->next_read;
      if (!whole)
        break;
      self->at = next;
      self->index++;
      if (seq < self->next_read)
        continue;
      self->reason = MVX_LOG_SPOOL_LOSS_MISSING;
      self->next_read = seq + 1;
      self->end_seq = MAX (self->end_seq, self->next_read);
      mvx_log_spool_cursor_add (fill, seq, &entry);
    }
  if (!wanted || self->at >= frame->size)
    self->at = G_MAXSIZE;
  g_mutex_unlock (&self->tally->mutex);
  return whole;
}

/* The later segments that have not been looked into for what is missing now. */
static GArray *
mvx_log_spool_cursor_list_later (MvxLogSpoolStream *self)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));

  if (self->tried_seq != self->next_read)
    self->tried_id = self->scan_id;
  g_mutex_lock (&self->tally->mutex);
  for (guint i = 0; i < self->tracks->len; i++)
    {
      guint64 id = g_array_index (self->tracks, MvxLogSpoolTrack, i).id;

      if (id > self->tried_id)
        g_array_append_val (ids, id);
    }
  g_mutex_unlock (&self->tally->mutex);
  return ids;
}

/* Goes to the later segment that has the first of what is missing before @end, for it was written again there. What is
 * in none of them is lost. */
static void
mvx_log_spool_cursor_detour (MvxLogSpoolStream *self, guint64 end)
{
  g_autoptr (GArray) ids = mvx_log_spool_cursor_list_later (self);
  guint64 found = end;
  guint64 id = 0;

  for (guint i = 0; i < ids->len && found > self->next_read; i++)
    {
      guint64 at = mvx_log_spool_stream_seek (self, g_array_index (ids, guint64, i), self->next_read, found, NULL);

      if (at < found)
        id = g_array_index (ids, guint64, i);
      found = at;
    }
  g_mutex_lock (&self->tally->mutex);
  mvx_log_spool_stream_lose (self, self->reason, self->next_read, found);
  self->next_read = MAX (self->next_read, found);
  g_mutex_unlock (&self->tally->mutex);
  if (id == 0)
    return;
  self->tried_seq = found;
  self->tried_id = id;
  self->return_id = self->scan_id;
  mvx_log_spool_cursor_close (self);
  g_mutex_lock (&self->tally->mutex);
  self->scan_id = id - 1;
  g_mutex_unlock (&self->tally->mutex);
}

/* Something is missing before the next entry. FALSE: it has yet to be written again. */
static gboolean
mvx_log_spool_cursor_mind_gap (MvxLogSpoolStream *self)
{
  guint64 end = self->scan.frame.first_seq + self->index;
  gboolean awaited;

  if (self->return_id > 0)
    {
      mvx_log_spool_cursor_return (self);
      return TRUE;
    }
  g_mutex_lock (&self->tally->mutex);
  awaited = self->rewrite_seq > 0 && self->next_read >= self->rewrite_seq;
  if (self->rewrite_seq > 0)
    end = MIN (end, self->rewrite_seq);
  g_mutex_unlock (&self->tally->mutex);
  if (!awaited)
    mvx_log_spool_cursor_detour (self, end);
  return !awaited;
}

static MvxLogSpoolBatch *
mvx_log_spool_cursor_finish (MvxLogSpoolStream *self, MvxLogSpoolFill *fill)
{
  MvxLogSpoolBatch *batch;
  guint n = fill->items->len;

  if (n == 0)
    {
      g_array_unref (fill->items);
      mvx_log_buffer_clear (&fill->bytes);
      return NULL;
    }
  batch = g_new0 (MvxLogSpoolBatch, 1);
  batch->stream = self->home->stream;
  batch->adopted = self->adopted;
  batch->n = n;
  batch->items = (MvxLogSpoolItem *) (gpointer) g_array_free (fill->items, FALSE);
  batch->bytes = fill->bytes.data;
  for (guint i = 0; i < n; i++)
    batch->items[i].bytes = batch->bytes + GPOINTER_TO_SIZE (batch->items[i].bytes);
  return batch;
}

MvxLogSpoolBatch *
mvx_log_spool_cursor_read (MvxLogSpoolStream *self, guint max, GError **error)
{
  MvxLogSpoolFill fill = { .max = max, .items = g_array_new (FALSE, FALSE, sizeof (MvxLogSpoolItem)) };
  g_autoptr (GError) local = NULL;

  while (fill.items->len < max && fill.bytes.len < MVX_LOG_CURSOR_BATCH_BYTES)
    {
      if (self->at == G_MAXSIZE && mvx_log_spool_cursor_advance (self, &local) != MVX_LOG_SCAN_FRAME)
        break;
      if (!mvx_log_spool_cursor_take (self, &fill) && !mvx_log_spool_cursor_mind_gap (self))
        break;
    }
  /* With something to deliver, the error can wait: it comes again. */
  if (local && fill.items->len == 0)
    g_propagate_error (error, g_steal_pointer (&local));
  return mvx_log_spool_cursor_finish (self, &fill);
}

void
mvx_log_spool_cursor_rewind (MvxLogSpoolStream *self)
{
  mvx_log_spool_cursor_close (self);
  self->return_id = self->tried_seq = 0;
  self->reason = MVX_LOG_SPOOL_LOSS_MISSING;
  g_mutex_lock (&self->tally->mutex);
  self->scan_id = 0;
  self->next_read = self->next_ack;
  g_mutex_unlock (&self->tally->mutex);
}
