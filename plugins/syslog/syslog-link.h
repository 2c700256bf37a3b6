/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection to a syslog server, by whatever transport. */
#pragma once

#include <gio/gio.h>

#include "syslog-options.h"

G_BEGIN_DECLS

typedef struct
{
  GSocket      *socket;     /* NULL: not connected */
  GIOStream    *stream;     /* what bytes are written to; NULL for datagrams */
  GCancellable *cancellable; /* the sink's, borrowed */
  guint         n_addresses; /* UDP: how many the host has, */
  guint         turn;        /* which of them it is now, */
  guint         n_refused;   /* and how many have said since the last success that nobody listens */
  gsize         n_unacked;   /* TCP: when it was closed, bytes that the other side had not acknowledged */
} MvxSyslogLink;

gboolean mvx_syslog_link_open      (MvxSyslogLink          *self,
                                    const MvxSyslogOptions *options,
                                    gint64                  deadline_us,
                                    GError                **error);
/* How many of the bytes that were written are on their way, for all that the kernel knows; 0 for a local socket. */
gsize    mvx_syslog_link_get_unacked (const MvxSyslogLink  *self);
/* At once. */
void     mvx_syslog_link_close     (MvxSyslogLink          *self);
/* UDP: nobody listens at the present address. TRUE: there is another one to try. */
gboolean mvx_syslog_link_try_other (MvxSyslogLink          *self);
/* Has the server not hung up? Reads what it may have sent, which nobody expects. */
gboolean mvx_syslog_link_is_alive  (MvxSyslogLink          *self);
/* Says good-bye and waits until the server has hung up, too: then it has read everything. FALSE: it did not in time. */
gboolean mvx_syslog_link_finish    (MvxSyslogLink          *self,
                                    gint64                  deadline_us);
/* Until the socket, or the stream, can be read or written. */
gboolean mvx_syslog_link_wait      (MvxSyslogLink          *self,
                                    GIOCondition            condition,
                                    gint64                  deadline_us,
                                    GError                **error);

G_END_DECLS
