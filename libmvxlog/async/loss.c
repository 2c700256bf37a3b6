/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/level.h>

#include "async/loss-private.h"
#include "base/diag-private.h"
#include "sink/sink-private.h"

/* An overload that does not end is told of so often. */
#define MVX_LOG_LOSS_PATIENCE_US (10 * G_USEC_PER_SEC)

/* In the order of MvxLogOverflow. */
static const char *const mvx_log_loss_reasons[] = {
  "queue full, queue-overflow=raise",       "queue full, queue-overflow=drop-newest",
  "queue full, queue-overflow=drop-oldest", "queue full, queue-overflow=block",
  "queue full, queue-overflow=below-level",
};

/* In the order of MvxLogSpoolLossReason. */
static const char *const mvx_log_loss_spool_reasons[] = {
  "spool full, spool-overflow=drop-oldest",
  "spool damaged",
  "spool file missing",
};

void
mvx_log_loss_note (MvxLogQueue *queue)
{
  MvxLogLoss *loss = &queue->loss;

  loss->last_ns = mvx_log_clock_now_ns ();
  if (loss->count == 0)
    {
      loss->first_ns = loss->last_ns;
      loss->since_us = g_get_monotonic_time ();
    }
  __atomic_store_n (&loss->count, loss->count + 1, __ATOMIC_RELEASE);
  /* The worker may have emptied the queue meanwhile and be about to sleep. It takes `kicked` back before it looks. */
  if (loss->count == 1 && !g_atomic_int_exchange (&queue->kicked, 1))
    mvx_log_queue_wake_worker (queue);
}

/* Half empty, in events and in memory, so that a queue that stays full does not tell of every single loss. Empty lanes
 * have some memory, too. */
static gboolean
mvx_log_loss_is_over (MvxLogDispatcher *self, guint64 bytes)
{
  MvxLogCounters counters = { 0 };

  mvx_log_dispatcher_get_counters (self, &counters);
  return counters.pending == 0
         || (counters.pending <= (guint64) self->queue->max_events / 2 && bytes <= self->queue->max_bytes / 2);
}

gboolean
mvx_log_loss_is_due (MvxLogDispatcher *self)
{
  gint64 since_us;
  guint64 bytes;

  if (G_LIKELY (__atomic_load_n (&self->queue->loss.count, __ATOMIC_ACQUIRE) == 0))
    return FALSE;
  g_mutex_lock (&self->queue->mutex);
  since_us = self->queue->loss.since_us;
  bytes = self->queue->bytes;
  g_mutex_unlock (&self->queue->mutex);
  return mvx_log_loss_is_over (self, bytes) || g_get_monotonic_time () - since_us >= MVX_LOG_LOSS_PATIENCE_US;
}

/* What there is to tell: @loss, for @reason, whose numbers are @first_seq and those behind it (0: they have none) in
 * @stream (NULL: the sink's). */
static MvxLogEvent *
mvx_log_loss_new_event (MvxLogDispatcher *self,
                        const MvxLogLoss *loss,
                        const char *reason,
                        guint64 first_seq,
                        const char *stream)
{
  MvxLogField fields[8] = {
    { "sink", MVX_LOG_KIND_STRING, -1, { .s = self->name } },
    { "reason", MVX_LOG_KIND_STRING, -1, { .s = reason } },
    { "count", MVX_LOG_KIND_UINT64, -1, { .u = loss->count } },
  };
  guint n = 3;

  if (loss->first_ns > 0)
    {
      fields[n++] = (MvxLogField){ "first", MVX_LOG_KIND_TIME, -1, { .i = loss->first_ns } };
      fields[n++] = (MvxLogField){ "last", MVX_LOG_KIND_TIME, -1, { .i = loss->last_ns } };
    }
  if (first_seq > 0)
    {
      fields[n++] = (MvxLogField){ "first_seq", MVX_LOG_KIND_UINT64, -1, { .u = first_seq } };
      fields[n++] = (MvxLogField){ "last_seq", MVX_LOG_KIND_UINT64, -1, { .u = first_seq + loss->count - 1 } };
    }
  if (stream)
    fields[n++] = (MvxLogField){ "stream", MVX_LOG_KIND_STRING, -1, { .s = stream } };
  return mvx_log_event_new ("mvxlog", MVX_LOG_LEVEL_WARNING, mvx_log_clock_now_ns (), "{count} events lost: {reason}",
                            fields, n);
}

/* As an accepted event that is in no lane. NULL if the sink does not take warnings: then the diagnostics are told. */
static MvxLogEvent *
mvx_log_loss_tell (MvxLogDispatcher *self,
                   const MvxLogLoss *loss,
                   const char *reason,
                   guint64 first_seq,
                   const char *stream)
{
  MvxLogQueue *queue = self->queue;
  MvxLogEvent *event;

  if (self->common && MVX_LOG_LEVEL_WARNING < mvx_log_sink_threshold (self->common))
    {
      mvx_log_diag (MVX_LOG_LEVEL_WARNING, "Sink '%s' lost %" G_GUINT64_FORMAT " events: %s", self->name, loss->count,
                    reason);
      return NULL;
    }
  event = mvx_log_loss_new_event (self, loss, reason, first_seq, stream);
  g_mutex_lock (&queue->mutex);
  queue->gone_accepted++;
  queue->gone_bytes += event->record->size;
  g_mutex_unlock (&queue->mutex);
  return event;
}

/* The numbers that the lost ones would have had are left out, so that whoever reads them finds the gap. */
static MvxLogEvent *
mvx_log_loss_take_queue (MvxLogDispatcher *self)
{
  MvxLogQueue *queue = self->queue;
  guint64 first_seq = self->seq + 1;
  MvxLogLoss loss;

  g_mutex_lock (&queue->mutex);
  loss = queue->loss;
  queue->loss = (MvxLogLoss){ 0 };
  g_mutex_unlock (&queue->mutex);
  if (self->spooler == NULL)
    self->seq += loss.count;
  return mvx_log_loss_tell (self, &loss, mvx_log_loss_reasons[queue->overflow], self->spooler ? 0 : first_seq, NULL);
}

void
mvx_log_loss_note_newest (MvxLogDispatcher *self, guint n)
{
  MvxLogLoss *loss = &self->newest;

  loss->last_ns = mvx_log_clock_now_ns ();
  if (loss->count == 0)
    loss->first_ns = loss->last_ns;
  loss->count += n;
}

/* What the spool has no room for is told of when it has some; what it has lost, at once. */
static MvxLogEvent *
mvx_log_loss_take_spool (MvxLogDispatcher *self)
{
  char stream[MVX_LOG_STREAM_ID_DIGITS + 1];
  MvxLogSpoolLoss lost;
  MvxLogLoss loss;

  if (self->held_until == 0 && self->newest.count > 0)
    {
      loss = self->newest;
      self->newest = (MvxLogLoss){ 0 };
      return mvx_log_loss_tell (self, &loss, "spool full, spool-overflow=drop-newest", 0, NULL);
    }
  if (!mvx_log_spooler_take_loss (self->spooler, &lost))
    return NULL;
  loss = (MvxLogLoss){ .count = lost.n };
  mvx_log_stream_id_print (&lost.stream, stream);
  return mvx_log_loss_tell (self, &loss, mvx_log_loss_spool_reasons[lost.reason], lost.first_seq, stream);
}

MvxLogEvent *
mvx_log_loss_take (MvxLogDispatcher *self)
{
  if (mvx_log_loss_is_due (self))
    return mvx_log_loss_take_queue (self);
  return self->spooler ? mvx_log_loss_take_spool (self) : NULL;
}
