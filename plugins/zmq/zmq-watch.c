/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zmq-watch.h"

#include <glib-unix.h>

typedef struct
{
  GSource source;
  MvxZmqSocket *socket;
  GDestroyNotify func;
  gpointer data;
  gpointer tag;
  gboolean waiting;
} MvxZmqWatch;

/* The descriptor tells of changes only: what it told before is no longer in it, so that the socket is asked. */
static gboolean
mvx_zmq_watch_prepare (GSource *source, gint *timeout)
{
  MvxZmqWatch *self = (MvxZmqWatch *) source;

  *timeout = -1;
  return self->waiting && mvx_zmq_socket_can_send (self->socket);
}

static gboolean
mvx_zmq_watch_check (GSource *source)
{
  MvxZmqWatch *self = (MvxZmqWatch *) source;

  if (g_source_query_unix_fd (source, self->tag) == 0)
    return FALSE;
  /* Also if nobody waits: to ask is what lets libzmq do its work, and silences the descriptor. */
  return mvx_zmq_socket_can_send (self->socket) && self->waiting;
}

static gboolean
mvx_zmq_watch_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  MvxZmqWatch *self = (MvxZmqWatch *) source;

  self->waiting = FALSE;
  self->func (self->data);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs mvx_zmq_watch_funcs
    = { mvx_zmq_watch_prepare, mvx_zmq_watch_check, mvx_zmq_watch_dispatch, NULL, NULL, NULL };

GSource *
mvx_zmq_watch_new (MvxZmqSocket *socket, GDestroyNotify func, gpointer data)
{
  GSource *source = g_source_new (&mvx_zmq_watch_funcs, sizeof (MvxZmqWatch));
  MvxZmqWatch *self = (MvxZmqWatch *) source;

  self->socket = socket;
  self->func = func;
  self->data = data;
  self->tag = g_source_add_unix_fd (source, mvx_zmq_socket_get_fd (socket), G_IO_IN);
  g_source_set_static_name (source, "mvxlog-zmq");
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

void
mvx_zmq_watch_wait (GSource *source)
{
  ((MvxZmqWatch *) source)->waiting = TRUE;
}

void
mvx_zmq_watch_free (GSource *source)
{
  g_source_destroy (source);
  g_source_unref (source);
}
