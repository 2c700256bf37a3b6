/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/processor.h>

G_BEGIN_DECLS

/* All of them in order; @processors is nullable. FALSE: one has dropped the event, or failed. */
gboolean mvx_log_processors_run (GPtrArray    *processors,
                                 MvxLogDraft  *draft,
                                 GError      **error);

G_END_DECLS
