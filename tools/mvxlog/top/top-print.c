/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/tool-text.h"
#include "top/top-print.h"

/* 999, 12.4k, 3.1M; "-" for what is not known. */
static char *
mvx_top_format (double number)
{
  static const char units[] = "kMGTPE";
  guint unit = 0;

  if (number < 0)
    return g_strdup ("-");
  if (number < 999.5)
    return g_strdup_printf ("%.0f", number);
  for (number /= 1000; number >= 999.5 && unit < 5; unit++)
    number /= 1000;
  return g_strdup_printf (number < 99.95 ? "%.1f%c" : "%.0f%c", number, units[unit]);
}

static char *
mvx_top_format_rate (double rate)
{
  g_autofree char *text = mvx_top_format (rate);

  return rate < 0 ? g_steal_pointer (&text) : g_strconcat (text, "/s", NULL);
}

/* GLib puts a space before the unit that is more than a byte, which would not be as wide as it is long. */
static char *
mvx_top_format_bytes (gint64 bytes)
{
  g_autofree char *text = g_format_size_full ((guint64) MAX (bytes, 0), G_FORMAT_SIZE_IEC_UNITS);
  g_auto (GStrv) parts = g_strsplit (text, "\302\240", 2);

  return bytes < 0 ? g_strdup ("-") : bytes == 0 ? g_strdup ("0") : g_strjoinv (" ", parts);
}

/* The two largest units: 3h12m */
static char *
mvx_top_format_duration (gint64 us)
{
  const gint64 s = us / G_USEC_PER_SEC;

  if (us < 0)
    return g_strdup ("-");
  if (s < 60)
    return g_strdup_printf ("%" G_GINT64_FORMAT "s", s);
  if (s < 3600)
    return g_strdup_printf ("%" G_GINT64_FORMAT "m%" G_GINT64_FORMAT "s", s / 60, s % 60);
  if (s < 86400)
    return g_strdup_printf ("%" G_GINT64_FORMAT "h%" G_GINT64_FORMAT "m", s / 3600, s / 60 % 60);
  return g_strdup_printf ("%" G_GINT64_FORMAT "d%" G_GINT64_FORMAT "h", s / 86400, s / 3600 % 24);
}

static void
mvx_top_append_short (GString *out, double number)
{
  g_string_append_printf (out, number < 9.95 && number > 0 ? "%.1f" : "%.0f", number);
}

/* Both in the unit of the longer one: 8/45us; a plus if it may be more. */
static char *
mvx_top_format_percentiles (const MvxTopRates *rates)
{
  static const struct
  {
    double us;
    const char *name;
  } units[] = { { 1, "us" }, { 1000, "ms" }, { G_USEC_PER_SEC, "s" } };
  GString *text;
  guint unit = 0;

  if (rates->p99_us < 0)
    return g_strdup ("-");
  while (unit + 1 < G_N_ELEMENTS (units) && rates->p99_us >= 0.9995 * units[unit + 1].us)
    unit++;
  text = g_string_new (NULL);
  mvx_top_append_short (text, rates->p50_us / units[unit].us);
  g_string_append_c (text, '/');
  mvx_top_append_short (text, rates->p99_us / units[unit].us);
  g_string_append_printf (text, "%s%s", units[unit].name, rates->p99_open ? "+" : "");
  return g_string_free (text, FALSE);
}

/* Is only empty if nothing waits, and only full if nothing more goes in. */
static const char *
mvx_top_get_bar (const MvxTopSink *sink)
{
  static const char *const blocks[] = { " ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█" };
  gint64 n = sink->numbers[MVX_TOP_PENDING];
  gint64 max = sink->numbers[MVX_TOP_QUEUE_MAX];

  if (n <= 0 || max <= 0)
    return blocks[0];
  return n >= max ? blocks[8] : blocks[1 + (guint) ((double) n * 7 / (double) max)];
}

static char *
mvx_top_format_queue (const MvxTopSink *sink)
{
  gint64 n = sink->numbers[MVX_TOP_PENDING];
  gint64 max = sink->numbers[MVX_TOP_QUEUE_MAX];

  return n < 0 || max < 0 ? g_strdup ("-") : g_strdup_printf ("%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT, n, max);
}

/* Events and what they take up. */
static char *
mvx_top_format_spool (const MvxTopSink *sink)
{
  g_autofree char *events = mvx_top_format ((double) sink->numbers[MVX_TOP_SPOOLED]);
  g_autofree char *bytes = mvx_top_format_bytes (sink->numbers[MVX_TOP_SPOOL_BYTES]);

  return sink->numbers[MVX_TOP_SPOOL_BYTES] < 0 ? g_strdup ("-") : g_strdup_printf ("%s, %s", events, bytes);
}

static void
mvx_top_append_padded (GString *out, const char *text, int width)
{
  g_autoptr (GString) escaped = g_string_new (NULL);

  mvx_tool_text_escape (escaped, text, -1, 0);
  g_string_append (out, escaped->str);
  for (glong n = g_utf8_strlen (escaped->str, -1); n < width; n++)
    g_string_append_c (out, ' ');
}

static void
mvx_top_append_number (GString *out, gint64 number, int width)
{
  g_autofree char *text = mvx_top_format ((double) number);

  g_string_append_printf (out, " %*s", width, text);
}

static void
mvx_top_append_trouble (GString *out, const MvxTopSink *sink)
{
  gint64 left_us = sink->numbers[MVX_TOP_RETRY_IN_US];
  g_autofree char *left = mvx_top_format_duration (left_us + G_USEC_PER_SEC - 1);

  g_string_append (out, "  ");
  if (sink->last_error)
    mvx_tool_text_escape (out, sink->last_error, -1, 0);
  if (left_us >= 0)
    g_string_append_printf (out, sink->last_error ? " (retry in %s)" : "retry in %s", left);
  else if (sink->last_error == NULL)
    g_string_append_c (out, '-');
}

static void
mvx_top_append_sink (GString *out, const MvxTopSink *sink, const MvxTopRates *rates)
{
  gboolean runs = sink->state == NULL || strcmp (sink->state, "running") == 0;
  const char *state = runs && sink->health ? sink->health : sink->state ? sink->state : "-";
  g_autofree char *queue = mvx_top_format_queue (sink);
  g_autofree char *rate = mvx_top_format_rate (rates->out_per_s);
  g_autofree char *percentiles = mvx_top_format_percentiles (rates);
  g_autofree char *spool = mvx_top_format_spool (sink);
  GTree *lost = mvx_top_sink_lost (sink);

  g_string_append (out, "  ");
  mvx_top_append_padded (out, *sink->label ? sink->label : "-", 14);
  g_string_append_c (out, ' ');
  mvx_top_append_padded (out, state, 9);
  g_string_append_c (out, ' ');
  mvx_top_append_padded (out, queue, 13);
  g_string_append_printf (out, " %s %8s %11s", mvx_top_get_bar (sink), rate, percentiles);
  mvx_top_append_number (out, sink->numbers[MVX_TOP_DELIVERED], 7);
  mvx_top_append_number (out, mvx_top_sum_reasons (lost), 7);
  mvx_top_append_number (out, sink->numbers[MVX_TOP_RETRIED], 7);
  g_string_append_printf (out, " %15s", spool);
  mvx_top_append_trouble (out, sink);
  g_string_append_c (out, '\n');
  g_clear_pointer (&lost, g_tree_unref);
}

static void
mvx_top_append_lost (GString *out, const MvxTopProgram *program)
{
  GTree *lost = mvx_top_program_lost (program);
  const char *before = " (";

  if (lost == NULL)
    {
      g_string_append (out, "  dropped -");
      return;
    }
  g_string_append_printf (out, "  dropped %" G_GINT64_FORMAT, mvx_top_sum_reasons (lost));
  for (GTreeNode *node = g_tree_node_first (lost); node; node = g_tree_node_next (node))
    {
      g_string_append (out, before);
      mvx_tool_text_escape (out, g_tree_node_key (node), -1, 0);
      g_string_append_printf (out, " %" G_GINT64_FORMAT, *(const gint64 *) g_tree_node_value (node));
      before = ", ";
    }
  if (g_tree_nnodes (lost) > 0)
    g_string_append_c (out, ')');
  g_tree_unref (lost);
}

static void
mvx_top_append_memory (GString *out, const MvxTopProgram *program)
{
  g_autofree char *bytes = mvx_top_format_bytes (program->rss_bytes);
  gint64 grown = program->rss_grown_bytes;
  g_autofree char *change = mvx_top_format_bytes (grown == MVX_TOP_UNKNOWN ? 0 : ABS (grown));

  g_string_append_printf (out, "  rss %s", bytes);
  if (grown != MVX_TOP_UNKNOWN)
    g_string_append_printf (out, " (%c%s)", grown < 0 ? '-' : '+', change);
}

void
mvx_top_print_table (GString *out, const MvxTopProgram *program, const MvxTopRates *sinks, const MvxTopRates *all)
{
  g_autofree char *uptime = mvx_top_format_duration (program->uptime_us);
  g_autofree char *in = mvx_top_format_rate (all->in_per_s);
  g_autofree char *through = mvx_top_format_rate (all->out_per_s);

  mvx_tool_text_escape (out, program->program ? program->program : "?", -1, 0);
  g_string_append_printf (out, "[%d]  up %s  in %s  out %s", program->pid, uptime, in, through);
  mvx_top_append_lost (out, program);
  mvx_top_append_memory (out, program);
  g_string_append_printf (out, "\n  %-14s %-9s %-15s %8s %11s %7s %7s %7s %15s  %s\n", "SINK", "STATE", "QUEUE", "RATE",
                          "P50/P99", "SENT", "DROPPED", "RETRY", "SPOOL", "LAST ERROR");
  for (guint i = 0; i < program->sinks->len; i++)
    mvx_top_append_sink (out, g_ptr_array_index (program->sinks, i), &sinks[i]);
}
