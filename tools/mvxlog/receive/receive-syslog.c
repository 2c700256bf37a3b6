/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receive/receive-syslog.h"

#include <gio/gio.h>

#include "receive/receive-frame.h"
#include "receive/receive-rfc.h"

#define MVX_RECEIVE_PIECE (64 * 1024)
#define MVX_RECEIVE_DATAGRAMS_AT_ONCE 256
#define MVX_RECEIVE_MAX_CONNECTIONS 1000
#define MVX_RECEIVE_NS_PER_US 1000

struct _MvxReceiveSyslog
{
  MvxReceiveHub *hub;
  GSocket *socket;
  GSource *source;
  GHashTable *connections; /* of TCP: a set of MvxReceiveConnection */
  char *piece;             /* that is read just now */
};

typedef struct
{
  MvxReceiveSyslog *syslog;
  GSocket *socket;
  GSource *source;
  char *from;
  MvxReceiveFrames frames;
} MvxReceiveConnection;

static char *
mvx_receive_syslog_name (GSocketAddress *address)
{
  if (!G_IS_INET_SOCKET_ADDRESS (address))
    return g_strdup ("somewhere");
  return g_inet_address_to_string (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
}

static void
mvx_receive_syslog_take (MvxReceiveHub *hub, const char *from, const char *text, gsize length)
{
  const gint64 now_ns = g_get_real_time () * MVX_RECEIVE_NS_PER_US;
  const char *fault = mvx_receive_rfc_read (hub->event, text, length, now_ns);

  if (fault)
    {
      mvx_receive_hub_malformed (hub, from, "%s", fault);
      return;
    }
  if (hub->event->sender.host == NULL)
    hub->event->sender.host = from;
  mvx_receive_hub_take (hub);
}

static void
mvx_receive_connection_take (const char *text, gsize length, const char *fault, gpointer data)
{
  MvxReceiveConnection *connection = data;

  if (fault)
    mvx_receive_hub_malformed (connection->syslog->hub, connection->from, "%s", fault);
  else if (!mvx_receive_hub_is_done (connection->syslog->hub))
    mvx_receive_syslog_take (connection->syslog->hub, connection->from, text, length);
}

static void
mvx_receive_connection_free (gpointer data)
{
  MvxReceiveConnection *connection = data;

  g_source_destroy (connection->source);
  g_source_unref (connection->source);
  g_socket_close (connection->socket, NULL);
  g_object_unref (connection->socket);
  mvx_receive_frames_clear (&connection->frames);
  g_free (connection->from);
  g_free (connection);
}

/* FALSE: the connection is over. */
static gboolean
mvx_receive_connection_read (MvxReceiveConnection *connection)
{
  g_autoptr (GError) error = NULL;
  char *piece = connection->syslog->piece;
  gssize n = g_socket_receive_with_blocking (connection->socket, piece, MVX_RECEIVE_PIECE, FALSE, NULL, &error);

  if (n > 0)
    return mvx_receive_frames_feed (&connection->frames, piece, (gsize) n);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return TRUE;
  mvx_receive_frames_finish (&connection->frames);
  return FALSE;
}

static gboolean
mvx_receive_connection_on_data (GSocket *socket, GIOCondition condition, gpointer data)
{
  MvxReceiveConnection *connection = data;

  if (mvx_receive_connection_read (connection))
    return G_SOURCE_CONTINUE;
  g_hash_table_remove (connection->syslog->connections, connection);
  return G_SOURCE_REMOVE;
}

static GSource *
mvx_receive_syslog_watch (GSocket *socket, GSocketSourceFunc func, gpointer data)
{
  GSource *source = g_socket_create_source (socket, G_IO_IN, NULL);

  g_source_set_callback (source, G_SOURCE_FUNC (func), data, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

static gboolean
mvx_receive_syslog_on_connection (GSocket *listener, GIOCondition condition, gpointer data)
{
  MvxReceiveSyslog *self = data;
  g_autoptr (GSocket) socket = g_socket_accept (listener, NULL, NULL);
  g_autoptr (GSocketAddress) address = socket ? g_socket_get_remote_address (socket, NULL) : NULL;
  MvxReceiveConnection *connection;

  if (address == NULL)
    return G_SOURCE_CONTINUE;
  if (g_hash_table_size (self->connections) >= MVX_RECEIVE_MAX_CONNECTIONS)
    {
      g_autofree char *from = mvx_receive_syslog_name (address);

      mvx_receive_hub_malformed (self->hub, from, "there are %d connections already", MVX_RECEIVE_MAX_CONNECTIONS);
      return G_SOURCE_CONTINUE;
    }
  connection = g_new0 (MvxReceiveConnection, 1);
  connection->syslog = self;
  connection->from = mvx_receive_syslog_name (address);
  connection->socket = g_steal_pointer (&socket);
  g_socket_set_keepalive (connection->socket, TRUE);
  mvx_receive_frames_init (&connection->frames, self->hub->max_size, mvx_receive_connection_take, connection);
  connection->source = mvx_receive_syslog_watch (connection->socket, mvx_receive_connection_on_data, connection);
  g_hash_table_add (self->connections, connection);
  return G_SOURCE_CONTINUE;
}

/* FALSE: there is no more. */
static gboolean
mvx_receive_syslog_read_datagram (MvxReceiveSyslog *self)
{
  g_autoptr (GSocketAddress) address = NULL;
  g_autofree char *from = NULL;
  gssize n;

  if (mvx_receive_hub_is_done (self->hub) || !(g_socket_condition_check (self->socket, G_IO_IN) & G_IO_IN))
    return FALSE;
  n = g_socket_receive_from (self->socket, &address, self->piece, MVX_RECEIVE_PIECE, NULL, NULL);
  if (n < 0)
    return FALSE;
  from = mvx_receive_syslog_name (address);
  if ((gsize) n > self->hub->max_size)
    mvx_receive_hub_malformed (self->hub, from, "it is longer than --max-size");
  else
    mvx_receive_syslog_take (self->hub, from, self->piece, (gsize) n);
  return TRUE;
}

static gboolean
mvx_receive_syslog_on_datagrams (GSocket *socket, GIOCondition condition, gpointer data)
{
  for (guint i = 0; i < MVX_RECEIVE_DATAGRAMS_AT_ONCE && mvx_receive_syslog_read_datagram (data); i++)
    ;
  return G_SOURCE_CONTINUE;
}

/* "*" is every address of the machine, by IPv6 with IPv4 where there is that. */
static GSocketAddress *
mvx_receive_syslog_resolve (const MvxReceiveAddress *address, GError **error)
{
  g_autoptr (GSocketConnectable) name = NULL;
  g_autoptr (GSocketAddressEnumerator) addresses = NULL;
  g_autoptr (GInetAddress) any = NULL;

  if (*address->host == '*')
    {
      g_autoptr (GSocket) probe
          = g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);

      any = g_inet_address_new_any (probe ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4);
      return g_inet_socket_address_new (any, address->port);
    }
  name = g_network_address_new (address->host, address->port);
  addresses = g_socket_connectable_enumerate (name);
  return g_socket_address_enumerator_next (addresses, NULL, error);
}

static GSocket *
mvx_receive_syslog_bind (const MvxReceiveAddress *address, GError **error)
{
  gboolean tcp = address->kind == MVX_RECEIVE_SYSLOG_TCP;
  g_autoptr (GSocketAddress) where = mvx_receive_syslog_resolve (address, error);
  g_autoptr (GSocket) socket = NULL;

  if (where == NULL)
    return NULL;
  socket = g_socket_new (g_socket_address_get_family (where), tcp ? G_SOCKET_TYPE_STREAM : G_SOCKET_TYPE_DATAGRAM,
                         G_SOCKET_PROTOCOL_DEFAULT, error);
  if (socket == NULL || !g_socket_bind (socket, where, tcp, error) || (tcp && !g_socket_listen (socket, error)))
    return NULL;
  return g_steal_pointer (&socket);
}

MvxReceiveSyslog *
mvx_receive_syslog_open (MvxReceiveHub *hub, const MvxReceiveAddress *address, GError **error)
{
  g_autoptr (GSocket) socket = mvx_receive_syslog_bind (address, error);
  gboolean tcp = address->kind == MVX_RECEIVE_SYSLOG_TCP;
  MvxReceiveSyslog *self;

  if (socket == NULL)
    {
      g_prefix_error (error, "cannot bind to '%s:%u': ", address->host, address->port);
      return NULL;
    }
  self = g_new0 (MvxReceiveSyslog, 1);
  self->hub = hub;
  self->socket = g_steal_pointer (&socket);
  self->piece = g_malloc (MVX_RECEIVE_PIECE);
  self->connections = g_hash_table_new_full (NULL, NULL, mvx_receive_connection_free, NULL);
  self->source = mvx_receive_syslog_watch (
      self->socket, tcp ? mvx_receive_syslog_on_connection : mvx_receive_syslog_on_datagrams, self);
  return self;
}

void
mvx_receive_syslog_close (MvxReceiveSyslog *self)
{
  GHashTableIter iter;
  gpointer connection;

  g_source_destroy (self->source);
  g_source_unref (self->source);
  if (g_socket_get_socket_type (self->socket) == G_SOCKET_TYPE_DATAGRAM)
    while (mvx_receive_syslog_read_datagram (self))
      ;
  g_hash_table_iter_init (&iter, self->connections);
  while (g_hash_table_iter_next (&iter, &connection, NULL))
    while ((g_socket_condition_check (((MvxReceiveConnection *) connection)->socket, G_IO_IN) & G_IO_IN)
           && mvx_receive_connection_read (connection))
      ;
  g_hash_table_unref (self->connections);
  g_object_unref (self->socket);
  g_free (self->piece);
  g_free (self);
}
