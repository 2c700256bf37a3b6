/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table: what is stored, is stored in one transaction. */
#pragma once

#include "postgres-link.h"
#include "postgres-row.h"

G_BEGIN_DECLS

typedef struct _MvxPostgresStore MvxPostgresStore;

/* @options is borrowed. */
MvxPostgresStore    *mvx_postgres_store_new         (MvxLogSinkHost           *host,
                                                     const MvxPostgresOptions *options);
void                 mvx_postgres_store_free        (MvxPostgresStore         *self);
void                 mvx_postgres_store_set_options (MvxPostgresStore         *self,
                                                     const MvxPostgresOptions *options);
void                 mvx_postgres_store_close       (MvxPostgresStore         *self);
/* Connects, if it is not, and makes the table if it is to. */
gboolean             mvx_postgres_store_open        (MvxPostgresStore         *self,
                                                     GError                  **error);
/* @n_done are stored or rejected. */
MvxLogDispatchResult mvx_postgres_store_write       (MvxPostgresStore         *self,
                                                     MvxLogEvent *const       *events,
                                                     guint                     n_events,
                                                     guint                    *n_done,
                                                     GError                  **error);
/* Could events be stored? Changes nothing. */
gboolean             mvx_postgres_store_probe       (const MvxPostgresOptions *options,
                                                     GError                  **error);

G_END_DECLS
