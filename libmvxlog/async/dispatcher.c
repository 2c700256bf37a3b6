/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/breaker-private.h"
#include "async/dispatcher-private.h"
#include "async/gone-private.h"
#include "async/intake-private.h"
#include "async/loss-private.h"
#include "async/merge-private.h"
#include "async/settle-private.h"
#include "base/diag-private.h"
#include "base/error-private.h"

#define MVX_LOG_DISPATCHER_BATCH 256
/* How long a step may take before the other sources of the context get their turn. */
#define MVX_LOG_DISPATCHER_SLICE_US 10000

void
mvx_log_dispatcher_init (MvxLogDispatcher *self,
                         const MvxLogAsyncConfig *config,
                         MvxLogQueue *queue,
                         MvxLogDispatchFunc func,
                         gpointer data)
{
  *self = (MvxLogDispatcher){ .queue = queue, .func = func, .data = data, .config = *config };
  self->name = config->name ? config->name : "unnamed";
  if (self->config.batch_max == 0)
    self->config.batch_max = MVX_LOG_DISPATCHER_BATCH;
  if (self->config.max_in_flight == 0)
    self->config.max_in_flight = 1;
  if (self->config.retry_min_us <= 0)
    self->config.retry_min_us = 100000;
  if (self->config.retry_max_us <= 0)
    self->config.retry_max_us = 30 * G_USEC_PER_SEC;
  self->active = g_ptr_array_new ();
  self->heap = g_ptr_array_new ();
  self->jitter = g_rand_new ();
  g_queue_init (&self->in_flight);
  g_queue_init (&self->flushes);
  g_queue_init (&self->gone);
  if (config->delivery == MVX_LOG_DELIVERY_SPOOL)
    self->spooler = mvx_log_spooler_new (config, queue);
}

void
mvx_log_dispatcher_clear (MvxLogDispatcher *self)
{
  g_queue_clear_full (&self->in_flight, (GDestroyNotify) mvx_log_flight_free);
  g_clear_pointer (&self->spare, mvx_log_flight_free);
  g_clear_pointer (&self->held, mvx_log_flight_free);
  g_clear_pointer (&self->salvage, mvx_log_salvage_free);
  g_clear_pointer (&self->spooler, mvx_log_spooler_free);
  g_clear_pointer (&self->active, g_ptr_array_unref);
  g_clear_pointer (&self->heap, g_ptr_array_unref);
  g_clear_pointer (&self->jitter, g_rand_free);
  g_queue_clear_full (&self->gone, (GDestroyNotify) mvx_log_gone_free);
  g_clear_pointer (&self->reject_why, g_free);
  g_clear_pointer (&self->trouble, g_free);
}

void
mvx_log_dispatcher_begin_salvage (MvxLogDispatcher *self)
{
  g_autoptr (GError) error = NULL;
  guint64 n_damaged;

  if (self->queue->ring_dir == NULL || self->salvage)
    return;
  self->salvage = mvx_log_salvage_new (self->queue->ring_dir, FALSE, &n_damaged, &error);
  if (error)
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "Sink '%s' cannot recover events of former runs: %s", self->name,
                  error->message);
  if (self->salvage)
    __atomic_store_n (&self->n_salvaged, self->n_salvaged + mvx_log_salvage_count (self->salvage), __ATOMIC_RELAXED);
}

void
mvx_log_dispatcher_end_salvage (MvxLogDispatcher *self)
{
  if (self->salvage == NULL)
    return;
  __atomic_store_n (&self->n_salvaged, self->n_salvaged - mvx_log_salvage_count (self->salvage), __ATOMIC_RELAXED);
  g_clear_pointer (&self->salvage, mvx_log_salvage_free);
}

void
mvx_log_dispatcher_add_lane (MvxLogDispatcher *self, MvxLogLane *lane)
{
  if (lane->active)
    return;
  lane->active = TRUE;
  g_ptr_array_add (self->active, lane);
}

void
mvx_log_dispatcher_add_flush (MvxLogDispatcher *self, MvxLogFlush *flush)
{
  g_queue_push_tail (&self->flushes, flush);
}

MvxLogFlush *
mvx_log_dispatcher_pop_flush (MvxLogDispatcher *self)
{
  MvxLogFlush *flush = g_queue_peek_head (&self->flushes);

  return flush && mvx_log_flush_is_over (flush) ? g_queue_pop_head (&self->flushes) : NULL;
}

/* A batch that did not come out full has emptied the lanes: what is pending is on its way, and nobody has to look at
 * memory that the producers write. */
static guint64
mvx_log_dispatcher_count_pending (MvxLogDispatcher *self, const MvxLogFlight *last)
{
  MvxLogCounters counters = { 0 };
  guint64 n = 0;

  if (last->n == last->max)
    {
      mvx_log_dispatcher_get_counters (self, &counters);
      return counters.pending;
    }
  for (const GList *link = self->in_flight.head; link; link = link->next)
    n += ((const MvxLogFlight *) link->data)->n - ((const MvxLogFlight *) link->data)->done;
  return n;
}

static void
mvx_log_dispatcher_note_high_water (MvxLogDispatcher *self, const MvxLogFlight *last)
{
  guint64 pending = mvx_log_dispatcher_count_pending (self, last);

  if (pending > self->high_water)
    __atomic_store_n (&self->high_water, pending, __ATOMIC_RELAXED);
}

/* The batch has its answer. */
static void
mvx_log_dispatcher_note_time (MvxLogDispatcher *self, const MvxLogFlight *batch)
{
  gint64 us = MAX (g_get_monotonic_time () - batch->since, 0);
  guint64 *counter = &self->dispatch_time[MIN (g_bit_storage ((gulong) us), MVX_LOG_N_TIME_CLASSES - 1)];

  if (us == 0)
    counter = &self->dispatch_time[0];
  __atomic_store_n (&self->dispatch_us, self->dispatch_us + (guint64) us, __ATOMIC_RELAXED);
  /* After n_batches, for who reads them the other way round. */
  __atomic_store_n (counter, *counter + 1, __ATOMIC_RELEASE);
}

/* One call of the sink. The batch is at the head of in_flight or its only member behind pending ones. */
static gboolean
mvx_log_dispatcher_call (MvxLogDispatcher *self, MvxLogFlight *batch, GError **error)
{
  g_autoptr (GError) why = NULL;
  MvxLogDispatchResult result;
  guint n_done = 0;

  __atomic_store_n (&self->n_batches, self->n_batches + 1, __ATOMIC_RELAXED);
  batch->pending = TRUE;
  batch->since = g_get_monotonic_time ();
  __atomic_store_n (&self->dispatch_since, batch->since, __ATOMIC_RELAXED);
  /* One event is enough to see whether a circuit can be closed. */
  batch->serial = self->n_batches;
  batch->offered = self->open || batch->single ? 1 : batch->n - batch->done;
  batch->n_calls += batch->offered > 1;
  batch->n_single_calls += batch->offered == 1;
  result = self->func (self->data, batch->events + batch->done, batch->offered, &n_done, &why);
  __atomic_store_n (&self->dispatch_since, 0, __ATOMIC_RELAXED);
  if (result == MVX_LOG_DISPATCH_PENDING && why == NULL)
    return TRUE;
  mvx_log_dispatcher_note_time (self, batch);
  batch->completed = TRUE;
  batch->result = result;
  batch->n_done = n_done;
  batch->why = g_steal_pointer (&why);
  return mvx_log_settle_completed (self, error);
}

static void
mvx_log_dispatcher_forget_lane (MvxLogDispatcher *self, guint index)
{
  MvxLogLane *lane = g_ptr_array_index (self->active, index);

  mvx_log_flush_forget (self->queue, lane);
  g_ptr_array_remove_index_fast (self->active, index);
  mvx_log_queue_put_away (self->queue, lane);
}

/* Lanes of threads that have ended, once they are settled. */
static void
mvx_log_dispatcher_sweep (MvxLogDispatcher *self)
{
  if (__atomic_load_n (&self->queue->n_retired, __ATOMIC_ACQUIRE) == 0)
    return;
  for (guint i = self->active->len; i > 0; i--)
    {
      MvxLogLane *lane = g_ptr_array_index (self->active, i - 1);

      if (__atomic_load_n (&lane->retired, __ATOMIC_ACQUIRE) && mvx_log_lane_is_settled (lane))
        mvx_log_dispatcher_forget_lane (self, i - 1);
    }
}

/* The next batch, which is in flight from now on; NULL if there is nothing. */
static MvxLogFlight *
mvx_log_dispatcher_take (MvxLogDispatcher *self, GError **error)
{
  MvxLogFlight *batch = mvx_log_dispatch_state_take_batch (self);

  mvx_log_dispatcher_sweep (self); /* here, for a busy worker never comes to rest */
  mvx_log_intake_fill (self, batch, error);
  if (batch->n == 0)
    {
      mvx_log_dispatch_state_put_batch (self, batch);
      return NULL;
    }
  g_queue_push_tail (&self->in_flight, batch);
  mvx_log_dispatcher_note_high_water (self, batch);
  return batch;
}

/* What the fallback does not take either is offered to it again later. */
static MvxLogDispatcherStep
mvx_log_dispatcher_divert (MvxLogDispatcher *self, MvxLogFlight *batch, gint64 now)
{
  mvx_log_settle_divert (self, batch);
  if (batch->done < batch->n)
    {
      mvx_log_dispatch_state_wait_until (
          self, now + mvx_log_breaker_back_off (self, self->config.retry_min_us, self->attempts++));
      return MVX_LOG_DISPATCHER_WAIT;
    }
  mvx_log_dispatch_state_done_with (self, batch);
  return MVX_LOG_DISPATCHER_MORE;
}

/* Nothing can be read of the spool: not the sink's fault, but it comes to the same. */
static MvxLogDispatcherStep
mvx_log_dispatcher_wait_for_disk (MvxLogDispatcher *self, gint64 now, const GError *why)
{
  if (self->attempts == 0)
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "Sink '%s' cannot read its spool and will try again: %s", self->name,
                  why->message);
  mvx_log_dispatch_state_wait_until (
      self, now + mvx_log_breaker_back_off (self, self->config.retry_min_us, self->attempts++));
  return MVX_LOG_DISPATCHER_WAIT;
}

/* One batch: the one whose time for another attempt has come, else the next. */
static MvxLogDispatcherStep
mvx_log_dispatcher_next (MvxLogDispatcher *self, GError **error)
{
  gint64 now = g_get_monotonic_time ();
  gboolean divert = mvx_log_breaker_diverts (self, now);
  g_autoptr (GError) unread = NULL;
  MvxLogFlight *batch = NULL;

  if (now < self->retry_at)
    return MVX_LOG_DISPATCHER_WAIT;
  if (self->retry_at > 0)
    batch = g_queue_peek_head (&self->in_flight);
  if (batch && batch->pending)
    batch = NULL; /* it is on its way; who waited was the next one */
  mvx_log_dispatch_state_wait_until (self, 0);
  /* The fallback gets nothing before what is under way has been answered. */
  if (batch == NULL && self->in_flight.length >= (divert ? 1 : self->config.max_in_flight))
    return MVX_LOG_DISPATCHER_WAIT;
  if (batch == NULL)
    batch = mvx_log_dispatcher_take (self, &unread);
  if (unread)
    return mvx_log_dispatcher_wait_for_disk (self, now, unread);
  if (batch == NULL)
    return MVX_LOG_DISPATCHER_IDLE;
  if (divert)
    return mvx_log_dispatcher_divert (self, batch, now);
  return mvx_log_dispatcher_call (self, batch, error) ? MVX_LOG_DISPATCHER_MORE : MVX_LOG_DISPATCHER_FAILED;
}

MvxLogDispatcherStep
mvx_log_dispatcher_step (MvxLogDispatcher *self, GError **error)
{
  gint64 start = g_get_monotonic_time ();

  do
    {
      /* The spool gets everything, however the sink is. */
      gboolean taken = self->spooler && mvx_log_intake_spool (self);
      MvxLogDispatcherStep step = mvx_log_dispatcher_next (self, error);

      if (taken && step != MVX_LOG_DISPATCHER_FAILED)
        continue;
      if (step != MVX_LOG_DISPATCHER_MORE)
        return step;
    }
  while (g_get_monotonic_time () - start < MVX_LOG_DISPATCHER_SLICE_US);
  return MVX_LOG_DISPATCHER_MORE;
}

gboolean
mvx_log_dispatcher_complete (MvxLogDispatcher *self,
                             MvxLogEvent *const *events,
                             guint64 serial,
                             MvxLogDispatchResult result,
                             guint n_done,
                             const GError *why,
                             GError **error)
{
  for (GList *link = self->in_flight.head; link; link = link->next)
    {
      MvxLogFlight *batch = link->data;

      if (batch->events + batch->done != events || !batch->pending || batch->completed)
        continue;
      if (serial != 0 && batch->serial != serial)
        break; /* of a run of the sink that is over; its memory serves again */
      mvx_log_dispatcher_note_time (self, batch);
      batch->completed = TRUE;
      batch->result = result == MVX_LOG_DISPATCH_PENDING ? MVX_LOG_DISPATCH_FAILED : result;
      batch->n_done = n_done;
      batch->why = why ? g_error_copy (why) : NULL;
      return mvx_log_settle_completed (self, error);
    }
  mvx_log_diag (MVX_LOG_LEVEL_ERROR,
                "Sink '%s' completed a batch that is not in flight; it completes batches twice or invents them",
                self->name);
  return TRUE;
}

/* With the queue's mutex, so that the owner does not end meanwhile. */
static gboolean
mvx_log_dispatcher_lane_is_quiet (MvxLogLane *lane)
{
  guint64 inside = lane->thread ? __atomic_load_n (&lane->thread->inside, __ATOMIC_ACQUIRE) : 0;

  return (inside & 1) == 0 && mvx_log_lane_peek (lane, TRUE) == NULL
         && !__atomic_load_n (&lane->retired, __ATOMIC_ACQUIRE);
}

gboolean
mvx_log_dispatcher_has_work (MvxLogDispatcher *self)
{
  gboolean work = FALSE;

  mvx_log_dispatcher_sweep (self);
  mvx_log_quiesce_fence ();
  g_mutex_lock (&self->queue->mutex);
  for (guint i = 0; i < self->active->len && !work; i++)
    work = !mvx_log_dispatcher_lane_is_quiet (g_ptr_array_index (self->active, i));
  g_mutex_unlock (&self->queue->mutex);
  return work;
}

/* A producer reads `announced` after its record is committed and without a fence. It set its inside word before,
 * though: so if it read the old value, we see it inside here, behind the fence, or have seen its record. */
gboolean
mvx_log_dispatcher_let_go (MvxLogDispatcher *self)
{
  guint kept = 0;

  mvx_log_dispatcher_sweep (self);
  /* From here on a thread that ends could put its lane away. */
  g_mutex_lock (&self->queue->mutex);
  for (guint i = 0; i < self->active->len; i++)
    {
      MvxLogLane *lane = g_ptr_array_index (self->active, i);

      lane->active = FALSE;
      __atomic_store_n (&lane->announced, 0, __ATOMIC_RELEASE);
    }
  mvx_log_quiesce_fence ();
  for (guint i = 0; i < self->active->len; i++)
    {
      MvxLogLane *lane = g_ptr_array_index (self->active, i);

      /* Whoever sets the flag has the lane: us, or a producer through the queue. */
      if (mvx_log_dispatcher_lane_is_quiet (lane) || __atomic_exchange_n (&lane->announced, 1, __ATOMIC_ACQ_REL))
        continue;
      lane->active = TRUE;
      g_ptr_array_index (self->active, kept++) = lane;
    }
  g_mutex_unlock (&self->queue->mutex);
  g_ptr_array_set_size (self->active, (gint) kept);
  return kept == 0;
}

char *
mvx_log_dispatcher_dup_stall (MvxLogDispatcher *self)
{
  gint64 since = __atomic_load_n (&self->dispatch_since, __ATOMIC_RELAXED);
  gint64 s = since > 0 ? (g_get_monotonic_time () - since) / G_USEC_PER_SEC : 0;

  return s > 0 ? g_strdup_printf ("; its dispatch has not returned for %" G_GINT64_FORMAT " s", s) : NULL;
}

gboolean
mvx_log_dispatcher_is_empty (MvxLogDispatcher *self)
{
  /* What is safe need not wait for a sink that cannot deliver now. */
  return (self->in_flight.length == 0 || (self->spooler && self->retry_at > 0)) && self->held == NULL
         && (self->retry_at > 0 || !mvx_log_gone_is_due (self)) && !mvx_log_dispatcher_has_work (self);
}

/* What is in the spool stays there; what waits in front of it goes there, too, if it can. */
static guint64
mvx_log_dispatcher_leave_spooled (MvxLogDispatcher *self, MvxLogReason reason)
{
  MvxLogFlight *batch;
  guint64 n = 0;

  mvx_log_dispatch_state_wait_until (self, 0);
  while ((batch = g_queue_peek_head (&self->in_flight)))
    {
      if (!batch->spooled && !batch->salvaged)
        n += mvx_log_intake_keep (self, batch, reason);
      mvx_log_dispatch_state_done_with (self, batch);
    }
  mvx_log_spooler_rewind (self->spooler);
  n += mvx_log_intake_finish (self, reason);
  mvx_log_dispatcher_sweep (self);
  return n;
}

guint64
mvx_log_dispatcher_discard (MvxLogDispatcher *self, MvxLogReason reason)
{
  MvxLogFlight *batch;
  guint64 n = 0;

  if (self->spooler)
    return mvx_log_dispatcher_leave_spooled (self, reason);
  mvx_log_dispatch_state_wait_until (self, 0);
  while ((batch = g_queue_peek_head (&self->in_flight)))
    {
      /* Those of former processes are left to the next one. */
      if (!batch->salvaged)
        {
          mvx_log_settle_divert (self, batch);
          n += batch->n - batch->done;
          mvx_log_settle_drop (self, batch, batch->n - batch->done, reason);
        }
      mvx_log_dispatch_state_done_with (self, batch);
    }
  for (;;)
    {
      batch = mvx_log_dispatch_state_take_batch (self);
      mvx_log_merge_fill (self, batch);
      if (batch->n == 0)
        break;
      mvx_log_settle_divert (self, batch);
      n += batch->n - batch->done;
      mvx_log_settle_drop (self, batch, batch->n - batch->done, reason);
      mvx_log_dispatch_state_put_batch (self, batch);
    }
  mvx_log_dispatch_state_put_batch (self, batch);
  mvx_log_dispatcher_sweep (self);
  return n;
}

/* Adds what the spool has lost, and returns how many events that and what is on disk are. */
static guint64
mvx_log_dispatcher_count_spool (MvxLogDispatcher *self, MvxLogCounters *counters)
{
  guint64 before = 0;
  guint64 after = 0;

  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    before += counters->dropped[i];
  mvx_log_spooler_count (self->spooler, counters);
  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    after += counters->dropped[i];
  return after - before + counters->spooled;
}

/* Read what has left before what has come in: so pending is never negative while events move. */
void
mvx_log_dispatcher_get_counters (MvxLogDispatcher *self, MvxLogCounters *counters)
{
  guint64 gone;

  counters->delivered = __atomic_load_n (&self->n_delivered, __ATOMIC_ACQUIRE);
  counters->diverted = __atomic_load_n (&self->n_diverted, __ATOMIC_ACQUIRE);
  gone = counters->delivered + counters->diverted;
  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    {
      counters->dropped[i] = __atomic_load_n (&self->queue->dropped[i], __ATOMIC_ACQUIRE);
      gone += counters->dropped[i];
    }
  if (self->spooler)
    gone += mvx_log_dispatcher_count_spool (self, counters);
  counters->recovered += __atomic_load_n (&self->n_salvaged, __ATOMIC_RELAXED);
  counters->accepted = mvx_log_queue_n_accepted (self->queue, &counters->bytes) + counters->recovered;
  counters->pending = counters->accepted > gone ? counters->accepted - gone : 0;
  /* What leaves the spool is counted as delivered or dropped a moment before it counts as having left. */
  if (gone > counters->accepted)
    counters->spooled -= MIN (counters->spooled, gone - counters->accepted);
  counters->offered = counters->accepted;
  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    {
      counters->refused[i] = __atomic_load_n (&self->queue->refused[i], __ATOMIC_RELAXED);
      counters->offered += counters->refused[i];
    }
  counters->opened = __atomic_load_n (&self->n_opened, __ATOMIC_RELAXED);
  counters->retried = __atomic_load_n (&self->n_retried, __ATOMIC_RELAXED);
  counters->failed = __atomic_load_n (&self->n_failed, __ATOMIC_RELAXED);
  counters->high_water = __atomic_load_n (&self->high_water, __ATOMIC_RELAXED);
  counters->dispatch_us = __atomic_load_n (&self->dispatch_us, __ATOMIC_RELAXED);
  counters->wakeups = __atomic_load_n (&self->queue->n_wakeups, __ATOMIC_RELAXED);
  for (guint i = 0; i < MVX_LOG_N_TIME_CLASSES; i++)
    counters->dispatch_time[i] = __atomic_load_n (&self->dispatch_time[i], __ATOMIC_ACQUIRE);
  counters->batches = __atomic_load_n (&self->n_batches, __ATOMIC_RELAXED); /* behind those that are over */
  for (guint i = 0; i < MVX_LOG_N_LEVEL_CLASSES; i++)
    for (guint j = 0; j < MVX_LOG_N_REASONS; j++)
      counters->lost[i][j] += __atomic_load_n (&self->queue->lost[i][j], __ATOMIC_RELAXED);
}
