/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>

#include "async/async-options-private.h"
#include "async/async-sink-private.h"
#include "base/error-private.h"
#include "plugin/plugin-instance-private.h"
#include "plugin/plugin-sink-private.h"
#include "sink/members-private.h"
#include "sink/sink-private.h"

struct _MvxLogPluginAsyncSink
{
  MvxLogAsyncSink parent_instance;
  MvxLogPluginInstance *instance; /* owned by the object's data; NULL if create() failed */
};

static void mvx_log_plugin_async_sink_iface_init (MvxLogSinkInterface *iface);

/* The other methods are those of the parent. */
static MvxLogSinkInterface *mvx_log_plugin_async_sink_parent_iface;

G_DEFINE_FINAL_TYPE_WITH_CODE (MvxLogPluginAsyncSink,
                               mvx_log_plugin_async_sink,
                               MVX_LOG_TYPE_ASYNC_SINK,
                               G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_SINK, mvx_log_plugin_async_sink_iface_init))

static MvxLogDispatchResult
mvx_log_plugin_async_sink_dispatch (MvxLogAsyncSink *sink,
                                    MvxLogEvent *const *events,
                                    guint n_events,
                                    guint *n_done,
                                    GError **error)
{
  MvxLogPluginAsyncSink *self = MVX_LOG_PLUGIN_ASYNC_SINK (sink);
  MvxLogDispatchResult result;

  *n_done = 0;
  if (!mvx_log_plugin_instance_enter (self->instance, -1, error))
    return MVX_LOG_DISPATCH_FAILED;
  result = mvx_log_plugin_instance_dispatch (self->instance, events, n_events, n_done, error);
  mvx_log_plugin_instance_leave (self->instance);
  return result;
}

static gboolean
mvx_log_plugin_async_sink_starting (MvxLogAsyncSink *sink, GError **error)
{
  MvxLogPluginInstance *instance = MVX_LOG_PLUGIN_ASYNC_SINK (sink)->instance;

  return mvx_log_plugin_instance_call (instance, "on_starting",
                                       mvx_log_plugin_instance_get_plugin (instance)->on_starting, -1, error);
}

static gboolean
mvx_log_plugin_async_sink_stopped (MvxLogAsyncSink *sink, GError **error)
{
  MvxLogPluginInstance *instance = MVX_LOG_PLUGIN_ASYNC_SINK (sink)->instance;

  return mvx_log_plugin_instance_call (instance, "on_stopped",
                                       mvx_log_plugin_instance_get_plugin (instance)->on_stopped, -1, error);
}

static gboolean
mvx_log_plugin_async_sink_flush (MvxLogAsyncSink *sink, gint64 deadline_us, GError **error)
{
  return mvx_log_plugin_instance_flush (MVX_LOG_PLUGIN_ASYNC_SINK (sink)->instance, deadline_us, error);
}

static gboolean
mvx_log_plugin_async_sink_reopen (MvxLogAsyncSink *sink, GError **error)
{
  MvxLogPluginInstance *instance = MVX_LOG_PLUGIN_ASYNC_SINK (sink)->instance;

  return mvx_log_plugin_instance_call (instance, "reopen", mvx_log_plugin_instance_get_plugin (instance)->reopen, -1,
                                       error);
}

/* The worker has ended when the parent says so; the instance goes with it, and not with the last reference: what it
 * holds open may be wanted by another sink. If the worker did not end in time, the instance goes when it does. */
static gboolean
mvx_log_plugin_async_sink_terminate (MvxLogSink *sink, gint64 deadline_us, GError **error)
{
  MvxLogPluginAsyncSink *self = MVX_LOG_PLUGIN_ASYNC_SINK (sink);
  g_autoptr (GError) local = NULL;

  mvx_log_plugin_async_sink_parent_iface->terminate (sink, deadline_us, &local);
  if (self->instance && !g_error_matches (local, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK))
    mvx_log_plugin_instance_close_by (self->instance, deadline_us, local ? NULL : &local);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static void
mvx_log_plugin_async_sink_iface_init (MvxLogSinkInterface *iface)
{
  mvx_log_plugin_async_sink_parent_iface = g_type_interface_peek_parent (iface);
  iface->terminate = mvx_log_plugin_async_sink_terminate;
}

static void
mvx_log_plugin_async_sink_class_init (MvxLogPluginAsyncSinkClass *klass)
{
  MvxLogAsyncSinkClass *async_class = MVX_LOG_ASYNC_SINK_CLASS (klass);

  async_class->dispatch = mvx_log_plugin_async_sink_dispatch;
  async_class->starting = mvx_log_plugin_async_sink_starting;
  async_class->stopped = mvx_log_plugin_async_sink_stopped;
  async_class->flushing = mvx_log_plugin_async_sink_flush;
  async_class->reopening = mvx_log_plugin_async_sink_reopen;
}

static void
mvx_log_plugin_async_sink_init (MvxLogPluginAsyncSink *self)
{
}

static GMainContext *
mvx_log_plugin_async_sink_host_context (gpointer data)
{
  return mvx_log_async_sink_get_main_context (data);
}

static void
mvx_log_plugin_async_sink_host_complete (gpointer data,
                                         MvxLogEvent *const *batch,
                                         MvxLogDispatchResult result,
                                         guint n_done,
                                         GError *error)
{
  mvx_log_async_sink_complete (data, batch, result, n_done, error);
  g_clear_error (&error); /* which was the host's, and is copied */
}

static void
mvx_log_plugin_async_sink_host_resume (gpointer data)
{
  mvx_log_async_sink_resume (data);
}

static void
mvx_log_plugin_async_sink_host_reject (gpointer data, MvxLogEvent *event, const char *reason)
{
  mvx_log_async_sink_reject (data, event, reason);
}

static const MvxLogHostFuncs mvx_log_plugin_async_sink_host_funcs = {
  .main_context = mvx_log_plugin_async_sink_host_context,
  .resume = mvx_log_plugin_async_sink_host_resume,
  .complete = mvx_log_plugin_async_sink_host_complete,
  .reject = mvx_log_plugin_async_sink_host_reject,
};

static gboolean
mvx_log_plugin_async_sink_find_fallback (MvxLogPluginAsyncSink *self, MvxLogOptions *options, GError **error)
{
  const char *names[] = { mvx_log_options_get_string (options, "fallback"), NULL };
  MvxLogSinkCommon *common = mvx_log_sink_common (MVX_LOG_SINK (self));

  if (names[0] == NULL || *names[0] == '\0' || common->members)
    return TRUE;
  common->members = mvx_log_members_new (mvx_log_plugin_instance_get_host (self->instance), names, TRUE, error);
  return common->members != NULL;
}

MvxLogSink *
mvx_log_plugin_async_sink_new (const MvxLogStaticPlugin *plugin,
                               const char *name,
                               MvxLogOptions *options,
                               GError **error)
{
  g_autoptr (MvxLogPluginAsyncSink) self = NULL;
  GMainContext *context = mvx_log_async_sink_new_context (name, error);
  MvxLogAsyncConfig config;

  if (context == NULL)
    return NULL;
  self = g_object_new (MVX_LOG_TYPE_PLUGIN_ASYNC_SINK, NULL);
  mvx_log_async_options_read (&config, name, options);
  mvx_log_async_sink_set_config (MVX_LOG_ASYNC_SINK (self), &config);
  mvx_log_async_sink_take_context (MVX_LOG_ASYNC_SINK (self), context);
  self->instance = mvx_log_plugin_instance_new (plugin, name, options, &mvx_log_plugin_async_sink_host_funcs,
                                                MVX_LOG_SINK (self), error);
  if (self->instance == NULL || !mvx_log_plugin_async_sink_find_fallback (self, options, error))
    return NULL;
  return MVX_LOG_SINK (g_steal_pointer (&self));
}

gboolean
mvx_log_plugin_async_sink_start (MvxLogPluginAsyncSink *self, gint64 deadline_us, GError **error)
{
  if (mvx_log_async_sink_start_sync (MVX_LOG_ASYNC_SINK (self), deadline_us, error))
    return TRUE;
  mvx_log_sink_terminate (MVX_LOG_SINK (self), deadline_us, NULL);
  return FALSE;
}
