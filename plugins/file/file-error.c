/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-error.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

static char *
mvx_file_error_dup_remedy (const char *path, int code)
{
  g_autofree char *directory = g_path_get_dirname (path);

  switch (code)
    {
    case ENOENT:
    case ENOTDIR:
      return g_strdup_printf ("create the directory '%s' or set create-directories=true", directory);
    case EACCES:
    case EPERM:
      return g_strdup_printf ("let user %u write to it and to '%s'", (guint) geteuid (), directory);
    case ELOOP:
      return g_strdup (access (path, F_OK) != 0 && errno == ELOOP
                           ? "its symbolic links lead in a circle; remove them, or give another path"
                           : "it is a symbolic link; set follow-symlinks=true if that is wanted");
    case EISDIR:
      return g_strdup ("give the name of a file in it");
    case ENOSPC:
    case EDQUOT:
      return g_strdup_printf ("make room in '%s'", directory);
    case EFBIG:
      return g_strdup ("raise the limit of the size of files (ulimit -f), or set rotate-size below it");
    case EROFS:
      return g_strdup ("give a path on a file system that can be written to");
    case EMFILE:
    case ENFILE:
      return g_strdup ("raise the limit of open files");
    case EIO:
    case ESTALE:
    case ENODEV:
    case ENXIO:
      return g_strdup_printf ("look at the health of the file system of '%s'", directory);
    default:
      return g_strdup ("check the path");
    }
}

int
mvx_file_error_open (const char *path, int code, GError **error)
{
  g_autofree char *remedy = mvx_file_error_dup_remedy (path, code);

  g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (code), "Cannot open log file '%s': %s; %s", path,
               g_strerror (code), remedy);
  return -1;
}

gboolean
mvx_file_error_write (const char *path, int code, GError **error)
{
  g_autofree char *remedy = mvx_file_error_dup_remedy (path, code);

  g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (code),
               "Cannot write to log file '%s': %s; %s; the events are kept until it works", path, g_strerror (code),
               remedy);
  return FALSE;
}

gboolean
mvx_file_error_is_room (int code)
{
  return code == ENOSPC || code == EDQUOT || code == EFBIG || code == EAGAIN;
}
