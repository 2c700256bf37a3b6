/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger-check.h"
#include "capture-sink.h"
#include "rig-states.h"

/* What terminating does in each state, and what is left to be called. */
typedef struct
{
  At at;
  guint n_starting;
  guint n_stopped;
  guint n_delivered;
  MvxLogSinkState after;
} Row;

static const Row rows[] = {
  { AT_VIRGIN, 0, 0, 0, MVX_LOG_SINK_STATE_STOPPED },     { AT_STARTING, 1, 1, 0, MVX_LOG_SINK_STATE_STOPPED },
  { AT_RUNNING, 1, 1, 0, MVX_LOG_SINK_STATE_STOPPED },    { AT_STOPPING, 1, 1, 1, MVX_LOG_SINK_STATE_STOPPED },
  { AT_STOPPED, 1, 1, 0, MVX_LOG_SINK_STATE_STOPPED },    { AT_FAILURE, 1, 1, 0, MVX_LOG_SINK_STATE_FAILURE },
  { AT_TERMINATED, 1, 1, 0, MVX_LOG_SINK_STATE_STOPPED },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (RigSink) sink = at_new (row->at);
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_new ("release", at_release_thread, sink);

  g_assert_true (terminate (sink, &error));
  g_assert_no_error (error);
  g_thread_join (thread);
  g_assert_cmpuint (sink->n_starting, ==, row->n_starting);
  g_assert_cmpuint (sink->n_stopped, ==, row->n_stopped);
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, row->n_delivered);
  g_assert_cmpint (state_of (sink), ==, row->after);
  /* Nothing comes back to life. */
  g_assert_false (start (sink, NULL));
  g_assert_false (stop (sink, NULL));
  g_assert_false (rig_sink_log (sink, 1, NULL));
  g_assert_cmpint (state_of (sink), ==, row->after);
  rig_sink_check_ledger (sink);
}

static gpointer
terminate_thread (gpointer sink)
{
  return GINT_TO_POINTER (mvx_log_sink_terminate (sink, -1, NULL));
}

/* Who comes second waits for the first, but not beyond its own deadline. */
static void
test_second (void)
{
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);
  g_autoptr (GError) error = NULL;
  GThread *thread;

  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_entered (sink, 1);
  thread = g_thread_new ("terminate", terminate_thread, sink);
  while (state_of (sink) != MVX_LOG_SINK_STATE_STOPPING)
    g_thread_yield ();
  g_assert_false (mvx_log_sink_terminate (MVX_LOG_SINK (sink), 0, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==, "Sink 'rig' is still being closed by another thread; allow more time");
  rig_sink_gate (sink, FALSE);
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));
  g_assert_true (terminate (sink, NULL));
}

/* Nobody returns before it is done. */
static void
test_many (void)
{
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);
  GThread *threads[8];

  rig_sink_log_n (sink, 0, 100);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("terminate", terminate_thread, sink);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_assert_true (GPOINTER_TO_INT (g_thread_join (threads[i])));
      g_assert_cmpuint (sink->n_stopped, ==, 1);
      g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 100);
    }
}

/* Of two failures the first is told; the second call finds it done. */
static void
test_hook_fails (void)
{
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);
  g_autoptr (GError) error = NULL;

  sink->stopped_error = "tape stuck";
  g_assert_false (terminate (sink, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_ON_STOPPED_FAILED);
  g_assert_cmpstr (error->message, ==, "Sink 'rig' could not be stopped cleanly: tape stuck");
  g_assert_true (terminate (sink, NULL));
  g_assert_cmpuint (sink->n_stopped, ==, 1);
}

static void
refuse_own (gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_sink_terminate (data, -1, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK);
}

/* A refusal is no termination: the next one is the first. */
static void
test_own_thread (void)
{
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);

  sink->in_dispatch = refuse_own;
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_delivered (sink, 1);
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_RUNNING);
  sink->in_stopped = refuse_own;
  g_assert_true (terminate (sink, NULL));
  g_assert_cmpuint (sink->n_stopped, ==, 1);
}

static gpointer
info_thread (gpointer context)
{
  mvx_info ((MvxLogContext *) context, "one too many");
  return NULL;
}

static void
wait_for_producer (RigSink *sink)
{
  while (g_atomic_int_get (&mvx_log_async_sink_get_queue (MVX_LOG_ASYNC_SINK (sink))->n_waiting) == 0)
    g_thread_yield ();
}

/* Its end begins without waiting for whoever waits for space: a sink that is stuck would never have any. */
static void
test_begin_blocked (void)
{
  const MvxLogAsyncConfig full
      = { .name = "rig", .queue_max_size = 1, .overflow = MVX_LOG_OVERFLOW_BLOCK, .block_timeout_us = -1 };
  g_autoptr (RigSink) sink = rig_sink_new (&full);
  g_autoptr (MvxLogContext) context = capture_context ("terminator.blocked", sink);
  MvxLogCounters c;
  GThread *thread;

  rig_sink_gate (sink, TRUE);
  mvx_info (context, "fills it");
  rig_sink_wait_entered (sink, 1);
  thread = g_thread_new ("producer", info_thread, context);
  wait_for_producer (sink);
  mvx_log_context_reset_sinks (context, NULL);
  mvx_log_async_sink_begin_end (MVX_LOG_SINK (sink), -1);
  g_thread_join (thread);
  rig_sink_gate (sink, FALSE);
  g_assert_true (terminate (sink, NULL));
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.delivered, ==, 1);
  g_assert_cmpuint (c.refused[MVX_LOG_REASON_STATE], ==, 1);
  rig_sink_check_ledger (sink);
}

/* Between the begin of the end and the end itself nobody starts it again. */
static void
test_begin_restart (void)
{
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);
  g_autoptr (GError) error = NULL;

  mvx_log_async_sink_begin_end (MVX_LOG_SINK (sink), -1);
  stop (sink, NULL); /* joins, or comes too late */
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_STOPPED);
  g_assert_false (start (sink, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE);
  g_assert_cmpstr (error->message, ==, "Sink 'rig' has been terminated and cannot start again; configure it anew");
  g_assert_true (terminate (sink, NULL));
  g_assert_cmpuint (sink->n_stopped, ==, 1);
}

/* What begins while the sink starts is begun by the sink itself. */
static void
test_begin_starting (void)
{
  g_autoptr (RigSink) sink = at_new (AT_STARTING);

  rig_sink_log_n (sink, 0, 5);
  mvx_log_async_sink_begin_end (MVX_LOG_SINK (sink), -1);
  at_release (sink);
  rig_sink_wait_stopped (sink, 1);
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 5);
  g_assert_true (terminate (sink, NULL));
  g_assert_cmpuint (sink->n_stopped, ==, 1);
  rig_sink_check_ledger (sink);
}

static gboolean
worker_exists (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", name, "comm", NULL);
      g_autofree char *comm = NULL;

      if (g_file_get_contents (path, &comm, NULL, NULL) && g_str_equal (comm, "mvx:rig\n"))
        return TRUE;
    }
  return FALSE;
}

/* The worker has the sink's name, and is gone when terminating returns; for the kernel a moment later. */
static void
test_thread_ends (void)
{
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);

  g_assert_true (worker_exists ());
  g_assert_true (terminate (sink, NULL));
  while (worker_exists ())
    g_thread_yield ();
}

int
main (int argc, char *argv[])
{
  at_init (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/async-sink/terminator/", at_names[rows[i].at], NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  g_test_add_func ("/async-sink/terminator/thread-ends", test_thread_ends);
  g_test_add_func ("/async-sink/terminator/second-caller", test_second);
  g_test_add_func ("/async-sink/terminator/many-callers", test_many);
  g_test_add_func ("/async-sink/terminator/hook-fails", test_hook_fails);
  g_test_add_func ("/async-sink/terminator/own-thread", test_own_thread);
  g_test_add_func ("/async-sink/terminator/begin/blocked", test_begin_blocked);
  g_test_add_func ("/async-sink/terminator/begin/restart", test_begin_restart);
  g_test_add_func ("/async-sink/terminator/begin/starting", test_begin_starting);
  return g_test_run ();
}
