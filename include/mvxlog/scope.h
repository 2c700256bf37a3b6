/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a thread gives to all its events for a while: fields, a place in a trace, a task. */
#pragma once

#include <mvxlog/traceparent.h>
#include <mvxlog/value.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_SCOPE (mvx_log_scope_get_type ())
#define MVX_LOG_TYPE_SCOPE_CAPTURE (mvx_log_scope_capture_get_type ())

/**
 * MvxLogGTaskFunc:
 * @task: a #GTask
 * @cancellable: (nullable): its cancellable
 * @data: (closure): what was given with the function
 *
 * What a task does on another thread: as a #GTaskThreadFunc it ends by returning a value or an error to @task.
 *
 * Since: 1.0
 */
typedef void (*MvxLogGTaskFunc) (GTask        *task,
                                 GCancellable *cancellable,
                                 gpointer      data);

/* A scope on the stack of its thread. */
MVX_LOG_AVAILABLE_IN_1_0
GType               mvx_log_scope_get_type           (void) G_GNUC_CONST;
MVX_LOG_AVAILABLE_IN_1_0
MvxLogScope        *mvx_log_scope_ref                (MvxLogScope             *scope);
MVX_LOG_AVAILABLE_IN_1_0
void                mvx_log_scope_unref              (MvxLogScope             *scope);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogScope        *mvx_log_scope_push_args          (const MvxLogCallsite    *callsite,
                                                      const MvxLogArg         *args);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogScope        *mvx_log_scope_push_fields        (const MvxLogField       *fields,
                                                      guint                    n_fields);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogScope        *mvx_log_scope_push_variant       (GVariant                *fields);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogScope        *mvx_log_scope_push_trace         (const char              *traceparent);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogScope        *mvx_log_scope_enter              (MvxLogScopeCapture      *capture);
MVX_LOG_AVAILABLE_IN_1_0
void                mvx_log_scope_pop                (MvxLogScope             *scope);

MVX_LOG_AVAILABLE_IN_1_0
gboolean            mvx_log_scope_get_traceparent    (MvxLogTraceparent       *traceparent);
MVX_LOG_AVAILABLE_IN_1_0
char               *mvx_log_scope_dup_traceparent    (void);

/* All of them at once, to take along. */
MVX_LOG_AVAILABLE_IN_1_0
GType               mvx_log_scope_capture_get_type   (void) G_GNUC_CONST;
MVX_LOG_AVAILABLE_IN_1_0
MvxLogScopeCapture *mvx_log_scope_capture            (void);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogScopeCapture *mvx_log_scope_capture_ref        (MvxLogScopeCapture      *capture);
MVX_LOG_AVAILABLE_IN_1_0
void                mvx_log_scope_capture_unref      (MvxLogScopeCapture      *capture);
MVX_LOG_AVAILABLE_IN_1_0
void                mvx_log_source_set_callback      (GSource                 *source,
                                                      GSourceFunc              func,
                                                      gpointer                 data,
                                                      GDestroyNotify           notify);
MVX_LOG_AVAILABLE_IN_1_0
void                mvx_log_gtask_run_in_thread      (GTask                   *task,
                                                      GTaskThreadFunc          func);
MVX_LOG_AVAILABLE_IN_1_0
void                mvx_log_gtask_run_in_thread_full (GTask                   *task,
                                                      MvxLogGTaskFunc          func,
                                                      gpointer                 data,
                                                      GDestroyNotify           destroy);

static inline void
mvx_log_scope_cleanup_ (MvxLogScope **scope)
{
  if (*scope)
    mvx_log_scope_pop (*scope);
}

#define MVX_LOG_SCOPE_GUARD_(scope)                                                                                    \
  __attribute__ ((cleanup (mvx_log_scope_cleanup_))) MvxLogScope *G_PASTE (mvx_scope_, __LINE__) G_GNUC_UNUSED = (scope)

/**
 * MVX_LOG_IN_SCOPE:
 * @capture: what [func@MvxLog.scope_capture] returned, here or on another thread
 *
 * Until the block ends, this thread's events have the fields, trace and task that were in force at the capture, and no
 * others.
 *
 *     job->scope = mvx_log_scope_capture ();       // where the work is ordered
 *     MVX_LOG_IN_SCOPE (job->scope);               // where it is done
 *
 * Since: 1.0
 */
#define MVX_LOG_IN_SCOPE(capture) MVX_LOG_SCOPE_GUARD_ (mvx_log_scope_enter (capture))

/**
 * MVX_LOG_IN_TRACE:
 * @traceparent: (nullable): the header `traceparent` of a request, whatever it holds
 *
 * Until the block ends, this thread's events belong to a new span of the trace that the header names. Without a valid
 * header a new trace begins, as W3C Trace Context demands.
 *
 * Since: 1.0
 */
#define MVX_LOG_IN_TRACE(traceparent) MVX_LOG_SCOPE_GUARD_ (mvx_log_scope_push_trace (traceparent))

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogScope, mvx_log_scope_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogScopeCapture, mvx_log_scope_capture_unref)

G_END_DECLS
