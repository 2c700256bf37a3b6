/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "batch.h"

MvxBatch *
mvx_batch_new (MvxLogEvent *const *events, guint n_events)
{
  MvxBatch *self = g_malloc (sizeof *self + n_events * sizeof (MvxSlot));

  self->events = events;
  self->n_events = self->n_open = n_events;
  for (guint i = 0; i < n_events; i++)
    self->slots[i] = (MvxSlot){ self, TRUE, 0, NULL };
  return self;
}

void
mvx_batch_free (MvxBatch *self)
{
  for (guint i = 0; i < self->n_events; i++)
    g_free (self->slots[i].said);
  g_free (self);
}

gboolean
mvx_batch_answer (MvxSlot *slot, int code, const char *said)
{
  slot->open = FALSE;
  slot->code = code;
  slot->said = g_strdup (said);
  return --slot->batch->n_open == 0;
}

gboolean
mvx_batch_stop (MvxBatch *self, guint from, int code, const char *said)
{
  for (guint i = from; i < self->n_events; i++)
    if (self->slots[i].open)
      mvx_batch_answer (&self->slots[i], code, said);
  return self->n_open == 0;
}

MvxLogDispatchResult
mvx_batch_judge (const MvxBatch *self,
                 MvxLogSinkHost *host,
                 MvxBatchJudgeFunc judge,
                 gpointer data,
                 guint *n_done,
                 GError **error)
{
  for (guint i = 0; i < self->n_events; i++)
    {
      const MvxSlot *slot = &self->slots[i];
      g_autoptr (GError) why = NULL;

      *n_done = i;
      if (slot->code == 0)
        continue;
      if (judge (slot->code, slot->said, data, &why) != MVX_LOG_DISPATCH_DROP)
        {
          g_propagate_error (error, g_steal_pointer (&why));
          return MVX_LOG_DISPATCH_RETRY;
        }
      mvx_log_sink_host_reject (host, self->events[i], why->message);
    }
  *n_done = self->n_events;
  return MVX_LOG_DISPATCH_OK;
}
