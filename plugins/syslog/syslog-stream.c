/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "syslog-stream.h"

void
mvx_syslog_stream_clear (MvxSyslogStream *self)
{
  mvx_log_buffer_clear (&self->torn);
}

void
mvx_syslog_stream_reset (MvxSyslogStream *self)
{
  self->torn.len = 0;
  self->torn_done = 0;
}

/* A NUL, or a newline, would end the message; they become what rsyslog makes of them. */
static void
mvx_syslog_stream_frame_local (MvxLogBuffer *buffer, const guint8 *message, gsize size)
{
  for (gsize i = 0; i < size; i++)
    if (message[i] == '\n')
      mvx_log_buffer_append_s (buffer, "#012");
    else if (message[i] == '\0')
      mvx_log_buffer_append_s (buffer, "#000");
    else
      mvx_log_buffer_append_c (buffer, (char) message[i]);
  mvx_log_buffer_append_c (buffer, '\0');
}

void
mvx_syslog_stream_frame (MvxLogBuffer *buffer, const MvxSyslogOptions *options, const guint8 *message, gsize size)
{
  if (options->transport == MVX_SYSLOG_UNIX)
    {
      mvx_syslog_stream_frame_local (buffer, message, size);
      return;
    }
  mvx_log_buffer_append_printf (buffer, "%" G_GSIZE_FORMAT " ", size);
  mvx_log_buffer_append (buffer, message, size);
}

static void
mvx_syslog_stream_fail (MvxSyslogLink *link, const MvxSyslogOptions *options, GError *why, GError **error)
{
  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
        "Syslog server '%s' has taken nothing for %.3f s; see what keeps it busy; the events are kept until it "
        "does",
        options->address, (double) options->timeout_us / G_USEC_PER_SEC);
  else if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, why);
      return;
    }
  else
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                   "Lost the connection to syslog server '%s': %s; what it had not read is lost, the other events are "
                   "kept until it is back",
                   options->address,
                   /* That is what GIO says of every server that asks for one and then goes. */
                   g_error_matches (why, G_TLS_ERROR, G_TLS_ERROR_CERTIFICATE_REQUIRED)
                       ? "it hung up; it may want a client-certificate"
                       : why->message);
      mvx_syslog_link_close (link);
    }
  g_error_free (why);
}

/* All of it, or how far it came. */
static gboolean
mvx_syslog_stream_write (MvxSyslogLink *link,
                         const MvxSyslogOptions *options,
                         const guint8 *data,
                         gsize size,
                         gsize *n_written,
                         GError **error)
{
  GPollableOutputStream *output = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (link->stream));
  gint64 deadline = g_get_monotonic_time () + options->timeout_us;
  GError *why = NULL;

  *n_written = 0;
  while (*n_written < size && why == NULL)
    {
      gssize n = g_pollable_output_stream_write_nonblocking (output, data + *n_written, size - *n_written, NULL, &why);

      if (n > 0)
        {
          *n_written += (gsize) n;
          deadline = g_get_monotonic_time () + options->timeout_us;
        }
      else if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          g_clear_error (&why);
          mvx_syslog_link_wait (link, G_IO_OUT, deadline, &why);
        }
    }
  if (why)
    mvx_syslog_stream_fail (link, options, why, error);
  return why == NULL;
}

/* Ends the torn frame. If it was that of the first event, which is offered again now, that one is out. */
static gboolean
mvx_syslog_stream_mend (MvxSyslogStream *self,
                        MvxSyslogLink *link,
                        const MvxSyslogOptions *options,
                        const guint8 *data,
                        gsize size,
                        guint *n_sent,
                        GError **error)
{
  gsize n_written;
  gboolean success = mvx_syslog_stream_write (link, options, self->torn.data + self->torn_done,
                                              self->torn.len - self->torn_done, &n_written, error);

  self->torn_done += n_written;
  if (!success)
    return FALSE;
  *n_sent = size == self->torn.len && memcmp (data, self->torn.data, size) == 0;
  mvx_syslog_stream_reset (self);
  return TRUE;
}

static void
mvx_syslog_stream_settle (MvxSyslogStream *self,
                          const guint8 *data,
                          const gsize *ends,
                          guint n,
                          gsize n_written,
                          guint *n_sent)
{
  gsize start;

  while (*n_sent < n && ends[*n_sent] <= n_written)
    (*n_sent)++;
  start = *n_sent > 0 ? ends[*n_sent - 1] : 0;
  if (n_written <= start)
    return;
  self->torn.len = 0;
  mvx_log_buffer_append (&self->torn, data + start, ends[*n_sent] - start);
  self->torn_done = n_written - start;
}

gboolean
mvx_syslog_stream_send (MvxSyslogStream *self,
                        MvxSyslogLink *link,
                        const MvxSyslogOptions *options,
                        const guint8 *data,
                        const gsize *ends,
                        guint n,
                        guint *n_sent,
                        GError **error)
{
  gboolean success;
  gsize n_written;
  gsize start;

  *n_sent = 0;
  if (self->torn.len > 0 && !mvx_syslog_stream_mend (self, link, options, data, ends[0], n_sent, error))
    return FALSE;
  start = *n_sent > 0 ? ends[0] : 0;
  success = mvx_syslog_stream_write (link, options, data + start, ends[n - 1] - start, &n_written, error);
  mvx_syslog_stream_settle (self, data, ends, n, start + n_written, n_sent);
  return success;
}
