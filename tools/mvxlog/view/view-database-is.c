/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Needs no SQLite: also who cannot read a database says so, instead of showing its bytes. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "view/view-database.h"

static const char mvx_view_database_magic[] = "SQLite format 3";

gboolean
mvx_view_database_is (const char *path)
{
  char magic[sizeof mvx_view_database_magic] = "";
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  gssize n = fd >= 0 ? pread (fd, magic, sizeof magic, 0) : 0;

  if (fd >= 0)
    close (fd);
  if (n > 0)
    return n == sizeof magic && memcmp (magic, mvx_view_database_magic, sizeof magic) == 0;
  return g_str_has_suffix (path, ".db") || g_str_has_suffix (path, ".sqlite") || g_str_has_suffix (path, ".sqlite3");
}
