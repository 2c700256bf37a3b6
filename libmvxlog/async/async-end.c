/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How an asynchronous sink ends for good. */
#include "async/async-sink-internal.h"
#include "base/diag-private.h"
#include "base/error-private.h"
#include "base/signals-private.h"
#include "sink/sink-private.h"

/* A little longer than the worker: it is the one that knows how many events are lost. */
#define MVX_LOG_ASYNC_GRACE_US 100000

static gboolean
mvx_log_async_end_is_done (gpointer operation)
{
  return mvx_log_operation_is_done (operation);
}

/* Somebody else's context that nobody iterates, at the end of a program for instance: the work is done here. */
static gboolean
mvx_log_async_end_wait (MvxLogAsyncSinkPrivate *priv, MvxLogOperation *operation, gint64 deadline_us, GError **error)
{
  g_autofree char *stall = NULL;
  g_autoptr (GError) local = NULL;

  if (priv->foreign)
    {
      g_autoptr (GSource) source = mvx_log_worker_ref_source (priv->worker);

      mvx_log_worker_help (source, mvx_log_async_end_is_done, operation, deadline_us);
    }
  if (mvx_log_operation_wait (operation, priv->foreign ? 0 : deadline_us, &local))
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
mvx_log_async_sink_begin_end (MvxLogSink *sink, gint64 deadline_us)
{
  MvxLogAsyncSinkPrivate *priv;
  MvxLogOperation *operation;

  if (!MVX_LOG_IS_ASYNC_SINK (sink))
    return;
  priv = mvx_log_async_sink_private (MVX_LOG_ASYNC_SINK (sink));
  /* Who waits for space in the queue waits in vain for a sink that is stuck: the stop sends it away. */
  if (priv->config.overflow != MVX_LOG_OVERFLOW_BLOCK)
    mvx_log_sink_wait_unused (sink, deadline_us);
  g_mutex_lock (&priv->mutex);
  priv->end_at_start = priv->state == MVX_LOG_SINK_STATE_STARTING;
  priv->end_deadline_us = deadline_us;
  g_mutex_unlock (&priv->mutex);
  operation = mvx_log_async_sink_end_by (MVX_LOG_ASYNC_SINK (sink), deadline_us);
  g_clear_pointer (&operation, mvx_log_operation_unref);
}

/* Stops what can be stopped. With nobody else in it. */
static gboolean
mvx_log_async_end_wind_up (MvxLogAsyncSink *self, gint64 deadline_us, GError **error)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  g_autoptr (MvxLogOperation) starting = NULL;
  g_autoptr (MvxLogOperation) operation = NULL;

  g_mutex_lock (&priv->mutex);
  if (priv->state == MVX_LOG_SINK_STATE_STARTING)
    starting = mvx_log_operation_ref (priv->starting);
  g_mutex_unlock (&priv->mutex);
  if (starting && !mvx_log_async_end_wait (priv, starting, deadline_us, error))
    return FALSE;
  operation = mvx_log_async_sink_end_by (self, deadline_us);
  return operation == NULL
         || mvx_log_async_end_wait (priv, operation, deadline_us < 0 ? -1 : deadline_us + MVX_LOG_ASYNC_GRACE_US,
                                    error);
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
  mvx_log_queue_wake_helpers (priv->queue);
}

/* @late: it has not come to its end. */
static void
mvx_log_async_end_close (MvxLogAsyncSink *self, gboolean late)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);

  mvx_log_queue_set_accepting (priv->queue, FALSE);
  mvx_log_async_sink_set_down (priv);
  mvx_log_queue_close (priv->queue);

  if (priv->worker)
    {
      mvx_log_worker_quit (priv->worker);
      if (late && !mvx_log_worker_close (priv->worker))
        {
          mvx_log_async_end_leave_worker (self, priv);
          return;
        }
      mvx_log_async_end_worker (priv);
    }
  /* What is late has not settled everything: who starts next may deliver it. */
  if (!late)
    mvx_log_queue_retire_ring (priv->queue);
}

/* With the mutex: from here on it does not start. A first event that comes just now must find that nothing is accepted,
 * as nobody would ever deliver it: that is said before it need not be started. */
static void
mvx_log_async_end_claim (MvxLogAsyncSink *self, MvxLogAsyncSinkPrivate *priv)
{
  priv->terminating = TRUE;
  mvx_log_async_sink_ensure_queue (self, priv);
  if (priv->state == MVX_LOG_SINK_STATE_VIRGIN)
    {
      priv->state = MVX_LOG_SINK_STATE_STOPPED;
      mvx_log_queue_set_accepting (priv->queue, FALSE);
    }
  g_atomic_int_set (&priv->queue->virgin, 0);
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

static gboolean
mvx_log_async_end_by_caller (MvxLogAsyncSink *self, gint64 deadline_us, GError **error)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  g_autoptr (GError) first = NULL;
  gboolean ok = mvx_log_async_end_wind_up (self, deadline_us, &first);

  mvx_log_async_end_close (self, !ok && g_error_matches (first, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT));
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
  gboolean ok;

  g_mutex_lock (&priv->mutex);
  if (!(priv->foreign && as_owner) && !mvx_log_async_sink_can_wait (priv, "terminate", error))
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
  mvx_log_async_end_claim (self, priv);
  g_mutex_unlock (&priv->mutex);
  return mvx_log_async_end_by_caller (self, deadline_us, error);
}

gboolean
mvx_log_async_sink_terminate (MvxLogSink *sink, gint64 deadline_us, GError **error)
{
  return mvx_log_async_sink_end (MVX_LOG_ASYNC_SINK (sink), FALSE, deadline_us, error);
}

static void
mvx_log_async_end_last (MvxLogAsyncSink *self)
{
  g_autoptr (GError) error = NULL;

  if (!mvx_log_async_sink_end (self, TRUE, g_get_monotonic_time () + MVX_LOG_ASYNC_DRAIN_TIMEOUT_US, &error))
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "Sink '%s' went away: %s",
                  mvx_log_async_sink_name (mvx_log_async_sink_private (self)), error->message);
}

static gpointer
mvx_log_async_end_thread (gpointer self)
{
  mvx_log_async_end_last (self);
  g_object_unref (self);
  return NULL;
}

/* Without a thread for it, it stays. */
static void
mvx_log_async_end_elsewhere (MvxLogAsyncSink *self)
{
  g_autoptr (GError) error = NULL;
  GThread *thread = mvx_log_signals_thread_new ("mvx:end", mvx_log_async_end_thread, g_object_ref (self), &error);

  if (thread)
    g_thread_unref (thread);
  else
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "Sink '%s' cannot be ended: %s",
                  mvx_log_async_sink_name (mvx_log_async_sink_private (self)), error->message);
}

gboolean
mvx_log_async_sink_go_away (MvxLogAsyncSink *self)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);

  if (priv->terminated || priv->queue == NULL)
    return TRUE;
  if (priv->worker && !priv->foreign && mvx_log_worker_is_own_thread (priv->worker))
    {
      mvx_log_async_end_elsewhere (self);
      return FALSE;
    }
  mvx_log_async_end_last (self);
  return TRUE;
}
