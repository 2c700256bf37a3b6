/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The redis plugin against redis-server. */
#include <math.h>

#include "../render-fixture.h"
#include "redis-fixture.h"

/* Name and value of entry @i of the stream in turn. */
static redisReply *
read_entries (RedisFixture *fixture, const char *key)
{
  g_autofree char *command = g_strdup_printf ("XRANGE %s - +", key);
  redisReply *reply = redis_ask (fixture, command);

  g_assert_nonnull (reply);
  g_assert_cmpint (reply->type, ==, REDIS_REPLY_ARRAY);
  return reply;
}

static const redisReply *
find_value (const redisReply *entry, const char *name, gsize size)
{
  const redisReply *pairs = entry->element[1];

  for (gsize i = 0; i < pairs->elements; i += 2)
    if ((gsize) pairs->element[i]->len == size && memcmp (pairs->element[i]->str, name, size) == 0)
      return pairs->element[i + 1];
  return NULL;
}

static void
assert_value (const redisReply *entry, const char *name, const char *expected)
{
  const redisReply *value = find_value (entry, name, strlen (name));

  g_assert_cmpstr (value ? value->str : NULL, ==, expected);
}

static void
test_entry (RedisFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) failure = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "broken");
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\xff", 2);
  g_autoptr (GVariant) map = g_variant_ref_sink (g_variant_new_parsed ("{'a': <[1, 2]>}"));
  const MvxLogField fields[] = {
    FIELD_STRING ("s", "12"),   FIELD_INT ("i", -12),        FIELD_UINT ("u", G_MAXUINT64),
    FIELD_DOUBLE ("d", 12.5),   FIELD_DOUBLE ("nan", NAN),   FIELD_BOOL ("b", TRUE),
    FIELD_NULL ("z"),           FIELD_TIME ("t", 1),         FIELD_VARIANT ("m", map),
    FIELD_INT ("i", 7),         FIELD_STRING ("level", "x"), FIELD_ERROR ("error", failure),
    FIELD_BYTES ("raw", bytes),
  };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .context = "net.http",
                                                            .level = MVX_LOG_LEVEL_ERROR,
                                                            .name = "bind",
                                                            .message_template = "{s} took {d}",
                                                            .trace = "0af7651916cd43dd8448eb211c80319c",
                                                            .file = "a.c",
                                                            .line = "42",
                                                            .fields = fields,
                                                            .n_fields = G_N_ELEMENTS (fields),
                                                            .seq = 3 });
  static const char *const expected[][2] = {
    { "ts", "1795262400123456789" },
    { "level", "error" },
    { "context", "net.http" },
    { "event", "bind" },
    { "entity", NULL },
    { "message", "12 took 12.5" },
    { "template", NULL },
    { "error", "[{\"domain\":\"g-io-error-quark\",\"code\":0,\"message\":\"broken\"}]" },
    { "trace_id", "0af7651916cd43dd8448eb211c80319c" },
    { "file", "a.c" },
    { "line", "42" },
    { "func", NULL },
    { "seq", "3" },
    { "types", "suddbntmisx" },
    { "f.s", "12" },
    { "f.i", "7" },
    { "f.u", "18446744073709551615" },
    { "f.d", "12.5" },
    { "f.nan", "NaN" },
    { "f.b", "true" },
    { "f.z", "" },
    { "f.t", "1" },
    { "f.m", "{\"a\":[1,2]}" },
    { "f.level", "x" },
    { "f.error", NULL },
  };
  redisReply *reply;

  if (!redis_start (fixture))
    return;
  store_open (&fixture->store);
  store_dispatch_one (&fixture->store, event);
  store_set (&fixture->store, "template", "true");
  g_assert_true (mvx_static_plugin_redis.plugin->reconfigure (fixture->store.instance, fixture->store.options, NULL));
  store_dispatch_one (&fixture->store, event);
  reply = read_entries (fixture, "mvxlog");
  g_assert_cmpuint (reply->elements, ==, 2);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    assert_value (reply->element[0], expected[i][0], expected[i][1]);
  assert_value (reply->element[1], "template", "{s} took {d}");
  g_assert_cmpmem (find_value (reply->element[0], "f.raw", 5)->str, find_value (reply->element[0], "f.raw", 5)->len,
                   "\0\xff", 2);
  freeReplyObject (reply);
}

/* Messages, values and keys come back as they were, byte for byte. */
/* What has come from elsewhere is not ours. */
static void
test_received (RedisFixture *fixture, gconstpointer data)
{
  const MvxLogSender web = { "web1", 4242, 0, 0xc0ffee, 99 };
  const MvxLogSender nobody = { NULL };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .message = "m", .thread = 4243, .seq = 1, .sender = &web });
  g_autoptr (MvxLogEvent) unknown = fixture_event ((Fixture){ .message = "m", .sender = &nobody });
  static const char *const expected[][3] = {
    { "pid", "4242", NULL },
    { "thread", "4243", NULL },
    { "seq", "99", NULL },
    { "sender_host", "web1", NULL },
    { "sender_stream", "0000000000c0ffee", NULL },
  };
  redisReply *entries;

  if (!redis_start (fixture))
    return;
  store_open (&fixture->store);
  store_dispatch_one (&fixture->store, event);
  store_dispatch_one (&fixture->store, unknown);
  entries = read_entries (fixture, "mvxlog");
  g_assert_cmpuint (entries->elements, ==, 2);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    for (guint j = 0; j < 2; j++)
      assert_value (entries->element[j], expected[i][0], expected[i][1 + j]);
  freeReplyObject (entries);
}

static void
test_hostile (RedisFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) hostile = fixture_hostile ();
  redisReply *reply;

  if (!redis_start (fixture))
    return;
  store_open (&fixture->store);
  for (guint i = 0; i < hostile->len; i++)
    {
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (hostile->pdata[i]);

      store_dispatch_one (&fixture->store, event);
    }
  reply = read_entries (fixture, "mvxlog");
  g_assert_cmpuint (reply->elements, ==, hostile->len);
  for (guint i = 0; i < hostile->len; i++)
    {
      gsize size;
      const char *bytes = g_bytes_get_data (hostile->pdata[i], &size);
      const redisReply *value = find_value (reply->element[i], "f.value", 7);
      g_autofree char *text = g_strndup (bytes ? bytes : "", size);
      g_autofree char *key = g_strconcat ("f.", text, NULL);

      if (strcmp (text, "value") == 0)
        continue;
      g_assert_cmpmem (value->str, value->len, bytes, size);
      value = find_value (reply->element[i], key, strlen (key));
      g_assert_nonnull (value);
      g_assert_cmpstr (value->str, ==, text);
    }
  freeReplyObject (reply);
}

static void
test_streams (RedisFixture *fixture, gconstpointer data)
{
  g_autofree char *length = NULL;
  g_autofree char *grown = NULL;

  if (!redis_start (fixture))
    return;
  store_set (&fixture->store, "key", "logs:{level}:{context}:{x}");
  store_open (&fixture->store);
  store_dispatch (&fixture->store, 0, 3);
  redis_assert (fixture, "XLEN logs:info:org.example:{x}", "3");
  /* About so many: Redis removes whole nodes of some 100 entries. */
  store_set (&fixture->store, "key", "short");
  store_set (&fixture->store, "max-length", "200");
  store_open (&fixture->store);
  store_dispatch (&fixture->store, 0, 1000);
  length = redis_tell (fixture, "XLEN short");
  g_assert_cmpint (atoi (length), >=, 200);
  g_assert_cmpint (atoi (length), <, 400);
  store_set (&fixture->store, "max-length", "0");
  store_open (&fixture->store);
  store_dispatch (&fixture->store, 0, 1000);
  grown = redis_tell (fixture, "XLEN short");
  g_assert_cmpint (atoi (grown), ==, atoi (length) + 1000);
}

/* One event is refused, the others of its batch are not. */
static void
test_wrong_type (RedisFixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogEvent) good = mvx_log_event_new ("good", MVX_LOG_LEVEL_INFO, 1, "m", NULL, 0);
  g_autoptr (MvxLogEvent) bad = mvx_log_event_new ("bad", MVX_LOG_LEVEL_INFO, 1, "m", NULL, 0);
  MvxLogEvent *events[] = { good, bad, good, bad, good };
  g_autofree char *diagnostics = g_strdup_printf (
      "dropped an event: Redis at '127.0.0.1:%u' answers \"WRONGTYPE Operation against a key holding the wrong kind of "
      "value\"; the key is no stream; give another key, or delete it\n",
      fixture->port);
  g_autofree char *twice = g_strconcat (diagnostics, diagnostics, NULL);
  g_autofree char *probe = g_strdup_printf (
      "The key 'bad' of Redis at '127.0.0.1:%u' holds a string and no stream; give another key, or delete it",
      fixture->port);
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  if (!redis_start (fixture))
    return;
  redis_assert (fixture, "SET bad text", "OK");
  store_set (&fixture->store, "key", "{context}");
  store_open (&fixture->store);
  g_assert_cmpint (
      mvx_static_plugin_redis.dispatch_core (fixture->store.instance, events, G_N_ELEMENTS (events), &n_done, &error),
      ==, MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, 5);
  g_assert_cmpuint (fixture->store.n_rejected, ==, 2);
  g_assert_cmpstr (fixture->store.diagnostics->str, ==, twice);
  redis_assert (fixture, "XLEN good", "3");
  store_set (&fixture->store, "key", "bad");
  store_assert_probe (&fixture->store, probe);
}

static void
assert_answer (RedisFixture *fixture, const char *format)
{
  g_autofree char *address = g_strdup_printf ("Redis at '127.0.0.1:%u' answers ", fixture->port);
  g_autofree char *expected = g_strconcat (address, format, NULL);

  store_assert_trouble (&fixture->store, MVX_LOG_DISPATCH_RETRY, 2, expected);
}

/* Events wait while the server cannot take any, and are there when it can. */
static void
test_trouble (RedisFixture *fixture, gconstpointer data)
{
  if (!redis_start (fixture))
    return;
  store_open (&fixture->store);
  redis_assert (fixture, "CONFIG SET maxmemory 1", "OK");
  assert_answer (fixture, "\"OOM command not allowed when used memory > 'maxmemory'.\"; raise its maxmemory, or set a "
                          "smaller max-length");
  redis_assert (fixture, "CONFIG SET maxmemory 0", "OK");
  redis_assert (fixture, "REPLICAOF 127.0.0.1 1", "OK");
  assert_answer (fixture,
                 "\"READONLY You can't write against a read only replica.\"; give the address of the primary, this "
                 "is a replica");
  redis_assert (fixture, "REPLICAOF NO ONE", "OK");
  store_dispatch (&fixture->store, 0, 5);
  redis_assert (fixture, "XLEN mvxlog", "5");
}

static void
test_access (RedisFixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename (fixture->store.directory, "password", NULL);
  g_autofree char *missing = g_strdup_printf (
      "Cannot read the password for Redis at '127.0.0.1:%u': Failed to open file “%s”: No such file or directory",
      fixture->port, file);

  redis_give (fixture, "--requirepass", "secret");
  if (!redis_start (fixture))
    return;
  redis_assert (fixture, "AUTH secret", "OK");
  redis_assert (fixture, "ACL SETUSER logger on >pw ~mvxlog +xadd +select +client", "OK");
  store_open (&fixture->store);
  assert_answer (fixture, "\"NOAUTH Authentication required.\"; set password or password-file");
  store_set (&fixture->store, "password", "wrong-secret");
  store_open (&fixture->store);
  assert_answer (fixture, "\"WRONGPASS invalid username-password pair or user is disabled.\"; check user and password");
  store_set (&fixture->store, "password", "secret");
  store_set (&fixture->store, "database", "3");
  store_open (&fixture->store);
  store_dispatch (&fixture->store, 0, 1);
  store_assert_probe (&fixture->store, NULL);
  redis_assert (fixture, "SELECT 3", "OK");
  redis_assert (fixture, "XLEN mvxlog", "1");
  store_set (&fixture->store, "user", "logger");
  store_set (&fixture->store, "password", "pw");
  store_open (&fixture->store);
  store_dispatch (&fixture->store, 1, 1);
  redis_assert (fixture, "XLEN mvxlog", "2");
  store_set (&fixture->store, "key", "other");
  store_open (&fixture->store);
  assert_answer (fixture,
                 "\"NOPERM this user has no permissions to access one of the keys used as arguments\"; allow the "
                 "user '+xadd' and the key in the access list");
  /* Of a file the first line counts; each connection reads it. */
  mvx_log_options_unref (fixture->store.options);
  fixture->store.options = mvx_log_plugin_new_options (&mvx_static_plugin_redis);
  store_set (&fixture->store, "path", fixture->socket);
  store_set (&fixture->store, "password-file", file);
  store_open (&fixture->store);
  g_string_truncate (fixture->store.diagnostics, 0);
  g_free (missing);
  missing = g_strdup_printf ("Cannot read the password for Redis at '%s': Failed to open file “%s”: No such file or "
                             "directory",
                             fixture->socket, file);
  store_assert_trouble (&fixture->store, MVX_LOG_DISPATCH_RETRY, 1, missing);
  g_assert_true (g_file_set_contents (file, "secret\nmore\n", -1, NULL));
  store_dispatch (&fixture->store, 0, 4);
  redis_assert (fixture, "SELECT 0", "OK");
  redis_assert (fixture, "XLEN mvxlog", "4");
}

/* A server that has gone away and come back: the connection is made anew without a failure if it has been closed. */
static void
test_reconnect (RedisFixture *fixture, gconstpointer data)
{
  g_autofree char *refused = g_strdup_printf ("Cannot connect to Redis at '127.0.0.1:%u': Could not connect to "
                                              "127.0.0.1: Connection refused; see whether it runs "
                                              "there, and check host and port",
                                              fixture->port);
  g_autoptr (GVariant) counts = NULL;
  gint64 n = 0;

  redis_give (fixture, "--appendonly", "yes");
  /* With "everysec" it may confirm what it has not even handed to the kernel, for as long as an fsync takes. */
  redis_give (fixture, "--appendfsync", "always");
  store_open (&fixture->store);
  store_assert_trouble (&fixture->store, MVX_LOG_DISPATCH_RETRY, 1, refused);
  store_assert_probe (&fixture->store, refused);
  if (!redis_start (fixture))
    return;
  store_dispatch (&fixture->store, 0, 3);
  redis_assert (fixture, "CLIENT KILL TYPE normal SKIPME yes", "1");
  store_dispatch (&fixture->store, 3, 3);
  peer_kill (&fixture->peer);
  store_assert_trouble (&fixture->store, MVX_LOG_DISPATCH_RETRY, 1, refused);
  redis_start (fixture);
  store_dispatch (&fixture->store, 6, 3);
  redis_assert (fixture, "XLEN mvxlog", "9");
  g_assert_true (mvx_static_plugin_redis.plugin->reopen (fixture->store.instance, NULL));
  store_dispatch (&fixture->store, 9, 1);
  counts = mvx_log_sink_host_get_counts (fixture->store.host);
  g_variant_lookup (counts, "reconnects", "x", &n);
  g_assert_cmpint (n, ==, 3);
}

static void
openssl (RedisFixture *fixture, const char *command)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = NULL;
  int status;

  g_assert_true (g_shell_parse_argv (command, NULL, &argv, &error));
  g_spawn_sync (fixture->store.directory, argv, NULL,
                G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL,
                &status, &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, NULL));
}

/* Verified, with a certificate of our own; and never in the clear. */
static void
test_tls (RedisFixture *fixture, gconstpointer data)
{
  g_autofree char *tls_port = g_strdup_printf ("%u", peer_free_port (SOCK_STREAM));
  g_autofree char *ca = g_build_filename (fixture->store.directory, "ca.pem", NULL);
  g_autofree char *certificate = g_build_filename (fixture->store.directory, "both.pem", NULL);
  g_autofree char *program = g_find_program_in_path ("openssl");
  g_autofree char *untrusted = NULL;
  g_autofree char *other = NULL;

  if (program == NULL || !g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("openssl or glib-networking is not installed");
      return;
    }
  openssl (fixture, "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca");
  openssl (fixture, "openssl req -newkey rsa:2048 -nodes -keyout s.key -out s.csr -subj /CN=localhost "
                    "-addext subjectAltName=DNS:localhost");
  openssl (fixture, "openssl x509 -req -in s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out s.pem -days 2 "
                    "-copy_extensions copy");
  openssl (fixture, "sh -c 'cat s.pem s.key > both.pem'");
  redis_give (fixture, "--tls-port", tls_port);
  redis_give (fixture, "--tls-cert-file", "s.pem");
  redis_give (fixture, "--tls-key-file", "s.key");
  redis_give (fixture, "--tls-ca-cert-file", "ca.pem");
  if (!redis_start (fixture))
    return;
  store_set (&fixture->store, "port", tls_port);
  store_set (&fixture->store, "tls", "true");
  store_set (&fixture->store, "server-name", "localhost");
  store_open (&fixture->store);
  untrusted = g_strdup_printf (
      "Cannot connect to Redis at '127.0.0.1:%s': its certificate is from an unknown authority; name "
      "that in ca-file",
      tls_port);
  store_assert_trouble (&fixture->store, MVX_LOG_DISPATCH_RETRY, 1, untrusted);
  store_set (&fixture->store, "ca-file", ca);
  store_set (&fixture->store, "client-certificate", certificate);
  store_open (&fixture->store);
  store_dispatch (&fixture->store, 0, 300);
  store_assert_probe (&fixture->store, NULL);
  redis_assert (fixture, "XLEN mvxlog", "300");
  store_set (&fixture->store, "server-name", "elsewhere");
  store_open (&fixture->store);
  other = g_strdup_printf (
      "Cannot connect to Redis at '127.0.0.1:%s': its certificate is for another name; correct host, "
      "or set server-name",
      tls_port);
  store_assert_trouble (&fixture->store, MVX_LOG_DISPATCH_RETRY, 1, other);
  redis_assert (fixture, "XLEN mvxlog", "300");
}

#define add(name, func)                                                                                                \
  g_test_add ("/redis-peer/" name, RedisFixture, NULL, redis_fixture_set_up, func, redis_fixture_tear_down)

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  add ("entry", test_entry);
  add ("received", test_received);
  add ("hostile", test_hostile);
  add ("streams", test_streams);
  add ("wrong-type", test_wrong_type);
  add ("trouble", test_trouble);
  add ("access", test_access);
  add ("reconnect", test_reconnect);
  add ("tls", test_tls);
  result = g_test_run ();
  peer_end_pool ();
  return result;
}
