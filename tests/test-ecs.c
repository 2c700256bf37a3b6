/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "base/error-private.h"
#include "base/program-private.h"
#include "json-fixture.h"

static const char *const ecs[] = { "json-keys", "ecs", NULL };

/* A whole line; @message is what stands between the quotation marks. */
#define assert_ecs(level_text, message_text, rest, ...)                                                                \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *expected_ = g_strdup_printf ("{\"@timestamp\":\"2026-11-21T12:00:00.123456789Z\",\"log.level\":"  \
                                                  "\"%s\",\"message\":\"%s\",\"ecs.version\":\"8.11.0\","              \
                                                  "\"host.hostname\":\"%s\",\"service.name\":\"test-ecs\"%s}",         \
                                                  level_text, message_text, g_get_host_name (), rest);                 \
    assert_renders ("json", ecs, expected_, __VA_ARGS__);                                                              \
  }                                                                                                                    \
  G_STMT_END

static void
test_least (void)
{
  assert_ecs ("info", "", ",\"process.pid\":4242", .context = "");
  assert_ecs ("-7", "m", ",\"log.logger\":\"a.b\",\"process.pid\":4242", .context = "a.b", .level = -7, .message = "m");
  /* The schema demands a message: a name stands in for it. */
  assert_ecs ("info", "c.e.n", ",\"log.logger\":\"c\",\"event.action\":\"n\",\"entity.id\":\"e\",\"process.pid\":4242",
              .context = "c", .name = "n", .entity = "e");
}

/* All keys there are, and their order. */
static void
test_order (void)
{
  g_autoptr (GError) cause = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "timed \"out\"");
  g_autoptr (GError) error
      = mvx_log_error_new (MVX_LOG_ERROR, MVX_LOG_ERROR_UNABLE_TO_LOG, cause, NULL, "cannot\nwrite");
  const MvxLogField fields[] = { FIELD_INT ("z", 1), FIELD_ERROR ("error", error), FIELD_STRING ("a", "x") };

  assert_ecs ("error", "bind x",
              ",\"log.logger\":\"mvx.ldap\",\"event.code\":\"00112233445566778899aabbccddeeff\","
              "\"event.action\":\"bind\",\"entity.id\":\"conn-1\",\"event.outcome\":\"failure\","
              "\"mvxlog\":{\"z\":1,\"a\":\"x\"},\"error.type\":\"MvxLogError\",\"error.code\":\"5\","
              "\"error.message\":\"cannot\\nwrite\",\"error.stack_trace\":\"cannot\\nwrite (MvxLogError, 5, "
              "LOG_CONTEXT_UNABLE_TO_LOG) <- timed \\\"out\\\" (g-io-error-quark, 24)\",\"trace.id\":\"0af7\","
              "\"span.id\":\"b7ad\",\"log.origin.file.name\":\"l.c\",\"log.origin.file.line\":12,"
              "\"log.origin.function\":\"ldap_bind\",\"process.pid\":4242,\"process.thread.id\":77,"
              "\"event.sequence\":3",
              .level = MVX_LOG_LEVEL_ERROR, .context = "mvx.ldap", .name = "bind", .entity = "conn-1",
              .outcome = "failed", .id = "00112233445566778899aabbccddeeff", .message_template = "bind {a}",
              .fields = fields, .n_fields = 3, .trace = "0af7", .span = "b7ad", .file = "l.c", .line = "12",
              .function = "ldap_bind", .thread = 77, .seq = 3);
}

/* Three words are allowed; another one is the reason. */
static void
test_outcome (void)
{
  static const char *const outcomes[][2] = {
    { "success", "\"success\"" },
    { "failed", "\"failure\"" },
    { "failure", "\"failure\"" },
    { "cancelled", "\"unknown\",\"event.reason\":\"cancelled\"" },
    { "invoke", "\"unknown\",\"event.reason\":\"invoke\"" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (outcomes); i++)
    {
      g_autofree char *rest = g_strdup_printf (",\"event.outcome\":%s,\"process.pid\":4242", outcomes[i][1]);

      assert_ecs ("info", "m", rest, .outcome = outcomes[i][0], .message = "m");
    }
}

static void
test_types (void)
{
  g_autoptr (GVariant) map = g_variant_ref_sink (g_variant_new_parsed ("{'k\n': <{'x': <1.5>}>}"));
  const MvxLogField fields[] = {
    FIELD_STRING ("s", "a\"b"), FIELD_INT ("i", G_MININT64), FIELD_UINT ("u", G_MAXUINT64),
    FIELD_DOUBLE ("d", 12),     FIELD_BOOL ("t", TRUE),      FIELD_NULL ("n"),
    FIELD_TIME ("w", -1),       FIELD_VARIANT ("m", map),    FIELD_DOUBLE ("nan", NAN),
  };

  assert_ecs ("info", "m",
              ",\"mvxlog\":{\"s\":\"a\\\"b\",\"i\":-9223372036854775808,\"u\":18446744073709551615,\"d\":12.0,"
              "\"t\":true,\"n\":null,\"w\":\"1969-12-31T23:59:59.999999999Z\",\"m\":{\"k\\n\":{\"x\":1.5}},"
              "\"nan\":\"NaN\"},\"process.pid\":4242",
              .message = "m", .fields = fields, .n_fields = G_N_ELEMENTS (fields));
}

/* What a server would refuse; the names stay unique, and {a.b} in a message is still the field's. */
static void
test_names (void)
{
  const MvxLogField fields[] = {
    FIELD_INT ("a.b", 1), FIELD_INT ("", 2),    FIELD_INT (" \t", 3),       FIELD_INT ("a_b", 4),
    FIELD_INT ("a..", 5), FIELD_INT ("a.b", 6), FIELD_INT ("field_a_b", 7), FIELD_STRING ("error", "text"),
    FIELD_INT ("_", 8),   FIELD_INT (".", 9),   FIELD_INT ("message", 10),
  };

  assert_ecs ("info", "6 2",
              ",\"mvxlog\":{\"field__\":2,\"__\":3,\"a_b\":4,\"a__\":5,\"field_field_a_b\":6,\"field_a_b\":7,"
              "\"error\":\"text\",\"_\":8,\"field_field__\":9,\"message\":10},\"process.pid\":4242",
              .message_template = "{a.b} 2", .fields = fields, .n_fields = G_N_ELEMENTS (fields));
}

/* Out of a callsite, as the macros log. */
static void
test_callsite (void)
{
  static const char *const keys[] = { "path", "ms" };
  static const guint8 kinds[] = { MVX_LOG_KIND_STRING, MVX_LOG_KIND_DOUBLE };
  const MvxLogCallsiteInfo info = { "{path} took {ms}", "e.c", "f", keys, kinds, 9, MVX_LOG_LEVEL_INFO, 2 };
  const MvxLogArg args[] = { { .s = "/a\n" }, { .d = 2.5 } };

  assert_ecs ("info", "/a\\n took 2.5",
              ",\"log.logger\":\"org.example\",\"mvxlog\":{\"path\":\"/a\\n\",\"ms\":2.5},\"log.origin.file.name\":"
              "\"e.c\",\"log.origin.file.line\":9,\"log.origin.function\":\"f\",\"process.pid\":4242",
              .symbol = "org.example", .bare = TRUE, .site = mvx_log_callsite_intern (&info), .args = args);
}

static void
check_hostile (JsonObject *object, const char *text)
{
  JsonObject *fields = json_object_get_object_member (object, "mvxlog");
  g_autofree char *key = g_strdelimit (g_strdup (text), ".", '_');

  g_assert_cmpstr (json_object_get_string_member (object, "message"), ==, text);
  g_assert_cmpstr (json_object_get_string_member (fields, "value"), ==, text);
  g_assert_cmpuint (json_object_get_size (fields), ==, strcmp (text, "value") == 0 ? 1 : 2);
  if (*text == '\0')
    return;
  g_assert_cmpstr (json_object_get_string_member (object, "log.logger"), ==, text);
  g_assert_cmpstr (json_object_get_string_member (object, "event.action"), ==, text);
  g_assert_cmpstr (json_object_get_string_member (object, "log.origin.function"), ==, text);
  if (strspn (key, " \t\n\v\f\r") < strlen (key))
    g_assert_cmpstr (json_object_get_string_member (fields, key), ==, text);
}

/* The service is what the program says that it is. */
static void
test_service (void)
{
  g_autofree char *line = NULL;

  mvx_log_program_set_name ("shop");
  line = fixture_render ("json", ecs, (Fixture){ .context = "" });
  g_assert_nonnull (strstr (line, "\"service.name\":\"shop\""));
  mvx_log_program_set_name (NULL);
}

static void
test_hostile (void)
{
  json_fixture_check (ecs, check_hostile);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ecs/least", test_least);
  g_test_add_func ("/ecs/order", test_order);
  g_test_add_func ("/ecs/outcome", test_outcome);
  g_test_add_func ("/ecs/types", test_types);
  g_test_add_func ("/ecs/names", test_names);
  g_test_add_func ("/ecs/callsite", test_callsite);
  g_test_add_func ("/ecs/service", test_service);
  g_test_add_func ("/ecs/hostile", test_hostile);
  return g_test_run ();
}
