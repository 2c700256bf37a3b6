/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UTF-8 that need not be valid. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MVX_LOG_UTF8_INVALID ((gunichar) -1)

/* Takes one character off the front of @left (> 0) bytes at @p, or what has to be replaced by one U+FFFD: a maximal
 * subpart of an ill-formed sequence (Unicode 15, 3.9, table 3-8, as in the WHATWG decoder). Returns its length, at
 * least one; *@c is MVX_LOG_UTF8_INVALID for a subpart. */
guint    mvx_log_utf8_next       (const guint8 *p,
                                  gsize         left,
                                  gunichar     *c);

/* How much of @length bytes of valid text to show where no more than @max may be: whole characters. */
static inline gsize
mvx_log_utf8_cut (const char *text,
                  gsize       length,
                  gsize       max)
{
  if (length <= max)
    return length;
  while (max > 0 && ((guchar) text[max] & 0xc0) == 0x80)
    max--;
  return max;
}

/* C0, DEL, C1 (U+0085 is one of them), U+2028 and U+2029. */
static inline gboolean
mvx_log_utf8_is_control (gunichar c)
{
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

/* Changes the direction of what follows: text on a terminal would not read as it is. */
static inline gboolean
mvx_log_utf8_is_bidi (gunichar c)
{
  return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x061c;
}

G_END_DECLS
