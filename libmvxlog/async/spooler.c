/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "async/spool-place-private.h"
#include "async/spooler-private.h"
#include "base/diag-private.h"
#include "base/error-private.h"
#include "durable/dead-letter-private.h"
#include "durable/spool-entry-private.h"

/* A frame of the spool is no longer than this, but for a single event that is. */
#define MVX_LOG_SPOOLER_FRAME (256 * 1024)

/* How long a disk that does not sync is left alone. */
#define MVX_LOG_SPOOLER_PATIENCE_US 250000

/* What streams of this sink that are closed have brought and left. */
typedef struct
{
  gint64 recovered; /* events of former processes */
  guint64 left;     /* on disk, when it was closed the last time */
  guint64 lost[MVX_LOG_N_SPOOL_LOSSES];
} MvxLogSpoolerPast;

struct _MvxLogSpooler
{
  MvxLogSpoolConfig config; /* owns directory */
  char *name;               /* of the sink */
  MvxLogQueue *queue;
  MvxLogBuffer buffer; /* of the worker */
  gint64 retry_at;     /* not before then is a sync that failed tried again; 0 if it did not */
  guint64 n_dead;      /* atomic */

  GMutex mutex;
  GHashTable *reasons; /* mutex: MvxLogEvent of a batch -> why it was rejected */

  GRWLock lock; /* written for opening and closing by the worker, which alone may read without it */
  MvxLogSpool *store;
  MvxLogDeadLetters *dead;
  MvxLogSpoolerPast past;
};

MvxLogSpooler *
mvx_log_spooler_new (const MvxLogAsyncConfig *config, MvxLogQueue *queue)
{
  MvxLogSpooler *self = g_new0 (MvxLogSpooler, 1);
  const char *name = config->name ? config->name : "unnamed";

  self->name = g_strdup (name);
  self->queue = queue;
  self->config = (MvxLogSpoolConfig){
    .directory = mvx_log_spool_place (config->spool_dir, name),
    .sync = config->sync,
    .interval_us = config->sync_interval_us,
    .max_bytes = config->spool_max_bytes,
    .keep_free = config->spool_keep_free,
    .drop_oldest = config->spool_overflow == MVX_LOG_SPOOL_OVERFLOW_DROP_OLDEST,
  };
  self->reasons = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_mutex_init (&self->mutex);
  g_rw_lock_init (&self->lock);
  return self;
}

void
mvx_log_spooler_free (MvxLogSpooler *self)
{
  mvx_log_spooler_close (self);
  g_rw_lock_clear (&self->lock);
  g_mutex_clear (&self->mutex);
  g_hash_table_unref (self->reasons);
  mvx_log_buffer_clear (&self->buffer);
  g_free ((char *) self->config.directory);
  g_free (self->name);
  g_free (self);
}

gboolean
mvx_log_spooler_open (MvxLogSpooler *self, GError **error)
{
  MvxLogSpool *store = mvx_log_spool_new (&self->config, error);

  if (store == NULL)
    return FALSE;
  g_rw_lock_writer_lock (&self->lock);
  self->store = store;
  self->past.recovered -= (gint64) self->past.left; /* which is adopted now, and no news */
  self->past.left = 0;
  g_rw_lock_writer_unlock (&self->lock);
  self->dead = mvx_log_dead_letters_new (self->config.directory, mvx_log_spool_get_stream (store), 0);
  return TRUE;
}

static guint64
mvx_log_spooler_count_lost (const MvxLogSpoolStats *stats)
{
  guint64 n = 0;

  for (guint i = 0; i < MVX_LOG_N_SPOOL_LOSSES; i++)
    n += stats->lost[i];
  return n;
}

/* All that ever was in it, but for what this process has written. */
static guint64
mvx_log_spooler_count_recovered (const MvxLogSpoolStats *stats)
{
  guint64 n = stats->acked + stats->pending + stats->adopted + mvx_log_spooler_count_lost (stats);

  return n > stats->appended ? n - stats->appended : 0;
}

void
mvx_log_spooler_close (MvxLogSpooler *self)
{
  MvxLogSpoolStats stats;

  if (self->store == NULL)
    return;
  g_rw_lock_writer_lock (&self->lock);
  mvx_log_spool_get_stats (self->store, &stats);
  self->past.recovered += (gint64) mvx_log_spooler_count_recovered (&stats);
  self->past.left = stats.pending + stats.adopted;
  for (guint i = 0; i < MVX_LOG_N_SPOOL_LOSSES; i++)
    self->past.lost[i] += stats.lost[i];
  g_clear_pointer (&self->dead, mvx_log_dead_letters_free);
  g_clear_pointer (&self->store, mvx_log_spool_free);
  g_rw_lock_writer_unlock (&self->lock);
}

gboolean
mvx_log_spooler_is_open (MvxLogSpooler *self)
{
  return self->store != NULL;
}

/* Severe events are durable at once. What goes wrong there is tried again when it is due. */
static void
mvx_log_spooler_hurry (MvxLogSpooler *self, gint level)
{
  if (self->config.sync == MVX_LOG_SPOOL_SYNC_INTERVAL && level >= MVX_LOG_LEVEL_CRITICAL)
    mvx_log_spool_sync (self->store, NULL);
}

guint
mvx_log_spooler_append (MvxLogSpooler *self, const MvxLogFlight *batch, GError **error)
{
  const MvxLogStreamId *stream = mvx_log_spool_get_stream (self->store);
  gint level = G_MININT;
  guint n_taken = 0;
  guint n;

  for (guint i = batch->done; i < batch->n;)
    {
      guint64 first;

      self->buffer.len = 0;
      for (n = 0; i < batch->n && self->buffer.len < MVX_LOG_SPOOLER_FRAME; n++, i++)
        {
          mvx_log_spool_entry_put (&self->buffer, &batch->views[i], stream);
          level = MAX (level, batch->views[i].record->level);
        }
      n_taken += mvx_log_spool_append (self->store, self->buffer.data, self->buffer.len, n, &first, error);
      if (n_taken < i - batch->done)
        break;
    }
  if (n_taken > 0)
    mvx_log_spooler_hurry (self, level);
  return n_taken;
}

gboolean
mvx_log_spooler_write (MvxLogSpooler *self, const MvxLogEvent *event, GError **error)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  gboolean written = FALSE;
  guint64 seq;

  g_rw_lock_reader_lock (&self->lock);
  if (self->store)
    {
      mvx_log_spool_entry_put (&buffer, event, mvx_log_spool_get_stream (self->store));
      written = mvx_log_spool_append (self->store, buffer.data, buffer.len, 1, &seq, error) == 1;
      if (written)
        mvx_log_spooler_hurry (self, event->record->level);
    }
  g_rw_lock_reader_unlock (&self->lock);
  mvx_log_buffer_clear (&buffer);
  return written;
}

static void
mvx_log_spooler_add_letter (MvxLogSpooler *self, const MvxLogDeadLetter *letter)
{
  g_autoptr (GError) error = NULL;

  if (mvx_log_dead_letters_add (self->dead, letter, &error))
    __atomic_store_n (&self->n_dead, self->n_dead + 1, __ATOMIC_RELAXED);
  else
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "Sink '%s' could not keep an event that is never delivered: %s", self->name,
                  error->message);
}

/* Bytes that this library cannot read never block the others. */
static void
mvx_log_spooler_bury_bytes (MvxLogSpooler *self,
                            const MvxLogStreamId *stream,
                            const MvxLogSpoolItem *item,
                            const char *why)
{
  const MvxLogDeadLetter letter = { .stream = *stream,
                                    .seq = item->seq,
                                    .time_us = g_get_real_time (),
                                    .reason = why,
                                    .reason_size = (guint32) strlen (why),
                                    .bytes = item->bytes,
                                    .size = item->size };

  mvx_log_spooler_add_letter (self, &letter);
  mvx_log_queue_drop (self->queue, MVX_LOG_LEVEL_INFO, MVX_LOG_REASON_REJECTED);
}

static void
mvx_log_spooler_add (MvxLogFlight *batch, MvxLogEvent *event, guint64 seq, const char *id)
{
  MvxLogEvent *view = &batch->views[batch->n];

  *view = *event;
  view->owned = FALSE;
  view->rejected = FALSE;
  view->seq = seq;
  view->stream = id;
  batch->origins[batch->n] = (MvxLogOrigin){ 0 };
  batch->kept[batch->n] = event;
  batch->seqs[batch->n] = seq;
  batch->n++;
}

/* What cannot be read is covered by the acknowledgement of whatever is before or behind it. */
static void
mvx_log_spooler_take (MvxLogSpooler *self, MvxLogFlight *batch, const MvxLogSpoolBatch *read)
{
  char digits[MVX_LOG_STREAM_ID_DIGITS + 1];
  const char *id;

  mvx_log_stream_id_print (&read->stream, digits);
  id = g_intern_string (digits);
  batch->stream = read->stream;
  for (guint i = 0; i < read->n; i++)
    {
      const MvxLogSpoolItem *item = &read->items[i];
      g_autoptr (GError) error = NULL;
      MvxLogEvent *event = mvx_log_spool_entry_get (item->bytes, item->size, &read->stream, item->seq, &error);

      if (event)
        mvx_log_spooler_add (batch, event, item->seq, id);
      else
        mvx_log_spooler_bury_bytes (self, &read->stream, item, error->message);
      if (event == NULL && batch->n > 0)
        batch->seqs[batch->n - 1] = item->seq;
    }
  if (batch->n == 0)
    mvx_log_spool_ack (self->store, &read->stream, read->items[read->n - 1].seq);
}

gboolean
mvx_log_spooler_fill (MvxLogSpooler *self, MvxLogFlight *batch, GError **error)
{
  mvx_log_flight_make_spooled (batch);
  while (batch->n == 0)
    {
      g_autoptr (GError) local = NULL;
      g_autoptr (MvxLogSpoolBatch) read = mvx_log_spool_read (self->store, batch->max, &local);

      if (local)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (read == NULL)
        return TRUE;
      mvx_log_spooler_take (self, batch, read);
    }
  return TRUE;
}

void
mvx_log_spooler_acknowledge (MvxLogSpooler *self, const MvxLogFlight *batch, guint n)
{
  if (n > 0)
    mvx_log_spool_ack (self->store, &batch->stream, batch->seqs[batch->done + n - 1]);
}

void
mvx_log_spooler_note_reason (MvxLogSpooler *self, const MvxLogEvent *event, const char *reason)
{
  g_mutex_lock (&self->mutex);
  g_hash_table_replace (self->reasons, (gpointer) event, g_strdup (reason));
  g_mutex_unlock (&self->mutex);
}

/* (transfer full) (nullable) */
static char *
mvx_log_spooler_take_reason (MvxLogSpooler *self, const MvxLogEvent *event)
{
  gpointer key;
  gpointer reason = NULL;

  g_mutex_lock (&self->mutex);
  g_hash_table_steal_extended (self->reasons, event, &key, &reason);
  g_mutex_unlock (&self->mutex);
  return reason;
}

void
mvx_log_spooler_bury (MvxLogSpooler *self, const MvxLogFlight *batch, guint i, const char *reason)
{
  MvxLogBuffer *buffer = &self->buffer;
  g_autofree char *noted = mvx_log_spooler_take_reason (self, &batch->views[i]);
  const char *why = noted && batch->views[i].rejected ? noted : reason ? reason : "the sink gave no reason";
  MvxLogDeadLetter letter = { .stream = batch->stream,
                              .seq = batch->views[i].seq,
                              .time_us = g_get_real_time (),
                              .attempts = batch->n_calls + (i == batch->done ? batch->n_single_calls : 0),
                              .reason = why,
                              .reason_size = (guint32) strlen (why) };
  MvxLogEntry entry;

  buffer->len = 0;
  mvx_log_spool_entry_put (buffer, batch->kept[i], &batch->stream);
  mvx_log_entry_get (&entry, buffer->data, buffer->len, 0);
  letter.bytes = entry.bytes;
  letter.size = entry.size;
  mvx_log_spooler_add_letter (self, &letter);
}

void
mvx_log_spooler_rewind (MvxLogSpooler *self)
{
  if (self->store)
    mvx_log_spool_rewind (self->store);
}

gboolean
mvx_log_spooler_sync (MvxLogSpooler *self, guint64 *n, GError **error)
{
  MvxLogSpoolStats stats;

  *n = 0;
  if (self->store == NULL || mvx_log_spool_sync (self->store, error))
    return TRUE;
  mvx_log_spool_get_stats (self->store, &stats);
  *n = stats.next_seq - stats.durable_seq;
  return FALSE;
}

gint64
mvx_log_spooler_tick (MvxLogSpooler *self)
{
  gint64 due = self->store ? mvx_log_spool_get_due (self->store) : -1;
  gint64 now = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;

  if (due >= 0)
    due = MAX (due, self->retry_at);
  if (due < 0 || due > now)
    return due;
  if (mvx_log_spool_sync (self->store, &error))
    {
      self->retry_at = 0;
      return mvx_log_spool_get_due (self->store);
    }
  if (self->retry_at == 0)
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "Sink '%s' cannot make its spool durable and will try again: %s", self->name,
                  error->message);
  self->retry_at = now + MVX_LOG_SPOOLER_PATIENCE_US;
  return self->retry_at;
}

void
mvx_log_spooler_prepare (MvxLogSpooler *self)
{
  if (self->store)
    mvx_log_spool_prepare (self->store);
}

gboolean
mvx_log_spooler_take_loss (MvxLogSpooler *self, MvxLogSpoolLoss *loss)
{
  return self->store && mvx_log_spool_take_loss (self->store, loss);
}

/* How severe they were nobody knows any more. */
static void
mvx_log_spooler_count_loss (MvxLogCounters *counters,
                            const guint64 *lost,
                            MvxLogSpoolLossReason loss,
                            MvxLogReason reason)
{
  counters->dropped[reason] += lost[loss];
  counters->lost[MVX_LOG_LEVEL_CLASS_INFO][reason] += lost[loss];
}

void
mvx_log_spooler_count (MvxLogSpooler *self, MvxLogCounters *counters)
{
  MvxLogSpoolStats stats = { 0 };
  guint64 lost[MVX_LOG_N_SPOOL_LOSSES];

  g_rw_lock_reader_lock (&self->lock);
  if (self->store)
    mvx_log_spool_get_stats (self->store, &stats);
  for (guint i = 0; i < MVX_LOG_N_SPOOL_LOSSES; i++)
    lost[i] = stats.lost[i] + self->past.lost[i];
  counters->recovered = (guint64) MAX ((gint64) mvx_log_spooler_count_recovered (&stats) + self->past.recovered, 0);
  counters->spooled = self->store ? stats.pending + stats.adopted : self->past.left;
  g_rw_lock_reader_unlock (&self->lock);
  counters->dead = __atomic_load_n (&self->n_dead, __ATOMIC_RELAXED);
  mvx_log_spooler_count_loss (counters, lost, MVX_LOG_SPOOL_LOSS_OLDEST, MVX_LOG_REASON_QUEUE_FULL);
  mvx_log_spooler_count_loss (counters, lost, MVX_LOG_SPOOL_LOSS_DAMAGED, MVX_LOG_REASON_ERROR);
  mvx_log_spooler_count_loss (counters, lost, MVX_LOG_SPOOL_LOSS_MISSING, MVX_LOG_REASON_ERROR);
}

guint64
mvx_log_spooler_get_bytes (MvxLogSpooler *self)
{
  MvxLogSpoolStats stats = { 0 };

  g_rw_lock_reader_lock (&self->lock);
  if (self->store)
    mvx_log_spool_get_stats (self->store, &stats);
  g_rw_lock_reader_unlock (&self->lock);
  return stats.bytes;
}
