/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages one behind the other: with their lengths in front (RFC 6587, 3.4.1), or each ended by a NUL, which it must not
 * hold then.
 *
 * What went out is kept until TCP has it acknowledged, so that it can be sent again on the next connection. */
#pragma once

#include "link.h"

G_BEGIN_DECLS

typedef struct
{
  MvxLogBuffer kept;    /* whole frames, the oldest first */
  gsize        start;   /* where the first one begins */
  gsize        out;     /* so far they went out on this connection, which may be within a frame */
  gsize        settled; /* so far they are somebody's who has been told that they are out */
} MvxStream;

void     mvx_stream_clear     (MvxStream            *self);
/* Appends a message as a frame. */
void     mvx_stream_frame     (MvxLogBuffer         *buffer,
                               const MvxLinkOptions *options,
                               const guint8         *message,
                               gsize                 size);
/* The connection is gone, and the last @n_lost of its bytes with it. How many messages are to be sent again. */
guint    mvx_stream_break     (MvxStream            *self,
                               const MvxLinkOptions *options,
                               gsize                 n_lost);
/* The server has read everything. */
void     mvx_stream_forget    (MvxStream            *self);
/* Is something to be sent before anything else? */
gboolean mvx_stream_is_behind (const MvxStream      *self);
/* Sends that. A broken connection is closed. */
gboolean mvx_stream_catch_up  (MvxStream            *self,
                               MvxLink              *link,
                               const MvxLinkOptions *options,
                               GError              **error);
/* @ends: where each frame ends. @n_sent are out, or will be before anything else, also if it fails. A broken connection is
 * closed. */
gboolean mvx_stream_send      (MvxStream            *self,
                               MvxLink              *link,
                               const MvxLinkOptions *options,
                               const guint8         *data,
                               const gsize          *ends,
                               guint                 n,
                               guint                *n_sent,
                               GError              **error);

G_END_DECLS
