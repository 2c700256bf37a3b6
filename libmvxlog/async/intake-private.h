/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the lanes to what is delivered next: a batch, or the spool. */
#pragma once

#include "async/dispatch-state-private.h"

G_BEGIN_DECLS

/* Fills an empty batch for the sink: with an event of ours that tells of losses, with the oldest of the spool, or without one
 * of the lanes. FALSE: the spool cannot be read. */
gboolean mvx_log_intake_fill   (MvxLogDispatcher *self,
                                MvxLogFlight     *batch,
                                GError          **error);
/* Puts a batch of the lanes into the spool. FALSE: there was none, or there is no room at present. */
gboolean mvx_log_intake_spool  (MvxLogDispatcher *self);
/* Puts what is left of @batch into it; what there is no room for is dropped for @reason. Returns how many these are. */
guint    mvx_log_intake_keep   (MvxLogDispatcher *self,
                                MvxLogFlight     *batch,
                                MvxLogReason      reason);
/* The same with all that is left. What there is no room for is dropped for @reason; returns how many. */
guint64  mvx_log_intake_finish (MvxLogDispatcher *self,
                                MvxLogReason      reason);

G_END_DECLS
