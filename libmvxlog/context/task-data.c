/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Data for a task that has begun, and how language bindings begin one. */
#include <mvxlog/task.h>

#include "context/scope-private.h"

/**
 * mvx_log_task_bind_fields: (skip)
 * @task: a task that is in force on this thread
 * @data: (array length=n_data): fields
 * @n_data: how many
 *
 * Adds data to a task: all records that are made in it from now on by this thread have them, too. What has been
 * captured before stays as it is.
 *
 * Since: 1.0
 */
void
mvx_log_task_bind_fields (MvxLogTask *task, const MvxLogField *data, guint n_data)
{
  gboolean found = FALSE;

  g_return_if_fail (task != NULL);
  g_return_if_fail (data != NULL || n_data == 0);

  for (MvxLogScope *scope = mvx_log_thread_get ()->scope; scope; scope = scope->outer)
    if (mvx_log_task_reaches (task, scope->state->task))
      {
        MvxLogScopeCapture *state = mvx_log_scope_state_new (scope->state);

        g_clear_pointer (&state->fields, mvx_log_field_set_unref);
        state->fields = mvx_log_scope_add (scope->state->fields, data, n_data);
        mvx_log_scope_capture_unref (scope->state);
        scope->state = state;
        found = TRUE;
      }
  g_return_if_fail (found);
}

/**
 * mvx_log_task_bind_args: (skip)
 * @task: a task that is in force on this thread
 * @callsite: keys
 * @args: values
 *
 * What %mvx_log_task_bind expands to.
 *
 * Since: 1.0
 */
void
mvx_log_task_bind_args (MvxLogTask *task, const MvxLogCallsite *callsite, const MvxLogArg *args)
{
  MvxLogField fields[MVX_LOG_MAX_MACRO_FIELDS];

  g_return_if_fail (callsite != NULL);

  mvx_log_task_bind_fields (task, fields, mvx_log_fields_from_args (fields, callsite, args));
}

/**
 * mvx_log_task_bind_variant: (rename-to mvx_log_task_bind_fields)
 * @task: a task that is in force on this thread
 * @data: fields as a dictionary `a{sv}`; consumed if floating
 *
 * [method@MvxLog.Task.bind_fields] for language bindings.
 *
 * Since: 1.0
 */
void
mvx_log_task_bind_variant (MvxLogTask *task, GVariant *data)
{
  g_autoptr (GVariant) dict = NULL;
  MvxLogField *array;
  guint n;

  g_return_if_fail (g_variant_is_of_type (data, G_VARIANT_TYPE_VARDICT));

  dict = g_variant_ref_sink (data);
  array = mvx_log_fields_from_variant (dict, &n);
  mvx_log_task_bind_fields (task, array, n);
  mvx_log_fields_free_variants (array, n);
}

/**
 * mvx_log_task_begin_variant:
 * @context: a context
 * @flags: how it begins
 * @what: what it is for
 * @data: (nullable): fields of all its records, a dictionary `a{sv}`; consumed if floating
 *
 * [func@MvxLog.Task.begin] for language bindings. It is in force on the calling thread.
 *
 * Returns: (transfer full): the task
 *
 * Since: 1.0
 */
MvxLogTask *
mvx_log_task_begin_variant (MvxLogContext *context, MvxLogTaskFlags flags, const char *what, GVariant *data)
{
  g_autoptr (GVariant) dict = NULL;
  MvxLogTask *task;
  MvxLogField *array;
  guint n;

  g_return_val_if_fail (context != NULL, NULL);
  g_return_val_if_fail (what != NULL, NULL);
  g_return_val_if_fail (data == NULL || g_variant_is_of_type (data, G_VARIANT_TYPE_VARDICT), NULL);

  dict = data ? g_variant_ref_sink (data) : NULL;
  array = mvx_log_fields_from_variant (dict, &n);
  task = mvx_log_task_begin (context, flags, what, array, n);
  mvx_log_fields_free_variants (array, n);
  return task;
}

/**
 * mvx_log_task_import_variant:
 * @context: a context
 * @flags: how it begins
 * @path: what [method@MvxLog.Task.export] returned in another process
 * @what: what it is for
 * @data: (nullable): fields of all its records, a dictionary `a{sv}`; consumed if floating
 * @error: return location for an error
 *
 * [func@MvxLog.Task.import] for language bindings. It is in force on the calling thread.
 *
 * Returns: (transfer full): the task, or %NULL with %MVX_LOG_ERROR_INVALID_ARGUMENT if @path is not the id of one
 *
 * Since: 1.0
 */
MvxLogTask *
mvx_log_task_import_variant (MvxLogContext *context,
                             MvxLogTaskFlags flags,
                             const char *path,
                             const char *what,
                             GVariant *data,
                             GError **error)
{
  g_autoptr (GVariant) dict = NULL;
  MvxLogTask *task;
  MvxLogField *array;
  guint n;

  g_return_val_if_fail (data == NULL || g_variant_is_of_type (data, G_VARIANT_TYPE_VARDICT), NULL);

  dict = data ? g_variant_ref_sink (data) : NULL;
  array = mvx_log_fields_from_variant (dict, &n);
  task = mvx_log_task_import (context, flags, path, what, array, n, error);
  mvx_log_fields_free_variants (array, n);
  return task;
}
