/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/diag-private.h"

/* At most this many messages in a second; what is over is counted and told with the next one that passes. */
#define MVX_LOG_DIAG_BURST 20

/* Counted: a message may be on its way to it while it is replaced. */
typedef struct
{
  MvxLogDiagFunc func;
  gpointer       data;
  GDestroyNotify destroy;
} MvxLogDiagHandler;

static struct
{
  GMutex             mutex;
  int                fd;
  MvxLogDiagHandler *handler;
  gint64             window_us;
  guint              in_window;
  guint64            suppressed; /* since the last message */
  guint64            suppressed_total;
} mvx_log_diag_state = { .fd = STDERR_FILENO };

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

/* One write, so that lines of several processes do not mix. A full pipe is not waited for. */
static void
mvx_log_diag_write (int         fd,
                    const char *message)
{
  g_autofree char *line = g_strdup_printf ("mvxlog: %s\n", message);
  gsize len = strlen (line);
  int saved = errno;

  for (gsize i = 0; i + 1 < len; i++)
    if ((guchar) line[i] < ' ' && line[i] != '\n' && line[i] != '\t')
      line[i] = '?';
  while (write (fd, line, len) < 0 && errno == EINTR)
    ;
  errno = saved;
}

void
mvx_log_diag (gint        level,
              const char *format,
              ...)
{
  g_autofree char *text = NULL;
  g_autofree char *with_count = NULL;
  MvxLogDiagHandler *handler = NULL;
  guint64 suppressed = 0;
  gboolean admitted;
  va_list args;
  int fd;

  if (mvx_log_diag_busy)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  g_mutex_lock (&mvx_log_diag_state.mutex);
  admitted = mvx_log_diag_admit (&suppressed);
  if (admitted && mvx_log_diag_state.handler)
    handler = g_atomic_rc_box_acquire (mvx_log_diag_state.handler);
  fd = mvx_log_diag_state.fd;
  g_mutex_unlock (&mvx_log_diag_state.mutex);
  if (!admitted)
    return;

  if (suppressed > 0)
    with_count = g_strdup_printf ("%s (%" G_GUINT64_FORMAT " earlier messages suppressed)", text, suppressed);
  mvx_log_diag_busy = TRUE;
  if (handler)
    handler->func (level, with_count ? with_count : text, handler->data);
  else if (fd >= 0)
    mvx_log_diag_write (fd, with_count ? with_count : text);
  mvx_log_diag_busy = FALSE;
  mvx_log_diag_handler_unref (handler);
}

void
mvx_log_diag_set_fd (int fd)
{
  g_mutex_lock (&mvx_log_diag_state.mutex);
  mvx_log_diag_state.fd = fd;
  g_mutex_unlock (&mvx_log_diag_state.mutex);
}

void
mvx_log_diag_set_func (MvxLogDiagFunc func,
                       gpointer       data,
                       GDestroyNotify destroy)
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
