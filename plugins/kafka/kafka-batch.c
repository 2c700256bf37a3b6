/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kafka-batch.h"

MvxKafkaBatch *
mvx_kafka_batch_new (MvxLogEvent *const *events, guint n_events)
{
  MvxKafkaBatch *self = g_malloc (sizeof *self + n_events * sizeof (MvxKafkaSlot));

  self->events = events;
  self->n_events = self->n_open = n_events;
  for (guint i = 0; i < n_events; i++)
    self->slots[i] = (MvxKafkaSlot){ self, RD_KAFKA_RESP_ERR_NO_ERROR };
  return self;
}

gboolean
mvx_kafka_batch_report (MvxKafkaSlot *slot, rd_kafka_resp_err_t code)
{
  slot->code = code;
  return --slot->batch->n_open == 0;
}

gboolean
mvx_kafka_batch_stop (MvxKafkaBatch *self, guint from, rd_kafka_resp_err_t code)
{
  for (guint i = from; i < self->n_events; i++)
    mvx_kafka_batch_report (&self->slots[i], code);
  return self->n_open == 0;
}

MvxLogDispatchResult
mvx_kafka_batch_judge (const MvxKafkaBatch *self,
                       MvxLogSinkHost *host,
                       const MvxKafkaOptions *options,
                       const MvxKafkaTrouble *trouble,
                       guint *n_done,
                       GError **error)
{
  for (guint i = 0; i < self->n_events; i++)
    {
      const rd_kafka_resp_err_t code = self->slots[i].code;
      g_autoptr (GError) why = NULL;

      *n_done = i;
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        continue;
      if (!mvx_kafka_error_is_final (code))
        {
          mvx_kafka_error_explain (options, code, trouble, error);
          return MVX_LOG_DISPATCH_RETRY;
        }
      mvx_kafka_error_judge (options, code, NULL, &why);
      mvx_log_sink_host_reject (host, self->events[i], why->message);
    }
  *n_done = self->n_events;
  return MVX_LOG_DISPATCH_OK;
}
