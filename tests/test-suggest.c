/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/suggest-private.h"

static const char *const words[] = { "kafka", "journald", "redis", "http", "sqlite", "file", "a", "", NULL };

static void
test_found (void)
{
  g_assert_cmpstr (mvx_log_suggest ("kafak", words), ==, "kafka");
  g_assert_cmpstr (mvx_log_suggest ("KAFKA", words), ==, "kafka");
  g_assert_cmpstr (mvx_log_suggest ("jornald", words), ==, "journald");
  g_assert_cmpstr (mvx_log_suggest ("reddis", words), ==, "redis");
  g_assert_cmpstr (mvx_log_suggest ("htpt", words), ==, "http");
  g_assert_cmpstr (mvx_log_suggest ("sqlite3", words), ==, "sqlite");
  g_assert_cmpstr (mvx_log_suggest ("fiel", words), ==, "file");
}

static void
test_not_found (void)
{
  static const char *const none[] = { NULL };

  g_assert_null (mvx_log_suggest ("postgresql", words));
  g_assert_null (mvx_log_suggest ("", words));
  g_assert_null (mvx_log_suggest ("x", none));
  g_assert_null (mvx_log_suggest ("x", NULL));
  /* Nothing in common is no suggestion, however short. */
  g_assert_null (mvx_log_suggest ("b", words));
}

/* The nearest, and of equally near ones the first. */
static void
test_nearest (void)
{
  static const char *const near[] = { "levels", "level", "lever", NULL };

  g_assert_cmpstr (mvx_log_suggest ("levle", near), ==, "level");
  g_assert_cmpstr (mvx_log_suggest ("leveX", near), ==, "level");
  g_assert_cmpstr (mvx_log_suggest ("levels", near), ==, "levels");
}

static void
test_long (void)
{
  g_autofree char *fits = g_strnfill (48, 'x');
  g_autofree char *long_word = g_strnfill (49, 'x');
  g_autofree char *huge = g_strnfill (100000, 'x');
  const char *const candidates[] = { long_word, huge, fits, NULL };

  g_assert_null (mvx_log_suggest (long_word, candidates));
  g_assert_null (mvx_log_suggest (huge, candidates));
  g_assert_true (mvx_log_suggest (fits, candidates) == fits);
  fits[0] = 'y';
  fits[47] = 'y';
  {
    g_autofree char *other = g_strnfill (48, 'x');

    g_assert_true (mvx_log_suggest (other, candidates) == fits);
  }
}

/* Letters that are no ASCII and broken UTF-8 are bytes like others. */
static void
test_bytes (void)
{
  static const char *const candidates[] = { "gr\xc3\xb6\xc3\x9f"
                                            "e",
                                            "\xff\xfe\xfd", NULL };

  g_assert_cmpstr (mvx_log_suggest ("gr\xc3\xb6sse", candidates), ==, candidates[0]);
  g_assert_cmpstr (mvx_log_suggest ("\xff\xfe\xfc", candidates), ==, candidates[1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/suggest/found", test_found);
  g_test_add_func ("/suggest/not-found", test_not_found);
  g_test_add_func ("/suggest/nearest", test_nearest);
  g_test_add_func ("/suggest/long", test_long);
  g_test_add_func ("/suggest/bytes", test_bytes);
  return g_test_run ();
}
