/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zmq-options.h"

#include <string.h>

#include <zmq.h>

#include "zmq-zap.h"

#define MVX_ZMQ_KEY_SIZE 40
#define MVX_ZMQ_ANY_KEY "any"
#define MVX_ZMQ_MAX_HANDOVER_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

static const char *const mvx_zmq_attachments[] = { "connect", "bind", NULL };
static const char *const mvx_zmq_sockets[] = { "push", "pub", NULL };
static const char *const mvx_zmq_systems[] = { "production", "staging", "test", NULL };
static const char *const mvx_zmq_kinds[] = { "log", "performance", NULL };
static const char *const mvx_zmq_encodings[] = { "json", "binary", NULL };
static const char *const mvx_zmq_slow[] = { "wait", "skip", NULL };

const MvxLogOptionSpec mvx_zmq_option_table[] = {
  { "endpoints",
    MVX_LOG_OPTION_STRV,
    MVX_LOG_OPTION_REQUIRED,
    NULL,
    0,
    0,
    NULL,
    "tcp://HOST:PORT or ipc:///PATH; several share the events, or get all of them with socket=pub",
    { NULL, NULL } },
  { "attach",
    MVX_LOG_OPTION_ENUM,
    0,
    "connect",
    0,
    0,
    mvx_zmq_attachments,
    "Connect to the endpoints, or bind to them and let receivers connect",
    { NULL, NULL } },
  { "socket",
    MVX_LOG_OPTION_ENUM,
    0,
    "push",
    0,
    0,
    mvx_zmq_sockets,
    "push: each event to one receiver (PULL); pub: to all that have subscribed (SUB)",
    { NULL, NULL } },
  { "system",
    MVX_LOG_OPTION_ENUM,
    0,
    "production",
    0,
    0,
    mvx_zmq_systems,
    "First letter of the topic: P, S or T",
    { NULL, NULL } },
  { "kind", MVX_LOG_OPTION_ENUM, 0, "log", 0, 0, mvx_zmq_kinds, "Second letter of the topic: L or P", { NULL, NULL } },
  { "encoding",
    MVX_LOG_OPTION_ENUM,
    0,
    "json",
    0,
    0,
    mvx_zmq_encodings,
    "Third letter of the topic: J, an object by format=json, or B, the event with all its types for 'mvxlog receive'",
    { NULL, NULL } },
  { "high-water-mark",
    MVX_LOG_OPTION_INT64,
    0,
    "1000",
    1,
    1000000,
    NULL,
    "So many events per connection are left to libzmq; the others wait in the queue of the sink",
    { NULL, NULL } },
  { "slow-subscribers",
    MVX_LOG_OPTION_ENUM,
    0,
    "wait",
    0,
    0,
    mvx_zmq_slow,
    "For socket=pub: wait for a subscriber that is at the mark, or let it miss events, which nobody counts",
    { NULL, NULL } },
  { "handover-timeout",
    MVX_LOG_OPTION_DURATION,
    MVX_LOG_OPTION_RELOADABLE,
    "1s",
    0,
    MVX_ZMQ_MAX_HANDOVER_US,
    NULL,
    "How long the end of the sink may wait for libzmq to hand over what it has; the rest is lost and counted",
    { NULL, NULL } },
  { "curve-server-key",
    MVX_LOG_OPTION_STRING,
    0,
    NULL,
    0,
    0,
    NULL,
    "CURVE: public key of the receivers, 40 characters of Z85; without it this side is the server",
    { NULL, NULL } },
  { "curve-public-key",
    MVX_LOG_OPTION_STRING,
    0,
    NULL,
    0,
    0,
    NULL,
    "CURVE: public key of this side; left out, it is worked out from the secret one",
    { NULL, NULL } },
  { "curve-secret-key",
    MVX_LOG_OPTION_STRING,
    MVX_LOG_OPTION_SECRET,
    NULL,
    0,
    0,
    NULL,
    "CURVE: secret key of this side; left out by a client, it gets one for this run",
    { NULL, NULL } },
  { "curve-secret-key-file",
    MVX_LOG_OPTION_STRING,
    0,
    NULL,
    0,
    0,
    NULL,
    "A file with nothing but the secret key in it",
    { NULL, NULL } },
  { "curve-client-keys",
    MVX_LOG_OPTION_STRV,
    0,
    NULL,
    0,
    0,
    NULL,
    "CURVE, where this side is the server: public keys of the receivers that may connect, or 'any'",
    { NULL, NULL } },
  MVX_LOG_RENDERER_OPTIONS,
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

G_GNUC_PRINTF (2, 3)
static gboolean
mvx_zmq_options_refuse (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, text);
  return FALSE;
}

static gboolean
mvx_zmq_options_check_tcp (const char *endpoint, GError **error)
{
  const char *host = endpoint + strlen ("tcp://");
  const char *colon = strrchr (host, ':');
  guint64 port;

  if (colon == NULL || colon == host || strchr (host, '/'))
    return mvx_zmq_options_refuse (error, "endpoints: '%s' is no address; write tcp://HOST:PORT", endpoint);
  if (g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &port, NULL))
    return TRUE;
  return mvx_zmq_options_refuse (error, "endpoints: '%s' has no port from 1 to 65535 behind the last colon", endpoint);
}

static gboolean
mvx_zmq_options_check_endpoint (const char *endpoint, GError **error)
{
  if (g_str_has_prefix (endpoint, "tcp://"))
    return mvx_zmq_options_check_tcp (endpoint, error);
  if (g_str_has_prefix (endpoint, "ipc://"))
    return endpoint[strlen ("ipc://")] != '\0'
           || mvx_zmq_options_refuse (error, "endpoints: '%s' has no path; write ipc:///PATH", endpoint);
  return mvx_zmq_options_refuse (error, "endpoints: '%s' is neither tcp://HOST:PORT nor ipc:///PATH", endpoint);
}

static gboolean
mvx_zmq_options_read_endpoints (MvxZmqOptions *self, MvxLogOptions *options, GError **error)
{
  const char *const *endpoints = mvx_log_options_get_strv (options, "endpoints");

  if (endpoints == NULL || *endpoints == NULL)
    return mvx_zmq_options_refuse (error, "endpoints: there must be at least one");
  for (guint i = 0; endpoints[i]; i++)
    if (!mvx_zmq_options_check_endpoint (endpoints[i], error))
      return FALSE;
  self->endpoints = g_strdupv ((char **) endpoints);
  return TRUE;
}

/* A receiver must be able to read what comes: a line for people is no encoding. */
static gboolean
mvx_zmq_options_read_encoding (MvxZmqOptions *self, MvxLogOptions *options, GError **error)
{
  static const char *const settings[] = { "format", "json-keys", "json-fields", "json-template" };
  const char *format = mvx_log_options_get_string (options, "format");

  self->binary = mvx_log_options_get_enum (options, "encoding") == 1;
  for (guint i = 0; self->binary && i < G_N_ELEMENTS (settings); i++)
    if (mvx_log_options_is_set (options, settings[i]))
      return mvx_zmq_options_refuse (error, "%s: encoding=binary has no formats; leave it out, or use encoding=json",
                                     settings[i]);
  if (g_strcmp0 (format, "json") != 0)
    return mvx_zmq_options_refuse (error, "format: no receiver could read events as '%s'; use json, or encoding=binary",
                                   format);
  self->renderer = mvx_log_options_new_renderer (options, error);
  return self->renderer != NULL;
}

static gboolean
mvx_zmq_options_read_key (const char *name, const char *text, char **key, GError **error)
{
  if (text == NULL)
    return TRUE;
  if (!mvx_zmq_zap_is_key (text))
    return mvx_zmq_options_refuse (error, "%s: a key is 40 characters of Z85; curve_keygen makes a pair", name);
  *key = g_strdup (text);
  return TRUE;
}

static gboolean
mvx_zmq_options_read_secret (MvxZmqOptions *self, MvxLogOptions *options, GError **error)
{
  const char *path = mvx_log_options_get_string (options, "curve-secret-key-file");
  g_autoptr (GError) local = NULL;
  char *content = NULL;
  gboolean valid;
  gsize size;

  if (path == NULL)
    return mvx_zmq_options_read_key ("curve-secret-key", mvx_log_options_get_string (options, "curve-secret-key"),
                                     &self->secret_key, error);
  if (mvx_log_options_get_string (options, "curve-secret-key"))
    return mvx_zmq_options_refuse (error, "curve-secret-key-file: there is a curve-secret-key, too; give one of them");
  if (!g_file_get_contents (path, &content, &size, &local))
    return mvx_zmq_options_refuse (error, "curve-secret-key-file: %s", local->message);
  valid = mvx_zmq_options_read_key ("curve-secret-key-file", g_strchomp (content), &self->secret_key, error);
  explicit_bzero (content, size);
  g_free (content);
  return valid;
}

/* A server needs its secret key; a client without one is anonymous. */
static gboolean
mvx_zmq_options_complete_keys (MvxZmqOptions *self, GError **error)
{
  if (self->server_key == NULL && self->secret_key == NULL)
    return self->public_key == NULL
           || mvx_zmq_options_refuse (error, "curve-public-key: its curve-secret-key is missing");
  if (!zmq_has ("curve"))
    return mvx_zmq_options_refuse (error, "curve-server-key: this libzmq was built without CURVE; install one with it");
  if (self->secret_key == NULL && self->public_key)
    return mvx_zmq_options_refuse (error, "curve-public-key: its curve-secret-key is missing");
  if (self->public_key)
    return TRUE;
  self->public_key = g_malloc0 (MVX_ZMQ_KEY_SIZE + 1);
  if (self->secret_key)
    return zmq_curve_public (self->public_key, self->secret_key) == 0
           || mvx_zmq_options_refuse (error, "curve-secret-key: %s", zmq_strerror (zmq_errno ()));
  self->secret_key = g_malloc0 (MVX_ZMQ_KEY_SIZE + 1);
  return zmq_curve_keypair (self->public_key, self->secret_key) == 0
         || mvx_zmq_options_refuse (error, "curve-server-key: cannot make keys: %s", zmq_strerror (zmq_errno ()));
}

/* To know the server's public key is no right to read what it has to say. */
static gboolean
mvx_zmq_options_read_clients (MvxZmqOptions *self, MvxLogOptions *options, GError **error)
{
  const char *const *keys = mvx_log_options_get_strv (options, "curve-client-keys");
  const gboolean is_set = keys && *keys;

  self->is_server = self->secret_key && self->server_key == NULL;
  if (!self->is_server)
    return !is_set
           || mvx_zmq_options_refuse (error,
                                      "curve-client-keys: this side is no server of CURVE, which has a secret key and "
                                      "no curve-server-key; leave it out");
  if (!is_set)
    return mvx_zmq_options_refuse (error,
                                   "curve-client-keys: whoever has the public key could receive the events; name "
                                   "the receivers' keys, or write any");
  if (strcmp (keys[0], MVX_ZMQ_ANY_KEY) == 0 && keys[1] == NULL)
    return TRUE;
  for (guint i = 0; keys[i]; i++)
    if (!mvx_zmq_zap_is_key (keys[i]))
      return mvx_zmq_options_refuse (
          error, "curve-client-keys: item %u is no key of 40 characters of Z85; curve_keygen makes a pair", i + 1);
  self->client_keys = g_strdupv ((char **) keys);
  return TRUE;
}

static gboolean
mvx_zmq_options_read_keys (MvxZmqOptions *self, MvxLogOptions *options, GError **error)
{
  return mvx_zmq_options_read_key ("curve-server-key", mvx_log_options_get_string (options, "curve-server-key"),
                                   &self->server_key, error)
         && mvx_zmq_options_read_key ("curve-public-key", mvx_log_options_get_string (options, "curve-public-key"),
                                      &self->public_key, error)
         && mvx_zmq_options_read_secret (self, options, error) && mvx_zmq_options_complete_keys (self, error)
         && mvx_zmq_options_read_clients (self, options, error);
}

MvxZmqOptions *
mvx_zmq_options_new (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxZmqOptions) self = g_new0 (MvxZmqOptions, 1);

  self->bind = mvx_log_options_get_enum (options, "attach") == 1;
  self->publish = mvx_log_options_get_enum (options, "socket") == 1;
  self->high_water_mark = (gint) mvx_log_options_get_int64 (options, "high-water-mark");
  self->skip_slow = mvx_log_options_get_enum (options, "slow-subscribers") == 1;
  self->handover_us = mvx_log_options_get_duration (options, "handover-timeout");
  if (!mvx_zmq_options_read_endpoints (self, options, error) || !mvx_zmq_options_read_encoding (self, options, error)
      || !mvx_zmq_options_read_keys (self, options, error))
    return NULL;
  self->topic[0] = "PST"[mvx_log_options_get_enum (options, "system")];
  self->topic[1] = "LP"[mvx_log_options_get_enum (options, "kind")];
  self->topic[2] = self->binary ? 'B' : 'J';
  return g_steal_pointer (&self);
}

void
mvx_zmq_options_free (MvxZmqOptions *self)
{
  g_strfreev (self->endpoints);
  g_strfreev (self->client_keys);
  g_free (self->server_key);
  g_free (self->public_key);
  if (self->secret_key)
    explicit_bzero (self->secret_key, strlen (self->secret_key));
  g_free (self->secret_key);
  g_clear_pointer (&self->renderer, mvx_log_renderer_unref);
  g_free (self);
}
