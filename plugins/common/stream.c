/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream.h"

#include <string.h>

/* What TLS has begun to send it ends, whatever is offered to it then; a record of it has no more than this. */
#define MVX_STREAM_RECORD 16384

void
mvx_stream_clear (MvxStream *self)
{
  mvx_log_buffer_clear (&self->kept);
}

void
mvx_stream_frame (MvxLogBuffer *buffer, const MvxLinkOptions *options, const guint8 *message, gsize size)
{
  if (options->is_counted)
    mvx_log_buffer_append_printf (buffer, "%" G_GSIZE_FORMAT " ", size);
  mvx_log_buffer_append (buffer, message, size);
  if (!options->is_counted)
    mvx_log_buffer_append_c (buffer, '\0');
}

static void
mvx_stream_fail (MvxLink *link, const MvxLinkOptions *options, GError *why, GError **error)
{
  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                 "%s '%s' has taken nothing for %.3f s; see what keeps it busy; the events are kept until it "
                 "does",
                 options->who_first, options->address, (double) options->timeout_us / G_USEC_PER_SEC);
  else if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, why);
      return;
    }
  else
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                   "Lost the connection to %s '%s': %s; what it has not taken is sent again when it is back",
                   options->who, options->address,
                   /* That is what GIO says of every server that asks for one and then goes. */
                   g_error_matches (why, G_TLS_ERROR, G_TLS_ERROR_CERTIFICATE_REQUIRED)
                       ? "it hung up; it may want a client-certificate"
                       : why->message);
      mvx_link_close (link);
    }
  g_error_free (why);
}

/* All of it, or how far it came. */
static gboolean
mvx_stream_write (MvxLink *link,
                  const MvxLinkOptions *options,
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
          mvx_link_wait (link, G_IO_OUT, deadline, &why);
        }
    }
  if (why)
    mvx_stream_fail (link, options, why, error);
  return why == NULL;
}

static gsize
mvx_stream_measure (const MvxLinkOptions *options, const guint8 *frame, gsize size)
{
  const guint8 *end = memchr (frame, options->is_counted ? ' ' : '\0', size);

  if (!options->is_counted)
    return (gsize) (end + 1 - frame);
  return (gsize) (end + 1 - frame) + (gsize) g_ascii_strtoull ((const char *) frame, NULL, 10);
}

/* Frames that lie wholly before @end. */
static void
mvx_stream_drop (MvxStream *self, const MvxLinkOptions *options, gsize end)
{
  while (self->start < end)
    {
      gsize size = mvx_stream_measure (options, self->kept.data + self->start, self->kept.len - self->start);

      if (self->start + size > end)
        break;
      self->start += size;
    }
  /* Moved when that is less than what went. */
  if (self->start <= self->kept.len / 2)
    return;
  memmove (self->kept.data, self->kept.data + self->start, self->kept.len - self->start);
  self->kept.len -= self->start;
  self->out -= self->start;
  self->settled -= self->start;
  self->start = 0;
}

/* What TLS makes of the bytes is more than they are: so many of the last ones are never too few. */
static void
mvx_stream_drop_all_but (MvxStream *self, const MvxLinkOptions *options, gsize n_last)
{
  if (self->out > n_last)
    mvx_stream_drop (self, options, MIN (self->out - n_last, self->settled));
}

void
mvx_stream_forget (MvxStream *self)
{
  self->kept.len = 0;
  self->start = self->out = self->settled = 0;
}

guint
mvx_stream_break (MvxStream *self, const MvxLinkOptions *options, gsize n_lost)
{
  guint n = 0;

  mvx_stream_drop_all_but (self, options, n_lost);
  /* The others are offered again. */
  self->kept.len = self->settled;
  self->out = self->start;
  for (gsize at = self->start; at < self->kept.len; n++)
    at += mvx_stream_measure (options, self->kept.data + at, self->kept.len - at);
  return n;
}

gboolean
mvx_stream_is_behind (const MvxStream *self)
{
  return self->out < self->kept.len;
}

gboolean
mvx_stream_catch_up (MvxStream *self, MvxLink *link, const MvxLinkOptions *options, GError **error)
{
  gboolean success;
  gsize n_written;

  if (!mvx_stream_is_behind (self))
    return TRUE;
  success
      = mvx_stream_write (link, options, self->kept.data + self->out, self->kept.len - self->out, &n_written, error);
  self->out += n_written;
  return success;
}

/* Those that are out already, as they were kept when the connection was full; some may have been given up since. */
static guint
mvx_stream_recognise (MvxStream *self, const MvxLinkOptions *options, const guint8 *data, const gsize *ends, guint n)
{
  guint n_known = 0;

  while (self->settled < self->kept.len)
    {
      const guint8 *frame = self->kept.data + self->settled;
      gsize size = mvx_stream_measure (options, frame, self->kept.len - self->settled);
      gsize begin = n_known > 0 ? ends[n_known - 1] : 0;

      if (n_known < n && ends[n_known] - begin == size && memcmp (data + begin, frame, size) == 0)
        n_known++;
      self->settled += size;
    }
  return n_known;
}

/* Keeps the frames that went out, and those of which a part did. */
static void
mvx_stream_keep (MvxStream *self,
                 const MvxLink *link,
                 const guint8 *data,
                 const gsize *ends,
                 guint n,
                 gsize n_written,
                 guint *n_sent)
{
  gsize first = *n_sent > 0 ? ends[*n_sent - 1] : 0;
  gsize begun = n_written + (n_written < ends[n - 1] && G_IS_TLS_CONNECTION (link->stream) ? MVX_STREAM_RECORD : 0);
  guint i = *n_sent;

  while (i < n && (i > 0 ? ends[i - 1] : 0) < begun)
    i++;
  while (*n_sent < n && ends[*n_sent] <= n_written)
    (*n_sent)++;
  if (i > 0 && ends[i - 1] > first)
    mvx_log_buffer_append (&self->kept, data + first, ends[i - 1] - first);
  self->settled += (*n_sent > 0 ? ends[*n_sent - 1] : 0) - first;
  self->out += n_written - first;
}

gboolean
mvx_stream_send (MvxStream *self,
                 MvxLink *link,
                 const MvxLinkOptions *options,
                 const guint8 *data,
                 const gsize *ends,
                 guint n,
                 guint *n_sent,
                 GError **error)
{
  gboolean success = TRUE;
  gsize n_written = 0;
  gsize first;

  *n_sent = 0;
  if (!mvx_stream_catch_up (self, link, options, error))
    return FALSE;
  *n_sent = mvx_stream_recognise (self, options, data, ends, n);
  first = *n_sent > 0 ? ends[*n_sent - 1] : 0;
  if (ends[n - 1] > first)
    success = mvx_stream_write (link, options, data + first, ends[n - 1] - first, &n_written, error);
  mvx_stream_keep (self, link, data, ends, n, first + n_written, n_sent);
  if (link->socket)
    mvx_stream_drop_all_but (self, options, MAX (mvx_link_get_unacked (link), options->resend));
  return success;
}
