/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sqlite-options.h"

#include "../common/path.h"

#define MVX_SQLITE_MAX_TIMEOUT_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

static const char *const mvx_sqlite_synchronous[] = { "off", "normal", "full", "extra", NULL };

/* clang-format off */
const MvxLogOptionSpec mvx_sqlite_option_table[] = {
  { "path", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_REQUIRED, NULL, 0, 0, NULL,
    "The database; '~/' stands for the home directory", { NULL, NULL } },
  { "permissions", MVX_LOG_OPTION_STRING, 0, "0640", 0, 0, NULL,
    "Mode of a new database, in octal", { NULL, NULL } },
  { "create-directories", MVX_LOG_OPTION_BOOLEAN, 0, "true", 0, 0, NULL,
    "Make missing directories of the path", { NULL, NULL } },
  { "directory-permissions", MVX_LOG_OPTION_STRING, 0, "0755", 0, 0, NULL,
    "Mode of a new directory, in octal", { NULL, NULL } },
  { "synchronous", MVX_LOG_OPTION_ENUM, MVX_LOG_OPTION_RELOADABLE, "normal", 0, 0, mvx_sqlite_synchronous,
    "When SQLite forces data to the disk: never, at checkpoints, or (full, extra) before a batch counts as delivered",
    { NULL, NULL } },
  { "busy-timeout", MVX_LOG_OPTION_DURATION, MVX_LOG_OPTION_RELOADABLE, "5s", 0, MVX_SQLITE_MAX_TIMEOUT_US, NULL,
    "How long one attempt waits for another process that has locked the database", { NULL, NULL } },
  { "template", MVX_LOG_OPTION_BOOLEAN, MVX_LOG_OPTION_RELOADABLE, "true", 0, 0, NULL,
    "Store the template of each message, too: what is the same event has the same one", { NULL, NULL } },
  { "watch", MVX_LOG_OPTION_BOOLEAN, MVX_LOG_OPTION_RELOADABLE, "true", 0, 0, NULL,
    "Open the path again within a second after the database was renamed or deleted", { NULL, NULL } },
  { "retain-age", MVX_LOG_OPTION_DURATION, MVX_LOG_OPTION_RELOADABLE, "0", 0, 0, NULL,
    "Keep events so long, such as 30d; 0 for ever", { NULL, NULL } },
  { "retain-count", MVX_LOG_OPTION_INT64, MVX_LOG_OPTION_RELOADABLE, "0", 0, G_MAXINT64, NULL,
    "Keep so many events; 0 for all of them", { NULL, NULL } },
  { "retain-size", MVX_LOG_OPTION_SIZE, MVX_LOG_OPTION_RELOADABLE, "0", 0, 0, NULL,
    "Keep the database below this size, such as 2GiB; 0 for as large as it gets", { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};
/* clang-format on */

gboolean
mvx_sqlite_options_retains (const MvxSqliteOptions *self)
{
  return self->retain_age_us > 0 || self->retain_count > 0 || self->retain_size > 0;
}

MvxSqliteOptions *
mvx_sqlite_options_new (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxSqliteOptions) self = g_new0 (MvxSqliteOptions, 1);

  self->path = mvx_path_resolve (mvx_log_options_get_string (options, "path"), "/var/log/app.db", error);
  if (self->path == NULL || !mvx_path_parse_permissions (options, "permissions", &self->permissions, error)
      || !mvx_path_parse_permissions (options, "directory-permissions", &self->directory_permissions, error))
    return NULL;
  self->create_directories = mvx_log_options_get_boolean (options, "create-directories");
  self->synchronous = mvx_log_options_get_enum (options, "synchronous");
  self->busy_timeout_us = mvx_log_options_get_duration (options, "busy-timeout");
  self->with_template = mvx_log_options_get_boolean (options, "template");
  self->watch = mvx_log_options_get_boolean (options, "watch");
  self->retain_age_us = mvx_log_options_get_duration (options, "retain-age");
  self->retain_count = mvx_log_options_get_int64 (options, "retain-count");
  self->retain_size = (gint64) mvx_log_options_get_size (options, "retain-size");
  return g_steal_pointer (&self);
}

void
mvx_sqlite_options_free (MvxSqliteOptions *self)
{
  g_free (self->path);
  g_free (self);
}

GVariant *
mvx_sqlite_options_to_key (MvxLogOptions *options)
{
  g_autoptr (GVariant) all = mvx_log_options_to_variant (options);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (const MvxLogOptionSpec *row = mvx_sqlite_option_table + 1; row->name; row++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (all, row->name, NULL);

      if (value)
        g_variant_builder_add (&builder, "{sv}", row->name, value);
    }
  return g_variant_builder_end (&builder);
}
