/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "durable/disk-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/atfork-private.h"

static GMutex mvx_log_disk_mutex;
static int *mvx_log_disk_locks; /* with the mutex: descriptors of mvx_log_disk_open_lock() */
static guint mvx_log_disk_n_locks;

/* A lock lives as long as any descriptor of it, so a child that lives long would keep what its parent has left. The
 * numbers stay taken: whoever has inherited them may close them some day. */
static void
mvx_log_disk_fork (MvxLogForkStage stage)
{
  if (stage != MVX_LOG_FORK_CHILD)
    return;
  for (guint i = 0; i < mvx_log_disk_n_locks; i++)
    {
      int null;

      close (mvx_log_disk_locks[i]);
      null = open ("/dev/null", O_RDONLY | O_CLOEXEC);
      if (null < 0 || null == mvx_log_disk_locks[i])
        continue;
      dup3 (null, mvx_log_disk_locks[i], O_CLOEXEC);
      close (null);
    }
  mvx_log_disk_n_locks = 0;
}

MVX_LOG_FORK_LOCK (DISK, &mvx_log_disk_mutex, mvx_log_disk_fork);

void (*mvx_log_disk_fail_func) (const char *point);

void
mvx_log_disk_set_error (GError **error, int code, const char *what, const char *dir, const char *name)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s '%s%s%s': %s", what, dir, name ? "/" : "",
               name ? name : "", g_strerror (code));
}

/* Where a program has closed its standard error, everybody's messages would go into the file. */
static int
mvx_log_disk_lift (int fd)
{
  int lifted;

  if (fd < 0 || fd > STDERR_FILENO)
    return fd;
  lifted = fcntl (fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  close (fd);
  return lifted;
}

int
mvx_log_disk_open (int dir, const char *name, int flags)
{
  int fd;

  do
    fd = openat (dir, name, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
  while (fd < 0 && errno == EINTR);
  return mvx_log_disk_lift (fd);
}

int
mvx_log_disk_open_file (int dir, const char *name)
{
  /* O_NONBLOCK: somebody may have put a FIFO there, and opening that would wait for a writer. */
  int fd = mvx_log_disk_open (dir, name, O_RDONLY | O_NONBLOCK);
  struct stat info;

  if (fd < 0 || (fstat (fd, &info) == 0 && S_ISREG (info.st_mode)))
    return fd;
  mvx_log_disk_close (&fd);
  errno = EINVAL;
  return -1;
}

/* The directory @path, made with its parents. Each new name is durable before anything is put below it. */
static int
mvx_log_disk_make_dir (const char *path)
{
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  int saved;
  int dir;
  int fd;

  fd = mvx_log_disk_open (AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
  if (fd >= 0 || errno != ENOENT || strcmp (parent, path) == 0)
    return fd;
  dir = mvx_log_disk_make_dir (parent);
  if (dir < 0)
    return -1;
  if ((mkdirat (dir, name, 0700) == 0 || errno == EEXIST) && mvx_log_disk_sync_full (dir))
    fd = mvx_log_disk_open (dir, name, O_RDONLY | O_DIRECTORY);
  saved = errno;
  mvx_log_disk_close (&dir);
  errno = saved;
  return fd;
}

int
mvx_log_disk_open_dir (const char *path, gboolean create, GError **error)
{
  g_autofree char *plain = g_canonicalize_filename (path, NULL);
  int fd = create ? mvx_log_disk_make_dir (plain) : mvx_log_disk_open (AT_FDCWD, plain, O_RDONLY | O_DIRECTORY);

  if (fd < 0)
    mvx_log_disk_set_error (error, errno, create ? "Cannot make or open directory" : "Cannot open directory", plain,
                            NULL);
  return fd;
}

gboolean
mvx_log_disk_write (int fd, struct iovec *parts, int n_parts, guint64 offset)
{
  while (n_parts > 0)
    {
      gssize n = pwritev (fd, parts, n_parts, (off_t) offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          if (n == 0)
            errno = EIO; /* of a regular file it means that nobody knows */
          return FALSE;
        }
      offset += (guint64) n;
      for (; n_parts > 0 && (gsize) n >= parts->iov_len; parts++, n_parts--)
        n -= (gssize) parts->iov_len;
      if (n_parts > 0)
        {
          parts->iov_base = (guint8 *) parts->iov_base + n;
          parts->iov_len -= (gsize) n;
        }
    }
  return TRUE;
}

gssize
mvx_log_disk_read (int fd, gpointer bytes, gsize size, guint64 offset)
{
  gsize done = 0;

  while (done < size)
    {
      gssize n = pread (fd, (guint8 *) bytes + done, size - done, (off_t) (offset + done));

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -1;
      if (n == 0)
        break;
      done += (gsize) n;
    }
  return (gssize) done;
}

gboolean
mvx_log_disk_sync (int fd)
{
  int result;

  do
    result = fdatasync (fd);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

gboolean
mvx_log_disk_sync_full (int fd)
{
  int result;

  do
    result = fsync (fd);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

gboolean
mvx_log_disk_truncate (int fd, guint64 size)
{
  int result;

  do
    result = ftruncate (fd, (off_t) size);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

/* With the mutex, which a fork waits for: no child gets one that is not noted. */
int
mvx_log_disk_open_lock (int dir, const char *name)
{
  int fd;

  g_mutex_lock (&mvx_log_disk_mutex);
  fd = mvx_log_disk_open (dir, name, O_RDWR | O_CREAT | O_NONBLOCK);
  if (fd >= 0)
    {
      mvx_log_disk_locks = g_renew (int, mvx_log_disk_locks, mvx_log_disk_n_locks + 1);
      mvx_log_disk_locks[mvx_log_disk_n_locks++] = fd;
    }
  g_mutex_unlock (&mvx_log_disk_mutex);
  return fd;
}

gboolean
mvx_log_disk_lock (int fd, gboolean wait)
{
  int result;

  do
    result = flock (fd, LOCK_EX | (wait ? 0 : LOCK_NB));
  while (result != 0 && errno == EINTR);
  return result == 0;
}

gboolean
mvx_log_disk_space (int fd, guint64 *free_bytes, guint64 *all_bytes)
{
  struct statvfs info;

  if (fstatvfs (fd, &info) != 0)
    return FALSE;
  *free_bytes = (guint64) info.f_bavail * info.f_frsize;
  *all_bytes = (guint64) info.f_blocks * info.f_frsize;
  return TRUE;
}

guint64
mvx_log_disk_read_boot (void)
{
  g_autofree char *text = NULL;
  guint64 boot = 0;

  if (g_file_get_contents ("/proc/sys/kernel/random/boot_id", &text, NULL, NULL))
    for (const char *p = text; *p && boot >> 60 == 0; p++)
      if (g_ascii_isxdigit (*p))
        boot = boot << 4 | (guint64) g_ascii_xdigit_value (*p);
  return boot;
}

gboolean
mvx_log_disk_is_linked (int fd)
{
  struct stat info;

  return fstat (fd, &info) == 0 && info.st_nlink > 0;
}

/* With the mutex. Returns whether it was one. */
static gboolean
mvx_log_disk_forget_lock (int fd)
{
  for (guint i = 0; i < mvx_log_disk_n_locks; i++)
    if (mvx_log_disk_locks[i] == fd)
      {
        mvx_log_disk_locks[i] = mvx_log_disk_locks[--mvx_log_disk_n_locks];
        return TRUE;
      }
  return FALSE;
}

/* After EINTR it is closed, too, and what was to be on the disk has been synced. A lock goes with the mutex, so that no
 * child gets it in between; another file may take its time, and nobody has to wait for it. */
void
mvx_log_disk_close (int *fd)
{
  gboolean closed;

  if (*fd < 0)
    return;
  g_mutex_lock (&mvx_log_disk_mutex);
  closed = mvx_log_disk_forget_lock (*fd);
  if (closed)
    close (*fd);
  g_mutex_unlock (&mvx_log_disk_mutex);
  if (!closed)
    close (*fd);
  *fd = -1;
}
