/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON Lines with the keys of the Elastic Common Schema: dotted, as Elastic's own loggers for other languages write
 * them. The user's fields keep their types in an object of their own, where they are in nobody's way. */
#include "base/calendar-private.h"
#include "base/number-private.h"
#include "base/program-private.h"
#include "event/level-private.h"
#include "render/error-parts-private.h"
#include "render/jsonorigin-private.h"
#include "render/jsonvalue-private.h"
#include "render/message-private.h"
#include "render/renderer-private.h"
#include "render/textline-private.h"
#include "render/textvalue-private.h"

#define MVX_LOG_ECS_VERSION "8.11.0"
#define MVX_LOG_ECS_FIELDS ",\"mvxlog\":"

static void
mvx_log_ecs_append_head (const MvxLogRenderer *renderer,
                         MvxLogBuffer *buffer,
                         const MvxLogEvent *event,
                         const MvxLogFieldList *fields)
{
  gsize len = 0;
  const char *context;

  mvx_log_buffer_append_s (buffer, "{\"@timestamp\":\"");
  mvx_log_calendar_append (buffer, mvx_log_calendar_get (FALSE), event->time_ns, FALSE);
  mvx_log_buffer_append_s (buffer, "\",\"log.level\":\"");
  mvx_log_textline_append_level (buffer, event->record->level, FALSE);
  /* The schema demands a message. */
  mvx_log_buffer_append_s (buffer, "\",\"message\":\"");
  mvx_log_message_append_text (event, fields, MVX_LOG_ESCAPE_JSON, buffer);
  mvx_log_buffer_append_s (buffer, "\",\"ecs.version\":\"" MVX_LOG_ECS_VERSION "\"");
  if (mvx_log_renderer_host_of (event))
    mvx_log_jsonvalue_append_text_member (buffer, ",\"host.hostname\":", mvx_log_renderer_host_of (event));
  else
    mvx_log_buffer_append_s (buffer, renderer->data);
  context = mvx_log_event_context (event, &len);
  mvx_log_jsonvalue_append_member (buffer, ",\"log.logger\":", context, len);
}

/* The schema knows success, failure and unknown. */
static void
mvx_log_ecs_append_outcome (MvxLogBuffer *buffer, const char *outcome)
{
  if (outcome == NULL || *outcome == '\0')
    return;
  if (strcmp (outcome, "failed") == 0 || strcmp (outcome, "failure") == 0)
    mvx_log_buffer_append_s (buffer, ",\"event.outcome\":\"failure\"");
  else if (strcmp (outcome, "success") == 0)
    mvx_log_buffer_append_s (buffer, ",\"event.outcome\":\"success\"");
  else
    {
      mvx_log_buffer_append_s (buffer, ",\"event.outcome\":\"unknown\"");
      mvx_log_jsonvalue_append_text_member (buffer, ",\"event.reason\":", outcome);
    }
}

static void
mvx_log_ecs_append_names (MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  mvx_log_jsonvalue_append_text_member (buffer, ",\"event.code\":", mvx_log_event_get_event_id (event));
  mvx_log_jsonvalue_append_text_member (buffer, ",\"event.action\":", mvx_log_event_get_name (event));
  mvx_log_jsonvalue_append_text_member (buffer, ",\"entity.id\":", mvx_log_event_get_entity_id (event));
  mvx_log_ecs_append_outcome (buffer, mvx_log_event_get_outcome (event));
}

/* A dot would make an object of the field that is left of it, which may be a number in another event, and then the
 * event is refused; so is one with a blank key. */
static gsize
mvx_log_ecs_rename (guint8 *out, const char *key, gsize len)
{
  gboolean blank = strspn (key, " \t\n\v\f\r") >= len;

  for (gsize i = 0; i < len; i++)
    out[i] = (guint8) (key[i] == '.' || blank ? '_' : key[i]);
  out[len] = '_';
  return MAX (len, 1);
}

static void
mvx_log_ecs_append_fields (MvxLogBuffer *buffer, MvxLogFieldList *fields)
{
  MvxLogBuffer names = MVX_LOG_BUFFER_INIT;
  gsize before = buffer->len;
  gsize start;

  mvx_log_buffer_append_s (buffer, MVX_LOG_ECS_FIELDS);
  start = buffer->len;
  mvx_log_fieldlist_resolve_renamed (fields, NULL, mvx_log_ecs_rename, &names);
  for (guint i = 0; i < fields->n; i++)
    {
      const MvxLogFieldEntry *entry = &fields->entries[i];

      if (entry->hidden)
        continue;
      mvx_log_jsonvalue_append_key (buffer, "", entry->n_fold, entry->key, entry->key_len);
      mvx_log_jsonvalue_append (buffer, &entry->value);
    }
  mvx_log_buffer_clear (&names);
  /* The comma of the first field opens the object. */
  if (buffer->len == start)
    buffer->len = before;
  else
    {
      buffer->data[start] = '{';
      mvx_log_buffer_append_c (buffer, '}');
    }
}

/* Of a string, or of what the schema has as a string. */
static void
mvx_log_ecs_append_as_text (MvxLogBuffer *buffer, const char *start, const MvxLogValue *value)
{
  mvx_log_buffer_append_s (buffer, start);
  mvx_log_textvalue_append (buffer, MVX_LOG_ESCAPE_JSON, value);
  mvx_log_buffer_append_c (buffer, '"');
}

static void
mvx_log_ecs_append_error (MvxLogBuffer *buffer, const MvxLogValue *error)
{
  MvxLogErrorParts parts;

  mvx_log_error_parts_read_first (&parts, error);
  mvx_log_ecs_append_as_text (buffer, ",\"error.type\":\"", &parts.domain);
  mvx_log_ecs_append_as_text (buffer, ",\"error.code\":\"", &parts.code);
  mvx_log_ecs_append_as_text (buffer, ",\"error.message\":\"", &parts.message);
  mvx_log_ecs_append_as_text (buffer, ",\"error.stack_trace\":\"", error);
}

static const MvxLogJsonOriginKeys mvx_log_ecs_origin = {
  .trace = ",\"trace.id\":",
  .span = ",\"span.id\":",
  .file = ",\"log.origin.file.name\":",
  .line = ",\"log.origin.file.line\":",
  .function = ",\"log.origin.function\":",
  .process = ",\"process.pid\":",
  .thread = ",\"process.thread.id\":",
  .seq = ",\"event.sequence\":",
};

static void
mvx_log_ecs_render (const MvxLogRenderer *renderer, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  g_auto (MvxLogFieldList) fields;

  mvx_log_fieldlist_init (&fields, event);
  mvx_log_ecs_append_head (renderer, buffer, event, &fields);
  mvx_log_ecs_append_names (buffer, event);
  mvx_log_ecs_append_fields (buffer, &fields);
  if (fields.error)
    mvx_log_ecs_append_error (buffer, fields.error);
  mvx_log_json_origin_append (&mvx_log_ecs_origin, renderer, buffer, event);
}

/* The name of this host, which stands behind nearly every message. */
static gboolean
mvx_log_ecs_set_up (MvxLogRenderer *renderer, GError **error)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  mvx_log_jsonvalue_append_text_member (&buffer, ",\"host.hostname\":", g_get_host_name ());
  mvx_log_jsonvalue_append_text_member (&buffer, ",\"service.name\":", mvx_log_program_get_name ());
  mvx_log_buffer_append_c (&buffer, '\0');
  renderer->data = g_strdup ((const char *) buffer.data);
  mvx_log_buffer_clear (&buffer);
  return TRUE;
}

static void
mvx_log_ecs_tear_down (MvxLogRenderer *renderer)
{
  g_free (renderer->data);
}

const MvxLogFormat mvx_log_format_ecs = {
  .name = "json",
  .set_up = mvx_log_ecs_set_up,
  .tear_down = mvx_log_ecs_tear_down,
  .render = mvx_log_ecs_render,
};
