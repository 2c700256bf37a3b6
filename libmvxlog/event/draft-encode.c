/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a draft back to a record. */
#include "event/draft-private.h"
#include "event/encode-private.h"
#include "event/payload-private.h"

static void mvx_log_draft_encode_items (MvxLogBuffer *buffer, gboolean map, const guint8 *value, gint max);

/* The value alone. */
static void
mvx_log_draft_encode_value (MvxLogBuffer *buffer, guint8 type, const guint8 *value, guint32 size, gint max)
{
  switch ((MvxLogType) (type & MVX_LOG_TYPE_BITS))
    {
    case MVX_LOG_TYPE_STRING:
      if (type & MVX_LOG_MARK_LONG_TEXT)
        mvx_log_payload_encode_cut (buffer, (const char *) value + 4, mvx_log_load32 (value), max);
      else
        mvx_log_buffer_append (buffer, value, size);
      break;
    case MVX_LOG_TYPE_LIST:
    case MVX_LOG_TYPE_MAP:
      mvx_log_draft_encode_items (buffer, (type & MVX_LOG_TYPE_BITS) == MVX_LOG_TYPE_MAP, value, max);
      break;
    default:
      mvx_log_buffer_append (buffer, value, size);
      break;
    }
}

static void
mvx_log_draft_encode_key (MvxLogBuffer *buffer, guint8 type, const char *key, gsize len, gint max)
{
  mvx_log_buffer_append_c (buffer, (char) (type & MVX_LOG_TYPE_BITS));
  mvx_log_payload_encode_cut (buffer, key, len, type & MVX_LOG_MARK_LONG_KEY ? max : -1);
}

/* What is inside a list or map; its marks go. */
static void
mvx_log_draft_encode_items (MvxLogBuffer *buffer, gboolean map, const guint8 *value, gint max)
{
  guint32 n = mvx_log_load32 (value + 4);
  const guint8 *p = value + 8;
  gsize at = buffer->len;

  mvx_log_buffer_append (buffer, "\0\0\0\0\0\0\0\0", 8);
  for (guint32 i = 0; i < n; i++)
    {
      MvxLogItem item;

      p = mvx_log_item_decode (&item, map, p);
      if (map)
        mvx_log_draft_encode_key (buffer, item.type, item.key, item.key_len, max);
      else
        mvx_log_buffer_append_c (buffer, (char) (item.type & MVX_LOG_TYPE_BITS));
      mvx_log_draft_encode_value (buffer, item.type, item.value, item.size, max);
    }
  mvx_log_store32 (buffer->data + at, (guint32) (buffer->len - at - 4));
  mvx_log_store32 (buffer->data + at + 4, n);
}

/* Does the key of a later field become the same once it is cut? */
static gboolean
mvx_log_draft_is_superseded (const MvxLogDraft *draft, guint n)
{
  const MvxLogDraftField *field = mvx_log_draft_nth (draft, n);
  gsize kept;

  if ((field->type & MVX_LOG_MARK_LONG_KEY) == 0)
    return FALSE;
  kept = mvx_log_payload_cut (field->key, strlen (field->key), draft->max_string);
  for (guint i = n + 1; i < draft->fields->len; i++)
    {
      const MvxLogDraftField *later = mvx_log_draft_nth (draft, i);

      if ((later->type & MVX_LOG_MARK_LONG_KEY) && strncmp (field->key, later->key, kept) == 0)
        return TRUE;
    }
  return FALSE;
}

guint
mvx_log_draft_encode_fields (const MvxLogDraft *draft, MvxLogBuffer *buffer)
{
  guint n = 0;

  for (guint i = 0; i < draft->fields->len; i++)
    {
      const MvxLogDraftField *field = mvx_log_draft_nth (draft, i);

      if (mvx_log_draft_is_superseded (draft, i))
        continue;
      mvx_log_draft_encode_key (buffer, field->type, field->key, strlen (field->key), draft->max_string);
      mvx_log_draft_encode_value (buffer, field->type, field->value, field->size, draft->max_string);
      n++;
    }
  return n;
}

/* Template and source of the event, which the callsite no longer tells. */
static void
mvx_log_draft_encode_place (const MvxLogDraft *draft, MvxLogBuffer *buffer)
{
  const MvxLogEvent *event = draft->event;
  guint line = mvx_log_event_get_line (event);
  char text[16];

  mvx_log_encode_meta (buffer, MVX_LOG_META_TEMPLATE, mvx_log_draft_get_template (draft), -1);
  if (draft->source & MVX_LOG_SOURCE_FILE)
    mvx_log_encode_meta (buffer, MVX_LOG_META_FILE, mvx_log_event_get_file (event), -1);
  if (draft->source & MVX_LOG_SOURCE_FUNCTION)
    mvx_log_encode_meta (buffer, MVX_LOG_META_FUNCTION, mvx_log_event_get_function (event), -1);
  g_snprintf (text, sizeof text, "%u", line);
  if ((draft->source & MVX_LOG_SOURCE_LINE) && line > 0)
    mvx_log_encode_meta (buffer, MVX_LOG_META_LINE, text, -1);
}

static gboolean
mvx_log_draft_is_moved (const MvxLogDraft *draft)
{
  return draft->template || draft->source != (MVX_LOG_SOURCE_FILE | MVX_LOG_SOURCE_LINE | MVX_LOG_SOURCE_FUNCTION);
}

/* Is the entry written anew? */
static gboolean
mvx_log_draft_replaces_meta (const MvxLogDraft *draft, guint8 tag)
{
  switch ((MvxLogMetaTag) tag)
    {
    case MVX_LOG_META_MESSAGE:
      return draft->message != NULL;
    case MVX_LOG_META_TEMPLATE:
    case MVX_LOG_META_FILE:
    case MVX_LOG_META_FUNCTION:
    case MVX_LOG_META_LINE:
      return mvx_log_draft_is_moved (draft);
    default:
      return FALSE;
    }
}

/* Returns whether there is any. */
static gboolean
mvx_log_draft_encode_meta (const MvxLogDraft *draft, MvxLogBuffer *buffer)
{
  gsize at = buffer->len;

  mvx_log_buffer_append (buffer, "\0\0\0\0", 4);
  for (const guint8 *p = draft->event->meta; p < draft->event->meta_end;)
    {
      gsize size = 1 + 4 + (gsize) mvx_log_load32 (p + 1) + 1;

      if (!mvx_log_draft_replaces_meta (draft, *p))
        mvx_log_buffer_append (buffer, p, size);
      p += size;
    }
  mvx_log_encode_meta (buffer, MVX_LOG_META_MESSAGE, draft->message, (gssize) draft->message_len);
  if (mvx_log_draft_is_moved (draft))
    mvx_log_draft_encode_place (draft, buffer);
  if (buffer->len == at + 4)
    {
      buffer->len = at;
      return FALSE;
    }
  mvx_log_store32 (buffer->data + at, (guint32) (buffer->len - at - 4));
  return TRUE;
}

const MvxLogRecord *
mvx_log_draft_encode (const MvxLogDraft *draft, MvxLogBuffer *buffer)
{
  const MvxLogRecord *base = draft->event->record;
  guint flags = (base->flags & (guint) ~MVX_LOG_RECORD_META) | MVX_LOG_RECORD_NO_SLOTS;
  guint n = 0;
  gsize at;

  mvx_log_buffer_reserve (buffer, base->size + 64);
  buffer->len = sizeof (MvxLogRecord);
  if (mvx_log_draft_encode_meta (draft, buffer))
    flags |= MVX_LOG_RECORD_META;
  at = buffer->len;
  mvx_log_buffer_append (buffer, "\0\0\0\0", 4);
  n = mvx_log_draft_encode_fields (draft, buffer);
  if (n > 0)
    mvx_log_store32 (buffer->data + at, (guint32) (buffer->len - at - 4));
  else
    buffer->len = at;
  memset (mvx_log_buffer_reserve (buffer, 8), 0, 8);
  buffer->len = mvx_log_record_align (buffer->len);
  mvx_log_encode_header (buffer->data, (guint32) buffer->len, mvx_log_draft_is_moved (draft) ? 0 : base->callsite,
                         base->stamp, base->number, base->thread, base->context, base->level, flags, n);
  return (const MvxLogRecord *) (gconstpointer) buffer->data;
}
