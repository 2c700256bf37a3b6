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
  GTaskThreadFunc func; /* or full */
  MvxLogGTaskFunc full;
  gpointer data;
  GDestroyNotify destroy;
} MvxLogScopeJob;

static void
mvx_log_scope_job_free (gpointer data)
{
  MvxLogScopeJob *job = data;

  if (job->destroy)
    job->destroy (job->data);
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

  if (job->full)
    job->full (task, cancellable, job->data);
  else
    job->func (task, source, data, cancellable);
  mvx_log_scope_pop (scope);
  mvx_log_scope_job_free (job);
}

static void
mvx_log_scope_start (GTask *task, MvxLogScopeJob *job)
{
  job->scope = mvx_log_scope_capture ();
  g_object_set_qdata_full (G_OBJECT (task), mvx_log_scope_job_quark (), job, mvx_log_scope_job_free);
  g_task_run_in_thread (task, mvx_log_scope_run);
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

  job = g_new0 (MvxLogScopeJob, 1);
  job->func = func;
  mvx_log_scope_start (task, job);
}

/**
 * mvx_log_gtask_run_in_thread_full: (rename-to mvx_log_gtask_run_in_thread)
 * @task: a #GTask
 * @func: (scope notified) (closure data) (destroy destroy): what to do
 * @data: its argument
 * @destroy: (nullable): frees @data, on the other thread
 *
 * [func@MvxLog.gtask_run_in_thread] with data of the function's own, as language bindings need it. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_gtask_run_in_thread_full (GTask *task, MvxLogGTaskFunc func, gpointer data, GDestroyNotify destroy)
{
  MvxLogScopeJob *job;

  g_return_if_fail (G_IS_TASK (task));
  g_return_if_fail (func != NULL);

  job = g_new0 (MvxLogScopeJob, 1);
  job->full = func;
  job->data = data;
  job->destroy = destroy;
  mvx_log_scope_start (task, job);
}
