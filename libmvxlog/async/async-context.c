/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The main context that an asynchronous sink works on: its own, or one that somebody else iterates. */
#include "async/async-sink-internal.h"
#include "base/error-private.h"
#include "base/maincontext-private.h"

static gboolean
mvx_log_async_context_fail (const char *name, GError **error)
{
  mvx_log_error_wrap (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE,
                      "Cannot make the main context of sink '%s'", name);
  return FALSE;
}

GMainContext *
mvx_log_async_sink_new_context (const char *name, GError **error)
{
  GMainContext *context = mvx_log_main_context_new (error);

  if (context == NULL)
    mvx_log_async_context_fail (name, error);
  return context;
}

void
mvx_log_async_sink_take_context (MvxLogAsyncSink *self, GMainContext *context)
{
  mvx_log_async_sink_private (self)->context = context;
}

gboolean
mvx_log_async_sink_ensure_context (MvxLogAsyncSinkPrivate *priv, GError **error)
{
  if (priv->context == NULL)
    priv->context = mvx_log_async_sink_new_context (mvx_log_async_sink_name (priv), error);
  /* Somebody else's is made the default of whoever iterates it. */
  else if (!mvx_log_main_context_ensure_default (error))
    return mvx_log_async_context_fail (mvx_log_async_sink_name (priv), error);
  if (priv->context)
    mvx_log_queue_set_context (priv->queue, priv->context);
  return priv->context != NULL;
}

/**
 * mvx_log_async_sink_set_main_context:
 * @self: a sink that nobody has used yet
 * @context: (nullable) (transfer none): a main context, %NULL for the one that the calling thread is just running
 * @error: return location for an error
 *
 * Lets the sink work on @context instead of a thread of its own: dispatch and the hooks are called by whoever iterates
 * it, behind the sources of default priority. Nothing is delivered while nobody does.
 *
 * Waiting for the sink on the thread that iterates @context is refused with %MVX_LOG_ERROR_WOULD_DEADLOCK, as on a
 * thread of its own; [method@MvxLog.Operation.wait_async], [func@MvxLog.flush_async] and [func@MvxLog.shutdown_async]
 * work there. While nobody iterates @context, whoever flushes, reopens or terminates the sink does its work on the
 * caller's thread. Removing the sink's source from @context ends the sink: it is CANCELLED.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE if no main loop runs on this thread, or
 * with %MVX_LOG_SINK_ERROR_INVALID_STATE if the sink has been used
 *
 * Since: 1.0
 */
gboolean
mvx_log_async_sink_set_main_context (MvxLogAsyncSink *self, GMainContext *context, GError **error)
{
  MvxLogAsyncSinkPrivate *priv;
  g_autoptr (GMainContext) running = NULL;
  gboolean used;

  g_return_val_if_fail (MVX_LOG_IS_ASYNC_SINK (self), FALSE);
  priv = mvx_log_async_sink_private (self);
  /* While a source of the default context is dispatched on this thread, that is there. */
  if (context == NULL && g_main_context_get_thread_default () == NULL && g_main_depth () == 0
      && !mvx_log_main_context_ensure_default (error))
    return mvx_log_async_context_fail (mvx_log_async_sink_name (priv), error);
  running = context ? g_main_context_ref (context) : g_main_context_ref_thread_default ();
  g_mutex_lock (&priv->mutex);
  used = priv->queue != NULL;
  if (used)
    g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE,
                 "Sink '%s' has a main context already; choose another one before it is used",
                 mvx_log_async_sink_name (priv));
  else if (context == NULL && !g_main_context_is_owner (running))
    g_set_error (
        error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE,
        "No main loop runs on this thread for sink '%s'; call from a callback of the loop, or give its context",
        mvx_log_async_sink_name (priv));
  else
    {
      g_clear_pointer (&priv->context, g_main_context_unref);
      priv->context = g_steal_pointer (&running);
      priv->foreign = TRUE;
    }
  g_mutex_unlock (&priv->mutex);
  return running == NULL;
}

/**
 * mvx_log_async_sink_get_main_context:
 * @self: a sink
 *
 * Gives access to the main context that the sink's worker runs.
 *
 * Returns: (nullable) (transfer none): the context of the sink's worker, for sources of its own; %NULL if the sink has
 *   not been started and there is no file descriptor for one. Thread-safe.
 *
 * Since: 1.0
 */
GMainContext *
mvx_log_async_sink_get_main_context (MvxLogAsyncSink *self)
{
  MvxLogAsyncSinkPrivate *priv;
  GMainContext *context;

  g_return_val_if_fail (MVX_LOG_IS_ASYNC_SINK (self), NULL);
  priv = mvx_log_async_sink_private (self);
  g_mutex_lock (&priv->mutex);
  mvx_log_async_sink_ensure_queue (self, priv);
  if (priv->context == NULL)
    mvx_log_async_sink_ensure_context (priv, NULL);
  context = priv->context;
  g_mutex_unlock (&priv->mutex);
  return context;
}
