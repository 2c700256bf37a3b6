/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "view/view-filter.h"

#define TEST_NOW G_GINT64_CONSTANT (1780209600000000) /* 2026-05-31T06:40:00Z */

static const char test_view_filter_line[]
    = "{\"ts\":\"2026-05-31T06:35:00Z\",\"level\":\"warning\",\"context\":\"net.http\",\"message\":\"slow\","
      "\"status\":503,\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\"}";

static gboolean
test_view_filter_passes (const MvxViewFilterOptions *options, const char *line)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxViewFilter) filter = mvx_view_filter_new (options, TEST_NOW, &error);
  g_autoptr (MvxViewEvent) event = mvx_view_event_new ();

  g_assert_no_error (error);
  if (!mvx_view_event_read (event, line, strlen (line)))
    return mvx_view_filter_matches_line (filter, line, strlen (line));
  return mvx_view_filter_matches (filter, event);
}

#define test_view_filter_yes(...)                                                                                      \
  g_assert_true (test_view_filter_passes (&(MvxViewFilterOptions){ __VA_ARGS__ }, test_view_filter_line))
#define test_view_filter_no(...)                                                                                       \
  g_assert_false (test_view_filter_passes (&(MvxViewFilterOptions){ __VA_ARGS__ }, test_view_filter_line))

static void
test_view_filter_level (void)
{
  test_view_filter_yes (.level = "warning");
  test_view_filter_yes (.level = "warn+");
  test_view_filter_yes (.level = "DEBUG");
  test_view_filter_yes (.level = "30");
  test_view_filter_no (.level = "error");
  /* An event without a level is not at least of any. */
  g_assert_false (test_view_filter_passes (&(MvxViewFilterOptions){ .level = "trace" }, "{\"message\":\"m\"}"));
  g_assert_false (test_view_filter_passes (&(MvxViewFilterOptions){ .level = "trace" }, "{\"level\":\"loud\"}"));
}

static void
test_view_filter_context (void)
{
  test_view_filter_yes (.context = "net.http");
  test_view_filter_yes (.context = "net.*");
  test_view_filter_yes (.context = "*");
  test_view_filter_yes (.context = "n?t*[o-q]");
  test_view_filter_no (.context = "net");
  test_view_filter_no (.context = "NET.*");
  g_assert_true (test_view_filter_passes (&(MvxViewFilterOptions){ .context = "a*" }, "{\"context\":\"a.b.c\"}"));
  g_assert_true (test_view_filter_passes (&(MvxViewFilterOptions){ .context = "*" }, "{\"message\":\"root\"}"));
  g_assert_true (test_view_filter_passes (&(MvxViewFilterOptions){ .context = "" }, "{\"message\":\"root\"}"));
  g_assert_false (test_view_filter_passes (&(MvxViewFilterOptions){ .context = "a" }, "{\"message\":\"root\"}"));
}

static void
test_view_filter_time (void)
{
  test_view_filter_yes (.since = "10m");
  test_view_filter_yes (.since = "300s");
  test_view_filter_no (.since = "4min");
  test_view_filter_yes (.since = "2h", .until = "1m");
  test_view_filter_no (.until = "6m");
  test_view_filter_yes (.since = "2026-05-31T06:35:00Z", .until = "2026-05-31T08:35:00+02:00");
  test_view_filter_no (.since = "2026-05-31T06:35:00.001Z");
  test_view_filter_no (.until = "2026-05-31T06:34:59Z");
  test_view_filter_yes (.since = "2026-05-29");
  test_view_filter_yes (.since = "2026-05-29 10:00", .until = "2026-06-02 10:00:00");
  g_assert_false (test_view_filter_passes (&(MvxViewFilterOptions){ .since = "9d" }, "{\"message\":\"no time\"}"));
}

static void
test_view_filter_others (void)
{
  test_view_filter_yes (.where = "status >= 500 and level == warn");
  test_view_filter_no (.where = "status < 500");
  test_view_filter_yes (.grep = "\"slow\"");
  test_view_filter_no (.grep = "fast");
  test_view_filter_yes (.trace = "0AF7651916CD43DD8448EB211C80319C");
  test_view_filter_no (.trace = "0");
  test_view_filter_no (.level = "warning", .where = "status == 1");
}

static void
test_view_filter_foreign (void)
{
  const char *line = "plain text";

  g_assert_true (test_view_filter_passes (&(MvxViewFilterOptions){ NULL }, line));
  g_assert_true (test_view_filter_passes (&(MvxViewFilterOptions){ .grep = "plain" }, line));
  g_assert_false (test_view_filter_passes (&(MvxViewFilterOptions){ .grep = "^text" }, line));
  g_assert_false (test_view_filter_passes (&(MvxViewFilterOptions){ .level = "trace" }, line));
  g_assert_false (test_view_filter_passes (&(MvxViewFilterOptions){ .context = "*" }, line));
  g_assert_false (test_view_filter_passes (&(MvxViewFilterOptions){ .where = "not has(x)" }, line));
  g_assert_false (test_view_filter_passes (&(MvxViewFilterOptions){ .since = "9d" }, line));
  g_assert_false (test_view_filter_passes (&(MvxViewFilterOptions){ .until = "0s" }, line));
}

static void
test_view_filter_errors (void)
{
  static const struct
  {
    MvxViewFilterOptions options;
    const char *message;
  } rows[] = {
    { { .level = "waring" },
      "--level: Unknown level 'waring'; did you mean 'warning'?; use trace, debug, info, notice, warning, error, "
      "critical, off or a number" },
    { { .since = "yesterday" },
      "--since: 'yesterday' is not a time; use one such as 2026-05-31T06:40:00Z or 2026-05-31, or how long ago: 90s, "
      "10m, 2h, 3d" },
    { { .until = "10 m" },
      "--until: '10 m' is not a time; use one such as 2026-05-31T06:40:00Z or 2026-05-31, or how long ago: 90s, 10m, "
      "2h, 3d" },
    { { .since = "99999999999999999999d" },
      "--since: '99999999999999999999d' is not a time; use one such as 2026-05-31T06:40:00Z or 2026-05-31, or how long "
      "ago: 90s, 10m, 2h, 3d" },
    { { .where = "a =" }, "--where: column 3: '=' is not an operator; use '==' or '=~'" },
    { { .grep = "\xff" }, "--grep: the regular expression is not valid UTF-8" },
  };
  g_autoptr (GError) error = NULL;
  MvxViewFilterOptions broken = { .grep = "(" };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) local = NULL;

      g_assert_null (mvx_view_filter_new (&rows[i].options, TEST_NOW, &local));
      g_assert_cmpstr (local->message, ==, rows[i].message);
    }
  g_assert_null (mvx_view_filter_new (&broken, TEST_NOW, &error));
  g_assert_true (g_str_has_prefix (error->message, "--grep: "));
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/view-filter/level", test_view_filter_level);
  g_test_add_func ("/view-filter/context", test_view_filter_context);
  g_test_add_func ("/view-filter/time", test_view_filter_time);
  g_test_add_func ("/view-filter/others", test_view_filter_others);
  g_test_add_func ("/view-filter/foreign", test_view_filter_foreign);
  g_test_add_func ("/view-filter/errors", test_view_filter_errors);
  return g_test_run ();
}
