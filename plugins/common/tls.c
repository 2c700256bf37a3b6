/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tls.h"

#include "call.h"

typedef struct
{
  gboolean verify;
  GTlsCertificateFlags flaws;
} MvxTlsVerdict;

gboolean
mvx_tls_options_read (MvxTlsOptions *self, MvxLogOptions *options, gboolean used, const char *setting, GError **error)
{
  static const char *const names[] = { "ca-file", "client-certificate", "client-key", "server-name" };

  for (guint i = 0; i < G_N_ELEMENTS (names) && !used; i++)
    if (mvx_log_options_get_string (options, names[i]))
      {
        g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                     "%s: '%s' is for %s; set that, or leave it out", names[i],
                     mvx_log_options_get_string (options, names[i]), setting);
        return FALSE;
      }
  self->ca_file = g_strdup (mvx_log_options_get_string (options, "ca-file"));
  self->certificate = g_strdup (mvx_log_options_get_string (options, "client-certificate"));
  self->key = g_strdup (mvx_log_options_get_string (options, "client-key"));
  self->server_name = g_strdup (mvx_log_options_get_string (options, "server-name"));
  self->verify = TRUE;
  if (self->key == NULL || self->certificate)
    return TRUE;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
               "client-key: '%s' is the key of no certificate; set client-certificate, too", self->key);
  return FALSE;
}

void
mvx_tls_options_clear (MvxTlsOptions *self)
{
  g_free (self->ca_file);
  g_free (self->certificate);
  g_free (self->key);
  g_free (self->server_name);
}

void
mvx_tls_files_clear (MvxTlsFiles *self)
{
  g_clear_object (&self->database);
  g_clear_object (&self->certificate);
}

static gboolean
mvx_tls_files_fail (const char *option, const char *path, GError *why, GError **error)
{
  g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
               "%s: cannot use '%s': %s; give a PEM file that can be read", option, path, why->message);
  g_error_free (why);
  return FALSE;
}

gboolean
mvx_tls_files_read (MvxTlsFiles *self, const MvxTlsOptions *options, GError **error)
{
  const char *key = options->key ? options->key : options->certificate;
  GError *why = NULL;

  if (options->ca_file)
    self->database = g_tls_file_database_new (options->ca_file, &why);
  if (why)
    return mvx_tls_files_fail ("ca-file", options->ca_file, why, error);
  if (options->certificate)
    self->certificate = g_tls_certificate_new_from_files (options->certificate, key, &why);
  if (why)
    return mvx_tls_files_fail ("client-certificate", options->certificate, why, error);
  return TRUE;
}

gboolean
mvx_tls_options_check (const MvxTlsOptions *self, const char *option, GError **error)
{
  g_auto (MvxTlsFiles) files = { NULL, NULL };

  if (g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    return mvx_tls_files_read (&files, self, error);
  g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_UNAVAILABLE, "%s: GIO has no TLS here; install glib-networking", option);
  return FALSE;
}

static gboolean
mvx_tls_on_accept (GTlsConnection *connection, GTlsCertificate *certificate, GTlsCertificateFlags flaws, gpointer data)
{
  MvxTlsVerdict *verdict = data;

  verdict->flaws = flaws;
  return !verdict->verify;
}

const char *
mvx_tls_explain (GTlsCertificateFlags flaws)
{
  if (flaws & G_TLS_CERTIFICATE_REVOKED)
    return "its certificate has been revoked";
  if (flaws & G_TLS_CERTIFICATE_EXPIRED)
    return "its certificate has expired; renew it";
  if (flaws & G_TLS_CERTIFICATE_NOT_ACTIVATED)
    return "its certificate is not valid yet; look at the clocks";
  if (flaws & G_TLS_CERTIFICATE_UNKNOWN_CA)
    return "its certificate is from an unknown authority; name that in ca-file";
  if (flaws & G_TLS_CERTIFICATE_BAD_IDENTITY)
    return "its certificate is for another name; correct host, or set server-name";
  return "its certificate is not good";
}

static GIOStream *
mvx_tls_wrap (const MvxTlsOptions *options,
              const MvxTlsFiles *files,
              GSocketConnectable *identity,
              GIOStream *base,
              MvxTlsVerdict *verdict,
              GError **error)
{
  GIOStream *stream = g_tls_client_connection_new (base, identity, error);

  if (stream == NULL)
    return NULL;
  if (files->database)
    g_tls_connection_set_database (G_TLS_CONNECTION (stream), files->database);
  if (files->certificate)
    g_tls_connection_set_certificate (G_TLS_CONNECTION (stream), files->certificate);
  g_tls_connection_set_require_close_notify (G_TLS_CONNECTION (stream), FALSE);
  verdict->verify = options->verify;
  g_signal_connect (stream, "accept-certificate", G_CALLBACK (mvx_tls_on_accept), verdict);
  return stream;
}

static void
mvx_tls_set_error (const MvxTlsVerdict *verdict, const MvxCall *call, GError *why, GError **error)
{
  if (verdict->flaws != 0 && verdict->verify)
    g_set_error_literal (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE, mvx_tls_explain (verdict->flaws));
  else if (call->timed_out)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                         "it has not answered as TLS does in time; is it TLS that listens there?");
  else
    g_set_error_literal (error, G_TLS_ERROR, G_TLS_ERROR_HANDSHAKE, why->message);
  g_error_free (why);
}

GIOStream *
mvx_tls_handshake (const MvxTlsOptions *options,
                   const char *host,
                   guint16 port,
                   GIOStream *base,
                   GCancellable *cancellable,
                   gint64 deadline_us,
                   GError **error)
{
  const char *name = options->server_name ? options->server_name : host;
  g_autoptr (GSocketConnectable) identity = g_network_address_new (name, port);
  g_auto (MvxTlsFiles) files = { NULL, NULL };
  g_autoptr (GIOStream) stream = NULL;
  MvxTlsVerdict verdict = { 0 };
  GError *why = NULL;
  MvxCall call;
  gboolean success;

  if (!mvx_tls_files_read (&files, options, error))
    return NULL;
  stream = mvx_tls_wrap (options, &files, identity, base, &verdict, error);
  if (stream == NULL)
    return NULL;
  if (!mvx_call_begin (&call, cancellable, deadline_us, error))
    return NULL;
  g_tls_connection_handshake_async (G_TLS_CONNECTION (stream), G_PRIORITY_DEFAULT, call.cancellable, mvx_call_done,
                                    &call);
  success = g_tls_connection_handshake_finish (G_TLS_CONNECTION (stream), mvx_call_wait (&call), &why);
  g_signal_handlers_disconnect_by_data (stream, &verdict);
  if (!success)
    mvx_tls_set_error (&verdict, &call, why, error);
  mvx_call_end (&call);
  return success ? g_steal_pointer (&stream) : NULL;
}
