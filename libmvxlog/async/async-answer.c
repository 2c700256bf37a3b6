/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a sink says of the batches that it was given. */
#include "async/async-sink-internal.h"
#include "async/breaker-private.h"
#include "async/gone-private.h"

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
