/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kafka-producer.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/eventfd.h>
#include <syslog.h>
#include <unistd.h>

#include "../common/secret.h"
#include "kafka-record.h"

/* For reports of what is given up, which need no broker: librdkafka's threads only have to get their turn. */
#define MVX_KAFKA_PURGE_MS 60000

/* A probe looks so often whether it is in vain. */
#define MVX_KAFKA_STEP_US 100000
/* How long a topic may seem not to be there: brokers tell each other of a new one. */
#define MVX_KAFKA_TOPIC_MS 5000

struct _MvxKafkaProducer
{
  MvxKafkaProducerFuncs funcs;
  const MvxKafkaOptions *options;
  rd_kafka_t *rk;
  rd_kafka_topic_t *topic;
  int fd; /* an eventfd that librdkafka writes to */
  GSource *source;
  MvxLogBuffer scratch;
  MvxKafkaTrouble trouble;
  gboolean told; /* since the last event was stored */
  gboolean down; /* all of them, or those that it knows of */
};

/* Served by rd_kafka_poll (), as all that it calls back. Of lost connections error_cb tells, too. */
static void
mvx_kafka_producer_on_log (const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
  const MvxKafkaProducer *self = rd_kafka_opaque (rk);

  if (self->funcs.host == NULL)
    return;
  mvx_log_sink_host_count (self->funcs.host, "librdkafka-messages", 1);
  if (level <= LOG_WARNING && strcmp (facility, "FAIL") != 0)
    mvx_log_sink_host_diagnosef (self->funcs.host, MVX_LOG_LEVEL_WARNING, "librdkafka: %s: %s", facility, text);
}

/* How long it has been trying, and how often it has said so before, is nobody's help. What OpenSSL says arrives as
 * either of two codes, depending on who has met it. */
static void
mvx_kafka_producer_note (MvxKafkaProducer *self, rd_kafka_resp_err_t code, const char *reason)
{
  const char *aside = strstr (reason, " (after ");

  g_free (self->trouble.said);
  self->trouble.code = strstr (reason, "SSL routines") ? RD_KAFKA_RESP_ERR__SSL : code;
  self->trouble.said = g_utf8_make_valid (reason, aside ? aside - reason : -1);
}

static void
mvx_kafka_producer_tell (MvxKafkaProducer *self)
{
  g_autoptr (GError) error = NULL;

  if (self->told || self->funcs.host == NULL)
    return;
  self->told = TRUE;
  mvx_kafka_error_judge (self->options, self->trouble.code, self->trouble.said, &error);
  mvx_log_sink_host_diagnose (self->funcs.host, MVX_LOG_LEVEL_WARNING, error->message);
}

gboolean
mvx_kafka_producer_is_spent (MvxKafkaProducer *self)
{
  char reason[512];
  const rd_kafka_resp_err_t code = rd_kafka_fatal_error (self->rk, reason, sizeof reason);

  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    return FALSE;
  mvx_kafka_producer_note (self, code, reason);
  return TRUE;
}

/* One broker that is down is no trouble while others are there. */
static void
mvx_kafka_producer_on_error (rd_kafka_t *rk, int number, const char *reason, void *data)
{
  MvxKafkaProducer *self = data;
  const rd_kafka_resp_err_t code = (rd_kafka_resp_err_t) number;

  switch (number)
    {
    case RD_KAFKA_RESP_ERR__FATAL:
      if (mvx_kafka_producer_is_spent (self))
        mvx_kafka_producer_tell (self);
      break;
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      self->down = TRUE;
      if (self->trouble.said == NULL)
        mvx_kafka_producer_note (self, code, reason);
      mvx_kafka_producer_tell (self);
      break;
    default:
      mvx_kafka_producer_note (self, code, reason);
    }
}

static void
mvx_kafka_producer_on_report (rd_kafka_t *rk, const rd_kafka_message_t *message, void *data)
{
  MvxKafkaProducer *self = data;
  MvxSlot *slot = message->_private;

  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
    {
      g_clear_pointer (&self->trouble.said, g_free);
      self->told = FALSE;
    }
  if (mvx_batch_answer (slot, message->err, NULL))
    self->funcs.report (slot->batch, self->funcs.data);
}

static gboolean
mvx_kafka_producer_on_ready (gint fd, GIOCondition condition, gpointer data)
{
  MvxKafkaProducer *self = data;
  guint64 n;

  /* First this, then the queue: what comes between makes it readable again. */
  while (read (fd, &n, sizeof n) < 0 && errno == EINTR)
    ;
  while (rd_kafka_poll (self->rk, 0) > 0)
    ;
  if (mvx_kafka_producer_is_spent (self))
    self->funcs.spent (self->funcs.data);
  return G_SOURCE_CONTINUE;
}

/* What librdkafka says never holds a value. */
static gboolean
mvx_kafka_producer_set (rd_kafka_conf_t *conf, const char *name, const char *value, GError **error)
{
  char reason[512];

  if (value == NULL || rd_kafka_conf_set (conf, name, value, reason, sizeof reason) == RD_KAFKA_CONF_OK)
    return TRUE;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
               "librdkafka %s does not take its setting '%s'; see whether it was built with it",
               rd_kafka_version_str (), name);
  return FALSE;
}

static gboolean
mvx_kafka_producer_set_number (rd_kafka_conf_t *conf, const char *name, gint64 value, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, value);

  return mvx_kafka_producer_set (conf, name, text, error);
}

static gboolean
mvx_kafka_producer_set_access (rd_kafka_conf_t *conf, const MvxKafkaOptions *options, GError **error)
{
  static const char *const protocols[2][2] = { { "plaintext", "sasl_plaintext" }, { "ssl", "sasl_ssl" } };
  const char *key = options->private_key ? options->private_key : options->certificate;
  char *password = NULL;
  gboolean good;

  if (options->mechanism && (password = mvx_kafka_options_load_password (options, error)) == NULL)
    return FALSE;
  good = mvx_kafka_producer_set (conf, "security.protocol", protocols[options->tls][options->mechanism != NULL], error)
         && mvx_kafka_producer_set (conf, "sasl.mechanism", options->mechanism, error)
         && mvx_kafka_producer_set (conf, "sasl.username", options->user, error)
         && mvx_kafka_producer_set (conf, "sasl.password", password, error)
         && mvx_kafka_producer_set (conf, "ssl.ca.location", options->ca_file, error)
         && mvx_kafka_producer_set (conf, "ssl.certificate.location", options->certificate, error)
         && mvx_kafka_producer_set (conf, "ssl.key.location", key, error);
  mvx_secret_free (password);
  return good;
}

/* The sink bounds what is on its way, by batches and their size: the bounds of librdkafka only have to be wide enough.
 */
static gboolean
mvx_kafka_producer_set_flow (rd_kafka_conf_t *conf, const MvxKafkaOptions *options, GError **error)
{
  return mvx_kafka_producer_set (conf, "enable.idempotence", "true", error)
         && mvx_kafka_producer_set (conf, "partitioner", "murmur2_random", error) /* that of Java */
         && mvx_kafka_producer_set (conf, "compression.codec", options->compression, error)
         && mvx_kafka_producer_set_number (conf, "message.max.bytes", (gint64) options->max_message, error)
         && mvx_kafka_producer_set_number (conf, "linger.ms", options->linger_us / 1000, error)
         && mvx_kafka_producer_set_number (conf, "message.timeout.ms", options->delivery_us / 1000, error)
         && mvx_kafka_producer_set_number (conf, "topic.metadata.propagation.max.ms", MVX_KAFKA_TOPIC_MS, error)
         && mvx_kafka_producer_set (conf, "queue.buffering.max.messages", "10000000", error)
         && mvx_kafka_producer_set (conf, "queue.buffering.max.kbytes", "2147483647", error)
         && mvx_kafka_producer_set (conf, "reconnect.backoff.max.ms", "2000", error)
         && mvx_kafka_producer_set (conf, "allow.auto.create.topics", "true", error)
         && mvx_kafka_producer_set (conf, "log.queue", "true", error)
         && mvx_kafka_producer_set (conf, "log.connection.close", "false", error);
}

static rd_kafka_conf_t *
mvx_kafka_producer_make_conf (MvxKafkaProducer *self, GError **error)
{
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  const char *name = self->funcs.host ? mvx_log_sink_host_get_name (self->funcs.host) : "mvxlog-probe";

  rd_kafka_conf_set_opaque (conf, self);
  rd_kafka_conf_set_log_cb (conf, mvx_kafka_producer_on_log);
  rd_kafka_conf_set_error_cb (conf, mvx_kafka_producer_on_error);
  rd_kafka_conf_set_dr_msg_cb (conf, mvx_kafka_producer_on_report);
  if (mvx_kafka_producer_set (conf, "bootstrap.servers", self->options->brokers, error)
      && mvx_kafka_producer_set (conf, "client.id", name, error)
      && mvx_kafka_producer_set_flow (conf, self->options, error)
      && mvx_kafka_producer_set_access (conf, self->options, error))
    return conf;
  rd_kafka_conf_destroy (conf);
  return NULL;
}

static gboolean
mvx_kafka_producer_watch (MvxKafkaProducer *self, GError **error)
{
  static const guint64 one = 1;
  rd_kafka_queue_t *queue;

  /* Readable at once: librdkafka writes when its queue is not empty any more, and may have put something into it
   * already. */
  self->fd = eventfd (1, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->fd < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot make an eventfd: %s", g_strerror (errno));
      return FALSE;
    }
  queue = rd_kafka_queue_get_main (self->rk);
  rd_kafka_queue_io_event_enable (queue, self->fd, &one, sizeof one);
  rd_kafka_queue_destroy (queue);
  return TRUE;
}

MvxKafkaProducer *
mvx_kafka_producer_new (const MvxKafkaOptions *options, const MvxKafkaProducerFuncs *funcs, GError **error)
{
  g_autoptr (MvxKafkaProducer) self = g_new0 (MvxKafkaProducer, 1);
  rd_kafka_conf_t *conf;
  char reason[512];

  self->funcs = *funcs;
  self->options = options;
  self->fd = -1;
  conf = mvx_kafka_producer_make_conf (self, error);
  if (conf == NULL)
    return NULL;
  self->rk = rd_kafka_new (RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  if (self->rk == NULL)
    {
      rd_kafka_conf_destroy (conf);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Cannot make a producer for Kafka at '%s': %s",
                   options->brokers, reason);
      return NULL;
    }
  rd_kafka_set_log_queue (self->rk, NULL); /* the one that is polled */
  self->topic = rd_kafka_topic_new (self->rk, options->topic, NULL);
  return mvx_kafka_producer_watch (self, error) ? g_steal_pointer (&self) : NULL;
}

void
mvx_kafka_producer_free (MvxKafkaProducer *self)
{
  if (self->source)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  if (self->rk)
    {
      rd_kafka_purge (self->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
      rd_kafka_flush (self->rk, MVX_KAFKA_PURGE_MS);
      rd_kafka_topic_destroy (self->topic);
      rd_kafka_destroy (self->rk);
    }
  if (self->fd >= 0)
    close (self->fd);
  mvx_log_buffer_clear (&self->scratch);
  g_free (self->trouble.said);
  g_free (self);
}

void
mvx_kafka_producer_attach (MvxKafkaProducer *self, GMainContext *context)
{
  self->source = g_unix_fd_source_new (self->fd, G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (mvx_kafka_producer_on_ready), self, NULL);
  g_source_set_static_name (self->source, "[mvxlog] kafka");
  g_source_attach (self->source, context);
}

void
mvx_kafka_producer_set_options (MvxKafkaProducer *self, const MvxKafkaOptions *options)
{
  self->options = options;
}

rd_kafka_resp_err_t
mvx_kafka_producer_send (MvxKafkaProducer *self, const MvxLogEvent *event, MvxSlot *slot)
{
  const rd_kafka_resp_err_t code
      = mvx_kafka_record_produce (self->options, self->rk, self->topic, event, &self->scratch, slot);

  if (code == RD_KAFKA_RESP_ERR__FATAL)
    mvx_kafka_producer_is_spent (self); /* which notes why */
  return code;
}

const MvxKafkaTrouble *
mvx_kafka_producer_get_trouble (const MvxKafkaProducer *self)
{
  return &self->trouble;
}

gboolean
mvx_kafka_producer_is_refused (MvxKafkaProducer *self)
{
  return self->trouble.said && self->trouble.code == RD_KAFKA_RESP_ERR__AUTHENTICATION;
}

gboolean
mvx_kafka_producer_log_in (MvxKafkaProducer *self, GError **error)
{
  rd_kafka_error_t *failure;
  char *password;

  if (self->options->password_file == NULL)
    return TRUE;
  password = mvx_kafka_options_load_password (self->options, error);
  if (password == NULL)
    return FALSE;
  failure = rd_kafka_sasl_set_credentials (self->rk, self->options->user, password);
  mvx_secret_free (password);
  if (failure == NULL)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, rd_kafka_error_string (failure));
  rd_kafka_error_destroy (failure);
  return FALSE;
}

/* Until they answer, none of them can be reached, or it is over. librdkafka waits for a reply or for the time only, so
 * it waits in steps. */
static rd_kafka_resp_err_t
mvx_kafka_producer_ask (MvxKafkaProducer *self, gint64 until_us, const struct rd_kafka_metadata **metadata)
{
  rd_kafka_resp_err_t code;
  gint64 left_us;

  do
    {
      left_us = CLAMP (until_us - g_get_monotonic_time (), 1000, MVX_KAFKA_STEP_US);
      code = rd_kafka_metadata (self->rk, 0, self->topic, metadata, (int) (left_us / 1000));
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return code;
      while (rd_kafka_poll (self->rk, 0) > 0)
        ;
    }
  while (!self->down && g_get_monotonic_time () < until_us);
  return code;
}

gboolean
mvx_kafka_producer_probe (MvxKafkaProducer *self, gint64 timeout_us, GError **error)
{
  const struct rd_kafka_metadata *metadata;
  rd_kafka_resp_err_t code = mvx_kafka_producer_ask (self, g_get_monotonic_time () + timeout_us, &metadata);

  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    {
      mvx_kafka_error_judge (self->options, self->trouble.said ? self->trouble.code : code, self->trouble.said, error);
      return FALSE;
    }
  if (metadata->topic_cnt > 0)
    code = metadata->topics[0].err;
  rd_kafka_metadata_destroy (metadata);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    mvx_kafka_error_judge (self->options, code, NULL, error);
  return code == RD_KAFKA_RESP_ERR_NO_ERROR;
}
