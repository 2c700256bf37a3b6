/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a forked child does with its parent's sinks. */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

/**
 * MvxLogForkPolicy:
 * @MVX_LOG_FORK_STDERR: events go to standard error, in the format `pretty`; the default
 * @MVX_LOG_FORK_DROP: events are dropped
 * @MVX_LOG_FORK_REINIT: the first event applies the configuration file in force anew; events go to standard error if
 *   there is none, or if that fails
 *
 * What becomes of events in a forked child. Its parent's sinks are off there: their threads are the parent's, and so are
 * the events that wait in them, their connections and files. Sinks that the child makes itself work as everywhere.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_FORK_STDERR,
  MVX_LOG_FORK_DROP,
  MVX_LOG_FORK_REINIT
} MvxLogForkPolicy;

MVX_LOG_AVAILABLE_IN_1_0
void             mvx_log_set_fork_policy (MvxLogForkPolicy policy);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogForkPolicy mvx_log_get_fork_policy (void);

G_END_DECLS
