/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An event as a message: subject, headers, payload. */
#pragma once

#include <nats/nats.h>

#include "nats-options.h"

G_BEGIN_DECLS

/* @event's answer comes to @reply. @scratch: room for the payload. Destroy the message in any case. */
natsStatus mvx_nats_message_make (const MvxNatsOptions  *options,
                                  const MvxLogEvent     *event,
                                  const char            *reply,
                                  MvxLogBuffer          *scratch,
                                  natsMsg              **message);
/* (transfer full): what it is sent to. @event: (nullable): the subject alone, for a probe. */
char      *mvx_nats_message_subject (const MvxNatsOptions *options,
                                     const MvxLogEvent    *event);

G_END_DECLS
