/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For plugins that write a file: which one the option path means, and with what mode. */
#pragma once

#include <mvxlog/mvxlog.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* Absolute, '~/' expanded, and without links among its directories, so that two ways to one file are one resource. @example
 * is for the message. */
char     *mvx_path_resolve           (const char     *text,
                                      const char     *example,
                                      GError        **error);
/* Where links at the end of @path lead, be there a file or not yet; @path itself if that is no name, such as a pipe's. */
char     *mvx_path_follow            (const char     *path);
/* An option such as permissions=0640. */
gboolean  mvx_path_parse_permissions (MvxLogOptions  *options,
                                      const char     *name,
                                      mode_t         *permissions,
                                      GError        **error);

G_END_DECLS
