/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON Lines with the keys of GELF 1.1, the Graylog Extended Log Format: what is not of its own has a key that begins
 * with _, and is a string or a number. */
#include "base/number-private.h"
#include "event/level-private.h"
#include "render/error-parts-private.h"
#include "render/jsonorigin-private.h"
#include "render/jsonvalue-private.h"
#include "render/message-private.h"
#include "render/renderer-private.h"
#include "render/textline-private.h"
#include "render/textvalue-private.h"

/* Behind the _; "id" is Graylog's own. */
static const char *const mvx_log_gelf_reserved[] = {
  "id",      "timestamp_ns", "level_name",    "logger",     "event_id", "event", "entity",
  "outcome", "error_type",   "error_message", "error_code", "file",     "line",  "function",
  "pid",     "tid",          "trace_id",      "span_id",    "seq",      NULL,
};

/* Servers read a floating-point number, which does not hold nanoseconds; those are in the string beside it. */
static void
mvx_log_gelf_append_time (MvxLogBuffer *buffer, gint64 ns)
{
  guint64 us = (ns < 0 ? -(guint64) ns : (guint64) ns) / 1000;

  mvx_log_buffer_append_s (buffer, ",\"timestamp\":");
  if (ns < 0)
    mvx_log_buffer_append_c (buffer, '-');
  mvx_log_number_append_uint64 (buffer, us / G_USEC_PER_SEC);
  mvx_log_buffer_append_c (buffer, '.');
  mvx_log_number_put_padded (mvx_log_buffer_reserve (buffer, 6), us % G_USEC_PER_SEC, 6);
  buffer->len += 6;
  mvx_log_buffer_append_s (buffer, ",\"_timestamp_ns\":\"");
  mvx_log_number_append_int64 (buffer, ns);
  mvx_log_buffer_append_c (buffer, '"');
}

static void
mvx_log_gelf_append_full (MvxLogBuffer *buffer, const char *rest, gsize len, const MvxLogValue *error)
{
  if (len == 0 && error == NULL)
    return;
  mvx_log_buffer_append_s (buffer, ",\"full_message\":\"");
  mvx_log_escape_json (buffer, rest, len);
  if (len > 0 && error)
    mvx_log_buffer_append_s (buffer, "\\n");
  if (error)
    mvx_log_textvalue_append (buffer, MVX_LOG_ESCAPE_JSON, error);
  mvx_log_buffer_append_c (buffer, '"');
}

/* The short message is the first line that is not blank; a server refuses an event without. What is behind it and the
 * chain of errors are the full one. */
static void
mvx_log_gelf_append_message (MvxLogBuffer *buffer, const MvxLogEvent *event, const MvxLogFieldList *fields)
{
  const MvxLogValue *error = mvx_log_fieldlist_find (fields, "error", strlen ("error"));
  MvxLogBuffer raw = MVX_LOG_BUFFER_INIT;
  const char *text;
  const char *end;
  gsize line_len;
  gsize len;

  mvx_log_message_append_text (event, fields, MVX_LOG_ESCAPE_NONE, &raw);
  mvx_log_buffer_append_c (&raw, '\0');
  text = (const char *) raw.data + strspn ((const char *) raw.data, " \t\n\v\f\r");
  len = raw.len - 1 - (gsize) (text - (const char *) raw.data);
  end = memchr (text, '\n', len);
  line_len = end ? (gsize) (end - text) : len;
  mvx_log_buffer_append_s (buffer, ",\"short_message\":");
  mvx_log_jsonvalue_append_string (buffer, len > 0 ? text : "-", MAX (line_len, 1));
  mvx_log_gelf_append_full (buffer, text + line_len + (end ? 1 : 0), len - line_len - (end ? 1 : 0),
                            error && error->type == MVX_LOG_TYPE_ERROR ? error : NULL);
  mvx_log_buffer_clear (&raw);
}

/* How every line begins. */
static void
mvx_log_gelf_append_start (MvxLogBuffer *buffer, const char *host)
{
  mvx_log_buffer_append_s (buffer, "{\"version\":\"1.1\",\"host\":");
  mvx_log_jsonvalue_append_string (buffer, host, strlen (host));
}

static void
mvx_log_gelf_append_head (const MvxLogRenderer *renderer,
                          MvxLogBuffer *buffer,
                          const MvxLogEvent *event,
                          const MvxLogFieldList *fields)
{
  gsize len = 0;
  const char *context;

  if (mvx_log_renderer_host_of (event))
    mvx_log_gelf_append_start (buffer, mvx_log_renderer_host_of (event));
  else
    mvx_log_buffer_append_s (buffer, renderer->data);
  mvx_log_gelf_append_message (buffer, event, fields);
  mvx_log_gelf_append_time (buffer, event->time_ns);
  mvx_log_buffer_append_s (buffer, ",\"level\":");
  mvx_log_number_append_uint64 (buffer, mvx_log_level_to_severity (event->record->level));
  mvx_log_buffer_append_s (buffer, ",\"_level_name\":\"");
  mvx_log_textline_append_level (buffer, event->record->level, FALSE);
  mvx_log_buffer_append_c (buffer, '"');
  context = mvx_log_event_context (event, &len);
  mvx_log_jsonvalue_append_member (buffer, ",\"_logger\":", context, len);
  mvx_log_jsonvalue_append_text_member (buffer, ",\"_event_id\":", mvx_log_event_get_event_id (event));
  mvx_log_jsonvalue_append_text_member (buffer, ",\"_event\":", mvx_log_event_get_name (event));
  mvx_log_jsonvalue_append_text_member (buffer, ",\"_entity\":", mvx_log_event_get_entity_id (event));
  mvx_log_jsonvalue_append_text_member (buffer, ",\"_outcome\":", mvx_log_event_get_outcome (event));
}

/* Letters, digits, _, . and - of ASCII are allowed; any other character becomes one _. */
static gsize
mvx_log_gelf_rename (guint8 *out, const char *key, gsize len)
{
  gsize n = 0;

  for (gsize i = 0; i < len; i++)
    if (g_ascii_isalnum (key[i]) || key[i] == '.' || key[i] == '-')
      out[n++] = (guint8) key[i];
    else if (((guint8) key[i] & 0xc0) != 0x80)
      out[n++] = '_';
  if (n == 0)
    out[n++] = '_';
  return n;
}

static void
mvx_log_gelf_append_as_text (MvxLogBuffer *buffer, const MvxLogValue *value)
{
  mvx_log_buffer_append_c (buffer, '"');
  mvx_log_textvalue_append (buffer, MVX_LOG_ESCAPE_JSON, value);
  mvx_log_buffer_append_c (buffer, '"');
}

static void
mvx_log_gelf_append_value (MvxLogBuffer *buffer, const MvxLogValue *value)
{
  switch (value->type)
    {
    case MVX_LOG_TYPE_STRING:
    case MVX_LOG_TYPE_INT64:
    case MVX_LOG_TYPE_UINT64:
    case MVX_LOG_TYPE_DOUBLE:
      mvx_log_jsonvalue_append (buffer, value);
      break;
    default:
      mvx_log_gelf_append_as_text (buffer, value);
      break;
    }
}

static void
mvx_log_gelf_append_fields (MvxLogBuffer *buffer, MvxLogFieldList *fields)
{
  MvxLogBuffer names = MVX_LOG_BUFFER_INIT;

  mvx_log_fieldlist_resolve_renamed (fields, mvx_log_gelf_reserved, mvx_log_gelf_rename, &names);
  for (guint i = 0; i < fields->n; i++)
    {
      const MvxLogFieldEntry *entry = &fields->entries[i];

      if (entry->hidden)
        continue;
      mvx_log_jsonvalue_append_key (buffer, "_", entry->n_fold, entry->key, entry->key_len);
      mvx_log_gelf_append_value (buffer, &entry->value);
    }
  mvx_log_buffer_clear (&names);
}

static void
mvx_log_gelf_append_error (MvxLogBuffer *buffer, const MvxLogValue *error)
{
  MvxLogErrorParts parts;

  mvx_log_error_parts_read_first (&parts, error);
  mvx_log_buffer_append_s (buffer, ",\"_error_type\":");
  mvx_log_gelf_append_value (buffer, &parts.domain);
  mvx_log_buffer_append_s (buffer, ",\"_error_code\":");
  mvx_log_gelf_append_value (buffer, &parts.code);
  mvx_log_buffer_append_s (buffer, ",\"_error_message\":");
  mvx_log_gelf_append_value (buffer, &parts.message);
}

static const MvxLogJsonOriginKeys mvx_log_gelf_origin = {
  .trace = ",\"_trace_id\":",
  .span = ",\"_span_id\":",
  .file = ",\"_file\":",
  .line = ",\"_line\":",
  .function = ",\"_function\":",
  .process = ",\"_pid\":",
  .thread = ",\"_tid\":",
  .seq = ",\"_seq\":",
};

static void
mvx_log_gelf_render (const MvxLogRenderer *renderer, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  g_auto (MvxLogFieldList) fields;

  mvx_log_fieldlist_init (&fields, event);
  mvx_log_gelf_append_head (renderer, buffer, event, &fields);
  mvx_log_gelf_append_fields (buffer, &fields);
  if (fields.error)
    mvx_log_gelf_append_error (buffer, fields.error);
  mvx_log_json_origin_append (&mvx_log_gelf_origin, renderer, buffer, event);
}

static gboolean
mvx_log_gelf_set_up (MvxLogRenderer *renderer, GError **error)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  mvx_log_gelf_append_start (&buffer, g_get_host_name ());
  mvx_log_buffer_append_c (&buffer, '\0');
  renderer->data = g_strdup ((const char *) buffer.data);
  mvx_log_buffer_clear (&buffer);
  return TRUE;
}

static void
mvx_log_gelf_tear_down (MvxLogRenderer *renderer)
{
  g_free (renderer->data);
}

const MvxLogFormat mvx_log_format_gelf = {
  .name = "json",
  .set_up = mvx_log_gelf_set_up,
  .tear_down = mvx_log_gelf_tear_down,
  .render = mvx_log_gelf_render,
};
