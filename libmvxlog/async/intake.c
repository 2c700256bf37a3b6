/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/level.h>

#include "async/intake-private.h"
#include "async/loss-private.h"
#include "async/merge-private.h"
#include "async/settle-private.h"
#include "base/diag-private.h"

/* How long a spool without room is left alone. */
#define MVX_LOG_INTAKE_PATIENCE_US 250000
/* Events of ours that a spool gets when it is closed. */
#define MVX_LOG_INTAKE_LAST_WORDS 8

/* What there is to tell of losses, as a batch with an event of ours. With a spool it does not go there: it would be the
 * next to be lost. */
static gboolean
mvx_log_intake_fill_own (MvxLogDispatcher *self, MvxLogFlight *batch, MvxLogGoneMoment moment)
{
  MvxLogEvent *event = mvx_log_loss_take (self, moment, &batch->told);

  if (event == NULL)
    return FALSE;
  batch->own = event;
  batch->spooled = FALSE;
  batch->origins[0] = (MvxLogOrigin){ 0 };
  mvx_log_event_view (&batch->views[0], event->record);
  batch->views[0].time_ns = event->time_ns;
  batch->views[0].seq = self->spooler ? 0 : ++self->seq;
  batch->n = 1;
  return TRUE;
}

/* What former processes have accepted comes before what this one has. */
static gboolean
mvx_log_intake_fill_salvaged (MvxLogDispatcher *self, MvxLogFlight *batch)
{
  MvxLogEvent *event;

  while (self->salvage && batch->n < batch->max && (event = mvx_log_salvage_take (self->salvage)))
    {
      MvxLogEvent *view = &batch->views[batch->n];

      *view = *event;
      view->owned = FALSE;
      view->rejected = FALSE;
      view->seq = self->spooler ? 0 : ++self->seq;
      batch->origins[batch->n++] = (MvxLogOrigin){ 0 };
    }
  batch->salvaged = batch->n > 0;
  return batch->salvaged;
}

gboolean
mvx_log_intake_fill (MvxLogDispatcher *self, MvxLogFlight *batch, GError **error)
{
  if (mvx_log_intake_fill_own (self, batch, MVX_LOG_GONE_BUSY))
    return TRUE;
  if (self->spooler == NULL && !mvx_log_intake_fill_salvaged (self, batch))
    mvx_log_merge_fill (self, batch);
  else if (self->spooler && !mvx_log_spooler_fill (self->spooler, batch, error))
    return FALSE;
  if (batch->n == 0)
    mvx_log_intake_fill_own (self, batch, MVX_LOG_GONE_IDLE);
  return TRUE;
}

/* The one that has been held up, or the next. NULL if there is nothing. */
static MvxLogFlight *
mvx_log_intake_take (MvxLogDispatcher *self)
{
  MvxLogFlight *batch = g_steal_pointer (&self->held);

  if (batch)
    return batch;
  batch = mvx_log_dispatch_state_take_batch (self);
  if (!mvx_log_intake_fill_salvaged (self, batch))
    mvx_log_merge_fill (self, batch);
  if (batch->n > 0)
    return batch;
  mvx_log_dispatch_state_put_batch (self, batch);
  return NULL;
}

/* Returns whether all of @batch is in the spool now. */
static gboolean
mvx_log_intake_put (MvxLogDispatcher *self, MvxLogFlight *batch, GError **error)
{
  mvx_log_settle_spool (self, batch, mvx_log_spooler_append (self->spooler, batch, error));
  return batch->done == batch->n;
}

static void
mvx_log_intake_tell (MvxLogDispatcher *self, gboolean drops, const GError *why)
{
  if (self->held_until == 0)
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "Sink '%s' cannot spool events, which %s until it can: %s", self->name,
                  drops ? "are lost" : "wait in its queue", why->message);
}

/* The next event of @batch would never fit: what waits behind it must not wait for ever. */
static gboolean
mvx_log_intake_drop_giant (MvxLogDispatcher *self, MvxLogFlight *batch)
{
  guint64 max = self->config.spool_max_bytes > 0 ? self->config.spool_max_bytes : MVX_LOG_FRAME_MAX;

  if (batch->views[batch->done].record->size <= MIN (max, MVX_LOG_FRAME_MAX) / 2)
    return FALSE;
  mvx_log_diag (MVX_LOG_LEVEL_WARNING,
                "Sink '%s' dropped an event of %u bytes, which is too much for its spool; set max-record-size or "
                "make spool-max-bytes larger",
                self->name, batch->views[batch->done].record->size);
  mvx_log_settle_lose (self, batch, 1, MVX_LOG_GONE_GIANT);
  return TRUE;
}

/* What is left of @batch waits until it is tried again. */
static void
mvx_log_intake_hold (MvxLogDispatcher *self, MvxLogFlight *batch, gint64 until)
{
  self->held_until = until;
  if (batch->done < batch->n)
    self->held = batch;
  else
    mvx_log_dispatch_state_put_batch (self, batch);
}

/* There is no room for what is left of @batch. FALSE: nothing more can be done at present. */
static gboolean
mvx_log_intake_refused (MvxLogDispatcher *self, MvxLogFlight *batch, const GError *why)
{
  gboolean drops = self->config.spool_overflow == MVX_LOG_SPOOL_OVERFLOW_DROP_NEWEST;
  gint64 until = g_get_monotonic_time () + MVX_LOG_INTAKE_PATIENCE_US;

  if (mvx_log_intake_drop_giant (self, batch))
    {
      mvx_log_intake_hold (self, batch, 0);
      return TRUE;
    }
  mvx_log_intake_tell (self, drops, why);
  if (drops)
    {
      mvx_log_loss_note_newest (self, batch->n - batch->done);
      mvx_log_settle_drop (self, batch, batch->n - batch->done, MVX_LOG_REASON_QUEUE_FULL);
    }
  mvx_log_intake_hold (self, batch, until);
  return drops;
}

gboolean
mvx_log_intake_spool (MvxLogDispatcher *self)
{
  g_autoptr (GError) error = NULL;
  MvxLogFlight *batch;

  if (self->held && g_get_monotonic_time () < self->held_until)
    return FALSE;
  batch = mvx_log_intake_take (self);
  if (batch == NULL)
    return FALSE;
  self->n_intakes++;
  if (!mvx_log_intake_put (self, batch, &error))
    return mvx_log_intake_refused (self, batch, error);
  mvx_log_intake_hold (self, batch, 0);
  return TRUE;
}

guint
mvx_log_intake_keep (MvxLogDispatcher *self, MvxLogFlight *batch, MvxLogReason reason)
{
  guint n_lost = 0;

  if (!mvx_log_spooler_is_open (self->spooler) || !mvx_log_intake_put (self, batch, NULL))
    {
      n_lost = batch->n - batch->done;
      mvx_log_settle_drop (self, batch, n_lost, reason);
    }
  return n_lost;
}

guint64
mvx_log_intake_finish (MvxLogDispatcher *self, MvxLogReason reason)
{
  MvxLogFlight *batch;
  guint64 n_lost = 0;

  while ((batch = mvx_log_intake_take (self)))
    {
      n_lost += mvx_log_intake_keep (self, batch, reason);
      mvx_log_dispatch_state_put_batch (self, batch);
    }
  /* Nobody will be there to tell of what they push out. */
  batch = mvx_log_dispatch_state_take_batch (self);
  for (guint i = 0; i < MVX_LOG_INTAKE_LAST_WORDS && mvx_log_intake_fill_own (self, batch, MVX_LOG_GONE_LAST); i++)
    {
      n_lost += mvx_log_intake_keep (self, batch, reason);
      mvx_log_flight_reset (batch);
    }
  mvx_log_dispatch_state_put_batch (self, batch);
  return n_lost;
}
