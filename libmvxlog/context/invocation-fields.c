/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which fields the outcomes of an invocation have: of its context, of its arguments, of its result. */
#include "context/invocation-internal.h"

#include "base/diag-private.h"
#include "context/fieldset-private.h"
#include "event/event-private.h"
#include "event/payload-private.h"

typedef struct
{
  char *key;
  GVariant *value;
} MvxLogInvocationField;

static void
mvx_log_invocation_field_clear (gpointer data)
{
  MvxLogInvocationField *field = data;

  g_free (field->key);
  g_variant_unref (field->value);
}

static void
mvx_log_invocation_call_set (MvxLogInvocationCall *call, GCallback func, gpointer data, GDestroyNotify destroy)
{
  if (call->destroy)
    call->destroy (call->data);
  *call = (MvxLogInvocationCall){ func, data, destroy };
}

void
mvx_log_invocation_fields_init (MvxLogInvocation *invocation)
{
  invocation->fields = g_array_new (FALSE, FALSE, sizeof (MvxLogInvocationField));
  g_array_set_clear_func (invocation->fields, mvx_log_invocation_field_clear);
}

void
mvx_log_invocation_fields_end (MvxLogInvocation *invocation)
{
  mvx_log_invocation_call_set (&invocation->ask, NULL, NULL, NULL);
  mvx_log_invocation_call_set (&invocation->format, NULL, NULL, NULL);
  g_clear_object (&invocation->object);
  g_clear_pointer (&invocation->object_specs, g_ptr_array_unref);
  g_clear_pointer (&invocation->argument_specs, g_ptr_array_unref);
  g_clear_pointer (&invocation->result_specs, g_ptr_array_unref);
  g_array_unref (invocation->fields);
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
  if (invocation)
    mvx_log_invocation_call_set (&invocation->ask, G_CALLBACK (func), data, destroy);
  else if (destroy)
    destroy (data);
}

/**
 * mvx_log_invocation_set_format_func:
 * @invocation: (nullable): an invocation that has not begun
 * @func: (scope notified) (closure data) (destroy destroy): puts the fields of the context in another form
 * @data: its argument
 * @destroy: (nullable): frees @data
 *
 * Sets what has the last word about the fields of the context, for every outcome that is logged, on the thread that
 * tells it; also if there are none.
 *
 * Since: 1.0
 */
void
mvx_log_invocation_set_format_func (MvxLogInvocation *invocation,
                                    MvxLogInvocationFormatFunc func,
                                    gpointer data,
                                    GDestroyNotify destroy)
{
  if (invocation)
    mvx_log_invocation_call_set (&invocation->format, G_CALLBACK (func), data, destroy);
  else if (destroy)
    destroy (data);
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

static gboolean
mvx_log_invocation_set_specs (GPtrArray **place, const char *const *specs, GError **error)
{
  GPtrArray *parsed = mvx_log_field_specs_new (specs, error);

  if (parsed == NULL)
    return FALSE;
  g_clear_pointer (place, g_ptr_array_unref);
  *place = parsed;
  return TRUE;
}

/**
 * mvx_log_invocation_set_object:
 * @invocation: (nullable): an invocation that has not begun
 * @object: the object that the operation belongs to
 * @specs: (array zero-terminated=1): which of its properties are fields of the context
 * @error: return location for an error
 *
 * Takes fields of the context from an object, read anew for every outcome that is logged, on the thread that tells it.
 * What is not there is left out.
 *
 * A spec is `[VERBOSITY[,…]:][ALIAS=]NAME[.NAME…][.len()][!]`: a property, or one of the object that it holds, and so
 * on; an item of a tuple or an array by its number; a member of a dictionary. With `minimal`, `normal` or `maximum` in
 * front it counts only for contexts with this verbosity. The key is the alias, else the last name. `.len()` stands for
 * the length of a text, a list or a #GListModel; `!` lifts the limit on items.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_INVALID_ARGUMENT for a spec that is none
 *
 * Since: 1.0
 */
gboolean
mvx_log_invocation_set_object (MvxLogInvocation *invocation, GObject *object, const char *const *specs, GError **error)
{
  g_return_val_if_fail (G_IS_OBJECT (object), FALSE);
  g_return_val_if_fail (specs != NULL, FALSE);

  if (invocation == NULL)
    return TRUE;
  if (!mvx_log_invocation_set_specs (&invocation->object_specs, specs, error))
    return FALSE;
  g_set_object (&invocation->object, object);
  return TRUE;
}

/**
 * mvx_log_invocation_choose_arguments:
 * @invocation: (nullable): an invocation that has not begun
 * @specs: (array zero-terminated=1): which of the arguments are told, and what of them
 * @error: return location for an error
 *
 * Tells of the arguments only what is chosen; a spec begins with the key of one, see
 * [method@MvxLog.Invocation.set_object].
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_INVALID_ARGUMENT for a spec that is none
 *
 * Since: 1.0
 */
gboolean
mvx_log_invocation_choose_arguments (MvxLogInvocation *invocation, const char *const *specs, GError **error)
{
  g_return_val_if_fail (specs != NULL, FALSE);

  return invocation == NULL || mvx_log_invocation_set_specs (&invocation->argument_specs, specs, error);
}

/**
 * mvx_log_invocation_choose_result:
 * @invocation: (nullable): an invocation that has not begun
 * @specs: (array zero-terminated=1): which items of the result are told, and what of them
 * @error: return location for an error
 *
 * Tells of a result that is a tuple or an array only what is chosen; a spec begins with the number of an item, see
 * [method@MvxLog.Invocation.set_object], and has the key `itemN` unless there is an alias. Any other result, and one
 * that has nothing of it, is told as a whole.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_INVALID_ARGUMENT for a spec that is none
 *
 * Since: 1.0
 */
gboolean
mvx_log_invocation_choose_result (MvxLogInvocation *invocation, const char *const *specs, GError **error)
{
  g_return_val_if_fail (specs != NULL, FALSE);

  return invocation == NULL || mvx_log_invocation_set_specs (&invocation->result_specs, specs, error);
}

static void
mvx_log_invocation_fields_begin (MvxLogInvocationFields *collected)
{
  if (collected->fields)
    return;
  collected->fields = g_array_new (FALSE, FALSE, sizeof (MvxLogField));
  collected->values = g_array_new (FALSE, FALSE, sizeof (GValue));
  g_array_set_clear_func (collected->values, (GDestroyNotify) g_value_unset);
}

void
mvx_log_invocation_fields_clear (MvxLogInvocationFields *collected)
{
  g_clear_pointer (&collected->fields, g_array_unref);
  g_clear_pointer (&collected->values, g_array_unref);
}

/* What a field points into stays where it is when the array of values grows. Takes @value. */
static void
mvx_log_invocation_fields_add (MvxLogInvocationFields *collected,
                               const MvxLogFieldSpec *spec,
                               guint flags,
                               GValue *value)
{
  MvxLogField field;

  if (!mvx_log_field_from_gvalue (&field, spec, value))
    {
      g_value_unset (value);
      return;
    }
  field.flags |= flags;
  g_array_append_val (collected->fields, field);
  g_array_append_val (collected->values, *value);
}

/* Takes a reference. */
static void
mvx_log_invocation_fields_add_variant (MvxLogInvocationFields *collected, const char *key, GVariant *variant)
{
  MvxLogField field = { key, MVX_LOG_KIND_VARIANT, -1, { .p = variant }, 0 };
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_VARIANT);
  g_value_take_variant (&value, variant);
  g_array_append_val (collected->fields, field);
  g_array_append_val (collected->values, value);
}

/* Keys live as long as @dict, which the values keep. Takes a reference. */
static void
mvx_log_invocation_fields_add_dict (MvxLogInvocationFields *collected, GVariant *dict)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, dict);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    mvx_log_invocation_fields_add_variant (collected, key, value);
  mvx_log_invocation_fields_add_variant (collected, NULL, dict);
  g_array_set_size (collected->fields, collected->fields->len - 1); /* only kept */
}

/* What a function of the program gave, or NULL. */
static GVariant *
mvx_log_invocation_check_dict (const MvxLogInvocation *invocation, GVariant *dict)
{
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

static MvxLogVerbosity
mvx_log_invocation_verbosity (const MvxLogInvocation *invocation)
{
  MvxLogLimits limits;

  mvx_log_context_get_limits (invocation->context, &limits);
  return limits.verbosity;
}

static void
mvx_log_invocation_fields_add_object (const MvxLogInvocation *invocation, MvxLogInvocationFields *collected)
{
  MvxLogVerbosity verbosity = mvx_log_invocation_verbosity (invocation);

  for (guint i = 0; i < invocation->object_specs->len; i++)
    {
      const MvxLogFieldSpec *spec = g_ptr_array_index (invocation->object_specs, i);
      GValue value = G_VALUE_INIT;

      if (!mvx_log_field_spec_is_wanted (spec, verbosity))
        continue;
      g_value_init (&value, G_OBJECT_TYPE (invocation->object));
      g_value_set_object (&value, invocation->object);
      if (mvx_log_field_spec_walk (spec, 0, &value))
        mvx_log_invocation_fields_add (collected, spec, 0, &value);
      else
        g_value_unset (&value);
    }
}

/* As they will be logged, but for the limits. */
static GVariant *
mvx_log_invocation_fields_to_dict (const MvxLogInvocation *invocation, const MvxLogInvocationFields *collected)
{
  MvxLogLimits limits = mvx_log_limits_none;
  GVariantDict dict;

  limits.verbosity = mvx_log_invocation_verbosity (invocation);
  g_variant_dict_init (&dict, NULL);
  for (guint i = 0; i < collected->fields->len; i++)
    {
      MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
      MvxLogItem item;
      MvxLogValue value;

      mvx_log_payload_encode_field (&buffer, &g_array_index (collected->fields, MvxLogField, i), &limits);
      mvx_log_item_decode (&item, TRUE, buffer.data);
      mvx_log_value_decode (&value, item.type, item.value);
      g_variant_dict_insert_value (&dict, item.key, mvx_log_value_to_variant (&value));
      mvx_log_buffer_clear (&buffer);
    }
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
mvx_log_invocation_fields_format (MvxLogInvocation *invocation,
                                  MvxLogOutcome outcome,
                                  MvxLogInvocationFields *collected)
{
  MvxLogInvocationFormatFunc format = (MvxLogInvocationFormatFunc) invocation->format.func;
  g_autoptr (GVariant) raw = mvx_log_invocation_fields_to_dict (invocation, collected);
  GVariant *formatted = mvx_log_invocation_check_dict (
      invocation, format (mvx_log_invocation_outcomes[outcome], invocation->name, raw, invocation->format.data));

  if (formatted == NULL)
    return;
  g_array_set_size (collected->fields, 0);
  mvx_log_invocation_fields_add_dict (collected, formatted);
}

void
mvx_log_invocation_fields_context (MvxLogInvocation *invocation,
                                   MvxLogOutcome outcome,
                                   MvxLogInvocationFields *collected)
{
  MvxLogInvocationFieldsFunc ask = (MvxLogInvocationFieldsFunc) invocation->ask.func;
  GVariant *asked = NULL;

  mvx_log_invocation_fields_begin (collected);
  for (guint i = 0; i < invocation->fields->len; i++)
    {
      const MvxLogInvocationField *field = &g_array_index (invocation->fields, MvxLogInvocationField, i);

      mvx_log_invocation_fields_add_variant (collected, field->key, g_variant_ref (field->value));
    }
  if (invocation->object)
    mvx_log_invocation_fields_add_object (invocation, collected);
  if (ask)
    asked
        = mvx_log_invocation_check_dict (invocation, ask (mvx_log_invocation_outcomes[outcome], invocation->ask.data));
  if (asked)
    mvx_log_invocation_fields_add_dict (collected, asked);
  if (invocation->format.func)
    mvx_log_invocation_fields_format (invocation, outcome, collected);
}

static const MvxLogField *
mvx_log_invocation_find (const MvxLogField *fields, guint n_fields, const char *key)
{
  for (guint i = n_fields; i > 0; i--)
    if (strcmp (fields[i - 1].key, key) == 0)
      return &fields[i - 1];
  return NULL;
}

/* FALSE: such a value has nothing that a path could lead to. */
static gboolean
mvx_log_invocation_open (const MvxLogField *field, GValue *value)
{
  if (field->value.p == NULL)
    return FALSE;
  if (field->kind == MVX_LOG_KIND_OBJECT)
    {
      g_value_init (value, G_OBJECT_TYPE (field->value.p));
      g_value_set_object (value, (gpointer) field->value.p);
    }
  else if (field->kind == MVX_LOG_KIND_VARIANT)
    {
      g_value_init (value, G_TYPE_VARIANT);
      g_value_set_variant (value, (GVariant *) field->value.p);
    }
  else if (field->kind == MVX_LOG_KIND_STRING)
    {
      g_value_init (value, G_TYPE_STRING);
      g_value_take_string (value, field->length < 0 ? g_strdup (field->value.s)
                                                    : g_strndup (field->value.s, (gsize) field->length));
    }
  else
    return FALSE;
  return TRUE;
}

static void
mvx_log_invocation_fields_add_argument (const MvxLogFieldSpec *spec,
                                        const MvxLogField *argument,
                                        MvxLogInvocationFields *collected)
{
  MvxLogField field = *argument;
  GValue value = G_VALUE_INIT;

  if (spec->path[1] == NULL && !spec->length)
    {
      field.key = spec->key;
      field.flags |= spec->flags;
      g_array_append_val (collected->fields, field);
      return;
    }
  if (!mvx_log_invocation_open (argument, &value))
    return;
  if (mvx_log_field_spec_walk (spec, 1, &value))
    mvx_log_invocation_fields_add (collected, spec, argument->flags, &value);
  else
    g_value_unset (&value);
}

void
mvx_log_invocation_fields_arguments (MvxLogInvocation *invocation,
                                     const MvxLogField *arguments,
                                     guint n_arguments,
                                     MvxLogInvocationFields *collected)
{
  MvxLogVerbosity verbosity;

  mvx_log_invocation_fields_begin (collected);
  if (invocation->argument_specs == NULL)
    {
      g_array_append_vals (collected->fields, arguments, n_arguments);
      return;
    }
  verbosity = mvx_log_invocation_verbosity (invocation);
  for (guint i = 0; i < invocation->argument_specs->len; i++)
    {
      const MvxLogFieldSpec *spec = g_ptr_array_index (invocation->argument_specs, i);
      const MvxLogField *argument = mvx_log_invocation_find (arguments, n_arguments, spec->path[0]);

      if (argument && mvx_log_field_spec_is_wanted (spec, verbosity))
        mvx_log_invocation_fields_add_argument (spec, argument, collected);
    }
}

void
mvx_log_invocation_fields_result (MvxLogInvocation *invocation, GVariant *result, MvxLogInvocationFields *collected)
{
  MvxLogVerbosity verbosity;

  mvx_log_invocation_fields_begin (collected);
  if (invocation->result_specs == NULL || !g_variant_is_container (result)
      || g_variant_is_of_type (result, G_VARIANT_TYPE_DICTIONARY))
    return;
  verbosity = mvx_log_invocation_verbosity (invocation);
  for (guint i = 0; i < invocation->result_specs->len; i++)
    {
      const MvxLogFieldSpec *spec = g_ptr_array_index (invocation->result_specs, i);
      GValue value = G_VALUE_INIT;

      if (!mvx_log_field_spec_is_wanted (spec, verbosity))
        continue;
      g_value_init (&value, G_TYPE_VARIANT);
      g_value_set_variant (&value, result);
      if (mvx_log_field_spec_walk (spec, 0, &value))
        mvx_log_invocation_fields_add (collected, spec, 0, &value);
      else
        g_value_unset (&value);
    }
}
