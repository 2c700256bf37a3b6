/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/fork.h>

G_BEGIN_DECLS

/* A MvxLogForkPolicy, or -1 if the file in force does not say. */
void     mvx_log_fork_set_policy_of_file (gint policy);
/* Who takes the events of inherited sinks, as the policy says: @heir is (transfer none), NULL for nobody. TRUE: just now
 * the contexts have got sinks of this process, which are to be asked first. */
void     mvx_log_fork_set_heir_func (gboolean (*func) (MvxLogForkPolicy policy, MvxLogSink **heir));
gboolean mvx_log_fork_find_heir     (MvxLogSink       **heir);

G_END_DECLS
