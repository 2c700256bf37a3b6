/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system calls of the spool, in place of those of the C library: the program that includes this (once) defines them, and
 * the static library is linked with these. They do what they always do, unless a test wants an error, or wants to know. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <glib.h>

typedef enum
{
  SPOOL_DISK_OPEN,
  SPOOL_DISK_MKDIR,
  SPOOL_DISK_WRITE,
  SPOOL_DISK_READ,
  SPOOL_DISK_TRUNCATE,
  SPOOL_DISK_ALLOCATE,
  SPOOL_DISK_SYNC,
  SPOOL_DISK_SYNC_FULL,
  SPOOL_DISK_UNLINK
} SpoolDiskCall;

#define SPOOL_DISK_GO (-2)

/* What is to happen: SPOOL_DISK_GO, -1 with errno, or of a write or read how many of @size bytes. */
static gssize (*spool_disk_fault) (SpoolDiskCall call, int fd, gsize size);

/* What has happened. */
typedef struct
{
  SpoolDiskCall       call;
  int                 fd;     /* or the directory */
  const char         *name;
  int                 flags;
  const struct iovec *parts;
  int                 n_parts;
  guint64             offset; /* or size */
  gssize              result;
} SpoolDiskNote;

static void (*spool_disk_note) (const SpoolDiskNote *note);

/* Not static: where the C library checks bounds, pread() is an inline function for clang. */
gssize spool_disk_ask (SpoolDiskCall call, int fd, gsize size);

gssize
spool_disk_ask (SpoolDiskCall call, int fd, gsize size)
{
  return spool_disk_fault ? spool_disk_fault (call, fd, size) : SPOOL_DISK_GO;
}

static gssize
spool_disk_tell (SpoolDiskNote note, gssize result)
{
  int saved = errno;

  note.result = result;
  if (spool_disk_note)
    spool_disk_note (&note);
  errno = saved;
  return result;
}

int
openat (int dir, const char *name, int flags, ...)
{
  SpoolDiskNote note = { .call = SPOOL_DISK_OPEN, .fd = dir, .name = name, .flags = flags };
  gssize fault = spool_disk_ask (SPOOL_DISK_OPEN, dir, 0);
  mode_t mode = 0;
  va_list args;

  va_start (args, flags);
  if (flags & O_CREAT)
    mode = va_arg (args, mode_t);
  va_end (args);
  if (fault != SPOOL_DISK_GO)
    return (int) fault;
  return (int) spool_disk_tell (note, syscall (SYS_openat, dir, name, flags, mode));
}

int
mkdirat (int dir, const char *name, mode_t mode)
{
  SpoolDiskNote note = { .call = SPOOL_DISK_MKDIR, .fd = dir, .name = name };
  gssize fault = spool_disk_ask (SPOOL_DISK_MKDIR, dir, 0);

  return fault != SPOOL_DISK_GO ? (int) fault : (int) spool_disk_tell (note, syscall (SYS_mkdirat, dir, name, mode));
}

static gssize
spool_disk_pwritev (int fd, const struct iovec *parts, int n, guint64 offset)
{
  return syscall (SYS_pwritev, fd, parts, n, (long) offset, sizeof (long) == 8 ? 0L : (long) (offset >> 32));
}

ssize_t
pwritev (int fd, const struct iovec *parts, int n, off_t offset)
{
  SpoolDiskNote note
      = { .call = SPOOL_DISK_WRITE, .fd = fd, .parts = parts, .n_parts = n, .offset = (guint64) offset };
  struct iovec first = parts[0];
  gsize size = 0;
  gssize fault;

  for (int i = 0; i < n; i++)
    size += parts[i].iov_len;
  fault = spool_disk_ask (SPOOL_DISK_WRITE, fd, size);
  if (fault == SPOOL_DISK_GO)
    return spool_disk_tell (note, spool_disk_pwritev (fd, parts, n, (guint64) offset));
  if (fault <= 0)
    return fault;
  /* A short one is short within its first part. */
  first.iov_len = MIN (first.iov_len, (gsize) fault);
  note.parts = &first;
  note.n_parts = 1;
  return spool_disk_tell (note, spool_disk_pwritev (fd, &first, 1, (guint64) offset));
}

ssize_t
pread (int fd, void *bytes, size_t size, off_t offset)
{
  gssize fault = spool_disk_ask (SPOOL_DISK_READ, fd, size);

  if (fault != SPOOL_DISK_GO && fault <= 0)
    return fault;
  if (fault != SPOOL_DISK_GO)
    size = MIN (size, (gsize) fault);
  return syscall (SYS_pread64, fd, bytes, size, offset);
}

int
ftruncate (int fd, off_t size)
{
  SpoolDiskNote note = { .call = SPOOL_DISK_TRUNCATE, .fd = fd, .offset = (guint64) size };
  gssize fault = spool_disk_ask (SPOOL_DISK_TRUNCATE, fd, 0);

  return fault != SPOOL_DISK_GO ? (int) fault : (int) spool_disk_tell (note, syscall (SYS_ftruncate, fd, size));
}

int
fallocate (int fd, int mode, off_t offset, off_t size)
{
  SpoolDiskNote note = { .call = SPOOL_DISK_ALLOCATE, .fd = fd, .offset = (guint64) (offset + size) };
  gssize fault = spool_disk_ask (SPOOL_DISK_ALLOCATE, fd, 0);

  if (fault != SPOOL_DISK_GO)
    return (int) fault;
  return (int) spool_disk_tell (note, syscall (SYS_fallocate, fd, mode, offset, size));
}

int
fdatasync (int fd)
{
  SpoolDiskNote note = { .call = SPOOL_DISK_SYNC, .fd = fd };
  gssize fault = spool_disk_ask (SPOOL_DISK_SYNC, fd, 0);

  if (fault == SPOOL_DISK_GO)
    return (int) spool_disk_tell (note, syscall (SYS_fdatasync, fd));
  return (int) spool_disk_tell (note, fault);
}

int
fsync (int fd)
{
  SpoolDiskNote note = { .call = SPOOL_DISK_SYNC_FULL, .fd = fd };
  gssize fault = spool_disk_ask (SPOOL_DISK_SYNC_FULL, fd, 0);

  if (fault == SPOOL_DISK_GO)
    return (int) spool_disk_tell (note, syscall (SYS_fsync, fd));
  return (int) spool_disk_tell (note, fault);
}

int
unlinkat (int dir, const char *name, int flags)
{
  SpoolDiskNote note = { .call = SPOOL_DISK_UNLINK, .fd = dir, .name = name, .flags = flags };
  gssize fault = spool_disk_ask (SPOOL_DISK_UNLINK, dir, 0);

  return fault != SPOOL_DISK_GO ? (int) fault : (int) spool_disk_tell (note, syscall (SYS_unlinkat, dir, name, flags));
}
