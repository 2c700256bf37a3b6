/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/policy.h>
#include <mvxlog/processor.h>
#include <mvxlog/sender.h>
#include <mvxlog/sink.h>
#include <mvxlog/value.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_CONTEXT (mvx_log_context_get_type ())

/**
 * MvxLogSubmitResult:
 * @MVX_LOG_REFUSED: at least one sink refused the event
 * @MVX_LOG_ACCEPTED: every sink that wants it has it
 * @MVX_LOG_FILTERED: below the level, or a policy or filter said no
 *
 * What became of a submitted event.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_REFUSED,
  MVX_LOG_ACCEPTED,
  MVX_LOG_FILTERED
} MvxLogSubmitResult;

/**
 * MvxLogEventInit:
 * @level: severity
 * @name: (nullable): event name
 * @entity_id: (nullable): what the event is about
 * @outcome: (nullable): how it ended
 * @message_template: (nullable): template with `{key}` for fields
 * @message: (nullable): finished message, taken as data and never parsed; wins over @message_template
 * @file: (nullable): source file
 * @function: (nullable): source function
 * @line: source line, 0 for none
 * @timestamp: nanoseconds since 1970-01-01 UTC, 0 for now
 * @trace_id: (nullable): 32 hexadecimal digits (W3C Trace Context); if %NULL, those of the thread's scope are taken
 * @span_id: (nullable): 16 hexadecimal digits
 * @flags: [flags@MvxLog.EventFlags]
 * @message_length: bytes of @message, 0 if it is NUL-terminated
 * @event_id: (nullable): the kind of event, 32 hexadecimal digits or a UUID; see [struct@MvxLog.EventId]
 * @event_namespace: (nullable): what stands in place of the context's name, for this event only
 * @sender: (nullable): who has logged the event, if it comes from elsewhere; it then belongs to no scope of the thread
 *
 * Everything about an event but its fields. Start from zeros.
 *
 * Since: 1.0
 */
typedef struct
{
  gint        level;
  const char *name;
  const char *entity_id;
  const char *outcome;
  const char *message_template;
  const char *message;
  const char *file;
  const char *function;
  guint       line;
  gint64      timestamp;
  const char *trace_id;
  const char *span_id;
  guint       flags;
  gsize       message_length;
  const char *event_id;
  const char *event_namespace;
  const MvxLogSender *sender;
  gpointer    reserved[1];
} MvxLogEventInit;

/**
 * MvxLogEventFlags:
 * @MVX_LOG_EVENT_SKIP_LIMITS: payload values are taken as they are, without limits on length, items and depth
 * @MVX_LOG_EVENT_UNBOUNDED: all fields, and all items of lists and maps are kept; lengths and depth stay limited
 *
 * Flags of a submitted event.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_EVENT_SKIP_LIMITS = 1 << 0,
  MVX_LOG_EVENT_UNBOUNDED = 1 << 1
} MvxLogEventFlags;

MVX_LOG_AVAILABLE_IN_1_0
GType          mvx_log_context_get_type         (void) G_GNUC_CONST;
MVX_LOG_AVAILABLE_IN_1_0
MvxLogContext *mvx_log_context_ref              (MvxLogContext          *context);
MVX_LOG_AVAILABLE_IN_1_0
void           mvx_log_context_unref            (MvxLogContext          *context);
MVX_LOG_AVAILABLE_IN_1_0
const char    *mvx_log_context_get_name         (MvxLogContext          *context);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_context_is_root          (MvxLogContext          *context);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_context_is_enabled       (MvxLogContext          *context,
                                                 gint                    level);

MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_context_get_enabled      (MvxLogContext          *context);
MVX_LOG_AVAILABLE_IN_1_0
void           mvx_log_context_set_enabled      (MvxLogContext          *context,
                                                 gboolean                enabled);

/* Settings. What is not set locally is inherited, but for the event policy, which is local only. */
MVX_LOG_AVAILABLE_IN_1_0
gint           mvx_log_context_get_level        (MvxLogContext          *context);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_context_set_level        (MvxLogContext          *context,
                                                 gint                    level,
                                                 GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_context_reset_level      (MvxLogContext          *context,
                                                 GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
GPtrArray     *mvx_log_context_get_sinks        (MvxLogContext          *context);
MVX_LOG_AVAILABLE_IN_1_0
GPtrArray     *mvx_log_context_get_local_sinks  (MvxLogContext          *context);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_context_set_sinks        (MvxLogContext          *context,
                                                 MvxLogSink *const      *sinks,
                                                 guint                   n_sinks,
                                                 GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_context_reset_sinks      (MvxLogContext          *context,
                                                 GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogEventPolicy *mvx_log_context_get_event_policy (MvxLogContext      *context);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_context_set_event_policy (MvxLogContext          *context,
                                                 MvxLogEventPolicy      *policy,
                                                 GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_context_reset_event_policy (MvxLogContext        *context,
                                                 GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogErrorPolicy mvx_log_context_get_error_policy (MvxLogContext       *context);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_context_set_error_policy (MvxLogContext          *context,
                                                 MvxLogErrorPolicy       policy,
                                                 GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_context_reset_error_policy (MvxLogContext        *context,
                                                 GError                **error);

MVX_LOG_AVAILABLE_IN_1_0
void           mvx_log_context_get_limits       (MvxLogContext          *context,
                                                 MvxLogLimits           *limits);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_context_set_limits       (MvxLogContext          *context,
                                                 const MvxLogLimits     *limits,
                                                 GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_context_reset_limits     (MvxLogContext          *context,
                                                 GError                **error);

MVX_LOG_AVAILABLE_IN_1_0
GPtrArray     *mvx_log_context_get_processors   (MvxLogContext          *context);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_context_set_processors   (MvxLogContext          *context,
                                                 MvxLogProcessor *const *processors,
                                                 guint                   n_processors,
                                                 GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean       mvx_log_context_reset_processors (MvxLogContext          *context,
                                                 GError                **error);

/* Views with more fields. */
MVX_LOG_AVAILABLE_IN_1_0
MvxLogContext *mvx_log_context_bind_fields      (MvxLogContext          *context,
                                                 const MvxLogField      *fields,
                                                 guint                   n_fields);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogContext *mvx_log_context_bind_variant     (MvxLogContext          *context,
                                                 GVariant               *fields);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogContext *mvx_log_context_unbind           (MvxLogContext          *context,
                                                 const char *const      *keys,
                                                 GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogContext *mvx_log_context_try_unbind       (MvxLogContext          *context,
                                                 const char *const      *keys);

/* Submitting events without macros. */
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSubmitResult mvx_log_event_submit         (MvxLogContext          *context,
                                                 const MvxLogEventInit  *init,
                                                 const MvxLogField      *fields,
                                                 guint                   n_fields,
                                                 GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSubmitResult mvx_log_context_log_variant  (MvxLogContext          *context,
                                                 gint                    level,
                                                 const char             *message_template,
                                                 GVariant               *fields,
                                                 GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSubmitResult mvx_log_context_submit_variant (MvxLogContext        *context,
                                                 gint                    level,
                                                 GVariant               *meta,
                                                 GVariant               *fields,
                                                 GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSubmitResult mvx_log_context_submit_error (MvxLogContext          *context,
                                                 gint                    level,
                                                 GVariant               *meta,
                                                 const GError           *cause,
                                                 GVariant               *fields,
                                                 GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSubmitResult mvx_log_context_submit_causes (MvxLogContext         *context,
                                                 gint                    level,
                                                 GVariant               *meta,
                                                 GVariant               *causes,
                                                 GVariant               *fields,
                                                 GError                **error);

/* Events that are there already. */
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSubmitResult mvx_log_context_log_event    (MvxLogContext          *context,
                                                 const MvxLogEvent      *event,
                                                 GError                **error);
/* The same, with word of when the event is settled. */
MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_event_async          (MvxLogContext          *context,
                                                 const MvxLogEventInit  *init,
                                                 const MvxLogField      *fields,
                                                 guint                   n_fields,
                                                 GCancellable           *cancellable,
                                                 GAsyncReadyCallback     callback,
                                                 gpointer                user_data);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSubmitResult mvx_log_event_finish         (GAsyncResult           *result,
                                                 GError                **error);
MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_context_log_variant_async (MvxLogContext     *context,
                                                 gint                    level,
                                                 const char             *message_template,
                                                 GVariant               *fields,
                                                 GCancellable           *cancellable,
                                                 GAsyncReadyCallback     callback,
                                                 gpointer                user_data);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSubmitResult mvx_log_context_log_variant_finish (MvxLogContext    *context,
                                                 GAsyncResult           *result,
                                                 GError                **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogContext, mvx_log_context_unref)

G_END_DECLS
