/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For people at a terminal: 12:00:00.123 INFO     context: message key=value */
#include "base/calendar-private.h"
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

static void
mvx_log_pretty_append_head (const MvxLogRenderer *renderer, MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  const char *colour = renderer->data ? mvx_log_level_get_colour (event->record->level) : NULL;
  gboolean local = renderer->settings.zone != MVX_LOG_ZONE_UTC;
  gsize start;

  mvx_log_pretty_begin (renderer, buffer, MVX_LOG_PRETTY_FAINT);
  mvx_log_calendar_append_clock (buffer, mvx_log_calendar_get (local), event->time_ns, local);
  mvx_log_pretty_end (renderer, buffer, MVX_LOG_PRETTY_FAINT);
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
    { "entity", MVX_LOG_META_ENTITY },
    { "outcome", MVX_LOG_META_OUTCOME },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      gsize len;
      const char *text = mvx_log_event_meta (event, names[i].tag, &len);
      MvxLogValue value = { .type = MVX_LOG_TYPE_STRING };

      if (text == NULL || len == 0)
        continue;
      value.size = (guint32) len;
      value.u.string = text;
      mvx_log_textvalue_append_pair (buffer, start, names[i].key, strlen (names[i].key), 0, &value);
    }
}

static void
mvx_log_pretty_append_fields (const MvxLogRenderer *renderer,
                              MvxLogBuffer *buffer,
                              const MvxLogEvent *event,
                              MvxLogFieldList *fields)
{
  gsize before = buffer->len;
  gsize start;

  mvx_log_buffer_append_c (buffer, ' ');
  mvx_log_pretty_begin (renderer, buffer, MVX_LOG_PRETTY_FAINT);
  start = buffer->len;
  if (event->meta && mvx_log_message_exists (event))
    mvx_log_pretty_append_names (buffer, start, event);
  mvx_log_textline_append_fields (buffer, start, event, fields, NULL);
  if (buffer->len == start)
    buffer->len = before;
  else
    mvx_log_pretty_end (renderer, buffer, MVX_LOG_PRETTY_FAINT);
}

static void
mvx_log_pretty_render (const MvxLogRenderer *renderer, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  g_auto (MvxLogFieldList) fields;
  gsize before;

  mvx_log_fieldlist_init (&fields, event);
  mvx_log_pretty_append_head (renderer, buffer, event);
  /* A name instead of a message begins with the context. */
  if (mvx_log_message_exists (event) || mvx_log_event_get_name (event) == NULL)
    mvx_log_pretty_append_context (renderer, buffer, event);
  mvx_log_buffer_append_c (buffer, ' ');
  before = buffer->len;
  mvx_log_message_append_text (event, &fields, MVX_LOG_ESCAPE_TEXT, buffer);
  if (buffer->len == before)
    buffer->len--;
  mvx_log_pretty_append_fields (renderer, buffer, event, &fields);
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
