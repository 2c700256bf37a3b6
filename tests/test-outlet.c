/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <mvxlog/error.h>

#include "sink/outlet-private.h"

/* Long enough never to matter where the reader reads. */
#define PATIENCE_MS 60000

static MvxLogOutletResult
write_text (MvxLogOutlet *outlet, const char *text, GError **error)
{
  return mvx_log_outlet_write (outlet, (const guint8 *) text, strlen (text), error);
}

static void
assert_error (GError **error, const char *message)
{
  g_assert_error (*error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED);
  g_assert_cmpstr ((*error)->message, ==, message);
  g_clear_error (error);
}

/* Everything up to the end of file. */
static gpointer
read_all (gpointer data)
{
  GString *text = g_string_new (NULL);
  char chunk[1000];
  gssize n;

  while ((n = read (GPOINTER_TO_INT (data), chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR))
    if (n > 0)
      g_string_append_len (text, chunk, n);
  return text;
}

/* What is there now. */
static char *
read_now (int fd)
{
  int flags = fcntl (fd, F_GETFL);
  GString *text;

  g_assert_cmpint (fcntl (fd, F_SETFL, flags | O_NONBLOCK), ==, 0);
  text = read_all (GINT_TO_POINTER (fd));
  g_assert_cmpint (fcntl (fd, F_SETFL, flags), ==, 0);
  return g_string_free (text, FALSE);
}

/* A pipe of two pages, so that it is quickly full. It counts as full as soon as something is in the second. */
static void
make_pipe (int ends[2], int flags)
{
  g_assert_cmpint (pipe (ends), ==, 0);
  g_assert_cmpint (fcntl (ends[1], F_SETPIPE_SZ, 8192), ==, 8192);
  g_assert_cmpint (fcntl (ends[1], F_SETFL, fcntl (ends[1], F_GETFL) | flags), ==, 0);
}

static void
close_pipe (int ends[2])
{
  close (ends[0]);
  close (ends[1]);
}

static void
test_lines (void)
{
  MvxLogOutlet outlet = { .name = "stderr", .timeout_ms = PATIENCE_MS };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  int ends[2];

  make_pipe (ends, 0);
  outlet.fd = ends[1];
  g_assert_cmpint (write_text (&outlet, "one\n", &error), ==, MVX_LOG_OUTLET_WRITTEN);
  g_assert_cmpint (write_text (&outlet, "two\n", &error), ==, MVX_LOG_OUTLET_WRITTEN);
  g_assert_no_error (error);
  text = read_now (ends[0]);
  g_assert_cmpstr (text, ==, "one\ntwo\n");
  close_pipe (ends);
}

/* A datagram per write(2): one line is one write. */
static void
test_one_write (void)
{
  MvxLogOutlet outlet = { .name = "stderr", .timeout_ms = PATIENCE_MS };
  char chunk[100];
  int ends[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_DGRAM, 0, ends), ==, 0);
  outlet.fd = ends[1];
  g_assert_cmpint (write_text (&outlet, "one\n", NULL), ==, MVX_LOG_OUTLET_WRITTEN);
  g_assert_cmpint (write_text (&outlet, "three\n", NULL), ==, MVX_LOG_OUTLET_WRITTEN);
  g_assert_cmpint (read (ends[0], chunk, sizeof chunk), ==, 4);
  g_assert_cmpint (read (ends[0], chunk, sizeof chunk), ==, 6);
  close_pipe (ends);
}

static void
test_regular_file (void)
{
  MvxLogOutlet outlet = { .name = "stdout", .timeout_ms = 0 };
  g_autofree char *path = NULL;
  g_autofree char *line = g_strnfill (100000, 'x');
  g_autofree char *text = NULL;

  outlet.fd = g_file_open_tmp ("outlet-XXXXXX", &path, NULL);
  g_assert_cmpint (write_text (&outlet, line, NULL), ==, MVX_LOG_OUTLET_WRITTEN);
  close (outlet.fd);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, line);
  unlink (path);
}

static void
on_alarm (int number)
{
}

/* A line far longer than the pipe, piece by piece, while signals interrupt. */
static void
test_long_line (gconstpointer data)
{
  MvxLogOutlet outlet = { .name = "stderr", .timeout_ms = PATIENCE_MS };
  struct sigaction action = { .sa_handler = on_alarm };
  struct sigaction old;
  struct itimerval often = { { 0, 500 }, { 0, 500 } };
  struct itimerval never = { { 0, 0 }, { 0, 0 } };
  g_autofree char *line = g_strnfill (1 << 20, 'x');
  g_autoptr (GError) error = NULL;
  GThread *reader;
  GString *text;
  int ends[2];

  make_pipe (ends, GPOINTER_TO_INT (data));
  outlet.fd = ends[1];
  reader = g_thread_new ("reader", read_all, GINT_TO_POINTER (ends[0]));
  sigaction (SIGALRM, &action, &old);
  setitimer (ITIMER_REAL, &often, NULL);
  g_assert_cmpint (write_text (&outlet, line, &error), ==, MVX_LOG_OUTLET_WRITTEN);
  setitimer (ITIMER_REAL, &never, NULL);
  sigaction (SIGALRM, &old, NULL);
  g_assert_no_error (error);
  close (ends[1]);
  text = g_thread_join (reader);
  g_assert_cmpstr (text->str, ==, line);
  g_string_free (text, TRUE);
  close (ends[0]);
}

static void
fill (MvxLogOutlet *outlet)
{
  g_autofree char *line = g_strnfill (512, 'x');

  while (write_text (outlet, line, NULL) == MVX_LOG_OUTLET_WRITTEN)
    ;
}

/* A reader that does not read: the call returns, the descriptor's flags stay, it goes on once there is space. */
static void
test_stalled (gconstpointer data)
{
  MvxLogOutlet outlet = { .name = "stderr", .timeout_ms = 1 };
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  int ends[2];
  int flags;

  make_pipe (ends, GPOINTER_TO_INT (data));
  outlet.fd = ends[1];
  flags = fcntl (ends[1], F_GETFL);
  fill (&outlet);
  g_assert_true (outlet.stalled);
  g_assert_false (outlet.torn);
  g_assert_cmpint (write_text (&outlet, "lost\n", &error), ==, MVX_LOG_OUTLET_REFUSED);
  assert_error (&error, "Cannot write to stderr: its reader has stopped reading; an event was lost");
  before = read_now (ends[0]);
  g_assert_cmpuint (strlen (before), ==, 4096 + 512);
  g_assert_cmpint (write_text (&outlet, "back\n", &error), ==, MVX_LOG_OUTLET_WRITTEN);
  g_assert_false (outlet.stalled);
  after = read_now (ends[0]);
  g_assert_cmpstr (after, ==, "back\n");
  g_assert_cmpint (fcntl (ends[1], F_GETFL), ==, flags);
  close_pipe (ends);
}

/* Half a line is ended before the next one starts. */
static void
test_torn (gconstpointer data)
{
  MvxLogOutlet outlet = { .name = "stderr", .timeout_ms = 1 };
  g_autofree char *line = g_strnfill (10000, 'y');
  g_autofree char *half = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  int ends[2];

  make_pipe (ends, GPOINTER_TO_INT (data));
  outlet.fd = ends[1];
  g_assert_cmpint (write_text (&outlet, line, &error), ==, MVX_LOG_OUTLET_TORN);
  assert_error (&error, "Cannot write to stderr: its reader has stopped reading; an event was lost");
  g_assert_cmpint (write_text (&outlet, "lost\n", &error), ==, MVX_LOG_OUTLET_REFUSED);
  assert_error (&error, "Cannot write to stderr: its reader has stopped reading; an event was lost");
  half = read_now (ends[0]);
  g_assert_cmpuint (strlen (half), ==, 8192);
  g_assert_cmpint (write_text (&outlet, "next\n", &error), ==, MVX_LOG_OUTLET_WRITTEN);
  g_assert_cmpint (write_text (&outlet, "more\n", &error), ==, MVX_LOG_OUTLET_WRITTEN);
  text = read_now (ends[0]);
  g_assert_cmpstr (text, ==, "\nnext\nmore\n");
  close_pipe (ends);
}

static gboolean
sigpipe_is_pending (void)
{
  sigset_t set;

  sigpending (&set);
  return sigismember (&set, SIGPIPE) == 1;
}

/* A reader that has gone: an error and no signal, whatever the program does with SIGPIPE. */
static void
test_gone (void)
{
  MvxLogOutlet outlet = { .name = "stdout", .timeout_ms = PATIENCE_MS };
  g_autoptr (GError) error = NULL;
  sigset_t set;
  sigset_t old;
  int ends[2];

  signal (SIGPIPE, SIG_DFL);
  make_pipe (ends, 0);
  outlet.fd = ends[1];
  close (ends[0]);
  g_assert_cmpint (write_text (&outlet, "x\n", &error), ==, MVX_LOG_OUTLET_REFUSED);
  assert_error (&error, "Cannot write to stdout: Broken pipe");
  g_assert_false (sigpipe_is_pending ());

  /* Held back by the program itself: still held back, nothing added. */
  sigemptyset (&set);
  sigaddset (&set, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &set, &old);
  g_assert_cmpint (write_text (&outlet, "x\n", NULL), ==, MVX_LOG_OUTLET_REFUSED);
  g_assert_false (sigpipe_is_pending ());
  pthread_sigmask (SIG_BLOCK, NULL, &set);
  g_assert_cmpint (sigismember (&set, SIGPIPE), ==, 1);

  /* One of the program's own that waits is not taken away. */
  pthread_kill (pthread_self (), SIGPIPE);
  g_assert_cmpint (write_text (&outlet, "x\n", NULL), ==, MVX_LOG_OUTLET_REFUSED);
  g_assert_true (sigpipe_is_pending ());
  signal (SIGPIPE, SIG_IGN);
  pthread_sigmask (SIG_SETMASK, &old, NULL);
  close (ends[1]);
}

static void
test_closed (void)
{
  MvxLogOutlet outlet = { .name = "stderr", .timeout_ms = PATIENCE_MS };
  g_autoptr (GError) error = NULL;
  int ends[2];

  make_pipe (ends, 0);
  outlet.fd = ends[1];
  close_pipe (ends);
  g_assert_cmpint (write_text (&outlet, "x\n", &error), ==, MVX_LOG_OUTLET_REFUSED);
  assert_error (&error, "Cannot write to stderr: Bad file descriptor");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/outlet/lines", test_lines);
  g_test_add_func ("/outlet/one-write", test_one_write);
  g_test_add_func ("/outlet/regular-file", test_regular_file);
  g_test_add_data_func ("/outlet/long-line/blocking", GINT_TO_POINTER (0), test_long_line);
  g_test_add_data_func ("/outlet/long-line/non-blocking", GINT_TO_POINTER (O_NONBLOCK), test_long_line);
  g_test_add_data_func ("/outlet/stalled/blocking", GINT_TO_POINTER (0), test_stalled);
  g_test_add_data_func ("/outlet/stalled/non-blocking", GINT_TO_POINTER (O_NONBLOCK), test_stalled);
  g_test_add_data_func ("/outlet/torn/blocking", GINT_TO_POINTER (0), test_torn);
  g_test_add_data_func ("/outlet/torn/non-blocking", GINT_TO_POINTER (O_NONBLOCK), test_torn);
  g_test_add_func ("/outlet/gone", test_gone);
  g_test_add_func ("/outlet/closed", test_closed);
  return g_test_run ();
}
