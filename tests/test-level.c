/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/error.h>

#include "event/level-private.h"

static void
assert_level (const char *name, gint expected)
{
  g_autoptr (GError) error = NULL;
  gint level = -1;

  g_assert_true (mvx_log_level_from_string (name, &level, &error));
  g_assert_no_error (error);
  g_assert_cmpint (level, ==, expected);
  g_assert_true (mvx_log_level_from_string (name, NULL, NULL));
}

static void
test_builtin (void)
{
  assert_level ("notset", 0);
  assert_level ("trace", 5);
  assert_level ("debug", 10);
  assert_level ("info", 20);
  assert_level ("notice", 22);
  assert_level ("success", 25);
  assert_level ("warning", 30);
  assert_level ("WARN", 30);
  assert_level ("Error", 40);
  assert_level ("fail", 45);
  assert_level ("CRITICAL", 50);
  assert_level ("fatal", 50);
  assert_level ("off", MVX_LOG_LEVEL_OFF);
  g_assert_cmpstr (mvx_log_level_to_string (30), ==, "warning");
  g_assert_cmpstr (mvx_log_level_to_string (50), ==, "critical");
  g_assert_cmpstr (mvx_log_level_to_string (22), ==, "notice");
  g_assert_null (mvx_log_level_to_string (21));
  g_assert_null (mvx_log_level_to_string (-5));
}

static void
test_name (void)
{
  gsize len = 99;

  g_assert_cmpstr (mvx_log_level_name (20, &len), ==, "info");
  g_assert_cmpuint (len, ==, 4);
  g_assert_null (mvx_log_level_name (21, &len));
  g_assert_null (mvx_log_level_name (21, NULL));
}

static void
test_numbers (void)
{
  assert_level ("0", 0);
  assert_level ("-1", -1);
  assert_level ("33", 33);
  assert_level ("-32768", G_MININT16);
  assert_level ("32767", G_MAXINT16);
}

static void
assert_unknown (const char *name, const char *message)
{
  g_autoptr (GError) error = NULL;
  gint level = 7;

  g_assert_false (mvx_log_level_from_string (name, &level, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_UNKNOWN_NAME);
  g_assert_cmpstr (error->message, ==, message);
  g_assert_cmpint (level, ==, 7);
  g_assert_false (mvx_log_level_from_string (name, NULL, NULL));
}

#define USE "use trace, debug, info, notice, warning, error, critical, off or a number"

static void
test_unknown (void)
{
  assert_unknown ("loud", "Unknown level 'loud'; " USE);
  assert_unknown ("warnign", "Unknown level 'warnign'; did you mean 'warning'?; " USE);
  assert_unknown ("", "Unknown level ''; " USE);
  assert_unknown ("-", "Unknown level '-'; " USE);
  assert_unknown (" 5", "Unknown level ' 5'; " USE);
  assert_unknown ("5 ", "Unknown level '5 '; " USE);
  assert_unknown ("32768", "Unknown level '32768'; " USE);
  assert_unknown ("-32769", "Unknown level '-32769'; " USE);
  assert_unknown ("99999999999999999999", "Unknown level '99999999999999999999'; " USE);
  assert_unknown ("0x10", "Unknown level '0x10'; " USE);
}

static void
test_severity (void)
{
  static const struct
  {
    gint level;
    guint severity;
  } cases[] = { { MVX_LOG_LEVEL_OFF, 2 },
                { MVX_LOG_LEVEL_CRITICAL, 2 },
                { 49, 3 },
                { MVX_LOG_LEVEL_ERROR, 3 },
                { MVX_LOG_LEVEL_WARNING, 4 },
                { 25, 5 },
                { 22, 5 },
                { MVX_LOG_LEVEL_INFO, 6 },
                { MVX_LOG_LEVEL_DEBUG, 7 },
                { MVX_LOG_LEVEL_NOTSET, 7 },
                { -5, 7 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (mvx_log_level_to_severity (cases[i].level), ==, cases[i].severity);
}

static void
test_colour (void)
{
  g_assert_cmpstr (mvx_log_level_get_colour (MVX_LOG_LEVEL_ERROR), ==, "31");
  g_assert_cmpstr (mvx_log_level_get_colour (MVX_LOG_LEVEL_CRITICAL), ==, "31;1");
  g_assert_cmpstr (mvx_log_level_get_colour (41), ==, "31");
  g_assert_cmpstr (mvx_log_level_get_colour (60), ==, "31;1");
  g_assert_null (mvx_log_level_get_colour (-1));
}

static void
register_level (const char *name, gint level, const char *colour)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_level_register (name, level, colour, NULL, &error));
  g_assert_no_error (error);
}

static void
test_register (void)
{
  register_level ("Audit", 35, "35;1");
  assert_level ("AUDIT", 35);
  g_assert_cmpstr (mvx_log_level_to_string (35), ==, "audit");
  g_assert_cmpstr (mvx_log_level_get_colour (36), ==, "35;1");

  /* Another number: the old one has no name any more, nor a colour of its own. */
  register_level ("audit", 37, NULL);
  assert_level ("audit", 37);
  g_assert_null (mvx_log_level_to_string (35));
  g_assert_cmpstr (mvx_log_level_get_colour (35), ==, "33");
  g_assert_cmpstr (mvx_log_level_get_colour (37), ==, "35;1");

  register_level ("success", 26, NULL);
  assert_level ("success", 26);
  g_assert_null (mvx_log_level_to_string (25));
  g_assert_cmpstr (mvx_log_level_to_string (26), ==, "success");
}

/* Of built-in ones the colour only; an alias stays one. */
static void
test_register_builtin (void)
{
  register_level ("INFO", 20, "1;34");
  g_assert_cmpstr (mvx_log_level_get_colour (20), ==, "1;34");
  g_assert_cmpstr (mvx_log_level_to_string (20), ==, "info");
  register_level ("warn", 30, "7");
  g_assert_cmpstr (mvx_log_level_to_string (30), ==, "warning");
  g_assert_cmpstr (mvx_log_level_get_colour (30), ==, "33");
}

static void
assert_refused (const char *name, gint level, const char *colour, gint code, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_level_register (name, level, colour, NULL, &error));
  g_assert_error (error, MVX_LOG_ERROR, code);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_refused (void)
{
  assert_refused ("", 1, NULL, MVX_LOG_ERROR_INVALID_NAME,
                  "'' is not a level name; use a letter, then at most 31 letters, digits, '-' or '_'");
  assert_refused ("5x", 1, NULL, MVX_LOG_ERROR_INVALID_NAME,
                  "'5x' is not a level name; use a letter, then at most 31 letters, digits, '-' or '_'");
  assert_refused ("a b", 1, NULL, MVX_LOG_ERROR_INVALID_NAME,
                  "'a b' is not a level name; use a letter, then at most 31 letters, digits, '-' or '_'");
  assert_refused ("abcdefghijklmnopqrstuvwxyzabcdefg", 1, NULL, MVX_LOG_ERROR_INVALID_NAME,
                  "'abcdefghijklmnopqrstuvwxyzabcdefg' is not a level name; use a letter, then at most 31 letters, "
                  "digits, '-' or '_'");
  assert_refused ("big", 32767, NULL, MVX_LOG_ERROR_INVALID_ARGUMENT,
                  "Level 'big' needs a number from -32768 to 32766 and a colour of digits and ';' such as '35;1'");
  assert_refused ("low", -32769, NULL, MVX_LOG_ERROR_INVALID_ARGUMENT,
                  "Level 'low' needs a number from -32768 to 32766 and a colour of digits and ';' such as '35;1'");
  assert_refused ("red", 1, "31m\033]", MVX_LOG_ERROR_INVALID_ARGUMENT,
                  "Level 'red' needs a number from -32768 to 32766 and a colour of digits and ';' such as '35;1'");
  assert_refused ("Error", 41, NULL, MVX_LOG_ERROR_INVALID_ARGUMENT,
                  "The number of the built-in level 'error' is 40 and cannot be changed");
  assert_refused ("fatal", 60, NULL, MVX_LOG_ERROR_INVALID_ARGUMENT,
                  "The number of the built-in level 'fatal' is 50 and cannot be changed");
}

/* A second name for a built-in number can be used, but the number keeps its own. */
static void
test_second_name (void)
{
  register_level ("caution", MVX_LOG_LEVEL_WARNING, "41");
  assert_level ("caution", MVX_LOG_LEVEL_WARNING);
  g_assert_cmpstr (mvx_log_level_to_string (MVX_LOG_LEVEL_WARNING), ==, "warning");
  g_assert_cmpstr (mvx_log_level_get_colour (MVX_LOG_LEVEL_WARNING), ==, "33");
}

static void
test_icon (void)
{
  g_autoptr (GError) error = NULL;
  static const char *const bad[] = { "", "a b", "\x1b[1m", "12345678901234567", "\xff", "\n" };

  g_assert_null (mvx_log_level_get_icon (MVX_LOG_LEVEL_ERROR));
  g_assert_null (mvx_log_level_get_icon (-7));
  g_assert_true (mvx_log_level_register ("error", MVX_LOG_LEVEL_ERROR, NULL, "✗", &error));
  g_assert_cmpstr (mvx_log_level_get_icon (MVX_LOG_LEVEL_ERROR), ==, "✗");
  g_assert_cmpstr (mvx_log_level_get_colour (MVX_LOG_LEVEL_ERROR), ==, "31");
  register_level ("error", MVX_LOG_LEVEL_ERROR, NULL);
  g_assert_cmpstr (mvx_log_level_get_icon (MVX_LOG_LEVEL_ERROR), ==, "✗");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_false (mvx_log_level_register ("signed", 33, NULL, bad[i], &error));
      g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT);
      g_assert_cmpstr (
          error->message, ==,
          "The icon of level 'signed' must be 1 to 16 bytes of UTF-8 without blanks and control characters");
      g_clear_error (&error);
    }
}

static void
test_list (void)
{
  g_auto (GStrv) names = NULL;
  g_autofree char *list = NULL;

  register_level ("listed", 21, NULL);
  register_level ("listed", 23, NULL);
  names = mvx_log_level_list_names ();
  list = g_strjoinv (" ", names);
  g_assert_true (g_str_has_prefix (list, "notset trace debug info notice listed "));
  g_assert_true (g_str_has_suffix (list, " off"));
  g_assert_nonnull (strstr (list, " error fail critical "));
}

/* What a configuration is about to bring counts on the thread that reads it, and nowhere else. */
static void
test_draft (void)
{
  MvxLogLevelSpec spec = { (char *) "Drafted", 27, NULL, NULL };
  g_autoptr (GPtrArray) specs = g_ptr_array_new ();

  g_ptr_array_add (specs, &spec);
  mvx_log_level_set_draft (specs);
  assert_level ("drafted", 27);
  assert_unknown ("draftet", "Unknown level 'draftet'; did you mean 'Drafted'?; " USE);
  g_assert_null (mvx_log_level_to_string (27));
  mvx_log_level_set_draft (NULL);
  assert_unknown ("drafted", "Unknown level 'drafted'; " USE);
}

static gpointer
register_many (gpointer data)
{
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u-%u", GPOINTER_TO_UINT (data), i);
      gint level = 0;

      register_level (name, 1000 + (gint) i, NULL);
      g_assert_true (mvx_log_level_from_string (name, &level, NULL));
      g_assert_cmpint (level, ==, 1000 + (gint) i);
      g_assert_nonnull (mvx_log_level_to_string (1000 + (gint) i));
    }
  return NULL;
}

static void
test_threads (void)
{
  GThread *threads[3];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("register", register_many, GUINT_TO_POINTER (i));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

/* Also for numbers that are not kept ready, and after a level got another name. */
static void
test_upper (void)
{
  gsize len = 0;

  g_assert_cmpstr (mvx_log_level_upper_name (MVX_LOG_LEVEL_INFO, &len), ==, "INFO");
  g_assert_cmpuint (len, ==, 4);
  g_assert_null (mvx_log_level_upper_name (7, &len));
  g_assert_null (mvx_log_level_upper_name (-1, &len));
  g_assert_true (mvx_log_level_register ("label-one", 7, NULL, NULL, NULL));
  g_assert_cmpstr (mvx_log_level_upper_name (7, &len), ==, "LABEL-ONE");
  g_assert_true (mvx_log_level_register ("label-two", 7, NULL, NULL, NULL));
  g_assert_cmpstr (mvx_log_level_upper_name (7, &len), ==, "LABEL-TWO");
  g_assert_cmpstr (mvx_log_level_name (7, &len), ==, "label-two");
  g_assert_cmpuint (len, ==, 9);
  g_assert_true (mvx_log_level_register ("label-high", 700, NULL, NULL, NULL));
  g_assert_cmpstr (mvx_log_level_name (700, &len), ==, "label-high");
  g_assert_cmpuint (len, ==, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/level/builtin", test_builtin);
  g_test_add_func ("/level/name", test_name);
  g_test_add_func ("/level/numbers", test_numbers);
  g_test_add_func ("/level/unknown", test_unknown);
  g_test_add_func ("/level/severity", test_severity);
  g_test_add_func ("/level/colour", test_colour);
  g_test_add_func ("/level/register", test_register);
  g_test_add_func ("/level/register-builtin", test_register_builtin);
  g_test_add_func ("/level/refused", test_refused);
  g_test_add_func ("/level/second-name", test_second_name);
  g_test_add_func ("/level/icon", test_icon);
  g_test_add_func ("/level/list", test_list);
  g_test_add_func ("/level/draft", test_draft);
  g_test_add_func ("/level/threads", test_threads);
  g_test_add_func ("/level/upper", test_upper);
  return g_test_run ();
}
