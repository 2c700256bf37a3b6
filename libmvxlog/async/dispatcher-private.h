/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker's side of a queue: merges lanes into batches, hands them to a function and does what its answer says. Only
 * used on the worker, but for the counters.
 */
#pragma once

#include "async/dispatch-state-private.h"

G_BEGIN_DECLS

/* What a step found. */
typedef enum
{
  MVX_LOG_DISPATCHER_IDLE,   /* nothing to do */
  MVX_LOG_DISPATCHER_MORE,   /* come again at once, after other sources had their turn */
  MVX_LOG_DISPATCHER_WAIT,   /* until retry_at, or until a batch is completed if that is 0 */
  MVX_LOG_DISPATCHER_FAILED  /* the error says why; nothing more can be dispatched */
} MvxLogDispatcherStep;

void       mvx_log_dispatcher_init      (MvxLogDispatcher        *self,
                                         const MvxLogAsyncConfig *config,
                                         MvxLogQueue             *queue,
                                         MvxLogDispatchFunc       func,
                                         gpointer                 data);
void       mvx_log_dispatcher_clear     (MvxLogDispatcher        *self);
void       mvx_log_dispatcher_add_lane  (MvxLogDispatcher        *self,
                                         MvxLogLane              *lane);
MvxLogDispatcherStep mvx_log_dispatcher_step (MvxLogDispatcher   *self,
                                         GError                 **error);
/* Answer to a PENDING batch. @serial: of the call that it answers, or 0 if that is not known. FALSE: the sink has failed. */
gboolean   mvx_log_dispatcher_complete  (MvxLogDispatcher        *self,
                                         MvxLogEvent *const      *events,
                                         guint64                  serial,
                                         MvxLogDispatchResult     result,
                                         guint                    n_done,
                                         const GError            *why,
                                         GError                 **error);
/* Takes over a reference of a flush. */
void       mvx_log_dispatcher_add_flush (MvxLogDispatcher        *self,
                                         MvxLogFlush             *flush);
/* The next flush whose records are all settled, or NULL; it is the caller's to finish. */
MvxLogFlush *mvx_log_dispatcher_pop_flush (MvxLogDispatcher      *self);
/* Lets all lanes go, so that producers announce them again. FALSE: there is work, or somebody is just making some. */
gboolean   mvx_log_dispatcher_let_go    (MvxLogDispatcher        *self);
/* Is there a record that has not been taken, or a producer in the middle of making one? */
gboolean   mvx_log_dispatcher_has_work  (MvxLogDispatcher        *self);
/* "; its dispatch has not returned for N s" if that is so for a second or more, else NULL. Any thread. */
char      *mvx_log_dispatcher_dup_stall (MvxLogDispatcher        *self);
/* Has everything been settled? */
gboolean   mvx_log_dispatcher_is_empty  (MvxLogDispatcher        *self);
/* Takes over what former processes have left in their crash rings, and leaves what is not delivered of it to the next one. */
void       mvx_log_dispatcher_begin_salvage (MvxLogDispatcher    *self);
void       mvx_log_dispatcher_end_salvage   (MvxLogDispatcher    *self);
/* Everything that is left is dropped for @reason; returns how many. */
guint64    mvx_log_dispatcher_discard   (MvxLogDispatcher        *self,
                                         MvxLogReason             reason);

G_END_DECLS
