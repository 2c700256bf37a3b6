/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sender.h"

#include "call.h"
#include "datagram.h"

/* How long a server that is told good-bye may take to read the rest. */
#define MVX_SENDER_GOODBYE_US G_USEC_PER_SEC

void
mvx_sender_init (MvxSender *self, MvxLogSinkHost *host, const MvxLinkOptions *options)
{
  self->host = host;
  self->link.cancellable = mvx_log_sink_host_get_cancellable (host);
  mvx_call_keep_descriptor (self->link.cancellable);
  if (options->transport == MVX_LINK_TLS && !options->tls.verify)
    mvx_log_sink_host_diagnosef (host, MVX_LOG_LEVEL_WARNING,
                                 "%s '%s' may be anybody: verify=false; set ca-file instead", options->who_first,
                                 options->address);
}

void
mvx_sender_clear (MvxSender *self)
{
  mvx_link_close (&self->link);
  mvx_stream_clear (&self->stream);
}

static gint64
mvx_sender_get_deadline (const MvxLinkOptions *options)
{
  return g_get_monotonic_time () + options->timeout_us;
}

static gboolean
mvx_sender_connect (MvxSender *self, const MvxLinkOptions *options, gint64 deadline_us, GError **error)
{
  guint n_again = mvx_stream_break (&self->stream, options, MAX (self->link.n_unacked, options->resend));

  if (!mvx_link_open (&self->link, options, deadline_us, error))
    return FALSE;
  if (n_again > 0)
    mvx_log_sink_host_count (self->host, "resent", n_again);
  return TRUE;
}

/* A server that has hung up would take one more write, and lose it. FALSE: it is not, and the link is closed. */
static gboolean
mvx_sender_is_linked (MvxSender *self)
{
  if (self->link.socket && mvx_link_is_alive (&self->link))
    return TRUE;
  if (self->link.socket)
    mvx_log_sink_host_count (self->host, "reconnects", 1);
  mvx_link_close (&self->link);
  return FALSE;
}

gboolean
mvx_sender_open (MvxSender *self, const MvxLinkOptions *options, GError **error)
{
  return mvx_sender_is_linked (self) || mvx_sender_connect (self, options, mvx_sender_get_deadline (options), error);
}

/* Is there another address to try? */
static gboolean
mvx_sender_goes_on (MvxSender *self, const MvxLinkOptions *options, GError **error)
{
  if (options->transport != MVX_LINK_UDP || !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)
      || !mvx_link_try_other (&self->link))
    return FALSE;
  g_clear_error (error);
  return TRUE;
}

gboolean
mvx_sender_send (MvxSender *self,
                 const MvxLinkOptions *options,
                 const guint8 *data,
                 const gsize *ends,
                 guint n,
                 guint *n_sent,
                 GError **error)
{
  gboolean success;

  if (self->link.stream)
    success = mvx_stream_send (&self->stream, &self->link, options, data, ends, n, n_sent, error);
  else
    success = mvx_datagram_send (&self->link, options, data, ends, n, n_sent, error);
  return success || mvx_sender_goes_on (self, options, error);
}

/* What is to be sent again goes out now. */
static gboolean
mvx_sender_settle (MvxSender *self, const MvxLinkOptions *options, gint64 deadline_us, GError **error)
{
  if (!mvx_sender_is_linked (self))
    {
      if (mvx_stream_break (&self->stream, options, MAX (self->link.n_unacked, options->resend)) == 0)
        return TRUE;
      if (!mvx_sender_connect (self, options, deadline_us, error))
        return FALSE;
    }
  return self->link.stream == NULL || mvx_stream_catch_up (&self->stream, &self->link, options, error);
}

/* What was written is not read yet; hanging up at once could throw it away. */
static void
mvx_sender_say_goodbye (MvxSender *self, const MvxLinkOptions *options)
{
  gint64 deadline = g_get_monotonic_time () + MIN (options->timeout_us, MVX_SENDER_GOODBYE_US);

  if (mvx_sender_settle (self, options, deadline, NULL) && self->link.socket && mvx_link_finish (&self->link, deadline))
    mvx_stream_forget (&self->stream);
  mvx_link_close (&self->link);
}

void
mvx_sender_stop (MvxSender *self, const MvxLinkOptions *options)
{
  guint n_lost;

  mvx_sender_say_goodbye (self, options);
  n_lost = mvx_stream_break (&self->stream, options, self->link.n_unacked);
  mvx_stream_forget (&self->stream);
  if (n_lost == 0)
    return;
  mvx_log_sink_host_count (self->host, "unacknowledged", n_lost);
  mvx_log_sink_host_diagnosef (self->host, MVX_LOG_LEVEL_ERROR,
                               "%u events may be lost: %s '%s' has not acknowledged them, and is not there to be sent "
                               "them again",
                               n_lost, options->who, options->address);
}

gboolean
mvx_sender_flush (MvxSender *self, const MvxLinkOptions *options, gint64 deadline_us, GError **error)
{
  gint64 deadline = mvx_sender_get_deadline (options);

  return mvx_sender_settle (self, options, deadline_us < 0 ? deadline : MIN (deadline, deadline_us), error);
}

gboolean
mvx_sender_reopen (MvxSender *self, const MvxLinkOptions *options, GError **error)
{
  mvx_sender_say_goodbye (self, options);
  return mvx_sender_connect (self, options, mvx_sender_get_deadline (options), error)
         && (!self->link.stream || mvx_stream_catch_up (&self->stream, &self->link, options, error));
}

gboolean
mvx_sender_probe (const MvxLinkOptions *options, gint64 deadline_us, GError **error)
{
  MvxLink link = { NULL };
  gint64 deadline = mvx_sender_get_deadline (options);

  if (!mvx_link_options_check (options, error)
      || !mvx_link_open (&link, options, deadline_us < 0 ? deadline : MIN (deadline, deadline_us), error))
    return FALSE;
  mvx_link_close (&link);
  return TRUE;
}
