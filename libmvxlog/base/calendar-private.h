/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Points in time as text. Nanoseconds in 64 bits reach from 1677 to 2262, so a year has four digits. */
#pragma once

#include <mvxlog/buffer.h>

G_BEGIN_DECLS

#define MVX_LOG_CALENDAR_MAX 40

/* The text of the second that was asked for last; consecutive events mostly share it. Start from zeros. */
typedef struct
{
  guint64  start; /* of the second, in nanoseconds */
  gboolean local;
  guint8   len;      /* 0: nothing cached */
  guint8   zone_len;
  char     text[24]; /* "2026-11-21T12:00:00." */
  char     zone[7];  /* "Z", "+01:00" */
} MvxLogCalendar;

/* Anew for another second. */
guint32 mvx_log_calendar_fill           (MvxLogCalendar *calendar,
                                         gint64          ns,
                                         gboolean        local);

/* Makes @calendar hold the second of @ns (since 1970-01-01 UTC). Returns the nanoseconds within it. */
static inline guint32
mvx_log_calendar_set (MvxLogCalendar *calendar,
                      gint64          ns,
                      gboolean        local)
{
  guint64 rest = (guint64) ns - calendar->start;

  return G_LIKELY (rest < 1000000000 && calendar->len > 0 && calendar->local == local)
             ? (guint32) rest
             : mvx_log_calendar_fill (calendar, ns, local);
}

/* RFC 3339 with nine decimals, and Z or the offset of the local time zone. */
guint8 *mvx_log_calendar_put            (guint8         *out, /* room for MVX_LOG_CALENDAR_MAX */
                                         MvxLogCalendar *calendar,
                                         gint64          ns,
                                         gboolean        local);
void    mvx_log_calendar_append         (MvxLogBuffer   *buffer,
                                         MvxLogCalendar *calendar,
                                         gint64          ns,
                                         gboolean        local);

/* HH:MM:SS.mmm */
void    mvx_log_calendar_append_clock   (MvxLogBuffer   *buffer,
                                         MvxLogCalendar *calendar,
                                         gint64          ns,
                                         gboolean        local);

/* strftime(3). Returns its bytes, 0 if there is no room. */
gsize   mvx_log_calendar_format         (char           *text,
                                         gsize           size,
                                         const char     *format,
                                         gint64          ns,
                                         gboolean        local);

extern __thread MvxLogCalendar mvx_log_calendar_of_thread[2] __attribute__ ((tls_model ("initial-exec")));

/* One of its own for each thread, and for UTC and local time. */
static inline MvxLogCalendar *
mvx_log_calendar_get (gboolean local)
{
  return &mvx_log_calendar_of_thread[local ? 1 : 0];
}

/* Seconds since 1970 and the nanoseconds behind them, also before 1970. */
static inline gint64
mvx_log_calendar_split (gint64   ns,
                        guint32 *rest)
{
  gint64 second = ns / 1000000000;
  gint64 left = ns % 1000000000;

  *rest = (guint32) (left < 0 ? left + 1000000000 : left);
  return left < 0 ? second - 1 : second;
}

/* Not a time of the first second or of the last one that 64 bits know of: they have no whole one, and what lies behind
 * the last of them is the first. */
static inline gboolean
mvx_log_calendar_has_whole_second (gint64 ns)
{
  return ns >= G_MININT64 + 1000000000 && ns <= G_MAXINT64 - 1000000000;
}

G_END_DECLS
