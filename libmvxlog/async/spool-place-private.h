/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where spools are, if nobody says so. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (transfer full): the directory for the spool of @sink; @dir (nullable) is spool-dir. */
char *mvx_log_spool_place (const char *dir,
                           const char *sink);
/* The directory of the spools of all sinks, for who is @user in @environment (as g_environ_getenv() takes it). */
char *mvx_log_spool_place_in (char      **environment,
                              guint       user,
                              const char *program);

G_END_DECLS
