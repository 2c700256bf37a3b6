/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fast path of the encoding: a plain callsite (words and short strings only) straight into a lane. */
#pragma once

#include "event/record-private.h"

G_BEGIN_DECLS

#define MVX_LOG_PLAIN_MAX_STRINGS 12

#define MVX_LOG_TOO_LONG G_MAXUINT32

/* Bytes that the slots of @site take, or MVX_LOG_TOO_LONG if a string is longer than @max_string, which is
 * MVX_LOG_MAX_TEXT at most, allows without counting characters. @lengths receives the length of each string. A null string is four bytes, one less than an empty one. */
G_ALWAYS_INLINE static inline guint32
mvx_log_encode_plain_size (const MvxLogCallsite *site,
                           const MvxLogArg      *args,
                           guint32               max_string,
                           guint32              *lengths)
{
  guint32 size = site->plain_size;

  for (guint mask = site->string_mask; mask != 0; mask &= mask - 1)
    {
      const char *text = args[__builtin_ctz (mask)].s;
      gsize len = G_LIKELY (text != NULL) ? strlen (text) : 0;

      if (G_UNLIKELY (len > max_string))
        return MVX_LOG_TOO_LONG;
      *lengths++ = (guint32) len;
      size += (guint32) len - (text == NULL);
    }
  return size;
}

/* memcpy() without a call for what most strings are: two moves that may overlap, never past either end. */
static inline void
mvx_log_encode_copy (guint8     *to,
                     const char *from,
                     guint32     len)
{
  if (G_LIKELY (len - 16 <= 16))
    {
      memcpy (to, from, 16);
      memcpy (to + len - 16, from + len - 16, 16);
    }
  else if (len - 8 < 8)
    {
      memcpy (to, from, 8);
      memcpy (to + len - 8, from + len - 8, 8);
    }
  else
    memcpy (to, from, len);
}

/* Writes the slots; returns the byte behind them. */
G_ALWAYS_INLINE static inline guint8 *
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
      mvx_log_encode_copy (p, args[i].s, len);
      p += len;
      *p++ = '\0'; /* even if somebody has just changed the string */
    }
  return p;
}

G_ALWAYS_INLINE static inline guint8 *
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
  MvxLogRecord *record = (MvxLogRecord *) (gpointer) p;

  /* Field by field: a struct put together on the stack would be read back wider than it was written, and wait for it. */
  record->size = size;
  record->callsite = callsite;
  record->stamp = stamp;
  record->number = number;
  record->thread = thread;
  record->context = context;
  record->level = (gint16) CLAMP (level, G_MININT16, G_MAXINT16);
  record->flags = (guint16) flags;
  record->n_inline = (guint16) MIN (n_inline, G_MAXUINT16); /* the block's length still leads past those not counted */
  record->reserved = 0;
  return p + sizeof *record;
}

G_END_DECLS
