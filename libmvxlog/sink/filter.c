/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "render/textvalue-private.h"
#include "sink/filter-private.h"

typedef struct
{
  const MvxLogDraft *draft;
  MvxLogBuffer text; /* of the value that was looked up last */
} MvxLogFilterLookup;

void
mvx_log_filter_clear (MvxLogFilter *filter)
{
  g_clear_pointer (&filter->contexts, g_strfreev);
  g_clear_pointer (&filter->match, mvx_log_predicate_free);
  g_clear_pointer (&filter->predicate, mvx_log_predicate_free);
}

gboolean
mvx_log_filter_is_empty (const MvxLogFilter *filter)
{
  return filter->contexts == NULL && filter->match == NULL && filter->predicate == NULL;
}

static void
mvx_log_filter_fill (MvxLogFilterLookup *lookup, const MvxLogValue *from, MvxLogPredicateValue *to)
{
  switch (from->type)
    {
    case MVX_LOG_TYPE_NULL:
      to->type = MVX_LOG_PREDICATE_NULL;
      break;
    case MVX_LOG_TYPE_BOOL:
      to->type = MVX_LOG_PREDICATE_BOOL;
      to->boolean = from->u.boolean;
      break;
    case MVX_LOG_TYPE_INT64:
      to->type = MVX_LOG_PREDICATE_INT;
      to->i = from->u.int64;
      break;
    case MVX_LOG_TYPE_UINT64:
      to->type = MVX_LOG_PREDICATE_UINT;
      to->u = from->u.uint64;
      break;
    case MVX_LOG_TYPE_DOUBLE:
      to->type = MVX_LOG_PREDICATE_DOUBLE;
      to->d = from->u.dbl;
      break;
    case MVX_LOG_TYPE_STRING:
      to->type = MVX_LOG_PREDICATE_STRING;
      to->text = from->u.string;
      to->length = (gssize) from->size;
      break;
    default:
      lookup->text.len = 0;
      mvx_log_textvalue_append (&lookup->text, MVX_LOG_ESCAPE_NONE, from);
      mvx_log_buffer_append_c (&lookup->text, '\0');
      to->type = from->type == MVX_LOG_TYPE_TIME || from->type == MVX_LOG_TYPE_BYTES ? MVX_LOG_PREDICATE_STRING
                                                                                     : MVX_LOG_PREDICATE_OTHER;
      to->text = (const char *) lookup->text.data;
      to->length = (gssize) lookup->text.len - 1;
      break;
    }
}

static const char *
mvx_log_filter_message (MvxLogFilterLookup *lookup)
{
  g_autofree char *text = mvx_log_event_dup_message (lookup->draft->event);

  lookup->text.len = 0;
  mvx_log_buffer_append (&lookup->text, text, strlen (text) + 1);
  return (const char *) lookup->text.data;
}

/* FALSE: no such name. @text is NULL if the event does not have it. */
static gboolean
mvx_log_filter_meta_text (MvxLogFilterLookup *lookup, const char *name, const char **text)
{
  const MvxLogEvent *event = lookup->draft->event;

  if (strcmp (name, "level") == 0)
    *text = mvx_log_level_to_string (mvx_log_event_get_level (event));
  else if (strcmp (name, "context") == 0)
    *text = mvx_log_event_get_context (event);
  else if (strcmp (name, "event") == 0)
    *text = mvx_log_event_get_name (event);
  else if (strcmp (name, "event_id") == 0)
    *text = mvx_log_event_get_event_id (event);
  else if (strcmp (name, "entity") == 0)
    *text = mvx_log_event_get_entity_id (event);
  else if (strcmp (name, "outcome") == 0)
    *text = mvx_log_event_get_outcome (event);
  else if (strcmp (name, "message") == 0)
    *text = mvx_log_filter_message (lookup);
  else if (strcmp (name, "template") == 0)
    *text = mvx_log_draft_get_template (lookup->draft);
  else if (strcmp (name, "file") == 0)
    *text = mvx_log_event_get_file (event);
  else if (strcmp (name, "func") == 0)
    *text = mvx_log_event_get_function (event);
  else if (strcmp (name, "trace_id") == 0)
    *text = mvx_log_event_get_trace_id (event);
  else if (strcmp (name, "span_id") == 0)
    *text = mvx_log_event_get_span_id (event);
  else
    return FALSE;
  return TRUE;
}

/* Member @path ("b" or "b.c") of a map. */
static gboolean
mvx_log_filter_member (const MvxLogValue *map, const char *path, MvxLogValue *found)
{
  MvxLogValueIter iter;
  const char *key;

  if (map->type != MVX_LOG_TYPE_MAP || !mvx_log_value_iter_init (&iter, map))
    return FALSE;
  while (mvx_log_value_iter_next (&iter, &key, found))
    {
      gsize n = strlen (key);

      if (strcmp (key, path) == 0)
        return TRUE;
      if (strncmp (key, path, n) == 0 && path[n] == '.')
        {
          MvxLogValue inner = *found;

          if (mvx_log_filter_member (&inner, path + n + 1, found))
            return TRUE;
        }
    }
  return FALSE;
}

static gboolean
mvx_log_filter_field (const MvxLogDraft *draft, const char *name, MvxLogValue *value)
{
  const char *key;

  if (mvx_log_draft_get_field (draft, name, value))
    return TRUE;
  for (guint i = 0; (key = mvx_log_draft_get_nth (draft, i, NULL)) != NULL; i++)
    {
      gsize n = strlen (key);
      MvxLogValue map;

      if (strncmp (key, name, n) != 0 || name[n] != '.')
        continue;
      mvx_log_draft_get_nth (draft, i, &map);
      if (mvx_log_filter_member (&map, name + n + 1, value))
        return TRUE;
    }
  return FALSE;
}

static gboolean
mvx_log_filter_lookup (gpointer data, const char *name, MvxLogPredicateValue *value)
{
  MvxLogFilterLookup *lookup = data;
  const MvxLogEvent *event = lookup->draft->event;
  const char *text = NULL;
  MvxLogValue found;

  value->type = MVX_LOG_PREDICATE_UINT;
  value->u = strcmp (name, "line") == 0 ? mvx_log_event_get_line (event) : mvx_log_event_get_thread (event);
  if (strcmp (name, "line") == 0 || strcmp (name, "thread") == 0)
    return value->u != 0;
  if (mvx_log_filter_meta_text (lookup, name, &text))
    {
      value->type = MVX_LOG_PREDICATE_STRING;
      value->text = text;
      value->length = -1;
      return text != NULL;
    }
  if (!mvx_log_filter_field (lookup->draft, name, &found)
      && !(g_str_has_prefix (name, "field_") && mvx_log_filter_field (lookup->draft, name + 6, &found)))
    return FALSE;
  mvx_log_filter_fill (lookup, &found, value);
  return TRUE;
}

/* Levels have an order of their own. */
static gboolean
mvx_log_filter_rank (gpointer data, const char *name, const char *text, gint64 *rank)
{
  gint level;

  if (strcmp (name, "level") != 0 || !mvx_log_level_from_string (text, &level, NULL))
    return FALSE;
  *rank = level;
  return TRUE;
}

static gboolean
mvx_log_filter_has_context (const MvxLogFilter *filter, const char *context)
{
  for (guint i = 0; filter->contexts[i]; i++)
    {
      gsize n = strlen (filter->contexts[i]);

      if (strncmp (context, filter->contexts[i], n) == 0 && (context[n] == '\0' || context[n] == '.'))
        return TRUE;
    }
  return FALSE;
}

gboolean
mvx_log_filter_matches (const MvxLogFilter *filter, const MvxLogDraft *draft)
{
  static const MvxLogPredicateFuncs funcs = { mvx_log_filter_lookup, mvx_log_filter_rank };
  MvxLogFilterLookup lookup = { draft, MVX_LOG_BUFFER_INIT };
  gboolean wanted;

  wanted = filter->contexts == NULL || mvx_log_filter_has_context (filter, mvx_log_event_get_context (draft->event));
  wanted = wanted && (filter->match == NULL || mvx_log_predicate_matches (filter->match, &funcs, &lookup));
  wanted = wanted && (filter->predicate == NULL || mvx_log_predicate_matches (filter->predicate, &funcs, &lookup));
  mvx_log_buffer_clear (&lookup.text);
  return wanted;
}

/* As the predicate language wants it. */
static void
mvx_log_filter_quote (GString *out, const char *text, gsize len)
{
  g_string_append_c (out, '"');
  for (gsize i = 0; i < len; i++)
    {
      if (text[i] == '"' || text[i] == '\\')
        g_string_append_c (out, '\\');
      g_string_append_c (out, text[i]);
    }
  g_string_append_c (out, '"');
}

gboolean
mvx_log_filter_set_pairs (MvxLogFilter *filter, const char *const *pairs, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; pairs && pairs[i]; i++)
    {
      const char *sign = strchr (pairs[i], '=');

      if (sign == NULL || sign == pairs[i])
        {
          g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                       "'%s' is no pair of key and value; write KEY=VALUE", pairs[i]);
          return FALSE;
        }
      g_string_append (text, i > 0 ? " and " : "");
      mvx_log_filter_quote (text, pairs[i], (gsize) (sign - pairs[i]));
      g_string_append (text, " == ");
      mvx_log_filter_quote (text, sign + 1, strlen (sign + 1));
    }
  filter->match = text->len > 0 ? mvx_log_predicate_new (text->str, error) : NULL;
  return text->len == 0 || filter->match != NULL;
}
