/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/memory.h>

#include "dummy-sink.h"
#include "sink/builtin-private.h"
#include "sink/descriptor-private.h"
#include "sink/host-private.h"
#include "sink/options-private.h"

/* An instance, and a sink that stands for its wrapper. */
typedef struct
{
  MvxLogOptions *options;
  MvxLogSinkHost *host;
  gpointer instance;
  DummySink *sink;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->options = mvx_log_options_new (mvx_log_memory_plugin.plugin->options);
  g_assert_true (mvx_log_options_set (fixture->options, "max-events", "3", NULL));
  fixture->host = mvx_log_sink_host_new ("recent", NULL, NULL);
  fixture->instance = mvx_log_memory_plugin.create (fixture->options, fixture->host, &error);
  g_assert_no_error (error);
  fixture->sink = dummy_sink_new ();
  g_object_set_data (G_OBJECT (fixture->sink), "mvx-log-plugin-instance", fixture->instance);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->instance)
    mvx_log_memory_plugin.plugin->destroy (fixture->instance);
  mvx_log_sink_host_free (fixture->host);
  mvx_log_options_unref (fixture->options);
  g_object_unref (fixture->sink);
}

static void
deliver (Fixture *fixture, const char *text)
{
  g_autoptr (MvxLogEvent) event = dummy_event (MVX_LOG_LEVEL_INFO, text);
  g_autoptr (GError) error = NULL;
  guint n_done = 7;

  g_assert_cmpint (mvx_log_memory_plugin.dispatch_core (fixture->instance, &event, 1, &n_done, &error), ==,
                   MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, 1);
}

static void
assert_events (Fixture *fixture, const char *expected)
{
  g_autoptr (GPtrArray) events = mvx_log_memory_sink_get_events (MVX_LOG_SINK (fixture->sink));
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_nonnull (events);
  for (guint i = 0; i < events->len; i++)
    g_string_append_printf (text, "%s;", mvx_log_event_get_template (g_ptr_array_index (events, i)));
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_keeps_last (Fixture *fixture, gconstpointer data)
{
  assert_events (fixture, "");
  deliver (fixture, "a");
  deliver (fixture, "b");
  assert_events (fixture, "a;b;");
  deliver (fixture, "c");
  deliver (fixture, "d");
  assert_events (fixture, "b;c;d;");
}

static void
test_batch (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogEvent) a = dummy_event (MVX_LOG_LEVEL_INFO, "a");
  g_autoptr (MvxLogEvent) b = dummy_event (MVX_LOG_LEVEL_INFO, "b");
  MvxLogEvent *batch[] = { a, b, a, b };
  guint n_done = 0;

  g_assert_cmpint (mvx_log_memory_plugin.dispatch_core (fixture->instance, batch, 4, &n_done, NULL), ==,
                   MVX_LOG_DISPATCH_OK);
  g_assert_cmpuint (n_done, ==, 4);
  assert_events (fixture, "b;a;b;");
}

static void
test_clear (Fixture *fixture, gconstpointer data)
{
  deliver (fixture, "a");
  mvx_log_memory_sink_clear (MVX_LOG_SINK (fixture->sink));
  assert_events (fixture, "");
  deliver (fixture, "b");
  assert_events (fixture, "b;");
}

static void
test_reconfigure (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  deliver (fixture, "a");
  deliver (fixture, "b");
  g_assert_true (mvx_log_options_set (fixture->options, "max-events", "1", NULL));
  g_assert_true (mvx_log_memory_plugin.plugin->reconfigure (fixture->instance, fixture->options, &error));
  g_assert_no_error (error);
  assert_events (fixture, "b;");
}

/* What was fetched outlives the sink; the sink outlives its instance. */
static void
test_lifetime (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) events = NULL;

  deliver (fixture, "a");
  events = mvx_log_memory_sink_get_events (MVX_LOG_SINK (fixture->sink));
  mvx_log_memory_plugin.plugin->destroy (g_steal_pointer (&fixture->instance));
  g_assert_null (mvx_log_memory_sink_get_events (MVX_LOG_SINK (fixture->sink)));
  mvx_log_memory_sink_clear (MVX_LOG_SINK (fixture->sink));
  g_assert_cmpstr (mvx_log_event_get_template (events->pdata[0]), ==, "a");
}

static void
test_other_plugin (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DummySink) other = dummy_sink_new ();

  g_assert_null (mvx_log_memory_sink_get_events (MVX_LOG_SINK (other)));
  g_object_set_data (G_OBJECT (other), "mvx-log-plugin-instance", fixture->host);
  g_assert_null (mvx_log_memory_sink_get_events (MVX_LOG_SINK (other)));
  deliver (fixture, "a");
  mvx_log_memory_sink_clear (MVX_LOG_SINK (other));
  assert_events (fixture, "a;");
}

static void
test_descriptor (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogSinkDescriptor) descriptor = mvx_log_memory_plugin.build_descriptor (fixture->options, NULL);
  g_autofree char *text = mvx_log_sink_descriptor_to_string (descriptor);
  g_autoptr (MvxLogOptions) defaults = mvx_log_options_new (mvx_log_memory_plugin.plugin->options);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (text, ==, "memory (config {max-events=3, max-bytes=67108864, crash-ring='off'})");
  g_assert_cmpint (mvx_log_options_get_int64 (defaults, "max-events"), ==, 10000);
  g_assert_false (mvx_log_options_set (defaults, "max-events", "0", &error));
  g_assert_cmpstr (error->message, ==, "Option 'max-events': 0 is out of range 1..100000000");
}

/* Bounded by what the events take, too. */
static void
test_bytes (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (600, 'x');

  g_assert_true (mvx_log_options_set (fixture->options, "max-bytes", "1KiB", NULL));
  g_assert_true (mvx_log_memory_plugin.plugin->reconfigure (fixture->instance, fixture->options, NULL));
  deliver (fixture, "a");
  deliver (fixture, text);
  deliver (fixture, "b");
  {
    g_autofree char *expected = g_strconcat ("a;", text, ";b;", NULL);

    assert_events (fixture, expected);
  }
  deliver (fixture, text);
  {
    g_autofree char *expected = g_strconcat ("b;", text, ";", NULL);

    assert_events (fixture, expected);
  }
}

static DummySink *crash;

static MvxLogSink *
look_up (const char *name)
{
  return g_str_equal (name, "crash") ? g_object_ref (MVX_LOG_SINK (crash)) : NULL;
}

static void
assert_dumped (const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < crash->texts->len; i++)
    g_string_append_printf (text, "%s;", (const char *) g_ptr_array_index (crash->texts, i));
  g_assert_cmpstr (text->str, ==, expected);
}

static void
on_diagnostic (gpointer data, gint level, const char *message)
{
  g_string_append_printf (data, "%d %s\n", level, message);
}

static void
deliver_at (gpointer instance, gint level, const char *text)
{
  g_autoptr (MvxLogEvent) event = dummy_event (level, text);
  guint n_done = 0;

  g_assert_cmpint (mvx_log_memory_plugin.dispatch_core (instance, &event, 1, &n_done, NULL), ==, MVX_LOG_DISPATCH_OK);
}

/* An error brings out what went before it, whatever its level; once. */
static void
test_dump_level (void)
{
  static const MvxLogHostFuncs funcs = { .diagnose = on_diagnostic };
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (mvx_log_memory_plugin.plugin->options);
  g_autoptr (GString) diagnostics = g_string_new (NULL);
  MvxLogSinkHost *host = mvx_log_sink_host_new ("recorder", &funcs, diagnostics);
  g_autoptr (GError) error = NULL;
  gpointer instance;

  crash = dummy_sink_new ();
  mvx_log_sink_host_set_lookup (look_up);
  g_assert_true (mvx_log_options_set (options, "dump-level", "error", NULL));
  g_assert_null (mvx_log_memory_plugin.build_descriptor (options, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_cmpstr (error->message, ==, "Option 'dump-level': needs 'dump-to', the sink that gets the events");
  g_clear_error (&error);
  g_assert_true (mvx_log_options_set (options, "dump-to", "crash", NULL));
  g_assert_true (mvx_log_options_set (options, "max-events", "3", NULL));
  instance = mvx_log_memory_plugin.create (options, host, &error);
  g_assert_no_error (error);

  deliver_at (instance, MVX_LOG_LEVEL_DEBUG, "a");
  deliver_at (instance, MVX_LOG_LEVEL_DEBUG, "b");
  deliver_at (instance, MVX_LOG_LEVEL_WARNING, "c");
  assert_dumped ("");
  deliver_at (instance, MVX_LOG_LEVEL_ERROR, "d");
  assert_dumped ("b;c;d;");
  deliver_at (instance, MVX_LOG_LEVEL_DEBUG, "e");
  deliver_at (instance, MVX_LOG_LEVEL_CRITICAL, "f");
  assert_dumped ("b;c;d;e;f;");

  /* What is not taken stays. */
  crash->log_error = g_strdup ("disk full");
  deliver_at (instance, MVX_LOG_LEVEL_ERROR, "g");
  g_assert_cmpstr (diagnostics->str, ==, "30 could dump only 0 events, the rest stays for the next time: disk full\n");
  g_clear_pointer (&crash->log_error, g_free);
  deliver_at (instance, MVX_LOG_LEVEL_ERROR, "h");
  assert_dumped ("b;c;d;e;f;g;h;");

  mvx_log_memory_plugin.plugin->destroy (instance);
  mvx_log_sink_host_free (host);
  mvx_log_sink_host_set_lookup (NULL);
  g_assert_finalize_object (crash);
}

/* On demand, to any sink. */
static void
test_dump (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint n = 7;

  crash = dummy_sink_new ();
  deliver (fixture, "a");
  deliver (fixture, "b");
  g_assert_true (mvx_log_memory_sink_dump (MVX_LOG_SINK (fixture->sink), MVX_LOG_SINK (crash), &n, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, 2);
  assert_dumped ("a;b;");
  assert_events (fixture, "");
  g_assert_false (mvx_log_memory_sink_dump (MVX_LOG_SINK (crash), MVX_LOG_SINK (fixture->sink), NULL, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE);
  g_assert_cmpstr (error->message, ==,
                   "The sink keeps no events: it belongs to another plugin than 'memory', or was closed");
  g_assert_finalize_object (crash);
}

static gpointer
query (gpointer data)
{
  Fixture *fixture = data;

  for (guint i = 0; i < 500; i++)
    {
      g_autoptr (GPtrArray) events = mvx_log_memory_sink_get_events (MVX_LOG_SINK (fixture->sink));

      if (events == NULL)
        break;
      g_assert_cmpuint (events->len, <=, 3);
      if (i % 100 == 0)
        mvx_log_memory_sink_clear (MVX_LOG_SINK (fixture->sink));
    }
  return NULL;
}

/* Queries while events come in and while the sink goes away. */
static void
test_threads (Fixture *fixture, gconstpointer data)
{
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("query", query, fixture);
  for (guint i = 0; i < 500; i++)
    deliver (fixture, "x");
  mvx_log_memory_plugin.plugin->destroy (g_steal_pointer (&fixture->instance));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

#define ADD(path, func) g_test_add ("/memory/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("keeps-last", test_keeps_last);
  ADD ("batch", test_batch);
  ADD ("bytes", test_bytes);
  ADD ("dump", test_dump);
  g_test_add_func ("/memory/dump-level", test_dump_level);
  ADD ("clear", test_clear);
  ADD ("reconfigure", test_reconfigure);
  ADD ("lifetime", test_lifetime);
  ADD ("other-plugin", test_other_plugin);
  ADD ("descriptor", test_descriptor);
  ADD ("threads", test_threads);
  return g_test_run ();
}
