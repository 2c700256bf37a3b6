/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When a file is rolled by the clock: the words of the option `rotate`, and the calendar behind them. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_FILE_SCHEDULE_NEVER,
  MVX_FILE_SCHEDULE_INTERVAL, /* so long after the last time */
  MVX_FILE_SCHEDULE_STEP,     /* whenever so much of the local day is over: minutes and hours */
  MVX_FILE_SCHEDULE_DAY,
  MVX_FILE_SCHEDULE_WEEK,
  MVX_FILE_SCHEDULE_MONTH,
  MVX_FILE_SCHEDULE_YEAR
} MvxFileScheduleUnit;

typedef struct
{
  MvxFileScheduleUnit unit;
  gint64              step_us; /* of an interval or a step */
  gint                weekday; /* 1 is Monday */
  gint                hour;
  gint                minute;
} MvxFileSchedule;

gboolean mvx_file_schedule_parse  (const char             *text,
                                   MvxFileSchedule        *schedule,
                                   GError                **error);
/* The first time for it after @after_us, microseconds since 1970; G_MAXINT64 for never. */
gint64   mvx_file_schedule_next   (const MvxFileSchedule  *schedule,
                                   gint64                  after_us,
                                   GTimeZone              *zone);
/* Where to count from, if the last time was @last_us and it is @now_us: a clock that was set back by more than a whole period
 * was wrong before; by less, the boundary that it passes again has been kept already. */
gint64   mvx_file_schedule_settle (const MvxFileSchedule  *schedule,
                                   gint64                  last_us,
                                   gint64                  now_us,
                                   GTimeZone              *zone);

G_END_DECLS
