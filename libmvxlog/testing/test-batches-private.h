/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The batches that a plugin has, and whether it completes them as it should. For one thread at a time. */
#pragma once

#include <mvxlog/plugin-abi.h>

G_BEGIN_DECLS

typedef struct
{
  GArray *open;   /* of batches that were given and not yet completed */
  char   *broken; /* the first thing that was wrong, or NULL */
} MvxLogTestBatches;

void     mvx_log_test_batches_clear    (MvxLogTestBatches    *batches);
void     mvx_log_test_batches_give     (MvxLogTestBatches    *batches,
                                        MvxLogEvent *const   *batch,
                                        guint                 n_events);
/* The plugin has answered something else than PENDING. */
void     mvx_log_test_batches_settled  (MvxLogTestBatches    *batches,
                                        MvxLogEvent *const   *batch);
/* Those that are still open are pending no more. */
void     mvx_log_test_batches_give_up  (MvxLogTestBatches    *batches);
/* FALSE, and @batches->broken is set: no such batch is pending, or the answer is none. */
gboolean mvx_log_test_batches_complete (MvxLogTestBatches    *batches,
                                        MvxLogEvent *const   *batch,
                                        MvxLogDispatchResult  result,
                                        guint                 n_done,
                                        const GError         *error);

G_END_DECLS
