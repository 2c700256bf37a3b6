/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where a configuration file of @app (nullable: g_get_prgname()) is looked for, best first: MVXLOG_CONFIG alone if it
 * is set, else $XDG_CONFIG_HOME/mvxlog/APP.conf, SYSCONFDIR/mvxlog/APP.conf and /etc/mvxlog/APP.conf. The environment
 * counts for nothing in a program with raised privileges. (transfer full) */
char **mvx_log_locate_candidates (const char *app);
/* The first of them that exists, or NULL. One that exists but cannot be read is returned: it decides. A file that
 * MVXLOG_CONFIG names is returned even if it is missing: whoever set it wants to know. (transfer full) */
char  *mvx_log_locate            (const char *app);

G_END_DECLS
