/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds or makes the database, and refuses one that is not ours. */
#pragma once

#include "sqlite-error.h"
#include "sqlite-options.h"

G_BEGIN_DECLS

/* "MVXL" in the header of the file, and which tables there are. */
#define MVX_SQLITE_APPLICATION_ID 0x4d56584c
#define MVX_SQLITE_SCHEMA_VERSION 1

typedef struct
{
  gint64 busy_timeout_us;
  gint64 busy_since_us;
  GCancellable *cancellable; /* ends the wait for a lock */
} MvxSqlitePatience;

/* A connection for one thread at a time; NULL and *@result if there is none. @patience must outlive it. */
sqlite3 *mvx_sqlite_open       (const MvxSqliteOptions *options,
                                MvxSqlitePatience      *patience,
                                MvxLogDispatchResult   *result,
                                GError                **error);
/* Could it be opened? Makes and changes nothing. */
gboolean mvx_sqlite_open_probe (const MvxSqliteOptions *options,
                                GError                **error);
/* Runs statements that return nothing; a code of SQLite. */
int      mvx_sqlite_open_run   (sqlite3                *db,
                                const char             *format,
                                ...) G_GNUC_PRINTF (2, 3);
/* The first column of the first row of @sql; a code of SQLite, SQLITE_OK if there is no row or only a NULL. */
int      mvx_sqlite_open_ask   (sqlite3                *db,
                                const char             *sql,
                                gint64                 *answer);

G_END_DECLS
