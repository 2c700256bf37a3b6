/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The crash handler and those that were there before it: programs that set faults right and go on, and how others end.
 * What becomes of events is in test-emergency. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mvxlog/mvxlog.h>

#include "test-size.h"

#define EXIT_CANNOT 77 /* this machine has no means for that */

static int *volatile nowhere = (int *) 24;
static __thread sigjmp_buf way_out;

/* -- Handlers of the program's, which are there first. */

static void
leave (int number)
{
  siglongjmp (way_out, number);
}

static volatile sig_atomic_t sender; /* of the last SIGBUS */
static volatile sig_atomic_t n_ill;
static volatile sig_atomic_t n_alarms;

static void
note_sender (int number, siginfo_t *info, void *context)
{
  sender = info->si_pid;
}

static void
note_ill (int number)
{
  n_ill++;
}

static void
note_alarm (int number)
{
  n_alarms++;
}

static void
set_handlers (void)
{
  struct sigaction action = { .sa_sigaction = note_sender, .sa_flags = SA_SIGINFO };

  signal (SIGSEGV, leave);
  signal (SIGILL, note_ill);
  signal (SIGFPE, SIG_IGN);
  sigaction (SIGBUS, &action, NULL);
}

/* -- What they see and what is told. */

typedef struct
{
  int err[2]; /* a pipe in the place of standard error */
  int saved;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_assert_no_errno (pipe2 (fixture->err, O_CLOEXEC | O_NONBLOCK));
  fixture->saved = dup (STDERR_FILENO);
  dup2 (fixture->err[1], STDERR_FILENO);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  dup2 (fixture->saved, STDERR_FILENO);
  close (fixture->saved);
  close (fixture->err[0]);
  close (fixture->err[1]);
}

/* Without the time of day that each line begins with. */
static char *
without_times (const char *text)
{
  g_autoptr (GRegex) regex = g_regex_new ("^[0-9T:.-]+Z emergency: ", G_REGEX_MULTILINE, 0, NULL);

  return g_regex_replace_literal (regex, text, -1, 0, "", 0, NULL);
}

static char *
read_err (Fixture *fixture)
{
  char buffer[4096];
  gssize n = read (fixture->err[0], buffer, sizeof buffer - 1);

  buffer[MAX (n, 0)] = '\0';
  return without_times (buffer);
}

static void assert_told (Fixture *fixture, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
assert_told (Fixture *fixture, const char *format, ...)
{
  g_autofree char *text = read_err (fixture);
  g_autofree char *expected = NULL;
  va_list args;

  va_start (args, format);
  expected = g_strdup_vprintf (format, args);
  va_end (args);
  g_assert_cmpstr (text, ==, expected);
}

static int
get_thread (void)
{
  return (int) syscall (SYS_gettid);
}

/* The number of the signal that its fault was. */
static int
fault (void)
{
  int number = sigsetjmp (way_out, 1);

  if (number == 0)
    *nowhere = 1;
  return number;
}

/* Each fault is one of its own, and told as such, though the handler never returned from the one before. */
static void
test_leaves (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpint (fault (), ==, SIGSEGV);
      assert_told (fixture, "SIGSEGV in thread %d at address 0x18\n", get_thread ());
    }
}

static gpointer
fault_often (gpointer barrier)
{
  gsize n = 0;

  mvx_log_install_crash_handler ();
  pthread_barrier_wait (barrier);
  for (guint i = 0; i < 50; i++)
    n += fault () == SIGSEGV;
  return GSIZE_TO_POINTER (n);
}

/* Whoever has to wait for another thread's fault goes on when that does. */
static void
test_threads (Fixture *fixture, gconstpointer data)
{
  pthread_barrier_t barrier;
  GThread *threads[4];
  char drain[4096];

  pthread_barrier_init (&barrier, NULL, G_N_ELEMENTS (threads));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("faulty", fault_often, &barrier);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_assert_cmpuint (GPOINTER_TO_SIZE (g_thread_join (threads[i])), ==, 50);
  pthread_barrier_destroy (&barrier);
  while (read (fixture->err[0], drain, sizeof drain) > 0)
    continue;
}

/* SIGALRM is the program's: what it does, when it comes, and whether it is let in. */
static void
test_alarm (Fixture *fixture, gconstpointer data)
{
  struct sigaction action = { .sa_handler = note_alarm };
  const struct itimerval hour = { .it_value = { .tv_sec = 3600 } };
  const struct itimerval none = { 0 };
  struct itimerval left;
  struct sigaction before;
  sigset_t blocked;
  sigset_t mask;

  n_alarms = 0;
  sigaction (SIGALRM, &action, &before);
  setitimer (ITIMER_REAL, &hour, NULL);
  sigemptyset (&blocked);
  sigaddset (&blocked, SIGALRM);
  pthread_sigmask (SIG_BLOCK, &blocked, &mask);
  g_assert_no_errno (raise (SIGILL));
  setitimer (ITIMER_REAL, &none, &left);
  g_assert_cmpint (left.it_value.tv_sec, >, 1800);
  g_assert_no_errno (raise (SIGALRM));
  g_assert_cmpint (n_alarms, ==, 0);
  pthread_sigmask (SIG_SETMASK, &mask, NULL);
  g_assert_cmpint (n_alarms, ==, 1);
  sigaction (SIGALRM, &before, NULL);
}

/* A handler of the old kind, which returns; so does everything, and errno is as it was. */
static void
test_returns (Fixture *fixture, gconstpointer data)
{
  n_ill = 0;
  for (int i = 1; i < 4; i++)
    {
      errno = EXDEV;
      raise (SIGILL);
      g_assert_cmpint (errno, ==, EXDEV);
      g_assert_cmpint (n_ill, ==, i);
      assert_told (fixture, "SIGILL in thread %d\n", get_thread ());
    }
}

/* Another process has sent it, and the handler gets to know which. */
static void
test_sender (Fixture *fixture, gconstpointer data)
{
  pid_t child = fork ();

  if (child == 0)
    _exit (kill (getppid (), SIGBUS));
  while (waitpid (child, NULL, 0) < 0)
    g_assert_cmpint (errno, ==, EINTR);
  g_assert_cmpint (sender, ==, child);
  assert_told (fixture, "SIGBUS in thread %d from process %d\n", get_thread (), (int) child);
}

/* Who ignores a signal does not die of it. */
static void
test_ignored (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 2; i++)
    {
      g_assert_no_errno (raise (SIGFPE));
      assert_told (fixture, "SIGFPE in thread %d\n", get_thread ());
    }
}

/* Set again, it is not its own predecessor. */
static void
test_again (Fixture *fixture, gconstpointer data)
{
  mvx_log_install_crash_handler ();
  test_returns (fixture, data);
}

#define N_STACKS 100
#define STACK_SIZE ((gsize) 65536)

static gpointer
get_stack (gpointer data)
{
  stack_t stack = { 0 };
  gpointer first;

  mvx_log_install_crash_handler ();
  g_assert_no_errno (sigaltstack (NULL, &stack));
  g_assert_cmpint (stack.ss_flags & SS_DISABLE, ==, 0);
  g_assert_cmpuint (stack.ss_size, >=, STACK_SIZE);
  first = stack.ss_sp;
  mvx_log_install_crash_handler ();
  g_assert_no_errno (sigaltstack (NULL, &stack));
  g_assert_true (stack.ss_sp == first);
  return NULL;
}

static gpointer
keep_stack (gpointer data)
{
  stack_t stack = { .ss_sp = data, .ss_size = STACK_SIZE };

  g_assert_no_errno (sigaltstack (&stack, NULL));
  mvx_log_install_crash_handler ();
  g_assert_no_errno (sigaltstack (NULL, &stack));
  g_assert_true (stack.ss_sp == data);
  return NULL;
}

/* One for each thread that asks, until it ends; none for a thread that has one. */
static void
test_stack (Fixture *fixture, gconstpointer data)
{
  g_autofree char *own = g_malloc (STACK_SIZE);
  gsize before;

  g_thread_join (g_thread_new ("keeps", keep_stack, own));
  g_thread_join (g_thread_new ("asks", get_stack, NULL));
  before = mallinfo2 ().uordblks;
  for (guint i = 0; i < N_STACKS; i++)
    g_thread_join (g_thread_new ("asks", get_stack, NULL));
  g_assert_cmpuint (mallinfo2 ().uordblks, <, before + N_STACKS * STACK_SIZE / 2);
}

/* -- Ends. */

static int
overflow (volatile char *before)
{
  volatile char room[4096];

  room[0] = before ? before[0] : 0;
  return room[0] == 1 ? 0 : overflow (room) + room[0];
}

static gpointer
overflow_thread (gpointer data)
{
  mvx_log_install_crash_handler ();
  overflow (NULL);
  return NULL;
}

static void
die_overflow (void)
{
  overflow (NULL);
}

static void
die_overflow_thread (void)
{
  g_thread_join (g_thread_new ("deep", overflow_thread, NULL));
}

static void
die_trap (void)
{
  __builtin_trap ();
}

/* A system call that a filter refuses: it does not happen again by itself. */
static void
die_filtered (void)
{
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = { G_N_ELEMENTS (code), code };

  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    _exit (EXIT_CANNOT);
  syscall (SYS_getppid);
}

static void
die_fault (void)
{
  *nowhere = 1;
}

static void
abort_in_handler (int number)
{
  abort ();
}

static struct sigaction chained;

static void
chain (int number, siginfo_t *info, void *context)
{
  chained.sa_sigaction (number, info, context);
}

/* One that comes later and calls ours, which is asked for again. */
static void
die_chained (void)
{
  struct sigaction action = { .sa_sigaction = chain, .sa_flags = SA_SIGINFO };

  sigaction (SIGSEGV, &action, &chained);
  mvx_log_install_crash_handler ();
  *nowhere = 1;
}

static const struct
{
  const char *how;
  void (*die) (void);
  int number;       /* of which it dies */
  const char *told; /* without threads and addresses */
  int earlier;      /* there is a handler for it */
  void (*handler) (int number);
} ends[] = {
  { "overflow", die_overflow, SIGSEGV, "SIGSEGV in thread N at address N\n", 0, NULL },
  { "overflow-thread", die_overflow_thread, SIGSEGV, "SIGSEGV in thread N at address N\n", 0, NULL },
  { "trap", die_trap, SIGILL, "SIGILL in thread N at address N\n", 0, NULL },
  { "filtered", die_filtered, SIGSYS, "SIGSYS in thread N at address N\n", 0, NULL },
  /* The kernel ignores no fault. */
  { "chained", die_chained, SIGSEGV, "SIGSEGV in thread N at address N\n", 0, NULL },
  { "ignored", die_fault, SIGSEGV, "SIGSEGV in thread N at address N\n", SIGSEGV, SIG_IGN },
  { "handler-aborts", die_fault, SIGABRT, "SIGSEGV in thread N at address N\nSIGABRT in thread N\n", SIGSEGV,
    abort_in_handler },
};

static int
die_main (const char *how)
{
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    if (g_str_equal (how, ends[i].how))
      {
        if (ends[i].earlier)
          signal (ends[i].earlier, ends[i].handler);
        mvx_log_install_crash_handler ();
        ends[i].die ();
      }
  return 1;
}

/* In a process of its own; what it has said. */
static char *
run_to_death (const char *how, int *status)
{
  const char *argv[] = { "/proc/self/exe", "--die", how, NULL };
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[4096];
  int fds[2];
  pid_t child;
  gssize n;

  g_assert_no_errno (pipe2 (fds, O_CLOEXEC));
  child = fork ();
  if (child == 0)
    {
      const struct rlimit none = { 0, 0 };

      setrlimit (RLIMIT_CORE, &none);
      dup2 (fds[1], STDERR_FILENO);
      execv (argv[0], (char **) argv);
      _exit (127);
    }
  close (fds[1]);
  while ((n = read (fds[0], buffer, sizeof buffer)) > 0)
    g_string_append_len (text, buffer, n);
  close (fds[0]);
  g_assert_cmpint (waitpid (child, status, 0), ==, child);
  return without_times (text->str);
}

static void
test_ends (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GRegex) numbers = g_regex_new ("(thread|address) (0x)?[0-9a-f]+", 0, 0, NULL);
  g_autofree char *text = NULL;
  g_autofree char *bare = NULL;
  int status;

  text = run_to_death (ends[i].how, &status);
  if (WIFEXITED (status) && WEXITSTATUS (status) == EXIT_CANNOT)
    {
      g_test_skip ("system calls cannot be filtered here");
      return;
    }
  bare = g_regex_replace (numbers, text, -1, 0, "\\1 N", 0, NULL);
  g_assert_cmpstr (bare, ==, ends[i].told);
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, ends[i].number);
}

int
main (int argc, char *argv[])
{
  if (argc == 3 && g_str_equal (argv[1], "--die"))
    return die_main (argv[2]);
  g_test_init (&argc, &argv, NULL);
#ifndef TEST_SIZE_SANITIZED /* which have handlers of their own */
  set_handlers ();
  mvx_log_install_crash_handler ();
#define ADD(name, func) g_test_add ("/crash-handler/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  ADD ("leaves", test_leaves);
  ADD ("threads", test_threads);
  ADD ("alarm", test_alarm);
  ADD ("returns", test_returns);
  ADD ("sender", test_sender);
  ADD ("ignored", test_ignored);
  ADD ("again", test_again);
  ADD ("stack", test_stack);
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *path = g_strconcat ("/crash-handler/ends/", ends[i].how, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_ends);
    }
#else
  (void) set_handlers, (void) fixture_set_up, (void) fixture_tear_down, (void) test_leaves, (void) test_threads;
  (void) test_alarm, (void) test_sender, (void) test_ignored, (void) test_again, (void) test_stack, (void) test_ends;
#endif
  return g_test_run ();
}
