/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nats-options.h"

#include <string.h>

#include "../common/readable.h"
#include "../common/secret.h"

#define MVX_NATS_MAX_TIMEOUT_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

static const char *const mvx_nats_suffixes[] = { "none", "context", "level", NULL };

/* clang-format off */
const MvxLogOptionSpec mvx_nats_option_table[] = {
  { "servers", MVX_LOG_OPTION_STRV, 0, "localhost:4222", 0, 0, NULL,
    "HOST or HOST:PORT of servers of one cluster; they are tried in any order", { NULL, NULL } },
  { "subject", MVX_LOG_OPTION_STRING, 0, "mvxlog", 0, 0, NULL,
    "Subject, or its beginning, that a stream takes", { NULL, NULL } },
  { "subject-suffix", MVX_LOG_OPTION_ENUM, MVX_LOG_OPTION_RELOADABLE, "none", 0, 0, mvx_nats_suffixes,
    "What comes behind it, after a '.', for consumers to choose by", { NULL, NULL } },
  { "stream", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "The stream that has to take it; without one, whichever does", { NULL, NULL } },
  { "timeout", MVX_LOG_OPTION_DURATION, 0, "10s", 1000, MVX_NATS_MAX_TIMEOUT_US, NULL,
    "How long a server may take to accept a connection, or to confirm a batch", { NULL, NULL } },
  { "user", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "Name of the user", { NULL, NULL } },
  { "password", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_SECRET, NULL, 0, 0, NULL,
    "Password; without a user, a token", { NULL, NULL } },
  { "password-file", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "File whose first line is the password; it is read for each connection", { NULL, NULL } },
  { "credentials-file", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "File with a JWT and the key of a user, as nsc makes them; it is read for each connection", { NULL, NULL } },
  { "tls", MVX_LOG_OPTION_BOOLEAN, 0, "false", 0, 0, NULL,
    "Encrypt, and connect only to servers whose certificates are right", { NULL, NULL } },
  { "ca-file", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: PEM file of authorities to trust beside the system's", { NULL, NULL } },
  { "client-certificate", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: PEM file of the certificate to show to the server", { NULL, NULL } },
  { "client-key", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: PEM file of its private key, if that is not in the same file", { NULL, NULL } },
  { "server-name", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: the name that the server's certificate must have, if it is not the one in servers", { NULL, NULL } },
  MVX_LOG_RENDERER_OPTIONS,
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};
/* clang-format on */

static gboolean
mvx_nats_options_fail (GError **error, const char *message)
{
  g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, message);
  return FALSE;
}

static gboolean
mvx_nats_options_read_servers (MvxNatsOptions *self, MvxLogOptions *options, GError **error)
{
  const char *const *servers = mvx_log_options_get_strv (options, "servers");
  g_autoptr (GPtrArray) urls = g_ptr_array_new_with_free_func (g_free);

  if (servers == NULL || *servers == NULL)
    return mvx_nats_options_fail (error, "servers: there is none; give HOST:PORT");
  for (const char *const *server = servers; *server; server++)
    {
      if (**server == '\0' || strpbrk (*server, ",@/?# \t\r\n"))
        {
          g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                       "servers: '%s' is not HOST or HOST:PORT; several of them are separated by ';'", *server);
          return FALSE;
        }
      g_ptr_array_add (urls, g_strconcat ("nats://", *server, NULL));
    }
  g_ptr_array_add (urls, NULL);
  self->urls = (char **) g_ptr_array_free (g_steal_pointer (&urls), FALSE);
  self->servers = g_strjoinv (",", (char **) servers);
  return TRUE;
}

/* Words between dots, of which none is a wildcard. */
static gboolean
mvx_nats_options_check_subject (const char *subject, GError **error)
{
  gboolean good = *subject && *subject != '.' && !g_str_has_suffix (subject, ".") && !strstr (subject, "..")
                  && !g_str_has_prefix (subject, "$");

  for (const char *c = subject; *c && good; c++)
    good = (guchar) *c > ' ' && *c != '*' && *c != '>' && *c != 127;
  if (good)
    return TRUE;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
               "subject: '%s' is none; give words with dots between them, such as logs.shop", subject);
  return FALSE;
}

static gboolean
mvx_nats_options_check_stream (const char *stream, GError **error)
{
  if (stream == NULL || (*stream && strpbrk (stream, ".*>/\\ \t\r\n") == NULL))
    return TRUE;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
               "stream: '%s' is no name of a stream; leave out spaces, dots, '*', '>' and slashes", stream);
  return FALSE;
}

static gboolean
mvx_nats_options_check_access (const MvxNatsOptions *self, GError **error)
{
  const gboolean secret = self->password || self->password_file;

  if (self->password && self->password_file)
    return mvx_nats_options_fail (error, "password-file: there is a password, too; give one of them");
  if (self->user && !secret)
    return mvx_nats_options_fail (error, "user: there is no password; set password or password-file");
  if (self->credentials && (self->user || secret))
    return mvx_nats_options_fail (error, "credentials-file: there is a user or a password, too; give either");
  if (!self->tls && (self->ca_file || self->certificate || self->private_key || self->server_name))
    return mvx_nats_options_fail (error, "ca-file, client-certificate, client-key, server-name: only for tls=true");
  return self->private_key == NULL || self->certificate
         || mvx_nats_options_fail (error, "client-key: there is no client-certificate that it belongs to");
}

MvxNatsOptions *
mvx_nats_options_new (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxNatsOptions) self = g_new0 (MvxNatsOptions, 1);

  self->subject = g_strdup (mvx_log_options_get_string (options, "subject"));
  self->suffix = (MvxNatsSuffix) mvx_log_options_get_enum (options, "subject-suffix");
  self->stream = g_strdup (mvx_log_options_get_string (options, "stream"));
  self->timeout_us = mvx_log_options_get_duration (options, "timeout");
  self->user = g_strdup (mvx_log_options_get_string (options, "user"));
  self->password = g_strdup (mvx_log_options_get_string (options, "password"));
  self->password_file = g_strdup (mvx_log_options_get_string (options, "password-file"));
  self->credentials = g_strdup (mvx_log_options_get_string (options, "credentials-file"));
  self->tls = mvx_log_options_get_boolean (options, "tls");
  self->ca_file = g_strdup (mvx_log_options_get_string (options, "ca-file"));
  self->certificate = g_strdup (mvx_log_options_get_string (options, "client-certificate"));
  self->private_key = g_strdup (mvx_log_options_get_string (options, "client-key"));
  self->server_name = g_strdup (mvx_log_options_get_string (options, "server-name"));
  if (!mvx_nats_options_read_servers (self, options, error) || !mvx_nats_options_check_subject (self->subject, error)
      || !mvx_nats_options_check_stream (self->stream, error) || !mvx_nats_options_check_access (self, error))
    return NULL;
  self->renderer = mvx_log_options_new_renderer (options, error);
  return self->renderer ? g_steal_pointer (&self) : NULL;
}

void
mvx_nats_options_free (MvxNatsOptions *self)
{
  g_clear_pointer (&self->renderer, mvx_log_renderer_unref);
  g_strfreev (self->urls);
  g_free (self->servers);
  g_free (self->subject);
  g_free (self->stream);
  g_free (self->user);
  mvx_secret_free (self->password);
  g_free (self->password_file);
  g_free (self->credentials);
  g_free (self->ca_file);
  g_free (self->certificate);
  g_free (self->private_key);
  g_free (self->server_name);
  g_free (self);
}

gboolean
mvx_nats_options_check_files (const MvxNatsOptions *self, GError **error)
{
  return mvx_readable_check ("ca-file", self->ca_file, error)
         && mvx_readable_check ("client-certificate", self->certificate, error)
         && mvx_readable_check ("client-key", self->private_key, error);
}
