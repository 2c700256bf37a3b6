/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What other threads ask of a running sink, and wait for. */
#include "async/async-sink-internal.h"
#include "async/breaker-private.h"
#include "base/error-private.h"
#include "sink/members-private.h"
#include "sink/sink-private.h"

/* A reopen is given up after that. */
#define MVX_LOG_ASYNC_ASK_TIMEOUT_US (5 * G_USEC_PER_SEC)

/* On a context of somebody else, which may be iterated by nobody: the work is done here then. */
static void
mvx_log_async_ask_help (MvxLogAsyncSinkPrivate *priv, MvxLogWorkerDoneFunc done, gpointer data, gint64 deadline_us)
{
  g_autoptr (GSource) source = NULL;

  g_mutex_lock (&priv->mutex);
  if (priv->foreign && priv->worker)
    source = mvx_log_worker_ref_source (priv->worker);
  g_mutex_unlock (&priv->mutex);
  if (source)
    mvx_log_worker_help (source, done, data, deadline_us);
}

static gboolean
mvx_log_async_ask_job_is_done (gpointer job)
{
  return mvx_log_job_is_done (job);
}

gboolean
mvx_log_async_sink_run (MvxLogAsyncSink *self,
                        gboolean (*func) (gpointer data, GError **error),
                        gpointer data,
                        GDestroyNotify destroy,
                        gint64 deadline_us,
                        GError **error)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  MvxLogCommand *command;
  MvxLogJob *job;
  gboolean can;

  job = mvx_log_job_new (func, data, destroy);
  command = mvx_log_command_new (MVX_LOG_COMMAND_RUN);
  command->job = job;
  g_mutex_lock (&priv->mutex);
  can = mvx_log_async_sink_can_wait (priv, "reach", error);
  if (can && priv->state != MVX_LOG_SINK_STATE_RUNNING && priv->state != MVX_LOG_SINK_STATE_STARTING)
    {
      g_propagate_error (error, mvx_log_async_sink_state_error (priv, "do that", "STARTING or RUNNING"));
      can = FALSE;
    }
  /* Under the mutex: whoever ends the worker answers what was sent before. */
  if (can)
    mvx_log_command_send (command, priv->queue);
  g_mutex_unlock (&priv->mutex);
  if (!can)
    {
      mvx_log_command_free (command);
      mvx_log_job_unref (job);
      return FALSE;
    }
  mvx_log_async_ask_help (priv, mvx_log_async_ask_job_is_done, job, deadline_us);
  return mvx_log_job_wait (job, deadline_us, error);
}

/* With the mutex: for good, and not as somebody wanted. */
static gboolean
mvx_log_async_ask_is_over (MvxLogAsyncSinkPrivate *priv)
{
  return priv->state == MVX_LOG_SINK_STATE_FAILURE || priv->state == MVX_LOG_SINK_STATE_CANCELLED;
}

/* With the mutex. Who asks after the failure learns the same as who asked before: what was lost by it, and why. */
static GError *
mvx_log_async_ask_flush_error (MvxLogAsyncSinkPrivate *priv)
{
  if (priv->n_lost > 0)
    return mvx_log_flush_undelivered (mvx_log_async_sink_name (priv), 0, priv->n_lost, priv->last_error);
  return mvx_log_async_sink_state_error (priv, "deliver events", "RUNNING");
}

gboolean
mvx_log_async_sink_begin_flush (MvxLogAsyncSink *self, gint64 deadline_us, MvxLogFlush **flush, GError **error)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  MvxLogCommand *command;
  gboolean can;

  *flush = NULL;
  g_mutex_lock (&priv->mutex);
  can = mvx_log_async_sink_can_wait (priv, "flush", error);
  /* Short, and no foreign code: a mark is set before it or after it. */
  while (can && priv->discarding)
    g_cond_wait (&priv->cond, &priv->mutex);
  if (can && mvx_log_async_ask_is_over (priv) && (priv->closed_down || priv->worker == NULL))
    {
      g_propagate_error (error, mvx_log_async_ask_flush_error (priv));
      can = FALSE;
    }
  if (can && priv->worker && priv->state != MVX_LOG_SINK_STATE_STOPPED)
    {
      *flush = mvx_log_flush_new (priv->queue);
      mvx_log_flush_set_deadline (*flush, deadline_us);
      if (mvx_log_async_ask_is_over (priv))
        mvx_log_flush_refuse (*flush, mvx_log_async_sink_state_error (priv, "deliver events", "RUNNING"));
      command = mvx_log_command_new (MVX_LOG_COMMAND_FLUSH);
      command->flush = *flush;
      mvx_log_command_send (command, priv->queue);
    }
  g_mutex_unlock (&priv->mutex);
  return can;
}

static gboolean
mvx_log_async_ask_flush_is_done (gpointer flush)
{
  return mvx_log_flush_is_answered (flush);
}

/* What it was given counts as done here, but is not delivered before that has done so. */
static gboolean
mvx_log_async_ask_fallback (MvxLogAsyncSinkPrivate *priv, gint64 deadline_us, GError **error)
{
  MvxLogSink *fallback;
  gboolean ok;

  if (__atomic_load_n (&priv->dispatcher.n_diverted, __ATOMIC_ACQUIRE) == 0)
    return TRUE;
  fallback = mvx_log_members_use (priv->dispatcher.common->members, 0);
  ok = fallback == NULL || mvx_log_sink_flush (fallback, deadline_us, error);
  if (fallback)
    mvx_log_members_end_use (fallback);
  return ok;
}

gboolean
mvx_log_async_sink_end_flush (MvxLogAsyncSink *self, MvxLogFlush *flush, gint64 deadline_us, GError **error)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  g_autofree char *stall = NULL;
  GError *local = NULL;

  if (flush)
    mvx_log_async_ask_help (priv, mvx_log_async_ask_flush_is_done, flush, deadline_us);
  if (flush == NULL || mvx_log_flush_wait (flush, mvx_log_async_sink_name (priv), deadline_us, &local))
    return mvx_log_async_ask_fallback (priv, deadline_us, error);
  stall = mvx_log_dispatcher_dup_stall (&priv->dispatcher);
  if (stall)
    {
      g_autofree char *text = g_steal_pointer (&local->message);

      local->message = g_strconcat (text, stall, NULL);
    }
  g_propagate_error (error, local);
  return FALSE;
}

gboolean
mvx_log_async_sink_flush (MvxLogSink *sink, gint64 deadline_us, GError **error)
{
  MvxLogAsyncSink *self = MVX_LOG_ASYNC_SINK (sink);
  MvxLogFlush *flush;

  return mvx_log_async_sink_begin_flush (self, deadline_us, &flush, error)
         && mvx_log_async_sink_end_flush (self, flush, deadline_us, error);
}

/**
 * mvx_log_async_sink_dup_trouble:
 * @self: a sink
 *
 * Tells why the sink delivers nothing, be it that it tries again or that it does not run. Thread-safe.
 *
 * Returns: (nullable) (transfer full): for people, why the last dispatch failed, the sink itself did, or what its last
 *   stop could not do; %NULL if all is well
 *
 * Since: 1.0
 */
char *
mvx_log_async_sink_dup_trouble (MvxLogAsyncSink *self)
{
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (MVX_LOG_IS_ASYNC_SINK (self), NULL);
  error = mvx_log_async_sink_dup_last_error (self);
  mvx_log_async_sink_get_queue (self);
  return error ? g_strdup (error->message)
               : mvx_log_breaker_dup_trouble (&mvx_log_async_sink_private (self)->dispatcher);
}

/**
 * mvx_log_async_sink_get_retry_time:
 * @self: a sink
 *
 * Tells until when a sink that has failed leaves its destination alone. It may be over: then it is tried with the next
 * event, or right now. Thread-safe.
 *
 * Returns: a g_get_monotonic_time(), or 0 if the sink waits for nothing but events
 *
 * Since: 1.0
 */
gint64
mvx_log_async_sink_get_retry_time (MvxLogAsyncSink *self)
{
  MvxLogDispatcher *dispatcher;
  gint64 retry_at, probe_at;

  g_return_val_if_fail (MVX_LOG_IS_ASYNC_SINK (self), 0);
  dispatcher = &mvx_log_async_sink_private (self)->dispatcher;
  mvx_log_async_sink_get_queue (self);
  /* With an open circuit, both are waited for: the retry is that of what a fallback has not taken. */
  retry_at = __atomic_load_n (&dispatcher->retry_at, __ATOMIC_RELAXED);
  probe_at = mvx_log_sink_get_probe_time (dispatcher->common);
  return MAX (retry_at, probe_at);
}

gint64
mvx_log_async_sink_get_spool_bytes (MvxLogAsyncSink *self)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);

  mvx_log_async_sink_get_queue (self); /* with it the dispatcher is made, which has the spooler from then on */
  return priv->dispatcher.spooler ? (gint64) mvx_log_spooler_get_bytes (priv->dispatcher.spooler) : -1;
}

gboolean
mvx_log_async_sink_has_plain_flush (MvxLogSink *sink)
{
  return MVX_LOG_IS_ASYNC_SINK (sink) && MVX_LOG_SINK_GET_IFACE (sink)->flush == mvx_log_async_sink_flush;
}

static gboolean
mvx_log_async_ask_do_reopen (gpointer data, GError **error)
{
  MvxLogAsyncSinkClass *klass = MVX_LOG_ASYNC_SINK_GET_CLASS (data);

  return klass->reopening == NULL || klass->reopening (data, error);
}

gboolean
mvx_log_async_sink_reopen (MvxLogSink *sink, GError **error)
{
  MvxLogSinkState state = mvx_log_async_sink_get_state (MVX_LOG_ASYNC_SINK (sink));

  /* Nothing is open before the start and after the stop. */
  if (state == MVX_LOG_SINK_STATE_VIRGIN || state == MVX_LOG_SINK_STATE_STOPPED)
    return TRUE;
  return mvx_log_async_sink_run (MVX_LOG_ASYNC_SINK (sink), mvx_log_async_ask_do_reopen, g_object_ref (sink),
                                 g_object_unref, g_get_monotonic_time () + MVX_LOG_ASYNC_ASK_TIMEOUT_US, error);
}
