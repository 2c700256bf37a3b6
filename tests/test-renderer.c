/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <unistd.h>

#include "render-fixture.h"

static void
assert_refused (const char *format, const char *const *settings, gint code, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_renderer_new (format, settings, &error));
  g_assert_error (error, MVX_LOG_ERROR, code);
  g_assert_cmpstr (error->message, ==, message);
  g_assert_null (mvx_log_renderer_new (format, settings, NULL));
}

static void
test_names (void)
{
  const char *const *names = mvx_log_renderer_get_names ();
  g_autofree char *joined = g_strjoinv (" ", (char **) names);

  g_assert_cmpstr (joined, ==, "json logfmt pretty pattern template");
  for (guint i = 0; names[i]; i++)
    {
      g_autoptr (MvxLogRenderer) renderer = mvx_log_renderer_new (names[i], NULL, NULL);

      g_assert_nonnull (renderer);
      g_assert_cmpstr (mvx_log_renderer_get_name (renderer), ==, names[i]);
    }
}

/* For languages that have no MvxLogBuffer. */
static void
test_bytes (void)
{
  const Fixture fixture = { .context = "org.example", .message = "hello" };
  g_autoptr (MvxLogRenderer) renderer = fixture_renderer ("logfmt", NULL);
  g_autoptr (MvxLogEvent) event = fixture_event (fixture);
  g_autofree char *line = fixture_line (renderer, event);
  g_autofree char *whole = g_strconcat (line, "\n", NULL);
  g_autoptr (GBytes) bytes = mvx_log_renderer_render_bytes (renderer, event);

  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), whole, strlen (whole));
}

static void
test_unknown_format (void)
{
  assert_refused ("jsn", NULL, MVX_LOG_ERROR_UNKNOWN_NAME,
                  "Unknown format 'jsn'. Did you mean 'json'? Known formats: json, logfmt, pretty, pattern, template");
  assert_refused ("postscript", NULL, MVX_LOG_ERROR_UNKNOWN_NAME,
                  "Unknown format 'postscript'. Known formats: json, logfmt, pretty, pattern, template");
  assert_refused ("", NULL, MVX_LOG_ERROR_UNKNOWN_NAME,
                  "Unknown format ''. Known formats: json, logfmt, pretty, pattern, template");
}

static void
test_unknown_setting (void)
{
  static const char *const typo[] = { "json-field", "flat", NULL };
  static const char *const strange[] = { "color", "auto", "volume", "11", NULL };
  static const char *const no_value[] = { "json-fields", NULL };

  assert_refused ("json", typo, MVX_LOG_ERROR_INVALID_ARGUMENT,
                  "Format 'json' has no setting 'json-field'. Did you mean 'json-fields'? Known settings: pattern, "
                  "template, json-keys, json-fields, json-template, color, time-zone, time, align");
  assert_refused ("pretty", strange, MVX_LOG_ERROR_INVALID_ARGUMENT,
                  "Format 'pretty' has no setting 'volume'. Known settings: pattern, template, json-keys, json-fields, "
                  "json-template, color, time-zone, time, align");
  assert_refused ("json", no_value, MVX_LOG_ERROR_INVALID_ARGUMENT,
                  "Setting 'json-fields' of format 'json' has no value; give names and values in turn");
}

static void
test_bad_value (void)
{
  static const char *const fields[] = { "json-fields", "nest", NULL };
  static const char *const keys[] = { "json-keys", "esc", NULL };
  static const char *const template[] = { "json-template", "yes", NULL };
  static const char *const color[] = { "color", "allways", NULL };
  static const char *const zone[] = { "time-zone", "Europe/Berlin", NULL };

  assert_refused (
      "json", fields, MVX_LOG_ERROR_INVALID_ARGUMENT,
      "Setting 'json-fields' of format 'json' cannot be 'nest'. Did you mean 'nested'? Allowed: flat, nested");
  assert_refused ("json", keys, MVX_LOG_ERROR_INVALID_ARGUMENT,
                  "Setting 'json-keys' of format 'json' cannot be 'esc'. Did you mean 'ecs'? Allowed: default, ecs, "
                  "gelf");
  assert_refused ("json", template, MVX_LOG_ERROR_INVALID_ARGUMENT,
                  "Setting 'json-template' of format 'json' cannot be 'yes'. Allowed: off, on");
  /* Also where the setting would not matter. */
  assert_refused ("json", color, MVX_LOG_ERROR_INVALID_ARGUMENT,
                  "Setting 'color' of format 'json' cannot be 'allways'. Did you mean 'always'? Allowed: auto, always, "
                  "never");
  assert_refused ("logfmt", zone, MVX_LOG_ERROR_INVALID_ARGUMENT,
                  "Setting 'time-zone' of format 'logfmt' cannot be 'Europe/Berlin'. Allowed: local, utc");
}

/* Every format takes all settings. */
static void
test_common_settings (void)
{
  static const char *const settings[] = {
    "pattern", "%m",        "json-keys", "ecs", "json-fields", "flat", "json-template", "off", "color",
    "never",   "time-zone", "utc",       "tty", "no",          NULL,
  };
  const char *const *names = mvx_log_renderer_get_names ();

  for (guint i = 0; names[i]; i++)
    {
      g_autofree char *line = fixture_render (names[i], settings, (Fixture){ .message = "hello" });

      g_assert_nonnull (strstr (line, "hello"));
    }
}

static void
test_boxed (void)
{
  MvxLogRenderer *renderer = mvx_log_renderer_new ("pattern", NULL, NULL);
  g_auto (GValue) value = G_VALUE_INIT;

  g_assert_true (mvx_log_renderer_ref (renderer) == renderer);
  mvx_log_renderer_unref (renderer);
  g_value_init (&value, MVX_LOG_TYPE_RENDERER);
  g_value_set_boxed (&value, renderer);
  g_assert_true (g_value_get_boxed (&value) == renderer);
  mvx_log_renderer_unref (renderer);
  g_assert_cmpstr (mvx_log_renderer_get_name (g_value_get_boxed (&value)), ==, "pattern");
}

static void
test_pid (void)
{
  g_autoptr (MvxLogRenderer) renderer = mvx_log_renderer_new ("json", NULL, NULL);
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .message = "m" });
  g_autofree char *line = fixture_line (renderer, event);
  g_autofree char *expected = g_strdup_printf (",\"pid\":%ld}", (glong) getpid ());
  g_autofree char *largest = NULL;

  g_assert_true (g_str_has_suffix (line, expected));
  mvx_log_renderer_set_pid (renderer, G_MAXUINT32);
  largest = fixture_line (renderer, event);
  g_assert_true (g_str_has_suffix (largest, ",\"pid\":4294967295}"));
}

typedef struct
{
  MvxLogRenderer *renderer;
  MvxLogEvent *event;
  const char *expected;
} Job;

static gpointer
render_often (gpointer data)
{
  const Job *job = data;

  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *line = fixture_line (job->renderer, job->event);

      g_assert_cmpstr (line, ==, job->expected);
    }
  return NULL;
}

/* One renderer, many threads. */
static void
test_threads (void)
{
  const char *const *names = mvx_log_renderer_get_names ();
  const MvxLogField fields[] = { FIELD_STRING ("a", "x y"), FIELD_DOUBLE ("d", 0.25) };

  for (guint i = 0; names[i]; i++)
    {
      g_autoptr (MvxLogRenderer) renderer = fixture_renderer (names[i], NULL);
      g_autoptr (MvxLogEvent) event
          = fixture_event ((Fixture){ .message_template = "{a} {d}", .fields = fields, .n_fields = 2 });
      g_autofree char *expected = fixture_line (renderer, event);
      Job job = { renderer, event, expected };
      GThread *threads[4];

      for (guint j = 0; j < G_N_ELEMENTS (threads); j++)
        threads[j] = g_thread_new ("render", render_often, &job);
      for (guint j = 0; j < G_N_ELEMENTS (threads); j++)
        g_thread_join (threads[j]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/renderer/names", test_names);
  g_test_add_func ("/renderer/bytes", test_bytes);
  g_test_add_func ("/renderer/unknown-format", test_unknown_format);
  g_test_add_func ("/renderer/unknown-setting", test_unknown_setting);
  g_test_add_func ("/renderer/bad-value", test_bad_value);
  g_test_add_func ("/renderer/common-settings", test_common_settings);
  g_test_add_func ("/renderer/boxed", test_boxed);
  g_test_add_func ("/renderer/pid", test_pid);
  g_test_add_func ("/renderer/threads", test_threads);
  return g_test_run ();
}
