/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The allocator of a program, which asks the test before each allocation whether it fails. */
#pragma once

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <glib.h>

/* The test's word. On any thread, and never twice at a time on one. */
static gboolean malloc_rig_fails (void);

void *__libc_malloc (size_t size);
void *__libc_calloc (size_t n, size_t size);
void *__libc_realloc (void *old, size_t size);
void *__libc_memalign (size_t alignment, size_t size);

void *
malloc (size_t size)
{
  return malloc_rig_fails () ? NULL : __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  return malloc_rig_fails () ? NULL : __libc_calloc (n, size);
}

void *
realloc (void *old, size_t size)
{
  return malloc_rig_fails () ? NULL : __libc_realloc (old, size);
}

int
posix_memalign (void **result, size_t alignment, size_t size)
{
  void *memory = malloc_rig_fails () ? NULL : __libc_memalign (alignment, size);

  if (memory == NULL)
    return ENOMEM;
  *result = memory;
  return 0;
}

void *
aligned_alloc (size_t alignment, size_t size)
{
  return malloc_rig_fails () ? NULL : __libc_memalign (alignment, size);
}

void *
mmap (void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
  if (malloc_rig_fails ())
    return MAP_FAILED;
  return (void *) syscall (SYS_mmap, at, size, protection, flags, fd, offset);
}
