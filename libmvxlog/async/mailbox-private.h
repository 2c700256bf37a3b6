/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events on their way from a worker to a function on a main context. The source on that context holds a reference to
 * the mailbox, never to the sink, so a context that nobody iterates keeps no sink alive.
 */
#pragma once

#include <mvxlog/async-sink.h>

#include "async/function-private.h"

G_BEGIN_DECLS

typedef struct _MvxLogMailbox MvxLogMailbox;

typedef enum
{
  MVX_LOG_MAILBOX_STRANGER, /* somebody else iterates the context */
  MVX_LOG_MAILBOX_OWNER,    /* the caller does: it has to deliver itself while it waits */
  MVX_LOG_MAILBOX_RUNNER    /* the caller is the function */
} MvxLogMailboxRole;

/* Takes @function. @sink is told what became of the events; it closes the mailbox before it goes. */
MvxLogMailbox    *mvx_log_mailbox_new       (MvxLogAsyncSink    *sink,
                                             GMainContext       *context,
                                             MvxLogFunction     *function);
MvxLogMailbox    *mvx_log_mailbox_ref       (MvxLogMailbox      *self);
void              mvx_log_mailbox_unref     (MvxLogMailbox      *self);
void              mvx_log_mailbox_set_catch (MvxLogMailbox      *self,
                                             gboolean            catch_errors);
/* One event, which is copied; @batch is answered later. */
void              mvx_log_mailbox_post      (MvxLogMailbox      *self,
                                             MvxLogEvent *const *batch);
/* Forgets what was posted; no batch of it is answered any more, not even the one that is being delivered. */
void              mvx_log_mailbox_abandon   (MvxLogMailbox      *self);
/* For good: lets the function go, too. */
void              mvx_log_mailbox_close     (MvxLogMailbox      *self);
/* OWNER: mvx_log_mailbox_leave() afterwards with @acquired. */
MvxLogMailboxRole mvx_log_mailbox_enter     (MvxLogMailbox      *self,
                                             gboolean           *acquired);
void              mvx_log_mailbox_leave     (MvxLogMailbox      *self,
                                             gboolean            acquired);
/* Delivers on this thread until somebody finishes @done. */
void              mvx_log_mailbox_serve     (MvxLogMailbox      *self,
                                             const gboolean     *done);
void              mvx_log_mailbox_finish    (MvxLogMailbox      *self,
                                             gboolean           *done);

G_END_DECLS
