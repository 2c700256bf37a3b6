/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/atfork-private.h"
#include "base/cancel-private.h"
#include "base/diag-private.h"

/* At most this many messages in a second; what is over is counted and told with the next one that passes. */
#define MVX_LOG_DIAG_BURST 20
/* PIPE_BUF of Linux. */
#define MVX_LOG_DIAG_PIECE 4096

/* Counted: a message may be on its way to it while it is replaced. */
typedef struct
{
  MvxLogDiagFunc func;
  gpointer data;
  GDestroyNotify destroy;
} MvxLogDiagHandler;

static struct
{
  GMutex mutex;
  int fd;
  MvxLogDiagHandler *handler;
  gint64 window_us;
  guint in_window;
  guint64 suppressed; /* since the last message */
  guint64 suppressed_total;
} mvx_log_diag_state = { .fd = STDERR_FILENO };

MVX_LOG_FORK_LOCK (DIAG, &mvx_log_diag_state.mutex, NULL);

/* A message made while one is being printed on this thread is dropped: the redirect function may log. */
static __thread gboolean mvx_log_diag_busy;

static void
mvx_log_diag_handler_clear (gpointer data)
{
  MvxLogDiagHandler *handler = data;

  if (handler->destroy)
    handler->destroy (handler->data);
}

static void
mvx_log_diag_handler_unref (MvxLogDiagHandler *handler)
{
  if (handler)
    g_atomic_rc_box_release_full (handler, mvx_log_diag_handler_clear);
}

static gboolean
mvx_log_diag_admit (guint64 *suppressed)
{
  gint64 now = g_get_monotonic_time ();

  if (now - mvx_log_diag_state.window_us >= G_USEC_PER_SEC)
    {
      mvx_log_diag_state.window_us = now;
      mvx_log_diag_state.in_window = 0;
    }
  if (mvx_log_diag_state.in_window >= MVX_LOG_DIAG_BURST)
    {
      mvx_log_diag_state.suppressed++;
      mvx_log_diag_state.suppressed_total++;
      return FALSE;
    }
  mvx_log_diag_state.in_window++;
  *suppressed = mvx_log_diag_state.suppressed;
  mvx_log_diag_state.suppressed = 0;
  return TRUE;
}

/* The message may hold anything, such as an event's text: nothing in it may steer a terminal, and its further lines are
 * indented so that none of them passes for a message of its own. */
static char *
mvx_log_diag_make_line (const char *message)
{
  g_autofree char *valid = g_utf8_make_valid (message, -1);
  GString *line = g_string_new ("mvxlog: ");

  for (const char *p = valid; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '\n')
        g_string_append (line, "\n  ");
      else if (c != '\t' && (c < ' ' || (c >= 0x7f && c < 0xa0)))
        g_string_append_c (line, '?');
      else
        g_string_append_unichar (line, c);
    }
  g_string_append_c (line, '\n');
  return g_string_free (line, FALSE);
}

/* In pieces that a pipe takes whole, so that short lines of several processes do not mix. What a full pipe does not
 * take at once is lost, and a pipe without a reader is not written to: it would raise SIGPIPE in the program. */
static void
mvx_log_diag_write (int fd, const char *message)
{
  g_autofree char *line = mvx_log_diag_make_line (message);
  gsize left = strlen (line);
  const char *p = line;

  while (left > 0)
    {
      struct pollfd ready = { .fd = fd, .events = POLLOUT };
      gssize n;

      if (poll (&ready, 1, 0) != 1 || ready.revents != POLLOUT)
        return;
      n = write (fd, p, MIN (left, MVX_LOG_DIAG_PIECE));
      if (n < 0 && errno != EINTR)
        return;
      p += MAX (n, 0);
      left -= (gsize) MAX (n, 0);
    }
}

/* A message out of a format with the number of those before it that were held back. */
static char *mvx_log_diag_format (guint64 suppressed, const char *format, va_list args) G_GNUC_PRINTF (2, 0);

static char *
mvx_log_diag_format (guint64 suppressed, const char *format, va_list args)
{
  g_autofree char *text = g_strdup_vprintf (format, args);

  if (suppressed == 0)
    return g_steal_pointer (&text);
  return g_strdup_printf ("%s (%" G_GUINT64_FORMAT " earlier messages suppressed)", text, suppressed);
}

void
mvx_log_diag (gint level, const char *format, ...)
{
  g_autofree char *text = NULL;
  MvxLogDiagHandler *handler = NULL;
  guint64 suppressed = 0;
  gboolean admitted;
  va_list args;
  int saved = errno;
  int before;
  int fd;

  if (mvx_log_diag_busy)
    return;
  g_mutex_lock (&mvx_log_diag_state.mutex);
  admitted = mvx_log_diag_admit (&suppressed);
  if (admitted && mvx_log_diag_state.handler)
    handler = g_atomic_rc_box_acquire (mvx_log_diag_state.handler);
  fd = mvx_log_diag_state.fd;
  g_mutex_unlock (&mvx_log_diag_state.mutex);
  if (!admitted)
    return;

  before = mvx_log_cancel_defer ();
  mvx_log_diag_busy = TRUE;
  va_start (args, format);
  text = mvx_log_diag_format (suppressed, format, args);
  va_end (args);
  if (handler)
    handler->func (level, text, handler->data);
  else if (fd >= 0)
    mvx_log_diag_write (fd, text);
  mvx_log_diag_busy = FALSE;
  mvx_log_diag_handler_unref (handler);
  mvx_log_cancel_allow (before);
  errno = saved;
}

void
mvx_log_diag_set_fd (int fd)
{
  g_mutex_lock (&mvx_log_diag_state.mutex);
  mvx_log_diag_state.fd = fd;
  g_mutex_unlock (&mvx_log_diag_state.mutex);
}

void
mvx_log_diag_set_func (MvxLogDiagFunc func, gpointer data, GDestroyNotify destroy)
{
  MvxLogDiagHandler *handler = NULL;
  MvxLogDiagHandler *old;

  if (func)
    {
      handler = g_atomic_rc_box_new (MvxLogDiagHandler);
      *handler = (MvxLogDiagHandler){ func, data, destroy };
    }
  g_mutex_lock (&mvx_log_diag_state.mutex);
  old = mvx_log_diag_state.handler;
  mvx_log_diag_state.handler = handler;
  mvx_log_diag_state.window_us = 0;
  g_mutex_unlock (&mvx_log_diag_state.mutex);
  mvx_log_diag_handler_unref (old);
}

guint64
mvx_log_diag_get_n_suppressed (void)
{
  guint64 n;

  g_mutex_lock (&mvx_log_diag_state.mutex);
  n = mvx_log_diag_state.suppressed_total;
  g_mutex_unlock (&mvx_log_diag_state.mutex);
  return n;
}
