/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* 100,000 events through a spool to a server that is killed and restarted in between, three times: none is missing, and
 * none is there twice. Programs that are killed, too. */
#include "../test-size.h"
#include "postgres-fixture.h"
#include "spool-cycle.h"

#define N_EVENTS 100000
#define BATCH 1000

MVX_LOG_CONTEXT (test, "org.example.restart")

static const char *program;

static char *
write_sink (void)
{
  return g_strdup_printf ("plugin=postgres\nhost=%s\nport=%u\ndatabase=postgres\nuser=tester\ncreate-table=true",
                          cluster.directory, cluster.port);
}

static void
configure (StoreFixture *store)
{
  g_autofree char *sink = write_sink ();
  g_autofree char *config = g_strdup_printf (
      "[mvxlog]\nversion=1\n[sink out]\n%s\ndelivery=spool\nspool-dir=%s\nqueue-overflow=block\n"
      "block-timeout=-1\nbatch-max=%d\nretry-min=10ms\nretry-max=50ms\ndrain-timeout=-1\n[context]\nsinks=out\n",
      sink, store->directory, BATCH);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_postgres, &error));
  mvx_log_configure_from_data (config, -1, "test", &error);
  g_assert_no_error (error);
}

static void
test_restart (StoreFixture *store, gconstpointer data)
{
  const guint n_events = test_size (N_EVENTS, N_EVENTS / 20);
  g_autofree char *expected = g_strdup_printf ("%u|%u|0|%u", n_events, n_events, n_events - 1);
  gint64 start = g_get_monotonic_time ();
  g_autoptr (MvxLogSink) sink = NULL;
  MvxLogCounters counters;

  if (cluster.programs == NULL)
    return;
  configure (store);
  for (guint i = 0; i < n_events; i++)
    {
      mvx_info (test, "event", "n", i);
      if (i % (n_events / 4) != n_events / 8 || i < n_events / 4)
        continue;
      postgres_kill ();
      postgres_start (NULL);
    }
  sink = mvx_log_get_sink ("out");
  mvx_log_shutdown (-1, NULL);
  counters = ledger_check (sink);
  g_assert_cmpuint (counters.accepted, ==, n_events);
  g_assert_cmpuint (counters.delivered, ==, n_events);
  g_test_message ("%u events in %.1f s", n_events, (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  postgres_assert ("SELECT count(*), count (DISTINCT fields -> 'n'), min ((fields ->> 'n')::int), "
                   "max ((fields ->> 'n')::int) FROM events",
                   expected);
}

static void
note_rows (Cycle *cycle)
{
  g_autofree char *text = postgres_ask ("SELECT fields ->> 'run', fields ->> 'n' FROM events");
  g_auto (GStrv) rows = g_strsplit (text, "\n", -1);

  for (guint i = 0; rows[i] && *rows[i]; i++)
    {
      guint64 run;
      guint64 n;

      g_assert_cmpint (sscanf (rows[i], "%" G_GUINT64_FORMAT "|%" G_GUINT64_FORMAT, &run, &n), ==, 2);
      cycle_note (cycle, run, n);
    }
}

/* The program and the server, in turn. */
static void
test_kills (StoreFixture *store, gconstpointer data)
{
  const guint n_kills = test_size (6, 2);
  g_autofree char *sink = write_sink ();
  Cycle cycle;

  if (cluster.programs == NULL)
    return;
  cycle_init (&cycle, program, store->directory, sink);
  for (guint i = 0; i < n_kills; i++)
    {
      cycle_run (&cycle, CYCLE_MAX, (guint) g_test_rand_int_range (CYCLE_FLUSH, 3000));
      if (i % 2 == 1)
        continue;
      postgres_kill ();
      /* Nobody there: what is logged is kept all the same. */
      cycle_run (&cycle, 500, G_MAXUINT);
      postgres_start (NULL);
    }
  cycle_run (&cycle, 0, G_MAXUINT);
  note_rows (&cycle);
  g_assert_cmpuint (cycle_check (&cycle, n_kills + n_kills / 2), ==, 0);
  cycle_clear (&cycle);
}

int
main (int argc, char **argv)
{
  int status;

  if (argc == 5 && strcmp (argv[1], "--child") == 0)
    return cycle_child (&mvx_static_plugin_postgres, argv[2], argv[3], argv[4]);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  postgres_make_cluster ();
  g_test_add ("/postgres-restart/restart", StoreFixture, NULL, postgres_set_up, test_restart, postgres_tear_down);
  g_test_add ("/postgres-restart/kills", StoreFixture, NULL, postgres_set_up, test_kills, postgres_tear_down);
  status = g_test_run ();
  postgres_remove_cluster ();
  return status;
}
