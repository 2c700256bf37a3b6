/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "durable/spool-internal.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <unistd.h>

#include "durable/disk-private.h"
#include "durable/spool-cursor-private.h"

#define MVX_LOG_SPOOL_SEGMENT_BYTES (8u * 1024 * 1024)
#define MVX_LOG_SPOOL_LEAST_SEGMENT 4096u
#define MVX_LOG_SPOOL_MAX_BYTES (1024u * 1024 * 1024)
#define MVX_LOG_SPOOL_WINDOW 1024 /* events that are delivered again after a power loss, at most */

gboolean
mvx_log_spool_check_owner (MvxLogSpool *self, GError **error)
{
  if (G_LIKELY (self->pid == getpid ()))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "Spool '%s' belongs to process %d, not to its child %d",
               self->own->home->path, (int) self->pid, (int) getpid ());
  return FALSE;
}

guint64
mvx_log_spool_count_bytes (MvxLogSpool *self)
{
  guint64 bytes = mvx_log_spool_stream_get_bytes (self->own);

  for (guint i = 0; i < self->adopted->len; i++)
    bytes += mvx_log_spool_stream_get_bytes (g_ptr_array_index (self->adopted, i));
  if (self->prepared)
    bytes += self->prepared->capacity + MVX_LOG_SEGMENT_HEADER;
  return bytes;
}

static void
mvx_log_spool_complete_config (MvxLogSpoolConfig *config)
{
  if (config->interval_us <= 0)
    config->interval_us = G_USEC_PER_SEC;
  if (config->interval_bytes == 0)
    config->interval_bytes = 256 * 1024;
  if (config->max_bytes == 0)
    config->max_bytes = MVX_LOG_SPOOL_MAX_BYTES;
  if (config->segment_bytes == 0)
    config->segment_bytes = MIN (MVX_LOG_SPOOL_SEGMENT_BYTES, config->max_bytes / 8);
  config->segment_bytes = MAX (config->segment_bytes, MVX_LOG_SPOOL_LEAST_SEGMENT) & ~(guint64) 7;
  if (config->retry_us == 0)
    config->retry_us = 250 * 1000;
  if (config->first_seq == 0)
    config->first_seq = 1;
  if (config->first_id == 0)
    config->first_id = 1;
}

/* Those that can be read; the others stay where they are, for the next process. */
static gboolean
mvx_log_spool_adopt (MvxLogSpool *self, GError **error)
{
  g_autoptr (GPtrArray) homes = mvx_log_spool_home_adopt (self->config.directory, error);

  if (homes == NULL)
    return FALSE;
  while (homes->len > 0)
    {
      MvxLogSpoolStream *stream
          = mvx_log_spool_stream_new_adopted (g_ptr_array_steal_index (homes, 0), &self->tally, NULL);

      if (stream)
        g_ptr_array_add (self->adopted, stream);
    }
  return TRUE;
}

MvxLogSpool *
mvx_log_spool_new (const MvxLogSpoolConfig *config, GError **error)
{
  g_autoptr (MvxLogSpool) self = g_new0 (MvxLogSpool, 1);
  MvxLogSpoolHome *home;

  self->config = *config;
  self->config.directory = g_strdup (config->directory);
  mvx_log_spool_complete_config (&self->config);
  self->pid = getpid ();
  self->boot = mvx_log_disk_read_boot ();
  g_mutex_init (&self->tally.mutex);
  g_mutex_init (&self->reading);
  g_mutex_init (&self->syncing);
  g_queue_init (&self->tally.losses);
  self->adopted = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_spool_stream_free);
  self->unsynced = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_spool_segment_unref);
  self->next_id = self->config.first_id;
  self->durable_seq = self->config.first_seq;
  self->due = -1;
  if (!mvx_log_spool_adopt (self, error))
    return NULL;
  home = mvx_log_spool_home_new (self->config.directory, error);
  if (home == NULL)
    return NULL;
  self->own = mvx_log_spool_stream_new (home, &self->tally, self->config.first_seq);
  if (!mvx_log_spool_stream_begin (self->own, self->config.sync != MVX_LOG_SPOOL_SYNC_NONE, error))
    return NULL;
  return g_steal_pointer (&self);
}

static void
mvx_log_spool_end_segments (MvxLogSpool *self)
{
  char name[MVX_LOG_SEGMENT_NAME];

  /* Nobody would be told any more of what is removed now. */
  self->config.drop_oldest = FALSE;
  mvx_log_spool_sync (self, NULL);
  g_mutex_lock (&self->tally.mutex);
  if (self->segment)
    {
      mvx_log_spool_segment_seal (self->segment);
      mvx_log_spool_stream_finish (self->own, self->segment->header.id, self->segment->last_seq + 1,
                                   self->segment->size);
    }
  if (self->prepared)
    {
      mvx_log_segment_name (self->prepared->header.id, name);
      unlinkat (self->own->home->fd, name, 0);
    }
  self->own->live_id = 0;
  g_mutex_unlock (&self->tally.mutex);
}

/* Removes a stream that is done with. */
static void
mvx_log_spool_end_stream (MvxLogSpool *self, MvxLogSpoolStream *stream)
{
  mvx_log_spool_stream_tidy (stream, 1);
  if (mvx_log_spool_stream_is_over (stream))
    mvx_log_spool_home_remove (stream->home);
}

void
mvx_log_spool_free (MvxLogSpool *self)
{
  gboolean ours = self->pid == getpid ();

  if (self->own && ours)
    {
      mvx_log_spool_end_segments (self);
      mvx_log_spool_end_stream (self, self->own);
    }
  for (guint i = 0; i < self->adopted->len && ours; i++)
    mvx_log_spool_end_stream (self, g_ptr_array_index (self->adopted, i));
  g_clear_pointer (&self->own, mvx_log_spool_stream_free);
  g_ptr_array_unref (self->adopted);
  g_ptr_array_unref (self->unsynced);
  g_clear_pointer (&self->segment, mvx_log_spool_segment_unref);
  g_clear_pointer (&self->prepared, mvx_log_spool_segment_unref);
  mvx_log_buffer_clear (&self->kept);
  g_queue_clear_full (&self->tally.losses, g_free);
  g_clear_error (&self->why);
  if (ours)
    {
      g_mutex_clear (&self->tally.mutex);
      g_mutex_clear (&self->reading);
      g_mutex_clear (&self->syncing);
    }
  g_free ((char *) self->config.directory);
  g_free (self);
}

const MvxLogStreamId *
mvx_log_spool_get_stream (MvxLogSpool *self)
{
  return &self->own->home->stream;
}

/* Writes acknowledgements down; adopted streams of which nothing is left go. */
static void
mvx_log_spool_tidy (MvxLogSpool *self)
{
  guint64 window = self->config.sync == MVX_LOG_SPOOL_SYNC_BATCH ? MVX_LOG_SPOOL_WINDOW : G_MAXUINT64;
  gboolean room = mvx_log_spool_stream_tidy (self->own, window);

  for (guint i = self->adopted->len; i-- > 0;)
    {
      MvxLogSpoolStream *stream = g_ptr_array_index (self->adopted, i);

      room |= mvx_log_spool_stream_tidy (stream, window);
      if (!mvx_log_spool_stream_is_over (stream))
        continue;
      mvx_log_spool_home_remove (stream->home);
      g_mutex_lock (&self->tally.mutex);
      g_ptr_array_remove_index (self->adopted, i);
      g_mutex_unlock (&self->tally.mutex);
    }
  if (!room)
    return;
  g_mutex_lock (&self->tally.mutex);
  g_clear_error (&self->why);
  /* As long as a descriptor is open, a removed file takes up its place. */
  for (guint i = self->unsynced->len; i-- > 0;)
    {
      const MvxLogSpoolSegment *segment = g_ptr_array_index (self->unsynced, i);

      if (mvx_log_spool_stream_find (self->own, segment->header.id) == NULL)
        g_ptr_array_remove_index (self->unsynced, i);
    }
  g_mutex_unlock (&self->tally.mutex);
}

MvxLogSpoolBatch *
mvx_log_spool_read (MvxLogSpool *self, guint max, GError **error)
{
  g_autoptr (GError) local = NULL;
  MvxLogSpoolBatch *batch = NULL;

  if (!mvx_log_spool_check_owner (self, error))
    return NULL;
  g_mutex_lock (&self->reading);
  for (guint i = 0; i < self->adopted->len && batch == NULL && local == NULL; i++)
    batch = mvx_log_spool_cursor_read (g_ptr_array_index (self->adopted, i), max, &local);
  if (batch == NULL && local == NULL)
    batch = mvx_log_spool_cursor_read (self->own, max, &local);
  mvx_log_spool_tidy (self);
  g_mutex_unlock (&self->reading);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return batch;
}

void
mvx_log_spool_ack (MvxLogSpool *self, const MvxLogStreamId *stream, guint64 seq)
{
  MvxLogSpoolStream *found = self->own;

  if (!mvx_log_spool_check_owner (self, NULL))
    return;
  g_mutex_lock (&self->reading);
  g_mutex_lock (&self->tally.mutex);
  for (guint i = 0; i < self->adopted->len; i++)
    {
      MvxLogSpoolStream *other = g_ptr_array_index (self->adopted, i);

      if (mvx_log_stream_id_equal (&other->home->stream, stream))
        found = other;
    }
  if (mvx_log_stream_id_equal (&found->home->stream, stream))
    mvx_log_spool_stream_ack (found, seq);
  g_mutex_unlock (&self->tally.mutex);
  mvx_log_spool_tidy (self);
  g_mutex_unlock (&self->reading);
}

void
mvx_log_spool_rewind (MvxLogSpool *self)
{
  if (!mvx_log_spool_check_owner (self, NULL))
    return;
  g_mutex_lock (&self->reading);
  for (guint i = 0; i < self->adopted->len; i++)
    mvx_log_spool_cursor_rewind (g_ptr_array_index (self->adopted, i));
  mvx_log_spool_cursor_rewind (self->own);
  g_mutex_unlock (&self->reading);
}

gboolean
mvx_log_spool_take_loss (MvxLogSpool *self, MvxLogSpoolLoss *loss)
{
  MvxLogSpoolLoss *first;

  if (!mvx_log_spool_check_owner (self, NULL))
    return FALSE;
  g_mutex_lock (&self->tally.mutex);
  first = g_queue_pop_head (&self->tally.losses);
  g_mutex_unlock (&self->tally.mutex);
  if (first == NULL)
    return FALSE;
  *loss = *first;
  g_free (first);
  return TRUE;
}

void
mvx_log_spool_get_stats (MvxLogSpool *self, MvxLogSpoolStats *stats)
{
  *stats = (MvxLogSpoolStats){ 0 };
  if (!mvx_log_spool_check_owner (self, NULL))
    return;
  g_mutex_lock (&self->tally.mutex);
  *stats = (MvxLogSpoolStats){ .appended = self->own->end_seq - self->config.first_seq,
                               .acked = self->tally.acked,
                               .pending = mvx_log_spool_stream_get_pending (self->own),
                               .next_seq = self->own->end_seq,
                               .durable_seq = self->durable_seq,
                               .bytes = mvx_log_spool_count_bytes (self),
                               .n_segments = self->own->tracks->len,
                               .n_adopted = self->adopted->len,
                               .n_syncs = self->n_syncs,
                               .n_sealed = self->n_sealed,
                               .n_damaged = self->tally.n_damaged,
                               .n_quarantined = self->tally.n_quarantined };
  memcpy (stats->lost, self->tally.lost, sizeof stats->lost);
  for (guint i = 0; i < self->adopted->len; i++)
    stats->adopted += mvx_log_spool_stream_get_pending (g_ptr_array_index (self->adopted, i));
  if (self->config.sync == MVX_LOG_SPOOL_SYNC_NONE)
    stats->durable_seq = stats->next_seq;
  g_mutex_unlock (&self->tally.mutex);
}
