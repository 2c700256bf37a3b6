/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sink/fork-private.h"

static gint mvx_log_fork_policy;              /* atomic: MvxLogForkPolicy, of the program */
static gint mvx_log_fork_policy_of_file = -1; /* atomic: that of the file in force; -1: it says nothing */
static gboolean (*mvx_log_fork_heir_func) (MvxLogForkPolicy policy, MvxLogSink **heir); /* atomic */

/**
 * mvx_log_set_fork_policy:
 * @policy: a policy
 *
 * Says what a forked child does with events for its parent's sinks, unless the configuration file in force has a key
 * `fork`. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_set_fork_policy (MvxLogForkPolicy policy)
{
  g_return_if_fail (policy <= MVX_LOG_FORK_REINIT);

  g_atomic_int_set (&mvx_log_fork_policy, (gint) policy);
}

/**
 * mvx_log_get_fork_policy:
 *
 * Tells what a forked child does with events for its parent's sinks. Thread-safe.
 *
 * Returns: the policy of the configuration file in force, else that of the program
 *
 * Since: 1.0
 */
MvxLogForkPolicy
mvx_log_get_fork_policy (void)
{
  gint of_file = g_atomic_int_get (&mvx_log_fork_policy_of_file);

  return (MvxLogForkPolicy) (of_file >= 0 ? of_file : g_atomic_int_get (&mvx_log_fork_policy));
}

void
mvx_log_fork_set_policy_of_file (gint policy)
{
  g_atomic_int_set (&mvx_log_fork_policy_of_file, policy);
}

void
mvx_log_fork_set_heir_func (gboolean (*func) (MvxLogForkPolicy policy, MvxLogSink **heir))
{
  __atomic_store_n (&mvx_log_fork_heir_func, func, __ATOMIC_RELEASE);
}

gboolean
mvx_log_fork_find_heir (MvxLogSink **heir)
{
  gboolean (*func) (MvxLogForkPolicy, MvxLogSink **) = __atomic_load_n (&mvx_log_fork_heir_func, __ATOMIC_ACQUIRE);

  *heir = NULL;
  return func && func (mvx_log_get_fork_policy (), heir);
}
