/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carries a thread's scope into a source's callback and into the thread of a GTask. */
#include <mvxlog/scope.h>

typedef struct
{
  MvxLogScopeCapture *scope;
  GSourceFunc func;
  gpointer data;
  GDestroyNotify notify;
} MvxLogScopeCallback;

static gboolean
mvx_log_scope_call (gpointer data)
{
  const MvxLogScopeCallback *callback = data;

  MVX_LOG_IN_SCOPE (callback->scope);
  return callback->func (callback->data);
}

static void
mvx_log_scope_callback_free (gpointer data)
{
  MvxLogScopeCallback *callback = data;

  if (callback->notify)
    callback->notify (callback->data);
  mvx_log_scope_capture_unref (callback->scope);
  g_free (callback);
}

/**
 * mvx_log_source_set_callback:
 * @source: a source whose callback is a #GSourceFunc, such as one of g_idle_source_new()
 * @func: (scope notified) (closure data) (destroy notify): what to call
 * @data: its argument
 * @notify: (nullable): frees @data
 *
 * g_source_set_callback() for a callback that logs with the fields, trace and task that are in force now; on whatever
 * thread it runs. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_source_set_callback (GSource *source, GSourceFunc func, gpointer data, GDestroyNotify notify)
{
  MvxLogScopeCallback *callback;

  g_return_if_fail (source != NULL);
  g_return_if_fail (func != NULL);

  callback = g_new (MvxLogScopeCallback, 1);
  *callback = (MvxLogScopeCallback){ mvx_log_scope_capture (), func, data, notify };
  g_source_set_callback (source, mvx_log_scope_call, callback, mvx_log_scope_callback_free);
}

typedef struct
{
  MvxLogScopeCapture *scope;
  GTaskThreadFunc func;
} MvxLogScopeJob;

static void
mvx_log_scope_job_free (gpointer data)
{
  MvxLogScopeJob *job = data;

  mvx_log_scope_capture_unref (job->scope);
  g_free (job);
}

static GQuark
mvx_log_scope_job_quark (void)
{
  return g_quark_from_static_string ("mvx-log-scope-job");
}

static void
mvx_log_scope_run (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  MvxLogScopeJob *job = g_object_steal_qdata (G_OBJECT (task), mvx_log_scope_job_quark ());
  MvxLogScope *scope = mvx_log_scope_enter (job->scope);

  job->func (task, source, data, cancellable);
  mvx_log_scope_pop (scope);
  mvx_log_scope_job_free (job);
}

/**
 * mvx_log_gtask_run_in_thread: (skip)
 * @task: a #GTask
 * @func: what to do
 *
 * g_task_run_in_thread() for a function that logs with the fields, trace and task that are in force now. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_gtask_run_in_thread (GTask *task, GTaskThreadFunc func)
{
  MvxLogScopeJob *job;

  g_return_if_fail (G_IS_TASK (task));
  g_return_if_fail (func != NULL);

  job = g_new (MvxLogScopeJob, 1);
  *job = (MvxLogScopeJob){ mvx_log_scope_capture (), func };
  g_object_set_qdata_full (G_OBJECT (task), mvx_log_scope_job_quark (), job, mvx_log_scope_job_free);
  g_task_run_in_thread (task, mvx_log_scope_run);
}
