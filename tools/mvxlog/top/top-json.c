/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program has said stays as it was, whatever a newer one says. */
#include "base/tool-text.h"
#include "top/top-print.h"

/* What is computed here; a program that says it, too, is not believed. */
static const char *const mvx_top_computed[]
    = { "in_per_s", "out_per_s", "p50_us", "p99_us", "lost_total", "lost_by_reason" };

static gboolean
mvx_top_is_computed (const MvxJsonSlice *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (mvx_top_computed); i++)
    if (mvx_top_is_key (key, mvx_top_computed[i]))
      return TRUE;
  return FALSE;
}

static void
mvx_top_json_key (GString *out, const char *key)
{
  g_string_append_printf (out, "%s\"%s\":", out->str[out->len - 1] == '{' ? "" : ",", key);
}

static void
mvx_top_json_double (GString *out, const char *key, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  mvx_top_json_key (out, key);
  g_string_append (out, number < 0 ? "null" : g_ascii_formatd (text, sizeof text, "%.1f", number));
}

static void
mvx_top_json_total (GString *out, GTree *lost)
{
  mvx_top_json_key (out, "lost_total");
  if (lost)
    g_string_append_printf (out, "%" G_GINT64_FORMAT, mvx_top_sum_reasons (lost));
  else
    g_string_append (out, "null");
}

/* Without the end, so that more can follow. */
static void
mvx_top_json_copy (GString *out, const MvxJsonSlice *object, const char *but)
{
  MvxJsonSlice key, value;
  MvxJsonIter iter;

  g_string_append_c (out, '{');
  mvx_json_iter_init (&iter, object);
  while (mvx_json_iter_next (&iter, &key, &value))
    {
      if (mvx_top_is_computed (&key) || (but && mvx_top_is_key (&key, but)))
        continue;
      if (out->str[out->len - 1] != '{')
        g_string_append_c (out, ',');
      g_string_append_len (out, key.start, (gssize) key.length);
      g_string_append_c (out, ':');
      g_string_append_len (out, value.start, (gssize) value.length);
    }
}

static void
mvx_top_json_sink (GString *out, const MvxTopSink *sink, const MvxTopRates *rates)
{
  GTree *lost = mvx_top_sink_lost (sink);

  mvx_top_json_copy (out, &sink->json, NULL);
  mvx_top_json_double (out, "in_per_s", rates->in_per_s);
  mvx_top_json_double (out, "out_per_s", rates->out_per_s);
  mvx_top_json_double (out, "p50_us", rates->p50_us);
  mvx_top_json_double (out, "p99_us", rates->p99_us);
  mvx_top_json_total (out, lost);
  g_string_append_c (out, '}');
  g_clear_pointer (&lost, g_tree_unref);
}

static void
mvx_top_json_reasons (GString *out, GTree *lost)
{
  const char *comma = "{";

  mvx_top_json_key (out, "lost_by_reason");
  for (GTreeNode *node = lost ? g_tree_node_first (lost) : NULL; node; node = g_tree_node_next (node))
    {
      g_string_append (out, comma);
      mvx_tool_text_json (out, g_tree_node_key (node), -1);
      g_string_append_printf (out, ":%" G_GINT64_FORMAT, *(const gint64 *) g_tree_node_value (node));
      comma = ",";
    }
  g_string_append (out, *comma == '{' ? "{}" : "}");
}

void
mvx_top_print_json (GString *out, const MvxTopProgram *program, const MvxTopRates *sinks, const MvxTopRates *all)
{
  GTree *lost = mvx_top_program_lost (program);

  mvx_top_json_copy (out, &program->json, "sinks");
  mvx_top_json_double (out, "in_per_s", all->in_per_s);
  mvx_top_json_double (out, "out_per_s", all->out_per_s);
  mvx_top_json_total (out, lost);
  mvx_top_json_reasons (out, lost);
  mvx_top_json_key (out, "sinks");
  g_string_append_c (out, '[');
  for (guint i = 0; i < program->sinks->len; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      mvx_top_json_sink (out, g_ptr_array_index (program->sinks, i), &sinks[i]);
    }
  g_string_append (out, "]}");
  g_clear_pointer (&lost, g_tree_unref);
}
