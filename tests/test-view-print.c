/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "view/view-print.h"
#include "view/view-stats.h"

static const char test_view_print_event[]
    = "{\"ts\":\"2026-05-31T06:40:01.123456Z\",\"level\":\"error\",\"context\":\"db\",\"message\":\"dead\\nlock\","
      "\"n\":18446744073709551615,\"who\":\"a b\",\"l\":[\"x\"],\"error\":[{\"domain\":\"db\",\"code\":7,"
      "\"message\":\"lock\\u001b\"},{\"domain\":\"io\",\"code\":24,\"message\":\"timed out\"}],\"file\":\"db.c\","
      "\"line\":42,\"pid\":9}";

static char *
test_view_print (const MvxViewPrinter *printer, const char *line)
{
  g_autoptr (MvxViewEvent) event = mvx_view_event_new ();
  GString *out = g_string_new (NULL);

  if (mvx_view_event_read (event, line, strlen (line)))
    mvx_view_print_event (printer, event, out);
  else
    mvx_view_print_line (printer, line, strlen (line), out);
  return g_string_free (out, FALSE);
}

static void
test_view_print_expect (MvxViewFormat format, const char *fields, const char *line, const char *expected)
{
  g_auto (GStrv) wanted = fields ? g_strsplit (fields, ",", -1) : NULL;
  MvxViewPrinter printer = { format, FALSE, TRUE, wanted };
  g_autofree char *text = test_view_print (&printer, line);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_view_print_pretty (void)
{
  test_view_print_expect (MVX_VIEW_PRETTY, NULL, test_view_print_event,
                          "2026-05-31 06:40:01.123 ERROR    db: dead\\nlock  n=18446744073709551615 who=\"a b\" "
                          "l=[\"x\"]  db.c:42\n"
                          "  \342\224\224\342\224\200 db:7 lock\\x1b \342\206\220 io:24 timed out\n");
  test_view_print_expect (MVX_VIEW_PRETTY, "who,pid", test_view_print_event,
                          "2026-05-31 06:40:01.123 ERROR    db: dead\\nlock  who=\"a b\" pid=9\n");
  test_view_print_expect (MVX_VIEW_PRETTY, NULL, "{\"event\":\"bind\",\"entity\":\"sock\",\"outcome\":\"failed\"}",
                          "sock.bind [failed]\n");
  test_view_print_expect (MVX_VIEW_PRETTY, NULL, "{\"level\":\"odd\\u001b\",\"ts\":\"then\",\"message\":\"m\"}",
                          "then odd\\x1b m\n");
  test_view_print_expect (MVX_VIEW_PRETTY, NULL, "{\"error\":[]}", "\n");
  test_view_print_expect (MVX_VIEW_PRETTY, NULL, "{\"error\":[\"odd\"]}", "\n  \342\224\224\342\224\200 \"odd\"\n");
}

static void
test_view_print_short (void)
{
  test_view_print_expect (MVX_VIEW_SHORT, NULL, test_view_print_event, "06:40:01.123 ERROR    db: dead\\nlock\n");
  test_view_print_expect (MVX_VIEW_SHORT, "n", test_view_print_event,
                          "06:40:01.123 ERROR    db: dead\\nlock  n=18446744073709551615\n");
}

static void
test_view_print_times (void)
{
  static const char *const rows[][2] = {
    { "{\"ts\":\"1969-12-31T23:59:59.250Z\"}", "23:59:59.250 \n" },
    { "{\"ts\":\"1970-01-01T00:00:00Z\"}", "00:00:00.000 \n" },
    { "{\"ts\":\"2026-05-31T06:40:59.999999Z\"}", "06:40:59.999 \n" },
    { "{\"ts\":\"2026-05-31T06:40:59.1Z\"}", "06:40:59.100 \n" },
    { "{\"ts\":\"2026-05-31T06:41:00+01:00\"}", "05:41:00.000 \n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    test_view_print_expect (MVX_VIEW_SHORT, NULL, rows[i][0], rows[i][1]);
}

static void
test_view_print_logfmt (void)
{
  test_view_print_expect (MVX_VIEW_LOGFMT, "level,message,n,l", test_view_print_event,
                          "level=error message=\"dead\\nlock\" n=18446744073709551615 l=\"[\\\"x\\\"]\"\n");
}

static void
test_view_print_json (void)
{
  g_autofree char *whole = g_strconcat (test_view_print_event, "\n", NULL);

  test_view_print_expect (MVX_VIEW_JSON, NULL, test_view_print_event, whole);
  test_view_print_expect (MVX_VIEW_JSON, "who,n,l", test_view_print_event,
                          "{\"n\":18446744073709551615,\"who\":\"a b\",\"l\":[\"x\"]}\n");
  test_view_print_expect (MVX_VIEW_JSON, NULL, "plain \"text\"", "{\"message\":\"plain \\\"text\\\"\"}\n");
}

static void
test_view_print_colours (void)
{
  MvxViewPrinter printer = { MVX_VIEW_SHORT, TRUE, TRUE, NULL };
  g_autofree char *text = test_view_print (&printer, test_view_print_event);

  g_assert_cmpstr (text, ==, "\033[2m06:40:01.123\033[0m \033[31mERROR   \033[0m \033[1mdb\033[0m: dead\\nlock\n");
}

static void
test_view_print_foreign (void)
{
  test_view_print_expect (MVX_VIEW_PRETTY, NULL, "plain\t\033[2J\r", "plain\t\\x1b[2J\n");
  test_view_print_expect (MVX_VIEW_SHORT, NULL, "", "\n");
}

static void
test_view_print_formats (void)
{
  g_autoptr (GError) error = NULL;
  MvxViewFormat format = MVX_VIEW_PRETTY;

  g_assert_true (mvx_view_format_parse ("logfmt", &format, NULL));
  g_assert_cmpint (format, ==, MVX_VIEW_LOGFMT);
  g_assert_false (mvx_view_format_parse ("jsn", &format, &error));
  g_assert_cmpstr (error->message, ==,
                   "'jsn' is not an output format; did you mean 'json'?; use pretty, short, logfmt or json");
}

static void
test_view_print_stats (void)
{
  static const char *const lines[] = {
    "{\"ts\":\"2026-05-31T06:40:01Z\",\"level\":\"info\",\"context\":\"a\"}",
    "{\"ts\":\"2026-05-31T06:40:00Z\",\"level\":\"INFO\",\"context\":\"a\"}",
    "{\"ts\":\"2026-05-31T06:41:01Z\",\"level\":\"error\"}",
    "{\"level\":\"od\\u001bd\",\"context\":\"b\"}",
  };
  g_autoptr (MvxViewStats) stats = mvx_view_stats_new ();
  g_autoptr (MvxViewEvent) event = mvx_view_event_new ();
  g_autoptr (GString) out = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_assert_true (mvx_view_event_read (event, lines[i], strlen (lines[i])));
      mvx_view_stats_add (stats, event);
    }
  mvx_view_stats_add_line (stats);
  mvx_view_stats_print (stats, FALSE, out);
  g_assert_cmpstr (out->str, ==,
                   "           4  events\n           1  other lines\n"
                   "from 2026-05-31T06:40:00Z to 2026-05-31T06:41:01Z\n"
                   "by level\n           1  error\n           2  info\n           1  od\\x1bd\n"
                   "by context\n           2  a\n           1  (root)\n           1  b\n");
  g_string_truncate (out, 0);
  mvx_view_stats_print (stats, TRUE, out);
  g_assert_cmpstr (
      out->str, ==,
      "{\"events\":4,\"other_lines\":1,\"first\":\"2026-05-31T06:40:00Z\",\"last\":\"2026-05-31T06:41:01Z\","
      "\"levels\":{\"error\":1,\"info\":2,\"od\\u001bd\":1},\"contexts\":{\"a\":2,\"\":1,\"b\":1}}\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/view-print/pretty", test_view_print_pretty);
  g_test_add_func ("/view-print/short", test_view_print_short);
  g_test_add_func ("/view-print/times", test_view_print_times);
  g_test_add_func ("/view-print/logfmt", test_view_print_logfmt);
  g_test_add_func ("/view-print/json", test_view_print_json);
  g_test_add_func ("/view-print/colours", test_view_print_colours);
  g_test_add_func ("/view-print/foreign", test_view_print_foreign);
  g_test_add_func ("/view-print/formats", test_view_print_formats);
  g_test_add_func ("/view-print/stats", test_view_print_stats);
  return g_test_run ();
}
