/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/value.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_EVENT (mvx_log_event_get_type ())

/**
 * MvxLogFieldIter:
 *
 * Walks the fields of an event in call order, bound and scoped fields first. Lives on the stack.
 *
 * Since: 1.0
 */
typedef struct
{
  /*< private >*/
  const MvxLogEvent *event;
  const guint8      *position;
  guint32            n_inline;
  guint32            index;
} MvxLogFieldIter;

MVX_LOG_AVAILABLE_IN_1_0
GType        mvx_log_event_get_type             (void) G_GNUC_CONST;
MVX_LOG_AVAILABLE_IN_1_0
MvxLogEvent *mvx_log_event_copy                 (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
void         mvx_log_event_free                 (MvxLogEvent       *event);
MVX_LOG_AVAILABLE_IN_1_0
gint         mvx_log_event_get_level            (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
gint64       mvx_log_event_get_timestamp        (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
const char  *mvx_log_event_get_context          (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
const char  *mvx_log_event_get_name             (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
const char  *mvx_log_event_get_entity_id        (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
const char  *mvx_log_event_get_outcome          (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
const char  *mvx_log_event_get_template         (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
const char  *mvx_log_event_get_verbatim_message (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
char        *mvx_log_event_dup_message          (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
const char  *mvx_log_event_get_file             (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
guint        mvx_log_event_get_line             (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
const char  *mvx_log_event_get_function         (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
const char  *mvx_log_event_get_trace_id         (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
const char  *mvx_log_event_get_span_id          (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
const char  *mvx_log_event_get_event_id         (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
guint        mvx_log_event_get_thread           (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
guint64      mvx_log_event_get_seq              (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
const char  *mvx_log_event_get_stream           (const MvxLogEvent *event,
                                                 guint64           *seq);
MVX_LOG_AVAILABLE_IN_1_0
guint        mvx_log_event_get_n_fields         (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
gboolean     mvx_log_event_get_field            (const MvxLogEvent *event,
                                                 const char        *key,
                                                 MvxLogValue       *value);
MVX_LOG_AVAILABLE_IN_1_0
const char  *mvx_log_event_get_string           (const MvxLogEvent *event,
                                                 const char        *key);
MVX_LOG_AVAILABLE_IN_1_0
gint64       mvx_log_event_get_int64            (const MvxLogEvent *event,
                                                 const char        *key,
                                                 gint64             fallback);
MVX_LOG_AVAILABLE_IN_1_0
double       mvx_log_event_get_double           (const MvxLogEvent *event,
                                                 const char        *key,
                                                 double             fallback);
MVX_LOG_AVAILABLE_IN_1_0
guint64      mvx_log_event_get_uint64           (const MvxLogEvent *event,
                                                 const char        *key,
                                                 guint64            fallback);
MVX_LOG_AVAILABLE_IN_1_0
gboolean     mvx_log_event_get_boolean          (const MvxLogEvent *event,
                                                 const char        *key,
                                                 gboolean           fallback);
MVX_LOG_AVAILABLE_IN_1_0
GVariant    *mvx_log_event_dup_variant          (const MvxLogEvent *event,
                                                 const char        *key);
MVX_LOG_AVAILABLE_IN_1_0
GVariant    *mvx_log_event_dup_fields           (const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
void         mvx_log_field_iter_init            (MvxLogFieldIter   *iter,
                                                 const MvxLogEvent *event);
MVX_LOG_AVAILABLE_IN_1_0
gboolean     mvx_log_field_iter_next            (MvxLogFieldIter   *iter,
                                                 const char       **key,
                                                 MvxLogValue       *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogEvent, mvx_log_event_free)

G_END_DECLS
