/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fallback of a sink: who gets its events while its circuit is open, or what is left of them at its end. */
#pragma once

#include "async/dispatch-state-private.h"

G_BEGIN_DECLS

gboolean mvx_log_divert_is_possible (MvxLogDispatcher *self);
/* The sink rests, and there is a fallback. */
gboolean mvx_log_divert_is_due      (MvxLogDispatcher *self,
                                     gint64            now);
/* Of the fallback; NULL if there is none. (transfer full) */
char    *mvx_log_divert_dup_name    (MvxLogDispatcher *self);
/* Hands the events of @batch to the fallback, in order; what that does not take stays in it. */
void     mvx_log_divert_batch       (MvxLogDispatcher *self,
                                     MvxLogBatch      *batch);

G_END_DECLS
