/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-options.h"

#include <stdlib.h>
#include <string.h>

#include "file-codec.h"

#define MVX_FILE_MAX_BUFFER (G_GINT64_CONSTANT (64) << 20)
#define MVX_FILE_MAX_INTERVAL_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

static const char *const mvx_file_modes[] = { "append", "truncate", NULL };
static const char *const mvx_file_zones[] = { "local", "utc", NULL };
static const char *const mvx_file_compressions[] = { "none", "gzip", "zstd", NULL };
static const char *const mvx_file_fsyncs[] = { "none", "close", "interval", "batch", NULL };

const MvxLogOptionSpec mvx_file_option_table[] = {
  { "path",
    MVX_LOG_OPTION_STRING,
    MVX_LOG_OPTION_REQUIRED,
    NULL,
    0,
    0,
    NULL,
    "The file; '~/' stands for the home directory",
    { NULL, NULL } },
  { "mode",
    MVX_LOG_OPTION_ENUM,
    0,
    "append",
    0,
    0,
    mvx_file_modes,
    "append keeps what is there, truncate empties the file when the sink is made",
    { NULL, NULL } },
  { "permissions", MVX_LOG_OPTION_STRING, 0, "0640", 0, 0, NULL, "Mode of a new file, in octal", { NULL, NULL } },
  { "create-directories",
    MVX_LOG_OPTION_BOOLEAN,
    0,
    "true",
    0,
    0,
    NULL,
    "Make missing directories of the path",
    { NULL, NULL } },
  { "directory-permissions",
    MVX_LOG_OPTION_STRING,
    0,
    "0755",
    0,
    0,
    NULL,
    "Mode of a new directory, in octal",
    { NULL, NULL } },
  { "follow-symlinks",
    MVX_LOG_OPTION_BOOLEAN,
    0,
    "true",
    0,
    0,
    NULL,
    "Write through a symbolic link at the end of the path",
    { NULL, NULL } },
  { "buffer-size",
    MVX_LOG_OPTION_SIZE,
    MVX_LOG_OPTION_RELOADABLE,
    "64KiB",
    1,
    MVX_FILE_MAX_BUFFER,
    NULL,
    "Events of a batch are collected up to this size for one write; a rest of less than half of it goes along",
    { NULL, NULL } },
  { "fsync",
    MVX_LOG_OPTION_ENUM,
    MVX_LOG_OPTION_RELOADABLE,
    "none",
    0,
    0,
    mvx_file_fsyncs,
    "When to force data to the disk: never, on close, within flush-interval, or before a batch counts as delivered",
    { NULL, NULL } },
  { "flush-interval",
    MVX_LOG_OPTION_DURATION,
    MVX_LOG_OPTION_RELOADABLE,
    "1s",
    1000,
    MVX_FILE_MAX_INTERVAL_US,
    NULL,
    "For fsync=interval: how long data may stay off the disk",
    { NULL, NULL } },
  { "flush-level",
    MVX_LOG_OPTION_STRING,
    MVX_LOG_OPTION_RELOADABLE,
    "error",
    0,
    0,
    NULL,
    "For fsync=interval: events from this level on are forced to the disk at once",
    { NULL, NULL } },
  { "watch",
    MVX_LOG_OPTION_BOOLEAN,
    MVX_LOG_OPTION_RELOADABLE,
    "true",
    0,
    0,
    NULL,
    "Open the path again within a second after the file was renamed or deleted",
    { NULL, NULL } },
  { "rotate-size",
    MVX_LOG_OPTION_SIZE,
    MVX_LOG_OPTION_RELOADABLE,
    "0",
    0,
    G_MAXINT64,
    NULL,
    "Roll the file before it would grow larger than this, such as 64MiB; 0 for never",
    { NULL, NULL } },
  { "rotate",
    MVX_LOG_OPTION_STRING,
    MVX_LOG_OPTION_RELOADABLE,
    "never",
    0,
    0,
    NULL,
    "Roll the file by the clock: never, minutely, hourly, daily, weekly, monthly, yearly, a weekday, HH:MM, or an "
    "interval such as 90min",
    { NULL, NULL } },
  { "rotate-zone",
    MVX_LOG_OPTION_ENUM,
    MVX_LOG_OPTION_RELOADABLE,
    "local",
    0,
    0,
    mvx_file_zones,
    "Whose days and hours rotate means",
    { NULL, NULL } },
  { "retain-count",
    MVX_LOG_OPTION_INT64,
    MVX_LOG_OPTION_RELOADABLE,
    "0",
    0,
    G_MAXINT32,
    NULL,
    "Keep so many rolled files; 0 for all of them",
    { NULL, NULL } },
  { "retain-age",
    MVX_LOG_OPTION_DURATION,
    MVX_LOG_OPTION_RELOADABLE,
    "0",
    0,
    G_MAXINT64,
    NULL,
    "Keep rolled files so long, such as 30d; 0 for ever",
    { NULL, NULL } },
  { "retain-size",
    MVX_LOG_OPTION_SIZE,
    MVX_LOG_OPTION_RELOADABLE,
    "0",
    0,
    G_MAXINT64,
    NULL,
    "Keep so many bytes of rolled files, such as 2GiB; 0 for all of them",
    { NULL, NULL } },
  { "compress",
    MVX_LOG_OPTION_ENUM,
    MVX_LOG_OPTION_RELOADABLE,
    "none",
    0,
    0,
    mvx_file_compressions,
    "Compress rolled files in the background",
    { NULL, NULL } },
  { "keep-free",
    MVX_LOG_OPTION_SIZE,
    MVX_LOG_OPTION_RELOADABLE,
    "0",
    0,
    G_MAXINT64,
    NULL,
    "Write nothing while the file system has less room than this for ordinary users",
    { NULL, NULL } },
  MVX_LOG_RENDERER_OPTIONS,
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

/* The directory's real place, as far as it exists: two ways to one file are one resource. */
static char *
mvx_file_options_resolve_directory (const char *directory)
{
  g_autofree char *parent = NULL;
  g_autofree char *base = NULL;
  g_autofree char *resolved_parent = NULL;
  char *real = realpath (directory, NULL);

  if (real)
    {
      char *copy = g_strdup (real);

      free (real);
      return copy;
    }
  parent = g_path_get_dirname (directory);
  if (strcmp (parent, directory) == 0)
    return g_strdup (directory);
  base = g_path_get_basename (directory);
  resolved_parent = mvx_file_options_resolve_directory (parent);
  return g_build_filename (resolved_parent, base, NULL);
}

static char *
mvx_file_options_resolve (const char *text, GError **error)
{
  g_autofree char *expanded = NULL;
  g_autofree char *absolute = NULL;
  g_autofree char *directory = NULL;
  g_autofree char *base = NULL;

  if (*text == '\0' || g_str_has_suffix (text, "/"))
    {
      g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                   "path: '%s' is not the name of a file; give one such as /var/log/app.jsonl", text);
      return NULL;
    }
  if (g_str_has_prefix (text, "~/"))
    expanded = g_build_filename (g_get_home_dir (), text + 2, NULL);
  absolute = g_canonicalize_filename (expanded ? expanded : text, NULL);
  directory = g_path_get_dirname (absolute);
  base = g_path_get_basename (absolute);
  g_free (g_steal_pointer (&expanded));
  expanded = mvx_file_options_resolve_directory (directory);
  return g_build_filename (expanded, base, NULL);
}

static gboolean
mvx_file_options_parse_permissions (MvxLogOptions *options, const char *name, mode_t *permissions, GError **error)
{
  const char *text = mvx_log_options_get_string (options, name);
  guint64 value;

  if (g_ascii_string_to_unsigned (text, 8, 0, 0777, &value, NULL))
    {
      *permissions = (mode_t) value;
      return TRUE;
    }
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
               "%s: expected an octal mode from 0 to 0777 such as 0640, got '%s'", name, text);
  return FALSE;
}

static gboolean
mvx_file_options_parse_level (const char *text, gint *level, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (mvx_log_level_from_string (text, level, &local))
    return TRUE;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "flush-level: %s", local->message);
  return FALSE;
}

gboolean
mvx_file_options_rotates (const MvxFileOptions *self)
{
  return self->rotate_size > 0 || self->rotate.unit != MVX_FILE_SCHEDULE_NEVER;
}

void
mvx_file_options_set_path (MvxFileOptions *self, const char *path)
{
  /* It is the file that is renamed, never the link that leads to it. */
  char *real = mvx_file_options_rotates (self) && self->follow_symlinks ? realpath (path, NULL) : NULL;
  char *copy = g_strdup (real ? real : path);

  free (real);
  g_free (self->path);
  self->path = copy;
}

static gboolean
mvx_file_options_read_rotation (MvxFileOptions *self, MvxLogOptions *options, GError **error)
{
  g_autofree char *path = g_strdup (self->path);

  if (!mvx_file_schedule_parse (mvx_log_options_get_string (options, "rotate"), &self->rotate, error))
    return FALSE;
  self->rotate_utc = mvx_log_options_get_enum (options, "rotate-zone") == 1;
  self->rotate_size = (gint64) mvx_log_options_get_size (options, "rotate-size");
  mvx_file_options_set_path (self, path);
  return TRUE;
}

static gboolean
mvx_file_options_read_retention (MvxFileOptions *self, MvxLogOptions *options, GError **error)
{
  self->retain_count = mvx_log_options_get_int64 (options, "retain-count");
  self->retain_age_us = mvx_log_options_get_duration (options, "retain-age");
  self->retain_size = (gint64) mvx_log_options_get_size (options, "retain-size");
  self->keep_free = (gint64) mvx_log_options_get_size (options, "keep-free");
  self->compression = (MvxFileCompression) mvx_log_options_get_enum (options, "compress");
  if (mvx_file_codec_exists (self->compression))
    return TRUE;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
               "compress: zstd is not built in; use gzip, or build the plugin with -Dfile-zstd=enabled");
  return FALSE;
}

MvxFileOptions *
mvx_file_options_new (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxFileOptions) self = g_new0 (MvxFileOptions, 1);

  self->path = mvx_file_options_resolve (mvx_log_options_get_string (options, "path"), error);
  if (self->path == NULL || !mvx_file_options_parse_permissions (options, "permissions", &self->permissions, error)
      || !mvx_file_options_parse_permissions (options, "directory-permissions", &self->directory_permissions, error)
      || !mvx_file_options_parse_level (mvx_log_options_get_string (options, "flush-level"), &self->flush_level, error))
    return NULL;
  self->truncate = mvx_log_options_get_enum (options, "mode") == 1;
  self->create_directories = mvx_log_options_get_boolean (options, "create-directories");
  self->follow_symlinks = mvx_log_options_get_boolean (options, "follow-symlinks");
  self->buffer_size = (gsize) mvx_log_options_get_size (options, "buffer-size");
  self->fsync = (MvxFileFsync) mvx_log_options_get_enum (options, "fsync");
  self->flush_interval_us = mvx_log_options_get_duration (options, "flush-interval");
  self->watch = mvx_log_options_get_boolean (options, "watch");
  if (!mvx_file_options_read_rotation (self, options, error) || !mvx_file_options_read_retention (self, options, error))
    return NULL;
  self->renderer = mvx_log_options_new_renderer (options, error);
  return self->renderer ? g_steal_pointer (&self) : NULL;
}

void
mvx_file_options_free (MvxFileOptions *self)
{
  g_clear_pointer (&self->renderer, mvx_log_renderer_unref);
  g_free (self->path);
  g_free (self);
}

GVariant *
mvx_file_options_to_key (MvxLogOptions *options)
{
  g_autoptr (GVariant) all = mvx_log_options_to_variant (options);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (const MvxLogOptionSpec *row = mvx_file_option_table; row->name; row++)
    {
      g_autoptr (GVariant) value = NULL;

      if (strcmp (row->name, "path") == 0)
        continue;
      value = g_variant_lookup_value (all, row->name, NULL);
      if (value)
        g_variant_builder_add (&builder, "{sv}", row->name, value);
    }
  return g_variant_builder_end (&builder);
}
