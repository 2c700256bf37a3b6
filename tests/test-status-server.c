/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a program cannot be asked for its status, and who asks and does not behave. What it answers is in test-status.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <mvxlog/mvxlog.h>

#include "broken/fixture.h"
#include "status-fixture.h"

/* As many that what there is to say of them does not fit into a socket, which is small here. */
#define N_SINKS 100
#define SOCKET_SIZE 4096

static const char just_status[] = "[mvxlog]\nversion=1\nstatus=true\n";

/* -- System calls that fail as they are told, once each. */

static struct
{
  gint accept; /* all atomic: 0, or the number of an error */
  gint listen;
  gint chmod;
  gint stranger; /* whoever asks is somebody else */
} faults;

static gboolean
is_faulty (gint *fault)
{
  gint number = g_atomic_int_get (fault);

  if (number == 0)
    return FALSE;
  g_atomic_int_set (fault, 0);
  errno = number;
  return TRUE;
}

int
accept4 (int fd, __SOCKADDR_ARG address, socklen_t *size, int flags)
{
  const int room = SOCKET_SIZE;
  int peer = is_faulty (&faults.accept) ? -1 : (int) syscall (SYS_accept4, fd, address.__sockaddr__, size, flags);

  if (peer >= 0)
    g_assert_no_errno (setsockopt (peer, SOL_SOCKET, SO_SNDBUF, &room, sizeof room));
  return peer;
}

int
listen (int fd, int n)
{
  return is_faulty (&faults.listen) ? -1 : (int) syscall (SYS_listen, fd, n);
}

int
fchmod (int fd, mode_t mode)
{
  return is_faulty (&faults.chmod) ? -1 : (int) syscall (SYS_fchmod, fd, mode);
}

int
getsockopt (int fd, int level, int option, void *value, socklen_t *size)
{
  int result = (int) syscall (SYS_getsockopt, fd, level, option, value, size);

  if (level == SOL_SOCKET && option == SO_PEERCRED && is_faulty (&faults.stranger))
    ((struct ucred *) value)->uid = geteuid () + 1000;
  return result;
}

/* Each fault that was wanted has happened. */
static void
tear_down_faults (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (g_atomic_int_get (&faults.accept), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&faults.listen), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&faults.chmod), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&faults.stranger), ==, 0);
  g_setenv ("XDG_RUNTIME_DIR", runtime, TRUE);
  tear_down (fixture, data);
}

static void
configure (const char *text)
{
  g_autoptr (GError) error = NULL;

  mvx_log_configure_from_data (text, -1, "test", &error);
  g_assert_no_error (error);
}

static void assert_refused (Fixture *fixture, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* The configuration is in force nevertheless. */
static void
assert_refused (Fixture *fixture, const char *format, ...)
{
  g_autofree char *reason = NULL;
  g_autofree char *expected = NULL;
  va_list args;

  configure (just_status);
  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  expected = g_strdup_printf ("[mvxlog] status=true: nobody can ask for the status of this program: %s\n", reason);
  g_assert_cmpstr (fixture->diag->str, ==, expected);
  g_string_truncate (fixture->diag, 0);
}

/* -- No place for a socket. */

static void
test_no_runtime (Fixture *fixture, gconstpointer data)
{
  static const char *const values[] = { NULL, "", "relative/path" };
  const gboolean is_root = geteuid () == 0;

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      if (values[i])
        g_setenv ("XDG_RUNTIME_DIR", values[i], TRUE);
      else
        g_unsetenv ("XDG_RUNTIME_DIR");
      /* root would have /run. */
      if (is_root)
        g_assert_no_errno (seteuid (65534));
      assert_refused (fixture,
                      "there is no runtime directory; set XDG_RUNTIME_DIR to a directory of the program's user");
      if (is_root)
        g_assert_no_errno (seteuid (0));
    }
}

static void
test_no_directory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *missing = g_build_filename (runtime, "missing", NULL);

  g_setenv ("XDG_RUNTIME_DIR", missing, TRUE);
  assert_refused (fixture, "'%s/mvxlog': %s", missing, g_strerror (ENOENT));
  g_assert_cmpint (access (missing, F_OK), ==, -1);
}

/* Neither a file nor a link to a directory, though that were of the user's own. */
static void
test_not_a_directory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *other = g_build_filename (runtime, "other", NULL);
  struct stat info;

  g_assert_no_errno (mkdir (other, 0700));
  for (guint i = 0; i < 2; i++)
    {
      if (i == 0)
        g_assert_true (g_file_set_contents_full (fixture->directory, "", 0, 0, 0600, NULL));
      else
        g_assert_no_errno (symlink (other, fixture->directory));
      assert_refused (fixture, "'%s' is not a directory that only user %u can use; remove it, or run 'chmod 700 %s'",
                      fixture->directory, (guint) geteuid (), fixture->directory);
      g_assert_no_errno (lstat (fixture->directory, &info));
      g_assert_false (S_ISDIR (info.st_mode));
      g_assert_no_errno (unlink (fixture->directory));
    }
  g_assert_no_errno (rmdir (other));
}

static void
test_foreign_directory (Fixture *fixture, gconstpointer data)
{
  if (geteuid () != 0)
    {
      g_test_skip ("only root can give a directory to somebody else");
      return;
    }
  g_assert_no_errno (mkdir (fixture->directory, 0700));
  g_assert_no_errno (chown (fixture->directory, 65534, 65534));
  assert_refused (fixture, "'%s' is not a directory that only user 0 can use; remove it, or run 'chmod 700 %s'",
                  fixture->directory, fixture->directory);
}

/* The address of a socket has room for 107 bytes. */
static void
test_long_path (Fixture *fixture, gconstpointer data)
{
  g_autofree char *name = g_strnfill (100, 'x');
  g_autofree char *directory = g_build_filename (runtime, name, NULL);

  g_assert_no_errno (mkdir (directory, 0700));
  g_setenv ("XDG_RUNTIME_DIR", directory, TRUE);
  assert_refused (fixture, "'%s/mvxlog/%d.sock': %s", directory, (int) getpid (), g_strerror (ENAMETOOLONG));
  fixture_remove (directory);
}

static void
test_no_descriptor (Fixture *fixture, gconstpointer data)
{
  struct rlimit before;
  struct rlimit limit;

  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &before));
  limit = before;
  limit.rlim_cur = 3;
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &limit));
  assert_refused (fixture, "'%s': %s", fixture->socket, g_strerror (EMFILE));
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &before));
}

static void
test_faults (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;

  g_atomic_int_set (&faults.chmod, EPERM);
  assert_refused (fixture, "'%s': %s", fixture->socket, g_strerror (EPERM));
  g_atomic_int_set (&faults.listen, EADDRINUSE);
  assert_refused (fixture, "'%s': %s", fixture->socket, g_strerror (EADDRINUSE));
  /* What is left of it is nobody's, and in nobody's way. */
  configure (just_status);
  text = ask (fixture->socket);
  g_assert_true (g_str_has_suffix (text, "]}\n"));
  g_assert_cmpstr (fixture->diag->str, ==, "");
}

/* -- Who asks. */

static void
test_stranger (Fixture *fixture, gconstpointer data)
{
  g_autofree char *none = NULL;
  g_autofree char *text = NULL;

  configure (just_status);
  g_atomic_int_set (&faults.stranger, EPERM);
  none = ask (fixture->socket);
  g_assert_cmpstr (none, ==, "");
  text = ask (fixture->socket);
  g_assert_true (g_str_has_suffix (text, "]}\n"));
}

/* One that went before it was let in, and one for whom there was no descriptor, which it waits for. */
static void
test_accept (Fixture *fixture, gconstpointer data)
{
  static const gint numbers[] = { ECONNABORTED, EINTR, EMFILE };

  configure (just_status);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autofree char *text = NULL;

      g_atomic_int_set (&faults.accept, numbers[i]);
      text = ask (fixture->socket);
      g_assert_nonnull (text);
      g_assert_true (g_str_has_suffix (text, "]}\n"));
      g_assert_cmpint (g_atomic_int_get (&faults.accept), ==, 0);
    }
}

/* Who waits for a descriptor need not have one to end. */
static void
test_accept_ends (Fixture *fixture, gconstpointer data)
{
  int fd;

  configure (just_status);
  g_atomic_int_set (&faults.accept, ENFILE);
  fd = connect_to (fixture->socket);
  g_assert_cmpint (fd, >=, 0);
  while (g_atomic_int_get (&faults.accept) != 0)
    g_thread_yield ();
  configure ("[mvxlog]\nversion=1\nstatus=false\n");
  g_assert_cmpint (access (fixture->socket, F_OK), ==, -1);
  close (fd);
}

static void
configure_many (void)
{
  GString *text = g_string_new (just_status);

  for (guint i = 0; i < N_SINKS; i++)
    g_string_append_printf (text, "[sink s%u]\nplugin=null\n", i);
  configure (text->str);
  g_string_free (text, TRUE);
}

/* Connected, and the server has begun to answer. */
static int
connect_and_wait (const char *path)
{
  int fd = connect_to (path);

  g_assert_cmpint (fd, >=, 0);
  wait_for_answer (fd);
  return fd;
}

/* On a busy machine the one who does read may be too slow, too. */
static char *
ask_for_all (const char *path)
{
  char *text = ask (path);

  while (!g_str_has_suffix (text, "]}\n"))
    {
      g_free (text);
      text = ask (path);
    }
  return text;
}

/* The answer is longer than what a socket holds: it comes whole to who reads, and is given up for who does not. */
static void
test_silent (Fixture *fixture, gconstpointer data)
{
  g_autofree char *whole = NULL;
  g_autofree char *part = NULL;
  int silent;

  configure_many ();
  silent = connect_and_wait (fixture->socket);
  whole = ask_for_all (fixture->socket);
  part = read_all (silent);
  g_assert_cmpuint (strlen (part), >, 0);
  g_assert_cmpuint (strlen (part), <, strlen (whole));
  g_assert_false (g_str_has_suffix (part, "]}\n"));
}

/* Nobody who does not read keeps the program from ending the server, nor itself. */
static void
test_silent_ends (Fixture *fixture, gconstpointer data)
{
  g_autofree char *part = NULL;
  int silent;

  configure_many ();
  silent = connect_and_wait (fixture->socket);
  g_assert_true (mvx_log_shutdown (-1, NULL));
  g_assert_cmpint (access (fixture->socket, F_OK), ==, -1);
  part = read_all (silent);
  g_assert_false (g_str_has_suffix (part, "]}\n"));
}

/* One that goes in the midst of it raises no signal. */
static void
test_gone (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;

  configure_many ();
  close (connect_and_wait (fixture->socket));
  text = ask_for_all (fixture->socket);
  g_assert_nonnull (text);
}

int
main (int argc, char *argv[])
{
  int status;

  runtime = fixture_make_directory ();
  g_setenv ("XDG_RUNTIME_DIR", runtime, TRUE);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/status-server/" name, Fixture, NULL, set_up, func, tear_down_faults)
  ADD ("no-runtime", test_no_runtime);
  ADD ("no-directory", test_no_directory);
  ADD ("not-a-directory", test_not_a_directory);
  ADD ("foreign-directory", test_foreign_directory);
  ADD ("long-path", test_long_path);
  ADD ("no-descriptor", test_no_descriptor);
  ADD ("faults", test_faults);
  ADD ("stranger", test_stranger);
  ADD ("accept", test_accept);
  ADD ("accept/ends", test_accept_ends);
  ADD ("silent", test_silent);
  ADD ("silent/ends", test_silent_ends);
  ADD ("gone", test_gone);
  status = g_test_run ();
  fixture_remove (runtime);
  g_free (runtime);
  return status;
}
