/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for everything that was accepted before a point in time. */
#pragma once

#include "async/flight-private.h"
#include "async/queue-private.h"

G_BEGIN_DECLS

typedef struct _MvxLogFlush MvxLogFlush;

/* Marks where every lane stands now. Any thread. Two references: the waiter's and the worker's. */
MvxLogFlush *mvx_log_flush_new      (MvxLogQueue        *queue);
void         mvx_log_flush_unref    (MvxLogFlush        *flush);
/* A record of @lane is dropped, which matters to the flushes whose mark is behind it. With the queue's mutex. */
void         mvx_log_flush_lose     (MvxLogQueue        *queue,
                                     const MvxLogLane   *lane,
                                     guint64             ordinal);
/* Worker: a lane is put away. */
void         mvx_log_flush_forget   (MvxLogQueue        *queue,
                                     const MvxLogLane   *lane);
/* Worker: has everything in front of the mark been settled? */
gboolean     mvx_log_flush_is_over  (MvxLogFlush        *flush);
/* Before the worker has it: the sink has failed already. @why (transfer full) is the answer if nothing is lost by that. */
void         mvx_log_flush_refuse   (MvxLogFlush        *flush,
                                     GError             *why);
/* Worker: why what was lost in front of the mark, if anything was, is lost. */
void         mvx_log_flush_blame    (MvxLogFlush        *flush,
                                     const GError       *why);
/* Worker: wakes the waiter. @error (nullable, transfer full): what the sink's own flush said. */
void         mvx_log_flush_answer   (MvxLogFlush        *flush,
                                     GError             *error);
gboolean     mvx_log_flush_is_answered (MvxLogFlush     *flush);
/* Waiter. UNDELIVERED with the exact number if something was lost, or is still open at the deadline. */
gboolean     mvx_log_flush_wait     (MvxLogFlush        *flush,
                                     const char         *name,
                                     gint64              deadline_us,
                                     GError            **error);
/* The error UNDELIVERED. @why (nullable): what the lost ones are lost by. */
GError      *mvx_log_flush_undelivered  (const char     *name,
                                     guint64             n_open,
                                     guint64             n_lost,
                                     const GError       *why);
gint64       mvx_log_flush_get_deadline (MvxLogFlush    *flush);
void         mvx_log_flush_set_deadline (MvxLogFlush    *flush,
                                     gint64              deadline_us);

G_END_DECLS
