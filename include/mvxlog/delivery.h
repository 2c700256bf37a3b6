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

G_END_DECLS
