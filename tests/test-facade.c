/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <unistd.h>

#include "capture-sink.h"

#include "sink/descriptor-private.h"

static MvxLogSink *
configure_memory (const char *name, GVariant *options, GError **error)
{
  return mvx_log_configure_sink (name, "memory", options, error);
}

/* Works with no configuration: the root on a sink "stderr". */
static void
test_bootstrap (void)
{
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();
  g_autoptr (GPtrArray) sinks = mvx_log_context_get_local_sinks (root);
  g_autoptr (MvxLogSink) sink = mvx_log_get_sink ("stderr");
  g_auto (GStrv) names = mvx_log_get_sink_names ();

  g_assert_true (mvx_log_has_sinks ());
  g_assert_cmpuint (g_strv_length (names), ==, 1);
  g_assert_cmpstr (names[0], ==, "stderr");
  g_assert_cmpuint (sinks->len, ==, 1);
  g_assert_true (sinks->pdata[0] == (gpointer) sink);
  g_assert_true (mvx_log_context_is_enabled (root, MVX_LOG_LEVEL_INFO));
  g_assert_false (mvx_log_context_is_enabled (root, MVX_LOG_LEVEL_DEBUG));
}

/* Equal descriptors: the same object; different ones: a conflict, and nothing changes. */
static void
test_configure_sink (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) sink = configure_memory ("audit", NULL, &error);
  g_autoptr (MvxLogSink) again = NULL;
  g_autoptr (MvxLogSink) got = NULL;

  g_assert_no_error (error);
  again = configure_memory ("audit", NULL, &error);
  g_assert_true (sink == again);
  g_assert_null (mvx_log_configure_sink ("audit", "null", NULL, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CONFLICT);
  got = mvx_log_get_sink ("audit");
  g_assert_true (got == sink);
  g_clear_error (&error);
  g_assert_null (configure_memory ("not a name", NULL, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME);
  g_clear_error (&error);
  g_assert_null (configure_memory ("other", g_variant_new_parsed ("{'no-such-option': <1>}"), &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_true (g_str_has_prefix (error->message, "Sink 'other' (plugin 'memory') cannot be configured: "));
  g_clear_error (&error);
  g_assert_null (mvx_log_configure_sink ("other", "nowhere-to-be-found", NULL, &error));
  g_assert_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_NOT_FOUND);
  g_assert_null (mvx_log_get_sink ("other"));
  g_assert_true (mvx_log_close_sink ("audit", NULL));
}

/* Local use keeps a sink open, inherited use does not count. */
static void
test_close_sink (void)
{
  g_autoptr (MvxLogSink) sink = configure_memory ("close", NULL, NULL);
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("facade.close", NULL);
  g_autoptr (MvxLogContext) below G_GNUC_UNUSED = mvx_log_configure_context ("facade.close.below", NULL);
  g_autoptr (GError) error = NULL;

  mvx_log_context_set_sinks (context, &sink, 1, NULL);
  g_assert_false (mvx_log_close_sink ("close", &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_IN_USE);
  g_assert_nonnull (strstr (error->message, "facade.close"));
  g_assert_null (strstr (error->message, "facade.close.below"));
  g_clear_error (&error);
  g_assert_false (mvx_log_close_sink ("stderr", &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_IN_USE);
  g_assert_nonnull (strstr (error->message, "<root>"));
  g_clear_error (&error);
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (mvx_log_close_sink ("close", &error));
  g_assert_false (mvx_log_close_sink ("close", &error));
  g_clear_error (&error);
  g_assert_null (mvx_log_get_sink ("close"));
}

static void
test_contexts (void)
{
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("facade.x.y", NULL);
  g_autoptr (MvxLogContext) got = mvx_log_get_context ("facade.x.y");
  g_autoptr (GError) error = NULL;

  g_assert_true (got == context);
  g_assert_true (mvx_log_has_context ("facade.x"));
  g_assert_false (mvx_log_has_context ("facade.z"));
  g_assert_null (mvx_log_configure_context ("1", &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME);
  mvx_log_reset_contexts ();
  g_assert_false (mvx_log_has_context ("facade.x"));
  g_assert_true (mvx_log_has_context (""));
}

static void
test_reload_without_file (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_dup_config_path ());
  g_assert_false (mvx_log_reload (&error));
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_NOT_FOUND);
  g_assert_cmpstr (error->message, ==, "There is nothing to reload: no configuration file has been applied");
}

static void
test_flush (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_flush (-1, &error));
  g_assert_true (mvx_log_reopen (&error));
  g_assert_no_error (error);
}

static void
assert_no_sink (const char *name, const char *plugin, const char *options, const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_configure_sink (name, plugin, options ? g_variant_new_parsed (options) : NULL, &error));
  g_assert_nonnull (error);
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_null (mvx_log_configure_sink (name, plugin, options ? g_variant_new_parsed (options) : NULL, NULL));
  g_assert_null (mvx_log_get_sink (name));
  g_assert_null (mvx_log_get_sink_descriptor (name));
}

/* What is wrong, where, and what to do; and nothing was made. */
static void
test_refused (void)
{
  assert_no_sink (
      "x", "memory", "{'filter': <'level >='>}",
      "Sink 'x' cannot be created: Option 'filter': column 9: expected a value (text, a number, true, false or "
      "null), found the end");
  assert_no_sink ("x", "memory", "{'processors': <'nobody'>}",
                  "Sink 'x' cannot be created: Option 'processors': no processor is registered as 'nobody'; call "
                  "mvx_log_register_processor() first");
  assert_no_sink ("x", "memory", "{'redact-keys': <'*'>}",
                  "Sink 'x' (plugin 'memory') cannot be configured: Unknown option 'redact-keys'; did you mean "
                  "'redact-text'?");
  assert_no_sink (
      "x", "memory", "{'level': <'loud'>}",
      "Sink 'x' (plugin 'memory') cannot be configured: Option 'level': Unknown level 'loud'; use trace, debug, "
      "info, notice, warning, error, critical, off or a number");
  assert_no_sink (
      "x", "memory", "{'level': <7.5>}",
      "Sink 'x' (plugin 'memory') cannot be configured: Option 'level': expected text, got a value of type 'd'");
  assert_no_sink ("", "memory", NULL, "'' is not a sink name; use a letter, then letters, digits, '_' and '-'");
  assert_no_sink (
      "x", "Memory", NULL,
      "'Memory' is not a plugin name: it must be 1 to 31 characters out of a-z, 0-9 and '-' and start with a "
      "letter; give the NAME of libmvxlog-NAME.so");
}

/* A dictionary that is not floating stays the caller's, and shapes what the sink sees. */
static void
test_shaped (void)
{
  g_autoptr (GVariant) options = g_variant_ref_sink (g_variant_new_parsed ("{'filter': <'has(n)'>}"));
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) sink = configure_memory ("shaped", options, &error);
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("facade.shaped", NULL);
  g_autoptr (MvxLogSinkDescriptor) descriptor = NULL;
  MvxLogCounters counters;

  g_assert_no_error (error);
  mvx_log_context_set_sinks (context, &sink, 1, NULL);
  mvx_info (context, "without");
  mvx_info (context, "with", "n", 1);
  mvx_log_sink_get_counters (sink, &counters);
  g_assert_cmpuint (counters.filtered, ==, 1);
  g_assert_cmpuint (counters.delivered, ==, 1);
  g_assert_cmpint (g_variant_n_children (options), ==, 1);
  descriptor = mvx_log_get_sink_descriptor ("shaped");
  g_assert_cmpstr (mvx_log_sink_descriptor_get_plugin (descriptor), ==, "memory");
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (mvx_log_close_sink ("shaped", &error));
}

static void
test_names (void)
{
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("facade.names.deep", NULL);
  g_auto (GStrv) names = NULL;

  g_assert_nonnull (context);
  names = mvx_log_get_context_names ();
  g_assert_true (g_strv_contains ((const char *const *) names, ""));
  g_assert_true (g_strv_contains ((const char *const *) names, "facade.names"));
  g_assert_true (g_strv_contains ((const char *const *) names, "facade.names.deep"));
  g_assert_false (g_strv_contains ((const char *const *) names, "facade.names.deeper"));
}

/* Before the others, once, and no more than is allowed. */
static void
test_plugin_path (void)
{
  static const char *const only[] = { "other", NULL };
  static const char *const none[] = { NULL };
  g_autoptr (MvxLogSink) sink = NULL;
  g_auto (GStrv) path = NULL;
  g_autoptr (GError) error = NULL;

  mvx_log_add_plugin_path ("/nonexistent/one");
  path = mvx_log_get_plugin_path ();
  g_assert_cmpstr (path[0], ==, "/nonexistent/one");
  for (guint i = 0; i < 2; i++)
    {
      mvx_log_set_allowed_plugins (i == 0 ? only : none);
      g_assert_null (mvx_log_configure_sink ("x", "file", NULL, &error));
      g_assert_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_NOT_ALLOWED);
      g_assert_cmpstr (error->message, ==,
                       "Plugin 'file' is not on the list of allowed plugins; add it there if it is wanted");
      g_clear_error (&error);
    }
  /* It is about files. */
  sink = mvx_log_configure_sink ("x", "memory", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (mvx_log_close_sink ("x", &error));
  mvx_log_set_allowed_plugins (NULL);
}

static void
note_diag (gint level, const char *message, gpointer data)
{
  g_string_append (data, message);
}

static void
count_end (gpointer data)
{
  g_string_append_c (data, '.');
}

#define NOT_A_NAME                                                                                                     \
  "'not a name' is not a context name; use words of letters, digits, '-' and '_' that begin with a letter, joined by " \
  "dots, such as org.example.shop, at most 255 characters; its events go to the root context"

/* A function, a descriptor, nobody. */
static void
test_diagnostics (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[1024];
  int fds[2];
  gssize n;

  mvx_log_set_diagnostics_func (note_diag, text, count_end);
  g_assert_nonnull (mvx_log_handle_resolve ("not a name"));
  g_assert_cmpstr (text->str, ==, NOT_A_NAME);
  mvx_log_set_diagnostics_func (NULL, NULL, NULL);
  g_assert_cmpstr (text->str, ==, NOT_A_NAME ".");
  g_string_truncate (text, 0);
  g_assert_no_errno (pipe2 (fds, O_CLOEXEC | O_NONBLOCK));
  mvx_log_set_diagnostics_fd (fds[1]);
  g_assert_nonnull (mvx_log_handle_resolve ("not a name"));
  n = read (fds[0], buffer, sizeof buffer - 1);
  g_assert_cmpint (n, >, 0);
  buffer[n] = '\0';
  g_assert_cmpstr (buffer, ==, "mvxlog: " NOT_A_NAME "\n");
  mvx_log_set_diagnostics_fd (-1);
  g_assert_nonnull (mvx_log_handle_resolve ("not a name"));
  g_assert_cmpint (read (fds[0], buffer, sizeof buffer), ==, -1);
  mvx_log_set_diagnostics_fd (STDERR_FILENO);
  close (fds[0]);
  close (fds[1]);
  g_assert_cmpstr (text->str, ==, "");
}

/* Everything goes; then it is as at the start. */
static void
test_reset (void)
{
  g_autoptr (MvxLogSink) sink = configure_memory ("reset", NULL, NULL);
  g_autoptr (MvxLogSink) before = mvx_log_get_sink ("stderr");
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("facade.reset", NULL);
  g_autoptr (MvxLogSink) after = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) names = NULL;

  mvx_log_context_set_sinks (context, &sink, 1, NULL);
  g_assert_true (mvx_log_reset (&error));
  g_assert_no_error (error);
  names = mvx_log_get_sink_names ();
  g_assert_cmpuint (g_strv_length (names), ==, 1);
  after = mvx_log_get_sink ("stderr");
  g_assert_nonnull (after);
  g_assert_true (after != before);
  g_assert_false (mvx_log_has_context ("facade.reset"));
}

static guint64
state_of (GVariant *result, const char *sink, const char *key)
{
  g_autoptr (GVariant) state = g_variant_lookup_value (result, sink, G_VARIANT_TYPE_VARDICT);
  guint64 n = 0;

  g_assert_nonnull (state);
  g_assert_true (g_variant_lookup (state, key, "t", &n));
  return n;
}

static void
test_shutdown (void)
{
  g_autoptr (MvxLogSink) sink = configure_memory ("last", NULL, NULL);
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("facade.last", NULL);
  g_autoptr (GVariant) result = NULL;

  mvx_log_context_set_sinks (context, &sink, 1, NULL);
  for (guint i = 0; i < 3; i++)
    mvx_info (context, "x");
  g_assert_true (mvx_log_shutdown (-1, &result));
  g_assert_cmpuint (state_of (result, "last", "accepted"), ==, 3);
  g_assert_cmpuint (state_of (result, "last", "delivered"), ==, 3);
  g_assert_cmpuint (state_of (result, "last", "undelivered"), ==, 0);
  g_assert_false (mvx_log_has_sinks ());
  /* Logging stays legal and does nothing. */
  g_assert_false (mvx_log_context_is_enabled (context, MVX_LOG_LEVEL_CRITICAL));
  mvx_critical (context, "nobody hears");
  g_assert_true (mvx_log_shutdown (-1, NULL));
  g_assert_true (mvx_log_reset (NULL));
  g_assert_true (mvx_log_has_sinks ());
}

/* The environment counts once, at first use: each in a process of its own. */
static void
run_child (const char *variable, const char *value)
{
  g_setenv (variable, value, TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_unsetenv (variable);
  g_test_trap_assert_passed ();
}

static void
test_autoinit (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();

      g_assert_false (mvx_log_has_sinks ());
      g_assert_false (mvx_log_context_is_enabled (root, MVX_LOG_LEVEL_CRITICAL));
      mvx_critical (root, "must not be seen");
      return;
    }
  run_child ("MVXLOG_AUTOINIT", "0");
  g_test_trap_assert_stderr_unmatched ("*must not be seen*");
}

static void
test_level (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();
      g_autoptr (MvxLogContext) net = mvx_log_configure_context ("org.example.net", NULL);

      g_assert_cmpint (mvx_log_context_get_level (root), ==, MVX_LOG_LEVEL_WARNING);
      g_assert_cmpint (mvx_log_context_get_level (net), ==, MVX_LOG_LEVEL_DEBUG);
      mvx_info (root, "not this one");
      mvx_debug (net, "but this one");
      return;
    }
  run_child ("MVXLOG_LEVEL", "warning, org.example.net = debug, nonsense, 1=info");
  g_test_trap_assert_stderr ("*MVXLOG_LEVEL: 'nonsense' has no effect: *");
  g_test_trap_assert_stderr ("*MVXLOG_LEVEL: '1=info' has no effect: '1' is not a context name*");
  g_test_trap_assert_stderr ("*but this one*");
  g_test_trap_assert_stderr_unmatched ("*not this one*");
}

/* A program that forgets to shut down still gets delivered what it logged; one line per event. */
static void
test_plain_use (void)
{
  if (g_test_subprocess ())
    {
      MVX_LOG_CONTEXT (app, "app")

      mvx_info (app, "hello {who}", "who", "world");
      mvx_debug (app, "too fine");
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*hello world*");
  g_test_trap_assert_stderr_unmatched ("*too fine*");
}

static gpointer
first_use (gpointer data)
{
  g_assert_true (mvx_log_has_sinks ());
  return NULL;
}

static void
test_first_use_race (void)
{
  if (g_test_subprocess ())
    {
      GThread *threads[8];

      for (guint i = 0; i < 8; i++)
        threads[i] = g_thread_new ("first", first_use, NULL);
      for (guint i = 0; i < 8; i++)
        g_thread_join (threads[i]);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/facade/bootstrap", test_bootstrap);
  g_test_add_func ("/facade/configure-sink", test_configure_sink);
  g_test_add_func ("/facade/close-sink", test_close_sink);
  g_test_add_func ("/facade/contexts", test_contexts);
  g_test_add_func ("/facade/reload-without-file", test_reload_without_file);
  g_test_add_func ("/facade/flush", test_flush);
  g_test_add_func ("/facade/refused", test_refused);
  g_test_add_func ("/facade/shaped", test_shaped);
  g_test_add_func ("/facade/names", test_names);
  g_test_add_func ("/facade/plugin-path", test_plugin_path);
  g_test_add_func ("/facade/diagnostics", test_diagnostics);
  g_test_add_func ("/facade/reset", test_reset);
  g_test_add_func ("/facade/shutdown", test_shutdown);
  g_test_add_func ("/facade/environment/autoinit", test_autoinit);
  g_test_add_func ("/facade/environment/level", test_level);
  g_test_add_func ("/facade/plain-use", test_plain_use);
  g_test_add_func ("/facade/first-use-race", test_first_use_race);
  return g_test_run ();
}
