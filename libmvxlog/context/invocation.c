/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An operation, told at each of its outcomes. Logging never gets between the caller and its error: the error is only
 * looked at, and what goes wrong with the logging is treated as the context's error policy says.
 */
#include "context/invocation-internal.h"

#include "base/diag-private.h"
#include "base/error-private.h"
#include "context/compose-private.h"
#include "context/logged-error-private.h"

#define MVX_LOG_INVOCATION_MAX_SYSTEM 2

typedef struct
{
  GQuark domain;
  gint code;
  gboolean full;
} MvxLogErrorRule;

/**
 * MvxLogInvocation:
 *
 * One event for an operation, told at each of its outcomes: invoke, then success, failed or cancelled.
 *
 * It is set up by one thread. Any thread may tell how it ended, and take and drop references.
 *
 * Since: 1.0
 */
G_DEFINE_BOXED_TYPE (MvxLogInvocation, mvx_log_invocation, mvx_log_invocation_ref, mvx_log_invocation_unref)

static const gint mvx_log_invocation_levels[]
    = { MVX_LOG_LEVEL_DEBUG, MVX_LOG_LEVEL_DEBUG, MVX_LOG_LEVEL_ERROR, MVX_LOG_LEVEL_DEBUG, MVX_LOG_LEVEL_INFO };
const char *const mvx_log_invocation_outcomes[] = { "invoke", "success", "failed", "failed", "cancelled" };
/* Keys that the payload has of its own. */
static const char *const mvx_log_invocation_keys[] = { "error", "kwargs", "result", "cancelled", "closures", NULL };

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
  mvx_log_invocation_fields_init (invocation);
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
 * Takes a reference.
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
  mvx_log_invocation_fields_end (invocation);
  mvx_log_scope_capture_unref (invocation->scope);
  g_array_unref (invocation->rules);
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
  g_auto (MvxLogInvocationFields) collected = { NULL, NULL };
  MvxLogFieldArray own = { NULL, 0 };
  MvxLogField context = { "context", MVX_LOG_KIND_FIELDS, -1, { .p = &own }, 0 };
  g_autoptr (GArray) apart = NULL;
  GArray *fields;

  if (!mvx_log_context_is_enabled (invocation->context, invocation->levels[outcome]))
    return;
  mvx_log_invocation_fields_context (invocation, outcome, &collected);
  fields = collected.fields;
  if (mvx_log_invocation_clashes (&g_array_index (fields, MvxLogField, 0), fields->len))
    {
      own = (MvxLogFieldArray){ &g_array_index (fields, MvxLogField, 0), fields->len };
      fields = apart = g_array_new (FALSE, FALSE, sizeof (MvxLogField));
      g_array_append_val (fields, context);
    }
  g_array_append_vals (fields, system, n_system);
  mvx_log_invocation_submit (invocation, outcome, &g_array_index (fields, MvxLogField, 0), fields->len);
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
  g_auto (MvxLogInvocationFields) chosen = { NULL, NULL };
  MvxLogFieldArray array;
  MvxLogField kwargs = { "kwargs", MVX_LOG_KIND_FIELDS, -1, { .p = &array }, 0 };

  g_return_if_fail (arguments != NULL || n_arguments == 0);

  mvx_log_error_forget_logged ();
  if (invocation == NULL)
    return;
  invocation->quiet = !mvx_log_invocation_is_wanted (invocation);
  if (invocation->quiet
      || !mvx_log_context_is_enabled (invocation->context, invocation->levels[MVX_LOG_OUTCOME_INVOKE]))
    return;
  mvx_log_invocation_fields_arguments (invocation, arguments, n_arguments, &chosen);
  array = (MvxLogFieldArray){ &g_array_index (chosen.fields, MvxLogField, 0), chosen.fields->len };
  mvx_log_invocation_log (invocation, MVX_LOG_OUTCOME_INVOKE, &kwargs, array.n_fields > 0 ? 1 : 0);
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
  g_auto (MvxLogInvocationFields) chosen = { NULL, NULL };
  MvxLogFieldArray array = { NULL, 0 };
  MvxLogField field = { "result", MVX_LOG_KIND_VARIANT, -1, { .p = value }, 0 };

  if (invocation == NULL || !g_atomic_int_compare_and_exchange (&invocation->ended, 0, 1) || invocation->quiet
      || !mvx_log_context_is_enabled (invocation->context, invocation->levels[MVX_LOG_OUTCOME_SUCCESS]))
    return;
  if (value)
    {
      mvx_log_invocation_fields_result (invocation, value, &chosen);
      array = (MvxLogFieldArray){ &g_array_index (chosen.fields, MvxLogField, 0), chosen.fields->len };
    }
  if (array.n_fields > 0)
    field = (MvxLogField){ "result", MVX_LOG_KIND_FIELDS, -1, { .p = &array }, 0 };
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
