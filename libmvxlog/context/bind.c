/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Views of a context with more fields, and fields that a thread gives to all its events for a while. */
#include <mvxlog/context.h>
#include <mvxlog/log.h>

#include "base/error-private.h"
#include "context/bind-private.h"

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

MvxLogField *
mvx_log_fields_from_variant (GVariant *dict, guint *n_fields)
{
  gsize n = dict ? g_variant_n_children (dict) : 0;
  MvxLogField *fields = g_new0 (MvxLogField, n);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) value = NULL;

      /* Key and value point into @dict, which is serialised as a whole by having its children taken. */
      g_variant_get_child (dict, i, "{&s@v}", &fields[i].key, &value);
      fields[i].kind = MVX_LOG_KIND_VARIANT;
      fields[i].value.p = g_variant_get_variant (value);
    }
  *n_fields = (guint) n;
  return fields;
}

void
mvx_log_fields_free_variants (MvxLogField *fields, guint n_fields)
{
  for (guint i = 0; i < n_fields; i++)
    g_variant_unref ((GVariant *) fields[i].value.p);
  g_free (fields);
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

static void
mvx_log_scope_thread_end (MvxLogThread *thread)
{
  while (thread->scope)
    mvx_log_scope_pop (thread->scope);
}

static gpointer
mvx_log_scope_init_once (gpointer data)
{
  mvx_log_thread_add_exit_func (mvx_log_scope_thread_end);
  return NULL;
}

/**
 * mvx_log_scope_push_args: (skip)
 * @callsite: keys
 * @args: values
 *
 * What %MVX_LOG_SCOPED expands to: until [func@MvxLog.scope_pop], every event of this thread has these fields.
 *
 * Returns: (transfer full): the scope, for the same thread to pop
 *
 * Since: 1.0
 */
gpointer
mvx_log_scope_push_args (const MvxLogCallsite *callsite, const MvxLogArg *args)
{
  static GOnce once = G_ONCE_INIT;
  MvxLogThread *thread = mvx_log_thread_get ();
  MvxLogField fields[MVX_LOG_MAX_MACRO_FIELDS];
  MvxLogLimits limits = mvx_log_limits_default;
  MvxLogScope *outer = thread->scope;
  MvxLogScope *scope = g_new (MvxLogScope, 1);
  guint n = mvx_log_fields_from_args (fields, callsite, args);

  g_once (&once, mvx_log_scope_init_once, NULL);
  limits.max_items = -1;
  scope->outer = outer;
  scope->fields = mvx_log_field_set_new (outer ? outer->fields : NULL, fields, n, &limits);
  thread->scope = scope;
  return scope;
}

/**
 * mvx_log_scope_pop: (skip)
 * @scope: (transfer full): a scope of this thread
 *
 * Ends a scope, and those that were begun inside it and not ended.
 *
 * Since: 1.0
 */
void
mvx_log_scope_pop (gpointer scope)
{
  MvxLogThread *thread = mvx_log_thread_get ();
  MvxLogScope *found = thread->scope;

  while (found && found != scope)
    found = found->outer;
  /* Already ended with an outer one, or of another thread. */
  g_return_if_fail (found != NULL);
  for (gboolean last = FALSE; !last;)
    {
      MvxLogScope *inner = thread->scope;

      last = inner == scope;
      thread->scope = inner->outer;
      mvx_log_field_set_unref (inner->fields);
      g_free (inner);
    }
}
