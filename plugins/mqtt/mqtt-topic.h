/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The topic of an event: a text with the words {host}, {context} and {level}. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

/* Will what it makes be topics? */
gboolean mvx_mqtt_topic_check  (const char         *topic,
                                GError            **error);
/* With a NUL behind it. */
void     mvx_mqtt_topic_append (const char         *topic,
                                const MvxLogEvent  *event,
                                MvxLogBuffer       *buffer);

G_END_DECLS
