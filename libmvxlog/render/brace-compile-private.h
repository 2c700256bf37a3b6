/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Brace style templates of lines: {token}, {token:[[FILL]<|>|^][WIDTH][.MOST]}, {time:STRFTIME}; {{ and }} are braces.
 * What is no token stays as it is. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MVX_LOG_BRACE_DEFAULT "{time} {LEVEL:<8} {context}: {message} {fields}"

/* A list of parts (render/parts), or NULL with MVX_LOG_ERROR_INVALID_TEMPLATE. Free with g_array_unref(). */
GArray *mvx_log_brace_compile (const char *text,
                               GError    **error);

G_END_DECLS
