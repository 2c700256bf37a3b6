/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "redis-options.h"

#include <string.h>

#include "../common/secret.h"

#define MVX_REDIS_MAX_TIMEOUT_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

/* clang-format off */
const MvxLogOptionSpec mvx_redis_option_table[] = {
  { "host", MVX_LOG_OPTION_STRING, 0, "localhost", 0, 0, NULL,
    "Name or address of the server", { NULL, NULL } },
  { "port", MVX_LOG_OPTION_INT64, 0, "6379", 1, 65535, NULL,
    "Its port", { NULL, NULL } },
  { "path", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "Unix socket of the server, instead of host and port", { NULL, NULL } },
  { "key", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, "mvxlog", 0, 0, NULL,
    "The stream; {context} and {level} stand for those of the event, and then there are several streams", { NULL, NULL } },
  { "max-length", MVX_LOG_OPTION_INT64, MVX_LOG_OPTION_RELOADABLE, "1000000", 0, G_MAXINT64, NULL,
    "Keep about so many entries of a stream (MAXLEN ~); 0 for all of them, as long as there is memory", { NULL, NULL } },
  { "template", MVX_LOG_OPTION_BOOLEAN, MVX_LOG_OPTION_RELOADABLE, "false", 0, 0, NULL,
    "Send the template of each message, too", { NULL, NULL } },
  { "user", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "User of the server's access list; without one, 'default'", { NULL, NULL } },
  { "password", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_SECRET, NULL, 0, 0, NULL,
    "Password", { NULL, NULL } },
  { "password-file", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "File whose first line is the password; it is read for each connection", { NULL, NULL } },
  { "database", MVX_LOG_OPTION_INT64, 0, "0", 0, G_MAXINT32, NULL,
    "Number of the database", { NULL, NULL } },
  { "tls", MVX_LOG_OPTION_BOOLEAN, 0, "false", 0, 0, NULL,
    "Encrypt, and connect only to a server whose certificate is right", { NULL, NULL } },
  { "ca-file", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: PEM file of the authorities to trust, instead of the system's", { NULL, NULL } },
  { "client-certificate", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: PEM file of the certificate to show to the server", { NULL, NULL } },
  { "client-key", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: PEM file of its private key, if that is not in the same file", { NULL, NULL } },
  { "server-name", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: the name that the server's certificate must have, if it is not 'host'", { NULL, NULL } },
  { "timeout", MVX_LOG_OPTION_DURATION, MVX_LOG_OPTION_RELOADABLE, "5s", 1000, MVX_REDIS_MAX_TIMEOUT_US, NULL,
    "How long a server may take to accept a connection, or to answer a batch", { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};
/* clang-format on */

static gboolean
mvx_redis_options_fail (GError **error, const char *message)
{
  g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, message);
  return FALSE;
}

static gboolean
mvx_redis_options_read_address (MvxRedisOptions *self, MvxLogOptions *options, GError **error)
{
  if (self->path == NULL)
    {
      self->address = g_strdup_printf (strchr (self->host, ':') ? "[%s]:%u" : "%s:%u", self->host, self->port);
      return *self->host || mvx_redis_options_fail (error, "host: it is empty; give a name or an address");
    }
  self->address = g_strdup (self->path);
  if (mvx_log_options_is_set (options, "host") || mvx_log_options_is_set (options, "port"))
    return mvx_redis_options_fail (error, "path: host and port are given, too; give either the one or the others");
  if (!g_path_is_absolute (self->path) || strlen (self->path) > 107)
    return mvx_redis_options_fail (error, "path: it is not the absolute path of a socket, of at most 107 bytes");
  return !self->tls || mvx_redis_options_fail (error, "tls: there is none on a Unix socket; set tls=false");
}

static gboolean
mvx_redis_options_read_access (MvxRedisOptions *self, MvxLogOptions *options, GError **error)
{
  if (self->password && self->password_file)
    return mvx_redis_options_fail (error, "password-file: there is a password, too; give one of them");
  if (self->user && self->password == NULL && self->password_file == NULL)
    return mvx_redis_options_fail (error, "user: there is no password; set password or password-file");
  return mvx_tls_options_read (&self->tls_options, options, self->tls, "tls=true", error);
}

MvxRedisOptions *
mvx_redis_options_new (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxRedisOptions) self = g_new0 (MvxRedisOptions, 1);

  self->host = g_strdup (mvx_log_options_get_string (options, "host"));
  self->port = (guint16) mvx_log_options_get_int64 (options, "port");
  self->path = g_strdup (mvx_log_options_get_string (options, "path"));
  self->user = g_strdup (mvx_log_options_get_string (options, "user"));
  self->password = g_strdup (mvx_log_options_get_string (options, "password"));
  self->password_file = g_strdup (mvx_log_options_get_string (options, "password-file"));
  self->database = mvx_log_options_get_int64 (options, "database");
  self->tls = mvx_log_options_get_boolean (options, "tls");
  self->max_length = mvx_log_options_get_int64 (options, "max-length");
  self->with_template = mvx_log_options_get_boolean (options, "template");
  self->timeout_us = mvx_log_options_get_duration (options, "timeout");
  self->key = mvx_redis_key_new (mvx_log_options_get_string (options, "key"), error);
  if (self->key == NULL || !mvx_redis_options_read_address (self, options, error)
      || !mvx_redis_options_read_access (self, options, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
mvx_redis_options_free (MvxRedisOptions *self)
{
  g_clear_pointer (&self->key, mvx_redis_key_free);
  g_free (self->host);
  g_free (self->path);
  g_free (self->address);
  g_free (self->user);
  mvx_secret_free (self->password);
  g_free (self->password_file);
  mvx_tls_options_clear (&self->tls_options);
  g_free (self);
}
