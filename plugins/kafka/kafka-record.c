/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kafka-record.h"

#include <string.h>

#include "../common/marks.h"

#define MVX_KAFKA_NS_PER_MS G_GINT64_CONSTANT (1000000)

static const char *
mvx_kafka_record_key (const MvxKafkaOptions *options, const MvxLogEvent *event)
{
  const char *trace = options->key == MVX_KAFKA_KEY_TRACE ? mvx_log_event_get_trace_id (event) : NULL;

  if (options->key == MVX_KAFKA_KEY_NONE)
    return NULL;
  return trace ? trace : mvx_log_event_get_context (event);
}

static void
mvx_kafka_record_add_header (rd_kafka_headers_t *headers, const char *name, const char *value)
{
  if (value)
    rd_kafka_header_add (headers, name, -1, value, -1);
}

static rd_kafka_headers_t *
mvx_kafka_record_headers (const MvxKafkaOptions *options, const MvxLogEvent *event)
{
  rd_kafka_headers_t *headers = rd_kafka_headers_new (3);
  char text[MVX_MARK_SIZE];

  mvx_kafka_record_add_header (headers, "content-type", options->content_type);
  mvx_kafka_record_add_header (headers, "traceparent", mvx_mark_traceparent (event, text));
  mvx_kafka_record_add_header (headers, "mvxlog-id", mvx_mark_id (event, text));
  return headers;
}

rd_kafka_resp_err_t
mvx_kafka_record_produce (const MvxKafkaOptions *options,
                          rd_kafka_t *rk,
                          rd_kafka_topic_t *topic,
                          const MvxLogEvent *event,
                          MvxLogBuffer *scratch,
                          gpointer tag)
{
  g_autoptr (MvxLogEvent) sent = mvx_log_event_copy_for_sending (event, 0);
  rd_kafka_headers_t *headers = mvx_kafka_record_headers (options, event);
  const char *key = mvx_kafka_record_key (options, event);
  rd_kafka_resp_err_t code;

  scratch->len = 0;
  mvx_log_renderer_render (options->renderer, sent, scratch);
  code = rd_kafka_producev (rk, RD_KAFKA_V_RKT (topic), RD_KAFKA_V_PARTITION (RD_KAFKA_PARTITION_UA),
                            RD_KAFKA_V_MSGFLAGS (RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS (headers),
                            RD_KAFKA_V_VALUE (scratch->data, scratch->len - 1), /* without the newline */
                            RD_KAFKA_V_KEY (key, key ? strlen (key) : 0), RD_KAFKA_V_OPAQUE (tag),
                            RD_KAFKA_V_TIMESTAMP (mvx_log_event_get_timestamp (event) / MVX_KAFKA_NS_PER_MS),
                            RD_KAFKA_V_END);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    rd_kafka_headers_destroy (headers);
  return code;
}
