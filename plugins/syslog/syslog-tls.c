/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "syslog-tls.h"

#include "syslog-call.h"

/* What both ends of a connection are known by. */
typedef struct
{
  GTlsDatabase *database;       /* NULL: the system's */
  GTlsCertificate *certificate; /* NULL: none */
} MvxSyslogTlsFiles;

typedef struct
{
  gboolean verify;
  GTlsCertificateFlags flaws;
} MvxSyslogTlsVerdict;

static void
mvx_syslog_tls_files_clear (MvxSyslogTlsFiles *files)
{
  g_clear_object (&files->database);
  g_clear_object (&files->certificate);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MvxSyslogTlsFiles, mvx_syslog_tls_files_clear)

static void
mvx_syslog_tls_set_file_error (GError **error, const char *option, const char *path, GError *why)
{
  g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
               "%s: cannot use '%s': %s; give a PEM file that can be read", option, path, why->message);
  g_error_free (why);
}

static gboolean
mvx_syslog_tls_read_files (const MvxSyslogOptions *options, MvxSyslogTlsFiles *files, GError **error)
{
  const char *key = options->key_file ? options->key_file : options->cert_file;
  GError *why = NULL;

  if (options->ca_file)
    files->database = g_tls_file_database_new (options->ca_file, &why);
  if (why)
    {
      mvx_syslog_tls_set_file_error (error, "ca-file", options->ca_file, why);
      return FALSE;
    }
  if (options->cert_file)
    files->certificate = g_tls_certificate_new_from_files (options->cert_file, key, &why);
  if (why)
    {
      mvx_syslog_tls_set_file_error (error, "client-certificate", options->cert_file, why);
      return FALSE;
    }
  return TRUE;
}

gboolean
mvx_syslog_tls_check (const MvxSyslogOptions *options, GError **error)
{
  g_auto (MvxSyslogTlsFiles) files = { NULL, NULL };

  if (g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    return mvx_syslog_tls_read_files (options, &files, error);
  g_set_error_literal (error, G_TLS_ERROR, G_TLS_ERROR_UNAVAILABLE,
                       "transport: GIO has no TLS here; install glib-networking");
  return FALSE;
}

static gboolean
mvx_syslog_tls_on_accept (GTlsConnection *connection,
                          GTlsCertificate *certificate,
                          GTlsCertificateFlags flaws,
                          gpointer data)
{
  MvxSyslogTlsVerdict *verdict = data;

  verdict->flaws = flaws;
  return !verdict->verify;
}

/* The gravest flaw, and what to do about it. */
static const char *
mvx_syslog_tls_explain (GTlsCertificateFlags flaws)
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

static void
mvx_syslog_tls_set_error (const MvxSyslogOptions *options,
                          const MvxSyslogCall *call,
                          GTlsCertificateFlags flaws,
                          GError *why,
                          GError **error)
{
  if (flaws != 0 && options->verify)
    g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
                 "Refusing syslog server '%s': %s; the events are kept until it is right", options->address,
                 mvx_syslog_tls_explain (flaws));
  else if (call->timed_out)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                 "Syslog server '%s' has not answered as TLS does within %.3f s; is it TLS that listens there? The "
                 "events are kept until it does",
                 options->address, (double) options->timeout_us / G_USEC_PER_SEC);
  else
    g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_HANDSHAKE,
                 "Cannot speak TLS with syslog server '%s': %s; the events are kept until it works", options->address,
                 why->message);
  g_error_free (why);
}

static GIOStream *
mvx_syslog_tls_wrap (const MvxSyslogOptions *options,
                     const MvxSyslogTlsFiles *files,
                     GIOStream *base,
                     MvxSyslogTlsVerdict *verdict,
                     GError **error)
{
  g_autoptr (GSocketConnectable) identity = g_network_address_new (options->server_name, options->port);
  GIOStream *stream = g_tls_client_connection_new (base, identity, error);

  if (stream == NULL)
    return NULL;
  if (files->database)
    g_tls_connection_set_database (G_TLS_CONNECTION (stream), files->database);
  if (files->certificate)
    g_tls_connection_set_certificate (G_TLS_CONNECTION (stream), files->certificate);
  g_tls_connection_set_require_close_notify (G_TLS_CONNECTION (stream), FALSE);
  g_signal_connect (stream, "accept-certificate", G_CALLBACK (mvx_syslog_tls_on_accept), verdict);
  return stream;
}

GIOStream *
mvx_syslog_tls_handshake (const MvxSyslogOptions *options,
                          GIOStream *base,
                          GCancellable *cancellable,
                          gint64 deadline_us,
                          GError **error)
{
  g_auto (MvxSyslogTlsFiles) files = { NULL, NULL };
  MvxSyslogTlsVerdict verdict = { .verify = options->verify };
  g_autoptr (GIOStream) stream = NULL;
  GError *why = NULL;
  MvxSyslogCall call;
  gboolean success;

  if (!mvx_syslog_tls_read_files (options, &files, error))
    return NULL;
  stream = mvx_syslog_tls_wrap (options, &files, base, &verdict, error);
  if (stream == NULL)
    return NULL;
  mvx_syslog_call_begin (&call, cancellable, deadline_us);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (stream), G_PRIORITY_DEFAULT, call.cancellable,
                                    mvx_syslog_call_done, &call);
  success = g_tls_connection_handshake_finish (G_TLS_CONNECTION (stream), mvx_syslog_call_wait (&call), &why);
  g_signal_handlers_disconnect_by_data (stream, &verdict);
  if (!success)
    mvx_syslog_tls_set_error (options, &call, verdict.flaws, why, error);
  mvx_syslog_call_end (&call);
  return success ? g_steal_pointer (&stream) : NULL;
}
