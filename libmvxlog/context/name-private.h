/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* [A-Za-z][A-Za-z0-9_-]* joined by dots, or "" for the root; INVALID_NAME otherwise. */
gboolean mvx_log_context_check_name (const char *name,
                                     GError    **error);

G_END_DECLS
