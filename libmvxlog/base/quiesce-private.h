/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is inside a logging call. The hot path reads settings, sinks and a sink's acceptance without lock or reference
 * count; whoever replaces one of these publishes the new value, then waits here until every thread that may have seen
 * the old one has left.
 *
 * A thread announces itself by making its `inside` word odd, and leaves by making it even again. What a full fence would
 * do between that store and the loads that follow, membarrier(2) does on the side of whoever waits, so that a logging
 * call pays nothing for it; where there is none, the fence is back. The same serves the worker's sleep handshake
 * (async/dispatcher.c). The region never covers foreign code or waiting.
 */
#pragma once

#include <mvxlog/buffer.h>

#include "base/cancel-private.h"
#include "base/likely-private.h"
#include "base/machine-private.h"

G_BEGIN_DECLS

typedef struct _MvxLogThread MvxLogThread;

/* What a thread that has logged owns. Only the owner writes; others read `inside`. */
struct _MvxLogThread
{
  /* What every logging call touches, in one cache line. */
  guint64       inside;      /* atomic: odd while inside */
  guint64       n_records;   /* number of the last record */
  guint32       tid;
  guint         depth;       /* how deep in foreign code that we called; workers of ours start at 1 */
  gpointer      scope;       /* context floor: innermost scope */
  gpointer      queue;       /* async floor: whose lane is at hand, or NULL */
  gpointer      lane;        /* async floor: that lane */
  gpointer      ticket;      /* async floor: MvxLogTicket of the event that is being handed out, usually NULL */
  gpointer     *lanes;       /* async floor: by number of the sink */

  guint32       n_lanes;
  GMainContext *spared;      /* async floor: whoever this thread waits for iterates it himself, or NULL */
  MvxLogBuffer  scratch;     /* records that do not go straight into a lane */
  MvxLogThread *next;
  MvxLogThread *previous;
};

extern __thread MvxLogThread *mvx_log_thread_current __attribute__ ((tls_model ("initial-exec")));

MvxLogThread *mvx_log_thread_new (void);

static inline MvxLogThread *
mvx_log_thread_get (void)
{
  MvxLogThread *thread = mvx_log_thread_current;

  return MVX_LOG_LIKELY (thread != NULL) ? thread : mvx_log_thread_new ();
}

/* Around foreign code that a logging call runs: what it logs itself goes to the diagnostics, and no thread ends in it.
 * Returns what mvx_log_thread_leave_foreign() is to restore. */
static inline int
mvx_log_thread_enter_foreign (MvxLogThread *thread)
{
  thread->depth++;
  return mvx_log_cancel_defer ();
}

static inline void
mvx_log_thread_leave_foreign (MvxLogThread *thread, int before)
{
  mvx_log_cancel_allow (before);
  thread->depth--;
}

/* For who leaves again at once if mvx_log_machine does not say BARRIER after it. */
static inline void
mvx_log_quiesce_enter_unfenced (MvxLogThread *thread)
{
  __atomic_store_n (&thread->inside, thread->inside + 1, __ATOMIC_RELAXED);
  __atomic_signal_fence (__ATOMIC_SEQ_CST);
}

/* Pairs with mvx_log_quiesce_fence(). */
static inline void
mvx_log_quiesce_enter (MvxLogThread *thread)
{
  mvx_log_quiesce_enter_unfenced (thread);
  if (MVX_LOG_UNLIKELY (!mvx_log_machine_has (MVX_LOG_MACHINE_BARRIER)))
    __atomic_thread_fence (__ATOMIC_SEQ_CST);
  __atomic_signal_fence (__ATOMIC_SEQ_CST);
}

static inline void
mvx_log_quiesce_leave (MvxLogThread *thread)
{
  __atomic_store_n (&thread->inside, thread->inside + 1, __ATOMIC_RELEASE);
}

/* After it, a thread that has entered either is seen inside or sees what was stored before. Microseconds: for those who
 * wait, replace or go to sleep. */
void     mvx_log_quiesce_fence   (void);

/* Waits until every thread that was inside has left. FALSE if the deadline (monotonic us, -1 for none) passed first or
 * the caller itself is inside. */
gboolean mvx_log_quiesce_barrier (gint64 deadline_us);

/* The same for one thread only, after a fence. */
gboolean mvx_log_quiesce_wait    (MvxLogThread *thread,
                                  gint64        deadline_us);

/* Called on a thread that ends, before its MvxLogThread is freed; newest first. At most four. */
void     mvx_log_thread_add_exit_func (void (*func) (MvxLogThread *thread));

G_END_DECLS
