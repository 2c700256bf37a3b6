/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking a program for its status. */
#pragma once

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <mvxlog/mvxlog.h>

#include "broken/fixture.h"

#include "base/diag-private.h"

/* Nobody is so slow, whatever else the machine has to do. */
#define STATUS_HUNG_MS 60000

/* -1: nobody answers there. */
static int
connect_to (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  close (fd);
  return -1;
}

/* Until there is something to be read, or the end. */
static void
wait_for_answer (int fd)
{
  struct pollfd wait = { .fd = fd, .events = POLLIN };
  int n;

  do
    n = poll (&wait, 1, STATUS_HUNG_MS);
  while (n < 0 && errno == EINTR);
  g_assert_cmpint (n, ==, 1);
}

static char *
read_all (int fd)
{
  GString *text = g_string_new (NULL);
  char buffer[4096];

  for (;;)
    {
      gssize n;

      wait_for_answer (fd);
      n = read (fd, buffer, sizeof buffer);
      g_assert_cmpint (n, >=, 0);
      if (n == 0)
        break;
      g_string_append_len (text, buffer, n);
    }
  close (fd);
  return g_string_free (text, FALSE);
}

static char *
ask (const char *path)
{
  int fd = connect_to (path);

  return fd < 0 ? NULL : read_all (fd);
}

/* -- A directory for the socket, and what the library says. */

static char *runtime; /* set before there are threads */

typedef struct
{
  char *directory;
  char *socket;
  GString *diag;
} Fixture;

static void
note_diag (gint level, const char *message, gpointer data)
{
  g_string_append_printf (data, "%s\n", message);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = g_build_filename (runtime, "mvxlog", NULL);
  fixture->socket = g_strdup_printf ("%s/%d.sock", fixture->directory, (int) getpid ());
  fixture->diag = g_string_new (NULL);
  mvx_log_diag_set_func (note_diag, fixture->diag, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  mvx_log_reset (&error);
  g_assert_no_error (error);
  g_assert_cmpint (access (fixture->socket, F_OK), ==, -1);
  mvx_log_diag_set_func (NULL, NULL, NULL);
  fixture_remove (fixture->directory);
  g_string_free (fixture->diag, TRUE);
  g_free (fixture->socket);
  g_free (fixture->directory);
}
