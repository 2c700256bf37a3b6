/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes beside an event that travels as a message: headers for whoever does not look into it. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

#define MVX_MARK_SIZE 128

/* Of everything that @renderer makes. */
const char *mvx_mark_content_type (MvxLogRenderer       *renderer);
/* As in W3C Trace Context, in @text. NULL: it has no trace, or no span. */
const char *mvx_mark_traceparent  (const MvxLogEvent    *event,
                                   char                  text[MVX_MARK_SIZE]);
/* What it is known by if it comes twice, in @text: its stream and its number there. NULL: it has none. */
const char *mvx_mark_id           (const MvxLogEvent    *event,
                                   char                  text[MVX_MARK_SIZE]);

G_END_DECLS
