/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What must not be seen inside of texts: whatever matches a regular expression, or its first group if it has one. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MvxLogTextPatterns MvxLogTextPatterns;

/* @expressions has at least one. */
MvxLogTextPatterns *mvx_log_text_patterns_new   (const char *const         *expressions,
                                                 GError                   **error);
void                mvx_log_text_patterns_free  (MvxLogTextPatterns        *patterns);
/* Any bytes. Not what could not be told: that counts as a match. */
gboolean            mvx_log_text_patterns_match (const MvxLogTextPatterns  *patterns,
                                                 const char                *text,
                                                 gsize                      len);

/* Appends what stands in the place of @text. */
typedef void (*MvxLogTextReplace) (GString    *out,
                                   const char *text,
                                   gsize       len,
                                   gpointer    data);

/* @text with all that matches replaced. (transfer full) */
GString            *mvx_log_text_patterns_apply (const MvxLogTextPatterns  *patterns,
                                                 const char                *text,
                                                 gsize                      len,
                                                 MvxLogTextReplace          replace,
                                                 gpointer                   data);

G_END_DECLS
