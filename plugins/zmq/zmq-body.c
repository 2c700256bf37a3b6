/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zmq-body.h"

static guint8 *
mvx_zmq_body_new_json (MvxLogRenderer *renderer, const MvxLogEvent *event, guint64 stream, gsize *size)
{
  g_autoptr (MvxLogEvent) sent = mvx_log_event_copy_for_sending (event, stream);
  MvxLogBuffer line = MVX_LOG_BUFFER_INIT;

  mvx_log_renderer_render (renderer, sent, &line);
  *size = line.len - 1; /* the newline */
  return line.data;
}

guint8 *
mvx_zmq_body_new (const MvxZmqOptions *options, const MvxLogEvent *event, guint64 stream, gsize *size)
{
  if (options->binary)
    return g_bytes_unref_to_data (mvx_log_event_to_bytes (event, stream), size);
  return mvx_zmq_body_new_json (options->renderer, event, stream, size);
}
