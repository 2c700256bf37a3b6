/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For tools: looking at plugins and configuration files without using them. */
#pragma once

#include <mvxlog/plugin-abi.h>

G_BEGIN_DECLS

MVX_LOG_AVAILABLE_IN_1_0
char                    **mvx_log_list_plugins       (void);
MVX_LOG_AVAILABLE_IN_1_0
char                     *mvx_log_locate_plugin      (const char  *name,
                                                      GError     **error);
MVX_LOG_AVAILABLE_IN_1_0
const MvxLogStaticPlugin *mvx_log_find_plugin        (const char  *name,
                                                      GError     **error);
MVX_LOG_AVAILABLE_IN_1_0
const MvxLogStaticPlugin *mvx_log_load_plugin_file   (const char  *path,
                                                      GError     **error);
MVX_LOG_AVAILABLE_IN_1_0
const MvxLogOptionSpec   *mvx_log_get_common_options (gboolean     async);
MVX_LOG_AVAILABLE_IN_1_0
const MvxLogOptionSpec   *mvx_log_get_shaping_options (void);
MVX_LOG_AVAILABLE_IN_1_0
GVariant                 *mvx_log_get_sink_options   (const char  *name);
MVX_LOG_AVAILABLE_IN_1_0
gboolean                  mvx_log_check_config_file  (const char  *path,
                                                      gboolean     probe,
                                                      GVariant   **report,
                                                      GError     **error);

G_END_DECLS
