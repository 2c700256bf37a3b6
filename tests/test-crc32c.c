/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "durable/crc32c-private.h"

static void
assert_sum (gconstpointer data, gsize len, guint32 expected)
{
  g_assert_cmphex (mvx_log_crc32c (0, data, len), ==, expected);
  g_assert_cmphex (mvx_log_crc32c_table (0, data, len), ==, expected);
}

/* RFC 3720, B.4. */
static void
test_vectors (void)
{
  guint8 bytes[32];

  assert_sum ("123456789", 9, 0xe3069283);
  assert_sum ("", 0, 0);
  memset (bytes, 0, sizeof bytes);
  assert_sum (bytes, sizeof bytes, 0x8a9136aa);
  memset (bytes, 0xff, sizeof bytes);
  assert_sum (bytes, sizeof bytes, 0x62a8ab43);
  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) i;
  assert_sum (bytes, sizeof bytes, 0x46dd794e);
}

/* At every length and alignment, and in parts. */
static void
test_parts (void)
{
  guint8 bytes[100];

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) (i * 37 + 11);
  for (gsize from = 0; from < 16; from++)
    for (gsize len = 0; from + len <= sizeof bytes; len++)
      {
        guint32 sum = mvx_log_crc32c (0, bytes + from, len);

        g_assert_cmphex (mvx_log_crc32c_table (0, bytes + from, len), ==, sum);
        for (gsize cut = 0; cut <= len; cut += 5)
          g_assert_cmphex (mvx_log_crc32c (mvx_log_crc32c_table (0, bytes + from, cut), bytes + from + cut, len - cut),
                           ==, sum);
      }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/crc32c/vectors", test_vectors);
  g_test_add_func ("/crc32c/parts", test_parts);
  return g_test_run ();
}
