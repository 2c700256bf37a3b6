/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Percent style patterns: %[-][WIDTH][.MOST]DIRECTIVE */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MVX_LOG_PATTERN_DEFAULT "%t %-8L %c: %m %f"

/* A list of parts (render/parts), or NULL with MVX_LOG_ERROR_INVALID_TEMPLATE. Free with g_array_unref(). */
GArray *mvx_log_pattern_compile (const char *pattern,
                                 GError    **error);

G_END_DECLS
