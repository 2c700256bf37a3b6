/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The spool beside SQLite, in the same run and on the same disk: appending batches of 1, 64 and 1024 events of 316
 * bytes, each on the disk or left to the kernel; and what write=through costs a call. `spool [DIRECTORY]` (default: a
 * new one in the temporary directory) prints a table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>
#include <sqlite3.h>

#include "durable/crc32c-private.h"
#include "durable/spool-private.h"

#define EVENT 316
#define RUN_US (700 * 1000)
#define MAX_BATCHES 200000

typedef struct
{
  const char *name;
  gboolean sync;
  gpointer store;
  void (*open) (gpointer *store, const char *path, gboolean sync);
  void (*append) (gpointer store, guint n);
  void (*close) (gpointer store);
} Peer;

static guint8 event[EVENT];

static void
spool_open (gpointer *store, const char *path, gboolean sync)
{
  const MvxLogSpoolConfig config = { .directory = path,
                                     .sync = sync ? MVX_LOG_SPOOL_SYNC_BATCH : MVX_LOG_SPOOL_SYNC_NONE,
                                     .max_bytes = G_GUINT64_CONSTANT (64) << 30,
                                     .keep_free = 0 };
  g_autoptr (GError) error = NULL;

  *store = mvx_log_spool_new (&config, &error);
  if (*store == NULL)
    g_error ("%s", error->message);
}

static void
spool_append (gpointer store, guint n)
{
  static MvxLogBuffer buffer;
  g_autoptr (GError) error = NULL;

  buffer.len = 0;
  for (guint i = 0; i < n; i++)
    mvx_log_entry_put (&buffer, event, sizeof event);
  if (mvx_log_spool_append (store, buffer.data, buffer.len, n, NULL, &error) != n)
    g_error ("%s", error->message);
  mvx_log_spool_prepare (store);
}

static void
spool_close (gpointer store)
{
  for (MvxLogSpoolBatch *batch; (batch = mvx_log_spool_read (store, 100000, NULL));)
    {
      mvx_log_spool_ack (store, &batch->stream, batch->items[batch->n - 1].seq);
      mvx_log_spool_batch_free (batch);
    }
  mvx_log_spool_free (store);
}

typedef struct
{
  sqlite3 *db;
  sqlite3_stmt *begin;
  sqlite3_stmt *insert;
  sqlite3_stmt *commit;
} Database;

static void
database_step (Database *self, sqlite3_stmt *statement)
{
  if (sqlite3_step (statement) != SQLITE_DONE)
    g_error ("%s", sqlite3_errmsg (self->db));
  sqlite3_reset (statement);
}

static void
database_open (gpointer *store, const char *path, gboolean sync)
{
  Database *self = g_new0 (Database, 1);
  const char *setup
      = sync ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, e BLOB)"
             : "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; CREATE TABLE t (id INTEGER PRIMARY KEY, e BLOB)";

  if (sqlite3_open (path, &self->db) != SQLITE_OK || sqlite3_exec (self->db, setup, NULL, NULL, NULL) != SQLITE_OK
      || sqlite3_prepare_v2 (self->db, "BEGIN", -1, &self->begin, NULL) != SQLITE_OK
      || sqlite3_prepare_v2 (self->db, "INSERT INTO t (e) VALUES (?1)", -1, &self->insert, NULL) != SQLITE_OK
      || sqlite3_prepare_v2 (self->db, "COMMIT", -1, &self->commit, NULL) != SQLITE_OK)
    g_error ("%s", sqlite3_errmsg (self->db));
  *store = self;
}

static void
database_append (gpointer store, guint n)
{
  Database *self = store;

  database_step (self, self->begin);
  for (guint i = 0; i < n; i++)
    {
      sqlite3_bind_blob (self->insert, 1, event, sizeof event, SQLITE_STATIC);
      database_step (self, self->insert);
    }
  database_step (self, self->commit);
}

static void
database_close (gpointer store)
{
  Database *self = store;

  sqlite3_finalize (self->begin);
  sqlite3_finalize (self->insert);
  sqlite3_finalize (self->commit);
  sqlite3_close (self->db);
  g_free (self);
}

static int
compare (const void *a, const void *b)
{
  gint64 x = *(const gint64 *) a;
  gint64 y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

/* Events per second; prints the time that batches take. */
static double
measure (const Peer *peer, const char *base, guint n)
{
  static gint64 times[MAX_BATCHES];
  g_autofree char *path = g_strdup_printf ("%s/%s-%d-%u", base, peer->name, peer->sync, n);
  gpointer store;
  gint64 start;
  gint64 took;
  guint batches = 0;

  peer->open (&store, path, peer->sync);
  for (guint i = 0; i < 20; i++)
    peer->append (store, n);
  start = g_get_monotonic_time ();
  for (; batches < MAX_BATCHES && g_get_monotonic_time () - start < RUN_US; batches++)
    {
      gint64 before = g_get_monotonic_time ();

      peer->append (store, n);
      times[batches] = g_get_monotonic_time () - before;
    }
  took = g_get_monotonic_time () - start;
  peer->close (store);
  qsort (times, batches, sizeof times[0], compare);
  printf ("%-8s %-5s %6u %12.0f %10d %10d\n", peer->name, peer->sync ? "sync" : "none", n,
          (double) batches * n / (double) took * 1e6, (int) times[batches / 2], (int) times[batches * 99 / 100]);
  fflush (stdout);
  return (double) batches * n / (double) took * 1e6;
}

static void
measure_sums (void)
{
  gint64 start = g_get_monotonic_time ();
  guint32 sum = 0;

  for (guint i = 0; i < 1000000; i++)
    sum = mvx_log_crc32c (sum, event, sizeof event);
  printf ("CRC-32C of %d bytes: %.0f ns (%u)\n", EVENT, (double) (g_get_monotonic_time () - start) / 1000, sum & 1);
}

int
main (int argc, char *argv[])
{
  static const guint sizes[] = { 1, 64, 1024 };
  static const Peer peers[] = { { "mvxlog", TRUE, NULL, spool_open, spool_append, spool_close },
                                { "sqlite", TRUE, NULL, database_open, database_append, database_close },
                                { "mvxlog", FALSE, NULL, spool_open, spool_append, spool_close },
                                { "sqlite", FALSE, NULL, database_open, database_append, database_close } };
  g_autofree char *base = argc > 1 ? g_strdup (argv[1]) : g_dir_make_tmp ("mvxlog-bench-XXXXXX", NULL);
  double rates[G_N_ELEMENTS (peers)][G_N_ELEMENTS (sizes)];
  g_autofree char *remove = g_strdup_printf ("rm -r '%s'", base);

  memset (event, 'e', sizeof event);
  measure_sums ();
  printf ("%-8s %-5s %6s %12s %10s %10s\n", "store", "", "batch", "events/s", "p50 us", "p99 us");
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    for (guint k = 0; k < G_N_ELEMENTS (sizes); k++)
      rates[i][k] = measure (&peers[i], base, sizes[k]);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i += 2)
    for (guint k = 0; k < G_N_ELEMENTS (sizes); k++)
      printf ("mvxlog / sqlite, %s, batch %u: %.1f\n", peers[i].sync ? "sync" : "none", sizes[k],
              rates[i][k] / rates[i + 1][k]);
  return system (remove) == 0 ? 0 : 1;
}
