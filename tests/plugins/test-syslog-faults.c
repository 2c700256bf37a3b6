/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The syslog plugin and servers that misbehave, played by the test. */
#include "../ledger-check.h"
#include "syslog-faults.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/un.h>

#include "async/async-sink-private.h"
#include "sink/sink-private.h"
#include "tls-fixture.h"

static TlsFiles *files; /* NULL: no openssl */
static char *no_tls;    /* why */

#define ABSENT                                                                                                         \
  "Cannot connect to syslog server '%s': No such file or directory; see that it runs and the address is right; the "   \
  "events are kept until it works"

static void
test_refused (Faults *self, gconstpointer data)
{
  const MvxLogPlugin *plugin = mvx_static_plugin_syslog.plugin;
  g_autoptr (GString) received = NULL;
  g_autoptr (GError) error = NULL;

  instance_open (&self->instance);
  g_assert_cmpuint (assert_retry (self, &self->event, 1, G_IO_ERROR_CONNECTION_REFUSED, REFUSED), ==, 0);
  g_assert_false (plugin->probe (self->instance.options, -1, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  g_clear_error (&error);
  faults_listen (self);
  g_assert_true (plugin->probe (self->instance.options, -1, &error));
  faults_accept (self);
  instance_dispatch (&self->instance, &self->event, 1);
  faults_accept (self);
  received = receive (self->peer, FALSE);
  g_assert_cmpuint (count_frames (received), ==, 1);
}

static void
test_absent (Faults *self, gconstpointer data)
{
  instance_open (&self->instance);
  g_assert_cmpuint (assert_retry (self, &self->event, 1, G_IO_ERROR_NOT_FOUND, ABSENT), ==, 0);
}

/* A resolver that knows no name. */
typedef GResolver NoNames;
typedef GResolverClass NoNamesClass;
static GType no_names_get_type (void);
G_DEFINE_TYPE (NoNames, no_names, G_TYPE_RESOLVER)

static void
no_names_lookup (GResolver *resolver, GTask *task)
{
  g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "No such name");
  g_object_unref (task);
}

static void
no_names_lookup_async (GResolver *resolver,
                       const char *name,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer data)
{
  no_names_lookup (resolver, g_task_new (resolver, cancellable, callback, data));
}

static void
no_names_lookup_flags_async (GResolver *resolver,
                             const char *name,
                             GResolverNameLookupFlags flags,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer data)
{
  no_names_lookup (resolver, g_task_new (resolver, cancellable, callback, data));
}

static GList *
no_names_lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
no_names_class_init (NoNamesClass *klass)
{
  klass->lookup_by_name_async = no_names_lookup_async;
  klass->lookup_by_name_finish = no_names_lookup_finish;
  klass->lookup_by_name_with_flags_async = no_names_lookup_flags_async;
  klass->lookup_by_name_with_flags_finish = no_names_lookup_finish;
}

static void
no_names_init (NoNames *self)
{
}

static void
test_no_name (Faults *self, gconstpointer data)
{
  g_autoptr (GResolver) resolver = g_object_new (no_names_get_type (), NULL);
  g_autoptr (GResolver) usual = g_resolver_get_default ();

  g_resolver_set_default (resolver);
  instance_set (&self->instance, "host", "loghost.example.org");
  instance_open (&self->instance);
  g_free (self->address);
  self->address = g_strdup_printf ("%s://loghost.example.org:%u", (const char *) data, self->port);
  assert_retry (self, &self->event, 1, G_IO_ERROR_HOST_NOT_FOUND,
                "Cannot connect to syslog server '%s': No such name; see that it runs and the address is right; the "
                "events are kept until it works");
  g_resolver_set_default (usual);
}

static gpointer
receive_all (gpointer data)
{
  return receive (GPOINTER_TO_INT (data), TRUE);
}

/* It accepts and does not read; then it does. Frames are whole, and each event is there once. */
static void
test_stuck (Faults *self, gconstpointer data)
{
  g_autofree MvxLogEvent **events = many_events (self);
  g_autoptr (GString) received = NULL;
  g_autoptr (GThread) thread = NULL;
  guint n_sent;

  connect_impatient (self);
  n_sent = assert_retry (self, events, N_EVENTS, G_IO_ERROR_TIMED_OUT, SILENT);
  g_assert_cmpuint (n_sent, <, N_EVENTS);
  /* The kernel may have made a little more room. */
  n_sent += assert_retry (self, events, N_EVENTS - n_sent, G_IO_ERROR_TIMED_OUT, SILENT);
  set_timeout (self, "30s");
  faults_accept (self);
  thread = g_thread_new ("receive", receive_all, GINT_TO_POINTER (self->peer));
  instance_dispatch (&self->instance, events, N_EVENTS - n_sent);
  g_assert_true (mvx_static_plugin_syslog.plugin->on_stopped (self->instance.data, NULL));
  received = g_thread_join (g_steal_pointer (&thread));
  g_assert_cmpuint (count_frames (received), ==, 1 + N_EVENTS);
}

/* The same, but the torn event has been given up meanwhile: its frame is ended, and the next one follows. */
static void
test_given_up (Faults *self, gconstpointer data)
{
  g_autofree MvxLogEvent **events = many_events (self);
  g_autoptr (MvxLogEvent) other = fixture_event ((Fixture){ .message = "another hello" });
  g_autoptr (GString) received = NULL;
  g_autoptr (GThread) thread = NULL;
  guint n_sent;
  guint n;

  connect_impatient (self);
  n_sent = assert_retry (self, events, N_EVENTS, G_IO_ERROR_TIMED_OUT, SILENT);
  set_timeout (self, "30s");
  faults_accept (self);
  thread = g_thread_new ("receive", receive_all, GINT_TO_POINTER (self->peer));
  instance_dispatch (&self->instance, &other, 1);
  g_assert_true (mvx_static_plugin_syslog.plugin->on_stopped (self->instance.data, NULL));
  received = g_thread_join (g_steal_pointer (&thread));
  n = count_frames (received);
  g_assert_true (n == n_sent + 2 || n == n_sent + 3); /* the latter if one was torn */
  g_assert_true (g_str_has_suffix (received->str, "another hello"));
}

static gpointer
cancel_when_full (gpointer data)
{
  Faults *self = data;
  char byte;

  g_assert_cmpint (recv (self->peer, &byte, 1, MSG_PEEK), ==, 1);
  g_cancellable_cancel (mvx_log_sink_host_get_cancellable (self->instance.host));
  return NULL;
}

/* The cancellable of a sink that goes away ends any wait. */
static void
test_cancel (Faults *self, gconstpointer data)
{
  g_autofree MvxLogEvent **events = many_events (self);
  g_autoptr (GThread) thread = NULL;

  instance_set (&self->instance, "timeout", "1h");
  instance_open (&self->instance);
  faults_listen (self);
  instance_dispatch (&self->instance, events, 1);
  faults_accept (self);
  thread = g_thread_new ("cancel", cancel_when_full, self);
  instance_dispatch_retry (&self->instance, events, N_EVENTS, G_IO_ERROR_CANCELLED, "Operation was cancelled");
  g_thread_join (g_steal_pointer (&thread));
}

/* A sink that cannot get on is closed within the time that was given, though the plugin would wait for an hour. */
static void
test_stop (Faults *self, gconstpointer data)
{
  g_autofree char *file
      = g_strdup_printf ("[mvxlog]\nversion=1\n[sink log]\nplugin=syslog\ntransport=tcp\nhost=127.0.0.1\n"
                         "port=%u\ntimeout=1h\ndrain-timeout=200ms\nqueue-max-size=100000\n[context]\nsinks=log\n",
                         self->port);
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (MvxLogContext) root = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *padding = g_strnfill (500, 'x');
  MvxLogCounters counters;

  faults_listen (self);
  mvx_log_configure_from_data (file, -1, "test", &error);
  g_assert_no_error (error);
  sink = mvx_log_get_sink ("log");
  root = mvx_log_get_root_context ();
  for (guint i = 0; i < N_EVENTS; i++)
    mvx_info (root, "hello", "padding", padding);
  g_assert_false (mvx_log_shutdown (g_get_monotonic_time () + G_USEC_PER_SEC / 5, NULL));
  counters = ledger_check_moving (sink);
  g_assert_cmpuint (counters.accepted, ==, N_EVENTS);
  g_assert_cmpuint (counters.delivered, <, N_EVENTS);
  /* Nobody has waited for the worker, but it was told to give up, and the program must not end before it. */
  peer_wait_for_threads ("mvx:log");
}

/* Until the other side can know. */
static void
hang_up (int fd)
{
  struct tcp_info info;
  socklen_t size = sizeof info;

  g_assert_cmpint (shutdown (fd, SHUT_WR), ==, 0);
  while (getsockopt (fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_state == TCP_FIN_WAIT1)
    g_usleep (1000);
}

/* It hangs up, and another one listens: nothing is written to the first one any more. */
static void
test_hung_up (Faults *self, gconstpointer data)
{
  g_autoptr (GString) first = NULL;
  g_autoptr (GString) second = NULL;

  instance_open (&self->instance);
  faults_listen (self);
  instance_dispatch (&self->instance, &self->event, 1);
  faults_accept (self);
  first = receive (self->peer, FALSE);
  hang_up (self->peer);
  instance_dispatch (&self->instance, &self->event, 1);
  faults_accept (self);
  second = receive (self->peer, FALSE);
  g_assert_cmpuint (count_frames (first), ==, 1);
  g_assert_cmpuint (count_frames (second), ==, 1);
  g_assert_cmpint (instance_get_count (&self->instance, "reconnects"), ==, 1);
  g_assert_true (mvx_static_plugin_syslog.plugin->reopen (self->instance.data, NULL));
  faults_accept (self);
  instance_dispatch (&self->instance, &self->event, 1);
  g_string_free (second, TRUE);
  second = receive (self->peer, FALSE);
  g_assert_cmpuint (count_frames (second), ==, 1);
}

static struct rlimit
forbid_descriptors (void)
{
  struct rlimit before;
  struct rlimit limit;

  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &before));
  limit = before;
  limit.rlim_cur = 3;
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &limit));
  return before;
}

/* No descriptor for another connection: events are kept until there is one. */
static void
test_open_files (Faults *self, gconstpointer data)
{
  g_autoptr (GString) received = NULL;
  struct rlimit before;
  gint64 began;

  instance_open (&self->instance);
  faults_listen (self);
  instance_dispatch (&self->instance, &self->event, 1);
  faults_accept (self);
  hang_up (self->peer);
  before = forbid_descriptors ();
  for (guint i = 0; i < 3; i++)
    assert_retry (self, &self->event, 1, G_IO_ERROR_TOO_MANY_OPEN_FILES,
                  "Cannot connect to syslog server '%s': Too many open files; raise the limit of open files; the "
                  "events are kept until it works");
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &before));
  began = g_get_monotonic_time ();
  instance_dispatch (&self->instance, &self->event, 1);
  g_test_message ("EMFILE: 0 lost, connects again after %.1f ms", (double) (g_get_monotonic_time () - began) / 1000);
  faults_accept (self);
  received = receive (self->peer, FALSE);
  g_assert_cmpuint (count_frames (received), ==, 1);
}

/* Nor for who waits: a server that does not read is waited for all the same. */
static void
test_open_files_stuck (Faults *self, gconstpointer data)
{
  g_autofree MvxLogEvent **events = many_events (self);
  struct rlimit before;

  connect_impatient (self);
  before = forbid_descriptors ();
  assert_retry (self, events, N_EVENTS, G_IO_ERROR_TIMED_OUT, SILENT);
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &before));
}

/* Gone, with what it was sent unread: as soon as that is known, events are kept. */
static void
test_reset (Faults *self, gconstpointer data)
{
  MvxLogDispatchResult result;
  g_autoptr (GError) error = NULL;
  guint n_done;

  instance_open (&self->instance);
  faults_listen (self);
  instance_dispatch (&self->instance, &self->event, 1);
  faults_accept (self);
  close (self->peer);
  close (self->listener);
  self->peer = self->listener = -1;
  do
    result = mvx_static_plugin_syslog.dispatch_core (self->instance.data, &self->event, 1, &n_done, &error);
  while (result == MVX_LOG_DISPATCH_OK);
  g_assert_cmpint (result, ==, MVX_LOG_DISPATCH_RETRY);
  g_assert_nonnull (strstr (error->message, self->address));
  g_assert_cmpuint (n_done, ==, 0);
}

typedef struct
{
  int fd;
  gint stop; /* atomic */
} Chatter;

static gpointer
chatter (gpointer data)
{
  Chatter *self = data;
  char nonsense[4096] = { 0 };

  while (!g_atomic_int_get (&self->stop) && send (self->fd, nonsense, sizeof nonsense, MSG_NOSIGNAL) > 0)
    ;
  return NULL;
}

/* It never stops talking: nobody listens to it for ever, neither before a message nor at the end. */
static void
test_chatter (Faults *self, gconstpointer data)
{
  Chatter server = { 0 };
  g_autoptr (GThread) thread = NULL;

  connect_impatient (self);
  faults_accept (self);
  server.fd = self->peer;
  thread = g_thread_new ("chatter", chatter, &server);
  for (guint i = 0; i < 10; i++)
    instance_dispatch (&self->instance, &self->event, 1);
  g_assert_true (mvx_static_plugin_syslog.plugin->on_stopped (self->instance.data, NULL));
  g_atomic_int_set (&server.stop, TRUE);
  g_thread_join (g_steal_pointer (&thread));
}

/* A local server with a stream: NULs end messages, and lines become one. */
static void
test_local_stream (Faults *self, gconstpointer data)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .message = "a\nb\0c", .message_len = 5 });
  MvxLogEvent *events[] = { event, self->event };
  g_autoptr (GString) received = NULL;

  g_strlcpy (address.sun_path, self->path, sizeof address.sun_path);
  self->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (self->listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (self->listener, 5), ==, 0);
  instance_set (&self->instance, "protocol", "rfc5424");
  instance_open (&self->instance);
  instance_dispatch (&self->instance, events, 2);
  faults_accept (self);
  received = receive (self->peer, FALSE);
  g_assert_true (g_str_has_suffix (received->str, " a#012b#000c"));
  g_assert_true (g_str_has_suffix (received->str + strlen (received->str) + 1, " hello"));
}

/* Nobody listens: a near host says so, if not always at once. */
static void
test_udp (Faults *self, gconstpointer data)
{
  struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_port = htons (self->port), .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  MvxLogEvent *events[] = { self->event, self->event, self->event };
  g_autofree char *expected = g_strdup_printf (
      "Cannot send to syslog server '%s': Connection refused; the events are kept until it works", self->address);
  MvxLogDispatchResult result;
  g_autoptr (GError) error = NULL;
  char message[1000];
  guint n_done;

  instance_open (&self->instance);
  do
    result = mvx_static_plugin_syslog.dispatch_core (self->instance.data, events, 3, &n_done, &error);
  while (result == MVX_LOG_DISPATCH_OK);
  g_assert_cmpint (result, ==, MVX_LOG_DISPATCH_RETRY);
  g_assert_cmpstr (error->message, ==, expected);
  self->listener = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (self->listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  instance_dispatch (&self->instance, events, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (recv (self->listener, message, sizeof message, MSG_DONTWAIT), >, 0);
  g_assert_cmpint (recv (self->listener, message, sizeof message, MSG_DONTWAIT), ==, -1);
  /* What is too long is cut, and counted. */
  instance_set (&self->instance, "max-message-size", "480");
  g_assert_true (mvx_static_plugin_syslog.plugin->reconfigure (self->instance.data, self->instance.options, NULL));
  instance_dispatch (&self->instance, &self->large, 1);
  g_assert_cmpint (recv (self->listener, message, sizeof message, MSG_DONTWAIT), ==, 480);
  g_assert_cmpint (instance_get_count (&self->instance, "truncated"), ==, 1);
}

/* A TLS server with the certificate @data; what it was told, or NULL if there was no handshake. */
typedef struct
{
  int fd;
  const char *certificate;
} TlsServer;

static gpointer
serve_tls (gpointer data)
{
  TlsServer *self = data;
  g_autofree char *cert_name = g_strconcat (files->directory, "/", self->certificate, ".pem", NULL);
  g_autofree char *key_name = g_strconcat (files->directory, "/", self->certificate, ".key", NULL);
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_files (cert_name, key_name, NULL);
  g_autoptr (GSocket) socket = g_socket_new_from_fd (self->fd, NULL);
  g_autoptr (GSocketConnection) base = g_socket_connection_factory_create_connection (socket);
  g_autoptr (GIOStream) stream = g_tls_server_connection_new (G_IO_STREAM (base), certificate, NULL);
  GString *received = g_string_new (NULL);
  char part[4096];
  gssize n;

  if (!g_tls_connection_handshake (G_TLS_CONNECTION (stream), NULL, NULL))
    {
      g_string_free (received, TRUE);
      return NULL;
    }
  while ((n = g_input_stream_read (g_io_stream_get_input_stream (stream), part, sizeof part, NULL, NULL)) > 0)
    g_string_append_len (received, part, n);
  return received;
}

/* Accepts one connection. */
static gpointer
accept_tls (gpointer data)
{
  Faults *self = data;
  TlsServer server = { accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC), self->certificate };

  return serve_tls (&server);
}

static gboolean
has_tls (void)
{
  if (files)
    return TRUE;
  g_test_skip (no_tls);
  return FALSE;
}

/* Never a byte in clear, and one reason. */
static void
assert_tls_refused (Faults *self, const char *certificate, const char *ca, const char *reason)
{
  g_autofree char *format = g_strdup_printf (
      "Refusing syslog server '%%s': its certificate %s; the events are kept until it is right", reason);
  g_auto (GStrv) parts = g_strsplit (format, "%s", 2);
  g_autofree char *message = g_strjoinv (self->address, parts);
  g_autoptr (GThread) thread = NULL;
  g_autoptr (GError) error = NULL;
  guint n_done;

  self->certificate = certificate;
  tls_set (&self->instance, files, "ca-file", ca);
  instance_open (&self->instance);
  thread = g_thread_new ("server", accept_tls, self);
  g_assert_cmpint (mvx_static_plugin_syslog.dispatch_core (self->instance.data, &self->event, 1, &n_done, &error), ==,
                   MVX_LOG_DISPATCH_RETRY);
  g_assert_cmpstr (error->message, ==, message);
  g_assert_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE);
  instance_close (&self->instance);
  g_assert_null (g_thread_join (g_steal_pointer (&thread)));
}

static void
test_tls_refused (Faults *self, gconstpointer data)
{
  if (!has_tls ())
    return;
  faults_listen (self);
  assert_tls_refused (self, "server", "other-ca.pem", "is from an unknown authority; name that in ca-file");
  assert_tls_refused (self, "misnamed", "ca.pem", "is for another name; correct host, or set server-name");
  assert_tls_refused (self, "expired", "ca.pem", "has expired; renew it");
}

/* The name that counts, and a good-bye behind which nothing is left. */
static void
test_tls_name (Faults *self, gconstpointer data)
{
  g_autoptr (GString) received = NULL;
  g_autoptr (GThread) thread = NULL;

  if (!has_tls ())
    return;
  faults_listen (self);
  self->certificate = "misnamed";
  tls_set (&self->instance, files, "ca-file", "ca.pem");
  instance_set (&self->instance, "server-name", "elsewhere.example.org");
  instance_open (&self->instance);
  thread = g_thread_new ("server", accept_tls, self);
  instance_dispatch (&self->instance, &self->event, 1);
  g_assert_true (mvx_static_plugin_syslog.plugin->on_stopped (self->instance.data, NULL));
  received = g_thread_join (g_steal_pointer (&thread));
  g_assert_cmpuint (count_frames (received), ==, 1);
}

/* It says nothing. */
static void
test_tls_silent (Faults *self, gconstpointer data)
{
  g_autoptr (GString) received = NULL;

  if (!has_tls ())
    return;
  faults_listen (self);
  tls_set (&self->instance, files, "ca-file", "ca.pem");
  instance_set (&self->instance, "timeout", "1s");
  instance_open (&self->instance);
  assert_retry (self, &self->event, 1, G_IO_ERROR_TIMED_OUT,
                "Syslog server '%s' has not answered as TLS does within 1.000 s; is it TLS that listens there? The "
                "events are kept until it does");
  faults_accept (self);
  received = receive (self->peer, TRUE);
  g_assert_null (memmem (received->str, received->len, "hello", 5));
  g_test_message ("0 of %" G_GSIZE_FORMAT " bytes are of the event, the others of a handshake", received->len);
}

/* What it is told before it answers as no server of TLS does, and behind that. */
static gpointer
answer_in_clear (gpointer data)
{
  Faults *self = data;
  char first;

  faults_accept (self);
  g_assert_cmpint (recv (self->peer, &first, 1, MSG_PEEK), ==, 1);
  g_assert_cmpint (send (self->peer, "220 welcome\r\n", 13, MSG_NOSIGNAL), ==, 13);
  return receive (self->peer, TRUE);
}

static void
test_tls_clear (Faults *self, gconstpointer data)
{
  g_autoptr (GThread) thread = NULL;
  g_autoptr (GString) received = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = g_strdup_printf ("Cannot speak TLS with syslog server '%s': ", self->address);
  guint n_done;

  if (!has_tls ())
    return;
  faults_listen (self);
  tls_set (&self->instance, files, "ca-file", "ca.pem");
  instance_open (&self->instance);
  thread = g_thread_new ("server", answer_in_clear, self);
  g_assert_cmpint (mvx_static_plugin_syslog.dispatch_core (self->instance.data, &self->event, 1, &n_done, &error), ==,
                   MVX_LOG_DISPATCH_RETRY);
  g_assert_true (g_str_has_prefix (error->message, expected)); /* gnutls has the middle */
  g_assert_true (g_str_has_suffix (error->message, "; the events are kept until it works"));
  received = g_thread_join (g_steal_pointer (&thread));
  g_assert_cmpint (received->str[0], ==, 0x16);
  g_assert_null (memmem (received->str, received->len, "hello", 5));
}

/* Files that are not there are mistakes of the configuration. */
static void
test_tls_files (Faults *self, gconstpointer data)
{
  g_autofree char *missing = g_build_filename (self->directory, "missing.pem", NULL);
  g_autofree char *expected = NULL;
  g_autoptr (GTlsDatabase) database = NULL;
  g_autoptr (GError) error = NULL;

  if (!has_tls ())
    return;
  /* What GIO says of it is in the language of the user. */
  database = g_tls_file_database_new (missing, &error);
  expected
      = g_strdup_printf ("ca-file: cannot use '%s': %s; give a PEM file that can be read", missing, error->message);
  g_clear_error (&error);
  instance_set (&self->instance, "ca-file", missing);
  g_assert_null (mvx_static_plugin_syslog.create (self->instance.options, self->instance.host, &error));
  g_assert_cmpstr (error->message, ==, expected);
  g_clear_error (&error);
  g_assert_false (mvx_static_plugin_syslog.plugin->probe (self->instance.options, -1, &error));
  g_assert_cmpstr (error->message, ==, expected);
}

#define ADD(name, transport, func)                                                                                     \
  g_test_add ("/syslog-faults/" name, Faults, transport, faults_set_up, func, faults_tear_down)

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_syslog, &error));
  files = tls_files_new (&no_tls);
  ADD ("refused", "tcp", test_refused);
  ADD ("absent", "unix", test_absent);
  ADD ("no-name", "tcp", test_no_name);
  ADD ("no-name-udp", "udp", test_no_name);
  ADD ("stuck", "tcp", test_stuck);
  ADD ("given-up", "tcp", test_given_up);
  ADD ("cancel", "tcp", test_cancel);
  ADD ("hung-up", "tcp", test_hung_up);
  ADD ("open-files", "tcp", test_open_files);
  ADD ("open-files-stuck", "tcp", test_open_files_stuck);
  ADD ("reset", "tcp", test_reset);
  ADD ("chatter", "tcp", test_chatter);
  ADD ("local-stream", "unix", test_local_stream);
  ADD ("udp", "udp", test_udp);
  ADD ("tls-refused", "tls", test_tls_refused);
  ADD ("tls-name", "tls", test_tls_name);
  ADD ("tls-silent", "tls", test_tls_silent);
  ADD ("tls-clear", "tls", test_tls_clear);
  ADD ("tls-files", "tls", test_tls_files);
  ADD ("stop", "tcp", test_stop);
  status = g_test_run ();
  tls_files_free (files);
  g_free (no_tls);
  return status;
}
