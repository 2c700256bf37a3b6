/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For people at a terminal: 12:00:00.123 INFO     context: message key=value error: message (domain, code) <- cause */
#include "base/calendar-private.h"
#include "base/clock-private.h"
#include "base/number-private.h"
#include "event/level-private.h"
#include "render/message-private.h"
#include "render/renderer-private.h"
#include "render/textline-private.h"
#include "render/textvalue-private.h"

/* "critical" */
#define MVX_LOG_PRETTY_LEVEL_WIDTH 8

/* Select Graphic Rendition of ECMA-48. */
#define MVX_LOG_PRETTY_FAINT "2"
#define MVX_LOG_PRETTY_CONTEXT "36"
#define MVX_LOG_PRETTY_ERROR "31"

/* Columns of context and message before aligned fields. */
#define MVX_LOG_PRETTY_COLUMNS 48
/* Of relative seconds: more than a day with microseconds. */
#define MVX_LOG_PRETTY_SECONDS 12

gint64 mvx_log_pretty_start;

__attribute__ ((constructor)) static void
mvx_log_pretty_set_start (void)
{
  mvx_log_pretty_start = mvx_log_clock_now_ns ();
}

static void
mvx_log_pretty_begin (const MvxLogRenderer *renderer, MvxLogBuffer *buffer, const char *colour)
{
  if (renderer->data == NULL || colour == NULL)
    return;
  mvx_log_buffer_append (buffer, "\033[", 2);
  mvx_log_buffer_append_s (buffer, colour);
  mvx_log_buffer_append_c (buffer, 'm');
}

static void
mvx_log_pretty_end (const MvxLogRenderer *renderer, MvxLogBuffer *buffer, const char *colour)
{
  if (renderer->data && colour)
    mvx_log_buffer_append (buffer, "\033[0m", 4);
}

/* Seconds with microseconds, right-aligned. */
static void
mvx_log_pretty_append_relative (MvxLogBuffer *buffer, gint64 ns)
{
  guint64 us = (ns < 0 ? -(guint64) ns : (guint64) ns) / 1000;
  guint8 text[MVX_LOG_NUMBER_MAX + 8] = "-";
  gsize len = ns < 0 ? 1 : 0;

  len += mvx_log_number_put_uint64 (text + len, us / G_USEC_PER_SEC);
  text[len++] = '.';
  mvx_log_number_put_padded (text + len, us % G_USEC_PER_SEC, 6);
  len += 6;
  for (gsize i = len; i < MVX_LOG_PRETTY_SECONDS; i++)
    mvx_log_buffer_append_c (buffer, ' ');
  mvx_log_buffer_append (buffer, text, len);
}

static void
mvx_log_pretty_append_time (const MvxLogRenderer *renderer, MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  gboolean local = renderer->settings.zone != MVX_LOG_ZONE_UTC;

  mvx_log_pretty_begin (renderer, buffer, MVX_LOG_PRETTY_FAINT);
  if (renderer->settings.time == MVX_LOG_TIME_RELATIVE)
    mvx_log_pretty_append_relative (buffer, event->time_ns - mvx_log_pretty_start);
  else
    mvx_log_calendar_append_clock (buffer, mvx_log_calendar_get (local), event->time_ns, local);
  mvx_log_pretty_end (renderer, buffer, MVX_LOG_PRETTY_FAINT);
}

static void
mvx_log_pretty_append_head (const MvxLogRenderer *renderer, MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  const char *colour = renderer->data ? mvx_log_level_get_colour (event->record->level) : NULL;
  gsize start;

  mvx_log_pretty_append_time (renderer, buffer, event);
  mvx_log_buffer_append_c (buffer, ' ');
  mvx_log_pretty_begin (renderer, buffer, colour);
  start = buffer->len;
  mvx_log_textline_append_level (buffer, event->record->level, TRUE);
  while (buffer->len - start < MVX_LOG_PRETTY_LEVEL_WIDTH)
    mvx_log_buffer_append_c (buffer, ' ');
  mvx_log_pretty_end (renderer, buffer, colour);
}

static void
mvx_log_pretty_append_context (const MvxLogRenderer *renderer, MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  gsize len = 0;
  const char *context = mvx_log_event_context (event, &len);

  if (context == NULL || len == 0)
    return;
  mvx_log_buffer_append_c (buffer, ' ');
  mvx_log_pretty_begin (renderer, buffer, MVX_LOG_PRETTY_CONTEXT);
  mvx_log_escape_append (buffer, MVX_LOG_ESCAPE_TEXT, context, len);
  mvx_log_pretty_end (renderer, buffer, MVX_LOG_PRETTY_CONTEXT);
  mvx_log_buffer_append_c (buffer, ':');
}

/* What the name of an event says stands in the message of one that has no other. */
static void
mvx_log_pretty_append_names (MvxLogBuffer *buffer, gsize start, const MvxLogEvent *event)
{
  static const struct
  {
    const char *key;
    MvxLogMetaTag tag;
  } names[] = {
    { "event", MVX_LOG_META_NAME },
    { "event_id", MVX_LOG_META_EVENT_ID },
    { "entity", MVX_LOG_META_ENTITY },
    { "outcome", MVX_LOG_META_OUTCOME },
  };
  gboolean told = !mvx_log_message_exists (event);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      gsize len;
      const char *text = mvx_log_event_meta (event, names[i].tag, &len);
      MvxLogValue value = { .type = MVX_LOG_TYPE_STRING };

      if (text == NULL || len == 0 || (told && names[i].tag != MVX_LOG_META_EVENT_ID))
        continue;
      value.size = (guint32) len;
      value.u.string = text;
      mvx_log_textvalue_append_pair (buffer, start, names[i].key, strlen (names[i].key), 0, &value);
    }
}

/* How wide that is on a terminal, without our own colours. */
static gsize
mvx_log_pretty_measure (const guint8 *text, const guint8 *end)
{
  gsize n = 0;

  while (text < end)
    {
      gunichar c = g_utf8_get_char ((const char *) text);

      if (c == '\033')
        text = memchr (text, 'm', (gsize) (end - text));
      else if (!g_unichar_iszerowidth (c))
        n += g_unichar_iswide (c) ? 2 : 1;
      text = (const guint8 *) g_utf8_next_char ((const char *) text);
    }
  return n;
}

/* @start is where context and message begin. */
static void
mvx_log_pretty_align (const MvxLogRenderer *renderer, MvxLogBuffer *buffer, gsize start)
{
  gsize n;

  if (!renderer->settings.align)
    return;
  for (n = mvx_log_pretty_measure (buffer->data + start, buffer->data + buffer->len); n < MVX_LOG_PRETTY_COLUMNS; n++)
    mvx_log_buffer_append_c (buffer, ' ');
}

/* Last in the line, so that it needs no quotation marks. */
static void
mvx_log_pretty_append_error (const MvxLogRenderer *renderer, MvxLogBuffer *buffer, const MvxLogValue *error)
{
  mvx_log_buffer_append_c (buffer, ' ');
  mvx_log_pretty_begin (renderer, buffer, MVX_LOG_PRETTY_ERROR);
  mvx_log_buffer_append_s (buffer, "error: ");
  mvx_log_textvalue_append (buffer, MVX_LOG_ESCAPE_TEXT, error);
  mvx_log_pretty_end (renderer, buffer, MVX_LOG_PRETTY_ERROR);
}

static void
mvx_log_pretty_append_fields (const MvxLogRenderer *renderer,
                              MvxLogBuffer *buffer,
                              const MvxLogEvent *event,
                              MvxLogFieldList *fields,
                              gsize start_of_text)
{
  gsize before = buffer->len;
  gsize aligned;
  gsize start;

  mvx_log_pretty_align (renderer, buffer, start_of_text);
  aligned = buffer->len;
  mvx_log_buffer_append_c (buffer, ' ');
  mvx_log_pretty_begin (renderer, buffer, MVX_LOG_PRETTY_FAINT);
  start = buffer->len;
  if (event->meta)
    mvx_log_pretty_append_names (buffer, start, event);
  mvx_log_textline_append_fields (buffer, start, event, fields, NULL);
  if (buffer->len == start)
    buffer->len = fields->error ? aligned : before;
  else
    mvx_log_pretty_end (renderer, buffer, MVX_LOG_PRETTY_FAINT);
  if (fields->error)
    mvx_log_pretty_append_error (renderer, buffer, fields->error);
}

static void
mvx_log_pretty_render (const MvxLogRenderer *renderer, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  g_auto (MvxLogFieldList) fields;
  gsize start;
  gsize before;

  mvx_log_fieldlist_init (&fields, event);
  mvx_log_pretty_append_head (renderer, buffer, event);
  start = buffer->len;
  /* A name instead of a message begins with the context. */
  if (mvx_log_message_exists (event) || mvx_log_event_get_name (event) == NULL)
    mvx_log_pretty_append_context (renderer, buffer, event);
  mvx_log_buffer_append_c (buffer, ' ');
  before = buffer->len;
  mvx_log_message_append_text (event, &fields, MVX_LOG_ESCAPE_TEXT, buffer);
  if (buffer->len == before)
    buffer->len--;
  mvx_log_pretty_append_fields (renderer, buffer, event, &fields, start);
  mvx_log_buffer_append_c (buffer, '\n');
}

static gboolean
mvx_log_pretty_set_up (MvxLogRenderer *renderer, GError **error)
{
  const MvxLogRenderSettings *settings = &renderer->settings;

  renderer->data = GINT_TO_POINTER (settings->colour == MVX_LOG_COLOUR_ALWAYS
                                    || (settings->colour == MVX_LOG_COLOUR_AUTO && settings->tty));
  return TRUE;
}

const MvxLogFormat mvx_log_format_pretty = {
  .name = "pretty",
  .set_up = mvx_log_pretty_set_up,
  .render = mvx_log_pretty_render,
};
