/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The zmq plugin against sockets of libzmq in the same process. */
#include "../hostile-judge.h"
#include "zmq-fixture.h"

#include <dlfcn.h>

#include <glib/gstdio.h>

static gboolean no_threads;

/* In place of GLib's: libzmq has its own way to threads, and ends the program where it finds none. */
GThread *
g_thread_try_new (const char *name, GThreadFunc func, gpointer data, GError **error)
{
  GThread *(*real) (const char *, GThreadFunc, gpointer, GError **);

  if (no_threads)
    {
      g_set_error_literal (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN, "Resource temporarily unavailable");
      return NULL;
    }
  real = (GThread * (*) (const char *, GThreadFunc, gpointer, GError **) ) dlsym (RTLD_NEXT, "g_thread_try_new");
  return real (name, func, data, error);
}

static void
assert_refused (ZmqFixture *fixture, const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_static_plugin_zmq.build_descriptor (fixture->options, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_cmpstr (error->message, ==, expected);
  g_clear_error (&error);
  g_assert_null (mvx_static_plugin_zmq.create (fixture->options, fixture->host, &error));
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_endpoints (ZmqFixture *fixture, gconstpointer data)
{
  static const char *const refused[] = {
    "tcp://127.0.0.1",
    "endpoints: 'tcp://127.0.0.1' is no address; write tcp://HOST:PORT",
    "tcp://:5010",
    "endpoints: 'tcp://:5010' is no address; write tcp://HOST:PORT",
    "tcp://a/b:5010",
    "endpoints: 'tcp://a/b:5010' is no address; write tcp://HOST:PORT",
    "tcp://localhost:0",
    "endpoints: 'tcp://localhost:0' has no port from 1 to 65535 behind the last colon",
    "tcp://localhost:65536",
    "endpoints: 'tcp://localhost:65536' has no port from 1 to 65535 behind the last colon",
    "tcp://[::1]:x",
    "endpoints: 'tcp://[::1]:x' has no port from 1 to 65535 behind the last colon",
    "ipc://",
    "endpoints: 'ipc://' has no path; write ipc:///PATH",
    "inproc://x",
    "endpoints: 'inproc://x' is neither tcp://HOST:PORT nor ipc:///PATH",
    "localhost:5010",
    "endpoints: 'localhost:5010' is neither tcp://HOST:PORT nor ipc:///PATH",
    "tcp://localhost:1;udp://x:1",
    "endpoints: 'udp://x:1' is neither tcp://HOST:PORT nor ipc:///PATH",
    "",
    "endpoints: there must be at least one",
  };

  for (guint i = 0; i < G_N_ELEMENTS (refused); i += 2)
    {
      zmq_set (fixture, "endpoints", refused[i]);
      assert_refused (fixture, refused[i + 1]);
    }
}

/* The serializer is checked while the configuration is. */
static void
test_serializer (ZmqFixture *fixture, gconstpointer data)
{
  zmq_set (fixture, "format", "pretty");
  assert_refused (fixture, "format: no receiver could read events as 'pretty'; use json, or encoding=binary");
  zmq_reset (fixture);
  zmq_set (fixture, "encoding", "binary");
  zmq_set (fixture, "format", "json");
  assert_refused (fixture, "format: encoding=binary has no formats; leave it out, or use encoding=json");
  zmq_reset (fixture);
  zmq_set (fixture, "encoding", "binary");
  zmq_set (fixture, "json-keys", "ecs");
  assert_refused (fixture, "json-keys: encoding=binary has no formats; leave it out, or use encoding=json");
}

static void
test_keys (ZmqFixture *fixture, gconstpointer data)
{
  static const char key[] = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";
  g_autofree char *missing = g_build_filename (g_get_tmp_dir (), "mvxlog-no-such-key", NULL);
  g_autofree char *expected = g_strdup_printf (
      "curve-secret-key-file: Failed to open file \342\200\234%s\342\200\235: No such file or directory", missing);

  zmq_set (fixture, "curve-server-key", "short");
  assert_refused (fixture, "curve-server-key: a key is 40 characters of Z85; curve_keygen makes a pair");
  zmq_reset (fixture);
  zmq_set (fixture, "curve-secret-key", "hunter2");
  assert_refused (fixture, "curve-secret-key: a key is 40 characters of Z85; curve_keygen makes a pair");
  zmq_reset (fixture);
  zmq_set (fixture, "curve-public-key", key);
  assert_refused (fixture, "curve-public-key: its curve-secret-key is missing");
  zmq_set (fixture, "curve-server-key", key);
  assert_refused (fixture, "curve-public-key: its curve-secret-key is missing");
  zmq_reset (fixture);
  zmq_set (fixture, "curve-secret-key", key);
  zmq_set (fixture, "curve-secret-key-file", "/dev/null");
  assert_refused (fixture, "curve-secret-key-file: there is a curve-secret-key, too; give one of them");
  zmq_reset (fixture);
  zmq_set (fixture, "curve-secret-key-file", "/dev/null");
  assert_refused (fixture, "curve-secret-key-file: a key is 40 characters of Z85; curve_keygen makes a pair");
  zmq_set (fixture, "curve-secret-key-file", missing);
  assert_refused (fixture, expected);
}

/* Who may connect to a server is said. */
static void
test_clients (ZmqFixture *fixture, gconstpointer data)
{
  static const char key[] = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";

  zmq_set (fixture, "curve-client-keys", "any");
  assert_refused (fixture, "curve-client-keys: this side is no server of CURVE, which has a secret key and no "
                           "curve-server-key; leave it out");
  zmq_reset (fixture);
  zmq_set (fixture, "curve-secret-key", key);
  assert_refused (fixture,
                  "curve-client-keys: whoever has the public key could receive the events; name the receivers' "
                  "keys, or write any");
  zmq_set (fixture, "curve-client-keys", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7;any");
  assert_refused (fixture, "curve-client-keys: item 2 is no key of 40 characters of Z85; curve_keygen makes a pair");
}

static void
test_json (ZmqFixture *fixture, gconstpointer data)
{
  gpointer pull = zmq_peer (fixture, ZMQ_PULL);

  g_assert_cmpint (zmq_bind (pull, fixture->endpoint), ==, 0);
  zmq_start (fixture);
  zmq_dispatch (fixture, 0, 10);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *start
          = g_strdup_printf ("{\"ts\":\"1970-01-01T00:00:00.%09uZ\",\"level\":\"info\",\"context\":"
                             "\"org.example\",\"message\":\"event %u\",\"i\":%u,\"pid\":%d,\"seq\":%u,"
                             "\"sender_host\":\"%s\",\"sender_stream\":\"",
                             i + 1, i, i, getpid (), i + 1, g_get_host_name ());
      g_autofree char *body = zmq_receive (pull, "PLJ", NULL);

      g_assert_true (g_str_has_prefix (body, start));
      g_assert_cmpuint (strlen (body), ==, strlen (start) + 16 + strlen ("\"}"));
    }
  zmq_close (pull);
}

static void
test_binary (ZmqFixture *fixture, gconstpointer data)
{
  gpointer pull = zmq_peer (fixture, ZMQ_PULL);
  guint64 stream = 0;

  g_assert_cmpint (zmq_bind (pull, fixture->endpoint), ==, 0);
  zmq_set (fixture, "encoding", "binary");
  zmq_set (fixture, "system", "test");
  zmq_set (fixture, "kind", "performance");
  zmq_start (fixture);
  zmq_dispatch (fixture, 0, 10);
  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (MvxLogEvent) event = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) bytes = NULL;
      MvxLogSender sender;
      gsize size;
      char *body = zmq_receive (pull, "TPB", &size);

      bytes = g_bytes_new_take (body, size);
      event = mvx_log_event_new_from_bytes (bytes, &error);
      g_assert_no_error (error);
      g_assert_cmpint (mvx_log_event_get_int64 (event, "i", -1), ==, i);
      g_assert_true (mvx_log_event_get_sender (event, &sender));
      g_assert_cmpuint (sender.seq, ==, i + 1);
      g_assert_cmpuint (sender.stream % 2, ==, 1);
      g_assert_true (i == 0 || sender.stream == stream);
      stream = sender.stream;
    }
  zmq_close (pull);
}

/* Hostile texts in messages of both encodings. */
static void
test_hostile (ZmqFixture *fixture, gconstpointer encoding)
{
  g_autoptr (GPtrArray) texts = fixture_hostile ();
  g_autoptr (GPtrArray) events = hostile_events (texts);
  g_autoptr (GString) found = g_string_new (NULL);
  g_autofree char *sink = g_strdup_printf ("zmq %s", (const char *) encoding);
  gboolean is_binary = g_str_equal (encoding, "binary");
  gpointer pull = zmq_peer (fixture, ZMQ_PULL);

  g_assert_cmpint (zmq_bind (pull, fixture->endpoint), ==, 0);
  zmq_set (fixture, "encoding", encoding);
  zmq_start (fixture);
  for (guint i = 0; i < events->len; i++)
    {
      g_autofree char *body = NULL;
      g_autoptr (GError) error = NULL;
      guint n_done = 0;
      gsize size;

      g_assert_cmpint (mvx_static_plugin_zmq.dispatch_core (fixture->instance, (MvxLogEvent *const *) &events->pdata[i],
                                                            1, &n_done, &error),
                       ==, MVX_LOG_DISPATCH_OK);
      g_assert_no_error (error);
      body = zmq_receive (pull, is_binary ? "PLB" : "PLJ", &size);
      if (is_binary)
        hostile_append_frame (found, body, size);
      else
        g_string_append_c (g_string_append_len (found, body, (gssize) size), '\n');
    }
  hostile_judge (sink, encoding, texts, found->str, found->len);
  zmq_close (pull);
}

/* A subscriber gets what begins as it has asked for. */
static void
test_publish (ZmqFixture *fixture, gconstpointer data)
{
  gpointer sub = zmq_socket (fixture->context, ZMQ_SUB);
  int patience = 1;
  char *body = NULL;
  guint n = 0;

  zmq_setsockopt (sub, ZMQ_RCVTIMEO, &patience, sizeof patience);
  zmq_setsockopt (sub, ZMQ_SUBSCRIBE, "SL", 2);
  zmq_set (fixture, "socket", "pub");
  zmq_set (fixture, "attach", "bind");
  zmq_set (fixture, "system", "staging");
  zmq_start (fixture);
  g_assert_cmpint (zmq_connect (sub, fixture->endpoint), ==, 0);
  /* Nothing tells a publisher that somebody has subscribed. */
  for (; body == NULL; n++)
    {
      char topic[4] = { 0 };

      g_assert_cmpuint (n, <, PEER_PATIENCE_US / 1000);
      zmq_dispatch (fixture, n, 1);
      if (zmq_recv (sub, topic, 3, 0) < 0)
        continue;
      g_assert_cmpstr (topic, ==, "SLJ");
      body = g_malloc0 (1024);
      g_assert_cmpint (zmq_recv (sub, body, 1023, 0), >, 0);
    }
  g_assert_true (g_str_has_prefix (body, "{\"ts\":\"1970"));
  g_free (body);
  zmq_close (sub);
}

/* One that reads no more: everybody waits for it, or it misses what does not fit. */
static void
test_slow (ZmqFixture *fixture, gconstpointer data)
{
  gpointer sub = zmq_socket (fixture->context, ZMQ_SUB);
  MvxLogDispatchResult result = MVX_LOG_DISPATCH_OK;
  int one = 1;
  char topic[4];
  guint n = 0;

  zmq_setsockopt (sub, ZMQ_RCVTIMEO, &one, sizeof one);
  zmq_setsockopt (sub, ZMQ_RCVHWM, &one, sizeof one);
  zmq_setsockopt (sub, ZMQ_RCVBUF, &one, sizeof one);
  zmq_setsockopt (sub, ZMQ_SUBSCRIBE, "", 0);
  zmq_set (fixture, "socket", "pub");
  zmq_set (fixture, "attach", "bind");
  zmq_set (fixture, "high-water-mark", "10");
  zmq_set (fixture, "slow-subscribers", data);
  zmq_set (fixture, "handover-timeout", "0");
  zmq_start (fixture);
  g_assert_cmpint (zmq_connect (sub, fixture->endpoint), ==, 0);
  do
    {
      g_assert_cmpuint (n, <, PEER_PATIENCE_US / 1000);
      zmq_dispatch (fixture, n++, 1);
    }
  while (zmq_recv (sub, topic, sizeof topic, 0) < 0);
  /* More than all buffers hold. */
  for (guint i = 0; i < 20 && result == MVX_LOG_DISPATCH_OK; i++)
    result = zmq_try_dispatch (fixture, n, 1000, &n, NULL);
  g_assert_cmpint (result, ==, g_str_equal (data, "wait") ? MVX_LOG_DISPATCH_RETRY : MVX_LOG_DISPATCH_OK);
  zmq_close (sub);
}

/* At the mark nobody waits for long and nothing is lost: the events are offered again when there is room, which the
 * watch tells. */
static void
test_full (ZmqFixture *fixture, gconstpointer data)
{
  g_autofree char *expected
      = g_strdup_printf ("No receiver takes events at %s; they are kept until one does", fixture->endpoint);
  g_autoptr (GError) error = NULL;
  gpointer pull;
  guint n_done = 0;

  zmq_set (fixture, "high-water-mark", "100");
  zmq_start (fixture);
  g_assert_cmpint (zmq_try_dispatch (fixture, 0, 250, &n_done, &error), ==, MVX_LOG_DISPATCH_RETRY);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_cmpuint (n_done, ==, 100);
  g_assert_cmpuint (fixture->n_resumed, ==, 0);
  pull = zmq_peer (fixture, ZMQ_PULL);
  g_assert_cmpint (zmq_bind (pull, fixture->endpoint), ==, 0);
  for (guint i = 0; i < 60; i++)
    g_free (zmq_receive (pull, "PLJ", NULL));
  while (fixture->n_resumed == 0)
    g_main_context_iteration (NULL, TRUE);
  zmq_dispatch (fixture, 100, 150);
  for (guint i = 60; i < 250; i++)
    {
      g_autofree char *number = g_strdup_printf ("\"message\":\"event %u\"", i);
      g_autofree char *body = zmq_receive (pull, "PLJ", NULL);

      g_assert_nonnull (strstr (body, number));
    }
  g_assert_cmpuint (fixture->n_resumed, ==, 1);
  zmq_close (pull);
}

/* Nobody takes them in the end: it is said how many, and counted. */
static void
test_end (ZmqFixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) counts = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  zmq_set (fixture, "handover-timeout", "1ms");
  zmq_start (fixture);
  zmq_dispatch (fixture, 0, 7);
  g_assert_false (mvx_static_plugin_zmq.plugin->flush (fixture->instance, g_get_monotonic_time (), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==,
                   "7 events are still with libzmq: no receiver has taken them; start it, or look at the network");
  zmq_stop (fixture);
  g_assert_cmpuint (fixture->diagnostics->len, ==, 1);
  g_assert_cmpstr (fixture->diagnostics->pdata[0], ==,
                   "7 events are lost: no receiver took them from libzmq within 0.0 s");
  counts = mvx_log_sink_host_get_counts (fixture->host);
  text = g_variant_print (counts, FALSE);
  g_assert_cmpstr (text, ==, "{'not-handed-over': 7}");
}

/* Who stops waits for a receiver that takes them, also after another start and reopen. */
static void
test_restart (ZmqFixture *fixture, gconstpointer data)
{
  gpointer pull = zmq_peer (fixture, ZMQ_PULL);
  g_autoptr (GError) error = NULL;

  zmq_set (fixture, "handover-timeout", "30s");
  g_assert_cmpint (zmq_bind (pull, fixture->endpoint), ==, 0);
  zmq_start (fixture);
  zmq_dispatch (fixture, 0, 100);
  mvx_static_plugin_zmq.plugin->reopen (fixture->instance, &error);
  g_assert_no_error (error);
  zmq_dispatch (fixture, 100, 100);
  mvx_static_plugin_zmq.plugin->on_stopped (fixture->instance, &error);
  g_assert_no_error (error);
  mvx_static_plugin_zmq.plugin->on_starting (fixture->instance, &error);
  g_assert_no_error (error);
  zmq_dispatch (fixture, 200, 100);
  mvx_static_plugin_zmq.plugin->flush (fixture->instance, -1, &error);
  g_assert_no_error (error);
  zmq_stop (fixture);
  for (guint i = 0; i < 300; i++)
    g_free (zmq_receive (pull, "PLJ", NULL));
  g_assert_cmpuint (fixture->diagnostics->len, ==, 0);
  zmq_close (pull);
}

/* The number that a stream has, from the last bytes of a line. */
static guint64
receive_stream (gpointer pull)
{
  g_autofree char *body = zmq_receive (pull, "PLJ", NULL);
  const char *stream = strstr (body, "\"sender_stream\":\"");

  return g_ascii_strtoull (stream + strlen ("\"sender_stream\":\""), NULL, 16);
}

/* Two receivers share the events. */
static void
test_several (ZmqFixture *fixture, gconstpointer data)
{
  g_autofree char *second = g_strdup_printf ("tcp://127.0.0.1:%u", peer_free_port (SOCK_STREAM));
  g_autofree char *both = g_strdup_printf ("%s;%s", fixture->endpoint, second);
  gpointer pull = zmq_peer (fixture, ZMQ_PULL);
  zmq_pollitem_t items[] = { { .socket = pull, .events = ZMQ_POLLIN } };

  /* The first is not there: nothing is kept for it. */
  g_assert_cmpint (zmq_bind (pull, second), ==, 0);
  zmq_set (fixture, "endpoints", both);
  zmq_start (fixture);
  for (guint i = 0; i < 10; i++)
    {
      guint n_done = 0;

      while (n_done == 0)
        zmq_try_dispatch (fixture, i, 1, &n_done, NULL);
      /* Even: a part of the numbers is all that each gets. */
      g_assert_cmpuint (receive_stream (pull) % 2, ==, 0);
    }
  g_assert_cmpint (zmq_poll (items, 1, 0), ==, 0);
  zmq_close (pull);
}

static void
test_in_use (ZmqFixture *fixture, gconstpointer data)
{
  g_autofree char *expected = g_strdup_printf (
      "Cannot bind to '%s': Address already in use; end who has it, or choose another endpoint", fixture->endpoint);
  g_autofree char *wrong = g_strdup ("Cannot bind to 'tcp://no such host:1': No such device; correct 'endpoints'");
  gpointer pull = zmq_peer (fixture, ZMQ_PULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (zmq_bind (pull, fixture->endpoint), ==, 0);
  zmq_set (fixture, "attach", "bind");
  fixture->instance = mvx_static_plugin_zmq.create (fixture->options, fixture->host, &error);
  g_assert_false (mvx_static_plugin_zmq.plugin->on_starting (fixture->instance, &error));
  g_assert_cmpstr (error->message, ==, expected);
  g_clear_error (&error);
  g_assert_false (mvx_static_plugin_zmq.plugin->probe (fixture->options, -1, &error));
  g_assert_cmpstr (error->message, ==, expected);
  g_clear_error (&error);
  zmq_set (fixture, "endpoints", "tcp://no such host:1");
  g_assert_false (mvx_static_plugin_zmq.plugin->probe (fixture->options, -1, &error));
  g_assert_cmpstr (error->message, ==, wrong);
  zmq_close (pull);
}

static void
test_probe (ZmqFixture *fixture, gconstpointer data)
{
  g_autofree char *nobody = g_strdup_printf (
      "No receiver answers at '%s'; start it, or correct 'endpoints' or the CURVE keys", fixture->endpoint);
  g_autofree char *somebody
      = g_strdup_printf ("Who answers at '%s' is no receiver for these settings; correct 'endpoints' or the CURVE keys",
                         fixture->endpoint);
  const MvxLogPlugin *plugin = mvx_static_plugin_zmq.plugin;
  g_autoptr (GError) error = NULL;
  gpointer pull;

  g_assert_false (plugin->probe (fixture->options, g_get_monotonic_time () + 1000, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==, nobody);
  g_clear_error (&error);
  pull = zmq_peer (fixture, ZMQ_PULL);
  g_assert_cmpint (zmq_bind (pull, fixture->endpoint), ==, 0);
  plugin->probe (fixture->options, -1, &error);
  g_assert_no_error (error);
  /* One without keys is none for whoever has some. */
  zmq_set (fixture, "curve-server-key", "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6");
  g_assert_false (plugin->probe (fixture->options, -1, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_assert_cmpstr (error->message, ==, somebody);
  zmq_close (pull);
}

/* As a client with a pair of its own for this run. */
static void
test_curve (ZmqFixture *fixture, gconstpointer data)
{
  gpointer pull = zmq_peer (fixture, ZMQ_PULL);
  char public_key[41];
  char secret_key[41];
  int server = 1;

  if (!zmq_has ("curve"))
    {
      g_test_skip ("this libzmq has no CURVE");
      zmq_close (pull);
      return;
    }
  zmq_curve_keypair (public_key, secret_key);
  zmq_setsockopt (pull, ZMQ_CURVE_SERVER, &server, sizeof server);
  zmq_setsockopt (pull, ZMQ_CURVE_SECRETKEY, secret_key, 40);
  g_assert_cmpint (zmq_bind (pull, fixture->endpoint), ==, 0);
  zmq_set (fixture, "curve-server-key", public_key);
  zmq_start (fixture);
  zmq_dispatch (fixture, 0, 1);
  g_free (zmq_receive (pull, "PLJ", NULL));
  zmq_stop (fixture);
  zmq_close (pull);
}

/* Does the server let in who has the keys? What it says of others is complete when it has stopped. */
static gboolean
server_takes (ZmqFixture *fixture, const char *server_key, const char *public_key, const char *secret_key)
{
  gpointer pull = zmq_peer (fixture, ZMQ_PULL);
  gpointer monitor = zmq_peer (fixture, ZMQ_PAIR);
  /* libzmq gives names free when it comes to it. */
  g_autofree char *watch = g_strdup_printf ("inproc://%s", public_key);
  const int events
      = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
  char address[256];
  guint16 event = 0;

  zmq_setsockopt (pull, ZMQ_CURVE_SERVERKEY, server_key, 40);
  zmq_setsockopt (pull, ZMQ_CURVE_PUBLICKEY, public_key, 40);
  zmq_setsockopt (pull, ZMQ_CURVE_SECRETKEY, secret_key, 40);
  g_assert_cmpint (zmq_socket_monitor (pull, watch, events), ==, 0);
  g_assert_cmpint (zmq_connect (monitor, watch), ==, 0);
  g_assert_cmpint (zmq_connect (pull, fixture->endpoint), ==, 0);
  g_assert_cmpint (zmq_recv (monitor, address, sizeof address, 0), ==, 6);
  memcpy (&event, address, sizeof event);
  zmq_recv (monitor, address, sizeof address, 0);
  zmq_socket_monitor (pull, NULL, 0);
  zmq_close (monitor);
  if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
    {
      guint n_done = 0;

      while (n_done == 0)
        zmq_try_dispatch (fixture, 1, 1, &n_done, NULL);
      g_free (zmq_receive (pull, "PLJ", NULL));
    }
  zmq_close (pull);
  return event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
}

/* As the server: to know its public key is not enough. */
static void
test_curve_server (ZmqFixture *fixture, gconstpointer data)
{
  char keys[4][2][41]; /* ours, one that is known, two that are not; public and secret */
  g_autofree char *expected = NULL;

  if (!zmq_has ("curve"))
    {
      g_test_skip ("this libzmq has no CURVE");
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    zmq_curve_keypair (keys[i][0], keys[i][1]);
  zmq_set (fixture, "attach", "bind");
  zmq_set (fixture, "curve-secret-key", keys[0][1]);
  zmq_set (fixture, "curve-client-keys", keys[1][0]);
  zmq_start (fixture);
  g_assert_true (server_takes (fixture, keys[0][0], keys[1][0], keys[1][1]));
  g_assert_false (server_takes (fixture, keys[0][0], keys[2][0], keys[2][1]));
  zmq_stop (fixture);
  expected = g_strdup_printf ("A receiver at 127.0.0.1 was refused: its CURVE key '%s' is not in curve-client-keys",
                              keys[2][0]);
  g_assert_cmpuint (fixture->diagnostics->len, >, 0);
  g_assert_cmpstr (fixture->diagnostics->pdata[0], ==, expected);
  g_ptr_array_set_size (fixture->diagnostics, 0);

  /* libzmq closes its ports when it comes to it. */
  g_free (fixture->endpoint);
  fixture->endpoint = g_strdup_printf ("tcp://127.0.0.1:%u", peer_free_port (SOCK_STREAM));
  zmq_set (fixture, "endpoints", fixture->endpoint);
  zmq_set (fixture, "curve-client-keys", "any");
  zmq_start (fixture);
  g_assert_true (server_takes (fixture, keys[0][0], keys[3][0], keys[3][1]));
  zmq_stop (fixture);
  g_assert_cmpuint (fixture->diagnostics->len, ==, 0);
}

/* Where no thread can be started that asks for keys, nobody comes in without. */
static void
test_no_thread (ZmqFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!zmq_has ("curve"))
    {
      g_test_skip ("this libzmq has no CURVE");
      return;
    }
  zmq_set (fixture, "attach", "bind");
  zmq_set (fixture, "curve-secret-key", "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6");
  zmq_set (fixture, "curve-client-keys", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7");
  fixture->instance = mvx_static_plugin_zmq.create (fixture->options, fixture->host, &error);
  g_assert_no_error (error);
  no_threads = TRUE;
  g_assert_false (mvx_static_plugin_zmq.plugin->on_starting (fixture->instance, &error));
  no_threads = FALSE;
  g_assert_error (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
  g_assert_cmpstr (error->message, ==,
                   "Cannot make a ZeroMQ socket: Resource temporarily unavailable; raise the limit of threads");
  g_clear_error (&error);
  g_assert_true (mvx_static_plugin_zmq.plugin->on_starting (fixture->instance, &error));
  g_assert_no_error (error);
}

/* Secrets are in no descriptor. */
static void
test_descriptor (ZmqFixture *fixture, gconstpointer data)
{
  static const char key[] = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";
  g_autoptr (MvxLogSinkDescriptor) first = NULL;
  g_autoptr (MvxLogSinkDescriptor) second = NULL;
  g_autofree char *text = NULL;

  zmq_set (fixture, "curve-secret-key", key);
  zmq_set (fixture, "curve-client-keys", "any");
  first = mvx_static_plugin_zmq.build_descriptor (fixture->options, NULL);
  second = mvx_static_plugin_zmq.build_descriptor (fixture->options, NULL);
  g_assert_true (mvx_log_sink_descriptor_equal (first, second));
  text = mvx_log_sink_descriptor_to_string (first);
  g_assert_null (strstr (text, key));
  g_assert_nonnull (strstr (text, fixture->endpoint));
}

static void
test_reconfigure (ZmqFixture *fixture, gconstpointer data)
{
  gpointer pull = zmq_peer (fixture, ZMQ_PULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *body = NULL;

  g_assert_cmpint (zmq_bind (pull, fixture->endpoint), ==, 0);
  zmq_start (fixture);
  zmq_set (fixture, "json-keys", "gelf");
  mvx_static_plugin_zmq.plugin->reconfigure (fixture->instance, fixture->options, &error);
  g_assert_no_error (error);
  zmq_dispatch (fixture, 0, 1);
  body = zmq_receive (pull, "PLJ", NULL);
  g_assert_true (g_str_has_prefix (body, "{\"version\":\"1.1\""));
  zmq_set (fixture, "format", "pretty");
  g_assert_false (mvx_static_plugin_zmq.plugin->reconfigure (fixture->instance, fixture->options, &error));
  g_assert_cmpstr (error->message, ==,
                   "format: no receiver could read events as 'pretty'; use json, or encoding=binary");
  zmq_close (pull);
}

#define ADD(name, func) g_test_add ("/zmq/" name, ZmqFixture, NULL, zmq_fixture_set_up, func, zmq_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("endpoints", test_endpoints);
  ADD ("serializer", test_serializer);
  ADD ("keys", test_keys);
  ADD ("json", test_json);
  ADD ("binary", test_binary);
  g_test_add ("/zmq/hostile/json", ZmqFixture, "json", zmq_fixture_set_up, test_hostile, zmq_fixture_tear_down);
  g_test_add ("/zmq/hostile/binary", ZmqFixture, "binary", zmq_fixture_set_up, test_hostile, zmq_fixture_tear_down);
  ADD ("publish", test_publish);
  g_test_add ("/zmq/slow/wait", ZmqFixture, "wait", zmq_fixture_set_up, test_slow, zmq_fixture_tear_down);
  g_test_add ("/zmq/slow/skip", ZmqFixture, "skip", zmq_fixture_set_up, test_slow, zmq_fixture_tear_down);
  ADD ("full", test_full);
  ADD ("end", test_end);
  ADD ("restart", test_restart);
  ADD ("several", test_several);
  ADD ("in-use", test_in_use);
  ADD ("probe", test_probe);
  ADD ("clients", test_clients);
  ADD ("curve", test_curve);
  ADD ("curve-server", test_curve_server);
  ADD ("no-thread", test_no_thread);
  ADD ("descriptor", test_descriptor);
  ADD ("reconfigure", test_reconfigure);
  return g_test_run ();
}
