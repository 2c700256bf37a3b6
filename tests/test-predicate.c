/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "sink/predicate-private.h"

/* The event that the tests ask about. */
static gboolean
test_predicate_lookup (gpointer data, const char *name, MvxLogPredicateValue *value)
{
  static const struct
  {
    const char *name;
    MvxLogPredicateValue value;
  } fields[] = {
    { "status", { MVX_LOG_PREDICATE_INT, FALSE, 503, 0, 0, NULL, -1 } },
    { "negative", { MVX_LOG_PREDICATE_INT, FALSE, -1, 0, 0, NULL, -1 } },
    { "huge", { MVX_LOG_PREDICATE_UINT, FALSE, 0, G_MAXUINT64, 0, NULL, -1 } },
    { "ms", { MVX_LOG_PREDICATE_DOUBLE, FALSE, 0, 0, 12.5, NULL, -1 } },
    { "nan", { MVX_LOG_PREDICATE_DOUBLE, FALSE, 0, 0, 0.0 / 0.0, NULL, -1 } },
    { "peer", { MVX_LOG_PREDICATE_STRING, FALSE, 0, 0, 0, "10.0.0.7", -1 } },
    { "port", { MVX_LOG_PREDICATE_STRING, FALSE, 0, 0, 0, "8080", -1 } },
    { "empty", { MVX_LOG_PREDICATE_STRING, FALSE, 0, 0, 0, "", -1 } },
    { "bytes", { MVX_LOG_PREDICATE_STRING, FALSE, 0, 0, 0, "a\0b\xff", 4 } },
    { "ok", { MVX_LOG_PREDICATE_BOOL, TRUE, 0, 0, 0, NULL, -1 } },
    { "nothing", { MVX_LOG_PREDICATE_NULL, FALSE, 0, 0, 0, NULL, -1 } },
    { "list", { MVX_LOG_PREDICATE_OTHER, FALSE, 0, 0, 0, "[1,2]", -1 } },
    { "level", { MVX_LOG_PREDICATE_STRING, FALSE, 0, 0, 0, "error", -1 } },
    { "request-id", { MVX_LOG_PREDICATE_STRING, FALSE, 0, 0, 0, "r1", -1 } },
    { "a.b", { MVX_LOG_PREDICATE_INT, FALSE, 1, 0, 0, NULL, -1 } },
    { "long", { MVX_LOG_PREDICATE_STRING, FALSE, 0, 0, 0, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", -1 } },
    { "two words", { MVX_LOG_PREDICATE_INT, FALSE, 2, 0, 0, NULL, -1 } },
    { "has", { MVX_LOG_PREDICATE_INT, FALSE, 3, 0, 0, NULL, -1 } },
    { "gr\303\266\303\237e", { MVX_LOG_PREDICATE_INT, FALSE, 4, 0, 0, NULL, -1 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (strcmp (fields[i].name, name) == 0)
      {
        *value = fields[i].value;
        return TRUE;
      }
  return FALSE;
}

static gboolean
test_predicate_rank (gpointer data, const char *name, const char *text, gint64 *rank)
{
  const char *names[] = { "debug", "info", "warning", "error" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (name, "level") == 0 && strcmp (text, names[i]) == 0)
      {
        *rank = i;
        return TRUE;
      }
  return FALSE;
}

static const MvxLogPredicateFuncs test_predicate_funcs = { test_predicate_lookup, test_predicate_rank };

static void
test_predicate_expect (gconstpointer data)
{
  const char *const *row = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogPredicate) predicate = mvx_log_predicate_new (row[0], &error);

  g_assert_no_error (error);
  g_assert_nonnull (predicate);
  g_assert_cmpstr (mvx_log_predicate_matches (predicate, &test_predicate_funcs, NULL) ? "true" : "false", ==, row[1]);
}

static const char *const test_predicate_rows[][2] = {
  /* numbers */
  { "status == 503", "true" },
  { "status != 503", "false" },
  { "status >= 500", "true" },
  { "status > 503", "false" },
  { "status < 504", "true" },
  { "status <= 502", "false" },
  { "status == 503.0", "true" },
  { "ms > 12", "true" },
  { "ms == 12.5", "true" },
  { "ms == 1.25e1", "true" },
  { "negative < 0", "true" },
  { "negative == -1", "true" },
  { "negative < huge_text", "false" },
  { "huge == 18446744073709551615", "true" },
  { "huge > 9223372036854775807", "true" },
  { "huge == -1", "false" },
  { "negative < 18446744073709551615", "true" },
  { "nan == nan", "false" },
  { "nan < 1", "false" },
  { "nan != 1", "true" },
  /* number and text */
  { "status == \"503\"", "true" },
  { "port == 8080", "true" },
  { "port > 443", "true" },
  { "peer > 1", "false" },
  { "peer == 10", "false" },
  { "peer != 10", "true" },
  { "empty == 0", "false" },
  /* texts */
  { "peer == '10.0.0.7'", "true" },
  { "peer < \"2\"", "true" },
  { "empty == ''", "true" },
  { "request-id == r1", "true" },
  { "peer == \"a\\\"b\"", "false" },
  { "bytes =~ 'a.b'", "true" },
  /* regular expressions */
  { "peer =~ '^10\\.'", "true" },
  { "peer =~ \"^10\\.0\\.\\d+\\.7$\"", "true" },
  { "peer !~ '^10'", "false" },
  { "status =~ '^5..$'", "true" },
  { "list =~ '2'", "true" },
  { "ok =~ true", "true" },
  /* truth and null */
  { "ok == true", "true" },
  { "ok != false", "true" },
  { "ok == 'true'", "true" },
  { "ok > false", "false" },
  { "nothing == null", "true" },
  { "nothing != null", "false" },
  { "nothing == 'null'", "false" },
  { "status == null", "false" },
  { "status != null", "true" },
  { "list == '[1,2]'", "true" },
  { "list < 'z'", "false" },
  /* absent */
  { "absent == 1", "false" },
  { "absent != 1", "false" },
  { "absent =~ ''", "false" },
  { "absent !~ 'x'", "false" },
  { "absent == null", "false" },
  { "not absent == 1", "true" },
  { "has(absent)", "false" },
  { "has(status)", "true" },
  { "has ( nothing )", "true" },
  { "has('two words')", "true" },
  { "!has(absent)", "true" },
  /* names */
  { "\"two words\" == 2", "true" },
  { "a.b == 1", "true" },
  { "has == 3", "true" },
  { "gr\303\266\303\237e == 4", "true" },
  /* an order of its own */
  { "level >= warning", "true" },
  { "level > error", "false" },
  { "level == \"error\"", "true" },
  { "level < zebra", "true" },
  /* connectives */
  { "status == 503 and ok == true", "true" },
  { "status == 503 && ok == false", "false" },
  { "status == 1 or ok == true", "true" },
  { "status == 1 || ok == false", "false" },
  { "status == 1 and ok == true or ms > 1", "true" },
  { "status == 1 and (ok == true or ms > 1)", "false" },
  { "not (status == 503) or not ok == true", "false" },
  { "!!has(ok)", "true" },
  { "not not not has(ok)", "false" },
  { "  ( ( has(ok) ) )  ", "true" },
};

static const char *const test_predicate_errors[][2] = {
  { "", "column 1: expected a field name, has(), not or '(', found the end" },
  { "status", "column 7: expected an operator (== != < <= > >= =~ !~) after 'status', found the end" },
  { "status >=", "column 10: expected a value (text, a number, true, false or null), found the end" },
  { "status > and", "column 10: expected a value (text, a number, true, false or null), found 'and'" },
  { "a b", "column 3: expected an operator (== != < <= > >= =~ !~) after 'a', found 'b'" },
  /* Of a long word no more than fits, but whole characters. */
  { "a ten4567890twenty7890thirty7890forty67890fifty67890sixty6789\303\266!",
    "column 3: expected an operator (== != < <= > >= =~ !~) after 'a', "
    "found 'ten4567890twenty7890thirty7890forty67890fifty67890sixty6789'" },
  { "a ten4567890twenty7890thirty7890forty67890fifty67890sixty678\303\266!",
    "column 3: expected an operator (== != < <= > >= =~ !~) after 'a', "
    "found 'ten4567890twenty7890thirty7890forty67890fifty67890sixty678\303\266'" },
  { "(a == 1", "column 8: expected ')', found the end" },
  { "a == 1)", "column 7: expected and, or or the end, found ')'" },
  { "a == 1 b == 2", "column 8: expected and, or or the end, found 'b'" },
  { "has(", "column 5: expected a field name, found the end" },
  { "has(a", "column 6: expected ')', found the end" },
  { "a = 1", "column 3: '=' is not an operator; use '==' or '=~'" },
  { "a == 'x", "column 6: the text that begins here has no closing quote" },
  { "a == \"x\\", "column 6: the text that begins here has no closing quote" },
  { "a == 5ms", "column 6: not a number; text that begins like one stands in quotes" },
  { "a == -", "column 6: not a number; text that begins like one stands in quotes" },
  { "a == 1 ; b", "column 8: unexpected character ';'" },
  { "\303\266 == 'x", "column 6: the text that begins here has no closing quote" },
  { "5 == a", "column 1: expected a field name, has(), not or '(', found '5'" },
  { "not", "column 4: expected a field name, has(), not or '(', found the end" },
  { "a == 1 and", "column 11: expected a field name, has(), not or '(', found the end" },
  { "a\xff == 1", "the predicate is not valid UTF-8" },
};

static void
test_predicate_refuse (gconstpointer data)
{
  const char *const *row = data;
  g_autoptr (GError) error = NULL;
  MvxLogPredicate *predicate = mvx_log_predicate_new (row[0], &error);

  g_assert_null (predicate);
  g_assert_error (error, MVX_LOG_PREDICATE_ERROR, MVX_LOG_PREDICATE_ERROR_SYNTAX);
  g_assert_cmpstr (error->message, ==, row[1]);
}

static void
test_predicate_bad_regex (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_predicate_new ("a =~ '('", &error));
  g_assert_error (error, MVX_LOG_PREDICATE_ERROR, MVX_LOG_PREDICATE_ERROR_REGEX);
  g_assert_true (g_str_has_prefix (error->message, "column 6: "));
}

/* An expression that would need ages for a text is given up: nobody can say, so neither holds. */
static void
test_predicate_endless (void)
{
  static const char *const texts[] = { "long =~ '^(a+)+$'", "long !~ '^(a+)+$'" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MvxLogPredicate) predicate = mvx_log_predicate_new (texts[i], &error);

      g_assert_no_error (error);
      g_assert_false (mvx_log_predicate_matches (predicate, &test_predicate_funcs, NULL));
    }
}

/* Neither parsing nor matching may run out of stack. */
static void
test_predicate_deep (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogPredicate) predicate = NULL;

  for (guint i = 0; i < 100000; i++)
    g_string_append_c (text, '(');
  g_assert_null (mvx_log_predicate_new (text->str, &error));
  g_assert_cmpstr (error->message, ==, "column 101: nested more than 100 deep");
  g_clear_error (&error);
  g_string_assign (text, "has(absent)");
  for (guint i = 0; i < 50000; i++)
    g_string_append (text, " or has(absent)");
  g_string_append (text, " or ok == true");
  predicate = mvx_log_predicate_new (text->str, &error);
  g_assert_no_error (error);
  g_assert_true (mvx_log_predicate_matches (predicate, &test_predicate_funcs, NULL));
}

/* Whatever stands there, there is a predicate or an error. */
static void
test_predicate_random (void)
{
  static const char *const parts[]
      = { "a", "==", "'x'", "(", ")", "not", "and", "or", "has", "1", "!", "=~", "\"", "&&", "<", " " };

  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (MvxLogPredicate) predicate = NULL;

      for (gint j = g_test_rand_int_range (0, 12); j > 0; j--)
        g_string_append (text, parts[g_test_rand_int_range (0, G_N_ELEMENTS (parts))]);
      predicate = mvx_log_predicate_new (text->str, &error);
      g_assert_true ((predicate == NULL) == (error != NULL));
      if (predicate)
        mvx_log_predicate_matches (predicate, &test_predicate_funcs, NULL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (test_predicate_rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/predicate/matches/%u", i);

      g_test_add_data_func (path, test_predicate_rows[i], test_predicate_expect);
    }
  for (guint i = 0; i < G_N_ELEMENTS (test_predicate_errors); i++)
    {
      g_autofree char *path = g_strdup_printf ("/predicate/error/%u", i);

      g_test_add_data_func (path, test_predicate_errors[i], test_predicate_refuse);
    }
  g_test_add_func ("/predicate/bad-regex", test_predicate_bad_regex);
  g_test_add_func ("/predicate/endless", test_predicate_endless);
  g_test_add_func ("/predicate/deep", test_predicate_deep);
  g_test_add_func ("/predicate/random", test_predicate_random);
  return g_test_run ();
}
