/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "redis-link.h"

#include <gio/gunixsocketaddress.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "../common/call.h"
#include "../common/secret.h"
#include "redis-reply.h"

#define MVX_REDIS_LINK_CHUNK (16 * 1024)

struct _MvxRedisLink
{
  const char *address; /* of the options */
  GCancellable *cancellable;
  GSocketConnection *connection;
  GIOStream *stream; /* the connection, or TLS on it */
  redisReader *reader;
};

void
mvx_redis_link_free (MvxRedisLink *self)
{
  g_clear_object (&self->stream);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->reader, redisReaderFree);
  g_clear_object (&self->cancellable);
  g_free (self);
}

static GSocketConnectable *
mvx_redis_link_target (const MvxRedisOptions *options)
{
  if (options->path)
    return G_SOCKET_CONNECTABLE (g_unix_socket_address_new (options->path));
  return g_network_address_new (options->host, options->port);
}

static gboolean
mvx_redis_link_connect (MvxRedisLink *self, const MvxRedisOptions *options, GError **error)
{
  g_autoptr (GSocketConnectable) target = mvx_redis_link_target (options);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  GSocket *socket;

  if (!mvx_call_has_descriptors (error))
    return FALSE;
  g_socket_client_set_enable_proxy (client, FALSE);
  /* In whole seconds, and 0 would be for ever. */
  g_socket_client_set_timeout (client, (guint) ((options->timeout_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC));
  self->connection = g_socket_client_connect (client, target, self->cancellable, error);
  if (self->connection == NULL)
    return FALSE;
  socket = g_socket_connection_get_socket (self->connection);
  if (options->path == NULL)
    g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
  self->stream = options->tls ? mvx_tls_handshake (&options->tls_options, options->host, options->port,
                                                   G_IO_STREAM (self->connection), self->cancellable,
                                                   g_get_monotonic_time () + options->timeout_us, error)
                              : g_object_ref (G_IO_STREAM (self->connection));
  return self->stream != NULL;
}

static gboolean
mvx_redis_link_read_password (const MvxRedisOptions *options, char **password, GError **error)
{
  g_autofree char *who = g_strdup_printf ("Redis at '%s'", options->address);

  *password
      = options->password_file ? mvx_secret_read (options->password_file, who, error) : g_strdup (options->password);
  return *password || options->password_file == NULL;
}

/* What a server answers may hold what it was told. */
static char *
mvx_redis_link_mask (const redisReply *reply, const char *secret)
{
  g_auto (GStrv) parts = NULL;

  if (secret == NULL || *secret == '\0')
    return g_strdup (reply->str);
  parts = g_strsplit (reply->str, secret, -1);
  return g_strjoinv ("***", parts);
}

/* The reply to what the connection begins with; an error counts only if it has to be right. Of a command that it does
 * not know a server repeats the arguments, which here are nobody's business. */
static gboolean
mvx_redis_link_expect (MvxRedisLink *self, const char *required, const char *secret, GError **error)
{
  g_autofree char *said = NULL;
  redisReply *reply = mvx_redis_link_receive (self, error);
  gboolean good;

  if (reply == NULL)
    return FALSE;
  /* Who has not logged in is not told so by longer commands: they end the connection. */
  good = reply->type != REDIS_REPLY_ERROR || (required == NULL && !g_str_has_prefix (reply->str, "NOAUTH"));
  if (!good && g_str_has_prefix (reply->str, "ERR unknown command"))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "Redis at '%s' does not know the command %s",
                 self->address, required);
  else if (!good)
    {
      said = mvx_redis_link_mask (reply, secret);
      mvx_redis_reply_judge (self->address, said, strlen (said), error);
    }
  freeReplyObject (reply);
  return good;
}

static void
mvx_redis_link_wipe (MvxLogBuffer *buffer)
{
  if (buffer->data)
    explicit_bzero (buffer->data, buffer->allocated);
}

/* What a buffer grows out of is not wiped. */
static void
mvx_redis_link_add_login (MvxRedisEncoder *encoder, const MvxRedisOptions *options, const char *password)
{
  gsize room = 2 * strlen (password) + 256;

  mvx_log_buffer_reserve (&encoder->out, room);
  mvx_log_buffer_reserve (&encoder->command, room);
  mvx_log_buffer_reserve (&encoder->value, room);
  if (options->user)
    mvx_redis_encoder_add_words (encoder, "AUTH", options->user, password, NULL);
  else
    mvx_redis_encoder_add_words (encoder, "AUTH", password, NULL);
}

/* Sends what the connection begins with. */
static gboolean
mvx_redis_link_log_in (MvxRedisLink *self, const MvxRedisOptions *options, const char *client_name, GError **error)
{
  char *password = NULL;
  g_autofree char *database = g_strdup_printf ("%" G_GINT64_FORMAT, options->database);
  MvxRedisEncoder encoder;
  gboolean good;

  if (!mvx_redis_link_read_password (options, &password, error))
    return FALSE;
  mvx_redis_encoder_init (&encoder);
  if (password)
    mvx_redis_link_add_login (&encoder, options, password);
  if (options->database > 0)
    mvx_redis_encoder_add_words (&encoder, "SELECT", database, NULL);
  mvx_redis_encoder_add_words (&encoder, "CLIENT", "SETNAME", client_name, NULL);
  good = mvx_redis_link_send (self, &encoder.out, error);
  mvx_redis_link_wipe (&encoder.out);
  mvx_redis_link_wipe (&encoder.command);
  mvx_redis_link_wipe (&encoder.value);
  mvx_redis_encoder_clear (&encoder);
  if (good && password)
    good = mvx_redis_link_expect (self, "AUTH", password, error);
  if (good && options->database > 0)
    good = mvx_redis_link_expect (self, "SELECT", password, error);
  good = good && mvx_redis_link_expect (self, NULL, password, error);
  mvx_secret_free (password);
  return good;
}

static void
mvx_redis_link_fail (const MvxRedisOptions *options, GError *why, GError **error)
{
  /* What is wrong with a certificate says what to do, too. */
  if (g_error_matches (why, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    {
      g_set_error (error, why->domain, why->code, "Cannot connect to Redis at '%s': %s", options->address,
                   why->message);
      g_error_free (why);
      return;
    }
  g_set_error (error, why->domain, why->code,
               "Cannot connect to Redis at '%s': %s; see whether it runs there, and check %s", options->address,
               why->message,
               options->path  ? "path"
               : options->tls ? "host, port and certificates"
                              : "host and port");
  g_error_free (why);
}

MvxRedisLink *
mvx_redis_link_new (const MvxRedisOptions *options, const char *client_name, GCancellable *cancellable, GError **error)
{
  g_autoptr (MvxRedisLink) self = g_new0 (MvxRedisLink, 1);
  g_autoptr (GError) local = NULL;

  self->address = options->address;
  self->cancellable = cancellable ? g_object_ref (cancellable) : NULL;
  self->reader = mvx_redis_reply_reader_new ();
  if (!mvx_redis_link_connect (self, options, &local))
    {
      mvx_redis_link_fail (options, g_steal_pointer (&local), error);
      return NULL;
    }
  return mvx_redis_link_log_in (self, options, client_name, error) ? g_steal_pointer (&self) : NULL;
}

/* Nothing is owed: whatever can be read is an end, or nonsense. */
gboolean
mvx_redis_link_is_alive (MvxRedisLink *self)
{
  GSocket *socket = g_socket_connection_get_socket (self->connection);

  return g_socket_condition_check (socket, G_IO_IN | G_IO_ERR | G_IO_HUP) == 0;
}

gboolean
mvx_redis_link_send (MvxRedisLink *self, const MvxLogBuffer *commands, GError **error)
{
  GOutputStream *output = g_io_stream_get_output_stream (self->stream);

  if (g_output_stream_write_all (output, commands->data, commands->len, NULL, self->cancellable, error))
    return TRUE;
  g_prefix_error (error, "Cannot send to Redis at '%s': ", self->address);
  return FALSE;
}

static gboolean
mvx_redis_link_read (MvxRedisLink *self, GError **error)
{
  GInputStream *input = g_io_stream_get_input_stream (self->stream);
  char buffer[MVX_REDIS_LINK_CHUNK];
  gssize n = g_input_stream_read (input, buffer, sizeof buffer, self->cancellable, error);

  if (n > 0 && mvx_redis_reply_feed (self->reader, buffer, (gsize) n))
    return TRUE;
  if (n > 0)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "it is far too long; check host and port");
  else if (n == 0)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "it has closed the connection");
  g_prefix_error (error, "No answer of Redis at '%s': ", self->address);
  return FALSE;
}

redisReply *
mvx_redis_link_receive (MvxRedisLink *self, GError **error)
{
  gpointer reply = NULL;

  while (redisReaderGetReply (self->reader, &reply) == REDIS_OK)
    {
      if (reply)
        return reply;
      if (!mvx_redis_link_read (self, error))
        return NULL;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "What answers at '%s' is no Redis: %s; check host and port",
               self->address, mvx_redis_reply_fault (self->reader));
  return NULL;
}
