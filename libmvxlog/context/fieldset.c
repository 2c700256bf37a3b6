/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "context/fieldset-private.h"
#include "base/copy-private.h"

/* One encoded field: { type, key len, key, NUL, value }. Returns what is behind it. */
static const guint8 *
mvx_log_field_set_next (const guint8 *p, const char **key, guint32 *key_len)
{
  MvxLogValue value;
  guint8 type = *p;

  *key_len = mvx_log_load32 (p + 1);
  *key = (const char *) p + 5;
  return mvx_log_value_decode (&value, type, p + 5 + *key_len + 1);
}

gboolean
mvx_log_field_set_has (const MvxLogFieldSet *set, const char *key)
{
  const guint8 *p = set->data;

  for (guint i = 0; i < set->n; i++)
    {
      const char *name;
      guint32 len;

      p = mvx_log_field_set_next (p, &name, &len);
      if (strcmp (name, key) == 0)
        return TRUE;
    }
  return FALSE;
}

guint
mvx_log_field_set_append (const MvxLogFieldSet *set,
                          MvxLogBuffer *buffer,
                          const char *except_key,
                          const MvxLogFieldSet *except_set,
                          const MvxLogField *except_fields,
                          guint n_except)
{
  const guint8 *p = set->data;
  guint n = 0;

  for (guint i = 0; i < set->n; i++)
    {
      const guint8 *begin = p;
      const char *key;
      guint32 len;

      p = mvx_log_field_set_next (p, &key, &len);
      if ((except_key && strcmp (key, except_key) == 0) || (except_set && mvx_log_field_set_has (except_set, key))
          || mvx_log_fields_have (except_fields, n_except, key))
        continue;
      mvx_log_buffer_append (buffer, begin, (gsize) (p - begin));
      n++;
    }
  return n;
}

static MvxLogFieldSet *
mvx_log_field_set_from_bytes (const MvxLogBuffer *buffer, guint n)
{
  MvxLogFieldSet *set = g_malloc0 (sizeof *set + buffer->len + MVX_LOG_COPY_BLOCK);
  const guint8 *p;

  set->ref_count = 1;
  set->n = n;
  set->key_mask = 0;
  set->marks = 0;
  set->len = (guint32) buffer->len;
  if (buffer->len > 0)
    memcpy (set->data, buffer->data, buffer->len);
  p = set->data;
  for (guint i = 0; i < n; i++)
    {
      const char *key;
      guint32 len;

      set->marks |= *p & MVX_LOG_MARK_SENSITIVE;
      p = mvx_log_field_set_next (p, &key, &len);
      set->key_mask |= mvx_log_key_bit (mvx_log_key_hash (key, len));
    }
  if (set->marks)
    set->key_mask |= MVX_LOG_KEY_BIT_ALL;
  return set;
}

MvxLogFieldSet *
mvx_log_field_set_new (const MvxLogFieldSet *base,
                       const MvxLogField *fields,
                       guint n_fields,
                       const MvxLogLimits *limits)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogFieldSet *set;
  guint n = 0;

  if (base)
    n = mvx_log_field_set_append (base, &buffer, NULL, NULL, fields, n_fields);
  n += mvx_log_payload_encode (&buffer, fields, n_fields, limits);
  set = mvx_log_field_set_from_bytes (&buffer, n);
  mvx_log_buffer_clear (&buffer);
  return set;
}

MvxLogFieldSet *
mvx_log_field_set_without (const MvxLogFieldSet *set, const char *const *keys)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  const guint8 *p = set->data;
  MvxLogFieldSet *rest = NULL;
  guint n = 0;

  for (guint i = 0; i < set->n; i++)
    {
      const guint8 *begin = p;
      const char *key;
      guint32 len;

      p = mvx_log_field_set_next (p, &key, &len);
      if (g_strv_contains (keys, key))
        continue;
      mvx_log_buffer_append (&buffer, begin, (gsize) (p - begin));
      n++;
    }
  if (n > 0)
    rest = mvx_log_field_set_from_bytes (&buffer, n);
  mvx_log_buffer_clear (&buffer);
  return rest;
}

MvxLogFieldSet *
mvx_log_field_set_ref (MvxLogFieldSet *set)
{
  g_atomic_int_inc (&set->ref_count);
  return set;
}

void
mvx_log_field_set_unref (MvxLogFieldSet *set)
{
  if (g_atomic_int_dec_and_test (&set->ref_count))
    g_free (set);
}

guint
mvx_log_fields_from_args (MvxLogField *fields, const MvxLogCallsite *site, const MvxLogArg *args)
{
  guint n = MIN (site->n_fields, MVX_LOG_MAX_MACRO_FIELDS);

  for (guint i = 0; i < n; i++)
    fields[i]
        = (MvxLogField){ site->fields[i].key, (MvxLogKind) site->fields[i].kind, -1, args[i], site->fields[i].flags };
  return n;
}

MvxLogField *
mvx_log_fields_from_variant (GVariant *dict, guint *n_fields)
{
  gsize n = dict ? g_variant_n_children (dict) : 0;
  MvxLogField *fields = g_new0 (MvxLogField, n);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) value = NULL;

      /* Key and value point into @dict, which is serialised as a whole by having its children taken. */
      g_variant_get_child (dict, i, "{&s@v}", &fields[i].key, &value);
      fields[i].kind = MVX_LOG_KIND_VARIANT;
      fields[i].value.p = g_variant_get_variant (value);
    }
  *n_fields = (guint) n;
  return fields;
}

void
mvx_log_fields_free_variants (MvxLogField *fields, guint n_fields)
{
  for (guint i = 0; i < n_fields; i++)
    g_variant_unref ((GVariant *) fields[i].value.p);
  g_free (fields);
}
