/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journald plugin and a socket that misbehaves. */
#include "journald-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../broken/fixture.h"

typedef struct
{
  Instance instance;
  char *directory;
  char *path;
  int fd; /* of the journald that the test plays */
  MvxLogEvent *event;
} Faults;

static void
faults_listen (Faults *self)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (self->fd >= 0)
    close (self->fd);
  unlink (self->path);
  self->fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_strlcpy (address.sun_path, self->path, sizeof address.sun_path);
  g_assert_cmpint (bind (self->fd, (struct sockaddr *) &address, sizeof address), ==, 0);
}

static void
faults_set_up (Faults *self, gconstpointer data)
{
  self->directory = fixture_make_directory ();
  self->path = g_build_filename (self->directory, "socket", NULL);
  self->fd = -1;
  self->event = fixture_event ((Fixture){ .message_template = "hello" });
  instance_init (&self->instance, &mvx_static_plugin_journald);
  instance_set (&self->instance, "socket-path", self->path);
  instance_open (&self->instance);
}

static void
faults_tear_down (Faults *self, gconstpointer data)
{
  instance_clear (&self->instance);
  if (self->fd >= 0)
    close (self->fd);
  mvx_log_event_free (self->event);
  fixture_remove (self->directory);
  g_free (self->directory);
  g_free (self->path);
}

/* The next entry; one must be there. */
static GHashTable *
faults_receive (Faults *self)
{
  guint8 data[4096];
  gssize n = recv (self->fd, data, sizeof data, MSG_DONTWAIT);

  g_assert_cmpint (n, >, 0);
  return entry_parse (data, (gsize) n);
}

static void
test_absent (Faults *self, gconstpointer data)
{
  g_autofree char *missing = g_strdup_printf (
      "No journald listens at '%s': No such file or directory; start it, or correct namespace or socket-path",
      self->path);
  g_autofree char *refused = g_strdup_printf (
      "No journald listens at '%s': Connection refused; start it, or correct namespace or socket-path", self->path);
  g_autoptr (GHashTable) entry = NULL;

  g_assert_cmpuint (instance_dispatch_retry (&self->instance, &self->event, 1, G_IO_ERROR_NOT_FOUND, missing), ==, 0);
  faults_listen (self);
  close (self->fd);
  self->fd = -1;
  g_assert_cmpuint (instance_dispatch_retry (&self->instance, &self->event, 1, G_IO_ERROR_CONNECTION_REFUSED, refused),
                    ==, 0);
  faults_listen (self);
  instance_dispatch (&self->instance, &self->event, 1);
  entry = faults_receive (self);
  entry_assert (entry, "MESSAGE", "hello");
}

/* Another journald in the place of the first: the same dispatch goes on with it. */
static void
test_restart (Faults *self, gconstpointer data)
{
  g_autoptr (GHashTable) first = NULL;
  g_autoptr (GHashTable) second = NULL;

  faults_listen (self);
  instance_dispatch (&self->instance, &self->event, 1);
  first = faults_receive (self);
  faults_listen (self);
  instance_dispatch (&self->instance, &self->event, 1);
  second = faults_receive (self);
  entry_assert (second, "MESSAGE", "hello");
  g_assert_cmpint (instance_get_count (&self->instance, "reconnects"), ==, 1);
}

/* What has gone out counts, the rest is offered again. */
static void
test_stuck (Faults *self, gconstpointer data)
{
  g_autofree char *expected = g_strdup_printf (
      "journald at '%s' has taken nothing for 0.050 s; see what keeps it busy; the events are kept until it does",
      self->path);
  MvxLogEvent *events[1000];
  guint n_sent;
  guint n_received = 0;
  guint8 byte;

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    events[i] = self->event;
  instance_set (&self->instance, "timeout", "50ms");
  instance_open (&self->instance);
  faults_listen (self);
  n_sent = instance_dispatch_retry (&self->instance, events, G_N_ELEMENTS (events), G_IO_ERROR_TIMED_OUT, expected);
  while (recv (self->fd, &byte, 1, MSG_DONTWAIT) > 0)
    n_received++;
  g_assert_cmpuint (n_received, ==, n_sent);
  g_assert_cmpuint (n_sent, <, G_N_ELEMENTS (events));
  instance_dispatch (&self->instance, events, 1);
}

static gpointer
cancel_when_full (gpointer data)
{
  Faults *self = data;
  guint8 byte;

  /* Once there is something, the other side is about to fill the queue, and to wait. */
  g_assert_cmpint (recv (self->fd, &byte, 1, MSG_PEEK), ==, 1);
  g_cancellable_cancel (mvx_log_sink_host_get_cancellable (self->instance.host));
  return NULL;
}

/* A sink that goes away is not held up for the hour that its timeout is. */
static void
test_cancel (Faults *self, gconstpointer data)
{
  MvxLogEvent *events[1000];
  g_autoptr (GThread) thread = NULL;
  guint n_sent;

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    events[i] = self->event;
  instance_set (&self->instance, "timeout", "1h");
  instance_open (&self->instance);
  faults_listen (self);
  thread = g_thread_new ("cancel", cancel_when_full, self);
  n_sent = instance_dispatch_retry (&self->instance, events, G_N_ELEMENTS (events), G_IO_ERROR_CANCELLED,
                                    "Operation was cancelled");
  g_assert_cmpuint (n_sent, <, G_N_ELEMENTS (events));
  g_thread_join (g_steal_pointer (&thread));
}

/* The descriptor that came with the next datagram, which has no other content. */
static int
receive_fd (int socket)
{
  union
  {
    struct cmsghdr header;
    guint8 space[CMSG_SPACE (sizeof (int))];
  } control;
  struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof control };
  int fd;

  g_assert_cmpint (recvmsg (socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC), ==, 0);
  g_assert_cmpint (control.header.cmsg_type, ==, SCM_RIGHTS);
  memcpy (&fd, CMSG_DATA (&control.header), sizeof fd);
  return fd;
}

/* One that fits no datagram, between two that do. */
static void
test_large (Faults *self, gconstpointer data)
{
  g_autofree char *text = g_strnfill (1000000, 'x');
  g_autoptr (MvxLogEvent) large = fixture_event ((Fixture){ .message = text });
  MvxLogEvent *events[] = { self->event, large, self->event };
  g_autofree guint8 *content = g_malloc (1100000);
  g_autoptr (GHashTable) first = NULL;
  g_autoptr (GHashTable) second = NULL;
  g_autoptr (GHashTable) third = NULL;
  gssize n;
  int fd;

  faults_listen (self);
  instance_dispatch (&self->instance, events, G_N_ELEMENTS (events));
  first = faults_receive (self);
  entry_assert (first, "MESSAGE", "hello");
  fd = receive_fd (self->fd);
  g_assert_cmpint (fcntl (fd, F_GET_SEALS), ==, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  n = pread (fd, content, 1100000, 0);
  g_assert_cmpint (n, >, 1000000);
  close (fd);
  second = entry_parse (content, (gsize) n);
  entry_assert (second, "MESSAGE", text);
  third = faults_receive (self);
  entry_assert (third, "MESSAGE", "hello");
  g_assert_cmpint (instance_get_count (&self->instance, "large"), ==, 1);
}

/* More than the kernel takes in one call. */
static void
test_many (Faults *self, gconstpointer data)
{
  MvxLogEvent *events[200];
  g_autoptr (GHashTable) last = NULL;
  int size = 1 << 20;

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    events[i] = self->event;
  faults_listen (self);
  g_assert_cmpint (setsockopt (self->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size), ==, 0);
  for (guint first = 0; first < G_N_ELEMENTS (events); first += 5)
    {
      instance_dispatch (&self->instance, events + first, 5);
      for (guint i = 0; i < 5; i++)
        {
          g_clear_pointer (&last, g_hash_table_unref);
          last = faults_receive (self);
        }
    }
}

static void
test_probe (Faults *self, gconstpointer data)
{
  g_autofree char *expected = g_strdup_printf (
      "No journald listens at '%s': No such file or directory; start it, or correct namespace or socket-path",
      self->path);
  const MvxLogPlugin *plugin = mvx_static_plugin_journald.plugin;
  g_autoptr (GError) error = NULL;
  guint8 byte;

  g_assert_false (plugin->probe (self->instance.options, -1, &error));
  g_assert_cmpstr (error->message, ==, expected);
  g_clear_error (&error);
  g_assert_false (plugin->reopen (self->instance.data, &error));
  g_assert_cmpstr (error->message, ==, expected);
  g_clear_error (&error);
  faults_listen (self);
  g_assert_true (plugin->probe (self->instance.options, -1, &error));
  g_assert_no_error (error);
  g_assert_true (plugin->reopen (self->instance.data, &error));
  g_assert_no_error (error);
  /* Neither says anything. */
  g_assert_cmpint (recv (self->fd, &byte, 1, MSG_DONTWAIT), ==, -1);
}

static void
test_reconfigure (Faults *self, gconstpointer data)
{
  const MvxLogField fields[] = { FIELD_INT ("n", 1) };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .fields = fields, .n_fields = 1 });
  g_autoptr (GHashTable) entry = NULL;
  g_autoptr (GError) error = NULL;

  faults_listen (self);
  instance_set (&self->instance, "identifier", "other");
  instance_set (&self->instance, "field-prefix", "SHOP_");
  g_assert_true (mvx_static_plugin_journald.plugin->reconfigure (self->instance.data, self->instance.options, &error));
  g_assert_no_error (error);
  instance_set (&self->instance, "field-prefix", "shop");
  g_assert_false (mvx_static_plugin_journald.plugin->reconfigure (self->instance.data, self->instance.options, &error));
  instance_dispatch (&self->instance, &event, 1);
  entry = faults_receive (self);
  entry_assert (entry, "SYSLOG_IDENTIFIER", "other");
  entry_assert (entry, "SHOP_N", "1");
}

static void
test_bad_options (Faults *self, gconstpointer data)
{
  Instance *instance = &self->instance;
  g_autofree char *long_path = g_strdup_printf ("/%0150d", 0);
  g_autofree char *expected = g_strdup_printf (
      "socket-path: '%s' cannot be the path of a socket; give an absolute one of at most 107 bytes", long_path);

  instance_set (instance, "socket-path", long_path);
  instance_assert_invalid (instance, expected);
  instance_set (instance, "socket-path", "run/socket");
  instance_assert_invalid (
      instance, "socket-path: 'run/socket' cannot be the path of a socket; give an absolute one of at most 107 bytes");
  instance_set (instance, "socket-path", "/run/socket");
  instance_set (instance, "namespace", "shop");
  instance_assert_invalid (instance, "namespace and socket-path are two ways to say the same; give only one of them");
  instance_clear (instance);
  instance_init (instance, &mvx_static_plugin_journald);
  instance_set (instance, "namespace", "../x");
  instance_assert_invalid (instance,
                           "namespace: '../x' is not the name of a journal namespace; give one of letters, digits, "
                           "'_', '-', '.', ':' and '@'");
  instance_set (instance, "namespace", "shop");
  instance_set (instance, "field-prefix", "mvx");
  instance_assert_invalid (instance,
                           "field-prefix: 'mvx' cannot begin the name of a journal field; give at most 32 of A to Z, "
                           "0 to 9 and '_', a letter first, and not MVXLOG_");
}

static void
test_descriptor (Faults *self, gconstpointer data)
{
  static const char *const paths[][2]
      = { { NULL, "/run/systemd/journal/socket" }, { "shop", "/run/systemd/journal.shop/socket" } };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (MvxLogSinkDescriptor) descriptor = NULL;
      g_autoptr (GError) error = NULL;

      instance_clear (&self->instance);
      instance_init (&self->instance, &mvx_static_plugin_journald);
      if (paths[i][0])
        instance_set (&self->instance, "namespace", paths[i][0]);
      descriptor = mvx_static_plugin_journald.build_descriptor (self->instance.options, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (mvx_log_sink_descriptor_get_sink_type (descriptor), ==, "journald");
      g_assert_cmpstr (g_variant_get_string (mvx_log_sink_descriptor_get_resource_key (descriptor), NULL), ==,
                       paths[i][1]);
    }
}

#define ADD(name, func) g_test_add ("/journald-faults/" name, Faults, NULL, faults_set_up, func, faults_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("absent", test_absent);
  ADD ("restart", test_restart);
  ADD ("stuck", test_stuck);
  ADD ("cancel", test_cancel);
  ADD ("large", test_large);
  ADD ("many", test_many);
  ADD ("probe", test_probe);
  ADD ("reconfigure", test_reconfigure);
  ADD ("bad-options", test_bad_options);
  ADD ("descriptor", test_descriptor);
  return g_test_run ();
}
