/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a sink must not see: by key, by sensitivity, at every depth, and in the message. */
#include <glib/gstdio.h>

#include <mvxlog/level.h>

#include "base/error-private.h"
#include "shape-fixture.h"

/* HMAC-SHA256 with the key "k", from another implementation (Python's hmac). */
#define HASH_OF_SECRET "cc7eb5fa4bdffbf4"

static MvxLogEvent *
event_new (void)
{
  g_autoptr (GVariant) map
      = g_variant_ref_sink (g_variant_new_parsed ("{'user': <'joe'>, 'Password': <'x'>, 'in': <[{'token': 7}]>}"));
  MvxLogField fields[] = {
    FIELD_STRING ("user", "joe"),
    { .key = "pin", .kind = MVX_LOG_KIND_INT64, .length = -1, .value.i = 1234, .flags = MVX_LOG_FIELD_SECRET },
    { .key = "mail", .kind = MVX_LOG_KIND_STRING, .length = -1, .value.s = "j@x", .flags = MVX_LOG_FIELD_PERSONAL },
    FIELD_STRING ("Authorization", "Basic Zm9v"),
    FIELD_POINTER ("req", VARIANT, map),
  };

  return mvx_log_event_new ("c", MVX_LOG_LEVEL_INFO, 0, "{user} {pin} {mail} {Authorization}", fields,
                            G_N_ELEMENTS (fields));
}

/* Nothing is said: secrets are masked, and only they. */
static void
test_default (void)
{
  g_autoptr (MvxLogEvent) event = event_new ();

  assert_shape ("@a{sv} {}", event,
                "joe *** j@x Basic Zm9v|user='joe' pin='***' mail='j@x' Authorization='Basic Zm9v' "
                "req={user:'joe',Password:'x',in:[{token:7}]}");
}

static void
test_keys (void)
{
  g_autoptr (MvxLogEvent) event = event_new ();

  assert_shape ("{'redact': <['password', '*token*', 'authorization']>}", event,
                "joe *** j@x ***|user='joe' pin='***' mail='j@x' Authorization='***' "
                "req={user:'joe',Password:'***',in:[{token:'***'}]}");
  assert_shape ("{'redact': <['password', 't[o]ken', 'AUTH*']>, 'redact-action': <'drop'>}", event,
                "joe *** j@x {Authorization}|user='joe' pin='***' mail='j@x' req={user:'joe',in:[{}]}");
  assert_shape ("{'redact': <['req']>}", event,
                "joe *** j@x Basic Zm9v|user='joe' pin='***' mail='j@x' Authorization='Basic Zm9v' req='***'");
  assert_shape ("{'redact': <['*']>, 'redact-action': <'drop'>}", event, "{user} {pin} {mail} {Authorization}|");
}

static void
test_sensitivity (void)
{
  g_autoptr (MvxLogEvent) event = event_new ();

  assert_shape ("{'redact': <['req', 'auth*', 'user']>, 'redact-action': <'drop'>, 'secret-action': <'keep'>, "
                "'personal-action': <'mask'>}",
                event, "{user} 1234 *** {Authorization}|pin=1234 mail='***'");
  assert_shape ("{'redact': <['req', 'auth*', 'user']>, 'redact-action': <'drop'>, 'secret-action': <'drop'>, "
                "'personal-action': <'drop'>}",
                event, "{user} {pin} {mail} {Authorization}|");
  /* Of a key and a mark the stricter counts. */
  assert_shape ("{'redact': <['req', 'auth*', 'user', 'mail']>, 'redact-action': <'drop'>, "
                "'personal-action': <'mask'>}",
                event, "{user} *** {mail} {Authorization}|pin='***'");
}

static char *
hash_of (const char *options, MvxLogField field)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogShape) shape = shape_new (options, &error);
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("c", 20, 0, NULL, &field, 1);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  text = shape_event (shape, event);
  return g_strdup (text + strlen ("|v="));
}

static void
assert_hash (const char *options, MvxLogField field, const char *expected)
{
  g_autofree char *text = hash_of (options, field);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_hash (void)
{
  static const char options[] = "{'redact': <['v', 'inner']>, 'redact-action': <'hash'>, 'hash-key': <'k'>}";
  g_autoptr (GVariant) map = g_variant_ref_sink (g_variant_new_parsed ("{'inner': <'secret'>}"));
  g_autofree char *int_hash = hash_of (options, (MvxLogField) FIELD_INT ("v", 42));
  g_autofree char *text_hash = hash_of (options, (MvxLogField) FIELD_STRING ("v", "42"));
  g_autofree char *other_key = hash_of ("{'redact': <['v']>, 'redact-action': <'hash'>, 'hash-key': <'K'>}",
                                        (MvxLogField) FIELD_STRING ("v", "secret"));
  g_autofree char *list = hash_of (options, (MvxLogField) FIELD_POINTER ("v", VARIANT, map));

  assert_hash (options, (MvxLogField) FIELD_STRING ("v", "secret"), "'" HASH_OF_SECRET "'");
  g_assert_cmpstr (int_hash, ==, text_hash);
  g_assert_cmpstr (other_key, !=, "'" HASH_OF_SECRET "'");
  g_assert_cmpuint (strlen (list), ==, 18);
  assert_hash ("{'redact': <['inner']>, 'redact-action': <'hash'>, 'hash-key': <'k'>}",
               (MvxLogField) FIELD_POINTER ("v", VARIANT, map), "{inner:'" HASH_OF_SECRET "'}");
  for (guint kind = MVX_LOG_KIND_NULL; kind <= MVX_LOG_KIND_DOUBLE; kind++)
    {
      g_autofree char *text
          = hash_of (options, (MvxLogField){ .key = "v", .kind = (MvxLogKind) kind, .length = -1, .value.u = 1 });

      g_assert_cmpuint (strlen (text), ==, 18);
    }
}

/* Two texts with the same beginning are told apart: hashes are of the whole, cutting comes later. */
static void
test_hash_before_cut (void)
{
  g_autofree char *a = g_strnfill (300, 'a');
  g_autofree char *b = g_strdup (a);
  static const char options[] = "{'redact': <['v']>, 'redact-action': <'hash'>, 'hash-key': <'k'>}";
  g_autofree char *of_a = hash_of (options, (MvxLogField) FIELD_STRING ("v", a));
  g_autofree char *of_b = NULL;

  b[299] = 'b';
  of_b = hash_of (options, (MvxLogField) FIELD_STRING ("v", b));
  g_assert_cmpstr (of_a, !=, of_b);
}

static void
test_key_file (void)
{
  g_autofree char *path = NULL;
  g_autofree char *options = NULL;
  g_autofree char *missing = NULL;
  g_autofree char *empty = NULL;
  int fd = g_file_open_tmp ("mvxlog-key-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_assert_true (g_close (fd, NULL));
  options = g_strdup_printf ("{'redact': <['v']>, 'redact-action': <'hash'>, 'hash-key-file': <'%s'>}", path);
  empty = g_strdup_printf ("Option 'hash-key-file': '%s' is empty; write a random key into it", path);
  assert_shape_refused (options, empty);
  g_assert_true (g_file_set_contents (path, "k\n", -1, NULL));
  assert_hash (options, (MvxLogField) FIELD_STRING ("v", "secret"), "'" HASH_OF_SECRET "'");
  g_assert_cmpint (g_unlink (path), ==, 0);
  missing = g_strdup_printf (
      "Option 'hash-key-file': Failed to open file \342\200\234%s\342\200\235: No such file or directory", path);
  assert_shape_refused (options, missing);
}

static void
test_refused (void)
{
  g_autoptr (GError) wrong = NULL;
  g_autofree char *regex = NULL;

  g_assert_null (g_regex_new ("b(c", 0, 0, &wrong));
  regex = g_strconcat ("Option 'redact-text': ", wrong->message, NULL); /* PCRE's words */
  assert_shape_refused ("{'redact': <['a']>, 'redact-action': <'hash'>}",
                        "Option 'redact-action': 'hash' needs a key; give 'hash-key-file' or 'hash-key'");
  assert_shape_refused ("{'secret-action': <'hash'>}",
                        "Option 'secret-action': 'hash' needs a key; give 'hash-key-file' or 'hash-key'");
  assert_shape_refused ("{'personal-action': <'hash'>, 'hash-key': <''>}",
                        "Option 'personal-action': 'hash' needs a key; give 'hash-key-file' or 'hash-key'");
  assert_shape_refused ("{'hash-key': <'a'>, 'hash-key-file': <'b'>}",
                        "Options 'hash-key' and 'hash-key-file' are both given; remove one of them");
  assert_shape_refused ("{'redact': <['a', '']>}", "Option 'redact': the list has an empty pattern; remove it");
  assert_shape_refused ("{'redact-text': <['a', '']>}",
                        "Option 'redact-text': the list has an empty expression; remove it");
  assert_shape_refused ("{'redact-text': <['a', 'b(c']>}", regex);
  assert_shape_refused ("{'redact-text': <['a']>, 'redact-action': <'hash'>}",
                        "Option 'redact-action': 'hash' needs a key; give 'hash-key-file' or 'hash-key'");
  assert_shape_refused ("{'secret-action': <'hide'>}",
                        "Option 'secret-action': unknown value 'hide'; allowed: keep, hash, mask, drop");
}

/* Long keys are lowered, too. */
static void
test_long_keys (void)
{
  g_autofree char *key = g_strnfill (5000, 'K');
  MvxLogField field = FIELD_STRING (key, "v");
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("c", 20, 0, NULL, &field, 1);
  g_autofree char *expected = g_strdup_printf ("|%s='***'", key);

  assert_shape ("{'redact': <['k*k']>}", event, expected);
}

/* Errors have details, which are maps, too. */
static void
test_error_details (void)
{
  g_autoptr (GError) error = mvx_log_error_new (MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT, NULL,
                                                g_variant_new_parsed ("{'token': <'t'>, 'n': <1>}"), "late");
  MvxLogField field = FIELD_POINTER ("error", ERROR, error);
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("c", 20, 0, NULL, &field, 1);
  g_autoptr (MvxLogShape) shape = shape_new ("{'redact': <['token']>}", NULL);
  g_autofree char *text = shape_event (shape, event);

  g_assert_nonnull (strstr (text, "details:{token:'***',n:1}"));
}

/* A mark counts in a map of the call's own, too. */
static void
test_marks_inside (void)
{
  const MvxLogField inner[] = {
    FIELD_STRING ("user", "joe"),
    { .key = "pin", .kind = MVX_LOG_KIND_INT64, .length = -1, .value.i = 1234, .flags = MVX_LOG_FIELD_SECRET },
    { .key = "mail", .kind = MVX_LOG_KIND_STRING, .length = -1, .value.s = "j@x", .flags = MVX_LOG_FIELD_PERSONAL },
  };
  const MvxLogFieldArray array = { inner, G_N_ELEMENTS (inner) };
  MvxLogField field = { "kwargs", MVX_LOG_KIND_FIELDS, -1, { .p = &array }, 0 };
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("c", MVX_LOG_LEVEL_INFO, 0, NULL, &field, 1);

  assert_shape ("@a{sv} {}", event, "|kwargs={user:'joe',pin:'***',mail:'j@x'}");
  assert_shape ("{'secret-action': <'drop'>, 'personal-action': <'mask'>}", event, "|kwargs={user:'joe',mail:'***'}");
}

/* Inside texts, however deep, and with a group only what that matches. */
static void
test_text (void)
{
  g_autoptr (GError) cause = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "no such card 4111111111111111");
  g_autoptr (GVariant) map = g_variant_ref_sink (
      g_variant_new_parsed ("{'4111111111111111': <'a'>, 'in': <['b', '4111111111111111', 'x 5500000000000004 y']>}"));
  MvxLogField fields[] = {
    FIELD_STRING ("q", "password=hunter2&token=abc"),
    FIELD_STRING ("card", "4111111111111111"),
    FIELD_POINTER ("error", ERROR, cause),
    FIELD_POINTER ("m", VARIANT, map),
    FIELD_INT ("n", G_GINT64_CONSTANT (4111111111111111)),
  };
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("c", MVX_LOG_LEVEL_INFO, 0, "{q} {card}", fields, 5);

  assert_shape ("{'redact-text': <['\\\\b\\\\d{16}\\\\b', '(?i)PASSWORD=([^&]*)']>}", event,
                "password=***&token=abc ***|q='password=***&token=abc' card='***' "
                "error=error[{domain:'g-io-error-quark',code:0,message:'no such card ***'}] "
                "m={4111111111111111:'a',in:['b','***','x *** y']} n=4111111111111111");
  assert_shape ("{'redact-text': <['pass(word)?=', 'token=\\\\w+']>, 'redact-action': <'drop'>}", event,
                "pass=hunter2& 4111111111111111|q='pass=hunter2&' card='4111111111111111' "
                "error=error[{domain:'g-io-error-quark',code:0,message:'no such card 4111111111111111'}] "
                "m={4111111111111111:'a',in:['b','4111111111111111','x 5500000000000004 y']} n=4111111111111111");
}

/* "message" that is left of a finished one. */
static char *
redact_message (const char *options, const char *text)
{
  g_autoptr (MvxLogShape) shape = shape_new (options, NULL);
  g_autoptr (MvxLogEvent) event = NULL;
  g_auto (MvxLogDraft) draft = { 0 };
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogEvent view;
  char *message;

  event = mvx_log_event_new ("c", MVX_LOG_LEVEL_INFO, 0, "template", NULL, 0);
  mvx_log_draft_init (&draft, event, -1);
  mvx_log_draft_set_message (&draft, text);
  mvx_log_shape_redact (shape, &draft);
  mvx_log_shape_redact (shape, &draft); /* as after processors */
  mvx_log_event_view (&view, mvx_log_draft_encode (&draft, &buffer));
  message = g_strdup (mvx_log_event_get_verbatim_message (&view));
  mvx_log_buffer_clear (&buffer);
  return message;
}

#define assert_redacted(options, text, expected)                                                                       \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *message_ = redact_message (options, text);                                                        \
    g_assert_cmpstr (message_, ==, expected);                                                                          \
  }                                                                                                                    \
  G_STMT_END

/* A finished message is text like any other; only what matches is touched. */
static void
test_message (void)
{
  const char *options = "{'redact-text': <['secret', 'id=(\\\\d+)']>}";
  g_autofree char *evil = g_strnfill (30000, 'a');

  assert_redacted (options, "a secret, id=17 and id=18", "a ***, id=*** and id=***");
  assert_redacted (options, "nothing {secre", "nothing {secre");
  assert_redacted (options, "\xff secret \xc3", "\xff *** \xc3"); /* no UTF-8 */
  assert_redacted ("{'redact-text': <['gr\303\274n']>}", "gr\303\274n", "***");
  assert_redacted ("{'redact-text': <['x*']>}", "axxb", "a***b"); /* what is empty is nothing */
  assert_redacted ("{'redact-text': <['secret']>, 'redact-action': <'hash'>, 'hash-key': <'k'>}", "a secret",
                   "a " HASH_OF_SECRET);
  /* One that has too many ways to match gives up: then nothing is shown. */
  evil[29999] = 'b';
  assert_redacted ("{'redact-text': <['(*LIMIT_MATCH=1000)^(?:a|aa)+$']>}", evil, "***");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/redact/default", test_default);
  g_test_add_func ("/redact/keys", test_keys);
  g_test_add_func ("/redact/sensitivity", test_sensitivity);
  g_test_add_func ("/redact/hash", test_hash);
  g_test_add_func ("/redact/hash-before-cut", test_hash_before_cut);
  g_test_add_func ("/redact/key-file", test_key_file);
  g_test_add_func ("/redact/refused", test_refused);
  g_test_add_func ("/redact/marks-inside", test_marks_inside);
  g_test_add_func ("/redact/text", test_text);
  g_test_add_func ("/redact/message", test_message);
  g_test_add_func ("/redact/long-keys", test_long_keys);
  g_test_add_func ("/redact/error-details", test_error_details);
  return g_test_run ();
}
