/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* error: from an error and its causes to a map, with where it was logged. */
#pragma once

#include <mvxlog/options.h>
#include <mvxlog/processor.h>

G_BEGIN_DECLS

extern const MvxLogOptionSpec mvx_log_processor_error_options[];

gpointer mvx_log_processor_error_configure (MvxLogOptions  *options,
                                            GError        **error);
gboolean mvx_log_processor_error           (MvxLogDraft    *draft,
                                            gpointer        data,
                                            GError        **error);

G_END_DECLS
