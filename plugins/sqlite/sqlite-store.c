/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sqlite-store.h"

#include <errno.h>
#include <sys/stat.h>

#include "sqlite-row.h"
#include "sqlite-stream.h"

struct _MvxSqliteStore
{
  MvxLogSinkHost *host;
  const MvxSqliteOptions *options;
  MvxSqlitePatience patience;
  sqlite3 *db; /* NULL: closed, and so are the statements */
  sqlite3_stmt *begin;
  sqlite3_stmt *insert;
  sqlite3_stmt *commit;
  dev_t dev;
  ino_t ino;
  MvxSqliteRow row;
  MvxSqliteStream stream;
};

MvxSqliteStore *
mvx_sqlite_store_new (MvxLogSinkHost *host, const MvxSqliteOptions *options)
{
  MvxSqliteStore *self = g_new0 (MvxSqliteStore, 1);

  self->host = host;
  self->patience.cancellable = mvx_log_sink_host_get_cancellable (host);
  mvx_sqlite_row_init (&self->row);
  self->options = options;
  self->patience.busy_timeout_us = options->busy_timeout_us;
  return self;
}

void
mvx_sqlite_store_close (MvxSqliteStore *self)
{
  mvx_sqlite_stream_close (&self->stream);
  sqlite3_finalize (g_steal_pointer (&self->begin));
  sqlite3_finalize (g_steal_pointer (&self->insert));
  sqlite3_finalize (g_steal_pointer (&self->commit));
  sqlite3_close (g_steal_pointer (&self->db));
}

void
mvx_sqlite_store_free (MvxSqliteStore *self)
{
  mvx_sqlite_store_close (self);
  mvx_sqlite_row_clear (&self->row);
  g_free (self);
}

static int
mvx_sqlite_store_set_synchronous (MvxSqliteStore *self)
{
  return mvx_sqlite_open_run (self->db, "PRAGMA synchronous=%u", self->options->synchronous);
}

void
mvx_sqlite_store_set_options (MvxSqliteStore *self, const MvxSqliteOptions *options)
{
  self->options = options;
  self->patience.busy_timeout_us = options->busy_timeout_us;
  if (self->db && mvx_sqlite_store_set_synchronous (self) != SQLITE_OK)
    mvx_sqlite_store_close (self);
}

static int
mvx_sqlite_store_prepare (MvxSqliteStore *self)
{
  const struct
  {
    const char *sql;
    sqlite3_stmt **statement;
  } rows[] = {
    { "BEGIN IMMEDIATE", &self->begin },
    { mvx_sqlite_row_insert, &self->insert },
    { "COMMIT", &self->commit },
  };
  int code = mvx_sqlite_store_set_synchronous (self);

  for (guint i = 0; i < G_N_ELEMENTS (rows) && code == SQLITE_OK; i++)
    code = sqlite3_prepare_v3 (self->db, rows[i].sql, -1, SQLITE_PREPARE_PERSISTENT, rows[i].statement, NULL);
  return code;
}

MvxLogDispatchResult
mvx_sqlite_store_open (MvxSqliteStore *self, GError **error)
{
  MvxLogDispatchResult result = MVX_LOG_DISPATCH_OK;
  struct stat info = { 0 };
  int code;

  if (self->db)
    return MVX_LOG_DISPATCH_OK;
  self->db = mvx_sqlite_open (self->options, &self->patience, &result, error);
  if (self->db == NULL)
    return result;
  stat (self->options->path, &info);
  self->dev = info.st_dev;
  self->ino = info.st_ino;
  code = mvx_sqlite_store_prepare (self);
  if (code == SQLITE_OK)
    return MVX_LOG_DISPATCH_OK;
  result = mvx_sqlite_error_set (self->db, code, self->options->path, error);
  mvx_sqlite_store_close (self);
  return result;
}

gboolean
mvx_sqlite_store_is_stale (MvxSqliteStore *self)
{
  struct stat info;

  if (self->db == NULL)
    return FALSE;
  if (stat (self->options->path, &info) != 0)
    return errno == ENOENT;
  return info.st_dev != self->dev || info.st_ino != self->ino;
}

static int
mvx_sqlite_store_step (sqlite3_stmt *statement)
{
  int code = sqlite3_step (statement);

  sqlite3_reset (statement);
  return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

static int
mvx_sqlite_store_insert (MvxSqliteStore *self, MvxLogEvent *event)
{
  gboolean known;
  int code = mvx_sqlite_stream_pass (&self->stream, self->db, event, &known);

  if (code == SQLITE_OK && known)
    {
      mvx_log_sink_host_count (self->host, "repeated", 1);
      return SQLITE_OK;
    }
  if (code == SQLITE_OK)
    code = mvx_sqlite_row_bind (&self->row, event, self->options->with_template, self->insert);
  if (code == SQLITE_OK)
    code = mvx_sqlite_store_step (self->insert);
  if ((code & 0xff) != SQLITE_TOOBIG)
    return code;
  mvx_log_sink_host_reject (self->host, event, "it is larger than what SQLite takes for a row; set max-record-size");
  return SQLITE_OK;
}

MvxLogDispatchResult
mvx_sqlite_store_write (MvxSqliteStore *self, MvxLogEvent *const *events, guint n_events, GError **error)
{
  MvxLogDispatchResult result;
  int code = mvx_sqlite_store_step (self->begin);

  for (guint i = 0; i < n_events && code == SQLITE_OK; i++)
    code = mvx_sqlite_store_insert (self, events[i]);
  if (code == SQLITE_OK)
    code = mvx_sqlite_stream_note (&self->stream);
  if (code == SQLITE_OK)
    code = mvx_sqlite_store_step (self->commit);
  if (code == SQLITE_OK)
    return MVX_LOG_DISPATCH_OK;
  result = mvx_sqlite_error_set (self->db, code, self->options->path, error);
  mvx_sqlite_stream_forget (&self->stream);
  if (!sqlite3_get_autocommit (self->db))
    sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
  /* Whatever it was, a new connection sees what has become of it. */
  if (!mvx_sqlite_error_is_busy (code) && (code & 0xff) != SQLITE_FULL)
    mvx_sqlite_store_close (self);
  return result;
}

sqlite3 *
mvx_sqlite_store_get_db (MvxSqliteStore *self)
{
  return self->db;
}
