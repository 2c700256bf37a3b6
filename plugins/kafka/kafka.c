/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as records of a Kafka topic: the plugin contract. A batch is handed to librdkafka event by event and answered
 * with PENDING; it is completed when the brokers have confirmed the last of its events, or will not. */
#include "kafka-producer.h"

#define MVX_KAFKA_PROBE_US (10 * G_USEC_PER_SEC)

typedef struct
{
  MvxLogSinkHost *host;
  MvxKafkaOptions *options;
  MvxKafkaProducer *producer; /* NULL: there is none yet, or not any more */
  gboolean stopping;
} MvxKafka;

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (GVariant) all = mvx_log_options_to_variant (options);
  g_autoptr (MvxKafkaOptions) parsed = mvx_kafka_options_new (options, error);

  if (parsed == NULL)
    return NULL;
  return mvx_log_sink_descriptor_new ("kafka", g_variant_new ("(ss)", parsed->brokers, parsed->topic), all);
}

static void
mvx_kafka_destroy (gpointer instance)
{
  MvxKafka *self = instance;

  self->stopping = TRUE;
  g_clear_pointer (&self->producer, mvx_kafka_producer_free);
  g_clear_pointer (&self->options, mvx_kafka_options_free);
  g_free (self);
}

/* Brokers are looked for with the first batch: that they are not there yet is no mistake of the configuration. Files
 * that are not there are, though. */
gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  g_autoptr (MvxKafkaOptions) parsed = mvx_kafka_options_new (options, error);
  MvxKafka *self;

  if (parsed == NULL || !mvx_kafka_options_check_files (parsed, error))
    return NULL;
  self = g_new0 (MvxKafka, 1);
  self->host = host;
  self->options = g_steal_pointer (&parsed);
  return self;
}

static MvxLogDispatchResult
mvx_kafka_judge (int code, const char *said, gpointer data, GError **error)
{
  MvxKafka *self = data;
  const MvxKafkaTrouble *trouble = self->producer ? mvx_kafka_producer_get_trouble (self->producer) : NULL;

  return mvx_kafka_error_explain (self->options, (rd_kafka_resp_err_t) code, trouble, error);
}

/* What is given up by the stop is not offered again: the sink knows what it has not heard of. */
static void
mvx_kafka_on_report (MvxBatch *batch, gpointer data)
{
  MvxKafka *self = data;
  g_autoptr (GError) error = NULL;
  guint n_done;
  MvxLogDispatchResult result = mvx_batch_judge (batch, self->host, mvx_kafka_judge, self, &n_done, &error);

  if (n_done > 0 || !self->stopping)
    mvx_log_sink_host_complete (self->host, batch->events, result, n_done, g_steal_pointer (&error));
  mvx_batch_free (batch);
}

/* What the producer still has is reported, and offered again. */
static void
mvx_kafka_on_spent (gpointer data)
{
  MvxKafka *self = data;

  mvx_log_sink_host_count (self->host, "new-producers", 1);
  mvx_kafka_producer_free (self->producer); /* which still tells why */
  self->producer = NULL;
}

/* With a password that was refused it is looked whether there is another one by now. */
static gboolean
mvx_kafka_connect (MvxKafka *self, GError **error)
{
  const MvxKafkaProducerFuncs funcs = { mvx_kafka_on_report, mvx_kafka_on_spent, self->host, self };

  if (self->producer && mvx_kafka_producer_is_spent (self->producer))
    mvx_kafka_on_spent (self);
  if (self->producer)
    return !mvx_kafka_producer_is_refused (self->producer) || mvx_kafka_producer_log_in (self->producer, error);
  self->producer = mvx_kafka_producer_new (self->options, &funcs, error);
  if (self->producer)
    mvx_kafka_producer_attach (self->producer, mvx_log_sink_host_get_main_context (self->host));
  return self->producer != NULL;
}

/* An event that is refused at once does not keep the others; anything else would meet them, too. */
static gboolean
mvx_kafka_send (MvxKafka *self, MvxBatch *batch)
{
  for (guint i = 0; i < batch->n_events; i++)
    {
      const rd_kafka_resp_err_t code = mvx_kafka_producer_send (self->producer, batch->events[i], &batch->slots[i]);

      if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        continue;
      if (!mvx_kafka_error_is_final (code))
        return mvx_batch_stop (batch, i, code, NULL);
      mvx_batch_answer (&batch->slots[i], code, NULL);
    }
  return batch->n_open == 0;
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxKafka *self = instance;
  MvxBatch *batch;
  MvxLogDispatchResult result = MVX_LOG_DISPATCH_PENDING;

  *n_done = 0;
  if (!mvx_kafka_connect (self, error))
    return MVX_LOG_DISPATCH_RETRY;
  batch = mvx_batch_new (events, n_events);
  if (!mvx_kafka_send (self, batch))
    return MVX_LOG_DISPATCH_PENDING;
  result = mvx_batch_judge (batch, self->host, mvx_kafka_judge, self, n_done, error);
  mvx_batch_free (batch);
  return result;
}

static gboolean
mvx_kafka_on_stopped (gpointer instance, GError **error)
{
  MvxKafka *self = instance;

  self->stopping = TRUE;
  g_clear_pointer (&self->producer, mvx_kafka_producer_free);
  self->stopping = FALSE;
  return TRUE;
}

/* Connections go on; those that come log in with what is in the file now. */
static gboolean
mvx_kafka_reopen (gpointer instance, GError **error)
{
  MvxKafka *self = instance;

  return self->producer == NULL || mvx_kafka_producer_log_in (self->producer, error);
}

static gboolean
mvx_kafka_probe (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  const MvxKafkaProducerFuncs funcs = { 0 };
  g_autoptr (MvxKafkaOptions) parsed = mvx_kafka_options_new (options, error);
  g_autoptr (MvxKafkaProducer) producer = NULL;
  gint64 timeout_us = MVX_KAFKA_PROBE_US;

  if (parsed == NULL || !mvx_kafka_options_check_files (parsed, error))
    return FALSE;
  if (deadline_us >= 0)
    timeout_us = CLAMP (deadline_us - g_get_monotonic_time (), 1, timeout_us);
  producer = mvx_kafka_producer_new (parsed, &funcs, error);
  return producer && mvx_kafka_producer_probe (producer, timeout_us, error);
}

/* Only what is flagged RELOADABLE is another: the producer stays. */
static gboolean
mvx_kafka_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxKafka *self = instance;
  MvxKafkaOptions *fresh = mvx_kafka_options_new (options, error);

  if (fresh == NULL)
    return FALSE;
  if (self->producer)
    mvx_kafka_producer_set_options (self->producer, fresh);
  mvx_kafka_options_free (self->options);
  self->options = fresh;
  return TRUE;
}

MVX_LOG_PLUGIN_DEFINE ("kafka",
                       MVX_LOG_VERSION_S,
                       "Records of a Kafka topic, one per event",
                       "LGPL-2.1-or-later",
                       MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_ACKNOWLEDGES,
                       mvx_kafka_option_table,
                       mvx_kafka_destroy,
                       .on_stopped = mvx_kafka_on_stopped,
                       .reopen = mvx_kafka_reopen,
                       .probe = mvx_kafka_probe,
                       .reconfigure = mvx_kafka_reconfigure);
