/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages one behind the other: with their lengths in front (RFC 6587, 3.4.1), or each ended by a NUL for a local socket,
 * as syslog(3) does.
 *
 * What went out is kept until TCP has it acknowledged, so that it can be sent again on the next connection. */
#pragma once

#include "syslog-link.h"

G_BEGIN_DECLS

typedef struct
{
  MvxLogBuffer kept;    /* whole frames, the oldest first */
  gsize        start;   /* where the first one begins */
  gsize        out;     /* so far they went out on this connection, which may be within a frame */
  gsize        settled; /* so far they are somebody's who has been told that they are out */
} MvxSyslogStream;

void     mvx_syslog_stream_clear   (MvxSyslogStream        *self);
/* Appends a message as a frame. */
void     mvx_syslog_stream_frame   (MvxLogBuffer           *buffer,
                                    const MvxSyslogOptions *options,
                                    const guint8           *message,
                                    gsize                   size);
/* The connection is gone, and the last @n_lost of its bytes with it. How many messages are to be sent again. */
guint    mvx_syslog_stream_break   (MvxSyslogStream        *self,
                                    const MvxSyslogOptions *options,
                                    gsize                   n_lost);
/* The server has read everything. */
void     mvx_syslog_stream_forget  (MvxSyslogStream        *self);
/* Is something to be sent before anything else? */
gboolean mvx_syslog_stream_is_behind (const MvxSyslogStream *self);
/* Sends that. A broken connection is closed. */
gboolean mvx_syslog_stream_catch_up (MvxSyslogStream       *self,
                                    MvxSyslogLink          *link,
                                    const MvxSyslogOptions *options,
                                    GError                **error);
/* @ends: where each frame ends. @n_sent are out, or will be before anything else, also if it fails. A broken connection is
 * closed. */
gboolean mvx_syslog_stream_send    (MvxSyslogStream        *self,
                                    MvxSyslogLink          *link,
                                    const MvxSyslogOptions *options,
                                    const guint8           *data,
                                    const gsize            *ends,
                                    guint                   n,
                                    guint                  *n_sent,
                                    GError                **error);

G_END_DECLS
