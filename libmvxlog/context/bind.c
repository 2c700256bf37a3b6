/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Views of a context with more fields. */
#include <mvxlog/context.h>
#include <mvxlog/log.h>

#include "base/error-private.h"
#include "context/node-private.h"

static MvxLogContext *
mvx_log_bind_to (const MvxLogHead *head, const MvxLogField *fields, guint n_fields)
{
  MvxLogNodeFull *node = mvx_log_node_full (head);
  g_autoptr (MvxLogSettings) settings = mvx_log_settings_get (node);
  MvxLogLimits limits = settings->limits;

  limits.max_items = -1; /* bound fields are context, not payload */
  return mvx_log_node_view (node, mvx_log_field_set_new (head->bound, fields, n_fields, &limits));
}

/**
 * mvx_log_context_bind_fields: (skip)
 * @context: a context
 * @fields: (array length=n_fields): fields
 * @n_fields: how many
 *
 * Makes a view whose events all have these fields, too. They win over those already bound, and lose against those of a
 * scope and of the call. The values are captured now. Thread-safe.
 *
 * Returns: (transfer full): the view
 *
 * Since: 1.0
 */
MvxLogContext *
mvx_log_context_bind_fields (MvxLogContext *context, const MvxLogField *fields, guint n_fields)
{
  g_return_val_if_fail (context != NULL, NULL);
  g_return_val_if_fail (fields != NULL || n_fields == 0, NULL);
  return mvx_log_bind_to (&context->head, fields, n_fields);
}

/**
 * mvx_log_context_bind_variant: (rename-to mvx_log_context_bind_fields)
 * @context: a context
 * @fields: fields as a dictionary `a{sv}`; consumed if floating
 *
 * [method@MvxLog.Context.bind_fields] for language bindings. Thread-safe.
 *
 * Returns: (transfer full): the view
 *
 * Since: 1.0
 */
MvxLogContext *
mvx_log_context_bind_variant (MvxLogContext *context, GVariant *fields)
{
  g_autoptr (GVariant) dict = NULL;
  MvxLogContext *view;
  MvxLogField *array;
  guint n;

  g_return_val_if_fail (context != NULL, NULL);
  g_return_val_if_fail (g_variant_is_of_type (fields, G_VARIANT_TYPE_VARDICT), NULL);

  dict = g_variant_ref_sink (fields);
  array = mvx_log_fields_from_variant (dict, &n);
  view = mvx_log_bind_to (&context->head, array, n);
  mvx_log_fields_free_variants (array, n);
  return view;
}

/**
 * mvx_log_context_try_unbind:
 * @context: a context
 * @keys: (array zero-terminated=1): keys
 *
 * Makes a view without these bound fields; keys that are not bound are passed over. Thread-safe.
 *
 * Returns: (transfer full): the view
 *
 * Since: 1.0
 */
MvxLogContext *
mvx_log_context_try_unbind (MvxLogContext *context, const char *const *keys)
{
  MvxLogFieldSet *rest = NULL;

  g_return_val_if_fail (context != NULL, NULL);
  g_return_val_if_fail (keys != NULL, NULL);

  if (context->head.bound)
    rest = mvx_log_field_set_without (context->head.bound, keys);
  return mvx_log_node_view (mvx_log_node_full (&context->head), rest);
}

/**
 * mvx_log_context_unbind:
 * @context: a context
 * @keys: (array zero-terminated=1): keys
 * @error: return location for an error
 *
 * Makes a view without these bound fields. Thread-safe.
 *
 * Returns: (transfer full): the view, or %NULL with %MVX_LOG_ERROR_UNKNOWN_NAME if a key is not bound
 *
 * Since: 1.0
 */
MvxLogContext *
mvx_log_context_unbind (MvxLogContext *context, const char *const *keys, GError **error)
{
  g_return_val_if_fail (context != NULL, NULL);
  g_return_val_if_fail (keys != NULL, NULL);

  for (guint i = 0; keys[i]; i++)
    if (context->head.bound == NULL || !mvx_log_field_set_has (context->head.bound, keys[i]))
      {
        g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_UNKNOWN_NAME,
                     "'%s' is not bound to this view of context '%s'; use try_unbind if it need not be", keys[i],
                     mvx_log_context_get_name (context));
        return NULL;
      }
  return mvx_log_context_try_unbind (context, keys);
}

/**
 * mvx_log_bind_args: (skip)
 * @head: a context or a resolved handle
 * @callsite: keys
 * @args: values
 *
 * What %mvx_log_bind expands to. Thread-safe.
 *
 * Returns: (transfer full): the view
 *
 * Since: 1.0
 */
MvxLogContext *
mvx_log_bind_args (const MvxLogHead *head, const MvxLogCallsite *callsite, const MvxLogArg *args)
{
  MvxLogField fields[MVX_LOG_MAX_MACRO_FIELDS];

  g_return_val_if_fail (head != NULL && !head->node->unresolved, NULL);

  return mvx_log_bind_to (head, fields, mvx_log_fields_from_args (fields, callsite, args));
}
