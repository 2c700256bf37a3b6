/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/dispatch-state-private.h"

MvxLogBatch *
mvx_log_dispatch_state_take_batch (MvxLogDispatcher *self)
{
  MvxLogBatch *batch = g_steal_pointer (&self->spare);

  return batch ? batch : mvx_log_batch_new (self->config.batch_max);
}

void
mvx_log_dispatch_state_put_batch (MvxLogDispatcher *self, MvxLogBatch *batch)
{
  mvx_log_batch_reset (batch);
  if (self->spare)
    mvx_log_batch_free (batch);
  else
    self->spare = batch;
}

void
mvx_log_dispatch_state_done_with (MvxLogDispatcher *self, MvxLogBatch *batch)
{
  g_queue_remove (&self->in_flight, batch);
  self->attempts = 0;
  self->retry_since = 0;
  mvx_log_dispatch_state_put_batch (self, batch);
}
