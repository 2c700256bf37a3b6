/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/escape-private.h"
#include "base/scan-private.h"
#include "base/utf8-private.h"

static const char mvx_log_escape_digits[] = "0123456789abcdef";

/* What is escaped between two looks at the room in a buffer. */
#define MVX_LOG_ESCAPE_CHUNK 4096

static guint8 *
mvx_log_escape_put_u (guint8 *out, gunichar c)
{
  out[0] = '\\';
  out[1] = 'u';
  out[2] = (guint8) mvx_log_escape_digits[(c >> 12) & 15];
  out[3] = (guint8) mvx_log_escape_digits[(c >> 8) & 15];
  out[4] = (guint8) mvx_log_escape_digits[(c >> 4) & 15];
  out[5] = (guint8) mvx_log_escape_digits[c & 15];
  return out + 6;
}

static guint8 *
mvx_log_escape_put_x (guint8 *out, const guint8 *bytes, guint n)
{
  for (guint i = 0; i < n; i++, out += 4)
    {
      out[0] = '\\';
      out[1] = 'x';
      out[2] = (guint8) mvx_log_escape_digits[bytes[i] >> 4];
      out[3] = (guint8) mvx_log_escape_digits[bytes[i] & 15];
    }
  return out;
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

static guint8 *
mvx_log_escape_put_letter (guint8 *out, char letter)
{
  out[0] = '\\';
  out[1] = (guint8) letter;
  return out + 2;
}

static guint8 *
mvx_log_escape_put_bytes (guint8 *out, const guint8 *bytes, guint n)
{
  for (guint i = 0; i < n; i++)
    *out++ = bytes[i];
  return out;
}

/* One character that is not plain; *@n receives its bytes. */
static guint8 *
mvx_log_escape_put_json_one (guint8 *out, const guint8 *p, gsize left, guint *n)
{
  gunichar c;

  *n = mvx_log_utf8_next (p, left, &c);
  if (c == MVX_LOG_UTF8_INVALID)
    return mvx_log_escape_put_bytes (out, (const guint8 *) "\xef\xbf\xbd", 3);
  if (mvx_log_escape_letter (c))
    return mvx_log_escape_put_letter (out, mvx_log_escape_letter (c));
  if (c == '\b' || c == '\f')
    return mvx_log_escape_put_letter (out, c == '\b' ? 'b' : 'f');
  if (mvx_log_utf8_is_control (c) || mvx_log_utf8_is_bidi (c))
    return mvx_log_escape_put_u (out, c);
  return mvx_log_escape_put_bytes (out, p, *n);
}

static guint8 *
mvx_log_escape_put_valid (guint8 *out, const guint8 *p, gsize len)
{
  while (len > 0)
    {
      gunichar c;
      guint n = mvx_log_utf8_next (p, len, &c);

      if (c == MVX_LOG_UTF8_INVALID)
        out = mvx_log_escape_put_bytes (out, (const guint8 *) "\xef\xbf\xbd", 3);
      else
        out = mvx_log_escape_put_bytes (out, p, n);
      p += n;
      len -= n;
    }
  return out;
}

static guint8 *
mvx_log_escape_put_text_one (guint8 *out, MvxLogEscape escape, const guint8 *p, gsize left, guint *n)
{
  gunichar c;
  gboolean quotes;

  *n = mvx_log_utf8_next (p, left, &c);
  quotes = c == '"' || c == '\\';
  if (c == MVX_LOG_UTF8_INVALID)
    return mvx_log_escape_put_x (out, p, *n);
  if (mvx_log_escape_letter (c) && escape != MVX_LOG_ESCAPE_WORD && (!quotes || escape == MVX_LOG_ESCAPE_QUOTED))
    return mvx_log_escape_put_letter (out, mvx_log_escape_letter (c));
  if (mvx_log_utf8_is_control (c) || mvx_log_utf8_is_bidi (c) || (quotes && escape == MVX_LOG_ESCAPE_WORD))
    return mvx_log_escape_put_x (out, p, *n);
  return mvx_log_escape_put_bytes (out, p, *n);
}

/* From the first character on that is not plain. */
static G_NO_INLINE guint8 *
mvx_log_escape_put_rest (guint8 *out, MvxLogEscape escape, const guint8 *p, gsize len)
{
  while (len > 0)
    {
      gsize n;

      /* Where one character is not plain, more of the kind tend to follow. */
      while (len > 0 && !mvx_log_scan_is_plain (*p))
        {
          guint size;

          out = escape == MVX_LOG_ESCAPE_JSON ? mvx_log_escape_put_json_one (out, p, len, &size)
                                              : mvx_log_escape_put_text_one (out, escape, p, len, &size);
          p += size;
          len -= size;
        }
      n = mvx_log_scan_copy (out, p, len);
      out += n;
      p += n;
      len -= n;
    }
  return out;
}

static inline guint8 *
mvx_log_escape_put_scanned (guint8 *out, MvxLogEscape escape, const char *text, gsize len)
{
  const guint8 *p = (const guint8 *) text;
  gsize n = mvx_log_scan_copy (out, p, len);

  return G_LIKELY (n == len) ? out + n : mvx_log_escape_put_rest (out + n, escape, p + n, len - n);
}

static guint8 *
mvx_log_escape_put_word (guint8 *out, const char *text, gsize len)
{
  /* Spaces and equals signs are plain to the scan; words are short and seldom have them. */
  while (len > 0)
    {
      gsize n = 0;

      while (n < len && text[n] != ' ' && text[n] != '=')
        n++;
      out = mvx_log_escape_put_scanned (out, MVX_LOG_ESCAPE_WORD, text, n);
      if (n < len)
        out = mvx_log_escape_put_x (out, (const guint8 *) text + n++, 1);
      text += n;
      len -= n;
    }
  return out;
}

guint8 *
mvx_log_escape_put_json (guint8 *out, const char *text, gsize len)
{
  return mvx_log_escape_put_scanned (out, MVX_LOG_ESCAPE_JSON, text, len);
}

guint8 *
mvx_log_escape_put (guint8 *out, MvxLogEscape escape, const char *text, gsize len)
{
  switch (escape)
    {
    case MVX_LOG_ESCAPE_JSON:
    case MVX_LOG_ESCAPE_TEXT:
    case MVX_LOG_ESCAPE_QUOTED:
      return mvx_log_escape_put_scanned (out, escape, text, len);
    case MVX_LOG_ESCAPE_WORD:
      return mvx_log_escape_put_word (out, text, len);
    case MVX_LOG_ESCAPE_VALID:
      return mvx_log_escape_put_valid (out, (const guint8 *) text, len);
    case MVX_LOG_ESCAPE_NONE:
    default:
      memcpy (out, text, len);
      return out + len;
    }
}

/* How much of the text may be taken at a time without cutting a character in two: a sequence has three continuation
 * bytes at most, so behind four of them everything is cut off anyway. */
static gsize
mvx_log_escape_chunk_len (const char *text, gsize len)
{
  if (G_LIKELY (len <= MVX_LOG_ESCAPE_CHUNK))
    return len;
  for (gsize n = MVX_LOG_ESCAPE_CHUNK; n >= MVX_LOG_ESCAPE_CHUNK - 3; n--)
    if (((guint8) text[n] & 0xc0) != 0x80)
      return n;
  return MVX_LOG_ESCAPE_CHUNK;
}

void
mvx_log_escape_append (MvxLogBuffer *buffer, MvxLogEscape escape, const char *text, gsize len)
{
  while (len > 0)
    {
      gsize n = mvx_log_escape_chunk_len (text, len);
      guint8 *out = mvx_log_buffer_reserve (buffer, MVX_LOG_ESCAPE_ROOM (n));

      buffer->len += (gsize) (mvx_log_escape_put (out, escape, text, n) - out);
      text += n;
      len -= n;
    }
}

void
mvx_log_escape_json (MvxLogBuffer *buffer, const char *text, gsize len)
{
  mvx_log_escape_append (buffer, MVX_LOG_ESCAPE_JSON, text, len);
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
