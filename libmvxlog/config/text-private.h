/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what stands in a file to the value that is meant: escapes, lists, environment variables. */
#pragma once

#include "config/document-private.h"

G_BEGIN_DECLS

/* The messages of these errors (INVALID) are reasons without place and key. */
gboolean mvx_log_text_get        (const MvxLogConfigEntry  *entry,
                                  char                    **text,
                                  GError                  **error);
gboolean mvx_log_text_get_list   (const MvxLogConfigEntry  *entry,
                                  char                   ***items,
                                  GError                  **error);
/* ${NAME} once; "$${" is a literal "${". @secure: the environment is not to be looked at. */
char    *mvx_log_text_expand     (const char               *text,
                                  gboolean                  secure,
                                  GError                  **error);

G_END_DECLS
