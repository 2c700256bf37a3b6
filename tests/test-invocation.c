/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture-sink.h"

static const char *
message_at (CaptureSink *sink, guint i)
{
  g_assert_cmpuint (i, <, sink->events->len);
  return mvx_log_event_get_verbatim_message (g_ptr_array_index (sink->events, i));
}

static void
assert_end (CaptureSink *sink, guint i, const char *what)
{
  const MvxLogEvent *event = g_ptr_array_index (sink->events, i);
  g_autofree char *seconds = g_strdup_printf ("%.2f", mvx_log_event_get_double (event, "duration", -1));
  g_autofree char *expected = g_strdup_printf ("End (%s): %s", seconds, what);

  g_assert_cmpfloat (mvx_log_event_get_double (event, "duration", -1), >=, 0);
  g_assert_cmpstr (message_at (sink, i), ==, expected);
}

static void
test_life (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("life", sink);
  g_autoptr (MvxLogContext) view = mvx_log_bind (context, "id", 7);

  {
    MVX_LOG_LIFE (view, "database migration");
    mvx_info (view, "inside");
  }
  g_assert_cmpuint (sink->events->len, ==, 3);
  g_assert_cmpstr (message_at (sink, 0), ==, "Begin: database migration");
  g_assert_cmpint (mvx_log_event_get_level (g_ptr_array_index (sink->events, 0)), ==, MVX_LOG_LEVEL_INFO);
  g_assert_cmpint (mvx_log_event_get_int64 (g_ptr_array_index (sink->events, 0), "id", 0), ==, 7);
  assert_end (sink, 2, "database migration");
  g_assert_cmpint (mvx_log_event_get_int64 (g_ptr_array_index (sink->events, 2), "id", 0), ==, 7);
}

static void
test_error (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("life.error", sink);
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no such table");
  MvxLogValue value;

  {
    MVX_LOG_LIFE_AS (life, context, MVX_LOG_LEVEL_DEBUG, "query");
    mvx_log_life_error (&life, error);
    mvx_log_life_error (&life, NULL);
  }
  g_assert_cmpuint (sink->events->len, ==, 4);
  g_assert_cmpstr (message_at (sink, 1), ==, "Error in query");
  g_assert_true (mvx_log_event_get_field (g_ptr_array_index (sink->events, 1), "error", &value));
  g_assert_cmpint (value.type, ==, MVX_LOG_TYPE_ERROR);
  g_assert_false (mvx_log_event_get_field (g_ptr_array_index (sink->events, 2), "error", &value));
  g_assert_cmpint (mvx_log_event_get_level (g_ptr_array_index (sink->events, 1)), ==, MVX_LOG_LEVEL_DEBUG);
  assert_end (sink, 3, "query");
  /* The caller's error is untouched. */
  g_assert_cmpstr (error->message, ==, "no such table");
}

/* Below the level nothing is begun, so nothing ends. */
static void
test_disabled (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("life.off", sink);

  mvx_log_context_set_level (context, MVX_LOG_LEVEL_WARNING, NULL);
  {
    MVX_LOG_LIFE_AS (life, context, MVX_LOG_LEVEL_INFO, "nothing");
    g_assert_false (life.active);
    mvx_log_life_error (&life, NULL);
  }
  g_assert_cmpuint (sink->events->len, ==, 0);
}

/* Once. The view may go away meanwhile. */
static void
test_end_once (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("life.once", sink);

  {
    MvxLogContext *view = mvx_log_bind (context, "id", 1);
    MVX_LOG_LIFE_AS (life, view, MVX_LOG_LEVEL_INFO, "once");

    mvx_log_context_unref (view);
    mvx_log_life_end (&life);
    mvx_log_life_end (&life);
    mvx_log_life_error (&life, NULL);
  }
  g_assert_cmpuint (sink->events->len, ==, 2);
  assert_end (sink, 1, "once");
}

/* A sink that fails does not get in the way. */
static void
test_sink_fails (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("life.fails", sink);

  capture_diag_begin ();
  mvx_log_context_set_error_policy (context, MVX_LOG_ERROR_POLICY_RAISE, NULL);
  sink->log_error = "broken";
  {
    MVX_LOG_LIFE (context, "work");
  }
  g_assert_cmpuint (capture_diag->len, ==, 1);
  capture_assert_diag (0, "Context 'life.fails' could not hand over an event: broken");
  capture_diag_end ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/invocation/life", test_life);
  g_test_add_func ("/invocation/error", test_error);
  g_test_add_func ("/invocation/disabled", test_disabled);
  g_test_add_func ("/invocation/end-once", test_end_once);
  g_test_add_func ("/invocation/sink-fails", test_sink_fails);
  return g_test_run ();
}
