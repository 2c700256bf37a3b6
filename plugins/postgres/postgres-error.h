/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an answer of the server means. */
#pragma once

#include <gio/gio.h>
#include <libpq-fe.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_POSTGRES_DONE,
  MVX_POSTGRES_REPEATED, /* a row is in the table already */
  MVX_POSTGRES_REFUSED,  /* something in the rows will never be taken */
  MVX_POSTGRES_TROUBLE   /* everything else: later, maybe */
} MvxPostgresVerdict;

/* Of a result that is an error; the message says what to do. */
MvxPostgresVerdict mvx_postgres_error_judge (const char     *address,
                                             const PGresult *result,
                                             GError        **error);

G_END_DECLS
