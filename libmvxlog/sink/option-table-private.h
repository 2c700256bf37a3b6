/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/option-spec.h>

G_BEGIN_DECLS

/* Is this a well-formed table? For the plugin loader: BAD_OPTION_TABLE with row and reason. */
gboolean mvx_log_option_table_check (const MvxLogOptionSpec *table,
                                     GError                **error);

G_END_DECLS
