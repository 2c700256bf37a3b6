/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state machine of an asynchronous sink, and its public face. What happens on the worker is in async-run.c, what
 * other threads ask of it in async-ask.c. */
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "async/async-sink-internal.h"
#include "async/breaker-private.h"
#include "async/gone-private.h"
#include "base/diag-private.h"
#include "base/error-private.h"
#include "base/signals-private.h"
#include "sink/sink-private.h"

#define MVX_LOG_ASYNC_DRAIN_TIMEOUT_US (5 * G_USEC_PER_SEC)

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

static const char *const mvx_log_async_state_names[] = {
  "VIRGIN", "STARTING", "RUNNING", "STOPPING", "STOPPED", "FAILURE", "CANCELLED",
};

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

GMainContext *
mvx_log_async_sink_new_context (const char *name, GError **error)
{
  int fd = eventfd (0, EFD_CLOEXEC); /* which is what a context needs */

  if (fd >= 0)
    {
      close (fd);
      return g_main_context_new ();
    }
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE,
               "Cannot make the main context of sink '%s': %s; raise the limit of open files", name,
               g_strerror (errno));
  return NULL;
}

void
mvx_log_async_sink_take_context (MvxLogAsyncSink *self, GMainContext *context)
{
  mvx_log_async_sink_private (self)->context = context;
}

/* With the mutex. The queue is there from the first look on, the thread from the first start on. */
void
mvx_log_async_sink_ensure_queue (MvxLogAsyncSink *self, MvxLogAsyncSinkPrivate *priv)
{
  if (priv->queue)
    return;
  if (priv->config.linger_us <= 0)
    priv->config.linger_us = MVX_LOG_ASYNC_LINGER_US;
  if (priv->config.drain_timeout_us == 0)
    priv->config.drain_timeout_us = MVX_LOG_ASYNC_DRAIN_TIMEOUT_US;
  if (priv->context == NULL)
    priv->context = g_main_context_new ();
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
mvx_log_async_sink_refuse_terminated (MvxLogAsyncSinkPrivate *priv)
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
mvx_log_async_sink_refuse_operation (MvxLogAsyncSinkPrivate *priv, const char *what, const char *expected)
{
  MvxLogOperation *operation = mvx_log_operation_new (NULL);

  mvx_log_operation_finish (operation, mvx_log_async_sink_state_error (priv, what, expected));
  return operation;
}

/* With the mutex: makes the thread at the first start, unless somebody else iterates the context. */
static gboolean
mvx_log_async_sink_ensure_worker (MvxLogAsyncSink *self, MvxLogAsyncSinkPrivate *priv, GError **error)
{
  if (priv->worker)
    return TRUE;
  priv->worker = mvx_log_worker_new (priv->queue, mvx_log_async_sink_run_worker, mvx_log_async_sink_removed, self);
  if (priv->foreign || mvx_log_worker_start_thread (priv->worker, mvx_log_async_sink_name (priv), error))
    return TRUE;
  mvx_log_worker_close (priv->worker); /* else it would tell us that its source is gone */
  g_clear_pointer (&priv->worker, mvx_log_worker_free);
  return FALSE;
}

/* With the mutex. */
static MvxLogOperation *
mvx_log_async_sink_begin_start (MvxLogAsyncSinkPrivate *priv)
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
mvx_log_async_sink_fail_start (MvxLogAsyncSinkPrivate *priv, GError *error)
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
mvx_log_async_sink_start_as (MvxLogAsyncSink *self, gboolean first)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);
  MvxLogOperation *operation;
  GError *error = NULL;
  gboolean failed = FALSE;

  g_mutex_lock (&priv->mutex);
  mvx_log_async_sink_ensure_queue (self, priv);
  if (first && priv->state != MVX_LOG_SINK_STATE_VIRGIN)
    operation = NULL;
  else if (priv->state == MVX_LOG_SINK_STATE_STARTING)
    operation = mvx_log_operation_ref (priv->starting);
  else if (priv->terminating || priv->ending)
    operation = mvx_log_async_sink_refuse_terminated (priv);
  else if (priv->state != MVX_LOG_SINK_STATE_VIRGIN && priv->state != MVX_LOG_SINK_STATE_STOPPED)
    operation = mvx_log_async_sink_refuse_operation (priv, "start", "VIRGIN or STOPPED");
  else if (mvx_log_async_sink_ensure_worker (self, priv, &error))
    operation = mvx_log_async_sink_begin_start (priv);
  else
    {
      failed = TRUE;
      operation = mvx_log_async_sink_fail_start (priv, error);
    }
  /* Last: whoever finds it so takes credit without asking whether there is a worker. */
  g_atomic_int_set (&priv->queue->virgin, 0);
  g_mutex_unlock (&priv->mutex);
  if (failed)
    mvx_log_queue_close (priv->queue);
  return operation;
}

/**
 * mvx_log_async_sink_start:
 * @self: a sink
 *
 * Starts a VIRGIN or STOPPED sink, or joins the start that is on its way. Does not wait. Thread-safe.
 *
 * Returns: (transfer full): the operation; its result is an %MVX_LOG_SINK_ERROR_INVALID_STATE in any other state, or
 *   %MVX_LOG_SINK_ERROR_ON_STARTING_FAILED
 *
 * Since: 1.0
 */
MvxLogOperation *
mvx_log_async_sink_start (MvxLogAsyncSink *self)
{
  g_return_val_if_fail (MVX_LOG_IS_ASYNC_SINK (self), NULL);

  return mvx_log_async_sink_start_as (self, FALSE);
}

/* A logging call has found the sink VIRGIN, some time ago. */
void
mvx_log_async_sink_first_use (gpointer self)
{
  MvxLogOperation *operation = mvx_log_async_sink_start_as (self, TRUE);

  g_clear_pointer (&operation, mvx_log_operation_unref);
}

/* With the mutex: a stop that is on its way, or a new one, which has to be carried out without the mutex. NULL if the
 * state does not allow any. */
static MvxLogOperation *
mvx_log_async_sink_join_stop (MvxLogAsyncSinkPrivate *priv, gboolean *is_new)
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
mvx_log_async_sink_carry_out_stop (MvxLogAsyncSinkPrivate *priv, gint64 deadline_us)
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
    priv->ending = mvx_log_async_sink_join_stop (priv, &is_new);
  operation = priv->ending ? mvx_log_operation_ref (priv->ending) : NULL;
  g_mutex_unlock (&priv->mutex);
  if (is_new)
    mvx_log_async_sink_carry_out_stop (priv, deadline_us);
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
  operation = mvx_log_async_sink_join_stop (priv, &is_new);
  if (operation == NULL)
    operation = mvx_log_async_sink_refuse_operation (priv, "stop", "RUNNING");
  g_mutex_unlock (&priv->mutex);
  if (is_new)
    mvx_log_async_sink_carry_out_stop (
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

/**
 * mvx_log_async_sink_get_main_context:
 * @self: a sink
 *
 * Gives access to the main context that the sink's worker runs.
 *
 * Returns: (transfer none): the context of the sink's worker, for sources of its own. Thread-safe.
 *
 * Since: 1.0
 */
GMainContext *
mvx_log_async_sink_get_main_context (MvxLogAsyncSink *self)
{
  g_return_val_if_fail (MVX_LOG_IS_ASYNC_SINK (self), NULL);
  return mvx_log_async_sink_get_queue (self)->context;
}

void
mvx_log_async_sink_complete_offer (MvxLogAsyncSink *self,
                                   MvxLogEvent *const *batch,
                                   guint64 serial,
                                   MvxLogDispatchResult result,
                                   guint n_done,
                                   const GError *error)
{
  MvxLogCommand *command = mvx_log_command_new (MVX_LOG_COMMAND_COMPLETE);

  command->batch = batch;
  command->serial = serial;
  command->result = result;
  command->n_done = n_done;
  command->error = error ? g_error_copy (error) : NULL;
  mvx_log_command_send (command, mvx_log_async_sink_get_queue (self));
}

/**
 * mvx_log_async_sink_complete: (skip)
 * @self: a sink
 * @batch: what dispatch was given and answered with %MVX_LOG_DISPATCH_PENDING
 * @result: what became of it; anything but PENDING
 * @n_done: how many of its events are settled
 * @error: (nullable) (transfer none): why, for anything but OK
 *
 * Answers a pending batch. Can be called from any thread, also before dispatch has returned. For other languages there
 * is [method@MvxLog.Batch.complete].
 *
 * Since: 1.0
 */
void
mvx_log_async_sink_complete (MvxLogAsyncSink *self,
                             MvxLogEvent *const *batch,
                             MvxLogDispatchResult result,
                             guint n_done,
                             GError *error)
{
  g_return_if_fail (MVX_LOG_IS_ASYNC_SINK (self));
  g_return_if_fail (batch != NULL);

  mvx_log_async_sink_complete_offer (self, batch, 0, result, n_done, error);
}

void
mvx_log_async_sink_resume (MvxLogAsyncSink *self)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (self);

  mvx_log_breaker_try_now (&priv->dispatcher);
  if (priv->dispatcher.retry_at > 0)
    mvx_log_worker_hurry (priv->worker);
}

/* The answer to the batch, given by the same thread, publishes both. */
void
mvx_log_async_sink_reject (MvxLogAsyncSink *self, MvxLogEvent *event, const char *reason)
{
  MvxLogDispatcher *dispatcher = &mvx_log_async_sink_private (self)->dispatcher;

  event->rejected = TRUE;
  if (dispatcher->spooler)
    mvx_log_spooler_note_reason (dispatcher->spooler, event, reason);
  mvx_log_gone_note_why (dispatcher, reason);
  g_atomic_int_set (&dispatcher->rejects, 1);
}

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

gboolean
mvx_log_async_sink_start_sync (MvxLogAsyncSink *self, gint64 deadline_us, GError **error)
{
  g_autoptr (MvxLogOperation) operation = mvx_log_async_sink_start (self);

  return mvx_log_operation_wait (operation, deadline_us, error);
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

static void
mvx_log_async_sink_go_away (MvxLogAsyncSink *self)
{
  g_autoptr (GError) error = NULL;

  if (!mvx_log_async_sink_end (self, TRUE, g_get_monotonic_time () + MVX_LOG_ASYNC_DRAIN_TIMEOUT_US, &error))
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "Sink '%s' went away: %s",
                  mvx_log_async_sink_name (mvx_log_async_sink_private (self)), error->message);
}

static gpointer
mvx_log_async_sink_go_away_thread (gpointer self)
{
  mvx_log_async_sink_go_away (self);
  g_object_unref (self);
  return NULL;
}

/* Without a thread for it, it stays. */
static void
mvx_log_async_sink_go_away_elsewhere (MvxLogAsyncSink *self)
{
  g_autoptr (GError) error = NULL;
  GThread *thread
      = mvx_log_signals_thread_new ("mvx:end", mvx_log_async_sink_go_away_thread, g_object_ref (self), &error);

  if (thread)
    g_thread_unref (thread);
  else
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "Sink '%s' cannot be ended: %s",
                  mvx_log_async_sink_name (mvx_log_async_sink_private (self)), error->message);
}

/* Whoever drops the last reference without terminating still gets what was accepted delivered. If that is the sink's
 * own thread, in a callback of a source there, the sink lives on until another thread has ended it. */
static void
mvx_log_async_sink_dispose (GObject *object)
{
  MvxLogAsyncSinkPrivate *priv = mvx_log_async_sink_private (MVX_LOG_ASYNC_SINK (object));

  if (mvx_log_sink_is_inherited (mvx_log_sink_common (MVX_LOG_SINK (object))))
    {
      g_object_ref (object); /* for ever: nothing of it can be freed */
      return;
    }
  if (!priv->terminated && priv->queue && priv->worker && !priv->foreign && mvx_log_worker_is_own_thread (priv->worker))
    {
      mvx_log_async_sink_go_away_elsewhere (MVX_LOG_ASYNC_SINK (object));
      return;
    }
  if (!priv->terminated && priv->queue)
    mvx_log_async_sink_go_away (MVX_LOG_ASYNC_SINK (object));
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
