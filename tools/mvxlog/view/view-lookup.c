/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as predicates see them; levels and times as other programs write them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <mvxlog/mvxlog.h>

#include "view/view-event.h"

static const struct
{
  const char *name;
  gint level;
} mvx_view_level_names[] = {
  { "err", MVX_LOG_LEVEL_ERROR },      { "crit", MVX_LOG_LEVEL_CRITICAL },    { "alert", MVX_LOG_LEVEL_CRITICAL },
  { "emerg", MVX_LOG_LEVEL_CRITICAL }, { "panic", MVX_LOG_LEVEL_CRITICAL },   { "severe", MVX_LOG_LEVEL_ERROR },
  { "message", MVX_LOG_LEVEL_NOTICE }, { "information", MVX_LOG_LEVEL_INFO }, { "verbose", MVX_LOG_LEVEL_DEBUG },
  { "audit", MVX_LOG_LEVEL_NOTICE },   { "t", MVX_LOG_LEVEL_TRACE },          { "d", MVX_LOG_LEVEL_DEBUG },
  { "i", MVX_LOG_LEVEL_INFO },         { "n", MVX_LOG_LEVEL_NOTICE },         { "w", MVX_LOG_LEVEL_WARNING },
  { "e", MVX_LOG_LEVEL_ERROR },        { "c", MVX_LOG_LEVEL_CRITICAL },       { "f", MVX_LOG_LEVEL_CRITICAL },
};

gboolean
mvx_view_level_parse (const char *text, gint *level)
{
  for (guint i = 0; i < G_N_ELEMENTS (mvx_view_level_names); i++)
    if (g_ascii_strcasecmp (text, mvx_view_level_names[i].name) == 0)
      {
        *level = mvx_view_level_names[i].level;
        return TRUE;
      }
  return mvx_log_level_from_string (text, level, NULL);
}

gboolean
mvx_view_time_parse (const char *text, gint64 *time_us)
{
  g_autoptr (GTimeZone) utc = NULL;
  g_autoptr (GDateTime) when = NULL;
  char *end;
  double number;

  if (strlen (text) < 10 || strlen (text) > 64)
    return FALSE;
  /* Seconds or milliseconds since 1970, as many JSON loggers write. */
  number = g_ascii_strtod (text, &end);
  if (*end == '\0' && number > 0 && number < 1e14)
    {
      *time_us = (gint64) (number * (number < 1e11 ? 1e6 : 1e3));
      return TRUE;
    }
  utc = g_time_zone_new_utc ();
  when = g_date_time_new_from_iso8601 (text, utc);
  if (when == NULL)
    return FALSE;
  *time_us = g_date_time_to_unix (when) * G_USEC_PER_SEC + g_date_time_get_microsecond (when);
  return TRUE;
}

static void
mvx_view_lookup_number (const char *text, MvxLogPredicateValue *value)
{
  gboolean whole = strpbrk (text, ".eE") == NULL;

  value->type = MVX_LOG_PREDICATE_DOUBLE;
  value->d = g_ascii_strtod (text, NULL);
  errno = 0;
  value->i = g_ascii_strtoll (text, NULL, 10);
  if (whole && errno == 0)
    {
      value->type = MVX_LOG_PREDICATE_INT;
      return;
    }
  errno = 0;
  value->u = g_ascii_strtoull (text, NULL, 10);
  if (whole && errno == 0 && *text != '-')
    value->type = MVX_LOG_PREDICATE_UINT;
}

static void
mvx_view_lookup_fill (MvxJsonKind kind, const char *text, gsize length, MvxLogPredicateValue *value)
{
  value->text = text;
  value->length = (gssize) length;
  switch (kind)
    {
    case MVX_JSON_NULL:
      value->type = MVX_LOG_PREDICATE_NULL;
      break;
    case MVX_JSON_BOOL:
      value->type = MVX_LOG_PREDICATE_BOOL;
      value->boolean = *text == 't';
      break;
    case MVX_JSON_NUMBER:
      mvx_view_lookup_number (text, value);
      break;
    case MVX_JSON_STRING:
      value->type = MVX_LOG_PREDICATE_STRING;
      break;
    case MVX_JSON_ARRAY:
    case MVX_JSON_OBJECT:
    default:
      value->type = MVX_LOG_PREDICATE_OTHER;
      break;
    }
}

/* Member @path ("b" or "b.c") of @object, as it is written. */
static gboolean
mvx_view_lookup_member (const MvxJsonSlice *object, const char *path, MvxJsonSlice *found)
{
  g_autoptr (GString) name = g_string_new (NULL);
  MvxJsonSlice key = { 0 };
  MvxJsonSlice value;
  MvxJsonIter iter;

  mvx_json_iter_init (&iter, object);
  while (mvx_json_iter_next (&iter, &key, &value))
    {
      g_string_truncate (name, 0);
      mvx_json_unquote (&key, name);
      if (strcmp (name->str, path) == 0)
        {
          *found = value;
          return TRUE;
        }
      if (value.kind == MVX_JSON_OBJECT && g_str_has_prefix (path, name->str) && path[name->len] == '.'
          && mvx_view_lookup_member (&value, path + name->len + 1, found))
        return TRUE;
    }
  return FALSE;
}

/* The text lives in the event until the next look-up of this kind. */
static gboolean
mvx_view_lookup_nested (MvxViewEvent *event, const char *path, MvxLogPredicateValue *value)
{
  for (guint i = 0; i < event->fields->len; i++)
    {
      const MvxViewField *field = &g_array_index (event->fields, MvxViewField, i);
      const gsize n = strlen (field->key);
      MvxJsonSlice object = { MVX_JSON_OBJECT, field->text, field->length };
      MvxJsonSlice found;

      if (field->kind != MVX_JSON_OBJECT || strncmp (path, field->key, n) != 0 || path[n] != '.'
          || !mvx_view_lookup_member (&object, path + n + 1, &found))
        continue;
      g_string_truncate (event->scratch, 0);
      if (found.kind == MVX_JSON_STRING)
        mvx_json_unquote (&found, event->scratch);
      else
        g_string_append_len (event->scratch, found.start, (gssize) found.length);
      mvx_view_lookup_fill (found.kind, event->scratch->str, event->scratch->len, value);
      return TRUE;
    }
  return FALSE;
}

static gboolean
mvx_view_lookup (gpointer data, const char *name, MvxLogPredicateValue *value)
{
  MvxViewEvent *event = data;
  const MvxViewField *field = mvx_view_event_find (event, name);

  if (field == NULL)
    return strchr (name, '.') && mvx_view_lookup_nested (event, name, value);
  mvx_view_lookup_fill (field->kind, field->text, field->length, value);
  return TRUE;
}

/* Levels have an order of their own. */
static gboolean
mvx_view_rank (gpointer data, const char *name, const char *text, gint64 *rank)
{
  gint level;

  if (strcmp (name, "level") != 0 || !mvx_view_level_parse (text, &level))
    return FALSE;
  *rank = level;
  return TRUE;
}

const MvxLogPredicateFuncs mvx_view_event_funcs = { mvx_view_lookup, mvx_view_rank };
