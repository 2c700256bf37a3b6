/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>

#include "async/async-sink-private.h"
#include "base/shortage-private.h"
#include "context/handout-private.h"
#include "sink/fork-private.h"
#include "sink/shape-private.h"

/* Texts and details of an error and of what it is wrapped in. */
#define MVX_LOG_HANDOUT_ERROR_ROOM (16 * 1024)

static MvxLogSubmitResult
mvx_log_handout_enqueue (MvxLogThread *thread, const MvxLogTarget *target, const MvxLogRecord *record, GError **error)
{
  MvxLogReason reason;

  if (mvx_log_queue_put (target->queue, thread, record, &reason))
    return MVX_LOG_ACCEPTED;
  /* Want of memory may be what it was refused for; it is counted. */
  if (!mvx_log_is_short_of (MVX_LOG_HANDOUT_ERROR_ROOM))
    mvx_log_async_sink_refusal (MVX_LOG_ASYNC_SINK (target->sink), reason, error);
  return MVX_LOG_REFUSED;
}

/* What waits in a queue has its shape already: nobody finds there what the sink must not see. */
static MvxLogSubmitResult
mvx_log_handout_shaped (MvxLogThread *thread, const MvxLogTarget *target, const MvxLogDraft *draft, GError **error)
{
  g_autoptr (MvxLogShape) shape = mvx_log_sink_ref_shape (target->common);
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  const MvxLogRecord *record;
  MvxLogShapeResult shaped = mvx_log_shape_apply (shape, draft, &buffer, &record, error);
  MvxLogSubmitResult result = shaped == MVX_LOG_SHAPE_FAILED ? MVX_LOG_REFUSED : MVX_LOG_FILTERED;

  if (shaped == MVX_LOG_SHAPE_DONE)
    result = mvx_log_handout_enqueue (thread, target, record, error);
  else
    mvx_log_sink_count_filtered (target->common);
  mvx_log_buffer_clear (&buffer);
  return result;
}

/* To one sink. The record is in the thread's scratch buffer. */
static MvxLogSubmitResult
mvx_log_handout_to (MvxLogThread *thread, const MvxLogTarget *target, const MvxLogEvent *event, GError **error)
{
  gboolean ok;

  if (event->record->level < mvx_log_sink_threshold (target->common))
    return MVX_LOG_FILTERED;
  if (target->queue && event->draft)
    return mvx_log_handout_shaped (thread, target, event->draft, error);
  if (target->queue)
    return mvx_log_handout_enqueue (thread, target, event->record, error);
  thread->depth++;
  ok = mvx_log_sink_log (target->sink, event, error);
  thread->depth--;
  return ok ? MVX_LOG_ACCEPTED : MVX_LOG_REFUSED;
}

/* What several sinks say together. */
typedef struct
{
  MvxLogSubmitResult result;
  GError *first;
  gboolean orphaned; /* a sink that would get it is the parent's */
} MvxLogHandoutSum;

/* Every sink gets the event, whatever the others say; the first error is kept. */
static void
mvx_log_handout_add (MvxLogHandoutSum *sum, MvxLogSubmitResult one, GError *error)
{
  if (one == MVX_LOG_REFUSED || (one == MVX_LOG_ACCEPTED && sum->result == MVX_LOG_FILTERED))
    sum->result = one;
  if (sum->first == NULL)
    sum->first = error;
  else
    g_clear_error (&error);
}

/* Ends the use. */
static void
mvx_log_handout_one (MvxLogThread *thread, const MvxLogTarget *target, const MvxLogEvent *event, MvxLogHandoutSum *sum)
{
  GError *error = NULL;
  MvxLogSubmitResult one = MVX_LOG_FILTERED;

  if (!mvx_log_sink_is_inherited (target->common))
    one = mvx_log_handout_to (thread, target, event, &error);
  else if (event->record->level >= mvx_log_sink_threshold (target->common))
    sum->orphaned = TRUE;
  mvx_log_sink_end_use (target->common);
  mvx_log_handout_add (sum, one, error);
}

/* In a forked child, once for all sinks of its parent together. */
static void
mvx_log_handout_to_heir (MvxLogThread *thread, MvxLogNodeFull *node, const MvxLogEvent *event, MvxLogHandoutSum *sum)
{
  MvxLogSubmitResult one = MVX_LOG_FILTERED;
  GError *error = NULL;
  MvxLogSink *heir;

  if (mvx_log_fork_find_heir (&heir))
    {
      g_autoptr (MvxLogSettings) settings = mvx_log_settings_use (node);

      one = mvx_log_handout (thread, node, settings, event, &error);
    }
  else if (heir)
    one = mvx_log_handout_to (thread, &(MvxLogTarget){ .sink = heir, .common = mvx_log_sink_common (heir) }, event,
                              &error);
  mvx_log_handout_add (sum, one, error);
}

/* The settings have changed while the event was with another sink. If @sink has been replaced, the event goes to who
 * has its name now; if it has been taken away, it may have been closed, which is nobody's fault. */
static void
mvx_log_handout_late (MvxLogThread *thread,
                      MvxLogNodeFull *node,
                      const MvxLogTarget *target,
                      const MvxLogEvent *event,
                      MvxLogHandoutSum *sum)
{
  g_autoptr (MvxLogSettings) settings = mvx_log_settings_get (node);
  MvxLogTarget next = { .sink = target->sink, .common = target->common };
  MvxLogSubmitResult one;
  GError *error = NULL;
  guint i;

  while ((i = mvx_log_settings_find_successor (settings, target->sink)) < settings->n_targets
         && !mvx_log_settings_use_one (node, settings, i))
    {
      mvx_log_settings_unref (settings);
      settings = mvx_log_settings_get (node);
    }
  if (i == settings->n_targets)
    mvx_log_sink_begin_use (next.common);
  else
    next = (MvxLogTarget){ .sink = settings->targets[i].sink, .common = settings->targets[i].common };
  one = mvx_log_handout_to (thread, &next, event, &error);
  mvx_log_sink_end_use (next.common);
  if (i == settings->n_targets && g_error_matches (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE))
    {
      g_clear_error (&error);
      one = MVX_LOG_FILTERED;
    }
  mvx_log_handout_add (sum, one, error);
}

/* It can hold the thread up for as long as it likes. */
static gboolean
mvx_log_handout_may_block (const MvxLogTarget *target)
{
  return target->queue == NULL || target->queue->overflow == MVX_LOG_OVERFLOW_BLOCK;
}

/* First those that let the thread go at once, then the others one by one, and only the one whose turn it is is in use:
 * one that is stuck keeps nobody from closing or replacing another. */
MvxLogSubmitResult
mvx_log_handout (MvxLogThread *thread,
                 MvxLogNodeFull *node,
                 MvxLogSettings *settings,
                 const MvxLogEvent *event,
                 GError **error)
{
  MvxLogHandoutSum sum = { .result = MVX_LOG_FILTERED };
  guint first = settings->n_targets;

  for (guint i = 0; i < settings->n_targets; i++)
    {
      const MvxLogTarget *target = &settings->targets[i];

      if (!mvx_log_handout_may_block (target))
        mvx_log_handout_one (thread, target, event, &sum);
      else if (first == settings->n_targets)
        first = i;
      else
        mvx_log_sink_end_use (target->common);
    }
  for (guint i = first; i < settings->n_targets; i++)
    {
      const MvxLogTarget *target = &settings->targets[i];

      if (!mvx_log_handout_may_block (target))
        continue;
      if (i == first || mvx_log_settings_use_one (node, settings, i))
        mvx_log_handout_one (thread, target, event, &sum);
      else
        mvx_log_handout_late (thread, node, target, event, &sum);
    }
  if (G_UNLIKELY (sum.orphaned))
    mvx_log_handout_to_heir (thread, node, event, &sum);
  if (sum.first)
    g_propagate_error (error, sum.first);
  return sum.result;
}
