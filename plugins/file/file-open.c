/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-open.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Others may remove the file between the attempts to open and to create it. */
#define MVX_FILE_OPEN_ATTEMPTS 3

static char *
mvx_file_open_remedy (const char *path, int code)
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
      return g_strdup ("it is a symbolic link; set follow-symlinks=true if that is wanted");
    case EISDIR:
      return g_strdup ("give the name of a file in it");
    case ENOSPC:
    case EDQUOT:
      return g_strdup_printf ("make room in '%s'", directory);
    case EROFS:
      return g_strdup ("give a path on a file system that can be written to");
    case EMFILE:
    case ENFILE:
      return g_strdup ("raise the limit of open files");
    default:
      return g_strdup ("check the path");
    }
}

static int
mvx_file_open_fail (const char *path, int code, GError **error)
{
  g_autofree char *remedy = mvx_file_open_remedy (path, code);

  g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (code), "Cannot open log file '%s': %s; %s", path,
               g_strerror (code), remedy);
  return -1;
}

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
      return fd;
    }
  if (errno == EEXIST && options->follow_symlinks)
    /* Made by another process just now, or a link that leads to nothing yet. */
    return open (options->path, flags | O_CREAT, options->permissions);
  return -1;
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
  return fd;
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

static int
mvx_file_open_make_directory (const char *directory, mode_t permissions)
{
  if (mkdir (directory, permissions) != 0)
    return errno;
  if (chmod (directory, permissions) != 0)
    errno = 0; /* some file systems have no modes */
  return 0;
}

/* With the mode that the options say, whatever the umask, but only those that are made here. 0, or an error number. */
static int
mvx_file_open_make_directories (const char *directory, mode_t permissions)
{
  int code = mvx_file_open_make_directory (directory, permissions);

  if (code == ENOENT)
    {
      g_autofree char *parent = g_path_get_dirname (directory);

      code = mvx_file_open_make_directories (parent, permissions);
      if (code == 0)
        code = mvx_file_open_make_directory (directory, permissions);
    }
  if (code == EEXIST)
    return g_file_test (directory, G_FILE_TEST_IS_DIR) ? 0 : ENOTDIR;
  return code;
}

int
mvx_file_open (const MvxFileOptions *options, gboolean truncate, struct stat *info, GError **error)
{
  int fd;

  if (options->create_directories)
    {
      g_autofree char *directory = g_path_get_dirname (options->path);

      int code = mvx_file_open_make_directories (directory, options->directory_permissions);

      if (code != 0)
        {
          g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (code),
                       "Cannot make directory '%s' for log file '%s': %s; make it by hand or give another path",
                       directory, options->path, g_strerror (code));
          return -1;
        }
    }
  fd = mvx_file_open_descriptor (options);
  /* A FIFO that nobody reads. */
  if (fd < 0 && errno == ENXIO && stat (options->path, info) == 0)
    return mvx_file_open_check_kind (options, info, error) ? mvx_file_open_fail (options->path, ENXIO, error) : -1;
  if (fd < 0)
    return mvx_file_open_fail (options->path, errno, error);
  if (fstat (fd, info) == 0 && mvx_file_open_check_kind (options, info, error)
      && (!truncate || !S_ISREG (info->st_mode) || ftruncate (fd, 0) == 0))
    {
      if (truncate && S_ISREG (info->st_mode))
        info->st_size = 0;
      return fd;
    }
  if (error && *error == NULL)
    mvx_file_open_fail (options->path, errno, error);
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
  mvx_file_open_fail (options->path, errno, error);
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
      mvx_file_open_fail (options->path, errno, error);
      return FALSE;
    }
  good = fstat (fd, &info) == 0 && mvx_file_open_check_kind (options, &info, error);
  close (fd);
  return good;
}
