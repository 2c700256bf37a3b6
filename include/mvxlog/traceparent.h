/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

/**
 * MVX_LOG_TRACE_SAMPLED:
 *
 * Flag of a trace: whoever sent it may have recorded it.
 *
 * Since: 1.0
 */
#define MVX_LOG_TRACE_SAMPLED 1

/**
 * MvxLogTraceparent:
 * @trace_id: the trace, 32 lower-case hexadecimal digits
 * @span_id: a span in it, 16 lower-case hexadecimal digits
 * @flags: %MVX_LOG_TRACE_SAMPLED or 0
 *
 * A place in a trace, as the header `traceparent` of W3C Trace Context carries it from process to process.
 *
 * Since: 1.0
 */
typedef struct
{
  char   trace_id[33];
  char   span_id[17];
  guint8 flags;
} MvxLogTraceparent;

MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_traceparent_parse  (const char              *text,
                                     MvxLogTraceparent       *traceparent,
                                     GError                 **error);
MVX_LOG_AVAILABLE_IN_1_0
char    *mvx_log_traceparent_format (const MvxLogTraceparent *traceparent);
MVX_LOG_AVAILABLE_IN_1_0
void     mvx_log_traceparent_init   (MvxLogTraceparent       *traceparent,
                                     const MvxLogTraceparent *parent);

G_END_DECLS
