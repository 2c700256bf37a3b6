/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to the server. libpq never waits here: whatever takes time ends with the cancellable, and after the
 * timeout of the options. */
#pragma once

#include "postgres-error.h"
#include "postgres-options.h"

G_BEGIN_DECLS

typedef struct _MvxPostgresLink MvxPostgresLink;

MvxPostgresLink   *mvx_postgres_link_new      (const MvxPostgresOptions *options,
                                               const char               *client_name,
                                               GCancellable             *cancellable,
                                               GError                  **error);
void               mvx_postgres_link_free     (MvxPostgresLink          *self);
/* FALSE: it is broken, or the server has closed it meanwhile. */
gboolean           mvx_postgres_link_is_alive (MvxPostgresLink          *self);
PGconn            *mvx_postgres_link_get      (MvxPostgresLink          *self);
/* One or more statements; @n_rows, if not NULL: how many rows the first of them has changed. */
MvxPostgresVerdict mvx_postgres_link_run      (MvxPostgresLink          *self,
                                               const char               *sql,
                                               guint64                  *n_rows,
                                               GError                  **error);
/* @sql is a COPY FROM STDIN. */
MvxPostgresVerdict mvx_postgres_link_copy     (MvxPostgresLink          *self,
                                               const char               *sql,
                                               const MvxLogBuffer       *rows,
                                               GError                  **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxPostgresLink, mvx_postgres_link_free)

G_END_DECLS
