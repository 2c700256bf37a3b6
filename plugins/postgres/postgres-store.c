/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "postgres-store.h"

/* What one large batch leaves behind is given back above this. */
#define MVX_POSTGRES_STORE_KEEP (4 * 1024 * 1024)

struct _MvxPostgresStore
{
  MvxLogSinkHost *host;
  const MvxPostgresOptions *options;
  MvxPostgresLink *link; /* NULL: there is no connection */
  gboolean was_connected;
  MvxPostgresRow row;
  MvxLogBuffer rows;
  char *copy; /* while connected: the statements */
  char *again;
  char *copy_again;
  char *merge;
};

MvxPostgresStore *
mvx_postgres_store_new (MvxLogSinkHost *host, const MvxPostgresOptions *options)
{
  MvxPostgresStore *self = g_new0 (MvxPostgresStore, 1);

  self->host = host;
  self->options = options;
  mvx_postgres_row_init (&self->row);
  return self;
}

void
mvx_postgres_store_close (MvxPostgresStore *self)
{
  g_clear_pointer (&self->link, mvx_postgres_link_free);
  g_clear_pointer (&self->copy, g_free);
  g_clear_pointer (&self->again, g_free);
  g_clear_pointer (&self->copy_again, g_free);
  g_clear_pointer (&self->merge, g_free);
}

void
mvx_postgres_store_free (MvxPostgresStore *self)
{
  mvx_postgres_store_close (self);
  mvx_postgres_row_clear (&self->row);
  mvx_log_buffer_clear (&self->rows);
  g_free (self);
}

void
mvx_postgres_store_set_options (MvxPostgresStore *self, const MvxPostgresOptions *options)
{
  mvx_postgres_store_close (self);
  self->options = options;
}

/* NULL: it is not UTF-8. */
static char *
mvx_postgres_store_quote (const MvxPostgresOptions *options, MvxPostgresLink *link)
{
  PGconn *conn = mvx_postgres_link_get (link);
  char *schema = options->schema ? PQescapeIdentifier (conn, options->schema, strlen (options->schema)) : NULL;
  char *table = PQescapeIdentifier (conn, options->table, strlen (options->table));
  char *quoted = table ? g_strdup_printf ("%s%s%s", schema ? schema : "", schema ? "." : "", table) : NULL;

  PQfreemem (schema);
  PQfreemem (table);
  return quoted;
}

static void
mvx_postgres_store_prepare (MvxPostgresStore *self, const char *table)
{
  self->copy = g_strdup_printf ("COPY %s (%s) FROM STDIN", table, mvx_postgres_row_columns);
  self->again = g_strdup_printf ("BEGIN; CREATE TEMPORARY TABLE mvxlog_again ON COMMIT DROP AS SELECT %s FROM %s "
                                 "WITH NO DATA",
                                 mvx_postgres_row_columns, table);
  self->copy_again = g_strdup_printf ("COPY pg_temp.mvxlog_again (%s) FROM STDIN", mvx_postgres_row_columns);
  self->merge = g_strdup_printf ("INSERT INTO %s (%s) SELECT * FROM pg_temp.mvxlog_again ON CONFLICT DO NOTHING; "
                                 "COMMIT",
                                 table, mvx_postgres_row_columns);
}

static char *
mvx_postgres_store_write_create (const MvxPostgresOptions *options, const char *table)
{
  GString *sql = g_string_new (NULL);

  g_string_append_printf (sql,
                          "CREATE TABLE %s (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, %s);"
                          "CREATE INDEX ON %s (time);"
                          "CREATE INDEX ON %s (level, context);"
                          "CREATE INDEX ON %s (trace_id) WHERE trace_id IS NOT NULL;",
                          table, mvx_postgres_row_definition, table, table, table);
  if (options->unique_index)
    g_string_append_printf (sql, "CREATE UNIQUE INDEX ON %s (spool, spool_seq) WHERE spool IS NOT NULL;", table);
  g_string_append (sql, "COMMIT");
  return g_string_free (sql, FALSE);
}

/* Two that start at once would both find no table, and one of them would fail; hence the lock, which the end of the
 * transaction releases. */
static gboolean
mvx_postgres_store_create (MvxPostgresStore *self, const char *table, GError **error)
{
  char *literal = PQescapeLiteral (mvx_postgres_link_get (self->link), table, strlen (table));
  g_autofree char *ask = g_strdup_printf ("SELECT WHERE to_regclass (%s) IS NULL", literal);
  g_autofree char *create = mvx_postgres_store_write_create (self->options, table);
  MvxPostgresVerdict verdict;
  guint64 n = 0;

  PQfreemem (literal);
  verdict
      = mvx_postgres_link_run (self->link, "BEGIN; SELECT pg_advisory_xact_lock (hashtext ('mvxlog'))", NULL, error);
  if (verdict == MVX_POSTGRES_DONE)
    verdict = mvx_postgres_link_run (self->link, ask, &n, error);
  if (verdict == MVX_POSTGRES_DONE)
    verdict = mvx_postgres_link_run (self->link, n > 0 ? create : "COMMIT", NULL, error);
  return verdict == MVX_POSTGRES_DONE;
}

static gboolean
mvx_postgres_store_set_up (MvxPostgresStore *self, GError **error)
{
  g_autofree char *table = mvx_postgres_store_quote (self->options, self->link);
  g_autofree char *limit
      = g_strdup_printf ("SET statement_timeout = %" G_GINT64_FORMAT, MAX (self->options->timeout_us / 1000, 1));

  if (table == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "table: it is not UTF-8; give another name");
      return FALSE;
    }
  mvx_postgres_store_prepare (self, table);
  return mvx_postgres_link_run (self->link, limit, NULL, error) == MVX_POSTGRES_DONE
         && (!self->options->create_table || mvx_postgres_store_create (self, table, error));
}

gboolean
mvx_postgres_store_open (MvxPostgresStore *self, GError **error)
{
  if (self->link && mvx_postgres_link_is_alive (self->link))
    return TRUE;
  mvx_postgres_store_close (self);
  self->link = mvx_postgres_link_new (self->options, mvx_log_sink_host_get_name (self->host),
                                      mvx_log_sink_host_get_cancellable (self->host), error);
  if (self->link == NULL)
    return FALSE;
  if (self->was_connected)
    mvx_log_sink_host_count (self->host, "reconnects", 1);
  self->was_connected = TRUE;
  if (mvx_postgres_store_set_up (self, error))
    return TRUE;
  mvx_postgres_store_close (self);
  return FALSE;
}

/* Some of the rows are in the table: the others join them. That is slower, and seldom needed. */
static MvxPostgresVerdict
mvx_postgres_store_copy_again (MvxPostgresStore *self, guint n_events, GError **error)
{
  MvxPostgresVerdict verdict = mvx_postgres_link_run (self->link, self->again, NULL, error);
  guint64 n_new = 0;

  if (verdict == MVX_POSTGRES_DONE)
    verdict = mvx_postgres_link_copy (self->link, self->copy_again, &self->rows, error);
  if (verdict == MVX_POSTGRES_DONE)
    verdict = mvx_postgres_link_run (self->link, self->merge, &n_new, error);
  if (verdict == MVX_POSTGRES_DONE)
    mvx_log_sink_host_count (self->host, "repeated", (gint64) (n_events - n_new));
  else if (mvx_postgres_link_get (self->link))
    mvx_postgres_link_run (self->link, "ROLLBACK", NULL, NULL);
  return verdict;
}

static MvxPostgresVerdict
mvx_postgres_store_copy (MvxPostgresStore *self, MvxLogEvent *const *events, guint n_events, GError **error)
{
  MvxPostgresVerdict verdict;

  if (self->rows.allocated > MVX_POSTGRES_STORE_KEEP)
    mvx_log_buffer_clear (&self->rows);
  self->rows.len = 0;
  for (guint i = 0; i < n_events; i++)
    mvx_postgres_row_append (&self->row, events[i], self->options->with_template, &self->rows);
  verdict = mvx_postgres_link_copy (self->link, self->copy, &self->rows, error);
  if (verdict != MVX_POSTGRES_REPEATED)
    return verdict;
  g_clear_error (error);
  return mvx_postgres_store_copy_again (self, n_events, error);
}

/* A batch with something that is never taken is halved until that stands alone. */
MvxLogDispatchResult
mvx_postgres_store_write (MvxPostgresStore *self,
                          MvxLogEvent *const *events,
                          guint n_events,
                          guint *n_done,
                          GError **error)
{
  guint n = n_events;

  while (*n_done < n_events)
    {
      g_autoptr (GError) why = NULL;
      MvxPostgresVerdict verdict;

      n = MIN (n, n_events - *n_done);
      verdict = mvx_postgres_store_copy (self, events + *n_done, n, &why);
      if (verdict == MVX_POSTGRES_REFUSED && n > 1)
        {
          n = (n + 1) / 2;
          continue;
        }
      if (verdict == MVX_POSTGRES_REFUSED)
        mvx_log_sink_host_reject (self->host, events[*n_done], why->message);
      else if (verdict != MVX_POSTGRES_DONE)
        {
          g_propagate_error (error, g_steal_pointer (&why));
          return MVX_LOG_DISPATCH_RETRY;
        }
      *n_done += n;
      n = MAX (2 * n, 1);
    }
  return MVX_LOG_DISPATCH_OK;
}

/* No rows are stored, but only where some could be. A table that is yet to be made needs no look. */
gboolean
mvx_postgres_store_probe (const MvxPostgresOptions *options, GError **error)
{
  g_autoptr (MvxPostgresLink) link = mvx_postgres_link_new (options, "mvxlog-probe", NULL, error);
  g_autofree char *table = link ? mvx_postgres_store_quote (options, link) : NULL;
  g_autofree char *copy = NULL;
  MvxLogBuffer none = MVX_LOG_BUFFER_INIT;

  if (table == NULL || options->create_table)
    return link != NULL;
  copy = g_strdup_printf ("COPY %s (%s) FROM STDIN", table, mvx_postgres_row_columns);
  return mvx_postgres_link_copy (link, copy, &none, error) == MVX_POSTGRES_DONE;
}
