/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/escape-private.h"
#include "base/scan-private.h"
#include "base/utf8-private.h"

static const char mvx_log_escape_digits[] = "0123456789abcdef";

static void
mvx_log_escape_append_u (MvxLogBuffer *buffer, gunichar c)
{
  guint8 *out = mvx_log_buffer_reserve (buffer, 6);

  out[0] = '\\';
  out[1] = 'u';
  out[2] = (guint8) mvx_log_escape_digits[(c >> 12) & 15];
  out[3] = (guint8) mvx_log_escape_digits[(c >> 8) & 15];
  out[4] = (guint8) mvx_log_escape_digits[(c >> 4) & 15];
  out[5] = (guint8) mvx_log_escape_digits[c & 15];
  buffer->len += 6;
}

static void
mvx_log_escape_append_x (MvxLogBuffer *buffer, const guint8 *bytes, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      guint8 *out = mvx_log_buffer_reserve (buffer, 4);

      out[0] = '\\';
      out[1] = 'x';
      out[2] = (guint8) mvx_log_escape_digits[bytes[i] >> 4];
      out[3] = (guint8) mvx_log_escape_digits[bytes[i] & 15];
      buffer->len += 4;
    }
}

/* The letter of a two-character escape that both JSON and C know, or NUL. */
static char
mvx_log_escape_letter (gunichar c)
{
  switch (c)
    {
    case '\t':
      return 't';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '"':
    case '\\':
      return (char) c;
    default:
      return '\0';
    }
}

static void
mvx_log_escape_append_letter (MvxLogBuffer *buffer, char letter)
{
  mvx_log_buffer_append_c (buffer, '\\');
  mvx_log_buffer_append_c (buffer, letter);
}

/* One character that is not plain; returns its bytes. */
static guint
mvx_log_escape_json_one (MvxLogBuffer *buffer, const guint8 *p, gsize left)
{
  gunichar c;
  guint n = mvx_log_utf8_next (p, left, &c);

  if (c == MVX_LOG_UTF8_INVALID)
    mvx_log_buffer_append (buffer, "\xef\xbf\xbd", 3);
  else if (mvx_log_escape_letter (c))
    mvx_log_escape_append_letter (buffer, mvx_log_escape_letter (c));
  else if (c == '\b' || c == '\f')
    mvx_log_escape_append_letter (buffer, c == '\b' ? 'b' : 'f');
  else if (mvx_log_utf8_is_control (c))
    mvx_log_escape_append_u (buffer, c);
  else
    mvx_log_buffer_append (buffer, p, n);
  return n;
}

static guint
mvx_log_escape_text_one (MvxLogBuffer *buffer, MvxLogEscape escape, const guint8 *p, gsize left)
{
  gunichar c;
  guint n = mvx_log_utf8_next (p, left, &c);
  gboolean quotes = c == '"' || c == '\\';

  if (c == MVX_LOG_UTF8_INVALID)
    mvx_log_escape_append_x (buffer, p, n);
  else if (mvx_log_escape_letter (c) && escape != MVX_LOG_ESCAPE_WORD && (!quotes || escape == MVX_LOG_ESCAPE_QUOTED))
    mvx_log_escape_append_letter (buffer, mvx_log_escape_letter (c));
  else if (mvx_log_utf8_is_control (c) || mvx_log_utf8_is_bidi (c) || (quotes && escape == MVX_LOG_ESCAPE_WORD))
    mvx_log_escape_append_x (buffer, p, n);
  else
    mvx_log_buffer_append (buffer, p, n);
  return n;
}

void
mvx_log_escape_json (MvxLogBuffer *buffer, const char *text, gsize len)
{
  const guint8 *p = (const guint8 *) text;

  while (len > 0)
    {
      gsize n = mvx_log_scan_copy (mvx_log_buffer_reserve (buffer, len), p, len);

      buffer->len += n;
      p += n;
      len -= n;
      /* Where one character is not plain, more of the kind tend to follow. */
      while (len > 0 && !mvx_log_scan_is_plain (*p))
        {
          n = mvx_log_escape_json_one (buffer, p, len);
          p += n;
          len -= n;
        }
    }
}

static void
mvx_log_escape_text (MvxLogBuffer *buffer, MvxLogEscape escape, const char *text, gsize len)
{
  const guint8 *p = (const guint8 *) text;

  while (len > 0)
    {
      gsize n = mvx_log_scan_copy (mvx_log_buffer_reserve (buffer, len), p, len);

      buffer->len += n;
      p += n;
      len -= n;
      while (len > 0 && !mvx_log_scan_is_plain (*p))
        {
          n = mvx_log_escape_text_one (buffer, escape, p, len);
          p += n;
          len -= n;
        }
    }
}

static void
mvx_log_escape_word (MvxLogBuffer *buffer, const char *text, gsize len)
{
  /* Spaces and equals signs are plain to the scan; words are short and seldom have them. */
  while (len > 0)
    {
      gsize n = 0;

      while (n < len && text[n] != ' ' && text[n] != '=')
        n++;
      mvx_log_escape_text (buffer, MVX_LOG_ESCAPE_WORD, text, n);
      if (n < len)
        mvx_log_escape_append_x (buffer, (const guint8 *) text + n++, 1);
      text += n;
      len -= n;
    }
}

void
mvx_log_escape_append (MvxLogBuffer *buffer, MvxLogEscape escape, const char *text, gsize len)
{
  switch (escape)
    {
    case MVX_LOG_ESCAPE_JSON:
      mvx_log_escape_json (buffer, text, len);
      break;
    case MVX_LOG_ESCAPE_TEXT:
    case MVX_LOG_ESCAPE_QUOTED:
      mvx_log_escape_text (buffer, escape, text, len);
      break;
    case MVX_LOG_ESCAPE_WORD:
      mvx_log_escape_word (buffer, text, len);
      break;
    case MVX_LOG_ESCAPE_NONE:
    default:
      mvx_log_buffer_append (buffer, text, len);
      break;
    }
}

gboolean
mvx_log_escape_is_word (const char *text, gsize len)
{
  const guint8 *p = (const guint8 *) text;
  gsize i = 0;

  while (i < len)
    {
      gunichar c;
      guint n;

      i += mvx_log_scan_word_len (p + i, len - i);
      if (i == len)
        break;
      n = mvx_log_utf8_next (p + i, len - i, &c);
      if (c == MVX_LOG_UTF8_INVALID || c == ' ' || c == '=' || c == '"' || c == '\\' || mvx_log_utf8_is_control (c)
          || mvx_log_utf8_is_bidi (c))
        return FALSE;
      i += n;
    }
  return TRUE;
}

void
mvx_log_escape_base64 (MvxLogBuffer *buffer, const guint8 *bytes, gsize len)
{
  gint state = 0;
  gint save = 0;
  guint8 *out = mvx_log_buffer_reserve (buffer, (len / 3 + 1) * 4 + 4);
  gsize n = g_base64_encode_step (bytes, len, FALSE, (char *) out, &state, &save);

  n += g_base64_encode_close (FALSE, (char *) out + n, &state, &save);
  buffer->len += n;
}
