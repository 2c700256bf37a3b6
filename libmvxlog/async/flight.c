/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/flight-private.h"

MvxLogFlight *
mvx_log_flight_new (guint max)
{
  MvxLogFlight *batch = g_new0 (MvxLogFlight, 1);

  batch->max = max;
  batch->views = g_new0 (MvxLogEvent, max);
  batch->events = g_new0 (MvxLogEvent *, max);
  batch->origins = g_new0 (MvxLogOrigin, max);
  for (guint i = 0; i < max; i++)
    batch->events[i] = &batch->views[i];
  return batch;
}

void
mvx_log_flight_make_spooled (MvxLogFlight *batch)
{
  batch->spooled = TRUE;
  if (batch->kept)
    return;
  batch->kept = g_new0 (MvxLogEvent *, batch->max);
  batch->seqs = g_new0 (guint64, batch->max);
}

void
mvx_log_flight_reset (MvxLogFlight *batch)
{
  for (guint i = 0; batch->spooled && i < batch->n; i++)
    g_clear_pointer (&batch->kept[i], mvx_log_event_free);
  batch->spooled = batch->salvaged = batch->single = FALSE;
  batch->n_calls = batch->n_single_calls = 0;
  batch->n = batch->done = batch->n_done = 0;
  batch->pending = batch->completed = FALSE;
  g_clear_error (&batch->why);
  g_clear_pointer (&batch->own, mvx_log_event_free);
  g_clear_pointer (&batch->told, mvx_log_gone_free);
}

void
mvx_log_flight_free (MvxLogFlight *batch)
{
  mvx_log_flight_reset (batch);
  g_free (batch->views);
  g_free (batch->events);
  g_free (batch->origins);
  g_free (batch->kept);
  g_free (batch->seqs);
  g_free (batch);
}
