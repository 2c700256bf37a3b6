/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For an event whose caller wants to know what becomes of it in the queues that it goes into. While a thread has a
 * ticket in MvxLogThread.ticket, every record that it puts into a queue is watched.
 */
#pragma once

#include "async/queue-private.h"

G_BEGIN_DECLS

typedef struct _MvxLogTicket MvxLogTicket;

/* @error: why the event was lost, NULL if it was not. */
typedef void (*MvxLogTicketFunc) (const GError *error, gpointer data);

/* @done is called once, from a turn of @context, when the caller has closed the ticket and every queue has answered. */
MvxLogTicket *mvx_log_ticket_new    (GMainContext       *context,
                                     MvxLogTicketFunc    done,
                                     gpointer            data);
/* Everything has been handed out. @error (transfer full, nullable): what else went wrong. */
void          mvx_log_ticket_close  (MvxLogTicket       *ticket,
                                     GError             *error);
/* mvx_log_queue_put() for a thread that has one. */
gboolean      mvx_log_ticket_put    (MvxLogQueue        *queue,
                                     MvxLogThread       *thread,
                                     const MvxLogRecord *record,
                                     MvxLogReason       *reason);
/* The record with this ordinal is delivered, or dropped for @reason. Before it is settled, with the queue's mutex. */
void          mvx_log_ticket_settle (MvxLogLane         *lane,
                                     guint64             ordinal,
                                     gboolean            delivered,
                                     MvxLogReason        reason);

G_END_DECLS
