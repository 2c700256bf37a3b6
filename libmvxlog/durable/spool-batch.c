/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "durable/spool-batch-private.h"

void
mvx_log_spool_batch_free (MvxLogSpoolBatch *batch)
{
  g_free (batch->items);
  g_free (batch->bytes);
  g_free (batch);
}
