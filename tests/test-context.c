/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture-sink.h"

static void
test_object (void)
{
  g_autoptr (MvxLogContext) root = mvx_log_tree_get ("");
  g_autoptr (MvxLogContext) context = mvx_log_tree_configure ("object.one", NULL);
  MvxLogContext *copy = g_boxed_copy (MVX_LOG_TYPE_CONTEXT, context);

  g_assert_true (copy == context);
  g_boxed_free (MVX_LOG_TYPE_CONTEXT, copy);
  g_assert_cmpstr (mvx_log_context_get_name (root), ==, "");
  g_assert_true (mvx_log_context_is_root (root));
  g_assert_false (mvx_log_context_is_root (context));
}

static void
test_root_defaults (void)
{
  g_autoptr (MvxLogContext) root = mvx_log_tree_get ("");
  MvxLogLimits limits;

  g_assert_cmpint (mvx_log_context_get_level (root), ==, MVX_LOG_LEVEL_INFO);
  g_assert_cmpint (mvx_log_context_get_error_policy (root), ==, MVX_LOG_ERROR_POLICY_PRINT_STDERR);
  g_assert_null (mvx_log_context_get_event_policy (root));
  mvx_log_context_get_limits (root, &limits);
  g_assert_cmpint (limits.max_string, ==, 200);
  g_assert_cmpint (limits.max_items, ==, 10);
  g_assert_cmpint (limits.max_depth, ==, 1);
  /* Without sinks nothing is wanted. */
  g_assert_false (mvx_log_context_is_enabled (root, MVX_LOG_LEVEL_CRITICAL));
}

static void
test_level (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) above = capture_context ("level.above", sink);
  g_autoptr (MvxLogContext) below = mvx_log_tree_configure ("level.above.below", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (mvx_log_context_get_level (below), ==, MVX_LOG_LEVEL_TRACE);
  g_assert_true (mvx_log_context_set_level (below, MVX_LOG_LEVEL_ERROR, NULL));
  g_assert_true (mvx_log_context_set_level (above, MVX_LOG_LEVEL_DEBUG, NULL));
  g_assert_cmpint (mvx_log_context_get_level (below), ==, MVX_LOG_LEVEL_ERROR);
  g_assert_false (mvx_log_context_is_enabled (below, MVX_LOG_LEVEL_WARNING));
  g_assert_true (mvx_log_context_is_enabled (below, MVX_LOG_LEVEL_ERROR));
  g_assert_true (mvx_log_context_reset_level (below, NULL));
  g_assert_cmpint (mvx_log_context_get_level (below), ==, MVX_LOG_LEVEL_DEBUG);
  g_assert_false (mvx_log_context_set_level (below, 40000, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (error->message, ==, "40000 is not a level; use -32768 to 32767");
  /* Nobody wants what the sink does not want. */
  mvx_log_sink_set_level (MVX_LOG_SINK (sink), MVX_LOG_LEVEL_WARNING);
  mvx_log_tree_refresh_thresholds (MVX_LOG_SINK (sink));
  g_assert_false (mvx_log_context_is_enabled (below, MVX_LOG_LEVEL_INFO));
  g_assert_true (mvx_log_context_is_enabled (below, MVX_LOG_LEVEL_WARNING));
}

static void
test_sinks (void)
{
  g_autoptr (CaptureSink) first = capture_sink_new ();
  g_autoptr (CaptureSink) second = capture_sink_new ();
  g_autoptr (MvxLogContext) above G_GNUC_UNUSED = capture_context ("sinks.above", first);
  g_autoptr (MvxLogContext) below = mvx_log_tree_configure ("sinks.above.below", NULL);
  MvxLogSink *both[] = { MVX_LOG_SINK (first), MVX_LOG_SINK (second) };
  g_autoptr (GPtrArray) inherited = mvx_log_context_get_sinks (below);
  g_autoptr (GPtrArray) own = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (inherited->len, ==, 1);
  g_assert_null (mvx_log_context_get_local_sinks (below));
  mvx_log_context_set_sinks (below, both, 2, NULL);
  own = mvx_log_context_get_local_sinks (below);
  g_assert_cmpuint (own->len, ==, 2);
  mvx_info (below, "to both");
  g_assert_cmpuint (first->events->len, ==, 1);
  g_assert_cmpuint (second->events->len, ==, 1);
  mvx_log_context_set_sinks (below, NULL, 0, NULL);
  mvx_info (below, "to none");
  g_assert_cmpuint (first->events->len, ==, 1);
  g_assert_true (mvx_log_context_reset_sinks (below, &error));
  mvx_info (below, "to the inherited one");
  g_assert_cmpuint (first->events->len, ==, 2);
  g_assert_cmpuint (second->events->len, ==, 1);
}

/* The root must keep its sinks and error policy; its level, limits and event policy may be reset. */
static void
test_root_resets (void)
{
  g_autoptr (MvxLogContext) root = mvx_log_tree_get ("");
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_context_reset_sinks (root, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_CONTEXT_RESET);
  g_assert_cmpstr (error->message, ==, "The root context must keep its sinks; set another one instead of resetting it");
  g_clear_error (&error);
  g_assert_false (mvx_log_context_reset_error_policy (root, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_CONTEXT_RESET);
  g_assert_cmpstr (error->message, ==,
                   "The root context must keep its error policy; set another one instead of resetting it");
  g_clear_error (&error);
  g_assert_true (mvx_log_context_reset_event_policy (root, &error));
  g_assert_true (mvx_log_context_reset_level (root, &error));
  g_assert_true (mvx_log_context_reset_limits (root, &error));
  g_assert_no_error (error);
}

/* An event policy is local only. */
static void
test_event_policy (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) above = capture_context ("policy.above", sink);
  g_autoptr (MvxLogContext) below = mvx_log_tree_configure ("policy.above.below", NULL);
  g_autoptr (MvxLogEventPolicy) nothing = mvx_log_pattern_policy_new (FALSE, NULL, 0, NULL);
  g_autoptr (MvxLogEventPolicy) got = NULL;

  mvx_log_context_set_event_policy (above, nothing, NULL);
  mvx_critical (above, "silenced");
  g_assert_cmpuint (sink->events->len, ==, 0);
  mvx_info (below, "not silenced");
  g_assert_cmpuint (sink->events->len, ==, 1);
  got = mvx_log_context_get_event_policy (above);
  g_assert_true (got == nothing);
  g_assert_null (mvx_log_context_get_event_policy (below));
  mvx_log_context_reset_event_policy (above, NULL);
  mvx_info (above, "no more");
  g_assert_cmpuint (sink->events->len, ==, 2);
}

static gboolean
log_one (MvxLogContext *context, MvxLogSubmitResult *result, GError **error)
{
  MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message_template = "x" };

  *result = mvx_log_event_submit (context, &init, NULL, 0, error);
  return *result == MVX_LOG_ACCEPTED;
}

static void
test_ignore (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("errors.ignore", sink);
  g_autoptr (GError) error = NULL;
  MvxLogSubmitResult result;

  capture_diag_begin ();
  mvx_log_context_set_error_policy (context, MVX_LOG_ERROR_POLICY_IGNORE, NULL);
  sink->log_error = "disk full";
  g_assert_false (log_one (context, &result, &error));
  g_assert_cmpint (result, ==, MVX_LOG_REFUSED);
  g_assert_no_error (error);
  g_assert_cmpuint (capture_diag->len, ==, 0);
  capture_diag_end ();
}

/* Once until the next success. */
static void
test_print (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("errors.printed", sink);
  g_autoptr (GError) error = NULL;
  MvxLogSubmitResult result;

  capture_diag_begin ();
  sink->log_error = "disk full";
  for (guint i = 0; i < 3; i++)
    g_assert_false (log_one (context, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (capture_diag->len, ==, 1);
  capture_assert_diag (0, "Context 'errors.printed' could not hand over an event: disk full");
  sink->log_error = NULL;
  g_assert_true (log_one (context, &result, &error));
  sink->log_error = "disk full again";
  g_assert_false (log_one (context, &result, &error));
  g_assert_cmpuint (capture_diag->len, ==, 2);
  capture_assert_diag (1, "Context 'errors.printed' could not hand over an event: disk full again");
  capture_diag_end ();
}

static void
test_raise (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) above = capture_context ("errors.raise", sink);
  g_autoptr (MvxLogContext) context = mvx_log_tree_configure ("errors.raise.below", NULL);
  g_autoptr (GError) error = NULL;
  MvxLogSubmitResult result;

  capture_diag_begin ();
  mvx_log_context_set_error_policy (above, MVX_LOG_ERROR_POLICY_RAISE, NULL);
  g_assert_cmpint (mvx_log_context_get_error_policy (context), ==, MVX_LOG_ERROR_POLICY_RAISE);
  sink->log_error = "disk full";
  g_assert_false (log_one (context, &result, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_UNABLE_TO_LOG);
  g_assert_cmpstr (error->message, ==, "Context 'errors.raise.below' could not hand over an event: disk full");
  g_assert_cmpstr (mvx_log_error_get_cause (error)->message, ==, "disk full");
  g_assert_cmpuint (capture_diag->len, ==, 0);
  /* A macro has nowhere to raise to: it reports. */
  mvx_info (context, "macro");
  mvx_info (context, "macro");
  g_assert_cmpuint (capture_diag->len, ==, 1);
  capture_diag_end ();
}

static void
test_error_policy_checked (void)
{
  g_autoptr (MvxLogContext) context = mvx_log_tree_configure ("errors.checked", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_context_set_error_policy (context, MVX_LOG_ERROR_POLICY_INHERIT, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (error->message, ==,
                   "0 is not an error policy; use IGNORE, PRINT_STDERR or RAISE, or reset it to inherit");
  g_assert_true (mvx_log_context_set_error_policy (context, MVX_LOG_ERROR_POLICY_RAISE, NULL));
  g_assert_true (mvx_log_context_reset_error_policy (context, NULL));
  g_assert_cmpint (mvx_log_context_get_error_policy (context), ==, MVX_LOG_ERROR_POLICY_PRINT_STDERR);
}

static void
test_limits (void)
{
  g_autoptr (MvxLogContext) above = mvx_log_tree_configure ("limits", NULL);
  g_autoptr (MvxLogContext) below = mvx_log_tree_configure ("limits.below", NULL);
  MvxLogLimits limits = { 20, -1, 2 };
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_context_set_limits (above, &limits, NULL));
  mvx_log_context_get_limits (below, &limits);
  g_assert_cmpint (limits.max_string, ==, 20);
  g_assert_cmpint (limits.max_items, ==, -1);
  limits.max_depth = 0;
  g_assert_false (mvx_log_context_set_limits (below, &limits, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (error->message, ==, "Payload limits must be at least 1, or -1 for no limit");
  g_assert_true (mvx_log_context_reset_limits (above, NULL));
  mvx_log_context_get_limits (below, &limits);
  g_assert_cmpint (limits.max_string, ==, 200);
}

/* One sink that fails does not starve the others. */
static void
test_others_get_it (void)
{
  g_autoptr (CaptureSink) bad = capture_sink_new ();
  g_autoptr (CaptureSink) good = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("others", bad);
  MvxLogSink *both[] = { MVX_LOG_SINK (bad), MVX_LOG_SINK (good) };
  MvxLogSubmitResult result;

  mvx_log_context_set_sinks (context, both, 2, NULL);
  mvx_log_context_set_error_policy (context, MVX_LOG_ERROR_POLICY_IGNORE, NULL);
  bad->log_error = "broken";
  g_assert_false (log_one (context, &result, NULL));
  g_assert_cmpuint (good->events->len, ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/context/object", test_object);
  g_test_add_func ("/context/root-defaults", test_root_defaults);
  g_test_add_func ("/context/level", test_level);
  g_test_add_func ("/context/sinks", test_sinks);
  g_test_add_func ("/context/root-resets", test_root_resets);
  g_test_add_func ("/context/event-policy", test_event_policy);
  g_test_add_func ("/context/errors/ignore", test_ignore);
  g_test_add_func ("/context/errors/print", test_print);
  g_test_add_func ("/context/errors/raise", test_raise);
  g_test_add_func ("/context/errors/checked", test_error_policy_checked);
  g_test_add_func ("/context/limits", test_limits);
  g_test_add_func ("/context/others-get-it", test_others_get_it);
  return g_test_run ();
}
