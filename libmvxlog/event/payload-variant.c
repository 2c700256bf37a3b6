/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "event/payload-internal.h"

static gboolean
mvx_log_payload_has_text (GVariant *variant)
{
  return g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING)
         || g_variant_is_of_type (variant, G_VARIANT_TYPE_OBJECT_PATH)
         || g_variant_is_of_type (variant, G_VARIANT_TYPE_SIGNATURE);
}

/* The key of a dictionary's entry as it will stand in the record; what is no string is printed. */
static char *
mvx_log_payload_dup_entry_key (GVariant *entry, const MvxLogLimits *limits)
{
  g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
  g_autofree char *printed = NULL;

  if (mvx_log_payload_has_text (key))
    return mvx_log_payload_dup_key (g_variant_get_string (key, NULL), limits);
  printed = g_variant_print (key, FALSE);
  return mvx_log_payload_dup_key (printed, limits);
}

static void
mvx_log_payload_encode_entry (MvxLogBuffer *buffer,
                              const char *key,
                              GVariant *entry,
                              const MvxLogLimits *limits,
                              gint depth)
{
  g_autoptr (GVariant) value = g_variant_get_child_value (entry, 1);
  /* The key has been cut already, if it is cut now. */
  gsize at = mvx_log_payload_begin_item (buffer, key, limits->deferred ? limits : &mvx_log_limits_none);
  guint type = mvx_log_payload_encode_variant (buffer, value, limits, depth);

  mvx_log_payload_set_type (buffer, at, type);
}

/* A key that stands more than once, perhaps only since it was cut, counts once, with its last value. Returns how many
 * items were written. */
static gsize
mvx_log_payload_encode_map (MvxLogBuffer *buffer, GVariant *map, const MvxLogLimits *limits, gint depth)
{
  gsize n = g_variant_n_children (map);
  gsize kept = mvx_log_payload_kept (n, limits);
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) last = g_hash_table_new (g_str_hash, g_str_equal);
  gsize written = 0;
  gsize i;

  for (i = 0; i < kept; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (map, i);

      g_ptr_array_add (keys, mvx_log_payload_dup_entry_key (entry, limits));
      g_hash_table_replace (last, keys->pdata[i], GSIZE_TO_POINTER (i));
    }
  for (i = 0; i < kept && !mvx_log_payload_is_full (buffer); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (map, i);

      if (GPOINTER_TO_SIZE (g_hash_table_lookup (last, keys->pdata[i])) != i)
        continue;
      mvx_log_payload_encode_entry (buffer, keys->pdata[i], entry, limits, depth);
      written++;
    }
  if (i < n)
    mvx_log_payload_more (buffer, TRUE, n - i);
  return written + (i < n);
}

static gsize
mvx_log_payload_encode_list (MvxLogBuffer *buffer, GVariant *list, const MvxLogLimits *limits, gint depth)
{
  gsize n = g_variant_n_children (list);
  gsize kept = mvx_log_payload_kept (n, limits);
  gsize i;

  for (i = 0; i < kept && !mvx_log_payload_is_full (buffer); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (list, i);
      gsize at = mvx_log_payload_begin_item (buffer, NULL, limits);
      guint type = mvx_log_payload_encode_variant (buffer, child, limits, depth);

      mvx_log_payload_set_type (buffer, at, type);
    }
  if (i < n)
    mvx_log_payload_more (buffer, FALSE, n - i);
  return i + (i < n);
}

/* Lists, tuples and maps; an entry that stands alone is a map of one. What is deeper than the limit is named, not
 * shown. */
static guint
mvx_log_payload_encode_container (MvxLogBuffer *buffer, GVariant *variant, const MvxLogLimits *limits, gint depth)
{
  gint max = limits->max_depth < 0 ? MVX_LOG_RECORD_MAX_DEPTH : MIN (limits->max_depth, MVX_LOG_RECORD_MAX_DEPTH);
  gboolean entry = g_variant_is_of_type (variant, G_VARIANT_TYPE_DICT_ENTRY);
  gboolean map = entry || g_variant_is_of_type (variant, G_VARIANT_TYPE_DICTIONARY);
  gsize at;
  gsize n = 1;

  if (depth >= max)
    {
      const char *name = map ? "<dict>" : g_variant_is_of_type (variant, G_VARIANT_TYPE_TUPLE) ? "<tuple>" : "<list>";

      mvx_log_encode_string (buffer, name, strlen (name));
      return MVX_LOG_TYPE_STRING;
    }
  at = mvx_log_payload_begin_container (buffer);
  if (entry)
    {
      g_autofree char *key = mvx_log_payload_dup_entry_key (variant, limits);

      mvx_log_payload_encode_entry (buffer, key, variant, limits, depth + 1);
    }
  else if (map)
    n = mvx_log_payload_encode_map (buffer, variant, limits, depth + 1);
  else
    n = mvx_log_payload_encode_list (buffer, variant, limits, depth + 1);
  mvx_log_payload_end_container (buffer, at, n);
  return map ? MVX_LOG_TYPE_MAP : MVX_LOG_TYPE_LIST;
}

static guint
mvx_log_payload_encode_double (MvxLogBuffer *buffer, double value)
{
  MvxLogArg word = { .d = value };

  return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_DOUBLE, word.u);
}

/* What is no container. */
static guint
mvx_log_payload_encode_basic (MvxLogBuffer *buffer, GVariant *variant, const MvxLogLimits *limits)
{
  const char *text;
  gsize len;

  switch (g_variant_classify (variant))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_BOOL, g_variant_get_boolean (variant) ? 1 : 0);
    case G_VARIANT_CLASS_BYTE:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_UINT64, g_variant_get_byte (variant));
    case G_VARIANT_CLASS_UINT16:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_UINT64, g_variant_get_uint16 (variant));
    case G_VARIANT_CLASS_UINT32:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_UINT64, g_variant_get_uint32 (variant));
    case G_VARIANT_CLASS_UINT64:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_UINT64, g_variant_get_uint64 (variant));
    case G_VARIANT_CLASS_INT16:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_INT64, (guint64) g_variant_get_int16 (variant));
    case G_VARIANT_CLASS_INT32:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_INT64, (guint64) g_variant_get_int32 (variant));
    case G_VARIANT_CLASS_INT64:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_INT64, (guint64) g_variant_get_int64 (variant));
    case G_VARIANT_CLASS_HANDLE:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_INT64, (guint64) g_variant_get_handle (variant));
    case G_VARIANT_CLASS_DOUBLE:
      return mvx_log_payload_encode_double (buffer, g_variant_get_double (variant));
    default:
      text = g_variant_get_string (variant, &len);
      return mvx_log_payload_encode_text (buffer, text, len, limits);
    }
}

/* Off go the wrappings, however many, without recursion. NULL for nothing inside. */
static GVariant *
mvx_log_payload_unwrap (GVariant *variant)
{
  g_variant_ref (variant);
  while (g_variant_is_of_type (variant, G_VARIANT_TYPE_VARIANT) || g_variant_is_of_type (variant, G_VARIANT_TYPE_MAYBE))
    {
      GVariant *inner = g_variant_n_children (variant) > 0 ? g_variant_get_child_value (variant, 0) : NULL;

      g_variant_unref (variant);
      if (inner == NULL)
        return NULL;
      variant = inner;
    }
  return variant;
}

guint
mvx_log_payload_encode_variant (MvxLogBuffer *buffer, GVariant *outer, const MvxLogLimits *limits, gint depth)
{
  g_autoptr (GVariant) variant = mvx_log_payload_unwrap (outer);

  if (variant == NULL)
    return MVX_LOG_TYPE_NULL;
  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_BYTESTRING))
    return mvx_log_payload_encode_bytes (buffer, g_variant_get_data (variant), g_variant_get_size (variant));
  if (g_variant_is_container (variant))
    return mvx_log_payload_encode_container (buffer, variant, limits, depth);
  return mvx_log_payload_encode_basic (buffer, variant, limits);
}
