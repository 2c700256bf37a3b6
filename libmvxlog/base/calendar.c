/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "base/atfork-private.h"
#include "base/calendar-private.h"
#include "base/number-private.h"

__thread MvxLogCalendar mvx_log_calendar_of_thread[2];

/* Around what takes the C library's lock on the time zone: it is not free in a child if another thread had it. */
static GMutex mvx_log_calendar_mutex;
MVX_LOG_FORK_LOCK (CALENDAR, &mvx_log_calendar_mutex, NULL);

static gint64
mvx_log_calendar_floor (gint64 a, gint64 b, gint64 *rest)
{
  gint64 quotient = a / b;

  *rest = a % b;
  if (*rest < 0)
    {
      *rest += b;
      quotient--;
    }
  return quotient;
}

/* The proleptic Gregorian calendar without tables: years begin in March, so that the leap day is the last one (the
 * usual reckoning in eras of 400 years). */
static void
mvx_log_calendar_split_utc (gint64 second, struct tm *tm)
{
  gint64 time;
  gint64 day_of_era;
  gint64 day = mvx_log_calendar_floor (second, 86400, &time);
  gint64 era = mvx_log_calendar_floor (day + 719468, 146097, &day_of_era);
  gint64 year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  gint64 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  gint64 month = (5 * day_of_year + 2) / 153;

  tm->tm_mday = (int) (day_of_year - (153 * month + 2) / 5 + 1);
  tm->tm_mon = (int) (month < 10 ? month + 2 : month - 10);
  tm->tm_year = (int) (year_of_era + era * 400 + (month >= 10 ? 1 : 0) - 1900);
  tm->tm_hour = (int) (time / 3600);
  tm->tm_min = (int) (time / 60 % 60);
  tm->tm_sec = (int) (time % 60);
}

static void
mvx_log_calendar_set_text (MvxLogCalendar *calendar, const struct tm *tm)
{
  guint8 *text = (guint8 *) calendar->text;

  mvx_log_number_put_padded (text, (guint64) (tm->tm_year + 1900), 4);
  text[4] = '-';
  mvx_log_number_put_padded (text + 5, (guint64) tm->tm_mon + 1, 2);
  text[7] = '-';
  mvx_log_number_put_padded (text + 8, (guint64) tm->tm_mday, 2);
  text[10] = 'T';
  mvx_log_number_put_padded (text + 11, (guint64) tm->tm_hour, 2);
  text[13] = ':';
  mvx_log_number_put_padded (text + 14, (guint64) tm->tm_min, 2);
  text[16] = ':';
  mvx_log_number_put_padded (text + 17, (guint64) tm->tm_sec, 2);
  text[19] = '.';
  calendar->len = 20;
}

static void
mvx_log_calendar_set_zone (MvxLogCalendar *calendar, glong offset)
{
  guint8 *zone = (guint8 *) calendar->zone;
  guint64 minutes = (guint64) (ABS (offset) / 60);

  zone[0] = offset < 0 ? '-' : '+';
  mvx_log_number_put_padded (zone + 1, minutes / 60, 2);
  zone[3] = ':';
  mvx_log_number_put_padded (zone + 4, minutes % 60, 2);
  calendar->zone_len = 6;
}

static gboolean
mvx_log_calendar_split_local (const time_t *seconds, struct tm *tm)
{
  gboolean ok;

  g_mutex_lock (&mvx_log_calendar_mutex);
  ok = localtime_r (seconds, tm) != NULL;
  g_mutex_unlock (&mvx_log_calendar_mutex);
  return ok;
}

guint32
mvx_log_calendar_fill (MvxLogCalendar *calendar, gint64 ns, gboolean local)
{
  guint32 rest;
  gint64 second = mvx_log_calendar_split (ns, &rest);
  time_t seconds = (time_t) second;
  struct tm tm = { 0 };

  calendar->start = (guint64) ns - rest;
  calendar->local = local;
  if (local && mvx_log_calendar_split_local (&seconds, &tm))
    mvx_log_calendar_set_zone (calendar, tm.tm_gmtoff);
  else
    {
      mvx_log_calendar_split_utc (second, &tm);
      calendar->zone[0] = 'Z';
      calendar->zone_len = 1;
    }
  mvx_log_calendar_set_text (calendar, &tm);
  if (!mvx_log_calendar_has_whole_second (ns))
    calendar->len = 0; /* for once only */
  return rest;
}

guint8 *
mvx_log_calendar_put (guint8 *out, MvxLogCalendar *calendar, gint64 ns, gboolean local)
{
  guint32 rest = mvx_log_calendar_set (calendar, ns, local);

  memcpy (out, calendar->text, 20);
  mvx_log_number_put_nano (out + 20, rest);
  memcpy (out + 29, calendar->zone, sizeof calendar->zone);
  return out + 29 + calendar->zone_len;
}

void
mvx_log_calendar_append (MvxLogBuffer *buffer, MvxLogCalendar *calendar, gint64 ns, gboolean local)
{
  guint8 *out = mvx_log_buffer_reserve (buffer, MVX_LOG_CALENDAR_MAX);

  buffer->len += (gsize) (mvx_log_calendar_put (out, calendar, ns, local) - out);
}

void
mvx_log_calendar_append_clock (MvxLogBuffer *buffer, MvxLogCalendar *calendar, gint64 ns, gboolean local)
{
  guint32 rest = mvx_log_calendar_set (calendar, ns, local);
  guint8 *out = mvx_log_buffer_reserve (buffer, 16);

  memcpy (out, calendar->text + 11, 9);
  mvx_log_number_put_padded (out + 9, rest / 1000000, 3);
  buffer->len += 12;
}

gsize
mvx_log_calendar_format (char *text, gsize size, const char *format, gint64 ns, gboolean local)
{
  struct tm tm = { 0 };
  guint32 rest;
  time_t second = (time_t) mvx_log_calendar_split (ns, &rest);
  gsize len = 0;

  g_mutex_lock (&mvx_log_calendar_mutex);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  if ((local ? localtime_r (&second, &tm) : gmtime_r (&second, &tm)))
    len = strftime (text, size, format, &tm);
#pragma GCC diagnostic pop
  g_mutex_unlock (&mvx_log_calendar_mutex);
  return len;
}
