/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which file the option path means. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

/* Absolute, '~/' expanded, and without links among its directories. */
char *mvx_file_path_resolve (const char *text,
                             GError    **error);

G_END_DECLS
