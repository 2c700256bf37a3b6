/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host that is short of threads, memory or processors, and sinks that log themselves. */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "capture-sink.h"
#include "rig-sink.h"
#include "stalled-sink.h"
#include "test-size.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (file);

/* How many more threads cannot be started. */
static gint n_refused; /* atomic */

#ifndef TEST_SIZE_SANITIZED /* which have a function of this name themselves */
int
pthread_create (pthread_t *thread, const pthread_attr_t *attributes, void *(*func) (void *), void *data)
{
  static int (*real) (pthread_t *, const pthread_attr_t *, void *(*) (void *), void *);

  if (g_atomic_int_get (&n_refused) > 0 && g_atomic_int_add (&n_refused, -1) > 0)
    return EAGAIN;
  if (real == NULL)
    real = (int (*) (pthread_t *, const pthread_attr_t *, void *(*) (void *), void *)) dlsym (RTLD_NEXT,
                                                                                              "pthread_create");
  return real (thread, attributes, func, data);
}
#endif

/* The start fails and says so; what is logged is refused and counted, and the program goes on. */
static void
test_no_thread (void)
{
  const MvxLogAsyncConfig config = { .name = "rig", .overflow = MVX_LOG_OVERFLOW_RAISE };
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (RigSink) other = rig_sink_new (&config);
  g_autoptr (GError) error = NULL;
  MvxLogCounters c;

#ifdef TEST_SIZE_SANITIZED
  g_test_skip ("a sanitizer has a pthread_create() of its own");
  return;
#endif
  g_atomic_int_set (&n_refused, 1);
  g_assert_false (start (sink, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "Cannot start the thread of sink 'rig'"));
  g_clear_error (&error);
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_FAILURE);
  g_assert_false (rig_sink_log (sink, 1, &error));
  g_assert_nonnull (error);
  c = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.refused[MVX_LOG_REASON_STATE], ==, 1);

  /* Nobody started it: the first event does, and cannot. */
  g_clear_error (&error);
  g_atomic_int_set (&n_refused, 1);
  g_assert_false (rig_sink_log (other, 1, &error));
  g_assert_nonnull (error);
  c = ledger_check (MVX_LOG_SINK (other));
  g_assert_cmpuint (c.offered, ==, 1);
  g_assert_cmpuint (ledger_sum (c.refused), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&n_refused), <=, 0);
}

/* Every descriptor from @first on is refused; returns what was allowed. */
static struct rlimit
limit_descriptors (rlim_t first)
{
  struct rlimit before;
  struct rlimit limit;

  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &before));
  limit = before;
  limit.rlim_cur = first;
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &limit));
  return before;
}

static void
unlimit_descriptors (const struct rlimit *before)
{
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, before));
}

/* A configuration with another sink is refused, and the old one runs on. */
static void
test_no_descriptor (void)
{
  static const char config[] = "[mvxlog]\nversion=1\n[sink queued]\nplugin=file\npath=/dev/null\nqueue-max-size=50\n"
                               "[context]\nsinks=queued\n";
  g_autoptr (GError) error = NULL;
  struct rlimit before;
  gboolean applied;

  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_file, &error));
  before = limit_descriptors (3);
  applied = mvx_log_configure_from_data (config, -1, "test", &error);
  unlimit_descriptors (&before);
  g_assert_false (applied);
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_APPLY_FAILED);
  g_assert_cmpstr (error->message, ==,
                   "test:3:1: error: [sink queued]: Plugin 'file' could not create sink 'queued': Cannot make the main "
                   "context of sink 'queued': Too many open files; "
                   "raise the limit of open files; nothing was changed");
  g_clear_error (&error);
  mvx_log_configure_from_data (config, -1, "test", &error);
  g_assert_no_error (error);
  mvx_log_reset (&error);
  g_assert_no_error (error);
}

#define NO_CONTEXT "Cannot make the main context of sink 'rig': Too many open files; raise the limit of open files"

/* A class of the program's own: its start fails for the same reason as the sink of a plugin, and the next one starts.
 */
static void
test_no_descriptor_class (void)
{
  const MvxLogAsyncConfig config = { .name = "rig", .overflow = MVX_LOG_OVERFLOW_BLOCK };
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (RigSink) next = rig_sink_new (&config);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) last = NULL;
  struct rlimit before = limit_descriptors (3);
  gboolean started = start (sink, &error);
  MvxLogCounters c;

  g_assert_false (started);
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE);
  g_assert_cmpstr (error->message, ==, NO_CONTEXT);
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_FAILURE);
  last = mvx_log_async_sink_dup_last_error (MVX_LOG_ASYNC_SINK (sink));
  g_assert_cmpstr (last->message, ==, NO_CONTEXT);
  g_assert_null (mvx_log_async_sink_get_main_context (MVX_LOG_ASYNC_SINK (sink)));
  g_clear_error (&error);
  g_assert_false (rig_sink_log (sink, 1, &error));
  g_assert_cmpstr (error->message, ==,
                   "Sink 'rig' is FAILURE and cannot take events; that needs VIRGIN, STARTING or RUNNING: " NO_CONTEXT);
  c = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.refused[MVX_LOG_REASON_STATE], ==, 1);
  g_assert_true (terminate (sink, NULL));
  unlimit_descriptors (&before);

  g_assert_true (start (next, NULL));
  g_assert_true (rig_sink_log (next, 1, NULL));
  g_assert_true (terminate (next, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (next), ==, 1);
}

/* Nobody started it: looking at it takes no descriptor, and the first event, of whatever thread, is refused. */
static gpointer
log_first (gpointer sink)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (rig_sink_log (sink, 1, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE);
  g_assert_error (mvx_log_error_get_cause (error), MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE);
  g_assert_cmpstr (mvx_log_error_get_cause (error)->message, ==, NO_CONTEXT);
  return NULL;
}

static void
test_no_descriptor_first_event (void)
{
  const MvxLogAsyncConfig config = { .name = "rig", .overflow = MVX_LOG_OVERFLOW_RAISE };
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (RigSink) idle = rig_sink_new (&config);
  struct rlimit before = limit_descriptors (3);
  MvxLogCounters c;

  g_assert_true (flush (idle, NULL));
  g_assert_true (mvx_log_sink_reopen (MVX_LOG_SINK (idle), NULL));
  c = ledger_check (MVX_LOG_SINK (idle));
  g_assert_cmpint (state_of (idle), ==, MVX_LOG_SINK_STATE_VIRGIN);
  g_thread_join (g_thread_new ("first", log_first, sink));
  g_assert_false (rig_sink_log (sink, 2, NULL));
  c = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.offered, ==, 2);
  g_assert_cmpuint (c.refused[MVX_LOG_REASON_STATE], ==, 2);
  unlimit_descriptors (&before);
  /* It had only been looked at. */
  g_assert_true (rig_sink_log (idle, 1, NULL));
  g_assert_true (terminate (idle, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (idle), ==, 1);
}

/* GLib makes its default context where a thread is given another one: in a program that has none it needs a descriptor,
 * too, be it that the sink works on a thread of its own, with one descriptor left, or on somebody else's context. */
static void
test_no_descriptor_default (void)
{
  const MvxLogAsyncConfig config = { .name = "rig" };
  g_autoptr (GError) error = NULL;
  struct rlimit before;

  if (g_test_subprocess ())
    {
      g_autoptr (GMainContext) context = g_main_context_new ();
      g_autoptr (RigSink) sink = rig_sink_new (&config);
      g_autoptr (RigSink) foreign = rig_sink_new (&config);
      g_autoptr (RigSink) running = rig_sink_new (&config);

      g_assert_true (mvx_log_async_sink_set_main_context (MVX_LOG_ASYNC_SINK (foreign), context, NULL));
      before = limit_descriptors (3);

      g_assert_false (mvx_log_async_sink_set_main_context (MVX_LOG_ASYNC_SINK (running), NULL, &error));
      g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE);
      g_assert_cmpstr (error->message, ==, NO_CONTEXT);
      g_clear_error (&error);
      g_assert_false (start (foreign, &error));
      g_assert_cmpstr (error->message, ==, NO_CONTEXT);
      g_clear_error (&error);
      g_assert_no_errno (close (STDIN_FILENO));
      g_assert_false (start (sink, &error));
      g_assert_cmpstr (error->message, ==, NO_CONTEXT);
      unlimit_descriptors (&before);
      exit (0);
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

#define N_WARNINGS 10000

static struct
{
  gint n_diags; /* atomic */
  gint depth;   /* atomic: the greatest */
} self_logging;

static void
on_diag (gint level, const char *message, gpointer data)
{
  g_atomic_int_inc (&self_logging.n_diags);
}

/* With the sink's mutex, as foreign code is. */
static void
warn (gpointer sink, const MvxLogEvent *event)
{
  gint depth = (gint) mvx_log_thread_get ()->depth;

  if (depth > g_atomic_int_get (&self_logging.depth))
    g_atomic_int_set (&self_logging.depth, depth);
  g_warning ("event %u", (guint) event->record->number);
  mvx_log_diag (MVX_LOG_LEVEL_WARNING, "the sink itself");
}

/* What a sink logs of each event does not come back to it. */
static void
test_warning_sink (void)
{
  const MvxLogAsyncConfig config = { .name = "warner", .overflow = MVX_LOG_OVERFLOW_BLOCK, .block_timeout_us = -1 };
  const guint n = test_size (N_WARNINGS, 1000);
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (MvxLogContext) context = NULL;
  MvxLogCounters c;

  sink->in_event = warn;
  mvx_log_diag_set_func (on_diag, NULL, NULL);
  context = capture_context ("", sink); /* the root: everything comes there */
  for (guint i = 0; i < n; i++)
    mvx_info (context, "event {n}", "n", i);
  g_assert_true (flush (sink, NULL));
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_test_message ("%u events, %d for the diagnostics, depth %d, %u batches, greatest backlog %u", (guint) c.offered,
                  self_logging.n_diags, self_logging.depth, (guint) c.batches, (guint) c.high_water);
  g_assert_cmpuint (c.offered, ==, n);
  g_assert_cmpuint (c.delivered, ==, n);
  g_assert_cmpint (g_atomic_int_get (&self_logging.depth), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&self_logging.n_diags), >, 0);
  g_assert_cmpint (g_atomic_int_get (&self_logging.n_diags), <=, (gint) (2 * n));
  mvx_log_context_reset_sinks (context, NULL);
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_assert_true (terminate (sink, NULL));
}

#define N_STALLED 1000000
#define QUEUE_BYTES (8 * 1024 * 1024)
#define ROOM_KB (64 * 1024)

/* No more address space than what there is and 64 MiB. */
static void
limit_space (void)
{
  struct rlimit limit;

  limit.rlim_cur = limit.rlim_max = (stalled_status_kb ("VmSize:") + ROOM_KB) * 1024;
  g_assert_no_errno (setrlimit (RLIMIT_AS, &limit));
}

static const char *program;

/* In a process of its own, for the limit stays. */
static void
test_stalled (void)
{
  const char *argv[] = { program, "--stalled", NULL };
  g_autofree char *out = NULL;
  g_autoptr (GError) error = NULL;
  guint64 peak;
  int status;

#ifdef TEST_SIZE_SANITIZED
  g_test_skip ("a sanitizer needs more address space than there is");
  return;
#endif
  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, 0, NULL, NULL, &out, NULL, &status, &error));
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  peak = g_ascii_strtoull (out, NULL, 10);
  g_test_message ("%d events to a sink that is stalled: %u kB more, of %d kB for its queue", N_STALLED, (guint) peak,
                  QUEUE_BYTES / 1024);
  g_assert_cmpuint (peak, <, QUEUE_BYTES / 1024 + STALLED_MORE_KB);
}

#define N_HOGS 8
#define N_LOGGERS 4
#define N_CROWDED 50000

static struct
{
  MvxLogContext *context;
  gint64 next[N_LOGGERS]; /* of each, at the sink */
  guint n_disordered;
  guint32 took[N_LOGGERS * N_CROWDED]; /* ns */
} crowd;

static gpointer
log_many (gpointer data)
{
  const guint self = GPOINTER_TO_UINT (data);
  struct timespec began;
  struct timespec ended;

  for (guint i = 0; i < N_CROWDED; i++)
    {
      clock_gettime (CLOCK_MONOTONIC, &began);
      mvx_info (crowd.context, "event {n} of {logger}", "n", i, "logger", self);
      clock_gettime (CLOCK_MONOTONIC, &ended);
      crowd.took[self * N_CROWDED + i]
          = (guint32) ((ended.tv_sec - began.tv_sec) * 1000000000 + ended.tv_nsec - began.tv_nsec);
      if (g_random_int_range (0, 100) == 0)
        g_thread_yield ();
    }
  return NULL;
}

static void
note_order (gpointer sink, const MvxLogEvent *event)
{
  gint64 *next = &crowd.next[mvx_log_event_get_int64 (event, "logger", 0)];

  crowd.n_disordered += mvx_log_event_get_int64 (event, "n", -1) != *next;
  *next += 1;
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  const guint32 *x = a;
  const guint32 *y = b;

  return (*x > *y) - (*x < *y);
}

/* One processor for everybody: nobody waits for ever, and nothing is lost or comes before what was before it. */
static void
test_one_processor (void)
{
  const MvxLogAsyncConfig config = { .name = "crowded", .overflow = MVX_LOG_OVERFLOW_BLOCK, .block_timeout_us = -1 };
  const gint64 began = g_get_monotonic_time ();
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (MvxLogContext) context = crowd.context = capture_context ("crowded", sink);
  const guint n = N_LOGGERS * N_CROWDED;
  GThread *threads[N_LOGGERS];
  pid_t hogs[N_HOGS];
  cpu_set_t before;
  cpu_set_t one;
  MvxLogCounters c;

  sink->in_event = note_order;
  g_assert_no_errno (sched_getaffinity (0, sizeof before, &before));
  CPU_ZERO (&one);
  for (int i = 0; i < CPU_SETSIZE && CPU_COUNT (&one) == 0; i++)
    if (CPU_ISSET (i, &before))
      CPU_SET (i, &one);
  g_assert_no_errno (sched_setaffinity (0, sizeof one, &one));
  for (guint i = 0; i < N_HOGS; i++)
    {
      hogs[i] = fork ();
      while (hogs[i] == 0)
        if (getppid () == 1)
          _exit (0);
    }
  for (guint i = 0; i < N_LOGGERS; i++)
    threads[i] = g_thread_new ("logger", log_many, GUINT_TO_POINTER (i));
  for (guint i = 0; i < N_LOGGERS; i++)
    g_thread_join (threads[i]);
  g_assert_true (flush (sink, NULL));
  for (guint i = 0; i < N_HOGS; i++)
    {
      kill (hogs[i], SIGKILL);
      waitpid (hogs[i], NULL, 0);
    }
  g_assert_no_errno (sched_setaffinity (0, sizeof before, &before));
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  qsort (crowd.took, n, sizeof crowd.took[0], compare_times);
  g_test_message ("%u events in %.1f s with %d others on one processor: %u out of order; a call takes %.1f us, p99.9 "
                  "%.1f us, at most %.1f ms",
                  (guint) c.delivered, (double) (g_get_monotonic_time () - began) / G_USEC_PER_SEC, N_HOGS,
                  crowd.n_disordered, crowd.took[n / 2] / 1e3, crowd.took[n / 1000 * 999] / 1e3,
                  crowd.took[n - 1] / 1e6);
  g_assert_cmpuint (c.delivered, ==, n);
  g_assert_cmpuint (crowd.n_disordered, ==, 0);
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (terminate (sink, NULL));
}

int
main (int argc, char *argv[])
{
  program = argv[0];
  if (argc == 2 && g_str_equal (argv[1], "--stalled"))
    {
      g_print ("%u\n", (guint) stalled_log (N_STALLED, QUEUE_BYTES, limit_space));
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK); /* a test's warnings are meant */
  g_assert_true (mvx_log_install_glib_writer (NULL));
  g_test_add_func ("/shortage/no-thread", test_no_thread);
  g_test_add_func ("/shortage/no-descriptor/plugin", test_no_descriptor);
  g_test_add_func ("/shortage/no-descriptor/class", test_no_descriptor_class);
  g_test_add_func ("/shortage/no-descriptor/first-event", test_no_descriptor_first_event);
  g_test_add_func ("/shortage/no-descriptor/default", test_no_descriptor_default);
  g_test_add_func ("/shortage/warning-sink", test_warning_sink);
  g_test_add_func ("/shortage/stalled", test_stalled);
  if (g_getenv ("MVXLOG_TEST_LONG"))
    g_test_add_func ("/shortage/one-processor", test_one_processor);
  return g_test_run ();
}
