/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "context/refine-private.h"
#include "base/error-private.h"
#include "base/shortage-private.h"
#include "context/scope-private.h"
#include "sink/processor-private.h"

/* What drafts, filters and redaction take from GLib's containers, and how often the event may be in them at once. */
#define MVX_LOG_REFINE_ROOM (16 * 1024)
#define MVX_LOG_REFINE_COPIES 4

void
mvx_log_refined_clear (MvxLogRefined *refined)
{
  mvx_log_draft_clear (&refined->draft);
}

/* Also in maps that stand in the call: the arguments of an operation. */
static gboolean
mvx_log_refine_has_marks (const MvxLogField *fields, guint n_fields)
{
  for (guint i = 0; i < n_fields; i++)
    {
      const MvxLogFieldArray *array = fields[i].kind == MVX_LOG_KIND_FIELDS ? fields[i].value.p : NULL;

      if (fields[i].flags & (MVX_LOG_FIELD_PERSONAL | MVX_LOG_FIELD_SECRET)
          || (array && mvx_log_refine_has_marks (array->fields, array->n_fields)))
        return TRUE;
    }
  return FALSE;
}

static gboolean
mvx_log_refine_is_sensitive (const MvxLogThread *thread, const MvxLogParts *parts)
{
  const MvxLogScopeCapture *scope = mvx_log_scope_state (thread);

  /* An early event is a record by now, and what was marked in it is not told here. */
  if (parts->held || (parts->bound && parts->bound->marks) || (scope && scope->fields && scope->fields->marks))
    return TRUE;
  return mvx_log_refine_has_marks (parts->fields, parts->n_fields);
}

static MvxLogShapeResult
mvx_log_refine_process (MvxLogRefined *refined, MvxLogThread *thread, const MvxLogSettings *settings, GError **error)
{
  GError *cause = NULL;
  gboolean kept;
  int before = mvx_log_thread_enter_foreign (thread);

  kept = mvx_log_processors_run (settings->processors, &refined->draft, &cause);
  mvx_log_thread_leave_foreign (thread, before);
  if (kept)
    {
      g_clear_error (&cause);
      return MVX_LOG_SHAPE_DONE;
    }
  for (guint i = 0; i < settings->n_targets; i++)
    if (refined->event.record->level >= mvx_log_sink_threshold (settings->targets[i].common))
      mvx_log_sink_count_filtered (settings->targets[i].common);
  if (cause == NULL)
    return MVX_LOG_SHAPE_DROPPED;
  mvx_log_error_wrap (&cause, MVX_LOG_ERROR, MVX_LOG_ERROR_UNABLE_TO_LOG, "A processor of the context failed");
  g_propagate_error (error, cause);
  return MVX_LOG_SHAPE_FAILED;
}

MvxLogShapeResult
mvx_log_refine (MvxLogRefined *refined,
                MvxLogThread *thread,
                const MvxLogSettings *settings,
                const MvxLogParts *parts,
                const MvxLogRecord *record,
                gint64 time_ns,
                GError **error)
{
  mvx_log_event_view (&refined->event, record);
  refined->event.time_ns = time_ns;
  refined->event.seq = 0;
  if (!settings->shaped && !mvx_log_refine_is_sensitive (thread, parts))
    return MVX_LOG_SHAPE_DONE;
  if (mvx_log_is_short_of (MVX_LOG_REFINE_ROOM + MVX_LOG_REFINE_COPIES * (gsize) record->size))
    return MVX_LOG_SHAPE_SHORT;
  mvx_log_draft_init (&refined->draft, &refined->event, settings->limits.max_string);
  refined->event.draft = &refined->draft;
  return settings->processors ? mvx_log_refine_process (refined, thread, settings, error) : MVX_LOG_SHAPE_DONE;
}

/* Whatever one of the sinks must not see. Takes @message. */
static char *
mvx_log_refine_finished (const MvxLogSettings *settings, char *message)
{
  for (guint i = 0; message && i < settings->n_targets; i++)
    {
      g_autoptr (MvxLogShape) shape = mvx_log_sink_ref_shape (settings->targets[i].common);

      message = mvx_log_shape_redact_message (shape, message);
    }
  return message;
}

char *
mvx_log_refine_message (const MvxLogSettings *settings, const MvxLogParts *parts)
{
  const char *template = parts->site ? parts->site->message_template : parts->init->message_template;
  g_auto (MvxLogDraft) draft = { 0 };
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogEvent *event;
  MvxLogEvent view;
  char *text;

  if (parts->init->message || template == NULL)
    return mvx_log_refine_finished (settings, mvx_log_parts_dup_message (parts));
  event = mvx_log_event_new (parts->node->name, parts->init->level, 0, template, parts->fields, parts->n_fields);
  mvx_log_draft_init (&draft, event, -1);
  mvx_log_shape_redact (NULL, &draft);
  for (guint i = 0; i < settings->n_targets; i++)
    {
      g_autoptr (MvxLogShape) shape = mvx_log_sink_ref_shape (settings->targets[i].common);

      for (guint j = 0; shape && j < draft.fields->len; j++)
        mvx_log_draft_nth (&draft, j)->seen = 0;
      if (shape)
        mvx_log_shape_redact (shape, &draft);
    }
  mvx_log_event_view (&view, mvx_log_draft_encode (&draft, &buffer));
  text = mvx_log_event_dup_message (&view);
  mvx_log_buffer_clear (&buffer);
  mvx_log_event_free (event);
  return text;
}
