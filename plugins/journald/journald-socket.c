/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journald-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void
mvx_journald_socket_set_error (const MvxJournaldOptions *options, int code, GError **error)
{
  g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (code),
               "Cannot write to journald at '%s': %s; the events are kept until it works", options->path,
               g_strerror (code));
}

void
mvx_journald_socket_close (MvxJournaldSocket *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

gboolean
mvx_journald_socket_connect (MvxJournaldSocket *self, const MvxJournaldOptions *options, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int code;

  g_strlcpy (address.sun_path, options->path, sizeof address.sun_path);
  if (fd >= 0 && connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    {
      mvx_journald_socket_close (self);
      self->fd = fd;
      return TRUE;
    }
  code = errno;
  if (fd >= 0)
    close (fd);
  if (code == ENOENT || code == ECONNREFUSED)
    g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (code),
                 "No journald listens at '%s': %s; start it, or correct namespace or socket-path", options->path,
                 g_strerror (code));
  else
    mvx_journald_socket_set_error (options, code, error);
  return FALSE;
}

/* -1, with errno set, if there cannot be one. */
static int
mvx_journald_socket_make_memfd (const struct iovec *entry)
{
  int fd = memfd_create ("mvxlog-journald", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  const guint8 *data = entry->iov_base;
  gsize left = entry->iov_len;

  while (fd >= 0 && left > 0)
    {
      gssize n = write (fd, data, left);
      int code = errno;

      if (n < 0 && code == EINTR)
        continue;
      if (n <= 0)
        {
          close (fd);
          errno = n < 0 ? code : EIO;
          return -1;
        }
      data += n;
      left -= (gsize) n;
    }
  /* journald reads only what cannot change any more. */
  if (fd >= 0)
    fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  return fd;
}

/* Like sendmmsg(). */
static int
mvx_journald_socket_send_large (MvxJournaldSocket *self, const struct iovec *entry)
{
  union
  {
    struct cmsghdr header;
    guint8 space[CMSG_SPACE (sizeof (int))];
  } control = { { 0 } };
  struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof control };
  int fd = mvx_journald_socket_make_memfd (entry);
  gssize n;
  int code;

  if (fd < 0)
    return -1;
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN (sizeof fd);
  memcpy (CMSG_DATA (&control.header), &fd, sizeof fd);
  n = sendmsg (self->fd, &message, MSG_NOSIGNAL);
  code = errno;
  close (fd);
  errno = code;
  self->n_large += n == 0;
  return n == 0 ? 1 : -1;
}

/* How many went out, at least one, or -1 with errno. */
static int
mvx_journald_socket_try (MvxJournaldSocket *self, struct iovec *entries, guint n_entries)
{
  struct mmsghdr messages[MVX_JOURNALD_SOCKET_BATCH] = { 0 };
  guint n = MIN (n_entries, MVX_JOURNALD_SOCKET_BATCH);
  int n_sent;

  for (guint i = 0; i < n; i++)
    {
      messages[i].msg_hdr.msg_iov = &entries[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
  n_sent = sendmmsg (self->fd, messages, n, MSG_NOSIGNAL);
  if (n_sent < 0 && (errno == EMSGSIZE || errno == ENOBUFS))
    n_sent = mvx_journald_socket_send_large (self, entries);
  return n_sent;
}

/* Until journald reads again, the deadline is over, or the sink goes. */
static gboolean
mvx_journald_socket_wait (MvxJournaldSocket *self,
                          const MvxJournaldOptions *options,
                          GCancellable *cancellable,
                          gint64 deadline_us,
                          GError **error)
{
  GPollFD fds[2] = { { self->fd, G_IO_OUT, 0 } };
  gboolean can_cancel = g_cancellable_make_pollfd (cancellable, &fds[1]);
  gint64 left = deadline_us - g_get_monotonic_time ();
  gboolean is_over = left <= 0 || g_poll (fds, can_cancel ? 2 : 1, (gint) ((left + 999) / 1000)) == 0;

  if (can_cancel)
    g_cancellable_release_fd (cancellable);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (!is_over)
    return TRUE;
  g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
      "journald at '%s' has taken nothing for %.3f s; see what keeps it busy; the events are kept until it does",
      options->path, (double) options->timeout_us / G_USEC_PER_SEC);
  return FALSE;
}

/* Is it another journald now, or none? */
static gboolean
mvx_journald_socket_is_gone (int code)
{
  return code == ECONNREFUSED || code == ECONNRESET || code == ENOTCONN || code == EPIPE || code == ENOENT
         || code == ESHUTDOWN;
}

gboolean
mvx_journald_socket_send (MvxJournaldSocket *self,
                          const MvxJournaldOptions *options,
                          GCancellable *cancellable,
                          struct iovec *entries,
                          guint n_entries,
                          guint *n_sent,
                          GError **error)
{
  gint64 deadline = g_get_monotonic_time () + options->timeout_us;
  gboolean is_fresh = self->fd < 0;

  *n_sent = 0;
  if (is_fresh && !mvx_journald_socket_connect (self, options, error))
    return FALSE;
  while (*n_sent < n_entries)
    {
      int n = mvx_journald_socket_try (self, entries + *n_sent, n_entries - *n_sent);
      int code = errno;

      if (n > 0)
        {
          *n_sent += (guint) n;
          deadline = g_get_monotonic_time () + options->timeout_us;
        }
      else if (code == EAGAIN)
        {
          if (!mvx_journald_socket_wait (self, options, cancellable, deadline, error))
            return FALSE;
        }
      else if (mvx_journald_socket_is_gone (code) && !is_fresh)
        {
          is_fresh = TRUE;
          self->n_reconnects++;
          mvx_journald_socket_close (self);
          if (!mvx_journald_socket_connect (self, options, error))
            return FALSE;
        }
      else if (code != EINTR)
        {
          mvx_journald_socket_close (self);
          mvx_journald_socket_set_error (options, code, error);
          return FALSE;
        }
    }
  return TRUE;
}
