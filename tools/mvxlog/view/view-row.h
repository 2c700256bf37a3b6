/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A row of the plugin sqlite as the line of JSON that the plugin file would have written. */
#pragma once

#include <sqlite3.h>

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

/* The columns, in the order that mvx_view_row_append() expects. */
extern const char mvx_view_row_columns[];

/* Without a newline, and with none in it. */
void mvx_view_row_append (sqlite3_stmt *statement,
                          MvxLogBuffer *line);

G_END_DECLS
