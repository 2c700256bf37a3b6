/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/tool-text.h"
#include "top/top-print.h"

/* So that one that has not occurred yet is there, and can be seen to grow. */
static const char *const mvx_top_reasons[]
    = { "error", "level", "queue-full", "rejected", "shutdown", "state", "timeout" };

typedef struct
{
  const char *name;
  const char *type;
  const char *help;
  MvxTopNumber number;
  double unit; /* of the number */
} MvxTopMetric;

static const MvxTopMetric mvx_top_metrics[] = {
  { "mvxlog_events_offered_total", "counter", "Events that wanted into the sink.", MVX_TOP_OFFERED, 1 },
  { "mvxlog_events_accepted_total", "counter", "Events that the sink took on.", MVX_TOP_ACCEPTED, 1 },
  { "mvxlog_events_delivered_total", "counter", "Events that have arrived.", MVX_TOP_DELIVERED, 1 },
  { "mvxlog_events_diverted_total", "counter", "Events that the fallback has.", MVX_TOP_DIVERTED, 1 },
  { "mvxlog_events_filtered_total", "counter", "Events kept away by a filter, before they were offered.",
    MVX_TOP_FILTERED, 1 },
  { "mvxlog_events_retried_total", "counter", "Events offered to the destination once more.", MVX_TOP_RETRIED, 1 },
  { "mvxlog_events_recovered_total", "counter", "Accepted events that former processes have left.", MVX_TOP_RECOVERED,
    1 },
  { "mvxlog_events_dead_total", "counter", "Dropped events that are kept as dead letters.", MVX_TOP_DEAD, 1 },
  { "mvxlog_accepted_bytes_total", "counter", "Bytes of accepted events.", MVX_TOP_BYTES, 1 },
  { "mvxlog_dispatches_total", "counter", "Batches that were offered to the destination.", MVX_TOP_BATCHES, 1 },
  { "mvxlog_dispatches_failed_total", "counter", "Dispatches that ended in an error.", MVX_TOP_FAILED, 1 },
  { "mvxlog_circuit_opened_total", "counter", "Times that the sink began to rest after failures.", MVX_TOP_OPENED, 1 },
  { "mvxlog_queue_events", "gauge", "Accepted events that wait or are on their way.", MVX_TOP_PENDING, 1 },
  { "mvxlog_queue_max_events", "gauge", "Events that the queue has room for.", MVX_TOP_QUEUE_MAX, 1 },
  { "mvxlog_queue_high_water_events", "gauge", "Most events that have waited.", MVX_TOP_HIGH_WATER, 1 },
  { "mvxlog_spool_events", "gauge", "Accepted events that are kept on disk.", MVX_TOP_SPOOLED, 1 },
  { "mvxlog_spool_bytes", "gauge", "What the spool takes up on disk.", MVX_TOP_SPOOL_BYTES, 1 },
  { "mvxlog_retry_in_seconds", "gauge", "Time until a sink that has failed tries again.", MVX_TOP_RETRY_IN_US,
    G_USEC_PER_SEC },
};

/* Anything can be in a name: what would steer a terminal is shown, the rest is escaped as the format wants it. */
static void
mvx_top_prometheus_label (GString *out, const char *key, const char *value)
{
  g_autoptr (GString) text = g_string_new (NULL);

  mvx_tool_text_escape (text, value, -1, MVX_TOOL_TEXT_TABS | MVX_TOOL_TEXT_LINES);
  g_string_append_printf (out, "%s%s=\"", out->len > 0 ? "," : "", key);
  for (const char *p = text->str; *p; p++)
    switch (*p)
      {
      case '\n':
        g_string_append (out, "\\n");
        break;
      case '\\':
      case '"':
        g_string_append_c (out, '\\');
        G_GNUC_FALLTHROUGH;
      default:
        g_string_append_c (out, *p);
      }
  g_string_append_c (out, '"');
}

static char *
mvx_top_prometheus_labels (gint pid, const char *program, const char *sink)
{
  g_autofree char *number = g_strdup_printf ("%d", pid);
  GString *labels = g_string_new (NULL);

  mvx_top_prometheus_label (labels, "pid", number);
  if (program)
    mvx_top_prometheus_label (labels, "program", program);
  if (sink)
    mvx_top_prometheus_label (labels, "sink", sink);
  return g_string_free (labels, FALSE);
}

/* The same for all programs and sinks, so that what belongs together stands together. */
static void
mvx_top_prometheus_begin (GString *out, const char *name, const char *type, const char *help)
{
  g_string_append_printf (out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* @key (nullable) with @value is one more label. */
static void
mvx_top_prometheus_sample (GString *out,
                           const char *name,
                           const char *labels,
                           const char *key,
                           const char *value,
                           gint64 number,
                           double unit)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (out, "%s{%s", name, labels);
  if (key)
    {
      g_autoptr (GString) label = g_string_new (NULL);

      mvx_top_prometheus_label (label, key, value);
      g_string_append_printf (out, ",%s", label->str);
    }
  if (unit == 1)
    g_string_append_printf (out, "} %" G_GINT64_FORMAT "\n", number);
  else
    g_string_append_printf (out, "} %s\n", g_ascii_formatd (text, sizeof text, "%.6f", (double) number / unit));
}

typedef void (*MvxTopSinkFunc) (GString *out, const MvxTopSink *sink, const char *labels, gconstpointer data);

static void
mvx_top_prometheus_each_sink (GString *out, const GPtrArray *programs, MvxTopSinkFunc func, gconstpointer data)
{
  for (guint i = 0; i < programs->len; i++)
    {
      const MvxTopProgram *program = g_ptr_array_index (programs, i);

      for (guint j = 0; j < program->sinks->len; j++)
        {
          const MvxTopSink *sink = g_ptr_array_index (program->sinks, j);
          g_autofree char *labels = mvx_top_prometheus_labels (program->pid, program->program, sink->label);

          func (out, sink, labels, data);
        }
    }
}

static void
mvx_top_prometheus_number (GString *out, const MvxTopSink *sink, const char *labels, gconstpointer data)
{
  const MvxTopMetric *metric = data;
  gint64 number = sink->numbers[metric->number];

  if (number >= 0)
    mvx_top_prometheus_sample (out, metric->name, labels, NULL, NULL, number, metric->unit);
}

static void
mvx_top_prometheus_reasons (GString *out, GTree *known, const char *name, const char *labels)
{
  GTree *reasons = NULL;

  if (known == NULL)
    return;
  mvx_top_add_reasons (&reasons, known);
  for (guint i = 0; i < G_N_ELEMENTS (mvx_top_reasons); i++)
    if (g_tree_lookup (reasons, mvx_top_reasons[i]) == NULL)
      g_tree_replace (reasons, g_strdup (mvx_top_reasons[i]), g_new0 (gint64, 1));
  for (GTreeNode *node = g_tree_node_first (reasons); node; node = g_tree_node_next (node))
    mvx_top_prometheus_sample (out, name, labels, "reason", g_tree_node_key (node),
                               *(const gint64 *) g_tree_node_value (node), 1);
  g_tree_unref (reasons);
}

static void
mvx_top_prometheus_refused (GString *out, const MvxTopSink *sink, const char *labels, gconstpointer name)
{
  mvx_top_prometheus_reasons (out, sink->refused, name, labels);
}

static void
mvx_top_prometheus_dropped (GString *out, const MvxTopSink *sink, const char *labels, gconstpointer name)
{
  mvx_top_prometheus_reasons (out, sink->dropped, name, labels);
}

static void
mvx_top_prometheus_health (GString *out, const MvxTopSink *sink, const char *labels, gconstpointer name)
{
  if (sink->health)
    mvx_top_prometheus_sample (out, name, labels, "health", sink->health, 1, 1);
}

static void
mvx_top_prometheus_state (GString *out, const MvxTopSink *sink, const char *labels, gconstpointer name)
{
  if (sink->state)
    mvx_top_prometheus_sample (out, name, labels, "state", sink->state, 1, 1);
}

static void
mvx_top_prometheus_plugin (GString *out, const MvxTopSink *sink, const char *labels, gconstpointer name)
{
  if (sink->plugin)
    mvx_top_prometheus_sample (out, name, labels, "plugin", sink->plugin, 1, 1);
}

/* Class N is below 2^N microseconds; the last one has no end. */
static void
mvx_top_prometheus_times (GString *out, const MvxTopSink *sink, const char *labels, gconstpointer name)
{
  g_autofree char *bucket = g_strconcat (name, "_bucket", NULL);
  g_autofree char *sum = g_strconcat (name, "_sum", NULL);
  g_autofree char *count = g_strconcat (name, "_count", NULL);
  char end[G_ASCII_DTOSTR_BUF_SIZE];
  gint64 n = 0;

  if (sink->n_times == 0 || sink->numbers[MVX_TOP_DISPATCH_US] < 0)
    return;
  for (guint i = 0; i < sink->n_times; i++)
    {
      double us = (double) (G_GUINT64_CONSTANT (1) << i);

      n = mvx_top_add (n, sink->times[i]);
      g_ascii_formatd (end, sizeof end, "%.6f", us / G_USEC_PER_SEC);
      mvx_top_prometheus_sample (out, bucket, labels, "le", i + 1 < sink->n_times ? end : "+Inf", n, 1);
    }
  mvx_top_prometheus_sample (out, sum, labels, NULL, NULL, sink->numbers[MVX_TOP_DISPATCH_US], G_USEC_PER_SEC);
  mvx_top_prometheus_sample (out, count, labels, NULL, NULL, n, 1);
}

static void
mvx_top_prometheus_up (GString *out, const GPtrArray *programs, const GArray *silent)
{
  mvx_top_prometheus_begin (out, "mvxlog_program_up", "gauge", "Whether the program answers.");
  for (guint i = 0; i < programs->len; i++)
    {
      const MvxTopProgram *program = g_ptr_array_index (programs, i);
      g_autofree char *labels = mvx_top_prometheus_labels (program->pid, program->program, NULL);

      mvx_top_prometheus_sample (out, "mvxlog_program_up", labels, "version", program->version ? program->version : "",
                                 1, 1);
    }
  for (guint i = 0; i < silent->len; i++)
    {
      g_autofree char *labels = mvx_top_prometheus_labels (g_array_index (silent, gint, i), NULL, NULL);

      mvx_top_prometheus_sample (out, "mvxlog_program_up", labels, NULL, NULL, 0, 1);
    }
}

static void
mvx_top_prometheus_vitals (GString *out, const GPtrArray *programs)
{
  static const struct
  {
    const char *name;
    const char *help;
    gsize offset;
    double unit;
  } vitals[] = {
    { "mvxlog_uptime_seconds", "How long the program has run.", G_STRUCT_OFFSET (MvxTopProgram, uptime_us),
      G_USEC_PER_SEC },
    { "mvxlog_resident_memory_bytes", "Memory that the program has.", G_STRUCT_OFFSET (MvxTopProgram, rss_bytes), 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (vitals); i++)
    {
      mvx_top_prometheus_begin (out, vitals[i].name, "gauge", vitals[i].help);
      for (guint j = 0; j < programs->len; j++)
        {
          const MvxTopProgram *program = g_ptr_array_index (programs, j);
          g_autofree char *labels = mvx_top_prometheus_labels (program->pid, program->program, NULL);
          gint64 number = G_STRUCT_MEMBER (gint64, program, vitals[i].offset);

          if (number >= 0)
            mvx_top_prometheus_sample (out, vitals[i].name, labels, NULL, NULL, number, vitals[i].unit);
        }
    }
}

void
mvx_top_print_prometheus (GString *out, const GPtrArray *programs, const GArray *silent)
{
  static const struct
  {
    const char *name;
    const char *type;
    const char *help;
    MvxTopSinkFunc func;
  } others[] = {
    { "mvxlog_events_refused_total", "counter", "Events that were never accepted.", mvx_top_prometheus_refused },
    { "mvxlog_events_dropped_total", "counter", "Events that were accepted and lost.", mvx_top_prometheus_dropped },
    { "mvxlog_sink_health", "gauge", "1 for the health of the sink.", mvx_top_prometheus_health },
    { "mvxlog_sink_state", "gauge", "1 for the state of a sink with a worker.", mvx_top_prometheus_state },
    { "mvxlog_sink_plugin", "gauge", "1 for the plugin of the sink.", mvx_top_prometheus_plugin },
    { "mvxlog_dispatch_seconds", "histogram", "Time until a batch was answered.", mvx_top_prometheus_times },
  };

  mvx_top_prometheus_up (out, programs, silent);
  mvx_top_prometheus_vitals (out, programs);
  for (guint i = 0; i < G_N_ELEMENTS (mvx_top_metrics); i++)
    {
      const MvxTopMetric *metric = &mvx_top_metrics[i];

      mvx_top_prometheus_begin (out, metric->name, metric->type, metric->help);
      mvx_top_prometheus_each_sink (out, programs, mvx_top_prometheus_number, metric);
    }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      mvx_top_prometheus_begin (out, others[i].name, others[i].type, others[i].help);
      mvx_top_prometheus_each_sink (out, programs, others[i].func, others[i].name);
    }
}
