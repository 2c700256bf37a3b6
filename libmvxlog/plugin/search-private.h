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
/* Trust checks of one plugin file and its parents; plugin/trust-private.h has them for other files. */
char     *mvx_log_search_check_file (const char        *path,
                                     struct stat       *info,
                                     GError           **error);
/* Is environment input to be ignored? */
gboolean  mvx_log_search_is_secure  (void);
/* For tests: what is_secure() says; -1 asks the kernel (AT_SECURE). */
void      mvx_log_search_set_secure (int                secure);
/* For tests: forgets the API paths and the allow list. */
void      mvx_log_search_reset      (void);
/* [a-z][a-z0-9-]{0,30} */
gboolean  mvx_log_search_check_name (const char        *name,
                                     GError           **error);
/* (transfer full): NAME of ".../libmvxlog-NAME.so", or NULL if the file is not named so. */
char     *mvx_log_search_name_of    (const char        *path);
/* Names of the plugin files in the search path and of the built-in plugins, sorted, each once. (transfer full) */
char    **mvx_log_search_list       (void);

G_END_DECLS
