/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/error.h>

#include "sink/option-parse-private.h"

/* What a typed value would be in a key-file, or NULL if its type does not fit. */
static char *
mvx_log_option_variant_text (const MvxLogOptionSpec *spec, GVariant *value)
{
  gboolean numeric = spec->type == MVX_LOG_OPTION_INT64 || spec->type == MVX_LOG_OPTION_DOUBLE
                     || spec->type == MVX_LOG_OPTION_DURATION || spec->type == MVX_LOG_OPTION_SIZE;
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN) && spec->type == MVX_LOG_OPTION_BOOLEAN)
    return g_strdup (g_variant_get_boolean (value) ? "true" : "false");
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE) && spec->type == MVX_LOG_OPTION_DOUBLE)
    return g_strdup (g_ascii_dtostr (buffer, sizeof buffer, g_variant_get_double (value)));
  if (numeric && strchr ("ynqiuxt", g_variant_get_type_string (value)[0]) != NULL)
    {
      g_autofree char *digits = g_variant_print (value, FALSE);

      /* A byte prints as 0xff. */
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTE))
        return g_strdup_printf ("%u%s", g_variant_get_byte (value), spec->type == MVX_LOG_OPTION_DURATION ? "us" : "");
      if (spec->type == MVX_LOG_OPTION_DURATION && strcmp (digits, "-1") != 0)
        return g_strconcat (digits, "us", NULL);
      return g_steal_pointer (&digits);
    }
  return NULL;
}

gboolean
mvx_log_option_parse_variant (const MvxLogOptionSpec *spec, GVariant *value, GVariant **normal, GError **error)
{
  g_autofree char *text = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr (GVariant) inner = g_variant_get_variant (value);

      return mvx_log_option_parse_variant (spec, inner, normal, error);
    }
  if (spec->type == MVX_LOG_OPTION_STRV && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    {
      g_autofree const char **items = g_variant_get_strv (value, NULL);

      if (normal)
        *normal = g_variant_ref_sink (g_variant_new_strv (items, -1));
      return TRUE;
    }
  text = mvx_log_option_variant_text (spec, value);
  if (text)
    return mvx_log_option_parse (spec, text, normal, error);
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "expected %s, got a value of type '%s'",
               mvx_log_option_type_describe (spec->type), g_variant_get_type_string (value));
  return FALSE;
}
