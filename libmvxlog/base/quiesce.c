/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/membarrier.h>
#endif

#include "base/aligned-private.h"
#include "base/atfork-private.h"
#include "base/quiesce-private.h"

#define MVX_LOG_MAX_EXIT_FUNCS 4
#define MVX_LOG_QUIESCE_SPINS 64
#define MVX_LOG_QUIESCE_NAP_US 50
/* A store leaves a processor within microseconds, without anybody's help. */
#define MVX_LOG_QUIESCE_SETTLE_US 10000

/* So many threads can come to log while there is no memory. */
#define MVX_LOG_THREADS_IN_RESERVE 64
#define MVX_LOG_THREAD_SIZE ((sizeof (MvxLogThread) + 63) & ~(gsize) 63)

__thread MvxLogThread *mvx_log_thread_current __attribute__ ((tls_model ("initial-exec")));

static struct
{
  GMutex mutex; /* the list and exit_funcs */
  MvxLogThread *first;
  void (*exit_funcs[MVX_LOG_MAX_EXIT_FUNCS]) (MvxLogThread *thread);
  guint n_exit_funcs;
  pthread_once_t once;
  pthread_key_t key;
} mvx_log_threads = { .once = PTHREAD_ONCE_INIT };

/* The one thread of a child is the one that forked. Its lanes are those of the parent's sinks. */
static void
mvx_log_threads_fork (MvxLogForkStage stage)
{
  MvxLogThread *thread = mvx_log_thread_current;

  if (stage != MVX_LOG_FORK_CHILD)
    return;
  mvx_log_threads.first = thread;
  if (thread == NULL)
    return;
  thread->tid = (guint32) syscall (SYS_gettid);
  thread->next = NULL;
  thread->previous = NULL;
  thread->queue = NULL;
  thread->lane = NULL;
  thread->lanes = NULL;
  thread->n_lanes = 0;
}

MVX_LOG_FORK_LOCK (THREADS, &mvx_log_threads.mutex, mvx_log_threads_fork);

static void
mvx_log_thread_unlink (MvxLogThread *thread)
{
  g_mutex_lock (&mvx_log_threads.mutex);
  if (thread->next)
    thread->next->previous = thread->previous;
  if (thread->previous)
    thread->previous->next = thread->next;
  else
    mvx_log_threads.first = thread->next;
  g_mutex_unlock (&mvx_log_threads.mutex);
}

/* For those who come when there is no memory; taken is atomic. */
static guint8 mvx_log_thread_reserve[MVX_LOG_THREADS_IN_RESERVE][MVX_LOG_THREAD_SIZE] __attribute__ ((aligned (64)));
static gint mvx_log_thread_taken[MVX_LOG_THREADS_IN_RESERVE];

static MvxLogThread *
mvx_log_thread_alloc (void)
{
  MvxLogThread *thread = mvx_log_aligned_try_new0 (MVX_LOG_THREAD_SIZE, 64);

  for (guint i = 0; thread == NULL && i < MVX_LOG_THREADS_IN_RESERVE; i++)
    if (g_atomic_int_compare_and_exchange (&mvx_log_thread_taken[i], 0, 1))
      thread = memset (mvx_log_thread_reserve[i], 0, MVX_LOG_THREAD_SIZE);
  if (thread == NULL)
    g_error ("There is no memory for threads that log");
  return thread;
}

static void
mvx_log_thread_free (MvxLogThread *thread)
{
  for (guint i = 0; i < MVX_LOG_THREADS_IN_RESERVE; i++)
    if ((gpointer) thread == mvx_log_thread_reserve[i])
      {
        g_atomic_int_set (&mvx_log_thread_taken[i], 0);
        return;
      }
  mvx_log_aligned_free (thread);
}

/* A destructor of thread-specific data that runs after this one and logs gets a new MvxLogThread, which sets the key
 * again and so comes back here: glibc goes round four times. */
static void
mvx_log_thread_end (gpointer data)
{
  MvxLogThread *thread = data;
  void (*funcs[MVX_LOG_MAX_EXIT_FUNCS]) (MvxLogThread * thread);
  guint n;

  g_mutex_lock (&mvx_log_threads.mutex);
  n = mvx_log_threads.n_exit_funcs;
  memcpy (funcs, mvx_log_threads.exit_funcs, sizeof funcs);
  g_mutex_unlock (&mvx_log_threads.mutex);
  for (; n > 0; n--)
    funcs[n - 1](thread);
  mvx_log_thread_unlink (thread);
  mvx_log_thread_current = NULL;
  g_free (thread->lanes);
  mvx_log_buffer_clear (&thread->scratch);
  mvx_log_thread_free (thread);
}

/* A word of membarrier(2), Linux 4.14. */
static gboolean
mvx_log_quiesce_membarrier (gboolean registering)
{
#if defined(__linux__) && defined(SYS_membarrier)
  return syscall (SYS_membarrier,
                  registering ? MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED : MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0)
         == 0;
#else
  return FALSE;
#endif
}

/* Whoever waits may hold a lock. */
static void
mvx_log_quiesce_nap (gulong us)
{
  int before = mvx_log_cancel_defer ();

  g_usleep (us);
  mvx_log_cancel_allow (before);
}

void
mvx_log_quiesce_fence (void)
{
  __atomic_thread_fence (__ATOMIC_SEQ_CST);
  if (!mvx_log_machine_has (MVX_LOG_MACHINE_BARRIER) || mvx_log_quiesce_membarrier (FALSE))
    return;
  /* Forbidden since, by a filter of system calls: from now on everybody fences; who is on the way in now is waited for.
   */
  mvx_log_machine_set (MVX_LOG_MACHINE_BARRIER, FALSE);
  mvx_log_quiesce_nap (MVX_LOG_QUIESCE_SETTLE_US);
}

/* When the library is loaded, for most programs have one thread then: with more of them, the kernel takes ten
 * milliseconds to register. */
__attribute__ ((constructor)) static void
mvx_log_quiesce_register (void)
{
  mvx_log_machine_set (MVX_LOG_MACHINE_BARRIER, mvx_log_quiesce_membarrier (TRUE));
}

static void
mvx_log_threads_init (void)
{
  pthread_key_create (&mvx_log_threads.key, mvx_log_thread_end);
}

MvxLogThread *
mvx_log_thread_new (void)
{
  /* A cache line of its own: `inside` is written by every logging call of its thread. */
  MvxLogThread *thread = mvx_log_thread_alloc ();

  /* An allocator of the program may have logged meanwhile. */
  if (mvx_log_thread_current)
    {
      mvx_log_thread_free (thread);
      return mvx_log_thread_current;
    }
  pthread_once (&mvx_log_threads.once, mvx_log_threads_init);
  thread->tid = (guint32) syscall (SYS_gettid);
  g_mutex_lock (&mvx_log_threads.mutex);
  thread->next = mvx_log_threads.first;
  if (thread->next)
    thread->next->previous = thread;
  mvx_log_threads.first = thread;
  g_mutex_unlock (&mvx_log_threads.mutex);
  pthread_setspecific (mvx_log_threads.key, thread);
  mvx_log_thread_current = thread;
  return thread;
}

void
mvx_log_thread_add_exit_func (void (*func) (MvxLogThread *thread))
{
  g_mutex_lock (&mvx_log_threads.mutex);
  g_assert (mvx_log_threads.n_exit_funcs < MVX_LOG_MAX_EXIT_FUNCS);
  mvx_log_threads.exit_funcs[mvx_log_threads.n_exit_funcs++] = func;
  g_mutex_unlock (&mvx_log_threads.mutex);
}

/* The region is tens of nanoseconds of straight code, so whoever is in it for longer has been preempted: yield, then
 * sleep a little, for there is nobody who could wake us without a cost on every logging call. */
static gboolean
mvx_log_quiesce_wait_word (const guint64 *inside, guint64 seen, gint64 deadline_us)
{
  guint n = 0;

  while (__atomic_load_n (inside, __ATOMIC_ACQUIRE) == seen)
    {
      if (++n < MVX_LOG_QUIESCE_SPINS)
        continue;
      if (deadline_us >= 0 && g_get_monotonic_time () >= deadline_us)
        return FALSE;
      if (n < 2 * MVX_LOG_QUIESCE_SPINS)
        sched_yield ();
      else
        mvx_log_quiesce_nap (MVX_LOG_QUIESCE_NAP_US);
    }
  return TRUE;
}

gboolean
mvx_log_quiesce_wait (MvxLogThread *thread, gint64 deadline_us)
{
  guint64 seen = __atomic_load_n (&thread->inside, __ATOMIC_ACQUIRE);

  if ((seen & 1) == 0)
    return TRUE;
  if (thread == mvx_log_thread_current)
    return FALSE;
  return mvx_log_quiesce_wait_word (&thread->inside, seen, deadline_us);
}

/* The list stays locked while waiting: a thread needs it only to come into being or to end, both outside the region.
 * A caller that is inside must be turned away before the lock: of two of them one would wait for the other, which would
 * wait for the lock. */
gboolean
mvx_log_quiesce_barrier (gint64 deadline_us)
{
  gboolean left = TRUE;

  if (mvx_log_thread_current && (mvx_log_thread_current->inside & 1) != 0)
    return FALSE;
  g_mutex_lock (&mvx_log_threads.mutex);
  mvx_log_quiesce_fence ();
  for (MvxLogThread *thread = mvx_log_threads.first; thread && left; thread = thread->next)
    left = mvx_log_quiesce_wait (thread, deadline_us);
  g_mutex_unlock (&mvx_log_threads.mutex);
  return left;
}
