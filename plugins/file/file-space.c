/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-space.h"

#include <gio/gio.h>
#include <sys/statvfs.h>

gboolean
mvx_file_space_check (const MvxFileOptions *options, int fd, gsize size, GError **error)
{
  g_autofree char *directory = NULL;
  struct statvfs info;

  /* f_blocks is 0 where nothing can become full, such as /dev. */
  if (options->keep_free == 0 || fstatvfs (fd, &info) != 0 || info.f_blocks == 0
      || (guint64) info.f_bavail * info.f_frsize >= (guint64) options->keep_free + size)
    return TRUE;
  directory = g_path_get_dirname (options->path);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
               "Cannot write to log file '%s': the %" G_GINT64_FORMAT
               " bytes of keep-free would not stay free; make room in '%s'; the events are kept until it works",
               options->path, options->keep_free, directory);
  return FALSE;
}
