/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GELF 1.1, the Graylog Extended Log Format: the plugin contract. Nobody acknowledges anything: an event is settled
 * when the kernel has taken all of its message. */
#include "../common/sender.h"
#include "gelf-pack.h"

/* What one large batch leaves behind is given back above this. */
#define MVX_GELF_KEEP (1024 * 1024)

typedef struct
{
  MvxLogSinkHost *host;
  MvxGelfOptions *options;
  MvxLogRenderer *renderer;
  MvxSender sender;
  MvxGelfPack pack;
  MvxLogBuffer message;
  MvxLogBuffer buffer;                     /* of the present chunk, */
  gsize ends[MVX_SENDER_CHUNK_MESSAGES];   /* where its frames or datagrams end, */
  guint pieces[MVX_SENDER_CHUNK_MESSAGES]; /* and how many there are up to the end of each event */
} MvxGelf;

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxGelfOptions) parsed = mvx_gelf_options_new (options, error);
  g_autoptr (GVariant) all = NULL;

  if (parsed == NULL)
    return NULL;
  all = mvx_log_options_to_variant (options);
  return mvx_log_sink_descriptor_new ("gelf", g_variant_new_string (parsed->link.address), all);
}

static void
mvx_gelf_destroy (gpointer instance)
{
  MvxGelf *self = instance;

  mvx_sender_clear (&self->sender);
  mvx_gelf_pack_clear (&self->pack);
  mvx_log_buffer_clear (&self->message);
  mvx_log_buffer_clear (&self->buffer);
  mvx_log_renderer_unref (self->renderer);
  mvx_gelf_options_free (self->options);
  g_free (self);
}

/* The server may come later; it is connected to with the first event. Files that are not there are mistakes, though. */
gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  static const char *const keys[] = { "json-keys", "gelf", NULL };
  g_autoptr (MvxGelfOptions) parsed = mvx_gelf_options_new (options, error);
  g_autoptr (MvxLogRenderer) renderer = NULL;
  MvxGelf *self;

  if (parsed == NULL || !mvx_link_options_check (&parsed->link, error)
      || (renderer = mvx_log_renderer_new ("json", keys, error)) == NULL)
    return NULL;
  self = g_new0 (MvxGelf, 1);
  self->host = host;
  self->renderer = g_steal_pointer (&renderer);
  mvx_sender_init (&self->sender, host, &parsed->link);
  self->options = g_steal_pointer (&parsed);
  return self;
}

static void
mvx_gelf_render (MvxGelf *self, const MvxLogEvent *event)
{
  if (self->message.allocated > MVX_GELF_KEEP)
    mvx_log_buffer_clear (&self->message);
  self->message.len = 0;
  mvx_log_renderer_render (self->renderer, event, &self->message);
  self->message.len--; /* the newline */
}

/* The message behind @n_pieces others. How many more those are; 0, with @why: it is too large for any server. */
static guint
mvx_gelf_append (MvxGelf *self, guint n_pieces, char **why)
{
  gsize n = 1;

  if (self->message.len > self->options->max_size)
    {
      *why = g_strdup_printf ("its GELF message has %" G_GSIZE_FORMAT " bytes, which is more than max-message-size",
                              self->message.len);
      return 0;
    }
  if (self->sender.link.stream)
    {
      mvx_stream_frame (&self->buffer, &self->options->link, self->message.data, self->message.len);
      self->ends[n_pieces] = self->buffer.len;
    }
  else
    n = mvx_gelf_pack_append (&self->pack, self->options, &self->message, &self->buffer, self->ends + n_pieces);
  if (n <= MVX_GELF_MAX_CHUNKS)
    return (guint) n;
  *why = g_strdup_printf ("its GELF message would go in %" G_GSIZE_FORMAT " datagrams, and a server takes 128; set a "
                          "larger chunk-size, or transport=tcp",
                          n);
  return 0;
}

/* Formats events until the chunk is full, or one is too large, which is rejected when it is the first; how many. */
static guint
mvx_gelf_fill (MvxGelf *self, MvxLogEvent *const *events, guint n_events)
{
  guint n_pieces = 0;
  guint n;

  if (self->buffer.allocated > MVX_GELF_KEEP)
    mvx_log_buffer_clear (&self->buffer);
  self->buffer.len = 0;
  for (n = 0; n < n_events && n_pieces + MVX_GELF_MAX_CHUNKS <= MVX_SENDER_CHUNK_MESSAGES
              && self->buffer.len < MVX_SENDER_CHUNK_BYTES;
       n++)
    {
      g_autofree char *why = NULL;
      guint n_more;

      mvx_gelf_render (self, events[n]);
      n_more = mvx_gelf_append (self, n_pieces, &why);
      if (n_more == 0 && n > 0)
        break;
      if (n_more == 0)
        mvx_log_sink_host_reject (self->host, events[0], why);
      n_pieces += n_more;
      self->pieces[n] = n_pieces;
    }
  return n;
}

/* How many of @n events are out when so many pieces are. */
static guint
mvx_gelf_count_sent (const MvxGelf *self, guint n, guint n_sent)
{
  guint i = 0;

  while (i < n && self->pieces[i] <= n_sent)
    i++;
  return i;
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxGelf *self = instance;
  const MvxLinkOptions *options = &self->options->link;

  *n_done = 0;
  while (*n_done < n_events)
    {
      gboolean success = TRUE;
      guint n_sent = 0;
      guint n;

      if (!mvx_sender_open (&self->sender, options, error))
        return MVX_LOG_DISPATCH_RETRY;
      n = mvx_gelf_fill (self, events + *n_done, n_events - *n_done);
      if (self->pieces[n - 1] > 0)
        success = mvx_sender_send (&self->sender, options, self->buffer.data, self->ends, self->pieces[n - 1], &n_sent,
                                   error);
      *n_done += mvx_gelf_count_sent (self, n, n_sent);
      if (!success)
        return MVX_LOG_DISPATCH_RETRY;
    }
  return MVX_LOG_DISPATCH_OK;
}

static gboolean
mvx_gelf_on_stopped (gpointer instance, GError **error)
{
  MvxGelf *self = instance;

  mvx_sender_stop (&self->sender, &self->options->link);
  return TRUE;
}

static gboolean
mvx_gelf_flush (gpointer instance, gint64 deadline_us, GError **error)
{
  MvxGelf *self = instance;

  return mvx_sender_flush (&self->sender, &self->options->link, deadline_us, error);
}

static gboolean
mvx_gelf_reopen (gpointer instance, GError **error)
{
  MvxGelf *self = instance;

  return mvx_sender_reopen (&self->sender, &self->options->link, error);
}

static gboolean
mvx_gelf_probe (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  g_autoptr (MvxGelfOptions) parsed = mvx_gelf_options_new (options, error);

  return parsed && mvx_sender_probe (&parsed->link, deadline_us, error);
}

static gboolean
mvx_gelf_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxGelf *self = instance;
  MvxGelfOptions *fresh = mvx_gelf_options_new (options, error);

  if (fresh == NULL)
    return FALSE;
  mvx_gelf_options_free (self->options);
  self->options = fresh;
  return TRUE;
}

MVX_LOG_PLUGIN_DEFINE ("gelf",
                       MVX_LOG_VERSION_S,
                       "GELF messages to a Graylog server, by UDP, TCP or TLS",
                       "LGPL-2.1-or-later",
                       MVX_LOG_PLUGIN_ASYNC,
                       mvx_gelf_option_table,
                       mvx_gelf_destroy,
                       .on_stopped = mvx_gelf_on_stopped,
                       .flush = mvx_gelf_flush,
                       .reopen = mvx_gelf_reopen,
                       .probe = mvx_gelf_probe,
                       .reconfigure = mvx_gelf_reconfigure);
