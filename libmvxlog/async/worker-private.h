/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread with a main loop whose context has one source of ours: the queue. Or that source alone, on somebody else's
 * context.
 */
#pragma once

#include "async/queue-private.h"

G_BEGIN_DECLS

typedef struct _MvxLogWorker MvxLogWorker;

/* Called on the worker when there is something to do or it is time. Returns when to come again without being woken
 * (monotonic us, 0 for at once, -1 for never), and says in @mood what the worker does until then. */
typedef gint64 (*MvxLogWorkerFunc) (gpointer data, MvxLogWorkerMood *mood);

/* Called once, on any thread, if somebody else removes the source from the context. Nothing more is called then. */
typedef void (*MvxLogWorkerRemovedFunc) (gpointer data);

/* Attaches the source to the queue's context. */
MvxLogWorker *mvx_log_worker_new          (MvxLogQueue      *queue,
                                           MvxLogWorkerFunc  func,
                                           MvxLogWorkerRemovedFunc removed,
                                           gpointer          data);
/* Starts the thread; blocks all signals there, so that the program's own threads get them. */
gboolean      mvx_log_worker_start_thread (MvxLogWorker     *worker,
                                           const char       *name,
                                           GError          **error);
gboolean      mvx_log_worker_is_own_thread (MvxLogWorker    *worker);
/* Lets the loop end after what it is doing. */
void          mvx_log_worker_quit         (MvxLogWorker     *worker);
/* It is time now. On the worker. */
void          mvx_log_worker_hurry        (MvxLogWorker     *worker);
/* For a context that nobody else iterates just now and the caller owns: what the worker would do, and then a rest until
 * there is an item for it, or it is time (-1: never). */
gint64        mvx_log_worker_turn         (MvxLogWorker     *worker);
void          mvx_log_worker_rest         (MvxLogWorker     *worker,
                                           gint64            until_us);
/* Waits for the end of the thread, which is still known as the worker's own, or of the turn on somebody else's. */
void          mvx_log_worker_join         (MvxLogWorker     *worker);
/* Nobody is going to join it: its stack goes when it ends. */
void          mvx_log_worker_detach       (MvxLogWorker     *worker);
void          mvx_log_worker_free         (MvxLogWorker     *worker);

G_END_DECLS
