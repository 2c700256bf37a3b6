/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "datagram.h"

#include <errno.h>
#include <sys/socket.h>

static gboolean
mvx_datagram_fail (MvxLink *link, const MvxLinkOptions *options, int code, GError **error)
{
  mvx_link_close (link);
  g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (code),
               "Cannot send to %s '%s': %s; the events are kept until it works", options->who, options->address,
               g_strerror (code));
  return FALSE;
}

static int
mvx_datagram_try (int fd, const guint8 *data, const gsize *ends, guint first, guint count)
{
  struct mmsghdr messages[MVX_DATAGRAM_BATCH] = { 0 };
  struct iovec parts[MVX_DATAGRAM_BATCH];
  gsize start = first > 0 ? ends[first - 1] : 0;

  for (guint i = 0; i < count; i++)
    {
      parts[i] = (struct iovec){ (gpointer) (data + start), ends[first + i] - start };
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
      start = ends[first + i];
    }
  return sendmmsg (fd, messages, count, MSG_NOSIGNAL);
}

/* A host says so if nobody listens, but only behind the datagram that did not arrive; a near one at once. sendmmsg()
 * would swallow it, which is why UDP does not send several. */
static gboolean
mvx_datagram_was_refused (int fd)
{
  int code = 0;
  socklen_t size = sizeof code;

  return getsockopt (fd, SOL_SOCKET, SO_ERROR, &code, &size) == 0 && code == ECONNREFUSED;
}

static gboolean
mvx_datagram_wait (MvxLink *link, const MvxLinkOptions *options, gint64 deadline_us, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (mvx_link_wait (link, G_IO_OUT, deadline_us, &why))
    return TRUE;
  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                 "%s '%s' has taken nothing for %.3f s; see what keeps it busy; the events are kept until it "
                 "does",
                 options->who_first, options->address, (double) options->timeout_us / G_USEC_PER_SEC);
  else
    g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

gboolean
mvx_datagram_send (MvxLink *link,
                   const MvxLinkOptions *options,
                   const guint8 *data,
                   const gsize *ends,
                   guint n,
                   guint *n_sent,
                   GError **error)
{
  gint64 deadline = g_get_monotonic_time () + options->timeout_us;
  guint batch = options->transport == MVX_LINK_UDP ? 1 : MVX_DATAGRAM_BATCH;
  int fd = g_socket_get_fd (link->socket);

  *n_sent = 0;
  while (*n_sent < n)
    {
      int sent = mvx_datagram_try (fd, data, ends, *n_sent, MIN (n - *n_sent, batch));
      int code = errno;

      if (sent > 0 && mvx_datagram_was_refused (fd))
        return mvx_datagram_fail (link, options, ECONNREFUSED, error);
      if (sent > 0)
        {
          *n_sent += (guint) sent;
          link->n_refused = 0;
          deadline = g_get_monotonic_time () + options->timeout_us;
          continue;
        }
      if (code == EAGAIN)
        {
          if (!mvx_datagram_wait (link, options, deadline, error))
            return FALSE;
        }
      else if (code != EINTR)
        return mvx_datagram_fail (link, options, code, error);
    }
  return TRUE;
}
