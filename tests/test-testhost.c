/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin under test: one that does what it is supposed to, and ones that do not. */
#include <string.h>

#include <glib/gstdio.h>

#include <mvxlog/mvxlog-test.h>

/* What the plugin answers, and what was called. */
static struct
{
  MvxLogDispatchResult result;
  guint n_done;
  const char *error;
  gboolean create_nothing;
  gboolean hook_lies;
  GString *calls;
  MvxLogSinkHost *host;
  MvxLogEvent *const *batch;
} plugin;

static const MvxLogOptionSpec plugin_options[] = {
  { "path", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_REQUIRED, NULL, 0, 0, NULL, "Where", { NULL, NULL } },
  { "size", MVX_LOG_OPTION_INT64, MVX_LOG_OPTION_RELOADABLE, "5", 1, 10, NULL, "How much", { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static MvxLogSinkDescriptor *
plugin_build (MvxLogOptions *options, GError **error)
{
  return mvx_log_sink_descriptor_new ("kept", g_variant_new_string (mvx_log_options_get_string (options, "path")),
                                      NULL);
}

static gpointer
plugin_create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  plugin.host = host;
  g_string_append (plugin.calls, "create ");
  if (plugin.error)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, plugin.error);
  return plugin.create_nothing ? NULL : plugin.calls;
}

static MvxLogDispatchResult
plugin_dispatch (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  GMainContext *context = g_main_context_get_thread_default ();

  g_string_append_printf (plugin.calls, "dispatch%u%s ", n_events,
                          context && context == mvx_log_sink_host_get_main_context (plugin.host) ? "" : "?");
  plugin.batch = events;
  *n_done = plugin.n_done;
  if (plugin.error)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, plugin.error);
  return plugin.result;
}

static void
plugin_destroy (gpointer instance)
{
  g_assert_true (instance == plugin.calls);
  g_string_append (plugin.calls, "destroy");
}

static gboolean
plugin_hook (const char *name, GError **error)
{
  g_string_append_printf (plugin.calls, "%s ", name);
  if (plugin.error)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, plugin.error);
  return (plugin.error == NULL) != plugin.hook_lies;
}

static gboolean
plugin_on_starting (gpointer instance, GError **error)
{
  mvx_log_sink_host_diagnosef (plugin.host, MVX_LOG_LEVEL_NOTICE, "starting '%s'",
                               mvx_log_sink_host_get_name (plugin.host));
  mvx_log_sink_host_diagnose (plugin.host, 33, "odd");
  mvx_log_sink_host_count (plugin.host, "starts", 1);
  return plugin_hook ("starting", error);
}

static gboolean
plugin_on_stopped (gpointer instance, GError **error)
{
  return plugin_hook ("stopped", error);
}

static gboolean
plugin_flush (gpointer instance, gint64 deadline_us, GError **error)
{
  return plugin_hook (deadline_us == 7 ? "flush7" : "flush", error);
}

static gboolean
plugin_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  g_string_append_printf (plugin.calls, "size%d ", (int) mvx_log_options_get_int64 (options, "size"));
  return plugin_hook ("reconfigure", error);
}

static const MvxLogPlugin plugin_data = {
  .magic = MVX_LOG_PLUGIN_MAGIC,
  .abi = MVX_LOG_PLUGIN_ABI,
  .struct_size = sizeof (MvxLogPlugin),
  .flags = MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_ACKNOWLEDGES,
  .name = "kept",
  .version = "1",
  .summary = "For tests",
  .licence = "LGPL-2.1-or-later",
  .options = plugin_options,
  .destroy = plugin_destroy,
  .on_starting = plugin_on_starting,
  .on_stopped = plugin_on_stopped,
  .flush = plugin_flush,
  .reconfigure = plugin_reconfigure,
};
static const MvxLogStaticPlugin kept = { &plugin_data, plugin_build, plugin_create, plugin_dispatch };

/* The same without flags and optional hooks. */
static const MvxLogPlugin plain_data = {
  .magic = MVX_LOG_PLUGIN_MAGIC,
  .abi = MVX_LOG_PLUGIN_ABI,
  .struct_size = sizeof (MvxLogPlugin),
  .name = "plain",
  .version = "1",
  .summary = "For tests",
  .licence = "LGPL-2.1-or-later",
  .options = plugin_options,
  .destroy = plugin_destroy,
};
static const MvxLogStaticPlugin plain = { &plain_data, plugin_build, plugin_create, plugin_dispatch };

static void
reset (MvxLogDispatchResult result, guint n_done, const char *error)
{
  GString *calls = plugin.calls ? g_string_truncate (plugin.calls, 0) : g_string_new (NULL);

  memset (&plugin, 0, sizeof plugin);
  plugin.calls = calls;
  plugin.result = result;
  plugin.n_done = n_done;
  plugin.error = error;
}

static MvxLogTestHost *
make (const MvxLogStaticPlugin *api)
{
  g_autoptr (GError) error = NULL;
  MvxLogTestHost *host = mvx_log_test_host_new (api, "audit", g_variant_new_parsed ("{'path': <'/p'>}"), &error);

  g_assert_no_error (error);
  return host;
}

static void
test_life (void)
{
  g_autoptr (MvxLogEvent) event = mvx_log_test_event_new ("a.b", MVX_LOG_LEVEL_INFO, "t {n}", "n", 5);
  MvxLogEvent *events[] = { event, event };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) diagnostics = NULL;
  g_autofree char *message = mvx_log_event_dup_message (event);
  g_autofree char *told = NULL;
  MvxLogTestHost *host;
  guint n_done;

  reset (MVX_LOG_DISPATCH_OK, 2, NULL);
  g_assert_cmpstr (message, ==, "t 5");
  host = make (&kept);
  g_assert_cmpstr (mvx_log_sink_descriptor_get_sink_type (mvx_log_test_host_get_descriptor (host)), ==, "kept");
  g_assert_true (mvx_log_test_host_get_instance (host) == plugin.calls);
  g_assert_true (mvx_log_test_host_start (host, &error));
  g_assert_cmpint (mvx_log_test_host_dispatch (host, events, 2, &n_done, &error), ==, MVX_LOG_DISPATCH_OK);
  g_assert_cmpuint (n_done, ==, 2);
  g_assert_true (mvx_log_test_host_flush (host, 7, &error));
  g_assert_true (mvx_log_test_host_reopen (host, &error)); /* it has none */
  g_assert_true (
      mvx_log_test_host_reconfigure (host, g_variant_new_parsed ("{'path': <'/p'>, 'size': <int64 9>}"), &error));
  g_assert_true (mvx_log_test_host_stop (host, &error));
  g_assert_true (mvx_log_test_host_stop (host, &error));
  g_assert_no_error (error);
  diagnostics = mvx_log_test_host_get_diagnostics (host);
  told = g_strjoinv ("|", diagnostics);
  g_assert_cmpstr (told, ==, "notice: starting 'audit'|33: odd");
  g_assert_cmpint (mvx_log_test_host_get_count (host, "starts"), ==, 1);
  g_assert_cmpint (mvx_log_test_host_get_count (host, "none"), ==, 0);
  g_object_unref (host);
  g_assert_cmpstr (plugin.calls->str, ==, "create starting dispatch2 flush7 size9 reconfigure stopped destroy");
}

static void
test_unref_stops (void)
{
  MvxLogTestHost *host;

  reset (MVX_LOG_DISPATCH_OK, 0, NULL);
  host = make (&kept);
  g_assert_true (mvx_log_test_host_start (host, NULL));
  g_object_unref (host);
  g_assert_cmpstr (plugin.calls->str, ==, "create starting stopped destroy");
}

static void
test_options (void)
{
  static const char *const bad[][2] = {
    { "{'size': <int64 5>}", "path" },
    { "{'path': <'/p'>, 'size': <int64 99>}", "size" },
    { "{'path': <'/p'>, 'size': <'many'>}", "size" },
    { "{'path': <'/p'>, 'colour': <'red'>}", "colour" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      reset (MVX_LOG_DISPATCH_OK, 0, NULL);
      g_assert_null (mvx_log_test_host_new (&kept, "audit", g_variant_new_parsed (bad[i][0]), &error));
      g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
      g_assert_nonnull (strstr (error->message, bad[i][1]));
      g_assert_cmpstr (plugin.calls->str, ==, "");
    }
}

/* Each way to break the contract of dispatch_core, with the whole text. */
static void
test_contract (void)
{
  static const struct
  {
    gint result;
    guint n_done;
    const char *error;
    const char *text;
  } rows[] = {
    { MVX_LOG_DISPATCH_OK, 2, NULL, "it settled 2 of 1 events" },
    { MVX_LOG_DISPATCH_OK, 0, NULL, "it answered OK, but settled 0 of 1 events" },
    { MVX_LOG_DISPATCH_OK, 1, "why", "it answered OK and set an error: why" },
    { MVX_LOG_DISPATCH_RETRY, 0, NULL, "it answered 2 and gave no reason" },
    { MVX_LOG_DISPATCH_PENDING, 0, NULL, "it answered PENDING without the flag ACKNOWLEDGES" },
    { 99, 0, "why", "it answered 99, which is no result" },
  };
  g_autoptr (MvxLogEvent) event = mvx_log_test_event_new ("a", MVX_LOG_LEVEL_INFO, "t");

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MvxLogTestHost) host = NULL;
      g_autofree char *text = g_strconcat ("Plugin 'plain' broke its contract: ", rows[i].text, NULL);

      reset (MVX_LOG_DISPATCH_OK, 0, NULL);
      host = make (&plain);
      g_assert_true (mvx_log_test_host_start (host, NULL));
      plugin.result = (MvxLogDispatchResult) rows[i].result;
      plugin.n_done = rows[i].n_done;
      plugin.error = rows[i].error;
      g_assert_cmpint (mvx_log_test_host_dispatch (host, &event, 1, NULL, &error), ==, MVX_LOG_DISPATCH_FAILED);
      g_assert_error (error, MVX_LOG_TEST_ERROR, MVX_LOG_TEST_ERROR_CONTRACT);
      g_assert_cmpstr (error->message, ==, text);
    }
}

static void
test_honest_answers (void)
{
  g_autoptr (MvxLogEvent) event = mvx_log_test_event_new ("a", MVX_LOG_LEVEL_INFO, "t");
  g_autoptr (MvxLogTestHost) host = NULL;

  reset (MVX_LOG_DISPATCH_OK, 0, NULL);
  host = make (&plain);
  g_assert_true (mvx_log_test_host_start (host, NULL));
  for (gint result = MVX_LOG_DISPATCH_FAILED; result <= MVX_LOG_DISPATCH_DROP; result++)
    {
      g_autoptr (GError) error = NULL;

      if (result == MVX_LOG_DISPATCH_OK)
        continue;
      plugin.result = (MvxLogDispatchResult) result;
      plugin.error = "backend is gone";
      g_assert_cmpint (mvx_log_test_host_dispatch (host, &event, 1, NULL, &error), ==, result);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
      g_assert_cmpstr (error->message, ==, "backend is gone");
    }
  plugin.error = NULL;
}

static void
assert_create_fails (const char *why, gboolean nothing, const char *expected)
{
  g_autoptr (GError) error = NULL;

  reset (MVX_LOG_DISPATCH_OK, 0, why);
  plugin.create_nothing = nothing;
  g_assert_null (mvx_log_test_host_new (&kept, "audit", g_variant_new_parsed ("{'path': <'/p'>}"), &error));
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_create (void)
{
  assert_create_fails ("no such path", TRUE, "no such path");
  assert_create_fails (NULL, TRUE, "Plugin 'kept' broke its contract: create failed and gave no reason");
  assert_create_fails ("what", FALSE, "Plugin 'kept' broke its contract: create succeeded and set an error: what");
  g_assert_cmpstr (plugin.calls->str, ==, "create destroy");
}

static void
test_hooks (void)
{
  g_autoptr (MvxLogTestHost) host = NULL;
  g_autoptr (MvxLogTestHost) bare = NULL;
  g_autoptr (GError) own = NULL;
  g_autoptr (GError) lie = NULL;
  g_autoptr (GError) none = NULL;

  reset (MVX_LOG_DISPATCH_OK, 0, NULL);
  host = make (&kept);
  bare = make (&plain);
  plugin.error = "cannot";
  g_assert_false (mvx_log_test_host_flush (host, -1, &own));
  g_assert_cmpstr (own->message, ==, "cannot");
  plugin.error = NULL;
  plugin.hook_lies = TRUE;
  g_assert_false (mvx_log_test_host_start (host, &lie));
  g_assert_cmpstr (lie->message, ==, "Plugin 'kept' broke its contract: on_starting failed and gave no reason");
  plugin.hook_lies = FALSE;
  g_assert_false (mvx_log_test_host_reconfigure (bare, g_variant_new_parsed ("{'path': <'/p'>}"), &none));
  g_assert_error (none, MVX_LOG_TEST_ERROR, MVX_LOG_TEST_ERROR_NOT_THERE);
  g_assert_cmpstr (none->message, ==, "Plugin 'plain' has no 'reconfigure'; it can be replaced only");
}

static gpointer
complete_in_thread (gpointer data)
{
  mvx_log_sink_host_complete (plugin.host, plugin.batch, MVX_LOG_DISPATCH_RETRY, 1,
                              g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "not acknowledged"));
  return NULL;
}

static void
test_pending (void)
{
  g_autoptr (MvxLogEvent) event = mvx_log_test_event_new ("a", MVX_LOG_LEVEL_INFO, "t");
  MvxLogEvent *events[] = { event, event };
  g_autoptr (MvxLogTestHost) host = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) late = NULL;
  guint n_done = 0;
  GThread *thread;

  reset (MVX_LOG_DISPATCH_PENDING, 0, NULL);
  host = make (&kept);
  g_assert_true (mvx_log_test_host_start (host, NULL));
  g_assert_cmpint (mvx_log_test_host_dispatch (host, events, 2, NULL, &error), ==, MVX_LOG_DISPATCH_PENDING);
  g_assert_no_error (error);
  g_assert_cmpint (mvx_log_test_host_wait_completed (host, g_get_monotonic_time (), &n_done, &late), ==,
                   MVX_LOG_DISPATCH_PENDING);
  g_assert_cmpstr (late->message, ==,
                   "Plugin 'kept' has completed 0 of 1 batches; see that it calls mvx_log_sink_host_complete ()");
  thread = g_thread_new ("backend", complete_in_thread, NULL);
  g_assert_cmpint (mvx_log_test_host_wait_completed (host, -1, &n_done, &error), ==, MVX_LOG_DISPATCH_RETRY);
  g_thread_join (thread);
  g_assert_cmpuint (n_done, ==, 1);
  g_assert_cmpstr (error->message, ==, "not acknowledged");
}

MVX_LOG_STATIC_PLUGIN_DECLARE (file);

/* A real plugin: what it writes is what its author would look at. */
static void
test_file_plugin (void)
{
  g_autofree char *folder = g_dir_make_tmp ("mvxlog-testhost-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "out.jsonl", NULL);
  g_autoptr (GVariant) options = g_variant_ref_sink (g_variant_new_parsed ("{'path': <%s>}", path));
  g_autoptr (MvxLogEvent) event = mvx_log_test_event_new ("shop", MVX_LOG_LEVEL_INFO, "sold {n}", "n", 3);
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogTestHost) host = mvx_log_test_host_new (&mvx_static_plugin_file, "out", options, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  g_assert_true (mvx_log_test_host_start (host, &error));
  g_assert_cmpint (mvx_log_test_host_dispatch (host, &event, 1, NULL, &error), ==, MVX_LOG_DISPATCH_OK);
  g_assert_true (mvx_log_test_host_flush (host, -1, &error));
  g_assert_true (mvx_log_test_host_stop (host, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  g_assert_nonnull (strstr (text, "\"level\":\"info\",\"context\":\"shop\",\"message\":\"sold 3\",\"n\":3"));
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_no_file (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_test_host_new_for_file ("/nonexistent/libmvxlog-x.so", "x",
                                                 g_variant_new_parsed ("{'path': <'/p'>}"), &error));
  g_assert_cmpint (error->domain, ==, MVX_LOG_PLUGIN_ERROR);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/test-host/life", test_life);
  g_test_add_func ("/test-host/unref-stops", test_unref_stops);
  g_test_add_func ("/test-host/options", test_options);
  g_test_add_func ("/test-host/contract", test_contract);
  g_test_add_func ("/test-host/honest-answers", test_honest_answers);
  g_test_add_func ("/test-host/create", test_create);
  g_test_add_func ("/test-host/hooks", test_hooks);
  g_test_add_func ("/test-host/pending", test_pending);
  g_test_add_func ("/test-host/file-plugin", test_file_plugin);
  g_test_add_func ("/test-host/no-file", test_no_file);
  return g_test_run ();
}
