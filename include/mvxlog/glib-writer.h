/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bridge from GLib's own logging: g_log(), g_log_structured() and everything upon them, g_print() and g_printerr(). */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

MVX_LOG_AVAILABLE_IN_1_0
gboolean         mvx_log_install_glib_writer (GError          **error);
MVX_LOG_AVAILABLE_IN_1_0
GLogWriterOutput mvx_log_glib_writer         (GLogLevelFlags    log_level,
                                              const GLogField  *fields,
                                              gsize             n_fields,
                                              gpointer          user_data);
MVX_LOG_AVAILABLE_IN_1_0
void             mvx_log_glib_record         (GLogLevelFlags    log_level,
                                              const GLogField  *fields,
                                              gsize             n_fields);
MVX_LOG_AVAILABLE_IN_1_0
void             mvx_log_install_glib_print  (void);

G_END_DECLS
