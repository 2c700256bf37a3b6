/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a sink of the built-in plugin `memory` holds. */
#pragma once

#include <mvxlog/sink.h>

G_BEGIN_DECLS

MVX_LOG_AVAILABLE_IN_1_0
GPtrArray *mvx_log_memory_sink_get_events (MvxLogSink *sink);
MVX_LOG_AVAILABLE_IN_1_0
void       mvx_log_memory_sink_clear      (MvxLogSink *sink);
MVX_LOG_AVAILABLE_IN_1_0
gboolean   mvx_log_memory_sink_dump       (MvxLogSink *sink,
                                           MvxLogSink *target,
                                           guint      *n_dumped,
                                           GError    **error);

G_END_DECLS
