/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sqlite plugin, and what others see in its database. */
#pragma once

#include <sqlite3.h>

#include "store-fixture.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (sqlite);

typedef struct
{
  StoreFixture store;
  char        *path;
} SqliteFixture;

static inline void
sqlite_fixture_set_up (SqliteFixture *fixture,
                       gconstpointer  data)
{
  store_set_up (&fixture->store, &mvx_static_plugin_sqlite);
  fixture->path = g_build_filename (fixture->store.directory, "events.db", NULL);
  store_set (&fixture->store, "path", fixture->path);
}

static inline void
sqlite_fixture_tear_down (SqliteFixture *fixture,
                          gconstpointer  data)
{
  store_tear_down (&fixture->store);
  g_free (fixture->path);
}

static inline sqlite3 *
sqlite_connect (const char *path)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL), ==, SQLITE_OK);
  return db;
}

static inline void
sqlite_run (sqlite3    *db,
            const char *sql)
{
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
}

static inline void
sqlite_run_on (const char *path,
               const char *sql)
{
  sqlite3 *db = sqlite_connect (path);

  sqlite_run (db, sql);
  sqlite3_close (db);
}

/* Columns separated by |, rows by newlines; NULL is -. */
static inline char *
sqlite_query (const char *path,
              const char *sql)
{
  sqlite3 *db = sqlite_connect (path);
  GString *rows = g_string_new (NULL);
  sqlite3_stmt *statement = NULL;

  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), ==, SQLITE_OK);
  while (sqlite3_step (statement) == SQLITE_ROW)
    {
      if (rows->len > 0)
        g_string_append_c (rows, '\n');
      for (int i = 0; i < sqlite3_column_count (statement); i++)
        {
          const char *text = (const char *) sqlite3_column_text (statement, i);

          g_string_append_printf (rows, "%s%s", i > 0 ? "|" : "", text ? text : "-");
        }
    }
  g_assert_cmpint (sqlite3_finalize (statement), ==, SQLITE_OK);
  sqlite3_close (db);
  return g_string_free (rows, FALSE);
}

static inline void
assert_sql (const char *path,
            const char *sql,
            const char *expected)
{
  g_autofree char *rows = sqlite_query (path, sql);

  g_assert_cmpstr (rows, ==, expected);
}
