/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How far each spool has come, in a table of the database: changed in the transaction that stores the events. So what a
 * spool delivers twice, as its program ended before it could note that it was done, is stored once. */
#pragma once

#include "sqlite-open.h"

G_BEGIN_DECLS

typedef struct
{
  sqlite3 *db;        /* borrowed; NULL: nobody has come out of a spool yet */
  sqlite3_stmt *ask;
  sqlite3_stmt *note;
  char *id;           /* of the stream of this transaction, or NULL */
  guint64 stored;     /* its last event in the database */
  guint64 last;       /* with those of the transaction */
} MvxSqliteStream;

/* Within a transaction: is @event in the database already? Else it is going to be. A code of SQLite. */
int  mvx_sqlite_stream_pass   (MvxSqliteStream   *self,
                               sqlite3           *db,
                               const MvxLogEvent *event,
                               gboolean          *known);
/* Before the transaction is committed. A code of SQLite. */
int  mvx_sqlite_stream_note   (MvxSqliteStream   *self);
/* After it has been rolled back. */
void mvx_sqlite_stream_forget (MvxSqliteStream   *self);
/* Before the database is closed. */
void mvx_sqlite_stream_close  (MvxSqliteStream   *self);

G_END_DECLS
