/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Old events go in small bites, and the newest never. */
#include "sqlite-fixture.h"

#include "../../plugins/sqlite/sqlite-retain.h"

/* What one bite may take. */
#define BITE 500
#define SECOND_NS G_GINT64_CONSTANT (1000000000)

typedef struct
{
  SqliteFixture sqlite;
  MvxSqliteOptions *options;
  MvxSqliteStore *store;
  MvxSqliteRetain *retain;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  sqlite_fixture_set_up (&fixture->sqlite, data);
  fixture->options = mvx_sqlite_options_new (fixture->sqlite.store.options, &error);
  g_assert_no_error (error);
  fixture->store = mvx_sqlite_store_new (fixture->sqlite.store.host, fixture->options);
  fixture->retain = mvx_sqlite_retain_new (fixture->sqlite.store.host, fixture->store, fixture->options);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  mvx_sqlite_retain_free (fixture->retain);
  mvx_sqlite_store_free (fixture->store);
  mvx_sqlite_options_free (fixture->options);
  sqlite_fixture_tear_down (&fixture->sqlite, data);
}

/* Of the seconds from @first on, each with @size bytes. */
static void
put (Fixture *fixture, guint first, guint n, gsize size)
{
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);
  g_autofree char *text = g_strnfill (size, 'x');
  g_autoptr (GError) error = NULL;

  for (guint i = first; i < first + n; i++)
    g_ptr_array_add (events, mvx_log_event_new ("a", MVX_LOG_LEVEL_INFO, i * SECOND_NS, text, NULL, 0));
  g_assert_cmpint (mvx_sqlite_store_open (fixture->store, &error), ==, MVX_LOG_DISPATCH_OK);
  g_assert_cmpint (mvx_sqlite_store_write (fixture->store, (MvxLogEvent *const *) events->pdata, n, &error), ==,
                   MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
}

static gint64
removed (Fixture *fixture)
{
  g_autoptr (GVariant) counts = mvx_log_sink_host_get_counts (fixture->sqlite.store.host);
  gint64 n = 0;

  g_variant_lookup (counts, "removed", "x", &n);
  return n;
}

/* Until there is no more to do; no bite is too large. Returns what the last one waits for. */
static gint64
bite_all (Fixture *fixture, gint64 now_us)
{
  gint64 next_us = 0;
  gint64 before;
  gboolean more;

  do
    {
      before = removed (fixture);
      more = mvx_sqlite_retain_bite (fixture->retain, now_us, &next_us);
      g_assert_cmpint (removed (fixture) - before, <=, BITE);
    }
  while (more);
  return next_us;
}

static void
test_none (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (bite_all (fixture, 0), ==, -1);
  put (fixture, 0, 10, 1);
  g_assert_cmpint (bite_all (fixture, G_MAXINT64 / 2), ==, -1);
  g_assert_cmpint (removed (fixture), ==, 0);
}

static void
test_count (Fixture *fixture, gconstpointer data)
{
  fixture->options->retain_count = 300;
  put (fixture, 0, 1500, 1);
  g_assert_cmpint (bite_all (fixture, 0), ==, -1);
  g_assert_cmpint (removed (fixture), ==, 1200);
  assert_sql (fixture->sqlite.path, "SELECT count(*), min(id), max(id) FROM events", "300|1201|1500");
  put (fixture, 1500, 1, 1);
  bite_all (fixture, 0);
  assert_sql (fixture->sqlite.path, "SELECT count(*), min(id), max(id) FROM events", "300|1202|1501");
}

/* Ids do not begin anew: who follows the table misses nothing. */
static void
test_age (Fixture *fixture, gconstpointer data)
{
  fixture->options->retain_age_us = 100 * G_USEC_PER_SEC;
  put (fixture, 1000, 1000, 1);
  /* Nothing to do for seconds yet: then it is the oldest one's turn. */
  g_assert_cmpint (bite_all (fixture, 1050 * G_USEC_PER_SEC), ==, 1100 * G_USEC_PER_SEC);
  g_assert_cmpint (removed (fixture), ==, 0);
  g_assert_cmpint (bite_all (fixture, 1900 * G_USEC_PER_SEC), ==, 1901 * G_USEC_PER_SEC);
  assert_sql (fixture->sqlite.path, "SELECT count(*), min(time_ns) / 1000000000 FROM events", "200|1800");
  g_assert_cmpint (bite_all (fixture, G_GINT64_CONSTANT (9000) * G_USEC_PER_SEC), ==, -1);
  assert_sql (fixture->sqlite.path, "SELECT count(*), min(id) FROM events", "1|1000");
  put (fixture, 2000, 1, 1);
  assert_sql (fixture->sqlite.path, "SELECT max(id) FROM events", "1001");
}

static void
test_size (Fixture *fixture, gconstpointer data)
{
  g_autofree char *pages = NULL;

  fixture->options->retain_size = 1 << 20;
  put (fixture, 0, 3000, 900); /* two to a page, with room */
  bite_all (fixture, 0);
  pages = sqlite_query (fixture->sqlite.path, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
  g_assert_cmpint (g_ascii_strtoll (pages, NULL, 10), <=, 1 << 20);
  assert_sql (fixture->sqlite.path, "PRAGMA freelist_count", "0");
  assert_sql (fixture->sqlite.path, "SELECT count(*) BETWEEN 400 AND 520, max(id) FROM events", "1|3000");
  assert_sql (fixture->sqlite.path, "PRAGMA integrity_check", "ok");
}

/* Never wrong, only later. */
static void
test_locked (Fixture *fixture, gconstpointer data)
{
  sqlite3 *other;
  gint64 next_us;

  fixture->options->retain_count = 1;
  fixture->options->busy_timeout_us = 1000;
  put (fixture, 0, 10, 1);
  mvx_sqlite_store_set_options (fixture->store, fixture->options);
  other = sqlite_connect (fixture->sqlite.path);
  sqlite_run (other, "BEGIN IMMEDIATE");
  g_assert_false (mvx_sqlite_retain_bite (fixture->retain, 0, &next_us));
  g_assert_cmpint (next_us, ==, G_USEC_PER_SEC);
  g_assert_cmpstr (fixture->sqlite.store.diagnostics->str, ==, "");
  sqlite3_close (other);
  bite_all (fixture, 0);
  g_assert_cmpint (removed (fixture), ==, 9);
  put (fixture, 10, 2, 1);
  other = sqlite_connect (fixture->sqlite.path);
  sqlite_run (other, "DROP TABLE events");
  sqlite3_close (other);
  g_assert_false (mvx_sqlite_retain_bite (fixture->retain, 0, &next_us));
  g_assert_cmpint (next_us, ==, 60 * G_USEC_PER_SEC);
  g_assert_true (g_str_has_prefix (fixture->sqlite.store.diagnostics->str, "Old events cannot be removed: "));
  g_assert_true (g_str_has_suffix (fixture->sqlite.store.diagnostics->str,
                                   ": no such table: events; the events are kept until it works\n"));
}

/* By itself, on the worker. */
static void
test_source (SqliteFixture *fixture, gconstpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GError) error = NULL;
  gint64 n = 0;

  store_set (&fixture->store, "retain-count", "100");
  store_open (&fixture->store);
  g_main_context_push_thread_default (context);
  g_assert_true (mvx_static_plugin_sqlite.plugin->on_starting (fixture->store.instance, &error));
  store_dispatch (&fixture->store, 0, 1200);
  while (n < 1100)
    {
      g_autoptr (GVariant) counts = NULL;

      g_main_context_iteration (context, TRUE);
      counts = mvx_log_sink_host_get_counts (fixture->store.host);
      g_variant_lookup (counts, "removed", "x", &n);
    }
  g_assert_true (mvx_static_plugin_sqlite.plugin->on_stopped (fixture->store.instance, &error));
  g_main_context_pop_thread_default (context);
  g_assert_cmpint (n, ==, 1100);
  assert_sql (fixture->path, "SELECT count(*), max(id) FROM events", "100|1200");
}

#define add(name, func) g_test_add ("/sqlite-retain/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("none", test_none);
  add ("count", test_count);
  add ("age", test_age);
  add ("size", test_size);
  add ("locked", test_locked);
  g_test_add ("/sqlite-retain/source", SqliteFixture, NULL, sqlite_fixture_set_up, test_source,
              sqlite_fixture_tear_down);
  return g_test_run ();
}
