/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When a program is dying: the one call that signal handlers may make. */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

MVX_LOG_AVAILABLE_IN_1_0
void mvx_log_emergency             (const char *text,
                                    gssize      length);
MVX_LOG_AVAILABLE_IN_1_0
void mvx_log_install_crash_handler (void);

G_END_DECLS
