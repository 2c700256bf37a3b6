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

static inline void
mvx_log_number_put_four (guint8 *out, guint32 value)
{
  guint32 high = value / 100;

  memcpy (out, mvx_log_number_pairs + 2 * high, 2);
  memcpy (out + 2, mvx_log_number_pairs + 2 * (value - high * 100), 2);
}

/* Four digits at a time and the two halves side by side: shorter chains of divisions than pair by pair. */
static inline void
mvx_log_number_put_eight (guint8 *out, guint32 value)
{
  guint32 high = value / 10000;

  mvx_log_number_put_four (out, high);
  mvx_log_number_put_four (out + 4, value - high * 10000);
}

void
mvx_log_number_put_nano (guint8 *out, guint32 value)
{
  guint32 high = value / 100000000;

  *out = (guint8) ('0' + high);
  mvx_log_number_put_eight (out + 1, value - high * 100000000);
}

/* Without zeros in front; under 10000. */
static inline gsize
mvx_log_number_put_small (guint8 *out, guint32 value)
{
  if (value >= 1000)
    {
      mvx_log_number_put_four (out, value);
      return 4;
    }
  if (value >= 100)
    {
      *out = (guint8) ('0' + value / 100);
      memcpy (out + 1, mvx_log_number_pairs + 2 * (value % 100), 2);
      return 3;
    }
  if (value >= 10)
    {
      memcpy (out, mvx_log_number_pairs + 2 * value, 2);
      return 2;
    }
  *out = (guint8) ('0' + value);
  return 1;
}

/* Under 100000000. */
static inline gsize
mvx_log_number_put_short_int (guint8 *out, guint32 value)
{
  guint32 high = value / 10000;
  gsize n;

  if (high == 0)
    return mvx_log_number_put_small (out, value);
  n = mvx_log_number_put_small (out, high);
  mvx_log_number_put_four (out + n, value - high * 10000);
  return n + 4;
}

gsize
mvx_log_number_put_uint64 (guint8 *out, guint64 value)
{
  guint64 high;
  gsize n;

  if (value < 100000000)
    return mvx_log_number_put_short_int (out, (guint32) value);
  high = value / 100000000;
  n = high < 100000000 ? mvx_log_number_put_short_int (out, (guint32) high) : mvx_log_number_put_uint64 (out, high);
  mvx_log_number_put_eight (out + n, (guint32) (value - high * 100000000));
  return n + 8;
}

gsize
mvx_log_number_put_int64 (guint8 *out, gint64 value)
{
  if (value >= 0)
    return mvx_log_number_put_uint64 (out, (guint64) value);
  *out = '-';
  return 1 + mvx_log_number_put_uint64 (out + 1, 0 - (guint64) value);
}

/* A point and at most three digits behind @n of them. */
static inline gsize
mvx_log_number_put_thousandths (guint8 *out, gsize n, guint32 fraction)
{
  guint32 high = fraction / 100;
  guint32 low = fraction - high * 100;

  out[n] = '.';
  out[n + 1] = (guint8) ('0' + high);
  memcpy (out + n + 2, mvx_log_number_pairs + 2 * low, 2);
  return n + (low == 0 ? 2 : low % 10 == 0 ? 3 : 4);
}

/* @fraction with @decimals digits behind a point, and no zeros at its end but the one that must be there. */
static gsize
mvx_log_number_put_fraction (guint8 *out, gsize n, guint64 fraction, guint decimals)
{
  out[n] = '.';
  mvx_log_number_put_padded (out + n + 1, fraction, decimals);
  n += 1 + decimals;
  while (out[n - 1] == '0' && out[n - 2] != '.')
    n--;
  return n;
}

/* With at most 15 digits there is one decimal fraction only that rounds to @value, and if @value times an exact power
 * of ten, rounded to an integer and divided again, gives @value, this is it: a division of two exact numbers rounds
 * once, just as strtod() does. */
static gsize
mvx_log_number_put_short (guint8 *out, double value)
{
  guint decimals = 14;
  guint64 digits;
  guint64 whole;

  if (!(value >= 1e-4 && value < 1e15))
    return 0;
  if (value < 1)
    decimals = value < 1e-3 ? 18 : value < 1e-2 ? 17 : value < 1e-1 ? 16 : 15;
  else
    decimals -= mvx_log_number_digits ((guint64) value) - 1;
  digits = (guint64) (value * mvx_log_number_exact[decimals] + 0.5);
  if ((double) digits / mvx_log_number_exact[decimals] != value || digits > mvx_log_number_powers[15])
    return 0;
  whole = digits / mvx_log_number_powers[decimals];
  digits -= whole * mvx_log_number_powers[decimals];
  /* An integer of fifteen digits has no decimals left. */
  return mvx_log_number_put_fraction (out, mvx_log_number_put_uint64 (out, whole), decimals ? digits : 0,
                                      MAX (decimals, 1));
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

/* Most numbers that a program logs have three decimals at most. 0 if this one has more. */
static inline gsize
mvx_log_number_put_common (guint8 *out, double value)
{
  gint64 digits = (gint64) (value * 1000 + 0.5);
  guint32 whole;

  if ((double) digits / 1000 != value)
    return 0;
  whole = (guint32) ((guint64) digits / 1000);
  return mvx_log_number_put_thousandths (out, mvx_log_number_put_uint64 (out, whole),
                                         (guint32) (digits - (gint64) whole * 1000));
}

static gsize
mvx_log_number_put_any_double (guint8 *out, double value)
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

gsize
mvx_log_number_put_double (guint8 *out, double value)
{
  gsize n = value > 0 && value < 1e9 ? mvx_log_number_put_common (out, value) : 0;

  return n ? n : mvx_log_number_put_any_double (out, value);
}
