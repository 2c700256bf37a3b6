/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Percent style patterns: %[-][WIDTH][.MOST]DIRECTIVE */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MVX_LOG_PATTERN_DEFAULT "%t %-8L %c: %m %f"
/* A width beyond is a slip of the finger. */
#define MVX_LOG_PATTERN_MAX_WIDTH 1000

typedef struct
{
  char     directive; /* NUL for a literal */
  gboolean left;      /* padded behind instead of before */
  guint16  width;
  guint16  most;      /* characters that are kept; 0 for all */
  char    *text;      /* literal (escaped), format of %T, key of %{} */
  gsize    len;
} MvxLogPatternPart;

/* NULL with MVX_LOG_ERROR_INVALID_TEMPLATE. Free with g_array_unref(). */
GArray *mvx_log_pattern_compile (const char *pattern,
                                 GError    **error);

G_END_DECLS
