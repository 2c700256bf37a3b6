/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "marks.h"

const char *
mvx_mark_content_type (MvxLogRenderer *renderer)
{
  return g_str_equal (mvx_log_renderer_get_name (renderer), "json") ? "application/json" : "text/plain; charset=utf-8";
}

const char *
mvx_mark_traceparent (const MvxLogEvent *event, char text[MVX_MARK_SIZE])
{
  const char *trace = mvx_log_event_get_trace_id (event);
  const char *span = mvx_log_event_get_span_id (event);

  if (trace == NULL || span == NULL)
    return NULL;
  g_snprintf (text, MVX_MARK_SIZE, "00-%s-%s-%02x", trace, span, MVX_LOG_TRACE_SAMPLED);
  return text;
}

const char *
mvx_mark_id (const MvxLogEvent *event, char text[MVX_MARK_SIZE])
{
  guint64 seq;
  const char *stream = mvx_log_event_get_stream (event, &seq);

  if (stream == NULL)
    return NULL;
  g_snprintf (text, MVX_MARK_SIZE, "%s-%" G_GUINT64_FORMAT, stream, seq);
  return text;
}
