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

typedef gboolean (*MvxLogWorkerDoneFunc) (gpointer data);

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
/* For somebody else's context: until @done, or the deadline, does what the worker would do while nobody iterates it. The
 * context is only held for a turn at a time, so that its owner can come back. Any number of threads can help; @done is
 * called with a lock. @source: of mvx_log_worker_ref_source(), it may outlive the worker. */
GSource      *mvx_log_worker_ref_source   (MvxLogWorker     *worker);
void          mvx_log_worker_help         (GSource          *source,
                                           MvxLogWorkerDoneFunc done,
                                           gpointer          data,
                                           gint64            deadline_us);
/* If nobody is in a turn, none begins any more. FALSE: somebody is, or has a thread for it. */
gboolean      mvx_log_worker_close        (MvxLogWorker     *worker);
/* Waits for the end of the thread, which is still known as the worker's own, or of the turn on somebody else's. */
void          mvx_log_worker_join         (MvxLogWorker     *worker);
/* Nobody is going to join it: its stack goes when it ends. */
void          mvx_log_worker_detach       (MvxLogWorker     *worker);
void          mvx_log_worker_free         (MvxLogWorker     *worker);

G_END_DECLS
