/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receive/receive-zmq.h"

#include <string.h>

#include <gio/gio.h>

#include "receive/receive-message.h"

#ifdef MVX_TOOL_HAVE_ZMQ

#include <errno.h>

#include <glib-unix.h>
#include <zmq.h>

#include "../plugins/zmq/zmq-zap.h"

/* Other sources of the loop wait so long at most. */
#define MVX_RECEIVE_AT_ONCE 256
#define MVX_RECEIVE_MAX_PARTS 16
/* Before an address of IPv4 on a socket of IPv6. */
#define MVX_RECEIVE_IPV4 "::ffff:"
/* A sender of larger ones is disconnected by libzmq before they are in memory. */
#define MVX_RECEIVE_HARD_FACTOR 4
/* Of the kernel, per connection: what is in it is lost if we are killed. By itself it would take megabytes. */
#define MVX_RECEIVE_BUFFER (128 * 1024)
/* At the end: what is on its way is still taken, unless it does not stop. */
#define MVX_RECEIVE_QUIET_MS 50
#define MVX_RECEIVE_DRAIN_US G_USEC_PER_SEC

struct _MvxReceiveZmq
{
  MvxReceiveHub *hub;
  gpointer context;
  gpointer handle;
  char *endpoint;
  GSource *source;
  MvxZmqZap *zap;       /* NULL: nobody is asked who he is */
  GAsyncQueue *refused; /* what is to be said of those who are not known */
};

typedef struct
{
  GSource source;
  MvxReceiveZmq *zmq;
  gpointer tag;
} MvxReceiveZmqSource;

static gboolean
mvx_receive_zmq_has_events (MvxReceiveZmq *self)
{
  int events = 0;
  size_t size = sizeof events;

  return zmq_getsockopt (self->handle, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN);
}

static char *
mvx_receive_zmq_name (MvxReceiveZmq *self, const char *peer)
{
  if (g_str_has_prefix (peer, MVX_RECEIVE_IPV4))
    peer += strlen (MVX_RECEIVE_IPV4);
  return g_strdup (*peer ? peer : self->endpoint);
}

/* The parts of one message; those that are too many are read and forgotten. FALSE: there is none. */
static gboolean
mvx_receive_zmq_take (MvxReceiveZmq *self)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autofree char *from = NULL;
  guint n_parts = 0;
  int more = 1;

  while (more)
    {
      zmq_msg_t part;
      const char *peer;

      zmq_msg_init (&part);
      if (zmq_msg_recv (&part, self->handle, ZMQ_DONTWAIT) < 0)
        {
          zmq_msg_close (&part);
          return FALSE;
        }
      peer = from ? NULL : zmq_msg_gets (&part, "Peer-Address");
      if (peer)
        from = mvx_receive_zmq_name (self, peer);
      if (n_parts++ < MVX_RECEIVE_MAX_PARTS)
        g_ptr_array_add (parts, g_bytes_new (zmq_msg_data (&part), zmq_msg_size (&part)));
      more = zmq_msg_more (&part);
      zmq_msg_close (&part);
    }
  mvx_receive_message (self->hub, from ? from : self->endpoint, (GBytes *const *) parts->pdata, n_parts);
  return TRUE;
}

static gboolean
mvx_receive_zmq_prepare (GSource *source, gint *timeout)
{
  *timeout = -1;
  return mvx_receive_zmq_has_events (((MvxReceiveZmqSource *) source)->zmq);
}

static gboolean
mvx_receive_zmq_check (GSource *source)
{
  return mvx_receive_zmq_has_events (((MvxReceiveZmqSource *) source)->zmq);
}

static gboolean
mvx_receive_zmq_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  MvxReceiveZmq *self = ((MvxReceiveZmqSource *) source)->zmq;

  for (guint i = 0; i < MVX_RECEIVE_AT_ONCE && !mvx_receive_hub_is_done (self->hub); i++)
    if (!mvx_receive_zmq_take (self))
      break;
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs mvx_receive_zmq_funcs
    = { mvx_receive_zmq_prepare, mvx_receive_zmq_check, mvx_receive_zmq_dispatch, NULL, NULL, NULL };

static void
mvx_receive_zmq_watch (MvxReceiveZmq *self)
{
  size_t size = sizeof (int);
  int fd = -1;

  self->source = g_source_new (&mvx_receive_zmq_funcs, sizeof (MvxReceiveZmqSource));
  ((MvxReceiveZmqSource *) self->source)->zmq = self;
  zmq_getsockopt (self->handle, ZMQ_FD, &fd, &size);
  ((MvxReceiveZmqSource *) self->source)->tag = g_source_add_unix_fd (self->source, fd, G_IO_IN);
  g_source_attach (self->source, g_main_context_get_thread_default ());
}

static gboolean
mvx_receive_zmq_set (gpointer handle, int option, int value)
{
  return zmq_setsockopt (handle, option, &value, sizeof value) == 0;
}

static gboolean
mvx_receive_zmq_set_key (MvxReceiveZmq *self, const char *path, GError **error)
{
  g_autofree char *key = NULL;
  gboolean fine;

  if (path == NULL)
    return TRUE;
  if (!g_file_get_contents (path, &key, NULL, error))
    return FALSE;
  g_strchomp (key);
  fine = mvx_receive_zmq_set (self->handle, ZMQ_CURVE_SERVER, 1)
         && zmq_setsockopt (self->handle, ZMQ_CURVE_SECRETKEY, key, strlen (key)) == 0;
  explicit_bzero (key, strlen (key));
  if (!fine)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 "'%s' does not hold a secret key of CURVE, 40 characters of Z85; curve_keygen makes a pair", path);
  return fine;
}

static gboolean
mvx_receive_zmq_on_refused (gpointer data)
{
  MvxReceiveZmq *self = data;
  char *text;

  while ((text = g_async_queue_try_pop (self->refused)))
    {
      mvx_receive_hub_refused (self->hub, text);
      g_free (text);
    }
  return G_SOURCE_REMOVE;
}

/* On the thread that looks at keys. */
static void
mvx_receive_zmq_refuse (gpointer data, const char *address, const char *key)
{
  MvxReceiveZmq *self = data;

  g_async_queue_push (self->refused, g_strdup_printf ("%s was refused: its CURVE key '%s' is not known", address, key));
  g_idle_add (mvx_receive_zmq_on_refused, self);
}

/* A key on each line; a # before a blank begins a comment, for it may also begin a key. */
static char **
mvx_receive_zmq_read_clients (const char *path, GError **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) lines = NULL;
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    {
      const char *line = g_strstrip (lines[i]);

      if (*line == '\0' || strcmp (line, "#") == 0 || g_str_has_prefix (line, "# "))
        continue;
      if (!mvx_zmq_zap_is_key (line))
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       "%s:%u: this is no public key of CURVE, 40 characters of Z85; curve_keygen makes a pair", path,
                       i + 1);
          return NULL;
        }
      g_ptr_array_add (keys, g_strdup (line));
    }
  g_ptr_array_add (keys, NULL);
  return (char **) g_ptr_array_steal (keys, NULL);
}

/* Before there is a socket: those that are made earlier ask nobody. */
static gboolean
mvx_receive_zmq_guard (MvxReceiveZmq *self, const char *path, GError **error)
{
  g_auto (GStrv) keys = NULL;

  if (path == NULL)
    return TRUE;
  keys = mvx_receive_zmq_read_clients (path, error);
  if (keys == NULL)
    return FALSE;
  self->zap = mvx_zmq_zap_new (self->context, (const char *const *) keys, mvx_receive_zmq_refuse, self, error);
  if (self->zap == NULL)
    g_prefix_error (error, "cannot look at keys: ");
  return self->zap != NULL;
}

static gboolean
mvx_receive_zmq_attach (MvxReceiveZmq *self, const MvxReceiveZmqOptions *options, MvxReceiveKind kind, GError **error)
{
  const gint64 hard = (gint64) self->hub->max_size * MVX_RECEIVE_HARD_FACTOR;
  gboolean fine = mvx_receive_zmq_set (self->handle, ZMQ_LINGER, 0) && mvx_receive_zmq_set (self->handle, ZMQ_IPV6, 1)
                  && mvx_receive_zmq_set (self->handle, ZMQ_RCVBUF, MVX_RECEIVE_BUFFER)
                  && zmq_setsockopt (self->handle, ZMQ_MAXMSGSIZE, &hard, sizeof hard) == 0;

  if (!mvx_receive_zmq_set_key (self, options->secret_key_file, error))
    return FALSE;
  if (kind == MVX_RECEIVE_SUB)
    fine = fine && zmq_setsockopt (self->handle, ZMQ_SUBSCRIBE, options->subscribe, strlen (options->subscribe)) == 0;
  fine = fine
         && (options->connect ? zmq_connect (self->handle, self->endpoint) : zmq_bind (self->handle, self->endpoint))
                == 0;
  if (!fine)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot %s '%s': %s",
                 options->connect ? "connect to" : "bind to", self->endpoint,
                 /* What libzmq says of a name that it does not know is "No such device". */
                 zmq_errno () == ENODEV && !options->connect
                     ? "this machine has no such address; give one that it has, "
                       "the name of an interface, or '*'"
                     : zmq_strerror (zmq_errno ()));
  return fine;
}

static void
mvx_receive_zmq_free (MvxReceiveZmq *self)
{
  if (self->handle)
    zmq_close (self->handle);
  while (zmq_ctx_term (self->context) != 0 && zmq_errno () == EINTR)
    ;
  g_clear_pointer (&self->zap, mvx_zmq_zap_free);
  while (g_idle_remove_by_data (self))
    ;
  mvx_receive_zmq_on_refused (self);
  g_async_queue_unref (self->refused);
  g_free (self->endpoint);
  g_free (self);
}

MvxReceiveZmq *
mvx_receive_zmq_open (MvxReceiveHub *hub,
                      const MvxReceiveAddress *address,
                      const MvxReceiveZmqOptions *options,
                      GError **error)
{
  MvxReceiveZmq *self = g_new0 (MvxReceiveZmq, 1);

  self->hub = hub;
  self->endpoint = g_strdup (address->endpoint);
  self->refused = g_async_queue_new_full (g_free);
  self->context = zmq_ctx_new ();
  if (!mvx_receive_zmq_guard (self, options->client_keys_file, error))
    {
      mvx_receive_zmq_free (self);
      return NULL;
    }
  self->handle = zmq_socket (self->context, address->kind == MVX_RECEIVE_SUB ? ZMQ_SUB : ZMQ_PULL);
  if (mvx_receive_zmq_attach (self, options, address->kind, error))
    {
      mvx_receive_zmq_watch (self);
      return self;
    }
  mvx_receive_zmq_free (self);
  return NULL;
}

void
mvx_receive_zmq_close (MvxReceiveZmq *self)
{
  zmq_pollitem_t item = { .socket = self->handle, .events = ZMQ_POLLIN };
  gint64 deadline = g_get_monotonic_time () + MVX_RECEIVE_DRAIN_US;

  g_source_destroy (self->source);
  g_source_unref (self->source);
  /* To unbind would be to cut off who is connected. */
  while (!mvx_receive_hub_is_done (self->hub) && g_get_monotonic_time () < deadline
         && zmq_poll (&item, 1, MVX_RECEIVE_QUIET_MS) > 0)
    mvx_receive_zmq_take (self);
  mvx_receive_zmq_free (self);
}

#else

MvxReceiveZmq *
mvx_receive_zmq_open (MvxReceiveHub *hub,
                      const MvxReceiveAddress *address,
                      const MvxReceiveZmqOptions *options,
                      GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               "cannot bind to '%s': this mvxlog was built without ZeroMQ; build it with -Dzmq=enabled",
               address->endpoint);
  return NULL;
}

void
mvx_receive_zmq_close (MvxReceiveZmq *self)
{
}

#endif
