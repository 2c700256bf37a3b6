/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>

#include "sink/option-parse-private.h"
#include "sink/option-table-private.h"
#include "sink/quantity-private.h"

#define DAY G_GINT64_CONSTANT (86400000000)

static const char *const formats[] = { "json", "logfmt", "pretty", NULL };

/* clang-format off */
#define GOOD { "a", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL, "A", { NULL, NULL } }
#define END { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } }

static const MvxLogOptionSpec good[] = {
  GOOD,
  { "b2-c", MVX_LOG_OPTION_INT64, MVX_LOG_OPTION_RELOADABLE, "80", 1, 65535, NULL, "B", { NULL, NULL } },
  { "c", MVX_LOG_OPTION_ENUM, MVX_LOG_OPTION_SECRET, "json", 0, 0, formats, "C", { NULL, NULL } },
  { "d", MVX_LOG_OPTION_STRV, MVX_LOG_OPTION_REQUIRED, NULL, 0, 0, NULL, "D", { NULL, NULL } },
  END,
};

static const struct
{
  MvxLogOptionSpec rows[3];
  const char      *message;
} malformed[] = {
  { { GOOD, { "", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL, "B", { NULL, NULL } }, END },
    "option table, row 2: it has no name; give it one, or make it the last row" },
  { { { NULL, MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL, "B", { NULL, NULL } }, END },
    "option table, row 1: it has no name; give it one, or make it the last row" },
  { { { "Max_Size", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL, "B", { NULL, NULL } }, END },
    "option table, row 1 ('Max_Size'): the name must be a lower-case letter, then at most 63 lower-case letters, digits "
    "and '-'" },
  { { { "a-", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL, "B", { NULL, NULL } }, END },
    "option table, row 1 ('a-'): the name must be a lower-case letter, then at most 63 lower-case letters, digits and "
    "'-'" },
  { { { "plugin", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL, "B", { NULL, NULL } }, END },
    "option table, row 1 ('plugin'): the name is reserved: this key of a key-file selects the plugin; "
    "choose another one" },
  { { GOOD, GOOD, END }, "option table, row 2 ('a'): an earlier row has the same name; rename one of them" },
  { { { "b", 0, 0, NULL, 0, 0, NULL, "B", { NULL, NULL } }, END }, "option table, row 1 ('b'): unknown type 0; use one of MvxLogOptionType" },
  { { { "b", 9, 0, NULL, 0, 0, NULL, "B", { NULL, NULL } }, END }, "option table, row 1 ('b'): unknown type 9; use one of MvxLogOptionType" },
  { { { "b", MVX_LOG_OPTION_STRING, 0x31, NULL, 0, 0, NULL, "B", { NULL, NULL } }, END },
    "option table, row 1 ('b'): unknown flags 0x20; use those of MvxLogOptionFlags only" },
  { { { "b", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } }, END },
    "option table, row 1 ('b'): it has no summary; say in one what the option is for" },
  { { { "b", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL, "", { NULL, NULL } }, END },
    "option table, row 1 ('b'): it has no summary; say in one what the option is for" },
  { { { "b", MVX_LOG_OPTION_INT64, 0, NULL, 5, 4, NULL, "B", { NULL, NULL } }, END },
    "option table, row 1 ('b'): the minimum 5 is greater than the maximum 4; exchange them" },
  { { { "b", MVX_LOG_OPTION_ENUM, 0, NULL, 0, 0, NULL, "B", { NULL, NULL } }, END },
    "option table, row 1 ('b'): an enum needs choices; list them" },
  { { { "b", MVX_LOG_OPTION_ENUM, 0, NULL, 0, 0, formats + 3, "B", { NULL, NULL } }, END },
    "option table, row 1 ('b'): an enum needs choices; list them" },
  { { { "b", MVX_LOG_OPTION_INT64, MVX_LOG_OPTION_REQUIRED, "1", 0, 0, NULL, "B", { NULL, NULL } }, END },
    "option table, row 1 ('b'): a required option cannot have a default; drop the flag or "
    "the default" },
  { { { "b", MVX_LOG_OPTION_INT64, 0, "x", 0, 0, NULL, "B", { NULL, NULL } }, END },
    "option table, row 1 ('b'): the default is not valid: expected a whole number, got 'x'" },
  { { { "b", MVX_LOG_OPTION_INT64, 0, "9", 1, 8, NULL, "B", { NULL, NULL } }, END },
    "option table, row 1 ('b'): the default is not valid: 9 is out of range 1..8" },
  { { { "b", MVX_LOG_OPTION_INT64, MVX_LOG_OPTION_SINK, NULL, 0, 0, NULL, "B", { NULL, NULL } }, END },
    "option table, row 1 ('b'): only a string or a list can name sinks; give it one of these types "
    "or not the flag SINK" },
  { { { "b", MVX_LOG_OPTION_ENUM, 0, "xml", 0, 0, formats, "B", { NULL, NULL } }, END },
    "option table, row 1 ('b'): the default is not valid: unknown value 'xml'; allowed: json, logfmt, pretty" },
};
/* clang-format on */

static void
test_table_check (void)
{
  g_autofree MvxLogOptionSpec *endless = g_new0 (MvxLogOptionSpec, 300);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_option_table_check (NULL, &error));
  g_assert_true (mvx_log_option_table_check (good, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (malformed); i++)
    {
      g_assert_false (mvx_log_option_table_check (malformed[i].rows, &error));
      g_assert_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE);
      g_assert_cmpstr (error->message, ==, malformed[i].message);
      g_clear_error (&error);
    }
  for (guint i = 0; i < 300; i++)
    {
      endless[i] = malformed[0].rows[0];
      g_ptr_array_add (names, g_strdup_printf ("a%u", i));
      endless[i].name = names->pdata[i];
    }
  g_assert_false (mvx_log_option_table_check (endless, &error));
  g_assert_cmpstr (error->message, ==, "the option table has more than 256 rows; its last row must be all zeros");
}

static void
test_describe (void)
{
  g_assert_cmpstr (mvx_log_option_type_describe (MVX_LOG_OPTION_DURATION), ==, "a duration such as 250ms, 5s or 1h");
  g_assert_cmpstr (mvx_log_option_type_describe (0), ==, "a value of an unknown type");
}

static void
test_format_quantity (void)
{
  static const struct
  {
    gint64 value;
    const char *duration;
    const char *size;
  } cases[] = {
    { 0, "0", "0" },
    { 1, "1us", "1" },
    { 1500, "1500us", "1500" },
    { 2000, "2ms", "2000" },
    { 2048, "2048us", "2KiB" },
    { 60000000, "1min", "60000000" },
    { DAY, "1d", "84375000KiB" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *duration = mvx_log_quantity_format_duration (cases[i].value);
      g_autofree char *size = mvx_log_quantity_format_size ((guint64) cases[i].value);

      g_assert_cmpstr (duration, ==, cases[i].duration);
      g_assert_cmpstr (size, ==, cases[i].size);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/option-table/check", test_table_check);
  g_test_add_func ("/option-table/describe", test_describe);
  g_test_add_func ("/option-table/format-quantity", test_format_quantity);
  return g_test_run ();
}
