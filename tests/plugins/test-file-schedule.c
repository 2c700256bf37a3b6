/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When files are rolled by the clock, in zones with rules of their own. */
#include <mvxlog/mvxlog.h>

#include "../../plugins/file/file-schedule.h"

#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"
/* Summer begins at midnight, which therefore does not exist. */
#define MIDNIGHT "AAA-2BBB,M3.5.0/0,M10.5.0/3"
/* By half an hour. */
#define LORD_HOWE "LHST-10:30LHDT-11,M10.1.0,M4.1.0"

static gint64
at (const char *text)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, NULL);

  g_assert_nonnull (time);
  return g_date_time_to_unix (time) * G_USEC_PER_SEC;
}

static MvxFileSchedule
parse (const char *text)
{
  MvxFileSchedule schedule;
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_file_schedule_parse (text, &schedule, &error));
  g_assert_no_error (error);
  return schedule;
}

static void
test_parse (void)
{
  static const char *const bad[] = {
    "",         "often", "24:00",    "12:60", "1:30",   "01:3x",   "Daily",        "10XYZ",           "0s",
    "1ms",      "-5min", "01:30:00", "367d",  "daily ", "monday ", "friday 24:00", "friday at 18:00", "daily 18:00",
    "fri 18:00"
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      MvxFileSchedule schedule;
      g_autoptr (GError) error = NULL;
      g_autofree char *expected
          = g_strdup_printf ("rotate: expected never, minutely, hourly, daily, weekly, monthly, yearly, a weekday such "
                             "as monday or 'friday 18:00', a time of the "
                             "day such as 03:30, or an interval from 1s to 366d such as 90min, got '%s'",
                             bad[i]);

      g_assert_false (mvx_file_schedule_parse (bad[i], &schedule, &error));
      g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
      g_assert_cmpstr (error->message, ==, expected);
    }
}

/* Each row: the word, the zone, a time, and the next two. */
static void
test_next (void)
{
  static const char *const rows[][5] = {
    { "minutely", "UTC", "2026-11-28T18:35:00Z", "2026-11-28T18:36:00Z", "2026-11-28T18:37:00Z" },
    { "hourly", "UTC", "2026-11-28T18:35:10Z", "2026-11-28T19:00:00Z", "2026-11-28T20:00:00Z" },
    { "hourly", "IST-5:30", "2026-11-28T18:35:10Z", "2026-11-28T19:30:00Z", "2026-11-28T20:30:00Z" },
    { "daily", "UTC", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z" },
    { "daily", "UTC", "2028-02-28T12:00:00Z", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z" },
    { "weekly", "UTC", "2026-11-28T12:00:00Z", "2026-11-30T00:00:00Z", "2026-12-07T00:00:00Z" },
    { "saturday", "UTC", "2026-11-28T12:00:00Z", "2026-12-05T00:00:00Z", "2026-12-12T00:00:00Z" },
    { "sunday", "UTC", "2026-11-28T12:00:00Z", "2026-11-29T00:00:00Z", "2026-12-06T00:00:00Z" },
    { "friday 18:00", "UTC", "2026-11-27T17:59:59Z", "2026-11-27T18:00:00Z", "2026-12-04T18:00:00Z" },
    { "friday 18:00", "UTC", "2026-11-27T18:00:00Z", "2026-12-04T18:00:00Z", "2026-12-11T18:00:00Z" },
    { "sunday 02:30", BERLIN, "2026-03-22T01:30:00Z", "2026-03-29T01:00:00Z", "2026-04-05T00:30:00Z" },
    { "monthly", "UTC", "2026-12-31T12:00:00Z", "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z" },
    { "monthly", "UTC", "2027-01-31T12:00:00Z", "2027-02-01T00:00:00Z", "2027-03-01T00:00:00Z" },
    { "yearly", "UTC", "2028-02-29T12:00:00Z", "2029-01-01T00:00:00Z", "2030-01-01T00:00:00Z" },
    { "18:30", "UTC", "2026-11-28T18:29:59Z", "2026-11-28T18:30:00Z", "2026-11-29T18:30:00Z" },
    { "90min", "UTC", "2026-11-28T18:00:00Z", "2026-11-28T19:30:00Z", "2026-11-28T21:00:00Z" },
    /* The day has 23 hours, and 25. */
    { "daily", BERLIN, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z" },
    { "daily", BERLIN, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "2026-10-26T23:00:00Z" },
    { "monthly", BERLIN, "2026-03-15T00:00:00Z", "2026-03-31T22:00:00Z", "2026-04-30T22:00:00Z" },
    /* Hours are real ones, in both directions. */
    { "hourly", BERLIN, "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z" },
    { "hourly", BERLIN, "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z" },
    { "hourly", LORD_HOWE, "2026-10-03T15:00:00Z", "2026-10-03T15:30:00Z", "2026-10-03T16:00:00Z" },
    { "6h", BERLIN, "2026-10-24T22:00:00Z", "2026-10-25T04:00:00Z", "2026-10-25T10:00:00Z" },
    /* 02:30 does not exist: once, when the gap is over. */
    { "02:30", BERLIN, "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z" },
    /* It comes twice: once. */
    { "02:30", BERLIN, "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z", "2026-10-27T01:30:00Z" },
    { "daily", MIDNIGHT, "2026-03-28T12:00:00Z", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      MvxFileSchedule schedule = parse (rows[i][0]);
      g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (rows[i][1]);
      gint64 time = at (rows[i][2]);

      g_assert_nonnull (zone);
      for (guint k = 3; k < 5; k++)
        {
          g_autoptr (GDateTime) date = NULL;
          g_autofree char *text = NULL;

          time = mvx_file_schedule_next (&schedule, time, zone);
          date = g_date_time_new_from_unix_utc (time / G_USEC_PER_SEC);
          text = g_date_time_format (date, "%Y-%m-%dT%H:%M:%SZ");
          g_test_message ("%s in %s from %s", rows[i][0], rows[i][1], rows[i][2]);
          g_assert_cmpstr (text, ==, rows[i][k]);
        }
    }
}

static void
test_never (void)
{
  MvxFileSchedule schedule = parse ("never");
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();

  g_assert_cmpint (mvx_file_schedule_next (&schedule, 0, zone), ==, G_MAXINT64);
}

/* A year of each zone, second by half hour: exactly one rotation per day, whatever the clocks do. */
static void
test_year (void)
{
  static const char *const zones[] = { "UTC", BERLIN, MIDNIGHT, LORD_HOWE };
  static const char *const words[] = { "daily", "00:30", "01:30", "02:00", "02:30", "03:00", "23:59" };

  for (guint z = 0; z < G_N_ELEMENTS (zones); z++)
    for (guint w = 0; w < G_N_ELEMENTS (words); w++)
      {
        g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (zones[z]);
        MvxFileSchedule schedule = parse (words[w]);
        gint64 time = mvx_file_schedule_next (&schedule, at ("2026-01-01T12:00:00Z"), zone);

        for (guint day = 0; day < 365; day++)
          {
            gint64 next = mvx_file_schedule_next (&schedule, time, zone);
            g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time / G_USEC_PER_SEC);
            g_autoptr (GDateTime) here = g_date_time_to_timezone (utc, zone);
            g_autoptr (GDateTime) utc_next = g_date_time_new_from_unix_utc (next / G_USEC_PER_SEC);
            g_autoptr (GDateTime) there = g_date_time_to_timezone (utc_next, zone);
            g_autoptr (GDateTime) tomorrow = g_date_time_add_days (here, 1);

            g_assert_cmpint (next - time, >=, (gint64) 22 * 3600 * G_USEC_PER_SEC);
            g_assert_cmpint (g_date_time_get_day_of_year (there), ==, g_date_time_get_day_of_year (tomorrow));
            time = next;
          }
      }
}

static void
test_steps (void)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();
  MvxFileSchedule hourly = parse ("hourly");
  MvxFileSchedule daily = parse ("daily");
  gint64 last = at ("2026-11-28T12:00:01Z");

  g_assert_cmpint (mvx_file_schedule_settle (&hourly, last, at ("2026-11-28T12:10:00Z"), zone), ==, last);
  /* Noon comes a second time, and has been kept. */
  g_assert_cmpint (mvx_file_schedule_settle (&hourly, last, at ("2026-11-28T11:59:00Z"), zone), ==, last);
  g_assert_cmpint (mvx_file_schedule_settle (&hourly, last, at ("2026-11-28T11:00:02Z"), zone), ==, last);
  g_assert_cmpint (mvx_file_schedule_settle (&daily, last, at ("2026-11-27T12:00:00Z"), zone), ==, last);
  /* It was another year, or day. */
  g_assert_cmpint (mvx_file_schedule_settle (&hourly, last, at ("2026-11-27T12:00:00Z"), zone), ==,
                   at ("2026-11-27T12:00:00Z"));
  g_assert_cmpint (mvx_file_schedule_settle (&daily, at ("2038-01-01T00:00:00Z"), last, zone), ==, last);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file-schedule/parse", test_parse);
  g_test_add_func ("/file-schedule/next", test_next);
  g_test_add_func ("/file-schedule/never", test_never);
  g_test_add_func ("/file-schedule/year", test_year);
  g_test_add_func ("/file-schedule/steps", test_steps);
  return g_test_run ();
}
