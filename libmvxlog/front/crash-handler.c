/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nothing in here may be more than a signal handler may call. A test holds this file's undefined symbols to a list. */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
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

pid_t mvx_log_crash_thread;
static int mvx_log_crash_number; /* of what; written before the alarm is set */

/* What was the program's own while ours is set. */
typedef struct
{
  struct sigaction action;
  struct itimerval timer;
  sigset_t mask;
} MvxLogCrashAlarm;

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
mvx_log_crash_set_alarm (MvxLogCrashAlarm *before)
{
  const struct itimerval limit = { .it_value = { .tv_sec = MVX_LOG_CRASH_LIMIT_S } };
  struct sigaction action;
  sigset_t alarm_set;

  memset (&action, 0, sizeof action);
  action.sa_handler = mvx_log_crash_on_alarm;
  sigaction (SIGALRM, &action, &before->action);
  sigemptyset (&alarm_set);
  sigaddset (&alarm_set, SIGALRM);
  pthread_sigmask (SIG_UNBLOCK, &alarm_set, &before->mask);
  setitimer (ITIMER_REAL, &limit, &before->timer);
}

/* Whoever goes on after this has not noticed anything. */
static void
mvx_log_crash_end_alarm (const MvxLogCrashAlarm *before)
{
  const struct itimerval none = { 0 };

  setitimer (ITIMER_REAL, &none, NULL);
  pthread_sigmask (SIG_SETMASK, &before->mask, NULL);
  sigaction (SIGALRM, &before->action, NULL);
  setitimer (ITIMER_REAL, &before->timer, NULL);
}

/* Another thread that is dying ends the process, or the alarm does; or a handler that was there before sets its fault
 * right, and it is this one's turn. */
static void
mvx_log_crash_begin (int number)
{
  const pid_t self = (pid_t) syscall (SYS_gettid);
  pid_t dying = 0;

  while (!__atomic_compare_exchange_n (&mvx_log_crash_thread, &dying, self, FALSE, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    {
      if (dying == self)
        mvx_log_crash_die (number); /* a fault within this */
      syscall (SYS_futex, &mvx_log_crash_thread, FUTEX_WAIT_PRIVATE, dying, NULL, NULL, 0);
      dying = 0;
    }
}

static void
mvx_log_crash_end (void)
{
  __atomic_store_n (&mvx_log_crash_thread, 0, __ATOMIC_SEQ_CST);
  syscall (SYS_futex, &mvx_log_crash_thread, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
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

/* Returning from the handler makes it happen again; not so what somebody has sent, nor a system call that a filter has
 * caught, which is over. */
static gboolean
mvx_log_crash_comes_again (int number, const siginfo_t *info)
{
  return info->si_code > 0 && number != SIGSYS;
}

/* The handler that was there before decides what comes. It may set things right, or leave by siglongjmp(): then the
 * program goes on, and the next fault is one like this. Without one, the fault happens again, to no handler, or the
 * signal is sent again, and comes when this handler returns. */
static void
mvx_log_crash_go_on (int number, siginfo_t *info, void *context)
{
  const struct sigaction *before = &mvx_log_crash_before[mvx_log_crash_index (number)];

  if (before->sa_handler == SIG_DFL || (before->sa_handler == SIG_IGN && info->si_code > 0))
    {
      signal (number, SIG_DFL);
      if (!mvx_log_crash_comes_again (number, info))
        syscall (SYS_tgkill, getpid (), (pid_t) syscall (SYS_gettid), number);
      return;
    }
  mvx_log_crash_end ();
  if (before->sa_flags & SA_SIGINFO)
    before->sa_sigaction (number, info, context);
  else if (before->sa_handler != SIG_IGN)
    before->sa_handler (number);
}

void
mvx_log_crash_handle (int number, siginfo_t *info, void *context)
{
  MvxLogCrashAlarm alarm_before;
  int saved = errno;

  mvx_log_crash_begin (number);
  mvx_log_crash_number = number;
  mvx_log_crash_set_alarm (&alarm_before);
  mvx_log_crash_tell (number, info, (pid_t) syscall (SYS_gettid));
  mvx_log_crash_end_alarm (&alarm_before);
  mvx_log_crash_go_on (number, info, context);
  errno = saved;
}
