/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "readable.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

gboolean
mvx_readable_check (const char *option, const char *path, GError **error)
{
  int fd = path ? open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1; /* a pipe without a writer does not block */
  int code = errno;

  if (fd >= 0)
    close (fd);
  if (path == NULL || fd >= 0)
    return TRUE;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
               "%s: cannot use '%s': %s; give a PEM file that can be read", option, path, g_strerror (code));
  return FALSE;
}
