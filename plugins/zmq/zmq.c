/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events to ZeroMQ: the plugin contract. An event is settled when libzmq has it, which keeps no more of them than the
 * high-water mark says; nobody acknowledges it. What libzmq could not hand over in the end is told and counted.
 */
#include <mvxlog/mvxlog.h>

#include <gio/gio.h>

#include "zmq-body.h"
#include "zmq-options.h"
#include "zmq-probe.h"
#include "zmq-socket.h"
#include "zmq-watch.h"

/* For a receiver that is about to make room; who takes longer has the events offered again. */
#define MVX_ZMQ_PATIENCE_US 100000

typedef struct
{
  MvxLogSinkHost *host;
  MvxZmqOptions *options;
  MvxZmqSocket *socket; /* NULL while stopped, or if it could not be opened */
  GSource *watch;       /* as the socket */
  guint64 stream;
} MvxZmq;

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxZmqOptions) parsed = mvx_zmq_options_new (options, error);
  g_autoptr (GVariant) all = NULL;
  g_autofree char *endpoints = NULL;

  if (parsed == NULL)
    return NULL;
  all = mvx_log_options_to_variant (options);
  endpoints = g_strjoinv (";", parsed->endpoints);
  return mvx_log_sink_descriptor_new ("zmq", g_variant_new ("(bbs)", parsed->publish, parsed->bind, endpoints), all);
}

static void
mvx_zmq_close (MvxZmq *self)
{
  guint n_lost;

  g_clear_pointer (&self->watch, mvx_zmq_watch_free);
  if (self->socket == NULL)
    return;
  n_lost = mvx_zmq_socket_close (self->socket, self->options->handover_us);
  self->socket = NULL;
  if (n_lost == 0)
    return;
  mvx_log_sink_host_count (self->host, "not-handed-over", n_lost);
  mvx_log_sink_host_diagnosef (self->host, MVX_LOG_LEVEL_ERROR,
                               "%u events are lost: no receiver took them from libzmq within %.1f s", n_lost,
                               (double) self->options->handover_us / G_USEC_PER_SEC);
}

static void
mvx_zmq_on_room (gpointer data)
{
  MvxZmq *self = data;

  mvx_log_sink_host_resume (self->host);
}

/* On the thread that looks at keys. */
static void
mvx_zmq_on_refused (gpointer data, const char *address, const char *key)
{
  MvxZmq *self = data;

  mvx_log_sink_host_diagnosef (self->host, MVX_LOG_LEVEL_WARNING,
                               "A receiver at %s was refused: its CURVE key '%s' is not in curve-client-keys", address,
                               key);
}

static gboolean
mvx_zmq_open (MvxZmq *self, GError **error)
{
  if (self->socket)
    return TRUE;
  self->socket = mvx_zmq_socket_open (self->options, mvx_zmq_on_refused, self, error);
  if (self->socket)
    self->watch = mvx_zmq_watch_new (self->socket, mvx_zmq_on_room, self);
  return self->socket != NULL;
}

static void
mvx_zmq_destroy (gpointer instance)
{
  MvxZmq *self = instance;

  mvx_zmq_close (self);
  mvx_zmq_options_free (self->options);
  g_free (self);
}

/* Never 0, which is no stream. An even one says that it is shared: of several receivers none gets all of it. How many
 * have connected to a socket that is bound nobody knows. */
static guint64
mvx_zmq_make_stream (const MvxZmqOptions *options)
{
  guint64 stream = (guint64) g_random_int () << 32 | g_random_int ();
  gboolean shared = !options->publish && (options->bind || options->endpoints[1]);

  return shared ? (stream & ~G_GUINT64_CONSTANT (1)) | 2 : stream | 1;
}

gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  MvxZmqOptions *parsed = mvx_zmq_options_new (options, error);
  MvxZmq *self;

  if (parsed == NULL)
    return NULL;
  self = g_new0 (MvxZmq, 1);
  self->host = host;
  self->options = parsed;
  self->stream = mvx_zmq_make_stream (parsed);
  return self;
}

static gboolean
mvx_zmq_on_starting (gpointer instance, GError **error)
{
  return mvx_zmq_open (instance, error);
}

static gboolean
mvx_zmq_on_stopped (gpointer instance, GError **error)
{
  mvx_zmq_close (instance);
  return TRUE;
}

static MvxZmqSend
mvx_zmq_try (MvxZmq *self, const MvxLogEvent *event, GError **error)
{
  gsize size;
  guint8 *body = mvx_zmq_body_new (self->options, event, self->stream, &size);

  return mvx_zmq_socket_send (self->socket, self->options->topic, body, size, error);
}

static gboolean
mvx_zmq_send (MvxZmq *self, const MvxLogEvent *event, GError **error)
{
  MvxZmqSend sent = mvx_zmq_try (self, event, error);
  g_autofree char *endpoints = NULL;

  if (sent == MVX_ZMQ_FULL && mvx_zmq_socket_wait (self->socket, MVX_ZMQ_PATIENCE_US))
    sent = mvx_zmq_try (self, event, error);
  if (sent != MVX_ZMQ_FULL)
    return sent == MVX_ZMQ_SENT;
  mvx_zmq_watch_wait (self->watch);
  endpoints = g_strjoinv (" ", self->options->endpoints);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
               "No receiver takes events at %s; they are kept until one does", endpoints);
  return FALSE;
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxZmq *self = instance;

  *n_done = 0;
  if (!mvx_zmq_open (self, error))
    return MVX_LOG_DISPATCH_RETRY;
  for (; *n_done < n_events; (*n_done)++)
    if (!mvx_zmq_send (self, events[*n_done], error))
      return MVX_LOG_DISPATCH_RETRY;
  return MVX_LOG_DISPATCH_OK;
}

static gboolean
mvx_zmq_flush (gpointer instance, gint64 deadline_us, GError **error)
{
  MvxZmq *self = instance;
  guint n = self->socket ? mvx_zmq_socket_wait_empty (self->socket, deadline_us) : 0;

  if (n > 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                 "%u events are still with libzmq: no receiver has taken them; start it, or look at the network", n);
  return n == 0;
}

/* Names are looked up again. */
static gboolean
mvx_zmq_reopen (gpointer instance, GError **error)
{
  mvx_zmq_close (instance);
  return mvx_zmq_open (instance, error);
}

static gboolean
mvx_zmq_probe_hook (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  g_autoptr (MvxZmqOptions) parsed = mvx_zmq_options_new (options, error);

  return parsed && mvx_zmq_probe (parsed, deadline_us, error);
}

/* Only what is flagged RELOADABLE is another: the socket stays. */
static gboolean
mvx_zmq_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxZmq *self = instance;
  MvxZmqOptions *fresh = mvx_zmq_options_new (options, error);

  if (fresh == NULL)
    return FALSE;
  mvx_zmq_options_free (self->options);
  self->options = fresh;
  return TRUE;
}

MVX_LOG_PLUGIN_DEFINE ("zmq",
                       MVX_LOG_VERSION_S,
                       "ZeroMQ messages, one per event",
                       "LGPL-2.1-or-later",
                       MVX_LOG_PLUGIN_ASYNC,
                       mvx_zmq_option_table,
                       mvx_zmq_destroy,
                       .on_starting = mvx_zmq_on_starting,
                       .on_stopped = mvx_zmq_on_stopped,
                       .flush = mvx_zmq_flush,
                       .reopen = mvx_zmq_reopen,
                       .probe = mvx_zmq_probe_hook,
                       .reconfigure = mvx_zmq_reconfigure);
