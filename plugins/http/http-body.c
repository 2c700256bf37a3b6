/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-body.h"

#include <gio/gio.h>
#include <string.h>

#include "http-loki.h"
#include "http-otlp.h"

/* What one large batch leaves behind is given back above this. */
#define MVX_HTTP_BODY_KEEP (4 * 1024 * 1024)
/* Logs are so repetitive that more effort gains little. */
#define MVX_HTTP_BODY_GZIP_LEVEL 1
/* What closes the body. */
#define MVX_HTTP_BODY_END 16

void
mvx_http_body_init (MvxHttpBody *self, const MvxHttpOptions *options)
{
  static const char *const ecs[] = { "json-keys", "ecs", NULL };
  static const char *const nested[] = { "json-fields", "nested", NULL };
  const char *const *settings = options->profile == MVX_HTTP_ECS             ? ecs
                                : options->profile == MVX_HTTP_ELASTICSEARCH ? nested
                                                                             : NULL;

  *self = (MvxHttpBody){ .options = options, .fields = mvx_http_otlp_new_fields () };
  if (options->profile != MVX_HTTP_OTLP)
    self->renderer = mvx_log_renderer_new ("json", settings, NULL);
}

void
mvx_http_body_clear (MvxHttpBody *self)
{
  g_clear_pointer (&self->renderer, mvx_log_renderer_unref);
  g_clear_pointer (&self->fields, g_array_unref);
  g_clear_pointer (&self->scope, g_free);
  g_clear_pointer (&self->host, g_free);
  mvx_log_buffer_clear (&self->out);
  mvx_log_buffer_clear (&self->text);
}

void
mvx_http_body_append_string (MvxLogBuffer *buffer, const char *text, gsize size)
{
  const MvxLogValue value = { MVX_LOG_TYPE_STRING, (guint32) size, { .string = text } };

  mvx_log_buffer_append_json (buffer, &value);
}

/* An event out of a spool has an id, so that the server knows one that comes twice. */
static void
mvx_http_body_add_action (MvxHttpBody *self, const MvxLogEvent *event)
{
  guint64 seq = 0;
  const char *stream = mvx_log_event_get_stream (event, &seq);

  if (stream)
    mvx_log_buffer_append_printf (&self->out, "{\"create\":{\"_id\":\"%s-%" G_GUINT64_FORMAT "\"}}\n", stream, seq);
  else
    mvx_log_buffer_append_s (&self->out, "{\"create\":{}}\n");
}

/* A data stream wants its time under another name than ours, which comes first in every line. */
static void
mvx_http_body_add_renamed (MvxHttpBody *self, const MvxLogEvent *event)
{
  static const char ours[] = "{\"ts\":";

  self->text.len = 0;
  mvx_log_renderer_render (self->renderer, event, &self->text);
  mvx_log_buffer_append_s (&self->out, "{\"@timestamp\":");
  mvx_log_buffer_append (&self->out, self->text.data + strlen (ours), self->text.len - strlen (ours));
}

static void
mvx_http_body_add_document (MvxHttpBody *self, const MvxLogEvent *event)
{
  if (self->options->framing == MVX_HTTP_BULK)
    mvx_http_body_add_action (self, event);
  else if (self->options->framing == MVX_HTTP_ARRAY)
    mvx_log_buffer_append_c (&self->out, self->n == 0 ? '[' : ',');
  if (self->options->profile == MVX_HTTP_ELASTICSEARCH)
    mvx_http_body_add_renamed (self, event);
  else
    mvx_log_renderer_render (self->renderer, event, &self->out);
  if (self->options->framing == MVX_HTTP_ARRAY)
    self->out.len--; /* the newline */
}

gboolean
mvx_http_body_add (MvxHttpBody *self, const MvxLogEvent *event)
{
  gsize before = self->out.len;

  if (self->options->profile == MVX_HTTP_OTLP)
    mvx_http_otlp_add (self, event);
  else if (self->options->profile == MVX_HTTP_LOKI)
    mvx_http_loki_add (self, event);
  else
    mvx_http_body_add_document (self, event);
  if (self->n > 0 && self->out.len + MVX_HTTP_BODY_END > self->options->body_max)
    {
      self->out.len = before;
      return FALSE;
    }
  self->n++;
  return TRUE;
}

static GBytes *
mvx_http_body_compress (const MvxLogBuffer *buffer)
{
  g_autoptr (GConverter) gzip
      = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, MVX_HTTP_BODY_GZIP_LEVEL));
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream = g_converter_output_stream_new (memory, gzip);

  g_output_stream_write_all (stream, buffer->data, buffer->len, NULL, NULL, NULL);
  g_output_stream_close (stream, NULL, NULL);
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

GBytes *
mvx_http_body_finish (MvxHttpBody *self)
{
  GBytes *bytes;

  if (self->options->profile == MVX_HTTP_OTLP)
    mvx_http_otlp_end (self);
  else if (self->options->profile == MVX_HTTP_LOKI)
    mvx_http_loki_end (self);
  else if (self->options->framing == MVX_HTTP_ARRAY)
    mvx_log_buffer_append_c (&self->out, ']');
  bytes = self->options->gzip ? mvx_http_body_compress (&self->out) : g_bytes_new (self->out.data, self->out.len);
  if (self->out.len > MVX_HTTP_BODY_KEEP)
    mvx_log_buffer_clear (&self->out);
  self->out.len = 0;
  self->n = 0;
  g_clear_pointer (&self->scope, g_free);
  g_clear_pointer (&self->host, g_free);
  return bytes;
}

const char *
mvx_http_body_get_type (const MvxHttpOptions *options)
{
  return options->profile >= MVX_HTTP_OTLP || options->framing == MVX_HTTP_ARRAY ? "application/json"
                                                                                 : "application/x-ndjson";
}
