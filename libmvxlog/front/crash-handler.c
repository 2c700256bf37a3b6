/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nothing in here may be more than a signal handler may call. A test holds this file's undefined symbols to a list. */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "async/last-call-private.h"
#include "base/emergency-private.h"
#include "front/crash-private.h"

/* The program is gone then, whatever hangs; workers that live get the greater part of it. */
#define MVX_LOG_CRASH_LIMIT_S 2
#define MVX_LOG_CRASH_PATIENCE_MS 1000

const int mvx_log_crash_signals[MVX_LOG_CRASH_N_SIGNALS] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS };
struct sigaction mvx_log_crash_before[MVX_LOG_CRASH_N_SIGNALS];

static const char *const mvx_log_crash_names[MVX_LOG_CRASH_N_SIGNALS]
    = { "SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT", "SIGSYS" };

static pid_t mvx_log_crash_thread; /* atomic: who is dying; 0: nobody */
static int mvx_log_crash_number;   /* of what; written before the alarm is set */

static void
mvx_log_crash_die (int number)
{
  signal (number, SIG_DFL);
  kill (getpid (), number);
}

static void
mvx_log_crash_on_alarm (int unused)
{
  mvx_log_crash_die (mvx_log_crash_number);
}

static void
mvx_log_crash_set_alarm (void)
{
  struct sigaction action;
  sigset_t alarm_set;

  memset (&action, 0, sizeof action);
  action.sa_handler = mvx_log_crash_on_alarm;
  sigaction (SIGALRM, &action, NULL);
  sigemptyset (&alarm_set);
  sigaddset (&alarm_set, SIGALRM);
  pthread_sigmask (SIG_UNBLOCK, &alarm_set, NULL);
  alarm (MVX_LOG_CRASH_LIMIT_S);
}

static guint
mvx_log_crash_index (int number)
{
  guint i = 0;

  while (i < MVX_LOG_CRASH_N_SIGNALS - 1 && mvx_log_crash_signals[i] != number)
    i++;
  return i;
}

static char *
mvx_log_crash_put (char *out, const char *text)
{
  gsize len = strlen (text);

  memcpy (out, text, len);
  return out + len;
}

static char *
mvx_log_crash_put_number (char *out, guint64 number, guint base)
{
  char digits[24];
  guint n = sizeof digits;

  do
    digits[--n] = "0123456789abcdef"[number % base];
  while ((number /= base) > 0);
  memcpy (out, digits + n, sizeof digits - n);
  return out + sizeof digits - n;
}

static void
mvx_log_crash_tell (int number, const siginfo_t *info, pid_t thread)
{
  char text[160];
  char *p = mvx_log_crash_put (text, mvx_log_crash_names[mvx_log_crash_index (number)]);

  p = mvx_log_crash_put (p, " in thread ");
  p = mvx_log_crash_put_number (p, (guint64) thread, 10);
  if (info->si_code > 0)
    {
      p = mvx_log_crash_put (p, " at address 0x");
      p = mvx_log_crash_put_number (p, (guint64) (guintptr) info->si_addr, 16);
    }
  else if (info->si_pid != getpid ())
    {
      p = mvx_log_crash_put (p, " from process ");
      p = mvx_log_crash_put_number (p, (guint64) info->si_pid, 10);
    }
  mvx_log_emergency (text, p - text);
  if (!mvx_log_last_call_wait (MVX_LOG_CRASH_PATIENCE_MS))
    mvx_log_emergency ("not all sinks have delivered what they had accepted", -1);
}

/* The handler that was there before decides what comes. Without one, the fault happens again, to no handler; a signal
 * that somebody has sent is sent again, and comes when this handler returns. */
static void
mvx_log_crash_go_on (int number, siginfo_t *info, void *context)
{
  const struct sigaction *before = &mvx_log_crash_before[mvx_log_crash_index (number)];

  if (before->sa_flags & SA_SIGINFO)
    before->sa_sigaction (number, info, context);
  else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN)
    before->sa_handler (number);
  else
    {
      signal (number, SIG_DFL);
      if (info->si_code <= 0)
        syscall (SYS_tgkill, getpid (), (pid_t) syscall (SYS_gettid), number);
    }
}

void
mvx_log_crash_handle (int number, siginfo_t *info, void *context)
{
  pid_t self = (pid_t) syscall (SYS_gettid);
  pid_t dying = 0;
  int saved = errno;

  if (!__atomic_compare_exchange_n (&mvx_log_crash_thread, &dying, self, FALSE, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    {
      if (dying == self)
        mvx_log_crash_die (number); /* a fault within this */
      for (;;)
        pause (); /* the other thread ends the process, or the alarm does */
    }
  mvx_log_crash_number = number;
  mvx_log_crash_set_alarm ();
  mvx_log_crash_tell (number, info, self);
  alarm (0);
  mvx_log_crash_go_on (number, info, context);
  __atomic_store_n (&mvx_log_crash_thread, 0, __ATOMIC_SEQ_CST);
  errno = saved;
}
