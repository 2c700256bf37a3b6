/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journald-entry.h"

#include <string.h>

/* journald takes 1024 fields in an entry, and an error makes four of one. */
#define MVX_JOURNALD_ENTRY_MAX 240

/* An event's fields. What found no name, or is one too many, is collected as JSON. */
typedef struct
{
  MvxJournaldNames *names;
  MvxLogBuffer *buffer;
  MvxLogBuffer rest;
  guint n_named;
} MvxJournaldFields;

static void
mvx_journald_entry_append_binary (MvxLogBuffer *buffer, const char *name, gconstpointer data, gsize size)
{
  guint64 length = GUINT64_TO_LE ((guint64) size);

  mvx_log_buffer_append_s (buffer, name);
  mvx_log_buffer_append_c (buffer, '\n');
  mvx_log_buffer_append (buffer, &length, sizeof length);
  mvx_log_buffer_append (buffer, data, size);
  mvx_log_buffer_append_c (buffer, '\n');
}

/* Without a newline in it, anything goes behind an equals sign. */
static void
mvx_journald_entry_append_data (MvxLogBuffer *buffer, const char *name, gconstpointer data, gsize size)
{
  if (size > 0 && memchr (data, '\n', size))
    {
      mvx_journald_entry_append_binary (buffer, name, data, size);
      return;
    }
  mvx_log_buffer_append_s (buffer, name);
  mvx_log_buffer_append_c (buffer, '=');
  mvx_log_buffer_append (buffer, data, size);
  mvx_log_buffer_append_c (buffer, '\n');
}

/* Nothing for what the event does not have. */
static void
mvx_journald_entry_append_text (MvxLogBuffer *buffer, const char *name, const char *text)
{
  if (text && *text)
    mvx_journald_entry_append_data (buffer, name, text, strlen (text));
}

static void
mvx_journald_entry_append_number (MvxLogBuffer *buffer, const char *name, guint64 number)
{
  if (number > 0)
    mvx_log_buffer_append_printf (buffer, "%s=%" G_GUINT64_FORMAT "\n", name, number);
}

static void
mvx_journald_entry_append_message (MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  MvxLogBuffer message = MVX_LOG_BUFFER_INIT;

  if (!mvx_log_buffer_append_message (&message, event, FALSE) && mvx_log_event_get_name (event))
    mvx_log_buffer_append_s (&message, mvx_log_event_get_name (event));
  mvx_journald_entry_append_data (buffer, "MESSAGE", message.data, message.len);
  mvx_log_buffer_clear (&message);
}

static void
mvx_journald_entry_append_value (MvxLogBuffer *buffer, const char *name, const MvxLogValue *value)
{
  MvxLogBuffer text = MVX_LOG_BUFFER_INIT;

  if (value->type == MVX_LOG_TYPE_STRING)
    mvx_journald_entry_append_data (buffer, name, value->u.string, value->size);
  else if (value->type == MVX_LOG_TYPE_BYTES)
    mvx_journald_entry_append_binary (buffer, name, value->u.bytes, value->size);
  else
    {
      mvx_log_buffer_append_text (&text, value);
      mvx_journald_entry_append_data (buffer, name, text.data, text.len);
      mvx_log_buffer_clear (&text);
    }
}

/* NAME_DOMAIN and NAME_CODE of the outermost error, and the whole chain as NAME_CHAIN, for who looks for errors of a
 * kind. */
static void
mvx_journald_entry_append_error (MvxLogBuffer *buffer, const char *name, const MvxLogValue *error)
{
  MvxLogBuffer chain = MVX_LOG_BUFFER_INIT;
  MvxLogValueIter iter;
  MvxLogValueIter parts;
  MvxLogValue cause;
  MvxLogValue part;
  const char *key;

  if (strlen (name) + strlen ("_DOMAIN") > MVX_JOURNALD_NAME_MAX || !mvx_log_value_iter_init (&iter, error)
      || !mvx_log_value_iter_next (&iter, NULL, &cause) || !mvx_log_value_iter_init (&parts, &cause))
    return;
  while (mvx_log_value_iter_next (&parts, &key, &part))
    {
      g_autofree char *longer = NULL;

      if (strcmp (key, "domain") != 0 && strcmp (key, "code") != 0)
        continue;
      longer = g_strconcat (name, *key == 'd' ? "_DOMAIN" : "_CODE", NULL);
      mvx_journald_entry_append_value (buffer, longer, &part);
    }
  mvx_log_buffer_append_s (buffer, name);
  mvx_log_buffer_append_json (&chain, error);
  mvx_journald_entry_append_data (buffer, "_CHAIN", chain.data, chain.len);
  mvx_log_buffer_clear (&chain);
}

static void
mvx_journald_entry_append_rest (MvxLogBuffer *rest, const char *key, const MvxLogValue *value)
{
  MvxLogValue name = { .type = MVX_LOG_TYPE_STRING, .size = (guint32) strlen (key), .u.string = key };

  mvx_log_buffer_append_c (rest, rest->len > 0 ? ',' : '{');
  mvx_log_buffer_append_json (rest, &name);
  mvx_log_buffer_append_c (rest, ':');
  mvx_log_buffer_append_json (rest, value);
}

static void
mvx_journald_entry_append_field (MvxJournaldFields *self, const char *key, const MvxLogValue *value)
{
  const char *name = self->n_named < MVX_JOURNALD_ENTRY_MAX ? mvx_journald_names_get (self->names, key) : NULL;
  gint64 code = value->type == MVX_LOG_TYPE_INT64 ? value->u.int64 : 0;

  if (code > 0 && strcmp (key, "errno") == 0)
    mvx_journald_entry_append_number (self->buffer, "ERRNO", (guint64) code);
  if (name == NULL)
    {
      mvx_journald_entry_append_rest (&self->rest, key, value);
      return;
    }
  self->n_named++;
  mvx_journald_entry_append_value (self->buffer, name, value);
  if (value->type == MVX_LOG_TYPE_ERROR)
    mvx_journald_entry_append_error (self->buffer, name, value);
}

static void
mvx_journald_entry_append_fields (MvxLogBuffer *buffer, MvxJournaldNames *names, const MvxLogEvent *event)
{
  MvxJournaldFields self = { .names = names, .buffer = buffer };
  MvxLogFieldIter iter;
  MvxLogValue value;
  const char *key;

  mvx_log_field_iter_init (&iter, event);
  while (mvx_log_field_iter_next (&iter, &key, &value))
    mvx_journald_entry_append_field (&self, key, &value);
  if (self.rest.len == 0)
    return;
  mvx_log_buffer_append_c (&self.rest, '}');
  mvx_journald_entry_append_data (buffer, "MVXLOG_FIELDS", self.rest.data, self.rest.len);
  mvx_log_buffer_clear (&self.rest);
}

/* Time of the call, level by name (journald knows eight, and trace is none of them), and what syslog has no word for.
 */
static void
mvx_journald_entry_append_own (MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  gint level = mvx_log_event_get_level (event);
  const char *name = mvx_log_level_to_string (level);

  mvx_log_buffer_append_printf (buffer, "MVXLOG_TIME_NS=%" G_GINT64_FORMAT "\n", mvx_log_event_get_timestamp (event));
  if (name)
    mvx_journald_entry_append_text (buffer, "MVXLOG_LEVEL", name);
  else
    mvx_log_buffer_append_printf (buffer, "MVXLOG_LEVEL=%d\n", level);
  mvx_journald_entry_append_number (buffer, "MVXLOG_SEQ", mvx_log_event_get_seq (event));
  mvx_journald_entry_append_text (buffer, "MVXLOG_EVENT", mvx_log_event_get_name (event));
  mvx_journald_entry_append_text (buffer, "MVXLOG_ENTITY", mvx_log_event_get_entity_id (event));
  mvx_journald_entry_append_text (buffer, "MVXLOG_OUTCOME", mvx_log_event_get_outcome (event));
}

/* journald knows who has sent the entry; who has logged the event is known only to the event itself. */
static void
mvx_journald_entry_append_sender (MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  MvxLogSender sender;

  if (!mvx_log_event_get_sender (event, &sender))
    return;
  mvx_journald_entry_append_number (buffer, "SYSLOG_PID", sender.pid);
  mvx_journald_entry_append_text (buffer, "MVXLOG_SENDER_HOST", sender.host);
  if (sender.stream != 0)
    mvx_log_buffer_append_printf (buffer, "MVXLOG_SENDER_STREAM=%016" G_GINT64_MODIFIER "x\n", sender.stream);
}

void
mvx_journald_entry_append (const MvxJournaldOptions *options,
                           MvxJournaldNames *names,
                           const MvxLogEvent *event,
                           MvxLogBuffer *buffer)
{
  mvx_journald_entry_append_message (buffer, event);
  mvx_log_buffer_append_printf (buffer, "PRIORITY=%u\n", mvx_log_level_to_severity (mvx_log_event_get_level (event)));
  mvx_journald_entry_append_text (buffer, "SYSLOG_IDENTIFIER", options->identifier);
  mvx_journald_entry_append_text (buffer, "GLIB_DOMAIN", mvx_log_event_get_context (event));
  mvx_journald_entry_append_text (buffer, "MESSAGE_ID", mvx_log_event_get_event_id (event));
  mvx_journald_entry_append_text (buffer, "CODE_FILE", mvx_log_event_get_file (event));
  mvx_journald_entry_append_number (buffer, "CODE_LINE", mvx_log_event_get_line (event));
  mvx_journald_entry_append_text (buffer, "CODE_FUNC", mvx_log_event_get_function (event));
  mvx_journald_entry_append_number (buffer, "TID", mvx_log_event_get_thread (event));
  mvx_journald_entry_append_text (buffer, "TRACE_ID", mvx_log_event_get_trace_id (event));
  mvx_journald_entry_append_text (buffer, "SPAN_ID", mvx_log_event_get_span_id (event));
  mvx_journald_entry_append_own (buffer, event);
  mvx_journald_entry_append_sender (buffer, event);
  mvx_journald_entry_append_fields (buffer, names, event);
}
