/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "base/calendar-private.h"
#include "base/number-private.h"
#include "render/message-private.h"
#include "render/pattern-compile-private.h"
#include "render/renderer-private.h"
#include "render/textline-private.h"
#include "render/textvalue-private.h"

#define MVX_LOG_PATTERN_MAX_TIME 512

static void
mvx_log_pattern_append_string (MvxLogBuffer *buffer, const char *text)
{
  if (text)
    mvx_log_escape_append (buffer, MVX_LOG_ESCAPE_TEXT, text, strlen (text));
}

static void
mvx_log_pattern_append_number (MvxLogBuffer *buffer, guint64 number)
{
  if (number > 0)
    mvx_log_number_append_uint64 (buffer, number);
}

static void
mvx_log_pattern_append_strftime (MvxLogBuffer *buffer, const char *format, gint64 ns, gboolean local)
{
  char text[MVX_LOG_PATTERN_MAX_TIME];
  struct tm tm = { 0 };
  guint32 rest;
  time_t second = (time_t) mvx_log_calendar_split (ns, &rest);

  if ((local ? localtime_r (&second, &tm) : gmtime_r (&second, &tm)) == NULL)
    return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  mvx_log_escape_append (buffer, MVX_LOG_ESCAPE_TEXT, text, strftime (text, sizeof text, format, &tm));
#pragma GCC diagnostic pop
}

static void
mvx_log_pattern_append_key (MvxLogBuffer *buffer, const MvxLogPatternPart *part, const MvxLogFieldList *fields)
{
  const MvxLogValue *value = mvx_log_fieldlist_find (fields, part->text, part->len);

  if (value)
    mvx_log_textvalue_append (buffer, MVX_LOG_ESCAPE_TEXT, value);
}

static void
mvx_log_pattern_append_pid (MvxLogBuffer *buffer, const MvxLogRenderer *renderer)
{
  gsize len;
  const char *pid = mvx_log_renderer_get_pid (renderer, &len);

  mvx_log_buffer_append (buffer, pid, len);
}

static void
mvx_log_pattern_append_context (MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  gsize len = 0;
  const char *context = mvx_log_event_context (event, &len);

  mvx_log_escape_append (buffer, MVX_LOG_ESCAPE_TEXT, context, context ? len : 0);
}

static void
mvx_log_pattern_append_part (MvxLogBuffer *buffer,
                             const MvxLogPatternPart *part,
                             const MvxLogRenderer *renderer,
                             const MvxLogEvent *event,
                             MvxLogFieldList *fields)
{
  gboolean local = renderer->settings.zone == MVX_LOG_ZONE_LOCAL;

  switch (part->directive)
    {
    case '\0':
      mvx_log_buffer_append (buffer, part->text, part->len);
      break;
    case 't':
      mvx_log_calendar_append (buffer, mvx_log_calendar_get (local), event->time_ns, local);
      break;
    case 'T':
      mvx_log_pattern_append_strftime (buffer, part->text, event->time_ns, local);
      break;
    case 'l':
    case 'L':
      mvx_log_textline_append_level (buffer, event->record->level, part->directive == 'L');
      break;
    case 'c':
      mvx_log_pattern_append_context (buffer, event);
      break;
    case 'e':
      mvx_log_pattern_append_string (buffer, mvx_log_event_get_name (event));
      break;
    case 'm':
      mvx_log_message_append_text (event, fields, MVX_LOG_ESCAPE_TEXT, buffer);
      break;
    case 'f':
      mvx_log_textline_append_fields (buffer, buffer->len, event, fields, NULL);
      break;
    case '{':
      mvx_log_pattern_append_key (buffer, part, fields);
      break;
    case 'F':
      mvx_log_pattern_append_string (buffer, mvx_log_event_get_file (event));
      break;
    case 'n':
      mvx_log_pattern_append_number (buffer, mvx_log_event_get_line (event));
      break;
    case 'M':
      mvx_log_pattern_append_string (buffer, mvx_log_event_get_function (event));
      break;
    case 'p':
      mvx_log_pattern_append_pid (buffer, renderer);
      break;
    case 'h':
      mvx_log_pattern_append_number (buffer, event->record->thread);
      break;
    case 's':
    default:
      mvx_log_pattern_append_number (buffer, event->seq);
      break;
    }
}

/* Bytes of the first @n characters; all of it if there are no more. What stands here is valid UTF-8. */
static gsize
mvx_log_pattern_cut (const guint8 *text, gsize len, gsize n)
{
  gsize i = 0;

  for (; i < len; i++)
    if ((text[i] & 0xc0) != 0x80 && n-- == 0)
      break;
  return i;
}

static void
mvx_log_pattern_fit (MvxLogBuffer *buffer, gsize start, const MvxLogPatternPart *part)
{
  gsize len = buffer->len - start;
  gsize n_chars = 0;
  gsize missing;

  if (part->most > 0)
    len = mvx_log_pattern_cut (buffer->data + start, len, part->most);
  buffer->len = start + len;
  for (gsize i = 0; i < len; i++)
    n_chars += (buffer->data[start + i] & 0xc0) != 0x80;
  if (n_chars >= part->width)
    return;
  missing = part->width - n_chars;
  mvx_log_buffer_reserve (buffer, missing);
  if (!part->left)
    memmove (buffer->data + start + missing, buffer->data + start, len);
  memset (buffer->data + start + (part->left ? len : 0), ' ', missing);
  buffer->len += missing;
}

static void
mvx_log_pattern_render (const MvxLogRenderer *renderer, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  const GArray *parts = renderer->data;
  g_auto (MvxLogFieldList) fields;

  mvx_log_fieldlist_init (&fields, event);
  for (guint i = 0; i < parts->len; i++)
    {
      const MvxLogPatternPart *part = &g_array_index (parts, MvxLogPatternPart, i);
      gsize start = buffer->len;

      mvx_log_pattern_append_part (buffer, part, renderer, event, &fields);
      if (part->width > 0 || part->most > 0)
        mvx_log_pattern_fit (buffer, start, part);
    }
  mvx_log_buffer_append_c (buffer, '\n');
}

static gboolean
mvx_log_pattern_set_up (MvxLogRenderer *renderer, GError **error)
{
  const char *pattern = renderer->settings.pattern;

  renderer->data = mvx_log_pattern_compile (pattern ? pattern : MVX_LOG_PATTERN_DEFAULT, error);
  return renderer->data != NULL;
}

static void
mvx_log_pattern_tear_down (MvxLogRenderer *renderer)
{
  g_array_unref (renderer->data);
}

const MvxLogFormat mvx_log_format_pattern = {
  .name = "pattern",
  .set_up = mvx_log_pattern_set_up,
  .tear_down = mvx_log_pattern_tear_down,
  .render = mvx_log_pattern_render,
};
