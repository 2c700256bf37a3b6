/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>

#include "base/diag-private.h"

/* The rate is limited per second: a new function opens a new second. */
static void
open_window (void)
{
  mvx_log_diag_set_func (NULL, NULL, NULL);
}

/* What was written to the pipe so far. */
static char *
read_pipe (int fd)
{
  GString *text = g_string_new (NULL);
  char bytes[512];
  gssize n;

  g_unix_set_fd_nonblocking (fd, TRUE, NULL);
  while ((n = read (fd, bytes, sizeof bytes)) > 0)
    g_string_append_len (text, bytes, n);
  return g_string_free (text, FALSE);
}

static void
open_pipe (int fds[2])
{
  g_assert_true (g_unix_open_pipe (fds, FD_CLOEXEC, NULL));
  open_window ();
  mvx_log_diag_set_fd (fds[1]);
}

static void
close_pipe (int fds[2])
{
  mvx_log_diag_set_fd (STDERR_FILENO);
  close (fds[0]);
  if (fds[1] >= 0)
    close (fds[1]);
}

static void
test_fd (void)
{
  g_autofree char *text = NULL;
  int fds[2];

  open_pipe (fds);
  errno = ENOENT;
  mvx_log_diag (40, "cannot open '%s': %d", "F", 7);
  g_assert_cmpint (errno, ==, ENOENT);
  text = read_pipe (fds[0]);
  g_assert_cmpstr (text, ==, "mvxlog: cannot open 'F': 7\n");
  close_pipe (fds);
}

/* Nothing in a message steers a terminal or passes for another message. */
static void
test_controls (void)
{
  g_autofree char *text = NULL;
  int fds[2];

  open_pipe (fds);
  mvx_log_diag (40, "%s",
                "a\033[31mb\r\tc\x7f"
                "d\xc2\x9b"
                "e\x9b"
                "f\nmvxlog: forged \xc3\xa4");
  text = read_pipe (fds[0]);
  g_assert_cmpstr (text, ==,
                   "mvxlog: a?[31mb?\tc?d?e\xef\xbf\xbd"
                   "f\n  mvxlog: forged \xc3\xa4\n");
  close_pipe (fds);
}

static void
test_no_fd (void)
{
  int fds[2];

  open_pipe (fds);
  mvx_log_diag_set_fd (-1);
  mvx_log_diag (40, "nowhere");
  mvx_log_diag_set_fd (fds[1]);
  close (fds[1]);
  mvx_log_diag (40, "closed");
  fds[1] = -1;
  close_pipe (fds);
}

/* Without a reader a write would raise SIGPIPE and end the program; a full pipe would block it. */
static void
test_pipe_without_reader (void)
{
  int fds[2];

  open_pipe (fds);
  close (fds[0]);
  mvx_log_diag (40, "nobody reads this");
  mvx_log_diag_set_fd (STDERR_FILENO);
  close (fds[1]);
}

static void
test_full_pipe (void)
{
  g_autofree char *big = g_strnfill (300000, 'x');
  g_autofree char *text = NULL;
  int fds[2];

  open_pipe (fds);
  mvx_log_diag (40, "%s", big);
  mvx_log_diag (40, "lost");
  text = read_pipe (fds[0]);
  g_assert_cmpuint (strlen (text), >=, 4096);
  g_assert_cmpuint (strlen (text), <, 300000);
  g_assert_true (g_str_has_prefix (text, "mvxlog: xxx"));
  g_assert_null (strstr (text, "lost"));
  close_pipe (fds);
}

static void
test_long (void)
{
  g_autofree char *big = g_strnfill (20000, 'y');
  g_autofree char *text = NULL;
  g_autofree char *expected = g_strdup_printf ("mvxlog: %s\n", big);
  int fds[2];

  open_pipe (fds);
  mvx_log_diag (40, "%s", big);
  text = read_pipe (fds[0]);
  g_assert_cmpstr (text, ==, expected);
  close_pipe (fds);
}

typedef struct
{
  GMutex mutex;
  GPtrArray *messages;
  gint level;
  gint n_destroyed;
} Said;

static Said *
said_new (void)
{
  Said *said = g_new0 (Said, 1);

  g_mutex_init (&said->mutex);
  said->messages = g_ptr_array_new_with_free_func (g_free);
  return said;
}

static void
said_free (Said *said)
{
  g_ptr_array_unref (said->messages);
  g_mutex_clear (&said->mutex);
  g_free (said);
}

static void
keep (gint level, const char *message, gpointer data)
{
  Said *said = data;

  g_mutex_lock (&said->mutex);
  said->level = level;
  g_ptr_array_add (said->messages, g_strdup (message));
  g_mutex_unlock (&said->mutex);
}

static void
count_destroy (gpointer data)
{
  g_atomic_int_inc (&((Said *) data)->n_destroyed);
}

static void
test_func (void)
{
  Said *said = said_new ();

  mvx_log_diag_set_func (keep, said, count_destroy);
  mvx_log_diag (30, "%d%%", 5);
  g_assert_cmpuint (said->messages->len, ==, 1);
  g_assert_cmpstr (said->messages->pdata[0], ==, "5%");
  g_assert_cmpint (said->level, ==, 30);
  mvx_log_diag_set_func (keep, said, NULL);
  g_assert_cmpint (said->n_destroyed, ==, 1);
  open_window ();
  g_assert_cmpint (said->n_destroyed, ==, 1);
  said_free (said);
}

/* Twenty in a second pass; one more may if the second ends meanwhile. */
static void
test_rate (void)
{
  Said *said = said_new ();
  guint64 before = mvx_log_diag_get_n_suppressed ();
  g_autofree char *expected = NULL;
  guint64 suppressed;
  gint64 begin = g_get_monotonic_time ();

  mvx_log_diag_set_func (keep, said, NULL);
  for (guint i = 0; i < 50; i++)
    mvx_log_diag (30, "message %u", i);
  suppressed = mvx_log_diag_get_n_suppressed () - before;
  g_assert_cmpuint (said->messages->len + suppressed, ==, 50);
  if (g_get_monotonic_time () - begin < G_USEC_PER_SEC)
    {
      g_assert_cmpuint (said->messages->len, ==, 20);
      mvx_log_diag_set_func (keep, said, NULL);
      mvx_log_diag (30, "%s", "next");
      mvx_log_diag (30, "%s", "after");
      expected = g_strdup_printf ("next (%" G_GUINT64_FORMAT " earlier messages suppressed)", suppressed);
      g_assert_cmpstr (said->messages->pdata[20], ==, expected);
      g_assert_cmpstr (said->messages->pdata[21], ==, "after");
    }
  open_window ();
  said_free (said);
}

static void
say_again (gint level, const char *message, gpointer data)
{
  keep (level, message, data);
  mvx_log_diag (level, "about: %s", message);
}

static void
test_recursion (void)
{
  Said *said = said_new ();

  mvx_log_diag_set_func (say_again, said, NULL);
  mvx_log_diag (30, "one");
  mvx_log_diag (30, "two");
  g_assert_cmpuint (said->messages->len, ==, 2);
  g_assert_cmpstr (said->messages->pdata[0], ==, "one");
  g_assert_cmpstr (said->messages->pdata[1], ==, "two");
  open_window ();
  said_free (said);
}

static gpointer
say_many (gpointer data)
{
  for (guint i = 0; i < 1000; i++)
    mvx_log_diag (30, "from a thread");
  return NULL;
}

/* Replacing the function while others print: each message goes to one that is still there. */
static void
test_threads (void)
{
  Said *said[2] = { said_new (), said_new () };
  guint64 before = mvx_log_diag_get_n_suppressed ();
  GThread *threads[4];
  guint n = 0;

  mvx_log_diag_set_func (keep, said[0], count_destroy);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("say", say_many, NULL);
  for (guint i = 1; i <= 100; i++)
    mvx_log_diag_set_func (keep, said[i % 2], count_destroy);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  open_window ();
  n = said[0]->messages->len + said[1]->messages->len;
  g_assert_cmpuint (n + (mvx_log_diag_get_n_suppressed () - before), ==, 4000);
  g_assert_cmpint (said[0]->n_destroyed + said[1]->n_destroyed, ==, 101);
  said_free (said[0]);
  said_free (said[1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diag/fd", test_fd);
  g_test_add_func ("/diag/controls", test_controls);
  g_test_add_func ("/diag/no-fd", test_no_fd);
  g_test_add_func ("/diag/pipe-without-reader", test_pipe_without_reader);
  g_test_add_func ("/diag/full-pipe", test_full_pipe);
  g_test_add_func ("/diag/long", test_long);
  g_test_add_func ("/diag/func", test_func);
  g_test_add_func ("/diag/rate", test_rate);
  g_test_add_func ("/diag/recursion", test_recursion);
  g_test_add_func ("/diag/threads", test_threads);
  return g_test_run ();
}
