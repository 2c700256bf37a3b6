/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/mailbox-private.h"

#include <unistd.h>

#include "base/quiesce-private.h"

/* Events per turn of the context, so that its other sources get theirs. */
#define MVX_LOG_MAILBOX_TURN 64

typedef struct
{
  MvxLogEvent *const *batch;
  MvxLogEvent *event; /* a copy: the sink may give the batch up while the function has it */
} MvxLogLetter;

struct _MvxLogMailbox
{
  GMainContext *context;
  gint catches; /* atomic */

  GMutex mutex; /* what follows */
  GCond cond;
  MvxLogAsyncSink *sink;    /* not owned; only used for letters that are not abandoned */
  MvxLogFunction *function; /* NULL when closed */
  GQueue letters;
  GSource *source; /* attached while there are letters */
  guint epoch;     /* counts the abandonings */
  gboolean failed; /* nothing is delivered any more */
  GThread *runner; /* who is in the function */
  GThread *home;   /* who was last; compared only */
};

MvxLogMailbox *
mvx_log_mailbox_new (MvxLogAsyncSink *sink, GMainContext *context, MvxLogFunction *function)
{
  MvxLogMailbox *self = g_atomic_rc_box_new0 (MvxLogMailbox);

  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  g_queue_init (&self->letters);
  self->context = g_main_context_ref (context);
  self->function = function;
  self->sink = sink;
  return self;
}

MvxLogMailbox *
mvx_log_mailbox_ref (MvxLogMailbox *self)
{
  return g_atomic_rc_box_acquire (self);
}

/* Closed, hence empty. */
static void
mvx_log_mailbox_clear (gpointer data)
{
  MvxLogMailbox *self = data;

  g_main_context_unref (self->context);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
}

void
mvx_log_mailbox_unref (MvxLogMailbox *self)
{
  g_atomic_rc_box_release_full (self, mvx_log_mailbox_clear);
}

void
mvx_log_mailbox_set_catch (MvxLogMailbox *self, gboolean catch_errors)
{
  g_atomic_int_set (&self->catches, catch_errors);
}

static void
mvx_log_mailbox_free_letter (gpointer data)
{
  MvxLogLetter *letter = data;

  mvx_log_event_free (letter->event);
  g_free (letter);
}

static gboolean
mvx_log_mailbox_can_run (MvxLogMailbox *self)
{
  return self->letters.length > 0 && self->runner == NULL && !self->failed;
}

/* With the mutex. */
static void
mvx_log_mailbox_answer (MvxLogMailbox *self, const MvxLogLetter *letter, GError *error)
{
  MvxLogDispatchResult result = MVX_LOG_DISPATCH_OK;

  if (error)
    result = g_atomic_int_get (&self->catches) ? MVX_LOG_DISPATCH_DROP : MVX_LOG_DISPATCH_FAILED;
  self->failed = result == MVX_LOG_DISPATCH_FAILED;
  mvx_log_async_sink_complete (self->sink, letter->batch, result, error ? 0 : 1, error);
}

/* With the mutex, which it leaves for the call. */
static void
mvx_log_mailbox_run_one (MvxLogMailbox *self)
{
  MvxLogLetter *letter = g_queue_pop_head (&self->letters);
  MvxLogFunction *function = mvx_log_function_ref (self->function);
  guint epoch = self->epoch;
  GError *error = NULL;

  self->runner = self->home = g_thread_self ();
  g_mutex_unlock (&self->mutex);
  mvx_log_function_call (function, letter->event, &error);
  g_mutex_lock (&self->mutex);
  self->runner = NULL;
  if (self->epoch == epoch)
    mvx_log_mailbox_answer (self, letter, error);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  mvx_log_function_unref (function);
  mvx_log_mailbox_free_letter (letter);
  g_clear_error (&error);
  g_mutex_lock (&self->mutex);
}

static gboolean
mvx_log_mailbox_on_turn (gpointer data)
{
  MvxLogMailbox *self = data;
  GSource *source = NULL;
  gboolean more;

  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < MVX_LOG_MAILBOX_TURN && mvx_log_mailbox_can_run (self); i++)
    mvx_log_mailbox_run_one (self);
  /* After an abandoning the source is another one's, or gone. */
  more = self->source == g_main_current_source () && self->letters.length > 0 && !self->failed;
  if (!more && self->source == g_main_current_source ())
    source = g_steal_pointer (&self->source);
  g_mutex_unlock (&self->mutex);
  g_clear_pointer (&source, g_source_unref);
  return more ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static GSource *
mvx_log_mailbox_new_source (MvxLogMailbox *self)
{
  GSource *source = g_idle_source_new ();

  g_source_set_callback (source, mvx_log_mailbox_on_turn, mvx_log_mailbox_ref (self),
                         (GDestroyNotify) mvx_log_mailbox_unref);
  g_source_set_static_name (source, "[mvxlog] function sink");
  return source;
}

void
mvx_log_mailbox_post (MvxLogMailbox *self, MvxLogEvent *const *batch)
{
  MvxLogLetter *letter = g_new (MvxLogLetter, 1);
  g_autoptr (GSource) source = NULL;

  letter->batch = batch;
  letter->event = mvx_log_event_copy (batch[0]);
  g_mutex_lock (&self->mutex);
  g_queue_push_tail (&self->letters, letter);
  if (self->source == NULL)
    {
      self->source = mvx_log_mailbox_new_source (self);
      source = g_source_ref (self->source);
    }
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  if (source)
    g_source_attach (source, self->context);
}

void
mvx_log_mailbox_abandon (MvxLogMailbox *self)
{
  GSource *source;
  GQueue letters;

  g_mutex_lock (&self->mutex);
  self->epoch++;
  letters = self->letters;
  g_queue_init (&self->letters);
  source = g_steal_pointer (&self->source);
  g_mutex_unlock (&self->mutex);
  g_queue_clear_full (&letters, mvx_log_mailbox_free_letter);
  if (source)
    {
      g_source_destroy (source);
      g_source_unref (source);
    }
}

void
mvx_log_mailbox_close (MvxLogMailbox *self)
{
  MvxLogFunction *function;

  mvx_log_mailbox_abandon (self);
  g_mutex_lock (&self->mutex);
  function = g_steal_pointer (&self->function);
  g_mutex_unlock (&self->mutex);
  g_clear_pointer (&function, mvx_log_function_unref);
}

/* The thread that delivered so far, after its loop has ended; the main one also before it has begun. */
static gboolean
mvx_log_mailbox_is_home (MvxLogMailbox *self, GThread *home)
{
  if (home)
    return home == g_thread_self ();
  return self->context == g_main_context_default () && mvx_log_thread_get ()->tid == (guint32) getpid ();
}

MvxLogMailboxRole
mvx_log_mailbox_enter (MvxLogMailbox *self, gboolean *acquired)
{
  GThread *runner;
  GThread *home;

  g_mutex_lock (&self->mutex);
  runner = self->runner;
  home = self->home;
  g_mutex_unlock (&self->mutex);
  *acquired = FALSE;
  if (runner == g_thread_self ())
    return MVX_LOG_MAILBOX_RUNNER;
  if (g_main_context_is_owner (self->context))
    return MVX_LOG_MAILBOX_OWNER;
  *acquired = mvx_log_mailbox_is_home (self, home) && g_main_context_acquire (self->context);
  return *acquired ? MVX_LOG_MAILBOX_OWNER : MVX_LOG_MAILBOX_STRANGER;
}

void
mvx_log_mailbox_leave (MvxLogMailbox *self, gboolean acquired)
{
  if (acquired)
    g_main_context_release (self->context);
}

void
mvx_log_mailbox_serve (MvxLogMailbox *self, const gboolean *done)
{
  g_mutex_lock (&self->mutex);
  while (!*done)
    {
      if (mvx_log_mailbox_can_run (self))
        mvx_log_mailbox_run_one (self);
      else
        g_cond_wait (&self->cond, &self->mutex);
    }
  g_mutex_unlock (&self->mutex);
}

void
mvx_log_mailbox_finish (MvxLogMailbox *self, gboolean *done)
{
  g_mutex_lock (&self->mutex);
  *done = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}
