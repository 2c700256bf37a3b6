/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON configuration: tokens, places, values; json-glib agrees with what the scanner takes. */
#include <string.h>

#include <json-glib/json-glib.h>

#include <mvxlog/error.h>

#include "config/jsonfile-private.h"
#include "config/jsonscan-private.h"

static void
test_tokens (void)
{
  static const char data[] = " {\"a\\u00e4\" : [-1.5e+3,true,\n  null], \xc3\xa4";
  static const struct
  {
    MvxLogJsonKind kind;
    const char *text;
    guint line;
    guint column;
  } expected[] = {
    { MVX_LOG_JSON_PUNCT, "{", 1, 2 },         { MVX_LOG_JSON_STRING, "\"a\\u00e4\"", 1, 3 },
    { MVX_LOG_JSON_PUNCT, ":", 1, 13 },        { MVX_LOG_JSON_PUNCT, "[", 1, 15 },
    { MVX_LOG_JSON_NUMBER, "-1.5e+3", 1, 16 }, { MVX_LOG_JSON_PUNCT, ",", 1, 23 },
    { MVX_LOG_JSON_WORD, "true", 1, 24 },      { MVX_LOG_JSON_PUNCT, ",", 1, 28 },
    { MVX_LOG_JSON_WORD, "null", 2, 3 },       { MVX_LOG_JSON_PUNCT, "]", 2, 7 },
    { MVX_LOG_JSON_PUNCT, ",", 2, 8 },         { MVX_LOG_JSON_BAD, "", 2, 10 },
  };
  MvxLogJsonScan scan;
  MvxLogJsonToken token;

  mvx_log_json_scan_init (&scan, data, strlen (data));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *text = NULL;

      mvx_log_json_scan_next (&scan, &token);
      text = g_strndup (token.start, token.length);
      g_assert_cmpint (token.kind, ==, expected[i].kind);
      g_assert_cmpstr (text, ==, expected[i].text);
      g_assert_cmpuint (token.line, ==, expected[i].line);
      g_assert_cmpuint (token.column, ==, expected[i].column);
    }
  g_assert_cmpstr (token.fault, ==, "unexpected character");
}

static void
test_faults (void)
{
  static const struct
  {
    const char *data;
    const char *fault; /* NULL: the token is good */
    guint column;
  } cases[] = {
    { "\"\\ud83d\\ude00\"", NULL, 1 },
    { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", NULL, 1 },
    { "0", NULL, 1 },
    { "-0.0E-1", NULL, 1 },
    { "false", NULL, 1 },
    { "\"a", "the string does not end", 1 },
    { "\"a\n\"", "the string does not end on its line", 3 },
    { "\"a\tb\"", "control character in a string; write it as an escape such as \\t", 3 },
    { "\"a\\x\"", "invalid escape in a string", 3 },
    { "\"a\\", "invalid escape in a string", 3 },
    { "\"\\u12\"", "invalid escape in a string", 2 },
    { "\"\\u0000\"", "invalid escape in a string", 2 },
    { "\"\\ud83d\"", "invalid escape in a string", 2 },
    { "\"\\ude00\"", "invalid escape in a string", 2 },
    { "\"\\ud83d\\u0041\"", "invalid escape in a string", 2 },
    { "01", "malformed number", 1 },
    { "1.", "malformed number", 1 },
    { "1e", "malformed number", 1 },
    { "-", "malformed number", 1 },
    { "1x", "malformed number", 1 },
    { "0x10", "malformed number", 1 },
    { "TRUE", "unknown word; text stands in double quotes", 1 },
    { "yes", "unknown word; text stands in double quotes", 1 },
    { "// x", "JSON has no comments; use a key-file for that", 1 },
    { "# x", "JSON has no comments; use a key-file for that", 1 },
    { "'a'", "unexpected character", 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      MvxLogJsonScan scan;
      MvxLogJsonToken token;

      mvx_log_json_scan_init (&scan, cases[i].data, strlen (cases[i].data));
      mvx_log_json_scan_next (&scan, &token);
      g_assert_cmpstr (token.fault && token.kind == MVX_LOG_JSON_BAD ? token.fault : NULL, ==, cases[i].fault);
      g_assert_cmpuint (token.column, ==, cases[i].column);
      if (cases[i].fault)
        continue;
      g_assert_cmpuint (token.length, ==, strlen (cases[i].data));
      mvx_log_json_scan_next (&scan, &token);
      g_assert_cmpint (token.kind, ==, MVX_LOG_JSON_END);
    }
}

static void
parse (const char *data, gsize length, MvxLogDocument *document, const char *expected)
{
  g_autoptr (MvxLogProblems) problems = mvx_log_problems_new ();
  MvxLogConfigOrigin at = mvx_log_document_add_file (document, "F");
  g_autoptr (GError) error = NULL;
  gboolean complete = mvx_log_jsonfile_parse (data, length, &at, document, problems);

  error = mvx_log_problems_to_error (problems);
  g_assert_cmpstr (error ? error->message : NULL, ==, expected);
  g_assert_true (complete || expected);
}

static void
test_document (void)
{
  static const char data[] = "{ \"mvxlog\": {},\n"
                             "  \"sink\": { \"a\": { \"s\": \"x\\u00e4\\n${\", \"n\": 1e3, \"b\": false,\n"
                             "    \"l\": [\"a;b\", 2, true], \"e\": [] }, \"b\": {} },\n"
                             "  \"context\": { \"\": { \"level\": \"info\" } }, \"rule\": {} }";
  g_autoptr (MvxLogDocument) document = mvx_log_document_new ();
  const MvxLogConfigGroup *group;
  const MvxLogConfigEntry *entry;

  parse (data, strlen (data), document, NULL);
  g_assert_cmpuint (document->groups->len, ==, 4);
  g_assert_nonnull (mvx_log_document_find (document, "mvxlog", ""));
  g_assert_nonnull (mvx_log_document_find (document, "context", ""));
  g_assert_nonnull (mvx_log_document_find (document, "sink", "b"));
  group = mvx_log_document_find (document, "sink", "a");
  g_assert_cmpuint (group->at.line, ==, 2);
  g_assert_cmpuint (group->at.column, ==, 13);
  entry = mvx_log_config_group_find (group, "s");
  g_assert_cmpint (entry->form, ==, MVX_LOG_ENTRY_TEXT);
  g_assert_cmpstr (entry->text, ==, "x\xc3\xa4\n${");
  g_assert_cmpuint (entry->at.column, ==, 20);
  g_assert_cmpuint (entry->value_at.column, ==, 25);
  g_assert_cmpstr (mvx_log_config_group_find (group, "n")->text, ==, "1e3");
  g_assert_cmpstr (mvx_log_config_group_find (group, "b")->text, ==, "false");
  entry = mvx_log_config_group_find (group, "l");
  g_assert_cmpint (entry->form, ==, MVX_LOG_ENTRY_LIST);
  g_assert_cmpuint (g_strv_length (entry->items), ==, 3);
  g_assert_cmpstr (entry->items[0], ==, "a;b");
  g_assert_cmpstr (entry->items[1], ==, "2");
  g_assert_cmpstr (entry->items[2], ==, "true");
  g_assert_cmpuint (entry->at.line, ==, 3);
  g_assert_cmpuint (g_strv_length (mvx_log_config_group_find (group, "e")->items), ==, 0);
}

static void
test_structure (void)
{
  static const struct
  {
    const char *data;
    const char *expected;
  } cases[] = {
    { "", "F:1:1: error: the file ends here; expected '{'" },
    { "[]", "F:1:1: error: expected '{', got '['" },
    { "{} x", "F:1:4: error: unknown word; text stands in double quotes" },
    { "{} {}", "F:1:4: error: expected nothing more, got '{'" },
    { "{", "F:1:2: error: the file ends here; expected a name in double quotes" },
    { "{1:2}", "F:1:2: error: expected a name in double quotes, got '1'" },
    { "{\"a\" {}}", "F:1:6: error: expected ':', got '{'" },
    { "{\"a\":1}", "F:1:6: error: expected '{', got '1'" },
    { "{\"a\":{\"b\":{\"c\":}}}",
      "F:1:16: error: [a b]: expected a string, a number, a truth value or a list, got '}'" },
    { "{\"a\":{\"b\":{\"c\":[[]]}}}", "F:1:17: error: [a b]: expected a string, a number or a truth value, got '['" },
    { "{\"a\":{\"b\":{\"c\":[1,]}}}", "F:1:19: error: [a b]: expected a string, a number or a truth value, got ']'" },
    { "{\"a\":{\"b\":{\"c\":[1 2]}}}", "F:1:19: error: [a b]: expected ',' or ']', got '2'" },
    { "{\"a\":{\"b\":{\"c\":1 \"d\":2}}}", "F:1:18: error: [a b]: expected ',' or '}', got '\"d\"'" },
    { "{\"a\":{\"b\":{\"c\":null}}}",
      "F:1:16: error: [a b]: expected a string, a number, a truth value or a list, got 'null'" },
    { "{\"a\":{\"b\":{\"c\":1 \"ten456789twenty7890thirty7890forty6789\303\266\":2}}}",
      "F:1:18: error: [a b]: expected ',' or '}', got '\"ten456789twenty7890thirty7890forty6789'" },
    { "{\"a\":{},\"a\":{}}", "F:1:9: error: 'a' is given twice; remove one of the two" },
    { "{\"a\":{\"b\":{\"c\":1,\"c\":2}}}", "F:1:18: error: [a b] c: 'c' is given twice; remove one of the two" },
    { "{\"\\u0061\":{}}", "F:1:2: error: expected a name without escapes, got '\"\\u0061\"'" },
    { "{\"a\xff\":{}}", "F:1:4: error: invalid UTF-8; save the file as UTF-8" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MvxLogDocument) document = mvx_log_document_new ();

      parse (cases[i].data, strlen (cases[i].data), document, cases[i].expected);
    }
}

/* Nesting that would overflow the stack of a recursive parser. */
static void
test_deep (void)
{
  g_autofree char *deep = g_strnfill (500000, '[');
  g_autofree char *data = g_strconcat ("{\"a\":{\"b\":{\"c\":", deep, NULL);
  g_autoptr (MvxLogDocument) document = mvx_log_document_new ();

  parse (data, strlen (data), document, "F:1:17: error: [a b]: expected a string, a number or a truth value, got '['");
}

/* What the scanner and the structure take, json-glib takes too, with the same strings. */
static void
test_fuzz (void)
{
  static const char seed[]
      = "{\"mvxlog\":{\"version\":1},\"sink\":{\"a\":{\"p\":\"x\\u00e4\\\"y\",\"n\":-1.5e3,\"l\":[\"q\",2]}}}";
  g_autoptr (GRand) rand = g_rand_new_with_seed (99);
  guint n_good = 0;

  for (guint i = 0; i < 20000; i++)
    {
      g_autofree char *data = g_strdup (seed);
      g_autoptr (MvxLogDocument) document = mvx_log_document_new ();
      g_autoptr (MvxLogProblems) problems = mvx_log_problems_new ();
      g_autoptr (JsonParser) parser = json_parser_new ();
      MvxLogConfigOrigin at = mvx_log_document_add_file (document, "F");
      gint32 where = g_rand_int_range (rand, 0, sizeof seed - 1);

      data[where] = g_rand_boolean (rand) ? seed[g_rand_int_range (rand, 0, sizeof seed - 1)]
                                          : (char) g_rand_int_range (rand, 1, 127);
      if (!mvx_log_jsonfile_parse (data, sizeof seed - 1, &at, document, problems))
        {
          g_assert_cmpuint (mvx_log_problems_get_n (problems), >, 0);
          continue;
        }
      n_good++;
      g_assert_true (json_parser_load_from_data (parser, data, sizeof seed - 1, NULL));
    }
  g_assert_cmpuint (n_good, >, 1000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jsonfile/tokens", test_tokens);
  g_test_add_func ("/jsonfile/faults", test_faults);
  g_test_add_func ("/jsonfile/document", test_document);
  g_test_add_func ("/jsonfile/structure", test_structure);
  g_test_add_func ("/jsonfile/deep", test_deep);
  g_test_add_func ("/jsonfile/fuzz", test_fuzz);
  return g_test_run ();
}
