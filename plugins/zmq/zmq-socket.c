/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zmq-socket.h"

#include <errno.h>
#include <string.h>

#include <gio/gio.h>

/* A peer that is silent so long is dead, and the connection is made anew. */
#define MVX_ZMQ_HEARTBEAT_MS 10000
#define MVX_ZMQ_HEARTBEAT_TIMEOUT_MS 30000
#define MVX_ZMQ_RECONNECT_MS 100
#define MVX_ZMQ_RECONNECT_MAX_MS 2000
/* Of the kernel, per connection: what is in it is lost if the receiver dies. By itself it would take megabytes. */
#define MVX_ZMQ_BUFFER (128 * 1024)
/* What libzmq says it is done with may still be in its buffer of a connection, 8 KiB: it has at least so long. */
#define MVX_ZMQ_LAST_LINGER_US 200000

struct _MvxZmqSocket
{
  gpointer context;
  gpointer handle;
  MvxZmqZap *zap; /* NULL: nobody is asked for a key, or everybody may have any */
  GMutex mutex;
  GCond cond;
  guint n_kept; /* under the mutex: bodies that libzmq has not released */
};

static gboolean
mvx_zmq_socket_set_int (gpointer handle, int option, int value)
{
  return zmq_setsockopt (handle, option, &value, sizeof value) == 0;
}

static gboolean
mvx_zmq_socket_set_text (gpointer handle, int option, const char *value)
{
  return zmq_setsockopt (handle, option, value, strlen (value)) == 0;
}

static gboolean
mvx_zmq_socket_set_keys (gpointer handle, const MvxZmqOptions *options)
{
  if (options->secret_key == NULL)
    return TRUE;
  if (options->is_server)
    return mvx_zmq_socket_set_int (handle, ZMQ_CURVE_SERVER, 1)
           && mvx_zmq_socket_set_text (handle, ZMQ_CURVE_SECRETKEY, options->secret_key);
  return mvx_zmq_socket_set_text (handle, ZMQ_CURVE_SERVERKEY, options->server_key)
         && mvx_zmq_socket_set_text (handle, ZMQ_CURVE_PUBLICKEY, options->public_key)
         && mvx_zmq_socket_set_text (handle, ZMQ_CURVE_SECRETKEY, options->secret_key);
}

/* With one endpoint events go to its pipe, which outlives every connection: fewer are lost when a receiver is killed.
 * With several they must not wait for one that is not there. */
static gboolean
mvx_zmq_socket_set_up (gpointer handle, const MvxZmqOptions *options)
{
  return mvx_zmq_socket_set_int (handle, ZMQ_LINGER, 0) && mvx_zmq_socket_set_int (handle, ZMQ_IPV6, 1)
         && mvx_zmq_socket_set_int (handle, ZMQ_SNDHWM, options->high_water_mark)
         && mvx_zmq_socket_set_int (handle, ZMQ_SNDBUF, MVX_ZMQ_BUFFER)
         && mvx_zmq_socket_set_int (handle, ZMQ_IMMEDIATE, options->endpoints[1] != NULL)
         && mvx_zmq_socket_set_int (handle, ZMQ_HEARTBEAT_IVL, MVX_ZMQ_HEARTBEAT_MS)
         && mvx_zmq_socket_set_int (handle, ZMQ_HEARTBEAT_TIMEOUT, MVX_ZMQ_HEARTBEAT_TIMEOUT_MS)
         && mvx_zmq_socket_set_int (handle, ZMQ_RECONNECT_IVL, MVX_ZMQ_RECONNECT_MS)
         && mvx_zmq_socket_set_int (handle, ZMQ_RECONNECT_IVL_MAX, MVX_ZMQ_RECONNECT_MAX_MS)
         && (!options->publish || mvx_zmq_socket_set_int (handle, ZMQ_XPUB_NODROP, !options->skip_slow))
         && mvx_zmq_socket_set_keys (handle, options);
}

gpointer
mvx_zmq_socket_make (gpointer context, const MvxZmqOptions *options, GError **error)
{
  gpointer handle = zmq_socket (context, options->publish ? ZMQ_PUB : ZMQ_PUSH);

  if (handle && mvx_zmq_socket_set_up (handle, options))
    return handle;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Cannot make a ZeroMQ socket: %s", zmq_strerror (zmq_errno ()));
  if (handle)
    zmq_close (handle);
  return NULL;
}

gboolean
mvx_zmq_socket_attach (gpointer handle, const MvxZmqOptions *options, const char *endpoint, GError **error)
{
  int number;

  if ((options->bind ? zmq_bind (handle, endpoint) : zmq_connect (handle, endpoint)) == 0)
    return TRUE;
  number = zmq_errno ();
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "Cannot %s '%s': %s; %s",
               options->bind ? "bind to" : "connect to", endpoint, zmq_strerror (number),
               number == EADDRINUSE ? "end who has it, or choose another endpoint" : "correct 'endpoints'");
  return FALSE;
}

static gboolean
mvx_zmq_socket_guard (MvxZmqSocket *self,
                      const MvxZmqOptions *options,
                      MvxZmqZapRefused refused,
                      gpointer data,
                      GError **error)
{
  if (options->client_keys == NULL)
    return TRUE;
  self->zap = mvx_zmq_zap_new (self->context, (const char *const *) options->client_keys, refused, data, error);
  if (self->zap == NULL)
    g_prefix_error (error, "Cannot make a ZeroMQ socket: ");
  return self->zap != NULL;
}

MvxZmqSocket *
mvx_zmq_socket_open (const MvxZmqOptions *options, MvxZmqZapRefused refused, gpointer data, GError **error)
{
  MvxZmqSocket *self = g_new0 (MvxZmqSocket, 1);
  gboolean fine;

  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->context = zmq_ctx_new ();
  fine = mvx_zmq_socket_guard (self, options, refused, data, error);
  if (fine)
    self->handle = mvx_zmq_socket_make (self->context, options, error);
  fine = self->handle != NULL;
  for (guint i = 0; fine && options->endpoints[i]; i++)
    fine = mvx_zmq_socket_attach (self->handle, options, options->endpoints[i], error);
  if (fine)
    return self;
  mvx_zmq_socket_close (self, 0);
  return NULL;
}

guint
mvx_zmq_socket_close (MvxZmqSocket *self, gint64 wait_us)
{
  const gint64 deadline = g_get_monotonic_time () + wait_us;
  guint n_lost = 0;
  gint64 linger_us;

  if (self->handle)
    {
      n_lost = mvx_zmq_socket_wait_empty (self, deadline);
      linger_us = MAX (deadline - g_get_monotonic_time (), MIN (wait_us, MVX_ZMQ_LAST_LINGER_US));
      if (n_lost == 0)
        mvx_zmq_socket_set_int (self->handle, ZMQ_LINGER, (int) (linger_us / 1000));
      zmq_close (self->handle);
    }
  /* Behind it nothing of libzmq calls back any more. */
  while (zmq_ctx_term (self->context) != 0 && zmq_errno () == EINTR)
    ;
  g_clear_pointer (&self->zap, mvx_zmq_zap_free);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self);
  return n_lost;
}

/* On the thread of libzmq, or in zmq_msg_close(). */
static void
mvx_zmq_socket_release (void *body, void *hint)
{
  MvxZmqSocket *self = hint;

  g_free (body);
  g_mutex_lock (&self->mutex);
  if (--self->n_kept == 0)
    g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
}

static MvxZmqSend
mvx_zmq_socket_fail (GError **error)
{
  int number = zmq_errno ();

  if (number == EAGAIN)
    return MVX_ZMQ_FULL;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "Cannot send: %s; the events are kept until it works",
               zmq_strerror (number));
  return MVX_ZMQ_BROKEN;
}

/* The worker blocks signals, so that EINTR does not come. */
MvxZmqSend
mvx_zmq_socket_send (MvxZmqSocket *self, const char *topic, guint8 *body, gsize size, GError **error)
{
  zmq_msg_t message;
  MvxZmqSend failed;

  if (zmq_send (self->handle, topic, MVX_ZMQ_TOPIC_SIZE, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0)
    {
      g_free (body);
      return mvx_zmq_socket_fail (error);
    }
  g_mutex_lock (&self->mutex);
  self->n_kept++;
  g_mutex_unlock (&self->mutex);
  zmq_msg_init_data (&message, body, size, mvx_zmq_socket_release, self);
  if (zmq_msg_send (&message, self->handle, ZMQ_DONTWAIT) >= 0)
    return MVX_ZMQ_SENT;
  /* The connection went away between the two: libzmq has taken the topic back. */
  failed = mvx_zmq_socket_fail (error);
  zmq_msg_close (&message);
  return failed;
}

gboolean
mvx_zmq_socket_wait (MvxZmqSocket *self, gint64 wait_us)
{
  zmq_pollitem_t item = { .socket = self->handle, .events = ZMQ_POLLOUT };

  return zmq_poll (&item, 1, (long) (wait_us / 1000)) > 0;
}

guint
mvx_zmq_socket_wait_empty (MvxZmqSocket *self, gint64 deadline_us)
{
  guint n_kept;

  g_mutex_lock (&self->mutex);
  while (self->n_kept > 0)
    if (deadline_us < 0)
      g_cond_wait (&self->cond, &self->mutex);
    else if (!g_cond_wait_until (&self->cond, &self->mutex, deadline_us))
      break;
  n_kept = self->n_kept;
  g_mutex_unlock (&self->mutex);
  return n_kept;
}

int
mvx_zmq_socket_get_fd (MvxZmqSocket *self)
{
  int fd = -1;
  size_t size = sizeof fd;

  zmq_getsockopt (self->handle, ZMQ_FD, &fd, &size);
  return fd;
}

gboolean
mvx_zmq_socket_can_send (MvxZmqSocket *self)
{
  int events = 0;
  size_t size = sizeof events;

  return zmq_getsockopt (self->handle, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLOUT);
}
