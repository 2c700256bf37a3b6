/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-open.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "file-directory.h"
#include "file-error.h"

/* Others may remove the file between the attempts to open and to create it. */
#define MVX_FILE_OPEN_ATTEMPTS 3

/* Permissions are what the options say, whatever the umask, but only for a file that is made here. */
static int
mvx_file_open_once (const MvxFileOptions *options, int flags)
{
  int fd;

  fd = open (options->path, flags);
  if (fd >= 0 || errno != ENOENT)
    return fd;
  fd = open (options->path, flags | O_CREAT | O_EXCL, options->permissions);
  if (fd >= 0)
    {
      if (fchmod (fd, options->permissions) != 0)
        errno = 0; /* some file systems have no modes */
      if (options->fsync != MVX_FILE_FSYNC_NONE)
        mvx_file_directory_sync_of (options->path);
      return fd;
    }
  if (errno == EEXIST && options->follow_symlinks)
    /* Made by another process just now, or a link that leads to nothing yet. */
    return open (options->path, flags | O_CREAT, options->permissions);
  return -1;
}

/* Where a program has closed its standard error, everybody's messages would go into the log. */
static int
mvx_file_open_lift (int fd)
{
  int lifted;

  if (fd < 0 || fd > STDERR_FILENO)
    return fd;
  lifted = fcntl (fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  close (fd);
  return lifted;
}

static int
mvx_file_open_descriptor (const MvxFileOptions *options)
{
  /* Non-blocking, so that a FIFO without a reader does not hold the worker. */
  int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (options->follow_symlinks ? 0 : O_NOFOLLOW);
  int fd = -1;

  for (guint i = 0; i < MVX_FILE_OPEN_ATTEMPTS; i++)
    {
      do
        fd = mvx_file_open_once (options, flags);
      while (fd < 0 && errno == EINTR);
      if (fd >= 0 || (errno != EEXIST && errno != ENOENT))
        break;
    }
  return mvx_file_open_lift (fd);
}

/* Regular files and terminals or /dev/null: where a line once written stays. */
static gboolean
mvx_file_open_check_kind (const MvxFileOptions *options, const struct stat *info, GError **error)
{
  if (S_ISREG (info->st_mode) || S_ISCHR (info->st_mode))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
               "Cannot open log file '%s': it is a FIFO or something else that is not a regular file; "
               "remove it or give another path",
               options->path);
  return FALSE;
}

int
mvx_file_open (const MvxFileOptions *options, gboolean truncate, struct stat *info, GError **error)
{
  int fd;

  if (options->create_directories && !mvx_file_directory_make_for (options, error))
    return -1;
  fd = mvx_file_open_descriptor (options);
  /* A FIFO that nobody reads. */
  if (fd < 0 && errno == ENXIO && stat (options->path, info) == 0)
    return mvx_file_open_check_kind (options, info, error) ? mvx_file_error_open (options->path, ENXIO, error) : -1;
  if (fd < 0)
    return mvx_file_error_open (options->path, errno, error);
  if (fstat (fd, info) == 0 && mvx_file_open_check_kind (options, info, error)
      && (!truncate || !S_ISREG (info->st_mode) || ftruncate (fd, 0) == 0))
    {
      if (truncate && S_ISREG (info->st_mode))
        info->st_size = 0;
      return fd;
    }
  if (error && *error == NULL)
    mvx_file_error_open (options->path, errno, error);
  close (fd);
  return -1;
}

gboolean
mvx_file_open_is_torn (const char *path, const struct stat *info)
{
  struct stat same;
  char last = '\n';
  int fd;

  if (!S_ISREG (info->st_mode) || info->st_size == 0)
    return FALSE;
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0)
    return FALSE;
  if (fstat (fd, &same) != 0 || same.st_dev != info->st_dev || same.st_ino != info->st_ino
      || pread (fd, &last, 1, same.st_size - 1) != 1)
    last = '\n';
  close (fd);
  return last != '\n';
}

/* The deepest directory of the path that exists. */
static gboolean
mvx_file_open_probe_directory (const MvxFileOptions *options, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (options->path);

  while (options->create_directories && access (directory, F_OK) != 0 && errno == ENOENT && directory[1] != '\0')
    {
      char *parent = g_path_get_dirname (directory);

      g_free (directory);
      directory = parent;
    }
  if (access (directory, W_OK | X_OK) == 0)
    return TRUE;
  mvx_file_error_open (options->path, errno, error);
  return FALSE;
}

gboolean
mvx_file_open_probe (const MvxFileOptions *options, GError **error)
{
  int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (options->follow_symlinks ? 0 : O_NOFOLLOW);
  struct stat info;
  gboolean good;
  int fd;

  if (stat (options->path, &info) == 0 && !S_ISDIR (info.st_mode) && !mvx_file_open_check_kind (options, &info, error))
    return FALSE;
  fd = open (options->path, flags);
  if (fd < 0 && errno == ENOENT)
    return mvx_file_open_probe_directory (options, error);
  if (fd < 0)
    {
      mvx_file_error_open (options->path, errno, error);
      return FALSE;
    }
  good = fstat (fd, &info) == 0 && mvx_file_open_check_kind (options, &info, error);
  close (fd);
  return good;
}
