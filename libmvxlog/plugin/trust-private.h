/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* May a file be believed? Only if nobody but root and the user of this process can change it or put another in its
 * place. */
#pragma once

#include <glib.h>
#include <sys/stat.h>

G_BEGIN_DECLS

/* What the messages call the act ("load plugin") and what stands in for the file's noun; errors are of
 * MVX_LOG_PLUGIN_ERROR: UNREADABLE (with the cause in errno), SYMLINK, NOT_REGULAR, UNTRUSTED_OWNER, UNTRUSTED_MODE,
 * UNTRUSTED_PARENT. Returns the canonical absolute path (transfer full). */
char    *mvx_log_trust_check_file (const char   *path,
                                   const char   *act,
                                   struct stat  *info,
                                   GError      **error);

/* For tests: who counts as trusted beside root; (uid_t) -1 for the effective user. */
void     mvx_log_trust_set_user   (uid_t         user);

G_END_DECLS
