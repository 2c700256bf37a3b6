/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two sorts of sink around an instance of a plugin. */
#pragma once

#include <mvxlog/async-sink.h>
#include <mvxlog/plugin-abi.h>

G_BEGIN_DECLS

/* dispatch_core runs on the logging thread, one event at a time. */
#define MVX_LOG_TYPE_PLUGIN_SINK (mvx_log_plugin_sink_get_type ())
G_DECLARE_FINAL_TYPE (MvxLogPluginSink, mvx_log_plugin_sink, MVX_LOG, PLUGIN_SINK, GObject)

/* It runs on a worker, in batches. */
#define MVX_LOG_TYPE_PLUGIN_ASYNC_SINK (mvx_log_plugin_async_sink_get_type ())
G_DECLARE_FINAL_TYPE (MvxLogPluginAsyncSink, mvx_log_plugin_async_sink, MVX_LOG, PLUGIN_ASYNC_SINK, MvxLogAsyncSink)

/* With @ignores_late, events after the end are ignored instead of refused. */
MvxLogSink *mvx_log_plugin_sink_new         (const MvxLogStaticPlugin *plugin,
                                             const char               *name,
                                             MvxLogOptions            *options,
                                             gboolean                  ignores_late,
                                             GError                  **error);
/* Not started yet. */
MvxLogSink *mvx_log_plugin_async_sink_new   (const MvxLogStaticPlugin *plugin,
                                             const char               *name,
                                             MvxLogOptions            *options,
                                             GError                  **error);
gboolean    mvx_log_plugin_async_sink_start (MvxLogPluginAsyncSink    *self,
                                             gint64                    deadline_us,
                                             GError                  **error);

G_END_DECLS
