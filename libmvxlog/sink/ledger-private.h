/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counting in an MvxLogCounters that several threads share: every member is atomic, relaxed. */
#pragma once

#include <mvxlog/ledger.h>

G_BEGIN_DECLS

static inline void
mvx_log_ledger_count (guint64 *counter)
{
  __atomic_fetch_add (counter, 1, __ATOMIC_RELAXED);
}

MvxLogLevelClass mvx_log_ledger_class  (gint                  level);
/* An event that was offered and not accepted. */
void             mvx_log_ledger_refuse (MvxLogCounters       *counters,
                                        gint                  level,
                                        MvxLogReason          reason);
/* An event that was accepted and is lost. */
void             mvx_log_ledger_drop   (MvxLogCounters       *counters,
                                        gint                  level,
                                        MvxLogReason          reason);
void             mvx_log_ledger_read   (const MvxLogCounters *from,
                                        MvxLogCounters       *to);

G_END_DECLS
