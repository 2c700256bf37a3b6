/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "redis-encode.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "../common/fields.h"

/* What one large batch leaves behind is given back above this. */
#define MVX_REDIS_ENCODER_KEEP (1024 * 1024)

/* By MvxLogType: null, boolean, integer, unsigned, double, string, bytes, time, error, list, map. */
static const char mvx_redis_encode_letters[] = "nbiudsxtelm";

void
mvx_redis_encoder_init (MvxRedisEncoder *self)
{
  *self = (MvxRedisEncoder){ .fields = g_array_new (FALSE, FALSE, sizeof (MvxField)) };
}

void
mvx_redis_encoder_clear (MvxRedisEncoder *self)
{
  mvx_log_buffer_clear (&self->out);
  mvx_log_buffer_clear (&self->command);
  mvx_log_buffer_clear (&self->value);
  g_array_unref (self->fields);
}

void
mvx_redis_encoder_reset (MvxRedisEncoder *self)
{
  if (self->out.len > MVX_REDIS_ENCODER_KEEP)
    mvx_log_buffer_clear (&self->out);
  self->out.len = 0;
}

static void
mvx_redis_encode_begin (MvxRedisEncoder *self)
{
  self->command.len = 0;
  self->n_arguments = 0;
}

static void
mvx_redis_encode_end (MvxRedisEncoder *self)
{
  mvx_log_buffer_append_printf (&self->out, "*%u\r\n", self->n_arguments);
  mvx_log_buffer_append (&self->out, self->command.data, self->command.len);
}

static void
mvx_redis_encode_bytes (MvxRedisEncoder *self, gconstpointer data, gsize size)
{
  mvx_log_buffer_append_printf (&self->command, "$%" G_GSIZE_FORMAT "\r\n", size);
  mvx_log_buffer_append (&self->command, data, size);
  mvx_log_buffer_append (&self->command, "\r\n", 2);
  self->n_arguments++;
}

static void
mvx_redis_encode_text (MvxRedisEncoder *self, const char *text)
{
  mvx_redis_encode_bytes (self, text, strlen (text));
}

static void mvx_redis_encode_printf (MvxRedisEncoder *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
mvx_redis_encode_printf (MvxRedisEncoder *self, const char *format, ...)
{
  char text[64];
  va_list args;

  va_start (args, format);
  g_vsnprintf (text, sizeof text, format, args);
  va_end (args);
  mvx_redis_encode_text (self, text);
}

static void
mvx_redis_encode_value_buffer (MvxRedisEncoder *self)
{
  mvx_redis_encode_bytes (self, self->value.data, self->value.len);
  self->value.len = 0;
}

/* Nothing for what the event does not have. */
static void
mvx_redis_encode_pair (MvxRedisEncoder *self, const char *name, const char *text)
{
  if (text == NULL || *text == '\0')
    return;
  mvx_redis_encode_text (self, name);
  mvx_redis_encode_text (self, text);
}

static void
mvx_redis_encode_number (MvxRedisEncoder *self, const char *name, guint64 number)
{
  if (number == 0)
    return;
  mvx_redis_encode_text (self, name);
  mvx_redis_encode_printf (self, "%" G_GUINT64_FORMAT, number);
}

/* Text and bytes as they are; of what is composed, JSON. */
static void
mvx_redis_encode_value (MvxRedisEncoder *self, const MvxLogValue *value)
{
  switch (value->type)
    {
    case MVX_LOG_TYPE_STRING:
      mvx_redis_encode_bytes (self, value->u.string, value->size);
      break;
    case MVX_LOG_TYPE_BYTES:
      mvx_redis_encode_bytes (self, value->u.bytes, value->size);
      break;
    case MVX_LOG_TYPE_TIME:
      mvx_redis_encode_printf (self, "%" G_GINT64_FORMAT, value->u.int64);
      break;
    case MVX_LOG_TYPE_NULL:
      mvx_redis_encode_text (self, "");
      break;
    case MVX_LOG_TYPE_DOUBLE:
      if (!isfinite (value->u.dbl))
        {
          mvx_redis_encode_text (self, isnan (value->u.dbl) ? "NaN" : value->u.dbl > 0 ? "Infinity" : "-Infinity");
          break;
        }
      G_GNUC_FALLTHROUGH;
    default:
      mvx_log_buffer_append_json (&self->value, value);
      mvx_redis_encode_value_buffer (self);
    }
}

static void
mvx_redis_encode_fields (MvxRedisEncoder *self)
{
  if (self->fields->len == 0)
    return;
  mvx_redis_encode_text (self, "types");
  for (guint i = 0; i < self->fields->len; i++)
    mvx_log_buffer_append_c (&self->value,
                             mvx_redis_encode_letters[g_array_index (self->fields, MvxField, i).value.type]);
  mvx_redis_encode_value_buffer (self);
  for (guint i = 0; i < self->fields->len; i++)
    {
      const MvxField *field = &g_array_index (self->fields, MvxField, i);

      mvx_log_buffer_append_s (&self->value, "f.");
      mvx_log_buffer_append_s (&self->value, field->key);
      mvx_redis_encode_value_buffer (self);
      mvx_redis_encode_value (self, &field->value);
    }
}

static void
mvx_redis_encode_head (MvxRedisEncoder *self, const MvxLogEvent *event)
{
  const gint level = mvx_log_event_get_level (event);
  const char *name = mvx_log_level_to_string (level);

  mvx_redis_encode_text (self, "ts");
  mvx_redis_encode_printf (self, "%" G_GINT64_FORMAT, mvx_log_event_get_timestamp (event));
  mvx_redis_encode_text (self, "level");
  if (name)
    mvx_redis_encode_text (self, name);
  else
    mvx_redis_encode_printf (self, "%d", level);
  mvx_redis_encode_pair (self, "context", mvx_log_event_get_context (event));
  mvx_redis_encode_pair (self, "event", mvx_log_event_get_name (event));
  mvx_redis_encode_pair (self, "entity", mvx_log_event_get_entity_id (event));
  mvx_redis_encode_pair (self, "outcome", mvx_log_event_get_outcome (event));
}

/* Of an event that came from elsewhere what that says; of one out of a spool, what makes it known again. */
static void
mvx_redis_encode_origin (MvxRedisEncoder *self, const MvxLogEvent *event)
{
  guint64 seq;
  const char *stream = mvx_log_event_get_stream (event, &seq);
  MvxLogSender sender;
  char number[17] = "";
  gboolean is_remote = mvx_log_event_get_sender (event, &sender);

  mvx_redis_encode_number (self, "pid", is_remote ? sender.pid : (guint64) getpid ());
  mvx_redis_encode_number (self, "thread", mvx_log_event_get_thread (event));
  mvx_redis_encode_number (self, "seq", stream ? seq : mvx_log_event_get_seq (event));
  mvx_redis_encode_pair (self, "stream", stream);
  mvx_redis_encode_pair (self, "sender_host", sender.host);
  if (sender.stream != 0)
    g_snprintf (number, sizeof number, "%016" G_GINT64_MODIFIER "x", sender.stream);
  mvx_redis_encode_pair (self, "sender_stream", number);
}

static void
mvx_redis_encode_tail (MvxRedisEncoder *self, const MvxLogEvent *event)
{
  mvx_redis_encode_pair (self, "trace_id", mvx_log_event_get_trace_id (event));
  mvx_redis_encode_pair (self, "span_id", mvx_log_event_get_span_id (event));
  mvx_redis_encode_pair (self, "event_id", mvx_log_event_get_event_id (event));
  mvx_redis_encode_pair (self, "file", mvx_log_event_get_file (event));
  mvx_redis_encode_number (self, "line", mvx_log_event_get_line (event));
  mvx_redis_encode_pair (self, "func", mvx_log_event_get_function (event));
  mvx_redis_encode_origin (self, event);
}

void
mvx_redis_encoder_add (MvxRedisEncoder *self, const MvxRedisOptions *options, const MvxLogEvent *event)
{
  MvxLogValue error;

  mvx_redis_encode_begin (self);
  mvx_redis_encode_text (self, "XADD");
  mvx_redis_key_append (options->key, event, &self->value);
  mvx_redis_encode_value_buffer (self);
  if (options->max_length > 0)
    {
      mvx_redis_encode_text (self, "MAXLEN");
      mvx_redis_encode_text (self, "~");
      mvx_redis_encode_printf (self, "%" G_GINT64_FORMAT, options->max_length);
    }
  mvx_redis_encode_text (self, "*");
  mvx_redis_encode_head (self, event);
  if (mvx_log_buffer_append_message (&self->value, event, FALSE))
    {
      mvx_redis_encode_text (self, "message");
      mvx_redis_encode_value_buffer (self);
    }
  if (options->with_template)
    mvx_redis_encode_pair (self, "template", mvx_log_event_get_template (event));
  if (mvx_fields_collect (self->fields, event, &error))
    {
      mvx_redis_encode_text (self, "error");
      mvx_redis_encode_value (self, &error);
    }
  mvx_redis_encode_tail (self, event);
  mvx_redis_encode_fields (self);
  mvx_redis_encode_end (self);
}

void
mvx_redis_encoder_add_words (MvxRedisEncoder *self, const char *first, ...)
{
  va_list args;

  mvx_redis_encode_begin (self);
  va_start (args, first);
  for (const char *word = first; word; word = va_arg (args, const char *))
    mvx_redis_encode_text (self, word);
  va_end (args);
  mvx_redis_encode_end (self);
}
