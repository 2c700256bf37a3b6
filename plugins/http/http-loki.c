/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-loki.h"

#include <string.h>

static void
mvx_http_loki_append_member (MvxLogBuffer *buffer, const char *name, gsize size, const char *text)
{
  mvx_http_body_append_string (buffer, name, size);
  mvx_log_buffer_append_c (buffer, ':');
  mvx_http_body_append_string (buffer, text, strlen (text));
}

static void
mvx_http_loki_begin_stream (MvxHttpBody *body, const char *level)
{
  MvxLogBuffer *out = &body->out;

  mvx_log_buffer_append_s (out, body->n == 0 ? "{\"streams\":[" : "]},");
  mvx_log_buffer_append_s (out, "{\"stream\":{");
  mvx_http_loki_append_member (out, "level", strlen ("level"), level);
  mvx_log_buffer_append_c (out, ',');
  mvx_http_loki_append_member (out, "service_name", strlen ("service_name"), body->options->service);
  for (guint i = 0; body->options->labels[i]; i++)
    {
      const char *label = body->options->labels[i];
      gsize n = strcspn (label, "=");

      mvx_log_buffer_append_c (out, ',');
      mvx_http_loki_append_member (out, label, n, label + n + 1);
    }
  mvx_log_buffer_append_s (out, "},\"values\":[");
}

static void
mvx_http_loki_append_metadata (MvxHttpBody *body, const MvxLogEvent *event)
{
  const char *const pairs[][2] = {
    { "logger", mvx_log_event_get_context (event) },
    { "trace_id", mvx_log_event_get_trace_id (event) },
    { "span_id", mvx_log_event_get_span_id (event) },
    { "event_id", mvx_log_event_get_event_id (event) },
  };
  char before = '{';

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      if (pairs[i][1] == NULL || *pairs[i][1] == '\0')
        continue;
      mvx_log_buffer_append_c (&body->out, before);
      mvx_http_loki_append_member (&body->out, pairs[i][0], strlen (pairs[i][0]), pairs[i][1]);
      before = ',';
    }
  mvx_log_buffer_append_s (&body->out, before == '{' ? "{}" : "}");
}

void
mvx_http_loki_add (MvxHttpBody *body, const MvxLogEvent *event)
{
  const char *name = mvx_log_level_to_string (mvx_log_event_get_level (event));
  const char *level = name ? name : "unknown";

  if (body->n == 0 || strcmp (body->scope, level) != 0)
    {
      mvx_http_loki_begin_stream (body, level);
      g_free (body->scope);
      body->scope = g_strdup (level);
    }
  else
    mvx_log_buffer_append_c (&body->out, ',');
  body->text.len = 0;
  mvx_log_renderer_render (body->renderer, event, &body->text);
  mvx_log_buffer_append_printf (&body->out, "[\"%" G_GINT64_FORMAT "\",", mvx_log_event_get_timestamp (event));
  mvx_http_body_append_string (&body->out, (const char *) body->text.data,
                               body->text.len - 1); /* without its newline */
  mvx_log_buffer_append_c (&body->out, ',');
  mvx_http_loki_append_metadata (body, event);
  mvx_log_buffer_append_c (&body->out, ']');
}

void
mvx_http_loki_end (MvxHttpBody *body)
{
  mvx_log_buffer_append_s (&body->out, "]}]}");
}
