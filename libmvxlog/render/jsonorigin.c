/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/jsonorigin-private.h"

#include "event/event-private.h"
#include "render/jsonvalue-private.h"

void
mvx_log_json_origin_append (const MvxLogJsonOriginKeys *keys,
                            const MvxLogRenderer *renderer,
                            MvxLogBuffer *buffer,
                            const MvxLogEvent *event)
{
  mvx_log_jsonvalue_append_text_member (buffer, keys->trace, mvx_log_event_get_trace_id (event));
  mvx_log_jsonvalue_append_text_member (buffer, keys->span, mvx_log_event_get_span_id (event));
  mvx_log_jsonvalue_append_text_member (buffer, keys->file, mvx_log_event_get_file (event));
  mvx_log_jsonvalue_append_number_member (buffer, keys->line, mvx_log_event_get_line (event));
  mvx_log_jsonvalue_append_text_member (buffer, keys->function, mvx_log_event_get_function (event));
  mvx_log_jsonvalue_append_number_member (buffer, keys->process, mvx_log_renderer_pid_of (renderer, event));
  mvx_log_jsonvalue_append_number_member (buffer, keys->thread, event->record->thread);
  mvx_log_jsonvalue_append_number_member (buffer, keys->seq, mvx_log_event_seq (event));
  mvx_log_buffer_append_s (buffer, "}\n");
}
