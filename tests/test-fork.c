/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a forked child may count on: it logs without hanging, its parent's sinks are off, and nothing of theirs comes
 * twice. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mvxlog/mvxlog.h>

#include "broken/fixture.h"
#include "sink/fork-private.h"
#include "test-size.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (file);
MVX_LOG_CONTEXT (test, "org.example.fork")

#define N_THREADS 4
/* Nobody is so slow, whatever else the machine has to do. */
#define HUNG_MS 60000

typedef struct
{
  char *directory;
  char *one;
  char *two;
  char *config;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer policy)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  fixture->directory = fixture_make_directory ();
  fixture->one = g_build_filename (fixture->directory, "one.log", NULL);
  fixture->two = g_build_filename (fixture->directory, "two.log", NULL);
  fixture->config = g_build_filename (fixture->directory, "app.conf", NULL);
  text = g_strdup_printf ("[mvxlog]\nversion=1\n%s%s\n"
                          "[sink one]\nplugin=file\npath=%s\nformat=template\ntemplate={message}\n"
                          "queue-overflow=drop-newest\n"
                          "[sink two]\nplugin=file\npath=%s\nformat=template\ntemplate={message}\n"
                          "queue-overflow=drop-newest\n"
                          "[context]\nlevel=info\nsinks=one;two\n",
                          policy ? "fork=" : "", policy ? (const char *) policy : "", fixture->one, fixture->two);
  g_assert_true (g_file_set_contents (fixture->config, text, -1, NULL));
  g_assert_true (mvx_log_configure_from_file (fixture->config, &error));
  g_assert_no_error (error);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer policy)
{
  g_assert_true (mvx_log_reset (NULL));
  mvx_log_fork_set_policy_of_file (-1);
  fixture_remove (fixture->directory);
  g_free (fixture->directory);
  g_free (fixture->one);
  g_free (fixture->two);
  g_free (fixture->config);
}

static void
assert_file (const char *path, const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

#ifdef __SANITIZE_ADDRESS__
/* LeakSanitizer asks: what a child has of its parent's sinks it never frees. */
static pid_t parent;

int __lsan_is_turned_off (void);

int
__lsan_is_turned_off (void)
{
  return getpid () != parent;
}
#endif

/* Runs @func in a child, which ends by exit(). Returns what it wrote to standard error. */
static char *
run_child (void (*func) (void))
{
  GString *err = g_string_new (NULL);
  int fds[2];
  pid_t child;
  int status;
  char buffer[4096];
  gssize n;

  g_assert_no_errno (pipe2 (fds, O_CLOEXEC));
  child = fork ();
  if (child == 0)
    {
      dup2 (fds[1], STDERR_FILENO);
      close (fds[0]);
      close (fds[1]);
      func ();
      exit (0);
    }
  close (fds[1]);
  while ((n = read (fds[0], buffer, sizeof buffer)) > 0)
    g_string_append_len (err, buffer, n);
  close (fds[0]);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  if (status != 0)
    g_test_message ("%s", err->str);
  g_assert_cmpint (status, ==, 0);
  return g_string_free (err, FALSE);
}

static void
child_logs (void)
{
  mvx_info (test, "of the child");
  mvx_debug (test, "that nobody wants");
}

/* What waits in the parent's queues stays there. */
static void
parent_and_child (Fixture *fixture, char **err)
{
  mvx_info (test, "before");
  *err = run_child (child_logs);
  mvx_info (test, "after");
  g_assert_true (mvx_log_flush (-1, NULL));
}

/* Once, though there are two sinks. */
static void
test_stderr (Fixture *fixture, gconstpointer policy)
{
  g_autofree char *err = NULL;

  parent_and_child (fixture, &err);
  g_assert_true (g_str_has_suffix (err, " INFO     org.example.fork: of the child\n"));
  g_assert_null (strchr (strchr (err, '\n') + 1, '\n'));
  assert_file (fixture->one, "before\nafter\n");
  assert_file (fixture->two, "before\nafter\n");
}

static void
test_drop (Fixture *fixture, gconstpointer policy)
{
  g_autofree char *err = NULL;

  parent_and_child (fixture, &err);
  g_assert_cmpstr (err, ==, "");
  assert_file (fixture->one, "before\nafter\n");
}

/* TSan still knows the parent's threads, and takes a child's for one of them. */
static gboolean
child_may_start_threads (void)
{
#ifdef __SANITIZE_THREAD__
  g_test_skip ("ThreadSanitizer allows no threads in a child");
  return FALSE;
#else
  return TRUE;
#endif
}

/* What the parent has logged before waits for its worker, which may be slower than the whole child. */
static void
assert_file_of_both (const char *path)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  if (g_str_has_prefix (text, "of the child\n"))
    g_assert_cmpstr (text, ==, "of the child\nbefore\nafter\n");
  else
    g_assert_cmpstr (text, ==, "before\nof the child\nafter\n");
}

/* Workers, queue and file of its own; exit() delivers. */
static void
test_reinit (Fixture *fixture, gconstpointer policy)
{
  g_autofree char *err = NULL;

  if (!child_may_start_threads ())
    return;
  parent_and_child (fixture, &err);
  g_assert_cmpstr (err, ==, "");
  assert_file_of_both (fixture->one);
  assert_file_of_both (fixture->two);
}

static void
child_logs_twice (void)
{
  child_logs ();
  child_logs ();
}

static void
test_reinit_fails (Fixture *fixture, gconstpointer policy)
{
  g_autofree char *err = NULL;
  const char *end;

  g_assert_true (g_file_set_contents (fixture->config, "[nonsense]\n", -1, NULL));
  err = run_child (child_logs_twice);
  end = strstr (err, " goes on with standard error: ");
  g_assert_nonnull (end);
  g_assert_true (g_str_has_prefix (err, "mvxlog: fork=reinit: process "));
  g_assert_true (g_str_has_suffix (err, " INFO     org.example.fork: of the child\n"));
  g_assert_nonnull (strstr (end, ": of the child\n"));
}

/* Its own sinks, in spite of what it has inherited, under the same names. */
static void
child_configures (void)
{
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();
  g_autoptr (MvxLogSink) sink = NULL;
  g_auto (GStrv) names = mvx_log_get_sink_names ();
  MvxLogCounters counters;

  g_assert_null (names[0]);
  g_assert_null (mvx_log_get_sink ("one"));
  sink = mvx_log_configure_sink ("one", "memory", NULL, NULL);
  g_assert_nonnull (sink);
  g_assert_true (mvx_log_context_set_sinks (root, &sink, 1, NULL));
  child_logs ();
  g_assert_true (mvx_log_flush (-1, NULL));
  mvx_log_sink_get_counters (sink, &counters);
  g_assert_cmpuint (counters.accepted, ==, 1);
  g_assert_true (mvx_log_reset (NULL));
}

static void
test_own (Fixture *fixture, gconstpointer policy)
{
  g_autofree char *err = run_child (child_configures);

  g_assert_cmpstr (err, ==, "");
}

static MvxLogSink *held_sink;

/* Each of these would wait for a thread that is not there. */
static void
child_asks (void)
{
  MvxLogCounters counters;
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_sink_flush (held_sink, -1, &error));
  g_assert_true (mvx_log_sink_reopen (held_sink, &error));
  mvx_log_sink_get_counters (held_sink, &counters);
  g_assert_cmpuint (counters.offered, ==, 0);
  g_assert_true (mvx_log_flush (-1, &error));
  g_assert_true (mvx_log_sink_terminate (held_sink, -1, &error));
  g_assert_true (mvx_log_shutdown (-1, NULL));
  g_object_unref (held_sink);
}

static void
test_ask (Fixture *fixture, gconstpointer policy)
{
  g_autofree char *err = NULL;

  held_sink = mvx_log_get_sink ("one");
  mvx_info (test, "before");
  err = run_child (child_asks);
  g_assert_cmpstr (err, ==, "");
  mvx_info (test, "after");
  g_assert_true (mvx_log_flush (-1, NULL));
  assert_file (fixture->one, "before\nafter\n");
  g_clear_object (&held_sink);
}

/* Of a child that replaces itself by another program nothing is left open. */
static void
test_exec (Fixture *fixture, gconstpointer policy)
{
  const char *argv[] = { "/bin/ls", "/proc/self/fd", NULL };
  int fds[2];
  pid_t child;
  int status;
  char buffer[512] = "";

  mvx_info (test, "opens the files");
  g_assert_true (mvx_log_flush (-1, NULL));
  g_assert_no_errno (pipe2 (fds, O_CLOEXEC));
  child = fork ();
  if (child == 0)
    {
      dup2 (fds[1], STDOUT_FILENO);
      execv (argv[0], (char **) argv);
      _exit (1);
    }
  close (fds[1]);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpint (read (fds[0], buffer, sizeof buffer - 1), >, 0);
  close (fds[0]);
  /* Those of ls itself: the last is the directory. */
  g_assert_cmpstr (buffer, ==, "0\n1\n2\n3\n");
}

/* What the parent holds and what it has held back, it tells itself. */
static void
child_ends (void)
{
  mvx_log_release ();
  g_assert_true (mvx_log_shutdown (-1, NULL));
}

static void
test_held (Fixture *fixture, gconstpointer policy)
{
  g_autofree char *err = NULL;

  mvx_log_hold ();
  mvx_info (test, "held");
  err = run_child (child_ends);
  g_assert_cmpstr (err, ==, "");
  mvx_log_release ();
  g_assert_true (mvx_log_flush (-1, NULL));
  assert_file (fixture->one, "held\n");
}

typedef struct
{
  GMutex mutex;
  GCond cond;
  gboolean entered;
  gboolean over;
} Grip;

static gpointer
grip (gpointer value, gpointer data)
{
  Grip *it = data;

  g_mutex_lock (&it->mutex);
  it->entered = TRUE;
  g_cond_broadcast (&it->cond);
  while (!it->over)
    g_cond_wait (&it->cond, &it->mutex);
  g_mutex_unlock (&it->mutex);
  return NULL;
}

/* GLib has a lock on the data of an object, and calls this with it. */
static gpointer
grip_thread (gpointer data)
{
  g_autoptr (MvxLogSink) sink = mvx_log_get_sink ("one");

  return g_object_dup_qdata (G_OBJECT (sink), g_quark_from_static_string ("grip"), grip, data);
}

static void
child_logs_anew (void)
{
  g_autoptr (MvxLogContext) context = NULL;

  alarm (60); /* else it would hang for ever */
  context = mvx_log_configure_context ("org.example.fork.anew", NULL);
  mvx_info (context, "of the child");
}

/* Exactly there: another thread is looking for what the library keeps with a sink. */
static void
test_grip (Fixture *fixture, gconstpointer policy)
{
  g_autofree char *err = NULL;
  Grip it = { 0 };
  GThread *thread = g_thread_new ("grip", grip_thread, &it);

  g_mutex_lock (&it.mutex);
  while (!it.entered)
    g_cond_wait (&it.cond, &it.mutex);
  g_mutex_unlock (&it.mutex);
  err = run_child (child_logs_anew);
  g_mutex_lock (&it.mutex);
  it.over = TRUE;
  g_cond_broadcast (&it.cond);
  g_mutex_unlock (&it.mutex);
  g_thread_join (thread);
  g_assert_true (g_str_has_suffix (err, " INFO     org.example.fork.anew: of the child\n"));
}

static gint storm_ends; /* atomic */

/* Each takes other locks. */
static gpointer
storm_thread (gpointer data)
{
  guint kind = GPOINTER_TO_UINT (data);

  for (guint i = 0; !g_atomic_int_get (&storm_ends); i++)
    {
      g_autofree char *name = g_strdup_printf ("org.example.fork.t%u.n%u", kind, i % 512);
      g_autoptr (MvxLogContext) context = NULL;

      if (i % 64 == 0)
        g_usleep (500); /* for the size of the files */
      switch (kind)
        {
        case 0:
          mvx_info (test, "lean {i}", "i", i);
          break;
        case 1:
          context = mvx_log_configure_context (name, NULL);
          mvx_warning (context, "of a new context {i}", "i", i);
          break;
        case 2:
          {
            MVX_LOG_SCOPED ("turn", i);
            mvx_error (test, "in a scope {i}", "i", i, "text", name);
          }
          break;
        default:
          mvx_log_flush (-1, NULL);
          mvx_notice (test, "{i}", "i", i);
          break;
        }
    }
  return NULL;
}

static void
storm_child (guint turn)
{
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("org.example.fork.child", NULL);

  for (guint i = 0; i < 3; i++)
    {
      mvx_info (test, "child {turn} {i}", "turn", turn, "i", i);
      mvx_error (context, "child {turn}", "turn", turn, "text", "more");
    }
  _exit (0);
}

/* FALSE: it hangs; it is ended then. */
static gboolean
storm_await (pid_t child, int pipe_fd)
{
  struct pollfd ready = { .fd = pipe_fd, .events = POLLIN };
  gboolean ended = poll (&ready, 1, HUNG_MS) == 1;

  if (!ended)
    kill (child, SIGKILL);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  return ended;
}

static gint
storm_compare (gconstpointer a, gconstpointer b)
{
  return *(const gint64 *) a < *(const gint64 *) b ? -1 : *(const gint64 *) a > *(const gint64 *) b;
}

/* Fault 19: a child's end closes its side of a pipe. */
static void
test_storm (Fixture *fixture, gconstpointer policy)
{
  const guint n_forks = g_getenv ("MVXLOG_TEST_LONG") ? 10000 : test_size (2000, 100);
  g_autofree gint64 *us = g_new (gint64, n_forks);
  GThread *threads[N_THREADS];
  int null = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  guint hung = 0;

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("storm", storm_thread, GUINT_TO_POINTER (i));
  for (guint i = 0; i < n_forks; i++)
    {
      gint64 start;
      pid_t child;
      int fds[2];

      g_assert_no_errno (pipe2 (fds, O_CLOEXEC));
      start = g_get_monotonic_time ();
      child = fork ();
      if (child == 0)
        {
          dup2 (null, STDERR_FILENO);
          storm_child (i);
        }
      us[i] = g_get_monotonic_time () - start;
      close (fds[1]);
      hung += !storm_await (child, fds[0]);
      close (fds[0]);
    }
  g_atomic_int_set (&storm_ends, 1);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  close (null);
  qsort (us, n_forks, sizeof *us, storm_compare);
  g_test_message ("fault 19: %u forks, %u hung, fork p50 %" G_GINT64_FORMAT " us, p99 %" G_GINT64_FORMAT " us", n_forks,
                  hung, us[n_forks / 2], us[n_forks * 99 / 100]);
  g_assert_cmpuint (hung, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;

#ifdef __SANITIZE_ADDRESS__
  parent = getpid ();
#endif
  g_test_init (&argc, &argv, NULL);
  for (int fd = 3; fd < 1024; fd++)
    fcntl (fd, F_SETFD, FD_CLOEXEC); /* what the test was given by its own parent */
  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_file, &error));
  g_test_add ("/fork/stderr", Fixture, NULL, fixture_set_up, test_stderr, fixture_tear_down);
  g_test_add ("/fork/drop", Fixture, "drop", fixture_set_up, test_drop, fixture_tear_down);
  g_test_add ("/fork/reinit", Fixture, "reinit", fixture_set_up, test_reinit, fixture_tear_down);
  g_test_add ("/fork/reinit-fails", Fixture, "reinit", fixture_set_up, test_reinit_fails, fixture_tear_down);
  g_test_add ("/fork/own-sinks", Fixture, NULL, fixture_set_up, test_own, fixture_tear_down);
  g_test_add ("/fork/asked", Fixture, NULL, fixture_set_up, test_ask, fixture_tear_down);
  g_test_add ("/fork/exec", Fixture, NULL, fixture_set_up, test_exec, fixture_tear_down);
  g_test_add ("/fork/grip", Fixture, NULL, fixture_set_up, test_grip, fixture_tear_down);
  g_test_add ("/fork/held", Fixture, NULL, fixture_set_up, test_held, fixture_tear_down);
#ifndef __SANITIZE_ADDRESS__ /* whose malloc leaves its own lock taken in a child */
  g_test_add ("/fork/storm", Fixture, "stderr", fixture_set_up, test_storm, fixture_tear_down);
#else
  (void) test_storm;
#endif
  return g_test_run ();
}
