/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an asynchronous sink does on its worker. */
#include <inttypes.h>

#include "async/async-sink-internal.h"
#include "async/batch-private.h"
#include "async/breaker-private.h"
#include "base/diag-private.h"
#include "base/error-private.h"
#include "base/mark-private.h"
#include "sink/sink-private.h"

/* The poll of a GMainContext is no finer. */
#define MVX_LOG_ASYNC_TICK_US 1000

MvxLogDispatchResult
mvx_log_async_sink_call_dispatch (gpointer self,
                                  MvxLogEvent *const *events,
                                  guint n_events,
                                  guint *n_done,
                                  GError **error)
{
  MvxLogAsyncSinkClass *klass = MVX_LOG_ASYNC_SINK_GET_CLASS (self);
  const gint64 begin = mvx_log_mark_begin ();
  guint64 serial = mvx_log_async_sink_private (self)->dispatcher.n_batches;
  MvxLogDispatchResult result = klass->dispatch
                                    ? klass->dispatch (self, events, n_events, n_done, error)
                                    : mvx_log_batch_dispatch (self, serial, events, n_events, n_done, error);

  mvx_log_mark_end (begin, "dispatch", "%s: %u events, result %d",
                    mvx_log_async_sink_name (mvx_log_async_sink_private (self)), n_events, (int) result);
  return result;
}

static MvxLogSinkState
mvx_log_async_run_state (MvxLogAsyncSinkPrivate *priv)
{
  MvxLogSinkState state;

  g_mutex_lock (&priv->mutex);
  state = priv->state;
  g_mutex_unlock (&priv->mutex);
  return state;
}

/* The hook after the last dispatch. */
static GError *
mvx_log_async_run_stopped_hook (MvxLogAsyncSink *self)
{
  MvxLogAsyncSinkClass *klass = MVX_LOG_ASYNC_SINK_GET_CLASS (self);
  GError *error = NULL;

  if (klass->stopped == NULL || klass->stopped (self, &error))
    {
      g_clear_error (&error);
      return NULL;
    }
  mvx_log_error_wrap (&error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_ON_STOPPED_FAILED,
                      "Sink '%s' could not be stopped cleanly",
                      mvx_log_async_sink_name (mvx_log_async_sink_private (self)));
  return error;
}

static void
mvx_log_async_run_answer_flush (MvxLogAsyncSinkPrivate *priv, MvxLogFlush *flush, GError *error)
{
  g_mutex_lock (&priv->mutex);
  if (priv->state == MVX_LOG_SINK_STATE_FAILURE && priv->last_error)
    mvx_log_flush_blame (flush, priv->last_error);
  g_mutex_unlock (&priv->mutex);
  mvx_log_flush_answer (flush, error);
}

/* What is durable has been flushed, wherever the sink is: it is not asked while it cannot deliver. */
static gboolean
mvx_log_async_run_flush (MvxLogAsyncSink *self, gint64 deadline_us, GError **error)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  MvxLogAsyncSinkClass *klass = MVX_LOG_ASYNC_SINK_GET_CLASS (self);
  g_autoptr (GError) why = NULL;
  guint64 n;

  if (priv->dispatcher.spooler)
    {
      if (!mvx_log_spooler_sync (priv->dispatcher.spooler, &n, &why))
        {
          g_propagate_error (error, mvx_log_flush_undelivered (mvx_log_async_sink_name (priv), n, 0, why));
          return FALSE;
        }
      if (priv->dispatcher.retry_at > 0 || priv->dispatcher.in_flight.length > 0)
        return TRUE;
    }
  if (klass->flushing == NULL || klass->flushing (self, deadline_us, error))
    return TRUE;
  mvx_log_sink_ensure_error (MVX_LOG_SINK (self), "flush", error); /* without one the answer were yes */
  return FALSE;
}

/* @ask: the sink, too, which is not possible any more after the hook. */
static void
mvx_log_async_run_answer_flushes (MvxLogAsyncSink *self, gboolean ask)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  MvxLogFlush *flush;

  while ((flush = mvx_log_dispatcher_pop_flush (&priv->dispatcher)))
    {
      GError *error = NULL;

      if (ask && mvx_log_async_run_flush (self, mvx_log_flush_get_deadline (flush), &error))
        g_clear_error (&error);
      mvx_log_async_run_answer_flush (priv, flush, error);
    }
}

static void mvx_log_async_run_take_input (MvxLogAsyncSink *self, MvxLogAsyncSinkPrivate *priv);

/* A flush that begins meanwhile waits for the end: half of what it would count is gone. */
static guint64
mvx_log_async_run_discard (MvxLogAsyncSinkPrivate *priv, MvxLogReason reason)
{
  guint64 lost;

  g_mutex_lock (&priv->mutex);
  priv->discarding = TRUE;
  g_mutex_unlock (&priv->mutex);
  lost = mvx_log_dispatcher_discard (&priv->dispatcher, reason);
  mvx_log_dispatcher_end_salvage (&priv->dispatcher);
  if (priv->dispatcher.spooler)
    mvx_log_spooler_close (priv->dispatcher.spooler);
  g_mutex_lock (&priv->mutex);
  priv->discarding = FALSE;
  priv->closed_down = TRUE;
  priv->n_lost += lost;
  g_cond_broadcast (&priv->cond);
  g_mutex_unlock (&priv->mutex);
  return lost;
}

/* What is left when nothing more is dispatched. First the hook, for the sink may still be at work on PENDING batches,
 * and may complete them there; then what has come meanwhile. Returns how many events are lost. */
static guint64
mvx_log_async_run_close_down (MvxLogAsyncSink *self, MvxLogReason reason, GError **hook_error)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  guint64 lost;

  *hook_error = mvx_log_async_run_stopped_hook (self);
  mvx_log_async_run_take_input (self, priv);
  lost = mvx_log_async_run_discard (priv, reason);
  mvx_log_async_run_answer_flushes (self, FALSE);
  return lost;
}

static void
mvx_log_async_run_finish_failed (MvxLogAsyncSinkPrivate *priv, const GError *error, guint64 lost, gboolean stopping)
{
  if (stopping)
    mvx_log_operation_finish (priv->stopping,
                              mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED, error,
                                                 g_variant_new_parsed ("{'lost': <%t>}", lost),
                                                 "%s; %" PRIu64 " events were not delivered", error->message, lost));
  if (priv->starting)
    mvx_log_operation_finish (priv->starting, g_error_copy (error));
}

/* For good. Takes @error. A second failure, found while closing down, adds nothing. */
static void
mvx_log_async_run_fail (MvxLogAsyncSink *self, GError *error)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  g_autoptr (GError) first = error;
  g_autoptr (GError) hook = NULL;
  MvxLogSinkState state;
  guint64 lost;

  g_mutex_lock (&priv->mutex);
  state = priv->state;
  if (state == MVX_LOG_SINK_STATE_FAILURE)
    {
      g_mutex_unlock (&priv->mutex);
      return;
    }
  priv->state = MVX_LOG_SINK_STATE_FAILURE;
  priv->closed_down = FALSE;
  g_clear_error (&priv->last_error);
  priv->last_error = g_error_copy (first);
  mvx_log_queue_set_accepting (priv->queue, FALSE);
  mvx_log_async_sink_set_down (priv);
  g_mutex_unlock (&priv->mutex);
  mvx_log_queue_close (priv->queue);

  lost = mvx_log_async_run_close_down (self, MVX_LOG_REASON_ERROR, &hook);
  mvx_log_diag (MVX_LOG_LEVEL_CRITICAL,
                "%s; the sink is off until it is configured anew, and %" G_GUINT64_FORMAT
                " waiting events are lost%s%s",
                first->message, lost, hook ? "; " : "", hook ? hook->message : "");
  mvx_log_async_run_finish_failed (priv, first, lost, state == MVX_LOG_SINK_STATE_STOPPING);
}

static void
mvx_log_async_run_drop_command (MvxLogAsyncSinkPrivate *priv, MvxLogCommand *command)
{
  if (command->flush)
    mvx_log_async_run_answer_flush (priv, command->flush, NULL);
  if (command->job)
    {
      g_mutex_lock (&priv->mutex);
      mvx_log_job_refuse (command->job, mvx_log_async_sink_state_error (priv, "do that", "STARTING or RUNNING"));
      g_mutex_unlock (&priv->mutex);
    }
  mvx_log_command_free (command);
}

/* The next command, behind the lanes that were announced before it. */
static MvxLogCommand *
mvx_log_async_run_next (MvxLogAsyncSinkPrivate *priv)
{
  MvxLogLane *lanes;
  MvxLogCommand *command = mvx_log_queue_pop (priv->queue, &lanes);

  while (lanes)
    {
      MvxLogLane *lane = lanes;

      lanes = lane->next_announced;
      mvx_log_dispatcher_add_lane (&priv->dispatcher, lane);
    }
  return command;
}

/* There is no worker any more. Whoever waits for an answer gets one. */
void
mvx_log_async_sink_drop_commands (MvxLogAsyncSinkPrivate *priv)
{
  MvxLogFlush *flush;
  MvxLogCommand *command;

  while ((command = mvx_log_async_run_next (priv)))
    mvx_log_async_run_drop_command (priv, command);
  while ((flush = g_queue_pop_head (&priv->dispatcher.flushes)))
    mvx_log_async_run_answer_flush (priv, flush, NULL);
}

/* The source was taken off the context by somebody else: nothing is dispatched any more. */
void
mvx_log_async_sink_removed (gpointer data)
{
  MvxLogAsyncSink *self = data;
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) hook = NULL;
  MvxLogSinkState state;
  guint64 lost = 0;

  g_mutex_lock (&priv->mutex);
  state = priv->state;
  if (state != MVX_LOG_SINK_STATE_FAILURE)
    {
      priv->state = MVX_LOG_SINK_STATE_CANCELLED;
      priv->closed_down = state == MVX_LOG_SINK_STATE_STOPPED;
    }
  mvx_log_queue_set_accepting (priv->queue, FALSE);
  mvx_log_async_sink_set_down (priv);
  g_mutex_unlock (&priv->mutex);
  mvx_log_queue_close (priv->queue);
  if (state != MVX_LOG_SINK_STATE_FAILURE && state != MVX_LOG_SINK_STATE_STOPPED)
    lost = mvx_log_async_run_close_down (self, MVX_LOG_REASON_SHUTDOWN, &hook);
  mvx_log_async_sink_drop_commands (priv); /* what was asked while the sink closed down */
  if (state == MVX_LOG_SINK_STATE_FAILURE)
    return;

  error = g_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCHER_CANCELLED,
                       "Sink '%s' was removed from its main context", mvx_log_async_sink_name (priv));
  mvx_log_diag (MVX_LOG_LEVEL_CRITICAL,
                "%s; it is off until it is configured anew, and %" G_GUINT64_FORMAT " waiting events are lost%s%s",
                error->message, lost, hook ? "; " : "", hook ? hook->message : "");
  mvx_log_async_run_finish_failed (priv, error, lost, state == MVX_LOG_SINK_STATE_STOPPING);
}

/* Somebody else may have done it already. */
static void
mvx_log_async_run_end (MvxLogAsyncSink *self, gint64 deadline_us)
{
  MvxLogOperation *operation = mvx_log_async_sink_end_by (self, deadline_us);

  g_clear_pointer (&operation, mvx_log_operation_unref);
}

static void
mvx_log_async_run_start (MvxLogAsyncSink *self)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  MvxLogAsyncSinkClass *klass = MVX_LOG_ASYNC_SINK_GET_CLASS (self);
  g_autoptr (MvxLogOperation) operation = NULL;
  GError *error = NULL;
  gint64 end_deadline_us;
  gboolean end;

  if (mvx_log_async_run_state (priv) != MVX_LOG_SINK_STATE_STARTING)
    return; /* cancelled before it came to that */
  if ((priv->dispatcher.spooler && !mvx_log_spooler_open (priv->dispatcher.spooler, &error))
      || (klass->starting && !klass->starting (self, &error)))
    {
      mvx_log_error_wrap (&error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_ON_STARTING_FAILED,
                          "Sink '%s' could not be started", mvx_log_async_sink_name (priv));
      mvx_log_async_run_fail (self, error);
      return;
    }
  g_clear_error (&error);
  mvx_log_dispatcher_begin_salvage (&priv->dispatcher);
  g_mutex_lock (&priv->mutex);
  priv->state = MVX_LOG_SINK_STATE_RUNNING;
  mvx_log_breaker_reset (&priv->dispatcher);
  priv->n_lost = 0;
  g_clear_error (&priv->last_error);
  operation = mvx_log_operation_ref (priv->starting);
  end = priv->end_at_start;
  end_deadline_us = priv->end_deadline_us;
  g_mutex_unlock (&priv->mutex);
  priv->draining = FALSE;
  mvx_log_operation_finish (operation, NULL);
  if (end)
    mvx_log_async_run_end (self, end_deadline_us);
}

/* Takes @hook, which is the cause if there is one. */
static GError *
mvx_log_async_run_new_loss (MvxLogAsyncSinkPrivate *priv, guint64 lost, GError *hook)
{
  g_autoptr (GError) cause = hook;

  return mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED, cause,
                            g_variant_new_parsed ("{'lost': <%t>}", lost),
                            "Sink '%s' did not deliver %" PRIu64 " events within the drain timeout; they are lost%s%s",
                            mvx_log_async_sink_name (priv), lost, cause ? "; " : "", cause ? cause->message : "");
}

/* Everything is settled, or its time is over. */
static void
mvx_log_async_run_finish_stop (MvxLogAsyncSink *self)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  g_autoptr (MvxLogOperation) operation = NULL;
  GError *error = NULL;
  guint64 lost = mvx_log_async_run_close_down (self, MVX_LOG_REASON_SHUTDOWN, &error);
  gboolean hook_failed = error != NULL;

  if (mvx_log_async_run_state (priv) != MVX_LOG_SINK_STATE_STOPPING)
    {
      /* A batch completed with a failure just now: the stop has been answered. */
      g_clear_error (&error);
      return;
    }
  if (lost > 0)
    error = mvx_log_async_run_new_loss (priv, lost, error);
  mvx_log_dispatcher_let_go (&priv->dispatcher);
  g_mutex_lock (&priv->mutex);
  priv->state = hook_failed ? MVX_LOG_SINK_STATE_FAILURE : MVX_LOG_SINK_STATE_STOPPED;
  g_clear_error (&priv->last_error);
  priv->last_error = error ? g_error_copy (error) : NULL;
  operation = mvx_log_operation_ref (priv->stopping);
  g_mutex_unlock (&priv->mutex);
  priv->draining = FALSE;
  mvx_log_operation_finish (operation, error);
}

/* The sink may have been stopped since it was asked for. */
static void
mvx_log_async_run_job (MvxLogAsyncSinkPrivate *priv, MvxLogJob *job)
{
  MvxLogSinkState state;
  GError *error = NULL;

  g_mutex_lock (&priv->mutex);
  state = priv->state;
  if (state != MVX_LOG_SINK_STATE_RUNNING && state != MVX_LOG_SINK_STATE_STOPPING)
    error = mvx_log_async_sink_state_error (priv, "do that", "STARTING or RUNNING");
  g_mutex_unlock (&priv->mutex);
  if (error)
    mvx_log_job_refuse (job, error);
  else
    mvx_log_job_run (job);
}

static void
mvx_log_async_run_command (MvxLogAsyncSink *self, MvxLogAsyncSinkPrivate *priv, MvxLogCommand *command)
{
  GError *error = NULL;

  switch (command->type)
    {
    case MVX_LOG_COMMAND_START:
      mvx_log_async_run_start (self);
      break;
    case MVX_LOG_COMMAND_STOP:
      priv->draining = TRUE;
      priv->drain_deadline_us = command->deadline_us;
      /* There may be no other chance. */
      priv->dispatcher.hurry = TRUE;
      mvx_log_breaker_try_now (&priv->dispatcher);
      break;
    case MVX_LOG_COMMAND_FLUSH:
      mvx_log_dispatcher_add_flush (&priv->dispatcher, command->flush);
      break;
    case MVX_LOG_COMMAND_RUN:
      mvx_log_async_run_job (priv, command->job);
      break;
    case MVX_LOG_COMMAND_COMPLETE:
    default:
      if (!mvx_log_dispatcher_complete (&priv->dispatcher, command->batch, command->serial, command->result,
                                        command->n_done, command->error, &error))
        mvx_log_async_run_fail (self, error);
      break;
    }
  mvx_log_command_free (command);
}

static void
mvx_log_async_run_take_input (MvxLogAsyncSink *self, MvxLogAsyncSinkPrivate *priv)
{
  MvxLogCommand *command;

  while ((command = mvx_log_async_run_next (priv)))
    mvx_log_async_run_command (self, priv, command);
}

/* Nothing to dispatch just now: how long to wait, and how. */
static gint64
mvx_log_async_run_rest (MvxLogAsyncSinkPrivate *priv, gint64 now, MvxLogWorkerMood *mood)
{
  *mood = MVX_LOG_WORKER_LINGERING;
  if (now - priv->last_work_us < priv->config.linger_us)
    return now + MVX_LOG_ASYNC_TICK_US;
  if (priv->config.lazy)
    {
      g_atomic_int_set (&priv->queue->mood, MVX_LOG_WORKER_LAZY);
      if (mvx_log_dispatcher_has_work (&priv->dispatcher))
        return now + MVX_LOG_ASYNC_TICK_US;
      *mood = MVX_LOG_WORKER_LAZY;
      return now + mvx_log_async_sink_lazy_us (now - priv->last_work_us);
    }
  if (!mvx_log_dispatcher_let_go (&priv->dispatcher))
    return now + MVX_LOG_ASYNC_TICK_US;
  *mood = MVX_LOG_WORKER_ASLEEP;
  return -1;
}

/* While stopping: until everything is settled or the deadline has passed. */
static gint64
mvx_log_async_run_drain (MvxLogAsyncSink *self, MvxLogAsyncSinkPrivate *priv, gint64 now, MvxLogWorkerMood *mood)
{
  gint64 next = now + MVX_LOG_ASYNC_TICK_US;

  if (mvx_log_dispatcher_is_empty (&priv->dispatcher)
      || (priv->drain_deadline_us >= 0 && now >= priv->drain_deadline_us))
    {
      mvx_log_async_run_finish_stop (self);
      *mood = MVX_LOG_WORKER_ASLEEP;
      return -1;
    }
  if (priv->dispatcher.held)
    next = priv->dispatcher.held_until;
  else if (priv->dispatcher.retry_at > 0)
    next = priv->dispatcher.retry_at;
  else if (priv->dispatcher.in_flight.length > 0)
    next = G_MAXINT64;
  if (priv->drain_deadline_us >= 0)
    next = MIN (next, priv->drain_deadline_us);
  return next == G_MAXINT64 ? -1 : next;
}

static gint64
mvx_log_async_run_earlier (gint64 a, gint64 b)
{
  return a < 0 ? b : b < 0 ? a : MIN (a, b);
}

/* The spool takes events also while the sink waits. */
static gint64
mvx_log_async_run_rest_spooled (MvxLogAsyncSinkPrivate *priv, gint64 now, MvxLogWorkerMood *mood)
{
  MvxLogDispatcher *dispatcher = &priv->dispatcher;
  gint64 next = mvx_log_async_run_rest (priv, now, mood);

  if (dispatcher->retry_at > 0)
    next = mvx_log_async_run_earlier (next, dispatcher->retry_at);
  if (dispatcher->held)
    next = mvx_log_async_run_earlier (next, dispatcher->held_until);
  if (*mood != MVX_LOG_WORKER_LINGERING)
    mvx_log_spooler_prepare (dispatcher->spooler);
  return mvx_log_async_run_earlier (next, mvx_log_spooler_tick (dispatcher->spooler));
}

gint64
mvx_log_async_sink_run_worker (gpointer data, MvxLogWorkerMood *mood)
{
  MvxLogAsyncSink *self = data;
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  MvxLogSinkState state;
  GError *error = NULL;
  MvxLogDispatcherStep step;
  gint64 now;

  mvx_log_async_run_take_input (self, priv);
  mvx_log_queue_tell_ring (priv->queue);
  state = mvx_log_async_run_state (priv);
  *mood = MVX_LOG_WORKER_ASLEEP;
  if (state != MVX_LOG_SINK_STATE_RUNNING && state != MVX_LOG_SINK_STATE_STOPPING)
    {
      mvx_log_async_run_answer_flushes (self, FALSE);
      return -1;
    }

  step = mvx_log_dispatcher_step (&priv->dispatcher, &error);
  now = g_get_monotonic_time ();
  if (priv->dispatcher.n_batches + priv->dispatcher.n_intakes != priv->last_batches)
    {
      priv->last_batches = priv->dispatcher.n_batches + priv->dispatcher.n_intakes;
      priv->last_work_us = now;
    }
  if (step == MVX_LOG_DISPATCHER_FAILED)
    {
      mvx_log_async_run_fail (self, error);
      return -1;
    }
  mvx_log_async_run_answer_flushes (self, TRUE);
  if (step == MVX_LOG_DISPATCHER_MORE)
    {
      if (priv->dispatcher.spooler)
        mvx_log_spooler_tick (priv->dispatcher.spooler);
      *mood = MVX_LOG_WORKER_BUSY;
      return 0;
    }
  if (priv->draining)
    return mvx_log_async_run_drain (self, priv, now, mood);
  if (priv->dispatcher.spooler)
    return mvx_log_async_run_rest_spooled (priv, now, mood);
  if (step == MVX_LOG_DISPATCHER_WAIT)
    return priv->dispatcher.retry_at > 0 ? priv->dispatcher.retry_at : -1;
  return mvx_log_async_run_rest (priv, now, mood);
}
