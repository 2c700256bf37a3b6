/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>

#include "base/atfork-private.h"
#include "base/error-private.h"
#include "base/signals-private.h"
#include "base/translate-private.h"
#include <time.h>

#include "plugin/plugin-instance-private.h"
#include "sink/members-private.h"
#include "sink/sink-private.h"

struct _MvxLogPluginInstance
{
  const MvxLogStaticPlugin *api;
  MvxLogSink *sink; /* its owner */
  char *name;       /* the sink's */
  guint generation; /* mvx_log_fork_generation at its birth */
  MvxLogSinkHost *host;

  GMutex mutex; /* what follows; never held over a call into the plugin */
  GCond cond;
  MvxLogOptions *options;
  gpointer data;   /* what create() returned */
  gpointer dying;  /* the same, while a thread destroys it */
  GThread *inside; /* in a call into the plugin */
  gint64 since_us; /* when it went there */
  guint n_waiting;
  gboolean closed;
};

/* What a plugin has to be destroyed, also if the deadline has passed with what came before. */
#define MVX_LOG_PLUGIN_DESTROY_US G_USEC_PER_SEC

#define MVX_LOG_PLUGIN_INSTANCE_KEY "mvx-log-plugin-self"

static void
mvx_log_plugin_instance_free (gpointer data)
{
  MvxLogPluginInstance *self = data;

  /* What a plugin has is its own process's. */
  if (self->data && self->generation == mvx_log_fork_generation)
    self->api->plugin->destroy (self->data);
  g_clear_pointer (&self->host, mvx_log_sink_host_free);
  g_clear_pointer (&self->options, mvx_log_options_unref);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self->name);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogPluginInstance, mvx_log_plugin_instance_free)

/* An instance or an error, and not both: an instance that comes with an error is not used. */
static gboolean
mvx_log_plugin_instance_create (MvxLogPluginInstance *self, GError **error)
{
  const MvxLogPlugin *plugin = self->api->plugin;
  g_autoptr (GError) local = NULL;
  gpointer data = self->api->create (self->options, self->host, &local);

  if (data && local == NULL)
    {
      self->data = data;
      return TRUE;
    }
  if (data)
    plugin->destroy (data);
  if (local == NULL)
    local = g_error_new_literal (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNEXPECTED,
                                 "create returned nothing and gave no reason; report this to whoever wrote the plugin");
  mvx_log_error_wrap (&local, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CREATE_FAILED,
                      "Plugin '%s' could not create sink '%s'", plugin->name, self->name);
  mvx_log_error_take_details (local,
                              g_variant_new_parsed ("{'sink-name': <%s>, 'plugin': <%s>}", self->name, plugin->name));
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

MvxLogPluginInstance *
mvx_log_plugin_instance_new (const MvxLogStaticPlugin *api,
                             const char *sink_name,
                             MvxLogOptions *options,
                             const MvxLogHostFuncs *funcs,
                             MvxLogSink *sink,
                             GError **error)
{
  g_autoptr (MvxLogPluginInstance) self = g_new0 (MvxLogPluginInstance, 1);
  MvxLogPluginInstance *attached;
  MvxLogMembers *members;

  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->api = api;
  self->sink = sink;
  self->generation = mvx_log_fork_generation;
  self->name = g_strdup (sink_name);
  self->options = mvx_log_options_ref (options);
  self->host = mvx_log_sink_host_new (sink_name, funcs, sink);
  if (!mvx_log_plugin_instance_create (self, error))
    return NULL;
  /* The last thing that goes when the sink is finalised, so that nothing of the sink can outlive it. */
  attached = g_steal_pointer (&self);
  members = mvx_log_sink_host_get_members (attached->host);
  if (members)
    mvx_log_sink_common (sink)->members = mvx_log_members_ref (members);
  g_object_set_data (G_OBJECT (sink), "mvx-log-plugin", (gpointer) api);
  g_object_set_data (G_OBJECT (sink), "mvx-log-plugin-instance", attached->data);
  g_object_set_data_full (G_OBJECT (sink), MVX_LOG_PLUGIN_INSTANCE_KEY, attached, mvx_log_plugin_instance_free);
  return attached;
}

MvxLogPluginInstance *
mvx_log_plugin_instance_of (MvxLogSink *sink)
{
  return g_object_get_data (G_OBJECT (sink), MVX_LOG_PLUGIN_INSTANCE_KEY);
}

/* The time in microseconds, to some milliseconds; a fifth of what g_get_monotonic_time() takes. */
static gint64
mvx_log_plugin_instance_now (void)
{
#ifdef CLOCK_MONOTONIC_COARSE
  struct timespec now;

  if (clock_gettime (CLOCK_MONOTONIC_COARSE, &now) == 0)
    return now.tv_sec * (gint64) G_USEC_PER_SEC + now.tv_nsec / 1000;
#endif
  return g_get_monotonic_time ();
}

/* With the mutex. */
static void
mvx_log_plugin_instance_set_late (const MvxLogPluginInstance *self, GError **error)
{
  gint64 s = (mvx_log_plugin_instance_now () - self->since_us) / G_USEC_PER_SEC;
  g_autofree char *how_long = s > 0 ? g_strdup_printf (" and has not for %" G_GINT64_FORMAT " s", s) : NULL;

  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT,
               _ ("Plugin '%s' of sink '%s' did not return in time%s; look at what it waits for"),
               self->api->plugin->name, self->name, how_long ? how_long : "");
}

static void
mvx_log_plugin_instance_wait (MvxLogPluginInstance *self, gint64 deadline_us)
{
  gboolean in_time = TRUE;

  self->n_waiting++;
  while (self->inside && in_time && !self->closed)
    {
      if (deadline_us < 0)
        g_cond_wait (&self->cond, &self->mutex);
      else
        in_time = g_cond_wait_until (&self->cond, &self->mutex, deadline_us);
    }
  self->n_waiting--;
}

gboolean
mvx_log_plugin_instance_enter (MvxLogPluginInstance *self, gint64 deadline_us, GError **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);
  const char *plugin = self->api->plugin->name;

  if (self->inside == g_thread_self ())
    {
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK,
                   _ ("Sink '%s' was called from inside its own plugin '%s'; a plugin must not use its own sink"),
                   self->name, plugin);
      return FALSE;
    }
  if (self->inside)
    mvx_log_plugin_instance_wait (self, deadline_us);
  /* Also if it is stuck in there: whoever waited behind it goes on. */
  if (self->closed)
    {
      g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE,
                   _ ("Sink '%s' has been closed; configure it again to use it"), self->name);
      return FALSE;
    }
  if (self->inside)
    {
      mvx_log_plugin_instance_set_late (self, error);
      return FALSE;
    }
  self->inside = g_thread_self ();
  self->since_us = mvx_log_plugin_instance_now ();
  return TRUE;
}

void
mvx_log_plugin_instance_leave (MvxLogPluginInstance *self)
{
  gpointer data = NULL;

  g_mutex_lock (&self->mutex);
  /* It stays inside while it destroys, so that who waits finds it gone. */
  if (self->closed)
    data = g_steal_pointer (&self->data);
  g_mutex_unlock (&self->mutex);
  if (data)
    self->api->plugin->destroy (data);

  g_mutex_lock (&self->mutex);
  self->inside = NULL;
  if (self->closed)
    g_cond_broadcast (&self->cond);
  else if (self->n_waiting > 0)
    g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
}

/* Whether the caller is to bury it; else it is gone, or whoever is inside destroys it. */
static gboolean
mvx_log_plugin_instance_shut (MvxLogPluginInstance *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = NULL;

  mvx_log_sink_host_cancel (self->host);
  g_object_set_data (G_OBJECT (self->sink), "mvx-log-plugin-instance", NULL);
  locker = g_mutex_locker_new (&self->mutex);
  self->closed = TRUE;
  g_cond_broadcast (&self->cond);
  if (self->inside || self->data == NULL)
    return FALSE;
  self->dying = g_steal_pointer (&self->data);
  self->since_us = mvx_log_plugin_instance_now ();
  return TRUE;
}

static void
mvx_log_plugin_instance_bury (MvxLogPluginInstance *self)
{
  self->api->plugin->destroy (self->dying);
  g_mutex_lock (&self->mutex);
  self->dying = NULL;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

void
mvx_log_plugin_instance_close (MvxLogPluginInstance *self)
{
  if (mvx_log_plugin_instance_shut (self))
    mvx_log_plugin_instance_bury (self);
}

/* With a reference to the sink, which keeps the instance and its host until then. */
static gpointer
mvx_log_plugin_instance_bury_thread (gpointer instance)
{
  MvxLogPluginInstance *self = instance;
  g_autoptr (MvxLogSink) sink G_GNUC_UNUSED = self->sink;

  mvx_log_plugin_instance_bury (self);
  return NULL;
}

/* Also for another thread's that closes it. */
static gboolean
mvx_log_plugin_instance_wait_buried (MvxLogPluginInstance *self, gint64 deadline_us, GError **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);
  gboolean in_time = TRUE;

  while (self->dying && in_time)
    {
      if (deadline_us < 0)
        g_cond_wait (&self->cond, &self->mutex);
      else
        in_time = g_cond_wait_until (&self->cond, &self->mutex, deadline_us);
    }
  if (self->dying)
    mvx_log_plugin_instance_set_late (self, error);
  return self->dying == NULL;
}

gboolean
mvx_log_plugin_instance_close_by (MvxLogPluginInstance *self, gint64 deadline_us, GError **error)
{
  GThread *thread = NULL;
  gboolean ok;

  if (mvx_log_plugin_instance_shut (self))
    {
      if (deadline_us >= 0) /* once: who comes back to it does not wait as long again */
        deadline_us = MAX (deadline_us, g_get_monotonic_time () + MVX_LOG_PLUGIN_DESTROY_US);
      g_object_ref (self->sink);
      thread = mvx_log_signals_thread_new ("mvx:destroy", mvx_log_plugin_instance_bury_thread, self, NULL);
      if (thread == NULL)
        mvx_log_plugin_instance_bury_thread (self);
    }
  ok = mvx_log_plugin_instance_wait_buried (self, deadline_us, error);
  if (thread && ok)
    g_thread_join (thread);
  else if (thread)
    g_thread_unref (thread);
  return ok;
}

gboolean
mvx_log_plugin_instance_is_closed (MvxLogPluginInstance *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  return self->closed;
}

const MvxLogStaticPlugin *
mvx_log_plugin_instance_get_api (MvxLogPluginInstance *self)
{
  return self->api;
}

const MvxLogPlugin *
mvx_log_plugin_instance_get_plugin (MvxLogPluginInstance *self)
{
  return self->api->plugin;
}

MvxLogSinkHost *
mvx_log_plugin_instance_get_host (MvxLogPluginInstance *self)
{
  return self->host;
}

const char *
mvx_log_plugin_instance_get_name (MvxLogPluginInstance *self)
{
  return self->name;
}

MvxLogOptions *
mvx_log_plugin_instance_get_options (MvxLogPluginInstance *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  return self->options;
}

void
mvx_log_plugin_instance_set_options (MvxLogPluginInstance *self, MvxLogOptions *options)
{
  MvxLogOptions *old;

  g_mutex_lock (&self->mutex);
  old = self->options;
  self->options = mvx_log_options_ref (options);
  g_mutex_unlock (&self->mutex);
  mvx_log_options_unref (old);
}

gpointer
mvx_log_plugin_instance_get_inner (MvxLogPluginInstance *self)
{
  return self->data;
}

gpointer
mvx_log_plugin_instance_get_data (MvxLogPluginInstance *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  return self->closed ? NULL : self->data;
}
