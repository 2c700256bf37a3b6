/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an event costs the thread that logs it, once everything is warm: no allocation, no wait for a lock, no GObject,
 * no system call. The functions that would be called are replaced by ones that count. */
#include <dlfcn.h>
#include <stdlib.h>

#include "capture-sink.h"
#include "rig-sink.h"
#include "syscall-tracer.h"
#include "test-size.h"

#define BURST 500

typedef struct
{
  guint64 allocations; /* and frees */
  guint64 locks;
  guint64 references;
} Costs;

static __thread gboolean counting;
static __thread Costs costs;

#ifndef TEST_SIZE_SANITIZED /* which have a malloc of their own */

extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t n, size_t size);
extern void *__libc_realloc (void *p, size_t size);
extern void *__libc_memalign (size_t alignment, size_t size);
extern void __libc_free (void *p);

void *
malloc (size_t size)
{
  costs.allocations += counting;
  return __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  costs.allocations += counting;
  return __libc_calloc (n, size);
}

void *
realloc (void *p, size_t size)
{
  costs.allocations += counting;
  return __libc_realloc (p, size);
}

void *
aligned_alloc (size_t alignment, size_t size)
{
  costs.allocations += counting;
  return __libc_memalign (alignment, size);
}

int
posix_memalign (void **p, size_t alignment, size_t size)
{
  costs.allocations += counting;
  *p = __libc_memalign (alignment, size);
  return *p ? 0 : ENOMEM;
}

void
free (void *p)
{
  costs.allocations += counting;
  __libc_free (p);
}

#endif

static void (*real_mutex_lock) (GMutex *mutex);
static gpointer (*real_object_ref) (gpointer object);

static void
find_real (void)
{
  real_mutex_lock = (void (*) (GMutex *)) dlsym (RTLD_NEXT, "g_mutex_lock");
  real_object_ref = (gpointer (*) (gpointer)) dlsym (RTLD_NEXT, "g_object_ref");
}

void
g_mutex_lock (GMutex *mutex)
{
  costs.locks += counting;
  if (real_mutex_lock == NULL)
    find_real ();
  real_mutex_lock (mutex);
}

gpointer (g_object_ref) (gpointer object)
{
  costs.references += counting;
  if (real_object_ref == NULL)
    find_real ();
  return real_object_ref (object);
}

static gboolean
trace (SyscallTracer *tracer)
{
  if (test_size_is_slow ())
    g_test_skip ("sanitizers and valgrind have costs of their own");
  else if (!syscall_tracer_begin (tracer))
    g_test_skip ("no process may trace another here");
  else
    return TRUE;
  return FALSE;
}

static void
begin (void)
{
  syscall_tracer_mark ();
  counting = TRUE;
}

static void
end (void)
{
  counting = FALSE;
  syscall_tracer_mark ();
}

/* The counters do count, and only between the marks. */
static void
test_counters (void)
{
  GMutex mutex;
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  SyscallTracer tracer;
  void *volatile p;

  if (!trace (&tracer))
    return;
  g_mutex_init (&mutex);
  costs = (Costs){ 0 };
  for (guint i = 0; i < 3; i++)
    {
      begin ();
      p = malloc (100);
      p = realloc (p, 2000);
      free (p);
      g_mutex_lock (&mutex);
      g_mutex_unlock (&mutex);
      g_object_unref (g_object_ref (object));
      syscall (SYS_getpid);
      syscall (SYS_getuid);
      end ();
      syscall (SYS_getpid);
    }
  g_assert_cmpuint (syscall_tracer_end (&tracer), ==, 6);
  g_assert_cmpuint (costs.allocations, ==, 9);
  g_assert_cmpuint (costs.locks, ==, 3);
  g_assert_cmpuint (costs.references, ==, 3);
  g_mutex_clear (&mutex);
}

static void
log_bursts (MvxLogContext *context, RigSink *sink, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      begin ();
      for (guint j = 0; j < BURST; j++)
        mvx_info (context, "request {path} took {ms} ms", "path", "/index.html", "ms", j);
      end ();
      /* The worker keeps up, whatever else the machine does. */
      g_assert_true (flush (sink, NULL));
    }
}

/* Never asleep: a wake-up costs the one system call that there is. */
static void
test_steady (void)
{
  const MvxLogAsyncConfig wide = {
    .name = "steady",
    .queue_max_size = 100000,
    .overflow = MVX_LOG_OVERFLOW_BLOCK,
    .linger_us = G_TIME_SPAN_HOUR,
  };
  const guint n_events = 1000000;
  g_autoptr (RigSink) sink = NULL;
  g_autoptr (MvxLogContext) context = NULL;
  SyscallTracer tracer;
  guint64 n_calls;

  if (!trace (&tracer))
    return;
  sink = rig_sink_new (&wide);
  context = capture_context ("steady", sink);
  log_bursts (context, sink, 20);
  costs = (Costs){ 0 };
  log_bursts (context, sink, n_events / BURST);
  n_calls = syscall_tracer_end (&tracer);
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 20 * BURST + n_events);
  g_test_message ("%u events: %" G_GUINT64_FORMAT " allocations, %" G_GUINT64_FORMAT " locks, %" G_GUINT64_FORMAT
                  " references, %" G_GUINT64_FORMAT " system calls",
                  n_events, costs.allocations, costs.locks, costs.references, n_calls);
  g_assert_cmpuint (costs.allocations, <, n_events / 1000);
  g_assert_cmpuint (costs.references, <, n_events / 1000);
  g_assert_cmpuint (n_calls, <, n_events / 1000);
  /* One for 128 events, and for a segment; a wait for it would be a system call. */
  g_assert_cmpuint (costs.locks, <, n_events / 50);
  mvx_log_tree_reset ();
  g_assert_true (terminate (sink, NULL));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/steady/counters", test_counters);
  g_test_add_func ("/steady/costs", test_steady);
  return g_test_run ();
}
