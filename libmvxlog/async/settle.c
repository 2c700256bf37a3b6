/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/breaker-private.h"
#include "async/fallback-private.h"
#include "async/settle-private.h"
#include "async/ticket-private.h"
#include "base/diag-private.h"
#include "base/error-private.h"

/* Records that lie one behind the other are settled with the last of them. */
static void
mvx_log_settle_origins (const MvxLogOrigin *origins, guint n, gboolean locked)
{
  guint run = 0; /* records before this one that go with it */

  for (const MvxLogOrigin *origin = origins; origin < origins + n; origin++)
    {
      if (origin + 1 < origins + n && origin[1].segment == origin->segment)
        {
          run++;
          continue;
        }
      origin->lane->n_unsettled -= run;
      origin->segment->unsettled -= run;
      mvx_log_lane_settle (origin->lane, origin->segment, origin->ordinal, locked);
      run = 0;
    }
}

static void
mvx_log_settle_events (MvxLogDispatcher *self, MvxLogFlight *batch, guint n)
{
  gboolean locked = self->queue->overflow == MVX_LOG_OVERFLOW_DROP_OLDEST;

  if (n == 0)
    return;
  if (batch->spooled)
    {
      mvx_log_spooler_acknowledge (self->spooler, batch, n);
      batch->n_single_calls = 0;
    }
  if (batch->salvaged)
    mvx_log_salvage_acknowledge (self->salvage, n);
  if (batch->own || batch->spooled || batch->salvaged)
    {
      batch->done += n;
      return;
    }
  if (locked)
    g_mutex_lock (&self->queue->mutex);
  mvx_log_settle_origins (&batch->origins[batch->done], n, locked);
  if (locked)
    g_mutex_unlock (&self->queue->mutex);
  batch->done += n;
  mvx_log_queue_give_back (self->queue, n);
}

/* Those that somebody waits for; hardly ever any. */
static void
mvx_log_settle_tell (MvxLogDispatcher *self, const MvxLogFlight *batch, guint n)
{
  for (guint i = batch->done; i < batch->done + n; i++)
    {
      MvxLogLane *lane = batch->origins[i].lane;

      if (G_LIKELY (lane == NULL || g_atomic_int_get (&lane->n_watches) == 0))
        continue;
      g_mutex_lock (&self->queue->mutex);
      mvx_log_ticket_settle (lane, batch->origins[i].ordinal, TRUE, 0);
      g_mutex_unlock (&self->queue->mutex);
    }
}

static void
mvx_log_settle_deliver_all (MvxLogDispatcher *self, MvxLogFlight *batch, guint n)
{
  __atomic_store_n (&self->n_delivered, self->n_delivered + n, __ATOMIC_RELEASE);
  self->gone_deaf = self->gone_deaf && n == 0;
  mvx_log_settle_tell (self, batch, n);
  mvx_log_settle_events (self, batch, n);
}

/* To whoever awaits them, they are in good hands; so they are here. */
void
mvx_log_settle_spool (MvxLogDispatcher *self, MvxLogFlight *batch, guint n)
{
  mvx_log_settle_tell (self, batch, n);
  mvx_log_settle_events (self, batch, n);
}

void
mvx_log_settle_divert (MvxLogDispatcher *self, MvxLogFlight *batch)
{
  guint n = mvx_log_fallback_take (self, batch);

  __atomic_store_n (&self->n_diverted, self->n_diverted + n, __ATOMIC_RELEASE);
  mvx_log_settle_tell (self, batch, n);
  mvx_log_settle_events (self, batch, n);
}

/* What was in a spool is kept even so. */
static void
mvx_log_settle_bury (MvxLogDispatcher *self, const MvxLogFlight *batch, guint n)
{
  for (guint i = batch->done; i < batch->done + n; i++)
    mvx_log_spooler_bury (self->spooler, batch, i, batch->why ? batch->why->message : NULL);
}

void
mvx_log_settle_drop (MvxLogDispatcher *self, MvxLogFlight *batch, guint n, MvxLogReason reason)
{
  if (batch->told)
    mvx_log_gone_take_back (self, g_steal_pointer (&batch->told));
  if (batch->spooled)
    mvx_log_settle_bury (self, batch, n);
  g_mutex_lock (&self->queue->mutex);
  for (guint i = batch->done; i < batch->done + n; i++)
    {
      mvx_log_flush_lose (self->queue, batch->origins[i].lane, batch->origins[i].ordinal);
      if (batch->origins[i].lane)
        mvx_log_ticket_settle (batch->origins[i].lane, batch->origins[i].ordinal, FALSE, reason);
      mvx_log_queue_drop (self->queue, batch->views[i].record->level, reason);
    }
  g_mutex_unlock (&self->queue->mutex);
  mvx_log_settle_events (self, batch, n);
}

/* Lost for a @cause that the sink itself is told. */
void
mvx_log_settle_lose (MvxLogDispatcher *self, MvxLogFlight *batch, guint n, MvxLogGoneCause cause)
{
  gboolean patience = cause == MVX_LOG_GONE_COUNT || cause == MVX_LOG_GONE_AGE;

  mvx_log_gone_note (self, batch, n, cause);
  mvx_log_settle_drop (self, batch, n, patience ? MVX_LOG_REASON_TIMEOUT : MVX_LOG_REASON_REJECTED);
}

/* How many of the next @n events share the fate of the first of them. */
static guint
mvx_log_settle_count_run (const MvxLogFlight *batch, guint n)
{
  const MvxLogEvent *first = &batch->views[batch->done];
  guint run = 1;

  while (run < n && first[run].rejected == first->rejected)
    run++;
  return run;
}

/* What the sink has rejected among them is dropped. The marks were set before the answer was given. */
static void
mvx_log_settle_deliver (MvxLogDispatcher *self, MvxLogFlight *batch, guint n)
{
  if (G_LIKELY (!g_atomic_int_get (&self->rejects)))
    {
      mvx_log_settle_deliver_all (self, batch, n);
      return;
    }
  while (n > 0)
    {
      guint run = mvx_log_settle_count_run (batch, n);

      if (batch->views[batch->done].rejected)
        mvx_log_settle_lose (self, batch, run, MVX_LOG_GONE_REJECTED);
      else
        mvx_log_settle_deliver_all (self, batch, run);
      n -= run;
    }
}

/* Whoever is offered an event again decides anew. */
static void
mvx_log_settle_forget_rejects (MvxLogDispatcher *self, MvxLogFlight *batch)
{
  for (guint i = batch->done; g_atomic_int_get (&self->rejects) && i < batch->n; i++)
    batch->views[i].rejected = FALSE;
}

/* Has the head batch been tried for too long, or too often? */
static gboolean
mvx_log_settle_is_hopeless (MvxLogDispatcher *self, gint64 now, MvxLogGoneCause *cause)
{
  gboolean too_old = self->config.retry_age_us > 0 && now - self->retry_since > self->config.retry_age_us;
  gboolean too_often = self->config.retry_count > 0 && self->attempts >= self->config.retry_count;

  *cause = too_old ? MVX_LOG_GONE_AGE : MVX_LOG_GONE_COUNT;
  return too_old || too_often;
}

static void
mvx_log_settle_give_up (MvxLogDispatcher *self, MvxLogFlight *batch, MvxLogGoneCause cause, gint64 now, const char *why)
{
  mvx_log_settle_divert (self, batch);
  if (batch->done < batch->n)
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "Sink '%s' gave up %u events after %u attempts in %.1f s: %s", self->name,
                  batch->n - batch->done, self->attempts + 1, (double) (now - self->retry_since) / G_USEC_PER_SEC, why);
  mvx_log_settle_lose (self, batch, batch->n - batch->done, cause);
  mvx_log_dispatch_state_done_with (self, batch);
  /* What comes next waits, too, until the circuit is to be probed. */
  mvx_log_dispatch_state_wait_until (self, self->open ? self->probe_at : 0);
}

static void
mvx_log_settle_retry (MvxLogDispatcher *self, MvxLogFlight *batch)
{
  gint64 now = g_get_monotonic_time ();
  const char *why = batch->why ? batch->why->message : "no reason given";
  MvxLogGoneCause cause;

  if (self->retry_since == 0)
    self->retry_since = now;
  if (self->attempts == 0 && self->failures == 0)
    mvx_log_diag (MVX_LOG_LEVEL_WARNING, "Sink '%s' cannot deliver now and will try again: %s", self->name, why);
  mvx_log_breaker_note_failure (self, now, why);
  if (mvx_log_settle_is_hopeless (self, now, &cause))
    {
      mvx_log_settle_give_up (self, batch, cause, now, why);
      return;
    }
  __atomic_store_n (&self->n_retried, self->n_retried + batch->n - batch->done, __ATOMIC_RELAXED);
  if (self->open)
    mvx_log_dispatch_state_wait_until (self, mvx_log_breaker_diverts (self, now) ? now : self->probe_at);
  else
    mvx_log_dispatch_state_wait_until (
        self, now + mvx_log_breaker_back_off (self, self->config.retry_min_us, self->attempts));
  self->attempts++;
  g_clear_error (&batch->why);
  batch->completed = batch->pending = FALSE;
  mvx_log_settle_forget_rejects (self, batch);
}

/* A probe of a larger batch has gone well: the rest follows. */
static void
mvx_log_settle_go_on (MvxLogDispatcher *self, MvxLogFlight *batch)
{
  mvx_log_dispatch_state_wait_until (self, g_get_monotonic_time ());
  batch->completed = batch->pending = FALSE;
}

static gboolean
mvx_log_settle_fail (MvxLogDispatcher *self, MvxLogFlight *batch, GError **error)
{
  __atomic_store_n (&self->n_failed, self->n_failed + 1, __ATOMIC_RELAXED);
  if (error)
    *error = mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED, batch->why, NULL,
                                "Sink '%s' failed for good: %s", self->name,
                                batch->why ? batch->why->message : "its dispatch gave no reason");
  return FALSE;
}

/* A wrong answer ends the sink: nobody can say what became of the events. */
static gboolean
mvx_log_settle_check_answer (MvxLogDispatcher *self, MvxLogFlight *batch)
{
  guint n = batch->offered;

  if (batch->n_done <= n && (batch->result != MVX_LOG_DISPATCH_OK || batch->n_done == n || batch->why))
    {
      if (batch->why && batch->result == MVX_LOG_DISPATCH_OK)
        batch->result = MVX_LOG_DISPATCH_FAILED;
      return TRUE;
    }
  g_clear_error (&batch->why);
  batch->why = g_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED,
                            "its dispatch broke the contract: it reported %u of %u events as done", batch->n_done, n);
  batch->n_done = 0;
  batch->result = MVX_LOG_DISPATCH_FAILED;
  return FALSE;
}

/* The next @n can never be delivered. Out of a spool, only those are given up that are refused one by one. */
static void
mvx_log_settle_reject (MvxLogDispatcher *self, MvxLogFlight *batch, guint n)
{
  if (batch->spooled && n > 1)
    {
      batch->single = TRUE;
      g_clear_error (&batch->why);
      mvx_log_settle_go_on (self, batch);
      return;
    }
  mvx_log_diag (MVX_LOG_LEVEL_WARNING, "Sink '%s' dropped %u events: %s", self->name, n,
                batch->why ? batch->why->message : "no reason given");
  mvx_log_settle_lose (self, batch, n, MVX_LOG_GONE_REJECTED);
  if (batch->done < batch->n)
    {
      g_clear_error (&batch->why);
      mvx_log_settle_go_on (self, batch);
    }
  else
    mvx_log_dispatch_state_done_with (self, batch);
}

static gboolean
mvx_log_settle_batch (MvxLogDispatcher *self, MvxLogFlight *batch, GError **error)
{
  guint n_left;

  if (!mvx_log_settle_check_answer (self, batch))
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "Sink '%s': %s", self->name, batch->why->message);
  mvx_log_settle_deliver (self, batch, batch->n_done);
  n_left = batch->offered - batch->n_done;
  if (batch->n_done > 0)
    {
      /* It does get on: what is left is a new try. */
      self->attempts = 0;
      self->retry_since = 0;
    }
  /* A refusal is an answer, too. */
  if (batch->n_done > 0 || batch->result == MVX_LOG_DISPATCH_DROP)
    mvx_log_breaker_note_success (self);
  batch->n_done = 0;
  switch (batch->result)
    {
    case MVX_LOG_DISPATCH_OK:
      if (batch->done < batch->n)
        mvx_log_settle_go_on (self, batch);
      else
        mvx_log_dispatch_state_done_with (self, batch);
      return TRUE;
    case MVX_LOG_DISPATCH_RETRY:
      if (batch->done == batch->n)
        mvx_log_dispatch_state_done_with (self, batch);
      else
        mvx_log_settle_retry (self, batch);
      return TRUE;
    case MVX_LOG_DISPATCH_DROP:
      mvx_log_settle_reject (self, batch, n_left);
      return TRUE;
    case MVX_LOG_DISPATCH_PENDING:
    case MVX_LOG_DISPATCH_FAILED:
    default:
      return mvx_log_settle_fail (self, batch, error);
    }
}

gboolean
mvx_log_settle_completed (MvxLogDispatcher *self, GError **error)
{
  MvxLogFlight *batch;

  while ((batch = g_queue_peek_head (&self->in_flight)) && batch->completed)
    if (!mvx_log_settle_batch (self, batch, error))
      return FALSE;
  return TRUE;
}
