/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-directory.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Best effort: not all file systems can, and a disk that fails shows with the first event. */
void
mvx_file_directory_sync_of (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  fsync (fd);
  close (fd);
}

static int
mvx_file_directory_make_one (const char *directory, const MvxFileOptions *options)
{
  if (mkdir (directory, options->directory_permissions) != 0)
    return errno;
  if (chmod (directory, options->directory_permissions) != 0)
    errno = 0; /* some file systems have no modes */
  if (options->fsync != MVX_FILE_FSYNC_NONE)
    mvx_file_directory_sync_of (directory);
  return 0;
}

/* Whatever the umask, but only those that are made here get the mode. 0, or an error number. */
static int
mvx_file_directory_make (const char *directory, const MvxFileOptions *options)
{
  int code = mvx_file_directory_make_one (directory, options);

  if (code == ENOENT)
    {
      g_autofree char *parent = g_path_get_dirname (directory);

      code = mvx_file_directory_make (parent, options);
      if (code == 0)
        code = mvx_file_directory_make_one (directory, options);
    }
  /* A read-only file system says so also of what is there. */
  if (code == EEXIST || code == EROFS)
    return g_file_test (directory, G_FILE_TEST_IS_DIR) ? 0 : code == EEXIST ? ENOTDIR : code;
  return code;
}

gboolean
mvx_file_directory_make_for (const MvxFileOptions *options, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (options->path);
  int code = mvx_file_directory_make (directory, options);

  if (code == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (code),
               "Cannot make directory '%s' for log file '%s': %s; make it by hand or give another path", directory,
               options->path, g_strerror (code));
  return FALSE;
}
