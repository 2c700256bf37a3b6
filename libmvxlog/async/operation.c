/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/operation-private.h"
#include "base/error-private.h"

struct _MvxLogOperation
{
  gint ref_count;
  GMainContext *refuse_on;
  GMutex mutex;
  GCond cond;
  gboolean done;
  GError *error;
  GPtrArray *tasks; /* GTask: who waits without blocking */
};

G_DEFINE_BOXED_TYPE (MvxLogOperation, mvx_log_operation, mvx_log_operation_ref, mvx_log_operation_unref)

MvxLogOperation *
mvx_log_operation_new (GMainContext *refuse_on)
{
  MvxLogOperation *self = g_new0 (MvxLogOperation, 1);

  self->ref_count = 1;
  self->refuse_on = refuse_on ? g_main_context_ref (refuse_on) : NULL;
  self->tasks = g_ptr_array_new_with_free_func (g_object_unref);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  return self;
}

/**
 * mvx_log_operation_ref:
 * @operation: an operation
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @operation with one more reference. Thread-safe.
 *
 * Since: 1.0
 */
MvxLogOperation *
mvx_log_operation_ref (MvxLogOperation *operation)
{
  g_return_val_if_fail (operation != NULL, NULL);
  g_atomic_int_inc (&operation->ref_count);
  return operation;
}

/**
 * mvx_log_operation_unref:
 * @operation: (transfer full): an operation
 *
 * Drops a reference. The operation itself goes on. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_operation_unref (MvxLogOperation *operation)
{
  g_return_if_fail (operation != NULL);

  if (!g_atomic_int_dec_and_test (&operation->ref_count))
    return;
  g_clear_pointer (&operation->refuse_on, g_main_context_unref);
  g_ptr_array_unref (operation->tasks);
  g_clear_error (&operation->error);
  g_mutex_clear (&operation->mutex);
  g_cond_clear (&operation->cond);
  g_free (operation);
}

static void
mvx_log_operation_forget_source (gpointer source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

/* Whoever takes the task out of the array answers it. */
static gboolean
mvx_log_operation_cancelled (GCancellable *cancellable, gpointer task)
{
  MvxLogOperation *self = g_object_get_data (task, "mvxlog-operation");
  gboolean mine;

  g_mutex_lock (&self->mutex);
  mine = g_ptr_array_find (self->tasks, task, NULL);
  if (mine)
    {
      g_object_ref (task);
      g_ptr_array_remove (self->tasks, task);
    }
  g_mutex_unlock (&self->mutex);
  if (mine)
    {
      g_task_return_error_if_cancelled (task);
      g_object_unref (task);
    }
  return G_SOURCE_REMOVE;
}

/* In the caller's main context, so that cancelling calls nothing of ours under foreign locks. */
static void
mvx_log_operation_watch (MvxLogOperation *self, GTask *task)
{
  GCancellable *cancellable = g_task_get_cancellable (task);
  GSource *source;

  if (cancellable == NULL)
    return;
  g_object_set_data_full (G_OBJECT (task), "mvxlog-operation", mvx_log_operation_ref (self),
                          (GDestroyNotify) mvx_log_operation_unref);
  source = g_cancellable_source_new (cancellable);
  g_task_attach_source (task, source, G_SOURCE_FUNC (mvx_log_operation_cancelled));
  g_task_set_task_data (task, source, mvx_log_operation_forget_source);
}

static void
mvx_log_operation_return (MvxLogOperation *self, GTask *task)
{
  GSource *source = g_task_get_task_data (task);

  if (source)
    g_source_destroy (source);
  if (self->error)
    g_task_return_error (task, g_error_copy (self->error));
  else
    g_task_return_boolean (task, TRUE);
}

void
mvx_log_operation_finish (MvxLogOperation *operation, GError *error)
{
  g_autoptr (GPtrArray) tasks = NULL;

  g_mutex_lock (&operation->mutex);
  if (operation->done)
    {
      g_mutex_unlock (&operation->mutex);
      g_clear_error (&error);
      return;
    }
  operation->done = TRUE;
  operation->error = error;
  tasks = g_steal_pointer (&operation->tasks);
  operation->tasks = g_ptr_array_new_with_free_func (g_object_unref);
  g_cond_broadcast (&operation->cond);
  g_mutex_unlock (&operation->mutex);

  for (guint i = 0; i < tasks->len; i++)
    mvx_log_operation_return (operation, g_ptr_array_index (tasks, i));
}

/**
 * mvx_log_operation_is_done:
 * @operation: an operation
 *
 * Tells whether the operation is over, without waiting.
 *
 * Returns: %TRUE if its result is known. Thread-safe.
 *
 * Since: 1.0
 */
gboolean
mvx_log_operation_is_done (MvxLogOperation *operation)
{
  gboolean done;

  g_return_val_if_fail (operation != NULL, FALSE);
  g_mutex_lock (&operation->mutex);
  done = operation->done;
  g_mutex_unlock (&operation->mutex);
  return done;
}

/**
 * mvx_log_operation_wait:
 * @operation: an operation
 * @deadline_us: a g_get_monotonic_time() to wait until, -1 for ever
 * @error: return location for an error
 *
 * Waits for the result. Any number of threads can wait, before and after the end. Thread-safe.
 *
 * Returns: %TRUE if the operation succeeded; %FALSE with its error, with %MVX_LOG_ERROR_TIMED_OUT, or with
 *   %MVX_LOG_ERROR_WOULD_DEADLOCK on the sink's own thread
 *
 * Since: 1.0
 */
gboolean
mvx_log_operation_wait (MvxLogOperation *operation, gint64 deadline_us, GError **error)
{
  gboolean done = TRUE;

  g_return_val_if_fail (operation != NULL, FALSE);

  g_mutex_lock (&operation->mutex);
  if (!operation->done && operation->refuse_on && g_main_context_is_owner (operation->refuse_on))
    {
      g_mutex_unlock (&operation->mutex);
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK,
                   "Cannot wait for a sink on the sink's own thread; wait on another thread or asynchronously");
      return FALSE;
    }
  while (!operation->done && done)
    {
      if (deadline_us < 0)
        g_cond_wait (&operation->cond, &operation->mutex);
      else
        done = g_cond_wait_until (&operation->cond, &operation->mutex, deadline_us);
    }
  done = operation->done;
  if (!done)
    g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT, "The sink has not finished by the deadline");
  else if (operation->error && error)
    *error = g_error_copy (operation->error);
  done = done && operation->error == NULL;
  g_mutex_unlock (&operation->mutex);
  return done;
}

/**
 * mvx_log_operation_wait_async:
 * @operation: an operation
 * @cancellable: (nullable): to stop waiting; the operation itself goes on
 * @callback: (scope async): called in the thread-default main context when the result is known
 * @user_data: data for @callback
 *
 * Waits for the result without blocking. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_operation_wait_async (MvxLogOperation *operation,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  gboolean done;

  g_return_if_fail (operation != NULL);

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, mvx_log_operation_wait_async);
  g_mutex_lock (&operation->mutex);
  done = operation->done;
  if (!done)
    {
      mvx_log_operation_watch (operation, task);
      g_ptr_array_add (operation->tasks, g_object_ref (task));
    }
  g_mutex_unlock (&operation->mutex);
  if (done)
    mvx_log_operation_return (operation, task);
}

/**
 * mvx_log_operation_wait_finish:
 * @operation: an operation
 * @result: what the callback got
 * @error: return location for an error
 *
 * Takes the result of [method@MvxLog.Operation.wait_async].
 *
 * Returns: %TRUE if the operation succeeded, else %FALSE with its error
 *
 * Since: 1.0
 */
gboolean
mvx_log_operation_wait_finish (MvxLogOperation *operation, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (operation != NULL, FALSE);
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
