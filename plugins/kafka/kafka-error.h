/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an error of librdkafka means for an event, and for whoever reads of it. */
#pragma once

#include <librdkafka/rdkafka.h>
#include <mvxlog/mvxlog.h>

#include "kafka-options.h"

G_BEGIN_DECLS

/* Why the brokers do not answer. */
typedef struct
{
  rd_kafka_resp_err_t code;
  char               *said; /* NULL: nothing is known against them */
} MvxKafkaTrouble;

/* RETRY, or DROP if the brokers will never take the event. @said: (nullable): what is known beside the code. */
MvxLogDispatchResult mvx_kafka_error_judge   (const MvxKafkaOptions  *options,
                                              rd_kafka_resp_err_t     code,
                                              const char             *said,
                                              GError                **error);
/* Of an event that was not taken, not confirmed in time, or given up: what the brokers' trouble is tells more. */
MvxLogDispatchResult mvx_kafka_error_explain (const MvxKafkaOptions  *options,
                                              rd_kafka_resp_err_t     code,
                                              const MvxKafkaTrouble  *trouble,
                                              GError                **error);
/* DROP instead of RETRY? */
gboolean             mvx_kafka_error_is_final (rd_kafka_resp_err_t    code);

G_END_DECLS
