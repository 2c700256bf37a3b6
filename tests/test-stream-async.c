/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stream with a worker: what the reader does, or does not do, is not the program's business. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mvxlog/mvxlog.h>

#include "ledger-check.h"
#include "base/diag-private.h"
#include "event/event-private.h"
#include "plugin/plugin-private.h"
#include "sink/builtin-private.h"
#include "sink/stream-private.h"

#define LINE "line %04u of a stream whose reader reads when it likes\n"
#define LINE_SIZE 55

typedef struct
{
  MvxLogSink *sink;
  GString *diagnostics;
  GMutex mutex; /* of the diagnostics */
  GCond cond;
  int ends[2];
} Fixture;

static void
on_diagnostic (gint level, const char *message, gpointer data)
{
  Fixture *fixture = data;

  g_mutex_lock (&fixture->mutex);
  g_string_append_printf (fixture->diagnostics, "%s\n", message);
  g_cond_broadcast (&fixture->cond);
  g_mutex_unlock (&fixture->mutex);
}

/* @in_flight: of batches, for they may be more than one. */
static MvxLogSink *
make_sink (const char *in_flight)
{
  MvxLogOptions *options = mvx_log_plugin_new_options (&mvx_log_stream_plugin);
  g_autoptr (GError) error = NULL;
  MvxLogSink *sink;

  g_assert_true (mvx_log_options_set (options, "format", "pattern", NULL));
  g_assert_true (mvx_log_options_set (options, "pattern", "%m", NULL));
  g_assert_true (mvx_log_options_set (options, "batch-max", "16", NULL));
  g_assert_true (mvx_log_options_set (options, "drain-timeout", "1ms", NULL));
  g_assert_true (mvx_log_options_set (options, "max-in-flight", in_flight, NULL));
  sink = mvx_log_plugin_create_sink (&mvx_log_stream_plugin, "console", options, &error);
  g_assert_no_error (error);
  mvx_log_options_unref (options);
  return sink;
}

/* The smallest pipe that there is, of one page. */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->diagnostics = g_string_new (NULL);
  mvx_log_diag_set_func (on_diagnostic, fixture, NULL);
  g_assert_cmpint (pipe2 (fixture->ends, O_CLOEXEC), ==, 0);
  g_assert_cmpint (fcntl (fixture->ends[1], F_SETPIPE_SZ, 4096), ==, 4096);
  fixture->sink = make_sink (data ? data : "1");
  mvx_log_stream_set_fd (mvx_log_plugin_sink_get_instance (fixture->sink), fixture->ends[1], 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->sink)
    mvx_log_sink_terminate (fixture->sink, g_get_monotonic_time (), NULL);
  g_clear_object (&fixture->sink);
  mvx_log_diag_set_func (NULL, NULL, NULL);
  if (fixture->ends[0] >= 0)
    close (fixture->ends[0]);
  close (fixture->ends[1]);
  g_string_free (fixture->diagnostics, TRUE);
}

static gboolean
try_log (Fixture *fixture, const char *text, GError **error)
{
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("org.example", MVX_LOG_LEVEL_INFO, 1, text, NULL, 0);

  return mvx_log_sink_log (fixture->sink, event, error);
}

static void
log_lines (Fixture *fixture, guint first, guint n)
{
  for (guint i = first; i < first + n; i++)
    {
      g_autofree char *line = g_strdup_printf (LINE, i);
      g_autoptr (GError) error = NULL;

      line[LINE_SIZE - 1] = '\0';
      try_log (fixture, line, &error);
      g_assert_no_error (error);
    }
}

/* As much as is asked for; the writer writes it when it can. */
static char *
read_bytes (Fixture *fixture, gsize size)
{
  char *text = g_malloc0 (size + 1);
  gsize done = 0;

  while (done < size)
    {
      gssize n = read (fixture->ends[0], text + done, size - done);

      g_assert_cmpint (n, >, 0);
      done += (gsize) n;
    }
  return text;
}

static void
assert_lines (Fixture *fixture, guint first, guint n)
{
  g_autofree char *text = read_bytes (fixture, n * LINE_SIZE);
  g_autoptr (GString) expected = g_string_new (NULL);

  for (guint i = first; i < first + n; i++)
    g_string_append_printf (expected, LINE, i);
  g_assert_cmpstr (text, ==, expected->str);
}

static MvxLogCounters
counters_of (Fixture *fixture)
{
  MvxLogCounters counters;

  counters = ledger_check_moving (fixture->sink);
  return counters;
}

/* Nobody reads, and 1000 lines are logged; then somebody does, and they are all there, in order and whole. */
static void
test_full (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  MvxLogCounters counters;

  log_lines (fixture, 0, 1000);
  g_assert_false (mvx_log_sink_flush (fixture->sink, g_get_monotonic_time (), &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED);
  assert_lines (fixture, 0, 1000);
  g_clear_error (&error);
  g_assert_true (mvx_log_sink_flush (fixture->sink, -1, &error));
  g_assert_no_error (error);
  counters = counters_of (fixture);
  g_assert_cmpuint (counters.delivered, ==, 1000);
  g_assert_cmpuint (counters.pending, ==, 0);
  /* A reader that takes its time is no trouble. */
  g_assert_cmpstr (fixture->diagnostics->str, ==, "");
  g_assert_cmpuint (counters.retried, ==, 0);
  g_assert_cmpint (fcntl (fixture->ends[1], F_GETFL) & O_NONBLOCK, ==, 0);
}

/* A line that the pipe does not hold is gone on with, not begun again and not torn. */
static void
test_long_line (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (50000, 'x');
  g_autofree char *all = NULL;
  g_autoptr (GError) error = NULL;

  log_lines (fixture, 0, 1);
  g_assert_true (try_log (fixture, text, &error));
  log_lines (fixture, 1, 1);
  assert_lines (fixture, 0, 1);
  all = read_bytes (fixture, 50001);
  g_assert_cmpuint (strspn (all, "x"), ==, 50000);
  g_assert_cmpint (all[50000], ==, '\n');
  assert_lines (fixture, 1, 1);
  g_assert_true (mvx_log_sink_flush (fixture->sink, -1, NULL));
  g_assert_cmpuint (counters_of (fixture).delivered, ==, 3);
}

/* The end comes by the deadline, and what is lost is counted. */
static void
test_end (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  MvxLogCounters counters;
  g_autoptr (MvxLogOperation) stop = NULL;

  log_lines (fixture, 0, 200);
  assert_lines (fixture, 0, 1);
  stop = mvx_log_async_sink_stop (MVX_LOG_ASYNC_SINK (fixture->sink));
  g_assert_false (mvx_log_operation_wait (stop, -1, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED);
  counters = counters_of (fixture);
  g_assert_cmpuint (counters.accepted, ==, 200);
  g_assert_cmpuint (counters.delivered, >, 0);
  g_assert_cmpuint (counters.dropped[MVX_LOG_REASON_SHUTDOWN], ==, 200 - counters.delivered);
  g_assert_cmpuint (counters.dropped[MVX_LOG_REASON_SHUTDOWN], >, 0);
  g_assert_cmpuint (counters.pending, ==, 0);
}

/* What was accepted is out before the end, and the file is not closed. */
static void
test_drained (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (fcntl (fixture->ends[1], F_SETPIPE_SZ, 65536), ==, 65536);
  log_lines (fixture, 0, 20);
  g_assert_true (mvx_log_sink_terminate (fixture->sink, -1, &error));
  g_assert_no_error (error);
  assert_lines (fixture, 0, 20);
  g_assert_cmpint (fcntl (fixture->ends[1], F_GETFD), !=, -1);
}

/* The reader has gone: one message, no signal, and the next call is told. */
static void
test_gone (Fixture *fixture, gconstpointer data)
{
  struct sigaction before;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (sigaction (SIGPIPE, NULL, &before), ==, 0);
  g_assert_true (before.sa_handler == SIG_DFL);
  close (fixture->ends[0]);
  fixture->ends[0] = -1;
  log_lines (fixture, 0, 1);
  g_assert_false (mvx_log_sink_flush (fixture->sink, -1, &error));
  g_clear_error (&error);
  g_assert_cmpint (mvx_log_sink_get_health (fixture->sink), ==, MVX_LOG_SINK_HEALTH_DOWN);
  g_assert_false (try_log (fixture, "more", &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE);
  g_assert_cmpstr (error->message, ==,
                   "Sink 'console' is FAILURE and cannot take events; that needs VIRGIN, STARTING or RUNNING: Sink "
                   "'console' failed for good: Cannot write to stderr: Broken pipe");
  /* It is told by the worker's last act. */
  mvx_log_sink_terminate (fixture->sink, -1, NULL);
  g_assert_cmpstr (fixture->diagnostics->str, ==,
                   "Sink 'console' failed for good: Cannot write to stderr: Broken pipe; the sink is off until it is "
                   "configured anew, and 1 waiting events are lost\n");
}

/* It goes while the worker waits for it. */
static void
test_goes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  log_lines (fixture, 0, 100);
  g_assert_false (mvx_log_sink_flush (fixture->sink, g_get_monotonic_time () + 1000, NULL));
  close (fixture->ends[0]);
  fixture->ends[0] = -1;
  g_assert_false (mvx_log_sink_flush (fixture->sink, -1, &error));
  g_assert_cmpint (mvx_log_sink_get_health (fixture->sink), ==, MVX_LOG_SINK_HEALTH_DOWN);
}

/* A queue has bounds, and says so. */
static void
test_bounded (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  MvxLogCounters counters;
  guint n = 0;

  while (try_log (fixture, "x", &error))
    n++;
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_QUEUE_OVERFLOW);
  g_assert_cmpstr (error->message, ==,
                   "The queue of sink 'console' is full (10000 events); make queue-max-size larger or choose another "
                   "queue-overflow");
  counters = counters_of (fixture);
  g_assert_cmpuint (n, ==, 10000 + counters.delivered);
  g_assert_cmpuint (counters.accepted, ==, n);
  g_assert_cmpuint (counters.refused[MVX_LOG_REASON_QUEUE_FULL], ==, 1);
}

/* A program that only logs and returns from main() has all its lines on standard output. */
static void
test_exit (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (MvxLogSink) sink = NULL;
      g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();

      sink = mvx_log_configure_sink (
          "out", "stream", g_variant_new_parsed ("{'stream': <'stdout'>, 'format': <'pattern'>, 'pattern': <'%m'>}"),
          NULL);
      g_assert_true (mvx_log_context_set_sinks (root, &sink, 1, NULL));
      for (guint i = 0; i < 300; i++)
        {
          g_autofree char *text = g_strdup_printf ("line %u", i);
          MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message_template = text };

          mvx_log_event_submit (root, &init, NULL, 0, NULL);
        }
      exit (0);
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout ("*line 0\nline 1\n*\nline 298\nline 299\n");
}

/* Behind a redirection: told once, tried again, and nothing is lost when there is room. */
static void
test_full_disk (Fixture *fixture, gconstpointer data)
{
  int fd = open ("/dev/full", O_WRONLY | O_CLOEXEC);
  g_autoptr (GError) error = NULL;

  if (fd < 0)
    {
      g_test_skip ("no /dev/full here");
      return;
    }
  mvx_log_stream_set_fd (mvx_log_plugin_sink_get_instance (fixture->sink), fd, 0);
  log_lines (fixture, 0, 3);
  g_mutex_lock (&fixture->mutex);
  while (fixture->diagnostics->len == 0)
    g_cond_wait (&fixture->cond, &fixture->mutex);
  g_assert_cmpstr (fixture->diagnostics->str, ==,
                   "Sink 'console' cannot deliver now and will try again: Cannot write to stderr: No space left on "
                   "device\n");
  g_mutex_unlock (&fixture->mutex);
  g_assert_cmpint (dup3 (fixture->ends[1], fd, O_CLOEXEC), ==, fd);
  assert_lines (fixture, 0, 3);
  g_assert_true (mvx_log_sink_flush (fixture->sink, -1, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (counters_of (fixture).delivered, ==, 3);
  mvx_log_sink_terminate (fixture->sink, -1, NULL);
  close (fd);
}

#define ADD(path, data, func) g_test_add ("/stream-async/" path, Fixture, data, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("full", NULL, test_full);
  ADD ("full-in-flight", "4", test_full);
  ADD ("long-line", NULL, test_long_line);
  ADD ("end", NULL, test_end);
  ADD ("drained", NULL, test_drained);
  ADD ("end-in-flight", "4", test_end);
  ADD ("gone", NULL, test_gone);
  ADD ("goes", NULL, test_goes);
  ADD ("goes-in-flight", "4", test_goes);
  ADD ("bounded", NULL, test_bounded);
  ADD ("full-disk", NULL, test_full_disk);
  g_test_add_func ("/stream-async/exit", test_exit);
  return g_test_run ();
}
