/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <mvxlog/error.h>

#include "sink/outlet-private.h"

/* write(2), but a reader that has gone is EPIPE and no signal. SIGPIPE goes to the thread that writes, so it can be
 * held back and taken here; a program's own disposition is not touched. */
static gssize
mvx_log_outlet_write_quietly (int fd, const guint8 *data, gsize len)
{
  static const struct timespec now = { 0, 0 };
  gboolean was_pending = FALSE;
  gboolean was_blocked;
  sigset_t pipe_set;
  sigset_t old;
  sigset_t pending;
  gssize n;
  int saved;

  sigemptyset (&pipe_set);
  sigaddset (&pipe_set, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &pipe_set, &old);
  was_blocked = sigismember (&old, SIGPIPE) == 1;
  if (was_blocked && sigpending (&pending) == 0)
    was_pending = sigismember (&pending, SIGPIPE) == 1;

  n = write (fd, data, len);
  saved = errno;
  if (n < 0 && saved == EPIPE && !was_pending)
    while (sigtimedwait (&pipe_set, NULL, &now) < 0 && errno == EINTR)
      ;
  if (!was_blocked)
    pthread_sigmask (SIG_SETMASK, &old, NULL);
  errno = saved;
  return n;
}

/* A blocking pipe, socket or terminal takes a long line piece by piece, and would hold the caller in between. */
static gboolean
mvx_log_outlet_may_block (int fd)
{
  struct stat info;
  int flags = fcntl (fd, F_GETFL);

  return flags >= 0 && (flags & O_NONBLOCK) == 0 && fstat (fd, &info) == 0 && !S_ISREG (info.st_mode);
}

/* Waits until the descriptor takes something. FALSE with errno. */
static gboolean
mvx_log_outlet_await (MvxLogOutlet *outlet, gint64 deadline_us)
{
  struct pollfd poll_fd = { .fd = outlet->fd, .events = POLLOUT };
  int n;

  do
    {
      gint64 left_us = deadline_us - g_get_monotonic_time ();

      n = poll (&poll_fd, 1, left_us > 0 ? (int) ((left_us + 999) / 1000) : 0);
    }
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return FALSE;
  if (n == 0)
    {
      outlet->stalled = TRUE;
      errno = ETIMEDOUT;
      return FALSE;
    }
  outlet->stalled = FALSE;
  return TRUE;
}

static void
mvx_log_outlet_fail (MvxLogOutlet *outlet, gsize done, int code, GError **error)
{
  outlet->done = done;
  outlet->code = code;
  if (code == ETIMEDOUT)
    g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED,
                 "Cannot write to %s: its reader has stopped reading; an event was lost", outlet->name);
  else
    g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED, "Cannot write to %s: %s", outlet->name,
                 g_strerror (code));
}

/* Writes all of it by the deadline; *@done is how much of it was. FALSE with errno. */
static gboolean
mvx_log_outlet_write_all (MvxLogOutlet *outlet, const guint8 *data, gsize len, gint64 deadline_us, gsize *done)
{
  gsize most = len > PIPE_BUF && mvx_log_outlet_may_block (outlet->fd) ? PIPE_BUF : len;

  *done = 0;
  while (*done < len)
    {
      gssize n;

      if (!mvx_log_outlet_await (outlet, deadline_us))
        return FALSE;
      n = mvx_log_outlet_write_quietly (outlet->fd, data + *done, MIN (len - *done, most));
      if (n >= 0)
        *done += (gsize) n;
      /* After EAGAIN the next wait tells whether there is space again; another writer may have taken it. */
      else if (errno == EAGAIN && g_get_monotonic_time () >= deadline_us)
        {
          errno = ETIMEDOUT;
          return FALSE;
        }
      else if (errno != EINTR && errno != EAGAIN)
        return FALSE;
    }
  return TRUE;
}

MvxLogOutletResult
mvx_log_outlet_write (MvxLogOutlet *outlet, const guint8 *line, gsize len, GError **error)
{
  gint64 deadline_us = g_get_monotonic_time () + (outlet->stalled ? 0 : outlet->timeout_ms * G_GINT64_CONSTANT (1000));
  gsize done = 0;

  if (outlet->torn && !mvx_log_outlet_write_all (outlet, (const guint8 *) "\n", 1, deadline_us, &done))
    {
      mvx_log_outlet_fail (outlet, 0, errno, error);
      return MVX_LOG_OUTLET_REFUSED;
    }
  outlet->torn = FALSE;
  if (mvx_log_outlet_write_all (outlet, line, len, deadline_us, &done))
    return MVX_LOG_OUTLET_WRITTEN;
  mvx_log_outlet_fail (outlet, done, errno, error);
  outlet->torn = done > 0;
  return done > 0 ? MVX_LOG_OUTLET_TORN : MVX_LOG_OUTLET_REFUSED;
}
