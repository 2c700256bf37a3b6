/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Single parts of an event, as the renderers write them: for sinks that do not write lines. */
#pragma once

#include <mvxlog/buffer.h>
#include <mvxlog/event.h>

G_BEGIN_DECLS

MVX_LOG_AVAILABLE_IN_1_0
void     mvx_log_buffer_append_utf8        (MvxLogBuffer      *buffer,
                                            const char        *text,
                                            gsize              size);
MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_buffer_append_message     (MvxLogBuffer      *buffer,
                                            const MvxLogEvent *event,
                                            gboolean           utf8);
MVX_LOG_AVAILABLE_IN_1_0
void     mvx_log_buffer_append_text        (MvxLogBuffer      *buffer,
                                            const MvxLogValue *value);
MVX_LOG_AVAILABLE_IN_1_0
void     mvx_log_buffer_append_json        (MvxLogBuffer      *buffer,
                                            const MvxLogValue *value);
MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_buffer_append_json_fields (MvxLogBuffer      *buffer,
                                            const MvxLogEvent *event);

G_END_DECLS
