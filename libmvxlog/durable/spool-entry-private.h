/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as entries of a spool: the bytes of mvx_log_event_to_bytes(), which need nothing of the process. */
#pragma once

#include "durable/frame-private.h"
#include "event/event-private.h"

G_BEGIN_DECLS

/* Appends @event, of which @stream is the sender's stream; see mvx_log_event_to_bytes(). */
void         mvx_log_spool_entry_put (MvxLogBuffer         *buffer,
                                      const MvxLogEvent    *event,
                                      const MvxLogStreamId *stream);
/* (transfer full) The event with the number that it has in the spool, which is its sender's, too, if it was logged by the
 * process that has written it. NULL: MVX_LOG_ERROR_INVALID_RECORD. */
MvxLogEvent *mvx_log_spool_entry_get (gconstpointer         bytes,
                                      gsize                 size,
                                      const MvxLogStreamId *stream,
                                      guint64               seq,
                                      GError              **error);

G_END_DECLS
