/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A server that is ended and started again, three times, while events are sent: none is missing in the session of a
 * reader, and what comes twice is at most a batch each time. */
#include "../ledger-check.h"
#include "../test-size.h"
#include "mqtt-fixture.h"

#define N_EVENTS 100000
#define N_BREAKS 3
#define BATCH 1000

MVX_LOG_CONTEXT (test, "org.example.restart")

static void
configure (Mqtt *self)
{
  g_autofree char *config
      = g_strdup_printf ("[mvxlog]\nversion=1\n[sink "
                         "out]\nplugin=mqtt\nhost=127.0.0.1\nport=%u\ntopic=restart\ntimeout=60s\nbatch-max=%d\n"
                         "queue-overflow=block\nblock-timeout=-1\nretry-min=10ms\nretry-max=50ms\ndrain-timeout=-1\n["
                         "context]\nsinks=out\n",
                         self->port, BATCH);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_mqtt, &error));
  mvx_log_configure_from_data (config, -1, "test", &error);
  g_assert_no_error (error);
}

/* Each number at least once, up to the end; how many came twice. */
static guint
count_twice (char **lines, guint n_events)
{
  g_autofree guint8 *seen = g_new0 (guint8, n_events);
  guint n_missing = n_events;
  guint n_twice = 0;

  for (guint i = 0; lines[i] && !g_str_has_prefix (lines[i], "end|"); i++)
    {
      const char *number = strstr (lines[i], "\"n\":");
      const gint64 n = number ? g_ascii_strtoll (number + strlen ("\"n\":"), NULL, 10) : -1;

      g_assert_cmpint (n, >=, 0);
      g_assert_cmpint (n, <, n_events);
      n_missing -= seen[n] == 0;
      n_twice += seen[n] != 0;
      seen[n] = 1;
    }
  g_assert_cmpuint (n_missing, ==, 0);
  return n_twice;
}

static gboolean
has_end (gpointer path)
{
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && strstr (text, "\nend|") && g_str_has_suffix (text, "\n");
}

/* All that was kept for the reader, and behind it a message of ours. */
static GStrv
read_all (Mqtt *self)
{
  const char *const end[] = { "mosquitto_pub", "-p", self->port_text, "-q", "1", "-t", "end", "-m", "end", NULL };
  g_autofree char *path = g_build_filename (self->store.directory, "read", NULL);
  g_autofree char *text = NULL;
  Peer reader = { NULL, NULL };

  g_free (peer_run (end));
  mqtt_spawn_reader (self, &reader, path);
  peer_wait (&reader, has_end, path);
  peer_clear (&reader);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return g_strsplit (text, "\n", -1);
}

static void
test_restart (Mqtt *self, gconstpointer data)
{
  const guint n_events = g_getenv ("MVXLOG_TEST_LONG") ? N_EVENTS : test_size (N_EVENTS / 5, N_EVENTS / 20);
  g_autoptr (MvxLogSink) sink = NULL;
  g_auto (GStrv) lines = NULL;
  gint64 start = g_get_monotonic_time ();
  MvxLogCounters counters;
  guint n_twice;

  if (!mqtt_start (self))
    return;
  mqtt_subscribe (self);
  configure (self);
  for (guint i = 0; i < n_events; i++)
    {
      mvx_info (test, "event", "n", i);
      if (i % (n_events / 4) != n_events / 8 || i < n_events / 4)
        continue;
      peer_stop (&self->peer);
      mqtt_start (self);
    }
  sink = mvx_log_get_sink ("out");
  mvx_log_shutdown (-1, NULL);
  counters = ledger_check (sink);
  g_assert_cmpuint (counters.delivered, ==, n_events);
  g_test_message ("%u events in %.1f s", n_events, (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  lines = read_all (self);
  n_twice = count_twice (lines, n_events);
  g_test_message ("%u of them twice", n_twice);
  g_assert_cmpuint (n_twice, <=, N_BREAKS * BATCH);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/mqtt-restart/restart", Mqtt, NULL, mqtt_set_up, test_restart, mqtt_tear_down);
  return g_test_run ();
}
