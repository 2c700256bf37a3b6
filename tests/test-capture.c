/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Written as a user of mvxlog-test-1 would: public headers only. */
#include <mvxlog/mvxlog-test.h>

MVX_LOG_CONTEXT (shop, "capture.shop")
MVX_LOG_CONTEXT (net, "capture.shop.net")
MVX_LOG_CONTEXT (other, "capture.other")

static void
assert_text (MvxLogTestCapture *capture, const char *expected)
{
  g_autofree char *text = mvx_log_test_capture_dup_text (capture);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_subtree (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("capture.shop");

  mvx_trace (shop, "trace of {what}", "what", "shop");
  mvx_info (net, "request {path}", "path", "/a b", "ms", 12.5);
  mvx_debug (other, "not below");
  mvx_event (net, MVX_LOG_LEVEL_ERROR, "bind", "bound", "port", 80);
  g_assert_cmpuint (mvx_log_test_capture_get_n_events (capture), ==, 3);
  assert_text (capture, "trace capture.shop \"trace of {what}\" what=shop\n"
                        "info capture.shop.net \"request {path}\" path=\"/a b\" ms=12.5\n"
                        "error capture.shop.net bind \"bound\" port=80\n");
}

static void
test_root (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("");
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();
  MvxLogEventInit named = { .level = 33, .name = "named" };
  MvxLogEventInit bare = { .level = MVX_LOG_LEVEL_INFO };

  mvx_debug (other, "one");
  mvx_log_event_submit (root, &named, NULL, 0, NULL);
  mvx_log_event_submit (root, &bare, NULL, 0, NULL);
  assert_text (capture, "debug capture.other \"one\"\nlevel 33 <root> named\ninfo <root> without a message\n");
}

/* The configuration is not touched, and what is changed meanwhile holds afterwards. */
static void
test_restores (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogTestSink) configured = mvx_log_test_sink_new ("configured", FALSE, NULL, &error);
  g_autoptr (MvxLogSink) sink = mvx_log_test_sink_ref_sink (configured);
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("capture.restored", &error);
  g_autoptr (MvxLogContext) below = mvx_log_configure_context ("capture.restored.below", &error);
  g_autoptr (MvxLogTestCapture) capture = NULL;
  g_autoptr (GPtrArray) local = NULL;
  g_autoptr (GPtrArray) events = NULL;

  g_assert_no_error (error);
  mvx_log_context_set_sinks (context, &sink, 1, NULL);
  mvx_log_context_set_level (context, MVX_LOG_LEVEL_WARNING, NULL);
  capture = mvx_log_test_capture_begin ("capture.restored");
  mvx_debug (below, "captured");
  local = mvx_log_context_get_local_sinks (context);
  g_assert_cmpuint (local->len, ==, 1);
  g_assert_true (g_ptr_array_index (local, 0) == sink);
  g_assert_false (mvx_log_close_sink ("configured", NULL)); /* in use as ever */
  mvx_log_context_set_level (below, MVX_LOG_LEVEL_ERROR, NULL);
  mvx_debug (below, "captured, too");
  mvx_log_test_capture_end (capture);
  mvx_log_test_capture_end (capture);

  mvx_warning (below, "too low");
  mvx_error (below, "delivered");
  mvx_info (context, "too low");
  assert_text (capture, "debug capture.restored.below \"captured\"\ndebug capture.restored.below \"captured, too\"\n");
  events = mvx_log_test_sink_get_events (configured);
  g_assert_cmpuint (events->len, ==, 1);
  g_assert_cmpstr (mvx_log_event_get_template (g_ptr_array_index (events, 0)), ==, "delivered");
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (mvx_log_close_sink ("configured", &error));
}

static void
test_nested (void)
{
  g_autoptr (MvxLogTestCapture) outer = mvx_log_test_capture_begin ("capture.shop");
  g_autoptr (MvxLogTestCapture) inner = mvx_log_test_capture_begin ("capture.shop.net");
  g_autoptr (MvxLogTestCapture) same = mvx_log_test_capture_begin ("capture.shop");

  mvx_info (net, "to same");
  /* Not in the order of a stack. */
  mvx_log_test_capture_end (outer);
  mvx_log_test_capture_end (same);
  mvx_info (net, "to inner");
  mvx_debug (shop, "to nobody");
  g_clear_object (&inner);
  mvx_debug (net, "to nobody");
  assert_text (same, "info capture.shop.net \"to same\"\n");
  assert_text (outer, "");
}

static void
test_outer_again (void)
{
  g_autoptr (MvxLogTestCapture) outer = mvx_log_test_capture_begin ("capture.shop");
  g_autoptr (MvxLogTestCapture) inner = mvx_log_test_capture_begin ("capture.shop.net");

  mvx_info (net, "to inner");
  mvx_info (shop, "to outer");
  mvx_log_test_capture_end (inner);
  mvx_info (net, "to outer, too");
  assert_text (inner, "info capture.shop.net \"to inner\"\n");
  assert_text (outer, "info capture.shop \"to outer\"\ninfo capture.shop.net \"to outer, too\"\n");
}

/* Bound and scoped fields, and limits, work as ever. */
static void
test_shaping (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("capture.shop");
  g_autoptr (MvxLogContext) bound = mvx_log_bind (shop, "request", 7);
  g_autofree char *longer = g_strnfill (201, 'x');
  g_autofree char *cut = g_strnfill (200, 'x');
  g_autofree char *expected = NULL;

  {
    MVX_LOG_SCOPED ("user", "ann");
    mvx_info (bound, "t", "text", longer);
  }
  expected = g_strdup_printf ("info capture.shop \"t\" request=7 user=ann text=%s...\n", cut);
  assert_text (capture, expected);
}

#define N_THREADS 4
#define N_EVENTS 200

static gpointer
log_many (gpointer data)
{
  for (gint i = 0; i < N_EVENTS; i++)
    mvx_info (net, "from a thread", "i", i);
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("capture.shop");
  g_autoptr (GPtrArray) events = NULL;
  GThread *threads[N_THREADS];
  gint64 sum = 0;

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("logs", log_many, NULL);
  g_assert_true (mvx_log_test_capture_wait (capture, N_THREADS * N_EVENTS, -1));
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  events = mvx_log_test_capture_get_events (capture);
  g_assert_cmpuint (events->len, ==, N_THREADS * N_EVENTS);
  for (guint i = 0; i < events->len; i++)
    sum += mvx_log_event_get_int64 (g_ptr_array_index (events, i), "i", -1);
  g_assert_cmpint (sum, ==, N_THREADS * (N_EVENTS * (N_EVENTS - 1) / 2));
}

/* Threads log while captures come and go: every event is in exactly one place. */
static gpointer
log_until (gpointer data)
{
  gint *stop = data;
  guint n = 0;

  while (!g_atomic_int_get (stop))
    {
      mvx_info (net, "storm");
      n++;
    }
  return GUINT_TO_POINTER (n);
}

static void
test_storm (void)
{
  g_autoptr (MvxLogTestCapture) outer = mvx_log_test_capture_begin ("capture.shop");
  guint n_logged = 0;
  guint n_captured = 0;
  GThread *threads[2];
  gint stop = 0;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("storm", log_until, &stop);
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (MvxLogTestCapture) inner = mvx_log_test_capture_begin ("capture.shop.net");

      mvx_log_test_capture_wait (inner, 20, -1);
      mvx_log_test_capture_end (inner);
      n_captured += mvx_log_test_capture_get_n_events (inner);
    }
  g_atomic_int_set (&stop, 1);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    n_logged += GPOINTER_TO_UINT (g_thread_join (threads[i]));
  mvx_log_test_capture_end (outer);
  n_captured += mvx_log_test_capture_get_n_events (outer);
  g_assert_cmpuint (n_captured, ==, n_logged);
}

static void
test_wait_deadline (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("capture.shop");

  mvx_info (shop, "one");
  g_assert_true (mvx_log_test_capture_wait (capture, 1, 0));
  g_assert_false (mvx_log_test_capture_wait (capture, 2, g_get_monotonic_time ()));
  mvx_log_test_capture_clear (capture);
  g_assert_cmpuint (mvx_log_test_capture_get_n_events (capture), ==, 0);
}

static void
test_bad_name (void)
{
  if (g_test_subprocess ())
    {
      mvx_log_test_capture_begin ("1st");
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*mvx_log_test_capture_begin: assertion '*is_context (context)' failed*");
}

#define NOON (G_GINT64_CONSTANT (1795262400) * 1000000000)

static void
test_clock (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("capture.shop");
  g_autoptr (GPtrArray) events = NULL;
  gint64 before = g_get_real_time () * 1000;

  mvx_log_test_clock_set (NOON);
  mvx_info (shop, "one");
  mvx_log_test_clock_advance (1500);
  mvx_info (shop, "two");
  mvx_log_test_clock_release ();
  mvx_log_test_clock_release ();
  mvx_info (shop, "three");
  events = mvx_log_test_capture_get_events (capture);
  g_assert_cmpint (mvx_log_event_get_timestamp (g_ptr_array_index (events, 0)), ==, NOON);
  g_assert_cmpint (mvx_log_event_get_timestamp (g_ptr_array_index (events, 1)), ==, NOON + 1500);
  g_assert_cmpint (mvx_log_event_get_timestamp (g_ptr_array_index (events, 2)), >=, before);
}

/* A span lasts as long as the test says; one that the clock is released in does not end before it began. */
static void
test_clock_span (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("capture.shop");
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (MvxLogSpan) released = NULL;

  mvx_log_test_clock_set (NOON);
  {
    MVX_LOG_LIFE (shop, "stocktaking");
    mvx_log_test_clock_advance (90 * G_GINT64_CONSTANT (1000000000));
  }
  released = mvx_log_span_begin (mvx_log_handle_context (shop), MVX_LOG_SPAN_LIFE, MVX_LOG_LEVEL_INFO, "released");
  mvx_log_test_clock_release ();
  mvx_log_span_end (released);
  events = mvx_log_test_capture_get_events (capture);
  g_assert_cmpuint (events->len, ==, 4);
  g_assert_cmpstr (mvx_log_event_get_verbatim_message (events->pdata[1]), ==, "End (90.00): stocktaking");
  g_assert_cmpfloat (mvx_log_event_get_double (events->pdata[1], "duration", -1), ==, 90.0);
  g_assert_cmpfloat (mvx_log_event_get_double (events->pdata[3], "duration", -1), ==, 0.0);
}

/* A policy that counts knows no other time, and the call that moves it brings the summary. */
static void
test_clock_policy (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("capture.shop");
  g_autoptr (MvxLogEventPolicy) policy = mvx_log_repeat_policy_new (60 * G_USEC_PER_SEC, NULL);
  MvxLogContext *context = mvx_log_handle_context (shop);

  mvx_log_test_clock_set (NOON);
  g_assert_true (mvx_log_context_set_event_policy (context, policy, NULL));
  mvx_log_test_expect (capture, MVX_LOG_LEVEL_INFO, "sold out");
  mvx_log_test_expect (capture, MVX_LOG_LEVEL_INFO, "suppressed {suppressed} events like: {like}", "suppressed",
                       (guint64) 4, "seconds", 60.0, "like", "sold out");
  for (guint i = 0; i < 5; i++)
    mvx_info (context, "sold out");
  mvx_log_test_clock_advance (60 * G_GINT64_CONSTANT (1000000000));
  mvx_log_test_assert_expected (capture);
  mvx_log_test_clock_release ();
  g_assert_true (mvx_log_context_reset_event_policy (context, NULL));
}

/* Through a queue and a worker, before, with and after the stopped clock. */
static void
test_clock_async (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogTestSink) test = mvx_log_test_sink_new ("clocked", TRUE, NULL, &error);
  g_autoptr (MvxLogSink) sink = mvx_log_test_sink_ref_sink (test);
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("capture.clocked", &error);
  g_autoptr (GPtrArray) events = NULL;
  gint64 before = (g_get_real_time () - G_USEC_PER_SEC) * 1000;

  g_assert_no_error (error);
  mvx_log_context_set_sinks (context, &sink, 1, NULL);
  for (guint i = 0; i < 3; i++)
    {
      if (i == 1)
        mvx_log_test_clock_set (NOON);
      else if (i == 2)
        mvx_log_test_clock_release ();
      mvx_info (context, "e");
      g_assert_true (mvx_log_flush (-1, NULL));
    }
  events = mvx_log_test_sink_get_events (test);
  g_assert_cmpuint (events->len, ==, 3);
  g_assert_cmpint (mvx_log_event_get_timestamp (g_ptr_array_index (events, 0)), >=, before);
  g_assert_cmpint (mvx_log_event_get_timestamp (g_ptr_array_index (events, 1)), ==, NOON);
  g_assert_cmpint (mvx_log_event_get_timestamp (g_ptr_array_index (events, 2)), >=, before);
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (mvx_log_close_sink ("clocked", NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/test-capture/subtree", test_subtree);
  g_test_add_func ("/test-capture/root", test_root);
  g_test_add_func ("/test-capture/restores", test_restores);
  g_test_add_func ("/test-capture/nested", test_nested);
  g_test_add_func ("/test-capture/outer-again", test_outer_again);
  g_test_add_func ("/test-capture/shaping", test_shaping);
  g_test_add_func ("/test-capture/threads", test_threads);
  g_test_add_func ("/test-capture/storm", test_storm);
  g_test_add_func ("/test-capture/wait-deadline", test_wait_deadline);
  g_test_add_func ("/test-capture/bad-name", test_bad_name);
  g_test_add_func ("/test-capture/clock", test_clock);
  g_test_add_func ("/test-capture/clock-span", test_clock_span);
  g_test_add_func ("/test-capture/clock-policy", test_clock_policy);
  g_test_add_func ("/test-capture/clock-async", test_clock_async);
  return g_test_run ();
}
