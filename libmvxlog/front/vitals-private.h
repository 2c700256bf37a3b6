/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel knows of this process. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How long it has run, in microseconds; -1 if nobody knows. */
gint64 mvx_log_vitals_uptime_us      (void);
/* Memory that it has, without what is swapped out; -1 if nobody knows. */
gint64 mvx_log_vitals_resident_bytes (void);

G_END_DECLS
