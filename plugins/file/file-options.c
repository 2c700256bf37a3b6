/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-options.h"

#include <string.h>

#include "../common/path.h"
#include "file-codec.h"

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
  char *copy = mvx_file_options_rotates (self) && self->follow_symlinks ? mvx_path_follow (path) : g_strdup (path);

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

  self->path = mvx_path_resolve (mvx_log_options_get_string (options, "path"), "/var/log/app.jsonl", error);
  if (self->path == NULL || !mvx_path_parse_permissions (options, "permissions", &self->permissions, error)
      || !mvx_path_parse_permissions (options, "directory-permissions", &self->directory_permissions, error)
      || !mvx_file_options_parse_level (mvx_log_options_get_string (options, "flush-level"), &self->flush_level, error))
    return NULL;
  self->truncate = mvx_log_options_get_enum (options, "mode") == 1;
  self->create_directories = mvx_log_options_get_boolean (options, "create-directories");
  self->follow_symlinks = mvx_log_options_get_boolean (options, "follow-symlinks");
  self->emergency = mvx_log_options_get_boolean (options, "emergency");
  self->buffer_size = (gsize) mvx_log_options_get_size (options, "buffer-size");
  self->fsync = (MvxFileFsync) mvx_log_options_get_enum (options, "fsync");
  self->flush_interval_us = mvx_log_options_get_duration (options, "flush-interval");
  self->watch = mvx_log_options_get_boolean (options, "watch");
  if (!mvx_file_options_read_rotation (self, options, error) || !mvx_file_options_read_retention (self, options, error))
    return NULL;
  self->renderer = mvx_log_options_new_renderer (options, error);
  self->json = self->renderer && g_str_equal (mvx_log_renderer_get_name (self->renderer), "json");
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
