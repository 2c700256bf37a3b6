/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MVXLOG_AUTOINIT and MVXLOG_LEVEL. Both count for nothing in a program with raised privileges. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean mvx_log_environment_wants_bootstrap (void);
/* "info,org.example.net=debug": the root's level, and those of contexts. Returns the least, OFF if there is none. */
gint     mvx_log_environment_apply_levels    (void);

G_END_DECLS
