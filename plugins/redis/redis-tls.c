/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "redis-tls.h"

static gboolean
mvx_redis_tls_set_files (const MvxRedisOptions *options, GTlsConnection *connection, GError **error)
{
  if (options->ca_file)
    {
      g_autoptr (GTlsDatabase) database = g_tls_file_database_new (options->ca_file, error);

      if (database == NULL)
        {
          g_prefix_error (error, "ca-file '%s': ", options->ca_file);
          return FALSE;
        }
      g_tls_connection_set_database (connection, database);
    }
  if (options->certificate)
    {
      const char *key = options->private_key ? options->private_key : options->certificate;
      g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_files (options->certificate, key, error);

      if (certificate == NULL)
        {
          g_prefix_error (error, "client-certificate '%s': ", options->certificate);
          return FALSE;
        }
      g_tls_connection_set_certificate (connection, certificate);
    }
  return TRUE;
}

GIOStream *
mvx_redis_tls_connect (const MvxRedisOptions *options, GIOStream *base, GCancellable *cancellable, GError **error)
{
  const char *name = options->server_name ? options->server_name : options->host;
  g_autoptr (GSocketConnectable) identity = g_network_address_new (name, options->port);
  g_autoptr (GIOStream) stream = NULL;

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           "GIO has no TLS; install glib-networking, or set tls=false");
      return NULL;
    }
  stream = g_tls_client_connection_new (base, identity, error);
  if (stream == NULL || !mvx_redis_tls_set_files (options, G_TLS_CONNECTION (stream), error)
      || !g_tls_connection_handshake (G_TLS_CONNECTION (stream), cancellable, error))
    return NULL;
  return g_steal_pointer (&stream);
}
