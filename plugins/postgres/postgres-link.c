/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "postgres-link.h"

#include <errno.h>
#include <string.h>

#include "../common/lookup.h"
#include "../common/secret.h"
#include "postgres-host.h"

/* So much is given to libpq before the kernel has to take it. */
#define MVX_POSTGRES_LINK_CHUNK (256 * 1024)

struct _MvxPostgresLink
{
  const char *address; /* of the options */
  gint64 timeout_us;
  GCancellable *cancellable;
  PGconn *conn;
};

void
mvx_postgres_link_free (MvxPostgresLink *self)
{
  g_clear_pointer (&self->conn, PQfinish);
  g_clear_object (&self->cancellable);
  g_free (self);
}

PGconn *
mvx_postgres_link_get (MvxPostgresLink *self)
{
  return self->conn;
}

static gboolean
mvx_postgres_link_wait (MvxPostgresLink *self, GIOCondition condition, gint64 deadline_us, GError **error)
{
  return mvx_lookup_wait (PQsocket (self->conn), condition, self->cancellable, deadline_us, error);
}

/* What libpq says has lines and tabs. */
static void
mvx_postgres_link_set_said (MvxPostgresLink *self, GError **error)
{
  g_autofree char *said = g_utf8_make_valid (PQerrorMessage (self->conn), -1);
  char *end = said;

  for (const char *at = said; *at; at++)
    if (!g_ascii_isspace (*at))
      *end++ = *at;
    else if (end > said && end[-1] != ' ')
      *end++ = ' ';
  *end = '\0';
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                       *said ? g_strchomp (said) : "the connection is gone");
}

/* Nobody reads notices, and libpq would print them. */
static void
mvx_postgres_link_on_notice (gpointer data, const PGresult *result)
{
}

static gboolean
mvx_postgres_link_shake_hands (MvxPostgresLink *self, gint64 deadline_us, GError **error)
{
  PostgresPollingStatusType wants = PGRES_POLLING_WRITING;

  PQsetNoticeReceiver (self->conn, mvx_postgres_link_on_notice, NULL);
  if (PQstatus (self->conn) == CONNECTION_BAD)
    wants = PGRES_POLLING_FAILED;
  while (wants == PGRES_POLLING_READING || wants == PGRES_POLLING_WRITING)
    {
      if (!mvx_postgres_link_wait (self, wants == PGRES_POLLING_READING ? G_IO_IN : G_IO_OUT, deadline_us, error))
        return FALSE;
      wants = PQconnectPoll (self->conn);
    }
  if (wants == PGRES_POLLING_OK && PQsetnonblocking (self->conn, 1) == 0)
    return TRUE;
  mvx_postgres_link_set_said (self, error);
  return FALSE;
}

static gboolean
mvx_postgres_link_connect (MvxPostgresLink *self,
                           const MvxPostgresOptions *options,
                           const char *client_name,
                           const char *password,
                           GError **error)
{
  gint64 deadline_us = g_get_monotonic_time () + options->timeout_us;
  g_autofree char *hosts = g_strdup (options->host);
  g_autofree char *addresses = NULL;
  const char *ca_file = options->ca_file ? options->ca_file : PQlibVersion () >= 160000 ? "system" : NULL;
  const gboolean verifies = g_str_has_prefix (options->sslmode, "verify");

  if (!options->is_local)
    {
      g_clear_pointer (&hosts, g_free);
      if (!mvx_postgres_host_resolve (options, self->cancellable, deadline_us, &hosts, &addresses, error))
        return FALSE;
    }
  {
    const char *const names[] = { "host",
                                  "hostaddr",
                                  "port",
                                  "dbname",
                                  "user",
                                  "password",
                                  "sslmode",
                                  "gssencmode",
                                  "client_encoding",
                                  "application_name",
                                  "sslrootcert",
                                  "sslcert",
                                  "sslkey",
                                  "target_session_attrs",
                                  NULL };
    const char *const values[] = { hosts,
                                   addresses,
                                   options->port,
                                   options->database,
                                   options->user,
                                   password,
                                   options->is_local ? "disable" : options->sslmode,
                                   "disable",
                                   "UTF8",
                                   client_name,
                                   verifies ? ca_file : NULL,
                                   options->certificate,
                                   options->private_key,
                                   "read-write",
                                   NULL };

    self->conn = PQconnectStartParams (names, values, 0);
  }
  return mvx_postgres_link_shake_hands (self, deadline_us, error);
}

static void
mvx_postgres_link_fail (const MvxPostgresOptions *options, GError *why, GError **error)
{
  g_set_error (
      error, why->domain, why->code,
      "Cannot connect to PostgreSQL at '%s': %s; see that it runs, and check host, port, database, user and %s",
      options->address, why->message,
      options->is_local || strcmp (options->sslmode, "disable") == 0 ? "password" : "password, and ca-file");
  g_error_free (why);
}

MvxPostgresLink *
mvx_postgres_link_new (const MvxPostgresOptions *options,
                       const char *client_name,
                       GCancellable *cancellable,
                       GError **error)
{
  g_autoptr (MvxPostgresLink) self = g_new0 (MvxPostgresLink, 1);
  g_autofree char *who = g_strdup_printf ("PostgreSQL at '%s'", options->address);
  char *password = g_strdup (options->password);
  GError *why = NULL;
  gboolean good;

  self->address = options->address;
  self->timeout_us = options->timeout_us;
  self->cancellable = cancellable ? g_object_ref (cancellable) : NULL;
  if (options->password_file && (password = mvx_secret_read (options->password_file, who, error)) == NULL)
    return NULL;
  good = mvx_postgres_link_connect (self, options, client_name, password, &why);
  mvx_secret_free (password);
  if (good)
    return g_steal_pointer (&self);
  mvx_postgres_link_fail (options, why, error);
  return NULL;
}

/* Whatever the server says unasked is read: mostly it is that it goes. One that never stops is not listened to for
 * ever. */
gboolean
mvx_postgres_link_is_alive (MvxPostgresLink *self)
{
  if (self->conn == NULL || PQtransactionStatus (self->conn) != PQTRANS_IDLE)
    return FALSE;
  for (guint i = 0; i < 16; i++)
    {
      GPollFD fd = { PQsocket (self->conn), G_IO_IN, 0 };

      if (g_poll (&fd, 1, 0) == 0)
        return TRUE;
      if (PQconsumeInput (self->conn) == 0)
        return FALSE;
      /* Notices are read here. */
      PQisBusy (self->conn);
    }
  return FALSE;
}

/* The server gives up by itself after the timeout: only of one that says nothing at all nobody knows what it does. */
static gint64
mvx_postgres_link_get_deadline (MvxPostgresLink *self)
{
  return g_get_monotonic_time () + 2 * self->timeout_us;
}

static MvxPostgresVerdict
mvx_postgres_link_lose (MvxPostgresLink *self, GError *why, GError **error)
{
  if (why == NULL)
    mvx_postgres_link_set_said (self, &why);
  g_set_error (error, why->domain, why->code,
               "Lost the connection to PostgreSQL at '%s': %s; what it has not confirmed is sent again", self->address,
               why->message);
  g_error_free (why);
  g_clear_pointer (&self->conn, PQfinish);
  return MVX_POSTGRES_TROUBLE;
}

/* A server that has something to say may not read before that is heard. */
static gboolean
mvx_postgres_link_flush (MvxPostgresLink *self, gint64 deadline_us, GError **why)
{
  int left;

  while ((left = PQflush (self->conn)) == 1)
    if (!mvx_postgres_link_wait (self, G_IO_IN | G_IO_OUT, deadline_us, why) || PQconsumeInput (self->conn) == 0)
      return FALSE;
  return left == 0;
}

/* FALSE: there is no telling. Else @result, or NULL behind the last one. */
static gboolean
mvx_postgres_link_next (MvxPostgresLink *self, gint64 deadline_us, PGresult **result, GError **why)
{
  while (PQisBusy (self->conn))
    if (!mvx_postgres_link_wait (self, G_IO_IN, deadline_us, why) || PQconsumeInput (self->conn) == 0)
      return FALSE;
  *result = PQgetResult (self->conn);
  return PQstatus (self->conn) == CONNECTION_OK;
}

/* Reads results to the last one, or until the server wants rows; the first error counts. */
static MvxPostgresVerdict
mvx_postgres_link_read (MvxPostgresLink *self, ExecStatusType until, guint64 *n_rows, GError **error)
{
  gint64 deadline_us = mvx_postgres_link_get_deadline (self);
  MvxPostgresVerdict verdict = MVX_POSTGRES_DONE;
  GError *why = NULL;
  guint n = 0;

  for (;;)
    {
      PGresult *result = NULL;
      gboolean good = mvx_postgres_link_flush (self, deadline_us, &why)
                      && mvx_postgres_link_next (self, deadline_us, &result, &why);
      ExecStatusType status = PQresultStatus (result);

      if (good && result == NULL)
        return verdict;
      if (good && status == PGRES_FATAL_ERROR && verdict == MVX_POSTGRES_DONE)
        verdict = mvx_postgres_error_judge (self->address, result, error);
      if (good && n_rows && n++ == 0)
        *n_rows = g_ascii_strtoull (PQcmdTuples (result), NULL, 10);
      PQclear (result);
      if (!good)
        {
          g_clear_error (error);
          return mvx_postgres_link_lose (self, why, error);
        }
      if (status == until)
        return MVX_POSTGRES_DONE;
    }
}

MvxPostgresVerdict
mvx_postgres_link_run (MvxPostgresLink *self, const char *sql, guint64 *n_rows, GError **error)
{
  if (PQsendQuery (self->conn, sql) == 0)
    return mvx_postgres_link_lose (self, NULL, error);
  return mvx_postgres_link_read (self, PGRES_NONFATAL_ERROR, n_rows, error);
}

static gboolean
mvx_postgres_link_put (MvxPostgresLink *self, const MvxLogBuffer *rows, GError **why)
{
  gint64 deadline_us = mvx_postgres_link_get_deadline (self);

  for (gsize at = 0; at < rows->len;)
    {
      gsize size = MIN (rows->len - at, MVX_POSTGRES_LINK_CHUNK);
      int taken = PQputCopyData (self->conn, (const char *) rows->data + at, (int) size);

      if (taken < 0 || !mvx_postgres_link_flush (self, deadline_us, why))
        return FALSE;
      if (taken > 0)
        at += size;
    }
  return PQputCopyEnd (self->conn, NULL) == 1;
}

MvxPostgresVerdict
mvx_postgres_link_copy (MvxPostgresLink *self, const char *sql, const MvxLogBuffer *rows, GError **error)
{
  MvxPostgresVerdict verdict;
  GError *why = NULL;

  if (PQsendQuery (self->conn, sql) == 0)
    return mvx_postgres_link_lose (self, NULL, error);
  verdict = mvx_postgres_link_read (self, PGRES_COPY_IN, NULL, error);
  if (verdict != MVX_POSTGRES_DONE)
    return verdict;
  if (!mvx_postgres_link_put (self, rows, &why))
    return mvx_postgres_link_lose (self, why, error);
  return mvx_postgres_link_read (self, PGRES_NONFATAL_ERROR, NULL, error);
}
