/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One event to all the sinks of a context. */
#pragma once

#include <mvxlog/log.h>

#include "context/tree-internal.h"

G_BEGIN_DECLS

/* @settings: those of @node, with every target in use; none is afterwards. The record of @event is in the thread's scratch
 * buffer. @error: the first one. */
MvxLogSubmitResult mvx_log_handout (MvxLogThread      *thread,
                                    MvxLogNodeFull    *node,
                                    MvxLogSettings    *settings,
                                    const MvxLogEvent *event,
                                    GError           **error);

G_END_DECLS
