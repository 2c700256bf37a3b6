/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loghub-report.h"

#include <string.h>

#define LOGHUB_REPORT_CONTEXTS 8

MVX_LOG_CONTEXT (summary, "demo.summary")

typedef struct
{
  const char *name; /* NULL for levels */
  gint level;
  guint n;
} LoghubCount;

static void
loghub_report_count (GArray *counts, const char *name, gint level)
{
  LoghubCount count = { name, level, 1 };

  for (guint i = 0; i < counts->len; i++)
    {
      LoghubCount *known = &g_array_index (counts, LoghubCount, i);

      if (known->level == level && g_strcmp0 (known->name, name) == 0)
        {
          known->n++;
          return;
        }
    }
  g_array_append_val (counts, count);
}

static gint
loghub_report_compare (gconstpointer a, gconstpointer b)
{
  const LoghubCount *left = a;
  const LoghubCount *right = b;

  if (left->level != right->level)
    return left->level < right->level ? -1 : 1;
  return (left->n < right->n) - (left->n > right->n);
}

/* Each level is told at that level, so that the console shows its colour. */
static void
loghub_report_levels (GArray *counts)
{
  for (guint i = 0; i < counts->len; i++)
    {
      const LoghubCount *count = &g_array_index (counts, LoghubCount, i);

      mvx_log (summary, count->level, "{events} events of level {name}", "events", count->n, "name",
               mvx_log_level_to_string (count->level));
    }
}

static void
loghub_report_contexts (GArray *counts)
{
  for (guint i = 0; i < counts->len && i < LOGHUB_REPORT_CONTEXTS; i++)
    {
      const LoghubCount *count = &g_array_index (counts, LoghubCount, i);

      mvx_info (summary, "{events} events of {name}", "events", count->n, "name", count->name);
    }
}

/* Asks the memory sink what it holds, and logs the answer. */
gboolean
loghub_report_summary (const char *memory_sink, GError **error)
{
  g_autoptr (MvxLogSink) sink = mvx_log_get_sink (memory_sink);
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GArray) levels = g_array_new (FALSE, FALSE, sizeof (LoghubCount));
  g_autoptr (GArray) contexts = g_array_new (FALSE, FALSE, sizeof (LoghubCount));

  if (sink == NULL || (events = mvx_log_memory_sink_get_events (sink)) == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   "The key-file has no [sink %s] with plugin=memory, which the summary is made of", memory_sink);
      return FALSE;
    }
  for (guint i = 0; i < events->len; i++)
    {
      const MvxLogEvent *event = g_ptr_array_index (events, i);
      const char *context = mvx_log_event_get_context (event);

      if (g_str_has_prefix (context, "demo"))
        continue;
      loghub_report_count (levels, NULL, mvx_log_event_get_level (event));
      loghub_report_count (contexts, context, 0);
    }
  g_array_sort (levels, loghub_report_compare);
  g_array_sort (contexts, loghub_report_compare);
  loghub_report_levels (levels);
  loghub_report_contexts (contexts);
  return TRUE;
}

static guint64
loghub_report_sum (const guint64 *reasons)
{
  guint64 sum = 0;

  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    sum += reasons[i];
  return sum;
}

/* Prints the ledger of every sink; %FALSE if an event was lost anywhere. */
gboolean
loghub_report_sinks (void)
{
  g_auto (GStrv) names = mvx_log_get_sink_names ();
  gboolean complete = TRUE;

  g_print ("%-12s %10s %10s %10s %10s %10s %10s\n", "sink", "accepted", "delivered", "dropped", "refused", "pending",
           "filtered");
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (MvxLogSink) sink = mvx_log_get_sink (names[i]);
      MvxLogCounters counters = { 0 };
      guint64 dropped;
      guint64 refused;

      if (sink == NULL)
        continue;
      mvx_log_sink_get_counters (sink, &counters);
      /* Such as the one that the library has before it is configured. */
      if (counters.offered == 0)
        continue;
      dropped = loghub_report_sum (counters.dropped);
      refused = loghub_report_sum (counters.refused);
      complete = complete && dropped == 0 && refused == 0 && counters.pending == 0;
      g_print ("%-12s %10" G_GUINT64_FORMAT " %10" G_GUINT64_FORMAT " %10" G_GUINT64_FORMAT " %10" G_GUINT64_FORMAT
               " %10" G_GUINT64_FORMAT " %10" G_GUINT64_FORMAT "\n",
               names[i], counters.accepted, counters.delivered, dropped, refused, counters.pending, counters.filtered);
    }
  return complete;
}

/* A file must hold one line for each event that its sink delivered. */
static gboolean
loghub_report_file (const char *directory, const char *file, const char *sink_name, GError **error)
{
  g_autofree char *path = g_build_filename (directory, file, NULL);
  g_autofree char *bytes = NULL;
  g_autoptr (MvxLogSink) sink = mvx_log_get_sink (sink_name);
  MvxLogCounters counters = { 0 };
  gsize length = 0;
  guint64 n_lines = 0;

  if (!g_file_get_contents (path, &bytes, &length, error))
    return FALSE;
  for (const char *p = bytes; (p = memchr (p, '\n', (gsize) (bytes + length - p))) != NULL; p++)
    n_lines++;
  if (sink != NULL)
    mvx_log_sink_get_counters (sink, &counters);
  g_print ("%s  %" G_GUINT64_FORMAT " lines\n", path, n_lines);
  if (n_lines == counters.delivered)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               "%s has %" G_GUINT64_FORMAT " lines, but sink '%s' delivered %" G_GUINT64_FORMAT " events", path,
               n_lines, sink_name, counters.delivered);
  return FALSE;
}

gboolean
loghub_report_files (const char *directory, GError **error)
{
  if (directory == NULL)
    return TRUE;
  g_print ("\n");
  return loghub_report_file (directory, "loghub.jsonl", "jsonl", error)
         && loghub_report_file (directory, "loghub.log", "text", error);
}
