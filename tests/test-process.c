/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the library does to the process that it is in, in every way that one can end. Each way is a process of its own.
 */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mvxlog/mvxlog.h>

#include "broken/fixture.h"
#include "cancel-fixture.h"
#include "rig-sink.h"
#include "sink/sink-private.h"
#include "test-size.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (file);
MVX_LOG_CONTEXT (test, "org.example.process")

#define N_EVENTS 100

typedef struct
{
  char *directory;
  char *path;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = fixture_make_directory ();
  fixture->path = g_build_filename (fixture->directory, "app.log", NULL);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  fixture_remove (fixture->directory);
  g_free (fixture->directory);
  g_free (fixture->path);
}

/* What became of a process. */
typedef struct
{
  int status;
  gint64 ms;
  char *err;
  guint n_lines; /* of its file */
} End;

static void
end_clear (End *end)
{
  g_free (end->err);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (End, end_clear)

static guint
count_text (const char *text)
{
  guint n = 0;

  for (const char *p = text; (p = strchr (p, '\n')); p++)
    n++;
  return n;
}

static guint
count_lines (const char *path)
{
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? count_text (text) : 0;
}

static End
run (Fixture *fixture, const char *how)
{
  const char *argv[] = { "/proc/self/exe", "--end", how, fixture->path, NULL };
  GString *err = g_string_new (NULL);
  gint64 start = g_get_monotonic_time ();
  End end = { 0 };
  char buffer[4096];
  int fds[2];
  pid_t child;
  gssize n;

  g_assert_no_errno (pipe2 (fds, O_CLOEXEC));
  child = fork ();
  if (child == 0)
    {
      dup2 (fds[1], STDERR_FILENO);
      execv (argv[0], (char **) argv);
      _exit (127);
    }
  close (fds[1]);
  while ((n = read (fds[0], buffer, sizeof buffer)) > 0)
    g_string_append_len (err, buffer, n);
  close (fds[0]);
  g_assert_cmpint (waitpid (child, &end.status, 0), ==, child);
  end.ms = (g_get_monotonic_time () - start) / 1000;
  end.err = g_string_free (err, FALSE);
  end.n_lines = count_lines (fixture->path);
  return end;
}

static void
log_some (void)
{
  for (guint i = 0; i < N_EVENTS; i++)
    mvx_info (test, "event {i}", "i", i);
}

static void
end_configure (const char *path)
{
  g_autofree char *text
      = g_strdup_printf ("[mvxlog]\nversion=1\n[sink app]\nplugin=file\npath=%s\n[context]\nsinks=app\n", path);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_configure_from_data (text, -1, "test", &error));
}

static void
end_in_dispatch (gpointer sink)
{
  for (;;)
    pause ();
}

/* Events for which a sink of that kind has room. */
#define FULL_QUEUE 10

/* A sink that never returns, beside the file. */
static void
end_get_stuck (gint64 max_events)
{
  MvxLogSink *sinks[2] = { mvx_log_get_sink ("app"), NULL };
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();
  RigSink *stuck = rig_sink_new (
      &(MvxLogAsyncConfig){ .name = "stuck", .queue_max_size = max_events, .overflow = MVX_LOG_OVERFLOW_DROP_NEWEST });

  mvx_log_sink_set_name (MVX_LOG_SINK (stuck), "stuck");
  stuck->in_dispatch = end_in_dispatch;
  sinks[1] = MVX_LOG_SINK (stuck);
  g_assert_true (mvx_log_context_set_sinks (root, sinks, 2, NULL));
}

static void
end_on_term (int number)
{
  exit (3); /* as careless programs do; the main thread is in pause() */
}

/* Fault 24: within the second that exit() gives, whatever is stuck, and what is not delivered is told. */
static void
test_exit (Fixture *fixture, gconstpointer how)
{
  g_auto (End) end = run (fixture, how);
  gboolean is_full = g_str_has_suffix (how, "full");
  gboolean is_stuck = is_full || g_str_has_suffix (how, "stuck");
  guint accepted = !is_stuck ? 0 : is_full ? FULL_QUEUE : N_EVENTS;
  g_autofree char *told
      = g_strdup_printf ("At exit, sink 'stuck' has not delivered %u of %u accepted events, and had refused %u\n",
                         accepted, accepted, N_EVENTS - accepted);

  g_test_message ("fault 24, %s: %" G_GINT64_FORMAT " ms, %u of %u events on disk; undelivered %u, told %u",
                  (const char *) how, end.ms, end.n_lines, N_EVENTS, accepted, accepted);
  g_assert_true (WIFEXITED (end.status));
  g_assert_cmpint (WEXITSTATUS (end.status), ==, g_str_has_prefix (how, "term") ? 3 : 0);
  g_assert_cmpuint (end.n_lines, ==, N_EVENTS);
  if (is_stuck)
    {
      g_assert_nonnull (strstr (end.err, "Sink 'stuck' has not ended by the deadline"));
      g_assert_nonnull (strstr (end.err, told));
    }
  else
    g_assert_cmpstr (end.err, ==, "");
}

/* These run no handlers: what waits is lost, but nobody waits for it either. */
static void
test_at_once (Fixture *fixture, gconstpointer how)
{
  g_auto (End) end = run (fixture, how);

  g_test_message ("fault 24, %s: %" G_GINT64_FORMAT " ms", (const char *) how, end.ms);
  g_assert_true (WIFEXITED (end.status));
  g_assert_cmpint (WEXITSTATUS (end.status), ==, 0);
  g_assert_cmpstr (end.err, ==, "");
}

/* What nobody reads any more: a pipe, or a socket whose peer has gone. */
static int
end_make_deaf (gboolean is_pipe)
{
  int fds[2];

  if (is_pipe)
    g_assert_no_errno (pipe (fds));
  else
    g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM, 0, fds));
  close (fds[0]);
  return fds[1];
}

/* The program has not said a word about SIGPIPE. */
static int
end_deaf_main (const char *how, const char *path)
{
  g_autofree char *text = g_strdup_printf ("[mvxlog]\nversion=1\n[sink app]\nplugin=file\npath=%s\n"
                                           "[sink out]\nplugin=stream\nstream=stdout\nasync=%s\n"
                                           "[context]\nsinks=out;app\n",
                                           path, strstr (how, "direct") ? "false" : "true");
  g_autoptr (GError) error = NULL;

  signal (SIGPIPE, SIG_DFL);
  dup2 (end_make_deaf (g_str_has_prefix (how, "pipe")), STDOUT_FILENO);
  if (!mvx_log_configure_from_data (text, -1, "test", &error))
    g_printerr ("%s\n", error->message);
  log_some ();
  return 4;
}

/* Fault 29: the host lives, and the other sink has everything. */
static void
test_deaf (Fixture *fixture, gconstpointer how)
{
  g_auto (End) end = run (fixture, how);

  g_test_message ("fault 29, %s: status %d, %u of %u events in the other sink", (const char *) how,
                  WIFEXITED (end.status) ? WEXITSTATUS (end.status) : -WTERMSIG (end.status), end.n_lines, N_EVENTS);
  g_assert_true (WIFEXITED (end.status));
  g_assert_cmpint (WEXITSTATUS (end.status), ==, 4);
  g_assert_cmpuint (end.n_lines, ==, N_EVENTS);
  g_assert_nonnull (strstr (end.err, "Broken pipe"));
}

static gboolean end_is_late; /* the destructors below log */

static void
end_at_exit (void)
{
  mvx_info (test, "from a handler of exit ()");
}

__attribute__ ((destructor)) static void
end_destructor (void)
{
  if (end_is_late)
    mvx_error (test, "from a destructor");
}

static void
end_thread_data (gpointer data)
{
  mvx_info (test, "from a destructor of a thread's data");
}

static gpointer
end_thread (gpointer data)
{
  static pthread_key_t key;

  pthread_key_create (&key, end_thread_data);
  pthread_setspecific (key, &key);
  mvx_info (test, "from a thread");
  return NULL;
}

/* Fault 25: whoever logs last. Two lines of the thread, one of the first handler; then there is no sink any more. */
static void
test_late (Fixture *fixture, gconstpointer how)
{
  g_auto (End) end = run (fixture, how);

  g_test_message ("fault 25, %s: 0 crashes", (const char *) how);
  g_assert_true (WIFEXITED (end.status));
  g_assert_cmpint (WEXITSTATUS (end.status), ==, 0);
  g_assert_cmpuint (end.n_lines, ==, g_str_equal (how, "late") ? N_EVENTS + 3 : N_EVENTS);
}

static int
end_main (const char *how, const char *path)
{
  if (strstr (how, "deaf"))
    return end_deaf_main (how, path);
  atexit (end_at_exit); /* registered first: runs after the library's own */
  end_configure (path);
  if (g_str_has_suffix (how, "stuck"))
    end_get_stuck (0);
  if (g_str_has_suffix (how, "full"))
    end_get_stuck (FULL_QUEUE);
  log_some ();
  if (g_str_has_prefix (how, "late"))
    {
      end_is_late = TRUE;
      if (g_str_equal (how, "late-shutdown"))
        g_assert_true (mvx_log_shutdown (-1, NULL));
      g_thread_join (g_thread_new ("late", end_thread, NULL));
      atexit (end_at_exit);
    }
  if (g_str_has_prefix (how, "exit"))
    exit (0);
  if (g_str_has_prefix (how, "term"))
    {
      signal (SIGTERM, end_on_term);
      kill (getpid (), SIGTERM);
    }
  if (g_str_has_prefix (how, "quick_exit"))
    quick_exit (0);
  if (g_str_has_prefix (how, "_exit"))
    _exit (0);
  return 0;
}

/* Everything that belongs to the program and not to a library. */
static char *
process_state (void)
{
  static const char *const lines[] = { "SigBlk:", "SigIgn:", "SigCgt:", "Umask:", "NoNewPrivs:" };
  g_autofree char *status = NULL;
  g_autofree char *directory = g_get_current_dir ();
  g_auto (GStrv) environment = g_get_environ ();
  g_autofree char *variables = g_strjoinv ("\n", environment);
  g_autofree char *limits = NULL;
  GString *state = g_string_new (NULL);

  g_assert_true (g_file_get_contents ("/proc/thread-self/status", &status, NULL, NULL));
  g_assert_true (g_file_get_contents ("/proc/self/limits", &limits, NULL, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      const char *line = strstr (status, lines[i]);

      g_assert_nonnull (line);
      g_string_append_len (state, line, strchr (line, '\n') + 1 - line);
    }
  for (int fd = 0; fd < 3; fd++)
    g_string_append_printf (state, "fd %d: %x %x\n", fd, (guint) fcntl (fd, F_GETFL), (guint) fcntl (fd, F_GETFD));
  g_string_append_printf (state, "%s\n%s\n%senvironment: %x\n", directory, setlocale (LC_ALL, NULL), limits,
                          g_str_hash (variables));
  return g_string_free (state, FALSE);
}

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

static gpointer
first_thread (gpointer data)
{
  return GINT_TO_POINTER (gettid ());
}

/* With it the C library takes a signal of its own. Gone from /proc when this returns. */
static void
run_first_thread (void)
{
  gint tid = GPOINTER_TO_INT (g_thread_join (g_thread_new ("first", first_thread, NULL)));
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d", tid);

  while (g_file_test (path, G_FILE_TEST_EXISTS))
    g_thread_yield ();
}

/* Before, while there are workers, and after. */
static void
test_state (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strdup_printf ("[mvxlog]\nversion=1\n"
                                           "[sink app]\nplugin=file\npath=%s\nrotate-size=4KiB\nretain-count=2\n"
                                           "[sink err]\nplugin=stream\nlevel=critical\n"
                                           "[sink last]\nplugin=memory\n"
                                           "[context]\nsinks=app;err;last\n",
                                           fixture->path);
  g_autofree char *before = NULL;
  g_autofree char *during = NULL;
  g_autofree char *after = NULL;
  guint n_fds;
  guint n_threads;

  g_assert_true (mvx_log_reset (NULL));
  g_get_host_name (); /* opens a file */
  run_first_thread ();
  before = process_state ();
  n_fds = count_entries ("/proc/self/fd");
  n_threads = count_entries ("/proc/self/task");
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;

      g_clear_pointer (&during, g_free);
      g_clear_pointer (&after, g_free);
      g_assert_true (mvx_log_configure_from_data (text, -1, "test", &error));
      log_some ();
      g_assert_true (mvx_log_flush (-1, NULL));
      during = process_state ();
      g_assert_cmpstr (during, ==, before);
      g_assert_true (mvx_log_reset (NULL));
      after = process_state ();
      g_assert_cmpstr (after, ==, before);
      if (i > 0)
        g_assert_cmpuint (count_entries ("/proc/self/fd"), ==, n_fds);
      n_fds = count_entries ("/proc/self/fd");
    }
  while (count_entries ("/proc/self/task") > n_threads) /* for the kernel a joined thread is there a moment longer */
    g_thread_yield ();
  g_assert_cmpuint (count_entries ("/proc/self/task"), ==, n_threads);
  g_test_message ("0 of %u lines of state changed by 3 configurations; +0 descriptors, +0 threads",
                  count_text (before));
}

/* A worker leaves the program's signals alone, but those of a fault. */
static void
test_mask (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) tasks = NULL;
  guint n_workers = 0;
  const char *name;

  end_configure (fixture->path);
  log_some ();
  g_assert_true (mvx_log_flush (-1, NULL));
  tasks = g_dir_open ("/proc/self/task", 0, NULL);
  while ((name = g_dir_read_name (tasks)))
    {
      g_autofree char *path = g_strdup_printf ("/proc/self/task/%s/status", name);
      g_autofree char *status = NULL;
      guint64 blocked;

      g_assert_true (g_file_get_contents (path, &status, NULL, NULL));
      if (!g_str_has_prefix (status, "Name:\tmvx:"))
        continue;
      n_workers++;
      blocked = g_ascii_strtoull (strstr (status, "SigBlk:\t") + strlen ("SigBlk:\t"), NULL, 16);
      for (int number = 1; number < 32; number++)
        {
          gboolean of_fault = number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE
                              || number == SIGABRT || number == SIGTRAP || number == SIGSYS;

          if (number != SIGKILL && number != SIGSTOP)
            g_assert_cmpint ((blocked >> (number - 1)) & 1, ==, !of_fault);
        }
    }
  g_assert_cmpuint (n_workers, ==, 1);
  g_assert_true (mvx_log_reset (NULL));
}

static void *
cancel_thread (void *data)
{
  char name[64];

  g_snprintf (name, sizeof name, "org.example.process.n%u", GPOINTER_TO_UINT (data) % 8);
  for (guint i = 0;; i++)
    {
      MvxLogContext *context = mvx_log_configure_context (name, NULL);

      mvx_info (test, "lean {i}", "i", i);
      mvx_warning (context, "of a context {i}", "i", i, "name", name);
      mvx_log_context_unref (context);
      cancel_here (); /* nothing above is a point where it could end */
    }
  return NULL;
}

/* Foreign code in the middle of a call, which the thread must not end in. */
static gboolean
cancel_processor (MvxLogDraft *draft, gpointer data, GError **error)
{
  pthread_testcancel ();
  return TRUE;
}

/* Fault 28: wherever a thread is, the call is finished first; the ledger holds, and nobody waits for who is gone. */
static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  const guint n = g_getenv ("MVXLOG_TEST_LONG") ? 10000 : test_size (1000, 100);
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();
  g_autoptr (RigSink) rig = rig_sink_new (
      &(MvxLogAsyncConfig){ .name = "rig", .overflow = MVX_LOG_OVERFLOW_DROP_NEWEST, .queue_max_size = 2000 });
  MvxLogSink *sink = MVX_LOG_SINK (rig);
  pthread_t threads[4];
  g_autoptr (MvxLogProcessor) processor = mvx_log_processor_new_function (cancel_processor, NULL, NULL);
  MvxLogCounters counters;

  g_assert_true (mvx_log_context_set_sinks (root, &sink, 1, NULL));
  if (data)
    g_assert_true (mvx_log_context_set_processors (root, &processor, 1, NULL));
  for (guint i = 0; i < n; i++)
    {
      pthread_t *thread = &threads[i % G_N_ELEMENTS (threads)];

      if (i >= G_N_ELEMENTS (threads))
        {
          pthread_cancel (*thread);
          g_assert_cmpint (pthread_join (*thread, NULL), ==, 0);
        }
      g_assert_cmpint (pthread_create (thread, NULL, cancel_thread, GUINT_TO_POINTER (i)), ==, 0);
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      pthread_cancel (threads[i]);
      g_assert_cmpint (pthread_join (threads[i], NULL), ==, 0);
    }
  g_assert_true (mvx_log_flush (-1, NULL));
  mvx_log_sink_get_counters (sink, &counters);
  g_assert_cmpuint (counters.accepted, ==, counters.delivered);
  g_assert_cmpuint (counters.pending, ==, 0);
  rig_sink_check_ledger (rig);
  g_test_message ("fault 28: %u threads cancelled, %" G_GUINT64_FORMAT " events, 0 hung", n, counters.accepted);
  g_assert_true (mvx_log_reset (NULL));
  g_assert_true (mvx_log_sink_terminate (sink, -1, NULL));
}

/* It is to end, and would at the first point where it may. */
static void *
cancelled_thread (void *data)
{
  pthread_cancel (pthread_self ());
  mvx_info (test, "the first event");
  *(gboolean *) data = TRUE;
  cancel_here ();
  return NULL;
}

static void
run_cancelled_thread (void)
{
  gboolean has_logged = FALSE;
  pthread_t thread;
  void *result;

  g_assert_cmpint (pthread_create (&thread, NULL, cancelled_thread, &has_logged), ==, 0);
  g_assert_cmpint (pthread_join (thread, &result), ==, 0);
  g_assert_true (result == PTHREAD_CANCELED);
  g_assert_true (has_logged);
}

/* The call that starts a sink, which takes more than others do. */
static void
test_cancel_first (Fixture *fixture, gconstpointer data)
{
  g_autofree char *rings = g_build_filename (fixture->directory, "rings", NULL);
  const MvxLogAsyncConfig configs[] = {
    { .name = "plain", .overflow = MVX_LOG_OVERFLOW_BLOCK, .block_timeout_us = -1 },
    { .name = "ring",
      .overflow = MVX_LOG_OVERFLOW_BLOCK,
      .block_timeout_us = -1,
      .crash_ring = TRUE,
      .crash_ring_dir = rings },
  };
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();

  for (guint i = 0; i < G_N_ELEMENTS (configs); i++)
    {
      g_autoptr (RigSink) rig = rig_sink_new (&configs[i]);
      MvxLogSink *sink = MVX_LOG_SINK (rig);

      g_assert_true (mvx_log_context_set_sinks (root, &sink, 1, NULL));
      run_cancelled_thread ();
      mvx_info (test, "the second one");
      g_assert_true (mvx_log_flush (-1, NULL));
      g_assert_cmpuint (rig_sink_n_delivered (rig), ==, 2);
      g_assert_true (mvx_log_reset (NULL));
      g_assert_true (mvx_log_sink_terminate (sink, -1, NULL));
    }
}

/* The first use of the library at all. */
static void
test_cancel_use (void)
{
  if (g_test_subprocess ())
    {
      run_cancelled_thread ();
      mvx_info (test, "the second event");
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*the first event\n*the second event\n");
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_file, &error));
  if (argc == 4 && g_str_equal (argv[1], "--end"))
    return end_main (argv[2], argv[3]);
  g_test_init (&argc, &argv, NULL);
#define ADD(path, data, func) g_test_add (path, Fixture, data, fixture_set_up, func, fixture_tear_down)
  ADD ("/process/state", NULL, test_state);
  ADD ("/process/mask", NULL, test_mask);
  ADD ("/process/cancel", NULL, test_cancel);
  ADD ("/process/cancel-foreign", "processor", test_cancel);
  ADD ("/process/cancel-first", NULL, test_cancel_first);
  g_test_add_func ("/process/cancel-use", test_cancel_use);
  ADD ("/process/exit", "exit", test_exit);
  ADD ("/process/return", "return", test_exit);
  ADD ("/process/exit-stuck", "exit-stuck", test_exit);
  ADD ("/process/return-stuck", "return-stuck", test_exit);
  ADD ("/process/exit-full", "exit-full", test_exit);
  ADD ("/process/return-full", "return-full", test_exit);
#ifndef TEST_SIZE_SANITIZED /* which forbid exit() in a handler */
  ADD ("/process/term", "term", test_exit);
  ADD ("/process/term-stuck", "term-stuck", test_exit);
  ADD ("/process/term-full", "term-full", test_exit);
#endif
  ADD ("/process/deaf-pipe", "pipe-deaf", test_deaf);
  ADD ("/process/deaf-socket", "socket-deaf", test_deaf);
  ADD ("/process/deaf-pipe-direct", "pipe-deaf-direct", test_deaf);
  ADD ("/process/deaf-socket-direct", "socket-deaf-direct", test_deaf);
  ADD ("/process/quick-exit", "quick_exit-stuck", test_at_once);
  ADD ("/process/_exit", "_exit-stuck", test_at_once);
  ADD ("/process/late", "late", test_late);
  ADD ("/process/late-shutdown", "late-shutdown", test_late);
  return g_test_run ();
}
