/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an asynchronous sink is to deliver, in one piece: for languages that know no arrays of views. */
#pragma once

#include <mvxlog/plugin-abi.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_BATCH (mvx_log_batch_get_type ())

MVX_LOG_AVAILABLE_IN_1_0
GType        mvx_log_batch_get_type     (void) G_GNUC_CONST;
MVX_LOG_AVAILABLE_IN_1_0
MvxLogBatch *mvx_log_batch_ref          (MvxLogBatch         *batch);
MVX_LOG_AVAILABLE_IN_1_0
void         mvx_log_batch_unref        (MvxLogBatch         *batch);
MVX_LOG_AVAILABLE_IN_1_0
guint        mvx_log_batch_get_n_events (MvxLogBatch         *batch);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogEvent *mvx_log_batch_get_event    (MvxLogBatch         *batch,
                                         guint                index);
MVX_LOG_AVAILABLE_IN_1_0
GPtrArray   *mvx_log_batch_get_events   (MvxLogBatch         *batch);
MVX_LOG_AVAILABLE_IN_1_0
void         mvx_log_batch_set_n_done   (MvxLogBatch         *batch,
                                         guint                n_done);
MVX_LOG_AVAILABLE_IN_1_0
void         mvx_log_batch_set_reason   (MvxLogBatch         *batch,
                                         const char          *reason);
MVX_LOG_AVAILABLE_IN_1_0
gboolean     mvx_log_batch_reject       (MvxLogBatch         *batch,
                                         guint                index,
                                         const char          *reason);
MVX_LOG_AVAILABLE_IN_1_0
void         mvx_log_batch_complete     (MvxLogBatch         *batch,
                                         MvxLogDispatchResult result,
                                         guint                n_done,
                                         const char          *reason);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogBatch, mvx_log_batch_unref)

G_END_DECLS
