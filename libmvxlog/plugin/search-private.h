/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where plugins are looked for, and whether a file may be trusted. */
#pragma once

#include <glib.h>
#include <sys/stat.h>

G_BEGIN_DECLS

void      mvx_log_search_add_path   (const char        *directory);
void      mvx_log_search_set_allowed (const char *const *names);
/* API paths, MVXLOG_PLUGIN_PATH, then MVXLOG_PLUGIN_SYSTEM_PATH or the built-in directory. (transfer full) */
char    **mvx_log_search_get_path   (void);
/* Canonical absolute path of libmvxlog-NAME.so, trusted, with what fstat said. */
char     *mvx_log_search_find       (const char        *name,
                                     struct stat       *info,
                                     GError           **error);
/* Trust checks of one file and its parents; shared with configuration files (domain and noun differ). */
char     *mvx_log_search_check_file (const char        *path,
                                     struct stat       *info,
                                     GError           **error);
/* Is environment input to be ignored? */
gboolean  mvx_log_search_is_secure  (void);

G_END_DECLS
