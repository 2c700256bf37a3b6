/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What went wrong with a log file, and what to do about it. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

/* "Cannot open log file 'PATH': REASON; REMEDY". Returns -1. */
int      mvx_file_error_open   (const char *path,
                                int         code,
                                GError    **error);
/* "Cannot write to log file …; the events are kept until it works". Returns FALSE. */
gboolean mvx_file_error_write  (const char *path,
                                int         code,
                                GError    **error);
/* Is it a matter of room, so that the open file is as good as any? Else it may be dead for ever while its path is fine
 * again: its file system was unmounted, or the server has lost it. */
gboolean mvx_file_error_is_room (int        code);

G_END_DECLS
