/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/tool-json.h"

#define MVX_JSON_MAX_DEPTH 64

static const char *mvx_json_scan (const char *p, const char *end, guint depth, const char **at);

static const char *
mvx_json_blank (const char *p, const char *end)
{
  while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
    p++;
  return p;
}

static const char *
mvx_json_fail (const char *p, const char **at)
{
  *at = p;
  return NULL;
}

/* Bytes of an escape whose backslash is at @p, or 0. */
static gsize
mvx_json_escape (const char *p, const char *end)
{
  if (end - p < 2 || p[1] == '\0' || strchr ("\"\\/bfnrtu", p[1]) == NULL)
    return 0;
  if (p[1] != 'u')
    return 2;
  if (end - p < 6)
    return 0;
  for (guint i = 2; i < 6; i++)
    if (!g_ascii_isxdigit (p[i]))
      return 0;
  return 6;
}

static const char *
mvx_json_scan_string (const char *p, const char *end, const char **at)
{
  for (p++; p < end && *p != '"';)
    {
      gsize n = *p == '\\' ? mvx_json_escape (p, end) : (guchar) *p >= 0x20;

      if (n == 0)
        return mvx_json_fail (p, at);
      p += n;
    }
  return p < end ? p + 1 : mvx_json_fail (p, at);
}

static const char *
mvx_json_digits (const char *p, const char *end)
{
  while (p < end && g_ascii_isdigit (*p))
    p++;
  return p;
}

static const char *
mvx_json_scan_number (const char *p, const char *end, const char **at)
{
  const char *digits = p + (*p == '-');

  p = mvx_json_digits (digits, end);
  if (p == digits || (*digits == '0' && p - digits > 1))
    return mvx_json_fail (digits, at);
  if (p < end && *p == '.')
    {
      digits = p + 1;
      p = mvx_json_digits (digits, end);
      if (p == digits)
        return mvx_json_fail (p, at);
    }
  if (p < end && (*p == 'e' || *p == 'E'))
    {
      digits = p + 1;
      if (digits < end && (*digits == '+' || *digits == '-'))
        digits++;
      p = mvx_json_digits (digits, end);
      if (p == digits)
        return mvx_json_fail (p, at);
    }
  return p;
}

static const char *
mvx_json_scan_word (const char *p, const char *end, const char **at)
{
  static const char *const words[] = { "true", "false", "null" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if ((gsize) (end - p) >= strlen (words[i]) && memcmp (p, words[i], strlen (words[i])) == 0)
      return p + strlen (words[i]);
  return mvx_json_fail (p, at);
}

static const char *
mvx_json_scan_member (const char *p, const char *end, guint depth, const char **at)
{
  if (p >= end || *p != '"')
    return mvx_json_fail (p, at);
  p = mvx_json_scan_string (p, end, at);
  if (p == NULL)
    return NULL;
  p = mvx_json_blank (p, end);
  if (p >= end || *p != ':')
    return mvx_json_fail (p, at);
  return mvx_json_scan (p + 1, end, depth, at);
}

static const char *
mvx_json_scan_container (const char *p, const char *end, guint depth, const char **at)
{
  char close = *p == '{' ? '}' : ']';

  if (depth >= MVX_JSON_MAX_DEPTH)
    return mvx_json_fail (p, at);
  p = mvx_json_blank (p + 1, end);
  if (p < end && *p == close)
    return p + 1;
  while (TRUE)
    {
      p = mvx_json_blank (p, end);
      p = close == '}' ? mvx_json_scan_member (p, end, depth + 1, at) : mvx_json_scan (p, end, depth + 1, at);
      if (p == NULL)
        return NULL;
      p = mvx_json_blank (p, end);
      if (p < end && *p == close)
        return p + 1;
      if (p >= end || *p != ',')
        return mvx_json_fail (p, at);
      p++;
    }
}

/* Returns what is behind the value. */
static const char *
mvx_json_scan (const char *p, const char *end, guint depth, const char **at)
{
  p = mvx_json_blank (p, end);
  if (p >= end)
    return mvx_json_fail (p, at);
  if (*p == '{' || *p == '[')
    return mvx_json_scan_container (p, end, depth, at);
  if (*p == '"')
    return mvx_json_scan_string (p, end, at);
  if (*p == '-' || g_ascii_isdigit (*p))
    return mvx_json_scan_number (p, end, at);
  return mvx_json_scan_word (p, end, at);
}

static MvxJsonKind
mvx_json_kind (char c)
{
  if (c == '{')
    return MVX_JSON_OBJECT;
  if (c == '[')
    return MVX_JSON_ARRAY;
  if (c == '"')
    return MVX_JSON_STRING;
  if (c == 'n')
    return MVX_JSON_NULL;
  return c == 't' || c == 'f' ? MVX_JSON_BOOL : MVX_JSON_NUMBER;
}

static const char *
mvx_json_take (const char *p, const char *end, MvxJsonSlice *value, const char **at)
{
  const char *start = mvx_json_blank (p, end);
  const char *behind = mvx_json_scan (start, end, 0, at);

  if (behind == NULL)
    return NULL;
  value->kind = mvx_json_kind (*start);
  value->start = start;
  value->length = (gsize) (behind - start);
  return behind;
}

gboolean
mvx_json_check (const char *text, gsize length, MvxJsonSlice *value, gsize *at)
{
  const char *end = text + length;
  const char *stop = text;
  const char *p = mvx_json_take (text, end, value, &stop);

  if (p)
    {
      stop = mvx_json_blank (p, end);
      if (stop == end)
        return TRUE;
    }
  if (at)
    *at = (gsize) (stop - text);
  return FALSE;
}

void
mvx_json_iter_init (MvxJsonIter *iter, const MvxJsonSlice *container)
{
  iter->p = container->start + 1;
  iter->end = container->start + container->length - 1;
}

gboolean
mvx_json_iter_next (MvxJsonIter *iter, MvxJsonSlice *key, MvxJsonSlice *value)
{
  const char *at = NULL;
  MvxJsonSlice first;
  const char *p;

  p = mvx_json_blank (iter->p, iter->end);
  if (p < iter->end && *p == ',')
    p++;
  p = mvx_json_take (p, iter->end, &first, &at);
  if (p == NULL)
    return FALSE;
  *value = first;
  iter->p = mvx_json_blank (p, iter->end);
  if (iter->p >= iter->end || *iter->p != ':')
    return TRUE;
  if (key)
    *key = first;
  iter->p = mvx_json_take (iter->p + 1, iter->end, value, &at);
  return iter->p != NULL;
}

static gunichar
mvx_json_hex4 (const char *p)
{
  gunichar value = 0;

  for (guint i = 0; i < 4; i++)
    value = value * 16 + (gunichar) g_ascii_xdigit_value (p[i]);
  return value;
}

/* @p: behind "\u". Returns the bytes that were read there. */
static gsize
mvx_json_unquote_unicode (const char *p, const char *end, GString *out)
{
  gunichar c = mvx_json_hex4 (p);
  gunichar low;

  if (c < 0xd800 || c > 0xdfff)
    {
      /* g_string_append_unichar() would leave out a NUL. */
      if (c == 0)
        g_string_append_c (out, '\0');
      else
        g_string_append_unichar (out, c);
      return 4;
    }
  low = c < 0xdc00 && end - p >= 10 && p[4] == '\\' && p[5] == 'u' ? mvx_json_hex4 (p + 6) : 0;
  if (low < 0xdc00 || low > 0xdfff)
    {
      g_string_append (out, "\357\277\275");
      return 4;
    }
  g_string_append_unichar (out, 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00));
  return 10;
}

static void
mvx_json_unquote_char (char c, GString *out)
{
  static const char names[] = "bfnrt";
  static const char meant[] = "\b\f\n\r\t";
  const char *name = strchr (names, c);

  g_string_append_c (out, name ? meant[name - names] : c);
}

void
mvx_json_unquote (const MvxJsonSlice *string, GString *out)
{
  const char *p = string->start + 1;
  const char *end = string->start + string->length - 1;

  while (p < end)
    {
      const char *escape = memchr (p, '\\', (gsize) (end - p));

      g_string_append_len (out, p, (escape ? escape : end) - p);
      if (escape == NULL)
        return;
      p = escape + 2;
      if (escape[1] == 'u')
        p += mvx_json_unquote_unicode (p, end, out);
      else
        mvx_json_unquote_char (escape[1], out);
    }
}
