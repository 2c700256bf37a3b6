/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows in a real PostgreSQL: what they hold, what comes twice, what is never taken, tables and options that are wrong.
 */
#include <math.h>

#include "../hostile-judge.h"
#include "postgres-fixture.h"

#define STREAM "0123456789abcdef0123456789abcdef"

static void
test_row (StoreFixture *store, gconstpointer data)
{
  g_autoptr (GError) failure = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "broken");
  const MvxLogField fields[]
      = { FIELD_STRING ("path", "/a\\\t\n"), FIELD_DOUBLE ("ms", 12.5),     FIELD_BOOL ("ok", TRUE),
          FIELD_DOUBLE ("nan", NAN),         FIELD_UINT ("u", G_MAXUINT64), FIELD_ERROR ("error", failure) };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .context = "net.http",
                                                            .level = MVX_LOG_LEVEL_ERROR,
                                                            .name = "bind",
                                                            .entity = "sock",
                                                            .outcome = "failed",
                                                            .message_template = "{path} took {ms}",
                                                            .id = "0123456789abcdef0123456789abcdef",
                                                            .trace = "0af7651916cd43dd8448eb211c80319c",
                                                            .span = "b7ad6b7169203331",
                                                            .file = "a.c",
                                                            .line = "42",
                                                            .function = "main",
                                                            .fields = fields,
                                                            .n_fields = G_N_ELEMENTS (fields),
                                                            .thread = 7,
                                                            .seq = 3 });
  g_autoptr (MvxLogEvent) bare = fixture_event ((Fixture){ .level = 17 });
  g_autofree char *expected = g_strdup_printf (
      "1|2026-11-21 12:00:00.123456|1795262400123456789|40|error|net.http|bind|sock|failed|/a\\\t\n took 12.5|"
      "{path} took {ms}|{\"u\": 18446744073709551615, \"ms\": 12.5, \"ok\": true, \"nan\": \"NaN\", "
      "\"path\": \"/a\\\\\\t\\n\"}|[{\"code\": 0, \"domain\": \"g-io-error-quark\", \"message\": \"broken\"}]|"
      "0af7651916cd43dd8448eb211c80319c|b7ad6b7169203331|0123456789abcdef0123456789abcdef|a.c|42|main|%d|7|3||||\n"
      "2|2026-11-21 12:00:00.123456|1795262400123456789|17||||||||||||||||%d||||||",
      getpid (), getpid ());

  if (cluster.programs == NULL)
    return;
  store_open (store);
  store_dispatch_one (store, event);
  store_dispatch_one (store, bare);
  postgres_assert (
      "SELECT id, time AT TIME ZONE 'UTC', time_ns, level, level_name, context, event, entity, outcome, message, "
      "template, fields, error, trace_id, span_id, event_id, file, line, func, pid, thread, seq, host, stream, "
      "spool, spool_seq FROM events ORDER BY id",
      expected);
  postgres_assert ("SELECT count(*) FROM events WHERE message IS NULL AND fields IS NULL AND context = ''", "1");
  postgres_assert ("SELECT jsonb_typeof (fields -> 'ms'), jsonb_typeof (fields -> 'ok') FROM events WHERE id = 1",
                   "number|boolean");
  store_set (store, "template", "false");
  store_open (store);
  store_dispatch_one (store, event);
  postgres_assert ("SELECT template IS NULL FROM events WHERE id = 3", "t");
}

/* Events of a spool, numbered from @first. */
static GPtrArray *
make_spooled (guint first, guint n)
{
  GPtrArray *events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);

  for (guint i = first; i < first + n; i++)
    {
      g_autofree char *text = g_strdup_printf ("event %u", i);
      MvxLogEvent *event = mvx_log_event_new ("org.example", MVX_LOG_LEVEL_INFO, i, text, NULL, 0);

      event->stream = STREAM;
      event->seq = i;
      g_ptr_array_add (events, event);
    }
  return events;
}

static void
dispatch_all (StoreFixture *store, GPtrArray *events)
{
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  g_assert_cmpint (store->plugin->dispatch_core (store->instance, (MvxLogEvent *const *) events->pdata, events->len,
                                                 &n_done, &error),
                   ==, MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, events->len);
}

static gint64
get_count (StoreFixture *store, const char *name)
{
  g_autoptr (GVariant) counts = mvx_log_sink_host_get_counts (store->host);
  gint64 n = 0;

  g_variant_lookup (counts, name, "x", &n);
  return n;
}

static void
test_twice (StoreFixture *store, gconstpointer data)
{
  g_autoptr (GPtrArray) first = make_spooled (1, 100);
  g_autoptr (GPtrArray) second = make_spooled (51, 100);

  if (cluster.programs == NULL)
    return;
  store_open (store);
  dispatch_all (store, first);
  dispatch_all (store, second);
  dispatch_all (store, first);
  postgres_assert (
      "SELECT count(*), min (spool_seq), max (spool_seq), count (DISTINCT spool_seq), min (spool::text) FROM events",
      "150|1|150|150|01234567-89ab-cdef-0123-456789abcdef");
  g_assert_cmpint (get_count (store, "repeated"), ==, 150);
  g_assert_cmpint (get_count (store, "reconnects"), ==, 0);
  /* Without the index there is no telling. */
  store_set (store, "table", "public.plain");
  store_set (store, "unique-index", "false");
  store_open (store);
  dispatch_all (store, first);
  dispatch_all (store, first);
  postgres_assert ("SELECT count(*) FROM plain", "200");
}

/* PostgreSQL has no place for a NUL. */
static void
test_nul (StoreFixture *store, gconstpointer data)
{
  const MvxLogField fields[] = { { "text", MVX_LOG_KIND_STRING, 3, { .p = "a\0b" } },
                                 { "path", MVX_LOG_KIND_STRING, 8, { .p = "c:\\u0000" } },
                                 { "last", MVX_LOG_KIND_STRING, 1, { .p = "\0" } } };
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);

  if (cluster.programs == NULL)
    return;
  g_ptr_array_add (events, mvx_log_event_new ("org.example", MVX_LOG_LEVEL_INFO, 1, "it is {text}", fields, 3));
  store_open (store);
  dispatch_all (store, events);
  g_assert_cmpuint (store->n_rejected, ==, 0);
  postgres_assert ("SELECT message, fields ->> 'text', fields ->> 'path', fields ->> 'last' FROM events",
                   "it is a\uFFFDb|a\uFFFDb|c:\\u0000|\uFFFD");
}

/* All but a context that is larger than what an index takes. */
static void
test_hostile (StoreFixture *store, gconstpointer data)
{
  g_autoptr (GPtrArray) texts = hostile_texts (100000);
  g_autoptr (GPtrArray) events = hostile_events (texts);
  g_autoptr (GString) found = NULL;
  char *rows;

  if (cluster.programs == NULL)
    return;
  store_open (store);
  dispatch_all (store, events);
  g_assert_cmpuint (store->n_rejected, ==, 0);
  rows
      = postgres_ask ("SELECT json_build_object ('message', message, 'context', context, 'fields', fields) FROM events "
                      "ORDER BY id");
  found = g_string_new (rows);
  g_free (rows);
  g_string_append_c (found, '\n');
  hostile_judge ("postgres", "database", texts, found->str, found->len);
}

/* A table of one's own may have rules. */
static void
test_refused (StoreFixture *store, gconstpointer data)
{
  g_autoptr (GPtrArray) events = make_spooled (1, 100);

  if (cluster.programs == NULL)
    return;
  store_open (store);
  dispatch_all (store, events);
  postgres_do ("ALTER TABLE events ADD CHECK (message NOT IN ('event 101', 'event 150'))");
  g_clear_pointer (&events, g_ptr_array_unref);
  events = make_spooled (91, 110);
  dispatch_all (store, events);
  g_assert_cmpuint (store->n_rejected, ==, 2);
  postgres_assert ("SELECT count(*), count (DISTINCT spool_seq), max (spool_seq) FROM events", "198|198|200");
}

/* Tables that are not there, not ours, or not for us. */
static void
test_tables (StoreFixture *store, gconstpointer data)
{
  g_autofree char *address = g_strdup_printf ("%s/.s.PGSQL.%u", cluster.directory, cluster.port);
  const struct
  {
    const char *sql;
    const char *table;
    const char *create;
    const char *expected;
  } rows[] = {
    { "SELECT 1", "events", "false", "relation \"events\" does not exist\"; make the table, or set create-table=true" },
    { "SELECT 1", "no.events", "true", "schema \"no\" does not exist\"; make the schema, or give another table" },
    { "CREATE TABLE other (id int)", "other", "true",
      "column \"time\" of relation \"other\" does not exist\"; it is a table of another kind; give another name, or "
      "add the "
      "column" },
    { "CREATE VIEW seen AS SELECT 1 AS time", "seen", "true",
      "column \"time_ns\" of relation \"seen\" does not exist\"; it is a table of another kind; give another name, or "
      "add "
      "the column" },
  };

  if (cluster.programs == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *expected = g_strdup_printf ("PostgreSQL at '%s' answers \"%s", address, rows[i].expected);

      postgres_do (rows[i].sql);
      store_set (store, "table", rows[i].table);
      store_set (store, "create-table", rows[i].create);
      store_open (store);
      store_assert_trouble (store, MVX_LOG_DISPATCH_RETRY, 3, expected);
      store_assert_trouble (store, MVX_LOG_DISPATCH_RETRY, 3, expected);
    }
  /* Whoever makes it in between helps at once. */
  store_set (store, "table", "q\"u'o.te");
  store_set (store, "create-table", "true");
  postgres_do ("CREATE SCHEMA \"q\"\"u'o\"");
  store_open (store);
  store_dispatch (store, 0, 5);
  postgres_assert ("SELECT count(*) FROM \"q\"\"u'o\".te", "5");
  postgres_do ("DROP SCHEMA \"q\"\"u'o\" CASCADE");
}

static void
test_rights (StoreFixture *store, gconstpointer data)
{
  g_autofree char *expected = g_strdup_printf (
      "PostgreSQL at '%s/.s.PGSQL.%u' answers \"permission denied for table events\"; grant the role "
      "INSERT on the table, and for create-table CREATE on its schema",
      cluster.directory, cluster.port);

  if (cluster.programs == NULL)
    return;
  store_open (store);
  store_dispatch (store, 0, 1);
  postgres_do ("CREATE ROLE guest LOGIN; GRANT USAGE ON SCHEMA public TO guest");
  store_set (store, "user", "guest");
  store_set (store, "create-table", "false");
  store_open (store);
  store_assert_trouble (store, MVX_LOG_DISPATCH_RETRY, 3, expected);
  store_assert_probe (store, expected);
  /* INSERT alone will do. */
  postgres_do ("GRANT INSERT ON events TO guest");
  store_dispatch (store, 1, 3);
  postgres_assert ("SELECT count(*) FROM events", "4");
  store_assert_probe (store, NULL);
  store_close (store);
  postgres_do ("DROP OWNED BY guest; DROP ROLE guest");
}

/* Of many that find no table one makes it. */
static gpointer
run_first (gpointer data)
{
  StoreFixture *store = data;

  store_open (store);
  store_dispatch (store, 0, 10);
  return NULL;
}

static void
test_at_once (StoreFixture *store, gconstpointer data)
{
  StoreFixture stores[8];
  GThread *threads[8];

  if (cluster.programs == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (stores); i++)
    postgres_set_up (&stores[i], NULL);
  for (guint i = 0; i < G_N_ELEMENTS (stores); i++)
    threads[i] = g_thread_new ("first", run_first, &stores[i]);
  for (guint i = 0; i < G_N_ELEMENTS (stores); i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < G_N_ELEMENTS (stores); i++)
    store_tear_down (&stores[i]);
  postgres_assert ("SELECT count(*) FROM events", "80");
}

static void
test_options (StoreFixture *store, gconstpointer data)
{
  static const struct
  {
    const char *name;
    const char *value;
    const char *expected;
  } rows[] = {
    { "host", "", "host: it is empty; give a name, an address or a directory" },
    { "host", "a,b", "host: it has a comma; give one host, and several sinks to a 'failover'" },
    { "database", "", "database: it is empty; give the name of one" },
    { "table", "", "table: it has an empty name; give TABLE or SCHEMA.TABLE" },
    { "table", ".x", "table: it has an empty name; give TABLE or SCHEMA.TABLE" },
    { "ca-file", "/x", "ca-file: there is no TLS on a Unix socket; remove it" },
    { "password-file", "/x", "password-file: there is a password, too; give one of them" },
  };

  store_set (store, "password", "secret");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      store_set (store, rows[i].name, rows[i].value);
      store_assert_refused (store, rows[i].expected);
      mvx_log_options_unref (store->options);
      store->options = mvx_log_plugin_new_options (store->plugin);
      store_set (store, "database", "postgres");
      store_set (store, "password", "secret");
    }
  store_set (store, "host", "127.0.0.1");
  store_set (store, "sslmode", "disable");
  store_set (store, "client-key", "/x");
  store_assert_refused (store, "client-key: there is no TLS with sslmode=disable; remove it");
}

#define TEST(name) g_test_add ("/postgres/" #name, StoreFixture, NULL, postgres_set_up, test_##name, postgres_tear_down)

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  postgres_make_cluster ();
  TEST (row);
  TEST (twice);
  TEST (nul);
  TEST (hostile);
  TEST (refused);
  TEST (tables);
  TEST (rights);
  TEST (at_once);
  TEST (options);
  status = g_test_run ();
  postgres_remove_cluster ();
  return status;
}
