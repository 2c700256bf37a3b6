/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/dispatch-state-private.h"

MvxLogFlight *
mvx_log_dispatch_state_take_batch (MvxLogDispatcher *self)
{
  MvxLogFlight *batch = g_steal_pointer (&self->spare);

  return batch ? batch : mvx_log_flight_new (self->config.batch_max);
}

void
mvx_log_dispatch_state_put_batch (MvxLogDispatcher *self, MvxLogFlight *batch)
{
  mvx_log_flight_reset (batch);
  if (self->spare)
    mvx_log_flight_free (batch);
  else
    self->spare = batch;
}

void
mvx_log_dispatch_state_done_with (MvxLogDispatcher *self, MvxLogFlight *batch)
{
  g_queue_remove (&self->in_flight, batch);
  self->attempts = 0;
  self->retry_since = 0;
  mvx_log_dispatch_state_put_batch (self, batch);
}
