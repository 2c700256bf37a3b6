/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "base/calendar-private.h"

#define SECOND G_GINT64_CONSTANT (1000000000)

static char *
format (MvxLogCalendar *calendar, gint64 ns, gboolean local)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  mvx_log_calendar_append (&buffer, calendar, ns, local);
  mvx_log_buffer_append_c (&buffer, '\0');
  return (char *) buffer.data;
}

#define assert_time(ns, expected)                                                                                      \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    MvxLogCalendar fresh_ = { 0 };                                                                                     \
    g_autofree char *text_ = format (&fresh_, ns, FALSE);                                                              \
    g_assert_cmpstr (text_, ==, expected);                                                                             \
  }                                                                                                                    \
  G_STMT_END

static void
test_utc (void)
{
  assert_time (0, "1970-01-01T00:00:00.000000000Z");
  assert_time (1, "1970-01-01T00:00:00.000000001Z");
  assert_time (-1, "1969-12-31T23:59:59.999999999Z");
  assert_time (-SECOND, "1969-12-31T23:59:59.000000000Z");
  assert_time (951782399 * SECOND + 5, "2000-02-28T23:59:59.000000005Z");
  assert_time (951782400 * SECOND, "2000-02-29T00:00:00.000000000Z");
  assert_time (951868800 * SECOND, "2000-03-01T00:00:00.000000000Z");
  assert_time (4107542400 * SECOND, "2100-03-01T00:00:00.000000000Z");
  assert_time (1795262400 * SECOND + 123456789, "2026-11-21T12:00:00.123456789Z");
  assert_time (G_MAXINT64, "2262-04-11T23:47:16.854775807Z");
  assert_time (G_MININT64, "1677-09-21T00:12:43.145224192Z");
}

/* What lies behind the last second is the first one. */
static void
test_last_and_first (void)
{
  MvxLogCalendar calendar = { 0 };

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *last = format (&calendar, G_MAXINT64, FALSE);
      g_autofree char *first = format (&calendar, G_MININT64 + 1, FALSE);

      g_assert_cmpstr (last, ==, "2262-04-11T23:47:16.854775807Z");
      g_assert_cmpstr (first, ==, "1677-09-21T00:12:43.145224193Z");
    }
}

/* The C library's calendar is another one of the same thing. */
static void
test_all_days (void)
{
  MvxLogCalendar calendar = { 0 };

  for (gint64 day = -106751; day <= 106751; day++)
    {
      time_t second = (time_t) (day * 86400 + (day & 0xffff));
      g_autofree char *text = NULL;
      char expected[64];
      struct tm tm;

      gmtime_r (&second, &tm);
      strftime (expected, sizeof expected, "%Y-%m-%dT%H:%M:%S.000000000Z", &tm);
      text = format (&calendar, (gint64) second * SECOND, FALSE);
      g_assert_cmpstr (text, ==, expected);
    }
}

/* The cached second is used for its own second and its own zone only. */
static void
test_cache (void)
{
  MvxLogCalendar calendar = { 0 };
  const gint64 base = 1795262400 * SECOND;
  g_autofree char *first = format (&calendar, base + 999999999, FALSE);
  g_autofree char *same = format (&calendar, base + 1, FALSE);
  g_autofree char *next = format (&calendar, base + SECOND, FALSE);
  g_autofree char *local = format (&calendar, base + SECOND, TRUE);
  g_autofree char *back = format (&calendar, base, FALSE);

  g_assert_cmpstr (first, ==, "2026-11-21T12:00:00.999999999Z");
  g_assert_cmpstr (same, ==, "2026-11-21T12:00:00.000000001Z");
  g_assert_cmpstr (next, ==, "2026-11-21T12:00:01.000000000Z");
  g_assert_cmpstr (local, ==, "2026-11-21T17:30:01.000000000+05:30");
  g_assert_cmpstr (back, ==, "2026-11-21T12:00:00.000000000Z");
  g_assert_true (mvx_log_calendar_get (FALSE) != mvx_log_calendar_get (TRUE));
}

static void
test_clock (void)
{
  MvxLogCalendar calendar = { 0 };
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  mvx_log_calendar_append_clock (&buffer, &calendar, 1795262400 * SECOND + 7999999, FALSE);
  mvx_log_buffer_append_c (&buffer, ' ');
  mvx_log_calendar_append_clock (&buffer, &calendar, 1795262400 * SECOND + 7999999, TRUE);
  g_assert_cmpmem (buffer.data, buffer.len, "12:00:00.007 17:30:00.007", 25);
  mvx_log_buffer_clear (&buffer);
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "IST-05:30", TRUE);
  tzset ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/calendar/utc", test_utc);
  g_test_add_func ("/calendar/last-and-first", test_last_and_first);
  g_test_add_func ("/calendar/all-days", test_all_days);
  g_test_add_func ("/calendar/cache", test_cache);
  g_test_add_func ("/calendar/clock", test_clock);
  return g_test_run ();
}
