/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>

#include "base/cancel-private.h"
#include "base/error-private.h"
#include "sink/fork-private.h"
#include "sink/ledger-private.h"
#include "sink/shape-private.h"
#include "sink/sink-private.h"

/**
 * MvxLogSink:
 *
 * Where events go. Plugins are wrapped as sinks; a program can also implement the interface itself.
 *
 * Since: 1.0
 */

G_DEFINE_INTERFACE (MvxLogSink, mvx_log_sink, G_TYPE_OBJECT)

static void
mvx_log_sink_default_init (MvxLogSinkInterface *iface)
{
}

/* The ledger of a sink that delivers in the caller's thread and keeps none itself. */
static void
mvx_log_sink_settle (MvxLogCounters *counters, gint level, gboolean delivered)
{
  mvx_log_ledger_count (&counters->offered);
  if (delivered)
    {
      mvx_log_ledger_count (&counters->accepted);
      mvx_log_ledger_count (&counters->delivered);
    }
  else
    {
      mvx_log_ledger_refuse (counters, level, MVX_LOG_REASON_ERROR);
      mvx_log_ledger_count (&counters->failed);
    }
}

void
mvx_log_sink_ensure_error (MvxLogSink *sink, const char *what, GError **error)
{
  g_autofree char *name = NULL;

  if (error == NULL || *error != NULL)
    return;
  name = mvx_log_sink_dup_name (sink);
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNEXPECTED, "Sink '%s' (%s) failed to %s without a reason",
               name ? name : "unnamed", G_OBJECT_TYPE_NAME (sink), what);
}

/* In a forked child: to whoever takes events of its parent's sinks. */
static gboolean
mvx_log_sink_pass_on (const MvxLogEvent *event, GError **error)
{
  MvxLogSink *heir;

  mvx_log_fork_find_heir (&heir);
  return heir == NULL || mvx_log_sink_log (heir, event, error);
}

static gboolean
mvx_log_sink_hand_over (MvxLogSink *sink, MvxLogSinkCommon *common, const MvxLogEvent *event, GError **error)
{
  MvxLogSinkInterface *iface = MVX_LOG_SINK_GET_IFACE (sink);
  gboolean delivered;
  int before;

  g_return_val_if_fail (iface->log != NULL, FALSE);

  if (mvx_log_sink_is_inherited (common))
    return mvx_log_sink_pass_on (event, error);
  before = mvx_log_cancel_defer ();
  delivered = iface->log (sink, event, error);
  mvx_log_cancel_allow (before);
  if (iface->get_counters == NULL)
    mvx_log_sink_settle (&common->counters, mvx_log_event_get_level (event), delivered);
  if (delivered)
    g_clear_error (error);
  else
    mvx_log_sink_ensure_error (sink, "take the event", error);
  return delivered;
}

/* The draft that comes with the event, or one of the event as it is. */
static MvxLogShapeResult
mvx_log_sink_shape (const MvxLogShape *shape,
                    const MvxLogEvent *event,
                    MvxLogBuffer *buffer,
                    const MvxLogRecord **record,
                    GError **error)
{
  g_auto (MvxLogDraft) own = { 0 };

  if (event->draft == NULL)
    mvx_log_draft_init (&own, event, -1);
  return mvx_log_shape_apply (shape, event->draft ? event->draft : &own, buffer, record, error);
}

static gboolean
mvx_log_sink_log_with_shape (MvxLogSink *sink,
                             MvxLogSinkCommon *common,
                             const MvxLogShape *shape,
                             const MvxLogEvent *event,
                             GError **error)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  const MvxLogRecord *record = NULL;
  MvxLogShapeResult result = mvx_log_sink_shape (shape, event, &buffer, &record, error);
  gboolean fine = result != MVX_LOG_SHAPE_FAILED;
  MvxLogEvent view;

  if (result == MVX_LOG_SHAPE_DONE)
    {
      mvx_log_event_view (&view, record);
      view.time_ns = event->time_ns;
      view.seq = event->seq;
      fine = mvx_log_sink_hand_over (sink, common, &view, error);
    }
  else
    mvx_log_sink_count_filtered (common);
  mvx_log_buffer_clear (&buffer);
  return fine;
}

static gboolean
mvx_log_sink_take (MvxLogSink *sink, MvxLogSinkCommon *common, const MvxLogEvent *event, GError **error)
{
  g_autoptr (MvxLogShape) shape = mvx_log_sink_ref_shape (common);

  if (shape || (event->draft && !common->transparent))
    return mvx_log_sink_log_with_shape (sink, common, shape, event, error);
  return mvx_log_sink_hand_over (sink, common, event, error);
}

gboolean
mvx_log_sink_log_handed_on (MvxLogSink *sink, const MvxLogEvent *event, GError **error)
{
  MvxLogSinkCommon *common = mvx_log_sink_common (sink);

  if (g_atomic_int_get (&common->level) != MVX_LOG_SINK_LEVEL_UNSET || !g_atomic_int_get (&common->enabled))
    return mvx_log_sink_log (sink, event, error);
  return mvx_log_sink_take (sink, common, event, error);
}

gboolean
mvx_log_sink_log_shaped (MvxLogSink *sink, const MvxLogEvent *event, GError **error)
{
  MvxLogSinkCommon *common = mvx_log_sink_common (sink);

  return mvx_log_event_get_level (event) < mvx_log_sink_threshold (common)
         || mvx_log_sink_hand_over (sink, common, event, error);
}

/**
 * mvx_log_sink_log:
 * @sink: a sink
 * @event: an event, valid for the call
 * @error: return location for an error
 *
 * Hands an event to the sink, past contexts and policies. An event below the sink's level, or for a disabled sink,
 * passes it by: the call succeeds and nothing is counted. The sink's filters, redaction and processors are applied.
 * Thread-safe.
 *
 * Returns: %TRUE if the sink took the event or does not want it, else %FALSE with the sink's error
 *
 * Since: 1.0
 */
gboolean
mvx_log_sink_log (MvxLogSink *sink, const MvxLogEvent *event, GError **error)
{
  MvxLogSinkCommon *common;

  g_return_val_if_fail (MVX_LOG_IS_SINK (sink), FALSE);
  g_return_val_if_fail (event != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  common = mvx_log_sink_common (sink);
  if (mvx_log_event_get_level (event) < mvx_log_sink_threshold (common))
    return TRUE;
  return mvx_log_sink_take (sink, common, event, error);
}

/**
 * mvx_log_sink_flush:
 * @sink: a sink
 * @deadline_us: monotonic time in microseconds, or -1 to wait for ever
 * @error: return location for an error
 *
 * Waits until everything that the sink accepted before is delivered. Refused on the sink's own worker. Thread-safe.
 *
 * An asynchronous sink says %MVX_LOG_SINK_ERROR_UNDELIVERED if some of it is lost, or not yet delivered at the
 * deadline. If the sink has failed, the failure is the cause, whether it came while the flush was waiting or before:
 * asked after the failure, the number is that of all events that were lost by it. A sink that failed and lost nothing
 * says %MVX_LOG_SINK_ERROR_INVALID_STATE.
 *
 * Returns: %TRUE if so, else %FALSE with the sink's error; %MVX_LOG_ERROR_TIMED_OUT at the deadline
 *
 * Since: 1.0
 */
gboolean
mvx_log_sink_flush (MvxLogSink *sink, gint64 deadline_us, GError **error)
{
  MvxLogSinkInterface *iface;

  g_return_val_if_fail (MVX_LOG_IS_SINK (sink), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  iface = MVX_LOG_SINK_GET_IFACE (sink);
  if (mvx_log_sink_is_inherited (mvx_log_sink_common (sink)) || iface->flush == NULL
      || iface->flush (sink, deadline_us, error))
    return TRUE;
  mvx_log_sink_ensure_error (sink, "flush", error);
  return FALSE;
}

/**
 * mvx_log_sink_reopen:
 * @sink: a sink
 * @error: return location for an error
 *
 * Lets the sink open its files again after they were renamed. Does nothing for sinks without files. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with the sink's error
 *
 * Since: 1.0
 */
gboolean
mvx_log_sink_reopen (MvxLogSink *sink, GError **error)
{
  MvxLogSinkInterface *iface;

  g_return_val_if_fail (MVX_LOG_IS_SINK (sink), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  iface = MVX_LOG_SINK_GET_IFACE (sink);
  if (mvx_log_sink_is_inherited (mvx_log_sink_common (sink)) || iface->reopen == NULL || iface->reopen (sink, error))
    return TRUE;
  mvx_log_sink_ensure_error (sink, "reopen", error);
  return FALSE;
}

/**
 * mvx_log_sink_terminate:
 * @sink: a sink
 * @deadline_us: monotonic time in microseconds, or -1 to wait for ever
 * @error: return location for an error
 *
 * Stops the sink for good, after delivering what it has if that can be done by the deadline. May be called more than
 * once and from several threads; the later callers wait for the first. Refused on the sink's own worker.
 *
 * Returns: %TRUE, or %FALSE with the sink's error; the sink is stopped nevertheless
 *
 * Since: 1.0
 */
gboolean
mvx_log_sink_terminate (MvxLogSink *sink, gint64 deadline_us, GError **error)
{
  MvxLogSinkInterface *iface;

  g_return_val_if_fail (MVX_LOG_IS_SINK (sink), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (mvx_log_sink_is_inherited (mvx_log_sink_common (sink)))
    return TRUE;
  iface = MVX_LOG_SINK_GET_IFACE (sink);
  mvx_log_sink_wait_unused (sink, deadline_us);
  if (iface->terminate == NULL || iface->terminate (sink, deadline_us, error))
    return TRUE;
  mvx_log_sink_ensure_error (sink, "terminate", error);
  return FALSE;
}

/**
 * mvx_log_sink_get_counters:
 * @sink: a sink
 * @counters: (out caller-allocates): return location for the ledger
 *
 * Reads the sink's ledger. While other threads log, its numbers may be of slightly different moments; they add up once
 * nothing is on its way. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_sink_get_counters (MvxLogSink *sink, MvxLogCounters *counters)
{
  MvxLogSinkInterface *iface;

  g_return_if_fail (MVX_LOG_IS_SINK (sink));
  g_return_if_fail (counters != NULL);

  *counters = (MvxLogCounters){ 0 };
  if (mvx_log_sink_is_inherited (mvx_log_sink_common (sink)))
    return;
  iface = MVX_LOG_SINK_GET_IFACE (sink);
  if (iface->get_counters)
    iface->get_counters (sink, counters);
  else
    mvx_log_ledger_read (&mvx_log_sink_common (sink)->counters, counters);
  counters->filtered = __atomic_load_n (&mvx_log_sink_common (sink)->filtered, __ATOMIC_RELAXED);
}
