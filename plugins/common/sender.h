/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What plugins have in common that send to a server which acknowledges nothing: a message is settled when the kernel has
 * taken it, and is sent again if TCP turns out not to have brought it there. */
#pragma once

#include "stream.h"

G_BEGIN_DECLS

/* So many messages, or datagrams, and about so many bytes are sent at once. */
#define MVX_SENDER_CHUNK_MESSAGES 256
#define MVX_SENDER_CHUNK_BYTES (64 * 1024)

typedef struct
{
  MvxLogSinkHost *host;
  MvxLink         link;
  MvxStream       stream;
} MvxSender;

void     mvx_sender_init    (MvxSender            *self,
                             MvxLogSinkHost       *host,
                             const MvxLinkOptions *options);
void     mvx_sender_clear   (MvxSender            *self);
/* Connects, if it is not: then link.stream tells whether messages are to be framed. */
gboolean mvx_sender_open    (MvxSender            *self,
                             const MvxLinkOptions *options,
                             GError              **error);
/* Up to MVX_SENDER_CHUNK_MESSAGES, and where each of them ends. @n_sent went out, also if it fails; all of them or not,
 * TRUE means to go on with mvx_sender_open(). */
gboolean mvx_sender_send    (MvxSender            *self,
                             const MvxLinkOptions *options,
                             const guint8         *data,
                             const gsize          *ends,
                             guint                 n,
                             guint                *n_sent,
                             GError              **error);
/* Says good-bye, and what was lost for all that. */
void     mvx_sender_stop    (MvxSender            *self,
                             const MvxLinkOptions *options);
/* What was out when the server went away, and nothing has been logged since. */
gboolean mvx_sender_flush   (MvxSender            *self,
                             const MvxLinkOptions *options,
                             gint64                deadline_us,
                             GError              **error);
gboolean mvx_sender_reopen  (MvxSender            *self,
                             const MvxLinkOptions *options,
                             GError              **error);
gboolean mvx_sender_probe   (const MvxLinkOptions *options,
                             gint64                deadline_us,
                             GError              **error);

G_END_DECLS
