/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a running program answers when it is asked how its sinks are, and who may ask. */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <mvxlog/mvxlog.h>

#include "broken/fixture.h"
#include "status-fixture.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (file);
MVX_LOG_CONTEXT (test, "org.example.status")

/* A sink with a worker and one without. */
static void
configure (const char *status)
{
  g_autofree char *text = g_strdup_printf ("[mvxlog]\nversion=1\n%s\n"
                                           "[sink plain]\nplugin=memory\n"
                                           "[sink queued]\nplugin=file\npath=%s/log\nqueue-max-size=50\n"
                                           "queue-overflow=block\n[context]\nlevel=info\nsinks=plain;queued\n",
                                           status, runtime);
  g_autoptr (GError) error = NULL;

  mvx_log_configure_from_data (text, -1, "test", &error);
  g_assert_no_error (error);
}

static guint
count_threads (const char *wanted)
{
  DIR *tasks = opendir ("/proc/self/task");
  const struct dirent *task;
  guint n = 0;

  g_assert_nonnull (tasks);
  while ((task = readdir (tasks)))
    {
      g_autofree char *path = g_strdup_printf ("/proc/self/task/%s/comm", task->d_name);
      g_autofree char *name = NULL;

      if (g_file_get_contents (path, &name, NULL, NULL))
        n += strcmp (g_strchomp (name), wanted) == 0;
    }
  closedir (tasks);
  return n;
}

/* Without being told so, a program has no thread and no socket for it. */
static void
test_off (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;

  configure ("");
  g_assert_cmpint (access (fixture->directory, F_OK), ==, -1);
  g_assert_cmpuint (count_threads ("mvxlog-status"), ==, 0);
  configure ("status=true");
  configure ("status=true");
  text = ask (fixture->socket); /* so the thread has begun, and has its name */
  g_assert_nonnull (text);
  g_assert_cmpuint (count_threads ("mvxlog-status"), ==, 1);
  configure ("status=false");
  g_assert_cmpint (connect_to (fixture->socket), ==, -1);
  g_assert_cmpint (access (fixture->socket, F_OK), ==, -1);
  g_assert_cmpstr (fixture->diag->str, ==, "");
}

#define ZEROS                                                                                                          \
  "\"diverted\":0,\"pending\":0,\"spooled\":0,\"filtered\":0,\"retried\":0,\"failed\":0,\"opened\":0,"                 \
  "\"dead\":0,\"recovered\":0,"
#define LOST                                                                                                           \
  "\"refused\":{},\"dropped\":{},\"lost\":{\"debug\":{},\"info\":{},\"warning\":{},\"error\":{},\"critical\":{}}"

/* Away with numbers that nobody knows here: how many bytes an event has, when the worker took it, and for how long. */
static char *
without_numbers (const char *text)
{
  g_autoptr (GRegex) regex = g_regex_new ("\"(bytes|high_water|batches|uptime_us|rss_bytes|rss_grown_bytes|dispatch_us|"
                                          "retry_in_us)\":-?[0-9]+|\"(dispatch_time)\":\\[[0-9]+(?:,[0-9]+){23}\\]",
                                          0, 0, NULL);

  return g_regex_replace (regex, text, -1, 0, "\"\\1\\2\":N", 0, NULL);
}

static void
test_text (Fixture *fixture, gconstpointer data)
{
  g_autofree char *expected = NULL;
  g_autofree char *text = NULL;
  g_autofree char *bare = NULL;
  struct stat info;

  configure ("status=true");
  for (guint i = 0; i < 3; i++)
    mvx_info (test, "one");
  g_assert_true (mvx_log_flush (-1, NULL));
  g_assert_cmpint (stat (fixture->directory, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 07777, ==, 0700);
  g_assert_cmpint (stat (fixture->socket, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 07777, ==, 0600);
  text = ask (fixture->socket);
  g_assert_nonnull (text);
  bare = without_numbers (text);
  expected = g_strdup_printf (
      "{\"program\":\"test-status\",\"pid\":%d,\"version\":\"" MVX_LOG_VERSION_S "\",\"uptime_us\":N,\"rss_bytes\":N,"
      "\"rss_grown_bytes\":N,\"sinks\":[{\"name\":\"plain\",\"plugin\":\"memory\",\"health\":\"up\",\"offered\":3,"
      "\"accepted\":3,"
      "\"delivered\":3," ZEROS "\"high_water\":N,\"bytes\":N,\"batches\":N," LOST "},"
      "{\"name\":\"queued\",\"plugin\":\"file\",\"state\":\"running\",\"queue_max\":50,"
      "\"dispatch_us\":N,\"dispatch_time\":N,\"health\":\"up\",\"offered\":3,\"accepted\":3,"
      "\"delivered\":3," ZEROS "\"high_water\":N,\"bytes\":N,\"batches\":N," LOST "},"
      "{\"name\":\"stderr\",\"plugin\":\"stream\",\"health\":\"up\",\"offered\":0,"
      "\"accepted\":0,\"delivered\":0," ZEROS "\"high_water\":N,\"bytes\":N,\"batches\":N," LOST "}]}\n",
      (int) getpid ());
  g_assert_cmpstr (bare, ==, expected);
}

/* The others wait for nobody who does not read, and nobody waits for ever. */
static gpointer
ask_often (gpointer data)
{
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *text = ask (data);

      g_assert_nonnull (text);
      g_assert_true (g_str_has_prefix (text, "{\"program\":\"test-status\""));
      g_assert_true (g_str_has_suffix (text, "]}\n"));
    }
  return NULL;
}

static void
test_crowd (Fixture *fixture, gconstpointer data)
{
  GThread *threads[8];
  int silent;

  configure ("status=true");
  silent = connect_to (fixture->socket);
  g_assert_cmpint (silent, >=, 0);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("asks", ask_often, fixture->socket);
  for (guint i = 0; i < 500; i++)
    mvx_info (test, "meanwhile");
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  close (silent);
}

/* Sinks come and go meanwhile. */
static void
test_reload (Fixture *fixture, gconstpointer data)
{
  GThread *thread;

  configure ("status=true");
  thread = g_thread_new ("asks", ask_often, fixture->socket);
  for (guint i = 0; i < 20; i++)
    configure (i % 2 ? "status=true" : "status=true\nlevels=org.example.status=debug");
  g_thread_join (thread);
}

static void
make_directory (Fixture *fixture)
{
  g_assert_cmpint (mkdir (fixture->directory, 0700), ==, 0);
}

/* Left by a process of the same number. */
static void
test_stale (Fixture *fixture, gconstpointer data)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *text = NULL;
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  make_directory (fixture);
  g_strlcpy (address.sun_path, fixture->socket, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  close (fd);
  configure ("status=true");
  text = ask (fixture->socket);
  g_assert_nonnull (text);
  g_assert_cmpstr (fixture->diag->str, ==, "");
}

/* One of the same number in another container, which is alive. */
static void
test_taken (Fixture *fixture, gconstpointer data)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *expected = NULL;
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  make_directory (fixture);
  g_strlcpy (address.sun_path, fixture->socket, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 8), ==, 0);
  configure ("status=true");
  expected = g_strdup_printf ("[mvxlog] status=true: nobody can ask for the status of this program: '%s': %s\n",
                              fixture->socket, g_strerror (EADDRINUSE));
  g_assert_cmpstr (fixture->diag->str, ==, expected);
  g_assert_cmpint (access (fixture->socket, F_OK), ==, 0);
  unlink (fixture->socket);
  close (fd);
}

/* Others could come in. */
static void
test_open_directory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *expected = NULL;

  make_directory (fixture);
  g_assert_cmpint (chmod (fixture->directory, 0755), ==, 0);
  configure ("status=true");
  expected = g_strdup_printf ("[mvxlog] status=true: nobody can ask for the status of this program: '%s' is not a "
                              "directory that only user %u can use; remove it, or run 'chmod 700 %s'\n",
                              fixture->directory, (guint) geteuid (), fixture->directory);
  g_assert_cmpstr (fixture->diag->str, ==, expected);
}

static void
configure_another (gint level, const char *message, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = mvx_log_dup_config_path ();

  g_assert_false (mvx_log_configure_from_data ("[mvxlog]\nversion=1\n", -1, "another", &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK);
  g_string_append (data, path);
}

/* Path and status of a configuration are in force before another one may be applied: not those of one and the sinks of
 * the other. */
static void
test_in_turn (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (runtime, "turn.conf", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, "[mvxlog]\nversion=1\nstatus=true\n", -1, &error));
  g_assert_no_error (error);
  make_directory (fixture);
  g_assert_cmpint (chmod (fixture->directory, 0755), ==, 0);
  mvx_log_diag_set_func (configure_another, fixture->diag, NULL);
  mvx_log_configure_from_file (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fixture->diag->str, ==, path);
}

/* In the child: what it finds, as its exit status. */
static int
look_as_child (Fixture *fixture)
{
  g_autofree char *own = g_strdup_printf ("%s/%d.sock", fixture->directory, (int) getpid ());
  g_autofree char *text = NULL;
  g_autofree char *begin = g_strdup_printf ("{\"program\":\"test-status\",\"pid\":%d,", (int) getpid ());

  if (count_threads ("mvxlog-status") != 0 || access (own, F_OK) == 0)
    return 1;
#ifdef __SANITIZE_THREAD__
  return 0; /* it ends a child that starts a thread where its parent had one */
#endif
  configure ("status=true");
  text = ask (own);
  if (text == NULL || !g_str_has_prefix (text, begin))
    return 2;
  mvx_log_shutdown (-1, NULL);
  return access (own, F_OK) == 0 ? 3 : 0;
}

/* A child does not serve its parent's socket, and may have one of its own. */
static void
test_fork (Fixture *fixture, gconstpointer data)
{
  g_autofree char *begin = g_strdup_printf ("{\"program\":\"test-status\",\"pid\":%d,", (int) getpid ());
  g_autofree char *text = NULL;
  int status;
  pid_t child;

  configure ("status=true");
  /* From here on the thread only waits: one that begins may be inside of the allocator, which a sanitizer's is not made
   * whole after a fork. */
  text = ask (fixture->socket);
  g_assert_nonnull (text);
  child = fork ();
  if (child == 0)
    _exit (look_as_child (fixture));
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  g_free (text);
  text = ask (fixture->socket);
  g_assert_nonnull (text);
  g_assert_true (g_str_has_prefix (text, begin));
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  int status;

  runtime = fixture_make_directory ();
  g_setenv ("XDG_RUNTIME_DIR", runtime, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_file, &error));
  g_assert_no_error (error);
#define ADD(name, func) g_test_add ("/status/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("off", test_off);
  ADD ("text", test_text);
  ADD ("crowd", test_crowd);
  ADD ("reload", test_reload);
  ADD ("stale", test_stale);
  ADD ("taken", test_taken);
  ADD ("open-directory", test_open_directory);
  ADD ("in-turn", test_in_turn);
  ADD ("fork", test_fork);
  status = g_test_run ();
  fixture_remove (runtime);
  g_free (runtime);
  return status;
}
