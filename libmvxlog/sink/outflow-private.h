/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events on their way into an outlet whose reader takes its time. Never waits: what cannot be written now is written when
 * the kernel says that there is space, and the batch is PENDING until then. Used on the sink's worker only. */
#pragma once

#include <mvxlog/plugin-abi.h>
#include <mvxlog/renderer.h>

#include "sink/outlet-private.h"

G_BEGIN_DECLS

typedef struct
{
  MvxLogSinkHost        *host;
  MvxLogOutlet          *outlet;   /* with a timeout of 0 */
  MvxLogRenderer *const *renderer; /* the present one */
  GQueue                 batches;  /* on their way, in order */
  GSource               *watch;    /* while there are any */

  MvxLogBuffer           line;
  gsize                  written;    /* of the line */
  guint64                unfinished; /* seq of the event whose line it is, if it is begun; else 0 */
} MvxLogOutflow;

void                 mvx_log_outflow_init     (MvxLogOutflow         *self,
                                               MvxLogSinkHost        *host,
                                               MvxLogOutlet          *outlet,
                                               MvxLogRenderer *const *renderer);
void                 mvx_log_outflow_clear    (MvxLogOutflow         *self);
/* dispatch_core of a plugin that acknowledges. */
MvxLogDispatchResult mvx_log_outflow_dispatch (MvxLogOutflow         *self,
                                               MvxLogEvent *const    *events,
                                               guint                  n_events,
                                               guint                 *n_done,
                                               GError               **error);
/* The sink stops: batches on their way are not its any more. */
void                 mvx_log_outflow_stop     (MvxLogOutflow         *self);

G_END_DECLS
