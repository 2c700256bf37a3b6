/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/glob-private.h"

/* The next character; a byte that is not UTF-8 stands for itself, outside of Unicode. */
static gunichar
mvx_log_glob_next (const char **p)
{
  gunichar c = g_utf8_get_char_validated (*p, -1);

  if (c == (gunichar) -1 || c == (gunichar) -2)
    c = 0x110000 + (guchar) * (*p)++;
  else
    *p = g_utf8_next_char (*p);
  return c;
}

/* @p behind the opening bracket; NULL if there is no closing one. A ] that comes first is a member. */
static const char *
mvx_log_glob_set_end (const char *p)
{
  if (*p == '!')
    p++;
  if (*p == ']')
    p++;
  while (*p && *p != ']')
    p++;
  return *p ? p : NULL;
}

static gboolean
mvx_log_glob_set_has (const char *p, const char *end, gunichar c)
{
  gboolean negated = *p == '!';
  gboolean found = FALSE;

  if (negated)
    p++;
  while (p < end)
    {
      gunichar low = mvx_log_glob_next (&p);
      gunichar high = low;

      if (*p == '-' && p + 1 < end)
        {
          p++;
          high = mvx_log_glob_next (&p);
        }
      found = found || (low <= c && c <= high);
    }
  return found != negated;
}

/* One pattern element against one character; moves both on. */
static gboolean
mvx_log_glob_step (const char **pattern, const char **text)
{
  const char *end;
  gunichar c = mvx_log_glob_next (text);

  if (**pattern == '?')
    {
      (*pattern)++;
      return TRUE;
    }
  end = **pattern == '[' ? mvx_log_glob_set_end (*pattern + 1) : NULL;
  if (end)
    {
      gboolean has = mvx_log_glob_set_has (*pattern + 1, end, c);

      *pattern = end + 1;
      return has;
    }
  return **pattern != '\0' && mvx_log_glob_next (pattern) == c;
}

gboolean
mvx_log_glob_match (const char *pattern, const char *text)
{
  const char *star = NULL; /* behind the last one */
  const char *mark = NULL; /* what that one has not swallowed yet */

  while (*text)
    {
      if (*pattern == '*')
        {
          star = ++pattern;
          mark = text;
          continue;
        }
      if (mvx_log_glob_step (&pattern, &text))
        continue;
      if (star == NULL)
        return FALSE;
      mvx_log_glob_next (&mark);
      pattern = star;
      text = mark;
    }
  while (*pattern == '*')
    pattern++;
  return *pattern == '\0';
}
