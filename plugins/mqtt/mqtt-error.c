/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mqtt-error.h"

#include <gio/gio.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>

typedef struct
{
  int code;
  MvxLogDispatchResult result;
  gint io_code; /* of GIOErrorEnum */
  const char *remedy;
} MvxMqttErrorCase;

static const MvxMqttErrorCase mvx_mqtt_error_cases[] = {
  { MQTT_RC_TOPIC_NAME_INVALID, MVX_LOG_DISPATCH_DROP, G_IO_ERROR_INVALID_DATA, "it does not take the event" },
  { MQTT_RC_PAYLOAD_FORMAT_INVALID, MVX_LOG_DISPATCH_DROP, G_IO_ERROR_INVALID_DATA, "it does not take the event" },
  { MQTT_RC_PACKET_TOO_LARGE, MVX_LOG_DISPATCH_DROP, G_IO_ERROR_MESSAGE_TOO_LARGE, "it does not take the event" },
  { MQTT_RC_NOT_AUTHORIZED, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_PERMISSION_DENIED, "let the user write to the topic" },
  { MQTT_RC_QUOTA_EXCEEDED, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NO_SPACE, "raise its quota" },
  { MVX_MQTT_REFUSED + MOSQ_ERR_OVERSIZE_PACKET, MVX_LOG_DISPATCH_DROP, G_IO_ERROR_MESSAGE_TOO_LARGE,
    "the event is larger than it takes" },
  { MVX_MQTT_REFUSED + MOSQ_ERR_PAYLOAD_SIZE, MVX_LOG_DISPATCH_DROP, G_IO_ERROR_MESSAGE_TOO_LARGE,
    "the event is larger than MQTT can carry" },
  { MVX_MQTT_REFUSED + MOSQ_ERR_INVAL, MVX_LOG_DISPATCH_DROP, G_IO_ERROR_INVALID_DATA, "the event has no valid topic" },
  { MVX_MQTT_REFUSED + MOSQ_ERR_MALFORMED_UTF8, MVX_LOG_DISPATCH_DROP, G_IO_ERROR_INVALID_DATA,
    "the event has no valid topic" },
  { MVX_MQTT_REFUSED + MOSQ_ERR_QOS_NOT_SUPPORTED, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NOT_SUPPORTED,
    "it must allow QoS 1" },
  { 0, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_FAILED, "it is asked again later" },
};

MvxLogDispatchResult
mvx_mqtt_error_judge (const MvxMqttOptions *options, int code, GError **error)
{
  const MvxMqttErrorCase *found = mvx_mqtt_error_cases;

  while (found->code != 0 && found->code != code)
    found++;
  if (code >= MVX_MQTT_REFUSED)
    g_set_error (error, G_IO_ERROR, found->io_code, "MQTT server '%s' cannot be sent it: %s; %s", options->address,
                 mosquitto_strerror (code - MVX_MQTT_REFUSED), found->remedy);
  else
    g_set_error (error, G_IO_ERROR, found->io_code, "MQTT server '%s' answers \"%s\"; %s", options->address,
                 mosquitto_reason_string (code), found->remedy);
  return found->result;
}
