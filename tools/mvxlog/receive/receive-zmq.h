/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ZeroMQ sockets that events come from. In a build without libzmq they cannot be opened. */
#pragma once

#include "receive/receive-address.h"
#include "receive/receive-hub.h"

G_BEGIN_DECLS

typedef struct _MvxReceiveZmq MvxReceiveZmq;

typedef struct
{
  gboolean           connect;
  const char        *subscribe;       /* for SUB: how topics begin */
  const char        *secret_key_file; /* nullable: CURVE, as its server */
  const char        *client_keys_file; /* public keys of those who may send; NULL: whoever has ours */
} MvxReceiveZmqOptions;

/* On the thread's default context. */
MvxReceiveZmq *mvx_receive_zmq_open  (MvxReceiveHub              *hub,
                                      const MvxReceiveAddress    *address,
                                      const MvxReceiveZmqOptions *options,
                                      GError                    **error);
/* Takes what has come until then, and no more. */
void           mvx_receive_zmq_close (MvxReceiveZmq              *self);

G_END_DECLS
