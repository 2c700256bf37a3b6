/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* 100,000 spooled events to a server that is killed and restarted in between, twice: none is missing and none is there
 * twice, for JetStream knows what it has had by its Nats-Msg-Id. */
#include "../ledger-check.h"
#include "../test-size.h"
#include "nats-fixture.h"

#define BATCH 256
#define WINDOW 4

MVX_LOG_CONTEXT (test, "org.example.restart")

typedef struct
{
  guint8 *seen;
  guint n_events;
} Count;

static void
configure (NatsFixture *fixture)
{
  g_autofree char *config
      = g_strdup_printf ("[mvxlog]\nversion=1\n[sink nats]\nplugin=nats\nservers=%s\nsubject=logs\n"
                         "delivery=spool\nspool-dir=%s/spool\nqueue-overflow=block\nblock-timeout=-1\nbatch-max=%d\n"
                         "max-in-flight=%d\nretry-min=10ms\nretry-max=50ms\n[context]\nsinks=nats\n",
                         fixture->address, fixture->store.directory, BATCH, WINDOW);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_nats, &error));
  mvx_log_configure_from_data (config, -1, "test", &error);
  g_assert_no_error (error);
}

static void
count_message (natsMsg *message, gpointer data)
{
  const Count *count = data;
  const char *found = g_strstr_len (natsMsg_GetData (message), natsMsg_GetDataLength (message), "\"n\":");
  guint64 number;

  g_assert_nonnull (found);
  number = g_ascii_strtoull (found + strlen ("\"n\":"), NULL, 10);
  g_assert_cmpuint (number, <, count->n_events);
  count->seen[number]++;
}

static void
restart (NatsFixture *fixture)
{
  nats_disconnect (fixture);
  peer_kill (&fixture->peer);
  nats_start (fixture, NATS_JETSTREAM);
}

/* A stop would leave to the spool what a server that is just coming back has not yet had. */
static void
wait_until_delivered (MvxLogSink *sink, guint n_events)
{
  const gint64 deadline = g_get_monotonic_time () + 100 * G_USEC_PER_SEC;
  MvxLogCounters counters = { 0 };

  while (mvx_log_sink_get_counters (sink, &counters), counters.delivered < n_events)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (10000);
    }
}

static void
test_restart (NatsFixture *fixture, gconstpointer data)
{
  const guint n_events = test_size (100000, 6000);
  g_autofree guint8 *seen = g_new0 (guint8, n_events);
  Count count = { seen, n_events };
  g_autoptr (GTimer) timer = NULL;
  g_autoptr (MvxLogSink) sink = NULL;
  MvxLogCounters counters = { 0 };
  guint n_missing = 0;
  guint n_twice = 0;
  double seconds;

  if (!nats_start (fixture, NATS_JETSTREAM))
    return;
  nats_add_stream (fixture, "logs");
  configure (fixture);
  timer = g_timer_new ();
  for (guint i = 0; i < n_events; i++)
    {
      mvx_info (test, "event", "n", i);
      if (i == n_events / 3 || i == n_events * 2 / 3)
        restart (fixture);
    }
  sink = mvx_log_get_sink ("nats");
  wait_until_delivered (sink, n_events);
  mvx_log_shutdown (-1, NULL);
  seconds = g_timer_elapsed (timer, NULL);
  nats_read (fixture, count_message, &count);
  for (guint i = 0; i < n_events; i++)
    {
      n_missing += seen[i] == 0;
      n_twice += seen[i] > 1 ? seen[i] - 1 : 0;
    }
  counters = ledger_check (sink);
  g_test_message ("%u events sent, %u missing, %u twice; %.2f s", n_events, n_missing, n_twice, seconds);
  g_assert_cmpuint (counters.accepted, ==, n_events);
  g_assert_cmpuint (counters.delivered, ==, n_events);
  g_assert_cmpuint (n_missing, ==, 0);
  g_assert_cmpuint (n_twice, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/nats-restart/restart", NatsFixture, NULL, nats_fixture_set_up, test_restart, nats_fixture_tear_down);
  return g_test_run ();
}
