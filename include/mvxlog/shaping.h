/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a sink is to see of events. */
#pragma once

#include <mvxlog/processor.h>
#include <mvxlog/sink.h>

G_BEGIN_DECLS

MVX_LOG_AVAILABLE_IN_1_0
gboolean   mvx_log_sink_set_shaping    (MvxLogSink             *sink,
                                        GVariant               *options,
                                        GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
void       mvx_log_sink_set_processors (MvxLogSink             *sink,
                                        MvxLogProcessor *const *processors,
                                        guint                   n_processors);
MVX_LOG_AVAILABLE_IN_1_0
GPtrArray *mvx_log_sink_get_processors (MvxLogSink             *sink);
MVX_LOG_AVAILABLE_IN_1_0
void       mvx_log_sink_set_filter_func (MvxLogSink            *sink,
                                         MvxLogFilterFunc       func,
                                         gpointer               data,
                                         GDestroyNotify         destroy);

G_END_DECLS
