/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Is a file as long as its own headers say? The system's loader maps without asking, and the process dies of SIGBUS. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* LOAD_FAILED for a cut file. What is no shared object at all passes: the loader says so better. */
gboolean mvx_log_image_check (const char *path,
                              GError    **error);

G_END_DECLS
