/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "syslog-options.h"

#include <string.h>

#define MVX_SYSLOG_MAX_RESEND (64 * 1024 * 1024)
#define MVX_SYSLOG_MAX_TIMEOUT_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

static const char *const mvx_syslog_transports[] = { "unix", "udp", "tcp", "tls", NULL };
static const char *const mvx_syslog_protocols[] = { "auto", "rfc5424", "rfc3164", NULL };

/* By their numbers. */
static const char *const mvx_syslog_facilities[]
    = { "kern",   "user",     "mail",   "daemon", "auth",   "syslog", "lpr",   "news",   "uucp",
        "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock", "local0", "local1",
        "local2", "local3",   "local4", "local5", "local6", "local7", NULL };

const MvxLogOptionSpec mvx_syslog_option_table[] = {
  { "transport",
    MVX_LOG_OPTION_ENUM,
    0,
    "unix",
    0,
    0,
    mvx_syslog_transports,
    "Way to the server: a local socket, UDP, TCP or TLS, the last two with octet counting (RFC 6587, RFC 5425)",
    { NULL, NULL } },
  { "path",
    MVX_LOG_OPTION_STRING,
    0,
    "/dev/log",
    0,
    0,
    NULL,
    "For transport=unix: the socket, of datagrams or a stream",
    { NULL, NULL } },
  { "host",
    MVX_LOG_OPTION_STRING,
    0,
    "localhost",
    0,
    0,
    NULL,
    "For udp, tcp and tls: name or address of the server",
    { NULL, NULL } },
  { "port",
    MVX_LOG_OPTION_INT64,
    0,
    "0",
    0,
    65535,
    NULL,
    "Its port; 0 for the usual one: udp 514, tcp 601, tls 6514",
    { NULL, NULL } },
  { "ca-file",
    MVX_LOG_OPTION_STRING,
    0,
    NULL,
    0,
    0,
    NULL,
    "For tls: PEM file of the authorities to trust, instead of the system's",
    { NULL, NULL } },
  { "client-certificate",
    MVX_LOG_OPTION_STRING,
    0,
    NULL,
    0,
    0,
    NULL,
    "For tls: PEM file of the certificate to show to the server",
    { NULL, NULL } },
  { "client-key",
    MVX_LOG_OPTION_STRING,
    0,
    NULL,
    0,
    0,
    NULL,
    "For tls: PEM file of its private key, if that is not in the same file",
    { NULL, NULL } },
  { "server-name",
    MVX_LOG_OPTION_STRING,
    0,
    NULL,
    0,
    0,
    NULL,
    "For tls: the name that the server's certificate must have, if it is not 'host'",
    { NULL, NULL } },
  { "verify",
    MVX_LOG_OPTION_BOOLEAN,
    0,
    "true",
    0,
    0,
    NULL,
    "For tls: refuse a server whose certificate is not right; false is for tests only",
    { NULL, NULL } },
  { "protocol",
    MVX_LOG_OPTION_ENUM,
    MVX_LOG_OPTION_RELOADABLE,
    "auto",
    0,
    0,
    mvx_syslog_protocols,
    "rfc5424 has structured data, rfc3164 is what old servers read; auto is the latter for transport=unix",
    { NULL, NULL } },
  { "facility",
    MVX_LOG_OPTION_ENUM,
    MVX_LOG_OPTION_RELOADABLE,
    "user",
    0,
    0,
    mvx_syslog_facilities,
    "What kind of program it is",
    { NULL, NULL } },
  { "app-name",
    MVX_LOG_OPTION_STRING,
    MVX_LOG_OPTION_RELOADABLE,
    NULL,
    0,
    0,
    NULL,
    "Name of the program in the messages, if it is not its own",
    { NULL, NULL } },
  { "hostname",
    MVX_LOG_OPTION_STRING,
    MVX_LOG_OPTION_RELOADABLE,
    NULL,
    0,
    0,
    NULL,
    "Name of this machine in the messages, if it is not its own",
    { NULL, NULL } },
  { "msgid",
    MVX_LOG_OPTION_STRING,
    MVX_LOG_OPTION_RELOADABLE,
    NULL,
    0,
    0,
    NULL,
    "For rfc5424: MSGID of all messages; if it is not given, the event's id or else its name",
    { NULL, NULL } },
  { "sd-id",
    MVX_LOG_OPTION_STRING,
    MVX_LOG_OPTION_RELOADABLE,
    "mvx@32473",
    0,
    0,
    NULL,
    "For rfc5424: name of the structured data, NAME@ENTERPRISE-NUMBER; fields stand in another with 'f-' in front",
    { NULL, NULL } },
  { "bom",
    MVX_LOG_OPTION_BOOLEAN,
    MVX_LOG_OPTION_RELOADABLE,
    "false",
    0,
    0,
    NULL,
    "For rfc5424: begin UTF-8 messages with the mark that the RFC asks for, and that rsyslog takes for text",
    { NULL, NULL } },
  { "max-message-size",
    MVX_LOG_OPTION_SIZE,
    MVX_LOG_OPTION_RELOADABLE,
    "8000",
    480,
    1 << 20,
    NULL,
    "Longer messages are cut, between two characters; rsyslog and many others take 8 KiB unless told otherwise",
    { NULL, NULL } },
  { "timeout",
    MVX_LOG_OPTION_DURATION,
    MVX_LOG_OPTION_RELOADABLE,
    "5s",
    1000,
    MVX_SYSLOG_MAX_TIMEOUT_US,
    NULL,
    "How long a connection may take, and a server that takes nothing is waited for",
    { NULL, NULL } },
  { "resend-size",
    MVX_LOG_OPTION_SIZE,
    MVX_LOG_OPTION_RELOADABLE,
    "0",
    0,
    MVX_SYSLOG_MAX_RESEND,
    NULL,
    "For tcp and tls: when a connection breaks, send at least so much again, though the server's kernel had taken it: "
    "more comes twice, less is lost",
    { NULL, NULL } },
  MVX_LOG_RENDERER_OPTIONS_WITH_DEFAULT (NULL),
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static gboolean
mvx_syslog_options_refuse (GError **error, const char *option, const char *value, const char *what)
{
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "%s: '%s' %s", option, value, what);
  return FALSE;
}

/* Printable ASCII without spaces, at most @max; that is how RFC 5424 has its words. */
static gboolean
mvx_syslog_options_check_word (const char *option, const char *value, gsize max, GError **error)
{
  g_autofree char *what = NULL;
  gsize n = 0;

  while (value[n] > ' ' && value[n] < 0x7f)
    n++;
  if (n > 0 && value[n] == '\0' && n <= max)
    return TRUE;
  what = g_strdup_printf ("does not go into a syslog header; give 1 to %u printable ASCII characters and no space",
                          (guint) max);
  return mvx_syslog_options_refuse (error, option, value, what);
}

/* What is not ours to choose becomes a word. */
static char *
mvx_syslog_options_make_word (const char *text, gsize max)
{
  char *word = g_strndup (text && *text ? text : "-", max);

  for (char *p = word; *p; p++)
    if (*p <= ' ' || *p >= 0x7f)
      *p = '_';
  return word;
}

static gboolean
mvx_syslog_options_read_names (MvxSyslogOptions *self, MvxLogOptions *options, GError **error)
{
  const char *app = mvx_log_options_get_string (options, "app-name");
  const char *host = mvx_log_options_get_string (options, "hostname");
  const char *msgid = mvx_log_options_get_string (options, "msgid");
  const char *sd_id = mvx_log_options_get_string (options, "sd-id");

  if ((app && !mvx_syslog_options_check_word ("app-name", app, 48, error))
      || (host && !mvx_syslog_options_check_word ("hostname", host, 255, error))
      || (msgid && !mvx_syslog_options_check_word ("msgid", msgid, 32, error))
      || !mvx_syslog_options_check_word ("sd-id", sd_id, 30, error))
    return FALSE;
  if (strpbrk (sd_id, "=]\"") || strchr (sd_id, '@') == NULL)
    return mvx_syslog_options_refuse (error, "sd-id", sd_id,
                                      "cannot name structured data; give NAME@ENTERPRISE-NUMBER, such as mvx@32473");
  self->app_name = mvx_syslog_options_make_word (app ? app : g_get_prgname (), 48);
  self->hostname = mvx_syslog_options_make_word (host ? host : g_get_host_name (), 255);
  self->msgid = g_strdup (msgid);
  self->sd_id = g_strdup (sd_id);
  return TRUE;
}

static gboolean
mvx_syslog_options_read_link (MvxSyslogOptions *self, MvxLogOptions *options, GError **error)
{
  static const guint16 ports[] = { 0, 514, 601, 6514 };
  MvxLinkOptions *link = &self->link;

  link->transport = (MvxLinkTransport) mvx_log_options_get_enum (options, "transport");
  link->who = "syslog server";
  link->who_first = "Syslog server";
  link->is_counted = link->transport != MVX_LINK_UNIX;
  if (link->transport == MVX_LINK_UNIX
          ? !mvx_link_options_read_path (link, options, error)
          : !mvx_link_options_read_host (link, options, mvx_syslog_transports[link->transport], ports[link->transport],
                                         error))
    return FALSE;
  return mvx_link_options_read (link, options, error);
}

/* More goes into no datagram. */
static gboolean
mvx_syslog_options_check_size (MvxSyslogOptions *self, GError **error)
{
  static const gsize most[] = { 65536, 65507, 1 << 20, 1 << 20 };

  if (self->max_size <= most[self->link.transport])
    return TRUE;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
               "max-message-size: %" G_GSIZE_FORMAT " is more than a datagram holds; give at most %" G_GSIZE_FORMAT,
               self->max_size, most[self->link.transport]);
  return FALSE;
}

/* There is no place for fields in RFC 3164 but behind the message. */
static gboolean
mvx_syslog_options_read_format (MvxSyslogOptions *self, MvxLogOptions *options, GError **error)
{
  static const char *const with_fields[] = { "pattern", "%m %f", NULL };
  guint protocol = mvx_log_options_get_enum (options, "protocol");

  self->is_5424 = protocol == 1 || (protocol == 0 && self->link.transport != MVX_LINK_UNIX);
  if (mvx_log_options_get_string (options, "format"))
    self->renderer = mvx_log_options_new_renderer (options, error);
  else if (self->is_5424)
    return TRUE;
  else
    self->renderer = mvx_log_renderer_new ("pattern", with_fields, error);
  return self->renderer != NULL;
}

MvxSyslogOptions *
mvx_syslog_options_new (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxSyslogOptions) self = g_new0 (MvxSyslogOptions, 1);

  self->facility = mvx_log_options_get_enum (options, "facility");
  self->bom = mvx_log_options_get_boolean (options, "bom");
  self->max_size = (gsize) mvx_log_options_get_size (options, "max-message-size");
  if (!mvx_syslog_options_read_link (self, options, error) || !mvx_syslog_options_read_names (self, options, error)
      || !mvx_syslog_options_check_size (self, error) || !mvx_syslog_options_read_format (self, options, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
mvx_syslog_options_free (MvxSyslogOptions *self)
{
  g_clear_pointer (&self->renderer, mvx_log_renderer_unref);
  mvx_link_options_clear (&self->link);
  g_free (self->app_name);
  g_free (self->hostname);
  g_free (self->msgid);
  g_free (self->sd_id);
  g_free (self);
}
