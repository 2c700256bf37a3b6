/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "durable/spool-stream-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "durable/disk-private.h"
#include "durable/spool-segment-private.h"

static MvxLogSpoolStream *
mvx_log_spool_stream_alloc (MvxLogSpoolHome *home, MvxLogSpoolTally *tally)
{
  MvxLogSpoolStream *self = g_new0 (MvxLogSpoolStream, 1);

  self->home = home;
  self->tally = tally;
  self->tracks = g_array_new (FALSE, FALSE, sizeof (MvxLogSpoolTrack));
  self->gaps = g_array_new (FALSE, FALSE, sizeof (MvxLogSpoolGap));
  self->ack = (MvxLogAck){ .stream = home->stream };
  self->ack_fd = -1;
  self->scan.fd = -1;
  self->at = G_MAXSIZE;
  self->reason = MVX_LOG_SPOOL_LOSS_MISSING;
  return self;
}

MvxLogSpoolStream *
mvx_log_spool_stream_new (MvxLogSpoolHome *home, MvxLogSpoolTally *tally, guint64 first_seq)
{
  MvxLogSpoolStream *self = mvx_log_spool_stream_alloc (home, tally);

  self->next_ack = self->next_read = self->end_seq = first_seq;
  self->ack.next_seq = self->ack_synced = first_seq;
  return self;
}

static gboolean
mvx_log_spool_stream_scan (MvxLogSpoolStream *self, guint64 id, MvxLogScan *scan)
{
  char name[MVX_LOG_SEGMENT_NAME];
  MvxLogHeaderState state;
  int fd;

  mvx_log_segment_name (id, name);
  fd = mvx_log_disk_open_file (self->home->fd, name);
  if (fd < 0)
    return FALSE;
  state = mvx_log_scan_init (scan, fd, &self->home->stream, id);
  return state == MVX_LOG_HEADER_VALID || state == MVX_LOG_HEADER_DAMAGED;
}

guint64
mvx_log_spool_stream_get_begin (MvxLogSpoolStream *self, guint64 id)
{
  g_auto (MvxLogScan) scan = { .fd = -1 };

  return mvx_log_spool_stream_scan (self, id, &scan) ? scan.header.first_seq : 0;
}

guint64
mvx_log_spool_stream_seek (MvxLogSpoolStream *self, guint64 id, guint64 first, guint64 end, guint64 *until)
{
  g_auto (MvxLogScan) scan = { .fd = -1 };

  if (!mvx_log_spool_stream_scan (self, id, &scan) || scan.header.first_seq >= end)
    return end;
  while (mvx_log_scan_next (&scan, G_MAXUINT64) == MVX_LOG_SCAN_FRAME)
    if (scan.frame.first_seq + scan.frame.n > first)
      {
        if (scan.frame.first_seq >= end)
          return end;
        if (until)
          *until = scan.frame.first_seq + scan.frame.n;
        return MAX (first, scan.frame.first_seq);
      }
  return end;
}

/* The number behind the last entry of a segment, 0 if it has none. */
static guint64
mvx_log_spool_stream_scan_end (MvxLogSpoolStream *self, guint64 id)
{
  g_auto (MvxLogScan) scan = { .fd = -1 };
  guint64 end = 0;

  if (!mvx_log_spool_stream_scan (self, id, &scan))
    return 0;
  while (mvx_log_scan_next (&scan, G_MAXUINT64) == MVX_LOG_SCAN_FRAME)
    end = scan.frame.first_seq + scan.frame.n;
  return end;
}

static void
mvx_log_spool_stream_list (MvxLogSpoolStream *self, GArray *ids)
{
  char name[MVX_LOG_SEGMENT_NAME];
  struct stat info;

  for (guint i = 0; i < ids->len; i++)
    {
      guint64 id = g_array_index (ids, guint64, i);

      mvx_log_segment_name (id, name);
      if (fstatat (self->home->fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        info.st_blocks = 0;
      mvx_log_spool_stream_add (self, id, (guint64) info.st_blocks * 512);
    }
}

/* What has been acknowledged of an adopted stream. Something that cannot be is no acknowledgement: better twice than
 * never. */
static gboolean
mvx_log_spool_stream_recall (MvxLogSpoolStream *self)
{
  if (!mvx_log_ack_read (&self->ack, self->home->fd, &self->home->stream)
      || (self->end_seq > 0 && self->ack.next_seq > self->end_seq))
    return FALSE;
  self->next_ack = self->next_read = self->ack_synced = self->ack.next_seq;
  for (guint i = 0; i < self->tracks->len; i++)
    {
      MvxLogSpoolTrack *track = &g_array_index (self->tracks, MvxLogSpoolTrack, i);

      if (track->id >= self->ack.segment)
        break;
      track->end_seq = track->sure = self->next_ack;
      track->done = TRUE;
      self->scan_id = track->id;
    }
  return TRUE;
}

MvxLogSpoolStream *
mvx_log_spool_stream_new_adopted (MvxLogSpoolHome *home, MvxLogSpoolTally *tally, GError **error)
{
  MvxLogSpoolStream *self = mvx_log_spool_stream_alloc (home, tally);
  g_autoptr (GArray) ids = mvx_log_spool_home_segments (home, error);

  if (ids == NULL)
    {
      mvx_log_spool_stream_free (self);
      return NULL;
    }
  self->adopted = TRUE;
  mvx_log_spool_stream_list (self, ids);
  for (guint i = ids->len; i-- > 0 && self->end_seq == 0;)
    self->end_seq = mvx_log_spool_stream_scan_end (self, g_array_index (ids, guint64, i));
  if (mvx_log_spool_stream_recall (self))
    return self;
  self->ack.next_seq = self->ack.segment = 0;
  if (ids->len > 0)
    self->next_ack = self->next_read = mvx_log_spool_stream_get_begin (self, g_array_index (ids, guint64, 0));
  return self;
}

void
mvx_log_spool_stream_free (MvxLogSpoolStream *self)
{
  mvx_log_scan_clear (&self->scan);
  mvx_log_disk_close (&self->ack_fd);
  g_array_unref (self->tracks);
  g_array_unref (self->gaps);
  mvx_log_spool_home_free (self->home);
  g_free (self);
}

MvxLogSpoolTrack *
mvx_log_spool_stream_find (MvxLogSpoolStream *self, guint64 id)
{
  for (guint i = 0; i < self->tracks->len; i++)
    if (g_array_index (self->tracks, MvxLogSpoolTrack, i).id == id)
      return &g_array_index (self->tracks, MvxLogSpoolTrack, i);
  return NULL;
}

void
mvx_log_spool_stream_add (MvxLogSpoolStream *self, guint64 id, guint64 bytes)
{
  MvxLogSpoolTrack track = { .id = id, .bytes = bytes };

  g_array_append_val (self->tracks, track);
}

void
mvx_log_spool_stream_finish (MvxLogSpoolStream *self, guint64 id, guint64 end_seq, guint64 bytes)
{
  MvxLogSpoolTrack *track = mvx_log_spool_stream_find (self, id);

  if (track == NULL)
    return;
  track->end_seq = track->sure = end_seq;
  track->bytes = bytes;
  track->done = TRUE;
}

/* Acknowledged is also what is lost, as soon as everything before is. */
static void
mvx_log_spool_stream_settle_gaps (MvxLogSpoolStream *self)
{
  while (self->gaps->len > 0 && g_array_index (self->gaps, MvxLogSpoolGap, 0).first <= self->next_ack)
    {
      self->next_ack = MAX (self->next_ack, g_array_index (self->gaps, MvxLogSpoolGap, 0).end);
      g_array_remove_index (self->gaps, 0);
      self->n_changes++;
    }
  self->next_read = MAX (self->next_read, self->next_ack);
}

static void
mvx_log_spool_stream_tell (MvxLogSpoolStream *self, MvxLogSpoolLossReason reason, guint64 first, guint64 end)
{
  MvxLogSpoolLoss *last = g_queue_peek_tail (&self->tally->losses);

  self->tally->lost[reason] += end - first;
  if (last && last->reason == reason && mvx_log_stream_id_equal (&last->stream, &self->home->stream)
      && last->first_seq + last->n == first)
    {
      last->n += end - first;
      return;
    }
  last = g_new0 (MvxLogSpoolLoss, 1);
  last->stream = self->home->stream;
  last->reason = reason;
  last->first_seq = first;
  last->n = end - first;
  g_queue_push_tail (&self->tally->losses, last);
}

void
mvx_log_spool_stream_lose (MvxLogSpoolStream *self, MvxLogSpoolLossReason reason, guint64 first, guint64 end)
{
  guint i = 0;

  first = MAX (first, self->next_ack);
  while (first < end)
    {
      MvxLogSpoolGap gap = { first, end };

      while (i < self->gaps->len && g_array_index (self->gaps, MvxLogSpoolGap, i).end <= first)
        i++;
      if (i < self->gaps->len)
        gap.end = MIN (end, MAX (first, g_array_index (self->gaps, MvxLogSpoolGap, i).first));
      if (gap.end > first)
        {
          mvx_log_spool_stream_tell (self, reason, gap.first, gap.end);
          g_array_insert_val (self->gaps, i, gap);
        }
      first = MAX (gap.end, g_array_index (self->gaps, MvxLogSpoolGap, i).end);
    }
  mvx_log_spool_stream_settle_gaps (self);
}

/* Up to where does @track make up for what is missing? Of a segment of another process that has yet to be looked up. */
static guint64
mvx_log_spool_stream_get_sure (MvxLogSpoolStream *self, const MvxLogSpoolTrack *track)
{
  return track->done ? track->sure : mvx_log_spool_stream_scan_end (self, track->id);
}

/* The segment is gone, and with it what it had from @first to before @end. Of what a process that is gone had to write
 * again there is a later copy. */
static void
mvx_log_spool_stream_lose_track (MvxLogSpoolStream *self, const MvxLogSpoolTrack *track, guint64 first, guint64 end)
{
  while (first < end)
    {
      guint64 found = end;
      guint64 until = end;

      for (guint i = 0; i < self->tracks->len && !track->done && first < found; i++)
        {
          guint64 id = g_array_index (self->tracks, MvxLogSpoolTrack, i).id;

          if (id > track->id)
            found = mvx_log_spool_stream_seek (self, id, first, found, &until);
        }
      mvx_log_spool_stream_lose (self, MVX_LOG_SPOOL_LOSS_OLDEST, first, found);
      first = until;
    }
}

gboolean
mvx_log_spool_stream_drop_oldest (MvxLogSpoolStream *self)
{
  guint64 first = self->next_read;

  for (guint i = 0; i < self->tracks->len; i++)
    {
      MvxLogSpoolTrack track = g_array_index (self->tracks, MvxLogSpoolTrack, i);
      char name[MVX_LOG_SEGMENT_NAME];
      guint64 sure;

      /* The newest one tells how far numbers have come: without it, what is acknowledged seems to be of the future. */
      if (track.id == self->live_id || (i > 0 && i == self->tracks->len - 1))
        return FALSE;
      sure = mvx_log_spool_stream_get_sure (self, &track);
      if (track.id > self->scan_id || self->next_read == self->next_ack)
        {
          if (first == 0)
            first = mvx_log_spool_stream_get_begin (self, track.id);
          g_array_remove_index (self->tracks, i);
          mvx_log_segment_name (track.id, name);
          unlinkat (self->home->fd, name, 0);
          mvx_log_spool_stream_lose_track (self, &track, first, sure);
          return TRUE;
        }
      first = MAX (first, sure);
    }
  return FALSE;
}

guint64
mvx_log_spool_stream_skip_gaps (MvxLogSpoolStream *self, guint64 seq)
{
  for (guint i = 0; i < self->gaps->len; i++)
    {
      const MvxLogSpoolGap *gap = &g_array_index (self->gaps, MvxLogSpoolGap, i);

      if (gap->first <= seq && seq < gap->end)
        seq = gap->end;
    }
  return seq;
}

guint64
mvx_log_spool_stream_get_bytes (MvxLogSpoolStream *self)
{
  guint64 bytes = 0;

  for (guint i = 0; i < self->tracks->len; i++)
    bytes += g_array_index (self->tracks, MvxLogSpoolTrack, i).bytes;
  return bytes;
}

guint64
mvx_log_spool_stream_get_pending (MvxLogSpoolStream *self)
{
  guint64 pending = self->end_seq > self->next_ack ? self->end_seq - self->next_ack : 0;

  for (guint i = 0; i < self->gaps->len; i++)
    {
      const MvxLogSpoolGap *gap = &g_array_index (self->gaps, MvxLogSpoolGap, i);

      pending -= MIN (pending, gap->end - gap->first);
    }
  return pending;
}

gboolean
mvx_log_spool_stream_ack (MvxLogSpoolStream *self, guint64 seq)
{
  guint64 lost = 0;

  if (self->next_ack == 0 || seq < self->next_ack || seq >= MAX (self->end_seq, self->next_read))
    return FALSE;
  for (guint i = 0; i < self->gaps->len && g_array_index (self->gaps, MvxLogSpoolGap, i).first <= seq; i++)
    lost += MIN (g_array_index (self->gaps, MvxLogSpoolGap, i).end, seq + 1)
            - g_array_index (self->gaps, MvxLogSpoolGap, i).first;
  self->tally->acked += seq + 1 - self->next_ack - lost;
  self->next_ack = seq + 1;
  self->n_changes++;
  mvx_log_spool_stream_settle_gaps (self);
  self->next_read = MAX (self->next_read, self->next_ack); /* after a rewind, an answer may still come */
  return TRUE;
}

/* Copies what can go to @ids; the acknowledgement must be durable before it does. */
static GArray *
mvx_log_spool_stream_plan (MvxLogSpoolStream *self, MvxLogAck *ack)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint i;

  for (i = 0; i < self->tracks->len; i++)
    {
      const MvxLogSpoolTrack *track = &g_array_index (self->tracks, MvxLogSpoolTrack, i);

      if (!track->done || track->id == self->live_id || track->end_seq > self->next_ack)
        break;
      g_array_append_val (ids, track->id);
    }
  ack->next_seq = self->next_ack;
  if (i < self->tracks->len)
    ack->segment = g_array_index (self->tracks, MvxLogSpoolTrack, i).id;
  return ids;
}

static gboolean
mvx_log_spool_stream_remember (MvxLogSpoolStream *self, const MvxLogAck *wanted, gboolean sync)
{
  gboolean made = FALSE;

  if (self->ack_fd >= 0 && !mvx_log_disk_is_linked (self->ack_fd))
    mvx_log_disk_close (&self->ack_fd);
  if (self->ack_fd < 0)
    {
      self->ack_fd = mvx_log_ack_open (self->home->fd);
      made = TRUE;
    }
  if (self->ack_fd < 0)
    return FALSE;
  self->ack.next_seq = wanted->next_seq;
  self->ack.segment = wanted->segment;
  if (!mvx_log_ack_write (&self->ack, self->ack_fd, sync) || (sync && made && !mvx_log_disk_sync_full (self->home->fd)))
    {
      /* What has failed once is not trusted again. */
      mvx_log_disk_close (&self->ack_fd);
      return FALSE;
    }
  if (sync)
    self->ack_synced = self->ack.next_seq;
  return TRUE;
}

gboolean
mvx_log_spool_stream_begin (MvxLogSpoolStream *self, gboolean sync, GError **error)
{
  MvxLogAck ack = self->ack;

  if (mvx_log_spool_stream_remember (self, &ack, FALSE) && mvx_log_spool_stream_remember (self, &ack, sync))
    return TRUE;
  mvx_log_disk_set_error (error, errno, "Cannot write to spool", self->home->path, MVX_LOG_ACK_NAME);
  return FALSE;
}

gboolean
mvx_log_spool_stream_tidy (MvxLogSpoolStream *self, guint64 window)
{
  g_autoptr (GArray) ids = NULL;
  MvxLogAck ack = self->ack;
  char name[MVX_LOG_SEGMENT_NAME];
  guint64 n_changes;

  g_mutex_lock (&self->tally->mutex);
  ids = mvx_log_spool_stream_plan (self, &ack);
  n_changes = self->n_changes;
  self->n_changes = 0;
  g_mutex_unlock (&self->tally->mutex);
  if ((n_changes == 0 && ids->len == 0) || ack.next_seq == 0)
    return FALSE;
  if (!mvx_log_spool_stream_remember (self, &ack, ids->len > 0 || ack.next_seq - self->ack_synced >= window))
    return FALSE; /* it is a hint; the next one may succeed */
  for (guint i = 0; i < ids->len; i++)
    {
      mvx_log_segment_name (g_array_index (ids, guint64, i), name);
      unlinkat (self->home->fd, name, 0);
      mvx_log_disk_fail_point ("unlinked");
    }
  if (ids->len == 0)
    return FALSE;
  mvx_log_disk_sync_full (self->home->fd);
  g_mutex_lock (&self->tally->mutex);
  for (guint i = 0; i < ids->len; i++)
    if (self->tracks->len > 0
        && g_array_index (self->tracks, MvxLogSpoolTrack, 0).id == g_array_index (ids, guint64, i))
      g_array_remove_index (self->tracks, 0);
  g_mutex_unlock (&self->tally->mutex);
  return TRUE;
}

gboolean
mvx_log_spool_stream_is_over (MvxLogSpoolStream *self)
{
  gboolean over;

  g_mutex_lock (&self->tally->mutex);
  over = self->tracks->len == 0 && self->next_read <= self->next_ack;
  g_mutex_unlock (&self->tally->mutex);
  return over;
}
