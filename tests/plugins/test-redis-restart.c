/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* 100,000 events to a server that is killed and restarted in between, twice: none is missing, and what comes twice fits
 * into one batch for each restart. */
#include <signal.h>

#include "../ledger-check.h"
#include "redis-fixture.h"

#define N_EVENTS 100000
#define BATCH 256
#define PAGE 2000

MVX_LOG_CONTEXT (test, "org.example.restart")

static void
configure (RedisFixture *fixture)
{
  g_autofree char *config
      = g_strdup_printf ("[mvxlog]\nversion=1\n[sink redis]\nplugin=redis\nhost=127.0.0.1\nport=%u\n"
                         "max-length=0\nqueue-overflow=block\nblock-timeout=-1\nbatch-max=%d\n"
                         "retry-min=10ms\nretry-max=50ms\n[context]\nsinks=redis\n",
                         fixture->port, BATCH);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_redis, &error));
  mvx_log_configure_from_data (config, -1, "test", &error);
  g_assert_no_error (error);
}

/* Notes which events are on one page of the stream; FALSE at the end. */
static gboolean
read_page (RedisFixture *fixture, char **from, guint8 *seen)
{
  g_autofree char *command = g_strdup_printf ("XRANGE mvxlog %s + COUNT %d", *from, PAGE);
  redisReply *reply = redis_ask (fixture, command);
  const gsize n = reply->elements;

  g_assert_cmpint (reply->type, ==, REDIS_REPLY_ARRAY);
  for (gsize i = 0; i < n; i++)
    {
      const redisReply *pairs = reply->element[i]->element[1];
      guint64 number = g_ascii_strtoull (pairs->element[pairs->elements - 1]->str, NULL, 10);

      g_assert_cmpstr (pairs->element[pairs->elements - 2]->str, ==, "f.n");
      g_assert_cmpuint (number, <, N_EVENTS);
      seen[number]++;
    }
  g_free (*from);
  *from = n > 0 ? g_strconcat ("(", reply->element[n - 1]->element[0]->str, NULL) : NULL;
  freeReplyObject (reply);
  return n > 0;
}

static void
restart (RedisFixture *fixture)
{
  peer_kill (&fixture->peer);
  redis_start (fixture);
}

static void
test_restart (RedisFixture *fixture, gconstpointer data)
{
  g_autofree guint8 *seen = g_new0 (guint8, N_EVENTS);
  g_autofree char *from = g_strdup ("-");
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) sink = NULL;
  MvxLogCounters counters = { 0 };
  guint n_missing = 0;
  guint n_twice = 0;

  redis_give (fixture, "--appendonly", "yes");
  /* With "everysec" it may confirm what it has not even handed to the kernel, for as long as an fsync takes. */
  redis_give (fixture, "--appendfsync", "always");
  if (!redis_start (fixture))
    return;
  configure (fixture);
  for (guint i = 0; i < N_EVENTS; i++)
    {
      mvx_info (test, "event", "n", i);
      if (i == N_EVENTS / 3 || i == N_EVENTS * 2 / 3)
        restart (fixture);
    }
  mvx_log_flush (-1, &error);
  g_assert_no_error (error);
  while (read_page (fixture, &from, seen))
    ;
  for (guint i = 0; i < N_EVENTS; i++)
    {
      n_missing += seen[i] == 0;
      n_twice += seen[i] > 1 ? seen[i] - 1 : 0;
    }
  g_test_message ("%d events sent, %u missing, %u twice", N_EVENTS, n_missing, n_twice);
  sink = mvx_log_get_sink ("redis");
  counters = ledger_check_moving (sink);
  g_assert_cmpuint (counters.accepted, ==, N_EVENTS);
  g_assert_cmpuint (counters.delivered, ==, N_EVENTS);
  g_assert_cmpuint (n_missing, ==, 0);
  g_assert_cmpuint (n_twice, <=, 2 * BATCH);
  mvx_log_shutdown (-1, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/redis-restart/restart", RedisFixture, NULL, redis_fixture_set_up, test_restart,
              redis_fixture_tear_down);
  return g_test_run ();
}
