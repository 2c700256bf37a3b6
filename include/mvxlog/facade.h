/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The library as a whole: configuration, sinks and contexts by name, flush and shutdown. */
#pragma once

#include <mvxlog/context.h>
#include <mvxlog/plugin-abi.h>

G_BEGIN_DECLS

MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_init                     (const char               *app_name,
                                                 GError                  **error);

MVX_LOG_AVAILABLE_IN_1_0
void           mvx_log_hold                     (void);
MVX_LOG_AVAILABLE_IN_1_0
void           mvx_log_release                  (void);

/* Configuration files. */
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_configure_from_file      (const char               *path,
                                                 GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_configure_from_data      (const char               *data,
                                                 gssize                    length,
                                                 const char               *origin,
                                                 GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_reload                   (GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
char          *mvx_log_dup_config_path          (void);

/* Sinks by name. */
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSink    *mvx_log_configure_sink           (const char               *name,
                                                 const char               *plugin,
                                                 GVariant                 *options,
                                                 GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSink    *mvx_log_get_sink                 (const char               *name);
MVX_LOG_AVAILABLE_IN_1_0
char         **mvx_log_get_sink_names           (void);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_has_sinks                (void);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSinkDescriptor *mvx_log_get_sink_descriptor (const char             *name);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_close_sink               (const char               *name,
                                                 GError                  **error);

/* Contexts by name; the empty name is the root. */
MVX_LOG_AVAILABLE_IN_1_0
MvxLogContext *mvx_log_get_root_context         (void);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogContext *mvx_log_get_context              (const char               *name);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogContext *mvx_log_configure_context        (const char               *name,
                                                 GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_has_context              (const char               *name);
MVX_LOG_AVAILABLE_IN_1_0
char         **mvx_log_get_context_names        (void);
MVX_LOG_AVAILABLE_IN_1_0
void           mvx_log_reset_contexts           (void);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_reset                    (GError                  **error);

/* How much is logged. */
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_enable_context           (const char               *name,
                                                 gboolean                  enabled,
                                                 GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_enable_sink              (const char               *name,
                                                 gboolean                  enabled,
                                                 GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_set_levels               (const char               *rules,
                                                 GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
char          *mvx_log_dup_levels               (void);

/* Plugins. */
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_register_static_plugin   (const MvxLogStaticPlugin *plugin,
                                                 GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
void           mvx_log_add_plugin_path          (const char               *directory);
MVX_LOG_AVAILABLE_IN_1_0
void           mvx_log_set_allowed_plugins      (const char *const        *names);
MVX_LOG_AVAILABLE_IN_1_0
char         **mvx_log_get_plugin_path          (void);

/**
 * MvxLogDiagnosticsFunc:
 * @level: severity
 * @message: what the library has to say
 * @data: (closure): what was given to [func@MvxLog.set_diagnostics_func]
 *
 * Takes a message of the library's own. Called on any thread; must not wait for a sink.
 *
 * Since: 1.0
 */
typedef void (*MvxLogDiagnosticsFunc) (gint        level,
                                       const char *message,
                                       gpointer    data);

/* The library's own messages. */
MVX_LOG_AVAILABLE_IN_1_0
void           mvx_log_set_diagnostics_fd       (int                       fd);
MVX_LOG_AVAILABLE_IN_1_0
void           mvx_log_set_diagnostics_func     (MvxLogDiagnosticsFunc     func,
                                                 gpointer                  data,
                                                 GDestroyNotify            destroy);

G_END_DECLS
