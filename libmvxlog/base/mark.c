/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sysprof-capture.h>

#include "base/mark-private.h"

gint64
mvx_log_mark_begin (void)
{
  return sysprof_collector_is_active () ? SYSPROF_CAPTURE_CURRENT_TIME : 0;
}

void
mvx_log_mark_end (gint64 begin, const char *name, const char *format, ...)
{
  va_list args;

  if (begin == 0)
    return;
  va_start (args, format);
  sysprof_collector_mark_vprintf (begin, SYSPROF_CAPTURE_CURRENT_TIME - begin, "mvxlog", name, format, args);
  va_end (args);
}
