/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/level.h>

#include "sink/ledger-private.h"

MvxLogLevelClass
mvx_log_ledger_class (gint level)
{
  if (level < MVX_LOG_LEVEL_INFO)
    return MVX_LOG_LEVEL_CLASS_DEBUG;
  if (level < MVX_LOG_LEVEL_WARNING)
    return MVX_LOG_LEVEL_CLASS_INFO;
  if (level < MVX_LOG_LEVEL_ERROR)
    return MVX_LOG_LEVEL_CLASS_WARNING;
  return level < MVX_LOG_LEVEL_CRITICAL ? MVX_LOG_LEVEL_CLASS_ERROR : MVX_LOG_LEVEL_CLASS_CRITICAL;
}

void
mvx_log_ledger_refuse (MvxLogCounters *counters, gint level, MvxLogReason reason)
{
  mvx_log_ledger_count (&counters->refused[reason]);
  mvx_log_ledger_count (&counters->lost[mvx_log_ledger_class (level)][reason]);
}

void
mvx_log_ledger_drop (MvxLogCounters *counters, gint level, MvxLogReason reason)
{
  mvx_log_ledger_count (&counters->dropped[reason]);
  mvx_log_ledger_count (&counters->lost[mvx_log_ledger_class (level)][reason]);
}

void
mvx_log_ledger_read (const MvxLogCounters *from, MvxLogCounters *to)
{
  const guint64 *source = (const guint64 *) from;
  guint64 *target = (guint64 *) to;

  /* Nothing but counters is in it. */
  for (gsize i = 0; i < sizeof *to / sizeof *target; i++)
    target[i] = __atomic_load_n (&source[i], __ATOMIC_RELAXED);
}
