/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/tool-json.h"

static GVariant *
mvx_json_number_to_variant (const MvxJsonSlice *value)
{
  g_autofree char *text = g_strndup (value->start, value->length);
  gboolean whole = strpbrk (text, ".eE") == NULL;
  gint64 number;
  guint64 large;

  errno = 0;
  number = g_ascii_strtoll (text, NULL, 10);
  if (whole && errno == 0)
    return g_variant_new_int64 (number);
  errno = 0;
  large = g_ascii_strtoull (text, NULL, 10);
  if (whole && errno == 0 && *text != '-')
    return g_variant_new_uint64 (large);
  return g_variant_new_double (g_ascii_strtod (text, NULL));
}

static GVariant *
mvx_json_string_to_variant (const MvxJsonSlice *value)
{
  g_autoptr (GString) text = g_string_sized_new (value->length);

  mvx_json_unquote (value, text);
  /* A GVariant string holds neither. */
  if (memchr (text->str, '\0', text->len) || !g_utf8_validate (text->str, (gssize) text->len, NULL))
    {
      g_autofree char *valid = g_utf8_make_valid (text->str, (gssize) text->len);

      return g_variant_new_string (valid);
    }
  return g_variant_new_string (text->str);
}

static GVariant *
mvx_json_object_to_variant (const MvxJsonSlice *object)
{
  GVariantBuilder builder;
  MvxJsonSlice key = { 0 };
  MvxJsonSlice value;
  MvxJsonIter iter;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  mvx_json_iter_init (&iter, object);
  while (mvx_json_iter_next (&iter, &key, &value))
    {
      g_autoptr (GVariant) name = g_variant_ref_sink (mvx_json_string_to_variant (&key));

      g_variant_builder_add (&builder, "{sv}", g_variant_get_string (name, NULL), mvx_json_to_variant (&value));
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
mvx_json_array_to_variant (const MvxJsonSlice *array)
{
  GVariantBuilder builder;
  MvxJsonSlice value;
  MvxJsonIter iter;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  mvx_json_iter_init (&iter, array);
  while (mvx_json_iter_next (&iter, NULL, &value))
    g_variant_builder_add (&builder, "v", mvx_json_to_variant (&value));
  return g_variant_builder_end (&builder);
}

GVariant *
mvx_json_to_variant (const MvxJsonSlice *value)
{
  switch (value->kind)
    {
    case MVX_JSON_BOOL:
      return g_variant_new_boolean (*value->start == 't');
    case MVX_JSON_NUMBER:
      return mvx_json_number_to_variant (value);
    case MVX_JSON_STRING:
      return mvx_json_string_to_variant (value);
    case MVX_JSON_ARRAY:
      return mvx_json_array_to_variant (value);
    case MVX_JSON_OBJECT:
      return mvx_json_object_to_variant (value);
    case MVX_JSON_NULL:
    default:
      return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);
    }
}
