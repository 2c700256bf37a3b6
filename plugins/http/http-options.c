/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-options.h"

#include <string.h>

#include "../common/secret.h"

#define MVX_HTTP_SECOND_US G_GINT64_CONSTANT (1000000)
#define MVX_HTTP_MAX_TIMEOUT_US (3600 * MVX_HTTP_SECOND_US)
#define MVX_HTTP_MAX_BODY (G_GINT64_CONSTANT (64) * 1024 * 1024)

/* In the order of MvxHttpProfile and MvxHttpFraming. */
static const char *const mvx_http_profiles[] = { "json", "elasticsearch", "ecs", "otlp", "loki", NULL };
static const char *const mvx_http_framings[] = { "lines", "array", "bulk", NULL };
static const char *const mvx_http_encodings[] = { "none", "gzip", NULL };

/* What follows the address of a server, if the URL has no path. */
static const char *const mvx_http_paths[]
    = { "/", "/logs-mvxlog-default/_bulk", "/logs-mvxlog-default/_bulk", "/v1/logs", "/loki/api/v1/push" };

/* clang-format off */
const MvxLogOptionSpec mvx_http_option_table[] = {
  { "url", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_REQUIRED, NULL, 0, 0, NULL,
    "Where to send to: http:// or https://; without a path, that of the profile is added", { NULL, NULL } },
  { "profile", MVX_LOG_OPTION_ENUM, 0, "json", 0, 0, mvx_http_profiles,
    "What the server understands: JSON, Elasticsearch with our keys or with those of ECS, OpenTelemetry (OTLP/HTTP, "
    "JSON), or Loki", { NULL, NULL } },
  { "framing", MVX_LOG_OPTION_ENUM, 0, NULL, 0, 0, mvx_http_framings,
    "For json and ecs: a JSON document per line (json), one array of them, or requests of _bulk (ecs)", { NULL, NULL } },
  { "compress", MVX_LOG_OPTION_ENUM, MVX_LOG_OPTION_RELOADABLE, "none", 0, 0, mvx_http_encodings,
    "How requests are compressed; Elasticsearch, Loki and collectors of OpenTelemetry take gzip", { NULL, NULL } },
  { "body-max", MVX_LOG_OPTION_SIZE, MVX_LOG_OPTION_RELOADABLE, "1MiB", 1024, MVX_HTTP_MAX_BODY, NULL,
    "Most bytes of a request, before compression; a batch that is larger makes several, a larger event one of its own",
    { NULL, NULL } },
  { "interval", MVX_LOG_OPTION_DURATION, MVX_LOG_OPTION_RELOADABLE, "0", 0, 2 * MVX_HTTP_SECOND_US, NULL,
    "Least time from one request to the next, unless there is a full batch: fewer and larger requests", { NULL, NULL } },
  { "timeout", MVX_LOG_OPTION_DURATION, MVX_LOG_OPTION_RELOADABLE, "10s", 1000, MVX_HTTP_MAX_TIMEOUT_US, NULL,
    "How long a request may take, from the look-up of the name to the end of the answer", { NULL, NULL } },
  { "service", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,
    "For otlp and loki: service.name, service_name; the default is the name of the program", { NULL, NULL } },
  { "labels", MVX_LOG_OPTION_STRV, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,
    "For loki: more labels of the streams, NAME=VALUE", { NULL, NULL } },
  { "headers", MVX_LOG_OPTION_STRV, MVX_LOG_OPTION_SECRET | MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,
    "More headers of each request, 'NAME: VALUE'", { NULL, NULL } },
  { "token", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_SECRET | MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,
    "Bearer token", { NULL, NULL } },
  { "token-file", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,
    "File whose first line is the token; it is read for each request", { NULL, NULL } },
  { "user", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,
    "User, for basic authentication", { NULL, NULL } },
  { "password", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_SECRET | MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,
    "Password of the user", { NULL, NULL } },
  { "password-file", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,
    "File whose first line is the password; it is read for each request", { NULL, NULL } },
  { "proxy", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_SECRET, NULL, 0, 0, NULL,
    "Proxy to go through, such as http://proxy.example.org:3128, or http://USER:PASSWORD@…; 'system' asks the environment "
    "and the desktop",
    { NULL, NULL } },
  { "ca-file", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For https: PEM file of the authorities to trust, instead of the system's", { NULL, NULL } },
  { "client-certificate", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For https: PEM file of the certificate to show to the server", { NULL, NULL } },
  { "client-key", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For https: PEM file of its private key, if that is not in the same file", { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};
/* clang-format on */

static gboolean mvx_http_options_fail (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
mvx_http_options_fail (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error)
    *error = g_error_new_valist (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, format, args);
  va_end (args);
  return FALSE;
}

gboolean
mvx_http_options_is_tls (const MvxHttpOptions *self)
{
  return strcmp (g_uri_get_scheme (self->uri), "https") == 0;
}

/* What is wrong with it stands in no message: there may be a password in it. */
static gboolean
mvx_http_options_read_url (MvxHttpOptions *self, MvxLogOptions *options, GError **error)
{
  const char *text = mvx_log_options_get_string (options, "url");
  g_autoptr (GUri) uri = text ? g_uri_parse (text, G_URI_FLAGS_ENCODED, NULL) : NULL;
  const char *path;

  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0'
      || (strcmp (g_uri_get_scheme (uri), "http") != 0 && strcmp (g_uri_get_scheme (uri), "https") != 0))
    return mvx_http_options_fail (error, "url: it is no address such as https://logs.example.org/path");
  if (g_uri_get_userinfo (uri))
    return mvx_http_options_fail (error, "url: no user or password belongs there; set user and password");
  path = g_uri_get_path (uri);
  if (*path == '\0' || strcmp (path, "/") == 0)
    path = self->framing == MVX_HTTP_BULK || self->profile >= MVX_HTTP_OTLP ? mvx_http_paths[self->profile] : "/";
  self->uri = g_uri_build (G_URI_FLAGS_ENCODED, g_uri_get_scheme (uri), NULL, g_uri_get_host (uri),
                           g_uri_get_port (uri), path, g_uri_get_query (uri), NULL);
  self->url = g_uri_to_string (self->uri);
  return TRUE;
}

static gboolean
mvx_http_options_read_framing (MvxHttpOptions *self, MvxLogOptions *options, GError **error)
{
  gboolean given = mvx_log_options_is_set (options, "framing");

  self->framing = self->profile == MVX_HTTP_JSON ? MVX_HTTP_LINES : MVX_HTTP_BULK;
  if (!given)
    return TRUE;
  self->framing = (MvxHttpFraming) mvx_log_options_get_enum (options, "framing");
  if (self->profile == MVX_HTTP_ECS || (self->profile == MVX_HTTP_JSON && self->framing != MVX_HTTP_BULK))
    return TRUE;
  return mvx_http_options_fail (error, "framing: profile=%s has its own", mvx_http_profiles[self->profile]);
}

/* Their names are Loki's, and two of them ours. */
static gboolean
mvx_http_options_check_label (const char *label, GError **error)
{
  gsize n = strcspn (label, "=");

  if (label[n] == '\0' || n == 0 || g_ascii_isdigit (*label)
      || strspn (label, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_") != n || !g_utf8_validate (label, -1, NULL))
    return mvx_http_options_fail (error, "labels: '%s' is not NAME=VALUE", label);
  if (strncmp (label, "level=", 6) == 0 || strncmp (label, "service_name=", 13) == 0)
    return mvx_http_options_fail (error, "labels: '%.*s' is set already; choose another name", (int) n, label);
  return TRUE;
}

/* Visible characters and spaces: nothing that begins another header. */
static gboolean
mvx_http_options_is_plain (const char *text)
{
  for (const char *p = text; *p; p++)
    if ((guchar) *p < ' ' || *p == 0x7f)
      return FALSE;
  return TRUE;
}

static gboolean
mvx_http_options_check_header (const char *header, GError **error)
{
  static const char *const ours[]
      = { "Host", "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection", NULL };
  static const char token[] = G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "!#$%&'*+-.^_`|~";
  gsize n = strcspn (header, ":");

  if (header[n] == '\0' || n == 0 || strspn (header, token) != n || !mvx_http_options_is_plain (header + n))
    return mvx_http_options_fail (error, "headers: one of them is not 'NAME: VALUE'");
  for (guint i = 0; ours[i]; i++)
    if (strlen (ours[i]) == n && g_ascii_strncasecmp (header, ours[i], n) == 0)
      return mvx_http_options_fail (error, "headers: %s is set by the plugin", ours[i]);
  return TRUE;
}

static gboolean
mvx_http_options_check_lists (MvxHttpOptions *self, GError **error)
{
  if (*self->labels && self->profile != MVX_HTTP_LOKI)
    return mvx_http_options_fail (error, "labels: only for profile=loki");
  for (guint i = 0; self->labels[i]; i++)
    if (!mvx_http_options_check_label (self->labels[i], error))
      return FALSE;
  for (guint i = 0; self->headers[i]; i++)
    if (!mvx_http_options_check_header (self->headers[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
mvx_http_options_check_access (MvxHttpOptions *self, GError **error)
{
  gboolean token = self->token || self->token_file;
  gboolean password = self->password || self->password_file;

  if (self->token && self->token_file)
    return mvx_http_options_fail (error, "token-file: there is a token, too; give one of them");
  if (self->password && self->password_file)
    return mvx_http_options_fail (error, "password-file: there is a password, too; give one of them");
  if (token && (self->user || password))
    return mvx_http_options_fail (error, "token: there is a user or password, too; give either");
  if (password != (self->user != NULL))
    return mvx_http_options_fail (error, password ? "password: there is no user; set it"
                                                  : "user: there is no password; set password or password-file");
  if ((self->token && !mvx_http_options_is_plain (self->token)))
    return mvx_http_options_fail (error, "token: it has characters that no header can have");
  if (self->user && strchr (self->user, ':'))
    return mvx_http_options_fail (error, "user: no colon can be in it");
  return TRUE;
}

static gboolean
mvx_http_options_check_tls (MvxHttpOptions *self, GError **error)
{
  const char *first = self->tls.ca_file ? "ca-file" : self->tls.certificate ? "client-certificate" : "client-key";

  if (self->tls.key && self->tls.certificate == NULL)
    return mvx_http_options_fail (error, "client-key: there is no certificate; set client-certificate");
  if ((self->tls.ca_file || self->tls.certificate) && !mvx_http_options_is_tls (self))
    return mvx_http_options_fail (error, "%s: only for https", first);
  return TRUE;
}

/* An HTTP proxy is told by us who asks, any other by GIO. */
static void
mvx_http_options_read_proxy_access (MvxHttpOptions *self, GUri *uri)
{
  const char *user = g_uri_get_user (uri);
  const char *password = g_uri_get_password (uri);
  g_autofree char *plain = NULL;

  if (user == NULL || !g_str_has_prefix (g_uri_get_scheme (uri), "http"))
    return;
  plain = g_strconcat (user, ":", password ? password : "", NULL);
  self->proxy_sent[0] = g_strdup (password);
  self->proxy_sent[1] = g_base64_encode ((const guchar *) plain, strlen (plain));
  mvx_secret_free (self->proxy);
  self->proxy = g_uri_to_string_partial (uri, G_URI_HIDE_USERINFO);
  explicit_bzero (plain, strlen (plain));
}

static gboolean
mvx_http_options_read_proxy (MvxHttpOptions *self, MvxLogOptions *options, GError **error)
{
  const char *text = mvx_log_options_get_string (options, "proxy");
  g_autoptr (GUri) uri = NULL;

  self->proxy = g_strdup (text);
  if (text == NULL || strcmp (text, "system") == 0)
    return TRUE;
  uri = g_uri_parse (text, G_URI_FLAGS_HAS_PASSWORD, NULL);
  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    return mvx_http_options_fail (error, "proxy: it is no address such as http://proxy.example.org:3128, nor 'system'");
  mvx_http_options_read_proxy_access (self, uri);
  return TRUE;
}

static char **
mvx_http_options_dup_list (MvxLogOptions *options, const char *name)
{
  const char *const *list = mvx_log_options_get_strv (options, name);

  return list ? g_strdupv ((char **) list) : g_new0 (char *, 1);
}

static void
mvx_http_options_read (MvxHttpOptions *self, MvxLogOptions *options)
{
  const char *service = mvx_log_options_get_string (options, "service");

  if (service == NULL)
    service = g_get_prgname ();
  self->service = g_strdup (service && g_utf8_validate (service, -1, NULL) ? service : "unknown_service");
  self->profile = (MvxHttpProfile) mvx_log_options_get_enum (options, "profile");
  self->labels = mvx_http_options_dup_list (options, "labels");
  self->headers = mvx_http_options_dup_list (options, "headers");
  self->gzip = mvx_log_options_get_enum (options, "compress") == 1;
  self->body_max = (gsize) mvx_log_options_get_size (options, "body-max");
  self->interval_us = mvx_log_options_get_duration (options, "interval");
  self->timeout_us = mvx_log_options_get_duration (options, "timeout");
  self->user = g_strdup (mvx_log_options_get_string (options, "user"));
  self->password = g_strdup (mvx_log_options_get_string (options, "password"));
  self->password_file = g_strdup (mvx_log_options_get_string (options, "password-file"));
  self->token = g_strdup (mvx_log_options_get_string (options, "token"));
  self->token_file = g_strdup (mvx_log_options_get_string (options, "token-file"));
  self->tls.ca_file = g_strdup (mvx_log_options_get_string (options, "ca-file"));
  self->tls.certificate = g_strdup (mvx_log_options_get_string (options, "client-certificate"));
  self->tls.key = g_strdup (mvx_log_options_get_string (options, "client-key"));
  self->batch_max = mvx_log_options_get_int64 (options, "batch-max");
}

MvxHttpOptions *
mvx_http_options_new (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxHttpOptions) self = g_new0 (MvxHttpOptions, 1);

  mvx_http_options_read (self, options);
  if (!mvx_http_options_read_framing (self, options, error) || !mvx_http_options_read_url (self, options, error)
      || !mvx_http_options_check_lists (self, error) || !mvx_http_options_check_access (self, error)
      || !mvx_http_options_check_tls (self, error) || !mvx_http_options_read_proxy (self, options, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
mvx_http_options_note_sent (MvxHttpOptions *self, char *secret, char *coded)
{
  mvx_secret_free (self->sent[0]);
  mvx_secret_free (self->sent[1]);
  self->sent[0] = secret;
  self->sent[1] = coded;
}

void
mvx_http_options_free (MvxHttpOptions *self)
{
  mvx_http_options_note_sent (self, NULL, NULL);
  g_clear_pointer (&self->uri, g_uri_unref);
  g_free (self->url);
  g_strfreev (self->labels);
  g_free (self->service);
  g_free (self->user);
  mvx_secret_free (self->password);
  g_free (self->password_file);
  mvx_secret_free (self->token);
  g_free (self->token_file);
  for (guint i = 0; self->headers[i]; i++)
    mvx_secret_free (self->headers[i]);
  g_free (self->headers);
  mvx_secret_free (self->proxy);
  mvx_secret_free (self->proxy_sent[0]);
  mvx_secret_free (self->proxy_sent[1]);
  mvx_tls_options_clear (&self->tls);
  g_free (self);
}
