/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin by name, and a sink around an instance of it. */
#pragma once

#include <mvxlog/plugin-abi.h>

G_BEGIN_DECLS

/* Static ones first, then the search path. Immortal. */
const MvxLogStaticPlugin *mvx_log_plugin_get             (const char               *name,
                                                          GError                  **error);
gboolean                  mvx_log_plugin_register_static (const MvxLogStaticPlugin *plugin,
                                                          GError                  **error);
/* Is it built in or registered, not a file? */
gboolean                  mvx_log_plugin_is_static       (const char               *name);
/* Names of all that there are: built in, registered, or a file in the search path; sorted, each once. (transfer full) */
char                    **mvx_log_plugin_list            (void);
/* Options over the plugin's table and the common ones. */
MvxLogOptions            *mvx_log_plugin_new_options     (const MvxLogStaticPlugin *plugin);
/* build_descriptor, completed with plugin and common options. */
MvxLogSinkDescriptor     *mvx_log_plugin_describe        (const MvxLogStaticPlugin *plugin,
                                                          const char               *sink_name,
                                                          MvxLogOptions            *options,
                                                          GError                  **error);
/* create, wrapped as a sink with level and enabled set; an ASYNC one has its worker running. */
MvxLogSink               *mvx_log_plugin_create_sink     (const MvxLogStaticPlugin *plugin,
                                                          const char               *sink_name,
                                                          MvxLogOptions            *options,
                                                          GError                  **error);
/* Of a sink made above; NULL for others. (transfer none) */
MvxLogOptions            *mvx_log_plugin_sink_get_options (MvxLogSink              *sink);
const MvxLogStaticPlugin *mvx_log_plugin_sink_get_plugin (MvxLogSink               *sink);
gpointer                  mvx_log_plugin_sink_get_instance (MvxLogSink             *sink);
/* Takes over @options, of which only RELOADABLE, level and enabled differ from what it has; all or none. */
gboolean                  mvx_log_plugin_sink_reconfigure (MvxLogSink              *sink,
                                                          MvxLogOptions            *options,
                                                          gint64                    deadline_us,
                                                          GError                  **error);

G_END_DECLS
