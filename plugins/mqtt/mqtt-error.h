/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What it means that a message was not confirmed. */
#pragma once

#include "mqtt-options.h"

G_BEGIN_DECLS

/* Beside the reason codes of MQTT 5, which are below 256: it has not been heard of, or libmosquitto has refused it, with its
 * own code on top. */
#define MVX_MQTT_UNHEARD 256
#define MVX_MQTT_REFUSED 512

/* RETRY, or DROP if the event will never be taken. */
MvxLogDispatchResult mvx_mqtt_error_judge (const MvxMqttOptions  *options,
                                           int                    code,
                                           GError               **error);

G_END_DECLS
