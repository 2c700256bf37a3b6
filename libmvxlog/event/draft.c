/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "event/draft-private.h"
#include "event/payload-private.h"

#define MVX_LOG_DRAFT_SOURCE_ALL (MVX_LOG_SOURCE_FILE | MVX_LOG_SOURCE_LINE | MVX_LOG_SOURCE_FUNCTION)

static void
mvx_log_draft_add_inlines (MvxLogDraft *draft, const MvxLogEvent *event)
{
  const guint8 *p = event->inlines;

  for (guint i = 0; i < event->record->n_inline; i++)
    {
      MvxLogDraftField field = { 0 };
      MvxLogItem item;

      p = mvx_log_item_decode (&item, TRUE, p);
      field.key = field.origin = item.key;
      field.type = item.type;
      field.value = item.value;
      field.size = item.size;
      g_array_append_val (draft->fields, field);
    }
}

static void
mvx_log_draft_add_slots (MvxLogDraft *draft, const MvxLogEvent *event)
{
  const guint8 *p = event->slots;

  for (guint i = 0; p && i < event->site->n_fields; i++)
    {
      const MvxLogCallsiteField *slot = &event->site->fields[i];
      MvxLogDraftField field = { .key = slot->key, .origin = slot->key, .value = p };
      MvxLogValue value;

      p = mvx_log_value_decode (&value, slot->type, p);
      field.type = (guint8) value.type;
      field.size = value.type == MVX_LOG_TYPE_NULL ? 0 : (guint32) (p - field.value);
      g_array_append_val (draft->fields, field);
    }
}

void
mvx_log_draft_init (MvxLogDraft *draft, const MvxLogEvent *event, gint max_string)
{
  *draft = (MvxLogDraft){ .event = event, .source = MVX_LOG_DRAFT_SOURCE_ALL, .max_string = max_string };
  draft->fields = g_array_sized_new (FALSE, FALSE, sizeof (MvxLogDraftField), mvx_log_event_get_n_fields (event));
  mvx_log_draft_add_inlines (draft, event);
  mvx_log_draft_add_slots (draft, event);
}

void
mvx_log_draft_init_copy (MvxLogDraft *draft, const MvxLogDraft *base)
{
  *draft = *base;
  draft->memory = NULL;
  draft->fields = g_array_copy (base->fields);
}

void
mvx_log_draft_clear (MvxLogDraft *draft)
{
  g_clear_pointer (&draft->fields, g_array_unref);
  g_clear_pointer (&draft->memory, g_ptr_array_unref);
}

/* Keeps @size bytes, or a text if it is negative, as long as the draft. */
static gpointer
mvx_log_draft_keep (MvxLogDraft *draft, gconstpointer bytes, gssize size)
{
  gsize n = size < 0 ? strlen (bytes) + 1 : (gsize) size;
  guint8 *copy = g_malloc (n + 1);

  if (n > 0)
    memcpy (copy, bytes, n);
  copy[n] = '\0';
  if (draft->memory == NULL)
    draft->memory = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (draft->memory, copy);
  return copy;
}

static MvxLogDraftField *
mvx_log_draft_find (const MvxLogDraft *draft, const char *key)
{
  for (guint i = 0; i < draft->fields->len; i++)
    if (strcmp (mvx_log_draft_nth (draft, i)->key, key) == 0)
      return mvx_log_draft_nth (draft, i);
  return NULL;
}

void
mvx_log_draft_replace (MvxLogDraft *draft, MvxLogDraftField *field, MvxLogType type, gconstpointer value, gsize size)
{
  const guint8 kept = MVX_LOG_MARK_SENSITIVE | MVX_LOG_MARK_LONG_KEY;

  field->type = (guint8) ((field->type & kept) | type);
  field->value = mvx_log_draft_keep (draft, value, (gssize) size);
  field->size = (guint32) size;
}

void
mvx_log_draft_replace_text (MvxLogDraft *draft, MvxLogDraftField *field, const char *text)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  mvx_log_encode_string (&buffer, text, strlen (text));
  mvx_log_draft_replace (draft, field, MVX_LOG_TYPE_STRING, buffer.data, buffer.len);
  mvx_log_buffer_clear (&buffer);
}

/**
 * mvx_log_draft_get_event:
 * @draft: a draft
 *
 * The event as it was logged, for everything that processors cannot change: level, time, context and so on. Its fields
 * are those of the draft, not of the event.
 *
 * Returns: (transfer none): the event
 *
 * Since: 1.0
 */
const MvxLogEvent *
mvx_log_draft_get_event (const MvxLogDraft *draft)
{
  g_return_val_if_fail (draft != NULL, NULL);
  return draft->event;
}

/**
 * mvx_log_draft_get_template:
 * @draft: a draft
 *
 * Tells what the message is made from.
 *
 * Returns: (nullable) (transfer none): the message template
 *
 * Since: 1.0
 */
const char *
mvx_log_draft_get_template (const MvxLogDraft *draft)
{
  g_return_val_if_fail (draft != NULL, NULL);
  return draft->template ? draft->template : mvx_log_event_get_template (draft->event);
}

/**
 * mvx_log_draft_get_message:
 * @draft: a draft
 *
 * Tells the message as it stands now.
 *
 * Returns: (nullable) (transfer none): the finished message that stands in place of a template, if there is one
 *
 * Since: 1.0
 */
const char *
mvx_log_draft_get_message (const MvxLogDraft *draft)
{
  g_return_val_if_fail (draft != NULL, NULL);
  return draft->message ? draft->message : mvx_log_event_get_verbatim_message (draft->event);
}

/**
 * mvx_log_draft_get_n_fields:
 * @draft: a draft
 *
 * Counts the fields.
 *
 * Returns: how many fields it has at present
 *
 * Since: 1.0
 */
guint
mvx_log_draft_get_n_fields (const MvxLogDraft *draft)
{
  g_return_val_if_fail (draft != NULL, 0);
  return draft->fields->len;
}

/**
 * mvx_log_draft_get_nth:
 * @draft: a draft
 * @n: number of a field, counted from 0
 * @value: (out) (optional): its value
 *
 * Looks at one field after the other; bound and scoped ones come first. Setting or removing a field ends the life of
 * what was returned.
 *
 * Returns: (nullable) (transfer none): the key, or %NULL behind the last field
 *
 * Since: 1.0
 */
const char *
mvx_log_draft_get_nth (const MvxLogDraft *draft, guint n, MvxLogValue *value)
{
  const MvxLogDraftField *field;

  g_return_val_if_fail (draft != NULL, NULL);
  if (n >= draft->fields->len)
    return NULL;
  field = mvx_log_draft_nth (draft, n);
  if (value)
    mvx_log_value_decode (value, field->type, field->value);
  return field->key;
}

/**
 * mvx_log_draft_get_field:
 * @draft: a draft
 * @key: a key
 * @value: (out) (optional): its value
 *
 * Finds a field.
 *
 * Returns: whether there is one
 *
 * Since: 1.0
 */
gboolean
mvx_log_draft_get_field (const MvxLogDraft *draft, const char *key, MvxLogValue *value)
{
  const MvxLogDraftField *field;

  g_return_val_if_fail (draft != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  field = mvx_log_draft_find (draft, key);
  if (field && value)
    mvx_log_value_decode (value, field->type, field->value);
  return field != NULL;
}

/**
 * mvx_log_draft_set_template:
 * @draft: a draft
 * @message_template: a template with `{key}` for fields
 *
 * Replaces the message template.
 *
 * Since: 1.0
 */
void
mvx_log_draft_set_template (MvxLogDraft *draft, const char *message_template)
{
  g_return_if_fail (draft != NULL);
  g_return_if_fail (message_template != NULL);
  draft->template = mvx_log_draft_keep (draft, message_template, -1);
}

void
mvx_log_draft_put_message (MvxLogDraft *draft, const char *message, gsize len)
{
  draft->message = mvx_log_draft_keep (draft, message, (gssize) len);
  draft->message_len = len;
}

/**
 * mvx_log_draft_set_message:
 * @draft: a draft
 * @message: a finished message, taken as data and never parsed
 *
 * Gives the event a finished message, which wins over its template.
 *
 * Since: 1.0
 */
void
mvx_log_draft_set_message (MvxLogDraft *draft, const char *message)
{
  g_return_if_fail (draft != NULL);
  g_return_if_fail (message != NULL);
  mvx_log_draft_put_message (draft, message, strlen (message));
}

/**
 * mvx_log_draft_set_field: (skip)
 * @draft: a draft
 * @field: a key and a value, which are copied; [flags@MvxLog.FieldFlags] count
 *
 * Sets a field, in its place if there is one of that key, else behind the others. Nothing is cut.
 *
 * Since: 1.0
 */
void
mvx_log_draft_set_field (MvxLogDraft *draft, const MvxLogField *field)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogDraftField *present;
  MvxLogDraftField fresh = { 0 };
  MvxLogItem item;

  g_return_if_fail (draft != NULL);
  g_return_if_fail (field != NULL && field->key != NULL);

  present = mvx_log_draft_find (draft, field->key);
  if (present == NULL)
    {
      fresh.key = mvx_log_draft_keep (draft, field->key, -1);
      g_array_append_val (draft->fields, fresh);
      present = mvx_log_draft_nth (draft, draft->fields->len - 1);
    }
  mvx_log_payload_encode_field (&buffer, field, &mvx_log_limits_none);
  mvx_log_item_decode (&item, TRUE, buffer.data);
  /* Once sensitive, always sensitive. */
  present->type |= item.type & MVX_LOG_MARK_SENSITIVE;
  present->seen = 0;
  mvx_log_draft_replace (draft, present, (MvxLogType) (item.type & MVX_LOG_TYPE_BITS), item.value, item.size);
  mvx_log_buffer_clear (&buffer);
}

/**
 * mvx_log_draft_set_variant: (rename-to mvx_log_draft_set_field)
 * @draft: a draft
 * @key: a key
 * @value: its value; consumed if floating
 *
 * [method@MvxLog.Draft.set_field] for language bindings.
 *
 * Since: 1.0
 */
void
mvx_log_draft_set_variant (MvxLogDraft *draft, const char *key, GVariant *value)
{
  g_autoptr (GVariant) own = NULL;
  MvxLogField field = { key, MVX_LOG_KIND_VARIANT, -1, { 0 }, 0 };

  g_return_if_fail (value != NULL);
  own = g_variant_ref_sink (value);
  field.value.p = own;
  mvx_log_draft_set_field (draft, &field);
}

/**
 * mvx_log_draft_set_string:
 * @draft: a draft
 * @key: a key
 * @text: its value
 *
 * Sets a field to a text.
 *
 * Since: 1.0
 */
void
mvx_log_draft_set_string (MvxLogDraft *draft, const char *key, const char *text)
{
  MvxLogField field = { key, MVX_LOG_KIND_STRING, -1, { .s = text }, 0 };

  mvx_log_draft_set_field (draft, &field);
}

/**
 * mvx_log_draft_remove:
 * @draft: a draft
 * @key: a key
 *
 * Removes a field.
 *
 * Returns: whether there was one
 *
 * Since: 1.0
 */
gboolean
mvx_log_draft_remove (MvxLogDraft *draft, const char *key)
{
  MvxLogDraftField *field;

  g_return_val_if_fail (draft != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  field = mvx_log_draft_find (draft, key);
  if (field)
    g_array_remove_index (draft->fields, (guint) (field - mvx_log_draft_nth (draft, 0)));
  return field != NULL;
}

static void
mvx_log_draft_rename_in_template (MvxLogDraft *draft, const char *key, const char *new_key)
{
  const char *template = mvx_log_draft_get_template (draft);
  g_autofree char *old = g_strconcat ("{", key, "}", NULL);
  g_autofree char *new = g_strconcat ("{", new_key, "}", NULL);
  g_autoptr (GString) text = NULL;

  if (template == NULL || strstr (template, old) == NULL)
    return;
  text = g_string_new (template);
  g_string_replace (text, old, new, 0);
  draft->template = mvx_log_draft_keep (draft, text->str, -1);
}

/**
 * mvx_log_draft_rename:
 * @draft: a draft
 * @key: a key
 * @new_key: what it is to be called
 *
 * Gives a field another key, in the message template, too. One that has this key already is removed. For redaction by
 * key the field stays known by the key that it was logged under, too.
 *
 * Returns: whether there is a field of that key
 *
 * Since: 1.0
 */
gboolean
mvx_log_draft_rename (MvxLogDraft *draft, const char *key, const char *new_key)
{
  MvxLogDraftField *field;

  g_return_val_if_fail (draft != NULL, FALSE);
  g_return_val_if_fail (key != NULL && new_key != NULL, FALSE);
  if (mvx_log_draft_find (draft, key) == NULL || strcmp (key, new_key) == 0)
    return mvx_log_draft_find (draft, key) != NULL;
  mvx_log_draft_remove (draft, new_key);
  field = mvx_log_draft_find (draft, key);
  field->key = mvx_log_draft_keep (draft, new_key, -1);
  field->type &= (guint8) ~MVX_LOG_MARK_LONG_KEY;
  field->seen &= (guint8) ~MVX_LOG_DRAFT_SEEN_KEY;
  mvx_log_draft_rename_in_template (draft, key, new_key);
  return TRUE;
}

/**
 * mvx_log_draft_keep_source:
 * @draft: a draft
 * @parts: what of the place is kept
 *
 * Removes from the event where it was logged, but for @parts of it.
 *
 * Since: 1.0
 */
void
mvx_log_draft_keep_source (MvxLogDraft *draft, MvxLogSourceFlags parts)
{
  g_return_if_fail (draft != NULL);
  draft->source &= parts;
}
