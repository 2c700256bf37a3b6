/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a program tests what it logs: gcc shop-test.c $(pkg-config --cflags --libs mvxlog-test-1). Also valid C++. */
#include <mvxlog/mvxlog-test.h>

/* The program under test. */

MVX_LOG_CONTEXT (orders, "org.example.shop.orders")

static gboolean
shop_sell (const char *item, int count, GError **error)
{
  mvx_debug (orders, "looking for {item}", "item", item);
  if (count > 3)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "only 3 of '%s' are left", item);
      mvx_error (orders, "cannot sell {item}", "item", item, "error", error ? *error : NULL);
      return FALSE;
    }
  mvx_info (orders, "sold {count} {item}", "item", item, "count", count);
  return TRUE;
}

/* The tests. */

static void
test_sold (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("org.example.shop");

  mvx_log_test_expect (capture, MVX_LOG_LEVEL_DEBUG, "looking for {item}");
  mvx_log_test_expect (capture, MVX_LOG_LEVEL_INFO, "sold {count} {item}", "item", "tea", "count", 2);
  g_assert_true (shop_sell ("tea", 2, NULL));
  mvx_log_test_assert_expected (capture);
}

static void
test_sold_out (void)
{
  g_autoptr (MvxLogTestCapture) capture = mvx_log_test_capture_begin ("org.example.shop");
  g_autoptr (GError) error = NULL;

  g_assert_false (shop_sell ("tea", 4, &error));
  mvx_log_test_expect (capture, MVX_LOG_LEVEL_ERROR, "cannot sell {item}", "error", error);
  mvx_log_test_assert_expected_as (capture, MVX_LOG_TEST_ALLOW_OTHERS);
}

/* The shop goes on selling while its log is in trouble. */
static void
test_log_in_trouble (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogTestSink) audit = mvx_log_test_sink_new ("audit", TRUE, NULL, &error);
  g_autoptr (MvxLogContext) shop = mvx_log_configure_context ("org.example.shop", &error);
  g_autoptr (GPtrArray) events = NULL;
  MvxLogSink *sinks[1];

  g_assert_no_error (error);
  sinks[0] = mvx_log_test_sink_ref_sink (audit);
  mvx_log_context_set_sinks (shop, sinks, 1, NULL);
  mvx_log_test_sink_answer (audit, 2, MVX_LOG_DISPATCH_RETRY, "no route to host");
  g_assert_true (shop_sell ("tea", 1, NULL));
  g_assert_true (mvx_log_test_sink_wait_events (audit, 1, -1));
  events = mvx_log_test_sink_get_events (audit);
  g_assert_cmpint (mvx_log_event_get_int64 ((MvxLogEvent *) g_ptr_array_index (events, 0), "count", 0), ==, 1);
  g_assert_cmpuint (mvx_log_test_sink_get_n_attempts (audit), ==, 3);
  mvx_log_context_reset_sinks (shop, NULL);
  g_object_unref (sinks[0]);
  g_assert_true (mvx_log_close_sink ("audit", NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shop/sold", test_sold);
  g_test_add_func ("/shop/sold-out", test_sold_out);
  g_test_add_func ("/shop/log-in-trouble", test_log_in_trouble);
  return g_test_run ();
}
