/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/async-sink.h>

#include "async/async-config-private.h"
#include "async/flush-private.h"
#include "event/event-private.h"

G_BEGIN_DECLS

/* A main context for the sink @name that is about to be made: where there is no descriptor for one, GLib ends the program.
 * (transfer full) NULL: EVENT_LOOP_UNAVAILABLE. */
GMainContext *mvx_log_async_sink_new_context (const char *name,
                                              GError    **error);
/* Before anybody looks at the sink; @context (transfer full): for the sink's own thread. */
void     mvx_log_async_sink_take_context (MvxLogAsyncSink      *self,
                                          GMainContext         *context);
/* FALSE: the sink has been used. */
gboolean mvx_log_async_sink_set_config (MvxLogAsyncSink         *self,
                                        const MvxLogAsyncConfig *config);
/* Runs @func on the worker between two dispatches and waits for it; GError as usual. @destroy (nullable): of @data, which
 * is the caller's without it: then a function that has begun is waited for beyond the deadline. */
gboolean mvx_log_async_sink_run        (MvxLogAsyncSink         *self,
                                        gboolean               (*func) (gpointer data, GError **error),
                                        gpointer                 data,
                                        GDestroyNotify           destroy,
                                        gint64                   deadline_us,
                                        GError                 **error);
/* Ends a back-off. On the worker, between two dispatches. */
void     mvx_log_async_sink_resume     (MvxLogAsyncSink         *self);
/* The queue that producers write to; lives as long as the sink. */
struct _MvxLogQueue *mvx_log_async_sink_get_queue (MvxLogAsyncSink *self);
/* Does the logging call itself put events into a spool? Then they go to mvx_log_sink_log(), not to the queue. */
gboolean mvx_log_async_sink_writes_through (MvxLogAsyncSink     *self);
/* What a refusal means to the caller: TRUE if the overflow policy is to be silent about it, else the error. */
gboolean mvx_log_async_sink_refusal    (MvxLogAsyncSink         *self,
                                        MvxLogReason             reason,
                                        GError                 **error);
/* flush() in two steps: the position is that of the first. @flush: NULL if there is nothing to wait for. */
gboolean mvx_log_async_sink_begin_flush (MvxLogAsyncSink        *self,
                                        gint64                   deadline_us,
                                        MvxLogFlush            **flush,
                                        GError                 **error);
gboolean mvx_log_async_sink_end_flush  (MvxLogAsyncSink         *self,
                                        MvxLogFlush             *flush,
                                        gint64                   deadline_us,
                                        GError                 **error);
/* May these be used, or does the sink flush in a way of its own? */
gboolean mvx_log_async_sink_has_plain_flush (MvxLogSink         *sink);
/* Lets the sink deliver what it has, before it is terminated: so that several do so at the same time. Nothing for sinks
 * of other kinds. */
void     mvx_log_async_sink_begin_end  (MvxLogSink              *sink,
                                        gint64                   deadline_us);
/* Marks an event of a batch that has not been answered yet: when it is settled, it counts as dropped. */
void     mvx_log_async_sink_reject     (MvxLogAsyncSink         *self,
                                        MvxLogEvent             *event,
                                        const char              *reason);
/* Answers one particular dispatch call: nothing happens if another one has the batch by now. */
void     mvx_log_async_sink_complete_offer (MvxLogAsyncSink     *self,
                                        MvxLogEvent *const      *batch,
                                        guint64                  serial,
                                        MvxLogDispatchResult     result,
                                        guint                    n_done,
                                        const GError            *error);
/* What its spool takes up on disk; -1 if it has none. */
gint64   mvx_log_async_sink_get_spool_bytes (MvxLogAsyncSink    *self);
/* Starts the worker thread and waits until it is RUNNING or has failed. */
gboolean mvx_log_async_sink_start_sync (MvxLogAsyncSink         *self,
                                        gint64                   deadline_us,
                                        GError                 **error);

G_END_DECLS
