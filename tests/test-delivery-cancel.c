/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Flush and shutdown of programs with a main loop, which may change their mind: there is one answer, whenever that is.
 */
#include "capture-sink.h"
#include "rig-sink.h"

#include "context/tree-internal.h"

typedef struct
{
  GMainContext *context; /* of the thread */
  GCancellable *cancellable;
  RigSink *sink; /* of the context "delivery.cancel" */
  MvxLogContext *log;
  GAsyncResult *result;
  guint n_answers;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  const MvxLogAsyncConfig config = { .name = "slow" };

  fixture->context = g_main_context_new ();
  g_main_context_push_thread_default (fixture->context);
  fixture->cancellable = g_cancellable_new ();
  fixture->sink = rig_sink_new (&config);
  fixture->log = capture_context ("delivery.cancel", fixture->sink);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  mvx_log_context_reset_sinks (fixture->log, NULL);
  g_assert_true (terminate (fixture->sink, NULL));
  rig_sink_check_ledger (fixture->sink);
  g_clear_object (&fixture->result);
  g_object_unref (fixture->cancellable);
  g_object_unref (fixture->sink);
  mvx_log_context_unref (fixture->log);
  g_main_context_pop_thread_default (fixture->context);
  g_main_context_unref (fixture->context);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *fixture = data;

  fixture->n_answers++;
  g_set_object (&fixture->result, result);
}

static void
wait_for_answer (Fixture *fixture)
{
  while (fixture->n_answers == 0)
    g_main_context_iteration (fixture->context, TRUE);
}

/* Until there is something to be done in it, which is not done yet. */
static void
wait_until_ready (GMainContext *context)
{
  GPollFD fds[8];
  gint priority;
  gint timeout;
  gint n;

  do
    {
      g_main_context_prepare (context, &priority);
      n = g_main_context_query (context, priority, &timeout, fds, G_N_ELEMENTS (fds));
      g_assert_cmpint (n, <=, G_N_ELEMENTS (fds));
      g_poll (fds, (guint) n, timeout);
    }
  while (!g_main_context_check (context, priority, fds, n));
}

static void
finish_iterations (Fixture *fixture)
{
  while (g_main_context_iteration (fixture->context, FALSE))
    continue;
}

static void
assert_cancelled_flush (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (fixture->n_answers, ==, 1);
  g_assert_false (mvx_log_flush_finish (fixture->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (error->message, ==, "Operation was cancelled");
}

/* While it waits: the answer comes at once, and what the flush finds out later is nobody's business. */
static void
test_waiting (Fixture *fixture, gconstpointer data)
{
  rig_sink_gate (fixture->sink, TRUE);
  mvx_info (fixture->log, "one");
  rig_sink_wait_entered (fixture->sink, 1);
  mvx_log_flush_async (-1, fixture->cancellable, keep_result, fixture);
  g_cancellable_cancel (fixture->cancellable);
  wait_for_answer (fixture);
  assert_cancelled_flush (fixture);
  rig_sink_gate (fixture->sink, FALSE);
  /* That which it finds out comes as a source of the context, too. */
  g_assert_true (g_main_context_acquire (fixture->context));
  wait_until_ready (fixture->context);
  g_main_context_dispatch (fixture->context);
  g_main_context_release (fixture->context);
  finish_iterations (fixture);
  g_assert_cmpuint (fixture->n_answers, ==, 1);
}

/* Before anything. */
static void
test_before (Fixture *fixture, gconstpointer data)
{
  g_cancellable_cancel (fixture->cancellable);
  mvx_log_flush_async (-1, fixture->cancellable, keep_result, fixture);
  wait_for_answer (fixture);
  assert_cancelled_flush (fixture);
}

/* Between the moment when the main loop has found the answer and that in which it hands it over: by whatever else is
 * called then. */
static void
test_late (Fixture *fixture, gconstpointer data)
{
  mvx_log_flush_async (-1, fixture->cancellable, keep_result, fixture);
  g_assert_true (g_main_context_acquire (fixture->context));
  wait_until_ready (fixture->context);
  g_cancellable_cancel (fixture->cancellable);
  g_main_context_dispatch (fixture->context);
  g_main_context_release (fixture->context);
  finish_iterations (fixture);
  assert_cancelled_flush (fixture);
}

/* What is cancelled after the answer has been given changes nothing. */
static void
test_after (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  mvx_info (fixture->log, "one");
  mvx_log_flush_async (-1, fixture->cancellable, keep_result, fixture);
  wait_for_answer (fixture);
  g_assert_true (mvx_log_flush_finish (fixture->result, &error));
  g_assert_no_error (error);
  g_cancellable_cancel (fixture->cancellable);
  finish_iterations (fixture);
  g_assert_cmpuint (fixture->n_answers, ==, 1);
  g_assert_cmpuint (rig_sink_n_delivered (fixture->sink), ==, 1);
}

/* Not cancelled: what is not delivered by the deadline is told. */
static void
test_deadline (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  rig_sink_gate (fixture->sink, TRUE);
  mvx_info (fixture->log, "one");
  rig_sink_wait_entered (fixture->sink, 1);
  mvx_log_flush_async (g_get_monotonic_time (), fixture->cancellable, keep_result, fixture);
  wait_for_answer (fixture);
  g_assert_false (mvx_log_flush_finish (fixture->result, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED);
  g_assert_cmpstr (error->message, ==,
                   "Sink 'slow' has not delivered everything: 1 events are still waiting, 0 were lost");
  rig_sink_gate (fixture->sink, FALSE);
}

/* The shutdown goes on: only nobody waits for it. */
static void
test_shutdown (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) statement = NULL;
  g_autoptr (GError) error = NULL;

  rig_sink_gate (fixture->sink, TRUE);
  mvx_info (fixture->log, "one");
  rig_sink_wait_entered (fixture->sink, 1);
  mvx_log_shutdown_async (-1, fixture->cancellable, keep_result, fixture);
  g_cancellable_cancel (fixture->cancellable);
  wait_for_answer (fixture);
  g_assert_false (mvx_log_shutdown_finish (fixture->result, &statement, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (statement);
  rig_sink_gate (fixture->sink, FALSE);
  rig_sink_wait_stopped (fixture->sink, 1);
  g_assert_true (g_main_context_acquire (fixture->context));
  wait_until_ready (fixture->context);
  g_main_context_dispatch (fixture->context);
  g_main_context_release (fixture->context);
  finish_iterations (fixture);
  g_assert_cmpuint (fixture->n_answers, ==, 1);
  g_assert_cmpuint (rig_sink_n_delivered (fixture->sink), ==, 1);
  g_assert_true (mvx_log_reset (NULL));
}

/* Nobody has to take the statement. */
static void
test_no_statement (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  mvx_info (fixture->log, "one");
  mvx_log_shutdown_async (-1, fixture->cancellable, keep_result, fixture);
  wait_for_answer (fixture);
  g_assert_true (mvx_log_shutdown_finish (fixture->result, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (mvx_log_reset (NULL));
}

int
main (int argc, char *argv[])
{
  g_setenv ("LC_ALL", "C", TRUE); /* before there are threads */
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/delivery-cancel/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  ADD ("waiting", test_waiting);
  ADD ("before", test_before);
  ADD ("late", test_late);
  ADD ("after", test_after);
  ADD ("deadline", test_deadline);
  ADD ("shutdown", test_shutdown);
  ADD ("no-statement", test_no_statement);
  return g_test_run ();
}
