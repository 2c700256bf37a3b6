/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which events a sink wants, beside those of its level. */
#pragma once

#include "event/draft-private.h"
#include "sink/predicate-private.h"

G_BEGIN_DECLS

/* All that is given must hold. */
typedef struct
{
  char            **contexts;  /* names; one of them is that of the event's context or of an ancestor */
  MvxLogPredicate  *match;     /* every pair */
  MvxLogPredicate  *predicate;
} MvxLogFilter;

/* Fields by their keys, and the event's own level, context, event, event_id, entity, outcome, message, template, file, line, func,
 * thread, trace_id and span_id, which win over fields of these names: those are reached as field_NAME, as in the output.
 * Never fails, whatever the event is. */
gboolean mvx_log_filter_matches   (const MvxLogFilter  *filter,
                                   const MvxLogDraft   *draft);
/* One predicate out of KEY=VALUE each; NULL if there is none. FALSE if one is malformed. */
gboolean mvx_log_filter_set_pairs (MvxLogFilter        *filter,
                                   const char *const   *pairs,
                                   GError             **error);
gboolean mvx_log_filter_is_empty  (const MvxLogFilter  *filter);
void     mvx_log_filter_clear     (MvxLogFilter        *filter);

G_END_DECLS
