/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a program and holds now this, now that thread of it for some milliseconds, as a busy machine does, but much more
 * often: hold-threads PROGRAM [ARGUMENT...]. Ends as the program does. Its children run undisturbed.
 *
 * With ptrace(2) a thread stops wherever it is, without a signal handler in the program; a system call in which it
 * waits may return EINTR or do a part. The wrapper of `tools/dev jitter`. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#define BETWEEN_US 8000
#define HOLD_US 8000
/* One in so many is held for long: behind it all queues have run full. */
#define LONG_ONE_IN 12
#define LONG_US 40000
#define TICK_US 200

typedef struct
{
  pid_t tid;
  gboolean asked; /* to stop */
  gint64 until;   /* stopped, or to be stopped: when it goes on; 0: runs */
} Thread;

typedef struct
{
  pid_t program;
  GArray *threads;
  gint64 next;
} Holder;

static void
holder_go_on (pid_t tid, int signal)
{
  ptrace (PTRACE_CONT, tid, NULL, GINT_TO_POINTER (signal));
}

static guint
holder_find (Holder *self, pid_t tid)
{
  const Thread fresh = { .tid = tid };
  guint i = 0;

  while (i < self->threads->len && g_array_index (self->threads, Thread, i).tid != tid)
    i++;
  if (i == self->threads->len)
    g_array_append_val (self->threads, fresh);
  return i;
}

static void
holder_stopped (Thread *thread, int status)
{
  const int signal = WSTOPSIG (status);
  const int event = status >> 16;

  if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) /* by SIGSTOP and its like: until SIGCONT */
    {
      thread->asked = FALSE;
      thread->until = 0;
      ptrace (PTRACE_LISTEN, thread->tid, NULL, NULL);
    }
  else if (event == PTRACE_EVENT_STOP && thread->asked)
    thread->asked = FALSE;
  else
    holder_go_on (thread->tid, event == 0 ? signal : 0);
}

/* FALSE: there was nothing to tell. */
static gboolean
holder_wait (Holder *self, int *ended)
{
  int status;
  const pid_t tid = waitpid (-1, &status, __WALL | WNOHANG);
  guint i;

  if (tid <= 0)
    return FALSE;
  i = holder_find (self, tid);
  if (WIFSTOPPED (status))
    holder_stopped (&g_array_index (self->threads, Thread, i), status);
  else
    {
      g_array_remove_index_fast (self->threads, i);
      if (tid == self->program)
        *ended = status;
    }
  return TRUE;
}

static void
holder_hold_one (Holder *self, gint64 now)
{
  Thread *thread = &g_array_index (self->threads, Thread, g_random_int_range (0, (gint32) self->threads->len));
  const gboolean is_long = g_random_int_range (0, LONG_ONE_IN) == 0;

  self->next = now + g_random_int_range (0, BETWEEN_US);
  if (thread->until != 0 || ptrace (PTRACE_INTERRUPT, thread->tid, NULL, NULL) != 0)
    return;
  thread->asked = TRUE;
  thread->until = now + (is_long ? LONG_US : g_random_int_range (1, HOLD_US));
}

static void
holder_tick (Holder *self)
{
  const gint64 now = g_get_monotonic_time ();

  for (guint i = 0; i < self->threads->len; i++)
    {
      Thread *thread = &g_array_index (self->threads, Thread, i);

      if (thread->until == 0 || thread->asked || now < thread->until)
        continue;
      thread->until = 0;
      holder_go_on (thread->tid, 0);
    }
  if (now >= self->next && self->threads->len > 0)
    holder_hold_one (self, now);
}

/* Stopped before its first instruction, so that no thread of it is missed. */
static pid_t
start (char **arguments)
{
  const pid_t program = fork ();

  if (program == 0)
    {
      raise (SIGSTOP);
      execvp (arguments[0], arguments);
      fprintf (stderr, "hold-threads: cannot run '%s': %s\n", arguments[0], g_strerror (errno));
      _exit (127);
    }
  if (program > 0)
    waitpid (program, NULL, WUNTRACED);
  return program;
}

static int
end_like (int status)
{
  if (WIFEXITED (status))
    return WEXITSTATUS (status);
  signal (WTERMSIG (status), SIG_DFL);
  raise (WTERMSIG (status));
  return 128 + WTERMSIG (status);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GArray) threads = g_array_new (FALSE, FALSE, sizeof (Thread));
  Holder holder = { .threads = threads };
  int ended = -1;

  if (argc < 2)
    {
      fputs ("Usage: hold-threads PROGRAM [ARGUMENT...]\n", stderr);
      return 2;
    }
  holder.program = start (argv + 1);
  if (holder.program < 0 || ptrace (PTRACE_SEIZE, holder.program, NULL, PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL) != 0)
    {
      fprintf (stderr, "hold-threads: cannot hold the threads of '%s': %s; see whether ptrace(2) is allowed here\n",
               argv[1], g_strerror (errno));
      if (holder.program > 0)
        kill (holder.program, SIGKILL);
      return 77;
    }
  holder_find (&holder, holder.program);
  kill (holder.program, SIGCONT);
  while (ended == -1)
    if (!holder_wait (&holder, &ended))
      {
        holder_tick (&holder);
        g_usleep (TICK_US);
      }
  return end_like (ended);
}
