/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The redis plugin, and a real server for it in a directory of its own. */
#pragma once

#include <hiredis/hiredis.h>

#include "peer.h"
#include "store-fixture.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (redis);

typedef struct
{
  StoreFixture  store;
  Peer          peer;
  char         *server; /* program; NULL: there is none, and the test is skipped */
  char         *socket;
  guint16       port;
  GPtrArray    *arguments; /* more of them for the server */
  redisContext *client;
} RedisFixture;

static inline void
redis_fixture_set_up (RedisFixture *fixture,
                      gconstpointer data)
{
  g_autofree char *port = NULL;

  store_set_up (&fixture->store, &mvx_static_plugin_redis);
  fixture->server = peer_find ("redis-server");
  fixture->socket = g_build_filename (fixture->store.directory, "redis.sock", NULL);
  fixture->port = peer_free_port (SOCK_STREAM);
  fixture->arguments = g_ptr_array_new_with_free_func (g_free);
  port = g_strdup_printf ("%u", fixture->port);
  store_set (&fixture->store, "host", "127.0.0.1");
  store_set (&fixture->store, "port", port);
}

static inline void
redis_disconnect (RedisFixture *fixture)
{
  g_clear_pointer (&fixture->client, redisFree);
}

static inline void
redis_fixture_tear_down (RedisFixture *fixture,
                         gconstpointer data)
{
  redis_disconnect (fixture);
  peer_clear (&fixture->peer);
  store_tear_down (&fixture->store);
  g_ptr_array_unref (fixture->arguments);
  g_free (fixture->server);
  g_free (fixture->socket);
}

static inline void
redis_give (RedisFixture *fixture,
            const char   *argument,
            const char   *value)
{
  g_ptr_array_add (fixture->arguments, g_strdup (argument));
  g_ptr_array_add (fixture->arguments, g_strdup (value));
}

/* Over the Unix socket, which needs no TLS; a reply, NULL for none. */
static inline redisReply *
redis_ask_argv (RedisFixture *fixture,
                int           n,
                const char  **words,
                const size_t *sizes)
{
  if (fixture->client == NULL)
    fixture->client = redisConnectUnix (fixture->socket);
  return fixture->client->err ? NULL : redisCommandArgv (fixture->client, n, words, sizes);
}

static inline redisReply *
redis_ask (RedisFixture *fixture,
           const char   *command)
{
  g_auto (GStrv) words = g_strsplit (command, " ", -1);

  return redis_ask_argv (fixture, (int) g_strv_length (words), (const char **) words, NULL);
}

/* What it answers, as text. */
static inline char *
redis_tell (RedisFixture *fixture,
            const char   *command)
{
  redisReply *reply = redis_ask (fixture, command);
  char *text;

  g_assert_nonnull (reply);
  text = reply->type == REDIS_REPLY_INTEGER ? g_strdup_printf ("%lld", reply->integer) : g_strdup (reply->str);
  freeReplyObject (reply);
  return text;
}

static inline void
redis_assert (RedisFixture *fixture,
              const char   *command,
              const char   *expected)
{
  g_autofree char *text = redis_tell (fixture, command);

  g_assert_cmpstr (text, ==, expected);
}

/* It has its data, too: while it loads them it says so. */
static inline gboolean
redis_is_ready (gpointer data)
{
  RedisFixture *fixture = data;
  redisReply *reply = redis_ask (fixture, "PING");
  gboolean ready = reply && (reply->type == REDIS_REPLY_STATUS || g_str_has_prefix (reply->str, "NOAUTH"));

  if (reply)
    freeReplyObject (reply);
  if (!ready)
    redis_disconnect (fixture);
  return ready;
}

/* FALSE: skipped. */
static inline gboolean
redis_start (RedisFixture *fixture)
{
  g_autofree char *log = g_build_filename (fixture->store.directory, "redis.log", NULL);
  g_autofree char *port = g_strdup_printf ("%u", fixture->port);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  const char *const fixed[] = { fixture->server, "--bind", "127.0.0.1", "--unixsocket", fixture->socket, "--dir",
                                fixture->store.directory, "--save", "", "--port" };

  if (fixture->server == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (fixed); i++)
    g_ptr_array_add (argv, (gpointer) fixed[i]);
  g_ptr_array_add (argv, port);
  for (guint i = 0; i < fixture->arguments->len; i++)
    g_ptr_array_add (argv, fixture->arguments->pdata[i]);
  g_ptr_array_add (argv, NULL);
  redis_disconnect (fixture);
  peer_spawn (&fixture->peer, log, (const char *const *) argv->pdata);
  peer_wait (&fixture->peer, redis_is_ready, fixture);
  return TRUE;
}
