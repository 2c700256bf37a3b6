/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processors of the library, chains of them, and those of a program. */
#include <mvxlog/level.h>

#include "base/error-private.h"
#include "shape-fixture.h"
#include "sink/markup-private.h"
#include "sink/processor-type-private.h"

/* What one of @type with @options makes of the event: "message|fields". */
static void
assert_process (const char *type, const char *options, const MvxLogEvent *event, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogProcessor) processor = mvx_log_processor_new (type, g_variant_new_parsed (options), &error);
  g_autoptr (GPtrArray) chain = g_ptr_array_new ();
  g_autoptr (MvxLogShape) shape = NULL;
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  g_ptr_array_add (chain, processor);
  shape = mvx_log_shape_with_processors (NULL, chain);
  text = shape_event (shape, event);
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_refused (const char *type, const char *options, const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_processor_new (type, options ? g_variant_new_parsed (options) : NULL, &error));
  g_assert_cmpstr (error->message, ==, expected);
}

static MvxLogEvent *
event_new (void)
{
  MvxLogField fields[] = { FIELD_STRING ("user", "joe"), FIELD_INT ("status", 503), FIELD_STRING ("x.id", "7") };

  return mvx_log_event_new ("c", MVX_LOG_LEVEL_WARNING, 0, "{user}: {status}", fields, G_N_ELEMENTS (fields));
}

static void
test_defaults (void)
{
  g_autoptr (MvxLogEvent) event = event_new ();

  assert_process ("defaults", "{'fields': <['user=nobody', 'zone=eu=1', 'empty=']>}", event,
                  "joe: 503|user='joe' status=503 x.id='7' zone='eu=1' empty=''");
  assert_refused ("defaults", "{'fields': <['user']>}", "Option 'fields': 'user' is no pair; write KEY=VALUE");
  assert_refused ("defaults", NULL, "Required option not set: 'fields'");
}

static void
test_rename (void)
{
  g_autoptr (MvxLogEvent) event = event_new ();

  assert_process ("rename", "{'keys': <['user=login', 'absent=x', 'status=code']>}", event,
                  "joe: 503|login='joe' code=503 x.id='7'");
  assert_refused ("rename", "{'keys': <['user=']>}", "Option 'keys': 'user=' is no pair; write OLD=NEW");
}

static void
test_keys (void)
{
  g_autoptr (MvxLogEvent) event = event_new ();

  assert_process ("keys", "{'remove': <['x.*', 'status']>}", event, "joe: {status}|user='joe'");
  assert_process ("keys", "{'keep': <['x.*', 'status']>}", event, "{user}: 503|status=503 x.id='7'");
  assert_process ("keys", "{'keep': <['[!a-z]*']>}", event, "{user}: {status}|");
  assert_refused ("keys", NULL, "One of the options 'remove' and 'keep' is needed, and not both");
  assert_refused ("keys", "{'keep': <['a']>, 'remove': <['b']>}",
                  "One of the options 'remove' and 'keep' is needed, and not both");
}

static void
test_level (void)
{
  g_autoptr (MvxLogEvent) event = event_new ();

  assert_process ("level", "{'level': <'warning'>}", event, "joe: 503|user='joe' status=503 x.id='7'");
  assert_process ("level", "{'level': <'error'>}", event, "dropped");
}

static void
test_callsite (void)
{
  g_autoptr (MvxLogEvent) event = event_new ();

  /* What becomes of the place itself is in /draft/source. */
  assert_process ("callsite", "{'keep': <['file', 'line']>}", event, "joe: 503|user='joe' status=503 x.id='7'");
  assert_refused ("callsite", "{'keep': <['files']>}",
                  "Option 'keep': there is no part 'files' of a place; use file, line and func");
}

static void
test_markup (void)
{
  static const char *const rows[][2] = {
    { "[bold]x[/bold]", "x" },
    { "[bold red]x[/] y", "x y" },
    { "[#ff8800 on black]x[/]", "x" },
    { "[link=http://x/?a=b]x[/link]", "x" },
    { "[bright_red]x[/bright_red][color(9)]y", "xy" },
    { "[rgb(1,2,3)]x", "x" },
    { "[/]", "" },
    { "[bold", NULL },
    { "a[0] [x] [ERROR] [2026-01-01] []", NULL },
    { "[bold ]x", NULL },
    { "[not a style]", NULL },
    { "[[bold]]", "[]" },
    { "[#12345g]", NULL },
    { "plain", NULL },
    { "", NULL },
  };
  MvxLogField fields[] = { FIELD_STRING ("a", "[bold]b[/]"), { "n", MVX_LOG_KIND_STRING, 4, { .s = "[i]\0" }, 0 } };
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("c", 20, 0, "[red]{a}[/red] [x]", fields, G_N_ELEMENTS (fields));

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = mvx_log_markup_strip (rows[i][0]);

      g_assert_cmpstr (text, ==, rows[i][1]);
    }
  assert_process ("markup", "@a{sv} {}", event, "b [x]|a='b' n='[i]'");
}

static void
test_error (void)
{
  g_autoptr (GError) inner = g_error_new_literal (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNKNOWN_SINK, "inner");
  g_autoptr (GError) outer = mvx_log_error_new (MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT, inner, NULL, "outer");
  MvxLogField field = FIELD_POINTER ("error", ERROR, outer);
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("c", 40, 0, "failed", &field, 1);
  g_autoptr (MvxLogEvent) plain = event_new ();

  assert_process ("error", "@a{sv} {}", event,
                  "failed|exception={domain:'MvxLogError',code:6,message:'outer',reason:'TIMED_OUT',"
                  "causes:[{domain:'MvxLogSinkError',code:7,message:'inner',reason:'LOG_SINK_UNKNOWN'}]}");
  assert_process ("error", "@a{sv} {}", plain, "joe: 503|user='joe' status=503 x.id='7'");
}

#ifdef __GLIBC__
static void
test_backtrace (void)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "x");
  g_autoptr (MvxLogProcessor) processor
      = mvx_log_processor_new ("error", g_variant_new_parsed ("{'backtrace': <true>, 'max-frames': <int64 2>}"), NULL);
  g_autoptr (GPtrArray) chain = g_ptr_array_new ();
  MvxLogField field = FIELD_POINTER ("error", ERROR, error);
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("c", 40, 0, "failed", &field, 1);
  g_autoptr (MvxLogShape) shape = NULL;
  g_autofree char *text = NULL;

  g_ptr_array_add (chain, processor);
  shape = mvx_log_shape_with_processors (NULL, chain);
  text = shape_event (shape, event);
  g_assert_nonnull (strstr (text, "backtrace:[{"));
  g_assert_nonnull (strstr (text, "offset:'0x"));
}
#endif

static void
test_unknown (void)
{
  assert_refused ("renam", NULL, "There is no processor of type 'renam'; did you mean 'rename'?");
  assert_refused ("quux", NULL,
                  "There is no processor of type 'quux'; there are: callsite, defaults, error, keys, level, markup, "
                  "rename");
  assert_refused ("rename", "{'key': <['a=b']>}", "Unknown option 'key'; did you mean 'keys'?");
}

static gboolean
append_letter (MvxLogDraft *draft, gpointer data, GError **error)
{
  MvxLogValue value;
  g_autofree char *text = NULL;
  const char *letter = data;

  mvx_log_draft_get_field (draft, "user", &value);
  text = g_strconcat (value.u.string, letter, NULL);
  mvx_log_draft_set_string (draft, "user", text);
  if (*letter == '!')
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "not today");
  return *letter != '!' && *letter != '-';
}

static MvxLogShape *
chain_new (const char *letters)
{
  g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func (g_object_unref);

  for (; *letters; letters++)
    g_ptr_array_add (chain, mvx_log_processor_new_function (append_letter, g_strndup (letters, 1), g_free));
  return mvx_log_shape_with_processors (NULL, chain);
}

/* All of them, in order. */
static void
test_chain (void)
{
  g_autoptr (MvxLogEvent) event = event_new ();
  g_autoptr (MvxLogShape) abc = chain_new ("abc");
  g_autoptr (MvxLogShape) dropping = chain_new ("a-c");
  g_autoptr (MvxLogShape) failing = chain_new ("a!c");
  g_autofree char *first = shape_event (abc, event);
  g_autofree char *second = shape_event (dropping, event);
  g_autofree char *third = shape_event (failing, event);
  g_autofree char *again = shape_event (abc, event);

  g_assert_cmpstr (first, ==, "joeabc: 503|user='joeabc' status=503 x.id='7'");
  g_assert_cmpstr (second, ==, "dropped");
  g_assert_cmpstr (third, ==, "failed: A processor of the sink failed: not today");
  /* The event itself is as it was. */
  g_assert_cmpstr (again, ==, first);
}

static void
test_registered (void)
{
  g_autoptr (MvxLogProcessor) processor = mvx_log_processor_new_function (append_letter, g_strdup ("z"), g_free);
  g_autoptr (MvxLogProcessor) found = NULL;
  g_autoptr (MvxLogEvent) event = event_new ();
  g_autoptr (GError) error = NULL;

  assert_shape_refused ("{'processors': <['mine']>}",
                        "Option 'processors': no processor is registered as 'mine'; call mvx_log_register_processor() "
                        "first");
  g_assert_true (mvx_log_register_processor ("mine", processor, &error));
  g_assert_no_error (error);
  found = mvx_log_get_processor ("mine");
  g_assert_true (found == processor);
  assert_shape ("{'processors': <['mine', 'mine']>}", event, "joezz: 503|user='joezz' status=503 x.id='7'");
  g_assert_true (mvx_log_register_processor ("mine", NULL, NULL));
  g_assert_null (mvx_log_get_processor ("mine"));
  g_assert_false (mvx_log_register_processor ("1", processor, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME);
  g_assert_cmpstr (error->message, ==,
                   "'1' is not a processor's name; use letters, digits, '-' and '_', first a letter");
}

/* What a processor renames or sets does not escape redaction, and it sees nothing in clear. */
static void
test_redaction (void)
{
  static const char options[] = "{'redact': <['password', 'token']>, 'processors': <['p']>}";
  MvxLogField field = FIELD_STRING ("password", "secret");
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("c", 20, 0, "{password}", &field, 1);
  g_autoptr (MvxLogProcessor) rename
      = mvx_log_processor_new ("rename", g_variant_new_parsed ("{'keys': <['password=pw']>}"), NULL);
  g_autoptr (MvxLogProcessor) defaults
      = mvx_log_processor_new ("defaults", g_variant_new_parsed ("{'fields': <['token=t', 'b=c']>}"), NULL);

  g_assert_true (mvx_log_register_processor ("p", rename, NULL));
  assert_shape (options, event, "***|pw='***'");
  g_assert_true (mvx_log_register_processor ("p", defaults, NULL));
  assert_shape (options, event, "***|password='***' token='***' b='c'");
  g_assert_true (mvx_log_register_processor ("p", NULL, NULL));
}

/* Every type has a well-formed table, and says what it does. */
static void
test_types (void)
{
  for (guint i = 0; mvx_log_processor_types[i].name; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (mvx_log_option_table_check (mvx_log_processor_types[i].options, &error));
      g_assert_no_error (error);
      g_assert_nonnull (mvx_log_processor_types[i].summary);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/processor/defaults", test_defaults);
  g_test_add_func ("/processor/rename", test_rename);
  g_test_add_func ("/processor/keys", test_keys);
  g_test_add_func ("/processor/level", test_level);
  g_test_add_func ("/processor/callsite", test_callsite);
  g_test_add_func ("/processor/markup", test_markup);
  g_test_add_func ("/processor/error", test_error);
#ifdef __GLIBC__
  g_test_add_func ("/processor/backtrace", test_backtrace);
#endif
  g_test_add_func ("/processor/unknown", test_unknown);
  g_test_add_func ("/processor/chain", test_chain);
  g_test_add_func ("/processor/registered", test_registered);
  g_test_add_func ("/processor/redaction", test_redaction);
  g_test_add_func ("/processor/types", test_types);
  return g_test_run ();
}
