/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Policies that count, on a clock that the tests turn. */
#include "capture-sink.h"
#include "test-size.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock-private.h"
#include "context/compose-private.h"
#include "context/summary-timer-private.h"
#include "context/throttle-table-private.h"

#define TSAN_ENDS_CHILD "ThreadSanitizer allows no threads in a child"

static gint64 now = G_GINT64_CONSTANT (1700000000000000000);

static void
pass_ms (gint64 ms)
{
  now += ms * 1000000;
  mvx_log_clock_set_fake (now);
}

static void
use (MvxLogContext *context, MvxLogEventPolicy *policy)
{
  g_assert_nonnull (policy);
  mvx_log_context_set_event_policy (context, policy, NULL);
  g_object_unref (policy);
}

static void
login (MvxLogContext *context, const char *user)
{
  mvx_info (context, "login of {user}", "user", user);
}

/* One place in the program. */
static void
storm (MvxLogContext *context, gint n)
{
  mvx_warning (context, "storm {n}", "n", n);
}

static void
assert_summary (CaptureSink *sink, guint i, guint64 count, double seconds, const char *like)
{
  const MvxLogEvent *event;
  MvxLogValue value;

  g_assert_cmpuint (sink->events->len, >, i);
  event = g_ptr_array_index (sink->events, i);
  g_assert_cmpstr (mvx_log_event_get_name (event), ==, "suppressed");
  g_assert_true (mvx_log_event_get_field (event, "suppressed", &value));
  g_assert_cmpuint (value.u.uint64, ==, count);
  g_assert_cmpfloat (mvx_log_event_get_double (event, "seconds", -1), ==, seconds);
  g_assert_cmpstr (mvx_log_event_get_string (event, "like"), ==, like);
}

/* The first of an interval go on; the next interval begins with a summary, at the place and the level of what was held
 * back. */
static void
test_rate_limit (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.rate", sink);
  g_autofree char *text = NULL;

  use (context, mvx_log_rate_limit_policy_new (3, G_USEC_PER_SEC, NULL));
  for (gint i = 0; i < 10; i++)
    storm (context, i);
  mvx_info (context, "another place");
  g_assert_cmpuint (sink->events->len, ==, 4);
  pass_ms (999);
  storm (context, 10);
  g_assert_cmpuint (sink->events->len, ==, 4);
  pass_ms (1);
  storm (context, 11);
  g_assert_cmpuint (sink->events->len, ==, 6);
  assert_summary (sink, 4, 8, 1.0, "storm {n}");
  g_assert_cmpint (mvx_log_event_get_level (sink->events->pdata[4]), ==, MVX_LOG_LEVEL_WARNING);
  g_assert_cmpstr (mvx_log_event_get_context (sink->events->pdata[4]), ==, "throttle.rate");
  g_assert_cmpstr (mvx_log_event_get_function (sink->events->pdata[4]), ==, "storm");
  text = mvx_log_event_dup_message (sink->events->pdata[4]);
  g_assert_cmpstr (text, ==, "suppressed 8 events like: storm {n}");
  g_assert_cmpint (mvx_log_event_get_int64 (sink->events->pdata[5], "n", -1), ==, 11);
}

/* On the way that asynchronous sinks take, too; what was held back before the program went quiet comes with a flush. */
static void
test_quiet (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.quiet", sink);

  use (context, mvx_log_rate_limit_policy_new (1, G_USEC_PER_SEC, NULL));
  for (gint i = 0; i < 5; i++)
    storm (context, i);
  pass_ms (10);
  mvx_log_submit_summaries (-1);
  g_assert_cmpuint (sink->events->len, ==, 2);
  assert_summary (sink, 1, 4, 0.01, "storm {n}");
  mvx_log_submit_summaries (-1);
  g_assert_cmpuint (sink->events->len, ==, 2);
  /* The interval goes on. */
  storm (context, 5);
  g_assert_cmpuint (sink->events->len, ==, 2);
  mvx_log_submit_summaries (-1);
  assert_summary (sink, 2, 1, 0.01, "storm {n}");
}

/* Nor is it lost with its policy. */
static void
test_replaced (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.replaced", sink);

  use (context, mvx_log_rate_limit_policy_new (1, G_USEC_PER_SEC, NULL));
  for (gint i = 0; i < 5; i++)
    storm (context, i);
  mvx_log_context_reset_event_policy (context, NULL);
  capture_wait (sink, 2);
  assert_summary (sink, 1, 4, 0.0, "storm {n}");
  mvx_log_summary_timer_join ();
}

/* Named events and those that were put together by hand take the other way. */
static void
test_rate_limit_other_ways (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.ways", sink);
  MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .name = "by-hand", .message_template = "x" };

  use (context, mvx_log_rate_limit_policy_new (2, G_USEC_PER_SEC, NULL));
  for (gint i = 0; i < 4; i++)
    mvx_event (context, MVX_LOG_LEVEL_INFO, "named", "named {n}", "n", i);
  g_assert_cmpuint (sink->events->len, ==, 2);
  for (gint i = 0; i < 4; i++)
    g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, NULL), ==,
                     i < 2 ? MVX_LOG_ACCEPTED : MVX_LOG_FILTERED);
  init.name = "another";
  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, NULL), ==, MVX_LOG_ACCEPTED);
  g_assert_cmpuint (sink->events->len, ==, 5);
  mvx_log_submit_summaries (-1);
  g_assert_cmpuint (sink->events->len, ==, 7);
  assert_summary (sink, 5, 2, 0.0, "named {n}");
  assert_summary (sink, 6, 2, 0.0, "by-hand");
}

static void
test_field_limit (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.field", sink);

  use (context, mvx_log_field_limit_policy_new ("user", 2, G_USEC_PER_SEC, NULL));
  for (guint i = 0; i < 5; i++)
    {
      login (context, "mallory");
      mvx_info (context, "no such field");
    }
  login (context, "alice");
  mvx_info (context, "logout of {user}", "user", "mallory");
  g_assert_cmpuint (sink->events->len, ==, 8);
  pass_ms (1000);
  login (context, "alice");
  login (context, "bob");
  g_assert_cmpuint (sink->events->len, ==, 11);
  assert_summary (sink, 9, 4, 1.0, "login of mallory");
}

/* The same words only. */
static void
test_repeat (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.repeat", sink);

  use (context, mvx_log_repeat_policy_new (30 * G_USEC_PER_SEC, NULL));
  for (guint i = 0; i < 3; i++)
    {
      login (context, "alice");
      login (context, "bob");
      pass_ms (1000);
    }
  g_assert_cmpuint (sink->events->len, ==, 2);
  mvx_log_submit_summaries (-1);
  g_assert_cmpuint (sink->events->len, ==, 4);
  assert_summary (sink, 2, 2, 3.0, "login of alice");
  assert_summary (sink, 3, 2, 3.0, "login of bob");
  pass_ms (27000);
  login (context, "alice");
  login (context, "alice");
  g_assert_cmpuint (sink->events->len, ==, 5);
}

static void
test_sampling (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.sample", sink);
  GString *seen = g_string_new (NULL);

  use (context, mvx_log_sampling_policy_new (3, 5, 0, NULL));
  for (gint i = 1; i <= 20; i++)
    {
      storm (context, i);
      pass_ms (100000);
    }
  for (guint i = 0; i < sink->events->len; i++)
    g_string_append_printf (seen, " %d", (int) mvx_log_event_get_int64 (sink->events->pdata[i], "n", -1));
  g_assert_cmpstr (seen->str, ==, " 1 2 3 8 13 18");
  mvx_log_submit_summaries (-1);
  g_assert_cmpuint (sink->events->len, ==, 6);
  g_string_free (seen, TRUE);
}

/* None after the first, and anew in each interval. */
static void
test_sampling_interval (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.sample.interval", sink);

  use (context, mvx_log_sampling_policy_new (2, 0, G_USEC_PER_SEC, NULL));
  for (gint i = 0; i < 20; i++)
    storm (context, i);
  g_assert_cmpuint (sink->events->len, ==, 2);
  pass_ms (1000);
  for (gint i = 0; i < 20; i++)
    storm (context, i);
  g_assert_cmpuint (sink->events->len, ==, 4);
}

/* All must agree; what one denies the next does not count. */
static void
test_chain (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.chain", sink);
  const char *const names[] = { "noise", NULL };
  MvxLogPatternRule rule = { .allow = FALSE, .names = names };
  g_autoptr (MvxLogEventPolicy) pattern = mvx_log_pattern_policy_new (TRUE, &rule, 1, NULL);
  g_autoptr (MvxLogEventPolicy) repeat = mvx_log_repeat_policy_new (G_USEC_PER_SEC, NULL);
  MvxLogEventPolicy *both[] = { pattern, repeat };

  use (context, mvx_log_policy_chain_new (both, 2));
  for (gint i = 0; i < 3; i++)
    {
      mvx_event (context, MVX_LOG_LEVEL_INFO, "noise", "noise");
      mvx_event (context, MVX_LOG_LEVEL_INFO, "signal", "signal");
    }
  g_assert_cmpuint (sink->events->len, ==, 1);
  mvx_log_submit_summaries (-1);
  g_assert_cmpuint (sink->events->len, ==, 2);
  assert_summary (sink, 1, 2, 0.0, "signal");
}

/* Of too many values the oldest is forgotten, and what it held back is said. */
static void
test_bounded (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.bounded", sink);

  use (context, mvx_log_field_limit_policy_new ("user", 1, G_USEC_PER_SEC, NULL));
  login (context, "first");
  login (context, "first");
  for (guint i = 1; i < MVX_LOG_THROTTLE_TABLE_MAX; i++)
    mvx_info (context, "filler", "user", i);
  login (context, "first");
  g_assert_cmpuint (sink->events->len, ==, MVX_LOG_THROTTLE_TABLE_MAX);
  login (context, "one more");
  login (context, "first");
  mvx_log_submit_summaries (-1);
  assert_summary (sink, MVX_LOG_THROTTLE_TABLE_MAX + 1, 2, 0.0, "login of first");
}

/* The window ends and nobody says anything more: the summary comes all the same, and the thread that brought it goes.
 */
static void
test_timer (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.timer", sink);

  mvx_log_submit_summaries (-1); /* of other tests */
  use (context, mvx_log_rate_limit_policy_new (1, G_USEC_PER_SEC, NULL));
  for (gint i = 0; i < 5; i++)
    storm (context, i);
  pass_ms (999);
  mvx_log_summary_timer_wake ();
  mvx_log_summary_timer_settle (-1);
  g_assert_cmpuint (sink->events->len, ==, 1);
  pass_ms (1);
  mvx_log_summary_timer_wake ();
  mvx_log_summary_timer_join ();
  g_assert_cmpuint (sink->events->len, ==, 2);
  assert_summary (sink, 1, 4, 1.0, "storm {n}");
}

/* The earliest of several windows counts, of whatever policy; each is told when its own is over. */
static void
test_timer_order (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) late = capture_context ("throttle.late", sink);
  g_autoptr (MvxLogContext) early = capture_context ("throttle.early", sink);

  mvx_log_submit_summaries (-1); /* of other tests */
  use (late, mvx_log_repeat_policy_new (60 * G_USEC_PER_SEC, NULL));
  use (early, mvx_log_field_limit_policy_new ("user", 1, G_USEC_PER_SEC, NULL));
  for (guint i = 0; i < 3; i++)
    {
      login (late, "alice");
      login (early, "bob");
    }
  pass_ms (1000);
  mvx_log_summary_timer_wake ();
  capture_wait (sink, 3);
  assert_summary (sink, 2, 2, 1.0, "login of bob");
  pass_ms (59000);
  mvx_log_summary_timer_wake ();
  mvx_log_summary_timer_join ();
  g_assert_cmpuint (sink->events->len, ==, 4);
  assert_summary (sink, 3, 2, 60.0, "login of alice");
}

/* A flush tells what there is, and nothing is left to wait for. */
static void
test_timer_ends (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.timer.ends", sink);

  use (context, mvx_log_repeat_policy_new (3600 * (gint64) G_USEC_PER_SEC, NULL));
  login (context, "alice");
  login (context, "alice");
  mvx_log_submit_summaries (-1);
  mvx_log_summary_timer_join ();
  g_assert_cmpuint (sink->events->len, ==, 2);
}

typedef struct
{
  GMutex mutex;
  GCond cond;
  gboolean entered;
  gboolean open;
} Gate;

static void
gate_set (Gate *gate, gboolean *what)
{
  g_mutex_lock (&gate->mutex);
  *what = TRUE;
  g_cond_broadcast (&gate->cond);
  g_mutex_unlock (&gate->mutex);
}

static void
gate_await (Gate *gate, const gboolean *what)
{
  g_mutex_lock (&gate->mutex);
  while (!*what)
    g_cond_wait (&gate->cond, &gate->mutex);
  g_mutex_unlock (&gate->mutex);
}

static void
gate_pass (gpointer data)
{
  Gate *gate = data;

  gate_set (gate, &gate->entered);
  gate_await (gate, &gate->open);
}

static gpointer
gate_open (gpointer data)
{
  Gate *gate = data;

  gate_set (gate, &gate->open);
  return NULL;
}

/* A flush waits for the summary that the thread is logging just now, but not longer than it was told. */
static void
test_timer_flush (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.timer.flush", sink);
  Gate gate = { 0 };
  GThread *thread;

  use (context, mvx_log_rate_limit_policy_new (1, G_USEC_PER_SEC, NULL));
  storm (context, 1);
  storm (context, 2);
  sink->on_log_data = &gate;
  sink->on_log = gate_pass;
  pass_ms (1000);
  mvx_log_summary_timer_wake ();
  gate_await (&gate, &gate.entered);
  mvx_log_submit_summaries (g_get_monotonic_time ());
  g_assert_cmpuint (capture_count (sink), ==, 1);
  thread = g_thread_new ("gate", gate_open, &gate);
  mvx_log_submit_summaries (-1);
  g_assert_cmpuint (capture_count (sink), ==, 2);
  g_thread_join (thread);
}

/* The thread is not in a child, nor is what its parent has held back; one that holds something back itself gets a
 * thread of its own. */
static void
test_timer_fork (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.timer.fork", sink);
  gint status = -1;
  pid_t child;

#ifdef __SANITIZE_THREAD__
  g_test_skip (TSAN_ENDS_CHILD);
  return;
#endif
  use (context, mvx_log_rate_limit_policy_new (1, G_USEC_PER_SEC, NULL));
  storm (context, 1);
  storm (context, 2);
  child = fork ();
  if (child == 0)
    {
      CaptureSink *own = capture_sink_new ();

      mvx_log_context_set_sinks (context, (MvxLogSink **) &own, 1, NULL);
      pass_ms (1000);
      storm (context, 3);
      storm (context, 4);
      pass_ms (1000);
      mvx_log_summary_timer_wake ();
      capture_wait (own, 2);
      _exit (capture_count (own) == 2 ? 0 : 1);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpuint (capture_count (sink), ==, 1);
}

typedef struct
{
  MvxLogContext *context;
  gint over; /* atomic */
} Storm;

static gpointer
storm_thread (gpointer data)
{
  Storm *it = data;

  for (gint i = 0; !g_atomic_int_get (&it->over); i += 2)
    {
      storm (it->context, i);
      storm (it->context, i + 1);
      pass_ms (1000);
    }
  return NULL;
}

static G_GNUC_NORETURN void
storm_child (MvxLogContext *context)
{
  CaptureSink *own;

  alarm (10); /* a lock of GLib's own may be the other thread's */
  own = capture_sink_new ();
  mvx_log_context_set_sinks (context, (MvxLogSink **) &own, 1, NULL);
  pass_ms (10000);
  storm (context, 1);
  storm (context, 2);
  mvx_log_submit_summaries (-1);
  _exit (capture_count (own) == 2 ? 0 : 1);
}

/* A child tells what it holds back also where a thread that it does not have was just counting or telling. */
static void
test_fork_storm (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.fork.storm", sink);
  Storm it = { context, 0 };
  const guint n_forks = test_size (200, 20);
  GThread *thread;

#ifdef __SANITIZE_THREAD__
  g_test_skip (TSAN_ENDS_CHILD);
  return;
#endif
  use (context, mvx_log_rate_limit_policy_new (1, G_USEC_PER_SEC, NULL));
  thread = g_thread_new ("storm", storm_thread, &it);
  for (guint i = 0; i < n_forks; i++)
    {
      gint status = -1;
      pid_t child = fork ();

      if (child == 0)
        storm_child (context);
      g_assert_cmpint (waitpid (child, &status, 0), ==, child);
      g_assert_true (status == 0 || (WIFSIGNALED (status) && WTERMSIG (status) == SIGALRM));
    }
  g_atomic_int_set (&it.over, 1);
  g_thread_join (thread);
}

/* By a clock that nobody turns. */
static void
test_timer_real (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.timer.real", sink);
  guint before;

  mvx_log_submit_summaries (-1); /* of other tests, by their clock */
  mvx_log_summary_timer_join ();
  mvx_log_clock_end_fake ();
  use (context, mvx_log_rate_limit_policy_new (1, 1000, NULL));
  do
    {
      before = capture_count (sink);
      storm (context, 1);
      storm (context, 2);
    }
  while (capture_count (sink) != before + 1); /* until the second was held back */
  mvx_log_summary_timer_join ();
  g_assert_cmpstr (mvx_log_event_get_name (capture_last (sink)), ==, "suppressed");
  pass_ms (0);
}

typedef struct
{
  MvxLogContext *context;
  gint n;
} Crowd;

static gpointer
crowd (gpointer data)
{
  Crowd *self = data;

  for (gint i = 0; i < self->n; i++)
    storm (self->context, i);
  return NULL;
}

/* Exactly as many as allowed, and not one lost in the count, whatever the threads do to each other. */
static void
test_threads (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("throttle.threads", sink);
  Crowd data = { context, 5000 };
  GThread *threads[4];
  guint64 held = 0;
  guint n = 0;

  use (context, mvx_log_rate_limit_policy_new (7, G_USEC_PER_SEC, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("crowd", crowd, &data);
  for (guint i = 0; i < 50; i++)
    mvx_log_submit_summaries (-1);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  mvx_log_submit_summaries (-1);
  for (guint i = 0; i < sink->events->len; i++)
    {
      MvxLogValue value;

      if (!mvx_log_event_get_field (sink->events->pdata[i], "suppressed", &value))
        n++;
      else
        held += value.u.uint64;
    }
  g_assert_cmpuint (n, ==, 7);
  g_assert_cmpuint (held, ==, 4 * 5000 - 7);
}

#define assert_refused(call, text)                                                                                     \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autoptr (GError) error = NULL;                                                                                   \
                                                                                                                       \
    g_assert_null (call);                                                                                              \
    g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT);                                             \
    g_assert_cmpstr (error->message, ==, text);                                                                        \
  }                                                                                                                    \
  G_STMT_END

static void
test_checked (void)
{
  assert_refused (mvx_log_rate_limit_policy_new (0, 1000, &error),
                  "A limit of 0 events in 1000 microseconds cannot be kept; use 1 to 2097151 events in at least 1000 "
                  "microseconds");
  assert_refused (mvx_log_repeat_policy_new (999, &error),
                  "A limit of 1 events in 999 microseconds cannot be kept; use 1 to 2097151 events in at least 1000 "
                  "microseconds");
  assert_refused (mvx_log_field_limit_policy_new ("", 1, 1000, &error), "A limit by field needs the key of a field");
  assert_refused (mvx_log_sampling_policy_new (1, 9000000, 0, &error),
                  "A sample of the first 1 and every 9000000 in 0 microseconds cannot be taken; use up to 2097151, and "
                  "at least 1000 microseconds or 0 for no end");
  assert_refused (mvx_log_sampling_policy_new (1, 1, 1, &error),
                  "A sample of the first 1 and every 1 in 1 microseconds cannot be taken; use up to 2097151, and at "
                  "least 1000 microseconds or 0 for no end");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  mvx_log_clock_init (MVX_LOG_CLOCK_FAKE);
  pass_ms (0);
  g_test_add_func ("/throttle/rate-limit", test_rate_limit);
  g_test_add_func ("/throttle/rate-limit/other-ways", test_rate_limit_other_ways);
  g_test_add_func ("/throttle/quiet", test_quiet);
  g_test_add_func ("/throttle/replaced", test_replaced);
  g_test_add_func ("/throttle/timer", test_timer);
  g_test_add_func ("/throttle/timer/order", test_timer_order);
  g_test_add_func ("/throttle/timer/ends", test_timer_ends);
  g_test_add_func ("/throttle/timer/flush", test_timer_flush);
  g_test_add_func ("/throttle/timer/fork", test_timer_fork);
  g_test_add_func ("/throttle/fork/storm", test_fork_storm);
  g_test_add_func ("/throttle/timer/real", test_timer_real);
  g_test_add_func ("/throttle/field-limit", test_field_limit);
  g_test_add_func ("/throttle/repeat", test_repeat);
  g_test_add_func ("/throttle/sampling", test_sampling);
  g_test_add_func ("/throttle/sampling/interval", test_sampling_interval);
  g_test_add_func ("/throttle/chain", test_chain);
  g_test_add_func ("/throttle/bounded", test_bounded);
  g_test_add_func ("/throttle/threads", test_threads);
  g_test_add_func ("/throttle/checked", test_checked);
  return g_test_run ();
}
