/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kafka-error.h"

typedef struct
{
  rd_kafka_resp_err_t code;
  MvxLogDispatchResult result;
  gint io_error; /* of GIOErrorEnum */
  const char *remedy;
} MvxKafkaErrorCase;

#define MVX_KAFKA_CHECK_TOPIC "create it, or let the brokers do that (auto.create.topics.enable)"
#define MVX_KAFKA_CHECK_LOGIN "check sasl, user and password"
#define MVX_KAFKA_CHECK_REACH "see whether they run there, and check brokers and tls"

static const MvxKafkaErrorCase mvx_kafka_error_cases[] = {
  { RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, MVX_LOG_DISPATCH_DROP, G_IO_ERROR_MESSAGE_TOO_LARGE,
    "raise max-message-bytes, and message.max.bytes of the topic" },
  { RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, MVX_LOG_DISPATCH_DROP, G_IO_ERROR_MESSAGE_TOO_LARGE,
    "raise segment.bytes of the topic" },
  { RD_KAFKA_RESP_ERR_INVALID_RECORD, MVX_LOG_DISPATCH_DROP, G_IO_ERROR_INVALID_DATA,
    "the topic does not take such a record; a compacted one needs a key" },
  { RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, MVX_LOG_DISPATCH_DROP, G_IO_ERROR_INVALID_DATA,
    "compare the clocks, and message.timestamp.difference.max.ms of the topic" },
  { RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NOT_FOUND, MVX_KAFKA_CHECK_TOPIC },
  { RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NOT_FOUND, MVX_KAFKA_CHECK_TOPIC },
  { RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NOT_FOUND, MVX_KAFKA_CHECK_TOPIC },
  { RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_INVALID_FILENAME, "give another topic" },
  { RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_PERMISSION_DENIED,
    "allow the user to Describe and Write the topic" },
  { RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_PERMISSION_DENIED,
    "allow the user IdempotentWrite on the cluster" },
  { RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_PERMISSION_DENIED,
    MVX_KAFKA_CHECK_LOGIN },
  { RD_KAFKA_RESP_ERR__AUTHENTICATION, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_PERMISSION_DENIED, MVX_KAFKA_CHECK_LOGIN },
  { RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_PERMISSION_DENIED,
    MVX_KAFKA_CHECK_LOGIN },
  { RD_KAFKA_RESP_ERR__SSL, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_FAILED,
    "check ca-file, client-certificate, and whether brokers has the names of the certificates" },
  { RD_KAFKA_RESP_ERR__RESOLVE, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_HOST_NOT_FOUND, "check the names in brokers" },
  { RD_KAFKA_RESP_ERR__TRANSPORT, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_HOST_UNREACHABLE, MVX_KAFKA_CHECK_REACH },
  { RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_HOST_UNREACHABLE, MVX_KAFKA_CHECK_REACH },
  { RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_BUSY,
    "see which brokers are missing (min.insync.replicas)" },
  { RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_TIMED_OUT,
    "the brokers have not confirmed it within delivery-timeout; see whether they are well" },
  { RD_KAFKA_RESP_ERR_UNKNOWN, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_FAILED, "it is offered again later" },
};

static const MvxKafkaErrorCase *
mvx_kafka_error_find (rd_kafka_resp_err_t code)
{
  const MvxKafkaErrorCase *found = mvx_kafka_error_cases;

  while (found->code != code && found->code != RD_KAFKA_RESP_ERR_UNKNOWN)
    found++;
  return found;
}

static gboolean
mvx_kafka_error_is_local (rd_kafka_resp_err_t code)
{
  return code == RD_KAFKA_RESP_ERR__FATAL || code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT
         || code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
}

gboolean
mvx_kafka_error_is_final (rd_kafka_resp_err_t code)
{
  return mvx_kafka_error_find (code)->result == MVX_LOG_DISPATCH_DROP;
}

MvxLogDispatchResult
mvx_kafka_error_judge (const MvxKafkaOptions *options, rd_kafka_resp_err_t code, const char *said, GError **error)
{
  const MvxKafkaErrorCase *found = mvx_kafka_error_find (code);

  g_set_error (error, G_IO_ERROR, found->io_error, "Kafka at '%s', topic '%s': %s; %s", options->brokers,
               options->topic, said ? said : rd_kafka_err2str (code), found->remedy);
  return found->result;
}

MvxLogDispatchResult
mvx_kafka_error_explain (const MvxKafkaOptions *options,
                         rd_kafka_resp_err_t code,
                         const MvxKafkaTrouble *trouble,
                         GError **error)
{
  gboolean known = trouble && trouble->said && mvx_kafka_error_is_local (code);

  mvx_kafka_error_judge (options, known ? trouble->code : code, known ? trouble->said : NULL, error);
  return mvx_kafka_error_find (code)->result;
}
