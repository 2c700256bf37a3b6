/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole events, such as came from another process. */
#include "context/compose-private.h"
#include "event/sender-private.h"

/**
 * mvx_log_context_log_event:
 * @context: a context
 * @event: an event, from [ctor@MvxLog.Event.new_from_bytes] or a copy of one that a sink was given
 * @error: return location for an error, set only under %MVX_LOG_ERROR_POLICY_RAISE
 *
 * Hands an event to the sinks of @context as it is: with its own time, namespace, sender, ids and fields. Level,
 * policies, processors and sinks are those of @context; its limits on payloads and its bound fields are not for this
 * event. One of this process becomes one that this process has sent. Thread-safe.
 *
 * Returns: whether it was accepted, filtered or refused
 *
 * Since: 1.0
 */
MvxLogSubmitResult
mvx_log_context_log_event (MvxLogContext *context, const MvxLogEvent *event, GError **error)
{
  g_autoptr (MvxLogEvent) sent = NULL;

  g_return_val_if_fail (context != NULL, MVX_LOG_REFUSED);
  g_return_val_if_fail (event != NULL, MVX_LOG_REFUSED);

  if (!mvx_log_context_is_enabled (context, mvx_log_event_get_level (event)))
    return MVX_LOG_FILTERED;
  sent = mvx_log_event_copy_for_sending (event, 0);
  {
    const MvxLogEventInit init = {
      .level = sent->record->level,
      .name = mvx_log_event_get_name (sent),
      .entity_id = mvx_log_event_get_entity_id (sent),
      .event_namespace = mvx_log_event_get_context (sent),
      .message = mvx_log_event_get_verbatim_message (sent),
      .message_template = mvx_log_event_get_template (sent),
      .file = mvx_log_event_get_file (sent),
      .function = mvx_log_event_get_function (sent),
      .line = mvx_log_event_get_line (sent),
    };
    const MvxLogParts parts = { .node = mvx_log_node_full (&context->head), .init = &init, .held = sent };

    return mvx_log_submit_parts (&parts, error);
  }
}
