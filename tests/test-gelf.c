/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "base/error-private.h"
#include "json-fixture.h"

static const char *const gelf[] = { "json-keys", "gelf", NULL };

/* A whole line; @messages is what stands before the time, @rest what stands behind the level's number. */
#define assert_gelf_at(messages, time_text, ns_text, rest, ...)                                                        \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *expected_ = g_strdup_printf ("{\"version\":\"1.1\",\"host\":\"%s\",%s,\"timestamp\":%s,"          \
                                                  "\"_timestamp_ns\":\"%s\",\"level\":%s,\"_pid\":4242}",              \
                                                  g_get_host_name (), messages, time_text, ns_text, rest);             \
    assert_renders ("json", gelf, expected_, __VA_ARGS__);                                                             \
  }                                                                                                                    \
  G_STMT_END

#define assert_gelf(messages, rest, ...)                                                                               \
  assert_gelf_at (messages, "1795262400.123456", "1795262400123456789", rest, __VA_ARGS__)

#define INFO "6,\"_level_name\":\"info\""

static void
test_least (void)
{
  assert_gelf ("\"short_message\":\"-\"", INFO, .context = "");
  assert_gelf ("\"short_message\":\"m\"", INFO ",\"_logger\":\"a.b\"", .context = "a.b", .message = "m");
  assert_gelf ("\"short_message\":\"c.e.n [failed]\"",
               INFO ",\"_logger\":\"c\",\"_event\":\"n\",\"_entity\":\"e\",\"_outcome\":\"failed\"", .context = "c",
               .name = "n", .entity = "e", .outcome = "failed");
}

static void
test_lines (void)
{
  assert_gelf ("\"short_message\":\"one\",\"full_message\":\"two\\n\\nthree\"", INFO, .message = "one\ntwo\n\nthree");
  assert_gelf ("\"short_message\":\"one\"", INFO, .message = "one\n");
  assert_gelf ("\"short_message\":\"one \\r\",\"full_message\":\" two\"", INFO, .message = "\r\n\t one \r\n two");
  assert_gelf ("\"short_message\":\"-\"", INFO, .message = " \n ");
}

static void
test_time (void)
{
  assert_gelf_at ("\"short_message\":\"m\"", "-0.000001", "-1999", INFO, .message = "m", .time = -1999);
  assert_gelf_at ("\"short_message\":\"m\"", "1.000000", "1000000001", INFO, .message = "m", .time = 1000000001);
  assert_gelf_at ("\"short_message\":\"m\"", "-9223372036.854775", "-9223372036854775808", INFO, .message = "m",
                  .time = G_MININT64);
}

/* Syslog's numbers; others between ours count as the next one below. */
static void
test_levels (void)
{
  static const struct
  {
    gint level;
    const char *text;
  } levels[] = {
    { MVX_LOG_LEVEL_CRITICAL, "2,\"_level_name\":\"critical\"" },
    { 100, "2,\"_level_name\":\"100\"" },
    { MVX_LOG_LEVEL_ERROR, "3,\"_level_name\":\"error\"" },
    { 39, "4,\"_level_name\":\"39\"" },
    { MVX_LOG_LEVEL_WARNING, "4,\"_level_name\":\"warning\"" },
    { MVX_LOG_LEVEL_NOTICE, "5,\"_level_name\":\"notice\"" },
    { MVX_LOG_LEVEL_INFO, INFO },
    { MVX_LOG_LEVEL_DEBUG, "7,\"_level_name\":\"debug\"" },
    { MVX_LOG_LEVEL_TRACE, "7,\"_level_name\":\"trace\"" },
    { -7, "7,\"_level_name\":\"-7\"" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    assert_gelf ("\"short_message\":\"m\"", levels[i].text, .message = "m", .level = levels[i].level);
}

/* All keys there are, and their order. */
static void
test_order (void)
{
  g_autoptr (GError) cause = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "timed \"out\"");
  g_autoptr (GError) error
      = mvx_log_error_new (MVX_LOG_ERROR, MVX_LOG_ERROR_UNABLE_TO_LOG, cause, NULL, "cannot\nwrite");
  const MvxLogField fields[] = { FIELD_INT ("z", 1), FIELD_ERROR ("error", error), FIELD_STRING ("a", "x\ny") };
  g_autofree char *expected = g_strdup_printf (
      "{\"version\":\"1.1\",\"host\":\"%s\",\"short_message\":\"bind x\",\"full_message\":\"y\\ncannot\\nwrite "
      "(MvxLogError, 5, LOG_CONTEXT_UNABLE_TO_LOG) <- timed \\\"out\\\" (g-io-error-quark, 24)\",\"timestamp\":"
      "1795262400.123456,\"_timestamp_ns\":\"1795262400123456789\",\"level\":3,\"_level_name\":\"error\",\"_logger\":"
      "\"mvx.ldap\",\"_event_id\":\"00112233445566778899aabbccddeeff\",\"_event\":\"bind\",\"_entity\":\"conn-1\","
      "\"_outcome\":\"failed\",\"_z\":1,\"_a\":\"x\\ny\",\"_error_type\":\"MvxLogError\",\"_error_code\":5,"
      "\"_error_message\":\"cannot\\nwrite\",\"_trace_id\":\"0af7\",\"_span_id\":\"b7ad\",\"_file\":\"l.c\",\"_line\":"
      "12,"
      "\"_function\":\"ldap_bind\",\"_pid\":4242,\"_tid\":77,\"_seq\":3}",
      g_get_host_name ());

  assert_renders ("json", gelf, expected, .level = MVX_LOG_LEVEL_ERROR, .context = "mvx.ldap", .name = "bind",
                  .entity = "conn-1", .outcome = "failed", .id = "00112233445566778899aabbccddeeff",
                  .message_template = "bind {a}", .fields = fields, .n_fields = 3, .trace = "0af7", .span = "b7ad",
                  .file = "l.c", .line = "12", .function = "ldap_bind", .thread = 77, .seq = 3);
}

/* Strings and numbers only. */
static void
test_types (void)
{
  g_autoptr (GVariant) list = g_variant_ref_sink (g_variant_new_parsed ("[<1>, <'a\"'>]"));
  g_autoptr (GVariant) map = g_variant_ref_sink (g_variant_new_parsed ("{'k': <{'x': <1.5>}>}"));
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\xff", 2);
  const MvxLogField fields[] = {
    FIELD_STRING ("s", "a\"b"), FIELD_INT ("i", G_MININT64), FIELD_UINT ("u", G_MAXUINT64),
    FIELD_DOUBLE ("d", 12),     FIELD_BOOL ("t", TRUE),      FIELD_NULL ("n"),
    FIELD_TIME ("w", -1),       FIELD_VARIANT ("l", list),   FIELD_VARIANT ("m", map),
    FIELD_BYTES ("b", bytes),   FIELD_DOUBLE ("nan", NAN),
  };

  assert_gelf ("\"short_message\":\"m\"",
               INFO ",\"_s\":\"a\\\"b\",\"_i\":-9223372036854775808,\"_u\":18446744073709551615,\"_d\":12.0,"
                    "\"_t\":\"true\",\"_n\":\"null\",\"_w\":\"1969-12-31T23:59:59.999999999Z\",\"_l\":\"[1,"
                    "\\\"a\\\\\\\"\\\"]\",\"_m\":\"{\\\"k\\\":{\\\"x\\\":1.5}}\",\"_b\":\"AP8=\",\"_nan\":\"NaN\"",
               .message = "m", .fields = fields, .n_fields = G_N_ELEMENTS (fields));
}

/* Only what the format allows, never _id, and each name once. */
static void
test_names (void)
{
  const MvxLogField fields[] = {
    FIELD_INT ("id", 1),  FIELD_INT ("i d", 2),  FIELD_INT ("i\xc3\xa9 d", 3), FIELD_INT ("i_d", 4),
    FIELD_INT ("", 5),    FIELD_INT ("i/d", 6),  FIELD_INT ("http.a-b", 7),    FIELD_INT ("pid", 8),
    FIELD_INT ("_id", 9), FIELD_INT ("i d", 10), FIELD_INT ("\xff\x80", 11),   FIELD_STRING ("error", "text"),
  };

  assert_gelf ("\"short_message\":\"10\"",
               INFO ",\"_field_id\":1,\"_i__d\":3,\"_i_d\":4,\"_field__\":5,\"_field_i_d\":6,\"_http.a-b\":7,"
                    "\"_field_pid\":8,\"__id\":9,\"_field_field_i_d\":10,\"__\":11,\"_error\":\"text\"",
               .message_template = "{i d}", .fields = fields, .n_fields = G_N_ELEMENTS (fields));
}

static void
check_member (JsonObject *object, const char *name, JsonNode *node, gpointer user_data)
{
  GType type = json_node_get_value_type (node);

  g_assert_true (g_regex_match_simple ("^[A-Za-z0-9_.-]+$", name, G_REGEX_DOLLAR_ENDONLY, 0));
  g_assert_cmpstr (name, !=, "_id");
  g_assert_true (type == G_TYPE_STRING || type == G_TYPE_INT64 || type == G_TYPE_DOUBLE);
}

static void
check_hostile (JsonObject *object, const char *text)
{
  const char *start = text + strspn (text, " \t\n\v\f\r");
  const char *full = json_object_get_string_member_with_default (object, "full_message", NULL);
  g_autofree char *message
      = g_strconcat (json_object_get_string_member (object, "short_message"), full ? "\n" : NULL, full, NULL);

  json_object_foreach_member (object, check_member, NULL);
  if (g_str_has_suffix (start, "\n") && full == NULL)
    g_assert_cmpint (strncmp (message, start, strlen (message)), ==, 0);
  else
    g_assert_cmpstr (message, ==, *start ? start : "-");
  g_assert_cmpstr (json_object_get_string_member (object, "_value"), ==, text);
  if (*text)
    g_assert_cmpstr (json_object_get_string_member (object, "_logger"), ==, text);
  /* Ours, and the two of the user. */
  g_assert_cmpuint (json_object_get_size (object), ==,
                    9u + (full != NULL) + (*text ? 6 : 0) + (strcmp (text, "value") != 0));
}

static void
test_hostile (void)
{
  json_fixture_check (gelf, check_hostile);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gelf/least", test_least);
  g_test_add_func ("/gelf/lines", test_lines);
  g_test_add_func ("/gelf/time", test_time);
  g_test_add_func ("/gelf/levels", test_levels);
  g_test_add_func ("/gelf/order", test_order);
  g_test_add_func ("/gelf/types", test_types);
  g_test_add_func ("/gelf/names", test_names);
  g_test_add_func ("/gelf/hostile", test_hostile);
  return g_test_run ();
}
