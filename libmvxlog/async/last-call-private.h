/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All queues of the process, for who cannot ask under a lock: the handler of a crash. */
#pragma once

#include "async/queue-private.h"

G_BEGIN_DECLS

/* One that comes when there is no place left is not waited for. */
void     mvx_log_last_call_add    (MvxLogQueue *queue);
void     mvx_log_last_call_remove (MvxLogQueue *queue);
/* Wakes all workers and waits until each has looked at everything, or has no more for now. FALSE at the end of
 * @patience_ms. May be called in a signal handler, on whatever thread, with whatever locked. */
gboolean mvx_log_last_call_wait   (guint        patience_ms);

G_END_DECLS
