/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "postgres-error.h"

#include <string.h>

typedef struct
{
  const char *start; /* of the SQLSTATE */
  MvxPostgresVerdict verdict;
  gint code; /* of GIOErrorEnum */
  const char *remedy;
} MvxPostgresErrorCase;

static const MvxPostgresErrorCase mvx_postgres_error_cases[] = {
  { "23505", MVX_POSTGRES_REPEATED, G_IO_ERROR_EXISTS, "the table has the event already" },
  { "22", MVX_POSTGRES_REFUSED, G_IO_ERROR_INVALID_DATA, "it does not take the event" },
  { "23", MVX_POSTGRES_REFUSED, G_IO_ERROR_INVALID_DATA, "it does not take the event" },
  { "54", MVX_POSTGRES_REFUSED, G_IO_ERROR_INVALID_DATA, "it does not take the event" },
  { "P0001", MVX_POSTGRES_REFUSED, G_IO_ERROR_INVALID_DATA, "it does not take the event" },
  { "42P01", MVX_POSTGRES_TROUBLE, G_IO_ERROR_NOT_FOUND, "make the table, or set create-table=true" },
  { "3F000", MVX_POSTGRES_TROUBLE, G_IO_ERROR_NOT_FOUND, "make the schema, or give another table" },
  { "42703", MVX_POSTGRES_TROUBLE, G_IO_ERROR_NOT_SUPPORTED,
    "it is a table of another kind; give another name, or add the column" },
  { "42809", MVX_POSTGRES_TROUBLE, G_IO_ERROR_NOT_SUPPORTED, "give the name of a table" },
  { "42501", MVX_POSTGRES_TROUBLE, G_IO_ERROR_PERMISSION_DENIED,
    "grant the role INSERT on the table, and for create-table CREATE on its schema" },
  { "57014", MVX_POSTGRES_TROUBLE, G_IO_ERROR_TIMED_OUT, "see what locks the table, or set a longer timeout" },
  { "25006", MVX_POSTGRES_TROUBLE, G_IO_ERROR_READ_ONLY, "give the address of the primary" },
  { "53", MVX_POSTGRES_TROUBLE, G_IO_ERROR_NO_SPACE, "make room for it" },
  { "", MVX_POSTGRES_TROUBLE, G_IO_ERROR_FAILED, "it is asked again later" },
};

MvxPostgresVerdict
mvx_postgres_error_judge (const char *address, const PGresult *result, GError **error)
{
  const char *state = PQresultErrorField (result, PG_DIAG_SQLSTATE);
  const char *text = PQresultErrorField (result, PG_DIAG_MESSAGE_PRIMARY);
  const MvxPostgresErrorCase *found = mvx_postgres_error_cases;
  g_autofree char *said = g_utf8_make_valid (text ? text : PQresultErrorMessage (result), -1);

  while (!g_str_has_prefix (state ? state : "", found->start))
    found++;
  g_strchomp (said);
  g_set_error (error, G_IO_ERROR, found->code, "PostgreSQL at '%s' answers \"%s\"; %s", address, said, found->remedy);
  return found->verdict;
}
