/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mqtt-options.h"

#include <string.h>

#include "../common/marks.h"
#include "../common/readable.h"
#include "../common/secret.h"
#include "mqtt-topic.h"

#define MVX_MQTT_PORT 1883
#define MVX_MQTT_TLS_PORT 8883
#define MVX_MQTT_MAX_TIMEOUT_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

/* clang-format off */
const MvxLogOptionSpec mvx_mqtt_option_table[] = {
  { "host", MVX_LOG_OPTION_STRING, 0, "localhost", 0, 0, NULL,
    "Name or address of the server", { NULL, NULL } },
  { "port", MVX_LOG_OPTION_INT64, 0, "0", 0, 65535, NULL,
    "Its port; 0 for the usual one: 1883, or 8883 with tls", { NULL, NULL } },
  { "topic", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, "logs/{host}/{context}/{level}", 0, 0, NULL,
    "The topic; {host}, {context} and {level} stand for those of the event, each name of a context for a level", { NULL, NULL } },
  { "client-id", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "Name by which the server knows the connection, of which there can be only one; without it, the server makes one up", { NULL, NULL } },
  { "user", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "User to log in as", { NULL, NULL } },
  { "password", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_SECRET, NULL, 0, 0, NULL,
    "Password", { NULL, NULL } },
  { "password-file", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "File whose first line is the password; it is read for each connection", { NULL, NULL } },
  { "tls", MVX_LOG_OPTION_BOOLEAN, 0, "false", 0, 0, NULL,
    "Encrypt, and connect only to a server whose certificate is right", { NULL, NULL } },
  { "ca-file", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: PEM file of the authorities to trust, instead of the system's", { NULL, NULL } },
  { "client-certificate", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls with a ca-file: PEM file of the certificate to show to the server", { NULL, NULL } },
  { "client-key", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: PEM file of its private key, if that is not in the same file", { NULL, NULL } },
  { "timeout", MVX_LOG_OPTION_DURATION, MVX_LOG_OPTION_RELOADABLE, "10s", 1000, MVX_MQTT_MAX_TIMEOUT_US, NULL,
    "How long the server may take to accept a connection, and to confirm the next message", { NULL, NULL } },
  MVX_LOG_RENDERER_OPTIONS,
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};
/* clang-format on */

static gboolean
mvx_mqtt_options_fail (GError **error, const char *message)
{
  g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, message);
  return FALSE;
}

static gboolean
mvx_mqtt_options_read_address (MvxMqttOptions *self, MvxLogOptions *options, GError **error)
{
  self->host = g_strdup (mvx_log_options_get_string (options, "host"));
  self->port = (guint16) mvx_log_options_get_int64 (options, "port");
  if (self->port == 0)
    self->port = self->tls ? MVX_MQTT_TLS_PORT : MVX_MQTT_PORT;
  self->address = g_strdup_printf (strchr (self->host, ':') ? "%s://[%s]:%u" : "%s://%s:%u",
                                   self->tls ? "mqtts" : "mqtt", self->host, self->port);
  if (*self->host == '\0' || strpbrk (self->host, " /[]"))
    return mvx_mqtt_options_fail (error, "host: it is not the name or address of a server; give one such as "
                                         "broker.example.org");
  return TRUE;
}

static gboolean
mvx_mqtt_options_read_access (MvxMqttOptions *self, MvxLogOptions *options, GError **error)
{
  static const char *const for_tls[] = { "ca-file", "client-certificate", "client-key" };

  self->client_id = g_strdup (mvx_log_options_get_string (options, "client-id"));
  self->user = g_strdup (mvx_log_options_get_string (options, "user"));
  self->password = g_strdup (mvx_log_options_get_string (options, "password"));
  self->password_file = g_strdup (mvx_log_options_get_string (options, "password-file"));
  self->ca_file = g_strdup (mvx_log_options_get_string (options, "ca-file"));
  self->certificate = g_strdup (mvx_log_options_get_string (options, "client-certificate"));
  self->private_key = g_strdup (mvx_log_options_get_string (options, "client-key"));
  if (self->password && self->password_file)
    return mvx_mqtt_options_fail (error, "password-file: there is a password, too; give one of them");
  if (self->user == NULL && (self->password || self->password_file))
    return mvx_mqtt_options_fail (error, "user: it is missing, but there is a password; set user, too");
  for (guint i = 0; i < G_N_ELEMENTS (for_tls) && !self->tls; i++)
    if (mvx_log_options_get_string (options, for_tls[i]))
      {
        g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                     "%s: '%s' is for tls=true; set that, or leave it out", for_tls[i],
                     mvx_log_options_get_string (options, for_tls[i]));
        return FALSE;
      }
  if (self->certificate && self->ca_file == NULL)
    return mvx_mqtt_options_fail (error,
                                  "client-certificate: libmosquitto shows one only with a ca-file; set that, too");
  return self->private_key == NULL || self->certificate
         || mvx_mqtt_options_fail (error, "client-key: it is the key of no certificate; set client-certificate, too");
}

MvxMqttOptions *
mvx_mqtt_options_new (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxMqttOptions) self = g_new0 (MvxMqttOptions, 1);

  self->tls = mvx_log_options_get_boolean (options, "tls");
  self->topic = g_strdup (mvx_log_options_get_string (options, "topic"));
  self->timeout_us = mvx_log_options_get_duration (options, "timeout");
  if (!mvx_mqtt_options_read_address (self, options, error) || !mvx_mqtt_options_read_access (self, options, error)
      || !mvx_mqtt_topic_check (self->topic, error)
      || (self->renderer = mvx_log_options_new_renderer (options, error)) == NULL)
    return NULL;
  self->content_type = mvx_mark_content_type (self->renderer);
  return g_steal_pointer (&self);
}

void
mvx_mqtt_options_free (MvxMqttOptions *self)
{
  g_clear_pointer (&self->renderer, mvx_log_renderer_unref);
  g_free (self->host);
  g_free (self->address);
  g_free (self->client_id);
  g_free (self->user);
  mvx_secret_free (self->password);
  g_free (self->password_file);
  g_free (self->ca_file);
  g_free (self->certificate);
  g_free (self->private_key);
  g_free (self->topic);
  g_free (self);
}

gboolean
mvx_mqtt_options_check_files (const MvxMqttOptions *self, GError **error)
{
  return mvx_readable_check ("ca-file", self->ca_file, error)
         && mvx_readable_check ("client-certificate", self->certificate, error)
         && mvx_readable_check ("client-key", self->private_key, error);
}
