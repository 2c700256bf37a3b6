/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one registry of the process, and what works without any configuration: the root context on a sink "stderr". */
#pragma once

#include "sink/registry-private.h"

G_BEGIN_DECLS

#define MVX_LOG_FRONT_TIMEOUT_US (5 * G_USEC_PER_SEC)
#define MVX_LOG_BOOTSTRAP_SINK "stderr"

/* Made at first use, bootstrapped unless MVXLOG_AUTOINIT says no. */
MvxLogRegistry *mvx_log_front_registry  (void);
/* The sink "stderr" and the root's use of it. A failure is told on the diagnostics. */
void            mvx_log_front_bootstrap (void);

G_END_DECLS
