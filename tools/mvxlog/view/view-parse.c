/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "view/view-parse.h"

struct _MvxViewParser
{
  GRegex *regex;
  GPtrArray *groups; /* names, in order */
};

void
mvx_view_parser_free (MvxViewParser *parser)
{
  g_clear_pointer (&parser->regex, g_regex_unref);
  g_clear_pointer (&parser->groups, g_ptr_array_unref);
  g_free (parser);
}

/* Name of the group that is opened by "(?<name>", "(?P<name>" or "(?'name'" at @p, or NULL. */
static char *
mvx_view_parser_group_at (const char *p)
{
  char close = '>';
  gsize n;

  p += 2;
  if (*p == 'P')
    p++;
  if (*p == '\'')
    close = '\'';
  else if (*p != '<')
    return NULL;
  p++;
  for (n = 0; g_ascii_isalnum (p[n]) || p[n] == '_'; n++)
    ;
  return n > 0 && p[n] == close ? g_strndup (p, n) : NULL;
}

/* GRegex does not tell the names of its groups. The pattern has compiled already. */
static void
mvx_view_parser_find_groups (MvxViewParser *parser, const char *pattern)
{
  gboolean in_class = FALSE;

  for (const char *p = pattern; *p; p++)
    {
      if (*p == '\\' && p[1])
        p++;
      else if (in_class)
        in_class = *p != ']';
      else if (*p == '[')
        {
          in_class = TRUE;
          /* A ']' that comes first is itself. */
          p += p[1] == '^';
          p += p[1] == ']';
        }
      else if (g_str_has_prefix (p, "(?"))
        {
          char *name = mvx_view_parser_group_at (p);

          if (name && !g_ptr_array_find_with_equal_func (parser->groups, name, g_str_equal, NULL))
            g_ptr_array_add (parser->groups, name);
          else
            g_free (name);
        }
    }
}

MvxViewParser *
mvx_view_parser_new (const char *pattern, GError **error)
{
  g_autoptr (MvxViewParser) parser = g_new0 (MvxViewParser, 1);

  parser->groups = g_ptr_array_new_with_free_func (g_free);
  if (!g_utf8_validate (pattern, -1, NULL))
    {
      g_set_error (error, G_REGEX_ERROR, G_REGEX_ERROR_COMPILE, "the regular expression is not valid UTF-8");
      return NULL;
    }
  parser->regex = g_regex_new (pattern, G_REGEX_OPTIMIZE | G_REGEX_DUPNAMES, 0, error);
  if (parser->regex == NULL)
    return NULL;
  mvx_view_parser_find_groups (parser, pattern);
  if (parser->groups->len > 0)
    return g_steal_pointer (&parser);
  g_set_error (error, G_REGEX_ERROR, G_REGEX_ERROR_COMPILE,
               "the regular expression '%s' has no named group; write for example '^(?<ts>\\S+) (?<level>\\w+) "
               "(?<message>.*)$'",
               pattern);
  return NULL;
}

gboolean
mvx_view_parser_parse (MvxViewParser *parser, const char *line, gsize length, MvxViewEvent *event)
{
  g_autofree char *text = g_utf8_make_valid (line, (gssize) length);
  g_autoptr (GMatchInfo) match = NULL;

  mvx_view_event_reset (event);
  if (!g_regex_match (parser->regex, text, 0, &match))
    return FALSE;
  event->line = line;
  event->line_length = length;
  for (guint i = 0; i < parser->groups->len; i++)
    {
      const char *key = g_ptr_array_index (parser->groups, i);
      g_autofree char *value = g_match_info_fetch_named (match, key);
      gint start = -1;

      g_match_info_fetch_named_pos (match, key, &start, NULL);
      if (value && start >= 0)
        mvx_view_event_add (event, key, MVX_JSON_STRING, value, strlen (value));
    }
  mvx_view_event_settle (event);
  return TRUE;
}
