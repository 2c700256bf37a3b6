/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An event as a record: key, value, headers. */
#pragma once

#include <librdkafka/rdkafka.h>

#include "kafka-options.h"

G_BEGIN_DECLS

/* Hands it to librdkafka, which copies it; @tag comes back with the report. @scratch: room for the value. */
rd_kafka_resp_err_t mvx_kafka_record_produce (const MvxKafkaOptions *options,
                                              rd_kafka_t            *rk,
                                              rd_kafka_topic_t      *topic,
                                              const MvxLogEvent     *event,
                                              MvxLogBuffer          *scratch,
                                              gpointer               tag);

G_END_DECLS
