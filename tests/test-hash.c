/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/hash-private.h"

/* Every length and every byte of it counts, and so does the seed; the same is the same. */
static void
test_distinct (void)
{
  guint8 data[40] = { 0 };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  guint n = 0;

  for (gsize len = 0; len <= sizeof data; len++)
    for (gsize at = 0; at <= len; at++)
      {
        guint64 hash;

        if (at < len)
          data[at] = 1;
        hash = mvx_log_hash (7, data, len);
        g_assert_cmpuint (hash, ==, mvx_log_hash (7, data, len));
        g_assert_cmpuint (hash, !=, mvx_log_hash (8, data, len));
        g_hash_table_add (seen, g_memdup2 (&hash, sizeof hash));
        n++;
        if (at < len)
          data[at] = 0;
      }
  g_assert_cmpuint (g_hash_table_size (seen), ==, n);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hash/distinct", test_distinct);
  return g_test_run ();
}
