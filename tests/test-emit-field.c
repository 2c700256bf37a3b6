/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "emit/emit-field.h"

static const MvxLogField *
test_emit_field_add (MvxEmitFields *fields, const char *argument)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_emit_fields_add (fields, argument, &error));
  g_assert_no_error (error);
  return &g_array_index (fields->fields, MvxLogField, fields->fields->len - 1);
}

static void
test_emit_field_text (void)
{
  g_autoptr (MvxEmitFields) fields = mvx_emit_fields_new ();
  const MvxLogField *field = test_emit_field_add (fields, "disk=sda=1:=2");

  g_assert_cmpstr (field->key, ==, "disk");
  g_assert_cmpint (field->kind, ==, MVX_LOG_KIND_STRING);
  g_assert_cmpint (field->length, ==, -1);
  g_assert_cmpstr (field->value.s, ==, "sda=1:=2");
  field = test_emit_field_add (fields, "empty=");
  g_assert_cmpstr (field->value.s, ==, "");
  field = test_emit_field_add (fields, "number=42");
  g_assert_cmpint (field->kind, ==, MVX_LOG_KIND_STRING);
}

static void
test_emit_field_json (void)
{
  g_autoptr (MvxEmitFields) fields = mvx_emit_fields_new ();
  const MvxLogField *field = test_emit_field_add (fields, "n:=-42");

  g_assert_cmpstr (field->key, ==, "n");
  g_assert_cmpint (field->kind, ==, MVX_LOG_KIND_INT64);
  g_assert_cmpint (field->value.i, ==, -42);
  field = test_emit_field_add (fields, "n:=18446744073709551615");
  g_assert_cmpint (field->kind, ==, MVX_LOG_KIND_UINT64);
  g_assert_cmpuint (field->value.u, ==, G_MAXUINT64);
  field = test_emit_field_add (fields, "n:=0.5");
  g_assert_cmpint (field->kind, ==, MVX_LOG_KIND_DOUBLE);
  g_assert_cmpfloat (field->value.d, ==, 0.5);
  field = test_emit_field_add (fields, "n:=true");
  g_assert_cmpint (field->kind, ==, MVX_LOG_KIND_BOOL);
  g_assert_cmpint (field->value.i, ==, 1);
  field = test_emit_field_add (fields, "n:=null");
  g_assert_cmpint (field->kind, ==, MVX_LOG_KIND_NULL);
  field = test_emit_field_add (fields, "n:=\"a\\tb\"");
  g_assert_cmpint (field->kind, ==, MVX_LOG_KIND_STRING);
  g_assert_cmpstr (field->value.s, ==, "a\tb");
  field = test_emit_field_add (fields, "n:=[1, {\"a\": null}]");
  g_assert_cmpint (field->kind, ==, MVX_LOG_KIND_VARIANT);
}

static void
test_emit_field_errors (void)
{
  static const char *const rows[][2] = {
    { "text", "-F 'text': a field is KEY=TEXT or KEY:=JSON" },
    { "=x", "-F '=x': the key is missing; a field is KEY=TEXT or KEY:=JSON" },
    { ":=1", "-F ':=1': the key is missing; a field is KEY=TEXT or KEY:=JSON" },
    { "a:=sda", "-F 'a:=sda': the value is not JSON at character 1; text needs its own quotes, or use '=' for text" },
    { "a:=[1,]", "-F 'a:=[1,]': the value is not JSON at character 4; text needs its own quotes, or use '=' for text" },
    { "a:=", "-F 'a:=': the value is not JSON at character 1; text needs its own quotes, or use '=' for text" },
    { "\xff=1", "-F '\xff=1': the key is not valid UTF-8" },
    { "a:=\"\xff\"", "-F 'a:=\"\xff\"': the value is not valid UTF-8" },
  };
  g_autoptr (MvxEmitFields) fields = mvx_emit_fields_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (mvx_emit_fields_add (fields, rows[i][0], &error));
      g_assert_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE);
      g_assert_cmpstr (error->message, ==, rows[i][1]);
    }
  g_assert_cmpuint (fields->fields->len, ==, 0);
}

static void
test_emit_field_prefix (void)
{
  static const struct
  {
    const char *line;
    gint level; /* 0: there is no prefix */
    const char *rest;
  } rows[] = {
    { "<0>a", MVX_LOG_LEVEL_CRITICAL, "a" },
    { "<3>a", MVX_LOG_LEVEL_ERROR, "a" },
    { "<4>", MVX_LOG_LEVEL_WARNING, "" },
    { "<6>a", MVX_LOG_LEVEL_INFO, "a" },
    { "<7>a", MVX_LOG_LEVEL_DEBUG, "a" },
    { "<13>a", MVX_LOG_LEVEL_NOTICE, "a" },
    { "<191>a", MVX_LOG_LEVEL_DEBUG, "a" },
    { "<192>a", 0, "<192>a" },
    { "<>a", 0, "<>a" },
    { "<x>a", 0, "<x>a" },
    { "<3", 0, "<3" },
    { "", 0, "" },
    { "<1234>", 0, "<1234>" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *line = rows[i].line;
      gsize length = strlen (line);
      gint level = 0;

      g_assert_cmpint (mvx_emit_prefix (&line, &length, &level), ==, rows[i].level != 0);
      g_assert_cmpint (level, ==, rows[i].level);
      g_assert_cmpstr (line, ==, rows[i].rest);
      g_assert_cmpuint (length, ==, strlen (rows[i].rest));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/emit-field/text", test_emit_field_text);
  g_test_add_func ("/emit-field/json", test_emit_field_json);
  g_test_add_func ("/emit-field/errors", test_emit_field_errors);
  g_test_add_func ("/emit-field/prefix", test_emit_field_prefix);
  return g_test_run ();
}
