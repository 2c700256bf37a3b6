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
    mvx_log_span_error (life, error);
    mvx_log_span_error (life, NULL);
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
    g_assert_null (life);
    mvx_log_span_error (life, NULL);
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
    mvx_log_span_end (life);
    mvx_log_span_end (life);
    mvx_log_span_error (life, NULL);
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

static void
assert_span (CaptureSink *sink, guint i, const MvxLogTraceparent *span)
{
  const MvxLogEvent *event = g_ptr_array_index (sink->events, i);

  g_assert_cmpstr (mvx_log_event_get_trace_id (event), ==, span->trace_id);
  g_assert_cmpstr (mvx_log_event_get_span_id (event), ==, span->span_id);
}

/* Event on entry, nothing at the end; an error at the same level. */
static void
test_scope (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("span.scope", sink);
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no such table");

  {
    MVX_LOG_SCOPE (context, "fine {not a template}");
    g_assert_cmpuint (sink->events->len, ==, 1);
  }
  g_assert_cmpuint (sink->events->len, ==, 1);
  g_assert_cmpstr (message_at (sink, 0), ==, "fine {not a template}");
  {
    MVX_LOG_SCOPE_AS (scope, context, MVX_LOG_LEVEL_DEBUG, "import");
    mvx_log_span_error (scope, error);
  }
  g_assert_cmpuint (sink->events->len, ==, 3);
  g_assert_cmpstr (message_at (sink, 2), ==, "Error in a scope");
  g_assert_cmpint (mvx_log_event_get_level (capture_last (sink)), ==, MVX_LOG_LEVEL_DEBUG);
  capture_assert_fields (sink, "error=<8>;scope=import");
}

static gboolean
import_table (MvxLogContext *context, MvxLogSpanKind kind, gboolean fail, GError **error)
{
  g_autoptr (MvxLogSpan) span = NULL;

  if (kind == MVX_LOG_SPAN_LIFE)
    {
      MVX_LOG_LIFE_AS (life, context, MVX_LOG_LEVEL_INFO, "import");
      mvx_log_span_watch (life, error);
      if (fail)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "broken");
      return !fail;
    }
  span = mvx_log_span_begin (context, kind, MVX_LOG_LEVEL_INFO, "import");
  mvx_log_span_watch (span, error);
  if (fail)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "broken");
  mvx_log_span_end (span);
  return !fail;
}

/* The failure is logged and passes through. */
static void
test_failure_passes_through (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("span.watch", sink);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) other = NULL;

  g_assert_false (import_table (context, MVX_LOG_SPAN_LIFE, TRUE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpuint (sink->events->len, ==, 3);
  g_assert_cmpstr (message_at (sink, 1), ==, "Error in import");
  assert_end (sink, 2, "import");
  g_assert_false (import_table (context, MVX_LOG_SPAN_SCOPE, TRUE, &other));
  g_assert_error (other, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpuint (sink->events->len, ==, 5);
  g_assert_cmpstr (message_at (sink, 4), ==, "Error in a scope");
  g_assert_true (import_table (context, MVX_LOG_SPAN_LIFE, FALSE, NULL));
  g_assert_cmpuint (sink->events->len, ==, 7);
}

/* An error that was told is not told again at the end. */
static void
test_told_once (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("span.once", sink);
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "broken");

  {
    MVX_LOG_SCOPE_AS (scope, context, MVX_LOG_LEVEL_INFO, "x");
    mvx_log_span_watch (scope, &error);
    mvx_log_span_error (scope, error);
  }
  g_assert_cmpuint (sink->events->len, ==, 2);
}

/* Events inside carry trace and span; a span within is its child. */
static void
test_ids (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("span.ids", sink);
  MvxLogTraceparent outer;
  MvxLogTraceparent inner;

  {
    MVX_LOG_LIFE_AS (life, context, MVX_LOG_LEVEL_INFO, "outer");
    mvx_log_span_get_traceparent (life, &outer);
    mvx_info (context, "in the outer one");
    {
      MVX_LOG_SCOPE_AS (scope, context, MVX_LOG_LEVEL_INFO, "inner");
      mvx_log_span_get_traceparent (scope, &inner);
      mvx_info (context, "in the inner one");
    }
    mvx_info (context, "in the outer one");
  }
  mvx_info (context, "outside");
  g_assert_cmpstr (inner.trace_id, ==, outer.trace_id);
  g_assert_cmpstr (inner.span_id, !=, outer.span_id);
  g_assert_cmpuint (sink->events->len, ==, 7);
  assert_span (sink, 0, &outer);
  assert_span (sink, 1, &outer);
  assert_span (sink, 2, &inner);
  assert_span (sink, 3, &inner);
  assert_span (sink, 4, &outer);
  assert_span (sink, 5, &outer);
  g_assert_null (mvx_log_event_get_span_id (capture_last (sink)));
  g_assert_null (mvx_log_event_get_string (g_ptr_array_index (sink->events, 0), "parent_span_id"));
  g_assert_cmpstr (mvx_log_event_get_string (g_ptr_array_index (sink->events, 2), "parent_span_id"), ==, outer.span_id);
  g_assert_null (mvx_log_event_get_string (g_ptr_array_index (sink->events, 3), "parent_span_id"));
}

static void
test_in_trace (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("span.trace", sink);
  MvxLogTraceparent request;

  {
    MVX_LOG_IN_TRACE ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
    g_assert_true (mvx_log_scope_get_traceparent (&request));
    {
      MVX_LOG_LIFE (context, "x");
    }
  }
  g_assert_cmpstr (mvx_log_event_get_trace_id (capture_last (sink)), ==, "0af7651916cd43dd8448eb211c80319c");
  g_assert_cmpstr (mvx_log_event_get_string (g_ptr_array_index (sink->events, 0), "parent_span_id"), ==,
                   request.span_id);
}

/* The macros know where they stand. */
static void
test_source (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("span.source", sink);
  guint line = __LINE__ + 2;
  {
    MVX_LOG_LIFE (context, "x");
  }
  g_assert_cmpuint (mvx_log_event_get_line (capture_last (sink)), ==, line);
  g_assert_true (g_str_has_suffix (mvx_log_event_get_file (capture_last (sink)), "test-span.c"));
  g_assert_cmpstr (mvx_log_event_get_function (capture_last (sink)), ==, "test_source");
}

static gpointer
end_elsewhere (gpointer data)
{
  MvxLogSpan *span = data;

  {
    g_autoptr (MvxLogScopeCapture) scope = mvx_log_span_dup_scope (span);
    MVX_LOG_IN_SCOPE (scope);

    mvx_log_span_error (span, NULL);
  }
  mvx_log_span_end (span);
  return NULL;
}

/* Work in pieces: the span is in force where it is entered only, and has its fields to the end. */
static void
test_detached (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("span.detached", sink);
  g_autoptr (MvxLogSpan) span = NULL;
  MvxLogTraceparent place;

  {
    MVX_LOG_SCOPED ("request", 7);
    span = mvx_log_span_begin_detached (context, MVX_LOG_SPAN_LIFE, MVX_LOG_LEVEL_INFO, "transfer");
  }
  mvx_log_span_get_traceparent (span, &place);
  mvx_info (context, "outside");
  g_assert_null (mvx_log_event_get_span_id (capture_last (sink)));
  g_thread_join (g_thread_new ("elsewhere", end_elsewhere, span));
  g_assert_cmpuint (sink->events->len, ==, 4);
  g_assert_cmpstr (message_at (sink, 2), ==, "Error in transfer");
  assert_end (sink, 3, "transfer");
  assert_span (sink, 0, &place);
  assert_span (sink, 2, &place);
  assert_span (sink, 3, &place);
  g_assert_cmpint (mvx_log_event_get_int64 (capture_last (sink), "request", 0), ==, 7);
  mvx_info (context, "outside");
  capture_assert_fields (sink, "");
}

/* As language bindings use it. */
static void
test_boxed (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("span.boxed", sink);
  MvxLogSpan *span = mvx_log_span_begin (context, MVX_LOG_SPAN_LIFE, MVX_LOG_LEVEL_INFO, "x");
  MvxLogSpan *copy = g_boxed_copy (MVX_LOG_TYPE_SPAN, span);

  g_boxed_free (MVX_LOG_TYPE_SPAN, span);
  mvx_log_span_end (copy);
  g_boxed_free (MVX_LOG_TYPE_SPAN, copy);
  assert_end (sink, 1, "x");
  g_assert_null (mvx_log_span_begin (context, MVX_LOG_SPAN_LIFE, MVX_LOG_LEVEL_NOTSET, "x"));
  mvx_log_span_error (NULL, NULL);
  mvx_log_span_end (NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/span/life", test_life);
  g_test_add_func ("/span/error", test_error);
  g_test_add_func ("/span/disabled", test_disabled);
  g_test_add_func ("/span/end-once", test_end_once);
  g_test_add_func ("/span/sink-fails", test_sink_fails);
  g_test_add_func ("/span/scope", test_scope);
  g_test_add_func ("/span/failure-passes-through", test_failure_passes_through);
  g_test_add_func ("/span/told-once", test_told_once);
  g_test_add_func ("/span/ids", test_ids);
  g_test_add_func ("/span/in-trace", test_in_trace);
  g_test_add_func ("/span/source", test_source);
  g_test_add_func ("/span/detached", test_detached);
  g_test_add_func ("/span/boxed", test_boxed);
  return g_test_run ();
}
