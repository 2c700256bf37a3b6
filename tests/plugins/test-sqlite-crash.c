/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that logs 100,000 events and is killed in the middle: what was flushed is there, once, in a sound database.
 */
#include <signal.h>

#include "peer.h"
#include "sqlite-fixture.h"

#define N_EVENTS 100000
#define FLUSH_EVERY 500

static char *program;

MVX_LOG_CONTEXT (test, "org.example.crash")

/* The program: tells on standard output how many events have been flushed. */
static int
child (const char *path)
{
  g_autofree char *config = g_strdup_printf ("[mvxlog]\nversion=1\n[sink db]\nplugin=sqlite\npath=%s\n"
                                             "queue-overflow=block\nretain-size=1GiB\n[context]\nsinks=db\n",
                                             path);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_sqlite, &error));
  mvx_log_configure_from_data (config, -1, "test", &error);
  g_assert_no_error (error);
  for (guint i = 1; i <= N_EVENTS; i++)
    {
      mvx_info (test, "event {n}", "n", i);
      if (i % FLUSH_EVERY != 0)
        continue;
      mvx_log_flush (-1, &error);
      g_assert_no_error (error);
      printf ("%u\n", i);
      fflush (stdout);
    }
  mvx_log_shutdown (-1, NULL);
  return 0;
}

/* Runs it until so many events have been flushed; returns what it said last. */
static guint64
run_until (const char *path, guint64 enough)
{
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GDataInputStream) said = NULL;
  g_autoptr (GError) error = NULL;
  guint64 n = 0;
  char *line;

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, "--child", path, NULL);
  g_assert_no_error (error);
  said = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  while (n < enough && (line = g_data_input_stream_read_line (said, NULL, NULL, NULL)))
    {
      n = g_ascii_strtoull (line, NULL, 10);
      g_free (line);
    }
  g_subprocess_send_signal (process, SIGKILL);
  /* What it had said before it died counts, too. */
  while ((line = g_data_input_stream_read_line (said, NULL, NULL, NULL)))
    {
      n = g_ascii_strtoull (line, NULL, 10);
      g_free (line);
    }
  g_subprocess_wait (process, NULL, &error);
  g_assert_no_error (error);
  return n;
}

static void
test_killed (SqliteFixture *fixture, gconstpointer data)
{
  for (guint round = 1; round <= 3; round++)
    {
      g_autofree char *counts = NULL;
      guint64 flushed = run_until (fixture->path, N_EVENTS / 4 * round);
      guint64 n = 0;
      guint64 n_distinct = 0;
      guint64 greatest = 0;

      g_assert_cmpuint (flushed, >=, N_EVENTS / 4 * round);
      assert_sql (fixture->path, "PRAGMA integrity_check", "ok");
      counts
          = sqlite_query (fixture->path, "SELECT count(*), count(DISTINCT fields), max(fields ->> '$.n') FROM events");
      g_assert_cmpint (
          sscanf (counts, "%" G_GUINT64_FORMAT "|%" G_GUINT64_FORMAT "|%" G_GUINT64_FORMAT, &n, &n_distinct, &greatest),
          ==, 3);
      /* All up to one that may be later than the flush; none twice. */
      g_assert_cmpuint (greatest, >=, flushed);
      g_assert_cmpuint (n, ==, greatest);
      g_assert_cmpuint (n_distinct, ==, greatest);
      g_test_message ("killed after %" G_GUINT64_FORMAT " flushed events, %" G_GUINT64_FORMAT " found", flushed, n);
      sqlite_run_on (fixture->path, "DELETE FROM events");
    }
}

/* Left alone it comes to its end. */
static void
test_whole (SqliteFixture *fixture, gconstpointer data)
{
  g_assert_cmpuint (run_until (fixture->path, G_MAXUINT64), ==, N_EVENTS);
  assert_sql (fixture->path, "SELECT count(*), count(DISTINCT seq), max(seq) FROM events", "100000|100000|100000");
  assert_sql (fixture->path, "PRAGMA integrity_check", "ok");
}

int
main (int argc, char **argv)
{
  if (argc == 3 && strcmp (argv[1], "--child") == 0)
    return child (argv[2]);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/sqlite-crash/killed", SqliteFixture, NULL, sqlite_fixture_set_up, test_killed,
              sqlite_fixture_tear_down);
  g_test_add ("/sqlite-crash/whole", SqliteFixture, NULL, sqlite_fixture_set_up, test_whole, sqlite_fixture_tear_down);
  return g_test_run ();
}
