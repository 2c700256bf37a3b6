/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program of four threads that logs 100,000 events and more and is killed in the middle, three times into the same
 * log; the fourth comes to its end. */
#include "file-program.h"

#define N_EVENTS 100000
#define N_ROUNDS (N_RUNS - 1) /* then it is left alone */

static char *program;

/* What was flushed is there, once, and whole; of each thread there is what it logged first, without a gap. */
static void
test_killed (gconstpointer data)
{
  g_autofree char *directory = fixture_make_directory ();
  g_autofree char *path = g_build_filename (directory, "app.log", NULL);
  g_autofree char *text
      = g_strdup_printf ("[mvxlog]\nversion=1\n[sink file]\nplugin=file\npath=%s\nformat=pattern\npattern=%%m\n"
                         "queue-overflow=block\nblock-timeout=-1\n%s\n[context]\nsinks=file\n",
                         path, (const char *) data);
  g_autofree char *config = fixture_write (directory, "conf", text, 0600);
  FileProgramFound found = { 0 };
  guint n_flushed = 0;
  guint n = 0;

  for (guint round = 0; round <= N_ROUNDS; round++)
    {
      FileProgramRun run;

      /* What is to be killed would never end by itself. */
      file_program_start (&run, program, config, round, round < N_ROUNDS ? G_MAXINT : N_EVENTS / N_THREADS, 500);
      file_program_wait (&run, round < N_ROUNDS ? N_EVENTS / N_THREADS : G_MAXUINT);
      file_program_end (&run, round < N_ROUNDS);
      file_program_found_clear (&found);
      file_program_read_all (&found, directory, "app.");
      for (guint thread = 0; thread < N_THREADS; thread++)
        {
          guint n_found = file_program_count (&found, round, thread);

          g_assert_cmpuint (n_found, >=, run.n_flushed);
          n += n_found;
        }
      /* There are no others. */
      g_assert_cmpuint (found.n, ==, n);
      g_assert_cmpuint (found.n_torn, <=, MIN (round + 1, N_ROUNDS));
      n_flushed += N_THREADS * run.n_flushed;
    }
  g_assert_cmpuint (file_program_count (&found, N_ROUNDS, 0), ==, N_EVENTS / N_THREADS);
  g_test_message ("%u kills: %u events flushed, %u found, 0 of the flushed lost, %u lines cut by a kill", N_ROUNDS,
                  n_flushed, n, found.n_torn);
  file_program_found_clear (&found);
  fixture_remove (directory);
}

int
main (int argc, char **argv)
{
  if (argc == 6 && strcmp (argv[1], "--program") == 0)
    return file_program_main (argv);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/file-crash/killed", "", test_killed);
  g_test_add_data_func ("/file-crash/killed-rotating", "rotate-size=1MiB\nrotate=1s", test_killed);
  return g_test_run ();
}
