/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows, and the lines that the tool makes of them; databases that are not ours; options. */
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>

#include "view/view-row.h"
#include "../hostile-judge.h"
#include "sqlite-fixture.h"

static void
test_row (SqliteFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) failure = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "broken");
  const MvxLogField fields[] = { FIELD_STRING ("path", "/a"), FIELD_DOUBLE ("ms", 12.5), FIELD_BOOL ("ok", TRUE),
                                 FIELD_ERROR ("error", failure) };
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
      "1|1795262400123456789|40|error|net.http|bind|sock|failed|/a took 12.5|{path} took {ms}|"
      "{\"path\":\"/a\",\"ms\":12.5,\"ok\":true}|[{\"domain\":\"g-io-error-quark\",\"code\":0,\"message\":\"broken\"}]|"
      "0af7651916cd43dd8448eb211c80319c|b7ad6b7169203331|0123456789abcdef0123456789abcdef|a.c|42|main|%d|7|3|-|-\n"
      "2|1795262400123456789|17|-||-|-|-|-|-|-|-|-|-|-|-|-|-|%d|-|-|-|-",
      getpid (), getpid ());

  store_open (&fixture->store);
  store_dispatch_one (&fixture->store, event);
  store_dispatch_one (&fixture->store, bare);
  assert_sql (fixture->path, "SELECT * FROM events ORDER BY id", expected);
  assert_sql (fixture->path, "SELECT typeof(time_ns), fields ->> '$.ms', json_type(fields, '$.ok') FROM events LIMIT 1",
              "integer|12.5|true");
  assert_sql (fixture->path, "PRAGMA journal_mode", "wal");
  assert_sql (fixture->path, "PRAGMA auto_vacuum", "2");
  assert_sql (fixture->path, "PRAGMA application_id", "1297504332");
  assert_sql (fixture->path, "PRAGMA user_version", "1");
  assert_sql (fixture->path, "PRAGMA integrity_check", "ok");
  store_set (&fixture->store, "template", "false");
  store_open (&fixture->store);
  store_dispatch_one (&fixture->store, event);
  assert_sql (fixture->path, "SELECT id, template FROM events WHERE id > 2", "3|-");
}

/* What has come from elsewhere is not ours. */
static void
test_received (SqliteFixture *fixture, gconstpointer data)
{
  const MvxLogSender web = { "web1", 4242, 0, 0xc0ffee, 99 };
  const MvxLogSender nobody = { NULL };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .message = "m", .thread = 4243, .seq = 1, .sender = &web });
  g_autoptr (MvxLogEvent) unknown = fixture_event ((Fixture){ .message = "m", .sender = &nobody });

  store_open (&fixture->store);
  store_dispatch_one (&fixture->store, event);
  store_dispatch_one (&fixture->store, unknown);
  assert_sql (fixture->path, "SELECT pid, thread, seq, host, stream FROM events ORDER BY id",
              "4242|4243|99|web1|0000000000c0ffee\n-|-|-|-|-");
}

/* Of the row with the greatest id. */
static char *
read_line (SqliteFixture *fixture)
{
  g_autofree char *sql = g_strdup_printf ("SELECT %s FROM events ORDER BY id DESC LIMIT 1", mvx_view_row_columns);
  sqlite3 *db = sqlite_connect (fixture->path);
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  sqlite3_stmt *statement = NULL;
  char *line;

  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  mvx_view_row_append (statement, &buffer);
  sqlite3_finalize (statement);
  sqlite3_close (db);
  line = g_strndup ((const char *) buffer.data, buffer.len);
  mvx_log_buffer_clear (&buffer);
  return line;
}

/* What the tool makes of the row is what the format json makes of the event, byte for byte. */
static void
assert_line (SqliteFixture *fixture, MvxLogEvent *event)
{
  g_autoptr (MvxLogRenderer) renderer = mvx_log_renderer_new ("json", NULL, NULL);
  g_autofree char *expected = fixture_line (renderer, event);
  g_autofree char *line = NULL;

  store_dispatch_one (&fixture->store, event);
  line = read_line (fixture);
  g_assert_cmpstr (line, ==, expected);
}

static void
test_lines (SqliteFixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\xff", 2);
  g_autoptr (GVariant) map = g_variant_ref_sink (g_variant_new_parsed ("{'a': <[1, 2]>, 'b': <{'c': <'d'>}>}"));
  const MvxLogField fields[] = {
    FIELD_STRING ("level", "x"),
    FIELD_UINT ("u", G_MAXUINT64),
    FIELD_DOUBLE ("nan", NAN),
    FIELD_NULL ("z"),
    FIELD_TIME ("t", 1),
    FIELD_BYTES ("raw", bytes),
    FIELD_VARIANT ("fields", map),
    FIELD_STRING ("who", "\xc3"),
    FIELD_STRING ("template", ""),
    FIELD_NULL ("error"),
    FIELD_INT ("u", 1),
  };
  const MvxLogSender sender = { "a\"b", 1, 0, G_MAXUINT64, G_MAXINT64 };
  const Fixture rows[] = {
    { .message = "" },
    { .message_template = "{who}\xa9 and {t} {raw} {u}", .fields = fields, .n_fields = G_N_ELEMENTS (fields) },
    { .message = "a\0b\n\xff", .message_len = 5, .level = MVX_LOG_LEVEL_CRITICAL },
    { .name = "bind", .entity = "", .outcome = "\xe2\x80\xa8", .function = "f" },
    { .level = -5, .time = -1, .message = "before 1970" },
    { .time = G_MAXINT64, .message = "late" },
    { .time = -9000000000123456789, .message = "early" },
    { .message = "m", .file = "a\"b.c", .line = "0", .thread = 4000000000, .seq = G_MAXINT64 },
    { .message = "m", .trace = "0af7651916cd43dd8448eb211c80319c", .span = "b7ad6b7169203331" },
    { .bare = TRUE },
    { .message = "m", .sender = &sender },
    { .message = "m", .thread = 7, .sender = &(MvxLogSender){ "" } },
  };
  g_autoptr (GPtrArray) hostile = fixture_hostile ();

  store_open (&fixture->store);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (MvxLogEvent) event = fixture_event (rows[i]);

      assert_line (fixture, event);
    }
  for (guint i = 0; i < hostile->len; i++)
    {
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (hostile->pdata[i]);

      assert_line (fixture, event);
    }
  assert_sql (fixture->path, "PRAGMA integrity_check", "ok");
  assert_sql (fixture->path, "SELECT count(*) FROM events WHERE NOT json_valid(coalesce(fields, '{}'))", "0");
}

/* What others read, with SQLite's own JSON. */
static void
test_hostile (SqliteFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) texts = fixture_hostile ();
  g_autoptr (GString) found = NULL;
  g_autofree char *rows = NULL;

  store_open (&fixture->store);
  for (guint i = 0; i < texts->len; i++)
    {
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (texts->pdata[i]);

      store_dispatch_one (&fixture->store, event);
    }
  rows = sqlite_query (
      fixture->path, "SELECT json_object ('message', message, 'context', context, 'fields', json (fields)) FROM events "
                     "ORDER BY id");
  found = g_string_new (rows);
  g_string_append_c (found, '\n');
  hostile_judge ("sqlite", "nested", texts, found->str, found->len);
}

static void
test_batch (SqliteFixture *fixture, gconstpointer data)
{
  store_open (&fixture->store);
  store_dispatch (&fixture->store, 0, 300);
  store_dispatch (&fixture->store, 300, 1);
  assert_sql (fixture->path, "SELECT count(*), min(message), max(id) FROM events", "301|event 0|301");
  store_open (&fixture->store);
  store_dispatch (&fixture->store, 301, 2);
  assert_sql (fixture->path, "SELECT count(*), max(id) FROM events", "303|303");
}

static void
test_foreign (SqliteFixture *fixture, gconstpointer data)
{
  g_autofree char *refusal = g_strdup_printf (
      "Database '%s' belongs to something else: its application id is 0x00000000, that of a log is 0x4d56584c; give "
      "another path",
      fixture->path);
  g_autofree char *newer = g_strdup_printf ("Database '%s' has version 2 of the schema, this plugin knows version 1; "
                                            "update libmvxlog, or give another path",
                                            fixture->path);
  g_autofree char *text
      = g_strdup_printf ("Database '%s' is damaged (file is not a database): move it away together with its '-wal' and "
                         "'-shm', and apply the "
                         "configuration again to begin a new one; \"sqlite3 FILE .recover\" saves what is left",
                         fixture->path);

  sqlite_run_on (fixture->path, "CREATE TABLE contacts (name)");
  store_assert_refused (&fixture->store, refusal);
  store_assert_probe (&fixture->store, refusal);
  assert_sql (fixture->path, "SELECT name FROM sqlite_schema", "contacts");
  assert_sql (fixture->path, "PRAGMA journal_mode", "delete");
  unlink (fixture->path);
  store_open (&fixture->store);
  store_close (&fixture->store);
  store_assert_probe (&fixture->store, NULL);
  sqlite_run_on (fixture->path, "PRAGMA user_version=2");
  store_assert_refused (&fixture->store, newer);
  store_assert_probe (&fixture->store, newer);
  g_assert_true (
      g_file_set_contents (fixture->path, "this is a text of some length, and no database at all\n", -1, NULL));
  store_assert_refused (&fixture->store, text);
  store_assert_probe (&fixture->store, text);
}

static void
test_paths (SqliteFixture *fixture, gconstpointer data)
{
  g_autofree char *deep = g_build_filename (fixture->store.directory, "a", "b", "c.db", NULL);
  g_autofree char *directory = g_path_get_dirname (deep);
  g_autofree char *missing
      = g_strdup_printf ("Cannot open database '%s': No such file or directory; create the directory "
                         "'%s' or set create-directories=true",
                         deep, directory);
  g_autofree char *is_directory = g_strdup_printf (
      "Cannot open database '%s': Is a directory; give the name of a regular file", fixture->store.directory);
  g_autoptr (GError) error = NULL;
  struct stat info;
  mode_t mask = umask (077);

  store_set (&fixture->store, "path", deep);
  store_set (&fixture->store, "permissions", "0664");
  store_set (&fixture->store, "create-directories", "false");
  store_assert_refused (&fixture->store, missing);
  store_assert_probe (&fixture->store, missing);
  store_set (&fixture->store, "create-directories", "true");
  store_assert_probe (&fixture->store, NULL);
  g_assert_false (g_file_test (directory, G_FILE_TEST_EXISTS));
  store_open (&fixture->store);
  store_dispatch (&fixture->store, 0, 1);
  g_assert_cmpint (stat (deep, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0664);
  g_assert_cmpint (stat (directory, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0755);
  umask (mask);
  store_set (&fixture->store, "path", fixture->store.directory);
  store_assert_refused (&fixture->store, is_directory);
  store_assert_probe (&fixture->store, is_directory);
  store_set (&fixture->store, "path", "x/");
  g_assert_null (mvx_static_plugin_sqlite.build_descriptor (fixture->store.options, &error));
  g_assert_cmpstr (error->message, ==, "path: 'x/' is not the name of a file; give one such as /var/log/app.db");
  g_clear_error (&error);
  store_set (&fixture->store, "path", "x.db");
  store_set (&fixture->store, "permissions", "rw");
  g_assert_null (mvx_static_plugin_sqlite.build_descriptor (fixture->store.options, &error));
  g_assert_cmpstr (error->message, ==, "permissions: expected an octal mode from 0 to 0777 such as 0640, got 'rw'");
}

/* Links to the directory lead to the same resource. */
static void
test_descriptor (SqliteFixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->store.directory, "link", NULL);
  g_autofree char *other = g_build_filename (link, "events.db", NULL);
  g_autoptr (MvxLogSinkDescriptor) one = mvx_static_plugin_sqlite.build_descriptor (fixture->store.options, NULL);
  g_autoptr (MvxLogSinkDescriptor) two = NULL;

  g_assert_cmpint (symlink (fixture->store.directory, link), ==, 0);
  store_set (&fixture->store, "path", other);
  two = mvx_static_plugin_sqlite.build_descriptor (fixture->store.options, NULL);
  g_assert_true (mvx_log_sink_descriptor_equal (one, two));
  g_assert_true (mvx_static_plugin_sqlite.plugin->flags & MVX_LOG_PLUGIN_EXCLUSIVE_RESOURCE);
}

static gint64
count (SqliteFixture *fixture, const char *name)
{
  g_autoptr (GVariant) counts = mvx_log_sink_host_get_counts (fixture->store.host);
  gint64 n = 0;

  g_variant_lookup (counts, name, "x", &n);
  return n;
}

static void
test_reopen (SqliteFixture *fixture, gconstpointer data)
{
  g_autofree char *moved = g_strconcat (fixture->path, ".1", NULL);
  g_autoptr (GError) error = NULL;

  store_open (&fixture->store);
  store_dispatch (&fixture->store, 0, 2);
  g_assert_true (mvx_static_plugin_sqlite.plugin->reopen (fixture->store.instance, &error));
  g_assert_no_error (error);
  store_dispatch (&fixture->store, 2, 1);
  assert_sql (fixture->path, "SELECT count(*) FROM events", "3");
  g_assert_cmpint (rename (fixture->path, moved), ==, 0);
  g_assert_true (mvx_static_plugin_sqlite.plugin->reopen (fixture->store.instance, &error));
  store_dispatch (&fixture->store, 3, 1);
  assert_sql (fixture->path, "SELECT message FROM events", "event 3");
}

/* Without being told: at the latest a second later. */
static void
test_vanish (SqliteFixture *fixture, gconstpointer data)
{
  guint n = 0;

  store_open (&fixture->store);
  store_dispatch (&fixture->store, n++, 1);
  fixture_remove (fixture->store.directory);
  while (count (fixture, "reopened") == 0)
    store_dispatch (&fixture->store, n++, 1);
  g_assert_cmpint (count (fixture, "reopened"), ==, 1);
  assert_sql (fixture->path, "SELECT count(*) FROM events", "1");
  assert_sql (fixture->path, "PRAGMA integrity_check", "ok");
}

static void
test_reconfigure (SqliteFixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("", MVX_LOG_LEVEL_INFO, 1, "t", NULL, 0);
  g_autoptr (GError) error = NULL;

  store_open (&fixture->store);
  store_dispatch_one (&fixture->store, event);
  store_set (&fixture->store, "template", "false");
  store_set (&fixture->store, "synchronous", "full");
  store_set (&fixture->store, "busy-timeout", "1ms");
  g_assert_true (
      mvx_static_plugin_sqlite.plugin->reconfigure (fixture->store.instance, fixture->store.options, &error));
  g_assert_no_error (error);
  store_dispatch_one (&fixture->store, event);
  assert_sql (fixture->path, "SELECT id, template FROM events", "1|t\n2|-");
  /* All or none. */
  store_set (&fixture->store, "permissions", "rw");
  g_assert_false (
      mvx_static_plugin_sqlite.plugin->reconfigure (fixture->store.instance, fixture->store.options, &error));
  store_dispatch_one (&fixture->store, event);
}

#define add(name, func)                                                                                                \
  g_test_add ("/sqlite/" name, SqliteFixture, NULL, sqlite_fixture_set_up, func, sqlite_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("row", test_row);
  add ("lines", test_lines);
  add ("hostile", test_hostile);
  add ("received", test_received);
  add ("batch", test_batch);
  add ("foreign", test_foreign);
  add ("paths", test_paths);
  add ("descriptor", test_descriptor);
  add ("reopen", test_reopen);
  add ("vanish", test_vanish);
  add ("reconfigure", test_reconfigure);
  return g_test_run ();
}
