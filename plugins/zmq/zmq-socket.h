/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The socket with its context, and the count of what libzmq has not handed over yet. Of one thread at a time. */
#pragma once

#include <zmq.h>

#include "zmq-options.h"
#include "zmq-zap.h"

G_BEGIN_DECLS

typedef struct _MvxZmqSocket MvxZmqSocket;

typedef enum
{
  MVX_ZMQ_SENT,
  MVX_ZMQ_FULL,   /* nobody takes it now */
  MVX_ZMQ_BROKEN
} MvxZmqSend;

/* Bound or connected to all endpoints. @refused: a receiver whose key is not known. */
MvxZmqSocket *mvx_zmq_socket_open        (const MvxZmqOptions *options,
                                          MvxZmqZapRefused     refused,
                                          gpointer             data,
                                          GError             **error);
/* Closes after @wait_us at most; returns how many events were lost. */
guint         mvx_zmq_socket_close       (MvxZmqSocket        *self,
                                          gint64               wait_us);
/* Sends @topic and @body, which it takes over when they are sent. @size is for @body. */
MvxZmqSend    mvx_zmq_socket_send        (MvxZmqSocket        *self,
                                          const char          *topic,
                                          guint8              *body,
                                          gsize                size,
                                          GError             **error);
/* Waits for room, no longer than @wait_us. */
gboolean      mvx_zmq_socket_wait        (MvxZmqSocket        *self,
                                          gint64               wait_us);
/* Waits until libzmq has handed over everything; returns how many events it still has. */
guint         mvx_zmq_socket_wait_empty  (MvxZmqSocket        *self,
                                          gint64               deadline_us);
/* What tells that mvx_zmq_socket_can_send() may have changed. */
int           mvx_zmq_socket_get_fd      (MvxZmqSocket        *self);
gboolean      mvx_zmq_socket_can_send    (MvxZmqSocket        *self);

/* For the probe, which has a context of its own. */
gpointer      mvx_zmq_socket_make        (gpointer             context,
                                          const MvxZmqOptions *options,
                                          GError             **error);
gboolean      mvx_zmq_socket_attach      (gpointer             handle,
                                          const MvxZmqOptions *options,
                                          const char          *endpoint,
                                          GError             **error);

G_END_DECLS
