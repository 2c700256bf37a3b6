/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removes old events in small bites, on the sink's worker between its batches. */
#pragma once

#include "sqlite-store.h"

G_BEGIN_DECLS

typedef struct _MvxSqliteRetain MvxSqliteRetain;

/* Attaches itself to the thread's default main context. @host, @store and @options must outlive it. */
MvxSqliteRetain *mvx_sqlite_retain_new         (MvxLogSinkHost         *host,
                                                MvxSqliteStore         *store,
                                                const MvxSqliteOptions *options);
void             mvx_sqlite_retain_free        (MvxSqliteRetain        *self);
void             mvx_sqlite_retain_set_options (MvxSqliteRetain        *self,
                                                const MvxSqliteOptions *options);
/* There are new events: it has a look within a second. */
void             mvx_sqlite_retain_poke        (MvxSqliteRetain        *self);
/* One bite; TRUE if there may be more to do. For the source, and for tests. */
gboolean         mvx_sqlite_retain_bite        (MvxSqliteRetain        *self,
                                                gint64                  now_us,
                                                gint64                 *next_us);

G_END_DECLS
