/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens log files, with errors that say what to do. */
#pragma once

#include <sys/stat.h>

#include "file-options.h"

G_BEGIN_DECLS

/* A file descriptor for appending, or -1. */
int      mvx_file_open       (const MvxFileOptions *options,
                              gboolean              truncate,
                              struct stat          *info,
                              GError              **error);
gboolean mvx_file_open_probe (const MvxFileOptions *options,
                              GError              **error);
/* Is there something in the file whose last line has no end? */
gboolean mvx_file_open_is_torn (const char         *path,
                              const struct stat    *info);

G_END_DECLS
