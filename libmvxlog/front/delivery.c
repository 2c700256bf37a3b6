/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All sinks together: flush, reopen, shutdown. */
#include <mvxlog/context.h>
#include <mvxlog/delivery.h>

#include "base/error-private.h"
#include "context/tree-private.h"
#include "front/process-private.h"

typedef gboolean (*MvxLogDeliveryFunc) (MvxLogSink *sink, gint64 deadline_us, GError **error);

/* Those with a name, and those that contexts were given directly. */
static GPtrArray *
mvx_log_delivery_list (void)
{
  MvxLogRegistry *registry = mvx_log_process_get_registry ();
  g_auto (GStrv) names = registry ? mvx_log_registry_get_names (registry) : NULL;
  GPtrArray *sinks = mvx_log_tree_list_sinks ();

  for (guint i = 0; names && names[i]; i++)
    {
      g_autoptr (MvxLogSink) sink = mvx_log_registry_get (registry, names[i]);

      if (sink && !g_ptr_array_find (sinks, sink, NULL))
        g_ptr_array_add (sinks, g_steal_pointer (&sink));
    }
  return sinks;
}

/* All of them, whatever some say; one error tells of all. */
static gboolean
mvx_log_delivery_all (MvxLogDeliveryFunc func, gint64 deadline_us, GError **error)
{
  g_autoptr (GPtrArray) sinks = mvx_log_delivery_list ();
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) first = NULL;

  for (guint i = 0; i < sinks->len; i++)
    {
      g_autoptr (GError) local = NULL;

      if (func (g_ptr_array_index (sinks, i), deadline_us, &local))
        continue;
      g_string_append_printf (text, "%s%s", text->len ? "; " : "", local ? local->message : "a sink gave no reason");
      if (first == NULL)
        first = g_steal_pointer (&local);
    }
  if (text->len == 0)
    return TRUE;
  if (error)
    *error = mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED, first, NULL, "%s", text->str);
  return FALSE;
}

static gboolean
mvx_log_delivery_flush_one (MvxLogSink *sink, gint64 deadline_us, GError **error)
{
  return mvx_log_sink_flush (sink, deadline_us, error);
}

static gboolean
mvx_log_delivery_reopen_one (MvxLogSink *sink, gint64 deadline_us, GError **error)
{
  return mvx_log_sink_reopen (sink, error);
}

/**
 * mvx_log_flush:
 * @deadline_us: a g_get_monotonic_time() to wait until, -1 for ever
 * @error: return location for an error
 *
 * Waits until everything that was accepted before the call is delivered. Refused on a sink's own thread. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_SINK_ERROR_UNDELIVERED, which tells for each sink how many events are not
 *
 * Since: 1.0
 */
gboolean
mvx_log_flush (gint64 deadline_us, GError **error)
{
  return mvx_log_delivery_all (mvx_log_delivery_flush_one, deadline_us, error);
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
  return mvx_log_delivery_all (mvx_log_delivery_reopen_one, -1, error);
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
                                "{%s, {'accepted': <%t>, 'delivered': <%t>, 'dropped': <%t>, 'refused': <%t>, "
                                "'undelivered': <%t>}}",
                                name ? name : "", counters.accepted, counters.delivered,
                                mvx_log_delivery_sum (counters.dropped), mvx_log_delivery_sum (counters.refused),
                                counters.pending + mvx_log_delivery_sum (counters.dropped));
}

/**
 * mvx_log_shutdown:
 * @deadline_us: a g_get_monotonic_time() to end by, -1 for never
 * @result: (out) (optional) (transfer full): `a{sa{sv}}`: per sink `accepted`, `delivered`, `dropped`, `refused` and
 *   `undelivered`
 *
 * Delivers what has been accepted, as far as that can be done by the deadline, and ends all sinks. Logging stays legal
 * and does nothing, until [func@MvxLog.reset] or a new configuration. Called again at the end of the process at the
 * latest. Thread-safe.
 *
 * Returns: %TRUE if everything that was ever accepted has been delivered
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
  GVariantBuilder builder;
  gboolean complete = TRUE;

  mvx_log_process_say_farewell ();
  sinks = mvx_log_delivery_list ();
  mvx_log_context_set_sinks (root, NULL, 0, NULL);
  mvx_log_tree_apply (NULL, 0);
  if (registry)
    mvx_log_registry_reset (registry, deadline_us, NULL);
  for (guint i = 0; i < sinks->len; i++)
    mvx_log_sink_terminate (g_ptr_array_index (sinks, i), deadline_us, NULL);

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sa{sv}}"));
  for (guint i = 0; i < sinks->len; i++)
    {
      MvxLogCounters counters;

      mvx_log_delivery_state (&builder, g_ptr_array_index (sinks, i));
      mvx_log_sink_get_counters (g_ptr_array_index (sinks, i), &counters);
      complete = complete && counters.accepted == counters.delivered;
    }
  state = g_variant_ref_sink (g_variant_builder_end (&builder));
  if (result)
    *result = g_steal_pointer (&state);
  return complete;
}
