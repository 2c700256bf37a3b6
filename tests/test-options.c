/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "base/diag-private.h"
#include "sink/common-private.h"
#include "sink/options-private.h"

#define DAY G_GINT64_CONSTANT (86400000000)

static const char *const formats[] = { "json", "logfmt", "pretty", NULL };

/* clang-format off */
static const MvxLogOptionSpec table[] = {
  { "path", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_REQUIRED, NULL, 0, 0, NULL, "Where", { NULL, NULL } },
  { "host", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_REQUIRED, NULL, 0, 0, NULL, "Who", { NULL, NULL } },
  { "sync", MVX_LOG_OPTION_BOOLEAN, 0, "yes", 0, 0, NULL, "Whether", { NULL, NULL } },
  { "port", MVX_LOG_OPTION_INT64, 0, "80", 1, 65535, NULL, "Which", { NULL, NULL } },
  { "any", MVX_LOG_OPTION_INT64, 0, NULL, 0, 0, NULL, "Any", { NULL, NULL } },
  { "ratio", MVX_LOG_OPTION_DOUBLE, 0, "0.5", 0, 1, NULL, "How", { NULL, NULL } },
  { "factor", MVX_LOG_OPTION_DOUBLE, 0, NULL, 0, 0, NULL, "How", { NULL, NULL } },
  { "format", MVX_LOG_OPTION_ENUM, 0, "logfmt", 0, 0, formats, "How", { NULL, NULL } },
  { "wait", MVX_LOG_OPTION_DURATION, 0, "5s", -1, DAY, NULL, "How long", { NULL, NULL } },
  { "every", MVX_LOG_OPTION_DURATION, 0, NULL, 0, 0, NULL, "How often", { NULL, NULL } },
  { "least", MVX_LOG_OPTION_DURATION, 0, NULL, 1000, G_MAXINT64, NULL, "How often", { NULL, NULL } },
  { "size", MVX_LOG_OPTION_SIZE, 0, "64KiB", 4096, 1 << 20, NULL, "How much", { NULL, NULL } },
  { "bytes", MVX_LOG_OPTION_SIZE, 0, NULL, 0, 0, NULL, "How much", { NULL, NULL } },
  { "most", MVX_LOG_OPTION_SIZE, 0, NULL, 1, G_MAXINT64, NULL, "How much", { NULL, NULL } },
  { "tags", MVX_LOG_OPTION_STRV, 0, "a;b", 0, 0, NULL, "Which", { NULL, NULL } },
  { "more", MVX_LOG_OPTION_STRV, 0, NULL, 0, 0, NULL, "Which", { NULL, NULL } },
  { "password", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_SECRET, NULL, 0, 0, NULL, "What", { NULL, NULL } },
  { "pin", MVX_LOG_OPTION_INT64, MVX_LOG_OPTION_SECRET, NULL, 1, 9999, NULL, "What", { NULL, NULL } },
  { "ratio-s", MVX_LOG_OPTION_DOUBLE, MVX_LOG_OPTION_SECRET, NULL, 0, 1, NULL, "What", { NULL, NULL } },
  { "word", MVX_LOG_OPTION_ENUM, MVX_LOG_OPTION_SECRET, NULL, 0, 0, formats, "What", { NULL, NULL } },
  { "ttl", MVX_LOG_OPTION_DURATION, MVX_LOG_OPTION_SECRET, NULL, 0, 10, NULL, "What", { NULL, NULL } },
  { "cap", MVX_LOG_OPTION_SIZE, MVX_LOG_OPTION_SECRET, NULL, 0, 10, NULL, "What", { NULL, NULL } },
  { "flag", MVX_LOG_OPTION_BOOLEAN, MVX_LOG_OPTION_SECRET, NULL, 0, 0, NULL, "What", { NULL, NULL } },
  { "keys", MVX_LOG_OPTION_STRV, MVX_LOG_OPTION_SECRET, NULL, 0, 0, NULL, "What", { NULL, NULL } },
  { "old", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_DEPRECATED, NULL, 0, 0, NULL, "use 'path'", { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};
/* clang-format on */

static void
assert_invalid (GError **error, const char *message)
{
  g_assert_error (*error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_cmpstr ((*error)->message, ==, message);
  g_clear_error (error);
}

static void
refuse (const char *name, const char *text, const char *message)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (table);
  g_autoptr (GVariant) before = mvx_log_options_to_variant (options);
  g_autoptr (GVariant) after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_options_set (options, name, text, &error));
  assert_invalid (&error, message);
  g_assert_false (mvx_log_options_set (options, name, text, NULL));
  after = mvx_log_options_to_variant (options);
  g_assert_true (g_variant_equal (before, after));
}

static MvxLogOptions *
accept (const char *name, const char *text)
{
  MvxLogOptions *options = mvx_log_options_new (table);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_options_set (options, name, text, &error));
  g_assert_no_error (error);
  g_assert_true (mvx_log_options_is_set (options, name));
  return options;
}

static void
test_defaults (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (table);

  g_assert_null (mvx_log_options_get_string (options, "path"));
  g_assert_true (mvx_log_options_get_boolean (options, "sync"));
  g_assert_cmpint (mvx_log_options_get_int64 (options, "port"), ==, 80);
  g_assert_cmpint (mvx_log_options_get_int64 (options, "any"), ==, 0);
  g_assert_cmpfloat (mvx_log_options_get_double (options, "ratio"), ==, 0.5);
  g_assert_cmpfloat (mvx_log_options_get_double (options, "factor"), ==, 0);
  g_assert_cmpuint (mvx_log_options_get_enum (options, "format"), ==, 1);
  g_assert_cmpuint (mvx_log_options_get_enum (options, "word"), ==, 0);
  g_assert_cmpint (mvx_log_options_get_duration (options, "wait"), ==, 5000000);
  g_assert_cmpint (mvx_log_options_get_duration (options, "every"), ==, 0);
  g_assert_cmpuint (mvx_log_options_get_size (options, "size"), ==, 65536);
  g_assert_cmpuint (mvx_log_options_get_size (options, "bytes"), ==, 0);
  g_assert_cmpstrv (mvx_log_options_get_strv (options, "tags"), ((const char *[]){ "a", "b", NULL }));
  g_assert_cmpstrv (mvx_log_options_get_strv (options, "more"), ((const char *[]){ NULL }));
  g_assert_false (mvx_log_options_get_boolean (options, "flag"));
  g_assert_false (mvx_log_options_is_set (options, "port"));
}

static void
test_empty (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (NULL);
  g_autoptr (GVariant) variant = mvx_log_options_to_variant (options);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (g_variant_n_children (variant), ==, 0);
  g_assert_true (mvx_log_options_check (options, NULL));
  g_assert_false (mvx_log_options_set (options, "x", "y", &error));
  assert_invalid (&error, "Unknown option 'x'; known options: none");
}

static void
test_string (void)
{
  g_autoptr (MvxLogOptions) options = accept ("path", " /a b ");

  g_assert_cmpstr (mvx_log_options_get_string (options, "path"), ==, " /a b ");
  refuse ("path", "a\xff", "Option 'path': expected text, got 'a\xef\xbf\xbd', which is not valid UTF-8");
}

static void
test_boolean (void)
{
  static const char *const yes[] = { "true", "yes", "on", " TRUE ", "Yes" };
  static const char *const no[] = { "false", "no", "off" };

  for (guint i = 0; i < G_N_ELEMENTS (yes); i++)
    {
      g_autoptr (MvxLogOptions) options = accept ("sync", yes[i]);

      g_assert_true (mvx_log_options_get_boolean (options, "sync"));
    }
  for (guint i = 0; i < G_N_ELEMENTS (no); i++)
    {
      g_autoptr (MvxLogOptions) options = accept ("sync", no[i]);

      g_assert_false (mvx_log_options_get_boolean (options, "sync"));
    }
  refuse ("sync", "1", "Option 'sync': expected true, false, yes, no, on or off, got '1'");
  refuse ("sync", "", "Option 'sync': expected true, false, yes, no, on or off, got ''");
  refuse ("sync", "yes sir", "Option 'sync': expected true, false, yes, no, on or off, got 'yes sir'");
}

static void
test_int64 (void)
{
  static const struct
  {
    const char *text;
    gint64 value;
  } good[] = {
    { "0", 0 },
    { "+7", 7 },
    { " 12 ", 12 },
    { "007", 7 },
    { "9223372036854775807", G_MAXINT64 },
    { "-9223372036854775808", G_MININT64 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (MvxLogOptions) options = accept ("any", good[i].text);

      g_assert_cmpint (mvx_log_options_get_int64 (options, "any"), ==, good[i].value);
    }
  refuse ("port", "12x", "Option 'port': expected a whole number, got '12x'");
  refuse ("port", "", "Option 'port': expected a whole number, got ''");
  refuse ("port", "-", "Option 'port': expected a whole number, got '-'");
  refuse ("port", "1.5", "Option 'port': expected a whole number, got '1.5'");
  refuse ("port", "0x10", "Option 'port': expected a whole number, got '0x10'");
  refuse ("port", "1 2", "Option 'port': expected a whole number, got '1 2'");
  refuse ("port", "70000", "Option 'port': 70000 is out of range 1..65535");
  refuse ("port", "0", "Option 'port': 0 is out of range 1..65535");
  refuse ("port", "99999999999999999999", "Option 'port': 99999999999999999999 is out of range 1..65535");
  refuse ("any", "9223372036854775808",
          "Option 'any': 9223372036854775808 is out of range -9223372036854775808..9223372036854775807");
  refuse ("any", "-9223372036854775809",
          "Option 'any': -9223372036854775809 is out of range -9223372036854775808..9223372036854775807");
}

static void
test_double (void)
{
  g_autoptr (MvxLogOptions) options = accept ("factor", "-1.25e3");

  g_assert_cmpfloat (mvx_log_options_get_double (options, "factor"), ==, -1250);
  refuse ("ratio", "half", "Option 'ratio': expected a number, got 'half'");
  refuse ("ratio", "0,5", "Option 'ratio': expected a number, got '0,5'");
  refuse ("ratio", "nan", "Option 'ratio': expected a number, got 'nan'");
  refuse ("ratio", "inf", "Option 'ratio': expected a number, got 'inf'");
  refuse ("ratio", "0x1p-1", "Option 'ratio': expected a number, got '0x1p-1'");
  refuse ("ratio", "1.5.1", "Option 'ratio': expected a number, got '1.5.1'");
  refuse ("ratio", "1.5", "Option 'ratio': 1.5 is out of range 0..1");
  refuse ("ratio", "1e999", "Option 'ratio': 1e999 is out of range 0..1");
  refuse ("factor", "1e999", "Option 'factor': 1e999 is too large");
}

static void
test_enum (void)
{
  g_autoptr (MvxLogOptions) options = accept ("format", " pretty ");

  g_assert_cmpuint (mvx_log_options_get_enum (options, "format"), ==, 2);
  g_assert_cmpstr (mvx_log_options_get_string (options, "format"), ==, "pretty");
  refuse ("format", "jsom",
          "Option 'format': unknown value 'jsom'; did you mean 'json'? allowed: json, logfmt, pretty");
  refuse ("format", "xxxxxxxxxxxxx", "Option 'format': unknown value 'xxxxxxxxxxxxx'; allowed: json, logfmt, pretty");
}

static void
test_duration (void)
{
  static const struct
  {
    const char *text;
    gint64 value;
  } good[] = {
    { "7us", 7 },
    { "250ms", 250000 },
    { "5s", 5000000 },
    { "2min", 120000000 },
    { "1h", G_GINT64_CONSTANT (3600000000) },
    { "7d", 7 * DAY },
    { "0", 0 },
    { "0s", 0 },
    { " 3s ", 3000000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (MvxLogOptions) options = accept ("every", good[i].text);

      g_assert_cmpint (mvx_log_options_get_duration (options, "every"), ==, good[i].value);
    }
  {
    g_autoptr (MvxLogOptions) options = accept ("wait", "-1");

    g_assert_cmpint (mvx_log_options_get_duration (options, "wait"), ==, -1);
  }
  refuse ("every", "-1", "Option 'every': -1 is too small; at least 0");
  refuse ("least", "5us", "Option 'least': 5us is too small; at least 1ms");
  refuse ("least", "999999999999d", "Option 'least': 999999999999d is too large");
  refuse ("wait", "-2", "Option 'wait': expected a duration such as 250ms, 5s or 1h, got '-2'");
  refuse ("wait", "5",
          "Option 'wait': expected a duration such as 250ms, 5s or 1h, got '5' without a unit; use us, ms, s, min, h "
          "or d");
  refuse ("wait", "5m",
          "Option 'wait': expected a duration such as 250ms, 5s or 1h, got '5m'; the unit must be us, ms, s, min, h "
          "or d");
  refuse ("wait", "5 s", "Option 'wait': expected a duration such as 250ms, 5s or 1h, got '5 s'");
  refuse ("wait", "s", "Option 'wait': expected a duration such as 250ms, 5s or 1h, got 's'");
  refuse ("wait", "1s1s", "Option 'wait': expected a duration such as 250ms, 5s or 1h, got '1s1s'");
  refuse ("wait", "2d", "Option 'wait': 2d is out of range -1..1d");
  refuse ("wait", "99999999999999999999s", "Option 'wait': 99999999999999999999s is out of range -1..1d");
  refuse ("every", "200000000000d", "Option 'every': 200000000000d is too large");
  refuse ("every", "99999999999999999999s", "Option 'every': 99999999999999999999s is too large");
}

static void
test_size (void)
{
  static const struct
  {
    const char *text;
    guint64 value;
  } good[] = {
    { "4096", 4096 },
    { "1B", 1 },
    { "64KiB", 65536 },
    { "1MiB", 1 << 20 },
    { "10MB", 10000000 },
    { "3kB", 3000 },
    { "3KB", 3000 },
    { "2GiB", G_GUINT64_CONSTANT (2) << 30 },
    { "2GB", G_GUINT64_CONSTANT (2000000000) },
    { "1TiB", G_GUINT64_CONSTANT (1) << 40 },
    { "1TB", G_GUINT64_CONSTANT (1000000000000) },
    { "18446744073709551615", G_MAXUINT64 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (MvxLogOptions) options = accept ("bytes", good[i].text);

      g_assert_cmpuint (mvx_log_options_get_size (options, "bytes"), ==, good[i].value);
    }
  refuse ("size", "64K",
          "Option 'size': expected a size such as 4096, 64KiB or 10MB, got '64K'; the unit must be B, kB, KiB, MB, "
          "MiB, GB, GiB, TB or TiB");
  refuse ("size", "-5", "Option 'size': expected a size such as 4096, 64KiB or 10MB, got '-5'");
  refuse ("size", "", "Option 'size': expected a size such as 4096, 64KiB or 10MB, got ''");
  refuse ("size", "64 KiB", "Option 'size': expected a size such as 4096, 64KiB or 10MB, got '64 KiB'");
  refuse ("size", "1KiB", "Option 'size': 1KiB is out of range 4KiB..1MiB");
  refuse ("size", "2MiB", "Option 'size': 2MiB is out of range 4KiB..1MiB");
  refuse ("most", "0", "Option 'most': 0 is too small; at least 1");
  refuse ("bytes", "18446744073709551616", "Option 'bytes': 18446744073709551616 is too large");
  refuse ("bytes", "99999999TiB", "Option 'bytes': 99999999TiB is too large");
}

static void
test_strv (void)
{
  static const struct
  {
    const char *text;
    const char *items[4];
  } good[] = {
    { "", { NULL } },
    { "  ", { NULL } },
    { "x", { "x" } },
    { "x;y;", { "x", "y" } },
    { " x ; y z ; ", { "x", "y z" } },
    { "a\\;b;c", { "a;b", "c" } },
    { "a\\b;\\\\", { "a\\b", "\\\\" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (MvxLogOptions) options = accept ("tags", good[i].text);

      g_assert_cmpstrv (mvx_log_options_get_strv (options, "tags"), good[i].items);
    }
  refuse ("tags", "a;;b", "Option 'tags': item 2 of the list is empty");
  refuse ("tags", ";", "Option 'tags': item 1 of the list is empty");
  refuse ("tags", "a\xff",
          "Option 'tags': expected a list separated by ';', got 'a\xef\xbf\xbd', which is not valid UTF-8");
}

static void
test_names (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (table + 23);
  g_autoptr (GError) error = NULL;

  refuse ("prot", "1", "Unknown option 'prot'; did you mean 'port'?");
  g_assert_false (mvx_log_options_set (options, "zzzzzzzzz", "1", &error));
  assert_invalid (&error, "Unknown option 'zzzzzzzzz'; known options: keys, old");
  g_assert_false (mvx_log_options_set_variant (options, "kyes", g_variant_new_int32 (1), &error));
  assert_invalid (&error, "Unknown option 'kyes'; did you mean 'keys'?");
}

/* A value in a message is one short, valid, printable line. */
static void
test_shown (void)
{
  refuse ("port", "a\nb\x1b[31m", "Option 'port': expected a whole number, got 'a?b?[31m'");
  refuse ("port", "0123456789012345678901234567890123456789012345678901234567890123456789x",
          "Option 'port': expected a whole number, got "
          "'012345678901234567890123456789012345678901234567890123456789...'");
}

static void
test_check (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (table);
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_options_check (options, &error));
  assert_invalid (&error, "Required options not set: 'path', 'host'");
  g_assert_true (mvx_log_options_set (options, "host", "h", NULL));
  g_assert_false (mvx_log_options_check (options, &error));
  assert_invalid (&error, "Required option not set: 'path'");
  g_assert_true (mvx_log_options_set (options, "path", "", NULL));
  g_assert_true (mvx_log_options_check (options, &error));
  g_assert_no_error (error);
}

/* In every type, in every kind of error. */
static void
test_secret (void)
{
  refuse ("password", "hun\xffter", "Option 'password': expected text, which is not valid UTF-8");
  refuse ("pin", "hunter", "Option 'pin': expected a whole number");
  refuse ("pin", "123456", "Option 'pin': the value is out of range 1..9999");
  refuse ("ratio-s", "123456", "Option 'ratio-s': the value is out of range 0..1");
  refuse ("word", "jsom", "Option 'word': unknown value; allowed: json, logfmt, pretty");
  refuse ("ttl", "123456",
          "Option 'ttl': expected a duration such as 250ms, 5s or 1h with a unit; use us, ms, s, min, h or d");
  refuse ("ttl", "123s", "Option 'ttl': the value is out of range 0..10us");
  refuse ("cap", "123456", "Option 'cap': the value is out of range 0..10");
  refuse ("flag", "hunter", "Option 'flag': expected true, false, yes, no, on or off");
  refuse ("keys", "hunter;;x", "Option 'keys': item 2 of the list is empty");
}

static void
test_secret_variant (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (table);
  g_autoptr (GVariant) variant = NULL;
  g_autofree char *text = NULL;

  g_assert_true (mvx_log_options_set (options, "password", "hunter2", NULL));
  g_assert_true (mvx_log_options_set (options, "keys", "hunter3;hunter4", NULL));
  g_assert_cmpstr (mvx_log_options_get_string (options, "password"), ==, "hunter2");
  g_assert_true (mvx_log_options_set (options, "pin", "4711", NULL));
  variant = mvx_log_options_to_variant (options);
  text = g_variant_print (variant, FALSE);
  g_assert_cmpstr (text, ==,
                   "{'sync': <true>, 'port': <int64 80>, 'ratio': <0.5>, 'format': <'logfmt'>, "
                   "'wait': <int64 5000000>, 'size': <uint64 65536>, 'tags': <['a', 'b']>, 'password': <'***'>, 'pin': "
                   "<'***'>, 'keys': <'***'>}");
}

static void
set_variant (const char *name, GVariant *value, const char *message)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (table);
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_options_set_variant (options, name, value, &error));
  assert_invalid (&error, message);
}

static void
test_variant (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (table);
  const char *const items[] = { "x;y", " z ", NULL };
  g_autoptr (GVariant) held = g_variant_ref_sink (g_variant_new_strv (items, -1));

  g_assert_true (mvx_log_options_set_variant (options, "port", g_variant_new_string ("81"), NULL));
  g_assert_cmpint (mvx_log_options_get_int64 (options, "port"), ==, 81);
  g_assert_true (mvx_log_options_set_variant (options, "port", g_variant_new_uint16 (82), NULL));
  g_assert_cmpint (mvx_log_options_get_int64 (options, "port"), ==, 82);
  g_assert_true (mvx_log_options_set_variant (options, "port", g_variant_new_byte (83), NULL));
  g_assert_cmpint (mvx_log_options_get_int64 (options, "port"), ==, 83);
  g_assert_true (mvx_log_options_set_variant (options, "port", g_variant_new_variant (g_variant_new_int32 (84)), NULL));
  g_assert_cmpint (mvx_log_options_get_int64 (options, "port"), ==, 84);
  g_assert_true (mvx_log_options_set_variant (options, "sync", g_variant_new_boolean (FALSE), NULL));
  g_assert_false (mvx_log_options_get_boolean (options, "sync"));
  g_assert_true (mvx_log_options_set_variant (options, "factor", g_variant_new_double (0.1), NULL));
  g_assert_cmpfloat (mvx_log_options_get_double (options, "factor"), ==, 0.1);
  g_assert_true (mvx_log_options_set_variant (options, "factor", g_variant_new_int64 (-3), NULL));
  g_assert_cmpfloat (mvx_log_options_get_double (options, "factor"), ==, -3);
  g_assert_true (mvx_log_options_set_variant (options, "wait", g_variant_new_int64 (1500), NULL));
  g_assert_cmpint (mvx_log_options_get_duration (options, "wait"), ==, 1500);
  g_assert_true (mvx_log_options_set_variant (options, "wait", g_variant_new_byte (7), NULL));
  g_assert_cmpint (mvx_log_options_get_duration (options, "wait"), ==, 7);
  g_assert_true (mvx_log_options_set_variant (options, "wait", g_variant_new_int32 (-1), NULL));
  g_assert_cmpint (mvx_log_options_get_duration (options, "wait"), ==, -1);
  g_assert_true (mvx_log_options_set_variant (options, "bytes", g_variant_new_uint64 (G_MAXUINT64), NULL));
  g_assert_cmpuint (mvx_log_options_get_size (options, "bytes"), ==, G_MAXUINT64);
  g_assert_true (mvx_log_options_set_variant (options, "tags", held, NULL));
  g_assert_cmpstrv (mvx_log_options_get_strv (options, "tags"), items);
  g_assert_true (mvx_log_options_set_variant (options, "tags", g_variant_new_string ("p;q"), NULL));
  g_assert_cmpstrv (mvx_log_options_get_strv (options, "tags"), ((const char *[]){ "p", "q", NULL }));

  set_variant ("port", g_variant_new_double (1), "Option 'port': expected a whole number, got a value of type 'd'");
  set_variant ("port", g_variant_new_uint64 (G_MAXUINT64),
               "Option 'port': 18446744073709551615 is out of range 1..65535");
  set_variant ("path", g_variant_new_int32 (1), "Option 'path': expected text, got a value of type 'i'");
  set_variant ("format", g_variant_new_boolean (TRUE),
               "Option 'format': expected one of the choices, got a value of type 'b'");
  set_variant ("sync", g_variant_new_int32 (1),
               "Option 'sync': expected true, false, yes, no, on or off, got a value of type 'i'");
  set_variant ("tags", g_variant_new ("(ii)", 1, 2),
               "Option 'tags': expected a list separated by ';', got a value of type '(ii)'");
  set_variant ("size", g_variant_new_int32 (-5),
               "Option 'size': expected a size such as 4096, 64KiB or 10MB, got '-5'");
  set_variant ("wait", g_variant_new_int64 (2 * DAY), "Option 'wait': 172800000000us is out of range -1..1d");
  set_variant ("factor", g_variant_new_double (1.0 / 0.0), "Option 'factor': expected a number, got 'inf'");
}

static void
test_getter_misuse (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (MvxLogOptions) options = mvx_log_options_new (table);

      g_log_set_always_fatal (G_LOG_FATAL_MASK);
      g_log_set_fatal_mask ("Mvxlog", G_LOG_FATAL_MASK);
      g_assert_cmpint (mvx_log_options_get_int64 (options, "nothing"), ==, 0);
      g_assert_cmpint (mvx_log_options_get_int64 (options, "path"), ==, 0);
      g_assert_null (mvx_log_options_get_string (options, "port"));
      g_assert_false (mvx_log_options_is_set (options, "nothing"));
      g_assert_null (mvx_log_options_get_strv (options, "port")[0]);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*mvx_log_options_get_int64: assertion*mvx_log_options_get_int64: assertion*"
                             "mvx_log_options_get_string: assertion*mvx_log_options_is_set: assertion*"
                             "mvx_log_options_get_strv: assertion*");
}

static void
keep_message (gint level, const char *message, gpointer data)
{
  g_string_append_printf (data, "%d %s\n", level, message);
}

static void
test_deprecated (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (table);
  g_autoptr (GString) said = g_string_new (NULL);

  mvx_log_diag_set_func (keep_message, said, NULL);
  g_assert_true (mvx_log_options_set (options, "old", "x", NULL));
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_assert_cmpstr (said->str, ==, "30 option 'old' is deprecated: use 'path'\n");
  g_assert_cmpstr (mvx_log_options_get_string (options, "old"), ==, "x");
}

static void
test_tables (void)
{
  /* clang-format off */
  static const MvxLogOptionSpec own[] = {
    { "level", MVX_LOG_OPTION_INT64, 0, "7", 0, 0, NULL, "Its own", { NULL, NULL } },
    { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
  };
  /* clang-format on */
  const MvxLogOptionSpec *tables[] = { own, NULL, mvx_log_common_options };
  g_autoptr (MvxLogOptions) options = mvx_log_options_new_tables (tables, G_N_ELEMENTS (tables));
  g_autofree const char **names = mvx_log_options_names (options);

  g_assert_cmpstrv (names, ((const char *[]){ "level", "enabled", NULL }));
  g_assert_cmpint (mvx_log_options_get_int64 (options, "level"), ==, 7);
  g_assert_true (mvx_log_options_find (options, "level") == own);
  g_assert_null (mvx_log_options_find (options, "port"));
}

static void
test_diff (void)
{
  g_autoptr (MvxLogOptions) a = mvx_log_options_new (table);
  g_autoptr (MvxLogOptions) b = mvx_log_options_ref (a);
  g_autoptr (MvxLogOptions) c = mvx_log_options_new (table);
  g_autoptr (MvxLogOptions) common = mvx_log_options_new (mvx_log_common_options);
  g_auto (GStrv) none = mvx_log_options_diff (a, b);
  g_auto (GStrv) some = NULL;
  g_auto (GStrv) other = NULL;

  g_assert_cmpstrv (none, ((const char *[]){ NULL }));
  g_assert_true (mvx_log_options_set (c, "port", "80", NULL));
  g_assert_true (mvx_log_options_set (c, "password", "x", NULL));
  g_assert_true (mvx_log_options_set (c, "wait", "5000ms", NULL));
  g_assert_true (mvx_log_options_set (c, "tags", "a", NULL));
  some = mvx_log_options_diff (a, c);
  g_assert_cmpstrv (some, ((const char *[]){ "tags", "password", NULL }));
  other = mvx_log_options_diff (common, a);
  g_assert_cmpstr (other[0], ==, "level");
  g_assert_cmpstr (other[1], ==, "enabled");
  g_assert_cmpstr (other[2], ==, "sync");
  g_assert_cmpuint (g_strv_length (other), ==, 2 + 7);
}

static void
test_level (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (mvx_log_common_options);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (mvx_log_options_get_string (options, "level"), ==, "info");
  g_assert_true (mvx_log_options_set (options, "level", " WARN ", &error));
  g_assert_cmpstr (mvx_log_options_get_string (options, "level"), ==, "warning");
  g_assert_true (mvx_log_options_set_variant (options, "level", g_variant_new_string ("17"), &error));
  g_assert_cmpstr (mvx_log_options_get_string (options, "level"), ==, "17");
  g_assert_true (mvx_log_options_set (options, "level", "20", &error));
  g_assert_cmpstr (mvx_log_options_get_string (options, "level"), ==, "info");
  g_assert_false (mvx_log_options_set (options, "level", "inof", &error));
  assert_invalid (&error, "Option 'level': Unknown level 'inof'; did you mean 'info'?; use trace, debug, info, notice, "
                          "warning, error, critical, off or a number");
}

static void
test_common (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (mvx_log_common_async_options);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_option_table_check (mvx_log_common_options, &error));
  g_assert_no_error (error);
  g_assert_true (mvx_log_option_table_check (mvx_log_common_async_options, &error));
  g_assert_no_error (error);
  for (const MvxLogOptionSpec *spec = mvx_log_common_options; spec->name; spec++)
    g_assert_true (spec->flags & MVX_LOG_OPTION_RELOADABLE);
  for (const MvxLogOptionSpec *spec = mvx_log_common_async_options; spec->name; spec++)
    g_assert_false (spec->flags & MVX_LOG_OPTION_RELOADABLE);
  g_assert_cmpint (mvx_log_options_get_int64 (options, "queue-max-size"), ==, 10000);
  g_assert_cmpuint (mvx_log_options_get_size (options, "queue-max-bytes"), ==, 64 << 20);
  g_assert_cmpuint (mvx_log_options_get_enum (options, "queue-overflow"), ==, 0);
  g_assert_cmpint (mvx_log_options_get_duration (options, "block-timeout"), ==, 1000000);
  g_assert_cmpint (mvx_log_options_get_int64 (options, "batch-max"), ==, 256);
  g_assert_cmpint (mvx_log_options_get_int64 (options, "max-in-flight"), ==, 1);
  g_assert_cmpint (mvx_log_options_get_duration (options, "linger"), ==, 20000);
  g_assert_cmpstr (mvx_log_options_get_string (options, "sleep"), ==, "deep");
  g_assert_cmpint (mvx_log_options_get_duration (options, "retry-min"), ==, 100000);
  g_assert_cmpint (mvx_log_options_get_duration (options, "retry-max"), ==, 30000000);
  g_assert_cmpint (mvx_log_options_get_duration (options, "retry-max-age"), ==, 0);
  g_assert_cmpint (mvx_log_options_get_int64 (options, "retry-count"), ==, 0);
  g_assert_cmpint (mvx_log_options_get_duration (options, "drain-timeout"), ==, 5000000);
  g_assert_false (mvx_log_options_set (options, "queue-max-size", "-1", &error));
  assert_invalid (&error, "Option 'queue-max-size': -1 is out of range 0..2147483647");
  g_assert_true (mvx_log_options_set (options, "queue-overflow", "below-level", &error));
  g_assert_cmpuint (mvx_log_options_get_enum (options, "queue-overflow"), ==, 4);
}

static void
test_pick (void)
{
  static const char *const names[] = { "tags", "nothing", "path", "port", "password", NULL };
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (table);
  g_autoptr (GVariant) picked = NULL;
  g_autofree char *text = NULL;

  g_assert_true (mvx_log_options_set (options, "password", "hunter2", NULL));
  picked = g_variant_ref_sink (mvx_log_options_pick (options, names));
  text = g_variant_print (picked, FALSE);
  g_assert_cmpstr (text, ==, "{'tags': <['a', 'b']>, 'port': <int64 80>, 'password': <'***'>}");
}

static gpointer
read_many (gpointer data)
{
  for (guint i = 0; i < 10000; i++)
    {
      g_autoptr (MvxLogOptions) options = mvx_log_options_ref (data);

      g_assert_cmpstr (mvx_log_options_get_strv (options, "tags")[1], ==, "b");
      g_assert_cmpint (mvx_log_options_get_int64 (options, "port"), ==, 80);
    }
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (table);
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("reader", read_many, options);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

/* Whatever comes in is parsed or refused with a message, never more. */
static void
test_random (void)
{
  static const char alphabet[] = "0123456789+-.eEsmhdinuKMGiB;\\ \xff\xc3";
  g_autofree const char **names = NULL;
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (table);

  names = mvx_log_options_names (options);
  for (guint i = 0; i < 20000; i++)
    {
      const char *name = names[g_test_rand_int_range (0, 24)];
      g_autoptr (GError) error = NULL;
      char text[12];
      gint len = g_test_rand_int_range (0, sizeof text - 1);

      for (gint j = 0; j < len; j++)
        text[j] = alphabet[g_test_rand_int_range (0, sizeof alphabet - 1)];
      text[len] = '\0';
      if (mvx_log_options_set (options, name, text, &error))
        g_assert_no_error (error);
      else
        {
          g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
          g_assert_true (g_utf8_validate (error->message, -1, NULL));
        }
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/options/defaults", test_defaults);
  g_test_add_func ("/options/empty", test_empty);
  g_test_add_func ("/options/string", test_string);
  g_test_add_func ("/options/boolean", test_boolean);
  g_test_add_func ("/options/int64", test_int64);
  g_test_add_func ("/options/double", test_double);
  g_test_add_func ("/options/enum", test_enum);
  g_test_add_func ("/options/duration", test_duration);
  g_test_add_func ("/options/size", test_size);
  g_test_add_func ("/options/strv", test_strv);
  g_test_add_func ("/options/names", test_names);
  g_test_add_func ("/options/shown", test_shown);
  g_test_add_func ("/options/check", test_check);
  g_test_add_func ("/options/secret", test_secret);
  g_test_add_func ("/options/secret-variant", test_secret_variant);
  g_test_add_func ("/options/variant", test_variant);
  g_test_add_func ("/options/getter-misuse", test_getter_misuse);
  g_test_add_func ("/options/deprecated", test_deprecated);
  g_test_add_func ("/options/tables", test_tables);
  g_test_add_func ("/options/diff", test_diff);
  g_test_add_func ("/options/level", test_level);
  g_test_add_func ("/options/common", test_common);
  g_test_add_func ("/options/pick", test_pick);
  g_test_add_func ("/options/threads", test_threads);
  g_test_add_func ("/options/random", test_random);
  return g_test_run ();
}
