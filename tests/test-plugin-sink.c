/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sinks around instances of plugins, from create to destroy. */
#include <string.h>

#include <mvxlog/mvxlog.h>

#include "broken/probe.h"

static void
test_sync_life (void)
{
  g_autoptr (MvxLogSink) sink = probe_new_sink (&probe_plugin);
  g_autofree char *name = mvx_log_sink_dup_name (sink);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (name, ==, "app");
  g_assert_true (mvx_log_plugin_sink_get_plugin (sink) == &probe_plugin);
  g_assert_true (mvx_log_plugin_sink_get_instance (sink) == &probe);
  g_assert_true (g_object_get_data (G_OBJECT (sink), "mvx-log-plugin-instance") == &probe);
  g_assert_true (g_object_get_data (G_OBJECT (sink), "mvx-log-plugin") == &probe_plugin);
  assert_log_succeeds (sink);
  g_assert_true (probe.thread == g_thread_self ());
  g_assert_true (mvx_log_sink_flush (sink, -1, &error));
  g_assert_true (mvx_log_sink_reopen (sink, &error));
  g_assert_true (mvx_log_sink_terminate (sink, -1, &error));
  g_assert_true (mvx_log_sink_terminate (sink, -1, &error));
  g_assert_true (mvx_log_sink_flush (sink, -1, &error));
  g_assert_true (mvx_log_sink_reopen (sink, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (probe.calls->str, ==, "on_starting flush reopen flush on_stopped destroy");
  g_assert_null (mvx_log_plugin_sink_get_instance (sink));
  g_assert_null (g_object_get_data (G_OBJECT (sink), "mvx-log-plugin-instance"));
  assert_log_fails (sink, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE,
                    "Sink 'app' has been closed; configure it again to use it");
  assert_ledger (sink, 1, 1, 0);
}

/* The last reference closes what nobody terminated. */
static void
test_sync_dispose (void)
{
  g_object_unref (probe_new_sink (&probe_plugin));
  g_assert_cmpstr (probe.calls->str, ==, "on_starting flush on_stopped destroy");
  g_assert_cmpuint (probe.n_instances, ==, 0);
}

static void
test_sync_late (void)
{
  g_autoptr (MvxLogSink) sink = new_sink (&mvx_log_memory_plugin);

  assert_log_succeeds (sink);
  g_assert_true (mvx_log_sink_terminate (sink, -1, NULL));
  /* Those of the library ignore what comes late. */
  assert_log_succeeds (sink);
  assert_ledger (sink, 1, 1, 0);
}

static void
test_sync_hook_failures (void)
{
  g_autoptr (MvxLogSink) sink = probe_new_sink (&probe_plugin);
  g_autoptr (GError) error = NULL;

  probe.fail = "flush";
  g_assert_false (mvx_log_sink_flush (sink, -1, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpstr (error->message, ==, "flush is out of order");
  g_clear_error (&error);
  probe.lie = "reopen";
  g_assert_false (mvx_log_sink_reopen (sink, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNEXPECTED);
  g_assert_cmpstr (error->message, ==, "'reopen' of plugin 'probe' failed for sink 'app' and gave no reason");
  g_clear_error (&error);
  probe.fail = "on_stopped";
  g_assert_false (mvx_log_sink_terminate (sink, -1, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_ON_STOPPED_FAILED);
  g_assert_cmpstr (error->message, ==, "Plugin 'probe' could not end sink 'app' in order: on_stopped is out of order");
  /* Gone nevertheless. */
  g_assert_cmpuint (probe.n_instances, ==, 0);
  g_assert_true (mvx_log_sink_terminate (sink, -1, NULL));
}

static void
test_sync_offline (void)
{
  g_autoptr (MvxLogSink) sink = probe_new_sink (&probe_plugin);
  g_autoptr (GError) error = NULL;

  probe.fail = "dispatch";
  assert_log_fails (sink, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED,
                    "Sink 'app' could not deliver an event: dispatch is out of order");
  probe.fail = NULL;
  /* For good, and the cause is kept. */
  assert_log_fails (sink, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE,
                    "Sink 'app' is offline since an error: dispatch is out of order");
  g_assert_false (mvx_log_sink_flush (sink, -1, &error));
  g_assert_error (mvx_log_error_get_cause (error), G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpuint (probe.n_events, ==, 1);
  g_assert_true (mvx_log_sink_terminate (sink, -1, NULL));
  g_assert_cmpstr (probe.calls->str, ==, "on_starting on_stopped destroy");
  assert_ledger (sink, 0, 2, 0);
}

static gpointer
log_held (gpointer sink)
{
  assert_log_succeeds (sink);
  return NULL;
}

static GThread *
start_held (MvxLogSink *sink)
{
  GThread *thread;

  g_mutex_lock (&probe.mutex);
  probe.hold = TRUE;
  thread = g_thread_new ("held", log_held, sink);
  while (!probe.inside)
    g_cond_wait (&probe.cond, &probe.mutex);
  g_mutex_unlock (&probe.mutex);
  return thread;
}

static void
release_held (void)
{
  g_mutex_lock (&probe.mutex);
  probe.hold = FALSE;
  g_cond_broadcast (&probe.cond);
  g_mutex_unlock (&probe.mutex);
}

/* A plugin that does not return holds nobody beyond the deadline, and is destroyed when it does. */
static void
test_sync_stuck (void)
{
  g_autoptr (MvxLogSink) sink = probe_new_sink (&probe_plugin);
  g_autoptr (GError) error = NULL;
  GThread *thread = start_held (sink);

  g_assert_false (mvx_log_sink_flush (sink, g_get_monotonic_time (), &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==,
                   "Plugin 'probe' of sink 'app' did not return in time; look at what it waits for");
  g_clear_error (&error);
  g_assert_false (mvx_log_sink_terminate (sink, g_get_monotonic_time (), &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT);
  g_assert_true (g_cancellable_is_cancelled (mvx_log_sink_host_get_cancellable (probe.host)));
  g_assert_cmpuint (probe.n_instances, ==, 1);
  release_held ();
  g_thread_join (thread);
  g_assert_cmpuint (probe.n_instances, ==, 0);
  g_assert_cmpstr (probe.calls->str, ==, "on_starting destroy");
  assert_ledger (sink, 1, 0, 0);
}

static gpointer
terminate (gpointer sink)
{
  return GINT_TO_POINTER (mvx_log_sink_terminate (sink, -1, NULL));
}

static void
test_sync_terminate_twice (void)
{
  g_autoptr (MvxLogSink) sink = probe_new_sink (&probe_plugin);
  GThread *held = start_held (sink);
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("terminate", terminate, sink);
  release_held ();
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_assert_true (GPOINTER_TO_INT (g_thread_join (threads[i])));
  g_thread_join (held);
  g_assert_cmpstr (probe.calls->str, ==, "on_starting flush on_stopped destroy");
}

#define N_THREADS 4
#define N_EVENTS 500

static gpointer
log_many (gpointer sink)
{
  for (guint i = 0; i < N_EVENTS; i++)
    assert_log_succeeds (sink);
  return NULL;
}

static void
test_threads (void)
{
  const MvxLogStaticPlugin *plugins[] = { &probe_plugin, &probe_async };

  for (guint p = 0; p < G_N_ELEMENTS (plugins); p++)
    {
      g_autoptr (MvxLogSink) sink = probe_new_sink (plugins[p]);
      GThread *threads[N_THREADS];

      for (guint i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new ("log", log_many, sink);
      for (guint i = 0; i < N_THREADS; i++)
        g_thread_join (threads[i]);
      g_assert_true (mvx_log_sink_flush (sink, -1, NULL));
      g_assert_cmpuint (probe.n_events, ==, N_THREADS * N_EVENTS);
      assert_ledger (sink, N_THREADS * N_EVENTS, 0, 0);
      g_assert_true (mvx_log_sink_terminate (sink, -1, NULL));
    }
}

static void
test_async_life (void)
{
  g_autoptr (MvxLogSink) sink = probe_new_sink (&probe_async);
  g_autoptr (GError) error = NULL;

  g_assert_true (MVX_LOG_IS_ASYNC_SINK (sink));
  g_assert_cmpint (mvx_log_async_sink_get_state (MVX_LOG_ASYNC_SINK (sink)), ==, MVX_LOG_SINK_STATE_RUNNING);
  g_assert_true (mvx_log_plugin_sink_get_plugin (sink) == &probe_async);
  g_assert_true (mvx_log_sink_host_get_main_context (probe.host)
                 == mvx_log_async_sink_get_main_context (MVX_LOG_ASYNC_SINK (sink)));
  assert_log_succeeds (sink);
  g_assert_true (mvx_log_sink_flush (sink, -1, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (probe.n_events, ==, 1);
  g_assert_true (probe.thread != g_thread_self ());
  g_assert_true (mvx_log_sink_reopen (sink, &error));
  g_assert_no_error (error);
  g_assert_true (mvx_log_sink_terminate (sink, -1, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (probe.n_instances, ==, 0);
  g_assert_true (g_str_has_prefix (probe.calls->str, "on_starting flush reopen "));
  g_assert_true (g_str_has_suffix (probe.calls->str, "on_stopped destroy"));
  g_assert_true (mvx_log_sink_terminate (sink, -1, &error));
  g_assert_cmpuint (probe.n_instances, ==, 0);
  assert_ledger (sink, 1, 0, 0);
}

static gboolean
resume (gpointer host)
{
  mvx_log_sink_host_resume (host);
  return G_SOURCE_REMOVE;
}

/* The plugin knows that its trouble is over: nobody waits out the back-off. */
/* Nor does one that does not come to its end. */
static void
test_async_destroy_stuck (void)
{
  g_autoptr (MvxLogSink) sink = probe_new_sink (&probe_async);
  g_autoptr (GError) error = NULL;

  assert_log_succeeds (sink);
  g_assert_true (mvx_log_sink_flush (sink, -1, &error));
  g_assert_no_error (error);
  probe.hold_destroy = TRUE;
  g_assert_false (mvx_log_sink_terminate (sink, g_get_monotonic_time () + 10 * G_TIME_SPAN_MILLISECOND, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (probe.n_instances, ==, 1);
  g_mutex_lock (&probe.mutex);
  probe.hold_destroy = FALSE;
  g_cond_broadcast (&probe.cond);
  g_mutex_unlock (&probe.mutex);
  mvx_log_sink_terminate (sink, -1, NULL); /* waits for it */
  g_assert_cmpuint (probe.n_instances, ==, 0);
  g_assert_true (g_str_has_suffix (probe.calls->str, " destroy"));
}

static void
test_async_resume (void)
{
  g_autoptr (MvxLogOptions) options = probe_new_options (&probe_async, NULL);
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_options_set (options, "retry-max", "1h", NULL));
  g_assert_true (mvx_log_options_set (options, "retry-min", "1h", NULL));
  probe_reset ();
  probe.fail = "once";
  probe.hold = TRUE;
  sink = mvx_log_plugin_create_sink (&probe_async, "app", options, &error);
  g_assert_no_error (error);
  assert_log_succeeds (sink);
  g_mutex_lock (&probe.mutex);
  while (!probe.inside)
    g_cond_wait (&probe.cond, &probe.mutex);
  /* Runs on the worker behind the dispatch that is held. */
  g_main_context_invoke (mvx_log_sink_host_get_main_context (probe.host), resume, probe.host);
  probe.hold = FALSE;
  g_cond_broadcast (&probe.cond);
  g_mutex_unlock (&probe.mutex);
  g_assert_true (mvx_log_sink_flush (sink, -1, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (probe.n_events, ==, 2);
  g_assert_true (mvx_log_sink_terminate (sink, -1, &error));
  assert_ledger (sink, 1, 0, 0);
}

static void
test_async_start_fails (void)
{
  g_autoptr (MvxLogOptions) options = probe_new_options (&probe_async, NULL);
  g_autoptr (GError) error = NULL;

  probe_reset ();
  probe.fail = "on_starting";
  mvx_log_diag_set_func (keep_diagnostic, NULL, NULL);
  g_assert_null (mvx_log_plugin_create_sink (&probe_async, "app", options, &error));
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_clear_pointer (&diagnostic, g_free);
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CREATE_FAILED);
  g_assert_true (g_str_has_prefix (error->message, "Plugin 'probe-async' could not create sink 'app': "));
  g_assert_true (g_str_has_suffix (error->message, "on_starting is out of order"));
  g_assert_cmpuint (probe.n_instances, ==, 0);
}

static void
test_async_failed (void)
{
  g_autoptr (MvxLogSink) sink = probe_new_sink (&probe_async);
  g_autoptr (GError) error = NULL;

  probe.fail = "dispatch";
  mvx_log_diag_set_func (keep_diagnostic, NULL, NULL);
  assert_log_succeeds (sink);
  g_assert_false (mvx_log_sink_flush (sink, -1, &error));
  g_assert_nonnull (error);
  mvx_log_sink_terminate (sink, -1, NULL);
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_clear_pointer (&diagnostic, g_free);
  g_assert_cmpint (mvx_log_async_sink_get_state (MVX_LOG_ASYNC_SINK (sink)), ==, MVX_LOG_SINK_STATE_FAILURE);
  g_assert_cmpuint (probe.n_instances, ==, 0);
  assert_log_refused (sink);
  assert_ledger (sink, 0, 1, 1);
}

static void
test_reconfigure (void)
{
  const MvxLogStaticPlugin *plugins[] = { &probe_plugin, &probe_async };

  for (guint p = 0; p < G_N_ELEMENTS (plugins); p++)
    {
      g_autoptr (MvxLogSink) sink = probe_new_sink (plugins[p]);
      g_autoptr (MvxLogOptions) quiet = probe_new_options (plugins[p], NULL);
      g_autoptr (MvxLogOptions) fancy = probe_new_options (plugins[p], "fancy");
      g_autoptr (MvxLogOptions) moved = probe_new_options (plugins[p], NULL);
      g_autofree char *failed = g_strdup_printf (
          "Plugin '%s' could not reconfigure sink 'app', which goes on as it was: reconfigure is out of order",
          plugins[p]->plugin->name);
      g_autofree char *refused = g_strdup_printf (
          "Plugin '%s' cannot change 'target' in a running sink; sink 'app' has to be closed and configured again",
          plugins[p]->plugin->name);
      g_autoptr (GError) error = NULL;

      /* Level and enabled are no business of the plugin. */
      g_assert_true (mvx_log_options_set (quiet, "level", "error", NULL));
      g_assert_true (mvx_log_options_set (quiet, "enabled", "false", NULL));
      g_assert_true (mvx_log_plugin_sink_reconfigure (sink, quiet, -1, &error));
      g_assert_no_error (error);
      g_assert_cmpint (mvx_log_sink_get_level (sink), ==, MVX_LOG_LEVEL_ERROR);
      g_assert_false (mvx_log_sink_get_enabled (sink));
      g_assert_true (mvx_log_plugin_sink_get_options (sink) == quiet);
      g_assert_cmpstr (probe.calls->str, ==, "on_starting");

      /* All or none. */
      probe.fail = "reconfigure";
      g_assert_false (mvx_log_plugin_sink_reconfigure (sink, fancy, -1, &error));
      g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_RECONFIGURE_FAILED);
      g_assert_cmpstr (error->message, ==, failed);
      g_clear_error (&error);
      g_assert_cmpint (mvx_log_sink_get_level (sink), ==, MVX_LOG_LEVEL_ERROR);
      g_assert_cmpstr (probe.mode, ==, "plain");
      g_assert_true (mvx_log_plugin_sink_get_options (sink) == quiet);

      probe.fail = NULL;
      g_assert_true (mvx_log_plugin_sink_reconfigure (sink, fancy, -1, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (probe.mode, ==, "fancy");
      g_assert_cmpint (mvx_log_sink_get_level (sink), ==, MVX_LOG_LEVEL_INFO);
      g_assert_true (mvx_log_sink_get_enabled (sink));

      g_assert_true (mvx_log_options_set (moved, "target", "there", NULL));
      g_assert_false (mvx_log_plugin_sink_reconfigure (sink, moved, -1, &error));
      g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_RECONFIGURE_FAILED);
      g_assert_cmpstr (error->message, ==, refused);
      g_assert_true (mvx_log_sink_terminate (sink, -1, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plugin-sink/sync/life", test_sync_life);
  g_test_add_func ("/plugin-sink/sync/dispose", test_sync_dispose);
  g_test_add_func ("/plugin-sink/sync/late", test_sync_late);
  g_test_add_func ("/plugin-sink/sync/hook-failures", test_sync_hook_failures);
  g_test_add_func ("/plugin-sink/sync/offline", test_sync_offline);
  g_test_add_func ("/plugin-sink/sync/stuck", test_sync_stuck);
  g_test_add_func ("/plugin-sink/sync/terminate-twice", test_sync_terminate_twice);
  g_test_add_func ("/plugin-sink/async/life", test_async_life);
  g_test_add_func ("/plugin-sink/async/destroy-stuck", test_async_destroy_stuck);
  g_test_add_func ("/plugin-sink/async/resume", test_async_resume);
  g_test_add_func ("/plugin-sink/async/start-fails", test_async_start_fails);
  g_test_add_func ("/plugin-sink/async/failed", test_async_failed);
  g_test_add_func ("/plugin-sink/both/threads", test_threads);
  g_test_add_func ("/plugin-sink/both/reconfigure", test_reconfigure);
  return g_test_run ();
}
