/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mvxlog/plugin-abi.h>

#include "base/error-private.h"
#include "dummy-sink.h"
#include "sink/options-private.h"
#include "sink/rendering-private.h"

/* clang-format off */
static const MvxLogOptionSpec table[] = {
  { "path", MVX_LOG_OPTION_STRING, 0, "/x", 0, 0, NULL, "Where", { NULL, NULL } },
  MVX_LOG_RENDERER_OPTIONS,
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static const MvxLogOptionSpec format_only[] = {
  { "format", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL, "Renderer", { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};
/* clang-format on */

static char *
render (MvxLogRenderer *renderer)
{
  MvxLogField field = { "user", MVX_LOG_KIND_STRING, -1, { .s = "ada" } };
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("org.example", MVX_LOG_LEVEL_ERROR, 1, "hello {user}", &field, 1);
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  char *line;

  mvx_log_renderer_render (renderer, event, &buffer);
  line = g_strndup ((const char *) buffer.data, buffer.len);
  mvx_log_buffer_clear (&buffer);
  return line;
}

static void
assert_same (MvxLogRenderer *renderer, const char *format, const char *const *settings)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogRenderer) expected = mvx_log_renderer_new (format, settings, &error);
  g_autofree char *line = NULL;
  g_autofree char *expected_line = NULL;

  g_assert_no_error (error);
  line = render (renderer);
  expected_line = render (expected);
  g_assert_cmpstr (mvx_log_renderer_get_name (renderer), ==, format);
  g_assert_cmpstr (line, ==, expected_line);
}

static void
test_defaults (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (table);
  g_autoptr (MvxLogOptions) bare = mvx_log_options_new (format_only);
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogRenderer) renderer = mvx_log_options_new_renderer (options, &error);
  g_autoptr (MvxLogRenderer) bare_renderer = NULL;

  g_assert_no_error (error);
  assert_same (renderer, "json", NULL);
  g_assert_true (mvx_log_option_table_check (table, &error));
  bare_renderer = mvx_log_options_new_renderer (bare, &error);
  g_assert_no_error (error);
  assert_same (bare_renderer, "json", NULL);
}

static void
test_settings (void)
{
  static const char *const nested[] = { "json-fields", "nested", "json-template", "on", NULL };
  static const char *const pattern[] = { "pattern", "%l %m", "time-zone", "utc", NULL };
  g_autoptr (MvxLogOptions) json = mvx_log_options_new (table);
  g_autoptr (MvxLogOptions) text = mvx_log_options_new (table);
  g_autoptr (MvxLogRenderer) json_renderer = NULL;
  g_autoptr (MvxLogRenderer) text_renderer = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; nested[i]; i += 2)
    g_assert_true (mvx_log_options_set (json, nested[i], nested[i + 1], NULL));
  json_renderer = mvx_log_options_new_renderer (json, &error);
  g_assert_no_error (error);
  assert_same (json_renderer, "json", nested);

  g_assert_true (mvx_log_options_set (text, "format", "pattern", NULL));
  for (guint i = 0; pattern[i]; i += 2)
    g_assert_true (mvx_log_options_set (text, pattern[i], pattern[i + 1], NULL));
  text_renderer = mvx_log_options_new_renderer (text, &error);
  g_assert_no_error (error);
  assert_same (text_renderer, "pattern", pattern);
}

static gboolean
is_coloured (MvxLogOptions *options, gboolean tty)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogRenderer) renderer = mvx_log_options_new_renderer_for (options, tty, &error);
  g_autofree char *line = NULL;

  g_assert_no_error (error);
  line = render (renderer);
  return strchr (line, '\033') != NULL;
}

static void
test_tty (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (table);
  g_autoptr (MvxLogRenderer) plain = NULL;
  g_autofree char *line = NULL;

  g_assert_true (mvx_log_options_set (options, "format", "pretty", NULL));
  g_assert_true (is_coloured (options, TRUE));
  g_assert_false (is_coloured (options, FALSE));
  plain = mvx_log_options_new_renderer (options, NULL);
  line = render (plain);
  g_assert_null (strchr (line, '\033'));
  g_assert_true (mvx_log_options_set (options, "color", "always", NULL));
  g_assert_true (is_coloured (options, FALSE));
  g_assert_true (mvx_log_options_set (options, "color", "never", NULL));
  g_assert_false (is_coloured (options, TRUE));
}

static void
test_errors (void)
{
  static const char *const bad[] = { "json-fields", "deep", NULL };
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (table);
  g_autoptr (GError) cause = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *message = NULL;

  g_assert_null (mvx_log_renderer_new ("json", bad, &cause));
  message = g_strconcat ("Events cannot be rendered: ", cause->message, NULL);
  g_assert_true (mvx_log_options_set (options, "json-fields", "deep", NULL));
  g_assert_null (mvx_log_options_new_renderer (options, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_cmpstr (error->message, ==, message);
  g_assert_error (mvx_log_error_get_cause (error), MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT);
  g_assert_null (mvx_log_options_new_renderer (options, NULL));
}

static void
test_key (void)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (table);
  g_autoptr (GVariant) key = NULL;
  g_autofree char *text = NULL;

  g_assert_true (mvx_log_options_set (options, "time-zone", "utc", NULL));
  key = g_variant_ref_sink (mvx_log_options_renderer_key (options));
  text = g_variant_print (key, FALSE);
  g_assert_cmpstr (text, ==, "{'format': <'json'>, 'time-zone': <'utc'>}");
}

static void
test_has_colour (void)
{
  int null = open ("/dev/null", O_WRONLY);
  int tty = posix_openpt (O_RDWR | O_NOCTTY);

  g_unsetenv ("NO_COLOR");
  g_unsetenv ("CLICOLOR_FORCE");
  g_setenv ("TERM", "xterm", TRUE);
  g_assert_false (mvx_log_rendering_has_colour (null));
  g_setenv ("CLICOLOR_FORCE", "1", TRUE);
  g_assert_true (mvx_log_rendering_has_colour (null));
  g_setenv ("NO_COLOR", "1", TRUE);
  g_assert_false (mvx_log_rendering_has_colour (null));
  g_unsetenv ("NO_COLOR");
  g_setenv ("CLICOLOR_FORCE", "0", TRUE);
  g_assert_false (mvx_log_rendering_has_colour (null));
  g_unsetenv ("CLICOLOR_FORCE");
  close (null);
  if (tty < 0 || !isatty (tty))
    {
      g_test_skip ("no pseudo-terminal here");
      return;
    }
  g_assert_true (mvx_log_rendering_has_colour (tty));
  g_setenv ("NO_COLOR", "", TRUE);
  g_assert_true (mvx_log_rendering_has_colour (tty));
  g_setenv ("NO_COLOR", "1", TRUE);
  g_assert_false (mvx_log_rendering_has_colour (tty));
  g_unsetenv ("NO_COLOR");
  g_unsetenv ("CLICOLOR_FORCE");
  g_setenv ("TERM", "dumb", TRUE);
  g_assert_false (mvx_log_rendering_has_colour (tty));
  g_unsetenv ("TERM");
  g_assert_false (mvx_log_rendering_has_colour (tty));
  close (tty);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rendering/defaults", test_defaults);
  g_test_add_func ("/rendering/settings", test_settings);
  g_test_add_func ("/rendering/tty", test_tty);
  g_test_add_func ("/rendering/errors", test_errors);
  g_test_add_func ("/rendering/key", test_key);
  g_test_add_func ("/rendering/has-colour", test_has_colour);
  return g_test_run ();
}
