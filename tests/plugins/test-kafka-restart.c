/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* 100,000 spooled events to brokers that all go away and come back in between, twice: none is missing, and what comes
 * twice fits into what was on its way. */
#include "../ledger-check.h"
#include "../test-size.h"
#include "kafka-fixture.h"

#define BATCH 256
#define WINDOW 4

MVX_LOG_CONTEXT (test, "org.example.restart")

static void
configure (KafkaFixture *fixture)
{
  g_autofree char *list = g_strdelimit (g_strdup (fixture->brokers), ",", ';');
  g_autofree char *config
      = g_strdup_printf ("[mvxlog]\nversion=1\n[sink kafka]\nplugin=kafka\nbrokers=%s\ntopic=logs\nkey=none\n"
                         "delivery=spool\nspool-dir=%s/spool\nqueue-overflow=block\nblock-timeout=-1\nbatch-max=%d\n"
                         "max-in-flight=%d\nretry-min=10ms\nretry-max=50ms\n[context]\nsinks=kafka\n",
                         list, fixture->store.directory, BATCH, WINDOW);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_kafka, &error));
  mvx_log_configure_from_data (config, -1, "test", &error);
  g_assert_no_error (error);
}

static void
count_records (KafkaFixture *fixture, guint n_events, guint8 *seen)
{
  g_autofree char *records = kafka_read (fixture, "logs", "%s\n");
  g_auto (GStrv) lines = g_strsplit (records, "\n", -1);

  for (guint i = 0; *lines[i]; i++)
    {
      const char *found = strstr (lines[i], "\"n\":");
      guint64 number;

      g_assert_nonnull (found);
      number = g_ascii_strtoull (found + strlen ("\"n\":"), NULL, 10);
      g_assert_cmpuint (number, <, n_events);
      seen[number]++;
    }
}

static void
test_restart (KafkaFixture *fixture, gconstpointer data)
{
  const guint n_events = test_size (100000, 6000);
  g_autofree guint8 *seen = g_new0 (guint8, n_events);
  g_autoptr (GTimer) timer = NULL;
  g_autoptr (MvxLogSink) sink = NULL;
  MvxLogCounters counters = { 0 };
  guint n_missing = 0;
  guint n_twice = 0;
  double seconds;

  if (fixture->kcat == NULL)
    return;
  configure (fixture);
  timer = g_timer_new ();
  for (guint i = 0; i < n_events; i++)
    {
      mvx_info (test, "event", "n", i);
      if (i == n_events / 4 || i == n_events / 2)
        kafka_tell (fixture, "down 0");
      else if (i == n_events / 3 || i == n_events * 2 / 3)
        kafka_tell (fixture, "up 0");
    }
  sink = mvx_log_get_sink ("kafka");
  mvx_log_shutdown (-1, NULL);
  seconds = g_timer_elapsed (timer, NULL);
  count_records (fixture, n_events, seen);
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
  g_assert_cmpuint (n_twice, <=, 2 * WINDOW * BATCH);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/kafka-restart/restart", KafkaFixture, NULL, kafka_fixture_set_up, test_restart,
              kafka_fixture_tear_down);
  return g_test_run ();
}
