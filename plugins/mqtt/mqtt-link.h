/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to the server. libmosquitto never waits here: whatever takes time ends with the cancellable, and after the
 * timeout of the options. */
#pragma once

#include <gio/gio.h>

#include "../common/batch.h"
#include "mqtt-error.h"

G_BEGIN_DECLS

typedef struct _MvxMqttLink MvxMqttLink;

MvxMqttLink *mvx_mqtt_link_new         (const MvxMqttOptions  *options,
                                        GCancellable          *cancellable,
                                        GError               **error);
/* Says good-bye. */
void         mvx_mqtt_link_free        (MvxMqttLink           *self);
/* @options are of another topic, or timeout, at most. */
void         mvx_mqtt_link_set_options (MvxMqttLink           *self,
                                        const MvxMqttOptions  *options);
/* FALSE: it is broken, or the server has closed it meanwhile. */
gboolean     mvx_mqtt_link_is_alive    (MvxMqttLink           *self);
/* Answers all slots of the batch, with MVX_MQTT_UNHEARD if the connection breaks, which is FALSE. */
gboolean     mvx_mqtt_link_send        (MvxMqttLink           *self,
                                        MvxBatch              *batch,
                                        GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxMqttLink, mvx_mqtt_link_free)

G_END_DECLS
