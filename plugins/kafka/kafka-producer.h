/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A producer of librdkafka whose reports arrive in a main context: its threads write to a descriptor that a source watches.
 * Everything happens on the thread of that context. */
#pragma once

#include "../common/batch.h"
#include "kafka-error.h"

G_BEGIN_DECLS

typedef struct _MvxKafkaProducer MvxKafkaProducer;

/* All events of @batch have been reported. */
typedef void (*MvxKafkaReportFunc) (MvxBatch *batch,
                                    gpointer       data);
/* It has done what it can, and will not recover: make another one. The producer can be freed in there. */
typedef void (*MvxKafkaSpentFunc)  (gpointer       data);

typedef struct
{
  MvxKafkaReportFunc report;
  MvxKafkaSpentFunc  spent;
  MvxLogSinkHost    *host; /* for diagnostics; NULL: there are none */
  gpointer           data;
} MvxKafkaProducerFuncs;

/* Connects in the background. @options lives longer, or is replaced by others. */
MvxKafkaProducer   *mvx_kafka_producer_new         (const MvxKafkaOptions        *options,
                                                    const MvxKafkaProducerFuncs  *funcs,
                                                    GError                      **error);
/* What is on its way is given up, and reported before that. */
void                mvx_kafka_producer_free        (MvxKafkaProducer             *self);
void                mvx_kafka_producer_attach      (MvxKafkaProducer             *self,
                                                    GMainContext                 *context);
void                mvx_kafka_producer_set_options (MvxKafkaProducer             *self,
                                                    const MvxKafkaOptions        *options);
rd_kafka_resp_err_t mvx_kafka_producer_send        (MvxKafkaProducer             *self,
                                                    const MvxLogEvent            *event,
                                                    MvxSlot                 *slot);
const MvxKafkaTrouble *mvx_kafka_producer_get_trouble (const MvxKafkaProducer   *self);
/* Can it never send again? Then that is its trouble. */
gboolean            mvx_kafka_producer_is_spent    (MvxKafkaProducer             *self);
/* Takes over a password that has changed in its file. */
gboolean            mvx_kafka_producer_log_in      (MvxKafkaProducer             *self,
                                                    GError                      **error);
/* Is that why they do not answer? */
gboolean            mvx_kafka_producer_is_refused  (MvxKafkaProducer             *self);
/* Asks the brokers for the topic, which is not made for that. */
gboolean            mvx_kafka_producer_probe       (MvxKafkaProducer             *self,
                                                    gint64                        timeout_us,
                                                    GError                      **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxKafkaProducer, mvx_kafka_producer_free)

G_END_DECLS
