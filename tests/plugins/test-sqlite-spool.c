/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A spooled database: nothing is lost by kills, and as the database knows how far each spool has come, nothing is in it
 * twice. */
#include "spool-cycle.h"
#include "sqlite-fixture.h"

static const char *program;

static void
note_rows (Cycle *cycle, const char *path)
{
  g_autofree char *text = sqlite_query (path, "SELECT fields ->> '$.run', fields ->> '$.n' FROM events");
  g_auto (GStrv) rows = g_strsplit (text, "\n", -1);

  for (guint i = 0; rows[i] && *rows[i]; i++)
    {
      guint64 run;
      guint64 n;

      g_assert_cmpint (sscanf (rows[i], "%" G_GUINT64_FORMAT "|%" G_GUINT64_FORMAT, &run, &n), ==, 2);
      cycle_note (cycle, run, n);
    }
}

static void
test_kills (SqliteFixture *fixture, gconstpointer data)
{
  g_autofree char *sink = g_strdup_printf ("plugin=sqlite\npath=%s", fixture->path);
  guint n_kills = 8;
  Cycle cycle;

  cycle_init (&cycle, program, fixture->store.directory, sink);
  for (guint i = 0; i < n_kills; i++)
    cycle_run (&cycle, CYCLE_MAX, (guint) g_test_rand_int_range (CYCLE_FLUSH, 4000));
  cycle_run (&cycle, 0, G_MAXUINT);
  assert_sql (fixture->path, "PRAGMA integrity_check", "ok");
  note_rows (&cycle, fixture->path);
  g_assert_cmpuint (cycle_check (&cycle, n_kills), ==, 0);
  /* Each run that has delivered something is known. */
  assert_sql (fixture->path, "SELECT count(*) BETWEEN 1 AND 9 FROM streams", "1");
  cycle_clear (&cycle);
}

int
main (int argc, char **argv)
{
  if (argc == 5 && strcmp (argv[1], "--child") == 0)
    return cycle_child (&mvx_static_plugin_sqlite, argv[2], argv[3], argv[4]);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/sqlite-spool/kills", SqliteFixture, NULL, sqlite_fixture_set_up, test_kills, sqlite_fixture_tear_down);
  return g_test_run ();
}
