/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events that wait for the program's configuration. A ring: of too many the oldest are lost, and counted. */
#pragma once

#include "context/node-private.h"
#include "event/event-private.h"

G_BEGIN_DECLS

#define MVX_LOG_HOLD_MAX_EVENTS 1000
#define MVX_LOG_HOLD_MAX_BYTES (4u * 1024 * 1024)

typedef struct
{
  MvxLogNodeFull *node;
  MvxLogEvent    *event; /* owned; its stamp is the time itself */
} MvxLogHeld;

/* Whether settings that are built now keep their events here. Tree mutex. */
gboolean mvx_log_hold_is_on  (void);
void     mvx_log_hold_set_on (gboolean on);
/* Copies the event. FALSE if the ring has been emptied for good since the caller's settings were made. */
gboolean mvx_log_hold_keep   (MvxLogNodeFull     *node,
                              const MvxLogRecord *record,
                              gint64              time_ns);
/* Moves the oldest out. FALSE if there is none any more: from then on the ring takes nothing. */
gboolean mvx_log_hold_pop    (MvxLogHeld         *held);
/* How many were lost since the last call. */
guint    mvx_log_hold_lost   (void);

G_END_DECLS
