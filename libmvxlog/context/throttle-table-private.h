/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Windows by content. Bounded: of too many kinds the one that has been there longest makes room. */
#pragma once

#include "base/atfork-private.h"
#include "context/summary-private.h"
#include "context/throttle-rule-private.h"

G_BEGIN_DECLS

#define MVX_LOG_THROTTLE_TABLE_MAX 1024

typedef struct _MvxLogThrottleTable MvxLogThrottleTable;

MvxLogThrottleTable *mvx_log_throttle_table_new     (const MvxLogThrottleRule *rule,
                                                     gboolean                  summaries);
void                 mvx_log_throttle_table_free    (MvxLogThrottleTable      *table);
/* Whether one more event of the kind @key goes on. If it is the first that does not, @describe fills in what the summary
 * will say; ours, quick. Pushes summaries of windows that have ended. */
gboolean             mvx_log_throttle_table_admits  (MvxLogThrottleTable      *table,
                                                     guint64                   key,
                                                     guint64                   now,
                                                     void (*describe) (gconstpointer data, MvxLogSummary *summary),
                                                     gconstpointer             data);
/* Pushes summaries of windows that have ended. Returns when the next one ends that has held something back. */
guint64              mvx_log_throttle_table_collect_due (MvxLogThrottleTable *table,
                                                     guint64                   now);
/* Its lock is taken before a fork and let go after it, in parent and child. */
void                 mvx_log_throttle_table_fork    (MvxLogThrottleTable      *table,
                                                     MvxLogForkStage           stage);
/* Pushes summaries of all that was held back. */
void                 mvx_log_throttle_table_collect (MvxLogThrottleTable      *table,
                                                     guint64                   now);

G_END_DECLS
