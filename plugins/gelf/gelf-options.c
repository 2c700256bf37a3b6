/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gelf-options.h"

#define MVX_GELF_MAX_RESEND (64 * 1024 * 1024)
#define MVX_GELF_MAX_SIZE (64 * 1024 * 1024)
#define MVX_GELF_MAX_TIMEOUT_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

static const char *const mvx_gelf_transports[] = { "udp", "tcp", "tls", NULL };
static const char *const mvx_gelf_compressions[] = { "none", "gzip", "zlib", NULL };

/* clang-format off */
const MvxLogOptionSpec mvx_gelf_option_table[] = {
  { "transport", MVX_LOG_OPTION_ENUM, 0, "udp", 0, 0, mvx_gelf_transports,
    "Way to the server: datagrams, or a connection by TCP or TLS", { NULL, NULL } },
  { "host", MVX_LOG_OPTION_STRING, 0, "localhost", 0, 0, NULL,
    "Name or address of the server", { NULL, NULL } },
  { "port", MVX_LOG_OPTION_INT64, 0, "12201", 1, 65535, NULL,
    "Its port", { NULL, NULL } },
  { "ca-file", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: PEM file of the authorities to trust, instead of the system's", { NULL, NULL } },
  { "client-certificate", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: PEM file of the certificate to show to the server", { NULL, NULL } },
  { "client-key", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: PEM file of its private key, if that is not in the same file", { NULL, NULL } },
  { "server-name", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: the name that the server's certificate must have, if it is not 'host'", { NULL, NULL } },
  { "verify", MVX_LOG_OPTION_BOOLEAN, 0, "true", 0, 0, NULL,
    "For tls: refuse a server whose certificate is not right; false is for tests only", { NULL, NULL } },
  { "compression", MVX_LOG_OPTION_ENUM, MVX_LOG_OPTION_RELOADABLE, "gzip", 0, 0, mvx_gelf_compressions,
    "For udp: how messages of more than 512 bytes are compressed", { NULL, NULL } },
  { "chunk-size", MVX_LOG_OPTION_SIZE, MVX_LOG_OPTION_RELOADABLE, "1420", 128, 65507, NULL,
    "For udp: largest datagram; a message of more, compressed, goes in up to 128 of them", { NULL, NULL } },
  { "max-message-size", MVX_LOG_OPTION_SIZE, MVX_LOG_OPTION_RELOADABLE, "2MiB", 1024, MVX_GELF_MAX_SIZE, NULL,
    "Larger messages are rejected; a Graylog server hangs up on what is larger than its own limit, 2 MiB", { NULL, NULL } },
  { "timeout", MVX_LOG_OPTION_DURATION, MVX_LOG_OPTION_RELOADABLE, "5s", 1000, MVX_GELF_MAX_TIMEOUT_US, NULL,
    "How long a connection may take, and a server that takes nothing is waited for", { NULL, NULL } },
  { "resend-size", MVX_LOG_OPTION_SIZE, MVX_LOG_OPTION_RELOADABLE, "0", 0, MVX_GELF_MAX_RESEND, NULL,
    "For tcp and tls: when a connection breaks, send at least so much again, though the server's kernel had taken it: "
    "more comes twice, less is lost", { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};
/* clang-format on */

/* What would be set in vain. */
static gboolean
mvx_gelf_options_check_udp (MvxLogOptions *options, GError **error)
{
  static const char *const names[] = { "compression", "chunk-size" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (mvx_log_options_is_set (options, names[i]))
      {
        g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                     "%s: it is for transport=udp; set that, or leave it out", names[i]);
        return FALSE;
      }
  return TRUE;
}

MvxGelfOptions *
mvx_gelf_options_new (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxGelfOptions) self = g_new0 (MvxGelfOptions, 1);
  guint transport = mvx_log_options_get_enum (options, "transport");

  self->link.transport = (MvxLinkTransport) (MVX_LINK_UDP + transport);
  self->link.who = self->link.who_first = "GELF server";
  self->compression = (MvxGelfCompression) mvx_log_options_get_enum (options, "compression");
  self->chunk_size = (gsize) mvx_log_options_get_size (options, "chunk-size");
  self->max_size = (gsize) mvx_log_options_get_size (options, "max-message-size");
  if (!mvx_link_options_read_host (&self->link, options, mvx_gelf_transports[transport], 0, error)
      || !mvx_link_options_read (&self->link, options, error)
      || (self->link.transport != MVX_LINK_UDP && !mvx_gelf_options_check_udp (options, error)))
    return NULL;
  return g_steal_pointer (&self);
}

void
mvx_gelf_options_free (MvxGelfOptions *self)
{
  mvx_link_options_clear (&self->link);
  g_free (self);
}
