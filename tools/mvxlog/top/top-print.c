/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/tool-json.h"
#include "base/tool-text.h"
#include "top/top-print.h"

/* What is shown of a sink, and what of them all. */
typedef struct
{
  guint64 offered;
  guint64 delivered;
  guint64 pending;
  guint64 spooled;
  guint64 retried;
  guint64 lost; /* refused or dropped */
} MvxTopCounts;

typedef struct
{
  char *name;
  char *state; /* nullable: of a sink without a worker */
  char *health;
  char *last_error; /* nullable */
  MvxTopCounts counts;
  guint64 queue_max;
  guint64 spool_bytes;
} MvxTopSink;

static void
mvx_top_sink_clear (MvxTopSink *sink)
{
  g_free (sink->name);
  g_free (sink->state);
  g_free (sink->health);
  g_free (sink->last_error);
}

void
mvx_top_before_init (MvxTopBefore *before)
{
  before->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  before->time_us = 0;
}

void
mvx_top_before_clear (MvxTopBefore *before)
{
  g_clear_pointer (&before->counts, g_hash_table_unref);
}

static gboolean
mvx_top_is_key (const MvxJsonSlice *key, const char *name)
{
  return key->length == strlen (name) + 2 && strncmp (key->start + 1, name, key->length - 2) == 0;
}

static char *
mvx_top_dup_string (const MvxJsonSlice *value)
{
  GString *text;

  if (value->kind != MVX_JSON_STRING)
    return NULL;
  text = g_string_new (NULL);
  mvx_json_unquote (value, text);
  return g_string_free (text, FALSE);
}

static guint64
mvx_top_get_number (const MvxJsonSlice *value)
{
  return value->kind == MVX_JSON_NUMBER ? g_ascii_strtoull (value->start, NULL, 10) : 0;
}

/* {"queue-full":37,"rejected":1} into @reasons, by name. Returns the sum. */
static guint64
mvx_top_add_reasons (const MvxJsonSlice *object, GHashTable *reasons)
{
  MvxJsonSlice key, value;
  MvxJsonIter iter;
  guint64 sum = 0;

  if (object->kind != MVX_JSON_OBJECT)
    return 0;
  mvx_json_iter_init (&iter, object);
  while (mvx_json_iter_next (&iter, &key, &value))
    {
      char *reason = mvx_top_dup_string (&key);
      guint64 *known = g_hash_table_lookup (reasons, reason);
      guint64 n = mvx_top_get_number (&value);

      sum += n;
      n += known ? *known : 0;
      g_hash_table_replace (reasons, reason, g_memdup2 (&n, sizeof n));
    }
  return sum;
}

static void
mvx_top_read_sink (const MvxJsonSlice *object, MvxTopSink *sink, GHashTable *reasons)
{
  const struct
  {
    const char *key;
    char **text;
    guint64 *number;
  } members[] = {
    { "name", &sink->name, NULL },
    { "state", &sink->state, NULL },
    { "health", &sink->health, NULL },
    { "last_error", &sink->last_error, NULL },
    { "offered", NULL, &sink->counts.offered },
    { "delivered", NULL, &sink->counts.delivered },
    { "pending", NULL, &sink->counts.pending },
    { "spooled", NULL, &sink->counts.spooled },
    { "retried", NULL, &sink->counts.retried },
    { "queue_max", NULL, &sink->queue_max },
    { "spool_bytes", NULL, &sink->spool_bytes },
  };
  MvxJsonSlice key, value;
  MvxJsonIter iter;

  mvx_json_iter_init (&iter, object);
  while (mvx_json_iter_next (&iter, &key, &value))
    {
      if (mvx_top_is_key (&key, "refused") || mvx_top_is_key (&key, "dropped"))
        sink->counts.lost += mvx_top_add_reasons (&value, reasons);
      for (guint i = 0; i < G_N_ELEMENTS (members); i++)
        if (mvx_top_is_key (&key, members[i].key))
          {
            if (members[i].number)
              *members[i].number = mvx_top_get_number (&value);
            else if (*members[i].text == NULL)
              *members[i].text = mvx_top_dup_string (&value);
          }
    }
}

/* 999, 12.4k, 3.1M */
static char *
mvx_top_format (double number)
{
  static const char units[] = "kMGTPE";
  guint unit = 0;

  if (number < 999.5)
    return g_strdup_printf ("%.0f", number);
  for (number /= 1000; number >= 999.5 && unit < 5; unit++)
    number /= 1000;
  return g_strdup_printf (number < 99.95 ? "%.1f%c" : "%.0f%c", number, units[unit]);
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
mvx_top_append_number (GString *out, guint64 number, int width)
{
  g_autofree char *text = mvx_top_format ((double) number);

  g_string_append_printf (out, " %*s", width, text);
}

/* "-" when there is nothing to compare with. */
static char *
mvx_top_rate (double n, const MvxTopBefore *before, gint64 now_us)
{
  g_autofree char *text = NULL;

  if (before->time_us == 0 || now_us <= before->time_us || n < 0)
    return g_strdup ("-");
  text = mvx_top_format (n * G_USEC_PER_SEC / (double) (now_us - before->time_us));
  return g_strdup_printf ("%s/s", text);
}

/* GLib puts a space before the unit that is more than a byte, which would not be as wide as it is long. */
static char *
mvx_top_format_bytes (guint64 bytes)
{
  g_autofree char *text = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
  g_auto (GStrv) parts = g_strsplit (text, "\302\240", 2);

  return bytes > 0 ? g_strjoinv (" ", parts) : g_strdup ("-");
}

static void
mvx_top_print_sink (GString *out, const MvxTopSink *sink, const char *rate)
{
  gboolean runs = sink->state == NULL || strcmp (sink->state, "running") == 0;
  const char *state = runs && sink->health ? sink->health : sink->state ? sink->state : "-";
  g_autofree char *queue = sink->queue_max > 0 ? g_strdup_printf ("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT,
                                                                  sink->counts.pending, sink->queue_max)
                                               : g_strdup ("-");
  g_autofree char *bytes = mvx_top_format_bytes (sink->spool_bytes);

  g_string_append (out, "  ");
  mvx_top_append_padded (out, sink->name ? sink->name : "", 14);
  g_string_append_printf (out, " %-9s %-13s %9s", state, queue, rate);
  mvx_top_append_number (out, sink->counts.delivered, 9);
  mvx_top_append_number (out, sink->counts.lost, 7);
  mvx_top_append_number (out, sink->counts.retried, 7);
  mvx_top_append_number (out, sink->counts.spooled, 8);
  g_string_append_printf (out, " %10s  ", bytes);
  mvx_tool_text_escape (out, sink->last_error ? sink->last_error : "-", -1, 0);
  g_string_append_c (out, '\n');
}

/* What came to @sink and what it delivered since @before, which is nothing known for one that was not there: then -1.
 */
static void
mvx_top_compare (const MvxTopSink *sink, gint64 pid, const MvxTopBefore *before, MvxTopBefore *next, double *delta)
{
  guint64 now[2] = { sink->counts.offered, sink->counts.delivered };
  char *key = g_strdup_printf ("%" G_GINT64_FORMAT "/%s", pid, sink->name ? sink->name : "");
  const guint64 *then = g_hash_table_lookup (before->counts, key);

  for (guint i = 0; i < 2; i++)
    delta[i] = then && now[i] >= then[i] ? (double) (now[i] - then[i]) : -1;
  g_hash_table_replace (next->counts, key, g_memdup2 (now, sizeof now));
}

static void
mvx_top_append_reasons (GString *out, GHashTable *reasons)
{
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (reasons), (GCompareFunc) strcmp);
  guint64 sum = 0;

  for (const GList *link = names; link; link = link->next)
    sum += *(const guint64 *) g_hash_table_lookup (reasons, link->data);
  g_string_append_printf (out, "  lost %" G_GUINT64_FORMAT, sum);
  for (const GList *link = names; link; link = link->next)
    {
      g_string_append (out, link == names ? " (" : ", ");
      mvx_tool_text_escape (out, link->data, -1, 0);
      g_string_append_printf (out, " %" G_GUINT64_FORMAT "%s",
                              *(const guint64 *) g_hash_table_lookup (reasons, link->data), link->next ? "" : ")");
    }
}

/* The members of the program itself. @sinks: an array, or of another kind. */
static void
mvx_top_read_program (const char *text, char **program, gint64 *pid, MvxJsonSlice *sinks)
{
  MvxJsonSlice object, key, value;
  MvxJsonIter iter;

  *program = NULL;
  *pid = 0;
  *sinks = (MvxJsonSlice){ .kind = MVX_JSON_NULL };
  if (!mvx_json_check (text, strlen (text), &object, NULL) || object.kind != MVX_JSON_OBJECT)
    return;
  mvx_json_iter_init (&iter, &object);
  while (mvx_json_iter_next (&iter, &key, &value))
    if (mvx_top_is_key (&key, "program") && *program == NULL)
      *program = mvx_top_dup_string (&value);
    else if (mvx_top_is_key (&key, "pid"))
      *pid = (gint64) mvx_top_get_number (&value);
    else if (mvx_top_is_key (&key, "sinks"))
      *sinks = value;
}

gboolean
mvx_top_is_called (const char *text, const char *name)
{
  g_autofree char *program = NULL;
  MvxJsonSlice sinks;
  gint64 pid;

  mvx_top_read_program (text, &program, &pid, &sinks);
  return g_strcmp0 (program, name) == 0;
}

/* Lines for the sinks into @out. @deltas: the sums of all of them. */
static void
mvx_top_print_sinks (GString *out,
                     const MvxJsonSlice *sinks,
                     gint64 pid,
                     gint64 now_us,
                     const MvxTopBefore *before,
                     MvxTopBefore *next,
                     double *deltas,
                     GHashTable *reasons)
{
  MvxJsonSlice value;
  MvxJsonIter iter;

  mvx_json_iter_init (&iter, sinks);
  while (mvx_json_iter_next (&iter, NULL, &value))
    {
      MvxTopSink sink = { 0 };
      g_autofree char *rate = NULL;
      double delta[2];

      if (value.kind != MVX_JSON_OBJECT)
        continue;
      mvx_top_read_sink (&value, &sink, reasons);
      mvx_top_compare (&sink, pid, before, next, delta);
      rate = mvx_top_rate (delta[1], before, now_us);
      mvx_top_print_sink (out, &sink, rate);
      deltas[0] += MAX (delta[0], 0);
      deltas[1] += MAX (delta[1], 0);
      mvx_top_sink_clear (&sink);
    }
}

void
mvx_top_print (GString *out, const char *text, gint64 now_us, const MvxTopBefore *before, MvxTopBefore *next)
{
  g_autoptr (GHashTable) reasons = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autofree char *program = NULL;
  g_autofree char *in = NULL;
  g_autofree char *through = NULL;
  double deltas[2] = { 0 };
  MvxJsonSlice sinks;
  gint64 pid;

  mvx_top_read_program (text, &program, &pid, &sinks);
  if (sinks.kind == MVX_JSON_ARRAY)
    mvx_top_print_sinks (lines, &sinks, pid, now_us, before, next, deltas, reasons);
  in = mvx_top_rate (deltas[0], before, now_us);
  through = mvx_top_rate (deltas[1], before, now_us);
  mvx_tool_text_escape (out, program ? program : "?", -1, 0);
  g_string_append_printf (out, "[%" G_GINT64_FORMAT "]  in %s  out %s", pid, in, through);
  mvx_top_append_reasons (out, reasons);
  g_string_append_printf (out, "\n  %-14s %-9s %-13s %9s %9s %7s %7s %8s %10s  %s\n", "SINK", "STATE", "QUEUE", "RATE",
                          "DELIVERED", "LOST", "RETRIED", "SPOOLED", "SPOOL", "LAST ERROR");
  g_string_append (out, lines->str);
}
