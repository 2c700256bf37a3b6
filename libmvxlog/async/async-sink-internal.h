/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between async-sink.c and async-run.c only. */
#pragma once

#include "async/async-sink-private.h"
#include "async/command-private.h"
#include "async/dispatcher-private.h"
#include "async/operation-private.h"
#include "async/worker-private.h"

G_BEGIN_DECLS

#define MVX_LOG_ASYNC_LINGER_US 20000

typedef struct
{
  MvxLogAsyncConfig config;
  GMainContext     *context;
  MvxLogQueue      *queue;
  MvxLogWorker     *worker;
  MvxLogDispatcher  dispatcher;

  GMutex            mutex; /* what follows */
  GCond             cond;
  MvxLogSinkState   state;
  GError           *last_error;
  MvxLogOperation  *starting;
  MvxLogOperation  *stopping;
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
GError                 *mvx_log_async_sink_state_error (MvxLogAsyncSinkPrivate *priv,
                                                        const char             *what,
                                                        const char             *expected);
void                    mvx_log_async_sink_first_use   (gpointer                self);

/* async-run.c */
MvxLogDispatchResult    mvx_log_async_sink_call_dispatch (gpointer              self,
                                                          MvxLogEvent *const   *events,
                                                          guint                 n_events,
                                                          guint                *n_done,
                                                          GError              **error);
gint64                  mvx_log_async_sink_run_worker    (gpointer              self,
                                                          MvxLogWorkerMood     *mood);
void                    mvx_log_async_sink_drop_commands (MvxLogAsyncSinkPrivate *priv);

G_END_DECLS
