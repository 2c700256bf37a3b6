/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How far a stream has been delivered: two slots of 512 bytes, written in turn, the newer valid one counts. It is a hint: if
 * there is none, everything is delivered again. */
#pragma once

#include "durable/frame-private.h"

G_BEGIN_DECLS

#define MVX_LOG_ACK_SLOT 512
#define MVX_LOG_ACK_NAME "ack"

typedef struct
{
  MvxLogStreamId stream;
  guint64        generation; /* 0: nothing has been acknowledged */
  guint64        next_seq;   /* the first one that has not been delivered */
  guint64        segment;    /* the segments before this one are not needed */
} MvxLogAck;

/* Reads the file of @dir; FALSE if no slot is valid, or none of @stream. */
gboolean mvx_log_ack_read   (MvxLogAck            *self,
                             int                   dir,
                             const MvxLogStreamId *stream);
/* Opens the file of @dir for writing, and makes it. -1 with errno. */
int      mvx_log_ack_open   (int                   dir);
/* The next generation goes into the other slot. FALSE with errno; the one before is still there. */
gboolean mvx_log_ack_write  (MvxLogAck            *self,
                             int                   fd,
                             gboolean              sync);

/* Both slots, for tests and tools. */
void     mvx_log_ack_put    (const MvxLogAck      *self,
                             guint8                bytes[MVX_LOG_ACK_SLOT]);
gboolean mvx_log_ack_get    (MvxLogAck            *self,
                             const guint8          bytes[MVX_LOG_ACK_SLOT]);

G_END_DECLS
