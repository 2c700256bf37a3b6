/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes of configuration files: read once through one descriptor, bounded, and only if they can be trusted. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MVX_LOG_SOURCE_MAX_SIZE (1024 * 1024)

/* NUL-terminated. NOT_FOUND, UNREADABLE or UNTRUSTED. */
char  *mvx_log_source_read      (const char  *path,
                                 gsize       *length,
                                 GError     **error);
/* Paths of the *.conf files of @directory in byte order; empty if there is no such directory. */
char **mvx_log_source_list      (const char  *directory,
                                 GError     **error);

G_END_DECLS
