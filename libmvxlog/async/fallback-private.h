/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who gets a sink's events while its circuit is open, or what is left of them at its end. */
#pragma once

#include "async/dispatch-state-private.h"

G_BEGIN_DECLS

gboolean mvx_log_fallback_exists   (MvxLogDispatcher *self);
/* NULL if there is none. (transfer full) */
char    *mvx_log_fallback_dup_name (MvxLogDispatcher *self);
/* Hands it the events of @batch that are not done, in order. Returns how many it has taken; they are to be settled. */
guint    mvx_log_fallback_take     (MvxLogDispatcher *self,
                                    MvxLogFlight     *batch);

G_END_DECLS
