/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "durable/crc32c-private.h"

#include <string.h>

#define MVX_LOG_CRC32C_POLYNOMIAL 0x82f63b78u

#if defined(__x86_64__)
#define MVX_LOG_CRC32C_HAS_INSTRUCTION 1
#include <nmmintrin.h>
#endif

static guint32 mvx_log_crc32c_tables[8][256];

static void
mvx_log_crc32c_fill_tables (void)
{
  for (guint i = 0; i < 256; i++)
    {
      guint32 crc = i;

      for (guint bit = 0; bit < 8; bit++)
        crc = (crc >> 1) ^ (crc & 1 ? MVX_LOG_CRC32C_POLYNOMIAL : 0);
      mvx_log_crc32c_tables[0][i] = crc;
    }
  for (guint i = 0; i < 256; i++)
    for (guint k = 1; k < 8; k++)
      mvx_log_crc32c_tables[k][i]
          = (mvx_log_crc32c_tables[k - 1][i] >> 8) ^ mvx_log_crc32c_tables[0][mvx_log_crc32c_tables[k - 1][i] & 0xff];
}

/* Eight bytes at a time (Kounavis and Berry, 2005). */
guint32
mvx_log_crc32c_table (guint32 crc, gconstpointer data, gsize len)
{
  static gsize filled;
  const guint32 (*const t)[256] = (const guint32 (*)[256]) mvx_log_crc32c_tables;
  const guint8 *p = data;

  if (g_once_init_enter (&filled))
    {
      mvx_log_crc32c_fill_tables ();
      g_once_init_leave (&filled, 1);
    }
  crc = ~crc;
  for (; len >= 8; len -= 8, p += 8)
    {
      guint32 low = crc ^ (p[0] | (guint32) p[1] << 8 | (guint32) p[2] << 16 | (guint32) p[3] << 24);

      crc = t[7][low & 0xff] ^ t[6][low >> 8 & 0xff] ^ t[5][low >> 16 & 0xff] ^ t[4][low >> 24] ^ t[3][p[4]]
            ^ t[2][p[5]] ^ t[1][p[6]] ^ t[0][p[7]];
    }
  for (; len > 0; len--)
    crc = (crc >> 8) ^ t[0][(crc ^ *p++) & 0xff];
  return ~crc;
}

#ifdef MVX_LOG_CRC32C_HAS_INSTRUCTION
__attribute__ ((target ("sse4.2"))) static guint32
mvx_log_crc32c_instruction (guint32 crc, gconstpointer data, gsize len)
{
  const guint8 *p = data;
  guint64 sum = ~crc;

  for (; len >= 8; len -= 8, p += 8)
    {
      guint64 word;

      memcpy (&word, p, sizeof word);
      sum = _mm_crc32_u64 (sum, word);
    }
  for (; len > 0; len--)
    sum = _mm_crc32_u8 ((guint32) sum, *p++);
  return ~(guint32) sum;
}
#endif

guint32
mvx_log_crc32c (guint32 crc, gconstpointer data, gsize len)
{
#ifdef MVX_LOG_CRC32C_HAS_INSTRUCTION
  if (G_LIKELY (__builtin_cpu_supports ("sse4.2")))
    return mvx_log_crc32c_instruction (crc, data, len);
#endif
  return mvx_log_crc32c_table (crc, data, len);
}
