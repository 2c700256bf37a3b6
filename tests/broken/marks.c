/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Its constructor makes a file: whether it was ever loaded, in whatever process. */
#define BROKEN_NAME "marks"
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "misbehaving.h"

__attribute__ ((constructor)) static void
broken_mark (void)
{
  const char *path = getenv ("MVXLOG_TEST_MARK");
  int fd = path ? open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644) : -1;

  if (fd >= 0)
    close (fd);
}
