/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages in a real MQTT server: what they are, what it refuses, who gets in, and servers that are away or silent. */
#include "../hostile-judge.h"
#include "mqtt-fixture.h"
#include "tls-fixture.h"

static void
test_message (Mqtt *self, gconstpointer data)
{
  const MvxLogField fields[] = { FIELD_STRING ("path", "/a"), FIELD_DOUBLE ("ms", 12.5) };
  const MvxLogSender sender = { .host = "web1", .pid = 77 };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .context = "net.http",
                                                            .level = MVX_LOG_LEVEL_ERROR,
                                                            .message = "it broke",
                                                            .trace = "0af7651916cd43dd8448eb211c80319c",
                                                            .span = "b7ad6b7169203331",
                                                            .fields = fields,
                                                            .n_fields = G_N_ELEMENTS (fields),
                                                            .sender = &sender,
                                                            .thread = 7,
                                                            .seq = 3 });
  g_auto (GStrv) lines = NULL;

  if (!mqtt_start (self))
    return;
  mqtt_subscribe (self);
  store_open (&self->store);
  store_dispatch_one (&self->store, event);
  event->stream = "0123456789abcdef0123456789abcdef";
  store_set (&self->store, "topic", "{level}/x");
  store_set (&self->store, "format", "logfmt");
  g_assert_true (self->store.plugin->plugin->reconfigure (self->store.instance, self->store.options, NULL));
  store_dispatch_one (&self->store, event);
  event->stream = NULL;
  lines = mqtt_read (self, 2);
  g_assert_true (g_str_has_prefix (
      lines[0], "logs/web1/net/http/error|application/json|traceparent:00-0af7651916cd43dd8448eb211c80319c-"
                "b7ad6b7169203331-01|1|0|{\"ts\":\"2026-11-21T12:00:00.123456789Z\","));
  g_assert_nonnull (strstr (lines[0], "\"path\":\"/a\",\"ms\":12.5"));
  g_assert_true (g_str_has_prefix (lines[1], "error/x|text/plain; charset=utf-8|"
                                             "traceparent:00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 "
                                             "mvxlog-id:0123456789abcdef0123456789abcdef-3|1|0|ts="));
}

/* Whatever a context is called, it is a topic, and mostly the one that it says. */
static void
test_topics (Mqtt *self, gconstpointer data)
{
  static const char *const rows[][2] = {
    { "a.b.c", "a/b/c" },   { "", "_" },
    { "a..b", "a/_/b" },    { ".a.", "_/a/_" },
    { "+", "_" },           { "a#b/c", "a_b_c" },
    { "$SYS.x", "_SYS/x" }, { "gr\303\274n.\360\237\214\262", "gr\303\274n/\360\237\214\262" },
    { "a\tb", "a_b" },      { "\357\277\277", "_" },
  };
  g_auto (GStrv) lines = NULL;

  if (!mqtt_start (self))
    return;
  mqtt_subscribe (self);
  store_set (&self->store, "topic", "{context}");
  store_open (&self->store);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .context = rows[i][0], .message = "x" });

      store_dispatch_one (&self->store, event);
    }
  lines = mqtt_read (self, G_N_ELEMENTS (rows));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      *strchr (lines[i], '|') = '\0';
      g_assert_cmpstr (lines[i], ==, rows[i][1]);
    }
}

static void
test_hostile (Mqtt *self, gconstpointer data)
{
  g_autoptr (GPtrArray) hostile = fixture_hostile ();
  g_autoptr (GString) found = g_string_new (NULL);
  g_auto (GStrv) lines = NULL;

  if (!mqtt_start (self))
    return;
  mqtt_subscribe (self);
  store_open (&self->store);
  for (guint i = 0; i < hostile->len; i++)
    {
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (hostile->pdata[i]);

      store_dispatch_one (&self->store, event);
    }
  g_assert_cmpuint (self->store.n_rejected, ==, 0);
  lines = mqtt_read (self, hostile->len);
  for (guint i = 0; lines[i]; i++)
    {
      const char *payload = strstr (lines[i], "|1|0|");

      g_assert_nonnull (payload);
      g_string_append_printf (found, "%s\n", payload + strlen ("|1|0|"));
    }
  hostile_judge ("mqtt", "json", hostile, found->str, found->len);
}

/* A server that wants few messages on their way gets no more. */
static void
test_window (Mqtt *self, gconstpointer data)
{
  g_auto (GStrv) lines = NULL;

  g_string_append (self->config, "max_inflight_messages 3\n");
  if (!mqtt_start (self))
    return;
  mqtt_subscribe (self);
  store_open (&self->store);
  store_dispatch (&self->store, 0, 1000);
  store_dispatch (&self->store, 1000, 1000);
  lines = mqtt_read (self, 2000);
  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *message = g_strdup_printf ("\"event %u\"", i);

      g_assert_nonnull (strstr (lines[i], message));
    }
}

/* More than the server takes; the others are in nobody's way. */
static void
test_oversize (Mqtt *self, gconstpointer data)
{
  g_autofree char *text = g_strnfill (30000, 'x');
  g_autoptr (MvxLogEvent) large = fixture_event ((Fixture){ .message = text });
  g_autoptr (MvxLogEvent) small = fixture_event ((Fixture){ .message = "small" });
  MvxLogEvent *const events[] = { small, large, small };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;
  guint n_done = 0;

  g_string_append (self->config, "max_packet_size 20000\n");
  if (!mqtt_start (self))
    return;
  mqtt_subscribe (self);
  store_open (&self->store);
  g_assert_cmpint (self->store.plugin->dispatch_core (self->store.instance, events, 3, &n_done, &error), ==,
                   MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, 3);
  g_assert_cmpuint (self->store.n_rejected, ==, 1);
  lines = mqtt_read (self, 2);
}

static char *
write_file (Mqtt *self, const char *name, const char *text)
{
  char *path = g_build_filename (self->store.directory, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static void
test_rights (Mqtt *self, gconstpointer data)
{
  g_autofree char *path = write_file (self, "acl", "topic readwrite open/#\ntopic read #\n");
  g_autofree char *expected = g_strdup_printf (
      "MQTT server 'mqtt://127.0.0.1:%u' answers \"Not authorized\"; let the user write to the topic", self->port);

  g_string_append_printf (self->config, "acl_file %s\n", path);
  if (!mqtt_start (self))
    return;
  store_open (&self->store);
  store_assert_trouble (&self->store, MVX_LOG_DISPATCH_RETRY, 3, expected);
  store_set (&self->store, "topic", "open/{level}");
  g_assert_true (self->store.plugin->plugin->reconfigure (self->store.instance, self->store.options, NULL));
  store_dispatch (&self->store, 0, 3);
}

/* "Cannot connect …", with the reason in between. */
static void
assert_away (Mqtt *self, const char *scheme, const char *host, const char *why)
{
  g_autofree char *expected = g_strdup_printf (
      "Cannot connect to MQTT server '%s://%s:%u': %s; see that it runs, and check host, port, %s", scheme, host,
      self->port, why, g_str_equal (scheme, "mqtts") ? "user, password and ca-file" : "user and password");

  store_open (&self->store);
  store_assert_trouble (&self->store, MVX_LOG_DISPATCH_RETRY, 3, expected);
}

static void
test_password (Mqtt *self, gconstpointer data)
{
  g_autofree char *path = write_file (self, "users", "");
  g_autofree char *file = g_build_filename (self->store.directory, "password", NULL);
  g_autofree char *unread = g_strdup_printf ("Cannot read the password for MQTT server 'mqtt://127.0.0.1:%u': Failed "
                                             "to open file “%s”: No such file or directory",
                                             self->port, file);
  const char *const argv[] = { "mosquitto_passwd", "-b", path, "clerk", "right one", NULL };

  g_string_append_printf (self->config, "password_file %s\n", path);
  if (self->server == NULL)
    return;
  g_free (peer_run (argv));
  mqtt_start (self);
  assert_away (self, "mqtt", "127.0.0.1", "it answers \"Not authorized\"");
  store_set (&self->store, "user", "clerk");
  store_set (&self->store, "password-file", file);
  store_open (&self->store);
  store_assert_trouble (&self->store, MVX_LOG_DISPATCH_RETRY, 3, unread);
  g_assert_true (g_file_set_contents (file, "wrong one\n", -1, NULL));
  assert_away (self, "mqtt", "127.0.0.1", "it answers \"Not authorized\"");
  /* It is read for each connection. */
  g_assert_true (g_file_set_contents (file, "right one\nthat of yesterday\n", -1, NULL));
  store_dispatch (&self->store, 0, 3);
}

static void
set_file (Mqtt *self, const TlsFiles *files, const char *option, const char *name)
{
  g_autofree char *path = g_build_filename (files->directory, name, NULL);

  store_set (&self->store, option, path);
}

static void
start_tls (Mqtt *self, const TlsFiles *files, const char *name)
{
  peer_stop (&self->peer);
  g_string_printf (self->config, "cafile %s/ca.pem\ncertfile %s/%s.pem\nkeyfile %s/%s.key\nrequire_certificate true\n",
                   files->directory, files->directory, name, files->directory, name);
  mqtt_start (self);
}

#define FOREIGN "OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed"

/* What OpenSSL says of it depends on how the server hangs up. */
static void
assert_not_in_clear (Mqtt *self)
{
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  store_open (&self->store);
  g_assert_cmpint (store_try (&self->store, 0, 3, &n_done, &error), ==, MVX_LOG_DISPATCH_RETRY);
  g_assert_true (g_str_has_prefix (error->message, "Cannot connect to MQTT server 'mqtts://127.0.0.1:"));
  g_assert_cmpuint (n_done, ==, 0);
}

static void
test_tls (Mqtt *self, gconstpointer data)
{
  g_autofree char *why_not = NULL;
  TlsFiles *files = self->server ? tls_files_new (&why_not) : NULL;

  if (files == NULL)
    {
      if (why_not)
        g_test_skip (why_not);
      return;
    }
  store_set (&self->store, "tls", "true");
  start_tls (self, files, "server");
  assert_away (self, "mqtts", "127.0.0.1", FOREIGN);
  peer_stop (&self->peer);
  g_string_truncate (self->config, 0);
  mqtt_start (self);
  assert_not_in_clear (self);
  set_file (self, files, "ca-file", "ca.pem");
  set_file (self, files, "client-certificate", "client.pem");
  set_file (self, files, "client-key", "client.key");
  start_tls (self, files, "server");
  store_open (&self->store);
  store_dispatch (&self->store, 0, 2000);
  set_file (self, files, "ca-file", "other-ca.pem");
  assert_away (self, "mqtts", "127.0.0.1", FOREIGN);
  set_file (self, files, "ca-file", "ca.pem");
  start_tls (self, files, "expired");
  assert_away (self, "mqtts", "127.0.0.1", FOREIGN);
  start_tls (self, files, "misnamed");
  assert_away (self, "mqtts", "127.0.0.1", "Error: host name verification failed.");
  store_close (&self->store);
  tls_files_free (files);
}

static void
test_away (Mqtt *self, gconstpointer data)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_autoptr (GError) unknown = NULL;

  assert_away (self, "mqtt", "127.0.0.1", "Connection refused");
  store_set (&self->store, "host", "no-such-host.invalid");
  /* What that is called depends on the resolver of the machine. */
  g_assert_null (g_resolver_lookup_by_name (resolver, "no-such-host.invalid", NULL, &unknown));
  assert_away (self, "mqtt", "no-such-host.invalid", unknown->message);
}

/* What the program does about the signal of broken pipes remains its own business. */
static void
test_sigpipe (Mqtt *self, gconstpointer data)
{
  struct sigaction action;
  sigset_t blocked;
  sigset_t pending;

  if (!mqtt_start (self))
    return;
  store_open (&self->store);
  store_dispatch (&self->store, 0, 3);
  peer_kill (&self->peer);
  store_close (&self->store);
  g_assert_cmpint (sigaction (SIGPIPE, NULL, &action), ==, 0);
  g_assert_true (action.sa_handler == SIG_DFL);
  g_assert_cmpint (pthread_sigmask (SIG_BLOCK, NULL, &blocked), ==, 0);
  g_assert_false (sigismember (&blocked, SIGPIPE));
  g_assert_cmpint (sigpending (&pending), ==, 0);
  g_assert_false (sigismember (&pending, SIGPIPE));
}

/* Whoever goes between two batches is noticed before the next one. */
static void
test_hung_up (Mqtt *self, gconstpointer data)
{
  g_autoptr (GVariant) counts = NULL;
  g_auto (GStrv) lines = NULL;
  gint64 n = 0;

  if (!mqtt_start (self))
    return;
  mqtt_subscribe (self);
  store_open (&self->store);
  store_dispatch (&self->store, 0, 3);
  peer_stop (&self->peer);
  mqtt_start (self);
  store_dispatch (&self->store, 3, 3);
  counts = mvx_log_sink_host_get_counts (self->store.host);
  g_assert_true (g_variant_lookup (counts, "reconnects", "x", &n));
  g_assert_cmpint (n, ==, 1);
  lines = mqtt_read (self, 6);
}

/* Somebody who listens and never says anything. */
static int
listen_in_silence (Mqtt *self)
{
  struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_port = htons (self->port), .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  const int on = 1;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), ==, 0);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 8), ==, 0);
  return fd;
}

static void
test_silence (Mqtt *self, gconstpointer data)
{
  int fd = listen_in_silence (self);

  store_set (&self->store, "timeout", "50ms");
  assert_away (self, "mqtt", "127.0.0.1", "it does not answer");
  close (fd);
}

static gpointer
cancel_then (gpointer data)
{
  Mqtt *self = data;

  mvx_log_sink_host_cancel (self->store.host);
  return NULL;
}

/* A stop waits for nobody. */
static void
test_cancel (Mqtt *self, gconstpointer data)
{
  int fd = listen_in_silence (self);
  GThread *thread;

  store_set (&self->store, "timeout", "1h");
  thread = g_thread_new ("cancel", cancel_then, self);
  assert_away (self, "mqtt", "127.0.0.1", "Operation was cancelled");
  g_thread_join (thread);
  close (fd);
}

/* What answers is no MQTT server, or hangs up. */
static gpointer
answer_nonsense (gpointer data)
{
  static const char nonsense[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
  int peer = accept (GPOINTER_TO_INT (data), NULL, NULL);
  char buffer[256];

  g_assert_cmpint (peer, >=, 0);
  g_assert_cmpint (read (peer, buffer, sizeof buffer), >, 0);
  g_assert_cmpint (write (peer, nonsense, strlen (nonsense)), ==, strlen (nonsense));
  close (peer);
  return NULL;
}

static void
test_nonsense (Mqtt *self, gconstpointer data)
{
  int fd = listen_in_silence (self);
  GThread *thread = g_thread_new ("nonsense", answer_nonsense, GINT_TO_POINTER (fd));

  assert_away (self, "mqtt", "127.0.0.1", "The connection was lost.");
  g_thread_join (thread);
  close (fd);
}

static void
test_options (Mqtt *self, gconstpointer data)
{
  static const struct
  {
    const char *name;
    const char *value;
    const char *expected;
  } rows[] = {
    { "host", "", "host: it is not the name or address of a server; give one such as broker.example.org" },
    { "topic", "", "topic: '' is empty; give one such as 'logs/{host}/{context}/{level}'" },
    { "topic", "a/+", "topic: 'a/+' has a wildcard, '+' or '#'; those are for subscriptions" },
    { "topic", "$x", "topic: '$x' begins with '$'; such topics are the server's own" },
    { "topic", "a/{b}", "topic: 'a/{b}' has a word that means nothing; there are {host}, {context} and {level}" },
    { "password", "x", "user: it is missing, but there is a password; set user, too" },
    { "ca-file", "/x", "ca-file: '/x' is for tls=true; set that, or leave it out" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      store_set (&self->store, rows[i].name, rows[i].value);
      store_assert_refused (&self->store, rows[i].expected);
      mvx_log_options_unref (self->store.options);
      self->store.options = mvx_log_plugin_new_options (self->store.plugin);
    }
  store_set (&self->store, "tls", "true");
  store_set (&self->store, "client-certificate", "/nowhere/client.pem");
  store_assert_refused (&self->store, "client-certificate: libmosquitto shows one only with a ca-file; set that, too");
  store_set (&self->store, "ca-file", "/nowhere/ca.pem");
  store_assert_refused (&self->store,
                        "ca-file: cannot use '/nowhere/ca.pem': No such file or directory; give a PEM file "
                        "that can be read");
}

#define TEST(name) g_test_add ("/mqtt/" #name, Mqtt, NULL, mqtt_set_up, test_##name, mqtt_tear_down)

int
main (int argc, char **argv)
{
  signal (SIGPIPE, SIG_DFL);
  g_test_init (&argc, &argv, NULL);
  TEST (message);
  TEST (topics);
  TEST (hostile);
  TEST (window);
  TEST (oversize);
  TEST (rights);
  TEST (password);
  TEST (tls);
  TEST (away);
  TEST (sigpipe);
  TEST (hung_up);
  TEST (silence);
  TEST (cancel);
  TEST (nonsense);
  TEST (options);
  return g_test_run ();
}
