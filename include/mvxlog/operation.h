/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_OPERATION (mvx_log_operation_get_type ())

/**
 * MvxLogOperation:
 *
 * A start or stop of a sink on its way. Reference counted; thread-safe.
 *
 * Since: 1.0
 */
typedef struct _MvxLogOperation MvxLogOperation;

MVX_LOG_AVAILABLE_IN_1_0
GType            mvx_log_operation_get_type    (void) G_GNUC_CONST;
MVX_LOG_AVAILABLE_IN_1_0
MvxLogOperation *mvx_log_operation_ref         (MvxLogOperation     *operation);
MVX_LOG_AVAILABLE_IN_1_0
void             mvx_log_operation_unref       (MvxLogOperation     *operation);
MVX_LOG_AVAILABLE_IN_1_0
gboolean         mvx_log_operation_wait        (MvxLogOperation     *operation,
                                                gint64               deadline_us,
                                                GError             **error);
MVX_LOG_AVAILABLE_IN_1_0
void             mvx_log_operation_wait_async  (MvxLogOperation     *operation,
                                                GCancellable        *cancellable,
                                                GAsyncReadyCallback  callback,
                                                gpointer             user_data);
MVX_LOG_AVAILABLE_IN_1_0
gboolean         mvx_log_operation_wait_finish (MvxLogOperation     *operation,
                                                GAsyncResult        *result,
                                                GError             **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean         mvx_log_operation_is_done     (MvxLogOperation     *operation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogOperation, mvx_log_operation_unref)

G_END_DECLS
