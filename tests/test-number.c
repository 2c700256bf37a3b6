/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "base/number-private.h"

static void
assert_int (gint64 value)
{
  g_autofree char *expected = g_strdup_printf ("%" G_GINT64_FORMAT, value);
  guint8 text[MVX_LOG_NUMBER_MAX];
  gsize n = mvx_log_number_put_int64 (text, value);

  g_assert_cmpmem (text, n, expected, strlen (expected));
}

static void
assert_uint (guint64 value)
{
  g_autofree char *expected = g_strdup_printf ("%" G_GUINT64_FORMAT, value);
  guint8 text[MVX_LOG_NUMBER_MAX];
  gsize n = mvx_log_number_put_uint64 (text, value);

  g_assert_cmpmem (text, n, expected, strlen (expected));
}

static void
test_integers (void)
{
  guint64 power = 1;

  for (guint i = 0; i < 20; i++, power *= 10)
    {
      assert_uint (power);
      assert_uint (power - 1);
      assert_uint (power + 1);
      assert_int ((gint64) power);
      assert_int (-(gint64) (power / 2));
    }
  for (guint64 i = 0; i < 20000; i++)
    assert_uint (i);
  for (guint i = 0; i < 64; i++)
    {
      assert_uint (G_GUINT64_CONSTANT (1) << i);
      assert_uint ((G_GUINT64_CONSTANT (1) << i) - 1);
    }
  assert_uint (G_MAXUINT64);
  assert_int (G_MAXINT64);
  assert_int (G_MININT64);
  assert_int (-1);
}

static void
test_padded (void)
{
  guint8 text[16];

  mvx_log_number_put_padded (text, 7, 3);
  g_assert_cmpmem (text, 3, "007", 3);
  mvx_log_number_put_padded (text, 123456789, 9);
  g_assert_cmpmem (text, 9, "123456789", 9);
  mvx_log_number_put_padded (text, 5, 1);
  g_assert_cmpmem (text, 1, "5", 1);
  mvx_log_number_put_nano (text, 0);
  g_assert_cmpmem (text, 9, "000000000", 9);
  mvx_log_number_put_nano (text, 999999999);
  g_assert_cmpmem (text, 9, "999999999", 9);
  mvx_log_number_put_nano (text, 10203);
  g_assert_cmpmem (text, 9, "000010203", 9);
}

static void
assert_double (double value, const char *expected)
{
  char text[MVX_LOG_NUMBER_MAX + 1];
  gsize n = mvx_log_number_put_double ((guint8 *) text, value);

  g_assert_cmpuint (n, <=, MVX_LOG_NUMBER_MAX);
  text[n] = '\0';
  g_assert_cmpstr (text, ==, expected);
}

static void
test_doubles (void)
{
  assert_double (0.0, "0.0");
  assert_double (-0.0, "-0.0");
  assert_double (1, "1.0");
  assert_double (-1, "-1.0");
  assert_double (12.5, "12.5");
  assert_double (0.125, "0.125");
  assert_double (0.1, "0.1");
  assert_double (0.3, "0.3");
  assert_double (0.1 + 0.2, "0.30000000000000004");
  assert_double (100, "100.0");
  assert_double (1234567.891, "1234567.891");
  assert_double (999999999.999, "999999999.999");
  assert_double (0.001, "0.001");
  assert_double (0.0001, "0.0001");
  assert_double (0.00012345, "0.00012345");
  assert_double (0.00001, "1e-05");
  assert_double (1e14, "100000000000000.0");
  assert_double (123456789012345, "123456789012345.0");
  assert_double (1e15, "1e+15");
  assert_double (9007199254740993.0, "9007199254740992.0");
  assert_double (1e20, "1e+20");
  assert_double (1e22, "1e+22");
  assert_double (5e-324, "4.94065645841247e-324");
  assert_double (1.7976931348623157e308, "1.7976931348623157e+308");
  assert_double (1.0 / 3, "0.3333333333333333");
  assert_double (G_PI, "3.141592653589793");
  assert_double (-2.5e-9, "-2.5e-09");
  assert_double (NAN, "NaN");
  assert_double (INFINITY, "Infinity");
  assert_double (-INFINITY, "-Infinity");
}

/* One digit at least, then a point or an exponent: what JSON and everybody else reads as a floating-point number. */
static void
assert_is_number (const char *text)
{
  static GRegex *regex;

  if (regex == NULL)
    regex = g_regex_new ("^-?(0|[1-9][0-9]*)(\\.[0-9]+(e[+-][0-9]+)?|e[+-][0-9]+)$", 0, 0, NULL);
  if (!g_regex_match (regex, text, 0, NULL))
    g_error ("'%s' is not a number", text);
}

static void
assert_round_trip (double value)
{
  char text[MVX_LOG_NUMBER_MAX + 1];
  gsize n;

  if (!isfinite (value))
    return;
  n = mvx_log_number_put_double ((guint8 *) text, value);
  g_assert_cmpuint (n, <=, MVX_LOG_NUMBER_MAX);
  text[n] = '\0';
  assert_is_number (text);
  if (g_ascii_strtod (text, NULL) != value)
    g_error ("%.17g became '%s'", value, text);
}

static void
test_round_trip (void)
{
  GRand *random = g_rand_new_with_seed (7);

  for (guint i = 0; i < 100000; i++)
    {
      guint64 bits = (guint64) g_rand_int (random) << 32 | g_rand_int (random);
      double value;

      memcpy (&value, &bits, sizeof value);
      assert_round_trip (value);
      assert_round_trip (g_rand_double_range (random, -1e6, 1e6));
      /* Decimal fractions, which take the short way. */
      value = g_rand_int_range (random, -1000000000, 1000000000) / pow (10, g_rand_int_range (random, 0, 12));
      assert_round_trip (value);
    }
  g_rand_free (random);
}

/* No other text of fewer digits means the same number. */
static void
test_shortest (void)
{
  GRand *random = g_rand_new_with_seed (8);

  for (guint i = 0; i < 20000; i++)
    {
      double value = g_rand_int_range (random, 1, 1000000000) / pow (10, g_rand_int_range (random, 0, 14));
      char text[MVX_LOG_NUMBER_MAX + 1];
      char expected[G_ASCII_DTOSTR_BUF_SIZE];

      text[mvx_log_number_put_double ((guint8 *) text, value)] = '\0';
      g_ascii_formatd (expected, sizeof expected, "%.15g", value);
      if (strpbrk (expected, ".e") == NULL)
        g_strlcat (expected, ".0", sizeof expected);
      g_assert_cmpstr (text, ==, expected);
    }
  g_rand_free (random);
}

static void
test_locale (void)
{
  g_autofree char *before = g_strdup (setlocale (LC_NUMERIC, NULL));

  if (setlocale (LC_NUMERIC, "de_DE.UTF-8") == NULL && setlocale (LC_NUMERIC, "fr_FR.UTF-8") == NULL)
    {
      g_test_skip ("no locale with a decimal comma is installed");
      return;
    }
  assert_double (12.5, "12.5");
  assert_double (1.0 / 3, "0.3333333333333333");
  assert_double (1e20, "1e+20");
  setlocale (LC_NUMERIC, before);
}

static void
test_append (void)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  mvx_log_number_append_int64 (&buffer, -5);
  mvx_log_buffer_append_c (&buffer, ' ');
  mvx_log_number_append_uint64 (&buffer, 5);
  mvx_log_buffer_append_c (&buffer, ' ');
  mvx_log_number_append_double (&buffer, 0.5);
  g_assert_cmpmem (buffer.data, buffer.len, "-5 5 0.5", 8);
  mvx_log_buffer_clear (&buffer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/number/integers", test_integers);
  g_test_add_func ("/number/padded", test_padded);
  g_test_add_func ("/number/doubles", test_doubles);
  g_test_add_func ("/number/round-trip", test_round_trip);
  g_test_add_func ("/number/shortest", test_shortest);
  g_test_add_func ("/number/locale", test_locale);
  g_test_add_func ("/number/append", test_append);
  return g_test_run ();
}
