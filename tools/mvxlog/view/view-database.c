/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* No transaction is open while lines are handed over: whoever reads a pager for hours would otherwise keep the writer's
 * log from being taken over, and it would grow all the time. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>
#include <sqlite3.h>

#include "view/view-database.h"
#include "view/view-query.h"
#include "view/view-row.h"

/* As the plugin writes it. */
#define MVX_VIEW_DATABASE_APPLICATION_ID 0x4d56584c
#define MVX_VIEW_DATABASE_VERSION 1

#define MVX_VIEW_DATABASE_BUSY_MS 5000
/* Ids that are looked for at a time, and rows that are read in one transaction. */
#define MVX_VIEW_DATABASE_IDS (1 << 20)
#define MVX_VIEW_DATABASE_ROWS 256

struct _MvxViewDatabase
{
  char *path;
  const MvxViewFilter *filter;
  sqlite3 *db;
  sqlite3_stmt *row;
  gboolean is_immutable;
  dev_t dev;
  ino_t ino;
  gint64 last; /* id: everything up to it has been looked at */
  MvxLogBuffer lines;
};

gboolean
mvx_view_database_can (GError **error)
{
  return TRUE;
}

static gboolean
mvx_view_database_fail (MvxViewDatabase *self, GError **error)
{
  const int code = sqlite3_errcode (self->db);

  if (code == SQLITE_BUSY)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                         "another process has locked the database; try again later");
  else if (code == SQLITE_CORRUPT)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 "the database is damaged (%s); \"sqlite3 FILE .recover\" saves what is left",
                 sqlite3_errmsg (self->db));
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, sqlite3_errmsg (self->db));
  return FALSE;
}

/* The first column of the first row, @fallback without one. */
static gboolean
mvx_view_database_ask (MvxViewDatabase *self, const char *sql, gint64 fallback, gint64 *answer, GError **error)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL);

  if (code == SQLITE_OK)
    code = sqlite3_step (statement);
  *answer = code == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : fallback;
  sqlite3_finalize (statement);
  return code == SQLITE_ROW || code == SQLITE_DONE || mvx_view_database_fail (self, error);
}

static gboolean
mvx_view_database_fail_empty (GError **error)
{
  g_set_error_literal (
      error, G_IO_ERROR, G_IO_ERROR_NOT_INITIALIZED,
      "it is a database without the events of libmvxlog; 'mvxlog view' reads those of the plugin sqlite");
  return FALSE;
}

/* In the way of whoever is just making it, SQLite would remove a log that lies beside an empty file. */
static gboolean
mvx_view_database_has_begun (MvxViewDatabase *self, GError **error)
{
  struct stat info;

  return stat (self->path, &info) != 0 || info.st_size > 0 || mvx_view_database_fail_empty (error);
}

static gboolean
mvx_view_database_check (MvxViewDatabase *self, GError **error)
{
  gint64 application_id;
  gint64 version;

  if (!mvx_view_database_ask (self, "PRAGMA application_id", 0, &application_id, error)
      || !mvx_view_database_ask (self, "PRAGMA user_version", 0, &version, error))
    return FALSE;
  if (application_id == MVX_VIEW_DATABASE_APPLICATION_ID && version == MVX_VIEW_DATABASE_VERSION)
    return TRUE;
  if (application_id == MVX_VIEW_DATABASE_APPLICATION_ID)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 "it has version %" G_GINT64_FORMAT " of the schema, this mvxlog knows version %d; update it", version,
                 MVX_VIEW_DATABASE_VERSION);
  else if (application_id == 0 && version == 0)
    mvx_view_database_fail_empty (error);
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                         "it is a database of something else; 'mvxlog view' reads those of the plugin sqlite");
  return FALSE;
}

/* Beside a database in use lies its log. */
static gboolean
mvx_view_database_is_at_rest (const MvxViewDatabase *self)
{
  g_autofree char *log = g_strconcat (self->path, "-wal", NULL);

  return access (log, F_OK) != 0;
}

static void
mvx_view_database_disconnect (MvxViewDatabase *self)
{
  sqlite3_finalize (g_steal_pointer (&self->row));
  sqlite3_close (g_steal_pointer (&self->db));
}

/* What nobody uses is read as it is: to make its log would need rights that whoever only reads may not have, and the
 * log would stay, in the way of a writer who may not write to it. */
static gboolean
mvx_view_database_connect (MvxViewDatabase *self, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (self->path, NULL);
  g_autofree char *uri = g_filename_to_uri (absolute, NULL, NULL);
  g_autofree char *sql = g_strdup_printf ("SELECT %s FROM events WHERE id = ?", mvx_view_row_columns);
  g_autofree char *full = NULL;

  mvx_view_database_disconnect (self);
  if (!mvx_view_database_has_begun (self, error))
    return FALSE;
  self->is_immutable = mvx_view_database_is_at_rest (self);
  full = g_strconcat (uri, self->is_immutable ? "?mode=ro&immutable=1" : "?mode=ro", NULL);
  if (sqlite3_open_v2 (full, &self->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL)
      != SQLITE_OK)
    return mvx_view_database_fail (self, error);
  sqlite3_busy_timeout (self->db, MVX_VIEW_DATABASE_BUSY_MS);
  if (!mvx_view_database_check (self, error))
    return FALSE;
  return sqlite3_prepare_v2 (self->db, sql, -1, &self->row, NULL) == SQLITE_OK || mvx_view_database_fail (self, error);
}

/* Somebody has begun to write. */
static gboolean
mvx_view_database_refresh (MvxViewDatabase *self, GError **error)
{
  return !self->is_immutable || mvx_view_database_is_at_rest (self) || mvx_view_database_connect (self, error);
}

MvxViewDatabase *
mvx_view_database_open (const char *path, const MvxViewFilter *filter, GError **error)
{
  g_autoptr (MvxViewDatabase) self = g_new0 (MvxViewDatabase, 1);
  struct stat info;

  self->path = g_strdup (path);
  self->filter = filter;
  if (stat (path, &info) != 0 || access (path, R_OK) != 0)
    {
      g_set_error_literal (error, G_IO_ERROR, (gint) g_io_error_from_errno (errno), g_strerror (errno));
      return NULL;
    }
  self->dev = info.st_dev;
  self->ino = info.st_ino;
  return mvx_view_database_connect (self, error) ? g_steal_pointer (&self) : NULL;
}

void
mvx_view_database_free (MvxViewDatabase *self)
{
  mvx_view_database_disconnect (self);
  mvx_log_buffer_clear (&self->lines);
  g_free (self->path);
  g_free (self);
}

gboolean
mvx_view_database_last (MvxViewDatabase *self, gint64 n, GError **error)
{
  g_autofree char *sql
      = g_strdup_printf ("SELECT id FROM events ORDER BY id DESC LIMIT 1 OFFSET %" G_GINT64_FORMAT, MAX (n, 0));

  return mvx_view_database_ask (self, sql, 0, &self->last, error);
}

gboolean
mvx_view_database_is_current (MvxViewDatabase *self)
{
  struct stat info;

  return stat (self->path, &info) == 0 && info.st_dev == self->dev && info.st_ino == self->ino;
}

/* Levels with names of the program's own compare in another way here. The index answers that. */
static gboolean
mvx_view_database_has_plain_levels (MvxViewDatabase *self, gboolean *plain, GError **error)
{
  static const gint levels[]
      = { MVX_LOG_LEVEL_TRACE,   MVX_LOG_LEVEL_DEBUG, MVX_LOG_LEVEL_INFO,    MVX_LOG_LEVEL_NOTICE,
          MVX_LOG_LEVEL_WARNING, MVX_LOG_LEVEL_ERROR, MVX_LOG_LEVEL_CRITICAL };
  g_autoptr (GString) sql = g_string_new (NULL);
  gint64 found;

  g_string_printf (sql, "SELECT EXISTS (SELECT 1 FROM events WHERE level < %d)", levels[0]);
  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    {
      g_string_append_printf (sql, " OR EXISTS (SELECT 1 FROM events WHERE level > %d", levels[i]);
      if (i + 1 < G_N_ELEMENTS (levels))
        g_string_append_printf (sql, " AND level < %d", levels[i + 1]);
      g_string_append_c (sql, ')');
    }
  if (!mvx_view_database_ask (self, sql->str, 0, &found, error))
    return FALSE;
  *plain = found == 0;
  return TRUE;
}

/* The next ids that may be wanted, in their order. */
static gboolean
mvx_view_database_find (MvxViewDatabase *self, GArray *ids, GError **error)
{
  g_autofree char *condition = NULL;
  g_autofree char *sql = NULL;
  sqlite3_stmt *statement = NULL;
  MvxViewFilterTerms terms;
  gboolean plain_levels;
  int code;

  g_array_set_size (ids, 0);
  if (!mvx_view_database_has_plain_levels (self, &plain_levels, error))
    return FALSE;
  mvx_view_filter_get_terms (self->filter, &terms);
  condition = mvx_view_query_new (&terms, plain_levels);
  sql = g_strdup_printf ("SELECT id FROM events WHERE id > %" G_GINT64_FORMAT " AND %s ORDER BY id LIMIT %d",
                         self->last, condition, MVX_VIEW_DATABASE_IDS);
  code = sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL);
  while (code == SQLITE_OK || code == SQLITE_ROW)
    {
      gint64 id;

      code = sqlite3_step (statement);
      id = code == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : 0;
      if (code == SQLITE_ROW)
        g_array_append_val (ids, id);
    }
  sqlite3_finalize (statement);
  return code == SQLITE_DONE || mvx_view_database_fail (self, error);
}

/* What has been removed meanwhile is not there any more. */
static gboolean
mvx_view_database_fetch (MvxViewDatabase *self, const GArray *ids, guint first, guint n, GError **error)
{
  int code = sqlite3_exec (self->db, "BEGIN", NULL, NULL, NULL);

  self->lines.len = 0;
  for (guint i = first; i < first + n && code == SQLITE_OK; i++)
    {
      sqlite3_bind_int64 (self->row, 1, g_array_index (ids, gint64, i));
      code = sqlite3_step (self->row);
      if (code == SQLITE_ROW)
        {
          mvx_view_row_append (self->row, &self->lines);
          mvx_log_buffer_append_c (&self->lines, '\n');
        }
      sqlite3_reset (self->row);
      code = code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
    }
  if (code != SQLITE_OK)
    mvx_view_database_fail (self, error);
  sqlite3_exec (self->db, "COMMIT", NULL, NULL, NULL);
  return code == SQLITE_OK;
}

static void
mvx_view_database_hand_over (MvxViewDatabase *self, MvxToolLineFunc func, gpointer data)
{
  const char *line = (const char *) self->lines.data;
  const char *end = line + self->lines.len;

  while (line < end)
    {
      const char *newline = memchr (line, '\n', (gsize) (end - line));

      func (line, (gsize) (newline - line), FALSE, data);
      line = newline + 1;
    }
}

gboolean
mvx_view_database_read (MvxViewDatabase *self,
                        MvxToolLineFunc func,
                        gboolean (*pause) (gpointer data),
                        gpointer data,
                        GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  /* One that is taken as it is does not see what has changed. */
  if ((self->is_immutable || self->row == NULL) && !mvx_view_database_connect (self, error))
    return FALSE;
  do
    {
      if (!mvx_view_database_find (self, ids, error))
        return FALSE;
      for (guint i = 0; i < ids->len; i += MVX_VIEW_DATABASE_ROWS)
        {
          const guint n = MIN (ids->len - i, MVX_VIEW_DATABASE_ROWS);

          if (!mvx_view_database_refresh (self, error) || !mvx_view_database_fetch (self, ids, i, n, error))
            return FALSE;
          self->last = g_array_index (ids, gint64, i + n - 1);
          mvx_view_database_hand_over (self, func, data);
          if (pause && !pause (data))
            return TRUE;
        }
    }
  while (ids->len == MVX_VIEW_DATABASE_IDS);
  return TRUE;
}
