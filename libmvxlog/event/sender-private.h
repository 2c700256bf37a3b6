/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The word of who has logged an event, in its metadata. */
#pragma once

#include <mvxlog/sender.h>

#include "event/event-private.h"

G_BEGIN_DECLS

void mvx_log_encode_sender (MvxLogBuffer       *buffer,
                            const MvxLogSender *sender);

G_END_DECLS
