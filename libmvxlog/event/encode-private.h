/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fast path of the encoding: a plain callsite (words and short strings only) straight into a lane. */
#pragma once

#include "event/record-private.h"

G_BEGIN_DECLS

#define MVX_LOG_PLAIN_MAX_STRINGS 12

/* Bytes that the slots of @site take, or 0 if a string is longer than @max_string allows without counting characters.
 * @lengths receives the length of each string. A null string is four bytes, one less than an empty one. */
static inline guint32
mvx_log_encode_plain_size (const MvxLogCallsite *site,
                           const MvxLogArg      *args,
                           guint32               max_string,
                           guint32              *lengths)
{
  guint32 size = 8u * (guint32) (site->n_fields - site->n_strings) + 5u * site->n_strings;

  max_string = MIN (max_string, MVX_LOG_MAX_TEXT);
  for (guint mask = site->string_mask; mask != 0; mask &= mask - 1)
    {
      const char *text = args[__builtin_ctz (mask)].s;
      gsize len = G_LIKELY (text != NULL) ? strlen (text) : 0;

      if (G_UNLIKELY (len > max_string))
        return 0;
      *lengths++ = (guint32) len;
      size += (guint32) len - (text == NULL);
    }
  return size;
}

/* Writes the slots; returns the byte behind them. */
static inline guint8 *
mvx_log_encode_plain (guint8               *p,
                      const MvxLogCallsite *site,
                      const MvxLogArg      *args,
                      const guint32        *lengths)
{
  guint n_fields = site->n_fields;
  guint mask = site->string_mask;

  for (guint i = 0; i < n_fields; i++, mask >>= 1)
    {
      guint32 len;

      if ((mask & 1) == 0)
        {
          p = mvx_log_store64 (p, args[i].u);
          continue;
        }
      len = *lengths++;
      if (G_UNLIKELY (args[i].s == NULL))
        {
          p = mvx_log_store32 (p, MVX_LOG_NULL_STRING);
          continue;
        }
      p = mvx_log_store32 (p, len);
      memcpy (p, args[i].s, len);
      p += len;
      *p++ = '\0'; /* even if somebody has just changed the string */
    }
  return p;
}

static inline guint8 *
mvx_log_encode_header (guint8       *p,
                       guint32       size,
                       guint32       callsite,
                       guint64       stamp,
                       guint64       number,
                       guint32       thread,
                       guint32       context,
                       gint          level,
                       guint         flags,
                       guint         n_inline)
{
  MvxLogRecord record = {
    size,
    callsite,
    stamp,
    number,
    thread,
    context,
    (gint16) CLAMP (level, G_MININT16, G_MAXINT16),
    (guint16) flags,
    (guint16) MIN (n_inline, G_MAXUINT16), /* the block's length still leads past those that are not counted */
    0
  };

  memcpy (p, &record, sizeof record);
  return p + sizeof record;
}

G_END_DECLS
