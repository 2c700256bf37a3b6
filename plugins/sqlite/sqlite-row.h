/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An event as a row of the table. */
#pragma once

#include <sqlite3.h>

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef struct
{
  gsize    start; /* in text */
  gsize    size;
  gboolean is_set;
} MvxSqliteSlice;

#define MVX_SQLITE_ROW_N_TEXTS 16

typedef struct
{
  MvxLogBuffer   text; /* of all columns: bound when it no longer moves */
  MvxSqliteSlice slices[MVX_SQLITE_ROW_N_TEXTS];
  gint64         pid;
} MvxSqliteRow;

extern const char mvx_sqlite_row_insert[];

void mvx_sqlite_row_init  (MvxSqliteRow      *row);
void mvx_sqlite_row_clear (MvxSqliteRow      *row);
/* A code of SQLite. What is bound holds until the next call. */
int  mvx_sqlite_row_bind  (MvxSqliteRow      *row,
                           const MvxLogEvent *event,
                           gboolean           with_template,
                           sqlite3_stmt      *statement);

G_END_DECLS
