/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be told about a plugin from its data symbol alone, before any of its functions is called. */
#pragma once

#include <mvxlog/plugin-abi.h>

G_BEGIN_DECLS

/* Magic, ABI and size: may the rest of the structure be read at all? @label is the file, or the name of a static
 * plugin. */
gboolean mvx_log_contract_check_header (const MvxLogPlugin *plugin,
                                        const char         *label,
                                        GError            **error);
/* Copies as much as struct_size says; hooks that it does not reach are NULL. */
void     mvx_log_contract_copy         (const MvxLogPlugin *plugin,
                                        MvxLogPlugin       *copy);
/* The rest. @name is what the plugin must be called; NULL leaves that open. */
gboolean mvx_log_contract_check        (const MvxLogPlugin *copy,
                                        const char         *label,
                                        const char         *name,
                                        GError            **error);

G_END_DECLS
