/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An operation, told at each of its outcomes. Logging never gets between the caller and its error: the error is only
 * looked at, and what goes wrong with the logging is treated as the context's error policy says.
 */
#include <mvxlog/invocation.h>

#include "base/diag-private.h"
#include "base/error-private.h"
#include "context/compose-private.h"
#include "context/logged-error-private.h"

#define MVX_LOG_INVOCATION_MAX_SYSTEM 2

typedef struct
{
  char *key;
  GVariant *value;
} MvxLogInvocationField;

typedef struct
{
  GQuark domain;
  gint code;
  gboolean full;
} MvxLogErrorRule;

struct _MvxLogInvocation
{
  gint ref_count;
  gint ended; /* atomic: whoever sets it tells the outcome */
  MvxLogContext *context;
  char *name;
  char *entity_id;
  gint levels[MVX_LOG_OUTCOME_CANCELLED + 1];
  gboolean quiet; /* the policy, asked once, wants neither the beginning nor a success */
  GArray *fields; /* MvxLogInvocationField */
  GArray *rules;  /* MvxLogErrorRule */
  MvxLogInvocationFieldsFunc func;
  gpointer data;
  GDestroyNotify destroy;
  MvxLogScopeCapture *scope; /* what was in force where it was made */
};

G_DEFINE_BOXED_TYPE (MvxLogInvocation, mvx_log_invocation, mvx_log_invocation_ref, mvx_log_invocation_unref)

static const gint mvx_log_invocation_levels[]
    = { MVX_LOG_LEVEL_DEBUG, MVX_LOG_LEVEL_DEBUG, MVX_LOG_LEVEL_ERROR, MVX_LOG_LEVEL_DEBUG, MVX_LOG_LEVEL_INFO };
static const char *const mvx_log_invocation_outcomes[] = { "invoke", "success", "failed", "failed", "cancelled" };
/* Keys that the payload has of its own. */
static const char *const mvx_log_invocation_keys[] = { "error", "kwargs", "result", "cancelled", "closures", NULL };

static void
mvx_log_invocation_field_clear (gpointer data)
{
  MvxLogInvocationField *field = data;

  g_free (field->key);
  g_variant_unref (field->value);
}

static gboolean
mvx_log_invocation_check_name (const char *name, GError **error)
{
  gsize n = strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

  if (n > 0 && name[n] == '\0' && !g_ascii_isdigit (*name) && *name != '-')
    return TRUE;
  g_set_error (
      error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME,
      "'%s' is not the name of an event; use letters, digits, '_', '-' and '.', and neither a digit nor '-' first",
      name);
  return FALSE;
}

/**
 * mvx_log_invocation_new:
 * @context: (nullable): the context to log to; %NULL logs nothing
 * @name: name of the event: letters, digits, `_`, `-` and `.`
 * @entity_id: (nullable): what the operation is about
 * @error: return location for an error
 *
 * Prepares the event of an operation. All other functions of an invocation take %NULL, too, and do nothing then. The
 * events have the fields, trace and task that are in force on this thread now, on whatever thread they are logged.
 *
 * Returns: (transfer full) (nullable): the invocation; %NULL without an error if @context is %NULL, or with
 *   %MVX_LOG_ERROR_INVALID_NAME
 *
 * Since: 1.0
 */
MvxLogInvocation *
mvx_log_invocation_new (MvxLogContext *context, const char *name, const char *entity_id, GError **error)
{
  MvxLogInvocation *invocation;

  g_return_val_if_fail (name != NULL, NULL);

  if (!mvx_log_invocation_check_name (name, error) || context == NULL)
    return NULL;
  invocation = g_new0 (MvxLogInvocation, 1);
  invocation->ref_count = 1;
  invocation->quiet = TRUE; /* until it begins */
  invocation->context = mvx_log_context_ref (context);
  invocation->name = g_strdup (name);
  invocation->entity_id = g_strdup (entity_id);
  memcpy (invocation->levels, mvx_log_invocation_levels, sizeof invocation->levels);
  invocation->fields = g_array_new (FALSE, FALSE, sizeof (MvxLogInvocationField));
  g_array_set_clear_func (invocation->fields, mvx_log_invocation_field_clear);
  invocation->rules = g_array_new (FALSE, FALSE, sizeof (MvxLogErrorRule));
  invocation->scope = mvx_log_scope_capture ();
  return invocation;
}

/**
 * mvx_log_invocation_new_for: (skip)
 * @head: (nullable): a context or a resolved handle
 * @name: name of the event
 * @entity_id: (nullable): what the operation is about
 *
 * What %MVX_LOG_INVOCATION expands to.
 *
 * Returns: (transfer full) (nullable): the invocation
 *
 * Since: 1.0
 */
MvxLogInvocation *
mvx_log_invocation_new_for (const MvxLogHead *head, const char *name, const char *entity_id)
{
  g_autoptr (MvxLogContext) context = NULL;
  g_autoptr (GError) error = NULL;
  MvxLogInvocation *invocation;

  if (head)
    context = mvx_log_node_view (mvx_log_node_full (head),
                                 head->bound ? mvx_log_field_set_ref ((MvxLogFieldSet *) head->bound) : NULL);
  invocation = mvx_log_invocation_new (context, name, entity_id, &error);
  if (error)
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "%s; nothing of it is logged", error->message);
  return invocation;
}

/**
 * mvx_log_invocation_ref:
 * @invocation: an invocation
 *
 * Returns: (transfer full): @invocation with one more reference. Thread-safe.
 *
 * Since: 1.0
 */
MvxLogInvocation *
mvx_log_invocation_ref (MvxLogInvocation *invocation)
{
  g_return_val_if_fail (invocation != NULL, NULL);
  g_atomic_int_inc (&invocation->ref_count);
  return invocation;
}

/**
 * mvx_log_invocation_unref:
 * @invocation: (transfer full): an invocation
 *
 * Drops a reference. Nothing is logged by that. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_invocation_unref (MvxLogInvocation *invocation)
{
  g_return_if_fail (invocation != NULL);

  if (!g_atomic_int_dec_and_test (&invocation->ref_count))
    return;
  if (invocation->destroy)
    invocation->destroy (invocation->data);
  mvx_log_scope_capture_unref (invocation->scope);
  g_array_unref (invocation->rules);
  g_array_unref (invocation->fields);
  g_free (invocation->entity_id);
  g_free (invocation->name);
  mvx_log_context_unref (invocation->context);
  g_free (invocation);
}

/**
 * mvx_log_invocation_set_level:
 * @invocation: (nullable): an invocation that has not begun
 * @outcome: an outcome
 * @level: the level at which it is told
 *
 * Sets the level of an outcome.
 *
 * Since: 1.0
 */
void
mvx_log_invocation_set_level (MvxLogInvocation *invocation, MvxLogOutcome outcome, gint level)
{
  g_return_if_fail ((guint) outcome <= MVX_LOG_OUTCOME_CANCELLED);

  if (invocation)
    invocation->levels[outcome] = level;
}

/**
 * mvx_log_invocation_set_fields_func:
 * @invocation: (nullable): an invocation that has not begun
 * @func: (scope notified) (closure data) (destroy destroy): gives fields
 * @data: its argument
 * @destroy: (nullable): frees @data
 *
 * Sets what gives the fields of the context, asked anew for every outcome that is logged, on the thread that tells it.
 *
 * Since: 1.0
 */
void
mvx_log_invocation_set_fields_func (MvxLogInvocation *invocation,
                                    MvxLogInvocationFieldsFunc func,
                                    gpointer data,
                                    GDestroyNotify destroy)
{
  if (invocation == NULL)
    {
      if (destroy)
        destroy (data);
      return;
    }
  if (invocation->destroy)
    invocation->destroy (invocation->data);
  invocation->func = func;
  invocation->data = data;
  invocation->destroy = destroy;
}

/**
 * mvx_log_invocation_set_field:
 * @invocation: (nullable): an invocation
 * @key: a key
 * @value: its value; consumed if floating
 *
 * Gives the outcomes that are told from now on a field, for what comes out on the way. Not thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_invocation_set_field (MvxLogInvocation *invocation, const char *key, GVariant *value)
{
  MvxLogInvocationField field = { 0 };

  g_return_if_fail (key != NULL);
  g_return_if_fail (value != NULL);

  field.value = g_variant_ref_sink (value);
  if (invocation == NULL)
    {
      g_variant_unref (field.value);
      return;
    }
  field.key = g_strdup (key);
  g_array_append_val (invocation->fields, field);
}

/**
 * mvx_log_invocation_add_error_rule:
 * @invocation: (nullable): an invocation
 * @domain: domain of errors
 * @code: their code, or %MVX_LOG_ANY_CODE
 * @full: whether a failure with such an error is told in full, or without its error and at the level of
 *   %MVX_LOG_OUTCOME_SUPPRESSED
 *
 * Decides about errors without regard to whether they have been logged. The first rule that matches counts.
 *
 * Since: 1.0
 */
void
mvx_log_invocation_add_error_rule (MvxLogInvocation *invocation, GQuark domain, gint code, gboolean full)
{
  MvxLogErrorRule rule = { domain, code, full };

  if (invocation)
    g_array_append_val (invocation->rules, rule);
}

static gboolean
mvx_log_invocation_clashes (const MvxLogField *fields, guint n_fields)
{
  for (guint i = 0; i < n_fields; i++)
    if (g_strv_contains (mvx_log_invocation_keys, fields[i].key))
      return TRUE;
  return FALSE;
}

/* The dictionary of the callback, or NULL. */
static GVariant *
mvx_log_invocation_ask (MvxLogInvocation *invocation, MvxLogOutcome outcome)
{
  GVariant *dict = NULL;

  if (invocation->func)
    dict = invocation->func (mvx_log_invocation_outcomes[outcome], invocation->data);
  if (dict == NULL)
    return NULL;
  g_variant_take_ref (dict);
  if (g_variant_is_of_type (dict, G_VARIANT_TYPE_VARDICT))
    return dict;
  mvx_log_diag (MVX_LOG_LEVEL_ERROR, "The fields of invocation '%s' are of type %s, not a{sv}; they are left out",
                invocation->name, g_variant_get_type_string (dict));
  g_variant_unref (dict);
  return NULL;
}

static void
mvx_log_invocation_submit (MvxLogInvocation *invocation,
                           MvxLogOutcome outcome,
                           const MvxLogField *fields,
                           guint n_fields)
{
  MvxLogEventInit init = {
    .level = invocation->levels[outcome],
    .name = invocation->name,
    .entity_id = invocation->entity_id,
    .outcome = mvx_log_invocation_outcomes[outcome],
  };
  MvxLogParts parts = {
    .node = mvx_log_node_full (&invocation->context->head),
    .bound = invocation->context->head.bound,
    .init = &init,
    .fields = fields,
    .n_fields = n_fields,
    .composed = TRUE,
  };
  MvxLogScope here;

  mvx_log_scope_borrow (&here, invocation->scope);
  mvx_log_submit_parts (&parts, NULL);
  mvx_log_scope_give_back (&here);
}

/* Fields of the context first, as they are now; if one of them has a key of the payload's own, all go under `context`.
 */
static void
mvx_log_invocation_log (MvxLogInvocation *invocation, MvxLogOutcome outcome, const MvxLogField *system, guint n_system)
{
  g_autoptr (GVariant) dict = NULL;
  MvxLogField *asked;
  guint n_asked;
  g_autofree MvxLogField *fields = NULL;
  MvxLogFieldArray own = { NULL, 0 };
  MvxLogField context = { "context", MVX_LOG_KIND_FIELDS, -1, { .p = &own } };
  guint n = 0;

  if (!mvx_log_context_is_enabled (invocation->context, invocation->levels[outcome]))
    return;
  dict = mvx_log_invocation_ask (invocation, outcome);
  asked = mvx_log_fields_from_variant (dict, &n_asked);
  fields = g_new (MvxLogField, invocation->fields->len + n_asked + 1 + MVX_LOG_INVOCATION_MAX_SYSTEM);
  for (guint i = 0; i < invocation->fields->len; i++)
    {
      const MvxLogInvocationField *field = &g_array_index (invocation->fields, MvxLogInvocationField, i);

      fields[n++] = (MvxLogField){ field->key, MVX_LOG_KIND_VARIANT, -1, { .p = field->value } };
    }
  for (guint i = 0; i < n_asked; i++)
    fields[n++] = asked[i];
  if (mvx_log_invocation_clashes (fields, n))
    {
      own = (MvxLogFieldArray){ fields, n };
      fields[n] = context;
      memcpy (fields + n + 1, system, n_system * sizeof *system);
      mvx_log_invocation_submit (invocation, outcome, fields + n, n_system + 1);
    }
  else
    {
      memcpy (fields + n, system, n_system * sizeof *system);
      mvx_log_invocation_submit (invocation, outcome, fields, n + n_system);
    }
  mvx_log_fields_free_variants (asked, n_asked);
}

/* Once, before the body: do the level and the context's policy want the beginning or a success? */
static gboolean
mvx_log_invocation_is_wanted (MvxLogInvocation *invocation)
{
  MvxLogEventInit init = {
    .level = MAX (invocation->levels[MVX_LOG_OUTCOME_INVOKE], invocation->levels[MVX_LOG_OUTCOME_SUCCESS]),
    .name = invocation->name,
    .entity_id = invocation->entity_id,
  };
  MvxLogParts parts = { .node = mvx_log_node_full (&invocation->context->head), .init = &init };

  return mvx_log_submit_is_wanted (&parts);
}

/**
 * mvx_log_invocation_begin_fields: (skip)
 * @invocation: (nullable): an invocation
 * @arguments: (array length=n_arguments) (nullable): the arguments of the operation
 * @n_arguments: how many
 *
 * Tells that the operation begins: outcome `invoke`, the arguments under `kwargs`. The context's event policy is asked
 * here and not again; if it says no, a success is not told either, but a failure or a cancellation is.
 *
 * Since: 1.0
 */
void
mvx_log_invocation_begin_fields (MvxLogInvocation *invocation, const MvxLogField *arguments, guint n_arguments)
{
  MvxLogFieldArray array = { arguments, n_arguments };
  MvxLogField kwargs = { "kwargs", MVX_LOG_KIND_FIELDS, -1, { .p = &array } };

  g_return_if_fail (arguments != NULL || n_arguments == 0);

  mvx_log_error_forget_logged ();
  if (invocation == NULL)
    return;
  invocation->quiet = !mvx_log_invocation_is_wanted (invocation);
  if (!invocation->quiet)
    mvx_log_invocation_log (invocation, MVX_LOG_OUTCOME_INVOKE, &kwargs, n_arguments > 0 ? 1 : 0);
}

/**
 * mvx_log_invocation_begin_args: (skip)
 * @invocation: (nullable): an invocation
 * @callsite: keys
 * @args: values
 *
 * What %mvx_log_invocation_begin expands to.
 *
 * Since: 1.0
 */
void
mvx_log_invocation_begin_args (MvxLogInvocation *invocation, const MvxLogCallsite *callsite, const MvxLogArg *args)
{
  MvxLogField fields[MVX_LOG_MAX_MACRO_FIELDS];

  g_return_if_fail (callsite != NULL);

  mvx_log_invocation_begin_fields (invocation, fields, mvx_log_fields_from_args (fields, callsite, args));
}

/**
 * mvx_log_invocation_begin_variant: (rename-to mvx_log_invocation_begin_fields)
 * @invocation: (nullable): an invocation
 * @arguments: (nullable): the arguments as a dictionary `a{sv}`; consumed if floating
 *
 * [method@MvxLog.Invocation.begin_fields] for language bindings.
 *
 * Since: 1.0
 */
void
mvx_log_invocation_begin_variant (MvxLogInvocation *invocation, GVariant *arguments)
{
  g_autoptr (GVariant) dict = NULL;
  MvxLogField *array;
  guint n;

  g_return_if_fail (arguments == NULL || g_variant_is_of_type (arguments, G_VARIANT_TYPE_VARDICT));

  dict = arguments ? g_variant_ref_sink (arguments) : NULL;
  array = mvx_log_fields_from_variant (dict, &n);
  mvx_log_invocation_begin_fields (invocation, array, n);
  mvx_log_fields_free_variants (array, n);
}

/**
 * mvx_log_invocation_end_ok:
 * @invocation: (nullable): an invocation
 * @result: (nullable): what the operation returns; consumed if floating
 *
 * Tells that the operation has succeeded, with the result as `result`. Only the first end counts. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_invocation_end_ok (MvxLogInvocation *invocation, GVariant *result)
{
  g_autoptr (GVariant) value = result ? g_variant_ref_sink (result) : NULL;
  MvxLogField field = { "result", MVX_LOG_KIND_VARIANT, -1, { .p = value } };

  if (invocation && g_atomic_int_compare_and_exchange (&invocation->ended, 0, 1) && !invocation->quiet)
    mvx_log_invocation_log (invocation, MVX_LOG_OUTCOME_SUCCESS, &field, value ? 1 : 0);
}

/* Is the error to be told in full? */
static gboolean
mvx_log_invocation_tells (const MvxLogInvocation *invocation, const GError *error)
{
  for (guint i = 0; i < invocation->rules->len; i++)
    {
      const MvxLogErrorRule *rule = &g_array_index (invocation->rules, MvxLogErrorRule, i);

      if (rule->domain == error->domain && (rule->code == MVX_LOG_ANY_CODE || rule->code == error->code))
        return rule->full;
    }
  return !mvx_log_error_is_logged (error);
}

/**
 * mvx_log_invocation_end_error:
 * @invocation: (nullable): an invocation
 * @error: (nullable): what went wrong, left alone
 *
 * Tells that the operation has failed, with the error as `error`, or that it was cancelled (%G_IO_ERROR_CANCELLED),
 * with `cancelled`, too. An error that has been logged on its way up is told at the level of
 * %MVX_LOG_OUTCOME_SUPPRESSED and without what it says, a cancellation not at all. Marks the error as logged. The event
 * policy is not asked. Only the first end counts. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_invocation_end_error (MvxLogInvocation *invocation, const GError *error)
{
  MvxLogField fields[MVX_LOG_INVOCATION_MAX_SYSTEM] = {
    { "error", MVX_LOG_KIND_ERROR, -1, { .p = error } },
    { "cancelled", MVX_LOG_KIND_BOOL, -1, { .i = TRUE } },
  };

  if (invocation == NULL || !g_atomic_int_compare_and_exchange (&invocation->ended, 0, 1))
    return;
  if (error && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      if (!mvx_log_error_is_logged (error))
        mvx_log_invocation_log (invocation, MVX_LOG_OUTCOME_CANCELLED, fields, 2);
    }
  else if (error == NULL || mvx_log_invocation_tells (invocation, error))
    mvx_log_invocation_log (invocation, MVX_LOG_OUTCOME_FAILED, fields, error ? 1 : 0);
  else
    mvx_log_invocation_log (invocation, MVX_LOG_OUTCOME_SUPPRESSED, fields, 0);
  if (error)
    mvx_log_error_mark_logged (error);
}
