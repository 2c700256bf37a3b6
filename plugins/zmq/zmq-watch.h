/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The socket in the worker's main context: libzmq is served there while no event is sent, and somebody who waits for room
 * is called when there is some. */
#pragma once

#include "zmq-socket.h"

G_BEGIN_DECLS

/* For the context that is the thread's default. @func is called once for each mvx_zmq_watch_wait(). */
GSource *mvx_zmq_watch_new  (MvxZmqSocket   *socket,
                             GDestroyNotify  func,
                             gpointer        data);
void     mvx_zmq_watch_wait (GSource        *source);
void     mvx_zmq_watch_free (GSource        *source);

G_END_DECLS
