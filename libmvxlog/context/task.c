/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The task tree. A task's path is its parent's path and its own number, the root's is a UUID; the same UUID is the
 * trace that the tree's spans belong to, unless there is one already.
 */
#include <mvxlog/task.h>

#include "context/compose-private.h"

/**
 * MvxLogTask:
 *
 * A node in a tree of tasks, which may reach across processes. All records of a task have its path and their number
 * in it.
 *
 * Since: 1.0
 */
G_DEFINE_BOXED_TYPE (MvxLogTask, mvx_log_task, mvx_log_task_ref, mvx_log_task_unref)

/**
 * mvx_log_task_ref:
 * @task: a task
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @task with one more reference. Thread-safe.
 *
 * Since: 1.0
 */
MvxLogTask *
mvx_log_task_ref (MvxLogTask *task)
{
  g_return_val_if_fail (task != NULL, NULL);
  return mvx_log_task_node_ref (task);
}

/**
 * mvx_log_task_unref:
 * @task: (transfer full): a task
 *
 * Drops a reference, which does not end the task. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_task_unref (MvxLogTask *task)
{
  g_return_if_fail (task != NULL);
  mvx_log_task_node_unref (task);
}

static void
mvx_log_task_log (MvxLogTask *task, gint level, const char *message, const MvxLogField *fields, guint n_fields)
{
  MvxLogEventInit init = { .level = level, .message = message };
  MvxLogParts parts = {
    .node = mvx_log_node_full (&task->head),
    .bound = task->head.bound,
    .init = &init,
    .fields = fields,
    .n_fields = n_fields,
  };

  mvx_log_submit_parts (&parts, NULL);
}

/* The span of a task: of the trace around it, else of the one that the tree's UUID names. */
static void
mvx_log_task_trace (const MvxLogTask *task, const MvxLogScopeCapture *outer, MvxLogTraceparent *trace)
{
  MvxLogTraceparent tree = { .flags = MVX_LOG_TRACE_SAMPLED };

  if (outer && *outer->trace.trace_id && !(outer->task && task->parent == NULL))
    {
      mvx_log_traceparent_init (trace, &outer->trace);
      return;
    }
  for (guint i = 0, n = 0; i < 36; i++)
    if (task->path[i] != '-')
      tree.trace_id[n++] = g_ascii_tolower (task->path[i]);
  mvx_log_traceparent_init (trace, &tree);
}

/* Puts @task in force and logs its first record. */
static void
mvx_log_task_enter (MvxLogTask *task, const MvxLogScopeCapture *outer, const MvxLogField *data, guint n_data)
{
  gboolean traced = outer && *outer->trace.trace_id;
  MvxLogField parent = { "parent_span_id", MVX_LOG_KIND_STRING, -1, { .s = traced ? outer->trace.span_id : NULL } };
  MvxLogScopeCapture *state = mvx_log_scope_state_new (outer);
  MvxLogFieldSet *base;

  if (state->task == NULL && state->fields)
    state->untasked = mvx_log_field_set_ref (state->fields);
  base = task->innermost || task->parent == NULL ? state->untasked : state->fields;
  base = mvx_log_scope_add (base, data, n_data);
  g_clear_pointer (&state->fields, mvx_log_field_set_unref);
  state->fields = base;
  g_clear_pointer (&state->task, mvx_log_task_node_unref);
  state->task = mvx_log_task_node_ref (task);
  mvx_log_task_trace (task, outer, &state->trace);
  task->scope = mvx_log_scope_push (state);
  mvx_log_task_log (task, MVX_LOG_LEVEL_INFO, task->what, &parent,
                    traced && g_str_equal (state->trace.trace_id, outer->trace.trace_id));
}

/* Takes @path, which is NULL for the next one here. */
static MvxLogTask *
mvx_log_task_new (const MvxLogHead *head,
                  MvxLogTaskFlags flags,
                  char *path,
                  const char *what,
                  const MvxLogField *data,
                  guint n_data)
{
  const MvxLogScopeCapture *outer = mvx_log_scope_state (mvx_log_thread_get ());
  MvxLogTask *task = g_new0 (MvxLogTask, 1);

  task->ref_count = 1;
  task->innermost = (flags & MVX_LOG_TASK_INNERMOST) != 0;
  task->head = *head;
  if (head->bound)
    mvx_log_field_set_ref ((MvxLogFieldSet *) head->bound);
  if (outer && outer->task && !(flags & MVX_LOG_TASK_TOP_LEVEL))
    task->parent = mvx_log_task_ref (outer->task);
  task->path = path ? path : task->parent ? mvx_log_task_next_path (task->parent) : g_uuid_string_random ();
  task->what = g_strdup (what);
  mvx_log_task_enter (task, outer, data, n_data);
  return task;
}

/**
 * mvx_log_task_begin: (skip)
 * @context: a context
 * @flags: how it begins
 * @what: what it is for
 * @data: (array length=n_data) (nullable): fields of all its records
 * @n_data: how many
 *
 * Begins a task on this thread: a child of the thread's task, or a tree of its own. Logs @what at level INFO. All
 * records until [method@MvxLog.Task.end] have the data, also those of the tasks around it, and `task` with
 * `NUMBER@PATH`; they belong to a span of the thread's trace, or of one whose id is the tree's UUID. %MVX_LOG_TASK does
 * this for a block.
 *
 * Returns: (transfer full): the task, to be ended by the same thread
 *
 * Since: 1.0
 */
MvxLogTask *
mvx_log_task_begin (MvxLogContext *context,
                    MvxLogTaskFlags flags,
                    const char *what,
                    const MvxLogField *data,
                    guint n_data)
{
  g_return_val_if_fail (context != NULL, NULL);
  g_return_val_if_fail (what != NULL, NULL);
  g_return_val_if_fail (data != NULL || n_data == 0, NULL);

  return mvx_log_task_new (&context->head, flags, NULL, what, data, n_data);
}

/**
 * mvx_log_task_begin_args: (skip)
 * @head: a context or a resolved handle
 * @flags: how it begins
 * @what: what it is for
 * @callsite: (nullable): keys
 * @args: (nullable): values
 *
 * What %MVX_LOG_TASK expands to. On the thread that it is in force on from then on.
 *
 * Returns: (transfer full): the task
 *
 * Since: 1.0
 */
MvxLogTask *
mvx_log_task_begin_args (const MvxLogHead *head,
                         MvxLogTaskFlags flags,
                         const char *what,
                         const MvxLogCallsite *callsite,
                         const MvxLogArg *args)
{
  MvxLogField fields[MVX_LOG_MAX_MACRO_FIELDS];

  g_return_val_if_fail (head != NULL && !head->node->unresolved, NULL);
  g_return_val_if_fail (what != NULL, NULL);

  return mvx_log_task_new (head, flags, NULL, what, fields,
                           callsite ? mvx_log_fields_from_args (fields, callsite, args) : 0);
}

/**
 * mvx_log_task_import: (skip)
 * @context: a context
 * @flags: how it begins
 * @path: what [method@MvxLog.Task.export] returned in another process
 * @what: what it is for
 * @data: (array length=n_data) (nullable): fields of all its records
 * @n_data: how many
 * @error: return location for an error
 *
 * [func@MvxLog.Task.begin] for a child of a task in another process. Each exported id names one task: import it once.
 * It is in force on the calling thread.
 *
 * Returns: (transfer full): the task, or %NULL with %MVX_LOG_ERROR_INVALID_ARGUMENT if @path is not the id of one
 *
 * Since: 1.0
 */
MvxLogTask *
mvx_log_task_import (MvxLogContext *context,
                     MvxLogTaskFlags flags,
                     const char *path,
                     const char *what,
                     const MvxLogField *data,
                     guint n_data,
                     GError **error)
{
  g_return_val_if_fail (context != NULL, NULL);
  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (what != NULL, NULL);
  g_return_val_if_fail (data != NULL || n_data == 0, NULL);

  if (!mvx_log_task_check_path (path, error))
    return NULL;
  return mvx_log_task_new (&context->head, flags, g_strdup (path), what, data, n_data);
}

/**
 * mvx_log_task_get_current:
 *
 * Tells which task events of this thread belong to.
 *
 * Returns: (nullable) (transfer full): the task that is in force on this thread
 *
 * Since: 1.0
 */
MvxLogTask *
mvx_log_task_get_current (void)
{
  const MvxLogScopeCapture *state = mvx_log_scope_state (mvx_log_thread_get ());

  return state && state->task ? mvx_log_task_ref (state->task) : NULL;
}

/**
 * mvx_log_task_get_path:
 * @task: a task
 *
 * Tells where the task stands in its tree.
 *
 * Returns: (transfer none): a UUID and the numbers of the tasks on the way to this one, as `UUID/1/3`. Thread-safe.
 *
 * Since: 1.0
 */
const char *
mvx_log_task_get_path (MvxLogTask *task)
{
  g_return_val_if_fail (task != NULL, NULL);
  return task->path;
}

/**
 * mvx_log_task_export:
 * @task: a task
 *
 * Makes the id of a child of @task for another process, which passes it to [func@MvxLog.Task.import]. Every call makes
 * the next one. Thread-safe.
 *
 * Returns: (transfer full): the path of the task, a slash and the next number
 *
 * Since: 1.0
 */
char *
mvx_log_task_export (MvxLogTask *task)
{
  g_return_val_if_fail (task != NULL, NULL);
  return mvx_log_task_next_path (task);
}

/**
 * mvx_log_task_set_success:
 * @task: a task
 * @message: (nullable): the last record if all goes well; empty for no record, %NULL for what the task is for
 *
 * Says what is logged at the end. By the thread that began it.
 *
 * Since: 1.0
 */
void
mvx_log_task_set_success (MvxLogTask *task, const char *message)
{
  g_return_if_fail (task != NULL);

  g_free (task->success);
  task->success = g_strdup (message);
}

/**
 * mvx_log_task_watch: (skip)
 * @task: a task
 * @error: (nullable): where an error will be, if there is one; must outlive the task
 *
 * Lets the task fail at its end if there is an error then, which goes on to whoever asked for it. By the thread that
 * began it.
 *
 * Since: 1.0
 */
void
mvx_log_task_watch (MvxLogTask *task, GError **error)
{
  g_return_if_fail (task != NULL);
  task->watched = error;
}

/* Whoever comes first ends it. The last record is made while the task is in force. */
static void
mvx_log_task_finish (MvxLogTask *task, gint level, const char *message, const GError *error)
{
  MvxLogField field = { "error", MVX_LOG_KIND_ERROR, -1, { .p = error } };

  MvxLogScope here;

  if (!g_atomic_int_compare_and_exchange (&task->ended, 0, 1))
    return;
  if (*message)
    {
      mvx_log_scope_borrow (&here, task->scope->state);
      mvx_log_task_log (task, level, message, &field, error ? 1 : 0);
      mvx_log_scope_give_back (&here);
    }
  g_clear_pointer (&task->scope, mvx_log_scope_pop);
}

/**
 * mvx_log_task_fail:
 * @task: a task
 * @error: (nullable): what went wrong, left alone
 *
 * Logs "FAILED" and what the task is for, at level ERROR and with the error, and ends it. By the thread that began it.
 *
 * Since: 1.0
 */
void
mvx_log_task_fail (MvxLogTask *task, const GError *error)
{
  g_autofree char *message = NULL;

  g_return_if_fail (task != NULL);

  message = g_strconcat ("FAILED ", task->what, NULL);
  mvx_log_task_finish (task, MVX_LOG_LEVEL_ERROR, message, error);
}

/**
 * mvx_log_task_end:
 * @task: a task
 *
 * Ends a task by the thread that began it, with success unless [method@MvxLog.Task.watch] finds an error. Once.
 *
 * Since: 1.0
 */
void
mvx_log_task_end (MvxLogTask *task)
{
  g_return_if_fail (task != NULL);

  if (task->watched && *task->watched)
    mvx_log_task_fail (task, *task->watched);
  else
    mvx_log_task_finish (task, MVX_LOG_LEVEL_INFO, task->success ? task->success : task->what, NULL);
}
