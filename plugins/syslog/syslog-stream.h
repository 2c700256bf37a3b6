/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages one behind the other: with their lengths in front (RFC 6587, 3.4.1), or each ended by a NUL for a local socket,
 * as syslog(3) does. */
#pragma once

#include "syslog-link.h"

G_BEGIN_DECLS

typedef struct
{
  MvxLogBuffer torn;      /* the frame of which only a part went out on this connection */
  gsize        torn_done; /* how much of it */
} MvxSyslogStream;

void     mvx_syslog_stream_clear  (MvxSyslogStream        *self);
/* The connection is a new one. */
void     mvx_syslog_stream_reset  (MvxSyslogStream        *self);
/* Appends a message as a frame. */
void     mvx_syslog_stream_frame  (MvxLogBuffer           *buffer,
                                   const MvxSyslogOptions *options,
                                   const guint8           *message,
                                   gsize                   size);
/* @ends: where each frame ends. @n_sent went out whole, also if it fails. A broken connection is closed. */
gboolean mvx_syslog_stream_send   (MvxSyslogStream        *self,
                                   MvxSyslogLink          *link,
                                   const MvxSyslogOptions *options,
                                   const guint8           *data,
                                   const gsize            *ends,
                                   guint                   n,
                                   guint                  *n_sent,
                                   GError                **error);

G_END_DECLS
