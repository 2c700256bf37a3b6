/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <unistd.h>

#include "base/tool-text.h"

static gboolean
mvx_tool_text_is_unsafe (gunichar c)
{
  if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
    return TRUE;
  if (c == 0x2028 || c == 0x2029)
    return TRUE;
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void
mvx_tool_text_escape_bytes (GString *out, const char *bytes, gsize n)
{
  if (n == 1 && (*bytes == '\n' || *bytes == '\r' || *bytes == '\t'))
    {
      g_string_append (out, *bytes == '\n' ? "\\n" : *bytes == '\r' ? "\\r" : "\\t");
      return;
    }
  for (gsize i = 0; i < n; i++)
    g_string_append_printf (out, "\\x%02x", (guint) (guchar) bytes[i]);
}

/* Bytes of the character at @p, or 0 if it is none. */
static gsize
mvx_tool_text_char (const char *p, gsize left, gunichar *c)
{
  if ((guchar) *p < 0x80)
    {
      *c = (guchar) *p;
      return 1;
    }
  *c = g_utf8_get_char_validated (p, (gssize) left);
  if (*c == (gunichar) -1 || *c == (gunichar) -2)
    return 0;
  return (gsize) g_unichar_to_utf8 (*c, NULL);
}

void
mvx_tool_text_escape (GString *out, const char *text, gssize length, guint flags)
{
  gsize left = length < 0 ? strlen (text) : (gsize) length;

  while (left > 0)
    {
      gunichar c;
      gsize n = mvx_tool_text_char (text, left, &c);
      gboolean keep = n > 0
                      && (!mvx_tool_text_is_unsafe (c) || (c == '\t' && (flags & MVX_TOOL_TEXT_TABS))
                          || (c == '\n' && (flags & MVX_TOOL_TEXT_LINES)));

      n = MAX (n, 1);
      if (!keep)
        mvx_tool_text_escape_bytes (out, text, n);
      else
        {
          if ((flags & MVX_TOOL_TEXT_QUOTE) && (c == '"' || c == '\\'))
            g_string_append_c (out, '\\');
          g_string_append_len (out, text, (gssize) n);
        }
      text += n;
      left -= n;
    }
}

void
mvx_tool_text_word (GString *out, const char *text, gssize length)
{
  gsize len = length < 0 ? strlen (text) : (gsize) length;
  gboolean plain = len > 0;

  for (gsize i = 0; plain && i < len; i++)
    plain = (guchar) text[i] >= 0x80 || (g_ascii_isgraph (text[i]) && !strchr ("\"=\\", text[i]));
  if (plain)
    {
      mvx_tool_text_escape (out, text, (gssize) len, 0);
      return;
    }
  g_string_append_c (out, '"');
  mvx_tool_text_escape (out, text, (gssize) len, MVX_TOOL_TEXT_QUOTE);
  g_string_append_c (out, '"');
}

void
mvx_tool_text_json (GString *out, const char *text, gssize length)
{
  gsize left = length < 0 ? strlen (text) : (gsize) length;

  g_string_append_c (out, '"');
  while (left > 0)
    {
      gunichar c;
      gsize n = mvx_tool_text_char (text, left, &c);

      if (n == 0)
        g_string_append (out, "\357\277\275");
      else if (c == '"' || c == '\\')
        g_string_append_printf (out, "\\%c", (char) c);
      else if (c == '\n')
        g_string_append (out, "\\n");
      else if (c == '\t')
        g_string_append (out, "\\t");
      else if (c < 0x20 || c == 0x7f)
        g_string_append_printf (out, "\\u%04x", (guint) c);
      else
        g_string_append_len (out, text, (gssize) n);
      n = MAX (n, 1);
      text += n;
      left -= n;
    }
  g_string_append_c (out, '"');
}

gboolean
mvx_tool_text_colour (const char *mode, gboolean *colour, GError **error)
{
  const char *no_color = g_getenv ("NO_COLOR");
  const char *force = g_getenv ("CLICOLOR_FORCE");

  if (g_strcmp0 (mode, "always") == 0 || g_strcmp0 (mode, "never") == 0)
    {
      *colour = *mode == 'a';
      return TRUE;
    }
  if (mode && strcmp (mode, "auto") != 0)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "'%s' is not a value of --color; use auto, always or never", mode);
      return FALSE;
    }
  if (no_color && *no_color)
    *colour = FALSE;
  else if (force && *force && strcmp (force, "0") != 0)
    *colour = TRUE;
  else
    *colour = isatty (STDOUT_FILENO) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
  return TRUE;
}
