/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error-private.h"
#include "render-fixture.h"

static const char *const utc[] = { "time-zone", "utc", NULL };
static const char *const colour[] = { "time-zone", "utc", "color", "always", NULL };

static void
test_layout (void)
{
  const MvxLogField fields[] = { FIELD_STRING ("path", "/a b"), FIELD_DOUBLE ("ms", 12.5) };

  assert_renders ("pretty", utc, "12:00:00.123 INFO     org.example: request took 12.5 ms path=\"/a b\" ms=12.5",
                  .context = "org.example", .message_template = "request took {ms} ms", .fields = fields,
                  .n_fields = 2);
  assert_renders ("pretty", utc, "12:00:00.123 CRITICAL hello", .level = MVX_LOG_LEVEL_CRITICAL, .message = "hello");
  assert_renders ("pretty", utc, "12:00:00.123 -7       hello", .level = -7, .message = "hello");
  assert_renders ("pretty", utc, "12:00:00.123 INFO     c: path=\"/a b\" ms=12.5", .context = "c", .message = "",
                  .fields = fields, .n_fields = 2);
  assert_renders ("pretty", utc, "12:00:00.123 INFO    ", .context = "");
}

static void
test_time_zone (void)
{
  static const char *const local[] = { "time-zone", "local", NULL };

  assert_renders ("pretty", NULL, "17:30:00.123 INFO     m", .message = "m");
  assert_renders ("pretty", local, "17:30:00.123 INFO     m", .message = "m");
}

/* A named event without a message is ns[.entity].name[ [outcome]]. */
static void
test_named (void)
{
  const MvxLogField fields[] = { FIELD_INT ("n", 1) };

  assert_renders ("pretty", utc, "12:00:00.123 INFO     mvx.ldap.conn-1.bind [success] n=1", .context = "mvx.ldap",
                  .name = "bind", .entity = "conn-1", .outcome = "success", .fields = fields, .n_fields = 1);
  assert_renders ("pretty", utc, "12:00:00.123 INFO     mvx.ldap.bind", .context = "mvx.ldap", .name = "bind");
  assert_renders ("pretty", utc, "12:00:00.123 INFO     conn-1.bind", .name = "bind", .entity = "conn-1");
  assert_renders ("pretty", utc, "12:00:00.123 INFO     bind event_id=00112233445566778899aabbccddeeff", .name = "bind",
                  .id = "00112233445566778899aabbccddeeff");
  assert_renders ("pretty", utc, "12:00:00.123 INFO     bind", .name = "bind");
  assert_renders ("pretty", utc,
                  "12:00:00.123 INFO     mvx.ldap: bound event=bind event_id=00112233445566778899aabbccddeeff "
                  "entity=conn-1 outcome=success n=1",
                  .context = "mvx.ldap", .id = "00112233445566778899aabbccddeeff", .name = "bind", .entity = "conn-1",
                  .outcome = "success", .message = "bound", .fields = fields, .n_fields = 1);
}

static void
test_error (void)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "line 1\nline 2");
  const MvxLogField fields[] = { FIELD_ERROR ("error", error), FIELD_INT ("n", 1) };

  assert_renders ("pretty", utc, "12:00:00.123 ERROR    m n=1 error: line 1\\nline 2 (g-io-error-quark, 1)",
                  .level = MVX_LOG_LEVEL_ERROR, .message = "m", .fields = fields, .n_fields = 2);
}

/* The chain is one line, and the last thing in it. */
static void
test_error_chain (void)
{
  g_autoptr (GError) cause = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "timed \"out\"");
  g_autoptr (GError) error = mvx_log_error_new (MVX_LOG_ERROR, MVX_LOG_ERROR_UNABLE_TO_LOG, cause, NULL, "no \033[31m");
  const MvxLogField fields[] = { FIELD_ERROR ("error", error), FIELD_INT ("n", 1) };
  const MvxLogField text[] = { FIELD_STRING ("error", "a b") };

  assert_renders (
      "pretty", utc,
      "12:00:00.123 INFO     m n=1 error: no \\x1b[31m (MvxLogError, 5, LOG_CONTEXT_UNABLE_TO_LOG) <- timed "
      "\"out\" (g-io-error-quark, 24)",
      .message = "m", .fields = fields, .n_fields = 2);
  assert_renders ("pretty", colour,
                  "\033[2m12:00:00.123\033[0m \033[32mINFO    \033[0m m \033[31merror: no \\x1b[31m (MvxLogError, 5, "
                  "LOG_CONTEXT_UNABLE_TO_LOG) <- timed \"out\" (g-io-error-quark, 24)\033[0m",
                  .message = "m", .fields = fields, .n_fields = 1);
  assert_renders ("pretty", utc, "12:00:00.123 INFO     m error=\"a b\"", .message = "m", .fields = text,
                  .n_fields = 1);
}

static void
test_align (void)
{
  static const char *const aligned[] = { "time-zone", "utc", "align", "on", NULL };
  static const char *const coloured[] = { "time-zone", "utc", "align", "on", "color", "always", NULL };
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  const MvxLogField fields[] = { FIELD_INT ("n", 1), FIELD_ERROR ("error", error) };

  assert_renders ("pretty", aligned, "12:00:00.123 INFO     org.example: hello                              n=1",
                  .context = "org.example", .message = "hello", .fields = fields, .n_fields = 1);
  /* Two columns each, and none for what is put over another letter. */
  assert_renders (
      "pretty", aligned,
      "12:00:00.123 INFO     \xe6\xbc\xa2\xe5\xad\x97 e\xcc\x81                                          n=1",
      .message = "\xe6\xbc\xa2\xe5\xad\x97 e\xcc\x81", .fields = fields, .n_fields = 1);
  assert_renders (
      "pretty", aligned,
      "12:00:00.123 INFO     m                                               error: gone (g-io-error-quark, "
      "1)",
      .message = "m", .fields = fields + 1, .n_fields = 1);
  assert_renders ("pretty", coloured,
                  "\033[2m12:00:00.123\033[0m \033[32mINFO    \033[0m \033[36mc\033[0m: m"
                  "                                            \033[2mn=1\033[0m",
                  .context = "c", .message = "m", .fields = fields, .n_fields = 1);
  assert_renders ("pretty", aligned, "12:00:00.123 INFO     a message of fifty characters is longer than that.. n=1",
                  .message = "a message of fifty characters is longer than that..", .fields = fields, .n_fields = 1);
  assert_renders ("pretty", aligned, "12:00:00.123 INFO     m", .message = "m");
}

static void
test_relative (void)
{
  static const char *const relative[] = { "time", "relative", NULL };
  gint64 start = mvx_log_pretty_start;

  g_assert_cmpint (start, >, 0);
  g_assert_cmpint (start / 1000, <=, g_get_real_time ());
  mvx_log_pretty_start = FIXTURE_TIME - 1234567;
  assert_renders ("pretty", relative, "    0.001234 INFO     m", .message = "m");
  assert_renders ("pretty", relative, "   -0.000001 INFO     m", .message = "m", .time = FIXTURE_TIME - 1236000);
  mvx_log_pretty_start = FIXTURE_TIME - G_GINT64_CONSTANT (123456) * 1000000000;
  assert_renders ("pretty", relative, "123456.000000 INFO     m", .message = "m");
  mvx_log_pretty_start = start;
}

static void
test_colour (void)
{
  const MvxLogField fields[] = { FIELD_INT ("n", 1), FIELD_STRING ("s", "\033[31m") };

  assert_renders ("pretty", colour,
                  "\033[2m12:00:00.123\033[0m \033[31mERROR   \033[0m \033[36mc\033[0m: m \\x1b[0m "
                  "\033[2mn=1 s=\"\\x1b[31m\"\033[0m",
                  .level = MVX_LOG_LEVEL_ERROR, .context = "c", .message = "m \033[0m", .fields = fields,
                  .n_fields = 2);
  assert_renders ("pretty", colour, "\033[2m12:00:00.123\033[0m \033[32mINFO    \033[0m m", .message = "m");
}

static void
test_colour_auto (void)
{
  static const char *const settings[][7] = {
    { "time-zone", "utc", "color", "auto", "tty", "yes", NULL },
    { "time-zone", "utc", "color", "auto", "tty", "no", NULL },
    { "time-zone", "utc", "color", "never", "tty", "yes", NULL },
    { "time-zone", "utc", "tty", "yes", NULL },
    { "time-zone", "utc", "color", "auto", NULL },
  };
  static const gboolean expected[] = { TRUE, FALSE, FALSE, TRUE, FALSE };

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_autofree char *line = fixture_render ("pretty", settings[i], (Fixture){ .message = "m" });

      g_assert_cmpint (strchr (line, '\033') != NULL, ==, expected[i]);
    }
}

static void
test_callsite (void)
{
  static const char *const keys[] = { "msg", "n" };
  static const char *const plain[] = { "m", "n" };
  static const guint8 kinds[] = { MVX_LOG_KIND_STRING, MVX_LOG_KIND_INT64 };
  const MvxLogCallsiteInfo info = { "got {msg}", "f.c", "f", keys, kinds, 9, MVX_LOG_LEVEL_INFO, 2 };
  const MvxLogCallsiteInfo plain_info = { "got {m}", "f.c", "f", plain, kinds, 9, MVX_LOG_LEVEL_INFO, 2 };
  const MvxLogArg args[] = { { .s = "a b" }, { .i = 1 } };

  assert_renders ("pretty", utc, "12:00:00.123 INFO     got a b msg=\"a b\" n=1",
                  .site = mvx_log_callsite_intern (&info), .args = args);
  assert_renders ("pretty", utc, "12:00:00.123 INFO     got a b m=\"a b\" n=1",
                  .site = mvx_log_callsite_intern (&plain_info), .args = args);
}

/* Whatever comes in, nothing reaches the terminal but text and our own colours. */
static void
test_hostile (void)
{
  g_autoptr (GPtrArray) hostile = fixture_hostile ();
  g_autoptr (MvxLogRenderer) plain = fixture_renderer ("pretty", utc);
  g_autoptr (MvxLogRenderer) coloured = fixture_renderer ("pretty", colour);

  for (guint i = 0; i < hostile->len; i++)
    {
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (hostile->pdata[i]);
      g_autofree char *line = fixture_line (plain, event);
      g_autofree char *with_colour = fixture_line (coloured, event);
      guint n_escapes = 0;

      g_assert_true (g_str_has_prefix (line, "12:00:00.123 INFO     "));
      for (const char *p = line; *p; p = g_utf8_next_char (p))
        {
          gunichar c = g_utf8_get_char (p);

          g_assert_false (g_unichar_iscntrl (c));
          g_assert_false (c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069));
        }
      for (const char *p = with_colour; *p; p++)
        n_escapes += *p == '\033';
      g_assert_cmpuint (n_escapes, <=, 8);
    }
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "IST-05:30", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pretty/layout", test_layout);
  g_test_add_func ("/pretty/time-zone", test_time_zone);
  g_test_add_func ("/pretty/named", test_named);
  g_test_add_func ("/pretty/error", test_error);
  g_test_add_func ("/pretty/error-chain", test_error_chain);
  g_test_add_func ("/pretty/align", test_align);
  g_test_add_func ("/pretty/relative", test_relative);
  g_test_add_func ("/pretty/colour", test_colour);
  g_test_add_func ("/pretty/colour-auto", test_colour_auto);
  g_test_add_func ("/pretty/callsite", test_callsite);
  g_test_add_func ("/pretty/hostile", test_hostile);
  return g_test_run ();
}
