/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "sink/markup-private.h"

/* Longer is no tag. */
#define MVX_LOG_MARKUP_MAX 200

static gboolean
mvx_log_markup_is_word (const char *p, gsize len)
{
  static const char *const words[]
      = { "black",   "red",    "green",   "yellow", "blue",  "magenta",  "cyan",      "white",
          "gray",    "grey",   "default", "bold",   "dim",   "italic",   "underline", "blink",
          "reverse", "strike", "none",    "not",    "on",    "b",        "i",         "u",
          "s",       "d",      "r",       "blink2", "frame", "encircle", "overline",  "uu" };

  if (len > 7 && strncmp (p, "bright_", 7) == 0)
    {
      p += 7;
      len -= 7;
    }
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strlen (words[i]) == len && strncmp (words[i], p, len) == 0)
      return TRUE;
  return FALSE;
}

/* #rrggbb, color(9), rgb(1,2,3), link=URL */
static gboolean
mvx_log_markup_is_value (const char *p, gsize len)
{
  if (len == 7 && *p == '#')
    return strspn (p + 1, "0123456789abcdefABCDEF") >= 6;
  if (len > 5 && strncmp (p, "link=", 5) == 0)
    return TRUE;
  return len > 5 && p[len - 1] == ')' && (strncmp (p, "rgb(", 4) == 0 || strncmp (p, "color(", 6) == 0);
}

/* Length of the tag at @p with its brackets, or 0. */
static gsize
mvx_log_markup_tag_len (const char *p)
{
  gsize len = strcspn (p + 1, "[]");
  const char *word = p + 1;
  const char *end = word + len;

  if (*end != ']' || len == 0 || len > MVX_LOG_MARKUP_MAX)
    return 0;
  if (*word == '/' && ++word == end)
    return len + 2;
  while (word < end)
    {
      gsize n = MIN (strcspn (word, " ]"), (gsize) (end - word));

      if (!mvx_log_markup_is_word (word, n) && !mvx_log_markup_is_value (word, n)
          && !(word[-1] == '/' && n == 4 && strncmp (word, "link", 4) == 0))
        return 0;
      word += n;
      if (word < end && *word == ' ' && ++word == end)
        return 0;
    }
  return len + 2;
}

char *
mvx_log_markup_strip (const char *text)
{
  GString *out = NULL;
  const char *start = text;

  for (const char *p = strchr (text, '['); p; p = strchr (p, '['))
    {
      gsize len = mvx_log_markup_tag_len (p);

      if (len == 0)
        {
          p++;
          continue;
        }
      if (out == NULL)
        out = g_string_new (NULL);
      g_string_append_len (out, start, p - start);
      p += len;
      start = p;
    }
  if (out == NULL)
    return NULL;
  g_string_append (out, start);
  return g_string_free (out, FALSE);
}
