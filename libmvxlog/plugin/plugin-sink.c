/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "base/diag-private.h"
#include "base/error-private.h"
#include "base/translate-private.h"
#include "plugin/plugin-instance-private.h"
#include "plugin/plugin-loss-private.h"
#include "plugin/plugin-sink-private.h"
#include "sink/ledger-private.h"
#include "sink/sink-private.h"

#define MVX_LOG_PLUGIN_SINK_TIMEOUT_US (5 * G_USEC_PER_SEC)

typedef enum
{
  MVX_LOG_PLUGIN_SINK_RUNNING,
  MVX_LOG_PLUGIN_SINK_OFFLINE,
  MVX_LOG_PLUGIN_SINK_CLOSED
} MvxLogPluginSinkState;

struct _MvxLogPluginSink
{
  GObject parent_instance;
  MvxLogPluginInstance *instance; /* owned by the object's data; NULL if create() failed */
  gboolean ignores_late;
  gint state;              /* atomic: MvxLogPluginSinkState */
  MvxLogCounters counters; /* each atomic */

  MvxLogPluginLoss lost; /* who is inside the plugin: what it was not told of yet */
  gboolean works;        /* the same: it took the last event */

  GMutex mutex; /* what follows */
  GCond cond;
  GThread *terminating;
  GError *cause; /* of OFFLINE */
};

static void mvx_log_plugin_sink_iface_init (MvxLogSinkInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MvxLogPluginSink,
                               mvx_log_plugin_sink,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_SINK, mvx_log_plugin_sink_iface_init))

static void
mvx_log_plugin_sink_go_offline (MvxLogPluginSink *self, const GError *cause)
{
  g_mutex_lock (&self->mutex);
  if (self->cause == NULL)
    self->cause = g_error_copy (cause);
  g_mutex_unlock (&self->mutex);
  g_atomic_int_compare_and_exchange (&self->state, MVX_LOG_PLUGIN_SINK_RUNNING, MVX_LOG_PLUGIN_SINK_OFFLINE);
  mvx_log_sink_set_health (mvx_log_sink_common (MVX_LOG_SINK (self)), MVX_LOG_SINK_HEALTH_DOWN, 0);
}

static GVariant *
mvx_log_plugin_sink_state_details (const char *name, const char *state)
{
  return g_variant_new_parsed ("{'sink-name': <%s>, 'sink-state': <%s>, 'expected-states': <'running'>}", name, state);
}

/* TRUE if the event is to be taken. */
static gboolean
mvx_log_plugin_sink_check_state (MvxLogPluginSink *self, GError **error)
{
  const char *name = mvx_log_plugin_instance_get_name (self->instance);

  switch (g_atomic_int_get (&self->state))
    {
    case MVX_LOG_PLUGIN_SINK_RUNNING:
      return TRUE;
    case MVX_LOG_PLUGIN_SINK_OFFLINE:
      {
        g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

        g_propagate_error (error,
                           mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE, self->cause,
                                              mvx_log_plugin_sink_state_details (name, "offline"),
                                              "Sink '%s' is offline since an error: %s", name, self->cause->message));
        return FALSE;
      }
    default:
      g_propagate_error (error, mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE, NULL,
                                                   mvx_log_plugin_sink_state_details (name, "closed"),
                                                   "Sink '%s' has been closed; configure it again to use it", name));
      return FALSE;
    }
}

static gboolean
mvx_log_plugin_sink_refuse (MvxLogPluginSink *self, const MvxLogEvent *event, MvxLogReason reason)
{
  mvx_log_ledger_refuse (&self->counters, mvx_log_event_get_level (event), reason);
  return FALSE;
}

/* An event that never can be delivered is accepted and dropped, as on a worker; one that cannot be delivered now is
 * refused, for there is no queue to keep it in. */
static gboolean
mvx_log_plugin_sink_settle (MvxLogPluginSink *self,
                            const MvxLogEvent *event,
                            MvxLogDispatchResult result,
                            guint n_done,
                            GError *reason,
                            GError **error)
{
  const char *name = mvx_log_plugin_instance_get_name (self->instance);

  mvx_log_ledger_count (&self->counters.batches);
  if (result != MVX_LOG_DISPATCH_OK)
    mvx_log_ledger_count (&self->counters.failed);
  if (n_done > 0)
    {
      mvx_log_ledger_count (&self->counters.accepted);
      mvx_log_ledger_count (&self->counters.delivered);
      g_clear_error (&reason);
      return TRUE;
    }
  if (result == MVX_LOG_DISPATCH_DROP)
    {
      mvx_log_ledger_count (&self->counters.accepted);
      mvx_log_ledger_drop (&self->counters, mvx_log_event_get_level (event), MVX_LOG_REASON_REJECTED);
      mvx_log_diag (MVX_LOG_LEVEL_WARNING, "Sink '%s' dropped an event: %s", name, reason->message);
      g_clear_error (&reason);
      return TRUE;
    }
  mvx_log_error_wrap (&reason, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED,
                      "Sink '%s' could not deliver an event", name);
  g_propagate_error (error, reason);
  return mvx_log_plugin_sink_refuse (self, event, MVX_LOG_REASON_ERROR);
}

/* One event like any other, of which nobody else is told if it does not arrive. While inside. */
static gboolean
mvx_log_plugin_sink_tell (MvxLogPluginSink *self, MvxLogEvent *event)
{
  g_autoptr (GError) unheard = NULL;
  MvxLogDispatchResult result;
  GError *reason = NULL;
  guint n_done = 0;

  mvx_log_ledger_count (&self->counters.offered);
  result = mvx_log_plugin_instance_dispatch (self->instance, &event, 1, &n_done, &reason);
  self->works = n_done > 0;
  if (result == MVX_LOG_DISPATCH_FAILED)
    mvx_log_plugin_sink_go_offline (self, reason);
  mvx_log_plugin_sink_settle (self, event, result, n_done, reason, &unheard);
  return n_done > 0;
}

/* What was lost is told in the sink itself, where whoever reads it finds the gap, when it works again. Those that
 * forward have members that do so. While inside. */
static void
mvx_log_plugin_sink_tell_losses (MvxLogPluginSink *self, gboolean last)
{
  const MvxLogSinkCommon *common = mvx_log_sink_common (MVX_LOG_SINK (self));
  const char *name = mvx_log_plugin_instance_get_name (self->instance);
  gboolean heard = MVX_LOG_LEVEL_WARNING >= mvx_log_sink_threshold (common) && common->members == NULL;
  MvxLogPluginLossCause cause;

  if (!heard)
    mvx_log_plugin_loss_clear (&self->lost);
  /* Nothing is handed over any more behind a terminator that did not wait. */
  while (self->works && (last || g_atomic_int_get (&self->state) == MVX_LOG_PLUGIN_SINK_RUNNING))
    {
      g_autoptr (MvxLogEvent) event = mvx_log_plugin_loss_next (&self->lost, name, last, &cause);

      if (event == NULL)
        return;
      if (mvx_log_plugin_sink_tell (self, event))
        mvx_log_plugin_loss_told (&self->lost, cause);
      else
        mvx_log_plugin_loss_defer (&self->lost);
    }
}

/* While inside. An event that took the sink out of use for good is told of by its error, and so are all behind it. */
static void
mvx_log_plugin_sink_note (MvxLogPluginSink *self,
                          const MvxLogEvent *event,
                          MvxLogDispatchResult result,
                          guint n_done,
                          const GError *reason)
{
  self->works = n_done > 0;
  if (n_done == 0 && result == MVX_LOG_DISPATCH_RETRY)
    mvx_log_plugin_loss_note (&self->lost, MVX_LOG_PLUGIN_LOSS_NOT_NOW, event, reason);
  else if (n_done == 0 && result == MVX_LOG_DISPATCH_DROP)
    mvx_log_plugin_loss_note (&self->lost, MVX_LOG_PLUGIN_LOSS_REJECTED, event, reason);
  else if (G_UNLIKELY (self->lost.some) && result == MVX_LOG_DISPATCH_OK)
    mvx_log_plugin_sink_tell_losses (self, FALSE);
}

static gboolean
mvx_log_plugin_sink_log (MvxLogSink *sink, const MvxLogEvent *event, GError **error)
{
  MvxLogPluginSink *self = MVX_LOG_PLUGIN_SINK (sink);
  MvxLogEvent *events[1] = { (MvxLogEvent *) event };
  MvxLogDispatchResult result;
  GError *reason = NULL;
  guint n_done = 0;

  mvx_log_ledger_count (&self->counters.offered);
  if (!mvx_log_plugin_instance_enter (self->instance, -1, &reason))
    {
      gboolean closed = g_error_matches (reason, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE);

      mvx_log_plugin_sink_refuse (self, event, closed ? MVX_LOG_REASON_STATE : MVX_LOG_REASON_ERROR);
      if (closed && self->ignores_late)
        g_clear_error (&reason);
      if (reason)
        g_propagate_error (error, reason);
      return closed && self->ignores_late;
    }
  if (!mvx_log_plugin_sink_check_state (self, &reason))
    {
      gboolean ignored = self->ignores_late && g_atomic_int_get (&self->state) == MVX_LOG_PLUGIN_SINK_CLOSED;

      mvx_log_plugin_instance_leave (self->instance);
      mvx_log_plugin_sink_refuse (self, event, MVX_LOG_REASON_STATE);
      if (ignored)
        g_clear_error (&reason);
      else
        g_propagate_error (error, reason);
      return ignored;
    }
  result = mvx_log_plugin_instance_dispatch (self->instance, events, 1, &n_done, &reason);
  /* Settled before others come in: they must find it offline. */
  if (result == MVX_LOG_DISPATCH_FAILED)
    mvx_log_plugin_sink_go_offline (self, reason);
  mvx_log_plugin_sink_note (self, event, result, n_done, reason);
  mvx_log_plugin_instance_leave (self->instance);
  return mvx_log_plugin_sink_settle (self, event, result, n_done, reason, error);
}

static gboolean
mvx_log_plugin_sink_flush (MvxLogSink *sink, gint64 deadline_us, GError **error)
{
  MvxLogPluginSink *self = MVX_LOG_PLUGIN_SINK (sink);

  if (g_atomic_int_get (&self->state) == MVX_LOG_PLUGIN_SINK_CLOSED)
    return TRUE;
  if (!mvx_log_plugin_sink_check_state (self, error))
    return FALSE;
  return mvx_log_plugin_instance_flush (self->instance, deadline_us, error);
}

static gboolean
mvx_log_plugin_sink_reopen (MvxLogSink *sink, GError **error)
{
  MvxLogPluginSink *self = MVX_LOG_PLUGIN_SINK (sink);

  if (g_atomic_int_get (&self->state) == MVX_LOG_PLUGIN_SINK_CLOSED)
    return TRUE;
  return mvx_log_plugin_instance_call (self->instance, "reopen",
                                       mvx_log_plugin_instance_get_plugin (self->instance)->reopen,
                                       g_get_monotonic_time () + MVX_LOG_PLUGIN_SINK_TIMEOUT_US, error);
}

/* Waits for another terminator. FALSE with an error, or with @done set: nothing is left to do. */
static gboolean
mvx_log_plugin_sink_begin_termination (MvxLogPluginSink *self, gint64 deadline_us, gboolean *done, GError **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);
  const char *name = mvx_log_plugin_instance_get_name (self->instance);
  gboolean in_time = TRUE;

  if (self->terminating == g_thread_self ())
    {
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK,
                   _ ("Sink '%s' is being closed by this very thread; a plugin must not close its own sink"), name);
      return FALSE;
    }
  while (self->terminating && in_time)
    {
      if (deadline_us < 0)
        g_cond_wait (&self->cond, &self->mutex);
      else
        in_time = g_cond_wait_until (&self->cond, &self->mutex, deadline_us);
    }
  if (self->terminating)
    {
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT,
                   _ ("Sink '%s' is still being closed by another thread; allow more time"), name);
      return FALSE;
    }
  *done = mvx_log_plugin_instance_is_closed (self->instance);
  if (!*done)
    self->terminating = g_thread_self ();
  return !*done;
}

/* What can be said of an orderly end; the instance goes in any case. */
static gboolean
mvx_log_plugin_sink_wind_up (MvxLogPluginSink *self, gboolean healthy, gint64 deadline_us, GError **error)
{
  const MvxLogPlugin *plugin = mvx_log_plugin_instance_get_plugin (self->instance);
  const char *name = mvx_log_plugin_instance_get_name (self->instance);
  g_autoptr (GError) first = NULL;
  g_autoptr (GError) second = NULL;

  /* Entering also waits for who is inside. */
  if (!mvx_log_plugin_instance_enter (self->instance, deadline_us, error))
    return FALSE;
  if (healthy && self->lost.some)
    mvx_log_plugin_sink_tell_losses (self, TRUE);
  mvx_log_plugin_instance_leave (self->instance);
  if (healthy)
    mvx_log_plugin_instance_flush (self->instance, deadline_us, &first);
  if (!mvx_log_plugin_instance_call (self->instance, "on_stopped", plugin->on_stopped, deadline_us, &second) && !first)
    {
      mvx_log_error_wrap (&second, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_ON_STOPPED_FAILED,
                          "Plugin '%s' could not end sink '%s' in order", plugin->name, name);
      first = g_steal_pointer (&second);
    }
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}

static gboolean
mvx_log_plugin_sink_terminate (MvxLogSink *sink, gint64 deadline_us, GError **error)
{
  MvxLogPluginSink *self = MVX_LOG_PLUGIN_SINK (sink);
  g_autoptr (GError) local = NULL;
  gboolean done = FALSE;
  gint before;

  if (!mvx_log_plugin_sink_begin_termination (self, deadline_us, &done, error))
    return done;
  before = g_atomic_int_get (&self->state);
  g_atomic_int_set (&self->state, MVX_LOG_PLUGIN_SINK_CLOSED);
  mvx_log_plugin_sink_wind_up (self, before == MVX_LOG_PLUGIN_SINK_RUNNING, deadline_us, &local);
  if (g_error_matches (local, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK))
    g_atomic_int_set (&self->state, before); /* refused, not done */
  else
    {
      mvx_log_sink_set_health (mvx_log_sink_common (sink), MVX_LOG_SINK_HEALTH_DOWN, 0);
      mvx_log_plugin_instance_close (self->instance);
    }

  g_mutex_lock (&self->mutex);
  self->terminating = NULL;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static void
mvx_log_plugin_sink_get_counters (MvxLogSink *sink, MvxLogCounters *counters)
{
  mvx_log_ledger_read (&MVX_LOG_PLUGIN_SINK (sink)->counters, counters);
}

static void
mvx_log_plugin_sink_iface_init (MvxLogSinkInterface *iface)
{
  iface->log = mvx_log_plugin_sink_log;
  iface->flush = mvx_log_plugin_sink_flush;
  iface->reopen = mvx_log_plugin_sink_reopen;
  iface->terminate = mvx_log_plugin_sink_terminate;
  iface->get_counters = mvx_log_plugin_sink_get_counters;
}

static void
mvx_log_plugin_sink_dispose (GObject *object)
{
  MvxLogPluginSink *self = MVX_LOG_PLUGIN_SINK (object);

  /* Nobody terminated it: the plugin still gets its on_stopped. */
  if (self->instance)
    mvx_log_plugin_sink_terminate (MVX_LOG_SINK (self), g_get_monotonic_time () + MVX_LOG_PLUGIN_SINK_TIMEOUT_US, NULL);
  self->instance = NULL;
  G_OBJECT_CLASS (mvx_log_plugin_sink_parent_class)->dispose (object);
}

static void
mvx_log_plugin_sink_finalize (GObject *object)
{
  MvxLogPluginSink *self = MVX_LOG_PLUGIN_SINK (object);

  mvx_log_plugin_loss_clear (&self->lost);
  g_clear_error (&self->cause);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (mvx_log_plugin_sink_parent_class)->finalize (object);
}

static void
mvx_log_plugin_sink_class_init (MvxLogPluginSinkClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = mvx_log_plugin_sink_dispose;
  G_OBJECT_CLASS (klass)->finalize = mvx_log_plugin_sink_finalize;
}

static void
mvx_log_plugin_sink_init (MvxLogPluginSink *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
}

MvxLogSink *
mvx_log_plugin_sink_new (const MvxLogStaticPlugin *plugin,
                         const char *name,
                         MvxLogOptions *options,
                         gboolean ignores_late,
                         GError **error)
{
  g_autoptr (MvxLogPluginSink) self = g_object_new (MVX_LOG_TYPE_PLUGIN_SINK, NULL);
  g_autoptr (GError) local = NULL;

  self->ignores_late = ignores_late;
  self->instance = mvx_log_plugin_instance_new (plugin, name, options, NULL, MVX_LOG_SINK (self), error);
  if (self->instance == NULL)
    return NULL;
  if (mvx_log_plugin_instance_call (self->instance, "on_starting", plugin->plugin->on_starting, -1, &local))
    return MVX_LOG_SINK (g_steal_pointer (&self));
  /* Nothing to stop: it never started. */
  mvx_log_plugin_instance_close (self->instance);
  mvx_log_error_wrap (&local, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_ON_STARTING_FAILED,
                      "Plugin '%s' could not start sink '%s'", plugin->plugin->name, name);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}
