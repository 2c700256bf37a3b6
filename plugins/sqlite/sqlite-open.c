/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sqlite-open.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The write-ahead log is cut to this when it has been taken over. */
#define MVX_SQLITE_WAL_LIMIT (16 << 20)

#define MVX_SQLITE_TRIES 3

/* What the tool reads: change the schema's version with it. */
static const char mvx_sqlite_schema[]
    = "CREATE TABLE events ("
      "id INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, level INTEGER NOT NULL, level_name TEXT, "
      "context TEXT NOT NULL, event TEXT, entity TEXT, outcome TEXT, message TEXT, template TEXT, fields TEXT, error "
      "TEXT, "
      "trace_id TEXT, span_id TEXT, event_id TEXT, file TEXT, line INTEGER, func TEXT, pid INTEGER, "
      "thread INTEGER, seq INTEGER, host TEXT, stream TEXT);"
      "CREATE INDEX events_time ON events (time_ns);"
      "CREATE INDEX events_level ON events (level, context);"
      "CREATE INDEX events_trace ON events (trace_id) WHERE trace_id IS NOT NULL;";

int
mvx_sqlite_open_run (sqlite3 *db, const char *format, ...)
{
  g_autofree char *sql = NULL;
  va_list args;

  va_start (args, format);
  sql = g_strdup_vprintf (format, args);
  va_end (args);
  return sqlite3_exec (db, sql, NULL, NULL, NULL);
}

int
mvx_sqlite_open_ask (sqlite3 *db, const char *sql, gint64 *answer)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (db, sql, -1, &statement, NULL);

  if (code != SQLITE_OK)
    return code;
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW && sqlite3_column_type (statement, 0) != SQLITE_NULL)
    *answer = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Nobody tells when a lock is released; what ends the wait early is that the sink goes away. */
static int
mvx_sqlite_open_wait (gpointer data, int n_tries)
{
  static const gint delays_ms[] = { 1, 2, 5, 10, 15, 20, 25, 50, 100 };
  MvxSqlitePatience *patience = data;
  gint64 now = g_get_monotonic_time ();
  GPollFD fd;

  if (n_tries == 0)
    patience->busy_since_us = now;
  if (now - patience->busy_since_us >= patience->busy_timeout_us || g_cancellable_is_cancelled (patience->cancellable)
      || !g_cancellable_make_pollfd (patience->cancellable, &fd))
    return 0;
  g_poll (&fd, 1, delays_ms[MIN (n_tries, (int) G_N_ELEMENTS (delays_ms) - 1)]);
  g_cancellable_release_fd (patience->cancellable);
  return 1;
}

static gboolean
mvx_sqlite_open_fail (const char *path, int number, const char *remedy, GError **error)
{
  g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (number), "Cannot open database '%s': %s; %s", path,
               g_strerror (number), remedy);
  return FALSE;
}

/* With the mode that the options say, whatever the umask, but only those that are made here. 0, or an error number. */
static int
mvx_sqlite_open_make_directories (const char *directory, mode_t permissions)
{
  int made = mkdir (directory, permissions);

  if (made != 0 && errno == ENOENT)
    {
      g_autofree char *parent = g_path_get_dirname (directory);
      int number = mvx_sqlite_open_make_directories (parent, permissions);

      if (number != 0)
        return number;
      made = mkdir (directory, permissions);
    }
  if (made == 0)
    return chmod (directory, permissions) == 0 ? 0 : errno;
  return errno == EEXIST ? 0 : errno;
}

/* SQLite gives '-wal' and '-shm' the mode of the database. An existing file is left to SQLite: to close any descriptor
 * of it would release the locks of a connection that this process may have. */
static gboolean
mvx_sqlite_open_make_file (const MvxSqliteOptions *options, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (options->path);
  g_autofree char *remedy = NULL;
  struct stat info;
  int number = 0;
  int fd;

  if (options->create_directories)
    number = mvx_sqlite_open_make_directories (directory, options->directory_permissions);
  if (number != 0)
    {
      remedy = g_strdup_printf ("make the directory '%s' by hand or give another path", directory);
      return mvx_sqlite_open_fail (options->path, number, remedy, error);
    }
  fd = open (options->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, options->permissions);
  if (fd >= 0)
    {
      if (fchmod (fd, options->permissions) != 0)
        errno = 0; /* some file systems have no modes */
      close (fd);
      return TRUE;
    }
  if (errno != EEXIST)
    {
      number = errno;
      remedy = number == ENOENT
                   ? g_strdup_printf ("create the directory '%s' or set create-directories=true", directory)
                   : g_strdup_printf ("let user %u write to '%s', or give another path", (guint) geteuid (), directory);
      return mvx_sqlite_open_fail (options->path, number, remedy, error);
    }
  if (stat (options->path, &info) == 0 && !S_ISREG (info.st_mode))
    return mvx_sqlite_open_fail (options->path, S_ISDIR (info.st_mode) ? EISDIR : EINVAL,
                                 "give the name of a regular file", error);
  if (access (options->path, R_OK | W_OK) == 0)
    return TRUE;
  number = errno;
  remedy = g_strdup_printf ("let user %u read and write it", (guint) geteuid ());
  return mvx_sqlite_open_fail (options->path, number, remedy, error);
}

typedef struct
{
  gint64 application_id;
  gint64 version;
  gint64 n_tables;
} MvxSqliteIdentity;

static int
mvx_sqlite_open_identify (sqlite3 *db, MvxSqliteIdentity *identity)
{
  int code = SQLITE_IOERR_DELETE_NOENT;

  *identity = (MvxSqliteIdentity){ 0, 0, 0 };
  /* The log of a database that was deleted goes with the first look at its successor, which may be somebody else's. */
  for (guint i = 0; i < MVX_SQLITE_TRIES && code == SQLITE_IOERR_DELETE_NOENT; i++)
    code = mvx_sqlite_open_ask (db, "PRAGMA application_id", &identity->application_id);
  if (code == SQLITE_OK)
    code = mvx_sqlite_open_ask (db, "PRAGMA user_version", &identity->version);
  if (code == SQLITE_OK)
    code = mvx_sqlite_open_ask (db, "SELECT count(*) FROM sqlite_schema", &identity->n_tables);
  return code;
}

static gboolean
mvx_sqlite_open_is_empty (const MvxSqliteIdentity *identity)
{
  return identity->application_id == 0 && identity->version == 0 && identity->n_tables == 0;
}

/* An empty one will be ours. */
static gboolean
mvx_sqlite_open_check (const MvxSqliteIdentity *identity, const char *path, GError **error)
{
  if (mvx_sqlite_open_is_empty (identity))
    return TRUE;
  if (identity->application_id != MVX_SQLITE_APPLICATION_ID)
    {
      g_set_error (
          error, G_IO_ERROR, G_IO_ERROR_EXISTS,
          "Database '%s' belongs to something else: its application id is 0x%08x, that of a log is 0x%08x; give "
          "another path",
          path, (guint) identity->application_id, MVX_SQLITE_APPLICATION_ID);
      return FALSE;
    }
  if (identity->version == MVX_SQLITE_SCHEMA_VERSION)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               "Database '%s' has version %" G_GINT64_FORMAT
               " of the schema, this plugin knows version %d; update libmvxlog, or give another path",
               path, identity->version, MVX_SQLITE_SCHEMA_VERSION);
  return FALSE;
}

/* Of several processes that find it empty one makes the tables; the others see that when they have the lock. */
static int
mvx_sqlite_open_create (sqlite3 *db, MvxSqliteIdentity *identity)
{
  int code = mvx_sqlite_open_run (db, "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; BEGIN IMMEDIATE");

  if (code == SQLITE_OK)
    code = mvx_sqlite_open_identify (db, identity);
  if (code == SQLITE_OK && mvx_sqlite_open_is_empty (identity))
    code = mvx_sqlite_open_run (db, "%s PRAGMA application_id=%d; PRAGMA user_version=%d", mvx_sqlite_schema,
                                MVX_SQLITE_APPLICATION_ID, MVX_SQLITE_SCHEMA_VERSION);
  /* Otherwise the connection is closed, and the transaction with it. */
  if (code == SQLITE_OK)
    code = mvx_sqlite_open_run (db, "COMMIT");
  return code == SQLITE_OK ? mvx_sqlite_open_identify (db, identity) : code;
}

static int
mvx_sqlite_open_set_wal (sqlite3 *db, gboolean *is_wal)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (db, "PRAGMA journal_mode=WAL", -1, &statement, NULL);

  if (code != SQLITE_OK)
    return code;
  code = sqlite3_step (statement);
  *is_wal = code == SQLITE_ROW && g_strcmp0 ((const char *) sqlite3_column_text (statement, 0), "wal") == 0;
  sqlite3_finalize (statement);
  return code == SQLITE_ROW ? SQLITE_OK : code;
}

static MvxLogDispatchResult
mvx_sqlite_open_set_up (sqlite3 *db, const char *path, GError **error)
{
  MvxSqliteIdentity identity;
  gboolean is_wal = FALSE;
  int code = mvx_sqlite_open_identify (db, &identity);

  if (code == SQLITE_OK && mvx_sqlite_open_is_empty (&identity))
    code = mvx_sqlite_open_create (db, &identity);
  if (code == SQLITE_OK && !mvx_sqlite_open_check (&identity, path, error))
    return MVX_LOG_DISPATCH_RETRY;
  if (code == SQLITE_OK)
    code = mvx_sqlite_open_set_wal (db, &is_wal);
  if (code == SQLITE_OK && !is_wal)
    {
      g_set_error (
          error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
          "Database '%s' lies on a file system that has no write-ahead log (is it a network share?); give a path "
          "on a local disk",
          path);
      return MVX_LOG_DISPATCH_RETRY;
    }
  if (code == SQLITE_OK)
    code = mvx_sqlite_open_run (db, "PRAGMA journal_size_limit=%d", MVX_SQLITE_WAL_LIMIT);
  return code == SQLITE_OK ? MVX_LOG_DISPATCH_OK : mvx_sqlite_error_set (db, code, path, error);
}

sqlite3 *
mvx_sqlite_open (const MvxSqliteOptions *options,
                 MvxSqlitePatience *patience,
                 MvxLogDispatchResult *result,
                 GError **error)
{
  sqlite3 *db = NULL;
  int code;

  *result = MVX_LOG_DISPATCH_RETRY;
  if (!mvx_sqlite_open_make_file (options, error))
    return NULL;
  code = sqlite3_open_v2 (options->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
                          NULL);
  if (code == SQLITE_OK)
    {
      sqlite3_extended_result_codes (db, 1);
      sqlite3_busy_handler (db, mvx_sqlite_open_wait, patience);
      *result = mvx_sqlite_open_set_up (db, options->path, error);
    }
  else
    *result = mvx_sqlite_error_set (db, code, options->path, error);
  if (*result == MVX_LOG_DISPATCH_OK)
    return db;
  sqlite3_close (db);
  return NULL;
}

/* The deepest directory of the path that exists. */
static gboolean
mvx_sqlite_open_probe_directory (const MvxSqliteOptions *options, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (options->path);
  g_autofree char *remedy = NULL;

  while (options->create_directories && access (directory, F_OK) != 0 && errno == ENOENT && directory[1] != '\0')
    {
      char *parent = g_path_get_dirname (directory);

      g_free (directory);
      directory = parent;
    }
  if (access (directory, W_OK | X_OK) == 0)
    return TRUE;
  remedy = errno == ENOENT
               ? g_strdup_printf ("create the directory '%s' or set create-directories=true", directory)
               : g_strdup_printf ("let user %u write to '%s', or give another path", (guint) geteuid (), directory);
  return mvx_sqlite_open_fail (options->path, errno, remedy, error);
}

/* As it is on the disk, without the log that belongs to it: that would have to be made. */
static gboolean
mvx_sqlite_open_probe_file (const char *path, GError **error)
{
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  g_autofree char *full = g_strconcat (uri, "?mode=ro&immutable=1", NULL);
  MvxSqliteIdentity identity;
  sqlite3 *db = NULL;
  int code = sqlite3_open_v2 (full, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
  gboolean good;

  if (code == SQLITE_OK)
    code = mvx_sqlite_open_identify (db, &identity);
  good = code == SQLITE_OK && mvx_sqlite_open_check (&identity, path, error);
  if (code != SQLITE_OK)
    mvx_sqlite_error_set (db, code, path, error);
  sqlite3_close (db);
  return good;
}

gboolean
mvx_sqlite_open_probe (const MvxSqliteOptions *options, GError **error)
{
  g_autofree char *remedy = NULL;
  struct stat info;

  if (stat (options->path, &info) != 0)
    return mvx_sqlite_open_probe_directory (options, error);
  if (!S_ISREG (info.st_mode))
    return mvx_sqlite_open_fail (options->path, S_ISDIR (info.st_mode) ? EISDIR : EINVAL,
                                 "give the name of a regular file", error);
  if (access (options->path, R_OK | W_OK) == 0)
    return mvx_sqlite_open_probe_file (options->path, error);
  remedy = g_strdup_printf ("let user %u read and write it", (guint) geteuid ());
  return mvx_sqlite_open_fail (options->path, errno, remedy, error);
}
