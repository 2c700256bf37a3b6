/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A batch on its way, of which each event is reported by itself. On one thread. */
#pragma once

#include "kafka-error.h"

G_BEGIN_DECLS

typedef struct _MvxKafkaBatch MvxKafkaBatch;

/* What librdkafka reports back, one for each event. */
typedef struct
{
  MvxKafkaBatch *batch;
  rd_kafka_resp_err_t code;
} MvxKafkaSlot;

struct _MvxKafkaBatch
{
  MvxLogEvent *const *events;
  guint n_events;
  guint n_open; /* not reported yet */
  MvxKafkaSlot slots[];
};

/* All of them open. */
MvxKafkaBatch       *mvx_kafka_batch_new    (MvxLogEvent *const     *events,
                                             guint                   n_events);
/* TRUE: it was the last one. */
gboolean             mvx_kafka_batch_report (MvxKafkaSlot           *slot,
                                             rd_kafka_resp_err_t     code);
/* This one and all behind it have not even been handed over. TRUE: none is open. */
gboolean             mvx_kafka_batch_stop   (MvxKafkaBatch          *self,
                                             guint                   from,
                                             rd_kafka_resp_err_t     code);
/* What became of it, with none open: up to the first event that has to be offered again, each is stored or rejected. */
MvxLogDispatchResult mvx_kafka_batch_judge  (const MvxKafkaBatch    *self,
                                             MvxLogSinkHost         *host,
                                             const MvxKafkaOptions  *options,
                                             const MvxKafkaTrouble  *trouble,
                                             guint                  *n_done,
                                             GError                **error);

G_END_DECLS
