/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing/test-match-private.h"

#include <string.h>

#include <mvxlog/level.h>

#include "testing/test-hooks-private.h"

static gboolean mvx_log_test_match_value (const MvxLogValue *a, const MvxLogValue *b);

static gboolean
mvx_log_test_match_containers (const MvxLogValue *a, const MvxLogValue *b)
{
  MvxLogValueIter iter_a;
  MvxLogValueIter iter_b;
  MvxLogValue item_a;
  MvxLogValue item_b;
  const char *key_a = NULL;
  const char *key_b = NULL;

  mvx_log_value_iter_init (&iter_a, a);
  mvx_log_value_iter_init (&iter_b, b);
  if (mvx_log_value_iter_n_left (&iter_a) != mvx_log_value_iter_n_left (&iter_b))
    return FALSE;
  while (mvx_log_value_iter_next (&iter_a, &key_a, &item_a) && mvx_log_value_iter_next (&iter_b, &key_b, &item_b))
    if (g_strcmp0 (key_a, key_b) != 0 || !mvx_log_test_match_value (&item_a, &item_b))
      return FALSE;
  return TRUE;
}

/* Whoever writes 5 into a test does not know whether the program logs a guint. */
static gboolean
mvx_log_test_match_integers (const MvxLogValue *a, const MvxLogValue *b)
{
  gboolean negative_a = a->type == MVX_LOG_TYPE_INT64 && a->u.int64 < 0;
  gboolean negative_b = b->type == MVX_LOG_TYPE_INT64 && b->u.int64 < 0;

  return negative_a == negative_b && a->u.uint64 == b->u.uint64;
}

static gboolean
mvx_log_test_match_is_integer (const MvxLogValue *value)
{
  return value->type == MVX_LOG_TYPE_INT64 || value->type == MVX_LOG_TYPE_UINT64;
}

static gboolean
mvx_log_test_match_value (const MvxLogValue *a, const MvxLogValue *b)
{
  if (mvx_log_test_match_is_integer (a) && mvx_log_test_match_is_integer (b))
    return mvx_log_test_match_integers (a, b);
  if (a->type != b->type)
    return FALSE;
  switch (a->type)
    {
    case MVX_LOG_TYPE_BOOL:
      return a->u.boolean == b->u.boolean;
    case MVX_LOG_TYPE_TIME:
      return a->u.int64 == b->u.int64;
    case MVX_LOG_TYPE_DOUBLE:
      return memcmp (&a->u.dbl, &b->u.dbl, sizeof a->u.dbl) == 0;
    case MVX_LOG_TYPE_STRING:
    case MVX_LOG_TYPE_BYTES:
      return a->size == b->size && memcmp (a->u.bytes, b->u.bytes, a->size) == 0;
    case MVX_LOG_TYPE_LIST:
    case MVX_LOG_TYPE_MAP:
    case MVX_LOG_TYPE_ERROR:
      return mvx_log_test_match_containers (a, b);
    case MVX_LOG_TYPE_NULL:
    case MVX_LOG_TYPE_INT64:
    case MVX_LOG_TYPE_UINT64:
    default:
      return TRUE;
    }
}

static const char *
mvx_log_test_match_template (const MvxLogEvent *event)
{
  const char *template = mvx_log_event_get_template (event);

  return template ? template : mvx_log_event_get_verbatim_message (event);
}

static void
mvx_log_test_match_append_level (GString *text, gint level)
{
  const char *name = mvx_log_level_to_string (level);

  if (name)
    g_string_append (text, name);
  else
    g_string_append_printf (text, "level %d", level);
}

static void
mvx_log_test_match_append_template (GString *text, const char *template)
{
  g_autofree char *escaped = template ? g_strescape (template, NULL) : NULL;

  if (template)
    g_string_append_printf (text, "\"%s\"", escaped);
  else
    g_string_append (text, "without a message");
}

static char *
mvx_log_test_match_field (const MvxLogEvent *event, const char *key, const MvxLogValue *wanted)
{
  static const char *const types[]
      = { "null", "boolean", "integer", "integer", "double", "string", "bytes", "time", "error", "list", "map" };
  MvxLogValue found;
  g_autoptr (GString) text = NULL;

  if (!mvx_log_event_get_field (event, key, &found))
    return g_strdup_printf ("there is no field %s", key);
  if (mvx_log_test_match_value (wanted, &found))
    return NULL;
  text = g_string_new ("the field is ");
  mvx_log_test_hooks ()->append_pair (text, key, &found);
  if (found.type != wanted->type && found.type < G_N_ELEMENTS (types))
    g_string_append_printf (text, " (%s)", types[found.type]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
mvx_log_test_match_differs (const MvxLogTestExpectation *expected, const MvxLogEvent *event)
{
  MvxLogFieldIter iter;
  MvxLogValue wanted;
  const char *key;

  if (expected->level != MVX_LOG_LEVEL_NOTSET && expected->level != mvx_log_event_get_level (event))
    {
      GString *text = g_string_new ("the level is ");

      mvx_log_test_match_append_level (text, mvx_log_event_get_level (event));
      return g_string_free (text, FALSE);
    }
  if (expected->message_template && g_strcmp0 (expected->message_template, mvx_log_test_match_template (event)) != 0)
    return g_strdup ("the template is another one");
  mvx_log_field_iter_init (&iter, expected->event);
  while (mvx_log_field_iter_next (&iter, &key, &wanted))
    {
      char *difference = mvx_log_test_match_field (event, key, &wanted);

      if (difference)
        return difference;
    }
  return NULL;
}

gboolean
mvx_log_test_match_resembles (const MvxLogTestExpectation *expected, const MvxLogEvent *event)
{
  return expected->message_template != NULL
         && g_strcmp0 (expected->message_template, mvx_log_test_match_template (event)) == 0;
}

static void
mvx_log_test_match_append_fields (GString *text, const MvxLogEvent *event)
{
  MvxLogFieldIter iter;
  MvxLogValue value;
  const char *key;

  mvx_log_field_iter_init (&iter, event);
  while (mvx_log_field_iter_next (&iter, &key, &value))
    {
      g_string_append_c (text, ' ');
      mvx_log_test_hooks ()->append_pair (text, key, &value);
    }
}

void
mvx_log_test_match_append (GString *text, const MvxLogTestExpectation *expected)
{
  if (expected->level == MVX_LOG_LEVEL_NOTSET)
    g_string_append (text, "any level");
  else
    mvx_log_test_match_append_level (text, expected->level);
  g_string_append_c (text, ' ');
  if (expected->message_template)
    mvx_log_test_match_append_template (text, expected->message_template);
  else
    g_string_append (text, "any template");
  mvx_log_test_match_append_fields (text, expected->event);
}

void
mvx_log_test_match_append_event (GString *text, const MvxLogEvent *event)
{
  const char *context = mvx_log_event_get_context (event);
  const char *name = mvx_log_event_get_name (event);

  mvx_log_test_match_append_level (text, mvx_log_event_get_level (event));
  g_string_append_printf (text, " %s ", context && *context ? context : "<root>");
  if (name)
    g_string_append_printf (text, "%s ", name);
  if (mvx_log_test_match_template (event) || name == NULL)
    mvx_log_test_match_append_template (text, mvx_log_test_match_template (event));
  else
    g_string_truncate (text, text->len - 1);
  mvx_log_test_match_append_fields (text, event);
}
