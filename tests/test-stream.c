/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <mvxlog/renderer.h>

#include "dummy-sink.h"
#include "sink/descriptor-private.h"
#include "sink/host-private.h"
#include "sink/options-private.h"
#include "sink/stream-private.h"

typedef struct
{
  MvxLogOptions *options;
  MvxLogSinkHost *host;
  gpointer instance;
  int ends[2];
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_setenv ("NO_COLOR", "1", TRUE);
  fixture->options = mvx_log_options_new (mvx_log_stream_plugin.plugin->options);
  g_assert_true (mvx_log_options_set (fixture->options, "format", "json", NULL));
  g_assert_true (mvx_log_options_set (fixture->options, "async", "false", NULL));
  fixture->host = mvx_log_sink_host_new ("console", NULL, NULL);
  fixture->instance = mvx_log_stream_plugin.create (fixture->options, fixture->host, &error);
  g_assert_no_error (error);
  g_assert_cmpint (pipe (fixture->ends), ==, 0);
  mvx_log_stream_set_fd (fixture->instance, fixture->ends[1], 60000);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->instance)
    mvx_log_stream_plugin.plugin->destroy (fixture->instance);
  mvx_log_sink_host_free (fixture->host);
  mvx_log_options_unref (fixture->options);
  close (fixture->ends[0]);
  close (fixture->ends[1]);
}

/* What a renderer of that format makes of an event. */
static char *
rendered (const char *format, const char *const *settings, const char *text)
{
  g_autoptr (MvxLogRenderer) renderer = mvx_log_renderer_new (format, settings, NULL);
  g_autoptr (MvxLogEvent) event = dummy_event (MVX_LOG_LEVEL_INFO, text);
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  char *line;

  mvx_log_renderer_render (renderer, event, &buffer);
  line = g_strndup ((const char *) buffer.data, buffer.len);
  mvx_log_buffer_clear (&buffer);
  return line;
}

static MvxLogDispatchResult
deliver (Fixture *fixture, const char *text, guint *n_done, GError **error)
{
  g_autoptr (MvxLogEvent) event = dummy_event (MVX_LOG_LEVEL_INFO, text);

  return mvx_log_stream_plugin.dispatch_core (fixture->instance, &event, 1, n_done, error);
}

static void
assert_output (Fixture *fixture, const char *expected)
{
  char chunk[2000];
  gssize n = read (fixture->ends[0], chunk, sizeof chunk - 1);

  g_assert_cmpint (n, >=, 0);
  chunk[n] = '\0';
  g_assert_cmpstr (chunk, ==, expected);
}

static void
test_lines (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *one = rendered ("json", NULL, "one");
  g_autofree char *two = rendered ("json", NULL, "two");
  guint n_done = 7;

  g_assert_cmpint (deliver (fixture, "one", &n_done, &error), ==, MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, 1);
  assert_output (fixture, one);
  g_assert_cmpint (deliver (fixture, "two", &n_done, &error), ==, MVX_LOG_DISPATCH_OK);
  assert_output (fixture, two);
}

static void
test_batch (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogEvent) event = dummy_event (MVX_LOG_LEVEL_INFO, "x");
  g_autofree char *line = rendered ("json", NULL, "x");
  g_autofree char *lines = g_strconcat (line, line, line, NULL);
  MvxLogEvent *batch[] = { event, event, event };
  guint n_done = 0;

  g_assert_cmpint (mvx_log_stream_plugin.dispatch_core (fixture->instance, batch, 3, &n_done, NULL), ==,
                   MVX_LOG_DISPATCH_OK);
  g_assert_cmpuint (n_done, ==, 3);
  assert_output (fixture, lines);
}

/* A stream in trouble is no end of the sink: the same instance goes on. */
static void
test_trouble (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = rendered ("json", NULL, "x");
  int closed = dup (fixture->ends[1]);
  guint n_done = 7;

  close (closed);
  mvx_log_stream_set_fd (fixture->instance, closed, 60000);
  g_assert_cmpint (deliver (fixture, "x", &n_done, &error), ==, MVX_LOG_DISPATCH_RETRY);
  g_assert_cmpuint (n_done, ==, 0);
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED);
  g_assert_cmpstr (error->message, ==, "Cannot write to stderr: Bad file descriptor");
  g_clear_error (&error);
  mvx_log_stream_set_fd (fixture->instance, fixture->ends[1], 60000);
  g_assert_cmpint (deliver (fixture, "x", &n_done, &error), ==, MVX_LOG_DISPATCH_OK);
  assert_output (fixture, line);
}

/* What is half written is dropped, not offered again. */
static void
test_torn (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (300000, 'x');
  g_autoptr (GError) error = NULL;
  guint n_done = 7;

  mvx_log_stream_set_fd (fixture->instance, fixture->ends[1], 1);
  g_assert_cmpint (deliver (fixture, text, &n_done, &error), ==, MVX_LOG_DISPATCH_DROP);
  g_assert_cmpuint (n_done, ==, 0);
  g_assert_cmpstr (error->message, ==, "Cannot write to stderr: its reader has stopped reading; an event was lost");
}

static void
test_never_closes (Fixture *fixture, gconstpointer data)
{
  mvx_log_stream_plugin.plugin->destroy (g_steal_pointer (&fixture->instance));
  g_assert_cmpint (fcntl (fixture->ends[1], F_GETFD), !=, -1);
  g_assert_cmpint (fcntl (STDERR_FILENO, F_GETFD), !=, -1);
}

static void
test_reconfigure (Fixture *fixture, gconstpointer data)
{
  static const char *const settings[] = { "pattern", "<%m>", NULL };
  g_autofree char *line = rendered ("pattern", settings, "x");
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  g_assert_true (mvx_log_options_set (fixture->options, "format", "pattern", NULL));
  g_assert_true (mvx_log_options_set (fixture->options, "pattern", "<%m>", NULL));
  g_assert_true (mvx_log_stream_plugin.plugin->reconfigure (fixture->instance, fixture->options, &error));
  g_assert_no_error (error);
  g_assert_cmpint (deliver (fixture, "x", &n_done, NULL), ==, MVX_LOG_DISPATCH_OK);
  assert_output (fixture, line);
  /* All or nothing. */
  g_assert_true (mvx_log_options_set (fixture->options, "format", "nonsense", NULL));
  g_assert_false (mvx_log_stream_plugin.plugin->reconfigure (fixture->instance, fixture->options, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_cmpint (deliver (fixture, "x", &n_done, NULL), ==, MVX_LOG_DISPATCH_OK);
  assert_output (fixture, line);
}

static void
test_descriptor (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (mvx_log_stream_plugin.plugin->options);
  g_autoptr (MvxLogSinkDescriptor) defaults = mvx_log_stream_plugin.build_descriptor (options, NULL);
  g_autoptr (MvxLogSinkDescriptor) other = NULL;
  g_autofree char *defaults_text = mvx_log_sink_descriptor_to_string (defaults);
  g_autofree char *other_text = NULL;

  g_assert_cmpstr (defaults_text, ==, "stream (resource 'stderr', config {format='pretty'})");
  g_assert_true (mvx_log_options_set (options, "stream", "stdout", NULL));
  g_assert_true (mvx_log_options_set (options, "color", "never", NULL));
  g_assert_true (mvx_log_options_set (options, "async", "false", NULL));
  other = mvx_log_stream_plugin.build_descriptor (options, NULL);
  other_text = mvx_log_sink_descriptor_to_string (other);
  g_assert_cmpstr (other_text, ==, "stream (resource 'stdout', config {format='pretty', color='never', async=false})");
}

/* Told by build_descriptor already, before anything is made. */
static void
test_bad_format (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *message = NULL;

  g_assert_null (mvx_log_renderer_new ("jsn", NULL, &cause));
  message = g_strconcat ("Events cannot be rendered: ", cause->message, NULL);
  g_assert_true (mvx_log_options_set (fixture->options, "format", "jsn", NULL));
  g_assert_null (mvx_log_stream_plugin.build_descriptor (fixture->options, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_cmpstr (error->message, ==, message);
  g_clear_error (&error);
  g_assert_null (mvx_log_stream_plugin.create (fixture->options, fixture->host, &error));
  g_assert_cmpstr (error->message, ==, message);
  g_clear_error (&error);
  g_assert_false (mvx_log_options_set (fixture->options, "stream", "stdrr", &error));
  g_assert_cmpstr (error->message, ==,
                   "Option 'stream': unknown value 'stdrr'; did you mean 'stderr'? allowed: stderr, stdout");
}

/* The real one: a line on standard error and one on standard output. */
static void
test_standard (void)
{
  if (g_test_subprocess ())
    {
      static const char *const names[] = { "stderr", "stdout" };

      for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        {
          g_autoptr (MvxLogOptions) options = mvx_log_options_new (mvx_log_stream_plugin.plugin->options);
          Fixture fixture = { .options = options, .host = mvx_log_sink_host_new ("console", NULL, NULL) };
          guint n_done = 0;

          g_assert_true (mvx_log_options_set (options, "stream", names[i], NULL));
          g_assert_true (mvx_log_options_set (options, "async", "false", NULL));
          fixture.instance = mvx_log_stream_plugin.create (options, fixture.host, NULL);
          g_assert_cmpint (deliver (&fixture, names[i], &n_done, NULL), ==, MVX_LOG_DISPATCH_OK);
          mvx_log_stream_plugin.plugin->destroy (fixture.instance);
          mvx_log_sink_host_free (fixture.host);
        }
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*stderr*");
  g_test_trap_assert_stderr_unmatched ("*stdout*");
  g_test_trap_assert_stdout ("*stdout*");
}

#define ADD(path, func) g_test_add ("/stream/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("lines", test_lines);
  ADD ("batch", test_batch);
  ADD ("trouble", test_trouble);
  ADD ("torn", test_torn);
  ADD ("never-closes", test_never_closes);
  ADD ("reconfigure", test_reconfigure);
  ADD ("descriptor", test_descriptor);
  ADD ("bad-format", test_bad_format);
  g_test_add_func ("/stream/standard", test_standard);
  return g_test_run ();
}
