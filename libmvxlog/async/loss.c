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

gboolean
mvx_log_loss_is_due (MvxLogDispatcher *self)
{
  MvxLogCounters counters = { 0 };
  gint64 since_us;

  if (G_LIKELY (__atomic_load_n (&self->queue->loss.count, __ATOMIC_ACQUIRE) == 0))
    return FALSE;
  g_mutex_lock (&self->queue->mutex);
  since_us = self->queue->loss.since_us;
  g_mutex_unlock (&self->queue->mutex);
  mvx_log_dispatcher_get_counters (self, &counters);
  /* Half empty, so that a queue that stays full does not tell of every single loss. */
  return counters.pending <= (guint64) self->queue->max_events / 2
         || g_get_monotonic_time () - since_us >= MVX_LOG_LOSS_PATIENCE_US;
}

static MvxLogEvent *
mvx_log_loss_new_event (MvxLogDispatcher *self, const MvxLogLoss *loss)
{
  const MvxLogField fields[] = {
    { "sink", MVX_LOG_KIND_STRING, -1, { .s = self->name } },
    { "reason", MVX_LOG_KIND_STRING, -1, { .s = mvx_log_loss_reasons[self->queue->overflow] } },
    { "count", MVX_LOG_KIND_UINT64, -1, { .u = loss->count } },
    { "first", MVX_LOG_KIND_TIME, -1, { .i = loss->first_ns } },
    { "last", MVX_LOG_KIND_TIME, -1, { .i = loss->last_ns } },
  };

  return mvx_log_event_new ("mvxlog", MVX_LOG_LEVEL_WARNING, mvx_log_clock_now_ns (), "{count} events lost: {reason}",
                            fields, G_N_ELEMENTS (fields));
}

MvxLogEvent *
mvx_log_loss_take (MvxLogDispatcher *self)
{
  MvxLogQueue *queue = self->queue;
  MvxLogEvent *event = NULL;
  MvxLogLoss loss;

  g_mutex_lock (&queue->mutex);
  loss = queue->loss;
  queue->loss = (MvxLogLoss){ 0 };
  g_mutex_unlock (&queue->mutex);
  if (self->common && MVX_LOG_LEVEL_WARNING < mvx_log_sink_threshold (self->common))
    {
      mvx_log_diag (MVX_LOG_LEVEL_WARNING, "Sink '%s' lost %" G_GUINT64_FORMAT " events: %s", self->name, loss.count,
                    mvx_log_loss_reasons[queue->overflow]);
      return NULL;
    }
  event = mvx_log_loss_new_event (self, &loss);
  g_mutex_lock (&queue->mutex);
  queue->gone_accepted++;
  queue->gone_bytes += event->record->size;
  g_mutex_unlock (&queue->mutex);
  return event;
}
