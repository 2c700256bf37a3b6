/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All sinks together. */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_flush    (gint64     deadline_us,
                           GError   **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_reopen   (GError   **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_shutdown (gint64     deadline_us,
                           GVariant **result);
MVX_LOG_AVAILABLE_IN_1_0
void     mvx_log_flush_async     (gint64               deadline_us,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data);
MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_flush_finish    (GAsyncResult        *result,
                                  GError             **error);
MVX_LOG_AVAILABLE_IN_1_0
void     mvx_log_shutdown_async  (gint64               deadline_us,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data);
MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_shutdown_finish (GAsyncResult        *result,
                                  GVariant           **statement,
                                  GError             **error);

G_END_DECLS
