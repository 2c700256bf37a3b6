/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program of four threads that logs until it is told to stop, or killed, and tells what is in its file: the tests run
 * themselves as it. */
#pragma once

#include <signal.h>
#include <sys/wait.h>

#include <glib-unix.h>

#include "file-rig.h"
#include "peer.h"

#define N_THREADS 4
#define N_RUNS 4

typedef struct
{
  guint   run;
  guint   n_wanted; /* by each thread; 0: until standard input ends */
  guint   burst;    /* events between two flushes */
  gulong  pause_us; /* after each: a program that lasts as long as others work at its files, but does not fill the disk */
  guint   n_ready;  /* threads that wait for the next burst; under the mutex */
  guint   n_bursts;
  gboolean is_asked; /* to stop */
  gboolean stop; /* after the present burst; only the reporter decides that, between two of them */
  GMutex  mutex;
  GCond   cond;
  GMainLoop *loop;
} FileProgram;

MVX_LOG_CONTEXT (file_program_context, "org.example.program")

static FileProgram file_program;

/* FALSE: that was the last one. */
static inline gboolean
file_program_next_burst (guint *n_bursts)
{
  FileProgram *self = &file_program;
  gboolean stop;

  g_mutex_lock (&self->mutex);
  self->n_ready++;
  g_cond_broadcast (&self->cond);
  while (self->n_bursts == *n_bursts)
    g_cond_wait (&self->cond, &self->mutex);
  *n_bursts = self->n_bursts;
  stop = self->stop;
  g_mutex_unlock (&self->mutex);
  return !stop;
}

static inline gpointer
file_program_produce (gpointer data)
{
  guint thread = GPOINTER_TO_UINT (data);
  guint n_bursts = 0;
  guint n = 0;

  while (file_program_next_burst (&n_bursts))
    for (guint i = 0; i < file_program.burst; i++, n++)
      mvx_info (file_program_context, "run {run} thread {thread} event {n} " FILE_RIG_PAD, "run", file_program.run,
                "thread", thread, "n", n);
  return NULL;
}

/* Says how many events of each thread have been flushed. A flush begins while the next burst is on its way, so that a program
 * that is killed is hit in the middle of its work. */
static inline gpointer
file_program_report (gpointer data)
{
  FileProgram *self = &file_program;
  guint n_done = 0;
  gboolean stop;

  do
    {
      g_autoptr (GError) error = NULL;

      g_mutex_lock (&self->mutex);
      while (self->n_ready < N_THREADS)
        g_cond_wait (&self->cond, &self->mutex);
      self->n_ready = 0;
      n_done = self->n_bursts * self->burst;
      stop = self->is_asked || (self->n_wanted > 0 && n_done >= self->n_wanted);
      self->stop = stop;
      self->n_bursts++;
      g_cond_broadcast (&self->cond);
      g_mutex_unlock (&self->mutex);
      mvx_log_flush (-1, &error);
      g_assert_no_error (error);
      printf ("%u\n", n_done);
      fflush (stdout);
      g_usleep (self->pause_us);
    }
  while (!stop);
  g_main_loop_quit (self->loop);
  return NULL;
}

static inline gboolean
file_program_on_hup (gpointer data)
{
  g_autoptr (GError) error = NULL;

  mvx_log_reopen (&error);
  g_assert_no_error (error);
  return G_SOURCE_CONTINUE;
}

static inline gboolean
file_program_on_input (gint fd, GIOCondition condition, gpointer data)
{
  g_mutex_lock (&file_program.mutex);
  file_program.is_asked = TRUE;
  g_mutex_unlock (&file_program.mutex);
  return G_SOURCE_REMOVE;
}

/* --program CONFIG RUN N BURST */
static inline int
file_program_main (char **argv)
{
  g_autoptr (GError) error = NULL;
  GThread *threads[N_THREADS + 1];

  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_file, &error));
  mvx_log_configure_from_file (argv[2], &error);
  g_assert_no_error (error);
  file_program.run = (guint) atoi (argv[3]);
  file_program.n_wanted = (guint) atoi (argv[4]);
  file_program.burst = (guint) atoi (argv[5]);
  file_program.pause_us = file_program.n_wanted == 0 ? 2000 : 0;
  file_program.loop = g_main_loop_new (NULL, FALSE);
  g_unix_signal_add (SIGHUP, file_program_on_hup, NULL);
  g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, file_program_on_input, NULL);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("producer", file_program_produce, GUINT_TO_POINTER (i));
  threads[N_THREADS] = g_thread_new ("reporter", file_program_report, NULL);
  g_main_loop_run (file_program.loop);
  for (guint i = 0; i <= N_THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_true (mvx_log_shutdown (-1, NULL));
  g_main_loop_unref (file_program.loop);
  return 0;
}

typedef struct
{
  GPid  pid;
  int   input;
  FILE *said;
  guint n_flushed; /* of each thread */
} FileProgramRun;

static inline void
file_program_start (FileProgramRun *run, const char *program, const char *config, guint number, guint n, guint burst)
{
  g_autofree char *number_text = g_strdup_printf ("%u", number);
  g_autofree char *n_text = g_strdup_printf ("%u", n);
  g_autofree char *burst_text = g_strdup_printf ("%u", burst);
  const char *const argv[] = { program, "--program", config, number_text, n_text, burst_text, NULL };
  g_autoptr (GError) error = NULL;
  int output;

  g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, peer_child_setup, NULL, &run->pid,
                            &run->input, &output, NULL, &error);
  g_assert_no_error (error);
  run->said = fdopen (output, "r");
  run->n_flushed = 0;
}

/* Reads what it says until so much is in the file, or it says nothing any more. */
static inline void
file_program_wait (FileProgramRun *run, guint enough)
{
  char line[32];

  while (run->n_flushed < enough && fgets (line, sizeof line, run->said))
    run->n_flushed = (guint) atoi (line);
}

static inline void
file_program_end (FileProgramRun *run, gboolean is_killed)
{
  int status;

  if (is_killed)
    kill (run->pid, SIGKILL);
  close (run->input);
  file_program_wait (run, G_MAXUINT);
  g_assert_cmpint (waitpid (run->pid, &status, 0), ==, run->pid);
  g_assert_true (is_killed ? WIFSIGNALED (status) : WIFEXITED (status) && WEXITSTATUS (status) == 0);
  fclose (run->said);
}

/* What the files of one or more runs hold. */
typedef struct
{
  GByteArray *seen[N_RUNS][N_THREADS]; /* by the event's number */
  guint       n;
  guint       n_torn;
} FileProgramFound;

static inline void
file_program_found_clear (FileProgramFound *found)
{
  for (guint i = 0; i < N_RUNS * N_THREADS; i++)
    g_clear_pointer (&found->seen[i / N_THREADS][i % N_THREADS], g_byte_array_unref);
  found->n = found->n_torn = 0;
}

/* FALSE: it is not whole. */
static inline gboolean
file_program_take (FileProgramFound *found, const char *line)
{
  char expected[256];
  guint run, thread, n;
  GByteArray **seen;

  if (sscanf (line, "run %u thread %u event %u ", &run, &thread, &n) != 3)
    return FALSE;
  g_snprintf (expected, sizeof expected, "run %u thread %u event %u " FILE_RIG_PAD, run, thread, n);
  if (!g_str_equal (line, expected))
    return FALSE;
  g_assert_cmpuint (run, <, N_RUNS);
  g_assert_cmpuint (thread, <, N_THREADS);
  seen = &found->seen[run][thread];
  if (*seen == NULL)
    *seen = g_byte_array_new ();
  if ((*seen)->len <= n)
    {
      guint old = (*seen)->len;

      g_byte_array_set_size (*seen, 2 * n + 1);
      memset ((*seen)->data + old, 0, (*seen)->len - old);
    }
  g_assert_cmpuint ((*seen)->data[n], ==, 0);
  (*seen)->data[n] = 1;
  found->n++;
  return TRUE;
}

/* None twice. Lines that are not whole are counted; the caller knows how many there may be. */
static inline void
file_program_read (FileProgramFound *found, const char *path)
{
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_file_get_contents (path, &content, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (content), ==, size); /* no holes */
  for (char *line = content, *end; line < content + size; line = end + 1)
    {
      end = memchr (line, '\n', (gsize) (content + size - line));
      if (end)
        *end = '\0';
      else
        end = content + size;
      found->n_torn += end == content + size || !file_program_take (found, line);
    }
}

/* All of a directory whose names begin so. */
static inline void
file_program_read_all (FileProgramFound *found, const char *directory, const char *prefix)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);

      if (g_str_has_prefix (name, prefix))
        file_program_read (found, path);
    }
}

static inline gboolean
file_program_has (const FileProgramFound *found, guint run, guint thread, guint n)
{
  const GByteArray *seen = found->seen[run][thread];

  return seen && n < seen->len && seen->data[n];
}

/* How many events of a thread there are without a gap. */
static inline guint
file_program_count (const FileProgramFound *found, guint run, guint thread)
{
  guint n = 0;

  while (file_program_has (found, run, thread, n))
    n++;
  return n;
}
