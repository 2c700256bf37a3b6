/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/catch.h>

#include "context/compose-private.h"
#include "context/logged-error-private.h"

static void
mvx_log_catch_log (const MvxLogHead *head, gint level, const GError *error)
{
  MvxLogEventInit init = { .level = level, .message = "An error has been caught" };
  MvxLogField field = { "error", MVX_LOG_KIND_ERROR, -1, { .p = error } };
  MvxLogParts parts = {
    .node = mvx_log_node_full (head),
    .bound = head->bound,
    .init = &init,
    .fields = &field,
    .n_fields = 1,
  };

  mvx_log_submit_parts (&parts, NULL);
}

static gboolean
mvx_log_catch_has (const MvxLogErrorMatch *matches, guint n, const GError *error)
{
  for (guint i = 0; i < n; i++)
    if (matches[i].domain == error->domain && (matches[i].code == MVX_LOG_ANY_CODE || matches[i].code == error->code))
      return TRUE;
  return FALSE;
}

/**
 * mvx_log_catch_full: (skip)
 * @context: a context
 * @level: severity of the event
 * @flags: what becomes of the error
 * @only: (array length=n_only) (nullable): which errors are caught; none for all
 * @n_only: how many
 * @except: (array length=n_except) (nullable): which are not, whatever @only says
 * @n_except: how many
 * @func: (nullable): called first
 * @data: its argument
 * @error: (inout) (nullable): where an error is, if there is one
 *
 * [func@MvxLog.catch] for some errors only. One that is not caught is neither logged nor cleared. Thread-safe.
 *
 * Returns: %TRUE if an error was caught
 *
 * Since: 1.0
 */
gboolean
mvx_log_catch_full (MvxLogContext *context,
                    gint level,
                    MvxLogCatchFlags flags,
                    const MvxLogErrorMatch *only,
                    guint n_only,
                    const MvxLogErrorMatch *except,
                    guint n_except,
                    MvxLogCatchFunc func,
                    gpointer data,
                    GError **error)
{
  g_return_val_if_fail (context != NULL, FALSE);

  if (error == NULL || *error == NULL || mvx_log_catch_has (except, n_except, *error)
      || (n_only > 0 && !mvx_log_catch_has (only, n_only, *error)))
    return FALSE;
  if (func)
    func (*error, data);
  mvx_log_catch_log (&context->head, level, *error);
  if (flags & MVX_LOG_CATCH_KEEP)
    mvx_log_error_mark_logged (*error);
  else
    g_clear_error (error);
  return TRUE;
}

/**
 * mvx_log_catch:
 * @context: a context
 * @level: severity of the event
 * @error: (inout) (nullable): where an error is, if there is one
 *
 * Logs "An error has been caught" with the error and clears it: for errors that end here. Thread-safe.
 *
 *     if (!refresh_cache (cache, &error))
 *       mvx_log_catch (net, MVX_LOG_LEVEL_WARNING, &error);
 *
 * Returns: %TRUE if there was an error
 *
 * Since: 1.0
 */
gboolean
mvx_log_catch (MvxLogContext *context, gint level, GError **error)
{
  return mvx_log_catch_full (context, level, 0, NULL, 0, NULL, 0, NULL, NULL, error);
}

/**
 * mvx_log_catch_call:
 * @context: a context
 * @level: severity of the event
 * @flags: what becomes of the error
 * @func: (scope notified) (closure data) (destroy destroy): what may fail
 * @data: its argument
 * @destroy: (nullable): frees @data before the call returns
 * @error: return location for the error of @func, set only with %MVX_LOG_CATCH_KEEP
 *
 * Calls a function and logs the error that it fails with, as [func@MvxLog.catch] does; in language bindings, what a
 * function around a function does. Thread-safe.
 *
 * Returns: what @func returned
 *
 * Since: 1.0
 */
gboolean
mvx_log_catch_call (MvxLogContext *context,
                    gint level,
                    MvxLogCatchFlags flags,
                    MvxLogAttemptFunc func,
                    gpointer data,
                    GDestroyNotify destroy,
                    GError **error)
{
  GError *caught = NULL;
  gboolean ok;

  g_return_val_if_fail (context != NULL, FALSE);
  g_return_val_if_fail (func != NULL, FALSE);

  ok = func (data, &caught);
  mvx_log_catch_full (context, level, flags, NULL, 0, NULL, 0, NULL, NULL, &caught);
  if (caught)
    g_propagate_error (error, caught);
  if (destroy)
    destroy (data);
  return ok;
}

/**
 * mvx_log_catch_end: (skip)
 * @guard: what %MVX_LOG_CATCH declared
 *
 * What %MVX_LOG_CATCH does when the block ends. On the thread that declared it.
 *
 * Since: 1.0
 */
void
mvx_log_catch_end (MvxLogCatch *guard)
{
  g_return_if_fail (guard != NULL);

  if (guard->head && *guard->error)
    mvx_log_catch_log (guard->head, guard->level, *guard->error);
  g_clear_error (guard->error);
}
