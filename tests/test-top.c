/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `mvxlog top` makes of what programs say, whole outputs. */
#include <string.h>

#include "top/top-print.h"

#define TIMES_1 "[0,4,0,0,6,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]"
#define TIMES_2 "[0,4,0,0,6,0,0,50,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,50]"

#define HEAD                                                                                                           \
  "  SINK           STATE     QUEUE               RATE     P50/P99    SENT DROPPED   RETRY           SPOOL  LAST "     \
  "ERROR\n"

/* One of this tool's own time. @offered and @times: of the sink that goes on. */
static char *
make_answer (gint64 offered, gint64 delivered, const char *times)
{
  return g_strdup_printf (
      "{\"program\":\"shop\",\"pid\":7,\"version\":\"1.0.0\",\"uptime_us\":11520999999,\"rss_bytes\":25270682,"
      "\"rss_grown_bytes\":3250586,\"sinks\":[{\"name\":\"file\",\"plugin\":\"file\",\"state\":\"running\","
      "\"queue_max\":8192,\"dispatch_us\":123456789,\"dispatch_time\":%s,\"health\":\"up\","
      "\"offered\":%" G_GINT64_FORMAT ",\"accepted\":%" G_GINT64_FORMAT ",\"delivered\":%" G_GINT64_FORMAT ","
      "\"pending\":12,\"spooled\":0,\"retried\":0,\"refused\":{},\"dropped\":{}},"
      "{\"name\":\"loki\",\"plugin\":\"loki\",\"state\":\"running\",\"queue_max\":8192,\"spool_bytes\":42991616,"
      "\"last_error\":\"503\",\"retry_in_us\":7200001,\"dispatch_us\":0,"
      "\"dispatch_time\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],\"health\":\"open\","
      "\"offered\":98100,\"accepted\":98063,\"delivered\":93700,\"pending\":8192,\"spooled\":4312,\"retried\":12,"
      "\"refused\":{\"queue-full\":36},\"dropped\":{\"rejected\":2,\"queue-full\":1}}]}",
      times, offered, offered, delivered);
}

typedef struct
{
  MvxTopBefore before;
  gint64 now_us;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  mvx_top_before_init (&fixture->before);
  fixture->now_us = 1000;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  mvx_top_before_clear (&fixture->before);
}

/* What is shown of @text, two seconds behind the last one. */
static char *
show (Fixture *fixture, const char *text, gboolean json)
{
  g_autoptr (MvxTopProgram) program = mvx_top_program_new (7, text);
  g_autofree MvxTopRates *sinks = g_new0 (MvxTopRates, program->sinks->len);
  GString *out = g_string_new (NULL);
  MvxTopBefore next;
  MvxTopRates all;

  mvx_top_before_init (&next);
  mvx_top_get_rates (program, fixture->now_us, &fixture->before, &next, sinks, &all);
  if (json)
    mvx_top_print_json (out, program, sinks, &all);
  else
    mvx_top_print_table (out, program, sinks, &all);
  mvx_top_before_clear (&fixture->before);
  fixture->before = next;
  fixture->before.time_us = fixture->now_us;
  fixture->now_us += 2 * G_USEC_PER_SEC;
  return g_string_free (out, FALSE);
}

static void
test_table (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = make_answer (1000, 988, TIMES_1);
  g_autofree char *second = make_answer (25800, 25788, TIMES_2);
  g_autofree char *once = show (fixture, first, FALSE);
  g_autofree char *twice = show (fixture, second, FALSE);

  g_assert_cmpstr (once, ==,
                   "shop[7]  up 3h12m  in -  out -  dropped 39 (queue-full 37, rejected 2)  rss 24.1 MiB"
                   " (+3.1 MiB)\n" HEAD
                   "  file           up        12/8192       ▏        -    9.3/16us     988       0     "
                   "  0               -  -\n"
                   "  loki           open      8192/8192     █        -           -   93.7k      39     "
                   " 12  4.3k, 41.0 MiB  503 (retry in 8s)\n");
  g_assert_cmpstr (twice, ==,
                   "shop[7]  up 3h12m  in 12.4k/s  out 12.4k/s  dropped 39 (queue-full 37, rejected 2)  "
                   "rss 24.1 MiB (+3.1 MiB)\n" HEAD
                   "  file           up        12/8192       ▏  12.4k/s   0.0/4.2s+   25.8k       0     "
                   "  0               -  -\n"
                   "  loki           open      8192/8192     █      0/s           -   93.7k      39     "
                   " 12  4.3k, 41.0 MiB  503 (retry in 8s)\n");
}

#define NO_RATES "\"in_per_s\":null,\"out_per_s\":null"
#define NO_FIGURES NO_RATES ",\"p50_us\":null,\"p99_us\":null,\"lost_total\":null"

/* All that was said, and what was computed of it, in a whole line. */
static void
test_json (Fixture *fixture, gconstpointer data)
{
  static const char first[] = "{\"sinks\":[{\"name\":\"a\",\"offered\":10,\"delivered\":8}]}";
  static const char second[] = "{\"program\":\"b\\u00e4r\",\"in_per_s\":\"no\",\"x\":{\"y\":[1e400]},"
                               "\"sinks\":[{\"name\":\"a\",\"offered\":13,\"delivered\":10,\"dispatch_time\":[0,0,4,0],"
                               "\"refused\":{\"new \\\"one\\\"\":2},\"dropped\":{}},{}],\"z\":null}";
  g_autofree char *once = show (fixture, first, TRUE);
  g_autofree char *twice = show (fixture, second, TRUE);
  g_autofree char *nothing = show (fixture, "{}", TRUE);

  g_assert_cmpstr (once, ==,
                   "{" NO_RATES ",\"lost_total\":null,\"lost_by_reason\":{},"
                   "\"sinks\":[{\"name\":\"a\",\"offered\":10,\"delivered\":8," NO_FIGURES "}]}");
  g_assert_cmpstr (twice, ==,
                   "{\"program\":\"b\\u00e4r\",\"x\":{\"y\":[1e400]},\"z\":null,\"in_per_s\":1.5,\"out_per_s\":1.0,"
                   "\"lost_total\":2,\"lost_by_reason\":{\"new \\\"one\\\"\":2},"
                   "\"sinks\":[{\"name\":\"a\",\"offered\":13,\"delivered\":10,\"dispatch_time\":[0,0,4,0],"
                   "\"refused\":{\"new \\\"one\\\"\":2},\"dropped\":{},"
                   "\"in_per_s\":1.5,\"out_per_s\":1.0,\"p50_us\":3.0,\"p99_us\":4.0,\"lost_total\":2},"
                   "{" NO_FIGURES "}]}");
  g_assert_cmpstr (nothing, ==, "{" NO_RATES ",\"lost_total\":null,\"lost_by_reason\":{},\"sinks\":[]}");
}

/* What a program does not say, for it is older, is not known; what else a newer one says, or says otherwise, is passed
 * over. */
static void
test_versions (Fixture *fixture, gconstpointer data)
{
  static const char old[]
      = "{\"program\":\"old\",\"pid\":8,\"sinks\":[{\"name\":\"a\",\"state\":\"stopped\",\"queue_max\":10,"
        "\"health\":\"up\",\"offered\":3,\"delivered\":3,\"pending\":0,\"retried\":0}]}";
  static const char new[]
      = "{\"program\":\"new\",\"uptime_us\":null,\"rss_bytes\":1,\"rss_grown_bytes\":-5120,\"sinks\":["
        "{\"name\":\"a\",\"state\":\"dreaming\",\"health\":\"up\",\"pending\":1.5e1,\"queue_max\":\"many\","
        "\"dispatch_time\":[1,\"2\"],\"refused\":[3],\"dropped\":{\"bad\":\"x\",\"good\":1}},"
        "7,{\"name\":\"a\"},{\"name\":null,\"retry_in_us\":1}]}";
  g_autofree char *less = show (fixture, old, FALSE);
  g_autofree char *more = show (fixture, new, FALSE);

  g_assert_cmpstr (less, ==,
                   "old[7]  up -  in -  out -  dropped -  rss -\n" HEAD
                   "  a              stopped   0/10                   -           -       3       -     "
                   "  0               -  -\n");
  g_assert_cmpstr (more, ==,
                   "new[7]  up -  in -  out -  dropped 1 (good 1)  rss 1 byte (-5.0 KiB)\n" HEAD
                   "  a              dreaming  -                      -           -       -       1     "
                   "  -               -  -\n"
                   "  a#2            -         -                      -           -       -       -     "
                   "  -               -  -\n"
                   "  -              -         -                      -           -       -       -     "
                   "  -               -  retry in 1s\n");
}

#define PROGRAM "program=\"a\\\"b\\\\c\\n\\\\x1b\""

/* Whatever is in a name, and however few figures there are: the whole of it, without the families that are empty. */
static void
test_prometheus (Fixture *fixture, gconstpointer data)
{
  static const char text[] = "{\"program\":\"a\\\"b\\\\c\\n\\u001b\",\"uptime_us\":1500000,\"sinks\":["
                             "{\"name\":\"x\",\"offered\":5,\"dispatch_us\":3,\"dispatch_time\":[1,0,2],"
                             "\"health\":\"up\"},{\"name\":\"x\",\"offered\":6,\"dispatch_time\":[1]}]}";
  g_autoptr (GPtrArray) programs = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_top_program_free);
  g_autoptr (GArray) silent = g_array_new (FALSE, FALSE, sizeof (gint));
  g_autoptr (GRegex) comments = g_regex_new ("^#.*\n", G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *samples = NULL;
  gint pid = 8;

  g_ptr_array_add (programs, mvx_top_program_new (7, text));
  g_array_append_val (silent, pid);
  mvx_top_print_prometheus (out, programs, silent);
  g_assert_true (g_str_has_prefix (out->str, "# HELP mvxlog_program_up Whether the program answers.\n"
                                             "# TYPE mvxlog_program_up gauge\nmvxlog_program_up{pid=\"7\","));
  samples = g_regex_replace_literal (comments, out->str, -1, 0, "", 0, NULL);
  g_assert_cmpstr (samples, ==,
                   "mvxlog_program_up{pid=\"7\"," PROGRAM ",version=\"\"} 1\n"
                   "mvxlog_program_up{pid=\"8\"} 0\n"
                   "mvxlog_uptime_seconds{pid=\"7\"," PROGRAM "} 1.500000\n"
                   "mvxlog_events_offered_total{pid=\"7\"," PROGRAM ",sink=\"x\"} 5\n"
                   "mvxlog_events_offered_total{pid=\"7\"," PROGRAM ",sink=\"x#2\"} 6\n"
                   "mvxlog_sink_health{pid=\"7\"," PROGRAM ",sink=\"x\",health=\"up\"} 1\n"
                   "mvxlog_dispatch_seconds_bucket{pid=\"7\"," PROGRAM ",sink=\"x\",le=\"0.000001\"} 1\n"
                   "mvxlog_dispatch_seconds_bucket{pid=\"7\"," PROGRAM ",sink=\"x\",le=\"0.000002\"} 1\n"
                   "mvxlog_dispatch_seconds_bucket{pid=\"7\"," PROGRAM ",sink=\"x\",le=\"+Inf\"} 3\n"
                   "mvxlog_dispatch_seconds_sum{pid=\"7\"," PROGRAM ",sink=\"x\"} 0.000003\n"
                   "mvxlog_dispatch_seconds_count{pid=\"7\"," PROGRAM ",sink=\"x\"} 3\n");
}

/* Another program has the number of one that was there, and its counters begin anew. */
static void
test_restart (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = make_answer (1000, 988, TIMES_2);
  g_autofree char *second = make_answer (10, 8, TIMES_1);
  g_autofree char *once = show (fixture, first, FALSE);
  g_autofree char *twice = show (fixture, second, FALSE);

  g_assert_nonnull (strstr (once, "0.0/4.2s+"));
  g_assert_cmpstr (twice, ==,
                   "shop[7]  up 3h12m  in 0/s  out 0/s  dropped 39 (queue-full 37, rejected 2)  rss 24.1"
                   " MiB (+3.1 MiB)\n" HEAD
                   "  file           up        12/8192       ▏        -    9.3/16us       8       0     "
                   "  0               -  -\n"
                   "  loki           open      8192/8192     █      0/s           -   93.7k      39     "
                   " 12  4.3k, 41.0 MiB  503 (retry in 8s)\n");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/top/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("table", test_table);
  ADD ("json", test_json);
  ADD ("prometheus", test_prometheus);
  ADD ("versions", test_versions);
  ADD ("restart", test_restart);
  return g_test_run ();
}
