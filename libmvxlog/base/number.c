/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "base/number-private.h"

static const char mvx_log_number_pairs[] = "00010203040506070809"
                                           "10111213141516171819"
                                           "20212223242526272829"
                                           "30313233343536373839"
                                           "40414243444546474849"
                                           "50515253545556575859"
                                           "60616263646566676869"
                                           "70717273747576777879"
                                           "80818283848586878889"
                                           "90919293949596979899";

static const guint64 mvx_log_number_powers[] = {
  1u,
  10u,
  100u,
  1000u,
  10000u,
  100000u,
  1000000u,
  10000000u,
  100000000u,
  1000000000u,
  G_GUINT64_CONSTANT (10000000000),
  G_GUINT64_CONSTANT (100000000000),
  G_GUINT64_CONSTANT (1000000000000),
  G_GUINT64_CONSTANT (10000000000000),
  G_GUINT64_CONSTANT (100000000000000),
  G_GUINT64_CONSTANT (1000000000000000),
  G_GUINT64_CONSTANT (10000000000000000),
  G_GUINT64_CONSTANT (100000000000000000),
  G_GUINT64_CONSTANT (1000000000000000000),
  G_GUINT64_CONSTANT (10000000000000000000),
};

/* Powers of ten that a double holds exactly. */
static const double mvx_log_number_exact[] = {
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
};

/* log10 through log2: 1233 / 4096 is just over log10 (2). */
static guint
mvx_log_number_digits (guint64 value)
{
  guint guess = ((guint) (64 - __builtin_clzll (value | 1)) * 1233) >> 12;

  return guess + (value >= mvx_log_number_powers[guess] ? 1 : 0);
}

void
mvx_log_number_put_padded (guint8 *out, guint64 value, guint digits)
{
  while (digits >= 2)
    {
      digits -= 2;
      memcpy (out + digits, mvx_log_number_pairs + 2 * (value % 100), 2);
      value /= 100;
    }
  if (digits)
    *out = (guint8) ('0' + value % 10);
}

gsize
mvx_log_number_put_uint64 (guint8 *out, guint64 value)
{
  guint digits;

  if (value < 10)
    {
      *out = (guint8) ('0' + value);
      return 1;
    }
  digits = mvx_log_number_digits (value);
  mvx_log_number_put_padded (out, value, digits);
  return digits;
}

gsize
mvx_log_number_put_int64 (guint8 *out, gint64 value)
{
  if (value >= 0)
    return mvx_log_number_put_uint64 (out, (guint64) value);
  *out = '-';
  return 1 + mvx_log_number_put_uint64 (out + 1, 0 - (guint64) value);
}

/* A number of at most 15 digits, @decimals of them behind the point. */
static gsize
mvx_log_number_put_decimal (guint8 *out, guint64 digits, guint decimals)
{
  guint64 whole;
  gsize n;

  for (; decimals >= 8 && digits % 100000000 == 0; decimals -= 8)
    digits /= 100000000;
  for (; decimals >= 3 && digits % 1000 == 0; decimals -= 3)
    digits /= 1000;
  for (; decimals >= 1 && digits % 10 == 0; decimals--)
    digits /= 10;
  whole = digits / mvx_log_number_powers[decimals];
  n = mvx_log_number_put_uint64 (out, whole);
  out[n++] = '.';
  if (decimals == 0)
    {
      out[n++] = '0';
      return n;
    }
  mvx_log_number_put_padded (out + n, digits - whole * mvx_log_number_powers[decimals], decimals);
  return n + decimals;
}

/* With at most 15 digits there is one decimal fraction only that rounds to @value, and if @value times an exact power
 * of ten, rounded to an integer and divided again, gives @value, this is it: a division of two exact numbers rounds
 * once, just as strtod() does. */
static gsize
mvx_log_number_put_short (guint8 *out, double value)
{
  guint decimals = 14;
  guint64 digits;

  if (!(value >= 1e-4 && value < 1e15))
    return 0;
  /* Most numbers that a program logs are such. */
  if (value < 1e9)
    {
      digits = (guint64) (value * 1000 + 0.5);
      if ((double) digits / 1000 == value)
        return mvx_log_number_put_decimal (out, digits, 3);
    }
  if (value < 1)
    decimals = value < 1e-3 ? 18 : value < 1e-2 ? 17 : value < 1e-1 ? 16 : 15;
  else
    decimals -= mvx_log_number_digits ((guint64) value) - 1;
  digits = (guint64) (value * mvx_log_number_exact[decimals] + 0.5);
  if ((double) digits / mvx_log_number_exact[decimals] != value || digits > mvx_log_number_powers[15])
    return 0;
  return mvx_log_number_put_decimal (out, digits, decimals);
}

static gsize
mvx_log_number_put_long (guint8 *out, double value)
{
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  gsize n;

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_ascii_formatd (text, sizeof text, formats[i], value);
      if (g_ascii_strtod (text, NULL) == value)
        break;
    }
  n = strlen (text);
  memcpy (out, text, n);
  if (strpbrk (text, ".e") == NULL)
    {
      memcpy (out + n, ".0", 2);
      n += 2;
    }
  return n;
}

static gsize
mvx_log_number_put_word (guint8 *out, const char *word)
{
  gsize n = strlen (word);

  memcpy (out, word, n);
  return n;
}

gsize
mvx_log_number_put_double (guint8 *out, double value)
{
  gsize sign = signbit (value) ? 1 : 0;
  gsize n;

  if (isnan (value))
    return mvx_log_number_put_word (out, "NaN");
  if (sign)
    {
      *out = '-';
      value = -value;
    }
  if (isinf (value))
    return sign + mvx_log_number_put_word (out + sign, "Infinity");
  if (value == 0)
    return sign + mvx_log_number_put_word (out + sign, "0.0");
  n = mvx_log_number_put_short (out + sign, value);
  return sign + (n ? n : mvx_log_number_put_long (out + sign, value));
}
