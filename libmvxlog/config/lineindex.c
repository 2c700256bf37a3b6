/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "config/lineindex-private.h"

static void
mvx_log_line_free (gpointer data)
{
  MvxLogLine *line = data;

  g_free (line->name);
  g_free (line->value);
  g_free (line->fault);
  g_free (line);
}

/* Invalid bytes count as one character each. */
static guint
mvx_log_line_column (const char *start, const char *p)
{
  guint column = 1;

  while (start < p)
    {
      gunichar c = g_utf8_get_char_validated (start, p - start);

      start = c == (gunichar) -1 || c == (gunichar) -2 ? start + 1 : g_utf8_next_char (start);
      column++;
    }
  return column;
}

static MvxLogLine *
mvx_log_line_new (MvxLogLineKind kind, const char *start, const char *p)
{
  MvxLogLine *line = g_new0 (MvxLogLine, 1);

  line->kind = kind;
  line->column = mvx_log_line_column (start, p);
  return line;
}

static MvxLogLine *
mvx_log_line_bad (const char *start, const char *p, const char *fault)
{
  MvxLogLine *line = mvx_log_line_new (MVX_LOG_LINE_BAD, start, p);

  line->fault = g_strdup (fault);
  return line;
}

static MvxLogLine *
mvx_log_line_parse_group (const char *start, const char *p)
{
  const char *name = p + 1;
  const char *end = name;
  const char *rest;
  MvxLogLine *line;

  while (*end && *end != ']' && *end != '[' && !g_ascii_iscntrl (*end))
    end++;
  if (*end == '\0')
    return mvx_log_line_bad (start, end, "']' is missing at the end of the group's header");
  if (*end != ']')
    return mvx_log_line_bad (start, end, "a group's name cannot hold '[' or control characters");
  if (end == name)
    return mvx_log_line_bad (start, end, "the group has no name; write '[sink NAME]' for instance");
  for (rest = end + 1; *rest == ' ' || *rest == '\t'; rest++)
    ;
  if (*rest)
    return mvx_log_line_bad (start, rest,
                             *rest == '#' ? "unexpected text after ']'; a comment must stand on a line of its own"
                                          : "unexpected text after ']'; a key must stand on a line of its own");
  line = mvx_log_line_new (MVX_LOG_LINE_GROUP, start, p);
  line->name = g_strndup (name, (gsize) (end - name));
  return line;
}

static const char *
mvx_log_line_check_key (const char *key, const char *end)
{
  if (end == key)
    return "the key before '=' is missing";
  if (memchr (key, '[', (gsize) (end - key)))
    return "translated keys such as 'key[de]' have no meaning here";
  if (memchr (key, ']', (gsize) (end - key)))
    return "a key cannot hold ']'";
  return NULL;
}

static MvxLogLine *
mvx_log_line_parse_key (const char *start, const char *p)
{
  const char *equals = strchr (p, '=');
  const char *end = equals;
  const char *value;
  const char *fault;
  MvxLogLine *line;

  if (equals == NULL)
    return mvx_log_line_bad (start, p,
                             *p == ';' ? "a comment starts with '#', not with ';'"
                                       : "expected 'key=value', '[group]' or a comment that starts with '#'");
  while (end > p && g_ascii_isspace (end[-1]))
    end--;
  fault = mvx_log_line_check_key (p, end);
  if (fault)
    return mvx_log_line_bad (start, p, fault);
  for (value = equals + 1; g_ascii_isspace (*value); value++)
    ;
  line = mvx_log_line_new (MVX_LOG_LINE_KEY, start, p);
  line->value_column = mvx_log_line_column (start, value);
  line->name = g_strndup (p, (gsize) (end - p));
  line->value = g_strdup (value);
  return line;
}

/* NULL: it is text. */
static MvxLogLine *
mvx_log_line_check_text (const char *start, gsize len)
{
  const char *bad;

  if (!g_utf8_validate_len (start, len, &bad))
    return mvx_log_line_bad (
        start, bad, *bad == '\0' ? "NUL byte; save the file as UTF-8 text" : "invalid UTF-8; save the file as UTF-8");
  bad = strchr (start, '\r');
  return bad ? mvx_log_line_bad (start, bad, "stray carriage return; end lines with LF or CRLF") : NULL;
}

/* @start: NUL-terminated, without its line end. NULL: nothing stands here. */
static MvxLogLine *
mvx_log_line_parse (const char *start, gsize len)
{
  const char *p = start;
  MvxLogLine *line = mvx_log_line_check_text (start, len);

  while (g_ascii_isspace (*p))
    p++;
  if (line == NULL && (*p == '\0' || *p == '#'))
    return NULL;
  if (line == NULL)
    line = *p == '[' ? mvx_log_line_parse_group (start, p) : mvx_log_line_parse_key (start, p);
  line->header = *p == '[';
  return line;
}

GPtrArray *
mvx_log_line_index (const char *data, gsize length)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (mvx_log_line_free);
  const char *end = data + length;
  guint number = 1;

  for (const char *p = data; p < end; number++)
    {
      const char *newline = memchr (p, '\n', (gsize) (end - p));
      gsize len = (gsize) ((newline ? newline : end) - p);
      g_autofree char *text = NULL;
      MvxLogLine *line;

      if (newline && len > 0 && p[len - 1] == '\r')
        len--;
      text = g_malloc (len + 1);
      memcpy (text, p, len);
      text[len] = '\0';
      line = mvx_log_line_parse (text, len);
      if (line)
        {
          line->line = number;
          g_ptr_array_add (lines, line);
        }
      p = newline ? newline + 1 : end;
    }
  return lines;
}
