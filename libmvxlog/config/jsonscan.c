/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "config/jsonscan-private.h"

void
mvx_log_json_scan_init (MvxLogJsonScan *scan, const char *data, gsize length)
{
  scan->p = data;
  scan->end = data + length;
  scan->line = 1;
  scan->column = 1;
}

void
mvx_log_json_scan_skip (MvxLogJsonScan *scan, const char *to)
{
  for (; scan->p < to; scan->p++)
    {
      if (*scan->p == '\n')
        {
          scan->line++;
          scan->column = 1;
        }
      else if (((guchar) *scan->p & 0xc0) != 0x80)
        scan->column++;
    }
}

static gint
mvx_log_json_scan_hex (const char *p, const char *end)
{
  gint value = 0;

  if (end - p < 4)
    return -1;
  for (guint i = 0; i < 4; i++)
    {
      if (!g_ascii_isxdigit (p[i]))
        return -1;
      value = value * 16 + g_ascii_xdigit_value (p[i]);
    }
  return value;
}

/* @p: behind "\u". Returns how many bytes belong to the escape, 0 if it is none. */
static gsize
mvx_log_json_scan_unicode (const char *p, const char *end)
{
  gint high = mvx_log_json_scan_hex (p, end);
  gint low;

  if (high <= 0 || (high >= 0xdc00 && high <= 0xdfff))
    return 0;
  if (high < 0xd800 || high > 0xdbff)
    return 4;
  low = end - p >= 10 && p[4] == '\\' && p[5] == 'u' ? mvx_log_json_scan_hex (p + 6, end) : -1;
  return low >= 0xdc00 && low <= 0xdfff ? 10 : 0;
}

/* Returns what is behind the string, or NULL with *fault set and *at pointing to it. */
static const char *
mvx_log_json_scan_string (const char *p, const char *end, const char **at, const char **fault)
{
  const char *start = p++;

  while (p < end && *p != '"')
    {
      gsize n = 1;

      *at = p;
      if ((guchar) *p < 0x20)
        {
          *fault = *p == '\n' ? "the string does not end on its line"
                              : "control character in a string; write it as an "
                                "escape such as \\t";
          return NULL;
        }
      if (*p == '\\')
        {
          n = end - p < 2 ? 0 : p[1] == 'u' ? mvx_log_json_scan_unicode (p + 2, end) : 2;
          if (n == 0 || (p[1] != 'u' && !strchr ("\"\\/bfnrt", p[1])))
            {
              *fault = "invalid escape in a string";
              return NULL;
            }
          n += p[1] == 'u' ? 2 : 0;
        }
      p += n;
    }
  if (p < end)
    return p + 1;
  *at = start;
  *fault = "the string does not end";
  return NULL;
}

static gsize
mvx_log_json_scan_digits (const char *p, const char *end)
{
  const char *start = p;

  while (p < end && g_ascii_isdigit (*p))
    p++;
  return (gsize) (p - start);
}

/* Returns what is behind the number, or NULL. */
static const char *
mvx_log_json_scan_number (const char *p, const char *end)
{
  gsize n;

  p += *p == '-';
  n = mvx_log_json_scan_digits (p, end);
  if (n == 0 || (n > 1 && *p == '0'))
    return NULL;
  p += n;
  if (p < end && *p == '.')
    {
      n = mvx_log_json_scan_digits (++p, end);
      if (n == 0)
        return NULL;
      p += n;
    }
  if (p < end && (*p == 'e' || *p == 'E'))
    {
      p++;
      p += p < end && (*p == '+' || *p == '-');
      n = mvx_log_json_scan_digits (p, end);
      if (n == 0)
        return NULL;
      p += n;
    }
  return p < end && (g_ascii_isalnum (*p) || *p == '.' || *p == '_') ? NULL : p;
}

static const char *
mvx_log_json_scan_word (const char *p, const char *end)
{
  const char *start = p;

  while (p < end && (g_ascii_isalnum (*p) || *p == '_'))
    p++;
  if ((p - start == 4 && (memcmp (start, "true", 4) == 0 || memcmp (start, "null", 4) == 0))
      || (p - start == 5 && memcmp (start, "false", 5) == 0))
    return p;
  return NULL;
}

static void
mvx_log_json_scan_token (const char *p, const char *end, const char **at, MvxLogJsonToken *token)
{
  const char *rest = NULL;

  token->fault = "unexpected character";
  if (strchr ("{}[]:,", *p))
    {
      token->kind = MVX_LOG_JSON_PUNCT;
      rest = p + 1;
    }
  else if (*p == '"')
    {
      token->kind = MVX_LOG_JSON_STRING;
      rest = mvx_log_json_scan_string (p, end, at, &token->fault);
    }
  else if (*p == '-' || g_ascii_isdigit (*p))
    {
      token->kind = MVX_LOG_JSON_NUMBER;
      token->fault = "malformed number";
      rest = mvx_log_json_scan_number (p, end);
    }
  else if (g_ascii_isalpha (*p))
    {
      token->kind = MVX_LOG_JSON_WORD;
      token->fault = "unknown word; text stands in double quotes";
      rest = mvx_log_json_scan_word (p, end);
    }
  else if (*p == '/' || *p == '#')
    token->fault = "JSON has no comments; use a key-file for that";
  if (rest)
    token->length = (gsize) (rest - p);
  else
    token->kind = MVX_LOG_JSON_BAD;
}

void
mvx_log_json_scan_next (MvxLogJsonScan *scan, MvxLogJsonToken *token)
{
  const char *p = scan->p;
  const char *at;

  while (p < scan->end && *p && strchr (" \t\r\n", *p))
    p++;
  mvx_log_json_scan_skip (scan, p);
  at = p;
  memset (token, 0, sizeof *token);
  token->start = p;
  if (p < scan->end && *p == '\0')
    {
      token->kind = MVX_LOG_JSON_BAD;
      token->fault = "unexpected character";
    }
  else if (p < scan->end)
    mvx_log_json_scan_token (p, scan->end, &at, token);
  if (token->kind == MVX_LOG_JSON_BAD)
    mvx_log_json_scan_skip (scan, at);
  token->line = scan->line;
  token->column = scan->column;
  if (token->kind != MVX_LOG_JSON_BAD)
    mvx_log_json_scan_skip (scan, p + token->length);
}
