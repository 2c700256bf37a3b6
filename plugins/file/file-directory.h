/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories that a log file is in. */
#pragma once

#include "file-options.h"

G_BEGIN_DECLS

/* All that are missing, with the mode that the options say. */
gboolean mvx_file_directory_make_for (const MvxFileOptions *options,
                                      GError              **error);
/* Forces the name of @path to the disk: what is in a file is safe only if its name is. */
void     mvx_file_directory_sync_of  (const char           *path);

G_END_DECLS
