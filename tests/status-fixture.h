/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking a program for its status. */
#pragma once

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib.h>

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
