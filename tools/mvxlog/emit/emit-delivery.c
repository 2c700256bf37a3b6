/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/mvxlog.h>

#include "emit/emit-delivery.h"
#include "sink/quantity-private.h"
#include "tool.h"

/* Sinks that do not say how long their queue is. */
#define MVX_EMIT_WINDOW 1000
#define MVX_EMIT_WINDOW_BYTES (4 * 1024 * 1024)
/* To end what will not be delivered any more. */
#define MVX_EMIT_SHUTDOWN_US (G_USEC_PER_SEC / 2)

/* Half of a queue: one that keeps room for the more important refuses lesser events before it is full. */
static void
mvx_emit_delivery_look_at (MvxEmitDelivery *delivery, const char *name)
{
  g_autoptr (GVariant) options = mvx_log_get_sink_options (name);
  gint64 size = 0;
  guint64 bytes = 0;

  if (options == NULL)
    return;
  g_variant_lookup (options, "queue-max-size", "x", &size);
  g_variant_lookup (options, "queue-max-bytes", "t", &bytes);
  if (size > 0)
    delivery->window = MIN (delivery->window, MAX ((guint64) size / 2, 1));
  if (bytes > 0)
    delivery->window_bytes = MIN (delivery->window_bytes, MAX (bytes / 2, 1));
}

void
mvx_emit_delivery_init (MvxEmitDelivery *delivery, gint64 timeout_us)
{
  g_auto (GStrv) names = mvx_log_get_sink_names ();

  delivery->timeout_us = timeout_us;
  delivery->window = MVX_EMIT_WINDOW;
  delivery->window_bytes = MVX_EMIT_WINDOW_BYTES;
  for (guint i = 0; names[i]; i++)
    mvx_emit_delivery_look_at (delivery, names[i]);
}

void
mvx_emit_delivery_clear (MvxEmitDelivery *delivery)
{
  g_clear_error (&delivery->first);
}

static gboolean
mvx_emit_delivery_flush (MvxEmitDelivery *delivery)
{
  g_autoptr (GError) error = NULL;
  gint64 deadline = delivery->timeout_us < 0 ? -1 : g_get_monotonic_time () + delivery->timeout_us;

  delivery->n = 0;
  delivery->bytes = 0;
  if (mvx_log_flush (deadline, &error))
    return TRUE;
  if (delivery->first == NULL)
    delivery->first = g_steal_pointer (&error);
  return FALSE;
}

gboolean
mvx_emit_delivery_pace (MvxEmitDelivery *delivery, gsize bytes)
{
  gboolean full = delivery->n >= delivery->window || delivery->bytes + bytes > delivery->window_bytes;

  if (full && delivery->n > 0 && !mvx_emit_delivery_flush (delivery))
    return FALSE;
  delivery->n++;
  delivery->bytes += bytes;
  delivery->n_submitted++;
  return TRUE;
}

void
mvx_emit_delivery_refused (MvxEmitDelivery *delivery, GError *error)
{
  delivery->n_refused++;
  if (delivery->first == NULL && error)
    delivery->first = error;
  else
    g_clear_error (&error);
}

/* Of all sinks: the sink that lacks most says how many events did not arrive somewhere. */
static guint64
mvx_emit_delivery_count_missing (void)
{
  g_auto (GStrv) names = mvx_log_get_sink_names ();
  guint64 most = 0;

  for (guint i = 0; names[i]; i++)
    {
      g_autoptr (MvxLogSink) sink = mvx_log_get_sink (names[i]);
      MvxLogCounters counters = { 0 };
      guint64 missing;

      if (sink == NULL)
        continue;
      mvx_log_sink_get_counters (sink, &counters);
      missing = counters.pending;
      for (guint reason = 0; reason < MVX_LOG_N_REASONS; reason++)
        missing += counters.dropped[reason] + counters.refused[reason];
      most = MAX (most, missing);
    }
  return most;
}

int
mvx_emit_delivery_finish (MvxEmitDelivery *delivery)
{
  gboolean flushed = mvx_emit_delivery_flush (delivery);
  guint64 missing = MAX (mvx_emit_delivery_count_missing (), delivery->n_refused);
  g_autofree char *within = NULL;
  g_autofree char *lost = NULL;
  g_autofree char *all = NULL;

  mvx_log_shutdown (g_get_monotonic_time () + MVX_EMIT_SHUTDOWN_US, NULL);
  if (flushed && missing == 0)
    return MVX_TOOL_OK;
  within = mvx_log_quantity_format_duration (delivery->timeout_us);
  lost = g_strdup_printf ("%" G_GUINT64_FORMAT, MAX (missing, 1));
  all = g_strdup_printf ("%" G_GUINT64_FORMAT, delivery->n_submitted);
  mvx_tool_error ("%s of %s events could not be delivered within %s%s%s", lost, all, within,
                  delivery->first ? ": " : "", delivery->first ? delivery->first->message : "");
  return MVX_TOOL_UNREACHABLE;
}
