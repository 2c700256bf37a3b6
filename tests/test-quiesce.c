/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/quiesce-private.h"
#include "test-size.h"

/* A thread that goes inside, says so, and leaves when it is told to. It sleeps meanwhile: on a busy machine each turn
 * of a loop that only yields takes as long as everybody else's. */
typedef struct
{
  GThread *gthread;
  GMutex mutex; /* what follows */
  GCond cond;
  MvxLogThread *thread; /* set while inside */
  gboolean leave;
} Guest;

static gpointer
guest_run (gpointer data)
{
  Guest *guest = data;
  MvxLogThread *thread = mvx_log_thread_get ();

  mvx_log_quiesce_enter (thread);
  g_mutex_lock (&guest->mutex);
  guest->thread = thread;
  g_cond_broadcast (&guest->cond);
  while (!guest->leave)
    g_cond_wait (&guest->cond, &guest->mutex);
  g_mutex_unlock (&guest->mutex);
  mvx_log_quiesce_leave (thread);
  return NULL;
}

static void
guest_start (Guest *guest)
{
  *guest = (Guest){ 0 };
  g_mutex_init (&guest->mutex);
  g_cond_init (&guest->cond);
  guest->gthread = g_thread_new ("guest", guest_run, guest);
  g_mutex_lock (&guest->mutex);
  while (guest->thread == NULL)
    g_cond_wait (&guest->cond, &guest->mutex);
  g_mutex_unlock (&guest->mutex);
}

static gpointer
guest_let_go (gpointer data)
{
  Guest *guest = data;

  g_mutex_lock (&guest->mutex);
  guest->leave = TRUE;
  g_cond_broadcast (&guest->cond);
  g_mutex_unlock (&guest->mutex);
  return NULL;
}

static void
guest_end (Guest *guest)
{
  guest_let_go (guest);
  g_thread_join (guest->gthread);
  g_mutex_clear (&guest->mutex);
  g_cond_clear (&guest->cond);
}

static void
test_thread (void)
{
  MvxLogThread *thread = mvx_log_thread_get ();

  g_assert_nonnull (thread);
  g_assert_true (mvx_log_thread_get () == thread);
  g_assert_cmpuint (GPOINTER_TO_SIZE (thread) % 64, ==, 0);
  g_assert_cmpuint (thread->tid, !=, 0);
  g_assert_cmpuint (thread->inside & 1, ==, 0);
  mvx_log_quiesce_enter (thread);
  g_assert_cmpuint (thread->inside & 1, ==, 1);
  mvx_log_quiesce_leave (thread);
  g_assert_cmpuint (thread->inside & 1, ==, 0);
}

static void
test_nobody_inside (void)
{
  g_assert_true (mvx_log_quiesce_barrier (-1));
  g_assert_true (mvx_log_quiesce_barrier (0));
  g_assert_true (mvx_log_quiesce_wait (mvx_log_thread_get (), 0));
}

static void
test_deadline (void)
{
  Guest guest;

  guest_start (&guest);
  g_assert_false (mvx_log_quiesce_barrier (0));
  g_assert_false (mvx_log_quiesce_barrier (g_get_monotonic_time () + 2000));
  g_assert_false (mvx_log_quiesce_wait (guest.thread, 0));
  guest_end (&guest);
  g_assert_true (mvx_log_quiesce_barrier (0));
}

static void
test_waits (void)
{
  for (guint i = 0; i < 10; i++)
    {
      Guest guest;
      GThread *helper;

      guest_start (&guest);
      helper = g_thread_new ("helper", guest_let_go, &guest);
      g_assert_true (mvx_log_quiesce_barrier (-1));
      g_mutex_lock (&guest.mutex);
      g_assert_true (guest.leave);
      g_mutex_unlock (&guest.mutex);
      g_thread_join (helper);
      guest_end (&guest);
    }
}

static void
test_from_inside (void)
{
  MvxLogThread *thread = mvx_log_thread_get ();

  mvx_log_quiesce_enter (thread);
  g_assert_false (mvx_log_quiesce_barrier (-1));
  g_assert_false (mvx_log_quiesce_wait (thread, -1));
  mvx_log_quiesce_leave (thread);
  g_assert_true (mvx_log_quiesce_barrier (-1));
}

typedef struct
{
  GMutex mutex; /* what follows */
  GCond cond;
  guint n_inside;
  guint n_refused;
} Both;

static gpointer
both_run (gpointer data)
{
  Both *both = data;
  MvxLogThread *thread = mvx_log_thread_get ();

  gboolean refused;

  mvx_log_quiesce_enter (thread);
  g_mutex_lock (&both->mutex);
  both->n_inside++;
  g_cond_broadcast (&both->cond);
  while (both->n_inside < 2)
    g_cond_wait (&both->cond, &both->mutex);
  g_mutex_unlock (&both->mutex);
  refused = !mvx_log_quiesce_barrier (-1);
  g_mutex_lock (&both->mutex);
  both->n_refused += refused;
  g_mutex_unlock (&both->mutex);
  mvx_log_quiesce_leave (thread);
  return NULL;
}

/* Two that are inside must not wait for each other, whoever comes first. */
static void
test_two_from_inside (void)
{
  Both both = { 0 };
  GThread *a = g_thread_new ("a", both_run, &both);
  GThread *b = g_thread_new ("b", both_run, &both);

  g_thread_join (a);
  g_thread_join (b);
  g_assert_cmpuint (both.n_refused, ==, 2);
}

/* Readers of a pointer that is replaced and freed all the time. */
typedef struct
{
  guint64 a;
  guint64 b;
} Pair;

static Pair *current_pair;
static gint stop_reading;

static gpointer
read_pairs (gpointer data)
{
  MvxLogThread *thread = mvx_log_thread_get ();
  guint64 n_bad = 0;

  while (!g_atomic_int_get (&stop_reading))
    {
      const Pair *pair;

      mvx_log_quiesce_enter (thread);
      pair = __atomic_load_n (&current_pair, __ATOMIC_ACQUIRE);
      n_bad += pair->a != ~pair->b;
      mvx_log_quiesce_leave (thread);
    }
  return GSIZE_TO_POINTER (n_bad);
}

static Pair *
pair_new (guint64 a)
{
  Pair *pair = g_new (Pair, 1);

  *pair = (Pair){ a, ~a };
  return pair;
}

static void
test_replace (void)
{
  GThread *threads[3];

  current_pair = pair_new (0);
  g_atomic_int_set (&stop_reading, 0);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("reader", read_pairs, NULL);
  for (guint i = 1; i <= test_size (200, 50); i++)
    {
      Pair *old = current_pair;

      __atomic_store_n (&current_pair, pair_new (i), __ATOMIC_RELEASE);
      g_assert_true (mvx_log_quiesce_barrier (-1));
      *old = (Pair){ 0 };
      g_free (old);
    }
  g_atomic_int_set (&stop_reading, 1);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_assert_null (g_thread_join (threads[i]));
  g_free (current_pair);
}

static gpointer
come_and_go (gpointer data)
{
  MvxLogThread *thread = mvx_log_thread_get ();

  mvx_log_quiesce_enter (thread);
  mvx_log_quiesce_leave (thread);
  return NULL;
}

/* Threads may end while a barrier goes through the list. */
static void
test_thread_end (void)
{
  for (guint i = 0; i < test_size (100, 30); i++)
    {
      GThread *a = g_thread_new ("a", come_and_go, NULL);
      GThread *b = g_thread_new ("b", come_and_go, NULL);

      g_assert_true (mvx_log_quiesce_barrier (-1));
      g_thread_join (a);
      g_thread_join (b);
    }
}

static GString *ended; /* what the exit functions did; only one thread ends at a time */
static gint record_exits;

static void
first_func (MvxLogThread *thread)
{
  if (g_atomic_int_get (&record_exits) && thread == mvx_log_thread_current)
    g_string_append (ended, "first ");
}

static void
second_func (MvxLogThread *thread)
{
  if (g_atomic_int_get (&record_exits) && thread == mvx_log_thread_current)
    g_string_append (ended, "second ");
}

static gpointer
use_thread (gpointer data)
{
  MvxLogThread *thread = mvx_log_thread_get ();

  thread->lanes = g_new0 (gpointer, 4);
  mvx_log_buffer_append_s (&thread->scratch, "scratch");
  return NULL;
}

static void
test_exit_funcs (void)
{
  ended = g_string_new (NULL);
  mvx_log_thread_add_exit_func (first_func);
  mvx_log_thread_add_exit_func (second_func);
  g_atomic_int_set (&record_exits, 1);
  g_thread_join (g_thread_new ("user", use_thread, NULL));
  g_assert_cmpstr (ended->str, ==, "second first ");
  g_atomic_int_set (&record_exits, 0);
  g_string_free (ended, TRUE);
}

/* Destructors of thread-specific data run in no order: one may log after the library's own has run. */
static pthread_key_t late_key;
static gint n_late;

static void
log_late (gpointer data)
{
  MvxLogThread *thread = mvx_log_thread_get ();

  mvx_log_quiesce_enter (thread);
  g_atomic_int_inc (&n_late);
  mvx_log_quiesce_leave (thread);
  if (GPOINTER_TO_UINT (data) > 1)
    pthread_setspecific (late_key, GUINT_TO_POINTER (GPOINTER_TO_UINT (data) - 1));
}

static gpointer
end_late (gpointer data)
{
  mvx_log_thread_get ();
  pthread_setspecific (late_key, data);
  return NULL;
}

static void
test_late (void)
{
  g_assert_cmpint (pthread_key_create (&late_key, log_late), ==, 0);
  for (guint i = 1; i <= 3; i++)
    g_thread_join (g_thread_new ("late", end_late, GUINT_TO_POINTER (i)));
  g_assert_cmpint (n_late, ==, 6);
  g_assert_true (mvx_log_quiesce_barrier (-1));
  pthread_key_delete (late_key);
}

/* Without membarrier(2) a logging call has its fence. */
static void
test_symmetric (void)
{
  gboolean was = mvx_log_machine_has (MVX_LOG_MACHINE_BARRIER);

  mvx_log_machine_set (MVX_LOG_MACHINE_BARRIER, FALSE);
  test_waits ();
  test_replace ();
  mvx_log_machine_set (MVX_LOG_MACHINE_BARRIER, was);
}

/* A program that forbids itself the system call later on. */
static void
forbid_membarrier (void)
{
  struct sock_filter filter[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { G_N_ELEMENTS (filter), filter };

  g_assert_no_errno (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  g_assert_no_errno (prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

static void
test_forbidden (void)
{
  if (!g_test_subprocess ())
    {
      mvx_log_thread_get ();
      if (!mvx_log_machine_has (MVX_LOG_MACHINE_BARRIER))
        {
          g_test_skip ("this system has no membarrier(2)");
          return;
        }
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      return;
    }
  mvx_log_thread_get ();
  g_assert_true (mvx_log_machine_has (MVX_LOG_MACHINE_BARRIER));
  forbid_membarrier ();
  g_assert_true (mvx_log_quiesce_barrier (-1));
  g_assert_false (mvx_log_machine_has (MVX_LOG_MACHINE_BARRIER));
  test_replace ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quiesce/thread", test_thread);
  g_test_add_func ("/quiesce/nobody-inside", test_nobody_inside);
  g_test_add_func ("/quiesce/deadline", test_deadline);
  g_test_add_func ("/quiesce/waits", test_waits);
  g_test_add_func ("/quiesce/from-inside", test_from_inside);
  g_test_add_func ("/quiesce/two-from-inside", test_two_from_inside);
  g_test_add_func ("/quiesce/replace", test_replace);
  g_test_add_func ("/quiesce/thread-end", test_thread_end);
  g_test_add_func ("/quiesce/exit-funcs", test_exit_funcs);
  g_test_add_func ("/quiesce/late", test_late);
  g_test_add_func ("/quiesce/symmetric", test_symmetric);
  g_test_add_func ("/quiesce/forbidden", test_forbidden);
  return g_test_run ();
}
