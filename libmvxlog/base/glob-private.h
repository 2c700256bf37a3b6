/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Shell patterns as Python's fnmatchcase has them: * ? [set] [!set], case-sensitive, * crosses everything, a backslash
 * is a backslash, an unclosed [ stands for itself. Characters, not bytes; never backtracks more than one star. */
gboolean mvx_log_glob_match (const char *pattern,
                             const char *text);

G_END_DECLS
