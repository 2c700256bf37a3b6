/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The same without waiting, for programs with a main loop: sinks that work on that loop can only deliver while it runs.
 */
#include <mvxlog/delivery.h>

#include "base/quiesce-private.h"

/* Whoever asked iterates the context on which the answer comes, if not yet: a sink on it is not to be called on any
 * other thread, which an interpreter might not survive. */
static void
mvx_log_delivery_async_spare (GMainContext *context)
{
  mvx_log_thread_get ()->spared = context;
}

static void
mvx_log_delivery_async_start (GTask *task, gint64 deadline_us, GTaskThreadFunc func)
{
  gint64 *deadline = g_new (gint64, 1);

  *deadline = deadline_us;
  g_task_set_task_data (task, deadline, g_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, func);
  g_object_unref (task);
}

static void
mvx_log_delivery_async_flush (GTask *task, gpointer source, gpointer deadline, GCancellable *cancellable)
{
  GError *error = NULL;
  gboolean flushed;

  mvx_log_delivery_async_spare (g_task_get_context (task));
  flushed = mvx_log_flush (*(gint64 *) deadline, &error);
  mvx_log_delivery_async_spare (NULL);
  if (flushed)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * mvx_log_flush_async:
 * @deadline_us: a g_get_monotonic_time() to wait until, -1 for ever
 * @cancellable: (nullable): to stop waiting
 * @callback: (scope async) (nullable): called in the thread-default main context
 * @user_data: data for @callback
 *
 * [func@MvxLog.flush] without blocking: another thread waits. Sinks that work on the main context of @callback deliver
 * while that is iterated, and on no other thread. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_flush_async (gint64 deadline_us, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, mvx_log_flush_async);
  mvx_log_delivery_async_start (task, deadline_us, mvx_log_delivery_async_flush);
}

/**
 * mvx_log_flush_finish:
 * @result: what the callback got
 * @error: return location for an error
 *
 * Takes the result of [func@MvxLog.flush_async]. Any thread may do so.
 *
 * Returns: %TRUE if everything that was accepted before is delivered, else %FALSE with an error
 *
 * Since: 1.0
 */
gboolean
mvx_log_flush_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, mvx_log_flush_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
mvx_log_delivery_async_shutdown (GTask *task, gpointer source, gpointer deadline, GCancellable *cancellable)
{
  GVariant *statement = NULL;
  gboolean complete;

  mvx_log_delivery_async_spare (g_task_get_context (task));
  complete = mvx_log_shutdown (*(gint64 *) deadline, &statement);
  mvx_log_delivery_async_spare (NULL);
  g_task_return_pointer (task, g_variant_new ("(b@a{sa{sv}})", complete, statement), (GDestroyNotify) g_variant_unref);
  g_variant_unref (statement);
}

/**
 * mvx_log_shutdown_async:
 * @deadline_us: a g_get_monotonic_time() to end by, -1 for never
 * @cancellable: (nullable): to stop waiting; the shutdown goes on
 * @callback: (scope async) (nullable): called in the thread-default main context
 * @user_data: data for @callback
 *
 * [func@MvxLog.shutdown] without blocking: another thread waits. Sinks that work on the main context of @callback
 * deliver and end while that is iterated, and on no other thread. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_shutdown_async (gint64 deadline_us, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, mvx_log_shutdown_async);
  mvx_log_delivery_async_start (task, deadline_us, mvx_log_delivery_async_shutdown);
}

/**
 * mvx_log_shutdown_finish:
 * @result: what the callback got
 * @statement: (out) (optional) (transfer full): as that of [func@MvxLog.shutdown]
 * @error: return location for %G_IO_ERROR_CANCELLED
 *
 * Takes the result of [func@MvxLog.shutdown_async]. Any thread may do so.
 *
 * Returns: %TRUE if everything that was ever accepted has been delivered; %FALSE without an error if not
 *
 * Since: 1.0
 */
gboolean
mvx_log_shutdown_finish (GAsyncResult *result, GVariant **statement, GError **error)
{
  g_autoptr (GVariant) both = NULL;
  gboolean complete;

  g_return_val_if_fail (g_async_result_is_tagged (result, mvx_log_shutdown_async), FALSE);

  both = g_task_propagate_pointer (G_TASK (result), error);
  if (both == NULL)
    return FALSE;
  g_variant_get_child (both, 0, "b", &complete);
  if (statement)
    *statement = g_variant_get_child_value (both, 1);
  return complete;
}
