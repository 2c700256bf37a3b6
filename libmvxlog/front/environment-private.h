/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MVXLOG_AUTOINIT, MVXLOG_LEVEL and MVXLOG_CLOCK. They count for nothing in a program with raised privileges. */
#pragma once

#include "base/clock-private.h"

G_BEGIN_DECLS

gboolean mvx_log_environment_wants_bootstrap (void);
/* MVXLOG_CLOCK, or UNSET. */
MvxLogClockSource mvx_log_environment_get_clock (void);
/* Makes what MVXLOG_LEVEL says the level rules in force; what is wrong in it is told on the diagnostics. */
void     mvx_log_environment_apply_levels    (void);

G_END_DECLS
