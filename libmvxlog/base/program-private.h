/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the program is called. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Thread-safe. NULL forgets it. */
void        mvx_log_program_set_name (const char *name);
/* That, else g_get_prgname(), else what it was started as; without directories. */
const char *mvx_log_program_get_name (void);

G_END_DECLS
