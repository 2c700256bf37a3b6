/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stands in for a sink while that is taken down and made again: keeps what is logged meanwhile, in order, and hands it
 * to whatever comes after. */
#pragma once

#include <mvxlog/sink.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_HOLDER (mvx_log_holder_get_type ())
G_DECLARE_FINAL_TYPE (MvxLogHolder, mvx_log_holder, MVX_LOG, HOLDER, GObject)

/* Name, level and enabled are those of @sink. To be released by the thread that makes it. Who logs to a sink without
 * queue, or with queue-overflow=block, waits for a moment if too much is held. */
MvxLogSink *mvx_log_holder_new     (MvxLogSink    *sink);
/* Hands everything to @target and from now on passes events through. Events that @target refuses
 * are counted and told, with those that were too many. */
void        mvx_log_holder_release (MvxLogHolder  *self,
                                    MvxLogSink    *target);

G_END_DECLS
