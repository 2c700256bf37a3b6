/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plugins by name, and what happens when one misbehaves: it stays in its sink. */
#include <string.h>

#include <mvxlog/mvxlog.h>

#include "ledger-check.h"
#include "broken/probe.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (create_null);
MVX_LOG_STATIC_PLUGIN_DECLARE (create_both);
MVX_LOG_STATIC_PLUGIN_DECLARE (descriptor_null);
MVX_LOG_STATIC_PLUGIN_DECLARE (dispatch_count);
MVX_LOG_STATIC_PLUGIN_DECLARE (dispatch_forgets);
MVX_LOG_STATIC_PLUGIN_DECLARE (dispatch_error);
MVX_LOG_STATIC_PLUGIN_DECLARE (dispatch_silent);
MVX_LOG_STATIC_PLUGIN_DECLARE (dispatch_drop);
MVX_LOG_STATIC_PLUGIN_DECLARE (dispatch_pending);
MVX_LOG_STATIC_PLUGIN_DECLARE (dispatch_unknown);
MVX_LOG_STATIC_PLUGIN_DECLARE (dispatch_reenter);

static void
test_get (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_plugin_is_static ("memory"));
  g_assert_false (mvx_log_plugin_is_static ("zebra"));
  g_assert_true (mvx_log_plugin_get ("memory", &error) == &mvx_log_memory_plugin);
  g_assert_no_error (error);
  g_setenv ("MVXLOG_PLUGIN_SYSTEM_PATH", "/nowhere", TRUE);
  g_assert_null (mvx_log_plugin_get ("memry", &error));
  g_assert_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_NOT_FOUND);
  g_assert_cmpstr (error->message, ==, "No plugin 'memry' in /nowhere. Did you mean 'memory'?");
}

static void
test_register (void)
{
  static MvxLogPlugin data;
  MvxLogStaticPlugin copy = probe_plugin;
  MvxLogStaticPlugin other = probe_plugin;
  const MvxLogStaticPlugin *found;
  g_autoptr (GError) error = NULL;

  data = probe_data;
  data.name = "registered";
  data.struct_size = MVX_LOG_PLUGIN_MIN_SIZE;
  copy.plugin = &data;
  g_assert_true (mvx_log_plugin_register_static (&copy, &error));
  g_assert_no_error (error);
  /* Again is nothing new. */
  g_assert_true (mvx_log_plugin_register_static (&copy, &error));
  found = mvx_log_plugin_get ("registered", &error);
  g_assert_no_error (error);
  g_assert_true (found->create == probe_create);
  /* Shorter than its hooks. */
  g_assert_null (found->plugin->flush);
  g_assert_true (mvx_log_plugin_is_static ("registered"));

  {
    MvxLogPlugin twin = data;

    other.plugin = &twin;
    g_assert_false (mvx_log_plugin_register_static (&other, &error));
    g_assert_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_INVALID_NAME);
    g_assert_cmpstr (error->message, ==,
                     "The plugin name 'registered' is taken by another static plugin; give the plugin another name");
    g_clear_error (&error);
    twin.name = "stream";
    g_assert_false (mvx_log_plugin_register_static (&other, &error));
    g_assert_cmpstr (error->message, ==,
                     "The plugin name 'stream' is taken by a plugin of the library; give the plugin another name");
    g_clear_error (&error);
    twin.name = "Bad";
    g_assert_false (mvx_log_plugin_register_static (&other, &error));
    g_assert_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_INVALID_NAME);
    g_clear_error (&error);
    twin.name = "good";
    twin.licence = NULL;
    g_assert_false (mvx_log_plugin_register_static (&other, &error));
    g_assert_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_BAD_METADATA);
    g_clear_error (&error);
    twin.magic = 1;
    g_assert_false (mvx_log_plugin_register_static (&other, &error));
    g_assert_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_BAD_MAGIC);
  }
}

static void
test_options (void)
{
  g_autoptr (MvxLogOptions) sync = probe_new_options (&probe_plugin, NULL);
  g_autoptr (MvxLogOptions) async = probe_new_options (&probe_async, NULL);

  g_assert_cmpstr (mvx_log_options_get_string (sync, "level"), ==, "info");
  g_assert_false (mvx_log_options_set (sync, "queue-max-size", "5", NULL));
  g_assert_true (mvx_log_options_set (async, "queue-max-size", "5", NULL));
}

static void
test_describe (void)
{
  g_autoptr (MvxLogOptions) options = probe_new_options (&probe_plugin, NULL);
  g_autoptr (MvxLogOptions) loud = probe_new_options (&probe_plugin, NULL);
  g_autoptr (MvxLogOptions) empty = mvx_log_plugin_new_options (&probe_plugin);
  g_autoptr (MvxLogSinkDescriptor) one = NULL;
  g_autoptr (MvxLogSinkDescriptor) two = NULL;
  g_autoptr (MvxLogSinkDescriptor) three = NULL;
  g_autoptr (GError) error = NULL;

  probe_reset ();
  one = mvx_log_plugin_describe (&probe_plugin, "app", options, &error);
  g_assert_no_error (error);
  two = mvx_log_plugin_describe (&probe_plugin, "app", options, &error);
  g_assert_cmpstr (mvx_log_sink_descriptor_get_plugin (one), ==, "probe");
  g_assert_true (mvx_log_sink_descriptor_equal (one, two));
  /* The common options count. */
  g_assert_true (mvx_log_options_set (loud, "level", "trace", NULL));
  three = mvx_log_plugin_describe (&probe_plugin, "app", loud, &error);
  g_assert_no_error (error);
  g_assert_false (mvx_log_sink_descriptor_equal (one, three));

  probe.fail_descriptor = TRUE;
  g_assert_null (mvx_log_plugin_describe (&probe_plugin, "app", options, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DESCRIPTOR_FAILED);
  g_assert_cmpstr (error->message, ==, "Plugin 'probe' could not describe sink 'app': no such target");
  g_assert_error (mvx_log_error_get_cause (error), G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (mvx_log_plugin_describe (&probe_plugin, "app", empty, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
}

static void
test_describe_null (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_plugin_new_options (&mvx_static_plugin_descriptor_null);
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_plugin_describe (&mvx_static_plugin_descriptor_null, "app", options, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DESCRIPTOR_FAILED);
  g_assert_cmpstr (error->message, ==,
                   "Plugin 'descriptor-null' could not describe sink 'app': build_descriptor returned nothing and gave "
                   "no reason; report this to whoever wrote the plugin");
}

static void
assert_create_fails (const MvxLogStaticPlugin *plugin, MvxLogOptions *options, const char *message)
{
  g_autoptr (MvxLogOptions) own = options ? mvx_log_options_ref (options) : mvx_log_plugin_new_options (plugin);
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_plugin_create_sink (plugin, "app", own, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CREATE_FAILED);
  g_assert_cmpstr (error->message, ==, message);
  g_assert_nonnull (mvx_log_error_get_cause (error));
}

static void
test_create_failures (void)
{
  g_autoptr (MvxLogOptions) options = probe_new_options (&probe_plugin, NULL);
  g_autoptr (MvxLogOptions) async = probe_new_options (&probe_async, NULL);

  assert_create_fails (&mvx_static_plugin_create_null, NULL,
                       "Plugin 'create-null' could not create sink 'app': create returned nothing and gave no reason; "
                       "report this to whoever wrote the plugin");
  assert_create_fails (&mvx_static_plugin_create_both, NULL,
                       "Plugin 'create-both' could not create sink 'app': an error and an instance");
  probe_reset ();
  probe.fail_create = TRUE;
  assert_create_fails (&probe_plugin, options, "Plugin 'probe' could not create sink 'app': nobody there");
  assert_create_fails (&probe_async, async, "Plugin 'probe-async' could not create sink 'app': nobody there");
  probe.fail_create = FALSE;
  probe.fail = "on_starting";
  assert_create_fails (&probe_plugin, options,
                       "Plugin 'probe' could not create sink 'app': Plugin 'probe' could not start sink 'app': "
                       "on_starting is out of order");
  g_assert_cmpstr (probe.calls->str, ==, "on_starting destroy");
  g_assert_cmpuint (probe.n_instances, ==, 0);
  probe.fail = NULL;
  probe.lie = "on_starting";
  assert_create_fails (&probe_plugin, options,
                       "Plugin 'probe' could not create sink 'app': Plugin 'probe' could not start sink 'app': "
                       "'on_starting' of plugin 'probe' failed for sink 'app' and gave no reason");
}

typedef struct
{
  const MvxLogStaticPlugin *plugin;
  const char *message;
  const char *diagnostic; /* NULL: none */
  gboolean offline;
} Fault;

static const Fault faults[] = {
  { &mvx_static_plugin_dispatch_count,
    "Sink 'app' could not deliver an event: Plugin 'dispatch-count' of sink 'app' broke its contract: dispatch_core "
    "returned OK and settled 8 of 1 events; the sink goes offline",
    "Plugin 'dispatch-count' of sink 'app' broke its contract: dispatch_core returned OK and settled 8 of 1 events; "
    "the sink goes offline",
    TRUE },
  { &mvx_static_plugin_dispatch_forgets,
    "Sink 'app' could not deliver an event: Plugin 'dispatch-forgets' of sink 'app' broke its contract: dispatch_core "
    "returned OK but settled 0 of 1 events; the sink goes offline",
    "Plugin 'dispatch-forgets' of sink 'app' broke its contract: dispatch_core returned OK but settled 0 of 1 events; "
    "the sink goes offline",
    TRUE },
  { &mvx_static_plugin_dispatch_error, "Sink 'app' could not deliver an event: not so well after all", NULL, TRUE },
  { &mvx_static_plugin_dispatch_pending,
    "Sink 'app' could not deliver an event: Plugin 'dispatch-pending' of sink 'app' broke its contract: dispatch_core "
    "returned PENDING, but the plugin does not have the flag ACKNOWLEDGES; the sink goes offline",
    "Plugin 'dispatch-pending' of sink 'app' broke its contract: dispatch_core returned PENDING, but the plugin does "
    "not have the flag ACKNOWLEDGES; the sink goes offline",
    TRUE },
  { &mvx_static_plugin_dispatch_silent,
    "Sink 'app' could not deliver an event: Plugin 'dispatch-silent' of sink 'app' returned RETRY and gave no reason",
    NULL, FALSE },
};

static void
test_faults (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autoptr (MvxLogSink) sink = new_sink (faults[i].plugin);
      guint n_dispatched = faults[i].offline ? 1 : 2;
      MvxLogCounters counters;

      g_clear_pointer (&diagnostic, g_free);
      mvx_log_diag_set_func (keep_diagnostic, NULL, NULL);
      assert_log_fails (sink, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED, faults[i].message);
      mvx_log_diag_set_func (NULL, NULL, NULL);
      g_assert_cmpstr (diagnostic, ==, faults[i].diagnostic);
      assert_log_refused (sink);
      assert_ledger (sink, 0, 2, 0);
      counters = ledger_check_moving (sink);
      g_assert_cmpuint (counters.failed, ==, n_dispatched);
      g_assert_cmpuint (counters.refused[MVX_LOG_REASON_ERROR], ==, n_dispatched);
    }
  g_clear_pointer (&diagnostic, g_free);
}

/* What was settled is settled, though the answer made no sense. */
static void
test_fault_unknown (void)
{
  g_autoptr (MvxLogSink) sink = new_sink (&mvx_static_plugin_dispatch_unknown);

  mvx_log_diag_set_func (keep_diagnostic, NULL, NULL);
  assert_log_succeeds (sink);
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_assert_cmpstr (diagnostic, ==,
                   "Plugin 'dispatch-unknown' of sink 'app' broke its contract: dispatch_core returned the unknown "
                   "result 42; the sink goes offline");
  g_clear_pointer (&diagnostic, g_free);
  assert_log_fails (sink, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE,
                    "Sink 'app' is offline since an error: Plugin 'dispatch-unknown' of sink 'app' broke its contract: "
                    "dispatch_core returned the unknown result 42; the sink goes offline");
  assert_ledger (sink, 1, 1, 0);
}

static void
test_drop (void)
{
  g_autoptr (MvxLogSink) sink = new_sink (&mvx_static_plugin_dispatch_drop);

  mvx_log_diag_set_func (keep_diagnostic, NULL, NULL);
  assert_log_succeeds (sink);
  assert_log_succeeds (sink);
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_assert_cmpstr (diagnostic, ==, "Sink 'app' dropped an event: unspeakable");
  g_clear_pointer (&diagnostic, g_free);
  assert_ledger (sink, 0, 0, 2);
}

static MvxLogSink *myself;

static MvxLogSink *
look_up (const char *name)
{
  return strcmp (name, "myself") == 0 ? g_object_ref (myself) : NULL;
}

static void
test_reenter (void)
{
  g_autoptr (MvxLogSink) sink = new_sink (&mvx_static_plugin_dispatch_reenter);

  myself = sink;
  mvx_log_sink_host_set_lookup (look_up);
  assert_log_fails (sink, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED,
                    "Sink 'app' could not deliver an event: Sink 'app' was called from inside its own plugin "
                    "'dispatch-reenter'; a plugin must not use its own sink");
  mvx_log_sink_host_set_lookup (NULL);
  /* Both the outer and the inner one are accounted for. */
  assert_ledger (sink, 0, 2, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plugin/get", test_get);
  g_test_add_func ("/plugin/register", test_register);
  g_test_add_func ("/plugin/options", test_options);
  g_test_add_func ("/plugin/describe", test_describe);
  g_test_add_func ("/plugin/describe-null", test_describe_null);
  g_test_add_func ("/plugin/create-failures", test_create_failures);
  g_test_add_func ("/plugin/sync/faults", test_faults);
  g_test_add_func ("/plugin/sync/fault-unknown", test_fault_unknown);
  g_test_add_func ("/plugin/sync/drop", test_drop);
  g_test_add_func ("/plugin/sync/reenter", test_reenter);
  return g_test_run ();
}
