/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/level.h>

G_BEGIN_DECLS

/* Lower-case name with its length, or NULL for a number without a name. Lock-free; the text is immortal. */
const char *mvx_log_level_name (gint   level,
                                gsize *len);

G_END_DECLS
