/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render-fixture.h"

#define assert_template(text, expected, ...)                                                                           \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    const char *const settings_[] = { "template", text, NULL };                                                        \
    assert_renders ("template", settings_, expected, __VA_ARGS__);                                                     \
  }                                                                                                                    \
  G_STMT_END

static void
test_tokens (void)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  const MvxLogField fields[] = { FIELD_STRING ("path", "/a b"), FIELD_INT ("n", 1), FIELD_ERROR ("error", error) };

#define EVENT                                                                                                          \
  .context = "a.b", .level = MVX_LOG_LEVEL_WARNING, .name = "bind", .entity = "conn-1", .outcome = "failed",           \
  .message_template = "m {n}", .fields = fields, .n_fields = 3, .file = "dir/f.tab.c", .line = "12",                   \
  .function = "func", .thread = 77, .seq = 3, .trace = "0af7", .span = "b7ad",                                         \
  .id = "00112233445566778899aabbccddeeff"
  assert_template ("{time}", "2026-11-21T12:00:00.123456789Z", EVENT);
  assert_template ("{time:%d.%m.%Y %H:%M}", "21.11.2026 12:00", EVENT);
  assert_template ("{level} {LEVEL} {level_no}", "warning WARNING 30", EVENT);
  assert_template ("{context} {name}", "a.b a.b", EVENT);
  assert_template ("{event} {entity} {outcome}", "bind conn-1 failed", EVENT);
  assert_template ("{event_id}", "00112233445566778899aabbccddeeff", EVENT);
  assert_template ("{message}|{fields}", "m 1|path=\"/a b\" n=1 error=\"gone (g-io-error-quark, 1)\"", EVENT);
  assert_template ("{error}|{exception}", "gone (g-io-error-quark, 1)|gone (g-io-error-quark, 1)", EVENT);
  assert_template ("{file} {filename} {module} {line} {function}", "dir/f.tab.c f.tab.c f.tab 12 func", EVENT);
  assert_template ("{process} {thread} {seq}", "4242 77 3", EVENT);
  assert_template ("{trace_id} {span_id}", "0af7 b7ad", EVENT);
  assert_template ("{extra[path]}|{extra.n}", "/a b|1", EVENT);
  assert_template ("{message} {message}", "m 1 m 1", EVENT);
#undef EVENT
}

/* What is no token, no field and no template stays as it is. */
static void
test_literals (void)
{
  assert_template ("{{time}} {{ }}", "{time} { }", .message = "");
  assert_template ("{nothing} {nothing:>8} {} { } {a{b", "{nothing} {nothing:>8} {} { } {a{b", .message = "");
  assert_template ("{extra[k]} {extra.k:>9} {extra} {extra[]} {extra.}",
                   "{extra[k]} {extra.k:>9} {extra} {extra[]} {extra.}", .message = "");
  assert_template ("a\tb\nc\033[0m %t", "a\tb\\nc\\x1b[0m %t", .message = "");
  assert_template ("{time:%H\n}", "12\\n", .message = "");
  assert_template ("<{context}{event}{error}{file}{module}{line}{thread}>", "<>", .context = "");
}

/* Counted in characters, whatever they take. */
static void
test_widths (void)
{
  assert_template ("[{level:8}]", "[info    ]", .message = "");
  assert_template ("[{level:<8}]", "[info    ]", .message = "");
  assert_template ("[{level:>8}]", "[    info]", .message = "");
  assert_template ("[{level:^9}]", "[  info   ]", .message = "");
  assert_template ("[{level:*^9}]", "[**info***]", .message = "");
  assert_template ("[{level:\xe2\x82\xac>6}]", "[\xe2\x82\xac\xe2\x82\xacinfo]", .message = "");
  assert_template ("[{level:<<6}]", "[info<<]", .message = "");
  assert_template ("[{level:.2}]", "[in]", .message = "");
  assert_template ("[{level:->5.2}]", "[---in]", .message = "");
  assert_template ("[{message:_^6}]", "[_\xc3\xa4\xc3\xb6\xe2\x82\xac__]", .message = "\xc3\xa4\xc3\xb6\xe2\x82\xac");
  assert_template ("[{level:2}]", "[info]", .message = "");
  assert_template ("[{time:>32}]", "[  2026-11-21T12:00:00.123456789Z]", .message = "");
  assert_template ("[{level:\x01>6}]", "[  info]", .message = "");
}

static void
test_default (void)
{
  const MvxLogField fields[] = { FIELD_INT ("n", 1) };

  assert_renders ("template", NULL, "2026-11-21T12:00:00.123456789Z INFO     c: m n=1", .context = "c", .message = "m",
                  .fields = fields, .n_fields = 1);
}

static void
test_time_zone (void)
{
  static const char *const settings[] = { "template", "{time} {time:%H:%M %z}", "time-zone", "local", NULL };

  assert_renders ("template", settings, "2026-11-21T17:30:00.123456789+05:30 17:30 +0530", .message = "");
}

static void
test_errors (void)
{
  static const char help[]
      = " is no format; use a fill character, '<', '>' or '^', a width up to 1000 and '.' with the "
        "number of characters to keep, such as '<8' or '.20'";
  static const char *const cases[][2] = {
    { "{level:x}", "Template '{level:x}': 'x' at character 8" },
    { "\xc3\xa4{level:<1001}", "Template '\xc3\xa4{level:<1001}': '<1001' at character 9" },
    { "{level:5.}", "Template '{level:5.}': '5.' at character 8" },
    { "{level:.0}", "Template '{level:.0}': '.0' at character 8" },
    { "{extra[k]:8x}", "Template '{extra[k]:8x}': '8x' at character 11" },
  };
  static const char *const others[][2] = {
    { "", "The template is empty; use for example '{time} {LEVEL:<8} {context}: {message} {fields}'" },
    { "\xff", "The template is not valid UTF-8" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases) + G_N_ELEMENTS (others); i++)
    {
      gboolean format = i < G_N_ELEMENTS (cases);
      const char *const *this = format ? cases[i] : others[i - G_N_ELEMENTS (cases)];
      g_autofree char *expected = g_strconcat (this[1], format ? help : NULL, NULL);

      fixture_assert_refused ("template", this[0], expected);
    }
}

static void
test_hostile (void)
{
  fixture_assert_one_line ("template",
                           "{time} {level} {context} {event} {message:.20} {fields} {extra.value:^30} {file} "
                           "{function}");
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "IST-05:30", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/brace/tokens", test_tokens);
  g_test_add_func ("/brace/literals", test_literals);
  g_test_add_func ("/brace/widths", test_widths);
  g_test_add_func ("/brace/default", test_default);
  g_test_add_func ("/brace/time-zone", test_time_zone);
  g_test_add_func ("/brace/errors", test_errors);
  g_test_add_func ("/brace/hostile", test_hostile);
  return g_test_run ();
}
