/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All sinks together: flush, reopen, shutdown. */
#include <mvxlog/context.h>
#include <mvxlog/delivery.h>
#include <mvxlog/level.h>

#include "async/async-sink-private.h"
#include "base/diag-private.h"
#include "base/error-private.h"
#include "base/mark-private.h"
#include "context/compose-private.h"
#include "context/tree-private.h"
#include "front/process-private.h"
#include "front/status-server-private.h"
#include "sink/sink-private.h"

/* One error that tells of all. */
typedef struct
{
  GString *text;
  GError *first;
} MvxLogDeliveryErrors;

static void
mvx_log_delivery_collect (MvxLogDeliveryErrors *errors, GError *error)
{
  if (errors->text == NULL)
    errors->text = g_string_new (NULL);
  g_string_append_printf (errors->text, "%s%s", errors->text->len ? "; " : "", error->message);
  if (errors->first == NULL)
    errors->first = error;
  else
    g_clear_error (&error);
}

static gboolean
mvx_log_delivery_judge (MvxLogDeliveryErrors *errors, GError **error)
{
  gboolean ok = errors->text == NULL;

  if (!ok && error)
    *error = mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED, errors->first, NULL, "%s",
                                errors->text->str);
  if (!ok)
    g_string_free (errors->text, TRUE);
  g_clear_error (&errors->first);
  return ok;
}

/**
 * mvx_log_flush:
 * @deadline_us: a g_get_monotonic_time() to wait until, -1 for ever
 * @error: return location for an error
 *
 * Waits until everything that was accepted before the call is delivered, how many events policies have held back
 * included. Refused on a sink's own thread. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_SINK_ERROR_UNDELIVERED, which tells for each sink how many events are not
 *
 * Since: 1.0
 */
gboolean
mvx_log_flush (gint64 deadline_us, GError **error)
{
  g_autoptr (GPtrArray) sinks = mvx_log_process_list_sinks ();
  g_autofree MvxLogFlush **flushes = g_new0 (MvxLogFlush *, sinks->len);
  const gint64 begin = mvx_log_mark_begin ();
  MvxLogDeliveryErrors errors = { 0 };
  GError *local = NULL;
  gboolean ok;

  mvx_log_submit_summaries (deadline_us);
  /* The position first, in all of them: what is logged while one is waited for is nobody's business. */
  for (guint i = 0; i < sinks->len; i++)
    if (mvx_log_async_sink_has_plain_flush (sinks->pdata[i])
        && !mvx_log_async_sink_begin_flush (sinks->pdata[i], deadline_us, &flushes[i], &local))
      mvx_log_delivery_collect (&errors, g_steal_pointer (&local));
  for (guint i = 0; i < sinks->len; i++)
    {
      gboolean plain = mvx_log_async_sink_has_plain_flush (sinks->pdata[i]);

      if (plain ? !mvx_log_async_sink_end_flush (sinks->pdata[i], flushes[i], deadline_us, &local)
                : !mvx_log_sink_flush (sinks->pdata[i], deadline_us, &local))
        mvx_log_delivery_collect (&errors, g_steal_pointer (&local));
    }
  ok = mvx_log_delivery_judge (&errors, error);
  mvx_log_mark_end (begin, "flush", "%u sinks: %s", sinks->len, ok ? "delivered" : "not all delivered");
  return ok;
}

/**
 * mvx_log_reopen:
 * @error: return location for an error
 *
 * Makes all sinks reopen their files, after they were renamed by somebody else. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with an error that tells of all sinks that could not
 *
 * Since: 1.0
 */
gboolean
mvx_log_reopen (GError **error)
{
  g_autoptr (GPtrArray) sinks = mvx_log_process_list_sinks ();
  MvxLogDeliveryErrors errors = { 0 };
  GError *local = NULL;

  for (guint i = 0; i < sinks->len; i++)
    if (!mvx_log_sink_reopen (sinks->pdata[i], &local))
      mvx_log_delivery_collect (&errors, g_steal_pointer (&local));
  return mvx_log_delivery_judge (&errors, error);
}

static guint64
mvx_log_delivery_sum (const guint64 *counts)
{
  guint64 sum = 0;

  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    sum += counts[i];
  return sum;
}

static void
mvx_log_delivery_state (GVariantBuilder *builder, MvxLogSink *sink)
{
  g_autofree char *name = mvx_log_sink_dup_name (sink);
  MvxLogCounters counters;

  mvx_log_sink_get_counters (sink, &counters);
  g_variant_builder_add_parsed (builder,
                                "{%s, {'accepted': <%t>, 'delivered': <%t>, 'dropped': <%t>, 'filtered': <%t>, "
                                "'refused': <%t>, 'spooled': <%t>, 'undelivered': <%t>}}",
                                name ? name : "", counters.accepted, counters.delivered,
                                mvx_log_delivery_sum (counters.dropped), counters.filtered,
                                mvx_log_delivery_sum (counters.refused), counters.spooled,
                                counters.pending + mvx_log_delivery_sum (counters.dropped));
}

/**
 * mvx_log_shutdown:
 * @deadline_us: a g_get_monotonic_time() to end by, -1 for never
 * @result: (out) (optional) (transfer full): `a{sa{sv}}`: per sink `accepted`, `delivered`, `dropped`, `filtered`,
 *   `refused`, `spooled` and `undelivered`
 *
 * Delivers what has been accepted, as far as that can be done by the deadline, and ends all sinks. Logging stays legal
 * and does nothing, until [func@MvxLog.reset] or a new configuration. Called again at the end of the process at the
 * latest. Thread-safe.
 *
 * Returns: %TRUE if everything that was ever accepted has been delivered, or waits in a spool
 *
 * Since: 1.0
 */
gboolean
mvx_log_shutdown (gint64 deadline_us, GVariant **result)
{
  MvxLogRegistry *registry = mvx_log_process_get_registry ();
  g_autoptr (GPtrArray) sinks = NULL;
  g_autoptr (MvxLogContext) root = mvx_log_tree_get ("");
  g_autoptr (GVariant) state = NULL;
  g_autoptr (GError) error = NULL;
  GVariantBuilder builder;
  gboolean complete = TRUE;

  mvx_log_status_server_set (FALSE);
  mvx_log_process_say_farewell ();
  mvx_log_submit_release ();
  mvx_log_submit_summaries (deadline_us);
  sinks = mvx_log_process_list_sinks ();
  mvx_log_context_set_sinks (root, NULL, 0, NULL);
  mvx_log_tree_apply (NULL, 0);
  for (guint i = 0; i < sinks->len; i++)
    mvx_log_async_sink_begin_end (sinks->pdata[i], deadline_us);
  if (registry && !mvx_log_registry_reset (registry, mvx_log_async_sink_begin_end, deadline_us, &error))
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "Shutting down: %s", error->message);
  for (guint i = 0; i < sinks->len; i++)
    {
      g_clear_error (&error);
      if (!mvx_log_sink_terminate (g_ptr_array_index (sinks, i), deadline_us, &error))
        mvx_log_diag (MVX_LOG_LEVEL_ERROR, "Shutting down: %s", error->message);
    }

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sa{sv}}"));
  for (guint i = 0; i < sinks->len; i++)
    {
      MvxLogCounters counters;

      mvx_log_delivery_state (&builder, g_ptr_array_index (sinks, i));
      mvx_log_sink_get_counters (g_ptr_array_index (sinks, i), &counters);
      complete = complete && counters.accepted == counters.delivered + counters.diverted + counters.spooled;
    }
  state = g_variant_ref_sink (g_variant_builder_end (&builder));
  if (result)
    *result = g_steal_pointer (&state);
  return complete;
}
