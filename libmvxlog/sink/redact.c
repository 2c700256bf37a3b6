/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/glob-private.h"
#include "sink/redact-private.h"

#define MVX_LOG_REDACT_MASK_TEXT "***"
/* Digits of a hash that are shown: 64 bits tell values apart, and are easy to compare by eye. */
#define MVX_LOG_REDACT_HASH_DIGITS 16

const MvxLogRedactor mvx_log_redactor_default
    = { NULL, NULL, MVX_LOG_REDACT_MASK, MVX_LOG_REDACT_KEEP, MVX_LOG_REDACT_MASK, NULL };

void
mvx_log_redactor_clear (MvxLogRedactor *redactor)
{
  g_clear_pointer (&redactor->patterns, g_strfreev);
  g_clear_pointer (&redactor->texts, mvx_log_text_patterns_free);
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

static MvxLogRedactAction
mvx_log_redactor_of_marks (const MvxLogRedactor *redactor, guint8 type)
{
  MvxLogRedactAction secret = type & MVX_LOG_MARK_SECRET ? redactor->secret : MVX_LOG_REDACT_KEEP;
  MvxLogRedactAction personal = type & MVX_LOG_MARK_PERSONAL ? redactor->personal : MVX_LOG_REDACT_KEEP;

  return MAX (secret, personal);
}

static MvxLogRedactAction
mvx_log_redactor_of_item (const MvxLogRedactor *redactor, const MvxLogItem *item)
{
  MvxLogRedactAction action = mvx_log_redactor_of_marks (redactor, item->type);

  return item->key ? MAX (action, mvx_log_redactor_of_key (redactor, item->key)) : action;
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

static void
mvx_log_redactor_replace (GString *out, const char *text, gsize len, gpointer data)
{
  const MvxLogRedactor *redactor = data;
  g_autofree char *hash = NULL;
  gconstpointer key;
  gsize key_len;

  switch (redactor->by_key)
    {
    case MVX_LOG_REDACT_KEEP:
      g_string_append_len (out, text, (gssize) len);
      break;
    case MVX_LOG_REDACT_HASH:
      key = g_bytes_get_data (redactor->hash_key, &key_len);
      hash = g_compute_hmac_for_data (G_CHECKSUM_SHA256, key, key_len, (const guchar *) text, len);
      g_string_append_len (out, hash, MVX_LOG_REDACT_HASH_DIGITS);
      break;
    case MVX_LOG_REDACT_DROP:
      break;
    case MVX_LOG_REDACT_MASK:
    default:
      g_string_append (out, MVX_LOG_REDACT_MASK_TEXT);
      break;
    }
}

GString *
mvx_log_redactor_in_text (const MvxLogRedactor *redactor, const char *text, gsize len)
{
  if (redactor->texts == NULL || !mvx_log_text_patterns_match (redactor->texts, text, len))
    return NULL;
  return mvx_log_text_patterns_apply (redactor->texts, text, len, mvx_log_redactor_replace, (gpointer) redactor);
}

/* The same for a value in a record; NULL for what is no text. */
static GString *
mvx_log_redactor_in_value (const MvxLogRedactor *redactor, guint8 type, const guint8 *value)
{
  if (redactor->texts == NULL || (type & MVX_LOG_TYPE_BITS) != MVX_LOG_TYPE_STRING)
    return NULL;
  return mvx_log_redactor_in_text (redactor, (const char *) value + 4, mvx_log_load32 (value));
}

static gboolean
mvx_log_redactor_is_container (guint8 type)
{
  type &= MVX_LOG_TYPE_BITS;
  return type == MVX_LOG_TYPE_LIST || type == MVX_LOG_TYPE_MAP || type == MVX_LOG_TYPE_ERROR;
}

/* Is there anything inside that must not be seen? */
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
      if (mvx_log_redactor_of_item (redactor, &item) != MVX_LOG_REDACT_KEEP)
        return TRUE;
      if (redactor->texts && (item.type & MVX_LOG_TYPE_BITS) == MVX_LOG_TYPE_STRING
          && mvx_log_text_patterns_match (redactor->texts, (const char *) item.value + 4, mvx_log_load32 (item.value)))
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
  MvxLogRedactAction action = mvx_log_redactor_of_item (redactor, item);
  guint8 type = item->type;
  g_autofree char *text = NULL;
  GString *part = NULL;

  if (action == MVX_LOG_REDACT_DROP)
    return FALSE;
  if (action != MVX_LOG_REDACT_KEEP)
    {
      text = mvx_log_redactor_text (redactor, action, item);
      type = (guint8) ((type & MVX_LOG_MARK_LONG_KEY) | MVX_LOG_TYPE_STRING);
    }
  else
    part = mvx_log_redactor_in_value (redactor, type, item->value);
  mvx_log_buffer_append_c (buffer, (char) type);
  if (item->key)
    mvx_log_encode_string (buffer, item->key, item->key_len);
  if (text)
    mvx_log_encode_string (buffer, text, strlen (text));
  else if (part)
    mvx_log_encode_string (buffer, part->str, part->len);
  else if (mvx_log_redactor_is_container (type))
    mvx_log_redactor_container (redactor, type, item->value, buffer);
  else
    mvx_log_buffer_append (buffer, item->value, item->size);
  if (part)
    g_string_free (part, TRUE);
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
  return MAX (action, mvx_log_redactor_of_marks (redactor, field->type));
}

/* What is left of a value that may be seen as a whole. */
static void
mvx_log_redactor_inside (const MvxLogRedactor *redactor, MvxLogDraft *draft, MvxLogDraftField *field)
{
  guint8 is_long = field->type & MVX_LOG_MARK_LONG_TEXT; /* that is for whoever cuts it */
  GString *part = mvx_log_redactor_in_value (redactor, field->type, field->value);
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  if (part)
    {
      mvx_log_encode_string (&buffer, part->str, part->len);
      g_string_free (part, TRUE);
    }
  else if (mvx_log_redactor_is_container (field->type)
           && mvx_log_redactor_has_work (redactor, field->type, field->value))
    mvx_log_redactor_container (redactor, field->type, field->value, &buffer);
  else
    return;
  mvx_log_draft_replace (draft, field, (MvxLogType) (field->type & MVX_LOG_TYPE_BITS), buffer.data, buffer.len);
  field->type |= is_long;
  mvx_log_buffer_clear (&buffer);
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
  else if (!(field->seen & MVX_LOG_DRAFT_SEEN_VALUE))
    mvx_log_redactor_inside (redactor, draft, field);
  field->seen |= MVX_LOG_DRAFT_SEEN_KEY | MVX_LOG_DRAFT_SEEN_VALUE;
  return TRUE;
}

/* There is no way to tell what was seen of it already; what stands in the place of a match is no match. */
static void
mvx_log_redactor_message (const MvxLogRedactor *redactor, MvxLogDraft *draft)
{
  const char *message = draft->message;
  gsize len = draft->message_len;
  GString *text;

  if (message == NULL)
    message = mvx_log_event_meta (draft->event, MVX_LOG_META_MESSAGE, &len);
  text = message ? mvx_log_redactor_in_text (redactor, message, len) : NULL;
  if (text == NULL)
    return;
  mvx_log_draft_put_message (draft, text->str, text->len);
  g_string_free (text, TRUE);
}

void
mvx_log_redactor_apply (const MvxLogRedactor *redactor, MvxLogDraft *draft)
{
  guint kept = 0;

  if (redactor->texts)
    mvx_log_redactor_message (redactor, draft);
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
