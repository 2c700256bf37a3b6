/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an error of SQLite means for the events, and for whoever reads of it. */
#pragma once

#include <sqlite3.h>

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

/* @db may be NULL. RETRY, or FAILED if no patience helps. */
MvxLogDispatchResult mvx_sqlite_error_set     (sqlite3     *db,
                                               int          code,
                                               const char  *path,
                                               GError     **error);
/* The error of a database whose lock was only missed. */
gboolean             mvx_sqlite_error_is_busy (int          code);

G_END_DECLS
