/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* syslog: the plugin contract. Syslog acknowledges nothing: an event is settled when the kernel has taken its message,
 * and is sent again if TCP turns out not to have brought it there. */
#include "../common/sender.h"
#include "syslog-format.h"

typedef struct
{
  MvxLogSinkHost *host;
  MvxSyslogOptions *options;
  MvxSyslogFormat format;
  MvxSender sender;
  MvxLogBuffer message;
  MvxLogBuffer buffer; /* of the present chunk */
  gsize ends[MVX_SENDER_CHUNK_MESSAGES];
} MvxSyslog;

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxSyslogOptions) parsed = mvx_syslog_options_new (options, error);
  g_autoptr (GVariant) all = NULL;

  if (parsed == NULL)
    return NULL;
  all = mvx_log_options_to_variant (options);
  return mvx_log_sink_descriptor_new ("syslog", g_variant_new_string (parsed->link.address), all);
}

static void
mvx_syslog_destroy (gpointer instance)
{
  MvxSyslog *self = instance;

  mvx_sender_clear (&self->sender);
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

  if (parsed == NULL || !mvx_link_options_check (&parsed->link, error))
    return NULL;
  self = g_new0 (MvxSyslog, 1);
  self->host = host;
  mvx_sender_init (&self->sender, host, &parsed->link);
  self->options = g_steal_pointer (&parsed);
  return self;
}

/* To a local stream each goes with a NUL behind it, as syslog(3) does. That, or a newline, would end the message; they
 * become what rsyslog makes of them. */
static void
mvx_syslog_append_local (MvxLogBuffer *buffer, const MvxLogBuffer *message)
{
  for (gsize i = 0; i < message->len; i++)
    if (message->data[i] == '\n')
      mvx_log_buffer_append_s (buffer, "#012");
    else if (message->data[i] == '\0')
      mvx_log_buffer_append_s (buffer, "#000");
    else
      mvx_log_buffer_append_c (buffer, (char) message->data[i]);
  mvx_log_buffer_append_c (buffer, '\0');
}

static void
mvx_syslog_append (MvxSyslog *self)
{
  if (self->sender.link.stream == NULL)
    mvx_log_buffer_append (&self->buffer, self->message.data, self->message.len);
  else if (self->options->link.transport == MVX_LINK_UNIX)
    mvx_syslog_append_local (&self->buffer, &self->message);
  else
    mvx_stream_frame (&self->buffer, &self->options->link, self->message.data, self->message.len);
}

/* Formats events until the chunk is full; how many. */
static guint
mvx_syslog_fill (MvxSyslog *self, MvxLogEvent *const *events, guint n_events)
{
  guint n_cut = 0;
  guint n;

  /* What one large batch leaves behind is given back. */
  if (self->buffer.len > 4 * MVX_SENDER_CHUNK_BYTES)
    mvx_log_buffer_clear (&self->buffer);
  self->buffer.len = 0;
  for (n = 0; n < MIN (n_events, MVX_SENDER_CHUNK_MESSAGES) && self->buffer.len < MVX_SENDER_CHUNK_BYTES; n++)
    {
      self->message.len = 0;
      n_cut += !mvx_syslog_format_append (&self->format, self->options, events[n], &self->message);
      mvx_syslog_append (self);
      self->ends[n] = self->buffer.len;
    }
  if (n_cut > 0)
    mvx_log_sink_host_count (self->host, "truncated", n_cut);
  return n;
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxSyslog *self = instance;
  const MvxLinkOptions *options = &self->options->link;

  *n_done = 0;
  while (*n_done < n_events)
    {
      gboolean success;
      guint n_sent;
      guint n;

      if (!mvx_sender_open (&self->sender, options, error))
        return MVX_LOG_DISPATCH_RETRY;
      n = mvx_syslog_fill (self, events + *n_done, n_events - *n_done);
      success = mvx_sender_send (&self->sender, options, self->buffer.data, self->ends, n, &n_sent, error);
      *n_done += n_sent;
      if (!success)
        return MVX_LOG_DISPATCH_RETRY;
    }
  return MVX_LOG_DISPATCH_OK;
}

static gboolean
mvx_syslog_on_stopped (gpointer instance, GError **error)
{
  MvxSyslog *self = instance;

  mvx_sender_stop (&self->sender, &self->options->link);
  return TRUE;
}

static gboolean
mvx_syslog_flush (gpointer instance, gint64 deadline_us, GError **error)
{
  MvxSyslog *self = instance;

  return mvx_sender_flush (&self->sender, &self->options->link, deadline_us, error);
}

static gboolean
mvx_syslog_reopen (gpointer instance, GError **error)
{
  MvxSyslog *self = instance;

  return mvx_sender_reopen (&self->sender, &self->options->link, error);
}

static gboolean
mvx_syslog_probe (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  g_autoptr (MvxSyslogOptions) parsed = mvx_syslog_options_new (options, error);

  return parsed && mvx_sender_probe (&parsed->link, deadline_us, error);
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
