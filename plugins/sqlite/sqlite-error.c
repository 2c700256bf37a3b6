/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sqlite-error.h"

#include <unistd.h>

gboolean
mvx_sqlite_error_is_busy (int code)
{
  return (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
}

static void
mvx_sqlite_error_set_damaged (const char *path, const char *what, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               "Database '%s' is damaged (%s): move it away together with its '-wal' and '-shm', and apply the "
               "configuration again to begin a new one; \"sqlite3 FILE .recover\" saves what is left",
               path, what);
}

MvxLogDispatchResult
mvx_sqlite_error_set (sqlite3 *db, int code, const char *path, GError **error)
{
  const char *what = db ? sqlite3_errmsg (db) : sqlite3_errstr (code);
  int number = db ? sqlite3_system_errno (db) : 0;

  switch (code & 0xff)
    {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      mvx_sqlite_error_set_damaged (path, what, error);
      return MVX_LOG_DISPATCH_FAILED;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                   "Cannot write to database '%s': another process has locked it for longer than busy-timeout; the "
                   "events are kept until it works",
                   path);
      break;
    case SQLITE_FULL:
      g_set_error (
          error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
          "Cannot write to database '%s': its disk is full; make room, or set retain-size; the events are kept "
          "until it works",
          path);
      break;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                   "Cannot write to database '%s': %s; let user %u write to it, to its '-wal' and '-shm' and to their "
                   "directory; the events are kept until it works",
                   path, what, (guint) geteuid ());
      break;
    case SQLITE_IOERR:
      g_set_error (
          error, G_IO_ERROR, number ? (gint) g_io_error_from_errno (number) : G_IO_ERROR_FAILED,
          "Cannot write to database '%s': %s (%s); look at the health of the disk; the events are kept until it "
          "works",
          path, what, number ? g_strerror (number) : sqlite3_errstr (code));
      break;
    default:
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   "Cannot write to database '%s': %s; the events are kept until it works", path, what);
    }
  return MVX_LOG_DISPATCH_RETRY;
}
