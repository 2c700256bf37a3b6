/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render-fixture.h"

#include "render/message-private.h"
#include "render/prepared-private.h"
#include "render/template-private.h"

/* Literals in brackets, keys in angle brackets. */
static char *
tokens (const char *text)
{
  GString *result = g_string_new (NULL);
  MvxLogTemplateToken token;

  while (mvx_log_template_next (&text, &token))
    g_string_append_printf (result, token.is_key ? "<%.*s>" : "[%.*s]", (int) token.len, token.text);
  return g_string_free (result, FALSE);
}

static void
test_tokens (void)
{
  static const char *const cases[][2] = {
    { "", "" },
    { "plain", "[plain]" },
    { "{a}", "<{a}>" },
    { "x {a} y {b-c.d}", "[x ]<{a}>[ y ]<{b-c.d}>" },
    { "{a}{b}", "<{a}><{b}>" },
    { "{{a}}", "[{][a}]" },
    { "100 {{ 200", "[100 {][ 200]" },
    { "a }} b", "[a }][ b]" },
    { "{{{a}}}", "[{]<{a}>[}]" },
    { "{", "[{]" },
    { "}", "[}]" },
    { "{}", "[{}]" },
    { "{a", "[{a]" },
    { "a}", "[a}]" },
    { "{a{b}", "[{a]<{b}>" },
    { "a } b {c} {", "[a } b ]<{c}>[ {]" },
    { "%s %n {a}", "[%s %n ]<{a}>" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *found = tokens (cases[i][0]);

      g_assert_cmpstr (found, ==, cases[i][1]);
    }
}

#define assert_message(expected, ...)                                                                                  \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autoptr (MvxLogEvent) event_ = fixture_event ((Fixture){ __VA_ARGS__ });                                         \
    g_autofree char *message_ = mvx_log_event_dup_message (event_);                                                    \
    g_assert_cmpstr (message_, ==, expected);                                                                          \
  }                                                                                                                    \
  G_STMT_END

static void
test_values (void)
{
  g_autoptr (GVariant) list = g_variant_ref_sink (g_variant_new_parsed ("[1, 2]"));
  g_autoptr (GVariant) map = g_variant_ref_sink (g_variant_new_parsed ("{'a': <1>, 'b': <['x']>}"));
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\xff", 2);
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "No \"file\"");
  const MvxLogField fields[] = {
    FIELD_STRING ("s", "a \"b\"\n"),
    FIELD_INT ("i", -5),
    FIELD_UINT ("u", G_MAXUINT64),
    FIELD_DOUBLE ("d", 12.5),
    FIELD_BOOL ("t", TRUE),
    FIELD_BOOL ("f", FALSE),
    FIELD_NULL ("n"),
    FIELD_TIME ("w", FIXTURE_TIME),
    FIELD_VARIANT ("l", list),
    FIELD_VARIANT ("m", map),
    FIELD_BYTES ("b", bytes),
    FIELD_ERROR ("e", error),
  };

  assert_message ("a \"b\"\n|-5|18446744073709551615|12.5|true|false|null|2026-11-21T12:00:00.123456789Z",
                  .message_template = "{s}|{i}|{u}|{d}|{t}|{f}|{n}|{w}", .fields = fields,
                  .n_fields = G_N_ELEMENTS (fields));
  assert_message ("[1,2] {\"a\":1,\"b\":[\"x\"]} AP8= No \"file\" (g-io-error-quark, 1)",
                  .message_template = "{l} {m} {b} {e}", .fields = fields, .n_fields = G_N_ELEMENTS (fields));
}

static void
test_unknown (void)
{
  const MvxLogField fields[] = { FIELD_INT ("a", 1), FIELD_INT ("a", 2) };

  assert_message ("2 {b} {} {a", .message_template = "{a} {b} {} {a", .fields = fields, .n_fields = 2);
  assert_message ("{a}", .message_template = "{{a}}", .fields = fields, .n_fields = 2);
  assert_message ("{a}", .message_template = "{a}");
  assert_message ("", .message_template = "");
}

/* A value that looks like a template is not one. */
static void
test_data (void)
{
  const MvxLogField fields[] = { FIELD_STRING ("a", "{b} %s {{"), FIELD_INT ("b", 1) };

  assert_message ("{b} %s {{ 1", .message_template = "{a} {b}", .fields = fields, .n_fields = 2);
  assert_message ("{b} {{x}}", .message_template = "never {b}", .message = "{b} {{x}}", .fields = fields,
                  .n_fields = 2);
}

static void
test_neither (void)
{
  assert_message ("bind", .name = "bind", .context = "ldap");
  assert_message ("", .context = "ldap");
  assert_message ("", .message = "", .name = "bind");
}

static const char *const site_keys[] = { "path", "ts", "ms" };
static const guint8 site_kinds[] = { MVX_LOG_KIND_STRING, MVX_LOG_KIND_INT64, MVX_LOG_KIND_DOUBLE };

static const MvxLogCallsite *
site_new (const char *message_template, guint line)
{
  const MvxLogCallsiteInfo info = { message_template, "a.c", "f", site_keys, site_kinds, line, MVX_LOG_LEVEL_INFO, 3 };

  return mvx_log_callsite_intern (&info);
}

static void
test_callsite (void)
{
  const MvxLogCallsite *site = site_new ("\"{path}\" {ms} {request} {{{ts}}}", 1);
  const MvxLogArg args[] = { { .s = "/x\n" }, { .i = 7 }, { .d = 0.5 } };
  const MvxLogField bound[] = { FIELD_STRING ("request", "r1"), FIELD_STRING ("path", "shadowed") };

  assert_message ("\"/x\n\" 0.5 {request} {7}", .site = site, .args = args);
  assert_message ("\"/x\n\" 0.5 r1 {7}", .site = site, .args = args, .fields = bound, .n_fields = 2);
  /* All fields inline. */
  assert_message ("\"shadowed\" {ms} r1 {{ts}}", .site = site, .fields = bound, .n_fields = 2);
  assert_message ("given {ms}", .site = site, .args = args, .message = "given {ms}");
}

static void
test_prepared (void)
{
  const MvxLogCallsite *site = site_new ("tab\t{path}", 2);
  const MvxLogPrepared *prepared = mvx_log_prepared_get (site);

  g_assert_true (mvx_log_prepared_get (site) == prepared);
  g_assert_true (mvx_log_prepared_make (site) == prepared);
  g_assert_true (prepared->simple);
  g_assert_false (prepared->plain);
  g_assert_cmpuint (prepared->message.n_pieces, ==, 2);
  g_assert_cmpstr (prepared->message.pieces[0].json, ==, "tab\\t");
  g_assert_cmpint (prepared->message.pieces[0].field, ==, MVX_LOG_TEMPLATE_LITERAL);
  g_assert_cmpint (prepared->message.pieces[1].field, ==, 0);
  /* The mark that opens a string does not count. */
  g_assert_cmpuint (prepared->fields[0].flat_len, ==, strlen (",\"path\":"));
  g_assert_cmpstr (prepared->fields[0].flat, ==, ",\"path\":\"");
  g_assert_cmpstr (prepared->fields[1].flat, ==, ",\"field_ts\":\"");
  g_assert_cmpstr (prepared->fields[1].nested, ==, ",\"ts\":\"");
  g_assert_cmpstr (prepared->fields[1].pair, ==, " ts=");
  g_assert_cmpstr (prepared->tail, ==, ",\"file\":\"a.c\",\"line\":2,\"func\":\"f\"");
}

static gpointer
prepare (gpointer data)
{
  return (gpointer) mvx_log_prepared_get (data);
}

/* All threads end up with the same one; the losers' is freed (the leak checker sees to that). */
static void
test_race (void)
{
  for (guint i = 0; i < 50; i++)
    {
      const MvxLogCallsite *site = site_new ("{path} {ts} {ms}", 100 + i);
      GThread *threads[4];
      gpointer first = NULL;

      for (guint j = 0; j < G_N_ELEMENTS (threads); j++)
        threads[j] = g_thread_new ("prepare", prepare, (gpointer) site);
      for (guint j = 0; j < G_N_ELEMENTS (threads); j++)
        {
          gpointer found = g_thread_join (threads[j]);

          g_assert_true (first == NULL || first == found);
          first = found;
        }
      g_assert_true (mvx_log_prepared_get (site) == first);
    }
}

static void
test_append (void)
{
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .message = "a\0b", .message_len = 3 });
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  mvx_log_message_append (event, &buffer);
  g_assert_cmpmem (buffer.data, buffer.len, "a\0b", 3);
  mvx_log_buffer_clear (&buffer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/template/tokens", test_tokens);
  g_test_add_func ("/template/values", test_values);
  g_test_add_func ("/template/unknown", test_unknown);
  g_test_add_func ("/template/data", test_data);
  g_test_add_func ("/template/neither", test_neither);
  g_test_add_func ("/template/callsite", test_callsite);
  g_test_add_func ("/template/prepared", test_prepared);
  g_test_add_func ("/template/race", test_race);
  g_test_add_func ("/template/append", test_append);
  return g_test_run ();
}
