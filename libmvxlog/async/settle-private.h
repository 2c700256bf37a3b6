/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the answer to a batch means for its events. */
#pragma once

#include "async/gone-private.h"

G_BEGIN_DECLS

/* Settles completed batches from the head of in_flight on, in order. FALSE: the sink has failed for good. */
gboolean mvx_log_settle_completed (MvxLogDispatcher *self,
                                   GError          **error);
/* Settles the next @n events of @batch as dropped. */
void     mvx_log_settle_drop      (MvxLogDispatcher *self,
                                   MvxLogFlight     *batch,
                                   guint             n,
                                   MvxLogReason      reason);
/* The same for events that the sink itself is told of. */
void     mvx_log_settle_lose      (MvxLogDispatcher *self,
                                   MvxLogFlight     *batch,
                                   guint             n,
                                   MvxLogGoneCause   cause);
/* Settles the next @n events of @batch, which came from lanes, as being in the spool. */
void     mvx_log_settle_spool     (MvxLogDispatcher *self,
                                   MvxLogFlight     *batch,
                                   guint             n);
/* Hands the rest of @batch to the fallback and settles what that takes as diverted. */
void     mvx_log_settle_divert    (MvxLogDispatcher *self,
                                   MvxLogFlight     *batch);

G_END_DECLS
