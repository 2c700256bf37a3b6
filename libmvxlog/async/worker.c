/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/last-call-private.h"
#include "async/worker-private.h"
#include "base/error-private.h"
#include "base/signals-private.h"

/* Behind the sources of the plugin, so that replies are handled while events wait. */
#define MVX_LOG_WORKER_PRIORITY (G_PRIORITY_DEFAULT + 10)

typedef struct
{
  GSource source;
  MvxLogQueue *queue;
  MvxLogWorkerFunc func;
  MvxLogWorkerRemovedFunc removed;
  gpointer data;

  GMutex mutex; /* what follows */
  GCond cond;
  GThread *runner;   /* who is in func */
  gboolean closed;   /* func is not called any more */
  gboolean vanished; /* removed is to be called after func */
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
  return g_atomic_int_get (&source->queue->kicked) || mvx_log_queue_has_input (source->queue);
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
mvx_log_worker_enter (MvxLogWorkerSource *source)
{
  gboolean open;

  g_mutex_lock (&source->mutex);
  open = !source->closed;
  if (open)
    source->runner = g_thread_self ();
  g_mutex_unlock (&source->mutex);
  return open;
}

/* As the runner, so that whoever ends the worker waits for it. */
static void
mvx_log_worker_tell_removed (MvxLogWorkerSource *source)
{
  source->removed (source->data);
  g_mutex_lock (&source->mutex);
  source->runner = NULL;
  g_cond_broadcast (&source->cond);
  g_mutex_unlock (&source->mutex);
  mvx_log_queue_wake_helpers (source->queue);
}

static void
mvx_log_worker_leave (MvxLogWorkerSource *source)
{
  gboolean vanished;

  g_mutex_lock (&source->mutex);
  vanished = source->vanished;
  if (!vanished)
    {
      source->runner = NULL;
      g_cond_broadcast (&source->cond);
    }
  g_mutex_unlock (&source->mutex);
  if (vanished)
    mvx_log_worker_tell_removed (source);
  else
    mvx_log_queue_wake_helpers (source->queue);
}

/* On somebody else's thread, too, the sink finds what it would find on its own one. */
static gint64
mvx_log_worker_run (MvxLogWorkerSource *source)
{
  MvxLogThread *thread = mvx_log_thread_get ();
  GMainContext *context = source->queue->context;
  GMainContext *current = g_main_context_get_thread_default (); /* NULL: GLib's, which may be ours */
  MvxLogWorkerMood mood = MVX_LOG_WORKER_BUSY;
  guint depth = thread->depth;
  gint64 ready;

  if (current != context)
    g_main_context_push_thread_default (context);
  thread->depth = MAX (depth, 1); /* what is logged in there would feed itself */
  g_atomic_int_set (&source->queue->mood, MVX_LOG_WORKER_BUSY);
  g_atomic_int_set (&source->queue->kicked, 0);
  ready = source->func (source->data, &mood);
  g_atomic_int_set (&source->queue->mood, mood);
  thread->depth = depth;
  if (current != context)
    g_main_context_pop_thread_default (context);
  return ready;
}

static gboolean
mvx_log_worker_dispatch (GSource *base, GSourceFunc callback, gpointer user_data)
{
  MvxLogWorkerSource *source = (MvxLogWorkerSource *) base;

  if (!mvx_log_worker_enter (source))
    return G_SOURCE_REMOVE;
  g_source_set_ready_time (base, mvx_log_worker_run (source));
  mvx_log_worker_leave (source);
  return G_SOURCE_CONTINUE;
}

static void
mvx_log_worker_finalize (GSource *base)
{
  MvxLogWorkerSource *source = (MvxLogWorkerSource *) base;

  mvx_log_queue_unref (source->queue);
  g_mutex_clear (&source->mutex);
  g_cond_clear (&source->cond);
}

static GSourceFuncs mvx_log_worker_source_funcs = {
  mvx_log_worker_prepare, mvx_log_worker_check, mvx_log_worker_dispatch, mvx_log_worker_finalize, NULL, NULL,
};

/* The source leaves its context: because we say so, or because somebody else removed it. */
static void
mvx_log_worker_removed (gpointer data)
{
  MvxLogWorkerSource *source = data;
  gboolean now;

  g_mutex_lock (&source->mutex);
  source->vanished = !source->closed;
  source->closed = TRUE;
  now = source->vanished && source->runner == NULL;
  if (now)
    source->runner = g_thread_self ();
  g_mutex_unlock (&source->mutex);
  if (now)
    mvx_log_worker_tell_removed (source);
}

MvxLogWorker *
mvx_log_worker_new (MvxLogQueue *queue, MvxLogWorkerFunc func, MvxLogWorkerRemovedFunc removed, gpointer data)
{
  MvxLogWorker *worker = g_new0 (MvxLogWorker, 1);
  MvxLogWorkerSource *source;

  worker->context = g_main_context_ref (queue->context);
  worker->source = g_source_new (&mvx_log_worker_source_funcs, sizeof (MvxLogWorkerSource));
  source = (MvxLogWorkerSource *) worker->source;
  source->queue = mvx_log_queue_ref (queue);
  source->func = func;
  source->removed = removed;
  source->data = data;
  g_mutex_init (&source->mutex);
  g_cond_init (&source->cond);
  g_source_set_callback (worker->source, NULL, source, mvx_log_worker_removed);
  g_source_set_priority (worker->source, MVX_LOG_WORKER_PRIORITY);
  g_source_set_static_name (worker->source, "[mvxlog] queue");
  g_source_attach (worker->source, worker->context);
  return worker;
}

typedef struct
{
  GMainContext *context;
  GMainLoop *loop;
  MvxLogQueue *queue;
} MvxLogWorkerThread;

static gpointer
mvx_log_worker_main (gpointer data)
{
  g_autofree MvxLogWorkerThread *thread = data;

  mvx_log_thread_get ()->depth = 1; /* what is logged here would feed itself: it goes to the diagnostics */
  g_main_context_push_thread_default (thread->context);
  mvx_log_last_call_add (thread->queue);
  g_main_loop_run (thread->loop);
  mvx_log_last_call_remove (thread->queue);
  g_main_context_pop_thread_default (thread->context);
  mvx_log_queue_unref (thread->queue);
  g_main_loop_unref (thread->loop);
  g_main_context_unref (thread->context);
  return NULL;
}

gboolean
mvx_log_worker_start_thread (MvxLogWorker *worker, const char *name, GError **error)
{
  MvxLogWorkerThread *thread = g_new0 (MvxLogWorkerThread, 1);
  MvxLogQueue *queue = ((MvxLogWorkerSource *) worker->source)->queue;
  char short_name[16]; /* what the kernel keeps */

  g_snprintf (short_name, sizeof short_name, "mvx:%s", name);
  worker->loop = g_main_loop_new (worker->context, FALSE);
  thread->context = g_main_context_ref (worker->context);
  thread->loop = g_main_loop_ref (worker->loop);
  thread->queue = mvx_log_queue_ref (queue);
  worker->thread = mvx_log_signals_thread_new (short_name, mvx_log_worker_main, thread, error);
  if (worker->thread)
    return TRUE;
  g_main_loop_unref (thread->loop);
  g_main_context_unref (thread->context);
  mvx_log_queue_unref (thread->queue);
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

gboolean
mvx_log_worker_close (MvxLogWorker *worker)
{
  MvxLogWorkerSource *source = (MvxLogWorkerSource *) worker->source;
  gboolean quiet;

  if (worker->thread)
    return FALSE;
  g_mutex_lock (&source->mutex);
  quiet = source->runner == NULL || source->runner == g_thread_self ();
  source->closed |= quiet;
  g_mutex_unlock (&source->mutex);
  return quiet;
}

void
mvx_log_worker_hurry (MvxLogWorker *worker)
{
  g_source_set_ready_time (worker->source, 0);
}

void
mvx_log_worker_join (MvxLogWorker *worker)
{
  MvxLogWorkerSource *source = (MvxLogWorkerSource *) worker->source;

  if (worker->thread)
    g_thread_join (g_thread_ref (worker->thread));
  g_mutex_lock (&source->mutex);
  source->closed = TRUE;
  while (source->runner && source->runner != g_thread_self ())
    g_cond_wait (&source->cond, &source->mutex);
  g_mutex_unlock (&source->mutex);
}

GSource *
mvx_log_worker_ref_source (MvxLogWorker *worker)
{
  return g_source_ref (worker->source);
}

/* One turn, if nobody else iterates the context. FALSE: somebody does or will, or the worker has ended. */
static gboolean
mvx_log_worker_take_turn (MvxLogWorkerSource *source, gint64 *ready_us)
{
  GMainContext *context = source->queue->context;
  gboolean taken;

  if (mvx_log_thread_get ()->spared == context || !g_main_context_acquire (context))
    return FALSE;
  taken = mvx_log_worker_enter (source);
  if (taken)
    {
      *ready_us = mvx_log_worker_run (source);
      /* For whoever comes next. */
      g_source_set_ready_time (&source->source, *ready_us);
      mvx_log_worker_leave (source);
    }
  g_main_context_release (context);
  mvx_log_queue_wake_helpers (source->queue);
  return taken;
}

/* With the help mutex: is there a reason to look again? Whoever had the turn knows what it left behind; others wait for
 * the next one to end. */
static gboolean
mvx_log_worker_has_news (MvxLogWorkerSource *source, gboolean had_turn, guint64 seen)
{
  return had_turn ? mvx_log_worker_is_wanted (source) : source->queue->n_looks != seen;
}

static void
mvx_log_worker_help_once (MvxLogWorkerSource *source, MvxLogWorkerDoneFunc done, gpointer data, gint64 deadline_us)
{
  MvxLogQueue *queue = source->queue;
  gint64 until = -1;
  gboolean in_time = TRUE;
  gboolean had_turn;
  guint64 seen;

  g_mutex_lock (&queue->help_mutex);
  seen = queue->n_looks;
  g_mutex_unlock (&queue->help_mutex);
  had_turn = mvx_log_worker_take_turn (source, &until);
  if (until < 0 || (deadline_us >= 0 && deadline_us < until))
    until = deadline_us;
  g_mutex_lock (&queue->help_mutex);
  while (in_time && !mvx_log_worker_has_news (source, had_turn, seen) && !done (data))
    {
      if (until < 0)
        g_cond_wait (&queue->helped, &queue->help_mutex);
      else
        in_time = g_cond_wait_until (&queue->helped, &queue->help_mutex, until);
    }
  g_mutex_unlock (&queue->help_mutex);
}

void
mvx_log_worker_help (GSource *base, MvxLogWorkerDoneFunc done, gpointer data, gint64 deadline_us)
{
  MvxLogWorkerSource *source = (MvxLogWorkerSource *) base;

  g_atomic_int_inc (&source->queue->n_helping);
  while (!done (data) && (deadline_us < 0 || g_get_monotonic_time () < deadline_us))
    mvx_log_worker_help_once (source, done, data, deadline_us);
  g_atomic_int_add (&source->queue->n_helping, -1);
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
