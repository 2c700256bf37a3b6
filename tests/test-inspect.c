/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tools ask: which plugins there are, what a sink was made with, and whether a file would do. Nothing changes. */
#include <mvxlog/inspect.h>
#include <mvxlog/mvxlog.h>

#include "broken/fixture.h"
#include "fake-plugin.h"

#include "front/bootstrap-private.h"

/* -- A plugin whose destination answers as the path says. */

static gboolean
probed_probe (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  const char *path = mvx_log_options_get_string (options, "path");

  g_assert_cmpint (deadline_us, >, g_get_monotonic_time () - 60 * G_USEC_PER_SEC);
  if (g_str_equal (path, "far"))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE, "'%s' is too far away", path);
  return g_str_equal (path, "near");
}

static const MvxLogPlugin probed_data = {
  .magic = MVX_LOG_PLUGIN_MAGIC,
  .abi = MVX_LOG_PLUGIN_ABI,
  .struct_size = sizeof (MvxLogPlugin),
  .name = "probed",
  .version = "1",
  .summary = "For tests",
  .licence = "LGPL-2.1-or-later",
  .options = fake_options,
  .destroy = fake_destroy,
  .probe = probed_probe,
};
static const MvxLogStaticPlugin probed_plugin = { &probed_data, fake_build, fake_create, fake_dispatch };

/* -- A directory for files. */

typedef struct
{
  char *directory;
  char *path; /* of a configuration */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = fixture_make_directory ();
  fixture->path = g_build_filename (fixture->directory, "app.conf", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_true (mvx_log_reset (NULL));
  fixture_remove (fixture->directory);
  g_free (fixture->directory);
  g_free (fixture->path);
}

static void
write_file (const char *path, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
write_dropin (Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *directory = g_strconcat (fixture->path, ".d", NULL);
  g_autofree char *path = g_build_filename (directory, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (directory, 0755), ==, 0);
  write_file (path, text);
}

/* -- Plugins. */

static void
test_list (Fixture *fixture, gconstpointer data)
{
  static const char *const expected[] = { "fake", "memory", "null", "probed", "stream" };
  g_auto (GStrv) names = mvx_log_list_plugins ();

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_true (g_strv_contains ((const char *const *) names, expected[i]));
  for (guint i = 1; i < g_strv_length (names); i++)
    g_assert_cmpint (strcmp (names[i - 1], names[i]), <, 0);
}

static void
test_locate (Fixture *fixture, gconstpointer data)
{
  static const char *const built_in[] = { "stream", "probed" };
  g_auto (GStrv) directories = mvx_log_get_plugin_path ();
  g_autofree char *path = NULL;
  g_autofree char *expected = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (built_in); i++)
    {
      g_assert_null (mvx_log_locate_plugin (built_in[i], &error));
      g_assert_no_error (error);
      g_assert_cmpstr (mvx_log_find_plugin (built_in[i], &error)->plugin->name, ==, built_in[i]);
      g_assert_no_error (error);
    }
  g_assert_null (mvx_log_locate_plugin ("nowhere", &error));
  g_assert_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_NOT_FOUND);
  path = g_strjoinv (", ", directories);
  expected = g_strdup_printf ("No plugin 'nowhere' in %s", path);
  g_assert_cmpstr (error->message, ==, expected);
  g_clear_error (&error);
  g_assert_null (mvx_log_find_plugin ("nowhere", &error));
  g_assert_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_NOT_FOUND);
  g_assert_cmpstr (error->message, ==, expected);
  g_clear_error (&error);
  g_assert_null (mvx_log_locate_plugin ("../etc/passwd", &error));
  g_assert_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_INVALID_NAME);
  g_assert_cmpstr (
      error->message, ==,
      "'../etc/passwd' is not a plugin name: it must be 1 to 31 characters out of a-z, 0-9 and '-' and start "
      "with a letter; give the NAME of libmvxlog-NAME.so");
}

static void
assert_not_loaded (const char *path, const char *before, const char *behind)
{
  g_autofree char *expected = g_strconcat (before, "'", path, "'", behind, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_load_plugin_file (path, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (error->domain, ==, MVX_LOG_PLUGIN_ERROR);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_load_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *missing = g_build_filename (fixture->directory, "libmvxlog-missing.so", NULL);
  g_autofree char *open = g_build_filename (fixture->directory, "libmvxlog-open.so", NULL);
  g_autofree char *advice = NULL;
  g_autofree char *odd = g_build_filename (fixture->directory, "plugin.so", NULL);

  assert_not_loaded (
      missing, "Refusing to load plugin ",
      ": cannot open it: No such file or directory; check that it exists and that this user may read it");
  write_file (odd, "");
  assert_not_loaded (
      odd, "",
      " is not named like a plugin; its file name must be libmvxlog-NAME.so, NAME 1 to 31 characters out of "
      "a-z, 0-9 and '-'");
  write_file (open, "");
  g_assert_cmpint (chmod (open, 0777), ==, 0);
  advice = g_strdup_printf (": it is writable by every user (mode 0777); run 'chmod o-w %s'", open);
  assert_not_loaded (open, "Refusing to load plugin ", advice);
}

/* -- Options. */

static gboolean
has_option (const MvxLogOptionSpec *table, const char *name)
{
  for (; table->name; table++)
    if (g_str_equal (table->name, name))
      return TRUE;
  return FALSE;
}

static void
test_tables (Fixture *fixture, gconstpointer data)
{
  g_assert_true (has_option (mvx_log_get_common_options (FALSE), "level"));
  g_assert_false (has_option (mvx_log_get_common_options (FALSE), "queue-max-size"));
  g_assert_true (has_option (mvx_log_get_common_options (TRUE), "queue-max-size"));
  g_assert_true (has_option (mvx_log_get_shaping_options (), "filter"));
  g_assert_false (has_option (mvx_log_get_shaping_options (), "level"));
}

static gboolean
take (const MvxLogEvent *event, gpointer data, GError **error)
{
  return TRUE;
}

/* Those that were given and those that were not, and no secret. */
static void
test_sink_options (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogSink) sink = mvx_log_configure_sink (
      "app", "fake", g_variant_new_parsed ("{'path': <'a'>, 'token': <'hunter2'>, 'size': <'2KiB'>}"), NULL);
  g_autoptr (MvxLogSink) function = mvx_log_sink_new_function ("func", take, NULL, NULL, NULL);
  g_autoptr (GVariant) options = NULL;
  g_autoptr (MvxLogSinkDescriptor) descriptor = mvx_log_sink_descriptor_new ("function", NULL, NULL);
  g_autofree char *text = NULL;

  g_assert_nonnull (sink);
  options = mvx_log_get_sink_options ("app");
  text = g_variant_print (options, FALSE);
  g_assert_cmpstr (text, ==,
                   "{'path': <'a'>, 'size': <uint64 2048>, 'mode': <'append'>, 'timeout': <int64 1000000>, "
                   "'token': <'***'>, 'level': <'info'>, 'enabled': <true>, 'redact-action': <'mask'>, "
                   "'secret-action': <'mask'>, 'personal-action': <'keep'>}");
  g_assert_null (mvx_log_get_sink_options ("nobody"));
  mvx_log_registry_exchange (mvx_log_front_registry (), "func", function, descriptor);
  g_assert_null (mvx_log_get_sink_options ("func"));
}

/* -- Files. */

static const char config[] = "[mvxlog]\nversion=1\n[sink a]\nplugin=probed\npath=near\n[sink b]\nplugin=probed\n"
                             "path=far\n[sink c]\nplugin=probed\npath=dumb\n[sink d]\nplugin=fake\npath=x\n"
                             "token=hunter2\n";

static void
assert_member (GVariant *report, const char *key, const char *expected)
{
  g_autoptr (GVariant) member = g_variant_lookup_value (report, key, NULL);
  g_autofree char *text = member ? g_variant_print (member, FALSE) : NULL;

  g_assert_cmpstr (text, ==, expected);
}

/* Each destination is asked, and those are told that cannot be. */
static void
test_probe (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) report = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = NULL;
  g_auto (GStrv) names = NULL;
  const guint n_created = fake.n_created;

  write_file (fixture->path, config);
  write_dropin (fixture, "50-e.conf", "[sink e]\nplugin=probed\npath=far\n");
  g_assert_true (mvx_log_check_config_file (fixture->path, TRUE, &report, &error));
  g_assert_no_error (error);
  assert_member (report, "files", "2");
  assert_member (report, "plugins", "['probed', 'probed', 'probed', 'fake', 'probed']");
  assert_member (report, "reachable", "[('a', 'probed')]");
  expected = g_strdup_printf ("[('b', '%s', 6, 1, 'probed', \"'far' is too far away\"), "
                              "('c', '%s', 9, 1, 'probed', 'the plugin gave no reason'), "
                              "('e', '%s.d/50-e.conf', 1, 1, 'probed', \"'far' is too far away\")]",
                              fixture->path, fixture->path, fixture->path);
  assert_member (report, "unreachable", expected);
  /* Nothing was applied. */
  g_assert_cmpuint (fake.n_created, ==, n_created);
  names = mvx_log_get_sink_names ();
  g_assert_cmpstr (names[0], ==, "stderr");
  g_assert_null (names[1]);
  g_assert_null (mvx_log_dup_config_path ());
}

static void
test_merged (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) report = NULL;
  g_autofree char *expected = NULL;
  const char *merged;

  write_file (fixture->path, "[mvxlog]\nversion=1\n[sink d]\nplugin=fake\npath=x\ntoken=hunter2\n");
  write_dropin (fixture, "10-d.conf", "[sink d]\npath=y\n");
  g_assert_true (mvx_log_check_config_file (fixture->path, FALSE, &report, NULL));
  assert_member (report, "reachable", "[]");
  assert_member (report, "unreachable", "[]");
  g_assert_true (g_variant_lookup (report, "merged", "&s", &merged));
  expected = g_strdup_printf ("[mvxlog]\n# %s:2:1\nversion=1\n\n[sink d]\n# %s:4:1\nplugin=fake\n# %s:6:1\n"
                              "token=***\n# %s.d/10-d.conf:2:1\npath=y\n",
                              fixture->path, fixture->path, fixture->path, fixture->path);
  g_assert_cmpstr (merged, ==, expected);
}

/* What is wrong is in the error, with how many files that was about, and there is no report. */
static void
test_invalid (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) report = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = NULL;
  guint n_files;

  write_file (fixture->path, "[mvxlog]\nversion=1\n[sink d]\nplugin=fake\nmode=sideways\n");
  g_assert_false (mvx_log_check_config_file (fixture->path, TRUE, &report, &error));
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_INVALID);
  expected = g_strdup_printf ("%s:3:1: error: [sink d] path: missing, but the plugin requires it (Where it writes)\n"
                              "%s:5:6: error: [sink d] mode: unknown value 'sideways'; allowed: append, truncate",
                              fixture->path, fixture->path);
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_null (report);
  g_assert_true (g_variant_lookup (mvx_log_error_get_details (error), "files", "u", &n_files));
  g_assert_cmpuint (n_files, ==, 1);
  /* Nobody needs to take either. */
  g_assert_false (mvx_log_check_config_file (fixture->path, TRUE, NULL, NULL));
  write_file (fixture->path, config);
  g_assert_true (mvx_log_check_config_file (fixture->path, FALSE, NULL, NULL));
}

static void
test_missing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) report = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = NULL;

  g_assert_false (mvx_log_check_config_file (fixture->path, FALSE, &report, &error));
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_NOT_FOUND);
  expected = g_strdup_printf ("Configuration file '%s' does not exist; create it or give another path", fixture->path);
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_null (report);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  fake_register ();
  g_assert_true (mvx_log_register_static_plugin (&probed_plugin, &error));
  g_assert_no_error (error);
#define ADD(name, func) g_test_add ("/inspect/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("list", test_list);
  ADD ("locate", test_locate);
  ADD ("load-file", test_load_file);
  ADD ("tables", test_tables);
  ADD ("sink-options", test_sink_options);
  ADD ("probe", test_probe);
  ADD ("merged", test_merged);
  ADD ("invalid", test_invalid);
  ADD ("missing", test_missing);
  return g_test_run ();
}
