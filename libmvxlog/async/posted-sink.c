/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "async/mailbox-private.h"
#include "async/posted-sink-private.h"
#include "base/diag-private.h"
#include "base/signals-private.h"
#include "sink/sink-private.h"

/* Batches of one, so that one that is dropped takes no other with it; this many may be on the context. */
#define MVX_LOG_POSTED_IN_FLIGHT 256
#define MVX_LOG_POSTED_DRAIN_US (5 * G_USEC_PER_SEC)

struct _MvxLogPostedSink
{
  MvxLogAsyncSink parent_instance;
  MvxLogMailbox *mailbox;
  gint closed; /* atomic */
};

/* Something to wait for. */
typedef gboolean (*MvxLogPostedFunc) (MvxLogSink *sink, gint64 deadline_us, GError **error);

typedef struct
{
  MvxLogPostedSink *self;
  MvxLogPostedFunc func;
  gint64 deadline_us;
  gboolean ok;
  GError *error;
  gboolean done;
} MvxLogPostedWait;

static MvxLogSinkInterface *mvx_log_posted_sink_parent_iface;

static void mvx_log_posted_sink_iface_init (MvxLogSinkInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MvxLogPostedSink,
                               mvx_log_posted_sink,
                               MVX_LOG_TYPE_ASYNC_SINK,
                               G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_SINK, mvx_log_posted_sink_iface_init))

static MvxLogDispatchResult
mvx_log_posted_sink_dispatch (MvxLogAsyncSink *sink,
                              MvxLogEvent *const *events,
                              guint n_events,
                              guint *n_done,
                              GError **error)
{
  mvx_log_mailbox_post (MVX_LOG_POSTED_SINK (sink)->mailbox, events);
  return MVX_LOG_DISPATCH_PENDING;
}

/* What is still on the context is about to be counted as lost. */
static gboolean
mvx_log_posted_sink_stopped (MvxLogAsyncSink *sink, GError **error)
{
  mvx_log_mailbox_abandon (MVX_LOG_POSTED_SINK (sink)->mailbox);
  return TRUE;
}

static gpointer
mvx_log_posted_sink_wait_thread (gpointer data)
{
  MvxLogPostedWait *wait = data;

  wait->ok = wait->func (MVX_LOG_SINK (wait->self), wait->deadline_us, &wait->error);
  mvx_log_mailbox_finish (wait->self->mailbox, &wait->done);
  return NULL;
}

/* The caller's thread is the one that iterates the context: it delivers while another waits. */
static gboolean
mvx_log_posted_sink_wait_as_owner (MvxLogPostedSink *self, MvxLogPostedFunc func, gint64 deadline_us, GError **error)
{
  MvxLogPostedWait wait = { .self = self, .func = func, .deadline_us = deadline_us };
  GThread *thread = mvx_log_signals_thread_new ("mvx:wait", mvx_log_posted_sink_wait_thread, &wait, error);

  if (thread == NULL)
    return FALSE;
  mvx_log_mailbox_serve (self->mailbox, &wait.done);
  g_thread_join (thread);
  if (wait.error)
    g_propagate_error (error, wait.error);
  return wait.ok;
}

static gboolean
mvx_log_posted_sink_wait (MvxLogPostedSink *self,
                          const char *what,
                          MvxLogPostedFunc func,
                          gint64 deadline_us,
                          GError **error)
{
  g_autofree char *name = NULL;
  gboolean acquired;
  gboolean ok;

  switch (mvx_log_mailbox_enter (self->mailbox, &acquired))
    {
    case MVX_LOG_MAILBOX_RUNNER:
      name = mvx_log_sink_dup_name (MVX_LOG_SINK (self));
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK,
                   "Cannot %s sink '%s' in its own function; do it after the function has returned", what,
                   name ? name : "unnamed");
      return FALSE;
    case MVX_LOG_MAILBOX_OWNER:
      ok = mvx_log_posted_sink_wait_as_owner (self, func, deadline_us, error);
      mvx_log_mailbox_leave (self->mailbox, acquired);
      return ok;
    case MVX_LOG_MAILBOX_STRANGER:
    default:
      return func (MVX_LOG_SINK (self), deadline_us, error);
    }
}

static gboolean
mvx_log_posted_sink_flush (MvxLogSink *sink, gint64 deadline_us, GError **error)
{
  return mvx_log_posted_sink_wait (MVX_LOG_POSTED_SINK (sink), "flush", mvx_log_posted_sink_parent_iface->flush,
                                   deadline_us, error);
}

static gboolean
mvx_log_posted_sink_terminate (MvxLogSink *sink, gint64 deadline_us, GError **error)
{
  MvxLogPostedSink *self = MVX_LOG_POSTED_SINK (sink);
  g_autoptr (GError) why = NULL;
  gboolean ok
      = mvx_log_posted_sink_wait (self, "terminate", mvx_log_posted_sink_parent_iface->terminate, deadline_us, &why);

  if (!g_error_matches (why, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK)
      && !g_error_matches (why, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN))
    {
      g_atomic_int_set (&self->closed, TRUE);
      mvx_log_mailbox_close (self->mailbox);
    }
  if (why)
    g_propagate_error (error, g_steal_pointer (&why));
  return ok;
}

static void
mvx_log_posted_sink_iface_init (MvxLogSinkInterface *iface)
{
  mvx_log_posted_sink_parent_iface = g_type_interface_peek_parent (iface);
  iface->flush = mvx_log_posted_sink_flush;
  iface->terminate = mvx_log_posted_sink_terminate;
}

static void
mvx_log_posted_sink_dispose (GObject *object)
{
  MvxLogPostedSink *self = MVX_LOG_POSTED_SINK (object);
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;

  if (!g_atomic_int_get (&self->closed)
      && !mvx_log_posted_sink_terminate (MVX_LOG_SINK (self), g_get_monotonic_time () + MVX_LOG_POSTED_DRAIN_US,
                                         &error))
    {
      name = mvx_log_sink_dup_name (MVX_LOG_SINK (self));
      mvx_log_diag (MVX_LOG_LEVEL_ERROR, "Sink '%s' went away: %s", name ? name : "unnamed", error->message);
    }
  G_OBJECT_CLASS (mvx_log_posted_sink_parent_class)->dispose (object);
  mvx_log_mailbox_close (self->mailbox);
}

static void
mvx_log_posted_sink_finalize (GObject *object)
{
  mvx_log_mailbox_unref (MVX_LOG_POSTED_SINK (object)->mailbox);
  G_OBJECT_CLASS (mvx_log_posted_sink_parent_class)->finalize (object);
}

static void
mvx_log_posted_sink_class_init (MvxLogPostedSinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  MvxLogAsyncSinkClass *sink_class = MVX_LOG_ASYNC_SINK_CLASS (klass);

  object_class->dispose = mvx_log_posted_sink_dispose;
  object_class->finalize = mvx_log_posted_sink_finalize;
  sink_class->dispatch = mvx_log_posted_sink_dispatch;
  sink_class->stopped = mvx_log_posted_sink_stopped;
}

static void
mvx_log_posted_sink_init (MvxLogPostedSink *self)
{
}

MvxLogSink *
mvx_log_posted_sink_new (const char *name, MvxLogFunction *function, GMainContext *context)
{
  MvxLogPostedSink *self = g_object_new (MVX_LOG_TYPE_POSTED_SINK, NULL);
  MvxLogAsyncConfig config = { .name = name, .batch_max = 1, .max_in_flight = MVX_LOG_POSTED_IN_FLIGHT };

  mvx_log_async_sink_set_config (MVX_LOG_ASYNC_SINK (self), &config);
  self->mailbox = mvx_log_mailbox_new (MVX_LOG_ASYNC_SINK (self), context, function);
  return MVX_LOG_SINK (self);
}

void
mvx_log_posted_sink_set_catch (MvxLogPostedSink *self, gboolean catch_errors)
{
  mvx_log_mailbox_set_catch (self->mailbox, catch_errors);
}
