/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the demo tells at its end. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

gboolean loghub_report_summary (const char  *memory_sink,
                                GError     **error);
gboolean loghub_report_sinks   (void);
gboolean loghub_report_files   (const char  *directory,
                                GError     **error);

G_END_DECLS
