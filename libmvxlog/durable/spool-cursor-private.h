/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a stream through all of its segments. One thread at a time. */
#pragma once

#include "durable/spool-stream-private.h"

G_BEGIN_DECLS

/* NULL: nothing at present, or an error of the disk. */
MvxLogSpoolBatch *mvx_log_spool_cursor_read   (MvxLogSpoolStream  *stream,
                                               guint               max,
                                               GError            **error);
/* Goes back to what is not acknowledged. */
void              mvx_log_spool_cursor_rewind (MvxLogSpoolStream  *stream);

G_END_DECLS
