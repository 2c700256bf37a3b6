/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sinks of every kind side by side, as a program puts them together. */
#include "capture-sink.h"
#include "rig-sink.h"

typedef struct
{
  guint n;
  gboolean fails;
  GThread *thread;
} Taker;

static gboolean
take (const MvxLogEvent *event, gpointer data, GError **error)
{
  Taker *taker = data;

  taker->thread = g_thread_self ();
  if (taker->fails)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no room");
      return FALSE;
    }
  taker->n++;
  return TRUE;
}

static MvxLogContext *
context_with (const char *name, MvxLogSink *first, MvxLogSink *second)
{
  MvxLogContext *context = capture_context (name, first);
  MvxLogSink *sinks[] = { first, second };

  g_assert_true (mvx_log_context_set_sinks (context, sinks, 2, NULL));
  return context;
}

static void
end (MvxLogContext *context, MvxLogSink *sink)
{
  MvxLogCounters c;
  guint64 dropped = 0;
  guint64 refused = 0;

  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (mvx_log_sink_terminate (sink, -1, NULL));
  c = ledger_check_moving (sink);
  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    {
      dropped += c.dropped[i];
      refused += c.refused[i];
    }
  g_assert_cmpuint (c.offered, ==, c.accepted + refused);
  g_assert_cmpuint (c.accepted, ==, c.delivered + c.pending + dropped);
  g_assert_cmpuint (c.pending, ==, 0);
}

/* Each gets each event; complete () is a flush of all. */
static void
test_sync_and_async (void)
{
  Taker taker = { 0 };
  g_autoptr (MvxLogSink) direct = mvx_log_sink_new_function ("direct", take, &taker, NULL, NULL);
  g_autoptr (RigSink) async = rig_sink_new (&(MvxLogAsyncConfig){ .name = "async" });
  g_autoptr (MvxLogContext) context = context_with ("mix.both", direct, MVX_LOG_SINK (async));

  for (guint i = 0; i < 100; i++)
    mvx_info (context, "x");
  g_assert_cmpuint (taker.n, ==, 100);
  g_assert_true (taker.thread == g_thread_self ());
  g_assert_true (mvx_log_flush (-1, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (async), ==, 100);
  g_assert_true (async->thread != g_thread_self ());
  end (context, direct);
  end (context, MVX_LOG_SINK (async));
}

/* One that waits holds up none of the others. */
static void
test_several_async (void)
{
  g_autoptr (RigSink) first = rig_sink_new (&(MvxLogAsyncConfig){ .name = "first" });
  g_autoptr (RigSink) second = rig_sink_new (&(MvxLogAsyncConfig){ .name = "second" });
  g_autoptr (MvxLogContext) context = context_with ("mix.several", MVX_LOG_SINK (first), MVX_LOG_SINK (second));

  rig_sink_gate (first, TRUE);
  for (guint i = 0; i < 100; i++)
    mvx_info (context, "x");
  rig_sink_wait_delivered (second, 100);
  g_assert_cmpuint (rig_sink_n_delivered (first), ==, 0);
  rig_sink_gate (first, FALSE);
  g_assert_true (mvx_log_flush (-1, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (first), ==, 100);
  g_assert_true (first->thread != second->thread);
  end (context, MVX_LOG_SINK (first));
  end (context, MVX_LOG_SINK (second));
}

static void
test_function_with_context (void)
{
  g_autoptr (GMainContext) loop = g_main_context_new ();
  Taker here = { 0 };
  Taker there = { 0 };
  g_autoptr (MvxLogSink) direct = mvx_log_sink_new_function ("direct", take, &here, NULL, NULL);
  g_autoptr (MvxLogSink) posted = mvx_log_sink_new_function ("posted", take, &there, NULL, loop);
  g_autoptr (MvxLogContext) context = context_with ("mix.function", direct, posted);

  mvx_info (context, "x");
  g_assert_cmpuint (here.n, ==, 1);
  g_assert_cmpuint (there.n, ==, 0);
  while (there.n == 0)
    g_main_context_iteration (loop, TRUE);
  g_assert_true (there.thread == g_thread_self ());
  end (context, direct);
  end (context, posted);
}

static void
test_explicit_loop (void)
{
  g_autoptr (GMainContext) loop = g_main_context_new ();
  g_autoptr (RigSink) given = rig_sink_new (&(MvxLogAsyncConfig){ .name = "given" });
  g_autoptr (RigSink) own = rig_sink_new (&(MvxLogAsyncConfig){ .name = "own" });
  g_autoptr (MvxLogContext) context = NULL;

  g_assert_true (mvx_log_async_sink_set_main_context (MVX_LOG_ASYNC_SINK (given), loop, NULL));
  context = context_with ("mix.loop", MVX_LOG_SINK (given), MVX_LOG_SINK (own));
  mvx_info (context, "x");
  rig_sink_wait_delivered (own, 1);
  g_assert_cmpuint (rig_sink_n_delivered (given), ==, 0);
  while (rig_sink_n_delivered (given) == 0)
    g_main_context_iteration (loop, TRUE);
  g_assert_true (given->thread == g_thread_self ());
  end (context, MVX_LOG_SINK (given));
  end (context, MVX_LOG_SINK (own));
}

/* The program hears nothing of an error, the others get the event, and the sink goes on. */
static void
test_catch_on (void)
{
  Taker taker = { .fails = TRUE };
  g_autoptr (CaptureSink) capture = capture_sink_new ();
  g_autoptr (MvxLogSink) sink = mvx_log_sink_new_function ("fn", take, &taker, NULL, NULL);
  g_autoptr (MvxLogContext) context = context_with ("mix.catch", sink, MVX_LOG_SINK (capture));
  MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message_template = "x" };
  g_autoptr (GError) error = NULL;

  capture_diag_begin ();
  mvx_log_function_sink_set_catch (sink, TRUE);
  g_assert_true (mvx_log_context_set_error_policy (context, MVX_LOG_ERROR_POLICY_RAISE, NULL));
  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, &error), ==, MVX_LOG_ACCEPTED);
  g_assert_no_error (error);
  g_assert_cmpuint (capture->events->len, ==, 1);
  taker.fails = FALSE;
  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, &error), ==, MVX_LOG_ACCEPTED);
  g_assert_cmpuint (taker.n, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (capture_diag, 0), ==,
                   "Sink 'fn' dropped an event: no room; further ones are only counted");
  capture_diag_end ();
  end (context, sink);
}

/* The program gets the error, and the others the event. */
static void
test_catch_off (void)
{
  Taker taker = { .fails = TRUE };
  g_autoptr (CaptureSink) capture = capture_sink_new ();
  g_autoptr (MvxLogSink) sink = mvx_log_sink_new_function ("fn", take, &taker, NULL, NULL);
  g_autoptr (MvxLogContext) context = context_with ("mix.throw", sink, MVX_LOG_SINK (capture));
  MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message_template = "x" };
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_context_set_error_policy (context, MVX_LOG_ERROR_POLICY_RAISE, NULL));
  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, &error), ==, MVX_LOG_REFUSED);
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_UNABLE_TO_LOG);
  g_assert_cmpstr (error->message, ==, "Context 'mix.throw' could not hand over an event: no room");
  g_assert_cmpuint (capture->events->len, ==, 1);
  end (context, sink);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sink-mix/sync-and-async", test_sync_and_async);
  g_test_add_func ("/sink-mix/several-async", test_several_async);
  g_test_add_func ("/sink-mix/function-with-context", test_function_with_context);
  g_test_add_func ("/sink-mix/explicit-loop", test_explicit_loop);
  g_test_add_func ("/sink-mix/catch-on", test_catch_on);
  g_test_add_func ("/sink-mix/catch-off", test_catch_off);
  return g_test_run ();
}
