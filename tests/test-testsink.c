/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sinks that do what a test says. */
#include <string.h>

#include <mvxlog/mvxlog-test.h>

#include "ledger-check.h"

typedef struct
{
  MvxLogTestSink *test;
  MvxLogSink *sink;
  MvxLogContext *context;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer async)
{
  g_autoptr (GError) error = NULL;

  fixture->test = mvx_log_test_sink_new ("told", async != NULL, async ? g_variant_new_parsed (async) : NULL, &error);
  g_assert_no_error (error);
  fixture->sink = mvx_log_test_sink_ref_sink (fixture->test);
  fixture->context = mvx_log_configure_context ("testsink", &error);
  mvx_log_context_set_sinks (fixture->context, &fixture->sink, 1, NULL);
  mvx_log_context_set_error_policy (fixture->context, MVX_LOG_ERROR_POLICY_RAISE, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer async)
{
  mvx_log_test_sink_release (fixture->test);
  mvx_log_context_reset_sinks (fixture->context, NULL);
  mvx_log_close_sink ("told", NULL);
  g_assert_null (mvx_log_test_sink_get ("told"));
  g_assert_null (mvx_log_test_sink_ref_sink (fixture->test));
  g_object_unref (fixture->test);
  g_object_unref (fixture->sink);
  mvx_log_context_unref (fixture->context);
}

static MvxLogSubmitResult
submit (Fixture *fixture, const char *template, GError **error)
{
  return mvx_log_context_log_variant (fixture->context, MVX_LOG_LEVEL_INFO, template, NULL, error);
}

static void
assert_events (Fixture *fixture, const char *expected)
{
  g_autoptr (GPtrArray) events = mvx_log_test_sink_get_events (fixture->test);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < events->len; i++)
    {
      const MvxLogEvent *event = g_ptr_array_index (events, i);

      /* What the library tells about losses comes in between. */
      if (g_strcmp0 (mvx_log_event_get_context (event), "testsink") == 0)
        g_string_append_printf (text, "%s%s", text->len ? " " : "", mvx_log_event_get_template (event));
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_direct (Fixture *fixture, gconstpointer async)
{
  g_autoptr (GError) refused = NULL;
  g_autoptr (GError) offline = NULL;
  g_autoptr (GError) after = NULL;
  g_autoptr (MvxLogTestSink) same = mvx_log_test_sink_get ("told");

  g_assert_true (same == fixture->test);
  g_assert_cmpint (submit (fixture, "a", NULL), ==, MVX_LOG_ACCEPTED);
  mvx_log_test_sink_answer (fixture->test, 1, MVX_LOG_DISPATCH_RETRY, "busy");
  /* The second is for what tells of the loss. */
  mvx_log_test_sink_answer (fixture->test, 2, MVX_LOG_DISPATCH_OK, NULL);
  mvx_log_test_sink_answer (fixture->test, 1, MVX_LOG_DISPATCH_FAILED, NULL);
  g_assert_cmpint (submit (fixture, "b", &refused), ==, MVX_LOG_REFUSED);
  g_assert_cmpstr (refused->message, ==,
                   "Context 'testsink' could not hand over an event: Sink 'told' could not deliver an event: busy");
  g_assert_cmpint (submit (fixture, "c", NULL), ==, MVX_LOG_ACCEPTED);
  g_assert_cmpint (submit (fixture, "d", &offline), ==, MVX_LOG_REFUSED);
  g_assert_cmpstr (offline->message, ==,
                   "Context 'testsink' could not hand over an event: Sink 'told' could not deliver an event: "
                   "the test wants it so");
  g_assert_cmpint (submit (fixture, "e", &after), ==, MVX_LOG_REFUSED);
  g_assert_cmpstr (mvx_log_error_get_reason (mvx_log_error_get_cause (after)), ==, "INVALID_LOG_SINK_STATE");
  assert_events (fixture, "a c");
  g_assert_cmpuint (mvx_log_test_sink_get_n_attempts (fixture->test), ==, 5);
}

static gpointer
submit_in_thread (gpointer data)
{
  submit (data, "held", NULL);
  return NULL;
}

static void
test_direct_block (Fixture *fixture, gconstpointer async)
{
  GThread *thread;

  mvx_log_test_sink_block (fixture->test);
  g_assert_false (mvx_log_test_sink_wait_blocked (fixture->test, g_get_monotonic_time ()));
  thread = g_thread_new ("held", submit_in_thread, fixture);
  g_assert_true (mvx_log_test_sink_wait_blocked (fixture->test, -1));
  assert_events (fixture, "");
  mvx_log_test_sink_release (fixture->test);
  g_assert_true (mvx_log_test_sink_wait_events (fixture->test, 1, -1));
  g_thread_join (thread);
  assert_events (fixture, "held");
}

static void
test_retry (Fixture *fixture, gconstpointer async)
{
  MvxLogCounters counters;

  mvx_log_test_sink_answer (fixture->test, 3, MVX_LOG_DISPATCH_RETRY, "busy");
  g_assert_cmpint (submit (fixture, "a", NULL), ==, MVX_LOG_ACCEPTED);
  g_assert_cmpint (submit (fixture, "b", NULL), ==, MVX_LOG_ACCEPTED);
  g_assert_true (mvx_log_test_sink_wait_events (fixture->test, 2, -1));
  g_assert_true (mvx_log_sink_flush (fixture->sink, -1, NULL));
  assert_events (fixture, "a b");
  g_assert_cmpuint (mvx_log_test_sink_get_n_attempts (fixture->test), ==, 5);
  counters = ledger_check_moving (fixture->sink);
  g_assert_cmpuint (counters.delivered, ==, 2);
  g_assert_cmpuint (counters.retried, ==, 3);
}

static void
test_drop (Fixture *fixture, gconstpointer async)
{
  MvxLogCounters counters;

  mvx_log_test_sink_answer (fixture->test, 1, MVX_LOG_DISPATCH_OK, NULL);
  mvx_log_test_sink_answer (fixture->test, 1, MVX_LOG_DISPATCH_DROP, NULL);
  for (guint i = 0; i < 3; i++)
    submit (fixture, i == 0 ? "a" : i == 1 ? "b" : "c", NULL);
  mvx_log_sink_flush (fixture->sink, -1, NULL);
  assert_events (fixture, "a c");
  counters = ledger_check_moving (fixture->sink);
  g_assert_cmpuint (counters.dropped[MVX_LOG_REASON_REJECTED], ==, 1);
}

static void
test_fail (Fixture *fixture, gconstpointer async)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) late = NULL;
  g_autoptr (GError) why = NULL;

  mvx_log_test_sink_answer (fixture->test, 1, MVX_LOG_DISPATCH_FAILED, "the disk is on fire");
  submit (fixture, "a", NULL);
  g_assert_false (mvx_log_sink_flush (fixture->sink, -1, &error));
  g_assert_cmpstr (mvx_log_error_get_reason (error), ==, "UNDELIVERED");
  g_assert_cmpstr (error->message, ==,
                   "Sink 'told' has not delivered everything: 0 events are still waiting, 1 were lost: "
                   "Sink 'told' failed for good: the disk is on fire");
  why = mvx_log_async_sink_dup_last_error (MVX_LOG_ASYNC_SINK (fixture->sink));
  g_assert_nonnull (strstr (why->message, "the disk is on fire"));
  g_assert_cmpint (submit (fixture, "b", &late), ==, MVX_LOG_REFUSED);
  assert_events (fixture, "");
}

/* The queue fills behind a worker that is held up. */
static void
test_overflow (Fixture *fixture, gconstpointer async)
{
  g_autoptr (GError) error = NULL;

  mvx_log_test_sink_block (fixture->test);
  g_assert_cmpint (submit (fixture, "a", NULL), ==, MVX_LOG_ACCEPTED);
  g_assert_true (mvx_log_test_sink_wait_blocked (fixture->test, -1));
  g_assert_cmpint (submit (fixture, "b", NULL), ==, MVX_LOG_ACCEPTED);
  g_assert_cmpint (submit (fixture, "c", &error), ==, MVX_LOG_REFUSED);
  g_assert_cmpstr (mvx_log_error_get_reason (mvx_log_error_get_cause (error)), ==, "QUEUE_OVERFLOW");
  g_assert_true (mvx_log_error_is_recoverable (error));
  mvx_log_test_sink_release (fixture->test);
  g_assert_true (mvx_log_sink_flush (fixture->sink, -1, NULL));
  assert_events (fixture, "a b");
}

/* As in a program's own key-file. */
static void
test_key_file (void)
{
  static const char config[] = "[mvxlog]\nversion=1\n[sink named]\nplugin=test\nlevel=warning\n"
                               "[context testsink.file]\nsinks=named\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogTestSink) test = NULL;
  g_autoptr (MvxLogContext) context = NULL;
  g_autoptr (GPtrArray) events = NULL;

  g_assert_true (mvx_log_test_sink_register_plugins (&error));
  g_assert_true (mvx_log_test_sink_register_plugins (&error));
  g_assert_true (mvx_log_configure_from_data (config, -1, "test.conf", &error));
  g_assert_no_error (error);
  test = mvx_log_test_sink_get ("named");
  context = mvx_log_get_context ("testsink.file");
  mvx_info (context, "below");
  mvx_warning (context, "wanted");
  events = mvx_log_test_sink_get_events (test);
  g_assert_cmpuint (events->len, ==, 1);
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (mvx_log_close_sink ("named", NULL));
}

static void
test_bad_option (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_test_sink_new ("bad", FALSE, g_variant_new_parsed ("{'queue-max-size': <'5'>}"), &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_null (mvx_log_get_sink ("bad"));
}

#define ADD(path, options, func) g_test_add (path, Fixture, options, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/test-sink/direct", NULL, test_direct);
  ADD ("/test-sink/direct-block", NULL, test_direct_block);
  ADD ("/test-sink/retry", "@a{sv} {}", test_retry);
  ADD ("/test-sink/drop", "@a{sv} {}", test_drop);
  ADD ("/test-sink/fail", "@a{sv} {}", test_fail);
  ADD ("/test-sink/overflow", "{'queue-max-size': <'2'>}", test_overflow);
  g_test_add_func ("/test-sink/key-file", test_key_file);
  g_test_add_func ("/test-sink/bad-option", test_bad_option);
  return g_test_run ();
}
