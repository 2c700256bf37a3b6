/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What sinks get piece by piece is what renderers write in their lines. */
#include <math.h>

#include <mvxlog/pieces.h>

#include "render-fixture.h"

#define R "\xef\xbf\xbd"

static void
assert_message (Fixture fixture, gboolean utf8, const char *expected, gsize size)
{
  g_autoptr (MvxLogEvent) event = fixture_event (fixture);
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  mvx_log_buffer_append_c (&buffer, '>');
  g_assert_true (mvx_log_buffer_append_message (&buffer, event, utf8) == (expected != NULL));
  g_assert_cmpuint (buffer.len, ==, size + 1);
  if (expected)
    g_assert_cmpmem (buffer.data + 1, buffer.len - 1, expected, size);
  mvx_log_buffer_clear (&buffer);
}

static void
test_message (void)
{
  static const MvxLogField fields[] = { FIELD_STRING ("who", "\xc3"), FIELD_INT ("n", 7) };

  assert_message ((Fixture){ .message = "a\0\xff\n", .message_len = 4 }, FALSE, "a\0\xff\n", 4);
  assert_message ((Fixture){ .message = "a\0\xff\n", .message_len = 4 }, TRUE, "a\0" R "\n", 6);
  assert_message ((Fixture){ .message_template = "{n} of {who}\xa9 {x}", .fields = fields, .n_fields = 2 }, FALSE,
                  "7 of \xc3\xa9 {x}", 11);
  /* Each piece by itself, as in JSON. */
  assert_message ((Fixture){ .message_template = "{n} of {who}\xa9 {x}", .fields = fields, .n_fields = 2 }, TRUE,
                  "7 of " R R " {x}", 15);
  assert_message ((Fixture){ .message_template = "" }, TRUE, "", 0);
  assert_message ((Fixture){ .name = "bind" }, TRUE, NULL, 0);
}

/* The line of the renderer is @before, the fields and @behind. */
static void
assert_fields (Fixture fixture, const char *expected)
{
  g_autoptr (MvxLogEvent) event = fixture_event (fixture);
  g_autoptr (MvxLogRenderer) renderer = fixture_renderer ("json", NULL);
  g_autofree char *line = fixture_line (renderer, event);
  g_autofree char *inner = NULL;
  g_autofree char *text = NULL;
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  g_assert_true (mvx_log_buffer_append_json_fields (&buffer, event) == (expected != NULL));
  text = g_strndup (buffer.data ? (const char *) buffer.data : "", buffer.len);
  mvx_log_buffer_clear (&buffer);
  g_assert_cmpstr (text, ==, expected ? expected : "");
  if (expected == NULL)
    return;
  inner = g_strndup (text + 1, strlen (text) - 2);
  g_assert_nonnull (strstr (line, inner));
}

static void
test_fields (void)
{
  g_autoptr (GError) failure = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "broken");
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\xff", 2);
  const MvxLogField fields[] = {
    FIELD_STRING ("a", "x\xff\n"),  FIELD_INT ("level", -1),   FIELD_UINT ("u", G_MAXUINT64),
    FIELD_DOUBLE ("d", 0.1),        FIELD_DOUBLE ("nan", NAN), FIELD_BOOL ("b", TRUE),
    FIELD_TIME ("t", FIXTURE_TIME), FIELD_NULL ("z"),          FIELD_ERROR ("error", failure),
    FIELD_BYTES ("raw", bytes),     FIELD_INT ("a", 2),        FIELD_INT ("\"k", 1),
  };
  const MvxLogField only_error[] = { FIELD_ERROR ("error", failure) };

  assert_fields ((Fixture){ .message = "m", .fields = fields, .n_fields = G_N_ELEMENTS (fields) },
                 "{\"field_level\":-1,\"u\":18446744073709551615,\"d\":0.1,\"nan\":\"NaN\",\"b\":true,"
                 "\"t\":\"2026-11-21T12:00:00.123456789Z\",\"z\":null,\"raw\":\"AP8=\",\"a\":2,\"\\\"k\":1}");
  assert_fields ((Fixture){ .message = "m", .fields = only_error, .n_fields = 1 }, NULL);
  assert_fields ((Fixture){ .message = "m" }, NULL);
}

static void
test_value (void)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  const MvxLogValue value = { MVX_LOG_TYPE_STRING, 3, { .string = "a\"\xff" } };

  mvx_log_buffer_append_json (&buffer, &value);
  mvx_log_buffer_append_utf8 (&buffer, "\xe2\x82|", 3);
  mvx_log_buffer_append_utf8 (&buffer, NULL, 0);
  g_assert_cmpmem (buffer.data, buffer.len, "\"a\\\"" R "\"" R "|", strlen ("\"a\\\"" R "\"" R "|"));
  mvx_log_buffer_clear (&buffer);
}

static void
assert_buffer (MvxLogBuffer *buffer, const char *expected, gsize size)
{
  g_assert_cmpmem (buffer->data, buffer->len, expected, size);
  mvx_log_buffer_clear (buffer);
}

static void
test_text (void)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  g_autoptr (GVariant) map = g_variant_ref_sink (g_variant_new_parsed ("{'k': <[1, 2]>}"));
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\1\2", 3);
  const MvxLogField fields[] = {
    FIELD_NULL ("null"),
    FIELD_BOOL ("bool", TRUE),
    FIELD_INT ("int", G_MININT64),
    FIELD_UINT ("uint", G_MAXUINT64),
    FIELD_DOUBLE ("double", 12),
    FIELD_DOUBLE ("nan", NAN),
    FIELD_STRING ("string", "a\"\n\xff"),
    FIELD_BYTES ("bytes", bytes),
    FIELD_TIME ("time", FIXTURE_TIME),
    FIELD_ERROR ("error", error),
    FIELD_VARIANT ("map", map),
  };
  static const char *const expected[][2] = {
    { "null", "null" },
    { "true", "true" },
    { "-9223372036854775808", "-9223372036854775808" },
    { "18446744073709551615", "18446744073709551615" },
    { "12.0", "12.0" },
    { "NaN", "\"NaN\"" },
    { "a\"\n\xff", "\"a\\\"\\n\xef\xbf\xbd\"" },
    { "AAEC", "\"AAEC\"" },
    { "2026-11-21T12:00:00.123456789Z", "\"2026-11-21T12:00:00.123456789Z\"" },
    { "gone (g-io-error-quark, 1)", "[{\"domain\":\"g-io-error-quark\",\"code\":1,\"message\":\"gone\"}]" },
    { "{\"k\":[1,2]}", "{\"k\":[1,2]}" },
  };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .fields = fields, .n_fields = G_N_ELEMENTS (fields) });
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogFieldIter iter;
  MvxLogValue value;
  const char *key;
  guint n = 0;

  mvx_log_field_iter_init (&iter, event);
  while (mvx_log_field_iter_next (&iter, &key, &value))
    {
      mvx_log_buffer_append_text (&buffer, &value);
      assert_buffer (&buffer, expected[n][0], strlen (expected[n][0]));
      mvx_log_buffer_append_json (&buffer, &value);
      assert_buffer (&buffer, expected[n][1], strlen (expected[n][1]));
      n++;
    }
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (fields));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pieces/message", test_message);
  g_test_add_func ("/pieces/fields", test_fields);
  g_test_add_func ("/pieces/value", test_value);
  g_test_add_func ("/pieces/text", test_text);
  return g_test_run ();
}
