/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "postgres-options.h"

#include <string.h>

#include "../common/secret.h"

#define MVX_POSTGRES_MAX_TIMEOUT_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

static const char *const mvx_postgres_sslmodes[] = { "disable", "require", "verify-ca", "verify-full", NULL };

/* clang-format off */
const MvxLogOptionSpec mvx_postgres_option_table[] = {
  { "host", MVX_LOG_OPTION_STRING, 0, "/var/run/postgresql", 0, 0, NULL,
    "Name or address of the server, or the directory of its Unix socket", { NULL, NULL } },
  { "port", MVX_LOG_OPTION_INT64, 0, "5432", 1, 65535, NULL,
    "Its port, which the Unix socket has in its name, too", { NULL, NULL } },
  { "database", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_REQUIRED, NULL, 0, 0, NULL,
    "Name of the database", { NULL, NULL } },
  { "table", MVX_LOG_OPTION_STRING, 0, "events", 0, 0, NULL,
    "The table, or SCHEMA.TABLE", { NULL, NULL } },
  { "create-table", MVX_LOG_OPTION_BOOLEAN, 0, "false", 0, 0, NULL,
    "Make the table if there is none", { NULL, NULL } },
  { "unique-index", MVX_LOG_OPTION_BOOLEAN, 0, "true", 0, 0, NULL,
    "For create-table: with an index by which an event that a spool delivers twice is stored once", { NULL, NULL } },
  { "template", MVX_LOG_OPTION_BOOLEAN, MVX_LOG_OPTION_RELOADABLE, "true", 0, 0, NULL,
    "Store the template of each message, too: what is the same event has the same one", { NULL, NULL } },
  { "user", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "Role to log in as; without one, the name of the user that the program runs as", { NULL, NULL } },
  { "password", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_SECRET, NULL, 0, 0, NULL,
    "Password", { NULL, NULL } },
  { "password-file", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "File whose first line is the password; it is read for each connection", { NULL, NULL } },
  { "sslmode", MVX_LOG_OPTION_ENUM, 0, "verify-full", 0, 0, mvx_postgres_sslmodes,
    "TLS to a host: whether, and what of the server's certificate has to be right", { NULL, NULL } },
  { "ca-file", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For verify-ca and verify-full: PEM file of the authorities to trust", { NULL, NULL } },
  { "client-certificate", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "PEM file of the certificate to show to the server", { NULL, NULL } },
  { "client-key", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "PEM file of its private key, which only its owner may read", { NULL, NULL } },
  { "timeout", MVX_LOG_OPTION_DURATION, MVX_LOG_OPTION_RELOADABLE, "10s", 1000, MVX_POSTGRES_MAX_TIMEOUT_US, NULL,
    "How long the server may take to accept a connection, or to store a batch", { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};
/* clang-format on */

static gboolean
mvx_postgres_options_fail (GError **error, const char *message)
{
  g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, message);
  return FALSE;
}

static gboolean
mvx_postgres_options_read_address (MvxPostgresOptions *self, GError **error)
{
  if (*self->host == '\0')
    return mvx_postgres_options_fail (error, "host: it is empty; give a name, an address or a directory");
  if (strchr (self->host, ','))
    return mvx_postgres_options_fail (error, "host: it has a comma; give one host, and several sinks to a 'failover'");
  self->is_local = g_path_is_absolute (self->host);
  if (self->is_local)
    self->address = g_strdup_printf ("%s/.s.PGSQL.%s", self->host, self->port);
  else
    self->address = g_strdup_printf (strchr (self->host, ':') ? "[%s]:%s" : "%s:%s", self->host, self->port);
  return *self->database || mvx_postgres_options_fail (error, "database: it is empty; give the name of one");
}

static gboolean
mvx_postgres_options_read_table (MvxPostgresOptions *self, const char *text, GError **error)
{
  const char *dot = strchr (text, '.');

  self->schema = dot ? g_strndup (text, (gsize) (dot - text)) : NULL;
  self->table = g_strdup (dot ? dot + 1 : text);
  return (*self->table && (dot == NULL || *self->schema))
         || mvx_postgres_options_fail (error, "table: it has an empty name; give TABLE or SCHEMA.TABLE");
}

static gboolean
mvx_postgres_options_read_access (MvxPostgresOptions *self, MvxLogOptions *options, GError **error)
{
  static const char *const for_tls[] = { "ca-file", "client-certificate", "client-key" };
  gboolean tls = !self->is_local && strcmp (self->sslmode, "disable") != 0;

  if (self->password && self->password_file)
    return mvx_postgres_options_fail (error, "password-file: there is a password, too; give one of them");
  for (guint i = 0; i < G_N_ELEMENTS (for_tls) && !tls; i++)
    if (mvx_log_options_get_string (options, for_tls[i]))
      {
        g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "%s: there is no TLS %s; remove it",
                     for_tls[i], self->is_local ? "on a Unix socket" : "with sslmode=disable");
        return FALSE;
      }
  return TRUE;
}

MvxPostgresOptions *
mvx_postgres_options_new (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxPostgresOptions) self = g_new0 (MvxPostgresOptions, 1);

  self->host = g_strdup (mvx_log_options_get_string (options, "host"));
  self->port = g_strdup_printf ("%" G_GINT64_FORMAT, mvx_log_options_get_int64 (options, "port"));
  self->database = g_strdup (mvx_log_options_get_string (options, "database"));
  self->user = g_strdup (mvx_log_options_get_string (options, "user"));
  self->password = g_strdup (mvx_log_options_get_string (options, "password"));
  self->password_file = g_strdup (mvx_log_options_get_string (options, "password-file"));
  self->sslmode = mvx_postgres_sslmodes[mvx_log_options_get_enum (options, "sslmode")];
  self->ca_file = g_strdup (mvx_log_options_get_string (options, "ca-file"));
  self->certificate = g_strdup (mvx_log_options_get_string (options, "client-certificate"));
  self->private_key = g_strdup (mvx_log_options_get_string (options, "client-key"));
  self->create_table = mvx_log_options_get_boolean (options, "create-table");
  self->unique_index = mvx_log_options_get_boolean (options, "unique-index");
  self->with_template = mvx_log_options_get_boolean (options, "template");
  self->timeout_us = mvx_log_options_get_duration (options, "timeout");
  if (!mvx_postgres_options_read_address (self, error)
      || !mvx_postgres_options_read_table (self, mvx_log_options_get_string (options, "table"), error)
      || !mvx_postgres_options_read_access (self, options, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
mvx_postgres_options_free (MvxPostgresOptions *self)
{
  g_free (self->host);
  g_free (self->port);
  g_free (self->address);
  g_free (self->database);
  g_free (self->schema);
  g_free (self->table);
  g_free (self->user);
  mvx_secret_free (self->password);
  g_free (self->password_file);
  g_free (self->ca_file);
  g_free (self->certificate);
  g_free (self->private_key);
  g_free (self);
}
