/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "async/async-sink-private.h"
#include "async/batch-private.h"
#include "base/diag-private.h"

/**
 * MvxLogBatch:
 *
 * Events that [vfunc@MvxLog.AsyncSink.dispatch_batch] is to deliver, oldest first. It has them until dispatch has
 * returned, or, if that was with %MVX_LOG_DISPATCH_PENDING, until [method@MvxLog.Batch.complete]; whoever keeps it for
 * longer finds it empty. Reference counted; thread-safe.
 *
 * Since: 1.0
 */
struct _MvxLogBatch
{
  gatomicrefcount ref_count;
  MvxLogEvent *const *key; /* what the worker knows it by, with the serial; only compared */
  guint64 serial;

  GMutex mutex;          /* what follows */
  MvxLogAsyncSink *sink; /* owned once dispatch has returned; NULL when answered */
  MvxLogEvent **events;  /* views until dispatch has returned, then copies */
  guint n_events;
  guint n_done;
  char *reason;
  gboolean dispatching;
};

G_DEFINE_BOXED_TYPE (MvxLogBatch, mvx_log_batch, mvx_log_batch_ref, mvx_log_batch_unref)

/* With the mutex, or as the last one. An event that is only a view is not freed by it. */
static void
mvx_log_batch_empty (MvxLogBatch *batch)
{
  for (guint i = 0; i < batch->n_events; i++)
    mvx_log_event_free (batch->events[i]);
  g_clear_pointer (&batch->events, g_free);
  batch->n_events = 0;
}

/**
 * mvx_log_batch_ref:
 * @batch: a batch
 *
 * Takes a reference. Thread-safe.
 *
 * Returns: (transfer full): @batch
 *
 * Since: 1.0
 */
MvxLogBatch *
mvx_log_batch_ref (MvxLogBatch *batch)
{
  g_return_val_if_fail (batch != NULL, NULL);
  g_atomic_ref_count_inc (&batch->ref_count);
  return batch;
}

/**
 * mvx_log_batch_unref:
 * @batch: (transfer full): a batch
 *
 * Drops a reference. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_batch_unref (MvxLogBatch *batch)
{
  g_return_if_fail (batch != NULL);
  if (!g_atomic_ref_count_dec (&batch->ref_count))
    return;
  mvx_log_batch_empty (batch);
  g_clear_object (&batch->sink);
  g_free (batch->reason);
  g_mutex_clear (&batch->mutex);
  g_free (batch);
}

/**
 * mvx_log_batch_get_n_events:
 * @batch: a batch
 *
 * Counts its events.
 *
 * Returns: how many events it has; none once it has been answered. Thread-safe.
 *
 * Since: 1.0
 */
guint
mvx_log_batch_get_n_events (MvxLogBatch *batch)
{
  guint n;

  g_return_val_if_fail (batch != NULL, 0);
  g_mutex_lock (&batch->mutex);
  n = batch->n_events;
  g_mutex_unlock (&batch->mutex);
  return n;
}

/**
 * mvx_log_batch_get_event:
 * @batch: a batch
 * @index: which one, from 0
 *
 * Gives an event of the batch that outlives it. Thread-safe.
 *
 * Returns: (transfer full) (nullable): the event, or %NULL if the batch has no so many
 *
 * Since: 1.0
 */
MvxLogEvent *
mvx_log_batch_get_event (MvxLogBatch *batch, guint index)
{
  MvxLogEvent *event;

  g_return_val_if_fail (batch != NULL, NULL);
  g_mutex_lock (&batch->mutex);
  event = index < batch->n_events ? mvx_log_event_copy (batch->events[index]) : NULL;
  g_mutex_unlock (&batch->mutex);
  return event;
}

/**
 * mvx_log_batch_get_events:
 * @batch: a batch
 *
 * Gives all events of the batch; they outlive it. Thread-safe.
 *
 * Returns: (transfer container) (element-type MvxLogEvent): the events, oldest first
 *
 * Since: 1.0
 */
GPtrArray *
mvx_log_batch_get_events (MvxLogBatch *batch)
{
  GPtrArray *events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);

  g_return_val_if_fail (batch != NULL, events);
  g_mutex_lock (&batch->mutex);
  for (guint i = 0; i < batch->n_events; i++)
    g_ptr_array_add (events, mvx_log_event_copy (batch->events[i]));
  g_mutex_unlock (&batch->mutex);
  return events;
}

/**
 * mvx_log_batch_set_n_done:
 * @batch: a batch that is being dispatched
 * @n_done: how many of its events are settled, from the first on
 *
 * Says how far dispatch has come, for %MVX_LOG_DISPATCH_RETRY and %MVX_LOG_DISPATCH_DROP, which are about the rest. It
 * is none until somebody says so; %MVX_LOG_DISPATCH_OK means all of them. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_batch_set_n_done (MvxLogBatch *batch, guint n_done)
{
  g_return_if_fail (batch != NULL);
  g_mutex_lock (&batch->mutex);
  batch->n_done = n_done;
  g_mutex_unlock (&batch->mutex);
}

/**
 * mvx_log_batch_set_reason:
 * @batch: a batch that is being dispatched
 * @reason: why not all of it is delivered, for people
 *
 * Gives the reason for %MVX_LOG_DISPATCH_RETRY, %MVX_LOG_DISPATCH_DROP and %MVX_LOG_DISPATCH_FAILED where a language
 * cannot return one of them and throw an error. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_batch_set_reason (MvxLogBatch *batch, const char *reason)
{
  g_return_if_fail (batch != NULL);
  g_return_if_fail (reason != NULL);
  g_mutex_lock (&batch->mutex);
  g_free (batch->reason);
  batch->reason = g_strdup (reason);
  g_mutex_unlock (&batch->mutex);
}

/**
 * mvx_log_batch_reject:
 * @batch: a batch that is being dispatched
 * @index: which of its events, from 0
 * @reason: why it can never be delivered, for people
 *
 * Says that one event can never be delivered, though others are: it is settled with them, and counts as dropped. If it
 * is offered again, it is to be rejected again. The diagnostics tell of it. Only within dispatch, on its thread.
 *
 * Returns: %TRUE, or %FALSE if the batch has no such event, or dispatch has returned
 *
 * Since: 1.0
 */
gboolean
mvx_log_batch_reject (MvxLogBatch *batch, guint index, const char *reason)
{
  g_autofree char *name = NULL;
  gboolean done;

  g_return_val_if_fail (batch != NULL, FALSE);
  g_return_val_if_fail (reason != NULL, FALSE);

  g_mutex_lock (&batch->mutex);
  done = batch->dispatching && batch->sink && index < batch->n_events;
  if (done)
    {
      mvx_log_async_sink_reject (batch->sink, batch->events[index], reason);
      name = mvx_log_sink_dup_name (MVX_LOG_SINK (batch->sink));
    }
  g_mutex_unlock (&batch->mutex);
  if (done)
    mvx_log_diag (MVX_LOG_LEVEL_WARNING, "Sink '%s': dropped an event: %s", name ? name : "unnamed", reason);
  return done;
}

/**
 * mvx_log_batch_complete:
 * @batch: what dispatch was given and answered with %MVX_LOG_DISPATCH_PENDING
 * @result: what became of it; anything but PENDING
 * @n_done: how many of its events are settled; all of them for OK
 * @reason: (nullable): why, for anything but OK, for people
 *
 * Answers a pending batch. Can be called from any thread, also before dispatch has returned. What is said after the
 * first answer does not count.
 *
 * Since: 1.0
 */
void
mvx_log_batch_complete (MvxLogBatch *batch, MvxLogDispatchResult result, guint n_done, const char *reason)
{
  g_autoptr (GError) error = NULL;
  MvxLogAsyncSink *sink;
  gboolean owned;

  g_return_if_fail (batch != NULL);

  g_mutex_lock (&batch->mutex);
  sink = g_steal_pointer (&batch->sink);
  owned = sink && !batch->dispatching;
  if (result == MVX_LOG_DISPATCH_OK)
    n_done = batch->n_events;
  if (reason && result != MVX_LOG_DISPATCH_OK)
    error = g_error_new_literal (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED, reason);
  if (sink)
    mvx_log_async_sink_complete_offer (sink, batch->key, batch->serial, result, n_done, error);
  if (!batch->dispatching)
    mvx_log_batch_empty (batch);
  g_mutex_unlock (&batch->mutex);
  if (owned)
    g_object_unref (sink);
}

static MvxLogBatch *
mvx_log_batch_new (MvxLogAsyncSink *sink, guint64 serial, MvxLogEvent *const *events, guint n_events)
{
  MvxLogBatch *batch = g_new0 (MvxLogBatch, 1);

  g_atomic_ref_count_init (&batch->ref_count);
  g_mutex_init (&batch->mutex);
  batch->sink = sink;
  batch->key = events;
  batch->serial = serial;
  batch->events = g_memdup2 (events, n_events * sizeof *events);
  batch->n_events = n_events;
  batch->dispatching = TRUE;
  return batch;
}

/* The views are the worker's again. Returns how many events are settled. */
static guint
mvx_log_batch_detach (MvxLogBatch *batch, gboolean pending, char **reason)
{
  guint n_done;

  g_mutex_lock (&batch->mutex);
  n_done = batch->n_done;
  *reason = g_steal_pointer (&batch->reason);
  batch->dispatching = FALSE;
  if (pending && batch->sink)
    {
      g_object_ref (batch->sink); /* it lives until it has its answer */
      for (guint i = 0; i < batch->n_events; i++)
        batch->events[i] = mvx_log_event_copy (batch->events[i]);
    }
  else
    {
      batch->sink = NULL;
      mvx_log_batch_empty (batch);
    }
  g_mutex_unlock (&batch->mutex);
  return n_done;
}

MvxLogDispatchResult
mvx_log_batch_dispatch (MvxLogAsyncSink *sink,
                        guint64 serial,
                        MvxLogEvent *const *events,
                        guint n_events,
                        guint *n_done,
                        GError **error)
{
  MvxLogAsyncSinkClass *klass = MVX_LOG_ASYNC_SINK_GET_CLASS (sink);
  g_autoptr (MvxLogBatch) batch = NULL;
  g_autofree char *reason = NULL;
  g_autoptr (GError) why = NULL;
  MvxLogDispatchResult result;
  guint settled;

  if (klass->dispatch_batch == NULL)
    {
      g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED,
                   "%s cannot deliver; let it override dispatch_batch", G_OBJECT_TYPE_NAME (sink));
      return MVX_LOG_DISPATCH_FAILED;
    }
  batch = mvx_log_batch_new (sink, serial, events, n_events);
  result = klass->dispatch_batch (sink, batch, &why);
  settled = mvx_log_batch_detach (batch, result == MVX_LOG_DISPATCH_PENDING, &reason);
  if (why)
    g_propagate_error (error, g_steal_pointer (&why));
  else if (reason && result != MVX_LOG_DISPATCH_OK && result != MVX_LOG_DISPATCH_PENDING)
    g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED, reason);
  *n_done = result == MVX_LOG_DISPATCH_OK ? n_events : settled;
  return result;
}
