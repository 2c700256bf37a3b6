/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fast path of the encoding: a plain callsite (words and short strings only) straight into a lane. */
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/likely-private.h"
#include "event/record-private.h"

G_BEGIN_DECLS

#define MVX_LOG_PLAIN_MAX_STRINGS 12

#define MVX_LOG_TOO_LONG G_MAXUINT32

/* Sanitizers do not allow what comes next; clang has its own word for them. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MVX_LOG_ENCODE_BY_BYTES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define MVX_LOG_ENCODE_BY_BYTES 1
#endif
#endif

#if defined(__SSE2__) && !defined(MVX_LOG_ENCODE_BY_BYTES)
/* strlen() without a call. Aligned blocks lie in one page, so whatever stands around the text can be read. */
static inline gsize
mvx_log_encode_length (const char *text)
{
  const __m128i *block = (const __m128i *) ((guintptr) text & ~(guintptr) 15);
  guint mask = (guint) _mm_movemask_epi8 (_mm_cmpeq_epi8 (*block, _mm_setzero_si128 ()));

  mask >>= (guintptr) text & 15;
  if (mask != 0)
    return (guint) __builtin_ctz (mask);
  do
    mask = (guint) _mm_movemask_epi8 (_mm_cmpeq_epi8 (*++block, _mm_setzero_si128 ()));
  while (mask == 0);
  return (gsize) ((const char *) block - text) + (guint) __builtin_ctz (mask);
}
#else
#define mvx_log_encode_length(text) strlen (text)
#endif

/* Bytes that the slots of @site take, or MVX_LOG_TOO_LONG and more if a string is longer than @max_string allows without
 * counting characters. @lengths receives the length of each string, or MVX_LOG_NULL_STRING: that is four bytes, one less
 * than an empty one. */
G_ALWAYS_INLINE static inline gsize
mvx_log_encode_plain_size (const MvxLogCallsite *site,
                           const MvxLogArg      *args,
                           gsize                 max_string,
                           guint32              *lengths)
{
  gsize size = site->plain_size;

  for (guint mask = site->string_mask; mask != 0; mask &= mask - 1)
    {
      const char *text = args[(guint) __builtin_ctz (mask)].s;
      gsize len;

      if (MVX_LOG_UNLIKELY (text == NULL))
        {
          *lengths++ = MVX_LOG_NULL_STRING;
          size--;
          continue;
        }
      len = mvx_log_encode_length (text);
      if (MVX_LOG_UNLIKELY (len > max_string))
        return MVX_LOG_TOO_LONG;
      *lengths++ = (guint32) len;
      size += len;
    }
  return size;
}

/* memcpy() without a call: moves that may overlap, never past either end. */
G_ALWAYS_INLINE static inline void
mvx_log_encode_copy (guint8     *to,
                     const char *from,
                     gsize       len)
{
  gsize i;

  if (MVX_LOG_LIKELY (len - 16 <= 16))
    {
      memcpy (to, from, 16);
      memcpy (to + len - 16, from + len - 16, 16);
    }
  else if (len > 16)
    {
      for (i = 0; i < len - 16; i += 16)
        memcpy (to + i, from + i, 16);
      memcpy (to + len - 16, from + len - 16, 16);
    }
  else if (len >= 8)
    {
      memcpy (to, from, 8);
      memcpy (to + len - 8, from + len - 8, 8);
    }
  else if (len >= 4)
    {
      memcpy (to, from, 4);
      memcpy (to + len - 4, from + len - 4, 4);
    }
  else
    for (i = 0; i < len; i++)
      to[i] = (guint8) from[i];
}

G_ALWAYS_INLINE static inline guint8 *
mvx_log_encode_string_slot (guint8     *p,
                            const char *text,
                            gsize       len)
{
  p = mvx_log_store32 (p, (guint32) len);
  mvx_log_encode_copy (p, text, len);
  p[len] = '\0'; /* even if somebody has just changed the string */
  return p + len + 1;
}

/* Writes the slots; returns the byte behind them. */
G_ALWAYS_INLINE static inline guint8 *
mvx_log_encode_plain (guint8               *p,
                      const MvxLogCallsite *site,
                      const MvxLogArg      *args,
                      const guint32        *lengths)
{
  const MvxLogArg *end = args + site->n_fields;

  for (guint mask = site->string_mask; args < end; args++, mask >>= 1)
    if ((mask & 1) == 0)
      p = mvx_log_store64 (p, args->u);
    else if (*lengths++ == MVX_LOG_NULL_STRING)
      p = mvx_log_store32 (p, MVX_LOG_NULL_STRING);
    else
      p = mvx_log_encode_string_slot (p, args->s, lengths[-1]);
  return p;
}

/* The same in one go, for whoever need not know the size before: no more than @left bytes of strings, else NULL. */
G_ALWAYS_INLINE static inline guint8 *
mvx_log_encode_lean (guint8               *p,
                     const MvxLogCallsite *site,
                     const MvxLogArg      *args,
                     gsize                 left)
{
  const MvxLogArg *end = args + site->n_fields;

  for (guint mask = site->string_mask; args < end; args++, mask >>= 1)
    if (MVX_LOG_LIKELY ((mask & 1) == 0))
      p = mvx_log_store64 (p, args->u);
    else if (MVX_LOG_UNLIKELY (args->s == NULL))
      p = mvx_log_store32 (p, MVX_LOG_NULL_STRING);
    else
      {
        gsize len = mvx_log_encode_length (args->s);

        if (MVX_LOG_UNLIKELY (len > left))
          return NULL;
        left -= len;
        p = mvx_log_encode_string_slot (p, args->s, len);
      }
  return p;
}

/* Four neighbours in one store. */
static inline guint64
mvx_log_encode_quarters (guint16 a,
                         guint16 b,
                         guint16 c,
                         guint16 d)
{
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
  return a | (guint64) b << 16 | (guint64) c << 32 | (guint64) d << 48;
#else
  return d | (guint64) c << 16 | (guint64) b << 32 | (guint64) a << 48;
#endif
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
  /* The block's length still leads past those not counted. */
  mvx_log_store64 (p + G_STRUCT_OFFSET (MvxLogRecord, level),
                   mvx_log_encode_quarters ((guint16) CLAMP (level, G_MININT16, G_MAXINT16), (guint16) flags,
                                            (guint16) MIN (n_inline, G_MAXUINT16), 0));
  return p + sizeof *record;
}

G_END_DECLS
