/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All sinks together: what is not delivered, and who is to blame. */
#include <signal.h>

#include <mvxlog/shaping.h>

#include "capture-sink.h"
#include "rig-sink.h"

#include "async/async-sink-internal.h"
#include "front/bootstrap-private.h"
#include "sink/sink-private.h"

static const MvxLogAsyncConfig slow_config = { .name = "slow" };
static const MvxLogAsyncConfig quick_config = { .name = "quick" };

static MvxLogContext *
context_with (const char *name, RigSink *slow, RigSink *quick)
{
  MvxLogContext *context = capture_context (name, slow);
  MvxLogSink *sinks[] = { MVX_LOG_SINK (slow), MVX_LOG_SINK (quick) };

  g_assert_true (mvx_log_context_set_sinks (context, sinks, 2, NULL));
  mvx_log_sink_set_name (MVX_LOG_SINK (slow), "slow");
  mvx_log_sink_set_name (MVX_LOG_SINK (quick), "quick");
  return context;
}

/* As if the dispatch that is on its way had begun a minute ago. */
static void
age_dispatch (RigSink *sink)
{
  MvxLogDispatcher *dispatcher = &mvx_log_async_sink_private (MVX_LOG_ASYNC_SINK (sink))->dispatcher;

  __atomic_store_n (&dispatcher->dispatch_since, g_get_monotonic_time () - 61 * G_USEC_PER_SEC, __ATOMIC_RELAXED);
}

/* With ever more time, until that was enough for the one that is not stuck. */
static gpointer
flush_now (gpointer data)
{
  for (gint64 us = G_USEC_PER_SEC / 50;; us *= 2)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (mvx_log_flush (g_get_monotonic_time () + us, &error));
      if (strstr (error->message, "Sink 'quick'") == NULL)
        return g_strdup (error->message);
    }
}

/* A sink that is stuck takes nobody else's time: only its own events are open. */
static void
test_flush_blames (void)
{
  g_autoptr (RigSink) slow = rig_sink_new (&slow_config);
  g_autoptr (RigSink) quick = rig_sink_new (&quick_config);
  g_autoptr (MvxLogContext) context = context_with ("delivery.blame", slow, quick);
  g_autofree char *text = NULL;
  GThread *thread;

  rig_sink_gate (slow, TRUE);
  mvx_info (context, "one");
  rig_sink_wait_entered (slow, 1);
  age_dispatch (slow);
  rig_sink_wait_delivered (quick, 1);
  thread = g_thread_new ("flush", flush_now, NULL);
  text = g_thread_join (thread);
  g_assert_cmpstr (text, ==,
                   "Sink 'slow' has not delivered everything: 1 events are still waiting, 0 were lost; "
                   "its dispatch has not returned for 61 s");
  rig_sink_gate (slow, FALSE);
  g_assert_true (mvx_log_flush (-1, NULL));
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (terminate (slow, NULL));
  g_assert_true (terminate (quick, NULL));
  rig_sink_check_ledger (slow);
  rig_sink_check_ledger (quick);
}

/* All failures in one error, whose cause is the first; nobody needs to take it. */
static void
test_all_fail (void)
{
  g_autoptr (RigSink) slow = rig_sink_new (&slow_config);
  g_autoptr (RigSink) quick = rig_sink_new (&quick_config);
  g_autoptr (MvxLogContext) context = context_with ("delivery.fail", slow, quick);
  g_autoptr (GError) flush_error = NULL;
  g_autoptr (GError) reopen_error = NULL;

  mvx_info (context, "one");
  slow->flush_error = "no ink";
  quick->flush_error = "";
  g_assert_false (mvx_log_flush (-1, &flush_error));
  g_assert_error (flush_error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED);
  g_assert_cmpstr (flush_error->message, ==, "no ink; Sink 'quick' (RigSink) failed to flush without a reason");
  g_assert_error (mvx_log_error_get_cause (flush_error), G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_false (mvx_log_flush (-1, NULL));
  slow->flush_error = quick->flush_error = NULL;
  g_assert_true (mvx_log_flush (-1, NULL));
  slow->reopen_error = "no file";
  quick->reopen_error = "no file either";
  g_assert_false (mvx_log_reopen (&reopen_error));
  g_assert_error (reopen_error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED);
  g_assert_cmpstr (reopen_error->message, ==, "no file; no file either");
  g_assert_false (mvx_log_reopen (NULL));
  g_assert_cmpuint (slow->n_reopen, ==, 2);
  g_assert_cmpuint (quick->n_reopen, ==, 2);
  slow->reopen_error = quick->reopen_error = NULL;
  g_assert_true (mvx_log_reopen (NULL));
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (terminate (slow, NULL));
  g_assert_true (terminate (quick, NULL));
}

static char *inner_error; /* atomic pointer: what the worker was told */

static void
flush_on_worker (gpointer sink)
{
  g_autoptr (GError) error = NULL;

  if (g_atomic_pointer_get (&inner_error) == NULL && !mvx_log_flush (-1, &error))
    g_atomic_pointer_set (&inner_error, g_strdup (error->message));
}

/* A sink's worker cannot wait for itself. */
static void
test_on_worker (void)
{
  g_autoptr (RigSink) slow = rig_sink_new (&slow_config);
  g_autoptr (RigSink) quick = rig_sink_new (&quick_config);
  g_autoptr (MvxLogContext) context = context_with ("delivery.worker", slow, quick);

  slow->in_dispatch = flush_on_worker;
  mvx_info (context, "one");
  rig_sink_wait_delivered (slow, 1);
  g_assert_cmpstr (inner_error, ==, "Cannot flush sink 'slow' on its own thread; do it on another thread");
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (terminate (slow, NULL));
  g_assert_true (terminate (quick, NULL));
  g_clear_pointer (&inner_error, g_free);
}

/* A program that has never used the library, and one that ends it twice. */
static void
test_unused (void)
{
  g_autoptr (GVariant) statement = NULL;

  if (g_test_subprocess ())
    {
      g_assert_true (mvx_log_flush (-1, NULL));
      g_assert_true (mvx_log_reopen (NULL));
      for (guint i = 0; i < 2; i++)
        {
          g_clear_pointer (&statement, g_variant_unref);
          g_assert_true (mvx_log_shutdown (-1, &statement));
          g_assert_cmpuint (g_variant_n_children (statement), ==, 0);
          g_assert_true (mvx_log_shutdown (-1, NULL));
        }
      mvx_log_release ();
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("");
}

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_flush_finish (result, &error));
  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

static void
on_flush_failed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_flush_finish (result, &error));
  *(char **) data = g_strdup (error->message);
}

/* What of signals a thread of this name blocks; 0: there is none. */
static guint64
blocked_signals (const char *thread)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  g_autofree char *start = g_strdup_printf ("Name:\t%s\n", thread);
  const char *name;

  while ((name = g_dir_read_name (tasks)))
    {
      g_autofree char *path = g_strdup_printf ("/proc/self/task/%s/status", name);
      g_autofree char *status = NULL;

      if (g_file_get_contents (path, &status, NULL, NULL) && g_str_has_prefix (status, start))
        return g_ascii_strtoull (strstr (status, "SigBlk:\t") + strlen ("SigBlk:\t"), NULL, 16);
    }
  return 0;
}

/* It waits for a sink of the main context, so it is there until that is iterated. */
static void
assert_deaf_to_signals (void)
{
  guint64 blocked;

  while ((blocked = blocked_signals ("mvx:delivery")) == 0)
    g_thread_yield (); /* it has no name yet */
  g_assert_cmphex (blocked & (1u << (SIGTERM - 1)), !=, 0);
  g_assert_cmphex (blocked & (1u << (SIGCHLD - 1)), !=, 0);
  g_assert_cmphex (blocked & (1u << (SIGSEGV - 1)), ==, 0);
}

/* On a program's main loop, with a sink that works there. */
static void
test_flush_async (void)
{
  g_autoptr (RigSink) here = rig_sink_new (&slow_config);
  g_autoptr (RigSink) quick = rig_sink_new (&quick_config);
  g_autoptr (MvxLogContext) context = NULL;
  g_autofree char *text = NULL;
  gboolean done = FALSE;

  g_assert_true (mvx_log_async_sink_set_main_context (MVX_LOG_ASYNC_SINK (here), g_main_context_default (), NULL));
  context = context_with ("delivery.async", here, quick);
  mvx_info (context, "one");
  mvx_log_flush_async (-1, NULL, on_flushed, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (rig_sink_n_delivered (here), ==, 1);
  g_assert_true (here->thread == g_thread_self ());
  g_assert_cmpuint (rig_sink_n_delivered (quick), ==, 1);
  here->flush_error = "no ink";
  mvx_log_flush_async (-1, NULL, on_flush_failed, &text);
  assert_deaf_to_signals ();
  while (text == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (text, ==, "no ink");
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (terminate (here, NULL));
  g_assert_true (terminate (quick, NULL));
}

static guint64
stated (GVariant *statement, const char *sink, const char *key)
{
  g_autoptr (GVariant) state = g_variant_lookup_value (statement, sink, G_VARIANT_TYPE_VARDICT);
  guint64 n = G_MAXUINT64;

  g_assert_nonnull (state);
  g_assert_true (g_variant_lookup (state, key, "t", &n));
  return n;
}

/* A dispatch that never returns: the end is by the deadline, names the sink, and all others are delivered. */
static void
test_shutdown_stuck (void)
{
  g_autoptr (RigSink) slow = rig_sink_new (&slow_config);
  g_autoptr (RigSink) quick = rig_sink_new (&quick_config);
  g_autoptr (MvxLogContext) context = context_with ("delivery.stuck", slow, quick);
  g_autoptr (GVariant) statement = NULL;
  g_autoptr (GRegex) digits = g_regex_new ("6[0-9]", 0, 0, NULL); /* the deadline is among the seconds */
  g_autofree char *text = NULL;

  capture_diag_begin ();
  rig_sink_gate (slow, TRUE);
  g_assert_true (
      mvx_log_sink_set_shaping (MVX_LOG_SINK (quick), g_variant_new_parsed ("{'filter': <'not has(n)'>}"), NULL));
  mvx_log_tree_sink_changed (MVX_LOG_SINK (quick), TRUE);
  for (guint i = 0; i < 4; i++)
    mvx_info (context, "x");
  mvx_info (context, "x", "n", 5);
  rig_sink_wait_entered (slow, 1);
  age_dispatch (slow);
  g_assert_false (mvx_log_shutdown (g_get_monotonic_time () + G_USEC_PER_SEC, &statement));
  g_assert_cmpuint (stated (statement, "slow", "accepted"), ==, 5);
  g_assert_cmpuint (stated (statement, "slow", "undelivered"), ==, 5);
  g_assert_cmpuint (stated (statement, "slow", "filtered"), ==, 0);
  g_assert_cmpuint (stated (statement, "quick", "delivered"), ==, 4);
  g_assert_cmpuint (stated (statement, "quick", "filtered"), ==, 1);
  g_assert_cmpuint (capture_diag->len, ==, 1);
  text = g_regex_replace_literal (digits, g_ptr_array_index (capture_diag, 0), -1, 0, "61", 0, NULL);
  g_assert_cmpstr (text, ==,
                   "Shutting down: Sink 'slow' has not ended by the deadline; its dispatch has not returned for 61 s");
  capture_diag_end ();
  rig_sink_gate (slow, FALSE);
  rig_sink_wait_delivered (slow, 1);
}

typedef struct
{
  gboolean done;
  gboolean complete;
  GVariant *statement;
} End;

static void
on_shut_down (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  End *end = data;

  end->complete = mvx_log_shutdown_finish (result, &end->statement, &error);
  g_assert_no_error (error);
  end->done = TRUE;
}

static void
test_shutdown_async (void)
{
  g_autoptr (RigSink) here = rig_sink_new (&slow_config);
  g_autoptr (RigSink) quick = rig_sink_new (&quick_config);
  g_autoptr (MvxLogContext) context = NULL;
  End end = { 0 };

  g_assert_true (mvx_log_async_sink_set_main_context (MVX_LOG_ASYNC_SINK (here), g_main_context_default (), NULL));
  context = context_with ("delivery.end", here, quick);
  for (guint i = 0; i < 7; i++)
    mvx_info (context, "x");
  mvx_log_shutdown_async (-1, NULL, on_shut_down, &end);
  while (!end.done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (end.complete);
  g_assert_cmpuint (stated (end.statement, "slow", "delivered"), ==, 7);
  g_assert_cmpuint (stated (end.statement, "quick", "delivered"), ==, 7);
  g_variant_unref (end.statement);
}

static void
register_rig (const char *name, RigSink *sink)
{
  g_autoptr (MvxLogSinkDescriptor) descriptor = mvx_log_sink_descriptor_new (name, NULL, NULL);

  mvx_log_registry_exchange (mvx_log_front_registry (), name, MVX_LOG_SINK (sink), descriptor);
}

static void
wait_until_quick_has_ended (gpointer sink)
{
  rig_sink_wait_stopped (g_object_get_data (sink, "quick"), 1);
}

/* All deliver at the same time: the last one, with whom it begins, waits for the end of the first. */
static void
test_reset_together (void)
{
  g_autoptr (RigSink) slow = rig_sink_new (&slow_config);
  g_autoptr (RigSink) quick = rig_sink_new (&quick_config);
  g_autoptr (GError) error = NULL;

  register_rig ("quick", quick);
  register_rig ("slow", slow);
  g_object_set_data (G_OBJECT (slow), "quick", quick);
  slow->in_dispatch = wait_until_quick_has_ended;
  rig_sink_log_n (quick, 0, 10);
  rig_sink_log_n (slow, 0, 10);
  g_assert_true (mvx_log_reset (&error));
  g_assert_no_error (error);
  g_assert_cmpuint (rig_sink_n_delivered (quick), ==, 10);
  g_assert_cmpuint (rig_sink_n_delivered (slow), ==, 10);
  rig_sink_check_ledger (slow);
  rig_sink_check_ledger (quick);
}

/* What is logged after the end, in handlers of exit() and after them, does no harm. */
static MvxLogContext *late_context;

static void
log_at_exit (void)
{
  mvx_info (late_context, "from a handler that runs after the library's");
  mvx_log_flush (0, NULL);
}

static void
test_at_exit (void)
{
  if (g_test_subprocess ())
    {
      atexit (log_at_exit); /* registered first: runs last */
      g_object_unref (mvx_log_get_sink ("stderr"));
      late_context = mvx_log_configure_context ("late", NULL);
      atexit (log_at_exit); /* runs before the library's own */
      mvx_info (late_context, "in time");
      exit (0);
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*in time*");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/delivery/flush-blames", test_flush_blames);
  g_test_add_func ("/delivery/all-fail", test_all_fail);
  g_test_add_func ("/delivery/on-worker", test_on_worker);
  g_test_add_func ("/delivery/unused", test_unused);
  g_test_add_func ("/delivery/flush-async", test_flush_async);
  g_test_add_func ("/delivery/shutdown-stuck", test_shutdown_stuck);
  g_test_add_func ("/delivery/shutdown-async", test_shutdown_async);
  g_test_add_func ("/delivery/reset-together", test_reset_together);
  g_test_add_func ("/delivery/at-exit", test_at_exit);
  return g_test_run ();
}
