/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* journald: the plugin contract. An event is settled when it is in the socket's queue; journald itself acknowledges
 * nothing.
 */
#include <mvxlog/mvxlog.h>

#include "journald-entry.h"
#include "journald-socket.h"

/* What one large batch leaves behind is given back above this. */
#define MVX_JOURNALD_KEEP_BYTES (256 * 1024)

typedef struct
{
  MvxLogSinkHost *host;
  MvxJournaldOptions *options;
  MvxJournaldNames *names;
  MvxJournaldSocket socket;
  MvxLogBuffer buffer;
} MvxJournald;

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxJournaldOptions) parsed = mvx_journald_options_new (options, error);
  g_autoptr (GVariant) all = NULL;

  if (parsed == NULL)
    return NULL;
  all = mvx_log_options_to_variant (options);
  return mvx_log_sink_descriptor_new ("journald", g_variant_new_string (parsed->path), all);
}

static void
mvx_journald_destroy (gpointer instance)
{
  MvxJournald *self = instance;

  mvx_journald_socket_close (&self->socket);
  mvx_log_buffer_clear (&self->buffer);
  g_clear_pointer (&self->names, mvx_journald_names_free);
  g_clear_pointer (&self->options, mvx_journald_options_free);
  g_free (self);
}

static void
mvx_journald_set_options (MvxJournald *self, MvxJournaldOptions *options)
{
  g_clear_pointer (&self->options, mvx_journald_options_free);
  g_clear_pointer (&self->names, mvx_journald_names_free);
  self->options = options;
  self->names = mvx_journald_names_new (options->prefix, options->max_names);
}

/* journald may come later; it is connected to with the first event. */
gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  MvxJournaldOptions *parsed = mvx_journald_options_new (options, error);
  MvxJournald *self;

  if (parsed == NULL)
    return NULL;
  self = g_new0 (MvxJournald, 1);
  self->host = host;
  self->socket = (MvxJournaldSocket) MVX_JOURNALD_SOCKET_INIT;
  mvx_journald_set_options (self, parsed);
  return self;
}

/* Makes entries of @n_events events, in one piece of memory that may move until it is complete. */
static void
mvx_journald_render (MvxJournald *self, MvxLogEvent *const *events, guint n_events, struct iovec *entries)
{
  gsize start = 0;

  if (self->buffer.len > MVX_JOURNALD_KEEP_BYTES)
    mvx_log_buffer_clear (&self->buffer);
  self->buffer.len = 0;
  for (guint i = 0; i < n_events; i++)
    {
      mvx_journald_entry_append (self->options, self->names, events[i], &self->buffer);
      entries[i].iov_len = self->buffer.len - start;
      start = self->buffer.len;
    }
  start = 0;
  for (guint i = 0; i < n_events; i++)
    {
      entries[i].iov_base = self->buffer.data + start;
      start += entries[i].iov_len;
    }
}

static void
mvx_journald_count (MvxJournald *self)
{
  if (self->socket.n_reconnects > 0)
    mvx_log_sink_host_count (self->host, "reconnects", (gint64) self->socket.n_reconnects);
  if (self->socket.n_large > 0)
    mvx_log_sink_host_count (self->host, "large", (gint64) self->socket.n_large);
  self->socket.n_reconnects = self->socket.n_large = 0;
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxJournald *self = instance;
  struct iovec entries[MVX_JOURNALD_SOCKET_BATCH];
  gboolean success = TRUE;

  *n_done = 0;
  while (success && *n_done < n_events)
    {
      guint n = MIN (n_events - *n_done, MVX_JOURNALD_SOCKET_BATCH);
      guint n_sent;

      mvx_journald_render (self, events + *n_done, n, entries);
      success = mvx_journald_socket_send (&self->socket, self->options, mvx_log_sink_host_get_cancellable (self->host),
                                          entries, n, &n_sent, error);
      *n_done += n_sent;
    }
  mvx_journald_count (self);
  return success ? MVX_LOG_DISPATCH_OK : MVX_LOG_DISPATCH_RETRY;
}

static gboolean
mvx_journald_reopen (gpointer instance, GError **error)
{
  MvxJournald *self = instance;

  return mvx_journald_socket_connect (&self->socket, self->options, error);
}

static gboolean
mvx_journald_probe (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  g_autoptr (MvxJournaldOptions) parsed = mvx_journald_options_new (options, error);
  MvxJournaldSocket probe = MVX_JOURNALD_SOCKET_INIT;
  gboolean success = parsed && mvx_journald_socket_connect (&probe, parsed, error);

  mvx_journald_socket_close (&probe);
  return success;
}

static gboolean
mvx_journald_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxJournaldOptions *fresh = mvx_journald_options_new (options, error);

  if (fresh == NULL)
    return FALSE;
  mvx_journald_set_options (instance, fresh);
  return TRUE;
}

MVX_LOG_PLUGIN_DEFINE ("journald",
                       MVX_LOG_VERSION_S,
                       "Entries of the systemd journal, with all fields",
                       "LGPL-2.1-or-later",
                       MVX_LOG_PLUGIN_ASYNC,
                       mvx_journald_option_table,
                       mvx_journald_destroy,
                       .reopen = mvx_journald_reopen,
                       .probe = mvx_journald_probe,
                       .reconfigure = mvx_journald_reconfigure);
