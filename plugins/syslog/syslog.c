/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* syslog: the plugin contract. Syslog acknowledges nothing: an event is settled when the kernel has taken its message,
 * and is sent again if TCP turns out not to have brought it there. */
#include <mvxlog/mvxlog.h>

#include "syslog-datagram.h"
#include "syslog-format.h"
#include "syslog-link.h"
#include "syslog-stream.h"

/* As much is formatted for one write; what one large batch leaves behind is given back above it. */
#define MVX_SYSLOG_CHUNK_BYTES (64 * 1024)
#define MVX_SYSLOG_CHUNK_EVENTS 256
/* How long a server that is told good-bye may take to read the rest. */
#define MVX_SYSLOG_GOODBYE_US G_USEC_PER_SEC

typedef struct
{
  MvxLogSinkHost *host;
  MvxSyslogOptions *options;
  MvxSyslogFormat format;
  MvxSyslogLink link;
  MvxSyslogStream stream;
  MvxLogBuffer message;
  MvxLogBuffer buffer; /* of the present chunk */
  gsize ends[MVX_SYSLOG_CHUNK_EVENTS];
} MvxSyslog;

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxSyslogOptions) parsed = mvx_syslog_options_new (options, error);
  g_autoptr (GVariant) all = NULL;

  if (parsed == NULL)
    return NULL;
  all = mvx_log_options_to_variant (options);
  return mvx_log_sink_descriptor_new ("syslog", g_variant_new_string (parsed->address), all);
}

static void
mvx_syslog_destroy (gpointer instance)
{
  MvxSyslog *self = instance;

  mvx_syslog_link_close (&self->link);
  mvx_syslog_stream_clear (&self->stream);
  mvx_log_buffer_clear (&self->message);
  mvx_log_buffer_clear (&self->buffer);
  g_clear_pointer (&self->options, mvx_syslog_options_free);
  g_free (self);
}

/* The server may come later; it is connected to with the first event. Files that are not there are mistakes, though. */
gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  g_autoptr (MvxSyslogOptions) parsed = mvx_syslog_options_new (options, error);
  MvxSyslog *self;

  if (parsed == NULL
      || (parsed->transport == MVX_SYSLOG_TLS && !mvx_tls_options_check (&parsed->tls, "transport", error)))
    return NULL;
  if (parsed->transport == MVX_SYSLOG_TLS && !parsed->tls.verify)
    mvx_log_sink_host_diagnosef (host, MVX_LOG_LEVEL_WARNING,
                                 "Syslog server '%s' may be anybody: verify=false; set ca-file instead",
                                 parsed->address);
  self = g_new0 (MvxSyslog, 1);
  self->host = host;
  self->link.cancellable = mvx_log_sink_host_get_cancellable (host);
  self->options = g_steal_pointer (&parsed);
  return self;
}

static gboolean
mvx_syslog_connect (MvxSyslog *self, gint64 deadline_us, GError **error)
{
  guint n_again
      = mvx_syslog_stream_break (&self->stream, self->options, MAX (self->link.n_unacked, self->options->resend));

  if (!mvx_syslog_link_open (&self->link, self->options, deadline_us, error))
    return FALSE;
  if (n_again > 0)
    mvx_log_sink_host_count (self->host, "resent", n_again);
  return TRUE;
}

/* A server that has hung up would take one more write, and lose it. FALSE: it is not, and the link is closed. */
static gboolean
mvx_syslog_is_linked (MvxSyslog *self)
{
  if (self->link.socket && mvx_syslog_link_is_alive (&self->link))
    return TRUE;
  if (self->link.socket)
    mvx_log_sink_host_count (self->host, "reconnects", 1);
  mvx_syslog_link_close (&self->link);
  return FALSE;
}

static gint64
mvx_syslog_get_deadline (MvxSyslog *self)
{
  return g_get_monotonic_time () + self->options->timeout_us;
}

/* Formats events until the chunk is full; how many. */
static guint
mvx_syslog_fill (MvxSyslog *self, MvxLogEvent *const *events, guint n_events)
{
  guint n_cut = 0;
  guint n;

  if (self->buffer.len > 4 * MVX_SYSLOG_CHUNK_BYTES)
    mvx_log_buffer_clear (&self->buffer);
  self->buffer.len = 0;
  for (n = 0; n < MIN (n_events, MVX_SYSLOG_CHUNK_EVENTS) && self->buffer.len < MVX_SYSLOG_CHUNK_BYTES; n++)
    {
      self->message.len = 0;
      n_cut += !mvx_syslog_format_append (&self->format, self->options, events[n], &self->message);
      if (self->link.stream)
        mvx_syslog_stream_frame (&self->buffer, self->options, self->message.data, self->message.len);
      else
        mvx_log_buffer_append (&self->buffer, self->message.data, self->message.len);
      self->ends[n] = self->buffer.len;
    }
  if (n_cut > 0)
    mvx_log_sink_host_count (self->host, "truncated", n_cut);
  return n;
}

/* Is there another address to try? */
static gboolean
mvx_syslog_goes_on (MvxSyslog *self, GError **error)
{
  if (self->options->transport != MVX_SYSLOG_UDP || !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)
      || !mvx_syslog_link_try_other (&self->link))
    return FALSE;
  g_clear_error (error);
  return TRUE;
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxSyslog *self = instance;

  *n_done = 0;
  while (*n_done < n_events)
    {
      gboolean success;
      guint n_sent;
      guint n;

      if (!mvx_syslog_is_linked (self) && !mvx_syslog_connect (self, mvx_syslog_get_deadline (self), error))
        return MVX_LOG_DISPATCH_RETRY;
      n = mvx_syslog_fill (self, events + *n_done, n_events - *n_done);
      if (self->link.stream)
        success = mvx_syslog_stream_send (&self->stream, &self->link, self->options, self->buffer.data, self->ends, n,
                                          &n_sent, error);
      else
        success
            = mvx_syslog_datagram_send (&self->link, self->options, self->buffer.data, self->ends, n, &n_sent, error);
      *n_done += n_sent;
      if (!success && !mvx_syslog_goes_on (self, error))
        return MVX_LOG_DISPATCH_RETRY;
    }
  return MVX_LOG_DISPATCH_OK;
}

/* What is to be sent again goes out now. */
static gboolean
mvx_syslog_settle (MvxSyslog *self, gint64 deadline_us, GError **error)
{
  if (!mvx_syslog_is_linked (self))
    {
      if (mvx_syslog_stream_break (&self->stream, self->options, MAX (self->link.n_unacked, self->options->resend))
          == 0)
        return TRUE;
      if (!mvx_syslog_connect (self, deadline_us, error))
        return FALSE;
    }
  return self->link.stream == NULL || mvx_syslog_stream_catch_up (&self->stream, &self->link, self->options, error);
}

/* What was written is not read yet; hanging up at once could throw it away. */
static void
mvx_syslog_say_goodbye (MvxSyslog *self)
{
  gint64 deadline = g_get_monotonic_time () + MIN (self->options->timeout_us, MVX_SYSLOG_GOODBYE_US);

  if (mvx_syslog_settle (self, deadline, NULL) && self->link.socket && mvx_syslog_link_finish (&self->link, deadline))
    mvx_syslog_stream_forget (&self->stream);
  mvx_syslog_link_close (&self->link);
}

static gboolean
mvx_syslog_on_stopped (gpointer instance, GError **error)
{
  MvxSyslog *self = instance;
  guint n_lost;

  mvx_syslog_say_goodbye (self);
  n_lost = mvx_syslog_stream_break (&self->stream, self->options, self->link.n_unacked);
  mvx_syslog_stream_forget (&self->stream);
  if (n_lost == 0)
    return TRUE;
  mvx_log_sink_host_count (self->host, "unacknowledged", n_lost);
  mvx_log_sink_host_diagnosef (self->host, MVX_LOG_LEVEL_ERROR,
                               "%u events may be lost: syslog server '%s' has not acknowledged them, and is not there "
                               "to be sent them again",
                               n_lost, self->options->address);
  return TRUE;
}

/* What was out when the server went away, and nothing has been logged since. */
static gboolean
mvx_syslog_flush (gpointer instance, gint64 deadline_us, GError **error)
{
  MvxSyslog *self = instance;
  gint64 deadline = mvx_syslog_get_deadline (self);

  return mvx_syslog_settle (self, deadline_us < 0 ? deadline : MIN (deadline, deadline_us), error);
}

static gboolean
mvx_syslog_reopen (gpointer instance, GError **error)
{
  MvxSyslog *self = instance;

  mvx_syslog_say_goodbye (self);
  return mvx_syslog_connect (self, mvx_syslog_get_deadline (self), error)
         && (!self->link.stream || mvx_syslog_stream_catch_up (&self->stream, &self->link, self->options, error));
}

static gboolean
mvx_syslog_probe (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  g_autoptr (MvxSyslogOptions) parsed = mvx_syslog_options_new (options, error);
  MvxSyslogLink link = { NULL };
  gint64 deadline;

  if (parsed == NULL
      || (parsed->transport == MVX_SYSLOG_TLS && !mvx_tls_options_check (&parsed->tls, "transport", error)))
    return FALSE;
  deadline = g_get_monotonic_time () + parsed->timeout_us;
  if (!mvx_syslog_link_open (&link, parsed, deadline_us < 0 ? deadline : MIN (deadline, deadline_us), error))
    return FALSE;
  mvx_syslog_link_close (&link);
  return TRUE;
}

/* What has been formatted is sent as it is. */
static gboolean
mvx_syslog_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxSyslog *self = instance;
  MvxSyslogOptions *fresh = mvx_syslog_options_new (options, error);

  if (fresh == NULL)
    return FALSE;
  mvx_syslog_options_free (self->options);
  self->options = fresh;
  self->format.date[0] = '\0';
  return TRUE;
}

MVX_LOG_PLUGIN_DEFINE ("syslog",
                       MVX_LOG_VERSION_S,
                       "Syslog messages, to a local socket or by UDP, TCP or TLS",
                       "LGPL-2.1-or-later",
                       MVX_LOG_PLUGIN_ASYNC,
                       mvx_syslog_option_table,
                       mvx_syslog_destroy,
                       .on_stopped = mvx_syslog_on_stopped,
                       .flush = mvx_syslog_flush,
                       .reopen = mvx_syslog_reopen,
                       .probe = mvx_syslog_probe,
                       .reconfigure = mvx_syslog_reconfigure);
