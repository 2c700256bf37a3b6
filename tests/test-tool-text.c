/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tool-text.h"

static char *
test_tool_text_escape_flags (const char *text, gssize length, guint flags)
{
  GString *out = g_string_new (NULL);

  mvx_tool_text_escape (out, text, length, flags);
  return g_string_free (out, FALSE);
}

static void
test_tool_text_escape (void)
{
  static const char *const rows[][2] = {
    { "plain \303\251\360\237\230\200", "plain \303\251\360\237\230\200" },
    { "\033[31mred", "\\x1b[31mred" },
    { "a\nb\rc\td", "a\\nb\\rc\\td" },
    { "\177\302\233", "\\x7f\\xc2\\x9b" },
    { "\302\205", "\\xc2\\x85" },
    { "\342\200\250\342\200\251", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9" },
    { "\342\200\256evil\342\201\246", "\\xe2\\x80\\xaeevil\\xe2\\x81\\xa6" },
    { "\xff\xc3", "\\xff\\xc3" },
    { "\xc3(", "\\xc3(" },
    { "\xed\xa0\x80", "\\xed\\xa0\\x80" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = test_tool_text_escape_flags (rows[i][0], -1, 0);

      g_assert_cmpstr (text, ==, rows[i][1]);
    }
}

static void
test_tool_text_flags (void)
{
  g_autofree char *nul = test_tool_text_escape_flags ("a\0b", 3, 0);
  g_autofree char *tabs = test_tool_text_escape_flags ("a\tb\n", -1, MVX_TOOL_TEXT_TABS);
  g_autofree char *lines = test_tool_text_escape_flags ("a\tb\n", -1, MVX_TOOL_TEXT_LINES);
  g_autofree char *quote = test_tool_text_escape_flags ("\"\\", -1, MVX_TOOL_TEXT_QUOTE);

  g_assert_cmpstr (nul, ==, "a\\x00b");
  g_assert_cmpstr (tabs, ==, "a\tb\\n");
  g_assert_cmpstr (lines, ==, "a\\tb\n");
  g_assert_cmpstr (quote, ==, "\\\"\\\\");
}

static void
test_tool_text_word (void)
{
  static const char *const rows[][2] = {
    { "plain", "plain" },   { "", "\"\"" },          { "two words", "\"two words\"" }, { "a=b", "\"a=b\"" },
    { "q\"", "\"q\\\"\"" }, { "\033", "\"\\x1b\"" }, { "\303\251", "\303\251" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);

      mvx_tool_text_word (out, rows[i][0], -1);
      g_assert_cmpstr (out->str, ==, rows[i][1]);
    }
}

static void
test_tool_text_json (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  mvx_tool_text_json (out, "a\"\\\n\t\033\0\xff\303\251", 10);
  g_assert_cmpstr (out->str, ==, "\"a\\\"\\\\\\n\\t\\u001b\\u0000\357\277\275\303\251\"");
}

static void
test_tool_text_colour (void)
{
  g_autoptr (GError) error = NULL;
  gboolean colour = TRUE;

  g_unsetenv ("NO_COLOR");
  g_unsetenv ("CLICOLOR_FORCE");
  g_assert_true (mvx_tool_text_colour ("never", &colour, NULL));
  g_assert_false (colour);
  g_assert_true (mvx_tool_text_colour ("always", &colour, NULL));
  g_assert_true (colour);
  g_setenv ("CLICOLOR_FORCE", "1", TRUE);
  colour = FALSE;
  g_assert_true (mvx_tool_text_colour (NULL, &colour, NULL));
  g_assert_true (colour);
  /* NO_COLOR wins, but not over what was said on the command line. */
  g_setenv ("NO_COLOR", "1", TRUE);
  g_assert_true (mvx_tool_text_colour ("auto", &colour, NULL));
  g_assert_false (colour);
  g_assert_true (mvx_tool_text_colour ("always", &colour, NULL));
  g_assert_true (colour);
  g_assert_false (mvx_tool_text_colour ("sometimes", &colour, &error));
  g_assert_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE);
  g_assert_cmpstr (error->message, ==, "'sometimes' is not a value of --color; use auto, always or never");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tool-text/escape", test_tool_text_escape);
  g_test_add_func ("/tool-text/flags", test_tool_text_flags);
  g_test_add_func ("/tool-text/word", test_tool_text_word);
  g_test_add_func ("/tool-text/json", test_tool_text_json);
  g_test_add_func ("/tool-text/colour", test_tool_text_colour);
  return g_test_run ();
}
