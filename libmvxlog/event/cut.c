/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "event/cut-private.h"

/* Alignment, block lengths, and the mark itself. */
#define MVX_LOG_CUT_SPARE 64

static guint64
mvx_log_cut_item_size (const MvxLogDraftField *field)
{
  return 1 + 4 + strlen (field->key) + 1 + (guint64) field->size;
}

/* Bytes of everything but the fields. */
static guint64
mvx_log_cut_frame_size (const MvxLogEvent *event)
{
  guint64 size = event->record->size;

  if (event->inlines && event->record->n_inline > 0)
    size -= mvx_log_load32 (event->inlines - 4);
  if (event->slots)
    size -= (guint64) ((const guint8 *) event->record + event->record->size - event->slots);
  return size;
}

/* The message may have half of the limit, so that there is room for fields, too. */
static guint64
mvx_log_cut_message (MvxLogDraft *draft, guint64 frame, guint32 limit)
{
  gsize len = 0;
  const char *message = mvx_log_event_meta (draft->event, MVX_LOG_META_MESSAGE, &len);
  guint64 others = frame - MIN (frame, len);
  gsize room = limit / 2 > others ? (gsize) (limit / 2 - others) : 0;
  MvxLogBuffer cut = MVX_LOG_BUFFER_INIT;

  if (frame <= limit / 2 || len <= room)
    return frame;
  room -= MIN (room, 3);
  while (room > 0 && ((guint8) message[room] & 0xc0) == 0x80)
    room--;
  mvx_log_buffer_append (&cut, message, room);
  mvx_log_buffer_append_s (&cut, "...");
  mvx_log_draft_put_message (draft, (const char *) cut.data, cut.len);
  mvx_log_buffer_clear (&cut);
  return others + room + 3;
}

/* Each field in turn is kept if there is still room for it. */
static void
mvx_log_cut_fields (MvxLogDraft *draft, guint64 room)
{
  for (guint i = 0; i < draft->fields->len;)
    {
      guint64 size = mvx_log_cut_item_size (mvx_log_draft_nth (draft, i));

      if (size > room)
        {
          g_array_remove_index (draft->fields, i);
          continue;
        }
      room -= size;
      i++;
    }
}

const MvxLogRecord *
mvx_log_record_cut (const MvxLogRecord *record, guint32 limit, MvxLogBuffer *buffer)
{
  const MvxLogField truncated = { "truncated", MVX_LOG_KIND_BOOL, 0, { .i = TRUE }, 0 };
  g_auto (MvxLogDraft) draft = { 0 };
  MvxLogEvent view;
  guint64 frame;

  mvx_log_event_view (&view, record);
  mvx_log_draft_init (&draft, &view, -1);
  frame = mvx_log_cut_message (&draft, mvx_log_cut_frame_size (&view), limit) + MVX_LOG_CUT_SPARE;
  mvx_log_cut_fields (&draft, limit > frame ? limit - frame : 0);
  mvx_log_draft_set_field (&draft, &truncated);
  mvx_log_draft_encode (&draft, buffer);
  ((MvxLogRecord *) (gpointer) buffer->data)->flags |= MVX_LOG_RECORD_TRUNCATED;
  return (const MvxLogRecord *) (gconstpointer) buffer->data;
}
