/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes of any kind as text that stays on one line. Each piece is escaped by itself: a sequence that is cut in two by a
 * piece's end counts as invalid in both. */
#pragma once

#include <mvxlog/buffer.h>

G_BEGIN_DECLS

typedef enum
{
  /* As they are. */
  MVX_LOG_ESCAPE_NONE,

  /* Valid UTF-8: each maximal subpart of what is invalid becomes U+FFFD. JSON of it is JSON of the original. */
  MVX_LOG_ESCAPE_VALID,

  /* The inside of a JSON string (RFC 8259). Also DEL, C1, U+2028, U+2029 and the controls of direction
   * become \u escapes, and each maximal subpart of invalid UTF-8 becomes U+FFFD. */
  MVX_LOG_ESCAPE_JSON,

  /* For people: tab, newline and carriage return become \t, \n and \r; each byte of another control character, of
   * U+2028, U+2029 and the controls of direction, and each invalid byte becomes \xNN. A backslash stays as it is, so
   * this cannot be turned back with certainty. */
  MVX_LOG_ESCAPE_TEXT,

  /* The inside of double quotes: TEXT, and also \" and \\. Turning \t, \n, \r, \", \\ and \xNN back gives the very same
   * bytes. */
  MVX_LOG_ESCAPE_QUOTED,

  /* A word, such as the key of a pair: as TEXT, but backslash, space, tab, newline, quotation mark and equals sign
   * are \xNN, too. Turning \xNN back gives the very same bytes. */
  MVX_LOG_ESCAPE_WORD
} MvxLogEscape;

/* Room that @len bytes may need, whatever they are. */
#define MVX_LOG_ESCAPE_ROOM(len) (6 * (gsize) (len))

/* Each returns where it ended; @out has MVX_LOG_ESCAPE_ROOM (len). */
guint8  *mvx_log_escape_put_json (guint8      *out,
                                  const char  *text,
                                  gsize        len);
guint8  *mvx_log_escape_put    (guint8       *out,
                                MvxLogEscape  escape,
                                const char   *text,
                                gsize         len);

void     mvx_log_escape_json   (MvxLogBuffer *buffer,
                                const char   *text,
                                gsize         len);
void     mvx_log_escape_append (MvxLogBuffer *buffer,
                                MvxLogEscape  escape,
                                const char   *text,
                                gsize         len);

/* Would WORD change anything? */
gboolean mvx_log_escape_is_word (const char   *text,
                                 gsize         len);

void     mvx_log_escape_base64 (MvxLogBuffer *buffer,
                                const guint8 *bytes,
                                gsize         len);

G_END_DECLS
