/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compresses one rolled file. */
#pragma once

#include <gio/gio.h>

#include "file-options.h"

G_BEGIN_DECLS

/* ".gz", ".zst", or "" for none. */
const char *mvx_file_compress_get_suffix (MvxFileCompression   compression);
/* Into a file beside it, with the suffix behind its name; the original is removed when that is complete and on the disk, and never
 * else. A file that somebody else is compressing is left to them, and counts as success. */
gboolean    mvx_file_compress            (const char          *path,
                                          MvxFileCompression   compression,
                                          GCancellable        *cancellable,
                                          GError             **error);

G_END_DECLS
