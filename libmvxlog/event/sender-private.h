/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The word of who has logged an event, in its metadata. */
#pragma once

#include <mvxlog/sender.h>

#include "event/event-private.h"

G_BEGIN_DECLS

void mvx_log_encode_sender (MvxLogBuffer       *buffer,
                            const MvxLogSender *sender);
/* mvx_log_event_copy_for_sending() for an event that somebody else, @sender, has logged. */
MvxLogEvent *mvx_log_event_copy_of_sender (const MvxLogEvent  *event,
                                           const MvxLogSender *sender);
/* mvx_log_event_to_bytes() into a buffer. */
void mvx_log_event_append_bytes (MvxLogBuffer      *buffer,
                                 const MvxLogEvent *event,
                                 guint64            stream);
/* mvx_log_event_new_from_bytes() out of one. */
MvxLogEvent *mvx_log_event_new_from_data (const guint8 *data,
                                          gsize         size,
                                          GError      **error);

G_END_DECLS
