/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "sink/predicate-internal.h"
#include "view/view-query.h"

/* 'text' */
static char *
mvx_view_query_quote (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "'", -1);
  g_autofree char *doubled = g_strjoinv ("''", parts);

  return g_strconcat ("'", doubled, "'", NULL);
}

/* Events without a context may get one from the field of another logger. */
static char *
mvx_view_query_context (const char *context)
{
  g_autofree char *quoted = mvx_view_query_quote (context);

  return g_strdup_printf ("(context = %s OR context = '')", quoted);
}

/* What stands before the first character that has a meaning is as it is. */
static char *
mvx_view_query_glob (const char *glob)
{
  const gsize n = strcspn (glob, "*?[\\");
  g_autofree char *prefix = g_strndup (glob, n);
  g_autofree char *quoted = mvx_view_query_quote (prefix);

  if (!g_utf8_validate (glob, -1, NULL) || (n == 0 && glob[n] != '\0'))
    return NULL;
  if (glob[n] == '\0')
    return mvx_view_query_context (glob);
  return g_strdup_printf ("((context >= %s AND context < %s || char(1114111)) OR context = '')", quoted, quoted);
}

static char *
mvx_view_query_compare_level (const MvxLogPredicate *node)
{
  static const char *const operators[] = { "=", "<>", "<", "<=", ">", ">=" };
  gint level;

  if (node->op >= G_N_ELEMENTS (operators) || !mvx_view_level_parse (node->text, &level))
    return NULL;
  return g_strdup_printf ("level %s %d", operators[node->op], level);
}

/* Whatever is asked about a field of the user: it has to be there. In the JSON of the fields its key stands as it is
 * unless there is something to escape in it. */
static char *
mvx_view_query_has_field (const char *name)
{
  static const char *const standard[]
      = { "ts",     "level",    "context",     "event",         "entity", "outcome", "message",
          "error",  "trace_id", "span_id",     "file",          "line",   "func",    "pid",
          "thread", "seq",      "sender_host", "sender_stream", NULL };
  const char *dot = strrchr (name, '.');
  const char *last = dot ? dot + 1 : name;

  if (g_strv_contains (standard, name) || *last == '\0')
    return NULL;
  for (const char *p = last; *p; p++)
    if (!g_ascii_isalnum (*p) && *p != '_' && *p != '-' && *p != '@')
      return NULL;
  return g_strdup_printf ("instr(fields, '\"%s\":') > 0", last);
}

static char *
mvx_view_query_compare (const MvxLogPredicate *node, gboolean plain_levels)
{
  if (strcmp (node->name, "level") == 0)
    return plain_levels ? mvx_view_query_compare_level (node) : NULL;
  if (strcmp (node->name, "context") == 0 && node->op == MVX_LOG_PREDICATE_EQ
      && node->value.type == MVX_LOG_PREDICATE_STRING)
    return mvx_view_query_context (node->text);
  return mvx_view_query_has_field (node->name);
}

static char *mvx_view_query_predicate (const MvxLogPredicate *node, gboolean plain_levels);

/* NULL: nothing is known. Of what is joined by "or" everything has to be known. */
static char *
mvx_view_query_list (const MvxLogPredicate *node, gboolean plain_levels)
{
  const gboolean any = node->kind == MVX_LOG_PREDICATE_NODE_OR;
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *joined = NULL;

  for (guint i = 0; i < node->children->len; i++)
    {
      char *part = mvx_view_query_predicate (g_ptr_array_index (node->children, i), plain_levels);

      if (part)
        g_ptr_array_add (parts, part);
      else if (any)
        return NULL;
    }
  if (parts->len == 0)
    return NULL;
  g_ptr_array_add (parts, NULL);
  joined = g_strjoinv (any ? " OR " : " AND ", (char **) parts->pdata);
  return parts->len > 2 ? g_strdup_printf ("(%s)", joined) : g_steal_pointer (&joined);
}

static char *
mvx_view_query_predicate (const MvxLogPredicate *node, gboolean plain_levels)
{
  switch (node->kind)
    {
    case MVX_LOG_PREDICATE_NODE_AND:
    case MVX_LOG_PREDICATE_NODE_OR:
      return mvx_view_query_list (node, plain_levels);
    case MVX_LOG_PREDICATE_NODE_COMPARE:
      return mvx_view_query_compare (node, plain_levels);
    case MVX_LOG_PREDICATE_NODE_HAS:
      return mvx_view_query_has_field (node->name);
    case MVX_LOG_PREDICATE_NODE_NOT:
    default:
      return NULL;
    }
}

static void
mvx_view_query_add (GString *query, char *part)
{
  g_autofree char *owned = part;

  if (owned)
    g_string_append_printf (query, " AND %s", owned);
}

char *
mvx_view_query_new (const MvxViewFilterTerms *terms, gboolean plain_levels)
{
  g_autoptr (GString) query = g_string_new ("1");

  if (terms->has_level && plain_levels)
    g_string_append_printf (query, " AND level >= %d", terms->level);
  if (terms->context)
    mvx_view_query_add (query, mvx_view_query_glob (terms->context));
  if (terms->trace && g_str_is_ascii (terms->trace))
    {
      g_autofree char *lower = g_ascii_strdown (terms->trace, -1);
      g_autofree char *quoted = mvx_view_query_quote (lower);

      g_string_append_printf (query, " AND trace_id = %s", quoted);
    }
  /* Times of the filter are whole microseconds, those of events are cut to them. */
  if (terms->since_us > G_MININT64 / 1000)
    g_string_append_printf (query, " AND time_ns >= %" G_GINT64_FORMAT, (terms->since_us - 1) * 1000);
  if (terms->until_us < G_MAXINT64 / 1000)
    g_string_append_printf (query, " AND time_ns < %" G_GINT64_FORMAT, (terms->until_us + 1) * 1000);
  if (terms->where)
    mvx_view_query_add (query, mvx_view_query_predicate (terms->where, plain_levels));
  return g_string_free (g_steal_pointer (&query), FALSE);
}
