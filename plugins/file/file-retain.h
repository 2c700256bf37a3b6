/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rolled files of a log, and which of them have had their time. */
#pragma once

#include "file-name.h"
#include "file-options.h"

G_BEGIN_DECLS

typedef struct
{
  char       *path;
  MvxFileName name;
  gint64      size;
} MvxFileRolled;

/* Regular files whose names were made for @path, the oldest first. */
GPtrArray *mvx_file_retain_list   (const char           *path,
                                   GError              **error);
/* What the limits leave no place for; 0 is no limit. The files are still there, but no longer in @files, which keeps the newest.
 * @now_us: microseconds since 1970. */
GPtrArray *mvx_file_retain_select (GPtrArray            *files,
                                   gint64                max_count,
                                   gint64                max_age_us,
                                   gint64                max_size,
                                   gint64                now_us);

G_END_DECLS
