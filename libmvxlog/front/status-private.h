/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ledgers of a running program, as one line of JSON. */
#pragma once

#include <mvxlog/buffer.h>

G_BEGIN_DECLS

/* {"program":…,"pid":…,"version":…,…,"sinks":[{"name":…,"state":…,…}]} and a newline. @resident: what
 * mvx_log_vitals_resident_bytes() was before. */
void mvx_log_status_append (MvxLogBuffer *buffer,
                            gint64        resident);

G_END_DECLS
