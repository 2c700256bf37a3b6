/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link.h"

#include <string.h>
#include <sys/un.h>

static gboolean
mvx_link_options_refuse (GError **error, const char *option, const char *value, const char *what)
{
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "%s: '%s' %s", option, value, what);
  return FALSE;
}

gboolean
mvx_link_options_read_path (MvxLinkOptions *self, MvxLogOptions *options, GError **error)
{
  const char *path = mvx_log_options_get_string (options, "path");

  if (!g_path_is_absolute (path) || strlen (path) >= sizeof ((struct sockaddr_un *) NULL)->sun_path)
    return mvx_link_options_refuse (error, "path", path,
                                    "cannot be the path of a socket; give an absolute one of at most 107 bytes");
  self->path = g_strdup (path);
  self->address = g_strdup (path);
  return TRUE;
}

gboolean
mvx_link_options_read_host (MvxLinkOptions *self,
                            MvxLogOptions *options,
                            const char *scheme,
                            guint16 usual_port,
                            GError **error)
{
  const char *host = mvx_log_options_get_string (options, "host");
  guint16 port = (guint16) mvx_log_options_get_int64 (options, "port");

  if (*host == '\0' || strpbrk (host, " /[]"))
    return mvx_link_options_refuse (error, "host", host,
                                    "is not the name or address of a server; give one such as loghost.example.org");
  self->host = g_strdup (host);
  self->port = port > 0 ? port : usual_port;
  self->address = g_strdup_printf (strchr (host, ':') ? "%s://[%s]:%u" : "%s://%s:%u", scheme, self->host, self->port);
  return TRUE;
}

gboolean
mvx_link_options_read (MvxLinkOptions *self, MvxLogOptions *options, GError **error)
{
  self->timeout_us = mvx_log_options_get_duration (options, "timeout");
  if (self->transport == MVX_LINK_TCP || self->transport == MVX_LINK_TLS)
    self->resend = (gsize) mvx_log_options_get_size (options, "resend-size");
  if (!mvx_tls_options_read (&self->tls, options, self->transport == MVX_LINK_TLS, "transport=tls", error))
    return FALSE;
  self->tls.verify = mvx_log_options_get_boolean (options, "verify");
  return TRUE;
}

gboolean
mvx_link_options_check (const MvxLinkOptions *self, GError **error)
{
  return self->transport != MVX_LINK_TLS || mvx_tls_options_check (&self->tls, "transport", error);
}

void
mvx_link_options_clear (MvxLinkOptions *self)
{
  g_free (self->path);
  g_free (self->host);
  g_free (self->address);
  mvx_tls_options_clear (&self->tls);
}
