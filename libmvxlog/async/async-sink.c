/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An asynchronous sink as others see it. How it starts and stops is in async-state.c, what happens on the worker in
 * async-run.c, what other threads ask of it in async-ask.c. */
#include "async/async-sink-internal.h"
#include "base/error-private.h"
#include "sink/sink-private.h"

/**
 * MvxLogAsyncSinkClass::dispatch: (skip)
 *
 * For C.
 */

/**
 * MvxLogAsyncSinkClass::dispatch_batch:
 * @self: a sink
 * @batch: what is to be delivered
 * @error: return location for an error
 *
 * Delivers a batch: on the sink's worker, one call at a time. What the answer means is that of a plugin's
 * `dispatch_core`: %MVX_LOG_DISPATCH_OK that all is delivered; %MVX_LOG_DISPATCH_RETRY that what is behind
 * [method@MvxLog.Batch.set_n_done] is to be offered again later; %MVX_LOG_DISPATCH_DROP that it never can be delivered;
 * %MVX_LOG_DISPATCH_PENDING that [method@MvxLog.Batch.complete] will tell; %MVX_LOG_DISPATCH_FAILED, or an error alone,
 * that the sink is of no use any more. Why is told by an error, or with [method@MvxLog.Batch.set_reason] where a
 * language either returns or throws.
 *
 * Returns: what became of the batch
 *
 * Since: 1.0
 */

static void mvx_log_async_sink_sink_init (MvxLogSinkInterface *iface);

/**
 * MvxLogAsyncSink:
 *
 * A sink with a queue and a worker of its own, so that logging does not wait for what it delivers to. All of its
 * functions are thread-safe. A class that is derived from it in another language than C overrides
 * [vfunc@MvxLog.AsyncSink.dispatch_batch].
 *
 * Since: 1.0
 */
G_DEFINE_ABSTRACT_TYPE_WITH_CODE (MvxLogAsyncSink,
                                  mvx_log_async_sink,
                                  G_TYPE_OBJECT,
                                  G_ADD_PRIVATE (MvxLogAsyncSink)
                                      G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_SINK, mvx_log_async_sink_sink_init))

MvxLogAsyncSinkPrivate *
mvx_log_async_sink_private (MvxLogAsyncSink *self)
{
  return mvx_log_async_sink_get_instance_private (self);
}

const char *
mvx_log_async_sink_name (MvxLogAsyncSinkPrivate *priv)
{
  return priv->config.name ? priv->config.name : "unnamed";
}

static void
mvx_log_async_sink_init (MvxLogAsyncSink *self)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);

  g_mutex_init (&priv->mutex);
  g_cond_init (&priv->cond);
}

gboolean
mvx_log_async_sink_set_config (MvxLogAsyncSink *self, const MvxLogAsyncConfig *config)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  gboolean unused;

  g_mutex_lock (&priv->mutex);
  unused = priv->queue == NULL;
  if (unused)
    {
      g_free ((char *) priv->config.name);
      g_free ((char *) priv->config.spool_dir);
      g_free ((char *) priv->config.crash_ring_dir);
      priv->config = *config;
      priv->config.name = g_strdup (config->name);
      priv->config.spool_dir = g_strdup (config->spool_dir);
      priv->config.crash_ring_dir = g_strdup (config->crash_ring_dir);
    }
  g_mutex_unlock (&priv->mutex);
  return unused;
}

/* With the mutex. The queue is there from the first look on, main context and thread from the first start on. */
void
mvx_log_async_sink_ensure_queue (MvxLogAsyncSink *self, MvxLogAsyncSinkPrivate *priv)
{
  if (priv->queue)
    return;
  if (priv->config.linger_us <= 0)
    priv->config.linger_us = MVX_LOG_ASYNC_LINGER_US;
  if (priv->config.drain_timeout_us == 0)
    priv->config.drain_timeout_us = MVX_LOG_ASYNC_DRAIN_TIMEOUT_US;
  priv->queue = mvx_log_queue_new (&priv->config, priv->context);
  priv->queue->owner = self;
  priv->queue->first_use = mvx_log_async_sink_first_use;
  g_atomic_int_set (&priv->queue->virgin, 1);
  g_atomic_int_set (&priv->queue->accepting, 1);
  mvx_log_dispatcher_init (&priv->dispatcher, &priv->config, priv->queue, mvx_log_async_sink_call_dispatch, self);
  priv->dispatcher.common = mvx_log_sink_common (MVX_LOG_SINK (self));
}

void
mvx_log_async_sink_set_down (MvxLogAsyncSinkPrivate *priv)
{
  mvx_log_sink_set_health (priv->dispatcher.common, MVX_LOG_SINK_HEALTH_DOWN, 0);
}

MvxLogQueue *
mvx_log_async_sink_get_queue (MvxLogAsyncSink *self)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  MvxLogQueue *queue;

  g_mutex_lock (&priv->mutex);
  mvx_log_async_sink_ensure_queue (self, priv);
  queue = priv->queue;
  g_mutex_unlock (&priv->mutex);
  return queue;
}

gboolean
mvx_log_async_sink_refusal (MvxLogAsyncSink *self, MvxLogReason reason, GError **error)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);

  switch (reason)
    {
    case MVX_LOG_REASON_QUEUE_FULL:
      if (priv->config.overflow != MVX_LOG_OVERFLOW_RAISE)
        return TRUE;
      g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_QUEUE_OVERFLOW,
                   "The queue of sink '%s' is full (%" G_GINT64_FORMAT " events); make queue-max-size larger or choose "
                   "another queue-overflow",
                   mvx_log_async_sink_name (priv), priv->queue->max_events);
      return FALSE;
    case MVX_LOG_REASON_TIMEOUT:
      g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_QUEUE_OVERFLOW,
                   "The queue of sink '%s' had no space for an event within block-timeout",
                   mvx_log_async_sink_name (priv));
      return FALSE;
    case MVX_LOG_REASON_LEVEL:
      return TRUE;
    case MVX_LOG_REASON_STATE:
    default:
      g_mutex_lock (&priv->mutex);
      g_propagate_error (error, mvx_log_async_sink_state_error (priv, "take events", "VIRGIN, STARTING or RUNNING"));
      g_mutex_unlock (&priv->mutex);
      return FALSE;
    }
}

gboolean
mvx_log_async_sink_writes_through (MvxLogAsyncSink *self)
{
  const MvxLogAsyncConfig *config = &mvx_log_async_sink_private (self)->config;

  return config->delivery == MVX_LOG_DELIVERY_SPOOL && config->write == MVX_LOG_SPOOL_WRITE_THROUGH;
}

/* Straight into the spool, unless that has no room or something of this thread still waits in front of it. */
static gboolean
mvx_log_async_sink_write_through (MvxLogAsyncSink *self, MvxLogQueue *queue, const MvxLogEvent *event)
{
  MvxLogThread *thread = mvx_log_thread_get ();
  const MvxLogLane *lane = mvx_log_queue_lane (queue, thread);

  if ((lane && !mvx_log_lane_is_settled (lane)) || thread->ticket || !g_atomic_int_get (&queue->accepting)
      || !mvx_log_spooler_write (mvx_log_async_sink_private (self)->dispatcher.spooler, event, NULL))
    return FALSE;
  g_mutex_lock (&queue->mutex);
  queue->gone_accepted++;
  queue->gone_bytes += event->record->size;
  g_mutex_unlock (&queue->mutex);
  /* The worker takes `kicked` back before it looks. */
  if (!g_atomic_int_exchange (&queue->kicked, 1))
    mvx_log_queue_wake_worker (queue);
  return TRUE;
}

static gboolean
mvx_log_async_sink_log (MvxLogSink *sink, const MvxLogEvent *event, GError **error)
{
  MvxLogAsyncSink *self = MVX_LOG_ASYNC_SINK (sink);
  MvxLogReason reason;

  if (mvx_log_async_sink_writes_through (self)
      && mvx_log_async_sink_write_through (self, mvx_log_async_sink_get_queue (self), event))
    return TRUE;
  return mvx_log_queue_put (mvx_log_async_sink_get_queue (self), mvx_log_thread_get (), event->record, &reason)
         || mvx_log_async_sink_refusal (self, reason, error);
}

static void
mvx_log_async_sink_get_counters (MvxLogSink *sink, MvxLogCounters *counters)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (MVX_LOG_ASYNC_SINK (sink));

  mvx_log_async_sink_get_queue (MVX_LOG_ASYNC_SINK (sink));
  mvx_log_dispatcher_get_counters (&priv->dispatcher, counters);
}

static void
mvx_log_async_sink_sink_init (MvxLogSinkInterface *iface)
{
  iface->log = mvx_log_async_sink_log;
  iface->flush = mvx_log_async_sink_flush;
  iface->reopen = mvx_log_async_sink_reopen;
  iface->terminate = mvx_log_async_sink_terminate;
  iface->get_counters = mvx_log_async_sink_get_counters;
}

/* Whoever drops the last reference without terminating still gets what was accepted delivered. If that is the sink's
 * own thread, in a callback of a source there, the sink lives on until another thread has ended it. */
static void
mvx_log_async_sink_dispose (GObject *object)
{
  if (mvx_log_sink_is_inherited (mvx_log_sink_common (MVX_LOG_SINK (object))))
    g_object_ref (object); /* for ever: nothing of it can be freed */
  else if (mvx_log_async_sink_go_away (MVX_LOG_ASYNC_SINK (object)))
    G_OBJECT_CLASS (mvx_log_async_sink_parent_class)->dispose (object);
}

static void
mvx_log_async_sink_finalize (GObject *object)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (MVX_LOG_ASYNC_SINK (object));

  if (priv->queue)
    {
      mvx_log_async_sink_drop_commands (priv);
      mvx_log_dispatcher_discard (&priv->dispatcher, MVX_LOG_REASON_SHUTDOWN);
      mvx_log_dispatcher_clear (&priv->dispatcher);
      mvx_log_queue_abandon (priv->queue);
    }
  g_clear_pointer (&priv->context, g_main_context_unref);
  g_clear_pointer (&priv->starting, mvx_log_operation_unref);
  g_clear_pointer (&priv->stopping, mvx_log_operation_unref);
  g_clear_pointer (&priv->ending, mvx_log_operation_unref);
  g_clear_error (&priv->last_error);
  g_free ((char *) priv->config.name);
  g_free ((char *) priv->config.spool_dir);
  g_free ((char *) priv->config.crash_ring_dir);
  g_mutex_clear (&priv->mutex);
  g_cond_clear (&priv->cond);
  G_OBJECT_CLASS (mvx_log_async_sink_parent_class)->finalize (object);
}

static void
mvx_log_async_sink_class_init (MvxLogAsyncSinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = mvx_log_async_sink_dispose;
  object_class->finalize = mvx_log_async_sink_finalize;
}
