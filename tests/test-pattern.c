/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render-fixture.h"

#define assert_pattern(pattern, expected, ...)                                                                         \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    const char *const settings_[] = { "pattern", pattern, NULL };                                                      \
    assert_renders ("pattern", settings_, expected, __VA_ARGS__);                                                      \
  }                                                                                                                    \
  G_STMT_END

static void
test_directives (void)
{
  const MvxLogField fields[] = { FIELD_STRING ("path", "/a b"), FIELD_INT ("n", 1) };

#define EVENT                                                                                                          \
  .context = "a.b", .level = MVX_LOG_LEVEL_WARNING, .name = "bind", .message_template = "m {n}", .fields = fields,     \
  .n_fields = 2, .file = "f.c", .line = "12", .function = "func", .thread = 77, .seq = 3,                              \
  .id = "00112233445566778899aabbccddeeff"
  assert_pattern ("%t", "2026-11-21T12:00:00.123456789Z", EVENT);
  assert_pattern ("%T{%d.%m.%Y %H:%M}", "21.11.2026 12:00", EVENT);
  assert_pattern ("%l %L", "warning WARNING", EVENT);
  assert_pattern ("%c", "a.b", EVENT);
  assert_pattern ("%e", "bind", EVENT);
  assert_pattern ("%I", "00112233445566778899aabbccddeeff", EVENT);
  assert_pattern ("%m", "m 1", EVENT);
  assert_pattern ("%f", "path=\"/a b\" n=1", EVENT);
  assert_pattern ("[%f] %f", "[path=\"/a b\" n=1] path=\"/a b\" n=1", EVENT);
  assert_pattern ("%{path}|%{none}|%{n}", "/a b||1", EVENT);
  assert_pattern ("%F:%n:%M", "f.c:12:func", EVENT);
  assert_pattern ("%p %h %s", "4242 77 3", EVENT);
  assert_pattern ("100%% %%m", "100% %m", EVENT);
  assert_pattern ("plain", "plain", EVENT);
#undef EVENT
}

static void
test_absent (void)
{
  assert_pattern ("<%c%e%m%f%{x}%F%n%M%h%s>", "<>", .context = "");
  assert_pattern ("%l", "-7", .level = -7);
  assert_pattern ("%m", "ns.bind [ok]", .context = "ns", .name = "bind", .outcome = "ok");
}

static void
test_default (void)
{
  const MvxLogField fields[] = { FIELD_INT ("n", 1) };

  assert_renders ("pattern", NULL, "2026-11-21T12:00:00.123456789Z INFO     c: m n=1", .context = "c", .message = "m",
                  .fields = fields, .n_fields = 1);
}

static void
test_widths (void)
{
  assert_pattern ("[%8l]", "[    info]", .message = "");
  assert_pattern ("[%-8l]", "[info    ]", .message = "");
  assert_pattern ("[%2l]", "[info]", .message = "");
  assert_pattern ("[%.2l]", "[in]", .message = "");
  assert_pattern ("[%5.2l]", "[   in]", .message = "");
  assert_pattern ("[%-5.3l]", "[inf  ]", .message = "");
  assert_pattern ("[%6m]", "[  \xc3\xa4\xc3\xb6\xe2\x82\xac!]", .message = "\xc3\xa4\xc3\xb6\xe2\x82\xac!");
  assert_pattern ("[%.3m]", "[\xc3\xa4\xc3\xb6\xe2\x82\xac]", .message = "\xc3\xa4\xc3\xb6\xe2\x82\xac!");
  assert_pattern ("[%20.30c]", "[                 a.b]", .context = "a.b");
  assert_pattern ("[%4{x}]", "[    ]", .message = "");
  assert_pattern ("[%10T{%H:%M}]", "[     12:00]", .message = "");
}

static void
test_time_zone (void)
{
  static const char *const settings[] = { "pattern", "%t %T{%H:%M %z}", "time-zone", "local", NULL };

  assert_renders ("pattern", settings, "2026-11-21T17:30:00.123456789+05:30 17:30 +0530", .message = "");
}

/* What stands in the pattern cannot break the line either. */
static void
test_literals (void)
{
  assert_pattern ("a\tb\nc\033[0m", "a\tb\\nc\\x1b[0m", .message = "");
  assert_pattern ("%T{a\nb}", "a\\nb", .message = "");
  assert_pattern ("\xe2\x82\xac%m", "\xe2\x82\xacx", .message = "x");
}

static void
test_errors (void)
{
  static const char help[]
      = "%t time, %T{FORMAT} time by strftime, %l level, %L LEVEL, %c context, %e event, %I event id, %m message, %f "
        "fields, %{KEY} one field, %F file, %n line, %M function, %p process, %h thread, %s sequence number, %H host, "
        "%% "
        "percent sign";
  static const char *const cases[][2] = {
    { "%t %q", "Pattern '%t %q': unknown directive '%q' at character 4; use " },
    { "\xc3\xa4 %-5\xc3\xa4", "Pattern '\xc3\xa4 %-5\xc3\xa4': unknown directive '%\xc3\xa4' at character 3; use " },
    { "%m %", "Pattern '%m %': '%' without a directive at character 4" },
    { "%-10", "Pattern '%-10': '%' without a directive at character 1" },
    { "%T", "Pattern '%T': '%T' without a format such as %T{%H:%M:%S} at character 1" },
    { "%T{%H", "Pattern '%T{%H': '{' without '}' at character 3" },
    { "x%{key", "Pattern 'x%{key': '{' without '}' at character 3" },
    { "%{}", "Pattern '%{}': '{}' with nothing in it at character 2" },
    { "%T{}", "Pattern '%T{}': '{}' with nothing in it at character 3" },
    { "%1001m", "Pattern '%1001m': width over 1000 at character 2" },
    { "%.99999999999999999999m", "Pattern '%.99999999999999999999m': width over 1000 at character 3" },
    { "%5.m", "Pattern '%5.m': '.' without a number over 0 at character 3" },
    { "%5.0m", "Pattern '%5.0m': '.' without a number over 0 at character 4" },
    { "", "The pattern is empty; use for example '%t %-8L %c: %m %f'" },
    { "\xff", "The pattern is not valid UTF-8" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *expected = g_strconcat (cases[i][1], g_str_has_suffix (cases[i][1], "use ") ? help : NULL, NULL);

      fixture_assert_refused ("pattern", cases[i][0], expected);
    }
}

static void
test_hostile (void)
{
  fixture_assert_one_line ("pattern", "%t %l %c %e %.20m %f %{value} %F %M");
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "IST-05:30", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pattern/directives", test_directives);
  g_test_add_func ("/pattern/absent", test_absent);
  g_test_add_func ("/pattern/default", test_default);
  g_test_add_func ("/pattern/widths", test_widths);
  g_test_add_func ("/pattern/time-zone", test_time_zone);
  g_test_add_func ("/pattern/literals", test_literals);
  g_test_add_func ("/pattern/errors", test_errors);
  g_test_add_func ("/pattern/hostile", test_hostile);
  return g_test_run ();
}
