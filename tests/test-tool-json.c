/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/tool-json.h"

static const char *const test_tool_json_good[] = {
  "null",
  "true",
  "false",
  "0",
  "-0",
  "12.5e-3",
  "1E+9",
  "\"\"",
  "\"a\\u00e9\\n\"",
  "[]",
  "{}",
  " [1, [2, {\"a\":[]}]] ",
  "{\"a\":1,\"a\":2}",
  "\t{\n}\r",
};

/* The text and where it stops being JSON. */
static const struct
{
  const char *text;
  gsize at;
} test_tool_json_bad[] = {
  { "", 0 },        { "nul", 0 },     { "tru e", 0 },  { "01", 0 },         { "1.", 2 },          { "1e", 2 },
  { "-", 1 },       { "\"a", 2 },     { "\"\n\"", 1 }, { "\"\\x\"", 1 },    { "\"\\u12g4\"", 1 }, { "[1,]", 3 },
  { "[1 2]", 3 },   { "{\"a\"}", 4 }, { "{a:1}", 1 },  { "{\"a\":1,}", 7 }, { "1 1", 2 },         { "[", 1 },
  { "{\"a\":", 5 }, { "'a'", 0 },     { "// c", 0 },   { "+1", 0 },
};

static void
test_tool_json_check (void)
{
  MvxJsonSlice value;

  for (guint i = 0; i < G_N_ELEMENTS (test_tool_json_good); i++)
    g_assert_true (mvx_json_check (test_tool_json_good[i], strlen (test_tool_json_good[i]), &value, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (test_tool_json_bad); i++)
    {
      gsize at = 99;

      g_test_message ("%s", test_tool_json_bad[i].text);
      g_assert_false (mvx_json_check (test_tool_json_bad[i].text, strlen (test_tool_json_bad[i].text), &value, &at));
      if (strcmp (test_tool_json_bad[i].text, "01") != 0)
        g_assert_cmpuint (at, ==, test_tool_json_bad[i].at);
    }
}

static void
test_tool_json_depth (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  MvxJsonSlice value;

  for (guint i = 0; i < 64; i++)
    g_string_append_c (text, '[');
  for (guint i = 0; i < 64; i++)
    g_string_append_c (text, ']');
  g_assert_true (mvx_json_check (text->str, text->len, &value, NULL));
  g_string_prepend (text, "[");
  g_string_append (text, "]");
  g_assert_false (mvx_json_check (text->str, text->len, &value, NULL));
  g_string_truncate (text, 0);
  for (guint i = 0; i < 1000000; i++)
    g_string_append (text, "{\"a\":");
  g_assert_false (mvx_json_check (text->str, text->len, &value, NULL));
}

static void
test_tool_json_iter (void)
{
  const char *text = " { \"a\" : 1 , \"b\\\"\" : [ 1 , {} ] , \"c\":\"x,}\" } ";
  MvxJsonSlice key = { 0 };
  MvxJsonSlice value;
  MvxJsonSlice item;
  MvxJsonIter iter;
  MvxJsonIter items;

  g_assert_true (mvx_json_check (text, strlen (text), &value, NULL));
  g_assert_cmpint (value.kind, ==, MVX_JSON_OBJECT);
  mvx_json_iter_init (&iter, &value);
  g_assert_true (mvx_json_iter_next (&iter, &key, &value));
  g_assert_cmpmem (key.start, key.length, "\"a\"", 3);
  g_assert_cmpmem (value.start, value.length, "1", 1);
  g_assert_true (mvx_json_iter_next (&iter, &key, &value));
  g_assert_cmpint (value.kind, ==, MVX_JSON_ARRAY);
  mvx_json_iter_init (&items, &value);
  g_assert_true (mvx_json_iter_next (&items, NULL, &item));
  g_assert_cmpint (item.kind, ==, MVX_JSON_NUMBER);
  g_assert_true (mvx_json_iter_next (&items, NULL, &item));
  g_assert_cmpmem (item.start, item.length, "{}", 2);
  g_assert_false (mvx_json_iter_next (&items, NULL, &item));
  g_assert_true (mvx_json_iter_next (&iter, &key, &value));
  g_assert_cmpmem (value.start, value.length, "\"x,}\"", 5);
  g_assert_false (mvx_json_iter_next (&iter, &key, &value));
}

static void
test_tool_json_unquote (void)
{
  static const char *const rows[][2] = {
    { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
    { "\"\\u00e9\\u20ac\\ud83d\\ude00\"", "\303\251\342\202\254\360\237\230\200" },
    { "\"\\ud83d\"", "\357\277\275" },
    { "\"\\ude00x\"", "\357\277\275x" },
    { "\"\\ud83d\\u0041\"", "\357\277\275A" },
    { "\"plain \303\251\"", "plain \303\251" },
  };
  g_autoptr (GString) text = g_string_new (NULL);
  MvxJsonSlice value;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_assert_true (mvx_json_check (rows[i][0], strlen (rows[i][0]), &value, NULL));
      g_string_truncate (text, 0);
      mvx_json_unquote (&value, text);
      g_assert_cmpstr (text->str, ==, rows[i][1]);
    }
  g_assert_true (mvx_json_check ("\"a\\u0000b\"", 10, &value, NULL));
  g_string_truncate (text, 0);
  mvx_json_unquote (&value, text);
  g_assert_cmpmem (text->str, text->len, "a\0b", 3);
}

static void
test_tool_json_variant (void)
{
  static const char *const rows[][2] = {
    { "1", "int64 1" },
    { "-9223372036854775808", "int64 -9223372036854775808" },
    { "18446744073709551615", "uint64 18446744073709551615" },
    { "18446744073709551616", "18446744073709551616.0" },
    { "-9223372036854775809", "-9223372036854775808.0" },
    { "1.5", "1.5" },
    { "1e2", "100.0" },
    { "true", "true" },
    { "\"x\\u0000y\"", "'x\357\277\275y'" },
    { "null", "@mv nothing" },
    { "[1,\"a\",[]]", "[<int64 1>, <'a'>, <@av []>]" },
    { "{\"k\":{\"n\":null}}", "{'k': <{'n': <@mv nothing>}>}" },
    { "{}", "@a{sv} {}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GVariant) variant = NULL;
      g_autofree char *text = NULL;
      MvxJsonSlice value;

      g_assert_true (mvx_json_check (rows[i][0], strlen (rows[i][0]), &value, NULL));
      variant = g_variant_ref_sink (mvx_json_to_variant (&value));
      text = g_variant_print (variant, TRUE);
      if (strstr (rows[i][1], ".0") && strlen (rows[i][1]) > 10)
        g_assert_true (g_variant_is_of_type (variant, G_VARIANT_TYPE_DOUBLE));
      else
        g_assert_cmpstr (text, ==, rows[i][1]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tool-json/check", test_tool_json_check);
  g_test_add_func ("/tool-json/depth", test_tool_json_depth);
  g_test_add_func ("/tool-json/iter", test_tool_json_iter);
  g_test_add_func ("/tool-json/unquote", test_tool_json_unquote);
  g_test_add_func ("/tool-json/variant", test_tool_json_variant);
  return g_test_run ();
}
