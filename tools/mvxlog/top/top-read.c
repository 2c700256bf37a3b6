/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "top/top-read.h"

static const char *const mvx_top_number_keys[MVX_TOP_N_NUMBERS] = {
  "offered", "accepted",  "delivered",   "diverted",    "pending",     "spooled",    "filtered",
  "retried", "failed",    "opened",      "dead",        "recovered",   "high_water", "bytes",
  "batches", "queue_max", "spool_bytes", "retry_in_us", "dispatch_us",
};

gboolean
mvx_top_is_key (const MvxJsonSlice *key, const char *name)
{
  return key->length == strlen (name) + 2 && strncmp (key->start + 1, name, key->length - 2) == 0;
}

/* NULL if it is none. The first one counts. */
static void
mvx_top_read_string (const MvxJsonSlice *value, char **string)
{
  GString *text;

  if (value->kind != MVX_JSON_STRING || *string)
    return;
  text = g_string_new (NULL);
  mvx_json_unquote (value, text);
  *string = g_string_free (text, FALSE);
}

static gint64
mvx_top_read_number (const MvxJsonSlice *value)
{
  gint64 number;
  char *end;

  if (value->kind != MVX_JSON_NUMBER)
    return MVX_TOP_UNKNOWN;
  number = g_ascii_strtoll (value->start, &end, 10);
  if (end != value->start + value->length || number < -MVX_TOP_MAX_NUMBER || number > MVX_TOP_MAX_NUMBER)
    return MVX_TOP_UNKNOWN;
  return number;
}

static gint
mvx_top_compare_reasons (gconstpointer a, gconstpointer b, gpointer data)
{
  return strcmp (a, b);
}

static void
mvx_top_add_reason (GTree *reasons, const char *reason, gint64 n)
{
  const gint64 *known = g_tree_lookup (reasons, reason);

  n = mvx_top_add (n, known ? *known : 0);
  g_tree_replace (reasons, g_strdup (reason), g_memdup2 (&n, sizeof n));
}

/* {"queue-full":37,"rejected":1} */
static void
mvx_top_read_reasons (const MvxJsonSlice *object, GTree **reasons)
{
  MvxJsonSlice key, value;
  MvxJsonIter iter;

  if (object->kind != MVX_JSON_OBJECT || *reasons)
    return;
  *reasons = g_tree_new_full (mvx_top_compare_reasons, NULL, g_free, g_free);
  mvx_json_iter_init (&iter, object);
  while (mvx_json_iter_next (&iter, &key, &value))
    {
      g_autofree char *reason = NULL;
      gint64 n = mvx_top_read_number (&value);

      mvx_top_read_string (&key, &reason);
      if (reason && n >= 0)
        mvx_top_add_reason (*reasons, reason, n);
    }
}

/* All of them, or it would not be known where the last one ends. */
static void
mvx_top_read_times (const MvxJsonSlice *array, MvxTopSink *sink)
{
  MvxJsonSlice value;
  MvxJsonIter iter;
  guint n = 0;

  sink->n_times = 0;
  if (array->kind != MVX_JSON_ARRAY)
    return;
  mvx_json_iter_init (&iter, array);
  for (; mvx_json_iter_next (&iter, NULL, &value); n++)
    if (n == MVX_TOP_MAX_TIMES || (sink->times[n] = mvx_top_read_number (&value)) < 0)
      return;
  sink->n_times = n;
}

static void
mvx_top_read_sink_member (MvxTopSink *sink, const MvxJsonSlice *key, const MvxJsonSlice *value)
{
  const struct
  {
    const char *key;
    char **string;
  } strings[] = {
    { "name", &sink->name },     { "plugin", &sink->plugin },         { "state", &sink->state },
    { "health", &sink->health }, { "last_error", &sink->last_error },
  };

  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    if (mvx_top_is_key (key, strings[i].key))
      mvx_top_read_string (value, strings[i].string);
  for (guint i = 0; i < MVX_TOP_N_NUMBERS; i++)
    if (mvx_top_is_key (key, mvx_top_number_keys[i]))
      sink->numbers[i] = mvx_top_read_number (value);
  if (mvx_top_is_key (key, "refused"))
    mvx_top_read_reasons (value, &sink->refused);
  else if (mvx_top_is_key (key, "dropped"))
    mvx_top_read_reasons (value, &sink->dropped);
  else if (mvx_top_is_key (key, "dispatch_time"))
    mvx_top_read_times (value, sink);
}

static MvxTopSink *
mvx_top_read_sink (const MvxJsonSlice *object)
{
  MvxTopSink *sink = g_new0 (MvxTopSink, 1);
  MvxJsonSlice key, value;
  MvxJsonIter iter;

  sink->json = *object;
  for (guint i = 0; i < MVX_TOP_N_NUMBERS; i++)
    sink->numbers[i] = MVX_TOP_UNKNOWN;
  mvx_json_iter_init (&iter, object);
  while (mvx_json_iter_next (&iter, &key, &value))
    mvx_top_read_sink_member (sink, &key, &value);
  if (sink->name == NULL)
    sink->name = g_strdup ("");
  return sink;
}

static void
mvx_top_sink_free (MvxTopSink *sink)
{
  g_free (sink->name);
  g_free (sink->label);
  g_free (sink->plugin);
  g_free (sink->state);
  g_free (sink->health);
  g_free (sink->last_error);
  g_clear_pointer (&sink->refused, g_tree_unref);
  g_clear_pointer (&sink->dropped, g_tree_unref);
  g_free (sink);
}

static void
mvx_top_read_sinks (MvxTopProgram *program, const MvxJsonSlice *array)
{
  MvxJsonSlice value;
  MvxJsonIter iter;

  if (array->kind != MVX_JSON_ARRAY)
    return;
  mvx_json_iter_init (&iter, array);
  while (mvx_json_iter_next (&iter, NULL, &value))
    if (value.kind == MVX_JSON_OBJECT)
      g_ptr_array_add (program->sinks, mvx_top_read_sink (&value));
}

/* Several without a name would be one to whoever compares. */
static void
mvx_top_name_sinks (MvxTopProgram *program)
{
  g_autoptr (GHashTable) labels = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < program->sinks->len; i++)
    {
      MvxTopSink *sink = g_ptr_array_index (program->sinks, i);

      sink->label = g_strdup (sink->name);
      for (guint n = 2; g_hash_table_contains (labels, sink->label); n++)
        {
          g_free (sink->label);
          sink->label = g_strdup_printf ("%s#%u", sink->name, n);
        }
      g_hash_table_add (labels, sink->label);
    }
}

static void
mvx_top_read_program_member (MvxTopProgram *program, const MvxJsonSlice *key, const MvxJsonSlice *value)
{
  if (mvx_top_is_key (key, "program"))
    mvx_top_read_string (value, &program->program);
  else if (mvx_top_is_key (key, "version"))
    mvx_top_read_string (value, &program->version);
  else if (mvx_top_is_key (key, "uptime_us"))
    program->uptime_us = mvx_top_read_number (value);
  else if (mvx_top_is_key (key, "rss_bytes"))
    program->rss_bytes = mvx_top_read_number (value);
  else if (mvx_top_is_key (key, "rss_grown_bytes"))
    program->rss_grown_bytes = mvx_top_read_number (value);
  else if (mvx_top_is_key (key, "sinks"))
    mvx_top_read_sinks (program, value);
}

MvxTopProgram *
mvx_top_program_new (gint pid, const char *text)
{
  MvxTopProgram *program = g_new0 (MvxTopProgram, 1);
  MvxJsonSlice key, value;
  MvxJsonIter iter;

  program->pid = pid;
  program->uptime_us = program->rss_bytes = program->rss_grown_bytes = MVX_TOP_UNKNOWN;
  program->sinks = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_top_sink_free);
  if (!mvx_json_check (text, strlen (text), &program->json, NULL) || program->json.kind != MVX_JSON_OBJECT)
    return program;
  mvx_json_iter_init (&iter, &program->json);
  while (mvx_json_iter_next (&iter, &key, &value))
    mvx_top_read_program_member (program, &key, &value);
  mvx_top_name_sinks (program);
  return program;
}

void
mvx_top_program_free (MvxTopProgram *program)
{
  g_free (program->program);
  g_free (program->version);
  g_ptr_array_unref (program->sinks);
  g_free (program);
}

void
mvx_top_add_reasons (GTree **to, GTree *from)
{
  if (from && *to == NULL)
    *to = g_tree_new_full (mvx_top_compare_reasons, NULL, g_free, g_free);
  for (GTreeNode *node = from ? g_tree_node_first (from) : NULL; node; node = g_tree_node_next (node))
    mvx_top_add_reason (*to, g_tree_node_key (node), *(const gint64 *) g_tree_node_value (node));
}

gint64
mvx_top_sum_reasons (GTree *reasons)
{
  gint64 sum = 0;

  if (reasons == NULL)
    return MVX_TOP_UNKNOWN;
  for (GTreeNode *node = g_tree_node_first (reasons); node; node = g_tree_node_next (node))
    sum = mvx_top_add (sum, *(const gint64 *) g_tree_node_value (node));
  return sum;
}

GTree *
mvx_top_sink_lost (const MvxTopSink *sink)
{
  GTree *lost = NULL;

  mvx_top_add_reasons (&lost, sink->refused);
  mvx_top_add_reasons (&lost, sink->dropped);
  return lost;
}

GTree *
mvx_top_program_lost (const MvxTopProgram *program)
{
  GTree *lost = NULL;

  for (guint i = 0; i < program->sinks->len; i++)
    {
      const MvxTopSink *sink = g_ptr_array_index (program->sinks, i);

      mvx_top_add_reasons (&lost, sink->refused);
      mvx_top_add_reasons (&lost, sink->dropped);
    }
  return lost;
}
