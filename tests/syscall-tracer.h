/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counts the system calls of one thread, and of no other: a child process traces it. Two system calls without effect
 * are the marks: getppid() begins and ends a counted stretch, getsid() ends the tracing. */
#pragma once

#include <glib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  pid_t child;
  int pipe[2];
} SyscallTracer;

/* TRUE: goes on. */
static gboolean
syscall_tracer_enter (pid_t thread, gboolean *counting, guint64 *n)
{
  struct __ptrace_syscall_info info = { 0 };

  ptrace (PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info);
  if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
    return TRUE;
  if (info.entry.nr == SYS_getsid)
    return FALSE;
  if (info.entry.nr == SYS_getppid)
    *counting = !*counting;
  else
    *n += *counting;
  return TRUE;
}

static void
syscall_tracer_follow (pid_t thread, guint64 *n)
{
  gboolean counting = FALSE;
  int status;

  while (waitpid (thread, &status, __WALL) == thread && WIFSTOPPED (status))
    {
      int signal = WSTOPSIG (status);

      if (signal == (SIGTRAP | 0x80) && !syscall_tracer_enter (thread, &counting, n))
        break;
      if (signal == (SIGTRAP | 0x80) || status >> 16 != 0)
        signal = 0;
      ptrace (PTRACE_SYSCALL, thread, NULL, GINT_TO_POINTER (signal));
    }
  ptrace (PTRACE_DETACH, thread, NULL, NULL);
}

/* In the child: system calls only. Writes whether it works, then the number. */
static void
syscall_tracer_run (const SyscallTracer *self, pid_t thread)
{
  char go;
  char works;
  guint64 n = 0;

  if (read (self->pipe[0], &go, 1) != 1)
    _exit (1);
  works = ptrace (PTRACE_SEIZE, thread, NULL, GINT_TO_POINTER (PTRACE_O_TRACESYSGOOD)) == 0
          && ptrace (PTRACE_INTERRUPT, thread, NULL, NULL) == 0;
  if (write (self->pipe[1], &works, 1) == 1 && works)
    syscall_tracer_follow (thread, &n);
  if (write (self->pipe[1], &n, sizeof n) != sizeof n)
    _exit (1);
  _exit (0);
}

/* Of the calling thread. FALSE: tracing is not allowed here. */
static gboolean
syscall_tracer_begin (SyscallTracer *self)
{
  pid_t thread = (pid_t) syscall (SYS_gettid);
  int to_child[2];
  int from_child[2];
  char works = 0;

  g_assert_no_errno (pipe (to_child));
  g_assert_no_errno (pipe (from_child));
  self->child = fork ();
  g_assert_cmpint (self->child, >=, 0);
  if (self->child == 0)
    {
      self->pipe[0] = to_child[0];
      self->pipe[1] = from_child[1];
      syscall_tracer_run (self, thread);
    }
  close (to_child[0]);
  close (from_child[1]);
  self->pipe[0] = from_child[0];
  self->pipe[1] = to_child[1];
  prctl (PR_SET_PTRACER, self->child, 0, 0, 0);
  g_assert_cmpint (write (self->pipe[1], "", 1), ==, 1);
  g_assert_cmpint (read (self->pipe[0], &works, 1), ==, 1);
  return works;
}

static inline void
syscall_tracer_mark (void)
{
  syscall (SYS_getppid);
}

static guint64
syscall_tracer_end (SyscallTracer *self)
{
  guint64 n = 0;

  syscall (SYS_getsid, 0);
  g_assert_cmpint (read (self->pipe[0], &n, sizeof n), ==, sizeof n);
  close (self->pipe[0]);
  close (self->pipe[1]);
  g_assert_cmpint (waitpid (self->child, NULL, 0), ==, self->child);
  return n;
}
