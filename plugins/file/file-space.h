/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The option keep-free: logs do not take the last room of a file system. */
#pragma once

#include "file-options.h"

G_BEGIN_DECLS

/* May @size bytes be written to @fd? */
gboolean mvx_file_space_check (const MvxFileOptions  *options,
                               int                    fd,
                               gsize                  size,
                               GError               **error);

G_END_DECLS
