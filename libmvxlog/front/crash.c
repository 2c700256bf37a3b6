/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/emergency.h>

#include "base/atfork-private.h"
#include "front/crash-private.h"

#define MVX_LOG_CRASH_STACK (64 * 1024)

static GMutex mvx_log_crash_mutex;
MVX_LOG_FORK_LOCK (CRASH, &mvx_log_crash_mutex, NULL);

/* A thread whose stack has overflown has no place for a handler. Lives as long as the thread. */
static void
mvx_log_crash_ensure_stack (void)
{
  stack_t present;
  stack_t own = { .ss_size = MVX_LOG_CRASH_STACK };

  if (sigaltstack (NULL, &present) != 0 || (present.ss_flags & SS_DISABLE) == 0)
    return;
  own.ss_sp = g_malloc (MVX_LOG_CRASH_STACK);
  if (sigaltstack (&own, NULL) != 0)
    g_free (own.ss_sp);
}

/* With the mutex: a handler that took itself for the earlier one would call itself. */
static void
mvx_log_crash_install_one (guint i)
{
  struct sigaction action = { .sa_sigaction = mvx_log_crash_handle, .sa_flags = SA_SIGINFO | SA_ONSTACK };
  struct sigaction present;

  sigemptyset (&action.sa_mask);
  sigaction (mvx_log_crash_signals[i], NULL, &present);
  if ((present.sa_flags & SA_SIGINFO) && present.sa_sigaction == mvx_log_crash_handle)
    return;
  mvx_log_crash_before[i] = present;
  sigaction (mvx_log_crash_signals[i], &action, NULL);
}

/**
 * mvx_log_install_crash_handler:
 *
 * Takes the signals by which a program dies of its own faults: SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT and SIGSYS.
 * When one comes, a line of [func@MvxLog.emergency] tells which, where and in what thread; the workers of all sinks
 * that still run have a second to deliver what was accepted; then whatever handler there was before is called, and the
 * process ends with the signal that it would have ended with, within two seconds. Nothing is done without this call.
 * A handler that is set later, and does not call the one before it, takes its place. Call it again in another thread to
 * give that one a stack on which an overflow of its own can be told. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_install_crash_handler (void)
{
  mvx_log_crash_ensure_stack ();
  g_mutex_lock (&mvx_log_crash_mutex);
  for (guint i = 0; i < MVX_LOG_CRASH_N_SIGNALS; i++)
    mvx_log_crash_install_one (i);
  g_mutex_unlock (&mvx_log_crash_mutex);
}
