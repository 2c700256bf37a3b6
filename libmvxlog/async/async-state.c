/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state machine of an asynchronous sink: how it starts and stops. */
#include "async/async-sink-internal.h"
#include "base/cancel-private.h"
#include "base/error-private.h"
#include "sink/sink-private.h"

static const char *const mvx_log_async_state_names[] = {
  "VIRGIN", "STARTING", "RUNNING", "STOPPING", "STOPPED", "FAILURE", "CANCELLED",
};

/* With the mutex: may the caller wait for the worker, and is there one to wait for? */
gboolean
mvx_log_async_sink_can_wait (MvxLogAsyncSinkPrivate *priv, const char *what, GError **error)
{
  if (priv->worker && mvx_log_worker_is_own_thread (priv->worker))
    {
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK,
                   "Cannot %s sink '%s' on its own thread; do it on another thread", what,
                   mvx_log_async_sink_name (priv));
      return FALSE;
    }
  return TRUE;
}

GError *
mvx_log_async_sink_state_error (MvxLogAsyncSinkPrivate *priv, const char *what, const char *expected)
{
  const char *state = mvx_log_async_state_names[priv->state];
  const GError *cause = priv->state == MVX_LOG_SINK_STATE_FAILURE ? priv->last_error : NULL;

  return mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE, cause,
                            g_variant_new_parsed ("{'sink-name': <%s>, 'sink-state': <%s>, 'expected-states': <%s>}",
                                                  mvx_log_async_sink_name (priv), state, expected),
                            "Sink '%s' is %s and cannot %s; that needs %s%s%s", mvx_log_async_sink_name (priv), state,
                            what, expected, cause ? ": " : "", cause ? cause->message : "");
}

/* With the mutex. */
static MvxLogOperation *
mvx_log_async_state_refuse_terminated (MvxLogAsyncSinkPrivate *priv)
{
  MvxLogOperation *operation = mvx_log_operation_new (NULL);

  mvx_log_operation_finish (operation,
                            g_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE,
                                         "Sink '%s' has been terminated and cannot start again; configure it anew",
                                         mvx_log_async_sink_name (priv)));
  return operation;
}

/* With the mutex. */
static MvxLogOperation *
mvx_log_async_state_refuse (MvxLogAsyncSinkPrivate *priv, const char *what, const char *expected)
{
  MvxLogOperation *operation = mvx_log_operation_new (NULL);

  mvx_log_operation_finish (operation, mvx_log_async_sink_state_error (priv, what, expected));
  return operation;
}

/* With the mutex: makes the thread at the first start, unless somebody else iterates the context. */
static gboolean
mvx_log_async_state_ensure_worker (MvxLogAsyncSink *self, MvxLogAsyncSinkPrivate *priv, GError **error)
{
  if (priv->worker)
    return TRUE;
  if (!mvx_log_async_sink_ensure_context (priv, error))
    return FALSE;
  priv->worker = mvx_log_worker_new (priv->queue, mvx_log_async_sink_run_worker, mvx_log_async_sink_removed, self);
  if (priv->foreign || mvx_log_worker_start_thread (priv->worker, mvx_log_async_sink_name (priv), error))
    return TRUE;
  mvx_log_worker_close (priv->worker); /* else it would tell us that its source is gone */
  g_clear_pointer (&priv->worker, mvx_log_worker_free);
  return FALSE;
}

/* With the mutex. */
static MvxLogOperation *
mvx_log_async_state_begin_start (MvxLogAsyncSinkPrivate *priv)
{
  g_clear_pointer (&priv->starting, mvx_log_operation_unref);
  priv->starting = mvx_log_operation_new (priv->context);
  priv->state = MVX_LOG_SINK_STATE_STARTING;
  mvx_log_queue_open_ring (priv->queue);
  /* Whoever gets credit from now on may count on the worker to drain. */
  mvx_log_queue_set_accepting (priv->queue, TRUE);
  mvx_log_command_send (mvx_log_command_new (MVX_LOG_COMMAND_START), priv->queue);
  return mvx_log_operation_ref (priv->starting);
}

/* With the mutex. Takes the error. */
static MvxLogOperation *
mvx_log_async_state_fail_start (MvxLogAsyncSinkPrivate *priv, GError *error)
{
  MvxLogOperation *operation = mvx_log_operation_new (NULL);

  priv->state = MVX_LOG_SINK_STATE_FAILURE;
  mvx_log_queue_set_accepting (priv->queue, FALSE);
  mvx_log_async_sink_set_down (priv);
  g_clear_error (&priv->last_error);
  priv->last_error = g_error_copy (error);
  mvx_log_operation_finish (operation, error);
  return operation;
}

/* NULL: @first, and somebody else has started it meanwhile, and may have stopped it, too. */
static MvxLogOperation *
mvx_log_async_state_start_as (MvxLogAsyncSink *self, gboolean first)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  MvxLogOperation *operation;
  GError *error = NULL;
  gboolean failed = FALSE;
  int before = mvx_log_cancel_defer (); /* makes files and threads, and a main context is told by write(2) */

  g_mutex_lock (&priv->mutex);
  mvx_log_async_sink_ensure_queue (self, priv);
  if (first && priv->state != MVX_LOG_SINK_STATE_VIRGIN)
    operation = NULL;
  else if (priv->state == MVX_LOG_SINK_STATE_STARTING)
    operation = mvx_log_operation_ref (priv->starting);
  else if (priv->terminating || priv->ending)
    operation = mvx_log_async_state_refuse_terminated (priv);
  else if (priv->state != MVX_LOG_SINK_STATE_VIRGIN && priv->state != MVX_LOG_SINK_STATE_STOPPED)
    operation = mvx_log_async_state_refuse (priv, "start", "VIRGIN or STOPPED");
  else if (mvx_log_async_state_ensure_worker (self, priv, &error))
    operation = mvx_log_async_state_begin_start (priv);
  else
    {
      failed = TRUE;
      operation = mvx_log_async_state_fail_start (priv, error);
    }
  /* Last: whoever finds it so takes credit without asking whether there is a worker. */
  g_atomic_int_set (&priv->queue->virgin, 0);
  g_mutex_unlock (&priv->mutex);
  if (failed)
    mvx_log_queue_close (priv->queue);
  mvx_log_cancel_allow (before);
  return operation;
}

/**
 * mvx_log_async_sink_start:
 * @self: a sink
 *
 * Starts a VIRGIN or STOPPED sink, or joins the start that is on its way. Does not wait. Thread-safe.
 *
 * Returns: (transfer full): the operation; its result is an %MVX_LOG_SINK_ERROR_INVALID_STATE in any other state,
 *   %MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE without a thread or a file descriptor for it, or
 *   %MVX_LOG_SINK_ERROR_ON_STARTING_FAILED
 *
 * Since: 1.0
 */
MvxLogOperation *
mvx_log_async_sink_start (MvxLogAsyncSink *self)
{
  g_return_val_if_fail (MVX_LOG_IS_ASYNC_SINK (self), NULL);

  return mvx_log_async_state_start_as (self, FALSE);
}

/* A logging call has found the sink VIRGIN, some time ago. */
void
mvx_log_async_sink_first_use (gpointer self)
{
  MvxLogOperation *operation = mvx_log_async_state_start_as (self, TRUE);

  g_clear_pointer (&operation, mvx_log_operation_unref);
}

/* With the mutex: a stop that is on its way, or a new one, which has to be carried out without the mutex. NULL if the
 * state does not allow any. */
static MvxLogOperation *
mvx_log_async_state_join_stop (MvxLogAsyncSinkPrivate *priv, gboolean *is_new)
{
  *is_new = priv->state == MVX_LOG_SINK_STATE_RUNNING;
  if (*is_new)
    {
      g_clear_pointer (&priv->stopping, mvx_log_operation_unref);
      priv->stopping = mvx_log_operation_new (priv->context);
      priv->state = MVX_LOG_SINK_STATE_STOPPING;
      mvx_log_queue_set_accepting (priv->queue, FALSE);
      mvx_log_async_sink_set_down (priv);
    }
  return priv->state == MVX_LOG_SINK_STATE_STOPPING ? mvx_log_operation_ref (priv->stopping) : NULL;
}

static void
mvx_log_async_state_carry_out_stop (MvxLogAsyncSinkPrivate *priv, gint64 deadline_us)
{
  MvxLogCommand *command = mvx_log_command_new (MVX_LOG_COMMAND_STOP);

  /* Nobody accepts any more; whoever was in the middle of it has enqueued when the barrier returns. */
  mvx_log_queue_close (priv->queue);
  command->deadline_us = deadline_us;
  mvx_log_command_send (command, priv->queue);
}

MvxLogOperation *
mvx_log_async_sink_end_by (MvxLogAsyncSink *self, gint64 deadline_us)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  MvxLogOperation *operation;
  gboolean is_new = FALSE;

  g_mutex_lock (&priv->mutex);
  if (priv->ending == NULL)
    priv->ending = mvx_log_async_state_join_stop (priv, &is_new);
  operation = priv->ending ? mvx_log_operation_ref (priv->ending) : NULL;
  g_mutex_unlock (&priv->mutex);
  if (is_new)
    mvx_log_async_state_carry_out_stop (priv, deadline_us);
  return operation;
}

/**
 * mvx_log_async_sink_stop:
 * @self: a sink
 *
 * Stops a RUNNING sink, or joins the stop that is on its way: no event is accepted any more, those that were are
 * delivered within the drain timeout, then the hook runs. Does not wait. The sink can be started again. Thread-safe.
 *
 * Returns: (transfer full): the operation; its result is an %MVX_LOG_SINK_ERROR_INVALID_STATE in any other state,
 *   %MVX_LOG_SINK_ERROR_UNDELIVERED with the number of lost events, or %MVX_LOG_SINK_ERROR_ON_STOPPED_FAILED
 *
 * Since: 1.0
 */
MvxLogOperation *
mvx_log_async_sink_stop (MvxLogAsyncSink *self)
{
  MvxLogAsyncSinkPrivate *priv;
  MvxLogOperation *operation;
  gboolean is_new;

  g_return_val_if_fail (MVX_LOG_IS_ASYNC_SINK (self), NULL);
  priv = mvx_log_async_sink_private (self);
  g_mutex_lock (&priv->mutex);
  operation = mvx_log_async_state_join_stop (priv, &is_new);
  if (operation == NULL)
    operation = mvx_log_async_state_refuse (priv, "stop", "RUNNING");
  g_mutex_unlock (&priv->mutex);
  if (is_new)
    mvx_log_async_state_carry_out_stop (
        priv, priv->config.drain_timeout_us < 0 ? -1 : g_get_monotonic_time () + priv->config.drain_timeout_us);
  return operation;
}

/**
 * mvx_log_async_sink_get_state:
 * @self: a sink
 *
 * Tells what the sink is doing. It may do something else by the time the call returns.
 *
 * Returns: the state at this moment. Thread-safe.
 *
 * Since: 1.0
 */
MvxLogSinkState
mvx_log_async_sink_get_state (MvxLogAsyncSink *self)
{
  MvxLogAsyncSinkPrivate *priv;
  MvxLogSinkState state;

  g_return_val_if_fail (MVX_LOG_IS_ASYNC_SINK (self), MVX_LOG_SINK_STATE_VIRGIN);
  priv = mvx_log_async_sink_private (self);
  g_mutex_lock (&priv->mutex);
  state = priv->state;
  g_mutex_unlock (&priv->mutex);
  return state;
}

/**
 * mvx_log_async_sink_dup_last_error:
 * @self: a sink
 *
 * Tells what has gone wrong with the sink last.
 *
 * Returns: (nullable) (transfer full): why the sink failed, or what the last stop could not do; %NULL if all is well.
 *   Thread-safe.
 *
 * Since: 1.0
 */
GError *
mvx_log_async_sink_dup_last_error (MvxLogAsyncSink *self)
{
  MvxLogAsyncSinkPrivate *priv;
  GError *error;

  g_return_val_if_fail (MVX_LOG_IS_ASYNC_SINK (self), NULL);
  priv = mvx_log_async_sink_private (self);
  g_mutex_lock (&priv->mutex);
  error = priv->last_error ? g_error_copy (priv->last_error) : NULL;
  g_mutex_unlock (&priv->mutex);
  return error;
}

gboolean
mvx_log_async_sink_start_sync (MvxLogAsyncSink *self, gint64 deadline_us, GError **error)
{
  g_autoptr (MvxLogOperation) operation = mvx_log_async_sink_start (self);

  return mvx_log_operation_wait (operation, deadline_us, error);
}
