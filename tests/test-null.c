/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "dummy-sink.h"
#include "sink/builtin-private.h"
#include "sink/descriptor-private.h"
#include "sink/host-private.h"
#include "sink/options-private.h"

static void
test_discards (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (mvx_log_null_plugin.plugin->options);
  g_autoptr (MvxLogSinkDescriptor) descriptor = mvx_log_null_plugin.build_descriptor (options, NULL);
  g_autofree char *text = mvx_log_sink_descriptor_to_string (descriptor);
  g_autoptr (MvxLogEvent) event = dummy_event (MVX_LOG_LEVEL_INFO, "x");
  MvxLogEvent *batch[] = { event, event };
  MvxLogSinkHost *host = mvx_log_sink_host_new ("void", NULL, NULL);
  gpointer instance = mvx_log_null_plugin.create (options, host, NULL);
  guint n_done = 0;

  g_assert_cmpstr (text, ==, "null");
  g_assert_nonnull (instance);
  g_assert_cmpint (mvx_log_null_plugin.dispatch_core (instance, batch, 2, &n_done, NULL), ==, MVX_LOG_DISPATCH_OK);
  g_assert_cmpuint (n_done, ==, 2);
  mvx_log_null_plugin.plugin->destroy (instance);
  mvx_log_sink_host_free (host);
}

/* All built-in plugins keep the contract that is asked of loaded ones. */
static void
test_builtin (void)
{
  static const char *const names[] = { "stream", "memory", "null", "group", "failover", "roundrobin", "route" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const MvxLogStaticPlugin *builtin = mvx_log_builtin_plugins[i];
      const MvxLogPlugin *plugin = builtin->plugin;
      g_autoptr (GError) error = NULL;

      g_assert_cmpstr (plugin->name, ==, names[i]);
      g_assert_cmpuint (plugin->magic, ==, MVX_LOG_PLUGIN_MAGIC);
      g_assert_cmpuint (plugin->abi, ==, MVX_LOG_PLUGIN_ABI);
      g_assert_cmpuint (plugin->struct_size, ==, sizeof (MvxLogPlugin));
      g_assert_cmpuint (plugin->flags, ==,
                        builtin == &mvx_log_stream_plugin ? MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_ACKNOWLEDGES : 0);
      g_assert_cmpuint (strlen (plugin->version), >, 0);
      g_assert_cmpuint (strlen (plugin->summary), >, 0);
      g_assert_cmpstr (plugin->licence, ==, "LGPL-2.1-or-later");
      g_assert_nonnull (plugin->destroy);
      g_assert_nonnull (builtin->build_descriptor);
      g_assert_nonnull (builtin->create);
      g_assert_nonnull (builtin->dispatch_core);
      g_assert_true (mvx_log_option_table_check (plugin->options, &error));
      g_assert_no_error (error);
    }
  g_assert_null (mvx_log_builtin_plugins[G_N_ELEMENTS (names)]);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/null/discards", test_discards);
  g_test_add_func ("/builtin/contract", test_builtin);
  return g_test_run ();
}
