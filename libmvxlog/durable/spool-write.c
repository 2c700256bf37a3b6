/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Appending and syncing. What has been written and not synced is kept in memory: after a failed sync nobody knows what
 * the kernel has dropped, so all of it goes into a new segment. The reader passes over what he finds twice. */
#include "durable/spool-internal.h"

#include <errno.h>
#include <gio/gio.h>
#include <unistd.h>

#include "durable/disk-private.h"

#define MVX_LOG_SPOOL_MOST_INTERVALS 4

typedef struct
{
  guint64 first_seq;
  guint32 n;
  guint32 size;
} MvxLogSpoolKept;

/* Nothing is tried again before the pause is over. */
static gboolean
mvx_log_spool_pause (MvxLogSpool *self, GError **error)
{
  g_clear_error (&self->why);
  if (error && *error && self->config.retry_us > 0)
    {
      self->why = g_error_copy (*error);
      self->retry_at = g_get_monotonic_time () + self->config.retry_us;
    }
  return FALSE;
}

static gboolean
mvx_log_spool_is_paused (MvxLogSpool *self, GError **error)
{
  if (self->why == NULL || g_get_monotonic_time () >= self->retry_at)
    return FALSE;
  g_propagate_error (error, g_error_copy (self->why));
  return TRUE;
}

static gboolean
mvx_log_spool_drop_oldest (MvxLogSpool *self)
{
  if (!self->config.drop_oldest)
    return FALSE;
  for (guint i = 0; i < self->adopted->len; i++)
    if (mvx_log_spool_stream_drop_oldest (g_ptr_array_index (self->adopted, i)))
      return TRUE;
  return mvx_log_spool_stream_drop_oldest (self->own);
}

/* May @bytes more be taken, and leave enough for others? Old events go for that only if it helps: what others have
 * filled up cannot be made room in. */
static gboolean
mvx_log_spool_check_free (MvxLogSpool *self, guint64 bytes, gboolean *reserve, GError **error)
{
  guint64 keep = self->config.keep_free;
  guint64 free_bytes;
  guint64 within_reach;
  guint64 all;

  do
    {
      if (!mvx_log_disk_space (self->own->home->fd, &free_bytes, &all))
        return TRUE;
      if (self->config.keep_free == MVX_LOG_SPOOL_KEEP_FREE_AUTO)
        keep = MIN (all / 20, 256u * 1024 * 1024);
      *reserve = free_bytes >= keep && free_bytes - keep >= self->config.segment_bytes;
      if (free_bytes >= keep && free_bytes - keep >= bytes)
        return TRUE;
      within_reach = free_bytes + mvx_log_spool_count_bytes (self);
    }
  while (within_reach >= keep && within_reach - keep >= bytes && mvx_log_spool_drop_oldest (self));
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
               "Spool '%s' takes no more: its file system has %" G_GUINT64_FORMAT
               " bytes left, of which %" G_GUINT64_FORMAT " are kept free; free some, or move it",
               self->own->home->path, free_bytes, keep);
  return FALSE;
}

static gboolean
mvx_log_spool_check_quota (MvxLogSpool *self, guint64 bytes, GError **error)
{
  while (mvx_log_spool_count_bytes (self) + bytes > self->config.max_bytes)
    if (!mvx_log_spool_drop_oldest (self))
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                     "Spool '%s' is full: %" G_GUINT64_FORMAT
                     " bytes wait for delivery, and it may take up %" G_GUINT64_FORMAT,
                     self->own->home->path, mvx_log_spool_count_bytes (self), self->config.max_bytes);
        return FALSE;
      }
  return TRUE;
}

/* The first number that goes into a segment that is made now. */
static guint64
mvx_log_spool_next_seq (MvxLogSpool *self)
{
  return self->broken ? self->kept_seq : self->own->end_seq;
}

static MvxLogSpoolSegment *
mvx_log_spool_make_segment (MvxLogSpool *self, guint64 id, guint64 first_seq, guint64 capacity, gboolean reserve)
{
  MvxLogSegmentHeader header = { .major = MVX_LOG_FRAME_MAJOR,
                                 .minor = MVX_LOG_FRAME_MINOR,
                                 .stream = self->own->home->stream,
                                 .id = id,
                                 .first_seq = first_seq,
                                 .boot = self->boot };
  char name[MVX_LOG_SEGMENT_NAME];

  mvx_log_segment_name (id, name);
  return mvx_log_spool_segment_new (self->own->home->fd, name, &header, capacity, reserve,
                                    self->config.sync != MVX_LOG_SPOOL_SYNC_NONE);
}

/* Has somebody removed the directory, it is made again: what was in it is lost, what comes is not. No number is used
 * twice: a file that could not be finished may not have been removed either. */
static MvxLogSpoolSegment *
mvx_log_spool_create (MvxLogSpool *self, guint64 capacity, gboolean reserve, GError **error)
{
  guint64 first_seq = mvx_log_spool_next_seq (self);
  MvxLogSpoolSegment *segment = mvx_log_spool_make_segment (self, self->next_id++, first_seq, capacity, reserve);
  char name[MVX_LOG_SEGMENT_NAME];

  if (segment == NULL && errno == ENOENT)
    {
      if (!mvx_log_spool_home_restore (self->own->home, error))
        return NULL;
      segment = mvx_log_spool_make_segment (self, self->next_id++, first_seq, capacity, reserve);
    }
  mvx_log_segment_name (self->next_id - 1, name);
  if (segment == NULL)
    mvx_log_disk_set_error (error, errno, "Cannot make spool segment", self->own->home->path, name);
  return segment;
}

static void
mvx_log_spool_drop_prepared (MvxLogSpool *self)
{
  char name[MVX_LOG_SEGMENT_NAME];

  if (self->prepared == NULL)
    return;
  mvx_log_segment_name (self->prepared->header.id, name);
  unlinkat (self->own->home->fd, name, 0);
  g_clear_pointer (&self->prepared, mvx_log_spool_segment_unref);
}

/* The prepared segment, if it is still there and large enough. */
static MvxLogSpoolSegment *
mvx_log_spool_take_prepared (MvxLogSpool *self, gsize size)
{
  if (self->prepared && mvx_log_spool_segment_fits (self->prepared, size) && mvx_log_disk_is_linked (self->prepared->fd)
      && mvx_log_spool_segment_restart (self->prepared, mvx_log_spool_next_seq (self)))
    return g_steal_pointer (&self->prepared);
  mvx_log_spool_drop_prepared (self);
  return NULL;
}

static void
mvx_log_spool_retire (MvxLogSpool *self)
{
  MvxLogSpoolSegment *segment = g_steal_pointer (&self->segment);

  if (segment == NULL)
    return;
  mvx_log_spool_segment_seal (segment);
  mvx_log_spool_stream_finish (self->own, segment->header.id, segment->last_seq + 1, segment->size);
  if (self->config.sync != MVX_LOG_SPOOL_SYNC_NONE && segment->synced < segment->size)
    g_ptr_array_add (self->unsynced, segment);
  else
    mvx_log_spool_segment_unref (segment);
}

/* A new segment into which a payload of @size fits. */
static gboolean
mvx_log_spool_rotate (MvxLogSpool *self, gsize size, GError **error)
{
  guint64 need = MVX_LOG_FRAME_HEADER + size;
  guint64 capacity = MAX (self->config.segment_bytes - MVX_LOG_SEGMENT_HEADER, need);
  MvxLogSpoolSegment *segment;
  gboolean reserve = FALSE;

  if (mvx_log_spool_is_paused (self, error))
    return FALSE;
  segment = mvx_log_spool_take_prepared (self, size);
  if (segment == NULL)
    {
      if (!mvx_log_spool_check_quota (self, capacity + MVX_LOG_SEGMENT_HEADER, error)
          || !mvx_log_spool_check_free (self, need + MVX_LOG_SEGMENT_HEADER, &reserve, error))
        return mvx_log_spool_pause (self, error);
      segment = mvx_log_spool_create (self, capacity, reserve, error);
    }
  if (segment == NULL)
    return mvx_log_spool_pause (self, error);
  mvx_log_spool_pause (self, NULL);
  mvx_log_spool_retire (self);
  self->segment = segment;
  mvx_log_spool_stream_add (self->own, segment->header.id, segment->capacity + MVX_LOG_SEGMENT_HEADER);
  self->own->live_id = segment->header.id;
  self->own->live_size = segment->size;
  return TRUE;
}

/* The disk has failed, or somebody has removed the file. What is not known to be on the disk is to be written again. */
static void
mvx_log_spool_give_up (MvxLogSpool *self)
{
  guint64 sure = self->kept.len > 0 ? self->kept_seq : self->own->end_seq;

  if (self->segment)
    {
      mvx_log_spool_segment_seal (self->segment);
      mvx_log_spool_stream_finish (self->own, self->segment->header.id, self->segment->last_seq + 1,
                                   self->segment->size);
      g_clear_pointer (&self->segment, mvx_log_spool_segment_unref);
      self->n_sealed++;
    }
  self->own->live_id = 0;
  g_ptr_array_set_size (self->unsynced, 0);
  for (guint i = 0; i < self->own->tracks->len; i++)
    {
      MvxLogSpoolTrack *track = &g_array_index (self->own->tracks, MvxLogSpoolTrack, i);

      track->sure = MIN (track->sure, sure);
    }
  self->broken = self->kept.len > 0;
  self->own->rewrite_seq = self->broken ? self->kept_seq : 0;
  self->epoch++;
}

static void
mvx_log_spool_forget_kept (MvxLogSpool *self, gsize size)
{
  MvxLogSpoolKept head;

  self->kept.len -= size;
  memmove (self->kept.data, self->kept.data + size, self->kept.len);
  self->due = self->kept.len > 0 ? g_get_monotonic_time () + self->config.interval_us : -1;
  if (self->kept.len == 0)
    return;
  memcpy (&head, self->kept.data, sizeof head);
  self->kept_seq = head.first_seq;
}

/* Has somebody removed the file? */
static gboolean
mvx_log_spool_check_linked (MvxLogSpool *self)
{
  if (self->segment == NULL || mvx_log_disk_is_linked (self->segment->fd))
    return TRUE;
  mvx_log_spool_give_up (self);
  return FALSE;
}

/* Is there a segment with room for @size bytes? */
static gboolean
mvx_log_spool_ready (MvxLogSpool *self, gsize size, GError **error)
{
  gboolean reserve;

  if (!mvx_log_spool_check_linked (self))
    return FALSE;
  if (self->segment == NULL || !mvx_log_spool_segment_fits (self->segment, size))
    return mvx_log_spool_rotate (self, size, error);
  if (self->segment->reserved)
    return TRUE;
  if (mvx_log_spool_is_paused (self, error))
    return FALSE;
  return mvx_log_spool_check_free (self, MVX_LOG_FRAME_HEADER + size, &reserve, error)
         || mvx_log_spool_pause (self, error);
}

static gboolean
mvx_log_spool_write_again (MvxLogSpool *self, GError **error)
{
  for (gsize at = 0; at < self->kept.len;)
    {
      MvxLogSpoolKept head;

      memcpy (&head, self->kept.data + at, sizeof head);
      at += sizeof head;
      if (!mvx_log_spool_ready (self, head.size, error))
        return FALSE;
      if (!mvx_log_spool_segment_append (self->segment, self->kept.data + at, head.size, head.n, head.first_seq))
        {
          mvx_log_disk_set_error (error, errno, "Cannot write to spool", self->own->home->path, NULL);
          return FALSE;
        }
      self->own->live_size = self->segment->size;
      at += head.size;
    }
  return TRUE;
}

/* Everything that was kept goes into new segments, and is synced at once. */
static gboolean
mvx_log_spool_mend (MvxLogSpool *self, GError **error)
{
  gboolean ok = mvx_log_spool_write_again (self, error);

  for (guint i = 0; ok && i <= self->unsynced->len; i++)
    {
      MvxLogSpoolSegment *segment = i < self->unsynced->len ? g_ptr_array_index (self->unsynced, i) : self->segment;

      ok = mvx_log_disk_sync (segment->fd);
      if (ok)
        segment->synced = segment->size;
      else
        mvx_log_disk_set_error (error, errno, "Cannot sync spool", self->own->home->path, NULL);
    }
  if (!ok)
    {
      mvx_log_spool_give_up (self);
      return mvx_log_spool_pause (self, error);
    }
  g_ptr_array_set_size (self->unsynced, 0);
  mvx_log_spool_forget_kept (self, self->kept.len);
  self->broken = FALSE;
  self->own->rewrite_seq = 0;
  self->durable_seq = self->own->end_seq;
  return TRUE;
}

static void
mvx_log_spool_keep (MvxLogSpool *self, gconstpointer payload, gsize size, guint32 n)
{
  MvxLogSpoolKept head = { .first_seq = self->own->end_seq, .n = n, .size = (guint32) size };

  if (self->config.sync == MVX_LOG_SPOOL_SYNC_NONE)
    return;
  if (self->kept.len == 0)
    {
      self->kept_seq = self->own->end_seq;
      self->due = g_get_monotonic_time () + self->config.interval_us;
    }
  mvx_log_buffer_append (&self->kept, &head, sizeof head);
  mvx_log_buffer_append (&self->kept, payload, size);
  if (self->kept.len >= self->config.interval_bytes)
    self->due = 0;
}

static gboolean
mvx_log_spool_put (MvxLogSpool *self, gconstpointer payload, gsize size, guint32 n, GError **error)
{
  for (guint attempt = 0; attempt < 3; attempt++)
    {
      g_clear_error (error);
      if (self->broken && !mvx_log_spool_mend (self, error))
        return FALSE;
      if (!mvx_log_spool_ready (self, size, error))
        {
          if (*error)
            return FALSE;
          continue;
        }
      if (mvx_log_spool_segment_append (self->segment, payload, size, n, self->own->end_seq))
        {
          mvx_log_spool_keep (self, payload, size, n);
          self->own->end_seq += n;
          self->own->live_size = self->segment->size;
          return TRUE;
        }
      mvx_log_disk_set_error (error, errno, "Cannot write to spool", self->own->home->path, NULL);
      mvx_log_spool_give_up (self);
    }
  return mvx_log_spool_pause (self, error);
}

/* As many of the entries at @at as one frame of an ordinary segment holds, but at least one. */
static gsize
mvx_log_spool_cut (MvxLogSpool *self, const guint8 *entries, gsize size, guint *n)
{
  gsize most = MIN (self->config.segment_bytes - MVX_LOG_SEGMENT_HEADER - MVX_LOG_FRAME_HEADER, MVX_LOG_FRAME_MAX);
  gsize at = 0;

  *n = 0;
  while (at < size)
    {
      MvxLogEntry entry;
      gsize next = mvx_log_entry_get (&entry, entries, size, at);

      if (next == 0 || (*n > 0 && next > most))
        break;
      at = next;
      (*n)++;
    }
  return at;
}

guint
mvx_log_spool_append (MvxLogSpool *self, gconstpointer entries, gsize size, guint n, guint64 *first_seq, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean much;
  gsize at = 0;
  guint done = 0;

  if (!mvx_log_spool_check_owner (self, error))
    return 0;
  g_mutex_lock (&self->tally.mutex);
  if (first_seq)
    *first_seq = self->own->end_seq;
  while (done < n)
    {
      guint some;
      gsize part = mvx_log_spool_cut (self, (const guint8 *) entries + at, size - at, &some);

      if (some == 0 || part > MVX_LOG_FRAME_MAX)
        {
          g_set_error (&local, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                       "Spool '%s' takes no entry of more than %u bytes", self->own->home->path, MVX_LOG_FRAME_MAX);
          break;
        }
      if (!mvx_log_spool_put (self, (const guint8 *) entries + at, part, some, &local))
        break;
      at += part;
      done += some;
    }
  /* Whoever should sync does not: what is kept has an end. */
  much = self->kept.len > MVX_LOG_SPOOL_MOST_INTERVALS * self->config.interval_bytes;
  g_mutex_unlock (&self->tally.mutex);
  if (much || (self->config.sync == MVX_LOG_SPOOL_SYNC_BATCH && done > 0))
    mvx_log_spool_sync (self, NULL);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return done;
}

/* What is to be synced, and how far; with the mutex held. */
static GPtrArray *
mvx_log_spool_list_unsynced (MvxLogSpool *self, GArray *sizes)
{
  GPtrArray *segments = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_spool_segment_unref);

  for (guint i = 0; i <= self->unsynced->len; i++)
    {
      MvxLogSpoolSegment *segment = i < self->unsynced->len ? g_ptr_array_index (self->unsynced, i) : self->segment;

      if (segment == NULL)
        continue;
      g_ptr_array_add (segments, mvx_log_spool_segment_ref (segment));
      g_array_append_val (sizes, segment->size);
    }
  return segments;
}

/* With the mutex held, which is let go while the disk works. FALSE with errno. */
static gboolean
mvx_log_spool_sync_files (MvxLogSpool *self, guint64 *epoch)
{
  g_autoptr (GArray) sizes = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr (GPtrArray) segments = mvx_log_spool_list_unsynced (self, sizes);
  guint64 target = self->own->end_seq;
  gsize kept = self->kept.len;
  gboolean ok = TRUE;
  int saved;

  *epoch = self->epoch;
  g_mutex_unlock (&self->tally.mutex);
  for (guint i = 0; i < segments->len && ok; i++)
    ok = mvx_log_disk_sync (((MvxLogSpoolSegment *) g_ptr_array_index (segments, i))->fd);
  saved = errno;
  if (ok)
    mvx_log_disk_fail_point ("synced");
  g_mutex_lock (&self->tally.mutex);
  self->n_syncs++;
  if (ok && *epoch == self->epoch)
    {
      for (guint i = 0; i < segments->len; i++)
        {
          MvxLogSpoolSegment *segment = g_ptr_array_index (segments, i);

          segment->synced = g_array_index (sizes, guint64, i);
          if (segment != self->segment && segment->synced == segment->size)
            g_ptr_array_remove (self->unsynced, segment);
        }
      mvx_log_spool_forget_kept (self, kept);
      self->durable_seq = MAX (self->durable_seq, target);
    }
  errno = saved;
  return ok;
}

gboolean
mvx_log_spool_sync (MvxLogSpool *self, GError **error)
{
  g_autoptr (GError) local = NULL;
  guint64 target;
  gboolean ok = TRUE;

  if (!mvx_log_spool_check_owner (self, error))
    return FALSE;
  g_mutex_lock (&self->syncing);
  g_mutex_lock (&self->tally.mutex);
  mvx_log_spool_check_linked (self);
  target = self->config.sync == MVX_LOG_SPOOL_SYNC_NONE ? 0 : self->own->end_seq;
  while (ok && self->durable_seq < target)
    {
      guint64 epoch;

      if (self->broken)
        ok = mvx_log_spool_mend (self, &local);
      else if (!mvx_log_spool_sync_files (self, &epoch) && epoch == self->epoch)
        mvx_log_spool_give_up (self);
    }
  g_mutex_unlock (&self->tally.mutex);
  g_mutex_unlock (&self->syncing);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return ok;
}

gint64
mvx_log_spool_get_due (MvxLogSpool *self)
{
  gint64 due;

  g_mutex_lock (&self->tally.mutex);
  due = self->broken ? MAX (self->retry_at, 0) : self->due;
  g_mutex_unlock (&self->tally.mutex);
  return due;
}

/* Is it time, and is there room? */
static gboolean
mvx_log_spool_wants_next (MvxLogSpool *self, gboolean *reserve)
{
  const MvxLogSpoolSegment *segment = self->segment;

  return !self->preparing && self->prepared == NULL && segment != NULL && segment->size > segment->capacity / 2
         && mvx_log_spool_count_bytes (self) + self->config.segment_bytes <= self->config.max_bytes
         && mvx_log_spool_check_free (self, self->config.segment_bytes, reserve, NULL) && *reserve;
}

void
mvx_log_spool_prepare (MvxLogSpool *self)
{
  MvxLogSpoolSegment *segment;
  gboolean reserve = FALSE;
  guint64 first_seq;
  guint64 id;

  if (!mvx_log_spool_check_owner (self, NULL))
    return;
  g_mutex_lock (&self->tally.mutex);
  if (!mvx_log_spool_wants_next (self, &reserve))
    {
      g_mutex_unlock (&self->tally.mutex);
      return;
    }
  self->preparing = TRUE;
  id = self->next_id++;
  first_seq = self->own->end_seq; /* or later: it is written again when it is known */
  g_mutex_unlock (&self->tally.mutex);
  segment
      = mvx_log_spool_make_segment (self, id, first_seq, self->config.segment_bytes - MVX_LOG_SEGMENT_HEADER, reserve);
  g_mutex_lock (&self->tally.mutex);
  self->preparing = FALSE;
  self->prepared = segment;
  /* Segments are read in the order of their numbers. */
  if (self->segment == NULL || self->segment->header.id > id)
    mvx_log_spool_drop_prepared (self);
  g_mutex_unlock (&self->tally.mutex);
}
