/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/mvxlog.h>

#include "base/tool-text.h"
#include "view/view-stats.h"

/* Names come from outside: a log with ever new ones must not fill the memory. */
#define MVX_VIEW_STATS_MAX 10000

typedef struct
{
  char *name;
  gint level; /* for the order of levels */
  guint64 n;
} MvxViewCount;

struct _MvxViewStats
{
  GHashTable *levels;
  GHashTable *contexts;
  guint64 n_events;
  guint64 n_lines;
  gint64 first_us;
  gint64 last_us;
};

static void
mvx_view_count_free (gpointer data)
{
  MvxViewCount *count = data;

  g_free (count->name);
  g_free (count);
}

MvxViewStats *
mvx_view_stats_new (void)
{
  MvxViewStats *stats = g_new0 (MvxViewStats, 1);

  stats->levels = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, mvx_view_count_free);
  stats->contexts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, mvx_view_count_free);
  stats->first_us = G_MAXINT64;
  stats->last_us = G_MININT64;
  return stats;
}

void
mvx_view_stats_free (MvxViewStats *stats)
{
  g_hash_table_unref (stats->levels);
  g_hash_table_unref (stats->contexts);
  g_free (stats);
}

static void
mvx_view_stats_count (GHashTable *table, const char *name, gint level)
{
  MvxViewCount *count = g_hash_table_lookup (table, name);

  if (count == NULL && g_hash_table_size (table) >= MVX_VIEW_STATS_MAX)
    {
      name = "(others)";
      count = g_hash_table_lookup (table, name);
    }
  if (count == NULL)
    {
      count = g_new0 (MvxViewCount, 1);
      count->name = g_strdup (name);
      count->level = level;
      g_hash_table_insert (table, count->name, count);
    }
  count->n++;
}

void
mvx_view_stats_add (MvxViewStats *stats, const MvxViewEvent *event)
{
  const MvxViewField *level = mvx_view_event_get (event, MVX_VIEW_LEVEL);
  const MvxViewField *context = mvx_view_event_get (event, MVX_VIEW_CONTEXT);
  const char *name = event->has_level ? mvx_log_level_to_string (event->level) : NULL;

  stats->n_events++;
  if (event->has_time)
    {
      stats->first_us = MIN (stats->first_us, event->time_us);
      stats->last_us = MAX (stats->last_us, event->time_us);
    }
  mvx_view_stats_count (stats->levels,
                        name    ? name
                        : level ? level->text
                                : "(none)",
                        event->has_level ? event->level : G_MININT);
  mvx_view_stats_count (stats->contexts, context ? context->text : "", 0);
}

void
mvx_view_stats_add_line (MvxViewStats *stats)
{
  stats->n_lines++;
}

/* Levels from the worst, contexts from the most frequent. */
static gint
mvx_view_stats_compare (gconstpointer a, gconstpointer b)
{
  const MvxViewCount *x = *(MvxViewCount *const *) a;
  const MvxViewCount *y = *(MvxViewCount *const *) b;

  if (x->level != y->level)
    return x->level < y->level ? 1 : -1;
  if (x->n != y->n)
    return x->n < y->n ? 1 : -1;
  return strcmp (x->name, y->name);
}

static GPtrArray *
mvx_view_stats_sort (GHashTable *table)
{
  GPtrArray *counts = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer count;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, NULL, &count))
    g_ptr_array_add (counts, count);
  g_ptr_array_sort (counts, mvx_view_stats_compare);
  return counts;
}

static void
mvx_view_stats_print_table (const char *title, const char *empty, GHashTable *table, GString *out)
{
  g_autoptr (GPtrArray) counts = mvx_view_stats_sort (table);

  g_string_append_printf (out, "%s\n", title);
  for (guint i = 0; i < counts->len; i++)
    {
      const MvxViewCount *count = g_ptr_array_index (counts, i);

      g_string_append_printf (out, "%12" G_GUINT64_FORMAT "  ", count->n);
      mvx_tool_text_escape (out, *count->name ? count->name : empty, -1, 0);
      g_string_append_c (out, '\n');
    }
}

static void
mvx_view_stats_print_object (const char *key, GHashTable *table, GString *out)
{
  g_autoptr (GPtrArray) counts = mvx_view_stats_sort (table);

  g_string_append_printf (out, ",\"%s\":{", key);
  for (guint i = 0; i < counts->len; i++)
    {
      const MvxViewCount *count = g_ptr_array_index (counts, i);

      g_string_append (out, i > 0 ? "," : "");
      mvx_tool_text_json (out, count->name, -1);
      g_string_append_printf (out, ":%" G_GUINT64_FORMAT, count->n);
    }
  g_string_append_c (out, '}');
}

static void
mvx_view_stats_print_time (const char *before, gint64 time_us, const char *behind, GString *out)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autofree char *text = when ? g_date_time_format (when, "%Y-%m-%dT%H:%M:%SZ") : NULL;

  if (text)
    g_string_append_printf (out, "%s%s%s", before, text, behind);
}

void
mvx_view_stats_print (MvxViewStats *stats, gboolean json, GString *out)
{
  const gboolean timed = stats->first_us <= stats->last_us;

  if (json)
    {
      g_string_append_printf (out, "{\"events\":%" G_GUINT64_FORMAT ",\"other_lines\":%" G_GUINT64_FORMAT,
                              stats->n_events, stats->n_lines);
      if (timed)
        {
          mvx_view_stats_print_time (",\"first\":\"", stats->first_us, "\"", out);
          mvx_view_stats_print_time (",\"last\":\"", stats->last_us, "\"", out);
        }
      mvx_view_stats_print_object ("levels", stats->levels, out);
      mvx_view_stats_print_object ("contexts", stats->contexts, out);
      g_string_append (out, "}\n");
      return;
    }
  g_string_append_printf (out, "%12" G_GUINT64_FORMAT "  events\n%12" G_GUINT64_FORMAT "  other lines\n",
                          stats->n_events, stats->n_lines);
  if (timed)
    {
      mvx_view_stats_print_time ("from ", stats->first_us, "", out);
      mvx_view_stats_print_time (" to ", stats->last_us, "\n", out);
    }
  mvx_view_stats_print_table ("by level", "(none)", stats->levels, out);
  mvx_view_stats_print_table ("by context", "(root)", stats->contexts, out);
}
