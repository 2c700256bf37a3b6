/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events that travel: from one process to another, with the word of who has logged them. */
#pragma once

#include <mvxlog/event.h>

G_BEGIN_DECLS

/**
 * MvxLogSender:
 * @host: (nullable): name of the machine
 * @pid: number of the process, 0 if it is not known
 * @thread: number of the thread, 0 if it is not known
 * @stream: tells what numbers its events from everybody else who does; 0 if nobody does. An even one is shared by several
 *   receivers, none of which gets all of its events
 * @seq: number of the event in its stream, counted from 1 without gaps; 0 for none
 *
 * Who has logged an event that came from elsewhere. Events of the process itself have no sender.
 *
 * Since: 1.0
 */
typedef struct
{
  const char *host;
  guint       pid;
  guint       thread;
  guint64     stream;
  guint64     seq;
} MvxLogSender;

MVX_LOG_AVAILABLE_IN_1_0
gboolean     mvx_log_event_get_sender       (const MvxLogEvent *event,
                                             MvxLogSender      *sender);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogEvent *mvx_log_event_copy_for_sending (const MvxLogEvent *event,
                                             guint64            stream);
MVX_LOG_AVAILABLE_IN_1_0
GBytes      *mvx_log_event_to_bytes         (const MvxLogEvent *event,
                                             guint64            stream);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogEvent *mvx_log_event_new_from_bytes   (GBytes            *bytes,
                                             GError           **error);

G_END_DECLS
