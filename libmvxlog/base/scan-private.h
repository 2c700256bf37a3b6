/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copying text for as long as it needs no escape, many bytes at a time. */
#pragma once

#include <string.h>

#include <glib.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

G_BEGIN_DECLS

#define MVX_LOG_SCAN_ONES G_GUINT64_CONSTANT (0x0101010101010101)
#define MVX_LOG_SCAN_HIGH G_GUINT64_CONSTANT (0x8080808080808080)

/* Plain is 0x20 to 0x7e but for the quotation mark and the backslash. */
static inline gboolean
mvx_log_scan_is_plain (guint8 c)
{
  return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Nonzero if one of the eight bytes is not plain (Mycroft's test, in each byte; bytes over 0x7f are found first). */
static inline guint64
mvx_log_scan_word (guint64 word)
{
  guint64 quote = (word ^ (MVX_LOG_SCAN_ONES * '"')) - MVX_LOG_SCAN_ONES;
  guint64 slash = (word ^ (MVX_LOG_SCAN_ONES * '\\')) - MVX_LOG_SCAN_ONES;
  guint64 control = word - MVX_LOG_SCAN_ONES * 0x20;
  guint64 del = word + MVX_LOG_SCAN_ONES;

  return (word | quote | slash | control | del) & MVX_LOG_SCAN_HIGH;
}

#ifdef __SSE2__
/* One bit for each of the sixteen bytes that is not plain. */
static inline guint
mvx_log_scan_mask (__m128i bytes)
{
  /* Signed comparison: bytes over 0x7f are negative, so they count as controls. */
  __m128i control = _mm_cmplt_epi8 (bytes, _mm_set1_epi8 (0x20));
  __m128i del = _mm_cmpeq_epi8 (bytes, _mm_set1_epi8 (0x7f));
  __m128i quote = _mm_cmpeq_epi8 (bytes, _mm_set1_epi8 ('"'));
  __m128i slash = _mm_cmpeq_epi8 (bytes, _mm_set1_epi8 ('\\'));

  return (guint) _mm_movemask_epi8 (_mm_or_si128 (_mm_or_si128 (control, del), _mm_or_si128 (quote, slash)));
}
#endif

/* Plain, and neither a space nor an equals sign. */
static inline gboolean
mvx_log_scan_is_word (guint8 c)
{
  return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '=';
}

/* How many bytes at the front could stand in a bare word. */
static inline gsize
mvx_log_scan_word_len (const guint8 *in,
                       gsize         len)
{
  gsize i = 0;

#ifdef __SSE2__
  /* As long as there are sixteen bytes in all, the last block can overlap the one before it. */
  for (; len >= 16 && i < len; i += 16)
    {
      gsize at = MIN (i, len - 16);
      __m128i bytes = _mm_loadu_si128 ((const __m128i *) (gconstpointer) (in + at));
      __m128i space = _mm_cmpeq_epi8 (bytes, _mm_set1_epi8 (' '));
      __m128i equals = _mm_cmpeq_epi8 (bytes, _mm_set1_epi8 ('='));
      guint mask = mvx_log_scan_mask (bytes) | (guint) _mm_movemask_epi8 (_mm_or_si128 (space, equals));

      if (mask)
        return at + (gsize) __builtin_ctz (mask);
    }
  if (i > 0)
    return len;
#endif
  while (i < len && mvx_log_scan_is_word (in[i]))
    i++;
  return i;
}

#ifdef __SSE2__
/* The same for sixteen bytes and more. The last block overlaps the one before it. */
static inline gsize
mvx_log_scan_copy_blocks (guint8       *out,
                          const guint8 *in,
                          gsize         len)
{
  gsize i = 0;

  for (;;)
    {
      __m128i bytes = _mm_loadu_si128 ((const __m128i *) (gconstpointer) (in + i));
      guint mask = mvx_log_scan_mask (bytes);

      _mm_storeu_si128 ((__m128i *) (gpointer) (out + i), bytes);
      if (mask)
        return i + (gsize) __builtin_ctz (mask);
      if (i + 16 == len)
        return len;
      i = MIN (i + 16, len - 16);
    }
}
#endif

/* What a text consists of. */
typedef enum
{
  MVX_LOG_SCAN_WORD,  /* what can stand in a bare word; also nothing */
  MVX_LOG_SCAN_PLAIN, /* plain, with spaces or equals signs */
  MVX_LOG_SCAN_ODD    /* something is not plain */
} MvxLogScan;

#ifdef __SSE2__
/* Up to fifteen bytes, copied; what is missing is padded with a letter. */
static inline __m128i
mvx_log_scan_load_short (guint8       *out,
                         const guint8 *in,
                         gsize         len)
{
  guint64 low = MVX_LOG_SCAN_ONES * 'a';
  guint64 high = MVX_LOG_SCAN_ONES * 'a';
  guint32 half;
  guint32 other;

  if (len >= 8)
    {
      memcpy (&low, in, 8);
      memcpy (&high, in + len - 8, 8);
      memcpy (out, &low, 8);
      memcpy (out + len - 8, &high, 8);
    }
  else if (len >= 4)
    {
      memcpy (&half, in, 4);
      memcpy (&other, in + len - 4, 4);
      memcpy (out, &half, 4);
      memcpy (out + len - 4, &other, 4);
      low = half | (guint64) other << 32;
    }
  else
    for (gsize i = 0; i < len; i++)
      low = low << 8 | (out[i] = in[i]);
  return _mm_set_epi64x ((gint64) high, (gint64) low);
}
#endif

/* Copies all of the text, whatever it is, and says what. Exactly @len bytes are written. */
static inline MvxLogScan
mvx_log_scan_copy_all (guint8       *out,
                       const guint8 *in,
                       gsize         len)
{
#ifdef __SSE2__
  __m128i gaps = _mm_setzero_si128 ();
  guint odd = 0;
  gsize i = 0;

  for (;;)
    {
      __m128i bytes;

      if (G_LIKELY (len >= 16))
        {
          bytes = _mm_loadu_si128 ((const __m128i *) (gconstpointer) (in + i));
          _mm_storeu_si128 ((__m128i *) (gpointer) (out + i), bytes);
        }
      else
        bytes = mvx_log_scan_load_short (out, in, len);
      odd |= mvx_log_scan_mask (bytes);
      gaps = _mm_or_si128 (gaps, _mm_or_si128 (_mm_cmpeq_epi8 (bytes, _mm_set1_epi8 (' ')),
                                               _mm_cmpeq_epi8 (bytes, _mm_set1_epi8 ('='))));
      if (i + 16 >= len)
        break;
      /* The last block overlaps the one before it. */
      i = MIN (i + 16, len - 16);
    }
  return odd ? MVX_LOG_SCAN_ODD : _mm_movemask_epi8 (gaps) ? MVX_LOG_SCAN_PLAIN : MVX_LOG_SCAN_WORD;
#else
  gboolean odd = FALSE;

  memcpy (out, in, len);
  for (gsize i = 0; i < len && !odd; i++)
    odd = !mvx_log_scan_is_plain (in[i]);
  return odd ? MVX_LOG_SCAN_ODD : mvx_log_scan_word_len (in, len) < len ? MVX_LOG_SCAN_PLAIN : MVX_LOG_SCAN_WORD;
#endif
}

/* Copies whole blocks; returns how many bytes at the front are plain and copied. @out has room for @len bytes, of which
 * those behind the plain ones may be overwritten, too. */
static inline gsize
mvx_log_scan_copy (guint8       *out,
                   const guint8 *in,
                   gsize         len)
{
  gsize i = 0;

#ifdef __SSE2__
  if (len >= 16)
    return mvx_log_scan_copy_blocks (out, in, len);
#endif
  for (; len - i >= 8; i += 8)
    {
      guint64 word;

      memcpy (&word, in + i, 8);
      if (mvx_log_scan_word (word))
        break;
      memcpy (out + i, &word, 8);
    }
  if (len - i >= 4)
    {
      guint32 half;

      memcpy (&half, in + i, 4);
      if (!mvx_log_scan_word (half | (guint64) (MVX_LOG_SCAN_ONES * 'a') << 32))
        {
          memcpy (out + i, &half, 4);
          i += 4;
        }
    }
  for (; i < len && mvx_log_scan_is_plain (in[i]); i++)
    out[i] = in[i];
  return i;
}

G_END_DECLS
