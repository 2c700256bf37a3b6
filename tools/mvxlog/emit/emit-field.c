/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "emit/emit-field.h"
#include "base/tool-json.h"

MvxEmitFields *
mvx_emit_fields_new (void)
{
  MvxEmitFields *fields = g_new0 (MvxEmitFields, 1);

  fields->fields = g_array_new (FALSE, TRUE, sizeof (MvxLogField));
  fields->texts = g_ptr_array_new_with_free_func (g_free);
  fields->variants = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  return fields;
}

void
mvx_emit_fields_free (MvxEmitFields *fields)
{
  g_array_unref (fields->fields);
  g_ptr_array_unref (fields->texts);
  g_ptr_array_unref (fields->variants);
  g_free (fields);
}

static gboolean
mvx_emit_fields_refuse (const char *argument, const char *reason, GError **error)
{
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "-F '%s': %s", argument, reason);
  return FALSE;
}

static void
mvx_emit_fields_set_variant (MvxLogField *field, GVariant *value)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      field->kind = MVX_LOG_KIND_BOOL;
      field->value.i = g_variant_get_boolean (value);
      break;
    case G_VARIANT_CLASS_INT64:
      field->kind = MVX_LOG_KIND_INT64;
      field->value.i = g_variant_get_int64 (value);
      break;
    case G_VARIANT_CLASS_UINT64:
      field->kind = MVX_LOG_KIND_UINT64;
      field->value.u = g_variant_get_uint64 (value);
      break;
    case G_VARIANT_CLASS_DOUBLE:
      field->kind = MVX_LOG_KIND_DOUBLE;
      field->value.d = g_variant_get_double (value);
      break;
    case G_VARIANT_CLASS_STRING:
      field->kind = MVX_LOG_KIND_STRING;
      field->value.s = g_variant_get_string (value, NULL);
      break;
    case G_VARIANT_CLASS_MAYBE:
      field->kind = MVX_LOG_KIND_NULL;
      break;
    default:
      field->kind = MVX_LOG_KIND_VARIANT;
      field->value.p = value;
      break;
    }
}

static gboolean
mvx_emit_fields_add_json (MvxEmitFields *fields,
                          MvxLogField *field,
                          const char *argument,
                          const char *json,
                          GError **error)
{
  MvxJsonSlice slice;
  GVariant *value;
  gsize at = 0;

  if (!mvx_json_check (json, strlen (json), &slice, &at))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "-F '%s': the value is not JSON at character %u; text needs its own quotes, or use '=' for text",
                   argument, (guint) g_utf8_strlen (json, (gssize) at) + 1);
      return FALSE;
    }
  value = g_variant_ref_sink (mvx_json_to_variant (&slice));
  g_ptr_array_add (fields->variants, value);
  mvx_emit_fields_set_variant (field, value);
  fields->has_container |= field->kind == MVX_LOG_KIND_VARIANT;
  return TRUE;
}

gboolean
mvx_emit_fields_add (MvxEmitFields *fields, const char *argument, GError **error)
{
  const char *equals = strchr (argument, '=');
  MvxLogField field = { NULL, MVX_LOG_KIND_STRING, -1, { 0 } };
  gboolean json;
  char *key;

  if (equals == NULL)
    return mvx_emit_fields_refuse (argument, "a field is KEY=TEXT or KEY:=JSON", error);
  json = equals > argument && equals[-1] == ':';
  if (equals == argument + (json ? 1 : 0))
    return mvx_emit_fields_refuse (argument, "the key is missing; a field is KEY=TEXT or KEY:=JSON", error);
  if (!g_utf8_validate (argument, equals - argument, NULL))
    return mvx_emit_fields_refuse (argument, "the key is not valid UTF-8", error);
  if (json && !g_utf8_validate (equals, -1, NULL))
    return mvx_emit_fields_refuse (argument, "the value is not valid UTF-8", error);
  key = g_strndup (argument, (gsize) (equals - argument) - (json ? 1 : 0));
  g_ptr_array_add (fields->texts, key);
  field.key = key;
  if (json && !mvx_emit_fields_add_json (fields, &field, argument, equals + 1, error))
    return FALSE;
  if (!json)
    {
      char *text = g_strdup (equals + 1);

      g_ptr_array_add (fields->texts, text);
      field.value.s = text;
    }
  g_array_append_val (fields->fields, field);
  return TRUE;
}

gboolean
mvx_emit_prefix (const char **line, gsize *length, gint *level)
{
  static const gint levels[] = {
    MVX_LOG_LEVEL_CRITICAL, MVX_LOG_LEVEL_CRITICAL, MVX_LOG_LEVEL_CRITICAL, MVX_LOG_LEVEL_ERROR,
    MVX_LOG_LEVEL_WARNING,  MVX_LOG_LEVEL_NOTICE,   MVX_LOG_LEVEL_INFO,     MVX_LOG_LEVEL_DEBUG,
  };
  guint priority = 0;
  gsize n = 1;

  if (*length < 3 || **line != '<')
    return FALSE;
  while (n < *length && n < 4 && g_ascii_isdigit ((*line)[n]))
    priority = priority * 10 + (guint) ((*line)[n++] - '0');
  if (n == 1 || n >= *length || (*line)[n] != '>' || priority > 191)
    return FALSE;
  *level = levels[priority % 8];
  *line += n + 1;
  *length -= n + 1;
  return TRUE;
}
