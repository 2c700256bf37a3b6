/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sinks of the soak: one that fails and blocks as it is told, and one that sends to a peer, which is a process that
 * can be killed. Both note the number of each event that has arrived. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mvxlog/mvxlog.h>

typedef enum
{
  SOAK_GATE_OPEN,
  SOAK_GATE_FAILS,
  SOAK_GATE_BLOCKED
} SoakGate;

/* How often each event has come to a sink; of the peer the memory is shared with that process. Atomic: a sink that is
 * replaced may still be at work while the next one is. */
typedef struct
{
  guint8 *counts;
  gsize size;
} SoakSeen;

static struct
{
  GMutex mutex;
  GCond cond;
  SoakGate gate;
  guint64 n_dispatched; /* calls that have ended, of both sinks */
  SoakSeen at_gate;     /* the sink's worker */
} soak_sinks;

typedef struct
{
  char *path; /* of the peer's socket, NULL for the gate */
  int fd;
} SoakSink;

static const MvxLogOptionSpec soak_sink_options[] = {
  { "path", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL, "Socket of the peer", { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static inline void
soak_seen_init (SoakSeen *seen, gsize size, int fd)
{
  seen->size = size;
  seen->counts = mmap (NULL, size, PROT_READ | PROT_WRITE, fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);
  g_assert_true (seen->counts != MAP_FAILED);
}

static inline void
soak_seen_note (SoakSeen *seen, guint64 n)
{
  g_assert_cmpuint (n, <, seen->size);
  if (__atomic_load_n (&seen->counts[n], __ATOMIC_RELAXED) < G_MAXUINT8)
    __atomic_fetch_add (&seen->counts[n], 1, __ATOMIC_RELAXED);
}

static MvxLogSinkDescriptor *
soak_sink_build (MvxLogOptions *options, GError **error)
{
  const char *path = mvx_log_options_get_string (options, "path");

  return mvx_log_sink_descriptor_new (path ? "soak-peer" : "soak-gate", g_variant_new_string (path ? path : ""), NULL);
}

static gpointer
soak_sink_create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  SoakSink *self = g_new0 (SoakSink, 1);

  self->path = g_strdup (mvx_log_options_get_string (options, "path"));
  self->fd = -1;
  return self;
}

static void
soak_sink_disconnect (SoakSink *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

static void
soak_sink_destroy (gpointer instance)
{
  SoakSink *self = instance;

  soak_sink_disconnect (self);
  g_free (self->path);
  g_free (self);
}

/* All of it; FALSE at the end or with errno. */
static inline gboolean
soak_transfer (int fd, gpointer bytes, gsize size, gboolean writes)
{
  guint8 *p = bytes;

  while (size > 0)
    {
      gssize n = writes ? send (fd, p, size, MSG_NOSIGNAL) : recv (fd, p, size, 0);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      p += n;
      size -= (gsize) n;
    }
  return TRUE;
}

static inline gboolean
soak_address (struct sockaddr_un *address, const char *path)
{
  *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
  return g_strlcpy (address->sun_path, path, sizeof address->sun_path) < sizeof address->sun_path;
}

/* A number, and the answer when it has been noted, for each event of the program. */
static MvxLogDispatchResult
soak_sink_send (SoakSink *self, const GArray *numbers, GError **error)
{
  struct sockaddr_un address;
  guint64 n = numbers->len;
  guint64 answer;

  g_assert_true (soak_address (&address, self->path));
  if (self->fd < 0)
    self->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (self->fd >= 0 && (connect (self->fd, (struct sockaddr *) &address, sizeof address) == 0 || errno == EISCONN)
      && soak_transfer (self->fd, &n, sizeof n, TRUE)
      && soak_transfer (self->fd, numbers->data, n * sizeof (guint64), TRUE)
      && soak_transfer (self->fd, &answer, sizeof answer, FALSE) && answer == n)
    return MVX_LOG_DISPATCH_OK;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, "the peer is gone: %s", g_strerror (errno));
  soak_sink_disconnect (self);
  return MVX_LOG_DISPATCH_RETRY;
}

static MvxLogDispatchResult
soak_sink_pass_gate (const GArray *numbers, GError **error)
{
  MvxLogDispatchResult result = MVX_LOG_DISPATCH_OK;

  g_mutex_lock (&soak_sinks.mutex);
  while (soak_sinks.gate == SOAK_GATE_BLOCKED)
    g_cond_wait (&soak_sinks.cond, &soak_sinks.mutex);
  if (soak_sinks.gate == SOAK_GATE_FAILS)
    result = MVX_LOG_DISPATCH_RETRY;
  g_mutex_unlock (&soak_sinks.mutex);
  if (result == MVX_LOG_DISPATCH_OK)
    for (guint i = 0; i < numbers->len; i++)
      soak_seen_note (&soak_sinks.at_gate, g_array_index (numbers, guint64, i));
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "the gate is shut");
  return result;
}

static MvxLogDispatchResult
soak_sink_dispatch (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  g_autoptr (GArray) numbers = g_array_sized_new (FALSE, FALSE, sizeof (guint64), n_events);
  SoakSink *self = instance;
  MvxLogDispatchResult result;

  /* What the library itself tells has none. */
  for (guint i = 0; i < n_events; i++)
    {
      gint64 n = mvx_log_event_get_int64 (events[i], "n", -1);

      if (n >= 0)
        g_array_append_val (numbers, n);
    }
  result = self->path ? soak_sink_send (self, numbers, error) : soak_sink_pass_gate (numbers, error);
  *n_done = result == MVX_LOG_DISPATCH_OK ? n_events : 0;
  g_mutex_lock (&soak_sinks.mutex);
  soak_sinks.n_dispatched++;
  g_cond_broadcast (&soak_sinks.cond);
  g_mutex_unlock (&soak_sinks.mutex);
  return result;
}

static const MvxLogPlugin soak_plugin_data = {
  .magic = MVX_LOG_PLUGIN_MAGIC,
  .abi = MVX_LOG_PLUGIN_ABI,
  .struct_size = sizeof (MvxLogPlugin),
  .flags = MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_ACKNOWLEDGES,
  .name = "soak",
  .version = "1",
  .summary = "For tests",
  .licence = "LGPL-2.1-or-later",
  .options = soak_sink_options,
  .destroy = soak_sink_destroy,
};
static const MvxLogStaticPlugin soak_plugin
    = { &soak_plugin_data, soak_sink_build, soak_sink_create, soak_sink_dispatch };

static inline void
soak_gate_set (SoakGate gate)
{
  g_mutex_lock (&soak_sinks.mutex);
  soak_sinks.gate = gate;
  g_cond_broadcast (&soak_sinks.cond);
  g_mutex_unlock (&soak_sinks.mutex);
}

/* The next client's batches, until it goes. */
static inline void
soak_peer_serve (int fd, SoakSeen *seen)
{
  guint64 n;

  while (soak_transfer (fd, &n, sizeof n, FALSE))
    {
      g_autofree guint64 *numbers = g_new (guint64, n + 1);

      if (!soak_transfer (fd, numbers, n * sizeof (guint64), FALSE))
        return;
      for (guint64 i = 0; i < n; i++)
        soak_seen_note (seen, numbers[i]);
      if (!soak_transfer (fd, &n, sizeof n, TRUE))
        return;
    }
}

/* The program of the peer: notes what comes in the file @map, until it is killed. A client that is replaced by another
 * has not always gone when that comes. */
static gpointer
soak_peer_thread (gpointer data)
{
  gpointer *call = data;

  soak_peer_serve (GPOINTER_TO_INT (call[0]), call[1]);
  close (GPOINTER_TO_INT (call[0]));
  g_free (call);
  return NULL;
}

static inline G_GNUC_NORETURN void
soak_peer_main (const char *path, const char *map)
{
  int server = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int file = open (map, O_RDWR | O_CLOEXEC);
  struct sockaddr_un address;
  SoakSeen seen;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  g_assert_true (soak_address (&address, path));
  soak_seen_init (&seen, (gsize) lseek (file, 0, SEEK_END), file);
  unlink (path);
  g_assert_no_errno (bind (server, (struct sockaddr *) &address, sizeof address));
  g_assert_no_errno (listen (server, 5));
  for (;;)
    {
      int fd = accept (server, NULL, NULL);
      gpointer *call;

      if (fd < 0)
        continue;
      call = g_new (gpointer, 2);
      call[0] = GINT_TO_POINTER (fd);
      call[1] = &seen;
      g_thread_unref (g_thread_new ("client", soak_peer_thread, call));
    }
}
