/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>

#include "async/worker-private.h"
#include "base/error-private.h"

/* Behind the sources of the plugin, so that replies are handled while events wait. */
#define MVX_LOG_WORKER_PRIORITY (G_PRIORITY_DEFAULT + 10)

typedef struct
{
  GSource source;
  MvxLogQueue *queue;
  MvxLogWorkerFunc func;
  gpointer data;
} MvxLogWorkerSource;

struct _MvxLogWorker
{
  GMainContext *context;
  GMainLoop *loop;
  GSource *source;
  GThread *thread;
};

static gboolean
mvx_log_worker_is_wanted (MvxLogWorkerSource *source)
{
  return g_atomic_int_get (&source->queue->kicked) || g_async_queue_length (source->queue->items) > 0;
}

static gboolean
mvx_log_worker_prepare (GSource *source, gint *timeout)
{
  *timeout = -1; /* the ready time says when */
  return mvx_log_worker_is_wanted ((MvxLogWorkerSource *) source);
}

static gboolean
mvx_log_worker_check (GSource *source)
{
  return mvx_log_worker_is_wanted ((MvxLogWorkerSource *) source);
}

static gboolean
mvx_log_worker_dispatch (GSource *base, GSourceFunc callback, gpointer user_data)
{
  MvxLogWorkerSource *source = (MvxLogWorkerSource *) base;
  MvxLogWorkerMood mood = MVX_LOG_WORKER_BUSY;
  gint64 ready;

  g_atomic_int_set (&source->queue->mood, MVX_LOG_WORKER_BUSY);
  g_atomic_int_set (&source->queue->kicked, 0);
  ready = source->func (source->data, &mood);
  g_source_set_ready_time (base, ready);
  g_atomic_int_set (&source->queue->mood, mood);
  return G_SOURCE_CONTINUE;
}

static void
mvx_log_worker_finalize (GSource *source)
{
  mvx_log_queue_unref (((MvxLogWorkerSource *) source)->queue);
}

static GSourceFuncs mvx_log_worker_source_funcs = {
  mvx_log_worker_prepare, mvx_log_worker_check, mvx_log_worker_dispatch, mvx_log_worker_finalize, NULL, NULL,
};

MvxLogWorker *
mvx_log_worker_new (MvxLogQueue *queue, MvxLogWorkerFunc func, gpointer data)
{
  MvxLogWorker *worker = g_new0 (MvxLogWorker, 1);
  MvxLogWorkerSource *source;

  worker->context = g_main_context_ref (queue->context);
  worker->source = g_source_new (&mvx_log_worker_source_funcs, sizeof (MvxLogWorkerSource));
  source = (MvxLogWorkerSource *) worker->source;
  source->queue = mvx_log_queue_ref (queue);
  source->func = func;
  source->data = data;
  g_source_set_priority (worker->source, MVX_LOG_WORKER_PRIORITY);
  g_source_set_static_name (worker->source, "[mvxlog] queue");
  g_source_attach (worker->source, worker->context);
  return worker;
}

typedef struct
{
  GMainContext *context;
  GMainLoop *loop;
} MvxLogWorkerThread;

static gpointer
mvx_log_worker_main (gpointer data)
{
  g_autofree MvxLogWorkerThread *thread = data;

  mvx_log_thread_get ()->depth = 1; /* what is logged here would feed itself: it goes to the diagnostics */
  g_main_context_push_thread_default (thread->context);
  g_main_loop_run (thread->loop);
  g_main_context_pop_thread_default (thread->context);
  g_main_loop_unref (thread->loop);
  g_main_context_unref (thread->context);
  return NULL;
}

gboolean
mvx_log_worker_start_thread (MvxLogWorker *worker, const char *name, GError **error)
{
  MvxLogWorkerThread *thread = g_new0 (MvxLogWorkerThread, 1);
  g_autofree char *short_name = g_strndup (name, 15); /* what the kernel keeps */
  sigset_t all;
  sigset_t old;

  worker->loop = g_main_loop_new (worker->context, FALSE);
  thread->context = g_main_context_ref (worker->context);
  thread->loop = g_main_loop_ref (worker->loop);
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  worker->thread = g_thread_try_new (short_name, mvx_log_worker_main, thread, error);
  pthread_sigmask (SIG_SETMASK, &old, NULL);
  if (worker->thread)
    return TRUE;
  g_main_loop_unref (thread->loop);
  g_main_context_unref (thread->context);
  g_free (thread);
  mvx_log_error_wrap (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE,
                      "Cannot start the thread of sink '%s'", name);
  return FALSE;
}

gboolean
mvx_log_worker_is_own_thread (MvxLogWorker *worker)
{
  return worker->thread ? worker->thread == g_thread_self () : g_main_context_is_owner (worker->context);
}

static gboolean
mvx_log_worker_quit_now (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

/* Through the loop itself: a quit before the loop runs would be lost. */
void
mvx_log_worker_quit (MvxLogWorker *worker)
{
  GSource *source;

  if (worker->loop == NULL)
    return;
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_callback (source, mvx_log_worker_quit_now, g_main_loop_ref (worker->loop),
                         (GDestroyNotify) g_main_loop_unref);
  g_source_attach (source, worker->context);
  g_source_unref (source);
}

void
mvx_log_worker_join (MvxLogWorker *worker)
{
  if (worker->thread)
    g_thread_join (g_thread_ref (worker->thread));
}

void
mvx_log_worker_detach (MvxLogWorker *worker)
{
  g_clear_pointer (&worker->thread, g_thread_unref);
}

void
mvx_log_worker_free (MvxLogWorker *worker)
{
  mvx_log_worker_detach (worker);
  g_source_destroy (worker->source);
  g_source_unref (worker->source);
  g_clear_pointer (&worker->loop, g_main_loop_unref);
  g_main_context_unref (worker->context);
  g_free (worker);
}
