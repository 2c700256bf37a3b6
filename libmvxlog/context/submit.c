/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a logging call to the sinks, for everything that is not for the fast path of write.c: put together in the
 * thread's scratch buffer by compose.c and handed out from there.
 */
#include <mvxlog/log.h>

#include "base/clock-private.h"
#include "base/diag-private.h"
#include "base/error-private.h"
#include "context/handout-private.h"
#include "context/hold-private.h"
#include "context/refine-private.h"
#include "context/summary-private.h"
#include "context/summary-timer-private.h"
#include "context/tree-internal.h"

/* Logged by a sink, a policy or an adapter of ours: into a queue it could feed itself without end. */
static void
mvx_log_submit_divert (const MvxLogParts *parts)
{
  g_autoptr (MvxLogSettings) settings = mvx_log_settings_get (parts->node);
  g_autofree char *text = mvx_log_refine_message (settings, parts);

  mvx_log_diag (parts->init->level, "logged inside a sink, context '%s': %s", mvx_log_parts_namespace (parts), text);
}

/* Before anything is done about the payload. */
static gboolean
mvx_log_submit_policy_allows (MvxLogThread *thread,
                              const MvxLogSettings *settings,
                              const MvxLogParts *parts,
                              GError **error)
{
  const MvxLogCallsite *site = parts->site;
  MvxLogEventMeta meta = {
    .context = mvx_log_parts_namespace (parts),
    .name = parts->init->name,
    .entity_id = parts->init->entity_id,
    .source_path = site ? site->file : parts->init->file,
    .source_function = site ? site->function : parts->init->function,
    .source_line = site ? site->line : parts->init->line,
    .level = parts->init->level,
    .callsite = site ? site->id : 0,
  };
  gboolean allowed;
  int before;

  if (settings->policy == NULL || parts->unasked)
    return TRUE;
  before = mvx_log_thread_enter_foreign (thread);
  mvx_log_summary_origin = parts->node;
  allowed = mvx_log_event_policy_is_enabled (settings->policy, &meta, error);
  mvx_log_thread_leave_foreign (thread, before);
  return allowed && *error == NULL;
}

/* For those that have to see it. */
static gboolean
mvx_log_submit_policy_accepts (MvxLogThread *thread,
                               const MvxLogSettings *settings,
                               const MvxLogParts *parts,
                               const MvxLogRecord *record,
                               gint64 time_ns,
                               GError **error)
{
  MvxLogEvent view;
  gboolean accepted;
  int before;

  if (settings->policy == NULL || parts->unasked || parts->composed)
    return TRUE;
  mvx_log_event_view (&view, record);
  view.time_ns = time_ns;
  view.seq = 0;
  before = mvx_log_thread_enter_foreign (thread);
  mvx_log_summary_origin = parts->node;
  accepted = mvx_log_event_policy_accepts (settings->policy, &view, error);
  mvx_log_thread_leave_foreign (thread, before);
  return accepted && *error == NULL;
}

static void
mvx_log_submit_summary (const MvxLogSummary *summary)
{
  MvxLogNodeFull *node = summary->node ? summary->node : mvx_log_tree_find_node ("");
  const MvxLogField fields[] = {
    { "suppressed", MVX_LOG_KIND_UINT64, 0, { .u = summary->n } },
    { "seconds", MVX_LOG_KIND_DOUBLE, 0, { .d = (double) summary->ms / 1000 } },
    { "like", MVX_LOG_KIND_STRING, -1, { .s = summary->like } },
  };
  const MvxLogEventInit init = {
    .level = summary->level,
    .name = "suppressed",
    .event_namespace = summary->context,
    .message_template = "suppressed {suppressed} events like: {like}",
    .file = summary->file,
    .function = summary->function,
    .line = summary->line,
  };
  const MvxLogParts parts = {
    .node = node,
    .init = &init,
    .fields = fields,
    .n_fields = G_N_ELEMENTS (fields),
    .unasked = TRUE,
  };

  /* The context may have been quietened since. */
  if (summary->level >= __atomic_load_n (&node->head.threshold, __ATOMIC_RELAXED))
    mvx_log_submit_parts (&parts, NULL);
}

/* Made by policies, which must not log. Not inside foreign code, nor while the scratch buffer is in use. */
static void
mvx_log_submit_waiting_summaries (void)
{
  g_autoptr (GQueue) summaries = mvx_log_summary_take ();
  MvxLogSummary *summary;

  while ((summary = g_queue_pop_head (summaries)))
    {
      mvx_log_submit_summary (summary);
      mvx_log_summary_free (summary);
    }
}

void
mvx_log_submit_summaries (gint64 deadline_us)
{
  if (mvx_log_thread_get ()->depth > 0)
    return;
  mvx_log_throttle_collect_all ();
  mvx_log_submit_waiting_summaries ();
  mvx_log_summary_timer_wake ();
  mvx_log_summary_timer_settle (deadline_us); /* it may have taken some of them */
}

guint64
mvx_log_submit_due_summaries (void)
{
  guint64 next = mvx_log_throttle_collect_due ();

  mvx_log_submit_waiting_summaries ();
  return next;
}

static void
mvx_log_submit_to_none (const MvxLogSettings *settings)
{
  for (guint i = 0; i < settings->n_targets; i++)
    mvx_log_sink_end_use (settings->targets[i].common);
}

/* There is no memory for the event, and so none to tell of it: it counts as one that found a full queue. */
static void
mvx_log_submit_refuse (const MvxLogSettings *settings, gint level)
{
  for (guint i = 0; i < settings->n_targets; i++)
    if (settings->targets[i].queue && level >= mvx_log_sink_threshold (settings->targets[i].common))
      mvx_log_queue_refuse (settings->targets[i].queue, level, MVX_LOG_REASON_QUEUE_FULL);
  mvx_log_submit_to_none (settings);
}

/* What to do about an event that could not be handed over. Takes @cause. */
static void
mvx_log_submit_report (MvxLogNodeFull *node, MvxLogErrorPolicy policy, GError *cause, GError **error)
{
  mvx_log_error_wrap (&cause, MVX_LOG_ERROR, MVX_LOG_ERROR_UNABLE_TO_LOG, "Context '%s' could not hand over an event",
                      *node->name ? node->name : "<root>");
  if (policy == MVX_LOG_ERROR_POLICY_RAISE && error)
    {
      g_propagate_error (error, cause);
      return;
    }
  if (policy != MVX_LOG_ERROR_POLICY_IGNORE && g_atomic_int_compare_and_exchange (&node->printed, 0, 1))
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "%s", cause->message);
  g_error_free (cause);
}

static MvxLogSubmitResult
mvx_log_submit_payload (MvxLogThread *thread, MvxLogSettings *settings, const MvxLogParts *parts, GError **cause)
{
  gint64 time_ns = parts->held ? parts->held->time_ns : 0;
  const MvxLogRecord *record = parts->held ? parts->held->record : mvx_log_compose (thread, settings, parts, &time_ns);
  g_auto (MvxLogRefined) refined = { 0 };
  MvxLogShapeResult refined_as = record ? MVX_LOG_SHAPE_DROPPED : MVX_LOG_SHAPE_SHORT;
  MvxLogSubmitResult result;

  if (record && mvx_log_submit_policy_accepts (thread, settings, parts, record, time_ns, cause))
    refined_as = mvx_log_refine (&refined, thread, settings, parts, record, time_ns, cause);
  if (refined_as == MVX_LOG_SHAPE_SHORT)
    {
      mvx_log_submit_refuse (settings, parts->init->level);
      return MVX_LOG_REFUSED;
    }
  if (refined_as != MVX_LOG_SHAPE_DONE)
    {
      mvx_log_submit_to_none (settings);
      return *cause ? MVX_LOG_REFUSED : MVX_LOG_FILTERED;
    }
  thread->ticket = parts->ticket;
  result = mvx_log_handout (thread, parts->node, settings, &refined.event, cause);
  thread->ticket = NULL;
  return result;
}

/* FALSE: what waited has just been handed over, and so is this. */
static gboolean
mvx_log_submit_wait (MvxLogThread *thread, const MvxLogSettings *settings, const MvxLogParts *parts)
{
  gint64 time_ns = parts->held ? parts->held->time_ns : 0;
  const MvxLogRecord *record = parts->held ? parts->held->record : mvx_log_compose (thread, settings, parts, &time_ns);

  if (record == NULL)
    {
      mvx_log_submit_refuse (settings, parts->init->level);
      return TRUE;
    }
  mvx_log_submit_to_none (settings);
  return mvx_log_hold_keep (parts->node, record, time_ns);
}

/* Past what can be decided without the payload. The scratch buffer is in use, and locks are held over allocations: what
 * an allocator of the program logs is diverted. FALSE: try again. */
static gboolean
mvx_log_submit_guarded (MvxLogThread *thread,
                        MvxLogSettings *settings,
                        const MvxLogParts *parts,
                        MvxLogSubmitResult *result,
                        GError **cause)
{
  gboolean done = TRUE;

  *result = MVX_LOG_ACCEPTED;
  thread->depth++;
  if (G_UNLIKELY (settings->held))
    done = mvx_log_submit_wait (thread, settings, parts);
  else
    *result = mvx_log_submit_payload (thread, settings, parts, cause);
  thread->depth--;
  return done;
}

MvxLogSubmitResult
mvx_log_submit_parts (const MvxLogParts *parts, GError **error)
{
  MvxLogThread *thread = mvx_log_thread_get ();
  g_autoptr (MvxLogSettings) settings = NULL;
  MvxLogSubmitResult result;
  GError *cause = NULL;
  gboolean allowed;

  if (thread->depth > 0)
    {
      mvx_log_submit_divert (parts);
      return MVX_LOG_FILTERED;
    }
  settings = mvx_log_settings_use (parts->node);
  if (G_UNLIKELY (settings->held))
    return mvx_log_submit_guarded (thread, settings, parts, &result, &cause) ? result
                                                                             : mvx_log_submit_parts (parts, error);
  allowed = (parts->any_level || parts->init->level >= mvx_log_settings_threshold (settings))
            && (parts->composed || mvx_log_submit_policy_allows (thread, settings, parts, &cause));
  if (mvx_log_summary_is_waiting () && !parts->unasked)
    mvx_log_submit_waiting_summaries ();
  if (allowed)
    mvx_log_submit_guarded (thread, settings, parts, &result, &cause);
  else
    {
      mvx_log_submit_to_none (settings);
      result = cause ? MVX_LOG_REFUSED : MVX_LOG_FILTERED;
    }
  if (cause)
    mvx_log_submit_report (parts->node, parts->ticket ? MVX_LOG_ERROR_POLICY_RAISE : settings->error_policy, cause,
                           error);
  else if (result == MVX_LOG_ACCEPTED && G_UNLIKELY (g_atomic_int_get (&parts->node->printed)))
    g_atomic_int_set (&parts->node->printed, 0);
  return result;
}

gboolean
mvx_log_submit_is_wanted (const MvxLogParts *parts)
{
  MvxLogThread *thread = mvx_log_thread_get ();
  g_autoptr (MvxLogSettings) settings = NULL;
  GError *cause = NULL;
  gboolean wanted;

  if (thread->depth > 0)
    return TRUE; /* it goes to the diagnostics */
  settings = mvx_log_settings_get (parts->node);
  if (settings->held)
    return TRUE;
  wanted = parts->init->level >= mvx_log_settings_threshold (settings)
           && mvx_log_submit_policy_allows (thread, settings, parts, &cause);
  if (cause)
    mvx_log_submit_report (parts->node, settings->error_policy, cause, NULL);
  return wanted;
}

void
mvx_log_submit_hold (void)
{
  mvx_log_tree_lock ();
  mvx_log_hold_set_on (TRUE);
  mvx_log_tree_unlock_changed (NULL);
}

static void
mvx_log_submit_held (const MvxLogHeld *held)
{
  const MvxLogEvent *event = held->event;
  const MvxLogEventInit init = {
    .level = event->record->level,
    .name = mvx_log_event_get_name (event),
    .entity_id = mvx_log_event_get_entity_id (event),
    .event_namespace = mvx_log_event_get_context (event),
    .file = mvx_log_event_get_file (event),
    .function = mvx_log_event_get_function (event),
    .line = mvx_log_event_get_line (event),
  };
  const MvxLogParts parts = { .node = held->node, .init = &init, .site = event->site, .held = event };

  mvx_log_submit_parts (&parts, NULL);
}

void
mvx_log_submit_release (void)
{
  MvxLogHeld held;
  guint n_lost;

  mvx_log_tree_lock ();
  if (!mvx_log_hold_is_on ())
    {
      mvx_log_tree_unlock_unchanged ();
      return;
    }
  mvx_log_hold_set_on (FALSE);
  mvx_log_tree_unlock_changed (NULL);
  while (mvx_log_hold_pop (&held))
    {
      mvx_log_submit_held (&held);
      mvx_log_event_free (held.event);
    }
  n_lost = mvx_log_hold_lost ();
  if (n_lost > 0)
    mvx_log_diag (
        MVX_LOG_LEVEL_WARNING,
        "%u events that waited for a configuration were lost, only the last %d (4 MiB) are kept; configure or "
        "release earlier",
        n_lost, MVX_LOG_HOLD_MAX_EVENTS);
}

static void
mvx_log_write_init (const MvxLogHead *head,
                    const MvxLogEventInit *init,
                    const MvxLogCallsite *callsite,
                    const MvxLogArg *args)
{
  MvxLogField fields[MVX_LOG_MAX_MACRO_FIELDS];
  MvxLogParts parts = {
    .node = mvx_log_node_full (head),
    .bound = head->bound,
    .init = init,
    .site = callsite,
    .args = args,
    .fields = fields,
    .n_fields = mvx_log_fields_from_args (fields, callsite, args),
  };

  mvx_log_submit_parts (&parts, NULL);
}

/**
 * mvx_log_write_named: (skip)
 * @head: a context or a resolved handle
 * @level: severity
 * @event_name: (nullable): the event's name
 * @callsite: the static part of the call
 * @args: the arguments, as many as the callsite has fields
 *
 * What %mvx_event expands to, past the level gate. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_write_named (const MvxLogHead *head,
                     gint level,
                     const char *event_name,
                     const MvxLogCallsite *callsite,
                     const MvxLogArg *args)
{
  MvxLogEventInit init = { .level = level, .name = event_name };

  mvx_log_write_init (head, &init, callsite, args);
}

/**
 * mvx_log_write_event_id: (skip)
 * @head: a context or a resolved handle
 * @level: severity
 * @event: the kind of event, its name included
 * @callsite: the static part of the call
 * @args: the arguments, as many as the callsite has fields
 *
 * What %mvx_event expands to if it is given an %MVX_LOG_EVENT_ID for a name. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_write_event_id (const MvxLogHead *head,
                        gint level,
                        const MvxLogEventId *event,
                        const MvxLogCallsite *callsite,
                        const MvxLogArg *args)
{
  MvxLogEventInit init = { .level = level, .name = event->name, .event_id = event->id };

  mvx_log_write_init (head, &init, callsite, args);
}

/**
 * mvx_log_event_submit: (skip)
 * @context: a context
 * @init: everything about the event but its fields
 * @fields: (array length=n_fields) (nullable): its fields; of a key given twice the last counts
 * @n_fields: how many
 * @error: return location for an error, set only under %MVX_LOG_ERROR_POLICY_RAISE
 *
 * Logs an event. Everything is copied. Thread-safe.
 *
 * Returns: whether it was accepted, filtered or refused; refused without an error if there is no memory
 *
 * Since: 1.0
 */
MvxLogSubmitResult
mvx_log_event_submit (MvxLogContext *context,
                      const MvxLogEventInit *init,
                      const MvxLogField *fields,
                      guint n_fields,
                      GError **error)
{
  g_return_val_if_fail (context != NULL, MVX_LOG_REFUSED);
  g_return_val_if_fail (init != NULL, MVX_LOG_REFUSED);
  g_return_val_if_fail (fields != NULL || n_fields == 0, MVX_LOG_REFUSED);

  if (!mvx_log_context_is_enabled (context, init->level))
    return MVX_LOG_FILTERED;
  {
    MvxLogParts parts = {
      .node = mvx_log_node_full (&context->head),
      .bound = context->head.bound,
      .init = init,
      .fields = fields,
      .n_fields = n_fields,
    };

    return mvx_log_submit_parts (&parts, error);
  }
}
