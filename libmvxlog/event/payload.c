/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "event/payload-internal.h"

/* A record counts its inline fields in 16 bits: bound fields, scoped ones and the payload must fit in together. */
#define MVX_LOG_PAYLOAD_MAX_FIELDS 16000

const MvxLogLimits mvx_log_limits_default = {
  MVX_LOG_DEFAULT_MAX_STRING, MVX_LOG_DEFAULT_MAX_ITEMS, MVX_LOG_DEFAULT_MAX_DEPTH, MVX_LOG_VERBOSITY_NORMAL, FALSE,
};
const MvxLogLimits mvx_log_limits_none = { -1, -1, -1, MVX_LOG_VERBOSITY_NORMAL, FALSE };

static guint
mvx_log_payload_encode_date_time (MvxLogBuffer *buffer, GDateTime *time)
{
  gint64 ns;

  /* The years 1677 to 2262 fit in; what lies outside becomes the nearest one that does. */
  if (__builtin_mul_overflow (g_date_time_to_unix (time), G_GINT64_CONSTANT (1000000000), &ns)
      || __builtin_add_overflow (ns, (gint64) g_date_time_get_microsecond (time) * 1000, &ns))
    ns = g_date_time_to_unix (time) < 0 ? G_MININT64 : G_MAXINT64;
  return mvx_log_payload_encode_number (buffer, MVX_LOG_TYPE_TIME, (guint64) ns);
}

static guint
mvx_log_payload_encode_array (MvxLogBuffer *buffer, const MvxLogFieldArray *array, const MvxLogLimits *limits)
{
  gsize at = mvx_log_payload_begin_container (buffer);

  mvx_log_payload_end_container (buffer, at,
                                 mvx_log_payload_encode_all (buffer, array->fields, array->n_fields, limits));
  return MVX_LOG_TYPE_MAP;
}

static guint
mvx_log_payload_encode_pointer (MvxLogBuffer *buffer, const MvxLogField *field, const MvxLogLimits *limits)
{
  gconstpointer p = field->value.p;

  if (p == NULL)
    return MVX_LOG_TYPE_NULL;
  switch (field->kind)
    {
    case MVX_LOG_KIND_STRING:
      return mvx_log_payload_encode_text (buffer, p, field->length >= 0 ? (gsize) field->length : strlen (p), limits);
    case MVX_LOG_KIND_ERROR:
      return mvx_log_payload_encode_error (buffer, p);
    case MVX_LOG_KIND_VARIANT:
      return mvx_log_payload_encode_variant (buffer, (GVariant *) p, limits, 1);
    case MVX_LOG_KIND_CAUSES:
      /* Like an error, it is taken as it is. */
      mvx_log_payload_encode_variant (buffer, (GVariant *) p, &mvx_log_limits_none, 1);
      return MVX_LOG_TYPE_ERROR;
    case MVX_LOG_KIND_BYTES:
      {
        gsize size;
        gconstpointer data = g_bytes_get_data ((GBytes *) p, &size);

        return mvx_log_payload_encode_bytes (buffer, data, size);
      }
    case MVX_LOG_KIND_FIELDS:
      return mvx_log_payload_encode_array (buffer, p, limits);
    case MVX_LOG_KIND_DATE_TIME:
      return mvx_log_payload_encode_date_time (buffer, (GDateTime *) p);
    case MVX_LOG_KIND_OBJECT:
      return mvx_log_payload_encode_object (buffer, (gpointer) p, limits);
    default:
      return MVX_LOG_TYPE_NULL;
    }
}

static guint
mvx_log_payload_encode_value (MvxLogBuffer *buffer, const MvxLogField *field, const MvxLogLimits *limits)
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

static guint
mvx_log_payload_marks (const MvxLogField *field)
{
  return (field->flags & MVX_LOG_FIELD_SECRET ? MVX_LOG_MARK_SECRET : 0u)
         | (field->flags & MVX_LOG_FIELD_PERSONAL ? MVX_LOG_MARK_PERSONAL : 0u);
}

void
mvx_log_payload_encode_field (MvxLogBuffer *buffer, const MvxLogField *field, const MvxLogLimits *limits)
{
  gsize at = mvx_log_payload_begin_item (buffer, field->key ? field->key : "", limits);
  MvxLogLimits unbounded = *limits;
  guint type;

  unbounded.max_items = -1;
  type = mvx_log_payload_encode_value (buffer, field, field->flags & MVX_LOG_FIELD_UNBOUNDED ? &unbounded : limits);
  mvx_log_payload_set_type (buffer, at, type | mvx_log_payload_marks (field));
}

/* Will the two keys be the same in the record? Cutting may make them so. */
static gboolean
mvx_log_payload_is_same_key (const char *a, const char *b, const MvxLogLimits *limits)
{
  g_autofree char *cut_a = NULL;
  g_autofree char *cut_b = NULL;

  if (strcmp (a, b) == 0)
    return TRUE;
  if (limits->deferred || limits->max_string < 0 || strncmp (a, b, (gsize) limits->max_string) != 0)
    return FALSE;
  cut_a = mvx_log_payload_dup_key (a, limits);
  cut_b = mvx_log_payload_dup_key (b, limits);
  return strcmp (cut_a, cut_b) == 0;
}

/* A key given twice counts once, with its last value. */
static void
mvx_log_payload_pick_few (const MvxLogField *fields, guint n_fields, const MvxLogLimits *limits, gboolean *picked)
{
  for (guint i = 0; i < n_fields; i++)
    {
      picked[i] = fields[i].key != NULL;
      for (guint j = i + 1; j < n_fields && picked[i]; j++)
        picked[i] = fields[j].key == NULL || !mvx_log_payload_is_same_key (fields[i].key, fields[j].key, limits);
    }
}

static void
mvx_log_payload_pick_many (const MvxLogField *fields, guint n_fields, const MvxLogLimits *limits, gboolean *picked)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = n_fields; i > 0; i--)
    {
      const char *key = fields[i - 1].key;

      picked[i - 1] = key && g_hash_table_add (seen, mvx_log_payload_dup_key (key, limits));
    }
}

static guint
mvx_log_payload_encode_picked (MvxLogBuffer *buffer,
                               const MvxLogField *fields,
                               guint n_fields,
                               const MvxLogLimits *limits,
                               const gboolean *picked)
{
  gsize max = mvx_log_payload_kept (MIN (n_fields, MVX_LOG_PAYLOAD_MAX_FIELDS), limits);
  guint n = 0;
  guint more = 0;

  for (guint i = 0; i < n_fields; i++)
    {
      if (!picked[i])
        continue;
      if (n < max && !mvx_log_payload_is_full (buffer))
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

guint
mvx_log_payload_encode (MvxLogBuffer *buffer, const MvxLogField *fields, guint n_fields, const MvxLogLimits *limits)
{
  gboolean few[MVX_LOG_PAYLOAD_FEW];
  g_autofree gboolean *many = NULL;

  if (n_fields <= MVX_LOG_PAYLOAD_FEW)
    {
      mvx_log_payload_pick_few (fields, n_fields, limits, few);
      return mvx_log_payload_encode_picked (buffer, fields, n_fields, limits, few);
    }
  many = g_new (gboolean, n_fields);
  mvx_log_payload_pick_many (fields, n_fields, limits, many);
  return mvx_log_payload_encode_picked (buffer, fields, n_fields, limits, many);
}

gboolean
mvx_log_fields_have (const MvxLogField *fields, guint n_fields, const char *key)
{
  for (guint i = 0; i < n_fields; i++)
    if (fields[i].key && strcmp (fields[i].key, key) == 0)
      return TRUE;
  return FALSE;
}

guint
mvx_log_payload_encode_all (MvxLogBuffer *buffer, const MvxLogField *fields, guint n_fields, const MvxLogLimits *limits)
{
  guint n = 0;

  for (guint i = 0; i < n_fields && !mvx_log_payload_is_full (buffer); i++)
    {
      const char *key = fields[i].key;

      if (key == NULL || mvx_log_fields_have (fields + i + 1, n_fields - i - 1, key))
        continue;
      mvx_log_payload_encode_field (buffer, &fields[i], limits);
      n++;
    }
  return n;
}
