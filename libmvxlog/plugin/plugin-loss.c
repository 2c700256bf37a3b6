/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/loss-tale-private.h"
#include "event/event-private.h"
#include "plugin/plugin-loss-private.h"

/* As with a worker (async/gone.c): how often a sink is told, and how long one that did not take it is left alone. */
#define MVX_LOG_PLUGIN_LOSS_PAUSE_US G_USEC_PER_SEC
#define MVX_LOG_PLUGIN_LOSS_PATIENCE_US (10 * G_USEC_PER_SEC)

static const char *const mvx_log_plugin_loss_reasons[MVX_LOG_PLUGIN_N_LOSSES] = {
  "not delivered, and the sink has no queue",
  "rejected by the destination",
};

void
mvx_log_plugin_loss_note (MvxLogPluginLoss *self,
                          MvxLogPluginLossCause cause,
                          const MvxLogEvent *event,
                          const GError *why)
{
  MvxLogLoss *loss = &self->causes[cause].loss;
  gint64 time_ns = event->time_ns;

  loss->first_ns = loss->count > 0 ? MIN (loss->first_ns, time_ns) : time_ns;
  loss->last_ns = loss->count > 0 ? MAX (loss->last_ns, time_ns) : time_ns;
  loss->count++;
  g_free (self->causes[cause].why);
  self->causes[cause].why = g_strdup (why->message);
  self->some = TRUE;
}

MvxLogEvent *
mvx_log_plugin_loss_next (MvxLogPluginLoss *self, const char *sink, gboolean last, MvxLogPluginLossCause *cause)
{
  MvxLogLossTale tale = { .sink = sink };

  if (!self->some || (!last && g_get_monotonic_time () < self->not_before_us))
    return NULL;
  for (guint i = 0; i < MVX_LOG_PLUGIN_N_LOSSES; i++)
    {
      if (self->causes[i].loss.count == 0)
        continue;
      *cause = (MvxLogPluginLossCause) i;
      tale.loss = &self->causes[i].loss;
      tale.reason = mvx_log_plugin_loss_reasons[i];
      tale.why = self->causes[i].why;
      return mvx_log_loss_tale_to_event (&tale);
    }
  /* All of it was told. */
  self->some = FALSE;
  self->not_before_us = g_get_monotonic_time () + MVX_LOG_PLUGIN_LOSS_PAUSE_US;
  return NULL;
}

void
mvx_log_plugin_loss_told (MvxLogPluginLoss *self, MvxLogPluginLossCause cause)
{
  self->causes[cause].loss = (MvxLogLoss){ 0 };
  g_clear_pointer (&self->causes[cause].why, g_free);
}

void
mvx_log_plugin_loss_defer (MvxLogPluginLoss *self)
{
  self->not_before_us = g_get_monotonic_time () + MVX_LOG_PLUGIN_LOSS_PATIENCE_US;
}

void
mvx_log_plugin_loss_clear (MvxLogPluginLoss *self)
{
  for (guint i = 0; i < MVX_LOG_PLUGIN_N_LOSSES; i++)
    mvx_log_plugin_loss_told (self, (MvxLogPluginLossCause) i);
  self->some = FALSE;
}
