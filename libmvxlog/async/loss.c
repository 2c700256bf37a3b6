/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/level.h>

#include "async/loss-private.h"
#include "async/loss-tale-private.h"
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

/* In the order of MvxLogGoneCause; the second of each: a dead letter was kept. */
static const char *const mvx_log_loss_gone_reasons[MVX_LOG_N_GONE][2] = {
  { "rejected by the destination", "rejected by the destination, kept as dead letters" },
  { "given up, retry-count", "given up, retry-count, kept as dead letters" },
  { "given up, retry-max-age", "given up, retry-max-age, kept as dead letters" },
  { "larger than the spool", "larger than the spool" },
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

/* Does the sink take warnings? */
static gboolean
mvx_log_loss_is_heard (MvxLogDispatcher *self)
{
  return self->common == NULL || MVX_LOG_LEVEL_WARNING >= mvx_log_sink_threshold (self->common);
}

/* As an accepted event that is in no lane. */
static MvxLogEvent *
mvx_log_loss_accept (MvxLogDispatcher *self, const MvxLogLossTale *tale)
{
  MvxLogQueue *queue = self->queue;
  MvxLogEvent *event = mvx_log_loss_tale_to_event (tale);

  g_mutex_lock (&queue->mutex);
  queue->gone_accepted++;
  queue->gone_bytes += event->record->size;
  g_mutex_unlock (&queue->mutex);
  return event;
}

/* NULL if the sink does not take warnings: then the diagnostics are told. */
static MvxLogEvent *
mvx_log_loss_tell (MvxLogDispatcher *self, const MvxLogLossTale *tale)
{
  if (mvx_log_loss_is_heard (self))
    return mvx_log_loss_accept (self, tale);
  mvx_log_diag (MVX_LOG_LEVEL_WARNING, "Sink '%s' lost %" G_GUINT64_FORMAT " events: %s", self->name, tale->loss->count,
                tale->reason);
  return NULL;
}

/* The numbers that the lost ones would have had are left out, so that whoever reads them finds the gap. */
static MvxLogEvent *
mvx_log_loss_take_queue (MvxLogDispatcher *self)
{
  MvxLogQueue *queue = self->queue;
  MvxLogLossTale tale = { .sink = self->name, .reason = mvx_log_loss_reasons[queue->overflow] };
  MvxLogLoss loss;

  g_mutex_lock (&queue->mutex);
  loss = queue->loss;
  queue->loss = (MvxLogLoss){ 0 };
  g_mutex_unlock (&queue->mutex);
  tale.loss = &loss;
  if (self->spooler == NULL)
    {
      tale.first_seq = self->seq + 1;
      tale.last_seq = self->seq += loss.count;
    }
  return mvx_log_loss_tell (self, &tale);
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
  MvxLogLossTale tale = { .sink = self->name };
  MvxLogSpoolLoss lost;
  MvxLogLoss loss;

  tale.loss = &loss;
  if (self->held_until == 0 && self->newest.count > 0)
    {
      loss = self->newest;
      self->newest = (MvxLogLoss){ 0 };
      tale.reason = "spool full, spool-overflow=drop-newest";
      return mvx_log_loss_tell (self, &tale);
    }
  if (!mvx_log_spooler_take_loss (self->spooler, &lost))
    return NULL;
  loss = (MvxLogLoss){ .count = lost.n };
  mvx_log_stream_id_print (&lost.stream, stream);
  tale.reason = mvx_log_loss_spool_reasons[lost.reason];
  tale.stream = stream;
  tale.first_seq = lost.first_seq;
  tale.last_seq = lost.first_seq > 0 ? lost.first_seq + lost.n - 1 : 0;
  return mvx_log_loss_tell (self, &tale);
}

/* The diagnostics were told when it happened. */
static MvxLogEvent *
mvx_log_loss_take_gone (MvxLogDispatcher *self, MvxLogGoneMoment moment, MvxLogGone **told)
{
  char stream[MVX_LOG_STREAM_ID_DIGITS + 1];
  g_autoptr (MvxLogGone) gone = mvx_log_gone_pop (self, moment);
  MvxLogLossTale tale = { 0 };
  MvxLogLoss loss;

  if (gone == NULL || !mvx_log_loss_is_heard (self))
    return NULL;
  mvx_log_stream_id_print (&gone->stream, stream);
  loss = (MvxLogLoss){ .count = gone->count, .first_ns = gone->first_ns, .last_ns = gone->last_ns };
  tale = (MvxLogLossTale){ .sink = self->name,
                           .loss = &loss,
                           .reason = mvx_log_loss_gone_reasons[gone->cause][gone->spooled],
                           .why = gone->why,
                           .first_seq = gone->first_seq,
                           .last_seq = gone->last_seq,
                           .stream = gone->spooled ? stream : NULL };
  *told = g_steal_pointer (&gone);
  return mvx_log_loss_accept (self, &tale);
}

MvxLogEvent *
mvx_log_loss_take (MvxLogDispatcher *self, MvxLogGoneMoment moment, MvxLogGone **gone)
{
  MvxLogEvent *event = NULL;

  if (mvx_log_loss_is_due (self))
    return mvx_log_loss_take_queue (self);
  if (self->spooler)
    event = mvx_log_loss_take_spool (self);
  return event ? event : mvx_log_loss_take_gone (self, moment, gone);
}
