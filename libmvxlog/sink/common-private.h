/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options that every sink has, and those that every sink with a worker has. */
#pragma once

#include <mvxlog/options.h>

G_BEGIN_DECLS

/* level, enabled */
extern const MvxLogOptionSpec mvx_log_common_options[];
/* queue-max-size, queue-max-bytes, max-record-size, queue-overflow, block-timeout, batch-max, max-in-flight, linger,
 * sleep, retry-min, retry-max, retry-max-age, retry-count, breaker-failures, breaker-pause,
 * fallback, drain-timeout, and those of the spool */
extern const MvxLogOptionSpec mvx_log_common_async_options[];

/* Is it one that the library sees to itself in a running sink: level, enabled, or how events are shaped? */
gboolean mvx_log_common_has_option (const MvxLogOptionSpec *spec);

G_END_DECLS
