/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks that fail: write(2), fsync(2) and fdatasync(2) of this program, and so of a plugin that is linked with it, do for one
 * path what the test says, and for everything else what they always do. The codes may change while others write. */
#pragma once

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <glib.h>

typedef struct
{
  const char *path; /* NULL: nothing fails; atomic */
  guint       n_good; /* so many more writes succeed */
  gsize       short_size; /* of the next one, if not 0 */
  gint        write_code; /* of all further ones; 0 for success, -1 to write nothing; atomic, as is */
  gint        sync_code;
  void      (*after_write) (void); /* once */
  guint       n_synced; /* calls for the path, */
  guint       n_synced_directory; /* and for directories */
} FaultCalls;

static FaultCalls fault_calls;

static gboolean
fault_calls_concern (int fd)
{
  char link[32];
  char target[4096];
  const char *path = g_atomic_pointer_get (&fault_calls.path);
  ssize_t n;

  if (path == NULL)
    return FALSE;
  g_snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  n = readlink (link, target, sizeof target - 1);
  if (n < 0)
    return FALSE;
  target[n] = '\0';
  return g_str_equal (target, path);
}

static ssize_t
fault_calls_write (int fd, const void *data, size_t size)
{
  gint code = g_atomic_int_get (&fault_calls.write_code);
  ssize_t n;

  if (fault_calls.short_size > 0)
    size = MIN (size, fault_calls.short_size);
  else if (fault_calls.n_good > 0)
    fault_calls.n_good--;
  else if (code > 0)
    {
      errno = code;
      return -1;
    }
  else if (code < 0)
    return 0;
  fault_calls.short_size = 0;
  n = syscall (SYS_write, fd, data, size);
  if (fault_calls.after_write)
    {
      void (*after) (void) = fault_calls.after_write;

      fault_calls.after_write = NULL;
      after ();
    }
  return n;
}

ssize_t
write (int fd, const void *data, size_t size)
{
  return fault_calls_concern (fd) ? fault_calls_write (fd, data, size) : syscall (SYS_write, fd, data, size);
}

int
fdatasync (int fd)
{
  gboolean concerns = fault_calls_concern (fd);

  fault_calls.n_synced += concerns;
  if (concerns && g_atomic_int_get (&fault_calls.sync_code) != 0)
    {
      errno = g_atomic_int_get (&fault_calls.sync_code);
      return -1;
    }
  return (int) syscall (SYS_fdatasync, fd);
}

int
fsync (int fd)
{
  struct stat info;

  fault_calls.n_synced_directory += fstat (fd, &info) == 0 && S_ISDIR (info.st_mode);
  return (int) syscall (SYS_fsync, fd);
}
