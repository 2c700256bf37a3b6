/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One instance of a plugin without the rest of the library, for tests of the plugin. */
#pragma once

#include <mvxlog/plugin-abi.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_TEST_HOST (mvx_log_test_host_get_type ())

MVX_LOG_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (MvxLogTestHost, mvx_log_test_host, MVX_LOG, TEST_HOST, GObject)

MVX_LOG_AVAILABLE_IN_1_0
MvxLogTestHost       *mvx_log_test_host_new             (const MvxLogStaticPlugin *plugin,
                                                         const char               *name,
                                                         GVariant                 *options,
                                                         GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogTestHost       *mvx_log_test_host_new_for_file    (const char               *path,
                                                         const char               *name,
                                                         GVariant                 *options,
                                                         GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSinkDescriptor *mvx_log_test_host_get_descriptor  (MvxLogTestHost           *self);
MVX_LOG_AVAILABLE_IN_1_0
gpointer              mvx_log_test_host_get_instance    (MvxLogTestHost           *self);
MVX_LOG_AVAILABLE_IN_1_0
GMainContext         *mvx_log_test_host_get_main_context (MvxLogTestHost          *self);
MVX_LOG_AVAILABLE_IN_1_0
gboolean              mvx_log_test_host_start           (MvxLogTestHost           *self,
                                                         GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogDispatchResult  mvx_log_test_host_dispatch        (MvxLogTestHost           *self,
                                                         MvxLogEvent *const       *events,
                                                         guint                     n_events,
                                                         guint                    *n_done,
                                                         GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogDispatchResult  mvx_log_test_host_wait_completed  (MvxLogTestHost           *self,
                                                         gint64                    deadline_us,
                                                         guint                    *n_done,
                                                         GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean              mvx_log_test_host_flush           (MvxLogTestHost           *self,
                                                         gint64                    deadline_us,
                                                         GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean              mvx_log_test_host_reopen          (MvxLogTestHost           *self,
                                                         GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean              mvx_log_test_host_reconfigure     (MvxLogTestHost           *self,
                                                         GVariant                 *options,
                                                         GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean              mvx_log_test_host_stop            (MvxLogTestHost           *self,
                                                         GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
char                **mvx_log_test_host_get_diagnostics (MvxLogTestHost           *self);
MVX_LOG_AVAILABLE_IN_1_0
gint64                mvx_log_test_host_get_count       (MvxLogTestHost           *self,
                                                         const char               *counter);

G_END_DECLS
