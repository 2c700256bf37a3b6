/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An event as a line of COPY. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef struct
{
  MvxLogBuffer text; /* of one column */
  gint64       pid;
} MvxPostgresRow;

/* Of the table, in the order of a line. */
extern const char mvx_postgres_row_columns[];
/* The same with their types. */
extern const char mvx_postgres_row_definition[];

void mvx_postgres_row_init   (MvxPostgresRow    *row);
void mvx_postgres_row_clear  (MvxPostgresRow    *row);
void mvx_postgres_row_append (MvxPostgresRow    *row,
                              const MvxLogEvent *event,
                              gboolean           with_template,
                              MvxLogBuffer      *line);

G_END_DECLS
