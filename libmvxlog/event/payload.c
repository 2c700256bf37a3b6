/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "event/payload-private.h"
#include <mvxlog/error.h>

#define MVX_LOG_MAX_CAUSES 16

const MvxLogLimits mvx_log_limits_default = {
  MVX_LOG_DEFAULT_MAX_STRING,
  MVX_LOG_DEFAULT_MAX_ITEMS,
  MVX_LOG_DEFAULT_MAX_DEPTH,
};
const MvxLogLimits mvx_log_limits_none = { -1, -1, -1 };

static MvxLogType mvx_log_payload_encode_variant (MvxLogBuffer *buffer, GVariant *variant, const MvxLogLimits *limits,
                                                  gint depth);

gsize
mvx_log_payload_cut (const char *text,
                     gsize       len,
                     gint        max)
{
  const char *p = text;
  const char *end = text + len;

  if (max < 0 || len <= (gsize) max)
    return len;
  for (; max > 0 && p < end; max--)
    {
      gunichar c = g_utf8_get_char_validated (p, end - p);

      p = c == (gunichar) -1 || c == (gunichar) -2 ? p + 1 : g_utf8_next_char (p);
    }
  return (gsize) (MIN (p, end) - text);
}

static void
mvx_log_payload_encode_text (MvxLogBuffer       *buffer,
                             const char         *text,
                             gsize               len,
                             const MvxLogLimits *limits)
{
  gsize kept = mvx_log_payload_cut (text, len, limits->max_string);
  guint32 n = (guint32) (kept < len ? kept + 3 : kept);

  mvx_log_buffer_append (buffer, &n, sizeof n);
  mvx_log_buffer_append (buffer, text, kept);
  if (kept < len)
    mvx_log_buffer_append (buffer, "...", 3);
  mvx_log_buffer_append_c (buffer, '\0');
}

/* The type stands before a key or a list's item and is known only once the value has been looked at. */
static void
mvx_log_payload_set_type (MvxLogBuffer *buffer,
                          gsize         at,
                          MvxLogType    type)
{
  buffer->data[at] = (guint8) type;
}

static gsize
mvx_log_payload_begin_item (MvxLogBuffer       *buffer,
                            const char         *key,
                            const MvxLogLimits *limits)
{
  gsize at = buffer->len;

  mvx_log_buffer_append_c (buffer, MVX_LOG_TYPE_NULL);
  if (key)
    mvx_log_payload_encode_text (buffer, key, strlen (key), limits);
  return at;
}

static gsize
mvx_log_payload_begin_container (MvxLogBuffer *buffer)
{
  gsize at = buffer->len;

  mvx_log_buffer_append (buffer, "\0\0\0\0\0\0\0\0", 8);
  return at;
}

static void
mvx_log_payload_end_container (MvxLogBuffer *buffer,
                               gsize         at,
                               gsize         n)
{
  mvx_log_store32 (buffer->data + at, (guint32) (buffer->len - at - 4));
  mvx_log_store32 (buffer->data + at + 4, (guint32) n);
}

static void
mvx_log_payload_string_item (MvxLogBuffer *buffer,
                             const char   *key,
                             const char   *text)
{
  gsize at = mvx_log_payload_begin_item (buffer, key, &mvx_log_limits_none);

  mvx_log_payload_set_type (buffer, at, MVX_LOG_TYPE_STRING);
  mvx_log_encode_string (buffer, text, strlen (text));
}

static void
mvx_log_payload_more (MvxLogBuffer *buffer,
                      gboolean      map,
                      gsize         n)
{
  char text[64];

  if (map)
    g_snprintf (text, sizeof text, "%" G_GSIZE_FORMAT " more keys", n);
  else
    g_snprintf (text, sizeof text, "... (%" G_GSIZE_FORMAT " more)", n);
  mvx_log_payload_string_item (buffer, map ? "__more__" : NULL, text);
}

static gsize
mvx_log_payload_kept (gsize               n,
                      const MvxLogLimits *limits)
{
  return limits->max_items >= 0 ? MIN (n, (gsize) limits->max_items) : n;
}

static MvxLogType
mvx_log_payload_encode_error (MvxLogBuffer *buffer,
                              const GError *error)
{
  gsize at = mvx_log_payload_begin_container (buffer);
  gsize n = 0;

  for (; error && n < MVX_LOG_MAX_CAUSES; error = mvx_log_error_get_cause (error), n++)
    {
      const char *domain = g_quark_to_string (error->domain);
      gsize item = mvx_log_payload_begin_item (buffer, NULL, &mvx_log_limits_none);
      gsize map;

      mvx_log_payload_set_type (buffer, item, MVX_LOG_TYPE_MAP);
      map = mvx_log_payload_begin_container (buffer);
      mvx_log_payload_string_item (buffer, "domain", domain ? domain : "");
      mvx_log_encode_key (buffer, MVX_LOG_TYPE_INT64, "code", 4);
      mvx_log_encode_word (buffer, (guint64) (gint64) error->code);
      mvx_log_payload_string_item (buffer, "message", error->message ? error->message : "");
      mvx_log_payload_end_container (buffer, map, 3);
    }
  mvx_log_payload_end_container (buffer, at, n);
  return MVX_LOG_TYPE_ERROR;
}

static MvxLogType
mvx_log_payload_encode_text_value (MvxLogBuffer       *buffer,
                                   const char         *text,
                                   const MvxLogLimits *limits)
{
  mvx_log_payload_encode_text (buffer, text, strlen (text), limits);
  return MVX_LOG_TYPE_STRING;
}

static void
mvx_log_payload_encode_entry (MvxLogBuffer       *buffer,
                              GVariant           *entry,
                              const MvxLogLimits *limits,
                              gint                depth)
{
  g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
  g_autoptr (GVariant) value = g_variant_get_child_value (entry, 1);
  g_autofree char *printed = NULL;
  const char *text;
  gsize at;

  if (g_variant_is_of_type (key, G_VARIANT_TYPE_STRING) || g_variant_is_of_type (key, G_VARIANT_TYPE_OBJECT_PATH) ||
      g_variant_is_of_type (key, G_VARIANT_TYPE_SIGNATURE))
    text = g_variant_get_string (key, NULL);
  else
    text = printed = g_variant_print (key, FALSE);
  at = mvx_log_payload_begin_item (buffer, text, limits);
  mvx_log_payload_set_type (buffer, at, mvx_log_payload_encode_variant (buffer, value, limits, depth));
}

/* Lists, tuples and maps. What stands deeper than the limit is named, not shown. */
static MvxLogType
mvx_log_payload_encode_container (MvxLogBuffer       *buffer,
                                  GVariant           *variant,
                                  const MvxLogLimits *limits,
                                  gint                depth)
{
  gboolean map = g_variant_is_of_type (variant, G_VARIANT_TYPE_DICTIONARY);
  gsize n = g_variant_n_children (variant);
  gsize kept = mvx_log_payload_kept (n, limits);
  gsize at;

  if (limits->max_depth >= 0 && depth >= limits->max_depth)
    return mvx_log_payload_encode_text_value (
        buffer, map ? "<dict>" : g_variant_is_of_type (variant, G_VARIANT_TYPE_TUPLE) ? "<tuple>" : "<list>",
        &mvx_log_limits_none);

  at = mvx_log_payload_begin_container (buffer);
  for (gsize i = 0; i < kept; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (variant, i);

      if (map)
        mvx_log_payload_encode_entry (buffer, child, limits, depth + 1);
      else
        {
          gsize item = mvx_log_payload_begin_item (buffer, NULL, limits);

          mvx_log_payload_set_type (buffer, item, mvx_log_payload_encode_variant (buffer, child, limits, depth + 1));
        }
    }
  if (kept < n)
    mvx_log_payload_more (buffer, map, n - kept);
  mvx_log_payload_end_container (buffer, at, kept + (kept < n));
  return map ? MVX_LOG_TYPE_MAP : MVX_LOG_TYPE_LIST;
}

static MvxLogType
mvx_log_payload_encode_bytes (MvxLogBuffer *buffer,
                              gconstpointer data,
                              gsize         size)
{
  mvx_log_encode_string (buffer, data, size);
  return MVX_LOG_TYPE_BYTES;
}

static MvxLogType
mvx_log_payload_encode_number (MvxLogBuffer *buffer,
                               MvxLogType    type,
                               guint64       word)
{
  mvx_log_encode_word (buffer, word);
  return type;
}

static guint64
mvx_log_payload_double_word (double value)
{
  guint64 word;

  memcpy (&word, &value, sizeof word);
  return word;
}

static MvxLogType
mvx_log_payload_encode_inner (MvxLogBuffer       *buffer,
                              GVariant           *outer,
                              const MvxLogLimits *limits,
                              gint                depth)
{
  g_autoptr (GVariant) inner = NULL;

  if (g_variant_n_children (outer) == 0)
    return MVX_LOG_TYPE_NULL;
  inner = g_variant_get_child_value (outer, 0);
  return mvx_log_payload_encode_variant (buffer, inner, limits, depth);
}

static MvxLogType
mvx_log_payload_encode_variant (MvxLogBuffer       *buffer,
                                GVariant           *variant,
                                const MvxLogLimits *limits,
                                gint                depth)
{
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
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_INT64, (guint64) (gint64) g_variant_get_int16 (variant));
    case G_VARIANT_CLASS_INT32:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_INT64, (guint64) (gint64) g_variant_get_int32 (variant));
    case G_VARIANT_CLASS_INT64:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_INT64, (guint64) g_variant_get_int64 (variant));
    case G_VARIANT_CLASS_HANDLE:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_INT64, (guint64) (gint64) g_variant_get_handle (variant));
    case G_VARIANT_CLASS_DOUBLE:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_DOUBLE,
                                            mvx_log_payload_double_word (g_variant_get_double (variant)));
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      return mvx_log_payload_encode_text_value (buffer, g_variant_get_string (variant, NULL), limits);
    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_MAYBE:
      return mvx_log_payload_encode_inner (buffer, variant, limits, depth);
    case G_VARIANT_CLASS_ARRAY:
      if (g_variant_is_of_type (variant, G_VARIANT_TYPE_BYTESTRING))
        return mvx_log_payload_encode_bytes (buffer, g_variant_get_data (variant), g_variant_get_size (variant));
      return mvx_log_payload_encode_container (buffer, variant, limits, depth);
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
    default:
      return mvx_log_payload_encode_container (buffer, variant, limits, depth);
    }
}

static MvxLogType
mvx_log_payload_encode_date_time (MvxLogBuffer *buffer,
                                  GDateTime    *time)
{
  gint64 ns = g_date_time_to_unix (time) * 1000000000 + (gint64) g_date_time_get_microsecond (time) * 1000;

  return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_TIME, (guint64) ns);
}

static MvxLogType
mvx_log_payload_encode_object (MvxLogBuffer *buffer,
                               gconstpointer object)
{
  g_autofree char *text = g_strdup_printf ("<%s>", G_OBJECT_TYPE_NAME (object));

  return mvx_log_payload_encode_text_value (buffer, text, &mvx_log_limits_none);
}

static MvxLogType
mvx_log_payload_encode_pointer (MvxLogBuffer       *buffer,
                                const MvxLogField  *field,
                                const MvxLogLimits *limits)
{
  gconstpointer p = field->value.p;

  if (p == NULL)
    return MVX_LOG_TYPE_NULL;
  switch (field->kind)
    {
    case MVX_LOG_KIND_STRING:
      mvx_log_payload_encode_text (buffer, p, field->length >= 0 ? (gsize) field->length : strlen (p), limits);
      return MVX_LOG_TYPE_STRING;
    case MVX_LOG_KIND_ERROR:
      return mvx_log_payload_encode_error (buffer, p);
    case MVX_LOG_KIND_VARIANT:
      return mvx_log_payload_encode_variant (buffer, (GVariant *) p, limits, 1);
    case MVX_LOG_KIND_BYTES:
      {
        gsize size;
        gconstpointer data = g_bytes_get_data ((GBytes *) p, &size);

        return mvx_log_payload_encode_bytes (buffer, data, size);
      }
    case MVX_LOG_KIND_DATE_TIME:
      return mvx_log_payload_encode_date_time (buffer, (GDateTime *) p);
    case MVX_LOG_KIND_OBJECT:
      return mvx_log_payload_encode_object (buffer, p);
    default:
      return MVX_LOG_TYPE_NULL;
    }
}

static MvxLogType
mvx_log_payload_encode_value (MvxLogBuffer       *buffer,
                              const MvxLogField  *field,
                              const MvxLogLimits *limits)
{
  switch (field->kind)
    {
    case MVX_LOG_KIND_BOOL:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_BOOL, field->value.i != 0);
    case MVX_LOG_KIND_INT64:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_INT64, field->value.u);
    case MVX_LOG_KIND_UINT64:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_UINT64, field->value.u);
    case MVX_LOG_KIND_DOUBLE:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_DOUBLE, field->value.u);
    case MVX_LOG_KIND_TIME:
      return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_TIME, field->value.u);
    default:
      return mvx_log_payload_encode_pointer (buffer, field, limits);
    }
}

void
mvx_log_payload_encode_field (MvxLogBuffer       *buffer,
                              const MvxLogField  *field,
                              const MvxLogLimits *limits)
{
  gsize at = mvx_log_payload_begin_item (buffer, field->key, limits);

  mvx_log_payload_set_type (buffer, at, mvx_log_payload_encode_value (buffer, field, limits));
}

/* A key given twice counts once, with its last value. */
static gboolean
mvx_log_payload_is_repeated (const MvxLogField *fields,
                             guint              n_fields,
                             guint              index)
{
  for (guint i = index + 1; i < n_fields; i++)
    if (strcmp (fields[i].key, fields[index].key) == 0)
      return TRUE;
  return FALSE;
}

guint
mvx_log_payload_encode (MvxLogBuffer       *buffer,
                        const MvxLogField  *fields,
                        guint               n_fields,
                        const MvxLogLimits *limits)
{
  gsize max = mvx_log_payload_kept (n_fields, limits);
  guint n = 0;
  guint more = 0;

  for (guint i = 0; i < n_fields; i++)
    {
      if (fields[i].key == NULL || mvx_log_payload_is_repeated (fields, n_fields, i))
        continue;
      if (n < max)
        {
          mvx_log_payload_encode_field (buffer, &fields[i], limits);
          n++;
        }
      else
        more++;
    }
  if (more > 0)
    mvx_log_payload_more (buffer, TRUE, more);
  return n + (more > 0);
}
