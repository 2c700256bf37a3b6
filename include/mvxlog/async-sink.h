/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/operation.h>
#include <mvxlog/plugin-abi.h>
#include <mvxlog/sink.h>

G_BEGIN_DECLS

/**
 * MvxLogSinkState:
 * @MVX_LOG_SINK_STATE_VIRGIN: made, not started; the first event starts it
 * @MVX_LOG_SINK_STATE_STARTING: on the way to RUNNING; events are accepted and kept
 * @MVX_LOG_SINK_STATE_RUNNING: delivers
 * @MVX_LOG_SINK_STATE_STOPPING: accepts nothing more, delivers what it has
 * @MVX_LOG_SINK_STATE_STOPPED: can be started again; does not start by itself
 * @MVX_LOG_SINK_STATE_FAILURE: for good; [method@MvxLog.AsyncSink.dup_last_error] says why
 * @MVX_LOG_SINK_STATE_CANCELLED: its source was removed from its main context by somebody else; for good
 *
 * State of an asynchronous sink.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_SINK_STATE_VIRGIN,
  MVX_LOG_SINK_STATE_STARTING,
  MVX_LOG_SINK_STATE_RUNNING,
  MVX_LOG_SINK_STATE_STOPPING,
  MVX_LOG_SINK_STATE_STOPPED,
  MVX_LOG_SINK_STATE_FAILURE,
  MVX_LOG_SINK_STATE_CANCELLED
} MvxLogSinkState;

#define MVX_LOG_TYPE_ASYNC_SINK (mvx_log_async_sink_get_type ())

MVX_LOG_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (MvxLogAsyncSink, mvx_log_async_sink, MVX_LOG, ASYNC_SINK, GObject)

/**
 * MvxLogAsyncSinkClass:
 * @dispatch: (nullable): delivers a batch, as `dispatch_core` of a plugin does
 * @starting: (nullable): before the first dispatch
 * @stopped: (nullable): after the last dispatch
 * @flushing: (nullable): writes out what the sink itself holds back
 * @reopening: (nullable): reopens files
 * @dispatch_batch: (nullable): delivers a batch where there is no @dispatch, for other languages than C
 *
 * A sink with a worker thread. All are called on the worker, whose GMainContext is the thread default. The hooks have
 * other names than the functions of [iface@MvxLog.Sink], which do more.
 *
 * Since: 1.0
 */
struct _MvxLogAsyncSinkClass
{
  GObjectClass parent_class;

  MvxLogDispatchResult (*dispatch) (MvxLogAsyncSink    *self,
                                    MvxLogEvent *const *events,
                                    guint               n_events,
                                    guint              *n_done,
                                    GError            **error);
  gboolean             (*starting) (MvxLogAsyncSink    *self,
                                    GError            **error);
  gboolean             (*stopped)  (MvxLogAsyncSink    *self,
                                    GError            **error);
  gboolean             (*flushing) (MvxLogAsyncSink    *self,
                                    gint64              deadline_us,
                                    GError            **error);
  gboolean             (*reopening) (MvxLogAsyncSink   *self,
                                     GError           **error);
  MvxLogDispatchResult (*dispatch_batch) (MvxLogAsyncSink    *self,
                                          MvxLogBatch        *batch,
                                          GError            **error);
  /*< private >*/
  gpointer reserved[7];
};

MVX_LOG_AVAILABLE_IN_1_0
gboolean         mvx_log_async_sink_configure        (MvxLogAsyncSink      *self,
                                                      const char           *name,
                                                      GVariant             *options,
                                                      GError              **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean         mvx_log_async_sink_set_main_context (MvxLogAsyncSink     *self,
                                                      GMainContext        *context,
                                                      GError             **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogOperation *mvx_log_async_sink_start            (MvxLogAsyncSink      *self);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogOperation *mvx_log_async_sink_stop             (MvxLogAsyncSink      *self);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSinkState  mvx_log_async_sink_get_state        (MvxLogAsyncSink      *self);
MVX_LOG_AVAILABLE_IN_1_0
GError          *mvx_log_async_sink_dup_last_error   (MvxLogAsyncSink      *self);
MVX_LOG_AVAILABLE_IN_1_0
char            *mvx_log_async_sink_dup_trouble      (MvxLogAsyncSink      *self);
MVX_LOG_AVAILABLE_IN_1_0
gint64           mvx_log_async_sink_get_retry_time   (MvxLogAsyncSink      *self);
MVX_LOG_AVAILABLE_IN_1_0
GMainContext    *mvx_log_async_sink_get_main_context (MvxLogAsyncSink      *self);
MVX_LOG_AVAILABLE_IN_1_0
void             mvx_log_async_sink_complete         (MvxLogAsyncSink      *self,
                                                      MvxLogEvent *const   *batch,
                                                      MvxLogDispatchResult  result,
                                                      guint                 n_done,
                                                      GError               *error);

G_END_DECLS
