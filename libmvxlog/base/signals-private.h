/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads of ours leave signals to the program's own. */
#pragma once

#include <pthread.h>
#include <signal.h>

#include <glib.h>

/* Those of a fault stay: they come to the thread that has done it, and while they are blocked the kernel ends the
 * process without asking any handler. */
static inline void
mvx_log_signals_block (sigset_t *old)
{
  sigset_t all;

  sigfillset (&all);
  sigdelset (&all, SIGSEGV);
  sigdelset (&all, SIGBUS);
  sigdelset (&all, SIGILL);
  sigdelset (&all, SIGFPE);
  sigdelset (&all, SIGABRT);
  sigdelset (&all, SIGTRAP);
  sigdelset (&all, SIGSYS);
  pthread_sigmask (SIG_SETMASK, &all, old);
}

/* g_thread_try_new() of a thread that never sees a signal of the program's, not even as its first act. */
static inline GThread *
mvx_log_signals_thread_new (const char  *name,
                            GThreadFunc  func,
                            gpointer     data,
                            GError     **error)
{
  GThread *thread;
  sigset_t old;

  mvx_log_signals_block (&old);
  thread = g_thread_try_new (name, func, data, error);
  pthread_sigmask (SIG_SETMASK, &old, NULL);
  return thread;
}
