/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events whose caller is told when they are settled. */
#include <mvxlog/context.h>

#include "async/ticket-private.h"
#include "context/compose-private.h"
#include "event/payload-private.h"

typedef struct
{
  MvxLogSubmitResult result; /* unless the event gets lost afterwards */
  GSource *cancelled;        /* nullable */
} MvxLogAwait;

static void
mvx_log_await_forget_source (MvxLogAwait *await)
{
  if (await->cancelled == NULL)
    return;
  g_source_destroy (await->cancelled);
  g_clear_pointer (&await->cancelled, g_source_unref);
}

static void
mvx_log_await_free (gpointer data)
{
  mvx_log_await_forget_source (data);
  g_free (data);
}

/* Both callbacks run in the task's context, so one after the other. */
static void
mvx_log_await_done (const GError *error, gpointer data)
{
  g_autoptr (GTask) task = data;
  MvxLogAwait *await = g_task_get_task_data (task);

  mvx_log_await_forget_source (await);
  if (g_task_had_error (task))
    return; /* was cancelled */
  if (error)
    g_task_return_error (task, g_error_copy (error));
  else
    g_task_return_int (task, await->result);
}

static gboolean
mvx_log_await_cancelled (GCancellable *cancellable, gpointer task)
{
  g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

static void
mvx_log_await_watch (GTask *task, MvxLogAwait *await)
{
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (cancellable == NULL)
    return;
  await->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_callback (await->cancelled, G_SOURCE_FUNC (mvx_log_await_cancelled), task, NULL);
  g_source_attach (await->cancelled, g_task_get_context (task));
}

/**
 * mvx_log_event_async: (skip)
 * @context: a context
 * @init: everything about the event but its fields
 * @fields: (array length=n_fields) (nullable): its fields; of a key given twice the last counts
 * @n_fields: how many
 * @cancellable: (nullable): to stop waiting; the event goes on
 * @callback: (scope async) (nullable): called in the thread-default main context when the event is settled
 * @user_data: data for @callback
 *
 * Logs an event as [func@MvxLog.Event.submit] does, and tells when it is settled: when every sink has delivered it, or
 * one has lost it. Everything is copied, and the event is handed out before the call returns. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_event_async (MvxLogContext *context,
                     const MvxLogEventInit *init,
                     const MvxLogField *fields,
                     guint n_fields,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  GTask *task;
  MvxLogAwait *await;
  GError *error = NULL;

  g_return_if_fail (context != NULL);
  g_return_if_fail (init != NULL);
  g_return_if_fail (fields != NULL || n_fields == 0);

  task = g_task_new (NULL, cancellable, callback, user_data);
  await = g_new0 (MvxLogAwait, 1);
  await->result = MVX_LOG_FILTERED;
  g_task_set_source_tag (task, mvx_log_event_async);
  g_task_set_task_data (task, await, mvx_log_await_free);
  g_task_set_check_cancellable (task, FALSE); /* what is settled is settled */
  {
    MvxLogTicket *ticket = mvx_log_ticket_new (g_task_get_context (task), mvx_log_await_done, task);
    MvxLogParts parts = {
      .node = mvx_log_node_full (&context->head),
      .bound = context->head.bound,
      .init = init,
      .fields = fields,
      .n_fields = n_fields,
      .ticket = ticket,
    };

    mvx_log_await_watch (task, await);
    if (mvx_log_context_is_enabled (context, init->level))
      await->result = mvx_log_submit_parts (&parts, &error);
    mvx_log_ticket_close (ticket, error);
  }
}

/**
 * mvx_log_event_finish: (skip)
 * @result: what the callback got
 * @error: return location for an error
 *
 * Takes the result of [func@MvxLog.Event.async]. Any thread may do so.
 *
 * Returns: %MVX_LOG_ACCEPTED if every sink that wants the event has delivered it, %MVX_LOG_FILTERED if none wants it,
 *   %MVX_LOG_REFUSED with an error if one has refused or lost it, or with %G_IO_ERROR_CANCELLED; without one if there
 *   was no memory for it
 *
 * Since: 1.0
 */
MvxLogSubmitResult
mvx_log_event_finish (GAsyncResult *result, GError **error)
{
  gssize value;

  g_return_val_if_fail (g_async_result_is_tagged (result, mvx_log_event_async), MVX_LOG_REFUSED);

  value = g_task_propagate_int (G_TASK (result), error);
  return value < 0 ? MVX_LOG_REFUSED : (MvxLogSubmitResult) value;
}

/**
 * mvx_log_context_log_variant_async:
 * @context: a context
 * @level: severity
 * @message_template: (nullable): template with `{key}` for fields
 * @fields: (nullable): fields as a dictionary `a{sv}`; consumed if floating
 * @cancellable: (nullable): to stop waiting; the event goes on
 * @callback: (scope async) (nullable): called in the thread-default main context when the event is settled
 * @user_data: data for @callback
 *
 * Logs an event and tells when every sink has delivered it, or one has lost it. For language bindings. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_context_log_variant_async (MvxLogContext *context,
                                   gint level,
                                   const char *message_template,
                                   GVariant *fields,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GVariant) dict = NULL;
  MvxLogEventInit init = { .level = level, .message_template = message_template };
  MvxLogField *array;
  guint n;

  g_return_if_fail (context != NULL);
  g_return_if_fail (fields == NULL || g_variant_is_of_type (fields, G_VARIANT_TYPE_VARDICT));

  dict = fields ? g_variant_ref_sink (fields) : NULL;
  array = mvx_log_fields_from_variant (dict, &n);
  mvx_log_event_async (context, &init, array, n, cancellable, callback, user_data);
  mvx_log_fields_free_variants (array, n);
}

/**
 * mvx_log_context_log_variant_finish:
 * @context: a context
 * @result: what the callback got
 * @error: return location for an error
 *
 * Takes the result of [method@MvxLog.Context.log_variant_async]. Any thread may do so.
 *
 * Returns: %MVX_LOG_ACCEPTED if every sink that wants the event has delivered it, %MVX_LOG_FILTERED if none wants it,
 *   %MVX_LOG_REFUSED with an error if one has refused or lost it, or with %G_IO_ERROR_CANCELLED; without one if there
 *   was no memory for it
 *
 * Since: 1.0
 */
MvxLogSubmitResult
mvx_log_context_log_variant_finish (MvxLogContext *context, GAsyncResult *result, GError **error)
{
  return mvx_log_event_finish (result, error);
}
