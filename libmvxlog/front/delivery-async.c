/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The same without waiting, for programs with a main loop: sinks that work on that loop can only deliver while it runs.
 */
#include <mvxlog/delivery.h>

#include "base/quiesce-private.h"
#include "base/signals-private.h"

/* NULL with an error. */
typedef GVariant *(*MvxLogDeliveryFunc) (gint64 deadline_us, GError **error);

/* What the thread is to do, and has found. */
typedef struct
{
  GTask *task;
  gint64 deadline_us;
  MvxLogDeliveryFunc func;
  GSource *cancelled; /* nullable */
  gboolean answered;  /* by it; of the thread that iterates the task's context */
  GVariant *result;   /* nullable: @error */
  GError *error;
} MvxLogDeliveryJob;

/* Whoever asked iterates the context on which the answer comes, if not yet: a sink on it is not to be called on any
 * other thread, which an interpreter might not survive. */
static void
mvx_log_delivery_async_spare (GMainContext *context)
{
  mvx_log_thread_get ()->spared = context;
}

static void
mvx_log_delivery_async_free (gpointer data)
{
  MvxLogDeliveryJob *job = data;

  if (job->cancelled)
    g_source_destroy (job->cancelled);
  g_clear_pointer (&job->cancelled, g_source_unref);
  g_clear_pointer (&job->result, g_variant_unref);
  g_clear_error (&job->error);
  g_object_unref (job->task);
  g_free (job);
}

/* In the task's context, as the next one, so that only one of them answers. What the task says of itself is no help: it
 * calls itself failed as soon as it is cancelled, though nobody has answered yet. */
static gboolean
mvx_log_delivery_async_answer (gpointer data)
{
  MvxLogDeliveryJob *job = data;

  if (job->answered)
    return G_SOURCE_REMOVE;
  if (job->result)
    g_task_return_pointer (job->task, g_steal_pointer (&job->result), (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (job->task, g_steal_pointer (&job->error));
  return G_SOURCE_REMOVE;
}

static gboolean
mvx_log_delivery_async_cancelled (GCancellable *cancellable, gpointer data)
{
  MvxLogDeliveryJob *job = data;

  job->answered = g_task_return_error_if_cancelled (job->task);
  return G_SOURCE_REMOVE;
}

static gpointer
mvx_log_delivery_async_run (gpointer data)
{
  MvxLogDeliveryJob *job = data;
  GMainContext *context = g_task_get_context (job->task);
  g_autoptr (GSource) source = g_idle_source_new ();

  mvx_log_delivery_async_spare (context);
  job->result = job->func (job->deadline_us, &job->error);
  mvx_log_delivery_async_spare (NULL);
  g_source_set_priority (source, g_task_get_priority (job->task));
  g_source_set_callback (source, mvx_log_delivery_async_answer, job, mvx_log_delivery_async_free);
  g_source_attach (source, context);
  return NULL;
}

/* A thread of its own, not of GIO's pool: that keeps silent, and everybody waiting, if it cannot make one. Takes the
 * task. */
static void
mvx_log_delivery_async_start (GTask *task, gint64 deadline_us, MvxLogDeliveryFunc func)
{
  GCancellable *cancellable = g_task_get_cancellable (task);
  MvxLogDeliveryJob *job = g_new0 (MvxLogDeliveryJob, 1);
  GThread *thread;
  GError *error = NULL;

  job->task = task;
  job->deadline_us = deadline_us;
  job->func = func;
  if (cancellable)
    {
      job->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (job->cancelled, G_SOURCE_FUNC (mvx_log_delivery_async_cancelled), job, NULL);
      g_source_attach (job->cancelled, g_task_get_context (task));
    }
  thread = mvx_log_signals_thread_new ("mvx:delivery", mvx_log_delivery_async_run, job, &error);
  if (thread)
    {
      g_thread_unref (thread);
      return;
    }
  g_task_return_error (task, error);
  mvx_log_delivery_async_free (job);
}

static GVariant *
mvx_log_delivery_async_flush (gint64 deadline_us, GError **error)
{
  return mvx_log_flush (deadline_us, error) ? g_variant_ref_sink (g_variant_new_boolean (TRUE)) : NULL;
}

static GVariant *
mvx_log_delivery_async_shutdown (gint64 deadline_us, GError **error)
{
  g_autoptr (GVariant) statement = NULL;
  gboolean complete = mvx_log_shutdown (deadline_us, &statement);

  return g_variant_ref_sink (g_variant_new ("(b@a{sa{sv}})", complete, statement));
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
 * Returns: %TRUE if everything that was accepted before is delivered, else %FALSE with an error: one of
 *   [func@MvxLog.flush], %G_IO_ERROR_CANCELLED, or a %G_THREAD_ERROR if there was no thread to wait on
 *
 * Since: 1.0
 */
gboolean
mvx_log_flush_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) flushed = NULL;

  g_return_val_if_fail (g_async_result_is_tagged (result, mvx_log_flush_async), FALSE);

  flushed = g_task_propagate_pointer (G_TASK (result), error);
  return flushed != NULL;
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
 * @error: return location for %G_IO_ERROR_CANCELLED, or a %G_THREAD_ERROR if there was no thread to wait on, and
 * nothing was shut down
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
