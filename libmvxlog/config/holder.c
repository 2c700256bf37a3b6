/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "base/diag-private.h"
#include "config/holder-private.h"
#include "sink/sink-private.h"

/* A sink is away for as long as it takes to drain and to make it: no reason to hold more than a queue does. */
#define MVX_LOG_HOLDER_MAX 10000

struct _MvxLogHolder
{
  GObject     parent_instance;

  GMutex      mutex;
  GQueue      events;
  MvxLogSink *target;
  gboolean    open; /* nothing is held any more: straight to the target */
};

static void mvx_log_holder_sink_init (MvxLogSinkInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MvxLogHolder,
                               mvx_log_holder,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_SINK, mvx_log_holder_sink_init))

static gboolean
mvx_log_holder_log (MvxLogSink        *sink,
                    const MvxLogEvent *event,
                    GError           **error)
{
  MvxLogHolder *self = MVX_LOG_HOLDER (sink);
  gboolean open;
  gboolean held;

  g_mutex_lock (&self->mutex);
  open = self->open;
  held = !open && g_queue_get_length (&self->events) < MVX_LOG_HOLDER_MAX;
  if (held)
    g_queue_push_tail (&self->events, mvx_log_event_copy (event));
  g_mutex_unlock (&self->mutex);
  if (open)
    return mvx_log_sink_log (self->target, event, error);
  if (!held)
    g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_QUEUE_OVERFLOW,
                 "The sink is being replaced and %d events already wait for it", MVX_LOG_HOLDER_MAX);
  return held;
}

MvxLogSink *
mvx_log_holder_new (MvxLogSink *sink)
{
  MvxLogSink *self = g_object_new (MVX_LOG_TYPE_HOLDER, NULL);
  g_autofree char *name = mvx_log_sink_dup_name (sink);

  mvx_log_sink_set_name (self, name);
  mvx_log_sink_set_level (self, mvx_log_sink_get_level (sink));
  mvx_log_sink_set_enabled (self, mvx_log_sink_get_enabled (sink));
  return self;
}

void
mvx_log_holder_release (MvxLogHolder *self,
                        MvxLogSink   *target)
{
  g_autofree char *name = mvx_log_sink_dup_name (target);
  g_autoptr (GError) first = NULL;
  guint n_lost = 0;

  g_mutex_lock (&self->mutex);
  g_set_object (&self->target, target);
  while (!self->open)
    {
      g_autoptr (MvxLogEvent) event = g_queue_pop_head (&self->events);

      if (event == NULL)
        {
          self->open = TRUE;
          break;
        }
      /* What is logged meanwhile queues up behind, so that the order stays. */
      g_mutex_unlock (&self->mutex);
      if (!mvx_log_sink_log (target, event, first ? NULL : &first))
        n_lost++;
      g_mutex_lock (&self->mutex);
    }
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
  g_queue_init (&self->events);
}
