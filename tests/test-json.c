/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "base/error-private.h"
#include "render-fixture.h"

#define HEAD "{\"ts\":\"2026-11-21T12:00:00.123456789Z\",\"level\":\"info\""
#define TAIL ",\"pid\":4242}"

static const char *const nested[] = { "json-fields", "nested", NULL };
static const char *const with_template[] = { "json-template", "on", NULL };
static const char *const nested_with_template[] = { "json-fields", "nested", "json-template", "on", NULL };

static void
test_least (void)
{
  assert_renders ("json", NULL, HEAD TAIL, .context = "");
  assert_renders ("json", NULL, HEAD ",\"context\":\"a.b\"" TAIL, .context = "a.b");
  assert_renders ("json", NULL, HEAD ",\"message\":\"\"" TAIL, .message_template = "");
  assert_renders ("json", nested, HEAD TAIL, .context = "");
}

/* The order and the names of the keys are a promise. */
static void
test_order (void)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  const MvxLogField fields[] = { FIELD_INT ("z", 1), FIELD_ERROR ("error", error), FIELD_STRING ("a", "x") };

  assert_renders ("json", NULL,
                  "{\"ts\":\"2026-11-21T12:00:00.123456789Z\",\"level\":\"error\",\"context\":\"mvx.ldap\",\"event\":"
                  "\"bind\",\"event_id\":\"00112233445566778899aabbccddeeff\",\"entity\":\"conn-1\",\"outcome\":"
                  "\"failed\",\"message\":\"bind x\",\"z\":1,\"a\":\"x\","
                  "\"error\":[{\"domain\":\"g-io-error-quark\",\"code\":1,\"message\":\"gone\"}],\"trace_id\":\"0af7\","
                  "\"span_id\":\"b7ad\",\"file\":\"l.c\",\"line\":12,\"func\":\"ldap_bind\",\"pid\":4242,\"thread\":77,"
                  "\"seq\":3}",
                  .level = MVX_LOG_LEVEL_ERROR, .context = "mvx.ldap", .name = "bind", .entity = "conn-1",
                  .id = "00112233445566778899aabbccddeeff", .outcome = "failed", .message_template = "bind {a}",
                  .fields = fields, .n_fields = 3, .trace = "0af7", .span = "b7ad", .file = "l.c", .line = "12",
                  .function = "ldap_bind", .thread = 77, .seq = 3);
}

static void
test_levels (void)
{
  g_autoptr (GError) error = NULL;

  mvx_log_level_register ("render-audit", 33, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_renders ("json", NULL, "{\"ts\":\"2026-11-21T12:00:00.123456789Z\",\"level\":\"render-audit\"" TAIL,
                  .level = 33);
  assert_renders ("json", NULL, "{\"ts\":\"2026-11-21T12:00:00.123456789Z\",\"level\":-7" TAIL, .level = -7);
  assert_renders ("json", NULL, "{\"ts\":\"2026-11-21T12:00:00.123456789Z\",\"level\":\"critical\"" TAIL,
                  .level = MVX_LOG_LEVEL_CRITICAL);
  assert_renders ("json", NULL, "{\"ts\":\"1969-12-31T23:59:59.999999999Z\",\"level\":\"info\"" TAIL, .time = -1);
}

static void
test_types (void)
{
  g_autoptr (GVariant) list = g_variant_ref_sink (g_variant_new_parsed ("[<1>, <'a\"'>, <@as []>, <@mi nothing>]"));
  g_autoptr (GVariant) map = g_variant_ref_sink (g_variant_new_parsed ("{'k\n': <{'x': <1.5>}>, 'e': <@a{sv} {}>}"));
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\xff", 2);
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  const MvxLogField fields[] = {
    FIELD_STRING ("s", "a\"b"),
    FIELD_INT ("i", G_MININT64),
    FIELD_UINT ("u", G_MAXUINT64),
    FIELD_DOUBLE ("d", 12),
    FIELD_BOOL ("t", TRUE),
    FIELD_BOOL ("f", FALSE),
    FIELD_NULL ("n"),
    FIELD_TIME ("w", -1),
    FIELD_VARIANT ("l", list),
    FIELD_VARIANT ("m", map),
    FIELD_BYTES ("b", bytes),
    FIELD_ERROR ("e", error),
    FIELD_STRING ("missing", NULL),
    FIELD_DOUBLE ("nan", NAN),
    FIELD_DOUBLE ("inf", INFINITY),
    FIELD_DOUBLE ("ninf", -INFINITY),
  };

  assert_renders ("json", NULL,
                  HEAD ",\"s\":\"a\\\"b\",\"i\":-9223372036854775808,\"u\":18446744073709551615,\"d\":12.0,\"t\":true,"
                       "\"f\":false,\"n\":null,\"w\":\"1969-12-31T23:59:59.999999999Z\",\"l\":[1,\"a\\\"\",[],null],"
                       "\"m\":{\"k\\n\":{\"x\":1.5},\"e\":{}},\"b\":\"AP8=\",\"e\":[{\"domain\":\"g-io-error-quark\","
                       "\"code\":1,\"message\":\"gone\"}],\"missing\":null,\"nan\":\"NaN\",\"inf\":\"Infinity\","
                       "\"ninf\":\"-Infinity\"" TAIL,
                  .fields = fields, .n_fields = G_N_ELEMENTS (fields));
}

static void
test_error_chain (void)
{
  g_autoptr (GError) cause = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "timed \"out\"");
  g_autoptr (GError) error
      = mvx_log_error_new (MVX_LOG_ERROR, MVX_LOG_ERROR_UNABLE_TO_LOG, cause, NULL, "cannot write");
  const MvxLogField fields[] = { FIELD_ERROR ("error", error) };

  assert_renders ("json", NULL,
                  HEAD ",\"message\":\"cannot write (MvxLogError, 5, LOG_CONTEXT_UNABLE_TO_LOG) <- timed \\\"out\\\" "
                       "(g-io-error-quark, 24)\","
                       "\"error\":[{\"domain\":\"MvxLogError\",\"code\":5,\"message\":\"cannot "
                       "write\",\"reason\":\"LOG_CONTEXT_UNABLE_TO_LOG\"},"
                       "{\"domain\":\"g-io-error-quark\",\"code\":24,\"message\":\"timed \\\"out\\\"\"}]" TAIL,
                  .message_template = "{error}", .fields = fields, .n_fields = 1);
}

/* A user's key that is ours gets "field_" in front, again and again until it is nobody else's. */
static void
test_reserved (void)
{
  const MvxLogField fields[] = {
    FIELD_INT ("ts", 1),
    FIELD_INT ("field_ts", 2),
    FIELD_INT ("seq", 3),
    FIELD_INT ("field_seqs", 4),
  };
  const MvxLogField deep[] = { FIELD_INT ("field_field_pid", 1), FIELD_INT ("pid", 2), FIELD_INT ("field_pid", 3) };

  assert_renders ("json", NULL, HEAD ",\"field_field_ts\":1,\"field_ts\":2,\"field_seq\":3,\"field_seqs\":4" TAIL,
                  .fields = fields, .n_fields = 4);
  assert_renders ("json", NULL, HEAD ",\"field_field_pid\":1,\"field_field_field_pid\":2,\"field_pid\":3" TAIL,
                  .fields = deep, .n_fields = 3);
  assert_renders ("json", nested, HEAD ",\"fields\":{\"ts\":1,\"field_ts\":2,\"seq\":3,\"field_seqs\":4}" TAIL,
                  .fields = fields, .n_fields = 4);
}

static void
test_all_reserved (void)
{
  static const char *const keys[]
      = { "ts",       "level",   "context", "event", "event_id", "entity", "outcome", "message", "error",
          "trace_id", "span_id", "file",    "line",  "func",     "pid",    "thread",  "seq" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const MvxLogField fields[] = { FIELD_INT (keys[i], 1) };
      g_autofree char *expected = g_strdup_printf (HEAD ",\"field_%s\":1" TAIL, keys[i]);

      assert_renders ("json", NULL, expected, .fields = fields, .n_fields = 1);
    }
}

/* Only an error is the event's error. A null says that there was none. */
static void
test_error_field (void)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, 0, "x");
  const MvxLogField text[] = { FIELD_STRING ("error", "text"), FIELD_INT ("a", 1) };
  const MvxLogField none[] = { FIELD_ERROR ("error", NULL), FIELD_INT ("a", 1) };
  const MvxLogField twice[] = { FIELD_STRING ("error", "text"), FIELD_ERROR ("error", error) };

  assert_renders ("json", NULL, HEAD ",\"field_error\":\"text\",\"a\":1" TAIL, .fields = text, .n_fields = 2);
  assert_renders ("json", nested, HEAD ",\"fields\":{\"error\":\"text\",\"a\":1}" TAIL, .fields = text, .n_fields = 2);
  assert_renders ("json", NULL, HEAD ",\"a\":1" TAIL, .fields = none, .n_fields = 2);
  assert_renders ("json", nested, HEAD TAIL, .fields = none, .n_fields = 1);
  assert_renders ("json", NULL, HEAD ",\"error\":[{\"domain\":\"g-io-error-quark\",\"code\":0,\"message\":\"x\"}]" TAIL,
                  .fields = twice, .n_fields = 2);
}

/* Of fields with the same key the last one counts. */
static void
test_repeated (void)
{
  const MvxLogField fields[] = { FIELD_INT ("a", 1), FIELD_INT ("b", 2), FIELD_INT ("a", 3), FIELD_INT ("a", 4) };

  assert_renders ("json", NULL, HEAD ",\"b\":2,\"a\":4" TAIL, .fields = fields, .n_fields = 4);
  assert_renders ("json", nested, HEAD ",\"fields\":{\"b\":2,\"a\":4}" TAIL, .fields = fields, .n_fields = 4);
}

static const MvxLogCallsite *
site_new (const char *const *keys)
{
  static const guint8 kinds[] = { MVX_LOG_KIND_STRING, MVX_LOG_KIND_INT64, MVX_LOG_KIND_DOUBLE };
  const MvxLogCallsiteInfo info = { "{a} took {ms} ms", "dir/a \"b\".c", "f", keys, kinds, 9, MVX_LOG_LEVEL_INFO, 3 };

  return mvx_log_callsite_intern (&info);
}

#define SITE_TAIL ",\"file\":\"dir/a \\\"b\\\".c\",\"line\":9,\"func\":\"f\"" TAIL

static void
test_callsite (void)
{
  static const char *const keys[] = { "a", "n", "ms" };
  const MvxLogCallsite *site = site_new (keys);
  const MvxLogArg args[] = { { .s = "x\ty" }, { .i = -3 }, { .d = 2.25 } };
  const MvxLogArg null_args[] = { { .s = NULL }, { .i = -3 }, { .d = 2.25 } };
  const MvxLogField bound[] = { FIELD_STRING ("request", "r1"), FIELD_INT ("n", 7) };

  assert_renders (
      "json", NULL,
      HEAD ",\"context\":\"c\",\"message\":\"x\\ty took 2.25 ms\",\"a\":\"x\\ty\",\"n\":-3,\"ms\":2.25" SITE_TAIL,
      .context = "c", .site = site, .args = args);
  assert_renders ("json", NULL, HEAD ",\"message\":\"null took 2.25 ms\",\"a\":null,\"n\":-3,\"ms\":2.25" SITE_TAIL,
                  .site = site, .args = null_args);
  assert_renders ("json", nested,
                  HEAD
                  ",\"message\":\"x\\ty took 2.25 ms\",\"fields\":{\"a\":\"x\\ty\",\"n\":-3,\"ms\":2.25}" SITE_TAIL,
                  .site = site, .args = args);
  /* A bound field is overridden by one of the call. */
  assert_renders (
      "json", NULL,
      HEAD ",\"message\":\"x\\ty took 2.25 ms\",\"request\":\"r1\",\"a\":\"x\\ty\",\"n\":-3,\"ms\":2.25" SITE_TAIL,
      .site = site, .args = args, .fields = bound, .n_fields = 2);
}

static void
test_callsite_reserved (void)
{
  static const char *const keys[] = { "seq", "template", "a\"b" };
  const MvxLogCallsite *site = site_new (keys);
  const MvxLogArg args[] = { { .s = "x" }, { .i = 1 }, { .d = 2 } };
  const MvxLogField bound[] = { FIELD_INT ("field_seq", 0) };

  assert_renders ("json", NULL,
                  HEAD ",\"message\":\"{a} took {ms} ms\",\"field_seq\":\"x\",\"template\":1,\"a\\\"b\":2.0" SITE_TAIL,
                  .site = site, .args = args);
  assert_renders ("json", with_template,
                  HEAD ",\"message\":\"{a} took {ms} ms\",\"template\":\"{a} took {ms} ms\",\"field_seq\":\"x\","
                       "\"field_template\":1,\"a\\\"b\":2.0" SITE_TAIL,
                  .site = site, .args = args);
  assert_renders ("json", NULL,
                  HEAD ",\"message\":\"{a} took {ms} ms\",\"field_seq\":0,\"field_field_seq\":\"x\",\"template\":1,"
                       "\"a\\\"b\":2.0" SITE_TAIL,
                  .site = site, .args = args, .fields = bound, .n_fields = 1);
}

static void
test_template (void)
{
  const MvxLogField fields[] = { FIELD_INT ("a", 1) };

  assert_renders ("json", with_template, HEAD ",\"message\":\"1 \\\"\",\"template\":\"{a} \\\"\",\"a\":1" TAIL,
                  .message_template = "{a} \"", .fields = fields, .n_fields = 1);
  assert_renders ("json", nested_with_template, HEAD ",\"message\":\"m\",\"fields\":{\"a\":1}" TAIL, .message = "m",
                  .fields = fields, .n_fields = 1);
}

/* More than the list on the stack holds. */
static void
test_many_fields (void)
{
  MvxLogField fields[100];
  g_autoptr (GString) expected = g_string_new (HEAD);

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      char *key = g_strdup_printf ("key%u", i);

      fields[i] = (MvxLogField) FIELD_INT (key, i);
      g_string_append_printf (expected, ",\"%s\":%u", key, i);
    }
  g_string_append (expected, TAIL);
  assert_renders ("json", NULL, expected->str, .fields = fields, .n_fields = G_N_ELEMENTS (fields));
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    g_free ((char *) fields[i].key);
}

/* Valid text comes back through json-glib as it was. */
static void
test_json_glib (void)
{
  g_autoptr (GPtrArray) hostile = fixture_hostile ();
  g_autoptr (MvxLogRenderer) flat = fixture_renderer ("json", NULL);

  for (guint i = 0; i < hostile->len; i++)
    {
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (hostile->pdata[i]);
      g_autofree char *line = fixture_line (flat, event);
      g_autoptr (JsonParser) parser = json_parser_new ();
      g_autoptr (GError) error = NULL;
      gsize len;
      const char *data = g_bytes_get_data (hostile->pdata[i], &len);
      g_autofree char *text = g_strndup (data ? data : "", len);
      JsonObject *object;

      json_parser_load_from_data (parser, line, -1, &error);
      g_assert_no_error (error);
      object = json_node_get_object (json_parser_get_root (parser));
      if (strlen (text) != len || !g_utf8_validate (text, -1, NULL))
        continue;
      g_assert_cmpstr (json_object_get_string_member (object, "message"), ==, text);
      g_assert_cmpstr (json_object_get_string_member (object, "value"), ==, text);
      if (len > 0)
        g_assert_cmpstr (json_object_get_string_member (object, "context"), ==, text);
    }
}

static void
append_base64 (GString *out, const char *text, gsize len)
{
  g_autofree char *encoded = g_base64_encode ((const guchar *) (text ? text : ""), len);

  g_string_append_printf (out, "%s ", encoded);
}

/* The same with another parser, which also knows what invalid UTF-8 has to become, and what lists a key twice. */
static void
test_python (void)
{
  g_autofree char *python = g_find_program_in_path ("python3");
  g_autofree char *script = g_test_build_filename (G_TEST_DIST, "check-json.py", NULL);
  g_autofree char *folder = NULL;
  g_autofree char *lines_path = NULL;
  g_autofree char *expected_path = NULL;
  g_autoptr (GPtrArray) hostile = fixture_hostile ();
  g_autoptr (MvxLogRenderer) renderer = fixture_renderer ("json", NULL);
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autoptr (GString) expected = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;
  gint status;

  if (python == NULL)
    {
      g_test_skip ("python3 is not installed");
      return;
    }
  for (guint i = 0; i < hostile->len; i++)
    {
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (hostile->pdata[i]);
      g_autofree char *line = fixture_line (renderer, event);
      gsize len;
      const char *text = g_bytes_get_data (hostile->pdata[i], &len);

      g_string_append_printf (lines, "%s\n", line);
      append_base64 (expected, text, len);
      append_base64 (expected, text, text ? strnlen (text, len) : 0);
      g_string_append_c (expected, '\n');
    }
  folder = g_dir_make_tmp ("mvxlog-json-XXXXXX", &error);
  g_assert_no_error (error);
  lines_path = g_build_filename (folder, "lines", NULL);
  expected_path = g_build_filename (folder, "expected", NULL);
  g_file_set_contents (lines_path, lines->str, (gssize) lines->len, &error);
  g_assert_no_error (error);
  g_file_set_contents (expected_path, expected->str, (gssize) expected->len, &error);
  g_assert_no_error (error);
  {
    char *argv[] = { python, script, lines_path, expected_path, NULL };

    g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error);
    g_assert_no_error (error);
  }
  if (status != 0)
    g_error ("%s", output);
  g_unlink (lines_path);
  g_unlink (expected_path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/least", test_least);
  g_test_add_func ("/json/order", test_order);
  g_test_add_func ("/json/levels", test_levels);
  g_test_add_func ("/json/types", test_types);
  g_test_add_func ("/json/error-chain", test_error_chain);
  g_test_add_func ("/json/reserved", test_reserved);
  g_test_add_func ("/json/all-reserved", test_all_reserved);
  g_test_add_func ("/json/error-field", test_error_field);
  g_test_add_func ("/json/repeated", test_repeated);
  g_test_add_func ("/json/callsite", test_callsite);
  g_test_add_func ("/json/callsite-reserved", test_callsite_reserved);
  g_test_add_func ("/json/template", test_template);
  g_test_add_func ("/json/many-fields", test_many_fields);
  g_test_add_func ("/json/json-glib", test_json_glib);
  g_test_add_func ("/json/python", test_python);
  return g_test_run ();
}
