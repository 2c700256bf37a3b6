/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Expectations: what matches, and the whole text of what does not. */
#include <mvxlog/mvxlog-test.h>

MVX_LOG_CONTEXT (shop, "expect.shop")
MVX_LOG_CONTEXT (net, "expect.shop.net")

static void
assert_verify (MvxLogTestCapture *capture, MvxLogTestFlags flags, const char *expected)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = mvx_log_test_capture_verify (capture, flags, &error);

  g_assert_cmpstr (error ? error->message : NULL, ==, expected);
  g_assert_cmpint (ok, ==, expected == NULL);
  if (expected)
    g_assert_error (error, MVX_LOG_TEST_ERROR, MVX_LOG_TEST_ERROR_NOT_EXPECTED);
  /* Both are forgotten. */
  g_assert_true (mvx_log_test_capture_verify (capture, MVX_LOG_TEST_EXACT, NULL));
}

static void
test_met (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("expect.shop");
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "late");
  guint count = 5;

  mvx_log_test_expect (capture, MVX_LOG_LEVEL_INFO, "request {path} took {ms} ms", "path", "/x", "ms", 12.5);
  mvx_log_test_expect (capture, MVX_LOG_LEVEL_WARNING, "slow upstream", "count", 5, "ok", MVX_LOG_BOOL (FALSE));
  mvx_log_test_expect (capture, MVX_LOG_LEVEL_ERROR, "failed", "error", error);
  mvx_log_test_expect (capture, MVX_LOG_LEVEL_NOTSET, NULL);
  mvx_log_test_expect (capture, MVX_LOG_LEVEL_NOTSET, NULL, "peer", "ann");
  mvx_info (net, "request {path} took {ms} ms", "path", "/x", "ms", 12.5);
  mvx_warning (shop, "slow upstream", "count", count, "more", 1, "ok", MVX_LOG_BOOL (FALSE));
  mvx_error (shop, "failed", "error", error);
  mvx_debug (shop, "whatever");
  mvx_debug (shop, "whatever", "peer", "ann");
  mvx_log_test_assert_expected (capture);
}

/* Every type of value: equal ones match, others do not. */
static void
test_values (void)
{
  static const char *const values[]
      = { "<true>",        "<false>",      "<int64 -1>",   "<uint64 18446744073709551615>",
          "<1.5>",         "<'1.5'>",      "<'a'>",        "<'b'>",
          "<b'bytes'>",    "<b'bytez'>",   "<['a', 'b']>", "<['a', 'c']>",
          "<['a']>",       "<{'k': <1>}>", "<{'l': <1>}>", "<{'k': <2>}>",
          "<@ms nothing>", "<int64 7>",    "<uint64 8>" };
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("expect.values", NULL);
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("expect.values");
  const MvxLogLimits all = { -1, -1, -1 };

  mvx_log_context_set_limits (context, &all, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    for (guint j = 0; j < G_N_ELEMENTS (values); j++)
      {
        g_autofree char *wanted = g_strdup_printf ("{'v': %s}", values[i]);
        g_autofree char *logged = g_strdup_printf ("{'v': %s}", values[j]);

        mvx_log_test_capture_expect (capture, MVX_LOG_LEVEL_INFO, "t", g_variant_new_parsed (wanted));
        mvx_log_context_log_variant (context, MVX_LOG_LEVEL_INFO, "t", g_variant_new_parsed (logged), NULL);
        g_assert_cmpint (mvx_log_test_capture_verify (capture, MVX_LOG_TEST_EXACT, NULL), ==, i == j);
      }
}

static void
test_integers (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("expect.shop");

  mvx_log_test_expect (capture, MVX_LOG_LEVEL_INFO, "t", "n", 7);
  mvx_info (shop, "t", "n", (guint64) 7);
  mvx_log_test_assert_expected (capture);
  mvx_log_test_expect (capture, MVX_LOG_LEVEL_INFO, "t", "n", -1);
  mvx_info (shop, "t", "n", G_MAXUINT64);
  g_assert_false (mvx_log_test_capture_verify (capture, MVX_LOG_TEST_EXACT, NULL));
}

static void
test_missing_and_unexpected (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("expect.shop");

  mvx_log_test_expect (capture, MVX_LOG_LEVEL_INFO, "request {path}", "path", "/x");
  mvx_log_test_expect (capture, MVX_LOG_LEVEL_WARNING, "slow upstream", "peer", "10.0.0.1");
  mvx_log_test_expect (capture, MVX_LOG_LEVEL_WARNING, "nothing like it");
  mvx_info (net, "request {path}", "path", "/x", "ms", 12);
  mvx_warning (net, "slow upstream", "peer", "10.0.0.2");
  assert_verify (capture, MVX_LOG_TEST_EXACT,
                 "'expect.shop' did not log what was expected: 2 events are missing, 1 event is unexpected\n"
                 "  expected:\n"
                 "    1. info \"request {path}\" path=/x\n"
                 "    2. warning \"slow upstream\" peer=10.0.0.1  <- missing; in 2. the field is peer=10.0.0.2\n"
                 "    3. warning \"nothing like it\"  <- missing\n"
                 "  logged:\n"
                 "    1. info expect.shop.net \"request {path}\" path=/x ms=12\n"
                 "    2. warning expect.shop.net \"slow upstream\" peer=10.0.0.2  <- unexpected");
}

static void
test_nothing (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("");

  assert_verify (capture, MVX_LOG_TEST_EXACT, NULL);
  mvx_log_test_expect (capture, MVX_LOG_LEVEL_NOTSET, NULL, "a", 1);
  assert_verify (capture, MVX_LOG_TEST_EXACT,
                 "'<root>' did not log what was expected: 1 event is missing\n"
                 "  expected:\n"
                 "    1. any level any template a=1  <- missing\n"
                 "  logged: nothing");
  mvx_info (shop, "line\nbreak");
  mvx_info (shop, "again");
  assert_verify (capture, MVX_LOG_TEST_EXACT,
                 "'<root>' did not log what was expected: 2 events are unexpected\n"
                 "  expected: nothing\n"
                 "  logged:\n"
                 "    1. info expect.shop \"line\\nbreak\"  <- unexpected\n"
                 "    2. info expect.shop \"again\"  <- unexpected");
}

static void
test_order (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("expect.shop");

  for (guint i = 0; i < 2; i++)
    {
      mvx_log_test_expect (capture, MVX_LOG_LEVEL_INFO, "first");
      mvx_log_test_expect (capture, MVX_LOG_LEVEL_INFO, "second");
      mvx_info (shop, "second");
      mvx_info (shop, "first");
      if (i == 0)
        assert_verify (capture, MVX_LOG_TEST_EXACT,
                       "'expect.shop' did not log what was expected: 1 event is missing, 1 event is unexpected\n"
                       "  expected:\n"
                       "    1. info \"first\"\n"
                       "    2. info \"second\"  <- missing; it was logged too early, as 1.\n"
                       "  logged:\n"
                       "    1. info expect.shop \"second\"  <- unexpected\n"
                       "    2. info expect.shop \"first\"");
      else
        assert_verify (capture, MVX_LOG_TEST_ANY_ORDER, NULL);
    }
}

static void
test_others (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("expect.shop");

  mvx_log_test_expect (capture, MVX_LOG_LEVEL_INFO, "wanted");
  mvx_debug (shop, "noise");
  mvx_info (shop, "wanted");
  mvx_debug (shop, "noise");
  mvx_log_test_assert_expected_as (capture, MVX_LOG_TEST_ALLOW_OTHERS);

  mvx_log_test_expect (capture, MVX_LOG_LEVEL_INFO, "wanted");
  mvx_debug (shop, "wanted");
  assert_verify (capture, MVX_LOG_TEST_ALLOW_OTHERS | MVX_LOG_TEST_ANY_ORDER,
                 "'expect.shop' did not log what was expected: 1 event is missing\n"
                 "  expected:\n"
                 "    1. info \"wanted\"  <- missing; in 1. the level is debug\n"
                 "  logged:\n"
                 "    1. debug expect.shop \"wanted\"");
}

static void
test_differences (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("expect.shop");

  mvx_log_test_expect (capture, 33, "t", "n", 5);
  mvx_log_test_expect (capture, 33, "t", "absent", 5);
  mvx_log (shop, 33, "t", "n", "5");
  assert_verify (capture, MVX_LOG_TEST_EXACT,
                 "'expect.shop' did not log what was expected: 2 events are missing, 1 event is unexpected\n"
                 "  expected:\n"
                 "    1. level 33 \"t\" n=5  <- missing; in 1. the field is n=5 (string)\n"
                 "    2. level 33 \"t\" absent=5  <- missing; in 1. there is no field absent\n"
                 "  logged:\n"
                 "    1. level 33 expect.shop \"t\" n=5  <- unexpected");
}

/* An event without a template is known by its message. */
static void
test_message (void)
{
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("expect.shop", NULL);
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("expect.shop");
  MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message = "100 % {done}" };

  mvx_log_test_expect (capture, MVX_LOG_LEVEL_INFO, "100 % {done}");
  mvx_log_event_submit (context, &init, NULL, 0, NULL);
  mvx_log_test_assert_expected (capture);
}

/* What a failing test prints. */
static void
test_assert (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("expect.shop");

      mvx_log_test_expect (capture, MVX_LOG_LEVEL_INFO, "wanted", "id", 1);
      mvx_warning (shop, "happened", "id", 1);
      mvx_log_test_assert_expected (capture);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("**\n"
                             "ERROR:*test-expect.c:*:test_assert: 'expect.shop' did not log what was expected: "
                             "1 event is missing, 1 event is unexpected\n"
                             "  expected:\n"
                             "    1. info \"wanted\" id=1  <- missing\n"
                             "  logged:\n"
                             "    1. warning expect.shop \"happened\" id=1  <- unexpected\n");
}

/* A test that forgets to look must not pass. */
static void
test_forgotten (void)
{
  if (g_test_subprocess ())
    {
      MvxLogTestCapture *capture = mvx_log_test_capture_begin ("expect.shop");

      mvx_log_test_expect (capture, MVX_LOG_LEVEL_INFO, "wanted");
      g_object_unref (capture);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*A capture of 'expect.shop' ends, and nobody has compared what was expected; call "
                             "mvx_log_test_assert_expected ()*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/test-expect/met", test_met);
  g_test_add_func ("/test-expect/values", test_values);
  g_test_add_func ("/test-expect/integers", test_integers);
  g_test_add_func ("/test-expect/missing-and-unexpected", test_missing_and_unexpected);
  g_test_add_func ("/test-expect/nothing", test_nothing);
  g_test_add_func ("/test-expect/order", test_order);
  g_test_add_func ("/test-expect/others", test_others);
  g_test_add_func ("/test-expect/differences", test_differences);
  g_test_add_func ("/test-expect/message", test_message);
  g_test_add_func ("/test-expect/assert", test_assert);
  g_test_add_func ("/test-expect/forgotten", test_forgotten);
  return g_test_run ();
}
