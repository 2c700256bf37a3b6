/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which error is kept, who is told which, and what it carries. */
#include "rig-states.h"

static const MvxLogAsyncConfig impatient = { .name = "rig", .drain_timeout_us = 1, .batch_max = 1 };

static void
assert_last (RigSink *sink, const char *message)
{
  g_autoptr (GError) last = mvx_log_async_sink_dup_last_error (MVX_LOG_ASYNC_SINK (sink));

  g_assert_cmpstr (last ? last->message : NULL, ==, message);
}

static guint64
detail (const GError *error, const char *key)
{
  guint64 n = G_MAXUINT64;

  g_assert_nonnull (mvx_log_error_get_details (error));
  g_assert_true (g_variant_lookup (mvx_log_error_get_details (error), key, "t", &n));
  return n;
}

/* While nothing has happened there is none, whatever it is doing. */
static void
test_none (gconstpointer data)
{
  g_autoptr (RigSink) sink = at_new ((At) GPOINTER_TO_INT (data));

  assert_last (sink, NULL);
  at_release (sink);
}

/* Whoever is refused learns the state, what it needed, and in words for machines, too. */
static void
test_state_details (void)
{
  g_autoptr (RigSink) sink = at_new (AT_STOPPED);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_assert_false (stop (sink, &error));
  text = g_variant_print (mvx_log_error_get_details (error), FALSE);
  g_assert_cmpstr (text, ==, "{'sink-name': <'rig'>, 'sink-state': <'STOPPED'>, 'expected-states': <'RUNNING'>}");
  g_assert_cmpstr (mvx_log_error_get_reason (error), ==, "INVALID_LOG_SINK_STATE");
  g_assert_null (mvx_log_error_get_cause (error));
  assert_last (sink, NULL); /* a refusal is no failure */
}

/* The same failure in the operation, in the sink, and as cause of what is refused afterwards. */
static void
test_starting (void)
{
  g_autoptr (RigSink) sink = at_new (AT_VIRGIN);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) refused = NULL;

  sink->starting_error = "no such server";
  g_assert_false (start (sink, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_ON_STARTING_FAILED);
  g_assert_cmpstr (mvx_log_error_get_reason (error), ==, "ON_STARTING_HOOK_FAILED");
  g_assert_error (mvx_log_error_get_cause (error), G_IO_ERROR, G_IO_ERROR_FAILED);
  assert_last (sink, error->message);
  g_assert_false (rig_sink_log (sink, 1, &refused));
  g_assert_cmpstr (mvx_log_error_get_cause (refused)->message, ==, error->message);
}

static void
test_starting_silent (void)
{
  g_autoptr (RigSink) sink = at_new (AT_VIRGIN);
  g_autoptr (GError) error = NULL;

  sink->starting_error = "";
  g_assert_false (start (sink, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_ON_STARTING_FAILED);
  g_assert_cmpstr (error->message, ==, "Sink 'rig' could not be started: no reason given");
}

/* Nobody held the operation of a lazy start: the error is not lost. */
static void
test_starting_lazily (void)
{
  g_autoptr (RigSink) sink = at_new (AT_VIRGIN);

  sink->starting_error = "no such server";
  rig_sink_log (sink, 1, NULL);
  flush (sink, NULL);
  assert_last (sink, "Sink 'rig' could not be started: no such server");
  rig_sink_check_ledger (sink);
}

typedef struct
{
  const char *path;
  RigReply reply;
  const char *last;
} DispatchRow;

static const DispatchRow dispatch_rows[] = {
  { "failed", { MVX_LOG_DISPATCH_FAILED, 0, "disk is gone" }, "Sink 'rig' failed for good: disk is gone" },
  { "silent", { MVX_LOG_DISPATCH_FAILED, 0, NULL }, "Sink 'rig' failed for good: its dispatch gave no reason" },
  { "ok-with-error", { MVX_LOG_DISPATCH_OK, -1, "not really" }, "Sink 'rig' failed for good: not really" },
  { "too-many",
    { MVX_LOG_DISPATCH_OK, 2, NULL },
    "Sink 'rig' failed for good: its dispatch broke the contract: it reported 2 of 1 events as done" },
  { "too-few",
    { MVX_LOG_DISPATCH_OK, 0, NULL },
    "Sink 'rig' failed for good: its dispatch broke the contract: it reported 0 of 1 events as done" },
  { "dropped", { MVX_LOG_DISPATCH_DROP, 0, "too long" }, NULL },
  { "retried", { MVX_LOG_DISPATCH_RETRY, 0, "away" }, NULL },
};

/* What ends a sink, and what does not. */
static void
test_dispatch (gconstpointer data)
{
  const DispatchRow *row = data;
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);

  rig_sink_reply (sink, &row->reply);
  rig_sink_log_n (sink, 0, 1);
  flush (sink, NULL);
  assert_last (sink, row->last);
  g_assert_cmpint (state_of (sink), ==, row->last ? MVX_LOG_SINK_STATE_FAILURE : MVX_LOG_SINK_STATE_RUNNING);
  rig_sink_check_ledger (sink);
}

/* The first failure counts; the hook's own is only told. */
static void
test_hook_after_failure (void)
{
  static const RigReply gone = { MVX_LOG_DISPATCH_FAILED, 0, "disk is gone" };
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);

  sink->stopped_error = "tape stuck";
  rig_sink_reply (sink, &gone);
  rig_sink_log_n (sink, 0, 1);
  flush (sink, NULL);
  assert_last (sink, "Sink 'rig' failed for good: disk is gone");
}

static void
test_hook (void)
{
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);
  g_autoptr (GError) error = NULL;

  sink->stopped_error = "tape stuck";
  g_assert_false (stop (sink, &error));
  g_assert_cmpstr (mvx_log_error_get_reason (error), ==, "ON_STOPPED_HOOK_FAILED");
  g_assert_error (mvx_log_error_get_cause (error), G_IO_ERROR, G_IO_ERROR_FAILED);
  assert_last (sink, error->message);
  g_clear_error (&error);
  g_assert_false (start (sink, &error));
  g_assert_cmpstr (error->message, ==,
                   "Sink 'rig' is FAILURE and cannot start; that needs VIRGIN or STOPPED: "
                   "Sink 'rig' could not be stopped cleanly: tape stuck");
}

static void
test_hook_silent (void)
{
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);
  g_autoptr (GError) error = NULL;

  sink->stopped_error = "";
  g_assert_false (stop (sink, &error));
  g_assert_cmpstr (error->message, ==, "Sink 'rig' could not be stopped cleanly: no reason given");
}

static RigSink *
new_with_loss (void)
{
  static const RigReply pending = { MVX_LOG_DISPATCH_PENDING, 0, NULL };
  RigSink *sink = rig_sink_new (&impatient);

  rig_sink_reply (sink, &pending);
  g_assert_true (start (sink, NULL));
  rig_sink_log_n (sink, 0, 4);
  rig_sink_wait_batches (sink, 1);
  return sink;
}

/* A stop that loses events is an error, with the number, but no failure: it can start again. */
static void
test_loss (void)
{
  g_autoptr (RigSink) sink = new_with_loss ();
  g_autoptr (GError) error = NULL;

  g_assert_false (stop (sink, &error));
  g_assert_cmpstr (mvx_log_error_get_reason (error), ==, "UNDELIVERED");
  g_assert_cmpuint (detail (error, "lost"), ==, 4);
  g_assert_null (mvx_log_error_get_cause (error));
  assert_last (sink, error->message);
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_STOPPED);
  rig_sink_check_ledger (sink);
}

/* Both: the loss is told, with the hook's error as cause, and it is a failure. */
static void
test_loss_and_hook (void)
{
  g_autoptr (RigSink) sink = new_with_loss ();
  g_autoptr (GError) error = NULL;

  sink->stopped_error = "tape stuck";
  g_assert_false (stop (sink, &error));
  g_assert_cmpstr (error->message, ==,
                   "Sink 'rig' did not deliver 4 events within the drain timeout; they are lost; "
                   "Sink 'rig' could not be stopped cleanly: tape stuck");
  g_assert_cmpuint (detail (error, "lost"), ==, 4);
  g_assert_error (mvx_log_error_get_cause (error), MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_ON_STOPPED_FAILED);
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_FAILURE);
  g_assert_false (start (sink, NULL));
  rig_sink_check_ledger (sink);
}

/* A failure while it stops: the number in the stop's error, the failure itself as its cause and in the sink. */
static void
test_stopping_failure (void)
{
  static const RigReply gone = { MVX_LOG_DISPATCH_FAILED, 0, "disk is gone" };
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);
  g_autoptr (MvxLogOperation) operation = NULL;
  g_autoptr (GError) error = NULL;

  rig_sink_reply (sink, &gone);
  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 3);
  rig_sink_wait_entered (sink, 1);
  operation = mvx_log_async_sink_stop (MVX_LOG_ASYNC_SINK (sink));
  rig_sink_gate (sink, FALSE);
  g_assert_false (mvx_log_operation_wait (operation, -1, &error));
  g_assert_cmpuint (detail (error, "lost"), ==, 3);
  g_assert_cmpstr (mvx_log_error_get_cause (error)->message, ==, "Sink 'rig' failed for good: disk is gone");
  assert_last (sink, "Sink 'rig' failed for good: disk is gone");
}

/* What a sink says to a flush or a reopen is its answer, and nothing to be kept. */
static void
test_answers_are_not_kept (void)
{
  g_autoptr (RigSink) sink = at_new (AT_RUNNING);
  g_autoptr (GError) error = NULL;

  sink->flush_error = "no space";
  sink->reopen_error = "read-only";
  g_assert_false (flush (sink, &error));
  g_assert_cmpstr (error->message, ==, "no space");
  g_clear_error (&error);
  g_assert_false (mvx_log_sink_reopen (MVX_LOG_SINK (sink), &error));
  g_assert_cmpstr (error->message, ==, "read-only");
  assert_last (sink, NULL);
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_RUNNING);
}

static gpointer
wait_thread (gpointer operation)
{
  GError *error = NULL;

  g_assert_false (mvx_log_operation_wait (operation, -1, &error));
  return error;
}

/* Everybody gets a copy of their own. */
static void
test_copies (void)
{
  g_autoptr (RigSink) sink = at_new (AT_STARTING);
  g_autoptr (MvxLogOperation) operation = mvx_log_async_sink_start (MVX_LOG_ASYNC_SINK (sink));
  GThread *threads[4];

  sink->starting_error = "no such server";
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("wait", wait_thread, operation);
  at_release (sink);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autoptr (GError) error = g_thread_join (threads[i]);

      g_assert_cmpstr (error->message, ==, "Sink 'rig' could not be started: no such server");
      error->message[0] = 'X';
    }
  assert_last (sink, "Sink 'rig' could not be started: no such server");
}

int
main (int argc, char *argv[])
{
  static const At quiet[] = { AT_VIRGIN, AT_STARTING, AT_RUNNING, AT_STOPPING, AT_STOPPED, AT_TERMINATED };

  at_init (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (quiet); i++)
    {
      g_autofree char *path = g_strconcat ("/async-errors/none/", at_names[quiet[i]], NULL);

      g_test_add_data_func (path, GINT_TO_POINTER (quiet[i]), test_none);
    }
  for (guint i = 0; i < G_N_ELEMENTS (dispatch_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/async-errors/dispatch/", dispatch_rows[i].path, NULL);

      g_test_add_data_func (path, &dispatch_rows[i], test_dispatch);
    }
  g_test_add_func ("/async-errors/state-details", test_state_details);
  g_test_add_func ("/async-errors/starting", test_starting);
  g_test_add_func ("/async-errors/starting-silent", test_starting_silent);
  g_test_add_func ("/async-errors/starting-lazily", test_starting_lazily);
  g_test_add_func ("/async-errors/hook", test_hook);
  g_test_add_func ("/async-errors/hook-silent", test_hook_silent);
  g_test_add_func ("/async-errors/hook-after-failure", test_hook_after_failure);
  g_test_add_func ("/async-errors/loss", test_loss);
  g_test_add_func ("/async-errors/loss-and-hook", test_loss_and_hook);
  g_test_add_func ("/async-errors/stopping-failure", test_stopping_failure);
  g_test_add_func ("/async-errors/answers-are-not-kept", test_answers_are_not_kept);
  g_test_add_func ("/async-errors/copies", test_copies);
  return g_test_run ();
}
