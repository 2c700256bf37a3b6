/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kafka-options.h"

#include <string.h>

#include "../common/marks.h"
#include "../common/readable.h"
#include "../common/secret.h"

#define MVX_KAFKA_MAX_DELIVERY_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
/* Of the protocol. */
#define MVX_KAFKA_MAX_TOPIC 249

static const char *const mvx_kafka_keys[] = { "context", "trace", "none", NULL };
static const char *const mvx_kafka_compressions[] = { "none", "gzip", "snappy", "lz4", "zstd", NULL };
static const char *const mvx_kafka_sasl[] = { "none", "plain", "scram-sha-256", "scram-sha-512", NULL };
static const char *const mvx_kafka_mechanisms[] = { NULL, "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512" };

/* clang-format off */
const MvxLogOptionSpec mvx_kafka_option_table[] = {
  { "brokers", MVX_LOG_OPTION_STRV, 0, "localhost:9092", 0, 0, NULL,
    "HOST or HOST:PORT of brokers to begin with; these tell of the others", { NULL, NULL } },
  { "topic", MVX_LOG_OPTION_STRING, 0, "mvxlog", 0, 0, NULL,
    "The topic", { NULL, NULL } },
  { "key", MVX_LOG_OPTION_ENUM, MVX_LOG_OPTION_RELOADABLE, "context", 0, 0, mvx_kafka_keys,
    "What stays in order, as it is of one partition: a context, or a trace (without one, the context); "
    "none spreads events over all", { NULL, NULL } },
  { "compression", MVX_LOG_OPTION_ENUM, 0, "lz4", 0, 0, mvx_kafka_compressions,
    "Compression of what is sent and stored", { NULL, NULL } },
  { "max-message-bytes", MVX_LOG_OPTION_SIZE, 0, "1000000", 1000, 1000000000, NULL,
    "Largest message, before compression; larger events are dropped. Not more than message.max.bytes of the topic",
    { NULL, NULL } },
  { "linger", MVX_LOG_OPTION_DURATION, 0, "5ms", 0, G_USEC_PER_SEC, NULL,
    "How long an event may wait for others to be sent with it", { NULL, NULL } },
  { "delivery-timeout", MVX_LOG_OPTION_DURATION, 0, "30s", 100000, MVX_KAFKA_MAX_DELIVERY_US, NULL,
    "How long the brokers may take to confirm an event, with everything that librdkafka tries; then it is offered again",
    { NULL, NULL } },
  { "sasl", MVX_LOG_OPTION_ENUM, 0, "none", 0, 0, mvx_kafka_sasl,
    "How to log in", { NULL, NULL } },
  { "user", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For sasl: name of the user", { NULL, NULL } },
  { "password", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_SECRET, NULL, 0, 0, NULL,
    "For sasl: password", { NULL, NULL } },
  { "password-file", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For sasl: file whose first line is the password; read anew when a broker refuses it, and by reopening",
    { NULL, NULL } },
  { "tls", MVX_LOG_OPTION_BOOLEAN, 0, "false", 0, 0, NULL,
    "Encrypt, and connect only to brokers whose certificates are right", { NULL, NULL } },
  { "ca-file", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: PEM file of the authorities to trust, instead of the system's", { NULL, NULL } },
  { "client-certificate", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: PEM file of the certificate to show to the brokers", { NULL, NULL } },
  { "client-key", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For tls: PEM file of its private key, if that is not in the same file", { NULL, NULL } },
  MVX_LOG_RENDERER_OPTIONS,
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};
/* clang-format on */

static gboolean
mvx_kafka_options_fail (GError **error, const char *message)
{
  g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, message);
  return FALSE;
}

static gboolean
mvx_kafka_options_read_brokers (MvxKafkaOptions *self, MvxLogOptions *options, GError **error)
{
  const char *const *brokers = mvx_log_options_get_strv (options, "brokers");

  if (brokers == NULL || *brokers == NULL)
    return mvx_kafka_options_fail (error, "brokers: there is none; give HOST:PORT");
  for (const char *const *broker = brokers; *broker; broker++)
    if (**broker == '\0' || strpbrk (*broker, ", \t\r\n/"))
      {
        g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                     "brokers: '%s' is not HOST or HOST:PORT; several of them are separated by ';'", *broker);
        return FALSE;
      }
  self->brokers = g_strjoinv (",", (char **) brokers);
  return TRUE;
}

static gboolean
mvx_kafka_options_check_topic (const char *topic, GError **error)
{
  const gsize n = strlen (topic);

  if (n > 0 && n <= MVX_KAFKA_MAX_TOPIC && strspn (topic, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._-") == n
      && strcmp (topic, ".") != 0 && strcmp (topic, "..") != 0)
    return TRUE;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
               "topic: '%s' is none; give 1 to %d letters, digits, '.', '_' and '-'", topic, MVX_KAFKA_MAX_TOPIC);
  return FALSE;
}

static gboolean
mvx_kafka_options_check_login (const MvxKafkaOptions *self, GError **error)
{
  if (self->password && self->password_file)
    return mvx_kafka_options_fail (error, "password-file: there is a password, too; give one of them");
  if (self->mechanism == NULL)
    return (self->user == NULL && self->password == NULL && self->password_file == NULL)
           || mvx_kafka_options_fail (error, "user, password: only with sasl; set sasl=plain or sasl=scram-sha-512");
  return (self->user && (self->password || self->password_file))
         || mvx_kafka_options_fail (error, "sasl: it needs user, and password or password-file");
}

static gboolean
mvx_kafka_options_check_tls (const MvxKafkaOptions *self, GError **error)
{
  if (!self->tls && (self->ca_file || self->certificate || self->private_key))
    return mvx_kafka_options_fail (error, "ca-file, client-certificate, client-key: only for tls=true");
  return self->private_key == NULL || self->certificate
         || mvx_kafka_options_fail (error, "client-key: there is no client-certificate that it belongs to");
}

static gboolean
mvx_kafka_options_read_rendering (MvxKafkaOptions *self, MvxLogOptions *options, GError **error)
{
  self->renderer = mvx_log_options_new_renderer (options, error);
  if (self->renderer == NULL)
    return FALSE;
  self->content_type = mvx_mark_content_type (self->renderer);
  return TRUE;
}

MvxKafkaOptions *
mvx_kafka_options_new (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxKafkaOptions) self = g_new0 (MvxKafkaOptions, 1);

  self->topic = g_strdup (mvx_log_options_get_string (options, "topic"));
  self->key = (MvxKafkaKey) mvx_log_options_get_enum (options, "key");
  self->compression = mvx_kafka_compressions[mvx_log_options_get_enum (options, "compression")];
  self->max_message = (gsize) mvx_log_options_get_size (options, "max-message-bytes");
  self->linger_us = mvx_log_options_get_duration (options, "linger");
  self->delivery_us = mvx_log_options_get_duration (options, "delivery-timeout");
  self->mechanism = mvx_kafka_mechanisms[mvx_log_options_get_enum (options, "sasl")];
  self->user = g_strdup (mvx_log_options_get_string (options, "user"));
  self->password = g_strdup (mvx_log_options_get_string (options, "password"));
  self->password_file = g_strdup (mvx_log_options_get_string (options, "password-file"));
  self->tls = mvx_log_options_get_boolean (options, "tls");
  self->ca_file = g_strdup (mvx_log_options_get_string (options, "ca-file"));
  self->certificate = g_strdup (mvx_log_options_get_string (options, "client-certificate"));
  self->private_key = g_strdup (mvx_log_options_get_string (options, "client-key"));
  if (!mvx_kafka_options_read_brokers (self, options, error) || !mvx_kafka_options_check_topic (self->topic, error)
      || !mvx_kafka_options_check_login (self, error) || !mvx_kafka_options_check_tls (self, error)
      || !mvx_kafka_options_read_rendering (self, options, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
mvx_kafka_options_free (MvxKafkaOptions *self)
{
  g_clear_pointer (&self->renderer, mvx_log_renderer_unref);
  g_free (self->brokers);
  g_free (self->topic);
  g_free (self->ca_file);
  g_free (self->certificate);
  g_free (self->private_key);
  g_free (self->user);
  mvx_secret_free (self->password);
  g_free (self->password_file);
  g_free (self);
}

gboolean
mvx_kafka_options_check_files (const MvxKafkaOptions *self, GError **error)
{
  return mvx_readable_check ("ca-file", self->ca_file, error)
         && mvx_readable_check ("client-certificate", self->certificate, error)
         && mvx_readable_check ("client-key", self->private_key, error);
}

char *
mvx_kafka_options_load_password (const MvxKafkaOptions *self, GError **error)
{
  g_autofree char *who = NULL;

  if (self->password_file == NULL)
    return g_strdup (self->password);
  who = g_strdup_printf ("Kafka at '%s'", self->brokers);
  return mvx_secret_read (self->password_file, who, error);
}
