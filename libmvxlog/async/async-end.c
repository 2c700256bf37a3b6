/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How an asynchronous sink ends for good. */
#include "async/async-sink-internal.h"
#include "base/error-private.h"
#include "sink/sink-private.h"

/* A little longer than the worker: it is the one that knows how many events are lost. */
#define MVX_LOG_ASYNC_GRACE_US 100000

/* Does the worker's work, until @operation is done. */
static void
mvx_log_async_end_drive (MvxLogAsyncSinkPrivate *priv, MvxLogOperation *operation, gint64 deadline_us)
{
  while (!mvx_log_operation_is_done (operation) && (deadline_us < 0 || g_get_monotonic_time () < deadline_us))
    {
      gint64 ready = mvx_log_worker_turn (priv->worker);

      if (ready < 0 || (deadline_us >= 0 && deadline_us < ready))
        ready = deadline_us;
      if (!mvx_log_operation_is_done (operation))
        mvx_log_worker_rest (priv->worker, ready);
    }
}

static gboolean
mvx_log_async_end_wait (MvxLogAsyncSinkPrivate *priv,
                        MvxLogOperation *operation,
                        gboolean drive,
                        gint64 deadline_us,
                        GError **error)
{
  g_autofree char *stall = NULL;
  g_autoptr (GError) local = NULL;

  if (drive)
    mvx_log_async_end_drive (priv, operation, deadline_us);
  if (mvx_log_operation_wait (operation, drive ? 0 : deadline_us, &local))
    return TRUE;
  if (g_error_matches (local, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT))
    {
      stall = mvx_log_dispatcher_dup_stall (&priv->dispatcher);
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT, "Sink '%s' has not ended by the deadline%s",
                   mvx_log_async_sink_name (priv), stall ? stall : "");
    }
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

void
mvx_log_async_sink_begin_end (MvxLogAsyncSink *self, gint64 deadline_us)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  MvxLogOperation *operation;
  MvxLogSinkState state;

  mvx_log_sink_wait_unused (MVX_LOG_SINK (self), deadline_us);
  g_mutex_lock (&priv->mutex);
  state = priv->state;
  priv->end_at_start = state == MVX_LOG_SINK_STATE_STARTING;
  priv->end_deadline_us = deadline_us;
  g_mutex_unlock (&priv->mutex);
  if (state != MVX_LOG_SINK_STATE_RUNNING && state != MVX_LOG_SINK_STATE_STOPPING)
    return;
  operation = mvx_log_async_sink_stop_by (self, deadline_us);
  g_mutex_lock (&priv->mutex);
  if (priv->ending == NULL)
    priv->ending = g_steal_pointer (&operation);
  g_mutex_unlock (&priv->mutex);
  g_clear_pointer (&operation, mvx_log_operation_unref);
}

/* Stops what can be stopped. With nobody else in it. */
static gboolean
mvx_log_async_end_wind_up (MvxLogAsyncSink *self, gboolean drive, gint64 deadline_us, GError **error)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  g_autoptr (MvxLogOperation) starting = NULL;
  g_autoptr (MvxLogOperation) operation = NULL;

  g_mutex_lock (&priv->mutex);
  if (priv->state == MVX_LOG_SINK_STATE_STARTING)
    starting = mvx_log_operation_ref (priv->starting);
  operation = priv->ending ? mvx_log_operation_ref (priv->ending) : NULL;
  g_mutex_unlock (&priv->mutex);
  if (operation)
    return mvx_log_async_end_wait (priv, operation, drive, deadline_us < 0 ? -1 : deadline_us + MVX_LOG_ASYNC_GRACE_US,
                                   error);
  if (starting && !mvx_log_async_end_wait (priv, starting, drive, deadline_us, error))
    return FALSE;
  switch (mvx_log_async_sink_get_state (self))
    {
    case MVX_LOG_SINK_STATE_RUNNING:
    case MVX_LOG_SINK_STATE_STOPPING:
      operation = mvx_log_async_sink_stop_by (self, deadline_us);
      return mvx_log_async_end_wait (priv, operation, drive,
                                     deadline_us < 0 ? -1 : deadline_us + MVX_LOG_ASYNC_GRACE_US, error);
    case MVX_LOG_SINK_STATE_VIRGIN:
    case MVX_LOG_SINK_STATE_STARTING:
    case MVX_LOG_SINK_STATE_STOPPED:
    case MVX_LOG_SINK_STATE_FAILURE:
    case MVX_LOG_SINK_STATE_CANCELLED:
    default:
      return TRUE;
    }
}

/* The thread is inside foreign code that does not return: it keeps the sink alive, and nobody waits for it. */
static void
mvx_log_async_end_leave_worker (MvxLogAsyncSink *self, MvxLogAsyncSinkPrivate *priv)
{
  g_object_ref (self);
  g_mutex_lock (&priv->mutex);
  mvx_log_worker_detach (priv->worker);
  g_mutex_unlock (&priv->mutex);
}

/* Others may just be looking whether they are on its thread. */
static void
mvx_log_async_end_worker (MvxLogAsyncSinkPrivate *priv)
{
  MvxLogWorker *worker;

  mvx_log_worker_join (priv->worker);
  g_mutex_lock (&priv->mutex);
  worker = g_steal_pointer (&priv->worker);
  g_mutex_unlock (&priv->mutex);
  mvx_log_worker_free (worker);
  mvx_log_async_sink_drop_commands (priv);
}

static void
mvx_log_async_end_close (MvxLogAsyncSink *self, gboolean stuck)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);

  g_mutex_lock (&priv->mutex);
  mvx_log_async_sink_ensure_queue (self, priv);
  g_atomic_int_set (&priv->queue->virgin, 0);
  g_atomic_int_set (&priv->queue->accepting, 0);
  if (priv->state == MVX_LOG_SINK_STATE_VIRGIN)
    priv->state = MVX_LOG_SINK_STATE_STOPPED;
  g_mutex_unlock (&priv->mutex);
  mvx_log_quiesce_barrier (-1);
  mvx_log_queue_wake_all (priv->queue);

  if (priv->worker == NULL)
    return;
  mvx_log_worker_quit (priv->worker);
  if (stuck)
    mvx_log_async_end_leave_worker (self, priv);
  else
    mvx_log_async_end_worker (priv);
}

/* With the mutex: another thread is at it. */
static gboolean
mvx_log_async_end_wait_for_other (MvxLogAsyncSinkPrivate *priv, gint64 deadline_us, GError **error)
{
  gboolean in_time = TRUE;

  while (!priv->terminated && in_time)
    {
      if (deadline_us < 0)
        g_cond_wait (&priv->cond, &priv->mutex);
      else
        in_time = g_cond_wait_until (&priv->cond, &priv->mutex, deadline_us);
    }
  if (!priv->terminated)
    g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT,
                 "Sink '%s' is still being closed by another thread; allow more time", mvx_log_async_sink_name (priv));
  return priv->terminated;
}

/* @drive: the worker's work is done on this thread. */
static gboolean
mvx_log_async_end_by_caller (MvxLogAsyncSink *self, gboolean drive, gint64 deadline_us, GError **error)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  g_autoptr (GError) first = NULL;
  gboolean ok = mvx_log_async_end_wind_up (self, drive, deadline_us, &first);

  mvx_log_async_end_close (self, !ok && !drive && g_error_matches (first, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT));
  g_mutex_lock (&priv->mutex);
  priv->terminated = TRUE;
  g_cond_broadcast (&priv->cond);
  g_mutex_unlock (&priv->mutex);
  if (!ok)
    g_propagate_error (error, g_steal_pointer (&first));
  return ok;
}

gboolean
mvx_log_async_sink_end (MvxLogAsyncSink *self, gboolean as_owner, gint64 deadline_us, GError **error)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  gboolean acquired;
  gboolean drive;
  gboolean ok;

  g_mutex_lock (&priv->mutex);
  drive = priv->foreign && priv->worker && as_owner && g_main_context_is_owner (priv->context);
  if (!drive && !mvx_log_async_sink_can_wait (priv, "terminate", error))
    {
      g_mutex_unlock (&priv->mutex);
      return FALSE;
    }
  if (priv->terminating)
    {
      ok = mvx_log_async_end_wait_for_other (priv, deadline_us, error);
      g_mutex_unlock (&priv->mutex);
      return ok;
    }
  priv->terminating = TRUE;
  /* Somebody else's context that nobody iterates, at the end of a program for instance. */
  acquired = priv->foreign && priv->worker && !drive && g_main_context_acquire (priv->context);
  g_mutex_unlock (&priv->mutex);
  ok = mvx_log_async_end_by_caller (self, drive || acquired, deadline_us, error);
  if (acquired)
    g_main_context_release (priv->context);
  return ok;
}

gboolean
mvx_log_async_sink_terminate (MvxLogSink *sink, gint64 deadline_us, GError **error)
{
  return mvx_log_async_sink_end (MVX_LOG_ASYNC_SINK (sink), FALSE, deadline_us, error);
}
