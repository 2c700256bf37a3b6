/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "async/dispatch-state-private.h"

G_BEGIN_DECLS

/* Fills an empty batch with the oldest records of all active lanes. */
void mvx_log_merge_fill (MvxLogDispatcher *self,
                         MvxLogFlight     *batch);

G_END_DECLS
