/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a flush says of a sink that fails. */
#include "rig-states.h"

/* A flush is told of the loss, with the failure as cause, whenever it begins. */
typedef enum
{
  FLUSH_BEFORE, /* the failure */
  FLUSH_DURING, /* its hook: what is lost is not counted yet */
  FLUSH_AFTER,
  FLUSH_TERMINATED,
  N_FLUSH
} FlushAt;

static MvxLogFlush *late_flush;

static gpointer
begin_flush_thread (gpointer sink)
{
  g_assert_true (mvx_log_async_sink_begin_flush (sink, -1, &late_flush, NULL));
  return NULL;
}

static void
begin_flush_elsewhere (gpointer sink)
{
  g_thread_join (g_thread_new ("flush", begin_flush_thread, sink));
}

static void
assert_told (RigSink *sink, gboolean ok, const GError *error)
{
  g_assert_false (ok);
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED);
  g_assert_cmpstr (error->message, ==,
                   "Sink 'rig' has not delivered everything: 0 events are still waiting, 3 were lost: "
                   "Sink 'rig' failed for good: disk is gone");
  g_assert_error (mvx_log_error_get_cause (error), MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED);
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_FAILURE);
  rig_sink_check_ledger (sink);
}

static void
test_flush_failure (gconstpointer data)
{
  static const RigReply gone = { MVX_LOG_DISPATCH_FAILED, 0, "disk is gone" };
  FlushAt at = (FlushAt) GPOINTER_TO_INT (data);
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);
  MvxLogAsyncSink *async = MVX_LOG_ASYNC_SINK (sink);
  g_autoptr (GError) error = NULL;
  gboolean ok;

  late_flush = NULL;
  sink->in_stopped = at == FLUSH_DURING ? begin_flush_elsewhere : NULL;
  rig_sink_reply (sink, &gone);
  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 3);
  if (at == FLUSH_BEFORE)
    g_assert_true (mvx_log_async_sink_begin_flush (async, -1, &late_flush, NULL));
  rig_sink_gate (sink, FALSE);
  rig_sink_wait_stopped (sink, 1);
  if (at == FLUSH_TERMINATED)
    g_assert_true (terminate (sink, NULL));
  ok = late_flush ? mvx_log_async_sink_end_flush (async, late_flush, -1, &error) : flush (sink, &error);
  assert_told (sink, ok, error);
  g_clear_error (&error);
  ok = flush (sink, &error);
  assert_told (sink, ok, error);
}

/* Nothing is lost: it says that it has failed, in the hook as afterwards. */
static void
test_flush_failed_start (void)
{
  g_autoptr (RigSink) sink = at_new (AT_VIRGIN);
  MvxLogAsyncSink *async = MVX_LOG_ASYNC_SINK (sink);
  g_autoptr (GError) during = NULL;
  g_autoptr (GError) after = NULL;

  late_flush = NULL;
  sink->starting_error = "no such server";
  sink->in_stopped = begin_flush_elsewhere;
  g_assert_false (start (sink, NULL));
  g_assert_false (mvx_log_async_sink_end_flush (async, late_flush, -1, &during));
  g_assert_false (flush (sink, &after));
  g_assert_error (during, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE);
  g_assert_cmpstr (during->message, ==,
                   "Sink 'rig' is FAILURE and cannot deliver events; that needs RUNNING: "
                   "Sink 'rig' could not be started: no such server");
  g_assert_cmpstr (after->message, ==, during->message);
}

/* What was delivered before is not lost by a failure that comes later. */
static void
test_flush_then_failure (void)
{
  static const RigReply gone = { MVX_LOG_DISPATCH_FAILED, 0, "disk is gone" };
  static const RigReply ok = { MVX_LOG_DISPATCH_OK, -1, NULL };
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);
  MvxLogAsyncSink *async = MVX_LOG_ASYNC_SINK (sink);
  MvxLogFlush *before;

  rig_sink_reply (sink, &ok);
  rig_sink_reply (sink, &gone);
  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_entered (sink, 1);
  g_assert_true (mvx_log_async_sink_begin_flush (async, -1, &before, NULL));
  rig_sink_log_n (sink, 1, 3);
  rig_sink_gate (sink, FALSE);
  g_assert_true (mvx_log_async_sink_end_flush (async, before, -1, NULL));
  rig_sink_wait_stopped (sink, 1);
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_FAILURE);
  rig_sink_check_ledger (sink);
}

int
main (int argc, char *argv[])
{
  static const char *const paths[N_FLUSH]
      = { "/flush-failure/before", "/flush-failure/during", "/flush-failure/after", "/flush-failure/terminated" };

  at_init (&argc, &argv);
  for (gint i = 0; i < N_FLUSH; i++)
    g_test_add_data_func (paths[i], GINT_TO_POINTER (i), test_flush_failure);
  g_test_add_func ("/flush-failure/failed-start", test_flush_failed_start);
  g_test_add_func ("/flush-failure/later", test_flush_then_failure);
  return g_test_run ();
}
