/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sqlite-stream.h"

/* Every run of a program has a stream of its own; of so many the end is remembered. */
#define MVX_SQLITE_STREAM_KEPT 1000

static int
mvx_sqlite_stream_open (MvxSqliteStream *self, sqlite3 *db)
{
  int code = mvx_sqlite_open_run (db, "CREATE TABLE IF NOT EXISTS streams "
                                      "(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, seq INTEGER NOT NULL)");

  if (code == SQLITE_OK)
    code = sqlite3_prepare_v3 (db, "SELECT seq FROM streams WHERE id = ?1", -1, SQLITE_PREPARE_PERSISTENT, &self->ask,
                               NULL);
  if (code == SQLITE_OK)
    code = sqlite3_prepare_v3 (db,
                               "INSERT INTO streams (id, seq) VALUES (?1, ?2) "
                               "ON CONFLICT (id) DO UPDATE SET seq = excluded.seq",
                               -1, SQLITE_PREPARE_PERSISTENT, &self->note, NULL);
  if (code == SQLITE_OK)
    self->db = db;
  else
    mvx_sqlite_stream_close (self);
  return code;
}

void
mvx_sqlite_stream_forget (MvxSqliteStream *self)
{
  g_clear_pointer (&self->id, g_free);
}

void
mvx_sqlite_stream_close (MvxSqliteStream *self)
{
  mvx_sqlite_stream_forget (self);
  sqlite3_finalize (g_steal_pointer (&self->ask));
  sqlite3_finalize (g_steal_pointer (&self->note));
  self->db = NULL;
}

static int
mvx_sqlite_stream_load (MvxSqliteStream *self, const char *id)
{
  int code;

  sqlite3_bind_text (self->ask, 1, id, -1, SQLITE_TRANSIENT);
  code = sqlite3_step (self->ask);
  self->stored = code == SQLITE_ROW ? (guint64) sqlite3_column_int64 (self->ask, 0) : 0;
  sqlite3_reset (self->ask);
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    return code;
  self->last = self->stored;
  self->id = g_strdup (id);
  return SQLITE_OK;
}

int
mvx_sqlite_stream_note (MvxSqliteStream *self)
{
  int code = SQLITE_DONE;

  if (self->id && self->last > self->stored)
    {
      sqlite3_bind_text (self->note, 1, self->id, -1, SQLITE_TRANSIENT);
      sqlite3_bind_int64 (self->note, 2, (sqlite3_int64) self->last);
      code = sqlite3_step (self->note);
      sqlite3_reset (self->note);
      if (code == SQLITE_DONE && self->stored == 0)
        code = mvx_sqlite_open_run (self->db, "DELETE FROM streams WHERE n <= (SELECT max (n) FROM streams) - %d",
                                    MVX_SQLITE_STREAM_KEPT);
    }
  mvx_sqlite_stream_forget (self);
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

int
mvx_sqlite_stream_pass (MvxSqliteStream *self, sqlite3 *db, const MvxLogEvent *event, gboolean *known)
{
  guint64 seq;
  const char *id = mvx_log_event_get_stream (event, &seq);
  int code = SQLITE_OK;

  *known = FALSE;
  if (id == NULL)
    return SQLITE_OK;
  if (self->db == NULL)
    code = mvx_sqlite_stream_open (self, db);
  if (code == SQLITE_OK && g_strcmp0 (self->id, id) != 0)
    {
      code = mvx_sqlite_stream_note (self);
      if (code == SQLITE_OK)
        code = mvx_sqlite_stream_load (self, id);
    }
  if (code != SQLITE_OK)
    return code;
  *known = seq <= self->last;
  self->last = MAX (self->last, seq);
  return SQLITE_OK;
}
