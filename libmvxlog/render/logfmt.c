/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* key=value pairs on one line: ts level context event event_id entity outcome msg, the user's fields in call order,
 * error, trace_id span_id file line func. */
#include "base/calendar-private.h"
#include "base/number-private.h"
#include "render/message-private.h"
#include "render/renderer-private.h"
#include "render/textline-private.h"
#include "render/textvalue-private.h"

static const char *const mvx_log_logfmt_reserved[] = {
  "ts",    "level",    "context", "event", "event_id", "entity", "outcome", "msg",
  "error", "trace_id", "span_id", "file",  "line",     "func",   NULL,
};

static void
mvx_log_logfmt_append_text (MvxLogBuffer *buffer, const char *key, const char *text, gsize len)
{
  if (text == NULL || len == 0)
    return;
  mvx_log_buffer_append_s (buffer, key);
  mvx_log_textvalue_append_quoted (buffer, text, len);
}

static void
mvx_log_logfmt_append_string (MvxLogBuffer *buffer, const char *key, const char *text)
{
  mvx_log_logfmt_append_text (buffer, key, text, text ? strlen (text) : 0);
}

static void
mvx_log_logfmt_append_head (const MvxLogRenderer *renderer, MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  gboolean local = renderer->settings.zone == MVX_LOG_ZONE_LOCAL;
  gsize len = 0;
  const char *context = mvx_log_event_context (event, &len);

  mvx_log_buffer_append_s (buffer, "ts=");
  mvx_log_calendar_append (buffer, mvx_log_calendar_get (local), event->time_ns, local);
  mvx_log_buffer_append_s (buffer, " level=");
  mvx_log_textline_append_level (buffer, event->record->level, FALSE);
  mvx_log_logfmt_append_text (buffer, " context=", context, len);
  mvx_log_logfmt_append_string (buffer, " event=", mvx_log_event_get_name (event));
  mvx_log_logfmt_append_string (buffer, " event_id=", mvx_log_event_get_event_id (event));
  mvx_log_logfmt_append_string (buffer, " entity=", mvx_log_event_get_entity_id (event));
  mvx_log_logfmt_append_string (buffer, " outcome=", mvx_log_event_get_outcome (event));
}

static void
mvx_log_logfmt_append_message (MvxLogBuffer *buffer, const MvxLogEvent *event, const MvxLogFieldList *fields)
{
  gsize before = buffer->len;

  mvx_log_buffer_append_s (buffer, " msg=\"");
  if (mvx_log_message_append_fields (event, fields, MVX_LOG_ESCAPE_QUOTED, buffer))
    mvx_log_buffer_append_c (buffer, '"');
  else
    buffer->len = before;
}

static void
mvx_log_logfmt_append_tail (MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  mvx_log_logfmt_append_string (buffer, " trace_id=", mvx_log_event_get_trace_id (event));
  mvx_log_logfmt_append_string (buffer, " span_id=", mvx_log_event_get_span_id (event));
  mvx_log_logfmt_append_string (buffer, " file=", mvx_log_event_get_file (event));
  if (mvx_log_event_get_line (event) > 0)
    {
      mvx_log_buffer_append_s (buffer, " line=");
      mvx_log_number_append_uint64 (buffer, mvx_log_event_get_line (event));
    }
  mvx_log_logfmt_append_string (buffer, " func=", mvx_log_event_get_function (event));
}

static void
mvx_log_logfmt_render (const MvxLogRenderer *renderer, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  g_auto (MvxLogFieldList) fields;
  gsize start = buffer->len;

  mvx_log_fieldlist_init (&fields, event);
  mvx_log_logfmt_append_head (renderer, buffer, event);
  mvx_log_logfmt_append_message (buffer, event, &fields);
  mvx_log_textline_append_fields (buffer, start, event, &fields, mvx_log_logfmt_reserved);
  mvx_log_textline_append_error (buffer, start, &fields);
  mvx_log_logfmt_append_tail (buffer, event);
  mvx_log_buffer_append_c (buffer, '\n');
}

const MvxLogFormat mvx_log_format_logfmt = {
  .name = "logfmt",
  .render = mvx_log_logfmt_render,
};
