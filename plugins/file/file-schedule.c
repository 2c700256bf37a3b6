/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-schedule.h"

#include <string.h>

#define MVX_FILE_MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define MVX_FILE_HOUR_US (60 * MVX_FILE_MINUTE_US)
#define MVX_FILE_MAX_INTERVAL_US (366 * 24 * MVX_FILE_HOUR_US)

static const struct
{
  const char *word;
  MvxFileSchedule schedule;
} mvx_file_schedule_words[] = {
  { "never", { MVX_FILE_SCHEDULE_NEVER, 0, 0, 0, 0 } },
  { "minutely", { MVX_FILE_SCHEDULE_STEP, MVX_FILE_MINUTE_US, 0, 0, 0 } },
  { "hourly", { MVX_FILE_SCHEDULE_STEP, MVX_FILE_HOUR_US, 0, 0, 0 } },
  { "daily", { MVX_FILE_SCHEDULE_DAY, 0, 0, 0, 0 } },
  { "weekly", { MVX_FILE_SCHEDULE_WEEK, 0, 1, 0, 0 } },
  { "monthly", { MVX_FILE_SCHEDULE_MONTH, 0, 0, 0, 0 } },
  { "yearly", { MVX_FILE_SCHEDULE_YEAR, 0, 0, 0, 0 } },
  { "monday", { MVX_FILE_SCHEDULE_WEEK, 0, 1, 0, 0 } },
  { "tuesday", { MVX_FILE_SCHEDULE_WEEK, 0, 2, 0, 0 } },
  { "wednesday", { MVX_FILE_SCHEDULE_WEEK, 0, 3, 0, 0 } },
  { "thursday", { MVX_FILE_SCHEDULE_WEEK, 0, 4, 0, 0 } },
  { "friday", { MVX_FILE_SCHEDULE_WEEK, 0, 5, 0, 0 } },
  { "saturday", { MVX_FILE_SCHEDULE_WEEK, 0, 6, 0, 0 } },
  { "sunday", { MVX_FILE_SCHEDULE_WEEK, 0, 7, 0, 0 } },
};

/* HH:MM */
static gboolean
mvx_file_schedule_parse_clock (const char *text, MvxFileSchedule *schedule)
{
  const char *d = text;

  if (strlen (text) != 5 || d[2] != ':' || !g_ascii_isdigit (d[0]) || !g_ascii_isdigit (d[1]) || !g_ascii_isdigit (d[3])
      || !g_ascii_isdigit (d[4]))
    return FALSE;
  schedule->unit = MVX_FILE_SCHEDULE_DAY;
  schedule->hour = (d[0] - '0') * 10 + d[1] - '0';
  schedule->minute = (d[3] - '0') * 10 + d[4] - '0';
  return schedule->hour < 24 && schedule->minute < 60;
}

/* "friday 18:00" */
static gboolean
mvx_file_schedule_parse_weekday (const char *text, MvxFileSchedule *schedule)
{
  const char *space = strchr (text, ' ');

  for (guint i = 0; space && i < G_N_ELEMENTS (mvx_file_schedule_words); i++)
    {
      const char *word = mvx_file_schedule_words[i].word;

      if (mvx_file_schedule_words[i].schedule.unit != MVX_FILE_SCHEDULE_WEEK || !g_str_has_prefix (text, word)
          || text + strlen (word) != space || !mvx_file_schedule_parse_clock (space + 1, schedule))
        continue;
      schedule->unit = MVX_FILE_SCHEDULE_WEEK;
      schedule->weekday = mvx_file_schedule_words[i].schedule.weekday;
      return TRUE;
    }
  return FALSE;
}

/* With the units of all durations, by way of an option that is one. */
static gboolean
mvx_file_schedule_parse_interval (const char *text, MvxFileSchedule *schedule)
{
  static const MvxLogOptionSpec table[] = { { "interval",
                                              MVX_LOG_OPTION_DURATION,
                                              0,
                                              NULL,
                                              G_USEC_PER_SEC,
                                              MVX_FILE_MAX_INTERVAL_US,
                                              NULL,
                                              "Between two rotations",
                                              { NULL, NULL } },
                                            { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } } };
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (table);

  if (!mvx_log_options_set (options, "interval", text, NULL))
    return FALSE;
  schedule->unit = MVX_FILE_SCHEDULE_INTERVAL;
  schedule->step_us = mvx_log_options_get_duration (options, "interval");
  return TRUE;
}

gboolean
mvx_file_schedule_parse (const char *text, MvxFileSchedule *schedule, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (mvx_file_schedule_words); i++)
    {
      if (strcmp (text, mvx_file_schedule_words[i].word) != 0)
        continue;
      *schedule = mvx_file_schedule_words[i].schedule;
      return TRUE;
    }
  memset (schedule, 0, sizeof *schedule);
  if (mvx_file_schedule_parse_clock (text, schedule) || mvx_file_schedule_parse_weekday (text, schedule)
      || mvx_file_schedule_parse_interval (text, schedule))
    return TRUE;
  g_set_error (
      error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
      "rotate: expected never, minutely, hourly, daily, weekly, monthly, yearly, a weekday such as monday or 'friday "
      "18:00', a time of the day such as 03:30, or an interval from 1s to 366d such as 90min, got '%s'",
      text);
  return FALSE;
}

/* A time that the clocks skip counts as the end of the gap, one that comes twice as one of the two: so there is exactly
 * one on each day. */
static gint64
mvx_file_schedule_at (const MvxFileSchedule *schedule, GDateTime *day, GTimeZone *zone)
{
  gint month = schedule->unit == MVX_FILE_SCHEDULE_YEAR ? 1 : g_date_time_get_month (day);
  gint number = schedule->unit >= MVX_FILE_SCHEDULE_MONTH ? 1 : g_date_time_get_day_of_month (day);
  g_autoptr (GDateTime) time
      = g_date_time_new (zone, g_date_time_get_year (day), month, number, schedule->hour, schedule->minute, 0);

  return time ? g_date_time_to_unix (time) * G_USEC_PER_SEC : G_MAXINT64;
}

/* @day and @n units on; of a week its day. */
static GDateTime *
mvx_file_schedule_advance (const MvxFileSchedule *schedule, GDateTime *day, gint n)
{
  switch (schedule->unit)
    {
    case MVX_FILE_SCHEDULE_WEEK:
      return g_date_time_add_days (day, schedule->weekday - g_date_time_get_day_of_week (day) + 7 * n);
    case MVX_FILE_SCHEDULE_MONTH:
      return g_date_time_add_months (day, n);
    case MVX_FILE_SCHEDULE_YEAR:
      return g_date_time_add_years (day, n);
    default:
      return g_date_time_add_days (day, n);
    }
}

static gint64
mvx_file_schedule_next_day (const MvxFileSchedule *schedule, GDateTime *local, gint64 after_us, GTimeZone *zone)
{
  gint first = schedule->unit >= MVX_FILE_SCHEDULE_MONTH ? 1 : g_date_time_get_day_of_month (local);
  g_autoptr (GDateTime) day
      = g_date_time_new_utc (g_date_time_get_year (local), g_date_time_get_month (local), first, 0, 0, 0);

  for (gint n = 0; n < 3; n++)
    {
      g_autoptr (GDateTime) candidate = mvx_file_schedule_advance (schedule, day, n);
      gint64 time_us = candidate ? mvx_file_schedule_at (schedule, candidate, zone) : G_MAXINT64;

      if (time_us > after_us)
        return time_us;
    }
  return G_MAXINT64;
}

gint64
mvx_file_schedule_next (const MvxFileSchedule *schedule, gint64 after_us, GTimeZone *zone)
{
  g_autoptr (GDateTime) utc = NULL;
  g_autoptr (GDateTime) local = NULL;
  gint64 offset;

  if (schedule->unit == MVX_FILE_SCHEDULE_NEVER)
    return G_MAXINT64;
  if (schedule->unit == MVX_FILE_SCHEDULE_INTERVAL)
    return after_us + schedule->step_us;
  utc = g_date_time_new_from_unix_utc (after_us / G_USEC_PER_SEC);
  local = utc ? g_date_time_to_timezone (utc, zone) : NULL;
  if (local == NULL)
    return G_MAXINT64;
  if (schedule->unit != MVX_FILE_SCHEDULE_STEP)
    return mvx_file_schedule_next_day (schedule, local, after_us, zone);
  /* Real hours, by the minute hand of the zone: the hour that comes twice has two of them. */
  offset = g_date_time_get_utc_offset (local);
  return ((after_us + offset) / schedule->step_us + 1) * schedule->step_us - offset;
}

gint64
mvx_file_schedule_settle (const MvxFileSchedule *schedule, gint64 last_us, gint64 now_us, GTimeZone *zone)
{
  gint64 second;

  if (now_us >= last_us || schedule->unit == MVX_FILE_SCHEDULE_NEVER)
    return last_us;
  second = mvx_file_schedule_next (schedule, mvx_file_schedule_next (schedule, now_us, zone), zone);
  return second <= last_us ? now_us : last_us;
}
