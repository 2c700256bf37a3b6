/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the files async-*.c of a sink only. */
#pragma once

#include "async/async-sink-private.h"
#include "async/command-private.h"
#include "async/dispatcher-private.h"
#include "async/operation-private.h"
#include "async/worker-private.h"

G_BEGIN_DECLS

#define MVX_LOG_ASYNC_LINGER_US 20000
#define MVX_LOG_ASYNC_LAZY_MIN_US 50000
#define MVX_LOG_ASYNC_LAZY_MAX_US 200000
#define MVX_LOG_ASYNC_DRAIN_TIMEOUT_US (5 * G_USEC_PER_SEC)

/* With sleep=lazy: how long not to look, when the last event was @idle_us ago. */
static inline gint64
mvx_log_async_sink_lazy_us (gint64 idle_us)
{
  return CLAMP (idle_us / 4, MVX_LOG_ASYNC_LAZY_MIN_US, MVX_LOG_ASYNC_LAZY_MAX_US);
}

typedef struct
{
  MvxLogAsyncConfig config;
  GMainContext     *context; /* NULL before it is needed */
  gboolean          foreign; /* somebody else iterates it */
  MvxLogQueue      *queue;
  MvxLogWorker     *worker;
  MvxLogDispatcher  dispatcher;

  GMutex            mutex; /* what follows */
  GCond             cond;
  MvxLogSinkState   state;
  GError           *last_error;
  gboolean          discarding;  /* what is left is just being counted */
  gboolean          closed_down; /* it has been, since the sink failed */
  guint64           n_lost;
  MvxLogOperation  *starting;
  MvxLogOperation  *stopping;
  MvxLogOperation  *ending; /* the stop that is to be the last one */
  gboolean          end_at_start; /* STARTING: it begins as soon as the sink runs */
  gint64            end_deadline_us;
  gboolean          terminating;
  gboolean          terminated;

  /* Worker only. */
  gint64            last_work_us;
  guint64           last_batches;
  gint64            drain_deadline_us;
  gboolean          draining;
} MvxLogAsyncSinkPrivate;

MvxLogAsyncSinkPrivate *mvx_log_async_sink_private     (MvxLogAsyncSink        *self);
const char             *mvx_log_async_sink_name        (MvxLogAsyncSinkPrivate *priv);
/* With the mutex. */
void                    mvx_log_async_sink_ensure_queue (MvxLogAsyncSink       *self,
                                                         MvxLogAsyncSinkPrivate *priv);
/* Nobody should hand it an event any more. */
void                    mvx_log_async_sink_set_down     (MvxLogAsyncSinkPrivate *priv);

/* async-context.c */

/* With the mutex: a main context on which the sink can start. FALSE: there is no descriptor for one. */
gboolean                mvx_log_async_sink_ensure_context (MvxLogAsyncSinkPrivate *priv,
                                                           GError              **error);

/* async-state.c */
GError                 *mvx_log_async_sink_state_error (MvxLogAsyncSinkPrivate *priv,
                                                        const char             *what,
                                                        const char             *expected);
void                    mvx_log_async_sink_first_use   (gpointer                self);
/* With the mutex: may the caller wait for the worker? */
gboolean                mvx_log_async_sink_can_wait     (MvxLogAsyncSinkPrivate *priv,
                                                         const char            *what,
                                                         GError               **error);
/* The stop after which there is no start, begun or joined; NULL if there is nothing to stop. */
MvxLogOperation        *mvx_log_async_sink_end_by       (MvxLogAsyncSink       *self,
                                                         gint64                 deadline_us);

/* async-ask.c */
gboolean                mvx_log_async_sink_flush         (MvxLogSink            *sink,
                                                          gint64                deadline_us,
                                                          GError              **error);
gboolean                mvx_log_async_sink_reopen        (MvxLogSink            *sink,
                                                          GError              **error);

/* async-end.c */
gboolean                mvx_log_async_sink_terminate     (MvxLogSink            *sink,
                                                          gint64                deadline_us,
                                                          GError              **error);
/* @as_owner: whoever iterates somebody else's context does the work itself instead of being refused. */
gboolean                mvx_log_async_sink_end           (MvxLogAsyncSink       *self,
                                                          gboolean              as_owner,
                                                          gint64                deadline_us,
                                                          GError              **error);
/* The last reference is dropped. FALSE: on its own thread, and it lives on until another one has ended it. */
gboolean                mvx_log_async_sink_go_away       (MvxLogAsyncSink      *self);

/* async-run.c */
void                    mvx_log_async_sink_removed       (gpointer              self);
MvxLogDispatchResult    mvx_log_async_sink_call_dispatch (gpointer              self,
                                                          MvxLogEvent *const   *events,
                                                          guint                 n_events,
                                                          guint                *n_done,
                                                          GError              **error);
gint64                  mvx_log_async_sink_run_worker    (gpointer              self,
                                                          MvxLogWorkerMood     *mood);
void                    mvx_log_async_sink_drop_commands (MvxLogAsyncSinkPrivate *priv);

G_END_DECLS
