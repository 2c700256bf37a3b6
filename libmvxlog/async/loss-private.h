/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was lost, told in the sink itself when it delivers again: one event for all of a kind. */
#pragma once

#include "async/gone-private.h"

G_BEGIN_DECLS

/* An event was refused or dropped because the queue was full. With the queue's mutex. */
void         mvx_log_loss_note  (MvxLogQueue      *queue);
/* Worker: is there something to tell, and has the queue recovered, or has it been waited for long enough? */
gboolean     mvx_log_loss_is_due (MvxLogDispatcher *self);
/* Worker: events for which there was no room in the spool, with spool-overflow=drop-newest. */
void         mvx_log_loss_note_newest (MvxLogDispatcher *self,
                                       guint             n);
/* Worker: the next thing to tell that is due, as an accepted event that is in no lane. NULL if there is none, or the sink
 * does not take warnings: then the diagnostics have been told. @gone: what it tells of, to be taken back if it does not
 * arrive; else NULL. */
MvxLogEvent *mvx_log_loss_take  (MvxLogDispatcher *self,
                                 MvxLogGoneMoment  moment,
                                 MvxLogGone      **gone);

G_END_DECLS
