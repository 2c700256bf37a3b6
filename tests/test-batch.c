/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sinks that override dispatch_batch, as other languages do. */
#include <mvxlog/batch.h>
#include <mvxlog/context.h>

#include "async/async-sink-private.h"
#include "base/diag-private.h"
#include "capture-sink.h"

typedef MvxLogDispatchResult (*BatchFunc) (MvxLogBatch *batch, GError **error);

/* A sink that answers as the test says. */
typedef struct
{
  MvxLogAsyncSink parent;
  BatchFunc func;
  GPtrArray *texts;  /* of what it has delivered; read once it is flushed or terminated */
  MvxLogBatch *kept; /* the last one */
} BatchSink;

typedef MvxLogAsyncSinkClass BatchSinkClass;

static GType batch_sink_get_type (void);
G_DEFINE_TYPE (BatchSink, batch_sink, MVX_LOG_TYPE_ASYNC_SINK)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BatchSink, g_object_unref)

static void
batch_sink_take (BatchSink *self, MvxLogBatch *batch, guint from, guint n)
{
  for (guint i = from; i < n; i++)
    {
      g_autoptr (MvxLogEvent) event = mvx_log_batch_get_event (batch, i);

      g_ptr_array_add (self->texts, mvx_log_event_dup_message (event));
    }
}

static MvxLogDispatchResult
batch_sink_dispatch (MvxLogAsyncSink *sink, MvxLogBatch *batch, GError **error)
{
  BatchSink *self = (BatchSink *) sink;

  g_clear_pointer (&self->kept, mvx_log_batch_unref);
  self->kept = mvx_log_batch_ref (batch);
  if (self->func)
    return self->func (batch, error);
  batch_sink_take (self, batch, 0, mvx_log_batch_get_n_events (batch));
  return MVX_LOG_DISPATCH_OK;
}

static void
batch_sink_finalize (GObject *object)
{
  BatchSink *self = (BatchSink *) object;

  G_OBJECT_CLASS (batch_sink_parent_class)->finalize (object);
  g_clear_pointer (&self->kept, mvx_log_batch_unref);
  g_ptr_array_unref (self->texts);
}

static void
batch_sink_class_init (BatchSinkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = batch_sink_finalize;
  klass->dispatch_batch = batch_sink_dispatch;
}

static void
batch_sink_init (BatchSink *self)
{
  self->texts = g_ptr_array_new_with_free_func (g_free);
}

/* On a context that the test iterates, so that it sees each step. */
static BatchSink *
make (GMainContext *context, BatchFunc func)
{
  static const MvxLogAsyncConfig config = { .name = "batch", .linger_us = 1, .retry_min_us = 1, .drain_timeout_us = 1 };
  BatchSink *sink = g_object_new (batch_sink_get_type (), NULL);

  sink->func = func;
  mvx_log_async_sink_set_config (MVX_LOG_ASYNC_SINK (sink), &config);
  if (context)
    mvx_log_async_sink_set_main_context (MVX_LOG_ASYNC_SINK (sink), context, NULL);
  return sink;
}

static void
log_n (MvxLogContext *context, guint n)
{
  for (guint i = 0; i < n; i++)
    mvx_info (context, "event {n}", "n", i);
}

static void
assert_texts (BatchSink *sink, const char *wanted)
{
  g_autofree char *all = NULL;

  g_ptr_array_add (sink->texts, NULL);
  all = g_strjoinv (", ", (char **) sink->texts->pdata);
  g_ptr_array_remove_index (sink->texts, sink->texts->len - 1);
  g_assert_cmpstr (all, ==, wanted);
}

static void
assert_counters (BatchSink *sink, guint64 delivered, guint64 dropped, guint64 pending)
{
  MvxLogCounters counters;

  mvx_log_sink_get_counters (MVX_LOG_SINK (sink), &counters);
  g_assert_cmpuint (counters.delivered, ==, delivered);
  g_assert_cmpuint (counters.dropped[MVX_LOG_REASON_REJECTED], ==, dropped);
  g_assert_cmpuint (counters.pending, ==, pending);
}

static void
finish (MvxLogContext *context, BatchSink *sink)
{
  g_autoptr (GError) error = NULL;

  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (mvx_log_sink_terminate (MVX_LOG_SINK (sink), -1, &error));
  g_assert_no_error (error);
}

static void
test_worker (void)
{
  g_autoptr (BatchSink) sink = make (NULL, NULL);
  g_autoptr (MvxLogContext) context = capture_context ("batch.worker", sink);

  log_n (context, 3);
  g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, NULL));
  assert_texts (sink, "event 0, event 1, event 2");
  assert_counters (sink, 3, 0, 0);
  finish (context, sink);
}

/* Whoever keeps an answered batch has nothing of it, but the events that were taken out of it. */
static void
test_kept (void)
{
  g_autoptr (GMainContext) own = g_main_context_new ();
  g_autoptr (BatchSink) sink = make (own, NULL);
  g_autoptr (MvxLogContext) context = capture_context ("batch.kept", sink);
  g_autoptr (MvxLogBatch) copy = NULL;
  g_autoptr (GPtrArray) events = NULL;

  log_n (context, 2);
  g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, NULL));
  copy = g_boxed_copy (MVX_LOG_TYPE_BATCH, sink->kept);
  g_assert_true (copy == sink->kept);
  g_assert_cmpuint (mvx_log_batch_get_n_events (copy), ==, 0);
  g_assert_null (mvx_log_batch_get_event (copy, 0));
  events = mvx_log_batch_get_events (copy);
  g_assert_cmpuint (events->len, ==, 0);
  g_assert_false (mvx_log_batch_reject (copy, 0, "late"));
  mvx_log_batch_complete (copy, MVX_LOG_DISPATCH_FAILED, 0, NULL); /* does not count */
  assert_counters (sink, 2, 0, 0);
  finish (context, sink);
}

static guint n_calls;

static MvxLogDispatchResult
retry_behind_first (MvxLogBatch *batch, GError **error)
{
  if (n_calls++ > 0)
    return MVX_LOG_DISPATCH_OK;
  mvx_log_batch_set_n_done (batch, 1);
  mvx_log_batch_set_reason (batch, "out of paper");
  return MVX_LOG_DISPATCH_RETRY;
}

static void
test_retry (void)
{
  g_autoptr (GMainContext) own = g_main_context_new ();
  g_autoptr (BatchSink) sink = make (own, retry_behind_first);
  g_autoptr (MvxLogContext) context = capture_context ("batch.retry", sink);

  n_calls = 0;
  capture_diag_begin ();
  log_n (context, 3);
  g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, NULL));
  capture_assert_diag (0, "Sink 'batch' cannot deliver now and will try again: out of paper");
  capture_diag_end ();
  g_assert_cmpuint (n_calls, ==, 2);
  assert_counters (sink, 3, 0, 0);
  finish (context, sink);
}

static MvxLogDispatchResult
reject_second (MvxLogBatch *batch, GError **error)
{
  if (mvx_log_batch_get_n_events (batch) == 1)
    return MVX_LOG_DISPATCH_OK; /* tells of it */
  g_assert_true (mvx_log_batch_reject (batch, 1, "too odd"));
  g_assert_false (mvx_log_batch_reject (batch, 3, "not there"));
  return MVX_LOG_DISPATCH_OK;
}

static void
test_reject (void)
{
  g_autoptr (GMainContext) own = g_main_context_new ();
  g_autoptr (BatchSink) sink = make (own, reject_second);
  g_autoptr (MvxLogContext) context = capture_context ("batch.reject", sink);

  capture_diag_begin ();
  log_n (context, 3);
  mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, NULL);
  capture_assert_diag (0, "Sink 'unnamed': dropped an event: too odd");
  capture_diag_end ();
  finish (context, sink);
  assert_counters (sink, 2 + 1, 1, 0);
}

static MvxLogDispatchResult
later (MvxLogBatch *batch, GError **error)
{
  return MVX_LOG_DISPATCH_PENDING;
}

static gpointer
complete_elsewhere (gpointer data)
{
  g_autoptr (MvxLogBatch) batch = data;
  g_autoptr (MvxLogEvent) event = mvx_log_batch_get_event (batch, 1);
  g_autofree char *text = mvx_log_event_dup_message (event);

  g_assert_cmpstr (text, ==, "event 1");
  mvx_log_batch_complete (batch, MVX_LOG_DISPATCH_OK, 0, NULL);
  g_assert_cmpuint (mvx_log_batch_get_n_events (batch), ==, 0);
  return NULL;
}

/* A pending batch has its events, whatever becomes of the worker's, until another thread completes it. */
static void
test_pending (void)
{
  g_autoptr (GMainContext) own = g_main_context_new ();
  g_autoptr (BatchSink) sink = make (own, later);
  g_autoptr (MvxLogContext) context = capture_context ("batch.pending", sink);
  GThread *thread;

  log_n (context, 2);
  while (sink->kept == NULL)
    g_main_context_iteration (own, TRUE);
  g_assert_cmpuint (mvx_log_batch_get_n_events (sink->kept), ==, 2);
  assert_counters (sink, 0, 0, 2);
  thread = g_thread_new ("complete", complete_elsewhere, mvx_log_batch_ref (sink->kept));
  g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, NULL));
  g_thread_join (thread);
  assert_counters (sink, 2, 0, 0);
  finish (context, sink);
}

static MvxLogDispatchResult
at_once (MvxLogBatch *batch, GError **error)
{
  mvx_log_batch_complete (batch, MVX_LOG_DISPATCH_OK, 0, NULL);
  return MVX_LOG_DISPATCH_PENDING;
}

static void
test_completed_in_dispatch (void)
{
  g_autoptr (BatchSink) sink = make (NULL, at_once);
  g_autoptr (MvxLogContext) context = capture_context ("batch.at-once", sink);

  log_n (context, 2);
  g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, NULL));
  assert_counters (sink, 2, 0, 0);
  finish (context, sink);
}

/* What was pending when the sink was stopped is lost. Its memory serves the next run; a late answer is not for that. */
static void
test_stale (void)
{
  g_autoptr (GMainContext) own = g_main_context_new ();
  g_autoptr (BatchSink) sink = make (own, later);
  g_autoptr (MvxLogContext) context = capture_context ("batch.stale", sink);
  g_autoptr (MvxLogBatch) stale = NULL;
  g_autoptr (MvxLogOperation) stop = NULL;
  g_autoptr (MvxLogOperation) start = NULL;

  log_n (context, 1);
  while (sink->kept == NULL)
    g_main_context_iteration (own, TRUE);
  stale = g_steal_pointer (&sink->kept);
  stop = mvx_log_async_sink_stop (MVX_LOG_ASYNC_SINK (sink));
  while (!mvx_log_operation_is_done (stop))
    g_main_context_iteration (own, TRUE);
  start = mvx_log_async_sink_start (MVX_LOG_ASYNC_SINK (sink));
  log_n (context, 1);
  while (sink->kept == NULL)
    g_main_context_iteration (own, TRUE);
  capture_diag_begin ();
  mvx_log_batch_complete (stale, MVX_LOG_DISPATCH_OK, 0, NULL);
  while (capture_diag->len == 0)
    g_main_context_iteration (own, TRUE);
  capture_assert_diag (
      0, "Sink 'batch' completed a batch that is not in flight; it completes batches twice or invents them");
  capture_diag_end ();
  assert_counters (sink, 0, 0, 1);
  mvx_log_batch_complete (sink->kept, MVX_LOG_DISPATCH_OK, 0, NULL);
  finish (context, sink);
  assert_counters (sink, 1, 0, 0);
}

/* A class that overrides neither. */
typedef MvxLogAsyncSink IdleSink;
typedef MvxLogAsyncSinkClass IdleSinkClass;

static GType idle_sink_get_type (void);
G_DEFINE_TYPE (IdleSink, idle_sink, MVX_LOG_TYPE_ASYNC_SINK)

static void
idle_sink_class_init (IdleSinkClass *klass)
{
}

static void
idle_sink_init (IdleSink *self)
{
}

static void
test_no_dispatch (void)
{
  g_autoptr (MvxLogAsyncSink) sink = g_object_new (idle_sink_get_type (), NULL);
  g_autoptr (MvxLogContext) context = capture_context ("batch.idle", sink);
  g_autoptr (GError) error = NULL;

  log_n (context, 1);
  g_assert_false (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, NULL));
  error = mvx_log_async_sink_dup_last_error (sink);
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED);
  g_assert_nonnull (strstr (error->message, "IdleSink cannot deliver; let it override dispatch_batch"));
  mvx_log_context_reset_sinks (context, NULL);
  mvx_log_sink_terminate (MVX_LOG_SINK (sink), -1, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/batch/worker", test_worker);
  g_test_add_func ("/batch/kept", test_kept);
  g_test_add_func ("/batch/retry", test_retry);
  g_test_add_func ("/batch/reject", test_reject);
  g_test_add_func ("/batch/pending", test_pending);
  g_test_add_func ("/batch/completed-in-dispatch", test_completed_in_dispatch);
  g_test_add_func ("/batch/stale", test_stale);
  g_test_add_func ("/batch/no-dispatch", test_no_dispatch);
  return g_test_run ();
}
