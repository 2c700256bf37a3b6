/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records that are too large for a sink. */
#pragma once

#include "event/draft-private.h"

G_BEGIN_DECLS

/* No limit is lower: what identifies an event always fits. */
#define MVX_LOG_RECORD_LEAST_LIMIT 1024

/* @record within @limit bytes, in @buffer: without the fields that do not fit, the message cut if it alone is too long,
 * and with a field `truncated` that says so. Names of events and entities are kept whole. Valid as long as @buffer is
 * not changed. */
const MvxLogRecord *mvx_log_record_cut (const MvxLogRecord *record,
                                        guint32             limit,
                                        MvxLogBuffer       *buffer);

G_END_DECLS
