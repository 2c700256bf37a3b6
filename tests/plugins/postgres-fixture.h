/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The postgres plugin, and a real cluster for it, which all tests of a program share. */
#pragma once

#include <glob.h>
#include <pwd.h>
#include <sys/stat.h>

#include <libpq-fe.h>

#include "peer.h"
#include "store-fixture.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (postgres);

typedef struct
{
  char   *directory; /* of the cluster and its socket */
  char   *programs;  /* NULL: not installed */
  char   *data;
  guint16 port;
  Peer    peer;
} PostgresCluster;

static PostgresCluster cluster;

/* The server refuses to run as root. */
static inline GPtrArray *
postgres_command (const char *program)
{
  static const char *const as_nobody[]
      = { "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=KILL" };
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < G_N_ELEMENTS (as_nobody) && geteuid () == 0; i++)
    g_ptr_array_add (argv, g_strdup (as_nobody[i]));
  g_ptr_array_add (argv, g_build_filename (cluster.programs, program, NULL));
  return argv;
}

static inline void
postgres_add (GPtrArray  *argv,
              const char *first,
              ...)
{
  va_list args;

  va_start (args, first);
  for (const char *word = first; word; word = va_arg (args, const char *))
    g_ptr_array_add (argv, g_strdup (word));
  va_end (args);
  g_ptr_array_add (argv, NULL);
}

/* The newest. */
static inline char *
postgres_find_programs (void)
{
  g_autofree char *path = g_find_program_in_path ("initdb");
  char *directory = path ? g_path_get_dirname (path) : NULL;
  glob_t found = { 0 };

  if (directory == NULL && glob ("/usr/lib/postgresql/*/bin", 0, NULL, &found) == 0)
    directory = g_strdup (found.gl_pathv[found.gl_pathc - 1]);
  globfree (&found);
  return directory;
}

static inline void
postgres_make_cluster (void)
{
  g_autoptr (GPtrArray) argv = NULL;

  cluster.programs = postgres_find_programs ();
  if (cluster.programs == NULL)
    return;
  cluster.directory = fixture_make_directory ();
  cluster.data = g_build_filename (cluster.directory, "data", NULL);
  cluster.port = peer_free_port (SOCK_STREAM);
  if (geteuid () == 0)
    g_assert_cmpint (chown (cluster.directory, getpwnam ("nobody")->pw_uid, getpwnam ("nobody")->pw_gid), ==, 0);
  argv = postgres_command ("initdb");
  postgres_add (argv, "-D", cluster.data, "-A", "trust", "-N", "--no-locale", "-E", "UTF8", "-U", "tester", NULL);
  g_free (peer_run ((const char *const *) argv->pdata));
}

static inline gboolean
postgres_is_ready (gpointer data)
{
  g_autofree char *port = g_strdup_printf ("%u", cluster.port);
  const char *const names[] = { "host", "port", "dbname", "user", NULL };
  const char *const values[] = { cluster.directory, port, "postgres", "tester", NULL };

  return PQpingParams (names, values, 0) == PQPING_OK;
}

/* FALSE: skipped. @more: arguments for the server, up to NULL. */
static inline gboolean
postgres_start (const char *const *more)
{
  g_autofree char *log = NULL;
  g_autofree char *port = g_strdup_printf ("%u", cluster.port);
  g_autoptr (GPtrArray) argv = NULL;

  if (cluster.programs == NULL)
    {
      g_test_skip ("postgresql is not installed");
      return FALSE;
    }
  if (cluster.peer.process)
    return TRUE;
  log = g_build_filename (cluster.directory, "log", NULL);
  argv = postgres_command ("postgres");
  for (; more && *more; more++)
    g_ptr_array_add (argv, g_strdup (*more));
  postgres_add (argv, "-D", cluster.data, "-F", "-h", "127.0.0.1", "-p", port, "-k", cluster.directory, NULL);
  peer_spawn (&cluster.peer, log, (const char *const *) argv->pdata);
  peer_wait (&cluster.peer, postgres_is_ready, NULL);
  return TRUE;
}

/* All of its processes at once, as if they had crashed: it recovers when it is started again. */
static inline void
postgres_kill (void)
{
  peer_end (&cluster.peer, SIGQUIT);
}

static inline void
postgres_remove_cluster (void)
{
  postgres_kill ();
  peer_clear (&cluster.peer);
  if (cluster.directory)
    fixture_remove (cluster.directory);
  g_free (cluster.directory);
  g_free (cluster.data);
  g_free (cluster.programs);
}

static inline PGconn *
postgres_connect (void)
{
  g_autofree char *port = g_strdup_printf ("%u", cluster.port);
  const char *const names[] = { "host", "port", "dbname", "user", NULL };
  const char *const values[] = { cluster.directory, port, "postgres", "tester", NULL };
  PGconn *conn = PQconnectdbParams (names, values, 0);

  if (PQstatus (conn) != CONNECTION_OK)
    g_error ("%s", PQerrorMessage (conn));
  PQsetNoticeProcessor (conn, (PQnoticeProcessor) g_free, NULL);
  return conn;
}

/* By a connection of its own: rows as lines, columns with a bar between them. */
static inline char *
postgres_ask (const char *sql)
{
  PGconn *conn = postgres_connect ();
  PGresult *result = PQexec (conn, sql);
  GString *text = g_string_new (NULL);

  if (PQresultStatus (result) != PGRES_COMMAND_OK && PQresultStatus (result) != PGRES_TUPLES_OK)
    g_error ("%s: %s", sql, PQerrorMessage (conn));
  for (int row = 0; row < PQntuples (result); row++)
    for (int column = 0; column < PQnfields (result); column++)
      g_string_append_printf (text, "%s%s", column > 0 ? "|" : row > 0 ? "\n" : "", PQgetvalue (result, row, column));
  PQclear (result);
  PQfinish (conn);
  return g_string_free (text, FALSE);
}

static inline void
postgres_assert (const char *sql,
                 const char *expected)
{
  g_autofree char *text = postgres_ask (sql);

  g_assert_cmpstr (text, ==, expected);
}

static inline void
postgres_do (const char *sql)
{
  g_free (postgres_ask (sql));
}

/* A plugin for a cluster without tables. */
static inline void
postgres_set_up (StoreFixture *store,
                 gconstpointer data)
{
  g_autofree char *port = g_strdup_printf ("%u", cluster.port);

  store_set_up (store, &mvx_static_plugin_postgres);
  store_set (store, "host", cluster.directory ? cluster.directory : "/nowhere");
  store_set (store, "port", cluster.port ? port : "5432");
  store_set (store, "database", "postgres");
  store_set (store, "user", "tester");
  store_set (store, "create-table", "true");
  store_set (store, "timeout", "60s");
  if (postgres_start (NULL))
    postgres_do ("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
}

static inline void
postgres_tear_down (StoreFixture *store,
                    gconstpointer data)
{
  store_tear_down (store);
}
