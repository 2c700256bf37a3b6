/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a shared object exports, read from the file as the loader would read it, and without loading it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Names of the dynamic symbols that the file defines and shows, sorted. @versioned: some of them have versions. NULL
 * with @reason if it is no such file or its tables make no sense. */
char **mvx_verify_elf_exports (const char *path,
                               gboolean   *versioned,
                               char      **reason);

G_END_DECLS
