/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON Lines. The keys and their order are a promise; docs say which. What is left out is absent, not null. */
#include "base/calendar-private.h"
#include "base/number-private.h"
#include "event/level-private.h"
#include "event/sender-private.h"
#include "render/jsonvalue-private.h"
#include "render/linehead-private.h"
#include "render/message-private.h"
#include "render/prepared-private.h"
#include "render/quick-private.h"
#include "render/renderer-private.h"

/* With json-template=on there is one key more that is not the user's. */
static const char *const mvx_log_json_reserved[] = {
  "ts",      "level",    "context", "event",    "event_id",    "entity",        "outcome",
  "message", "template", "error",   "trace_id", "span_id",     "file",          "line",
  "func",    "pid",      "thread",  "seq",      "sender_host", "sender_stream", NULL,
};

#define MVX_LOG_JSON_APPEND(buffer, literal) mvx_log_buffer_append ((buffer), (literal), sizeof (literal) - 1)

/* {"ts":"…","level":"…" and ,"pid":N,"thread":N,"seq":N} with a newline: what every line has. */
#define MVX_LOG_JSON_FRAME_ROOM (128 + 4 * MVX_LOG_NUMBER_MAX)

/* Where the fraction of the second stands in a line. */
#define MVX_LOG_JSON_FRACTION (sizeof "{\"ts\":\"2026-11-21T12:00:00." - 1)

/* A literal. */
#define MVX_LOG_JSON_PUT(out, literal) (memcpy ((out), (literal), sizeof (literal) - 1), (out) + sizeof (literal) - 1)

static inline guint8 *
mvx_log_json_put_start (guint8 *out, gint64 ns, const char *level, gsize level_len, gint number)
{
  MvxLogCalendar *calendar = mvx_log_calendar_get (FALSE);
  guint32 rest = mvx_log_calendar_set (calendar, ns, FALSE);

  out = MVX_LOG_JSON_PUT (out, "{\"ts\":\"");
  memcpy (out, calendar->text, 20);
  mvx_log_number_put_nano (out + 20, rest);
  out = MVX_LOG_JSON_PUT (out + 29, "Z\",\"level\":\"");
  if (level == NULL)
    return out - 1 + mvx_log_number_put_int64 (out - 1, number);
  /* A level's name holds nothing that needs an escape. */
  out = mvx_log_copy_short (out, level, level_len);
  *out++ = '"';
  return out;
}

static void
mvx_log_json_append_meta (MvxLogBuffer *buffer, const MvxLogEvent *event, MvxLogMetaTag tag, const char *key)
{
  gsize len;
  const char *text = mvx_log_event_meta (event, tag, &len);

  mvx_log_jsonvalue_append_member (buffer, key, text, text ? len : 0);
}

static void
mvx_log_json_append_head (MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  gsize len = 0;
  const char *level = mvx_log_level_name (event->record->level, &len);
  guint8 *start = mvx_log_buffer_reserve (buffer, MVX_LOG_JSON_FRAME_ROOM + len);
  const char *context;

  buffer->len += (gsize) (mvx_log_json_put_start (start, event->time_ns, level, len, event->record->level) - start);
  context = mvx_log_event_context (event, &len);
  if (context && len > 0)
    {
      MVX_LOG_JSON_APPEND (buffer, ",\"context\":\"");
      mvx_log_escape_json (buffer, context, len);
      mvx_log_buffer_append_c (buffer, '"');
    }
  if (event->meta)
    {
      mvx_log_json_append_meta (buffer, event, MVX_LOG_META_NAME, ",\"event\":");
      mvx_log_json_append_meta (buffer, event, MVX_LOG_META_EVENT_ID, ",\"event_id\":");
      mvx_log_json_append_meta (buffer, event, MVX_LOG_META_ENTITY, ",\"entity\":");
      mvx_log_json_append_meta (buffer, event, MVX_LOG_META_OUTCOME, ",\"outcome\":");
    }
}

static void
mvx_log_json_append_message (const MvxLogRenderer *renderer,
                             MvxLogBuffer *buffer,
                             const MvxLogEvent *event,
                             const MvxLogFieldList *fields)
{
  gsize before = buffer->len;

  MVX_LOG_JSON_APPEND (buffer, ",\"message\":\"");
  if (mvx_log_message_append_fields (event, fields, MVX_LOG_ESCAPE_JSON, buffer))
    mvx_log_buffer_append_c (buffer, '"');
  else
    buffer->len = before;
  if (renderer->settings.with_template)
    {
      const char *text = mvx_log_event_get_template (event);

      if (text == NULL)
        return;
      MVX_LOG_JSON_APPEND (buffer, ",\"template\":");
      mvx_log_jsonvalue_append_string (buffer, text, strlen (text));
    }
}

/* All fields are the callsite's and their names are settled. */
static void
mvx_log_json_append_prepared (MvxLogBuffer *buffer,
                              const MvxLogFieldList *fields,
                              const MvxLogPrepared *prepared,
                              gboolean nested)
{
  for (guint i = 0; i < fields->n; i++)
    {
      const MvxLogPreparedField *field = &prepared->fields[i];

      if (nested)
        mvx_log_buffer_append (buffer, field->nested, field->nested_len);
      else
        mvx_log_buffer_append (buffer, field->flat, field->flat_len);
      mvx_log_jsonvalue_append (buffer, &fields->entries[i].value);
    }
}

static void
mvx_log_json_append_resolved (MvxLogBuffer *buffer, const MvxLogFieldList *fields, const MvxLogPrepared *prepared)
{
  for (guint i = 0; i < fields->n; i++)
    {
      const MvxLogFieldEntry *entry = &fields->entries[i];
      const MvxLogPreparedField *field
          = prepared && i >= fields->n_inline ? &prepared->fields[i - fields->n_inline] : NULL;

      if (entry->hidden)
        continue;
      if (field && entry->n_fold == 0 && field->nested_len > 0)
        mvx_log_buffer_append (buffer, field->nested, field->nested_len);
      else
        mvx_log_jsonvalue_append_key (buffer, "", entry->n_fold, entry->key, entry->key_len);
      mvx_log_jsonvalue_append (buffer, &entry->value);
    }
}

static void
mvx_log_json_append_fields (const MvxLogRenderer *renderer,
                            MvxLogBuffer *buffer,
                            const MvxLogEvent *event,
                            MvxLogFieldList *fields)
{
  gboolean nested = renderer->settings.nested;
  const MvxLogPrepared *prepared = event->slots ? mvx_log_prepared_get (event->site) : NULL;
  gsize before = buffer->len;
  gsize start;

  if (fields->n == 0)
    return;
  if (nested)
    MVX_LOG_JSON_APPEND (buffer, ",\"fields\":");
  start = buffer->len;
  if (prepared && prepared->simple && fields->n_inline == 0)
    mvx_log_json_append_prepared (buffer, fields, prepared, nested);
  else
    {
      mvx_log_fieldlist_resolve (fields, nested                             ? NULL
                                         : renderer->settings.with_template ? mvx_log_json_reserved
                                                                            : mvx_log_prepared_reserved);
      mvx_log_json_append_resolved (buffer, fields, prepared);
    }
  if (!nested)
    return;
  /* The comma of the first field opens the object. */
  if (buffer->len == start)
    buffer->len = before;
  else
    {
      buffer->data[start] = '{';
      mvx_log_buffer_append_c (buffer, '}');
    }
}

static inline guint8 *
mvx_log_json_put_origin (guint8 *out, const MvxLogRenderer *renderer, guint32 thread)
{
  /* The whole array: a copy of fixed length is a few instructions. */
  memcpy (out, renderer->pid, sizeof renderer->pid);
  out += renderer->pid_len;
  if (thread > 0)
    {
      out = MVX_LOG_JSON_PUT (out, ",\"thread\":");
      out += mvx_log_number_put_uint64 (out, thread);
    }
  return out;
}

static inline guint8 *
mvx_log_json_put_end (guint8 *out, const MvxLogRenderer *renderer, guint32 thread, guint64 seq)
{
  out = mvx_log_json_put_origin (out, renderer, thread);
  if (seq > 0)
    {
      out = MVX_LOG_JSON_PUT (out, ",\"seq\":");
      out += mvx_log_number_put_uint64 (out, seq);
    }
  return MVX_LOG_JSON_PUT (out, "}\n");
}

/* What it knows of itself; a stream is sixteen hexadecimal digits. */
static G_NO_INLINE void
mvx_log_json_append_sender (MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  MvxLogSender sender;

  mvx_log_event_get_sender (event, &sender);
  mvx_log_jsonvalue_append_number_member (buffer, ",\"pid\":", sender.pid);
  mvx_log_jsonvalue_append_number_member (buffer, ",\"thread\":", sender.thread);
  mvx_log_jsonvalue_append_number_member (buffer, ",\"seq\":", sender.seq);
  mvx_log_jsonvalue_append_text_member (buffer, ",\"sender_host\":", sender.host);
  if (sender.stream != 0)
    mvx_log_buffer_append_printf (buffer, ",\"sender_stream\":\"%016" G_GINT64_MODIFIER "x\"", sender.stream);
  MVX_LOG_JSON_APPEND (buffer, "}\n");
}

static void
mvx_log_json_append_tail (const MvxLogRenderer *renderer, MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  guint8 *out;

  if (event->meta)
    {
      mvx_log_json_append_meta (buffer, event, MVX_LOG_META_TRACE, ",\"trace_id\":");
      mvx_log_json_append_meta (buffer, event, MVX_LOG_META_SPAN, ",\"span_id\":");
    }
  if (event->site)
    {
      const MvxLogPrepared *prepared = mvx_log_prepared_get (event->site);

      mvx_log_buffer_append (buffer, prepared->tail, prepared->tail_len);
    }
  else if (event->meta)
    mvx_log_prepared_append_source (buffer, mvx_log_event_get_file (event), mvx_log_event_get_line (event),
                                    mvx_log_event_get_function (event));
  if (mvx_log_event_is_remote (event))
    {
      mvx_log_json_append_sender (buffer, event);
      return;
    }
  out = mvx_log_buffer_reserve (buffer, MVX_LOG_JSON_FRAME_ROOM);
  buffer->len += (gsize) (mvx_log_json_put_end (out, renderer, event->record->thread, event->seq) - out);
}

/* All up to the text of the message, and numbers of process and thread up to that of the event. An empty head is none.
 */
static G_NO_INLINE void
mvx_log_json_fill_head (MvxLogLineHead *head, const MvxLogRenderer *renderer, const MvxLogEvent *event)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  guint8 *tail = head->tail;

  mvx_log_linehead_begin (head, renderer->owner, event);
  mvx_log_json_append_head (&buffer, event);
  MVX_LOG_JSON_APPEND (&buffer, ",\"message\":\"");
  if (buffer.len <= MVX_LOG_LINEHEAD_MAX)
    {
      head->fraction = MVX_LOG_JSON_FRACTION;
      head->len = (guint16) buffer.len;
      memcpy (head->text, buffer.data, buffer.len);
    }
  tail = mvx_log_json_put_origin (tail, renderer, event->record->thread);
  head->tail_len = (guint16) (tail - head->tail);
  memcpy (tail, ",\"seq\":", strlen (",\"seq\":"));
  mvx_log_buffer_clear (&buffer);
}

/* The same bytes as mvx_log_json_render_any() makes. */
static gboolean
mvx_log_json_render_quick (const MvxLogRenderer *renderer, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  MvxLogQuick quick;
  MvxLogLineHead *head = mvx_log_linehead_get (renderer->owner, event);
  guint8 *start = mvx_log_quick_begin (&quick, event, buffer, MVX_LOG_JSON_FRAME_ROOM + MVX_LOG_LINEHEAD_MAX);
  guint8 *out = start;

  if (out == NULL)
    return FALSE;
  if (G_UNLIKELY (!mvx_log_linehead_is_for (head, renderer->owner, event)))
    mvx_log_json_fill_head (head, renderer, event);
  if (G_UNLIKELY (head->len == 0))
    return FALSE;
  out = mvx_log_linehead_put (out, head, event->time_ns);
  out = mvx_log_quick_put_json_message (out, &quick);
  *out++ = '"';
  out = mvx_log_quick_put_json_fields (out, &quick, FALSE);
  out = mvx_log_copy_blocks (out, quick.prepared->tail, quick.prepared->tail_len);
  if (G_LIKELY (event->seq > 0))
    {
      out = mvx_log_copy_blocks (out, head->tail, head->tail_len + strlen (",\"seq\":"));
      out += mvx_log_number_put_uint64 (out, event->seq);
    }
  else
    out = mvx_log_copy_blocks (out, head->tail, head->tail_len);
  out = MVX_LOG_JSON_PUT (out, "}\n");
  buffer->len += (gsize) (out - start);
  return TRUE;
}

static void
mvx_log_json_render_any (const MvxLogRenderer *renderer, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  g_auto (MvxLogFieldList) fields;

  mvx_log_fieldlist_init (&fields, event);
  mvx_log_json_append_head (buffer, event);
  mvx_log_json_append_message (renderer, buffer, event, &fields);
  mvx_log_json_append_fields (renderer, buffer, event, &fields);
  if (fields.error)
    {
      MVX_LOG_JSON_APPEND (buffer, ",\"error\":");
      mvx_log_jsonvalue_append (buffer, fields.error);
    }
  mvx_log_json_append_tail (renderer, buffer, event);
}

static void
mvx_log_json_render (const MvxLogRenderer *renderer, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  const MvxLogRenderSettings *settings = &renderer->settings;

  if (settings->nested || settings->with_template || !mvx_log_json_render_quick (renderer, event, buffer))
    mvx_log_json_render_any (renderer, event, buffer);
}

/* Other keys are a format of their own, so that the choice costs nothing here. */
static gboolean
mvx_log_json_set_up (MvxLogRenderer *renderer, GError **error)
{
  if (renderer->settings.keys == MVX_LOG_JSON_KEYS_DEFAULT)
    return TRUE;
  renderer->format = renderer->settings.keys == MVX_LOG_JSON_KEYS_ECS ? &mvx_log_format_ecs : &mvx_log_format_gelf;
  return renderer->format->set_up (renderer, error);
}

const MvxLogFormat mvx_log_format_json = {
  .name = "json",
  .set_up = mvx_log_json_set_up,
  .render = mvx_log_json_render,
};
