/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/emergency.h>

#include "base/atfork-private.h"
#include "front/crash-private.h"

#define MVX_LOG_CRASH_STACK (64 * 1024)

/* The thread that is dying is not in the child: nobody there needs to wait for it. */
static void
mvx_log_crash_fork (MvxLogForkStage stage)
{
  if (stage == MVX_LOG_FORK_CHILD)
    mvx_log_crash_thread = 0;
}

static GMutex mvx_log_crash_mutex;
MVX_LOG_FORK_LOCK (CRASH, &mvx_log_crash_mutex, mvx_log_crash_fork);
static gboolean mvx_log_crash_installed;

/* At the end of its thread, which may have got another one meanwhile. */
static void
mvx_log_crash_free_stack (gpointer stack)
{
  const stack_t none = { .ss_flags = SS_DISABLE };
  stack_t present;

  if (sigaltstack (NULL, &present) == 0 && present.ss_sp == stack)
    sigaltstack (&none, NULL);
  g_free (stack);
}

static GPrivate mvx_log_crash_stack = G_PRIVATE_INIT (mvx_log_crash_free_stack);

/* A thread whose stack has overflown has no place for a handler. Lives as long as the thread. */
static void
mvx_log_crash_ensure_stack (void)
{
  stack_t present;
  stack_t own = { .ss_size = MVX_LOG_CRASH_STACK };

  if (sigaltstack (NULL, &present) != 0 || (present.ss_flags & SS_DISABLE) == 0)
    return;
  own.ss_sp = g_malloc (MVX_LOG_CRASH_STACK);
  g_private_replace (&mvx_log_crash_stack, own.ss_sp); /* one that the thread had switched off goes */
  sigaltstack (&own, NULL);
}

/* With the mutex. */
static void
mvx_log_crash_install_one (guint i)
{
  struct sigaction action = { .sa_sigaction = mvx_log_crash_handle, .sa_flags = SA_SIGINFO | SA_ONSTACK };

  sigemptyset (&action.sa_mask);
  sigaction (mvx_log_crash_signals[i], NULL, &mvx_log_crash_before[i]);
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
 * give that one a stack, until it ends, on which an overflow of its own can be told; nothing else is done then.
 * Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_install_crash_handler (void)
{
  mvx_log_crash_ensure_stack ();
  g_mutex_lock (&mvx_log_crash_mutex);
  /* Once: a handler that has been set since may call this one, and must not be called by it. */
  for (guint i = 0; i < MVX_LOG_CRASH_N_SIGNALS && !mvx_log_crash_installed; i++)
    mvx_log_crash_install_one (i);
  mvx_log_crash_installed = TRUE;
  g_mutex_unlock (&mvx_log_crash_mutex);
}
