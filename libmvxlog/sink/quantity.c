/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "sink/quantity-private.h"

typedef struct
{
  const char *name;
  guint64 factor;
} MvxLogQuantityUnit;

static const MvxLogQuantityUnit mvx_log_quantity_durations[] = {
  { "d", G_GUINT64_CONSTANT (86400000000) },
  { "h", G_GUINT64_CONSTANT (3600000000) },
  { "min", 60000000 },
  { "s", 1000000 },
  { "ms", 1000 },
  { "us", 1 },
  { NULL, 0 },
};

/* Those used for output first. */
static const MvxLogQuantityUnit mvx_log_quantity_sizes[] = {
  { "TiB", G_GUINT64_CONSTANT (1) << 40 },
  { "GiB", G_GUINT64_CONSTANT (1) << 30 },
  { "MiB", G_GUINT64_CONSTANT (1) << 20 },
  { "KiB", G_GUINT64_CONSTANT (1) << 10 },
  { "", 1 },
  { "B", 1 },
  { "kB", 1000 },
  { "KB", 1000 },
  { "MB", 1000000 },
  { "GB", 1000000000 },
  { "TB", G_GUINT64_CONSTANT (1000000000000) },
  { NULL, 0 },
};

/* Reads digits; *@end is behind them. */
static MvxLogQuantityStatus
mvx_log_quantity_digits (const char *text, guint64 *value, const char **end)
{
  gboolean overflow = FALSE;
  const char *p = text;

  *value = 0;
  for (; g_ascii_isdigit (*p); p++)
    if (!g_uint64_checked_mul (value, *value, 10)
        || !g_uint64_checked_add (value, *value, (guint64) g_ascii_digit_value (*p)))
      overflow = TRUE;
  *end = p;
  if (p == text)
    return MVX_LOG_QUANTITY_MALFORMED;
  return overflow ? MVX_LOG_QUANTITY_OVERFLOW : MVX_LOG_QUANTITY_OK;
}

static MvxLogQuantityStatus
mvx_log_quantity_scaled (const char *text, const MvxLogQuantityUnit *units, guint64 *value)
{
  const char *unit;
  MvxLogQuantityStatus status = mvx_log_quantity_digits (text, value, &unit);

  if (status == MVX_LOG_QUANTITY_MALFORMED)
    return status;
  for (; units->name; units++)
    if (strcmp (units->name, unit) == 0)
      {
        if (status == MVX_LOG_QUANTITY_OVERFLOW || !g_uint64_checked_mul (value, *value, units->factor))
          return MVX_LOG_QUANTITY_OVERFLOW;
        return MVX_LOG_QUANTITY_OK;
      }
  if (*unit == '\0')
    return MVX_LOG_QUANTITY_NO_UNIT;
  for (const char *p = unit; *p; p++)
    if (!g_ascii_isalpha (*p))
      return MVX_LOG_QUANTITY_MALFORMED;
  return MVX_LOG_QUANTITY_UNKNOWN_UNIT;
}

MvxLogQuantityStatus
mvx_log_quantity_parse_int64 (const char *text, gint64 *value)
{
  gboolean negative = *text == '-';
  guint64 magnitude;
  const char *end;
  MvxLogQuantityStatus status = mvx_log_quantity_digits (text + (negative || *text == '+'), &magnitude, &end);

  if (status == MVX_LOG_QUANTITY_MALFORMED || *end != '\0')
    return MVX_LOG_QUANTITY_MALFORMED;
  if (status != MVX_LOG_QUANTITY_OK || magnitude > (guint64) G_MAXINT64 + (negative ? 1 : 0))
    return MVX_LOG_QUANTITY_OVERFLOW;
  *value = negative ? (gint64) (0 - magnitude) : (gint64) magnitude;
  return MVX_LOG_QUANTITY_OK;
}

MvxLogQuantityStatus
mvx_log_quantity_parse_double (const char *text, double *value)
{
  char *end = NULL;

  /* Keeps out what strtod takes beyond decimals: blanks, hexadecimal, "inf" and "nan". */
  if (*text == '\0' || text[strspn (text, "0123456789+-.eE")] != '\0')
    return MVX_LOG_QUANTITY_MALFORMED;
  errno = 0;
  *value = g_ascii_strtod (text, &end);
  if (end == text || *end != '\0')
    return MVX_LOG_QUANTITY_MALFORMED;
  return isfinite (*value) ? MVX_LOG_QUANTITY_OK : MVX_LOG_QUANTITY_OVERFLOW;
}

MvxLogQuantityStatus
mvx_log_quantity_parse_duration (const char *text, gint64 *value)
{
  guint64 magnitude;
  MvxLogQuantityStatus status;

  if (strcmp (text, "0") == 0 || strcmp (text, "-1") == 0)
    {
      *value = *text == '0' ? 0 : -1;
      return MVX_LOG_QUANTITY_OK;
    }
  status = mvx_log_quantity_scaled (text, mvx_log_quantity_durations, &magnitude);
  if (status != MVX_LOG_QUANTITY_OK)
    return status;
  if (magnitude > G_MAXINT64)
    return MVX_LOG_QUANTITY_OVERFLOW;
  *value = (gint64) magnitude;
  return MVX_LOG_QUANTITY_OK;
}

MvxLogQuantityStatus
mvx_log_quantity_parse_size (const char *text, guint64 *value)
{
  return mvx_log_quantity_scaled (text, mvx_log_quantity_sizes, value);
}

static char *
mvx_log_quantity_format (guint64 value, const MvxLogQuantityUnit *units)
{
  while (units->factor > 1 && value % units->factor != 0)
    units++;
  return g_strdup_printf ("%" G_GUINT64_FORMAT "%s", value / units->factor, units->name);
}

char *
mvx_log_quantity_format_duration (gint64 microseconds)
{
  if (microseconds <= 0)
    return g_strdup_printf ("%" G_GINT64_FORMAT, microseconds);
  return mvx_log_quantity_format ((guint64) microseconds, mvx_log_quantity_durations);
}

char *
mvx_log_quantity_format_size (guint64 bytes)
{
  return bytes == 0 ? g_strdup ("0") : mvx_log_quantity_format (bytes, mvx_log_quantity_sizes);
}
