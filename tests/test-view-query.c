/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of a database. That it is never too little is what tests/plugins/test-sqlite.c compares. */
#include "view/view-query.h"

#define TEST_NOW G_GINT64_CONSTANT (1780209600000000)

static void
assert_query (MvxViewFilterOptions options, gboolean plain_levels, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxViewFilter) filter = mvx_view_filter_new (&options, TEST_NOW, &error);
  g_autofree char *query = NULL;
  MvxViewFilterTerms terms;

  g_assert_no_error (error);
  mvx_view_filter_get_terms (filter, &terms);
  query = mvx_view_query_new (&terms, plain_levels);
  g_assert_cmpstr (query, ==, expected);
}

#define assert_where(where_, expected) assert_query ((MvxViewFilterOptions){ .where = where_ }, TRUE, expected)

static void
test_options (void)
{
  assert_query ((MvxViewFilterOptions){ .grep = "x" }, TRUE, "1");
  assert_query ((MvxViewFilterOptions){ .level = "warning" }, TRUE, "1 AND level >= 30");
  assert_query ((MvxViewFilterOptions){ .level = "warning" }, FALSE, "1");
  assert_query ((MvxViewFilterOptions){ .trace = "0AF7651916CD43DD8448EB211C80319C" }, TRUE,
                "1 AND trace_id = '0af7651916cd43dd8448eb211c80319c'");
  assert_query ((MvxViewFilterOptions){ .trace = "\xc3\x84" }, TRUE, "1");
  assert_query ((MvxViewFilterOptions){ .since = "1970-01-01T00:00:01Z", .until = "1970-01-01T00:00:02Z" }, TRUE,
                "1 AND time_ns >= 999999000 AND time_ns < 2000001000");
}

static void
test_context (void)
{
  assert_query ((MvxViewFilterOptions){ .context = "net.http" }, TRUE, "1 AND (context = 'net.http' OR context = '')");
  assert_query ((MvxViewFilterOptions){ .context = "it's.*" }, TRUE,
                "1 AND ((context >= 'it''s.' AND context < 'it''s.' || char(1114111)) OR context = '')");
  assert_query ((MvxViewFilterOptions){ .context = "a[b]" }, TRUE,
                "1 AND ((context >= 'a' AND context < 'a' || char(1114111)) OR context = '')");
  assert_query ((MvxViewFilterOptions){ .context = "*" }, TRUE, "1");
  assert_query ((MvxViewFilterOptions){ .context = "" }, TRUE, "1 AND (context = '' OR context = '')");
  assert_query ((MvxViewFilterOptions){ .context = "a\xff" }, TRUE, "1");
}

static void
test_predicates (void)
{
  assert_where ("status >= 500", "1 AND instr(fields, '\"status\":') > 0");
  assert_where ("has(a.b)", "1 AND instr(fields, '\"b\":') > 0");
  assert_where ("level >= error and status == 1", "1 AND (level >= 40 AND instr(fields, '\"status\":') > 0)");
  assert_where ("level != info or x == 1", "1 AND (level <> 20 OR instr(fields, '\"x\":') > 0)");
  assert_where ("context == \"a'b\"", "1 AND (context = 'a''b' OR context = '')");
  /* Nothing that could be too little. */
  assert_where ("not status >= 500", "1");
  assert_where ("x == 1 or message =~ \"y\"", "1");
  assert_where ("x == 1 and message =~ \"y\"", "1 AND instr(fields, '\"x\":') > 0");
  assert_where ("level =~ \"err\"", "1");
  assert_where ("level == loud", "1");
  assert_where ("context != a", "1");
  assert_where ("message == a", "1");
  assert_where ("sender_host == web1 and has(sender_stream)", "1");
  assert_where ("\"it's\" == 1", "1");
  assert_where ("\"a.\" == 1", "1");
  assert_query ((MvxViewFilterOptions){ .where = "level == error" }, FALSE, "1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/view-query/options", test_options);
  g_test_add_func ("/view-query/context", test_context);
  g_test_add_func ("/view-query/predicates", test_predicates);
  return g_test_run ();
}
