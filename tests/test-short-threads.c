/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* 100,000 threads log once each and end: everything arrives, and nothing of them stays. */
#include <malloc.h>
#include <string.h>

#include "capture-sink.h"
#include "rig-sink.h"
#include "test-size.h"

#define AT_ONCE 8
#define WARM_UP 5000
/* One byte a thread would be 100 kB. The allocator itself keeps more or less, as the load of the moment was. */
#define SLACK_HEAP_KB 200
#define SLACK_RSS_KB 8192

typedef struct
{
  guint64 rss_kb;
  guint64 heap_kb; /* what malloc has handed out */
  guint64 threads;
  guint64 descriptors;
} Usage;

/* From a line "Name:   12 kB". */
static guint64
status_number (const char *status, const char *name)
{
  const char *line = strstr (status, name);

  g_assert_nonnull (line);
  return g_ascii_strtoull (line + strlen (name), NULL, 10);
}

/* pthread_join() returns a moment before the kernel counts the thread no more. Ends once there are no more than @most.
 */
static void
await_threads (guint64 most)
{
  for (guint64 now = G_MAXUINT64; now > most; g_thread_yield ())
    {
      g_autofree char *status = NULL;

      g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
      now = status_number (status, "Threads:\t");
    }
}

static Usage
usage_now (void)
{
  g_autofree char *status = NULL;
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  Usage usage = { 0 };

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  usage.heap_kb = mallinfo2 ().uordblks / 1024;
  usage.rss_kb = status_number (status, "VmRSS:\t");
  usage.threads = status_number (status, "Threads:\t");
  while (g_dir_read_name (dir))
    usage.descriptors++;
  return usage;
}

static void
usage_print (const char *when, const Usage *usage)
{
  g_test_message ("%s: %" G_GUINT64_FORMAT " kB of heap, %" G_GUINT64_FORMAT " kB resident, %" G_GUINT64_FORMAT
                  " threads, %" G_GUINT64_FORMAT " descriptors",
                  when, usage->heap_kb, usage->rss_kb, usage->threads, usage->descriptors);
}

typedef struct
{
  MvxLogContext *context;
  guint number;
} Job;

static gpointer
log_once (gpointer data)
{
  const Job *job = data;

  mvx_info (job->context, "thread {n} was here", "n", job->number);
  return NULL;
}

/* From @first on, a few at a time. */
static void
run_threads (MvxLogContext *context, guint first, guint n)
{
  for (guint i = 0; i < n; i += AT_ONCE)
    {
      Job jobs[AT_ONCE];
      GThread *threads[AT_ONCE];

      for (guint j = 0; j < AT_ONCE; j++)
        {
          jobs[j] = (Job){ context, first + i + j };
          threads[j] = g_thread_new ("short", log_once, &jobs[j]);
        }
      for (guint j = 0; j < AT_ONCE; j++)
        g_thread_join (threads[j]);
    }
}

/* Counts events by their number. */
typedef struct
{
  MvxLogAsyncSink parent;
  guint8 *seen;
  guint n_seen;
} CountSink;

typedef MvxLogAsyncSinkClass CountSinkClass;

static GType count_sink_get_type (void);
G_DEFINE_TYPE (CountSink, count_sink, MVX_LOG_TYPE_ASYNC_SINK)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CountSink, g_object_unref)

static MvxLogDispatchResult
count_sink_dispatch (MvxLogAsyncSink *sink, MvxLogEvent *const *events, guint n, guint *n_done, GError **error)
{
  CountSink *self = (CountSink *) sink;

  for (guint i = 0; i < n; i++)
    {
      MvxLogFieldIter iter;
      const char *key;
      MvxLogValue value;

      mvx_log_field_iter_init (&iter, events[i]);
      g_assert_true (mvx_log_field_iter_next (&iter, &key, &value));
      g_assert_cmpuint (value.u.uint64, <, self->n_seen);
      self->seen[value.u.uint64]++;
    }
  *n_done = n;
  return MVX_LOG_DISPATCH_OK;
}

static void
count_sink_finalize (GObject *object)
{
  CountSink *self = (CountSink *) object;

  G_OBJECT_CLASS (count_sink_parent_class)->finalize (object);
  g_free (self->seen);
}

static void
count_sink_class_init (CountSinkClass *klass)
{
  klass->dispatch = count_sink_dispatch;
  G_OBJECT_CLASS (klass)->finalize = count_sink_finalize;
}

static void
count_sink_init (CountSink *self)
{
}

static void
test_threads (void)
{
  const MvxLogAsyncConfig config = { .name = "short", .overflow = MVX_LOG_OVERFLOW_BLOCK, .block_timeout_us = -1 };
  const guint warm_up = test_size (WARM_UP, 200);
  const guint n = test_size (100000, 2000);
  g_autoptr (CountSink) sink = g_object_new (count_sink_get_type (), NULL);
  g_autoptr (MvxLogContext) context = NULL;
  MvxLogCounters c = { 0 };
  Usage before;
  Usage after;

  sink->n_seen = warm_up + n;
  sink->seen = g_malloc0 (sink->n_seen);
  mvx_log_async_sink_set_config (MVX_LOG_ASYNC_SINK (sink), &config);
  context = capture_context ("short", sink);
  run_threads (context, 0, warm_up);
  g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, NULL));
  before = usage_now ();
  run_threads (context, warm_up, n);
  g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, NULL));
  await_threads (before.threads);
  after = usage_now ();

  for (guint i = 0; i < sink->n_seen; i++)
    g_assert_cmpuint (sink->seen[i], ==, 1);
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.accepted, ==, warm_up + n);
  g_assert_cmpuint (c.delivered, ==, warm_up + n);
  usage_print ("before", &before);
  usage_print ("after", &after);
  g_assert_cmpuint (after.descriptors, ==, before.descriptors);
  if (!test_size_is_slow ())
    {
      g_assert_cmpuint (after.heap_kb, <, before.heap_kb + SLACK_HEAP_KB);
      g_assert_cmpuint (after.rss_kb, <, before.rss_kb + SLACK_RSS_KB);
    }
  mvx_log_tree_reset ();
  g_assert_true (mvx_log_sink_terminate (MVX_LOG_SINK (sink), -1, NULL));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/short-threads", test_threads);
  return g_test_run ();
}
