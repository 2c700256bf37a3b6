/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* logrotate(8) moves the files of a program that logs with four threads; what is in them is what was logged. */
#include "file-program.h"

#define N_ROTATIONS 5

static char *program;

typedef struct
{
  char *directory;
  char *path;
  char *config;
  char *rules; /* of logrotate */
  char *state;
  FileProgramRun run;
  FileProgramFound found;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;

  fixture->directory = fixture_make_directory ();
  fixture->path = g_build_filename (fixture->directory, "app.log", NULL);
  fixture->state = g_build_filename (fixture->directory, "state", NULL);
  text = g_strdup_printf ("[mvxlog]\nversion=1\n[sink file]\nplugin=file\npath=%s\nformat=pattern\npattern=%%m\n"
                          "queue-overflow=block\nblock-timeout=-1\n[context]\nsinks=file\n",
                          fixture->path);
  fixture->config = fixture_write (fixture->directory, "conf", text, 0600);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  file_program_found_clear (&fixture->found);
  fixture_remove (fixture->directory);
  g_free (fixture->directory);
  g_free (fixture->path);
  g_free (fixture->config);
  g_free (fixture->rules);
  g_free (fixture->state);
}

/* Nothing tells when a program has begun a new file but the file. */
static void
wait_for_events (Fixture *fixture)
{
  gint64 deadline = g_get_monotonic_time () + PEER_PATIENCE_US;
  struct stat info;

  file_program_wait (&fixture->run, fixture->run.n_flushed + 1000);
  while (stat (fixture->path, &info) != 0 || info.st_size == 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      file_program_wait (&fixture->run, fixture->run.n_flushed + 1);
    }
}

/* FALSE, and the test is skipped, without logrotate. */
static gboolean
run_under_logrotate (Fixture *fixture, const char *how, gboolean with_signal)
{
  g_autofree char *logrotate = peer_find ("logrotate");
  g_autofree char *hook = NULL;
  g_autofree char *text = NULL;

  if (logrotate == NULL)
    return FALSE;
  file_program_start (&fixture->run, program, fixture->config, 0, 0, 50);
  file_program_wait (&fixture->run, 1);
  hook = with_signal ? g_strdup_printf ("  postrotate\n    kill -HUP %d\n  endscript\n", fixture->run.pid)
                     : g_strdup ("");
  text = g_strdup_printf ("%s {\n  %s\n  rotate 99\n  missingok\n%s}\n", fixture->path, how, hook);
  fixture->rules = fixture_write (fixture->directory, "rules", text, 0600);
  for (guint i = 0; i < N_ROTATIONS; i++)
    {
      const char *const argv[] = { logrotate, "--force", "--state", fixture->state, fixture->rules, NULL };

      wait_for_events (fixture);
      g_free (peer_run (argv));
    }
  wait_for_events (fixture);
  file_program_end (&fixture->run, FALSE);
  file_program_read_all (&fixture->found, fixture->directory, "app.log");
  g_assert_true (g_file_test (fixture->path, G_FILE_TEST_IS_REGULAR));
  return TRUE;
}

static void
test_create (Fixture *fixture, gconstpointer data)
{
  if (!run_under_logrotate (fixture, "create", data != NULL))
    return;
  for (guint thread = 0; thread < N_THREADS; thread++)
    g_assert_cmpuint (file_program_count (&fixture->found, 0, thread), ==, fixture->run.n_flushed);
  g_assert_cmpuint (fixture->found.n, ==, N_THREADS * fixture->run.n_flushed);
  g_assert_cmpuint (fixture->found.n_torn, ==, 0);
  g_test_message ("create%s: %u rotations, %u events, 0 lost, 0 torn", data ? " with signal" : "", N_ROTATIONS,
                  fixture->found.n);
}

/* What was written between the copy and the truncation is gone; that is one gap per rotation. The copy may end within a
 * line. The file has no hole. */
static void
test_copytruncate (Fixture *fixture, gconstpointer data)
{
  guint n_all;

  if (!run_under_logrotate (fixture, "copytruncate", FALSE))
    return;
  n_all = N_THREADS * fixture->run.n_flushed;
  for (guint thread = 0; thread < N_THREADS; thread++)
    {
      guint n_gaps = 0;

      for (guint n = 0; n < fixture->run.n_flushed; n++)
        n_gaps += !file_program_has (&fixture->found, 0, thread, n)
                  && (n == 0 || file_program_has (&fixture->found, 0, thread, n - 1));
      g_assert_cmpuint (n_gaps, <=, N_ROTATIONS);
    }
  g_assert_cmpuint (fixture->found.n, <=, n_all);
  g_assert_cmpuint (fixture->found.n_torn, <=, N_ROTATIONS);
  g_test_message (
      "copytruncate: %u rotations, %u events, %u lost between copy and truncation, %u lines cut by the copy",
      N_ROTATIONS, n_all, n_all - fixture->found.n, fixture->found.n_torn);
}

#define ADD(name, data, func) g_test_add ("/file-logrotate/" name, Fixture, data, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  if (argc == 6 && strcmp (argv[1], "--program") == 0)
    return file_program_main (argv);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  ADD ("create", NULL, test_create);
  ADD ("create-signal", "signal", test_create);
  ADD ("copytruncate", NULL, test_copytruncate);
  return g_test_run ();
}
