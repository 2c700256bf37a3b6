/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options that every sink has, and those that every sink with a worker has. */
#pragma once

#include <mvxlog/options.h>

G_BEGIN_DECLS

/* level, enabled */
extern const MvxLogOptionSpec mvx_log_common_options[];
/* queue-max-size, queue-max-bytes, queue-overflow, block-timeout, batch-max, max-in-flight, linger, sleep, retry-min,
 * retry-max, retry-max-age, retry-count, drain-timeout */
extern const MvxLogOptionSpec mvx_log_common_async_options[];

G_END_DECLS
