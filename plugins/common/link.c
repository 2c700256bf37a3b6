/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link.h"

#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "call.h"

static void
mvx_link_set_error (const MvxLinkOptions *options, gint code, const char *why, GError **error)
{
  const char *advice = code == G_IO_ERROR_TOO_MANY_OPEN_FILES ? "raise the limit of open files"
                                                              : "see that it runs and the address is right";

  g_set_error (error, G_IO_ERROR, code, "Cannot connect to %s '%s': %s; %s; the events are kept until it works",
               options->who, options->address, why, advice);
}

/* Why a call of GIO failed. */
static void
mvx_link_explain (const MvxLinkOptions *options, const MvxCall *call, const GError *why, GError **error)
{
  g_autofree char *late = NULL;

  if (!call->timed_out)
    {
      mvx_link_set_error (options, why->domain == G_IO_ERROR ? why->code : G_IO_ERROR_HOST_NOT_FOUND, why->message,
                          error);
      return;
    }
  late = g_strdup_printf ("no answer within %.3f s", (double) options->timeout_us / G_USEC_PER_SEC);
  mvx_link_set_error (options, G_IO_ERROR_TIMED_OUT, late, error);
}

/* -1 with errno. */
static int
mvx_link_connect_local (const char *path, int type)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int code;

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (fd < 0 || connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  code = errno;
  close (fd);
  errno = code;
  return -1;
}

/* What listens there says which it is, as with syslog(3). */
static GSocket *
mvx_link_open_local (const MvxLinkOptions *options, GError **error)
{
  int fd = mvx_link_connect_local (options->path, SOCK_DGRAM);
  GSocket *socket = NULL;

  if (fd < 0 && errno == EPROTOTYPE)
    fd = mvx_link_connect_local (options->path, SOCK_STREAM);
  if (fd < 0)
    mvx_link_set_error (options, (gint) g_io_error_from_errno (errno), g_strerror (errno), error);
  else if ((socket = g_socket_new_from_fd (fd, error)) == NULL)
    close (fd);
  return socket;
}

static GSocketConnection *
mvx_link_open_remote (const MvxLinkOptions *options, GCancellable *cancellable, gint64 deadline_us, GError **error)
{
  g_autoptr (GSocketConnectable) address = g_network_address_new (options->host, options->port);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  GSocketConnection *connection;
  g_autoptr (GError) why = NULL;
  MvxCall call;

  g_socket_client_set_enable_proxy (client, FALSE);
  if (!mvx_call_begin (&call, cancellable, deadline_us, &why))
    {
      mvx_link_explain (options, &call, why, error);
      return NULL;
    }
  g_socket_client_connect_async (client, address, call.cancellable, mvx_call_done, &call);
  connection = g_socket_client_connect_finish (client, mvx_call_wait (&call), &why);
  if (connection == NULL)
    mvx_link_explain (options, &call, why, error);
  mvx_call_end (&call);
  return connection;
}

/* There is no telling which address somebody listens at but by trying them in turn. */
static GSocket *
mvx_link_open_udp (MvxLink *self, const MvxLinkOptions *options, gint64 deadline_us, GError **error)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) why = NULL;
  MvxCall call;
  GList *hosts;

  if (!mvx_call_begin (&call, self->cancellable, deadline_us, &why))
    {
      mvx_link_explain (options, &call, why, error);
      return NULL;
    }
  g_resolver_lookup_by_name_async (resolver, options->host, call.cancellable, mvx_call_done, &call);
  hosts = g_resolver_lookup_by_name_finish (resolver, mvx_call_wait (&call), &why);
  if (hosts)
    {
      self->n_addresses = g_list_length (hosts);
      address = g_inet_socket_address_new (g_list_nth_data (hosts, self->turn % self->n_addresses), options->port);
      socket
          = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, &why);
      g_resolver_free_addresses (hosts);
    }
  if (socket && !g_socket_connect (socket, address, NULL, &why))
    g_clear_object (&socket);
  if (socket == NULL)
    mvx_link_explain (options, &call, why, error);
  mvx_call_end (&call);
  return g_steal_pointer (&socket);
}

gboolean
mvx_link_try_other (MvxLink *self)
{
  self->turn++;
  return ++self->n_refused < self->n_addresses;
}

static GIOStream *
mvx_link_secure (const MvxLinkOptions *options,
                 GSocketConnection *connection,
                 GCancellable *cancellable,
                 gint64 deadline_us,
                 GError **error)
{
  g_autoptr (GError) why = NULL;
  GIOStream *stream = mvx_tls_handshake (&options->tls, options->host, options->port, G_IO_STREAM (connection),
                                         cancellable, deadline_us, &why);

  if (stream)
    return stream;
  if (g_error_matches (why, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    g_set_error (error, why->domain, why->code, "Refusing %s '%s': %s; the events are kept until it is right",
                 options->who, options->address, why->message);
  else if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    g_set_error (error, why->domain, why->code,
                 "%s '%s' has not answered as TLS does within %.3f s; is it TLS that listens there? The "
                 "events are kept until it does",
                 options->who_first, options->address, (double) options->timeout_us / G_USEC_PER_SEC);
  else
    g_set_error (error, why->domain, why->code, "Cannot speak TLS with %s '%s': %s; the events are kept until it works",
                 options->who, options->address, why->message);
  return NULL;
}

gboolean
mvx_link_open (MvxLink *self, const MvxLinkOptions *options, gint64 deadline_us, GError **error)
{
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GIOStream) stream = NULL;

  if (options->transport == MVX_LINK_UNIX)
    socket = mvx_link_open_local (options, error);
  else if (options->transport == MVX_LINK_UDP)
    socket = mvx_link_open_udp (self, options, deadline_us, error);
  else if ((connection = mvx_link_open_remote (options, self->cancellable, deadline_us, error)))
    socket = g_object_ref (g_socket_connection_get_socket (connection));
  if (socket == NULL)
    return FALSE;
  g_socket_set_blocking (socket, FALSE);
  if (connection == NULL && g_socket_get_socket_type (socket) == G_SOCKET_TYPE_STREAM)
    connection = g_socket_connection_factory_create_connection (socket);
  if (options->transport == MVX_LINK_TLS)
    {
      stream = mvx_link_secure (options, connection, self->cancellable, deadline_us, error);
      if (stream == NULL)
        return FALSE;
    }
  else if (g_socket_get_socket_type (socket) == G_SOCKET_TYPE_STREAM)
    stream = g_object_ref (G_IO_STREAM (connection));
  mvx_link_close (self);
  self->socket = g_steal_pointer (&socket);
  self->stream = g_steal_pointer (&stream);
  return TRUE;
}

/* Also when the connection is broken: it is what was written, less what was acknowledged. */
gsize
mvx_link_get_unacked (const MvxLink *self)
{
  int n = 0;

  if (self->socket == NULL || self->stream == NULL || g_socket_get_family (self->socket) == G_SOCKET_FAMILY_UNIX
      || ioctl (g_socket_get_fd (self->socket), SIOCOUTQ, &n) != 0)
    return 0;
  return (gsize) MAX (n, 0);
}

/* The socket first: TLS would say good-bye, and might wait for it to be taken. */
void
mvx_link_close (MvxLink *self)
{
  if (self->socket)
    {
      self->n_unacked = mvx_link_get_unacked (self);
      g_socket_close (self->socket, NULL);
    }
  g_clear_object (&self->stream);
  g_clear_object (&self->socket);
}

/* 1: the server hung up, 0: it has nothing to say, -1: the connection is broken. */
static int
mvx_link_listen (MvxLink *self)
{
  GPollableInputStream *input = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->stream));
  g_autoptr (GError) error = NULL;
  char ignored[4096];
  gssize n = 1;

  /* One that never stops is not listened to for ever. */
  for (guint i = 0; i < 16 && n > 0; i++)
    n = g_pollable_input_stream_read_nonblocking (input, ignored, sizeof ignored, NULL, &error);
  if (n == 0)
    return 1;
  return n > 0 || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ? 0 : -1;
}

gboolean
mvx_link_is_alive (MvxLink *self)
{
  return self->stream == NULL || mvx_link_listen (self) == 0;
}

static gboolean
mvx_link_on_ready (gpointer stream, gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
mvx_link_on_timeout (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* TLS may have something to read that is not in the socket any more, and the other way round. */
static GSource *
mvx_link_create_source (MvxLink *self, GIOCondition condition, gboolean *ready)
{
  GSource *source;

  if (condition == G_IO_OUT)
    source = g_pollable_output_stream_create_source (
        G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->stream)), self->cancellable);
  else
    source = g_pollable_input_stream_create_source (
        G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->stream)), self->cancellable);
  g_source_set_callback (source, G_SOURCE_FUNC (mvx_link_on_ready), ready, NULL);
  return source;
}

/* TLS may have something without its socket, and wait for the one to do the other. */
static gboolean
mvx_link_wait_stream (MvxLink *self, GIOCondition condition, gint64 deadline_us, GError **error)
{
  g_autoptr (GMainContext) context = NULL;
  g_autoptr (GSource) timeout = NULL;
  g_autoptr (GSource) source = NULL;
  gboolean ready = FALSE;
  gboolean late = FALSE;

  if (!mvx_call_has_descriptors (error))
    return FALSE;
  context = g_main_context_new ();
  timeout = g_timeout_source_new (0);
  source = mvx_link_create_source (self, condition, &ready);
  g_source_set_callback (timeout, mvx_link_on_timeout, &late, NULL);
  g_source_set_ready_time (timeout, deadline_us);
  g_source_attach (source, context);
  g_source_attach (timeout, context);
  while (!ready && !late)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (source);
  g_source_destroy (timeout);
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  if (!ready)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "nothing happened in time");
  return ready;
}

gboolean
mvx_link_wait (MvxLink *self, GIOCondition condition, gint64 deadline_us, GError **error)
{
  gint64 left = deadline_us - g_get_monotonic_time ();

  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  /* Late is late, also if there is always something to read. */
  if (self->stream && left <= 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "nothing happened in time");
      return FALSE;
    }
  if (G_IS_TLS_CONNECTION (self->stream))
    return mvx_link_wait_stream (self, condition, deadline_us, error);
  return g_socket_condition_timed_wait (self->socket, condition, MAX (left, 0), self->cancellable, error);
}

static void
mvx_link_say_goodbye (MvxLink *self, gint64 deadline_us)
{
  MvxCall call;

  if (G_IS_TLS_CONNECTION (self->stream) && mvx_call_begin (&call, self->cancellable, deadline_us, NULL))
    {
      g_output_stream_close_async (g_io_stream_get_output_stream (self->stream), G_PRIORITY_DEFAULT, call.cancellable,
                                   mvx_call_done, &call);
      g_output_stream_close_finish (g_io_stream_get_output_stream (self->stream), mvx_call_wait (&call), NULL);
      mvx_call_end (&call);
    }
  g_socket_shutdown (self->socket, FALSE, TRUE, NULL);
}

gboolean
mvx_link_finish (MvxLink *self, gint64 deadline_us)
{
  int heard = 1;

  if (self->stream)
    {
      mvx_link_say_goodbye (self, deadline_us);
      while ((heard = mvx_link_listen (self)) == 0 && mvx_link_wait (self, G_IO_IN, deadline_us, NULL))
        ;
    }
  mvx_link_close (self);
  return heard == 1;
}
