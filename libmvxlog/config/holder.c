/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/async-sink.h>
#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "async/async-sink-private.h"
#include "async/queue-private.h"
#include "base/diag-private.h"
#include "base/translate-private.h"
#include "config/holder-private.h"
#include "sink/sink-private.h"

/* A sink is away for as long as it takes to drain and to make it: no reason to hold more than a queue does. */
#define MVX_LOG_HOLDER_MAX 10000
/* As long as a sink with queue-overflow=block waits by default. */
#define MVX_LOG_HOLDER_WAIT_US G_USEC_PER_SEC

typedef enum
{
  MVX_LOG_HOLDER_HOLDING,
  MVX_LOG_HOLDER_DRAINING, /* what is held goes out; who logs waits, so that this ends and the order stays */
  MVX_LOG_HOLDER_OPEN      /* straight to the target */
} MvxLogHolderState;

struct _MvxLogHolder
{
  GObject parent_instance;

  GMutex mutex;
  GCond cond;
  GQueue events;
  MvxLogHolderState state;
  MvxLogSink *target;
  GThread *owner;    /* it will release, so it must not wait for that */
  gboolean may_wait; /* the sink delivers in the caller's thread, or is to hold it up before it loses anything */
  guint n_refused;
};

static void mvx_log_holder_sink_init (MvxLogSinkInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MvxLogHolder,
                               mvx_log_holder,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_SINK, mvx_log_holder_sink_init))

/* With the mutex: can the event neither be kept nor passed on at the moment? */
static gboolean
mvx_log_holder_is_full (MvxLogHolder *self)
{
  return self->state == MVX_LOG_HOLDER_DRAINING
         || (self->state == MVX_LOG_HOLDER_HOLDING && g_queue_get_length (&self->events) >= MVX_LOG_HOLDER_MAX);
}

/* With the mutex. */
static void
mvx_log_holder_wait (MvxLogHolder *self)
{
  gint64 deadline_us = g_get_monotonic_time () + MVX_LOG_HOLDER_WAIT_US;

  if (self->owner == g_thread_self () || (self->state == MVX_LOG_HOLDER_HOLDING && !self->may_wait))
    return;
  while (mvx_log_holder_is_full (self) && g_cond_wait_until (&self->cond, &self->mutex, deadline_us))
    ;
}

static void
mvx_log_holder_set_full (GError **error)
{
  if (error && *error == NULL)
    g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_QUEUE_OVERFLOW,
                 _ ("The sink is being replaced and as many events as can be kept (%d) already wait for it"),
                 MVX_LOG_HOLDER_MAX);
}

static gboolean
mvx_log_holder_log (MvxLogSink *sink, const MvxLogEvent *event, GError **error)
{
  MvxLogHolder *self = MVX_LOG_HOLDER (sink);
  gboolean open;
  gboolean held;

  g_mutex_lock (&self->mutex);
  if (mvx_log_holder_is_full (self))
    mvx_log_holder_wait (self);
  open = self->state == MVX_LOG_HOLDER_OPEN;
  held = !open && !mvx_log_holder_is_full (self);
  if (held)
    g_queue_push_tail (&self->events, mvx_log_event_copy (event));
  else if (!open)
    self->n_refused++;
  g_mutex_unlock (&self->mutex);
  if (open)
    return mvx_log_sink_log_shaped (self->target, event, error);
  if (!held)
    mvx_log_holder_set_full (error);
  return held;
}

static gboolean
mvx_log_holder_stands_for_waiting (MvxLogSink *sink)
{
  return !MVX_LOG_IS_ASYNC_SINK (sink)
         || mvx_log_async_sink_get_queue (MVX_LOG_ASYNC_SINK (sink))->overflow == MVX_LOG_OVERFLOW_BLOCK;
}

MvxLogSink *
mvx_log_holder_new (MvxLogSink *sink)
{
  MvxLogHolder *self = g_object_new (MVX_LOG_TYPE_HOLDER, NULL);
  g_autofree char *name = mvx_log_sink_dup_name (sink);

  self->owner = g_thread_self ();
  self->may_wait = mvx_log_holder_stands_for_waiting (sink);
  mvx_log_sink_set_name (MVX_LOG_SINK (self), name);
  mvx_log_sink_set_level (MVX_LOG_SINK (self), mvx_log_sink_get_level (sink));
  mvx_log_sink_set_enabled (MVX_LOG_SINK (self), mvx_log_sink_get_enabled (sink));
  return MVX_LOG_SINK (self);
}

void
mvx_log_holder_release (MvxLogHolder *self, MvxLogSink *target)
{
  g_autofree char *name = mvx_log_sink_dup_name (target);
  g_autoptr (GError) first = NULL;
  guint n_lost = 0;

  g_mutex_lock (&self->mutex);
  g_set_object (&self->target, target);
  self->state = MVX_LOG_HOLDER_DRAINING;
  g_mutex_unlock (&self->mutex);
  /* Nobody else touches the queue any more. */
  while (!g_queue_is_empty (&self->events))
    {
      g_autoptr (MvxLogEvent) event = g_queue_pop_head (&self->events);

      if (!mvx_log_sink_log_shaped (target, event, first ? NULL : &first))
        n_lost++;
    }
  g_mutex_lock (&self->mutex);
  if (self->n_refused > 0)
    mvx_log_holder_set_full (&first);
  n_lost += self->n_refused;
  self->state = MVX_LOG_HOLDER_OPEN;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  if (n_lost > 0)
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "sink '%s' refused %u events that were logged while it was replaced: %s",
                  name ? name : "unnamed", n_lost, first ? first->message : "no reason given");
}

static void
mvx_log_holder_sink_init (MvxLogSinkInterface *iface)
{
  iface->log = mvx_log_holder_log;
}

static void
mvx_log_holder_finalize (GObject *object)
{
  MvxLogHolder *self = MVX_LOG_HOLDER (object);

  g_queue_clear_full (&self->events, (GDestroyNotify) mvx_log_event_free);
  g_clear_object (&self->target);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (mvx_log_holder_parent_class)->finalize (object);
}

static void
mvx_log_holder_class_init (MvxLogHolderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mvx_log_holder_finalize;
}

static void
mvx_log_holder_init (MvxLogHolder *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  g_queue_init (&self->events);
}
