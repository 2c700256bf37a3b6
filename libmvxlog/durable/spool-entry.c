/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "durable/spool-entry-private.h"

#include "event/sender-private.h"

void
mvx_log_spool_entry_put (MvxLogBuffer *buffer, const MvxLogEvent *event, const MvxLogStreamId *stream)
{
  gsize at = mvx_log_entry_begin (buffer);

  mvx_log_event_append_bytes (buffer, event, mvx_log_stream_id_number (stream));
  mvx_log_entry_end (buffer, at);
}

MvxLogEvent *
mvx_log_spool_entry_get (gconstpointer bytes, gsize size, const MvxLogStreamId *stream, guint64 seq, GError **error)
{
  MvxLogEvent *event = mvx_log_event_new_from_data (bytes, size, error);
  guint8 *sender;

  if (event == NULL)
    return NULL;
  event->seq = seq;
  /* Nobody else has the copy yet. The number was not known when the event was written down. */
  sender = (guint8 *) mvx_log_event_meta (event, MVX_LOG_META_SENDER, NULL);
  if (mvx_log_load64 (sender) == mvx_log_stream_id_number (stream))
    mvx_log_store64 (sender + 8, seq);
  return event;
}
