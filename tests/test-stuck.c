/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A sink that does not come back from write(2), on its worker or in the thread that logs: everything else goes on. What
 * strangers use only: the shared library, a plugin from a file, a key-file. */
#include <fcntl.h>
#include <poll.h>

#include <mvxlog/mvxlog.h>

#include "broken/fixture.h"

/* More than a FIFO takes; then the write is stuck as soon as there is something to read. */
#define FIFO_SIZE 4096
#define HUGE_SIZE (2 * FIFO_SIZE)

/* Whoever waited for the stuck one would have waited for a time-out of 5 seconds. */
#define MUCH_LESS_US (4 * G_USEC_PER_SEC)

/* Time for those that are fine, though others have to wait until it is over. A second is the least that is told. */
#define PATIENCE_US 1500000

/* Nobody has less time than so many times what configuring takes: the machine may be slow. */
#define SLOWNESS 10

#define HEAD "[mvxlog]\nversion=1\n"
#define SINKS                                                                                                          \
  "[sink stuck]\nplugin=%s\npath=%s/stuck\n[sink fine]\nplugin=dispatch-block\npath=%s/fine\n"                         \
  "[sink beside]\nplugin=memory\n"

typedef struct
{
  const char *plugin;
  const char *flush_says; /* NULL: nothing has been accepted, so nothing is waited for */
  const char *shutdown_says;
  guint64 undelivered;
} Row;

#define SHUTDOWN "^Shutting down: 1 of 4 sinks are closed, but not cleanly: 'stuck': "

static const Row rows[] = {
  { "dispatch-block",
    "^Sink 'stuck' has not delivered everything: 1 events are still waiting, 0 were lost; its dispatch has not "
    "returned "
    "for [0-9]+ s$",
    SHUTDOWN "Sink 'stuck' has not ended by the deadline; its dispatch has not returned for [0-9]+ s\n$", 1 },
  { "dispatch-block-sync", NULL,
    SHUTDOWN
    "Plugin 'dispatch-block-sync' of sink 'stuck' did not return in time and has not for [0-9]+ s; look at what "
    "it waits for\n$",
    0 },
};

typedef struct
{
  const Row *row;
  char *directory;
  char *config;
  int stuck;
  int fine;
  int extra;
  gint64 configuring_us;
  GMutex mutex;
  GString *diagnostics;
} Fixture;

static int
make_fifo (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  int fd;

  g_assert_no_errno (mkfifo (path, 0600));
  fd = open (path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static void
on_diagnostic (gint level, const char *message, gpointer data)
{
  Fixture *fixture = data;

  g_mutex_lock (&fixture->mutex);
  g_string_append_printf (fixture->diagnostics, "%s\n", message);
  g_mutex_unlock (&fixture->mutex);
}

static void
write_config (Fixture *fixture, const char *rest)
{
  g_autofree char *sinks = g_strdup_printf (HEAD SINKS, fixture->row->plugin, fixture->directory, fixture->directory);
  g_autofree char *text = g_strconcat (sinks, rest, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (fixture->config, text, -1, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, gconstpointer row)
{
  g_autofree char *one = NULL;
  g_autofree char *two = NULL;

  fixture->row = row;
  fixture->directory = fixture_make_directory ();
  one = fixture_copy (fixture->directory, "libmvxlog-dispatch-block.so", NULL);
  two = fixture_copy (fixture->directory, "libmvxlog-dispatch-block-sync.so", NULL);
  fixture->config = g_build_filename (fixture->directory, "stuck.conf", NULL);
  fixture->stuck = make_fifo (fixture->directory, "stuck");
  g_assert_cmpint (fcntl (fixture->stuck, F_SETPIPE_SZ, FIFO_SIZE), ==, FIFO_SIZE);
  fixture->fine = make_fifo (fixture->directory, "fine");
  fixture->extra = make_fifo (fixture->directory, "extra");
  fixture->diagnostics = g_string_new (NULL);
  g_mutex_init (&fixture->mutex);
  mvx_log_set_diagnostics_func (on_diagnostic, fixture, NULL);
  mvx_log_add_plugin_path (fixture->directory);
  mvx_log_reset (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer row)
{
  mvx_log_set_diagnostics_func (NULL, NULL, NULL);
  close (fixture->stuck);
  close (fixture->fine);
  close (fixture->extra);
  fixture_remove (fixture->directory);
  g_string_free (fixture->diagnostics, TRUE);
  g_mutex_clear (&fixture->mutex);
  g_free (fixture->directory);
  g_free (fixture->config);
}

static gpointer
log_huge (gpointer data)
{
  g_autoptr (MvxLogContext) context = mvx_log_get_context ("stuck");
  g_autofree char *huge = g_strnfill (HUGE_SIZE, 'h');
  MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message = huge };

  return GINT_TO_POINTER (mvx_log_event_submit (context, &init, NULL, 0, NULL));
}

/* Until there is something to read. */
static void
await_bytes (int fd)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

  g_assert_cmpint (poll (&poll_fd, 1, -1), ==, 1);
}

/* Up to the end of a line. */
static char *
read_line (int fd)
{
  g_autoptr (GString) line = g_string_new (NULL);
  char c = '\0';

  while (c != '\n')
    {
      await_bytes (fd);
      g_assert_cmpint (read (fd, &c, 1), ==, 1);
      g_string_append_c (line, c);
    }
  g_string_truncate (line, line->len - 1);
  return g_string_free (g_steal_pointer (&line), FALSE);
}

static void
assert_line (int fd, const char *expected)
{
  g_autofree char *line = read_line (fd);

  g_assert_cmpstr (line, ==, expected);
}

static void
log_to (const char *name, const char *text)
{
  g_autoptr (MvxLogContext) context = mvx_log_get_context (name);

  mvx_info (context, "{text}", "text", text);
}

static gint64
in_time (const Fixture *fixture)
{
  return g_get_monotonic_time () + MAX (PATIENCE_US, SLOWNESS * fixture->configuring_us);
}

static void
assert_matches (const char *text, const char *pattern)
{
  if (!g_regex_match_simple (pattern, text, 0, 0))
    g_error ("'%s' is not '%s'", text, pattern);
}

static void
check_flush (const Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  log_to ("other", "flushed");
  g_assert_cmpint (mvx_log_flush (in_time (fixture), &error), ==, fixture->row->flush_says == NULL);
  if (error)
    assert_matches (error->message, fixture->row->flush_says);
  assert_line (fixture->fine, "flushed");
}

static void
check_close (const Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->directory, "extra", NULL);
  GVariant *options = g_variant_new_parsed ("{'path': <%s>}", path);
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) sink = mvx_log_configure_sink ("extra", "dispatch-block", options, &error);

  g_assert_no_error (error);
  g_assert_nonnull (sink);
  g_assert_true (mvx_log_close_sink ("extra", &error));
  g_assert_no_error (error);
}

/* One of the sinks goes away for which the event that is stuck was meant, too. */
static void
check_reload (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) gone = NULL;

  write_config (fixture, "[context stuck]\nsinks=stuck;beside;fine\n[context other]\nsinks=beside;fine\n"
                         "[context]\nsinks=beside\n");
  g_assert_true (mvx_log_reload (&error));
  g_assert_no_error (error);
  gone = mvx_log_get_sink ("gone");
  g_assert_null (gone);
  log_to ("other", "reloaded");
  assert_line (fixture->fine, "reloaded");
}

static void
check_stop (void)
{
  g_autoptr (MvxLogSink) fine = mvx_log_get_sink ("fine");
  g_autoptr (MvxLogOperation) stop = mvx_log_async_sink_stop (MVX_LOG_ASYNC_SINK (fine));
  g_autoptr (MvxLogOperation) start = NULL;

  g_assert_true (mvx_log_operation_wait (stop, -1, NULL));
  start = mvx_log_async_sink_start (MVX_LOG_ASYNC_SINK (fine));
  g_assert_true (mvx_log_operation_wait (start, -1, NULL));
}

static guint64
stated (GVariant *statement, const char *sink, const char *key)
{
  g_autoptr (GVariant) state = g_variant_lookup_value (statement, sink, G_VARIANT_TYPE_VARDICT);
  guint64 n = G_MAXUINT64;

  g_assert_nonnull (state);
  g_assert_true (g_variant_lookup (state, key, "t", &n));
  return n;
}

static void
check_shutdown (Fixture *fixture)
{
  g_autoptr (GVariant) statement = NULL;

  log_to ("other", "last");
  mvx_log_shutdown (in_time (fixture), &statement);
  assert_line (fixture->fine, "last");
  g_assert_cmpuint (stated (statement, "stuck", "undelivered"), ==, fixture->row->undelivered);
  g_assert_cmpuint (stated (statement, "fine", "undelivered"), ==, 0);
  g_assert_cmpuint (stated (statement, "beside", "undelivered"), ==, 0);
  g_mutex_lock (&fixture->mutex);
  assert_matches (fixture->diagnostics->str, fixture->row->shutdown_says);
  g_mutex_unlock (&fixture->mutex);
}

static void
test_stuck (Fixture *fixture, gconstpointer row)
{
  g_autofree char *huge = g_strnfill (HUGE_SIZE, 'h');
  g_autoptr (GError) error = NULL;
  GThread *thread;
  gint64 since;

  write_config (fixture, "[sink gone]\nplugin=memory\n[context stuck]\nsinks=stuck;gone;beside;fine\n"
                         "[context other]\nsinks=beside;fine\n[context]\nsinks=beside\n");
  since = g_get_monotonic_time ();
  g_assert_true (mvx_log_configure_from_file (fixture->config, &error));
  g_assert_no_error (error);
  fixture->configuring_us = g_get_monotonic_time () - since;
  thread = g_thread_new ("logger", log_huge, NULL);
  await_bytes (fixture->stuck);
  assert_line (fixture->fine, huge);
  since = g_get_monotonic_time ();
  check_close (fixture);
  check_reload (fixture);
  check_stop ();
  g_assert_cmpint (g_get_monotonic_time () - since, <, MAX (MUCH_LESS_US, SLOWNESS * fixture->configuring_us));
  check_flush (fixture);
  check_shutdown (fixture);
  assert_line (fixture->stuck, huge);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), ==, MVX_LOG_ACCEPTED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/stuck/", rows[i].plugin, NULL);

      g_test_add (path, Fixture, &rows[i], set_up, test_stuck, tear_down);
    }
  return g_test_run ();
}
