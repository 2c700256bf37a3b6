/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection: opened when it is needed, closed when it is in trouble, one transaction per batch. */
#pragma once

#include "sqlite-open.h"

G_BEGIN_DECLS

typedef struct _MvxSqliteStore MvxSqliteStore;

/* @host and @options must outlive it. */
MvxSqliteStore      *mvx_sqlite_store_new         (MvxLogSinkHost         *host,
                                                   const MvxSqliteOptions *options);
void                 mvx_sqlite_store_free        (MvxSqliteStore         *self);
/* After a change of the options. */
void                 mvx_sqlite_store_set_options (MvxSqliteStore         *self,
                                                   const MvxSqliteOptions *options);
/* Opens the database unless it is open. */
MvxLogDispatchResult mvx_sqlite_store_open        (MvxSqliteStore         *self,
                                                   GError                **error);
/* The next use opens it again. */
void                 mvx_sqlite_store_close       (MvxSqliteStore         *self);
/* Does the path no longer stand for the open database? */
gboolean             mvx_sqlite_store_is_stale    (MvxSqliteStore         *self);
/* All of them, or none. */
MvxLogDispatchResult mvx_sqlite_store_write       (MvxSqliteStore         *self,
                                                   MvxLogEvent *const     *events,
                                                   guint                   n_events,
                                                   GError                **error);
/* NULL while it is closed. */
sqlite3             *mvx_sqlite_store_get_db      (MvxSqliteStore         *self);

G_END_DECLS
