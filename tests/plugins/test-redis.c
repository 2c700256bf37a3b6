/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options, keys and commands of the redis plugin; servers that answer nonsense, or nothing. */
#include "../../plugins/redis/redis-encode.h"
#include "../../plugins/redis/redis-reply.h"
#include "redis-fixture.h"

typedef struct
{
  RedisFixture redis;
  GSocket *listener;
  const char *answer; /* of the server; it then closes. NULL: it never says anything */
  GThread *thread;
  GCancellable *cancellable; /* of the fake server */
} FakeFixture;

static void
assert_bad_option (const char *first, const char *value, const char *second, const char *other, const char *expected)
{
  g_autoptr (MvxLogOptions) options = mvx_log_plugin_new_options (&mvx_static_plugin_redis);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_options_set (options, first, value, NULL));
  if (second)
    g_assert_true (mvx_log_options_set (options, second, other, NULL));
  g_assert_null (mvx_static_plugin_redis.build_descriptor (options, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_options (void)
{
  assert_bad_option ("host", "", NULL, NULL, "host: it is empty; give a name or an address");
  assert_bad_option ("key", "", NULL, NULL, "key: it is empty; give a name such as 'logs' or 'logs:{context}'");
  assert_bad_option ("path", "redis.sock", NULL, NULL,
                     "path: it is not the absolute path of a socket, of at most 107 bytes");
  assert_bad_option ("path", "/a", "port", "1",
                     "path: host and port are given, too; give either the one or the others");
  assert_bad_option ("path", "/a", "tls", "true", "tls: there is none on a Unix socket; set tls=false");
  assert_bad_option ("password", "x", "password-file", "/y",
                     "password-file: there is a password, too; give one of them");
  assert_bad_option ("user", "x", NULL, NULL, "user: there is no password; set password or password-file");
  assert_bad_option ("ca-file", "/x", NULL, NULL, "ca-file: '/x' is for tls=true; set that, or leave it out");
  assert_bad_option ("server-name", "x", "tls", "false", "server-name: 'x' is for tls=true; set that, or leave it out");
}

/* A mistake that is told when the sink is made, not when events wait. */
static void
test_files (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_plugin_new_options (&mvx_static_plugin_redis);
  g_autoptr (GTlsDatabase) database = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) why = NULL;
  g_autofree char *expected = NULL;

  g_assert_true (mvx_log_options_set (options, "tls", "true", NULL));
  g_assert_true (mvx_log_options_set (options, "ca-file", "/no/such/ca.pem", NULL));
  g_assert_null (mvx_static_plugin_redis.create (options, NULL, &error));
  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_assert_cmpstr (error->message, ==, "tls: GIO has no TLS here; install glib-networking");
      return;
    }
  database = g_tls_file_database_new ("/no/such/ca.pem", &why);
  g_assert_null (database);
  expected
      = g_strdup_printf ("ca-file: cannot use '/no/such/ca.pem': %s; give a PEM file that can be read", why->message);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
assert_commands (MvxRedisEncoder *encoder, const char *expected)
{
  g_autofree char *text = g_strndup ((const char *) encoder->out.data, encoder->out.len);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_commands (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_plugin_new_options (&mvx_static_plugin_redis);
  g_autoptr (MvxRedisOptions) parsed = NULL;
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("a", 17, 5, NULL, NULL, 0);
  g_autofree char *pid = g_strdup_printf ("%d", getpid ());
  g_autofree char *expected = NULL;
  MvxRedisEncoder encoder;

  g_assert_true (mvx_log_options_set (options, "key", "{level}{context}", NULL));
  parsed = mvx_redis_options_new (options, NULL);
  mvx_redis_encoder_init (&encoder);
  mvx_redis_encoder_add_words (&encoder, "AUTH", "", "p w", NULL);
  assert_commands (&encoder, "*3\r\n$4\r\nAUTH\r\n$0\r\n\r\n$3\r\np w\r\n");
  mvx_redis_encoder_reset (&encoder);
  mvx_redis_encoder_add (&encoder, parsed, event);
  expected
      = g_strdup_printf ("*14\r\n$4\r\nXADD\r\n$3\r\n17a\r\n$6\r\nMAXLEN\r\n$1\r\n~\r\n$7\r\n1000000\r\n$1\r\n*\r\n"
                         "$2\r\nts\r\n$1\r\n5\r\n$5\r\nlevel\r\n$2\r\n17\r\n$7\r\ncontext\r\n$1\r\na\r\n"
                         "$3\r\npid\r\n$%u\r\n%s\r\n",
                         (guint) strlen (pid), pid);
  assert_commands (&encoder, expected);
  mvx_redis_encoder_clear (&encoder);
}

static void
test_answers (void)
{
  static const struct
  {
    const char *text;
    MvxLogDispatchResult result;
    const char *expected;
  } rows[] = {
    { "LOADING Redis is loading the dataset in memory", MVX_LOG_DISPATCH_RETRY,
      "Redis at 'x' answers \"LOADING Redis is loading the dataset in memory\"; it is still starting" },
    { "MOVED 3999 127.0.0.1:6381", MVX_LOG_DISPATCH_RETRY,
      "Redis at 'x' answers \"MOVED 3999 127.0.0.1:6381\"; it is a cluster; give the node that has the key" },
    { "ERR unknown command `XADD`", MVX_LOG_DISPATCH_RETRY,
      "Redis at 'x' answers \"ERR unknown command `XADD`\"; streams need Redis 5.0" },
    { "ERR odd", MVX_LOG_DISPATCH_DROP, "Redis at 'x' answers \"ERR odd\"; it does not take the event" },
    { "BUSY Redis is busy", MVX_LOG_DISPATCH_RETRY,
      "Redis at 'x' answers \"BUSY Redis is busy\"; it is asked again later" },
    { "", MVX_LOG_DISPATCH_RETRY, "Redis at 'x' answers \"\"; it is asked again later" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (mvx_redis_reply_judge ("x", rows[i].text, strlen (rows[i].text), &error), ==, rows[i].result);
      g_assert_cmpstr (error->message, ==, rows[i].expected);
    }
}

/* One connection. Reads until the other side has closed, so that nothing is reset. */
static gpointer
serve (gpointer data)
{
  FakeFixture *fake = data;
  g_autoptr (GSocket) socket = g_socket_accept (fake->listener, fake->cancellable, NULL);
  char buffer[4096];

  if (socket == NULL)
    return NULL;
  g_socket_receive (socket, buffer, sizeof buffer, fake->cancellable, NULL);
  if (fake->answer)
    {
      g_socket_send (socket, fake->answer, strlen (fake->answer), NULL, NULL);
      g_socket_shutdown (socket, FALSE, TRUE, NULL);
    }
  while (g_socket_receive (socket, buffer, sizeof buffer, fake->cancellable, NULL) > 0)
    ;
  return NULL;
}

static void
fake_set_up (FakeFixture *fake, gconstpointer data)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) address = NULL;
  g_autofree char *port = NULL;

  redis_fixture_set_up (&fake->redis, NULL);
  fake->cancellable = g_cancellable_new ();
  fake->listener = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_assert_true (g_socket_bind (fake->listener, any, TRUE, NULL));
  g_assert_true (g_socket_listen (fake->listener, NULL));
  address = g_socket_get_local_address (fake->listener, NULL);
  fake->redis.port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  port = g_strdup_printf ("%u", fake->redis.port);
  store_set (&fake->redis.store, "port", port);
  fake->answer = data;
  fake->thread = g_thread_new ("fake-redis", serve, fake);
}

static void
fake_tear_down (FakeFixture *fake, gconstpointer data)
{
  store_close (&fake->redis.store);
  g_cancellable_cancel (fake->cancellable);
  g_thread_join (fake->thread);
  g_object_unref (fake->listener);
  g_object_unref (fake->cancellable);
  redis_fixture_tear_down (&fake->redis, NULL);
}

static void
assert_fake (FakeFixture *fake, guint n_settled, const char *format)
{
  g_auto (GStrv) parts = g_strsplit (format, "%u", 2);
  g_autofree char *expected = g_strdup_printf ("%s%u%s", parts[0], fake->redis.port, parts[1]);
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  store_open (&fake->redis.store);
  g_assert_cmpint (store_try (&fake->redis.store, 0, 3, &n_done, &error), ==, MVX_LOG_DISPATCH_RETRY);
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_cmpuint (n_done, ==, n_settled);
}

static void
test_garbage (FakeFixture *fake, gconstpointer data)
{
  assert_fake (
      fake, 0,
      "What answers at '127.0.0.1:%u' is no Redis: Protocol error, got \"H\" as reply type byte; check host and "
      "port");
}

/* A server that makes up a length takes no memory for it. */
static void
test_list (FakeFixture *fake, gconstpointer data)
{
  assert_fake (fake, 0, "What answers at '127.0.0.1:%u' is no Redis: it answers with a list; check host and port");
}

static void
test_endless (void)
{
  redisReader *reader = mvx_redis_reply_reader_new ();
  g_autofree char *chunk = g_strnfill (16 * 1024, 'x');
  gpointer reply = NULL;
  guint n = 0;

  g_assert_true (mvx_redis_reply_feed (reader, "$500000000\r\n", 12));
  while (n < 100 && mvx_redis_reply_feed (reader, chunk, strlen (chunk)))
    {
      g_assert_cmpint (redisReaderGetReply (reader, &reply), ==, REDIS_OK);
      g_assert_null (reply);
      n++;
    }
  g_assert_cmpuint (n, ==, 4);
  redisReaderFree (reader);
}

/* What has been answered for is settled, the rest is kept. */
static void
test_cut (FakeFixture *fake, gconstpointer data)
{
  assert_fake (fake, 2, "No answer of Redis at '127.0.0.1:%u': it has closed the connection");
}

static void
test_loading (FakeFixture *fake, gconstpointer data)
{
  assert_fake (fake, 1, "Redis at '127.0.0.1:%u' answers \"LOADING x\"; it is still starting");
}

static void
test_silent (FakeFixture *fake, gconstpointer data)
{
  store_set (&fake->redis.store, "timeout", "1ms");
  assert_fake (fake, 0, "No answer of Redis at '127.0.0.1:%u': Socket I/O timed out");
}

/* Stopping does not wait for an answer. */
static gpointer
cancel (gpointer host)
{
  mvx_log_sink_host_cancel (host);
  return NULL;
}

static void
test_cancelled (FakeFixture *fake, gconstpointer data)
{
  GThread *thread = g_thread_new ("cancel", cancel, fake->redis.store.host);
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  store_set (&fake->redis.store, "timeout", "1h");
  store_open (&fake->redis.store);
  g_assert_cmpint (store_try (&fake->redis.store, 0, 3, &n_done, &error), ==, MVX_LOG_DISPATCH_RETRY);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
}

/* Of a command that it does not know a server repeats the arguments. */
static void
test_secret (FakeFixture *fake, gconstpointer data)
{
  store_set (&fake->redis.store, "password", "canary");
  assert_fake (fake, 0, "Redis at '127.0.0.1:%u' does not know the command AUTH");
  g_assert_null (strstr (fake->redis.store.diagnostics->str, "canary"));
}

/* Whatever else it does. */
static void
test_repeated (FakeFixture *fake, gconstpointer data)
{
  store_set (&fake->redis.store, "password", "canary");
  assert_fake (fake, 0, "Redis at '127.0.0.1:%u' answers \"ERR no ***, *** and  here\"; it does not take the event");
}

#define add(name, answer, func) g_test_add ("/redis/" name, FakeFixture, answer, fake_set_up, func, fake_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/redis/options", test_options);
  g_test_add_func ("/redis/files", test_files);
  g_test_add_func ("/redis/commands", test_commands);
  g_test_add_func ("/redis/answers", test_answers);
  g_test_add_func ("/redis/endless", test_endless);
  add ("list", "*1000000000\r\n", test_list);
  add ("garbage", "HTTP/1.1 400 Bad Request\r\n\r\n", test_garbage);
  add ("cut", "+OK\r\n$3\r\n1-1\r\n$3\r\n1-2\r\n$3\r\n1-", test_cut);
  add ("loading", "+OK\r\n$3\r\n1-1\r\n-LOADING x\r\n$3\r\n1-3\r\n", test_loading);
  add ("silent", NULL, test_silent);
  add ("cancelled", NULL, test_cancelled);
  add ("repeated", "-ERR no canary, canary and  here\r\n", test_repeated);
  add ("secret", "-ERR unknown command `AUTH`, with args beginning with: `canary`\r\n", test_secret);
  return g_test_run ();
}
