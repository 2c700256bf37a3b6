/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

/**
 * MVX_LOG_ANY_CODE:
 *
 * Stands for every code of an error domain.
 *
 * Since: 1.0
 */
#define MVX_LOG_ANY_CODE G_MININT

MVX_LOG_AVAILABLE_IN_1_0
void     mvx_log_error_mark_logged (const GError *error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_error_is_logged   (const GError *error);

G_END_DECLS
