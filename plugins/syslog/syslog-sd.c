/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "syslog-sd.h"

/* The RFC's limit of a name. */
#define MVX_SYSLOG_SD_NAME_MAX 32

typedef struct
{
  MvxLogBuffer *buffer;
  gsize limit;
  gsize start; /* of the element */
  guint n;     /* parameters in it */
  gboolean complete;
  MvxLogBuffer text; /* a value before it is escaped */
} MvxSyslogSd;

static void
mvx_syslog_sd_begin (MvxSyslogSd *self, const char *prefix, const char *id)
{
  self->start = self->buffer->len;
  self->n = 0;
  mvx_log_buffer_append_c (self->buffer, '[');
  mvx_log_buffer_append_s (self->buffer, prefix);
  mvx_log_buffer_append_s (self->buffer, id);
}

static void
mvx_syslog_sd_end (MvxSyslogSd *self)
{
  if (self->n > 0)
    mvx_log_buffer_append_c (self->buffer, ']');
  else
    self->buffer->len = self->start;
}

static void
mvx_syslog_sd_append_name (MvxLogBuffer *buffer, const char *name)
{
  guint n = 0;

  for (; name[n] && n < MVX_SYSLOG_SD_NAME_MAX; n++)
    {
      gboolean is_plain = name[n] > ' ' && name[n] < 0x7f && name[n] != '=' && name[n] != ']' && name[n] != '"';

      mvx_log_buffer_append_c (buffer, is_plain ? name[n] : '_');
    }
  if (n == 0)
    mvx_log_buffer_append_c (buffer, '_');
}

/* What is in text becomes the value of a parameter: valid UTF-8, and three characters have a backslash in front. */
static void
mvx_syslog_sd_append_param (MvxSyslogSd *self, const char *name)
{
  MvxLogBuffer *buffer = self->buffer;
  gsize before = buffer->len;
  gsize start;
  g_autofree char *valid = NULL;
  gsize len;

  mvx_log_buffer_append_c (buffer, ' ');
  mvx_syslog_sd_append_name (buffer, name);
  mvx_log_buffer_append_s (buffer, "=\"");
  start = buffer->len;
  mvx_log_buffer_append_utf8 (buffer, (const char *) self->text.data, self->text.len);
  len = buffer->len - start;
  valid = g_malloc (len + 1);
  if (len > 0)
    memcpy (valid, buffer->data + start, len);
  buffer->len = start;
  for (gsize i = 0; i < len; i++)
    {
      if (valid[i] == '"' || valid[i] == '\\' || valid[i] == ']')
        mvx_log_buffer_append_c (buffer, '\\');
      mvx_log_buffer_append_c (buffer, valid[i]);
    }
  mvx_log_buffer_append_c (buffer, '"');
  self->text.len = 0;
  if (buffer->len < self->limit)
    {
      self->n++;
      return;
    }
  buffer->len = before;
  self->complete = FALSE;
}

/* Nothing for what the event does not have. */
static void
mvx_syslog_sd_append_text (MvxSyslogSd *self, const char *name, const char *text)
{
  if (text == NULL || *text == '\0')
    return;
  mvx_log_buffer_append_s (&self->text, text);
  mvx_syslog_sd_append_param (self, name);
}

static void
mvx_syslog_sd_append_number (MvxSyslogSd *self, const char *name, guint64 number)
{
  if (number == 0)
    return;
  mvx_log_buffer_append_printf (&self->text, "%" G_GUINT64_FORMAT, number);
  mvx_syslog_sd_append_param (self, name);
}

static void
mvx_syslog_sd_append_own (MvxSyslogSd *self, const MvxSyslogOptions *options, const MvxLogEvent *event)
{
  gint64 ns = mvx_log_event_get_timestamp (event);

  mvx_syslog_sd_begin (self, "", options->sd_id);
  mvx_syslog_sd_append_text (self, "context", mvx_log_event_get_context (event));
  mvx_syslog_sd_append_text (self, "level", mvx_log_level_to_string (mvx_log_event_get_level (event)));
  mvx_syslog_sd_append_text (self, "event", mvx_log_event_get_name (event));
  mvx_syslog_sd_append_text (self, "entity", mvx_log_event_get_entity_id (event));
  mvx_syslog_sd_append_text (self, "outcome", mvx_log_event_get_outcome (event));
  mvx_syslog_sd_append_text (self, "file", mvx_log_event_get_file (event));
  mvx_syslog_sd_append_number (self, "line", mvx_log_event_get_line (event));
  mvx_syslog_sd_append_text (self, "func", mvx_log_event_get_function (event));
  mvx_syslog_sd_append_number (self, "tid", mvx_log_event_get_thread (event));
  mvx_log_buffer_append_printf (&self->text, "%" G_GINT64_FORMAT, ns);
  mvx_syslog_sd_append_param (self, "ts_ns");
  mvx_syslog_sd_append_number (self, "seq", mvx_log_event_get_seq (event));
  mvx_syslog_sd_end (self);
}

gboolean
mvx_syslog_sd_append (const MvxSyslogOptions *options, const MvxLogEvent *event, gsize limit, MvxLogBuffer *buffer)
{
  MvxSyslogSd self = { .buffer = buffer, .limit = limit, .complete = TRUE };
  gsize start = buffer->len;
  MvxLogFieldIter iter;
  MvxLogValue value;
  const char *key;

  mvx_syslog_sd_append_own (&self, options, event);
  mvx_syslog_sd_begin (&self, "", "opentelemetry");
  mvx_syslog_sd_append_text (&self, "trace_id", mvx_log_event_get_trace_id (event));
  mvx_syslog_sd_append_text (&self, "span_id", mvx_log_event_get_span_id (event));
  mvx_syslog_sd_end (&self);
  mvx_syslog_sd_begin (&self, "f-", options->sd_id);
  mvx_log_field_iter_init (&iter, event);
  while (mvx_log_field_iter_next (&iter, &key, &value))
    {
      mvx_log_buffer_append_text (&self.text, &value);
      mvx_syslog_sd_append_param (&self, key);
    }
  mvx_syslog_sd_end (&self);
  if (buffer->len == start)
    mvx_log_buffer_append_c (buffer, '-');
  mvx_log_buffer_clear (&self.text);
  return self.complete;
}
