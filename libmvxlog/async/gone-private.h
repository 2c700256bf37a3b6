/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Accepted events that nobody will ever see, until the sink itself has been told of them. Only for the worker, but for
 * what says otherwise.
 */
#pragma once

#include "async/dispatch-state-private.h"

G_BEGIN_DECLS

/* When somebody asks whether there is something to tell. */
typedef enum
{
  MVX_LOG_GONE_BUSY, /* other events wait: not after each of many rejections */
  MVX_LOG_GONE_IDLE,
  MVX_LOG_GONE_LAST  /* the sink ends */
} MvxLogGoneMoment;

/* The next @n events of @batch are about to be dropped. */
void        mvx_log_gone_note      (MvxLogDispatcher    *self,
                                    const MvxLogFlight  *batch,
                                    guint                n,
                                    MvxLogGoneCause      cause);
/* Any thread: why an event of a batch is about to be rejected. */
void        mvx_log_gone_note_why  (MvxLogDispatcher    *self,
                                    const char          *why);
/* Would there be something to tell while the sink is idle? */
gboolean    mvx_log_gone_is_due    (const MvxLogDispatcher *self);
/* What is to be told now, or NULL. It is the caller's. */
MvxLogGone *mvx_log_gone_pop       (MvxLogDispatcher    *self,
                                    MvxLogGoneMoment     moment);
/* The event that tells of @gone has not arrived, either: it is told of later. */
void        mvx_log_gone_take_back (MvxLogDispatcher    *self,
                                    MvxLogGone          *gone);

G_END_DECLS
