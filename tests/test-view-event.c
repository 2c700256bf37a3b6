/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/mvxlog.h>

#include "view/view-event.h"

static MvxViewEvent *
test_view_event_read (const char *line)
{
  MvxViewEvent *event = mvx_view_event_new ();

  g_assert_true (mvx_view_event_read (event, line, strlen (line)));
  return event;
}

static void
test_view_event_ours (void)
{
  g_autoptr (MvxViewEvent) event = test_view_event_read (
      "{\"ts\":\"2026-05-31T06:40:00.123456789Z\",\"level\":\"warning\",\"context\":\"net.http\",\"message\":\"slow\","
      "\"status\":503,\"peer\":\"10.0.0.7\",\"file\":\"http.c\",\"line\":42,\"pid\":1,\"seq\":7}");

  g_assert_true (event->has_level);
  g_assert_cmpint (event->level, ==, MVX_LOG_LEVEL_WARNING);
  g_assert_true (event->has_time);
  g_assert_cmpint (event->time_us, ==, G_GINT64_CONSTANT (1780209600123456));
  g_assert_cmpstr (mvx_view_event_get (event, MVX_VIEW_CONTEXT)->text, ==, "net.http");
  g_assert_cmpstr (mvx_view_event_get (event, MVX_VIEW_MESSAGE)->text, ==, "slow");
  g_assert_cmpstr (mvx_view_event_get (event, MVX_VIEW_LINE)->text, ==, "42");
  g_assert_null (mvx_view_event_get (event, MVX_VIEW_ERROR));
  g_assert_cmpint (mvx_view_event_find (event, "status")->role, ==, MVX_VIEW_USER);
  g_assert_cmpstr (mvx_view_event_find (event, "peer")->text, ==, "10.0.0.7");
  g_assert_null (mvx_view_event_find (event, "absent"));
}

static void
test_view_event_nested_fields (void)
{
  g_autoptr (MvxViewEvent) event
      = test_view_event_read ("{\"message\":\"m\",\"fields\":{\"a\":1,\"b\":{\"c\":2}},\"pid\":3}");

  g_assert_cmpuint (event->fields->len, ==, 4);
  g_assert_cmpstr (mvx_view_event_find (event, "a")->text, ==, "1");
  g_assert_cmpstr (mvx_view_event_find (event, "b")->text, ==, "{\"c\":2}");
}

static void
test_view_event_foreign_json (void)
{
  g_autoptr (MvxViewEvent) event = test_view_event_read (
      "{\"time\":1780209600123,\"lvl\":\"ERR\",\"msg\":\"boom\",\"logger\":\"x\",\"error\":\"text\"}");

  g_assert_cmpint (event->level, ==, MVX_LOG_LEVEL_ERROR);
  g_assert_cmpint (event->time_us, ==, G_GINT64_CONSTANT (1780209600123000));
  g_assert_cmpstr (mvx_view_event_get (event, MVX_VIEW_MESSAGE)->text, ==, "boom");
  g_assert_cmpstr (mvx_view_event_get (event, MVX_VIEW_CONTEXT)->text, ==, "x");
  g_assert_cmpstr (mvx_view_event_find (event, "message")->text, ==, "boom");
  /* Not a chain: a field like any other. */
  g_assert_null (mvx_view_event_get (event, MVX_VIEW_ERROR));
  g_assert_cmpstr (mvx_view_event_find (event, "error")->text, ==, "text");
}

static void
test_view_event_not_json (void)
{
  static const char *const lines[] = { "", "plain", "[1]", "\"text\"", "{\"a\":1", "{\"a\":1} x", "{a:1}", "42" };
  g_autoptr (MvxViewEvent) event = mvx_view_event_new ();

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    g_assert_false (mvx_view_event_read (event, lines[i], strlen (lines[i])));
  g_assert_false (mvx_view_event_read (event, "{\"a\":\"\0\"}", 9));
  g_assert_true (mvx_view_event_read (event, " {} ", 4));
  g_assert_cmpuint (event->fields->len, ==, 0);
}

static void
test_view_event_reuse (void)
{
  g_autoptr (MvxViewEvent) event
      = test_view_event_read ("{\"level\":\"info\",\"ts\":\"2026-05-31T06:40:00Z\",\"a\":1}");

  g_assert_true (mvx_view_event_read (event, "{\"b\":2}", 7));
  g_assert_false (event->has_level);
  g_assert_false (event->has_time);
  g_assert_null (mvx_view_event_find (event, "a"));
}

static void
test_view_event_levels (void)
{
  static const struct
  {
    const char *text;
    gint level;
  } rows[] = {
    { "info", MVX_LOG_LEVEL_INFO }, { "WARN", MVX_LOG_LEVEL_WARNING },   { "err", MVX_LOG_LEVEL_ERROR },
    { "E", MVX_LOG_LEVEL_ERROR },   { "emerg", MVX_LOG_LEVEL_CRITICAL }, { "25", 25 },
  };
  gint level;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_assert_true (mvx_view_level_parse (rows[i].text, &level));
      g_assert_cmpint (level, ==, rows[i].level);
    }
  g_assert_false (mvx_view_level_parse ("loud", &level));
}

static void
test_view_event_times (void)
{
  static const char *const bad[] = { "", "now", "2026", "0000-00-00T00:00:00Z", "not a time at all" };
  gint64 time_us;

  g_assert_true (mvx_view_time_parse ("2026-05-31T08:40:00.5+02:00", &time_us));
  g_assert_cmpint (time_us, ==, G_GINT64_CONSTANT (1780209600500000));
  g_assert_true (mvx_view_time_parse ("1780209600.5", &time_us));
  g_assert_cmpint (time_us, ==, G_GINT64_CONSTANT (1780209600500000));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (mvx_view_time_parse (bad[i], &time_us));
}

static gboolean
test_view_event_where (MvxViewEvent *event, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogPredicate) predicate = mvx_log_predicate_new (text, &error);

  g_assert_no_error (error);
  return mvx_log_predicate_matches (predicate, &mvx_view_event_funcs, event);
}

static void
test_view_event_predicates (void)
{
  g_autoptr (MvxViewEvent) event = test_view_event_read (
      "{\"level\":\"error\",\"n\":18446744073709551615,\"d\":1.5,\"t\":true,\"z\":null,\"l\":[1],"
      "\"http\":{\"status\":503,\"req\":{\"path\":\"/a\\u00e9\"}},\"dot.ted\":1}");

  g_assert_true (test_view_event_where (event, "level > warn and level <= 40"));
  g_assert_true (test_view_event_where (event, "n == 18446744073709551615"));
  g_assert_true (test_view_event_where (event, "d == 1.5 and t == true and z == null"));
  g_assert_true (test_view_event_where (event, "l =~ '1'"));
  g_assert_true (test_view_event_where (event, "http.status >= 500"));
  g_assert_true (test_view_event_where (event, "http.req.path == '/a\303\251'"));
  g_assert_true (test_view_event_where (event, "dot.ted == 1"));
  g_assert_false (test_view_event_where (event, "has(http.absent) or has(http.req.path.more) or has(absent.x)"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/view-event/ours", test_view_event_ours);
  g_test_add_func ("/view-event/nested-fields", test_view_event_nested_fields);
  g_test_add_func ("/view-event/foreign-json", test_view_event_foreign_json);
  g_test_add_func ("/view-event/not-json", test_view_event_not_json);
  g_test_add_func ("/view-event/reuse", test_view_event_reuse);
  g_test_add_func ("/view-event/levels", test_view_event_levels);
  g_test_add_func ("/view-event/times", test_view_event_times);
  g_test_add_func ("/view-event/predicates", test_view_event_predicates);
  return g_test_run ();
}
