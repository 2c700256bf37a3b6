/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/operation.h>

G_BEGIN_DECLS

/* @refuse_on: waiting on the thread that owns this context would wait for itself. Nullable. */
MvxLogOperation *mvx_log_operation_new    (GMainContext    *refuse_on);
/* The first result wins. @error: transfer full, nullable. */
void             mvx_log_operation_finish (MvxLogOperation *operation,
                                           GError          *error);

G_END_DECLS
