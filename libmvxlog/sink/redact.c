/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/glob-private.h"
#include "sink/redact-private.h"

#define MVX_LOG_REDACT_MASK_TEXT "***"
/* Digits of a hash that are shown: 64 bits tell values apart, and are easy to compare by eye. */
#define MVX_LOG_REDACT_HASH_DIGITS 16

const MvxLogRedactor mvx_log_redactor_default
    = { NULL, MVX_LOG_REDACT_MASK, MVX_LOG_REDACT_KEEP, MVX_LOG_REDACT_MASK, NULL };

void
mvx_log_redactor_clear (MvxLogRedactor *redactor)
{
  g_clear_pointer (&redactor->patterns, g_strfreev);
  g_clear_pointer (&redactor->hash_key, g_bytes_unref);
}

MvxLogRedactAction
mvx_log_redactor_of_key (const MvxLogRedactor *redactor, const char *key)
{
  char few[64];
  g_autofree char *many = NULL;
  char *lower = few;
  gsize n;

  if (redactor->patterns == NULL)
    return MVX_LOG_REDACT_KEEP;
  n = strlen (key);
  if (n >= sizeof few)
    lower = many = g_malloc (n + 1);
  for (gsize i = 0; i <= n; i++)
    lower[i] = g_ascii_tolower (key[i]);
  for (guint i = 0; redactor->patterns[i]; i++)
    if (mvx_log_glob_match (redactor->patterns[i], lower))
      return redactor->by_key;
  return MVX_LOG_REDACT_KEEP;
}

/* Numbers are hashed as they are written, so that 42 and "42" are the same; lists and maps as they are encoded. */
static char *
mvx_log_redactor_hash (const MvxLogRedactor *redactor, const MvxLogItem *item)
{
  g_autoptr (GHmac) hmac = NULL;
  gconstpointer key;
  MvxLogValue value;
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  gsize key_len;

  key = g_bytes_get_data (redactor->hash_key, &key_len);
  hmac = g_hmac_new (G_CHECKSUM_SHA256, key, key_len);
  mvx_log_value_decode (&value, item->type, item->value);
  switch (value.type)
    {
    case MVX_LOG_TYPE_STRING:
    case MVX_LOG_TYPE_BYTES:
      g_hmac_update (hmac, value.u.bytes, value.size);
      return g_strndup (g_hmac_get_string (hmac), MVX_LOG_REDACT_HASH_DIGITS);
    case MVX_LOG_TYPE_BOOL:
      g_strlcpy (number, value.u.boolean ? "true" : "false", sizeof number);
      break;
    case MVX_LOG_TYPE_INT64:
    case MVX_LOG_TYPE_TIME:
      g_snprintf (number, sizeof number, "%" G_GINT64_FORMAT, value.u.int64);
      break;
    case MVX_LOG_TYPE_UINT64:
      g_snprintf (number, sizeof number, "%" G_GUINT64_FORMAT, value.u.uint64);
      break;
    case MVX_LOG_TYPE_DOUBLE:
      g_ascii_dtostr (number, sizeof number, value.u.dbl);
      break;
    default:
      g_hmac_update (hmac, item->value, item->size);
      return g_strndup (g_hmac_get_string (hmac), MVX_LOG_REDACT_HASH_DIGITS);
    }
  g_hmac_update (hmac, (const guchar *) number, (gssize) strlen (number));
  return g_strndup (g_hmac_get_string (hmac), MVX_LOG_REDACT_HASH_DIGITS);
}

/* What stands in the place of the value. */
static char *
mvx_log_redactor_text (const MvxLogRedactor *redactor, MvxLogRedactAction action, const MvxLogItem *item)
{
  return action == MVX_LOG_REDACT_HASH ? mvx_log_redactor_hash (redactor, item) : g_strdup (MVX_LOG_REDACT_MASK_TEXT);
}

static gboolean
mvx_log_redactor_is_container (guint8 type)
{
  type &= MVX_LOG_TYPE_BITS;
  return type == MVX_LOG_TYPE_LIST || type == MVX_LOG_TYPE_MAP || type == MVX_LOG_TYPE_ERROR;
}

/* Is any key inside one that must not be seen? */
static gboolean
mvx_log_redactor_has_work (const MvxLogRedactor *redactor, guint8 type, const guint8 *value)
{
  gboolean map = (type & MVX_LOG_TYPE_BITS) == MVX_LOG_TYPE_MAP;
  guint32 n = mvx_log_load32 (value + 4);
  const guint8 *p = value + 8;

  for (guint32 i = 0; i < n; i++)
    {
      MvxLogItem item;

      p = mvx_log_item_decode (&item, map, p);
      if (map && mvx_log_redactor_of_key (redactor, item.key) != MVX_LOG_REDACT_KEEP)
        return TRUE;
      if (mvx_log_redactor_is_container (item.type) && mvx_log_redactor_has_work (redactor, item.type, item.value))
        return TRUE;
    }
  return FALSE;
}

static void
mvx_log_redactor_container (const MvxLogRedactor *redactor, guint8 type, const guint8 *value, MvxLogBuffer *buffer);

/* Returns whether the item is still there. */
static gboolean
mvx_log_redactor_item (const MvxLogRedactor *redactor, const MvxLogItem *item, MvxLogBuffer *buffer)
{
  MvxLogRedactAction action = item->key ? mvx_log_redactor_of_key (redactor, item->key) : MVX_LOG_REDACT_KEEP;
  guint8 type = item->type;
  g_autofree char *text = NULL;

  if (action == MVX_LOG_REDACT_DROP)
    return FALSE;
  if (action != MVX_LOG_REDACT_KEEP)
    {
      text = mvx_log_redactor_text (redactor, action, item);
      type = (guint8) ((type & MVX_LOG_MARK_LONG_KEY) | MVX_LOG_TYPE_STRING);
    }
  mvx_log_buffer_append_c (buffer, (char) type);
  if (item->key)
    mvx_log_encode_string (buffer, item->key, item->key_len);
  if (text)
    mvx_log_encode_string (buffer, text, strlen (text));
  else if (mvx_log_redactor_is_container (type))
    mvx_log_redactor_container (redactor, type, item->value, buffer);
  else
    mvx_log_buffer_append (buffer, item->value, item->size);
  return TRUE;
}

/* Copies a list or map without what must not be seen. */
static void
mvx_log_redactor_container (const MvxLogRedactor *redactor, guint8 type, const guint8 *value, MvxLogBuffer *buffer)
{
  gboolean map = (type & MVX_LOG_TYPE_BITS) == MVX_LOG_TYPE_MAP;
  guint32 n = mvx_log_load32 (value + 4);
  const guint8 *p = value + 8;
  gsize at = buffer->len;
  guint32 kept = 0;

  mvx_log_buffer_append (buffer, "\0\0\0\0\0\0\0\0", 8);
  for (guint32 i = 0; i < n; i++)
    {
      MvxLogItem item;

      p = mvx_log_item_decode (&item, map, p);
      kept += mvx_log_redactor_item (redactor, &item, buffer) ? 1 : 0;
    }
  mvx_log_store32 (buffer->data + at, (guint32) (buffer->len - at - 4));
  mvx_log_store32 (buffer->data + at + 4, kept);
}

static MvxLogRedactAction
mvx_log_redactor_of_field (const MvxLogRedactor *redactor, const MvxLogDraftField *field)
{
  MvxLogRedactAction action = mvx_log_redactor_of_key (redactor, field->key);

  if (field->origin && field->origin != field->key)
    action = MAX (action, mvx_log_redactor_of_key (redactor, field->origin));
  if (field->type & MVX_LOG_MARK_SECRET)
    action = MAX (action, redactor->secret);
  if (field->type & MVX_LOG_MARK_PERSONAL)
    action = MAX (action, redactor->personal);
  return action;
}

/* Returns whether the field is still there. */
static gboolean
mvx_log_redactor_field (const MvxLogRedactor *redactor, MvxLogDraft *draft, MvxLogDraftField *field)
{
  MvxLogRedactAction action = mvx_log_redactor_of_field (redactor, field);

  if (action == MVX_LOG_REDACT_DROP)
    return FALSE;
  if (action != MVX_LOG_REDACT_KEEP)
    {
      const MvxLogItem item = { .type = field->type, .value = field->value, .size = field->size };
      g_autofree char *text = mvx_log_redactor_text (redactor, action, &item);

      mvx_log_draft_replace_text (draft, field, text);
      field->seen |= MVX_LOG_DRAFT_REDACTED;
    }
  else if (redactor->patterns && !(field->seen & MVX_LOG_DRAFT_SEEN_VALUE)
           && mvx_log_redactor_is_container (field->type)
           && mvx_log_redactor_has_work (redactor, field->type, field->value))
    {
      MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

      mvx_log_redactor_container (redactor, field->type, field->value, &buffer);
      mvx_log_draft_replace (draft, field, (MvxLogType) (field->type & MVX_LOG_TYPE_BITS), buffer.data, buffer.len);
      mvx_log_buffer_clear (&buffer);
    }
  field->seen |= MVX_LOG_DRAFT_SEEN_KEY | MVX_LOG_DRAFT_SEEN_VALUE;
  return TRUE;
}

void
mvx_log_redactor_apply (const MvxLogRedactor *redactor, MvxLogDraft *draft)
{
  guint kept = 0;

  for (guint i = 0; i < draft->fields->len; i++)
    {
      MvxLogDraftField *field = mvx_log_draft_nth (draft, i);

      if (!(field->seen & (MVX_LOG_DRAFT_REDACTED | MVX_LOG_DRAFT_SEEN_KEY))
          && !mvx_log_redactor_field (redactor, draft, field))
        continue;
      if (kept != i)
        *mvx_log_draft_nth (draft, kept) = *field;
      kept++;
    }
  g_array_set_size (draft->fields, kept);
}
