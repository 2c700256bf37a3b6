/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The flight recorder with a crash ring: what led to a kill is told by the next run. A program that is killed is the
 * test itself, run again. */
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <mvxlog/memory.h>
#include <mvxlog/recover.h>

#include "broken/fixture.h"
#include "dummy-sink.h"

#include "durable/spool-home-private.h"
#include "sink/builtin-private.h"
#include "sink/host-private.h"
#include "sink/options-private.h"

#define KEPT 100

typedef struct
{
  MvxLogOptions *options;
  MvxLogSinkHost *host;
  gpointer instance;
  GString *said; /* diagnostics */
} Recorder;

typedef struct
{
  char *directory;
  char *rings;
} Fixture;

static DummySink *crash;

static MvxLogSink *
look_up (const char *name)
{
  return g_str_equal (name, "crash") ? g_object_ref (MVX_LOG_SINK (crash)) : NULL;
}

static void
on_diagnostic (gpointer data, gint level, const char *message)
{
  g_string_append_printf (data, "%d %s\n", level, message);
}

static Recorder *
open_recorder (const char *directory)
{
  static const MvxLogHostFuncs funcs = { .diagnose = on_diagnostic };
  Recorder *self = g_new0 (Recorder, 1);
  g_autoptr (GError) error = NULL;

  crash = dummy_sink_new ();
  mvx_log_sink_host_set_lookup (look_up);
  self->said = g_string_new (NULL);
  self->host = mvx_log_sink_host_new ("recorder", &funcs, self->said);
  self->options = mvx_log_options_new (mvx_log_memory_plugin.plugin->options);
  g_assert_true (mvx_log_options_set (self->options, "max-events", G_STRINGIFY (KEPT), NULL));
  g_assert_true (mvx_log_options_set (self->options, "dump-to", "crash", NULL));
  g_assert_true (mvx_log_options_set (self->options, "dump-level", "error", NULL));
  g_assert_true (mvx_log_options_set (self->options, "crash-ring", "on", NULL));
  g_assert_true (mvx_log_options_set (self->options, "crash-ring-dir", directory, NULL));
  self->instance = mvx_log_memory_plugin.create (self->options, self->host, &error);
  g_assert_no_error (error);
  return self;
}

static void
close_recorder (Recorder *self, const char *said)
{
  mvx_log_memory_plugin.plugin->destroy (self->instance);
  g_assert_cmpstr (self->said->str, ==, said);
  mvx_log_sink_host_free (self->host);
  mvx_log_options_unref (self->options);
  g_string_free (self->said, TRUE);
  mvx_log_sink_host_set_lookup (NULL);
  g_assert_finalize_object (crash);
  g_free (self);
}

static void
deliver (Recorder *self, gint level, guint n)
{
  g_autofree char *text = g_strdup_printf ("event %u", n);
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("org.example", level, 1, text, NULL, 0);
  guint n_done = 0;

  g_assert_cmpint (mvx_log_memory_plugin.dispatch_core (self->instance, &event, 1, &n_done, NULL), ==,
                   MVX_LOG_DISPATCH_OK);
}

/* --program DIRECTORY N ERROR FD: logs N events, of which number ERROR is one, and waits to be killed. */
static int
run_program (char **argv)
{
  const guint n = (guint) g_ascii_strtoull (argv[3], NULL, 10);
  const guint error_at = (guint) g_ascii_strtoull (argv[4], NULL, 10);
  Recorder *recorder = open_recorder (argv[2]);

  for (guint i = 0; i < n; i++)
    deliver (recorder, i == error_at ? MVX_LOG_LEVEL_ERROR : MVX_LOG_LEVEL_DEBUG, i);
  g_assert_cmpint (write ((int) g_ascii_strtoll (argv[5], NULL, 10), "", 1), ==, 1);
  for (;;)
    pause ();
  return 0;
}

static void
run_and_kill (Fixture *fixture, const char *n, const char *error_at)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *fd = NULL;
  int fds[2];
  int status;
  pid_t child;
  char byte;

  g_assert_no_errno (pipe2 (fds, O_CLOEXEC));
  fd = g_strdup_printf ("%d", fds[1]);
  child = fork ();
  if (child == 0)
    {
      fcntl (fds[1], F_SETFD, 0);
      execl (self, self, "--program", fixture->directory, n, error_at, fd, NULL);
      _exit (127);
    }
  g_assert_cmpint (child, >, 0);
  close (fds[1]);
  g_assert_cmpint (read (fds[0], &byte, 1), ==, 1);
  close (fds[0]);
  g_assert_no_errno (kill (child, SIGKILL));
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, SIGKILL);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = fixture_make_directory ();
  fixture->rings = g_build_filename (fixture->directory, "recorder", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  fixture_remove (fixture->directory);
  g_free (fixture->directory);
  g_free (fixture->rings);
}

static guint
count_rings (Fixture *fixture)
{
  g_auto (GStrv) names = mvx_log_spool_home_list (fixture->rings, NULL);

  return names ? g_strv_length (names) : 0;
}

/* What was dumped are the events from @first on, and no others. */
static void
assert_dumped (guint first, guint n)
{
  g_assert_cmpuint (crash->texts->len, ==, n);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *expected = g_strdup_printf ("event %u", first + i);

      g_assert_cmpstr (g_ptr_array_index (crash->texts, i), ==, expected);
    }
}

/* The last ones, oldest first, with the first event of the next run; once. */
static void
test_killed (Fixture *fixture, gconstpointer data)
{
  Recorder *recorder;

  run_and_kill (fixture, "2000", "10000");
  recorder = open_recorder (fixture->directory);
  assert_dumped (0, 0);
  deliver (recorder, MVX_LOG_LEVEL_DEBUG, 7);
  assert_dumped (2000 - KEPT, KEPT);
  g_assert_cmpuint (count_rings (fixture), ==, 1);
  close_recorder (recorder, "");
  g_assert_cmpuint (count_rings (fixture), ==, 0);
}

/* What an error has brought out does not come again. */
static void
test_dumped (Fixture *fixture, gconstpointer data)
{
  Recorder *recorder;

  run_and_kill (fixture, "230", "199");
  recorder = open_recorder (fixture->directory);
  deliver (recorder, MVX_LOG_LEVEL_DEBUG, 7);
  assert_dumped (200, 30);
  deliver (recorder, MVX_LOG_LEVEL_ERROR, 8);
  g_assert_cmpuint (crash->texts->len, ==, 32);
  close_recorder (recorder, "");
}

static gboolean
collect (MvxLogEvent *const *events, guint n_events, gpointer data)
{
  for (guint i = 0; i < n_events; i++)
    g_ptr_array_add (data, mvx_log_event_dup_message (events[i]));
  return TRUE;
}

/* By whoever does not want to wait for the next run. */
static void
test_recover (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  MvxLogRecoverLedger ledger;

  run_and_kill (fixture, "130", "10000");
  g_assert_true (mvx_log_recover (fixture->rings, MVX_LOG_RECOVER_TAKE, collect, texts, &ledger, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (ledger.n_events, ==, KEPT);
  g_assert_cmpuint (ledger.n_again, ==, 0);
  g_assert_cmpuint (ledger.n_damaged, ==, 0);
  g_assert_cmpstr (g_ptr_array_index (texts, 0), ==, "event 30");
  g_assert_cmpstr (g_ptr_array_index (texts, KEPT - 1), ==, "event 129");
  g_assert_cmpuint (count_rings (fixture), ==, 0);
}

/* A sink that takes nothing leaves it for the run after that. */
static void
test_refused (Fixture *fixture, gconstpointer data)
{
  Recorder *recorder;

  run_and_kill (fixture, "50", "10000");
  recorder = open_recorder (fixture->directory);
  crash->log_error = g_strdup ("disk full");
  deliver (recorder, MVX_LOG_LEVEL_DEBUG, 7);
  g_clear_pointer (&crash->log_error, g_free);
  close_recorder (recorder, "30 could not dump 50 events of former runs, which stay: disk full\n");
  recorder = open_recorder (fixture->directory);
  deliver (recorder, MVX_LOG_LEVEL_DEBUG, 7);
  assert_dumped (0, 50);
  close_recorder (recorder, "");
  g_assert_cmpuint (count_rings (fixture), ==, 0);
}

static guint
count_files (Fixture *fixture)
{
  g_auto (GStrv) names = mvx_log_spool_home_list (fixture->rings, NULL);
  g_autofree char *path = g_build_filename (fixture->rings, names[0], NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

/* What is forgotten takes up nothing. */
static void
test_bounded (Fixture *fixture, gconstpointer data)
{
  Recorder *recorder = open_recorder (fixture->directory);

  for (guint i = 0; i < 20000; i++)
    deliver (recorder, MVX_LOG_LEVEL_DEBUG, i);
  /* The lock, names, the lane, and the segments with 100 events of which none has 200 bytes, with a spare one. */
  g_assert_cmpuint (count_files (fixture), <=, 6);
  close_recorder (recorder, "");
}

/* Without room it goes on in memory alone, and a hole is not kept. */
static void
test_full (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (50000, 'x');
  g_auto (GStrv) names = NULL;
  g_autofree char *said = NULL;
  Recorder *recorder;

  g_assert_no_errno (mkdir (fixture->rings, 0700));
  if (mount ("tmpfs", fixture->rings, "tmpfs", 0, "size=200k,mode=0700") != 0)
    {
      g_test_skip ("no file system can be mounted here");
      return;
    }
  recorder = open_recorder (fixture->directory);
  deliver (recorder, MVX_LOG_LEVEL_DEBUG, 0);
  names = mvx_log_spool_home_list (fixture->rings, NULL);
  said
      = g_strdup_printf ("40 goes on without a crash ring: '%s/%s' has no room for more: No space left on device; what "
                         "waits beyond that does not survive a crash\n",
                         fixture->rings, names[0]);
  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (MvxLogEvent) event = mvx_log_event_new ("org.example", MVX_LOG_LEVEL_DEBUG, 1, text, NULL, 0);
      guint n_done = 0;

      g_assert_cmpint (mvx_log_memory_plugin.dispatch_core (recorder->instance, &event, 1, &n_done, NULL), ==,
                       MVX_LOG_DISPATCH_OK);
    }
  g_assert_cmpuint (count_rings (fixture), ==, 0);
  deliver (recorder, MVX_LOG_LEVEL_ERROR, 1);
  g_assert_cmpuint (crash->texts->len, ==, 12);
  close_recorder (recorder, said);
  g_assert_no_errno (umount2 (fixture->rings, MNT_DETACH));
}

/* Nobody would get it. */
static void
test_no_target (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (mvx_log_memory_plugin.plugin->options);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_options_set (options, "crash-ring", "on", NULL));
  g_assert_null (mvx_log_memory_plugin.build_descriptor (options, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_cmpstr (error->message, ==, "Option 'crash-ring': needs 'dump-to', the sink that gets the events");
}

int
main (int argc, char **argv)
{
  if (argc == 6 && strcmp (argv[1], "--program") == 0)
    return run_program (argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recorder/no-target", test_no_target);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/recorder/killed", test_killed);
  ADD ("/recorder/dumped", test_dumped);
  ADD ("/recorder/recover", test_recover);
  ADD ("/recorder/refused", test_refused);
  ADD ("/recorder/bounded", test_bounded);
  ADD ("/recorder/full", test_full);
  return g_test_run ();
}
