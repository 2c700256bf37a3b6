/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture-sink.h"

static CaptureSink *sink;
static MvxLogContext *context;

static gboolean
fail_with (gint code, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, code, "broken");
  return FALSE;
}

static void
assert_caught (gint level)
{
  MvxLogValue value;

  g_assert_cmpuint (sink->events->len, ==, 1);
  g_assert_cmpstr (mvx_log_event_get_verbatim_message (capture_last (sink)), ==, "An error has been caught");
  g_assert_cmpint (mvx_log_event_get_level (capture_last (sink)), ==, level);
  g_assert_true (mvx_log_event_get_field (capture_last (sink), "error", &value));
  g_assert_cmpint (value.type, ==, MVX_LOG_TYPE_ERROR);
  g_ptr_array_set_size (sink->events, 0);
}

static void
test_catch (void)
{
  GError *error = NULL;

  g_assert_false (mvx_log_catch (context, MVX_LOG_LEVEL_WARNING, &error));
  g_assert_false (mvx_log_catch (context, MVX_LOG_LEVEL_WARNING, NULL));
  fail_with (G_IO_ERROR_FAILED, &error);
  g_assert_true (mvx_log_catch (context, MVX_LOG_LEVEL_WARNING, &error));
  g_assert_null (error);
  assert_caught (MVX_LOG_LEVEL_WARNING);
}

static void
test_block (void)
{
  {
    MVX_LOG_CATCH (error, context);
    fail_with (G_IO_ERROR_FAILED, &error);
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  }
  assert_caught (MVX_LOG_LEVEL_ERROR);
  {
    MVX_LOG_CATCH (error, context);
    g_assert_null (error);
  }
  g_assert_cmpuint (sink->events->len, ==, 0);
}

static void
count (const GError *error, gpointer data)
{
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpuint (sink->events->len, ==, 0);
  ++*(guint *) data;
}

/* First what is not caught, then what is, then the callback, then the event. */
static void
test_only_and_except (void)
{
  const MvxLogErrorMatch only[] = { { G_IO_ERROR, MVX_LOG_ANY_CODE } };
  const MvxLogErrorMatch except[] = { { G_IO_ERROR, G_IO_ERROR_CANCELLED }, { G_FILE_ERROR, MVX_LOG_ANY_CODE } };
  g_autoptr (GError) cancelled = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "stop");
  g_autoptr (GError) other = g_error_new_literal (G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE, "odd");
  GError *error = NULL;
  guint calls = 0;

  g_assert_false (mvx_log_catch_full (context, 40, 0, only, 1, except, 2, count, &calls, &cancelled));
  g_assert_false (mvx_log_catch_full (context, 40, 0, only, 1, except, 2, count, &calls, &other));
  g_assert_nonnull (cancelled);
  g_assert_nonnull (other);
  g_assert_cmpuint (calls, ==, 0);
  fail_with (G_IO_ERROR_FAILED, &error);
  g_assert_true (mvx_log_catch_full (context, 40, 0, only, 1, except, 2, count, &calls, &error));
  g_assert_null (error);
  g_assert_cmpuint (calls, ==, 1);
  assert_caught (40);
}

static void
test_keep (void)
{
  g_autoptr (GError) error = NULL;

  fail_with (G_IO_ERROR_FAILED, &error);
  g_assert_true (mvx_log_catch_full (context, 40, MVX_LOG_CATCH_KEEP, NULL, 0, NULL, 0, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_true (mvx_log_error_is_logged (error));
  assert_caught (40);
}

static gboolean
attempt (gpointer data, GError **error)
{
  return data == NULL || fail_with (G_IO_ERROR_FAILED, error);
}

static void
end_attempt (gpointer data)
{
  g_assert_cmpuint (sink->events->len, ==, 1); /* it is still there when its error is logged */
  ++*(guint *) data;
}

static void
test_call (void)
{
  g_autoptr (GError) error = NULL;
  guint ends = 0;

  g_assert_true (mvx_log_catch_call (context, 40, 0, attempt, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (sink->events->len, ==, 0);
  g_assert_false (mvx_log_catch_call (context, 40, 0, attempt, &ends, end_attempt, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (ends, ==, 1);
  assert_caught (40);
  g_assert_false (mvx_log_catch_call (context, 40, MVX_LOG_CATCH_KEEP, attempt, &ends, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_true (mvx_log_error_is_logged (error));
  assert_caught (40);
}

/* Below the level it is cleared all the same. */
static void
test_disabled (void)
{
  GError *error = NULL;

  fail_with (G_IO_ERROR_FAILED, &error);
  g_assert_true (mvx_log_catch (context, MVX_LOG_LEVEL_NOTSET, &error));
  g_assert_null (error);
  g_assert_cmpuint (sink->events->len, ==, 0);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  sink = capture_sink_new ();
  context = capture_context ("catch", sink);
  g_test_add_func ("/catch/catch", test_catch);
  g_test_add_func ("/catch/block", test_block);
  g_test_add_func ("/catch/only-and-except", test_only_and_except);
  g_test_add_func ("/catch/keep", test_keep);
  g_test_add_func ("/catch/call", test_call);
  g_test_add_func ("/catch/disabled", test_disabled);
  result = g_test_run ();
  mvx_log_context_set_sinks (context, NULL, 0, NULL);
  g_object_unref (sink);
  mvx_log_context_unref (context);
  return result;
}
