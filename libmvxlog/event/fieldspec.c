/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "event/fieldspec-private.h"

#include <string.h>

#include "base/error-private.h"

static const char *const mvx_log_field_spec_verbosities[] = { "minimal", "normal", "maximum" };

static void
mvx_log_field_spec_free (gpointer data)
{
  MvxLogFieldSpec *spec = data;

  g_strfreev (spec->path);
  g_free (spec->key);
  g_free (spec);
}

static gboolean
mvx_log_field_spec_refuse (const char *text, const char *why, const char *what, GError **error)
{
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
               "'%s' does not name a field: %s '%s'; use [VERBOSITY:][ALIAS=]NAME[.NAME][.len()][!]", text, why, what);
  return FALSE;
}

/* "minimal,normal" */
static gboolean
mvx_log_field_spec_parse_gate (MvxLogFieldSpec *spec, const char *text, const char *gate, GError **error)
{
  g_auto (GStrv) names = g_strsplit (gate, ",", -1);

  for (guint i = 0; *gate && names[i]; i++)
    {
      guint bit = 0;

      while (bit < G_N_ELEMENTS (mvx_log_field_spec_verbosities)
             && g_ascii_strcasecmp (g_strstrip (names[i]), mvx_log_field_spec_verbosities[bit]) != 0)
        bit++;
      if (bit == G_N_ELEMENTS (mvx_log_field_spec_verbosities))
        return mvx_log_field_spec_refuse (text, "there is no verbosity", names[i], error);
      spec->verbosities |= 1u << bit;
    }
  return TRUE;
}

static gboolean
mvx_log_field_spec_is_name (const char *name)
{
  return *name && strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == strlen (name);
}

static gboolean
mvx_log_field_spec_parse_path (MvxLogFieldSpec *spec, const char *text, char *path, GError **error)
{
  if (g_str_has_suffix (path, "!"))
    {
      spec->flags = MVX_LOG_FIELD_UNBOUNDED;
      path[strlen (path) - 1] = '\0';
    }
  if (g_str_has_suffix (path, ".len()"))
    {
      spec->length = TRUE;
      path[strlen (path) - strlen (".len()")] = '\0';
    }
  spec->path = g_strsplit (path, ".", -1);
  if (spec->path[0] == NULL)
    return mvx_log_field_spec_refuse (text, "there is no name in", path, error);
  for (guint i = 0; spec->path[i]; i++)
    if (!mvx_log_field_spec_is_name (spec->path[i]))
      return mvx_log_field_spec_refuse (text, "there is no name in", path, error);
  return TRUE;
}

/* The last name of the path; an item of a list has none. */
static char *
mvx_log_field_spec_default_key (const MvxLogFieldSpec *spec)
{
  const char *last = spec->path[g_strv_length (spec->path) - 1];

  return g_ascii_isdigit (*last) ? g_strconcat ("item", last, NULL) : g_strdup (last);
}

static gboolean
mvx_log_field_spec_parse (MvxLogFieldSpec *spec, const char *text, GError **error)
{
  g_autofree char *copy = g_strstrip (g_strdup (text));
  char *rest = copy;
  char *equals;
  char *colon = strchr (copy, ':');

  if (colon)
    {
      *colon = '\0';
      rest = colon + 1;
      if (!mvx_log_field_spec_parse_gate (spec, text, copy, error))
        return FALSE;
    }
  equals = strchr (rest, '=');
  if (equals)
    {
      *equals = '\0';
      spec->key = g_strstrip (g_strdup (rest));
      rest = equals + 1;
      if (*spec->key == '\0')
        return mvx_log_field_spec_refuse (text, "there is no alias before", "=", error);
    }
  if (!mvx_log_field_spec_parse_path (spec, text, g_strstrip (rest), error))
    return FALSE;
  if (spec->key == NULL)
    spec->key = mvx_log_field_spec_default_key (spec);
  return TRUE;
}

GPtrArray *
mvx_log_field_specs_new (const char *const *texts, GError **error)
{
  g_autoptr (GPtrArray) specs = g_ptr_array_new_with_free_func (mvx_log_field_spec_free);

  for (guint i = 0; texts[i]; i++)
    {
      g_ptr_array_add (specs, g_new0 (MvxLogFieldSpec, 1));
      if (!mvx_log_field_spec_parse (g_ptr_array_index (specs, i), texts[i], error))
        return NULL;
    }
  return g_steal_pointer (&specs);
}

gboolean
mvx_log_field_spec_is_wanted (const MvxLogFieldSpec *spec, MvxLogVerbosity verbosity)
{
  return spec->verbosities == 0 || spec->verbosities & (1u << (verbosity + 1));
}

static gboolean
mvx_log_field_spec_step_object (GObject *object, const char *name, GValue *next)
{
  GParamSpec *property = g_object_class_find_property (G_OBJECT_GET_CLASS (object), name);

  if (property == NULL || !(property->flags & G_PARAM_READABLE))
    return FALSE;
  g_value_init (next, property->value_type);
  g_object_get_property (object, name, next);
  return TRUE;
}

static GVariant *
mvx_log_field_spec_child (GVariant *variant, const char *name)
{
  guint64 n;

  if (g_variant_is_of_type (variant, G_VARIANT_TYPE ("a{s*}")))
    return g_variant_lookup_value (variant, name, NULL);
  if (!g_variant_is_container (variant) || !g_ascii_string_to_unsigned (name, 10, 0, G_MAXUINT32, &n, NULL)
      || n >= g_variant_n_children (variant))
    return NULL;
  return g_variant_get_child_value (variant, n);
}

/* Not consumed, unboxed. */
static GVariant *
mvx_log_field_spec_unbox (GVariant *variant)
{
  variant = g_variant_ref (variant);
  while (g_variant_is_of_type (variant, G_VARIANT_TYPE_VARIANT))
    {
      GVariant *inner = g_variant_get_variant (variant);

      g_variant_unref (variant);
      variant = inner;
    }
  return variant;
}

static gboolean
mvx_log_field_spec_step_variant (GVariant *variant, const char *name, GValue *next)
{
  g_autoptr (GVariant) plain = mvx_log_field_spec_unbox (variant);
  g_autoptr (GVariant) child = mvx_log_field_spec_child (plain, name);

  if (child == NULL)
    return FALSE;
  g_value_init (next, G_TYPE_VARIANT);
  g_value_take_variant (next, mvx_log_field_spec_unbox (child));
  return TRUE;
}

static gboolean
mvx_log_field_spec_step (GValue *value, const char *name)
{
  GValue next = G_VALUE_INIT;
  gboolean found = FALSE;

  if (G_VALUE_HOLDS_OBJECT (value) && g_value_get_object (value))
    found = mvx_log_field_spec_step_object (g_value_get_object (value), name, &next);
  else if (G_VALUE_HOLDS_VARIANT (value) && g_value_get_variant (value))
    found = mvx_log_field_spec_step_variant (g_value_get_variant (value), name, &next);
  if (!found)
    return FALSE;
  g_value_unset (value);
  *value = next;
  return TRUE;
}

/* -1: it has none. */
static gint64
mvx_log_field_spec_measure (const GValue *value)
{
  GVariant *variant = G_VALUE_HOLDS_VARIANT (value) ? g_value_get_variant (value) : NULL;
  gpointer object = G_VALUE_HOLDS_OBJECT (value) ? g_value_get_object (value) : NULL;

  if (variant && g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING))
    return g_utf8_strlen (g_variant_get_string (variant, NULL), -1);
  if (variant && g_variant_is_container (variant))
    return (gint64) g_variant_n_children (variant);
  if (object && G_IS_LIST_MODEL (object))
    return g_list_model_get_n_items (object);
  if (G_VALUE_HOLDS_STRING (value) && g_value_get_string (value))
    return g_utf8_strlen (g_value_get_string (value), -1);
  if (G_VALUE_HOLDS (value, G_TYPE_STRV) && g_value_get_boxed (value))
    return g_strv_length (g_value_get_boxed (value));
  if (G_VALUE_HOLDS (value, G_TYPE_BYTES) && g_value_get_boxed (value))
    return (gint64) g_bytes_get_size (g_value_get_boxed (value));
  return -1;
}

gboolean
mvx_log_field_spec_walk (const MvxLogFieldSpec *spec, guint n_done, GValue *value)
{
  gint64 length;

  for (char **name = spec->path + n_done; *name; name++)
    if (!mvx_log_field_spec_step (value, *name))
      return FALSE;
  if (!spec->length)
    return TRUE;
  length = mvx_log_field_spec_measure (value);
  g_value_unset (value);
  g_value_init (value, G_TYPE_INT64);
  g_value_set_int64 (value, length);
  return length >= 0;
}

/* Their GLib names. */
static void
mvx_log_field_from_enum (MvxLogField *field, const GValue *value)
{
  g_autoptr (GEnumClass) enums = g_type_class_ref (G_VALUE_TYPE (value));
  const GEnumValue *known = g_enum_get_value (enums, g_value_get_enum (value));

  field->kind = known ? MVX_LOG_KIND_STRING : MVX_LOG_KIND_INT64;
  if (known)
    field->value.s = g_intern_string (known->value_nick);
  else
    field->value.i = g_value_get_enum (value);
}

static gboolean
mvx_log_field_from_boxed (MvxLogField *field, GValue *value)
{
  static const struct
  {
    const char *type;
    MvxLogKind kind;
  } kinds[]
      = { { "GError", MVX_LOG_KIND_ERROR }, { "GBytes", MVX_LOG_KIND_BYTES }, { "GDateTime", MVX_LOG_KIND_DATE_TIME } };
  const char *const *words = g_value_get_boxed (value);

  if (G_VALUE_HOLDS (value, G_TYPE_STRV))
    {
      GVariant *list = words ? g_variant_ref_sink (g_variant_new_strv (words, -1)) : NULL;

      g_value_unset (value);
      g_value_init (value, G_TYPE_VARIANT);
      g_value_take_variant (value, list);
      field->kind = MVX_LOG_KIND_VARIANT;
      field->value.p = list;
      return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (G_VALUE_TYPE_NAME (value), kinds[i].type) == 0)
      {
        field->kind = kinds[i].kind;
        field->value.p = words;
        return TRUE;
      }
  return FALSE;
}

/* A number, whatever its width. */
static gboolean
mvx_log_field_from_number (MvxLogField *field, const GValue *value)
{
  GValue wide = G_VALUE_INIT;
  gboolean is_signed = G_VALUE_HOLDS_CHAR (value) || G_VALUE_HOLDS_INT (value) || G_VALUE_HOLDS_LONG (value)
                       || G_VALUE_HOLDS_INT64 (value);
  gboolean is_real = G_VALUE_HOLDS_FLOAT (value) || G_VALUE_HOLDS_DOUBLE (value);

  g_value_init (&wide, is_real ? G_TYPE_DOUBLE : is_signed ? G_TYPE_INT64 : G_TYPE_UINT64);
  if (!g_value_transform (value, &wide))
    return FALSE;
  field->kind = is_real ? MVX_LOG_KIND_DOUBLE : is_signed ? MVX_LOG_KIND_INT64 : MVX_LOG_KIND_UINT64;
  if (is_real)
    field->value.d = g_value_get_double (&wide);
  else if (is_signed)
    field->value.i = g_value_get_int64 (&wide);
  else
    field->value.u = g_value_get_uint64 (&wide);
  return TRUE;
}

gboolean
mvx_log_field_from_gvalue (MvxLogField *field, const MvxLogFieldSpec *spec, GValue *value)
{
  *field = (MvxLogField){ spec->key, MVX_LOG_KIND_NULL, -1, { 0 }, spec->flags };
  switch (G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (value)))
    {
    case G_TYPE_BOOLEAN:
      field->kind = MVX_LOG_KIND_BOOL;
      field->value.i = g_value_get_boolean (value);
      return TRUE;
    case G_TYPE_STRING:
      field->kind = MVX_LOG_KIND_STRING;
      field->value.s = g_value_get_string (value);
      return TRUE;
    case G_TYPE_ENUM:
      mvx_log_field_from_enum (field, value);
      return TRUE;
    case G_TYPE_VARIANT:
      field->kind = g_value_get_variant (value) ? MVX_LOG_KIND_VARIANT : MVX_LOG_KIND_NULL;
      field->value.p = g_value_get_variant (value);
      return TRUE;
    case G_TYPE_OBJECT:
    case G_TYPE_INTERFACE:
      field->kind = g_value_get_object (value) ? MVX_LOG_KIND_OBJECT : MVX_LOG_KIND_NULL;
      field->value.p = g_value_get_object (value);
      return TRUE;
    case G_TYPE_BOXED:
      return mvx_log_field_from_boxed (field, value);
    default:
      return mvx_log_field_from_number (field, value);
    }
}
