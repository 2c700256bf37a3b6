/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a sink without a worker has lost, until the sink itself has been told of it. Only for whoever is inside the
 * plugin. */
#pragma once

#include "async/queue-private.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_PLUGIN_LOSS_NOT_NOW, /* refused: there is no queue to keep it in */
  MVX_LOG_PLUGIN_LOSS_REJECTED,
  MVX_LOG_PLUGIN_N_LOSSES
} MvxLogPluginLossCause;

typedef struct
{
  struct
  {
    MvxLogLoss loss;
    char      *why; /* of the last one */
  } causes[MVX_LOG_PLUGIN_N_LOSSES];
  gboolean some;          /* is there something to tell? */
  gint64   not_before_us; /* of the next telling */
} MvxLogPluginLoss;

void         mvx_log_plugin_loss_note  (MvxLogPluginLoss      *self,
                                        MvxLogPluginLossCause  cause,
                                        const MvxLogEvent     *event,
                                        const GError          *why);
/* What is to be told now, of one cause, or NULL. @last: the sink ends, and there will be no later. */
MvxLogEvent *mvx_log_plugin_loss_next  (MvxLogPluginLoss      *self,
                                        const char            *sink,
                                        gboolean               last,
                                        MvxLogPluginLossCause *cause);
/* The sink has been told of this cause, or will not hear of it. */
void         mvx_log_plugin_loss_told  (MvxLogPluginLoss      *self,
                                        MvxLogPluginLossCause  cause);
/* The event did not arrive, either. */
void         mvx_log_plugin_loss_defer (MvxLogPluginLoss      *self);
void         mvx_log_plugin_loss_clear (MvxLogPluginLoss      *self);

G_END_DECLS
