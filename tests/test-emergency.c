/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one call for signal handlers, and the crash handler. Whatever crashes is a process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-glib/json-glib.h>
#include <mvxlog/mvxlog.h>

#include "base/emergency-private.h"
#include "broken/fixture.h"
#include "rig-sink.h"
#include "test-size.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (file);
MVX_LOG_CONTEXT (test, "org.example.emergency")

#define N_EVENTS 5000
#define STAMP "^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{9}Z"

typedef struct
{
  char *directory;
  char *path;
  int err[2]; /* a pipe in the place of standard error */
  int saved;
} Fixture;

static void
fixture_configure (const char *path, const char *more)
{
  g_autofree char *text = g_strdup_printf ("[mvxlog]\nversion=1\n[sink app]\nplugin=file\npath=%s\n%s\n[context]\n"
                                           "level=info\nsinks=app\n",
                                           path, more);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_configure_from_data (text, -1, "test", &error));
  g_assert_no_error (error);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer more)
{
  fixture->directory = fixture_make_directory ();
  fixture->path = g_build_filename (fixture->directory, "app.log", NULL);
  fixture_configure (fixture->path, more);
  g_assert_no_errno (pipe2 (fixture->err, O_CLOEXEC | O_NONBLOCK));
  fixture->saved = dup (STDERR_FILENO);
  dup2 (fixture->err[1], STDERR_FILENO);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer more)
{
  dup2 (fixture->saved, STDERR_FILENO);
  close (fixture->saved);
  close (fixture->err[0]);
  close (fixture->err[1]);
  g_assert_true (mvx_log_reset (NULL));
  fixture_remove (fixture->directory);
  g_free (fixture->directory);
  g_free (fixture->path);
}

static char *
read_err (Fixture *fixture)
{
  g_autofree char *buffer = g_malloc (65536);
  gssize n = read (fixture->err[0], buffer, 65535);

  return g_strndup (buffer, (gsize) MAX (n, 0));
}

static char *
read_file (const char *path)
{
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static void
assert_line (const char *line, const char *expected)
{
  g_autofree char *pattern = g_strdup_printf (STAMP " emergency: %s\n$", expected);

  if (!g_regex_match_simple (pattern, line, G_REGEX_DOLLAR_ENDONLY, 0))
    g_error ("'%s' is not '%s'", line, pattern);
}

/* One line, whatever is in it. */
static void
test_text (Fixture *fixture, gconstpointer more)
{
  static const struct
  {
    const char *text;
    gssize length;
    const char *expected;
  } cases[] = {
    { "disk on fire", -1, "disk on fire" },
    { "disk on fire", 4, "disk" },
    { "a\nb\rc\x1b[2Jd\x7f", -1, "a\\?b\\?c\\?\\[2Jd\\?" },
    { "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\xa5", -1, "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\xa5" },
    { "\xff\xc3 \xed\xa0\x80\xc2\x9b", -1, "\\?\\? \\?\\?\\?\\?\\?" },
    { "nul\0here", 8, "nul\\?here" },
    { "", -1, "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *line = NULL;

      errno = EXDEV;
      mvx_log_emergency (cases[i].text, cases[i].length);
      g_assert_cmpint (errno, ==, EXDEV);
      line = read_err (fixture);
      assert_line (line, cases[i].expected);
    }
  mvx_log_emergency (NULL, -1);
  g_assert_cmpint (read (fixture->err[0], &errno, 1), ==, -1);
}

static void
test_long (Fixture *fixture, gconstpointer more)
{
  g_autofree char *text = g_strnfill (100000, 'x');
  g_autofree char *line = NULL;

  mvx_log_emergency (text, -1);
  line = read_err (fixture);
  g_assert_cmpuint (strlen (line), >, 1900);
  g_assert_cmpuint (strlen (line), <=, 4096);
  g_assert_true (g_str_has_suffix (line, "xxx...\n"));
}

/* A reader that does not read holds nobody, and one that has gone raises no signal. */
static void
test_reader (Fixture *fixture, gconstpointer more)
{
  char junk[4096] = "";

  while (write (fixture->err[1], junk, sizeof junk) > 0)
    ;
  fcntl (STDERR_FILENO, F_SETFL, fcntl (STDERR_FILENO, F_GETFL) & ~O_NONBLOCK);
  mvx_log_emergency ("nobody reads", -1);
  close (fixture->err[0]);
  mvx_log_emergency ("nobody is there", -1);
  fixture->err[0] = open ("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void
test_json (Fixture *fixture, gconstpointer more)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *text = NULL;
  g_autofree char *long_text = g_strnfill (5000, '"');
  g_auto (GStrv) lines = NULL;
  JsonObject *object;

  mvx_log_emergency ("say \"hi\" \\ \n", -1);
  mvx_log_emergency (long_text, -1);
  text = read_file (fixture->path);
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  for (guint i = 0; i < 2; i++)
    g_assert_true (json_parser_load_from_data (parser, lines[i], -1, NULL));
  g_assert_true (json_parser_load_from_data (parser, lines[0], -1, NULL));
  object = json_node_get_object (json_parser_get_root (parser));
  g_assert_cmpstr (json_object_get_string_member (object, "message"), ==, "say \"hi\" \\ ?");
  g_assert_cmpstr (json_object_get_string_member (object, "level"), ==, "critical");
  g_assert_true (g_regex_match_simple (STAMP "$", json_object_get_string_member (object, "ts"), 0, 0));
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

/* The file that is there under the name now; and nothing once the sink is gone. */
static void
test_reopened (Fixture *fixture, gconstpointer more)
{
  g_autofree char *old = g_strconcat (fixture->path, ".1", NULL);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *after = NULL;
  guint n;

  mvx_log_emergency ("one", -1);
  n = count_descriptors ();
  g_assert_cmpint (rename (fixture->path, old), ==, 0);
  g_assert_true (mvx_log_reopen (NULL));
  mvx_log_emergency ("two", -1);
  g_assert_cmpuint (count_descriptors (), ==, n);
  first = read_file (old);
  second = read_file (fixture->path);
  assert_line (first, "one");
  assert_line (second, "two");
  g_assert_true (mvx_log_reset (NULL));
  mvx_log_emergency ("three", -1);
  after = read_file (fixture->path);
  g_assert_cmpstr (after, ==, second);
  for (guint i = 0; i < MVX_LOG_EMERGENCY_MAX_FDS; i++)
    g_assert_cmpint (mvx_log_emergency_slots[i].fd, <=, 0);
}

static gpointer
cry_thread (gpointer over)
{
  while (!g_atomic_int_get ((gint *) over))
    mvx_log_emergency ("while it is reopened", -1);
  return NULL;
}

/* The slot is set anew while others read it. */
static void
test_reopened_meanwhile (Fixture *fixture, gconstpointer more)
{
  gint over = 0;
  GThread *thread = g_thread_new ("cry", cry_thread, &over);

  for (guint i = 0; i < 50; i++)
    g_assert_true (mvx_log_reopen (NULL));
  g_atomic_int_set (&over, 1);
  g_thread_join (thread);
}

/* The file is the parent's. */
static void
test_child (Fixture *fixture, gconstpointer more)
{
  g_autofree char *file = NULL;
  g_autofree char *err = NULL;
  pid_t child = fork ();

  if (child == 0)
    {
      mvx_log_emergency ("child", -1);
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  mvx_log_emergency ("parent", -1);
  file = read_file (fixture->path);
  assert_line (file, "parent");
  err = read_err (fixture);
  g_assert_nonnull (strstr (err, "emergency: child\n"));
}

static volatile sig_atomic_t n_alarms;

static void
on_alarm (int number)
{
  n_alarms++;
  mvx_log_emergency ("in a signal handler", -1);
}

/* Fault 21: wherever the thread is just then. */
static void
test_handler (Fixture *fixture, gconstpointer more)
{
  const struct itimerval fast = { { 0, 100 }, { 0, 100 } };
  const struct itimerval none = { { 0, 0 }, { 0, 0 } };
  struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
  struct sigaction before;
  const gint wanted = g_getenv ("MVXLOG_TEST_LONG") ? 200000 : (gint) test_size (5000, 500);
  int null = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  guint n = 0;

  dup2 (null, STDERR_FILENO);
  n_alarms = 0;
  sigaction (SIGALRM, &action, &before);
  setitimer (ITIMER_REAL, &fast, NULL);
  while (n_alarms < wanted)
    {
      g_autofree char *name = g_strdup_printf ("org.example.n%u", n % 16);
      g_autoptr (MvxLogContext) context = mvx_log_configure_context (name, NULL);

      mvx_info (context, "{n}", "n", n++);
      if (n % 1000 == 0)
        mvx_log_flush (-1, NULL);
    }
  setitimer (ITIMER_REAL, &none, NULL);
  sigaction (SIGALRM, &before, NULL);
  close (null);
  g_test_message ("fault 21: %d calls in a handler during %u log calls, 0 hung", (int) n_alarms, n);
}

/* What becomes of a process that dies. */
typedef struct
{
  int status;
  gint64 ms;
  char *err;
  guint n_lines; /* of its file */
} Death;

static void
death_clear (Death *death)
{
  g_free (death->err);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Death, death_clear)

static guint
count_text (const char *text, const char *what)
{
  guint n = 0;

  for (const char *p = text; (p = strstr (p, what)); p += strlen (what))
    n++;
  return n;
}

/* Of this program itself: it must not be a forked child, whose sinks are off. */
static Death
die (Fixture *fixture, const char *how)
{
  const char *argv[] = { "/proc/self/exe", "--die", how, fixture->path, NULL };
  g_autofree char *text = NULL;
  Death death = { 0 };
  GString *err = g_string_new (NULL);
  char buffer[4096];
  int fds[2];
  gint64 start = g_get_monotonic_time ();
  pid_t child;
  gssize n;

  g_assert_no_errno (pipe2 (fds, O_CLOEXEC));
  child = fork ();
  if (child == 0)
    {
      const struct rlimit none = { 0, 0 };

      setrlimit (RLIMIT_CORE, &none);
      dup2 (fds[1], STDERR_FILENO);
      execv (argv[0], (char **) argv);
      _exit (127);
    }
  close (fds[1]);
  while ((n = read (fds[0], buffer, sizeof buffer)) > 0)
    g_string_append_len (err, buffer, n);
  close (fds[0]);
  g_assert_cmpint (waitpid (child, &death.status, 0), ==, child);
  death.ms = (g_get_monotonic_time () - start) / 1000;
  death.err = g_string_free (err, FALSE);
  if (g_file_get_contents (fixture->path, &text, NULL, NULL))
    death.n_lines = count_text (text, "\n");
  g_test_message ("fault 22, %s: %" G_GINT64_FORMAT " ms, %u events and %u other lines on disk", how, death.ms,
                  MIN (death.n_lines, N_EVENTS), death.n_lines - MIN (death.n_lines, N_EVENTS));
  return death;
}

/* Who dies waits a second for the sinks, for which a slow machine may be too slow some time, but not each time. */
static Death
die_in_time (Fixture *fixture, const char *how)
{
  Death death = die (fixture, how);

  for (guint i = 0; i < 5 && death.n_lines <= N_EVENTS; i++)
    {
      death_clear (&death);
      g_assert_no_errno (unlink (fixture->path));
      death = die (fixture, how);
    }
  return death;
}

static int *volatile nowhere = (int *) 24;

static void
die_fault (void)
{
  *nowhere = 1;
}

static void
die_on_earlier (int number)
{
  static const char text[] = "the earlier handler\n";

  if (write (STDERR_FILENO, text, sizeof text - 1) < 0)
    _exit (1);
  _exit (42);
}

static gpointer
die_thread (gpointer barrier)
{
  pthread_barrier_wait (barrier);
  die_fault ();
  return NULL;
}

static void
die_two (void)
{
  pthread_barrier_t barrier;

  pthread_barrier_init (&barrier, NULL, 2);
  g_thread_new ("dying", die_thread, &barrier);
  die_thread (&barrier);
}

static void
die_in_dispatch (gpointer sink)
{
  die_fault ();
}

static gint is_stuck; /* atomic */

static void
die_stuck (gpointer sink)
{
  g_atomic_int_set (&is_stuck, 1);
  for (;;)
    pause ();
}

/* A sink whose worker calls @func. */
static void
die_with_worker (void (*func) (gpointer sink))
{
  RigSink *sink = rig_sink_new (&(MvxLogAsyncConfig){ .name = "rig" });

  sink->in_dispatch = func;
  rig_sink_log_n (sink, 0, 1);
}

static int
die_main (const char *how, const char *path)
{
  g_autoptr (GError) error = NULL;

  if (g_str_equal (how, "earlier"))
    signal (SIGSEGV, die_on_earlier);
  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_file, &error));
  mvx_log_install_crash_handler ();
  mvx_log_install_crash_handler ();
  fixture_configure (path, "emergency=true\nqueue-max-size=100000\nformat=logfmt");
  for (guint i = 0; i < N_EVENTS; i++)
    mvx_info (test, "event {i}", "i", i);
  if (g_str_equal (how, "abort"))
    abort ();
  if (g_str_equal (how, "kill"))
    kill (getpid (), SIGBUS);
  if (g_str_equal (how, "two"))
    die_two ();
  if (g_str_equal (how, "worker"))
    {
      die_with_worker (die_in_dispatch);
      for (;;)
        pause ();
    }
  if (g_str_equal (how, "stuck"))
    {
      die_with_worker (die_stuck);
      while (!g_atomic_int_get (&is_stuck))
        g_thread_yield ();
    }
  die_fault ();
  return 1;
}

static void
test_crash (Fixture *fixture, gconstpointer how)
{
  g_auto (Death) death = die_in_time (fixture, "fault");

  g_assert_true (WIFSIGNALED (death.status));
  g_assert_cmpint (WTERMSIG (death.status), ==, SIGSEGV);
  g_assert_cmpuint (death.n_lines, ==, N_EVENTS + 1);
  g_assert_nonnull (strstr (death.err, "emergency: SIGSEGV in thread "));
  g_assert_true (g_str_has_suffix (death.err, " at address 0x18\n"));
}

static void
test_abort (Fixture *fixture, gconstpointer how)
{
  g_auto (Death) death = die_in_time (fixture, "abort");

  g_assert_true (WIFSIGNALED (death.status));
  g_assert_cmpint (WTERMSIG (death.status), ==, SIGABRT);
  g_assert_cmpuint (death.n_lines, ==, N_EVENTS + 1);
}

static void
test_kill (Fixture *fixture, gconstpointer how)
{
  g_auto (Death) death = die_in_time (fixture, "kill");

  g_assert_true (WIFSIGNALED (death.status));
  g_assert_cmpint (WTERMSIG (death.status), ==, SIGBUS);
  g_assert_cmpuint (death.n_lines, ==, N_EVENTS + 1);
}

/* One line, though two die. */
static void
test_two (Fixture *fixture, gconstpointer how)
{
  g_auto (Death) death = die_in_time (fixture, "two");

  g_assert_true (WIFSIGNALED (death.status));
  g_assert_cmpint (WTERMSIG (death.status), ==, SIGSEGV);
  g_assert_cmpuint (death.n_lines, ==, N_EVENTS + 1);
  g_assert_cmpuint (count_text (death.err, "emergency: SIGSEGV"), ==, 1);
}

static void
test_earlier (Fixture *fixture, gconstpointer how)
{
  g_auto (Death) death = die_in_time (fixture, "earlier");

  g_assert_true (WIFEXITED (death.status));
  g_assert_cmpint (WEXITSTATUS (death.status), ==, 42);
  g_assert_true (g_str_has_suffix (death.err, "the earlier handler\n"));
  g_assert_cmpuint (death.n_lines, ==, N_EVENTS + 1);
}

/* Its signals are blocked there but for these; the other workers go on. */
static void
test_worker (Fixture *fixture, gconstpointer how)
{
  g_auto (Death) death = die_in_time (fixture, "worker");

  g_assert_true (WIFSIGNALED (death.status));
  g_assert_cmpint (WTERMSIG (death.status), ==, SIGSEGV);
  g_assert_nonnull (strstr (death.err, "emergency: SIGSEGV in thread "));
  g_assert_cmpuint (death.n_lines, >=, N_EVENTS + 1);
}

/* As one is that needs a lock which the dying thread has. */
static void
test_stuck (Fixture *fixture, gconstpointer how)
{
  g_auto (Death) death = die_in_time (fixture, "stuck");

  g_assert_true (WIFSIGNALED (death.status));
  g_assert_cmpint (WTERMSIG (death.status), ==, SIGSEGV);
  g_assert_cmpuint (death.n_lines, >=, N_EVENTS + 1);
  /* Else the machine was so busy that the alarm came first. */
  if (death.ms < 2000)
    g_assert_true (g_str_has_suffix (death.err, " emergency: not all sinks have delivered what they had accepted\n"));
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;

  if (argc == 4 && g_str_equal (argv[1], "--die"))
    return die_main (argv[2], argv[3]);
  g_test_init (&argc, &argv, NULL);
  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_file, &error));
#define ADD(path, more, func) g_test_add (path, Fixture, more, fixture_set_up, func, fixture_tear_down)
  ADD ("/emergency/text", "", test_text);
  ADD ("/emergency/long", "", test_long);
  ADD ("/emergency/reader", "", test_reader);
  ADD ("/emergency/json", "emergency=true", test_json);
  ADD ("/emergency/reopened", "emergency=true\nformat=logfmt", test_reopened);
  ADD ("/emergency/reopened/meanwhile", "emergency=true\nformat=logfmt", test_reopened_meanwhile);
  ADD ("/emergency/child", "emergency=true\nformat=logfmt", test_child);
  ADD ("/emergency/handler", "emergency=true\nformat=logfmt\nqueue-overflow=drop-newest", test_handler);
#ifndef TEST_SIZE_SANITIZED /* which have handlers of their own */
  ADD ("/crash/fault", "", test_crash);
  ADD ("/crash/abort", "", test_abort);
  ADD ("/crash/kill", "", test_kill);
  ADD ("/crash/two-threads", "", test_two);
  ADD ("/crash/earlier-handler", "", test_earlier);
  ADD ("/crash/worker", "", test_worker);
  ADD ("/crash/stuck", "", test_stuck);
#else
  (void) test_crash, (void) test_abort, (void) test_kill, (void) test_two;
  (void) test_earlier, (void) test_worker, (void) test_stuck;
#endif
  return g_test_run ();
}
