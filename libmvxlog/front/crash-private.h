/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <signal.h>

#include <glib.h>

G_BEGIN_DECLS

#define MVX_LOG_CRASH_N_SIGNALS 6

/* What was there before, to go on with. Set before the handler is. */
extern const int        mvx_log_crash_signals[MVX_LOG_CRASH_N_SIGNALS];
extern struct sigaction mvx_log_crash_before[MVX_LOG_CRASH_N_SIGNALS];
/* Atomic, a futex: who is dying; 0: nobody. */
extern pid_t            mvx_log_crash_thread;

void mvx_log_crash_handle (int        number,
                           siginfo_t *info,
                           void      *context);

G_END_DECLS
