/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every way in which a plugin file can be refused, by its whole message. */
#include <string.h>

#include <mvxlog/mvxlog.h>

#include "broken/fixture.h"
#include "plugin/module-private.h"
#include "plugin/search-private.h"

typedef struct
{
  char *directory;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = fixture_make_directory ();
  mvx_log_search_reset ();
  g_unsetenv ("MVXLOG_PLUGIN_PATH");
  g_unsetenv ("MVXLOG_TEST_MARKER");
  g_setenv ("MVXLOG_PLUGIN_SYSTEM_PATH", fixture->directory, TRUE);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  fixture_remove (fixture->directory);
  g_free (fixture->directory);
}

/* A plugin file of this name in the fixture's directory. */
static char *
provide (Fixture *fixture, const char *name)
{
  g_autofree char *file = g_strdup_printf ("libmvxlog-%s.so", name);

  return fixture_copy (fixture->directory, file, NULL);
}

/* The message is @before, the file and @after. */
static void
assert_refused (const char *path, gint code, const char *before, const char *after)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = g_strconcat (before, path, after, NULL);

  g_assert_null (mvx_log_module_load_file (path, &error));
  g_assert_error (error, MVX_LOG_PLUGIN_ERROR, code);
  g_assert_cmpstr (error->message, ==, expected);
}

typedef struct
{
  const char *name;
  gint code;
  const char *before; /* the message up to the file */
  const char *after;
} Refusal;

#define MISSING(symbol)                                                                                                \
  "' does not define '" symbol                                                                                         \
  "'; define and export it, as mvx_log_plugin, build_descriptor, create and dispatch_core all are"
#define ABI(version)                                                                                                   \
  "' was built for plugin ABI " version ", this libmvxlog supports 1.0 to 1.0; rebuild the plugin or upgrade "         \
  "libmvxlog"
#define METADATA(member) "' has no '" member "' or one that is not UTF-8 text; give one to MVX_LOG_PLUGIN_DEFINE"
#define TABLE(text) "': option table, " text

static const Refusal refusals[] = {
  { "bad-magic", MVX_LOG_PLUGIN_ERROR_BAD_MAGIC, "Plugin '",
    "' has magic 0x12345678 instead of 0x4d565850; define its data symbol with MVX_LOG_PLUGIN_DEFINE" },
  { "abi-major", MVX_LOG_PLUGIN_ERROR_ABI_MISMATCH, "Plugin '", ABI ("2.3") },
  { "abi-minor", MVX_LOG_PLUGIN_ERROR_ABI_MISMATCH, "Plugin '", ABI ("1.3") },
  { "no-data", MVX_LOG_PLUGIN_ERROR_NOT_A_PLUGIN, "'",
    "' is not a plugin for libmvxlog: it does not define 'mvx_log_plugin'; define it with MVX_LOG_PLUGIN_DEFINE and "
    "export it" },
  { "no-build-descriptor", MVX_LOG_PLUGIN_ERROR_MISSING_SYMBOL, "Plugin '", MISSING ("build_descriptor") },
  { "no-create", MVX_LOG_PLUGIN_ERROR_MISSING_SYMBOL, "Plugin '", MISSING ("create") },
  { "no-dispatch-core", MVX_LOG_PLUGIN_ERROR_MISSING_SYMBOL, "Plugin '", MISSING ("dispatch_core") },
  { "no-destroy", MVX_LOG_PLUGIN_ERROR_NO_DESTROY, "Plugin '",
    "' has no 'destroy'; give one to MVX_LOG_PLUGIN_DEFINE" },
  { "bad-flags", MVX_LOG_PLUGIN_ERROR_BAD_FLAGS, "Plugin '",
    "' has unknown flags 0x100; set only MvxLogPluginFlags, the others are reserved" },
  { "ack-sync", MVX_LOG_PLUGIN_ERROR_BAD_FLAGS, "Plugin '",
    "' has the flag ACKNOWLEDGES without ASYNC; set both, for only a plugin with a worker can acknowledge" },
  { "wrong-name", MVX_LOG_PLUGIN_ERROR_NAME_MISMATCH, "Plugin '",
    "' calls itself 'other-name' instead of 'wrong-name'; rename the file or the plugin" },
  { "no-version", MVX_LOG_PLUGIN_ERROR_BAD_METADATA, "Plugin '", METADATA ("version") },
  { "no-summary", MVX_LOG_PLUGIN_ERROR_BAD_METADATA, "Plugin '", METADATA ("summary") },
  { "no-licence", MVX_LOG_PLUGIN_ERROR_BAD_METADATA, "Plugin '", METADATA ("licence") },
  { "option-name", MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE, "Plugin '",
    TABLE ("row 1 ('No_Good'): the name must be a lower-case letter, then at most 63 lower-case letters, digits and "
           "'-'") },
  { "option-nameless", MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE, "Plugin '",
    TABLE ("row 1: it has no name; give it one, or make it the last row") },
  { "option-reserved", MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE, "Plugin '",
    TABLE ("row 1 ('plugin'): the name is reserved: this key of a key-file selects the plugin; "
           "choose another one") },
  { "option-twice", MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE, "Plugin '",
    TABLE ("row 2 ('x'): an earlier row has the same name; rename one of them") },
  { "option-type", MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE, "Plugin '",
    TABLE ("row 1 ('x'): unknown type 99; use one of MvxLogOptionType") },
  { "option-flags", MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE, "Plugin '",
    TABLE ("row 1 ('x'): unknown flags 0x40; use those of MvxLogOptionFlags only") },
  { "option-summary", MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE, "Plugin '",
    TABLE ("row 1 ('x'): it has no summary; say in one what the option is for") },
  { "option-range", MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE, "Plugin '",
    TABLE ("row 1 ('x'): the minimum 9 is greater than the maximum 3; exchange them") },
  { "option-choices", MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE, "Plugin '",
    TABLE ("row 1 ('x'): an enum needs choices; list them") },
  { "option-required", MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE, "Plugin '",
    TABLE ("row 1 ('x'): a required option cannot have a default; drop the flag or "
           "the default") },
};

static void
test_refusal (Fixture *fixture, gconstpointer data)
{
  const Refusal *refusal = data;
  g_autofree char *path = provide (fixture, refusal->name);
  g_autoptr (GError) error = NULL;

  if (path == NULL)
    return;
  assert_refused (path, refusal->code, refusal->before, refusal->after);
  /* By name and again: nothing of the first attempt is left. */
  g_assert_null (mvx_log_module_load (refusal->name, &error));
  g_assert_error (error, MVX_LOG_PLUGIN_ERROR, refusal->code);
}

static void
test_size (Fixture *fixture, gconstpointer data)
{
  g_autofree char *small = provide (fixture, "size-small");
  g_autofree char *huge = provide (fixture, "size-huge");
  g_autofree char *limits = g_strdup_printf (
      " bytes, it must have %u to %u; rebuild the plugin and set struct_size to sizeof (MvxLogPlugin)",
      (guint) MVX_LOG_PLUGIN_MIN_SIZE, (guint) sizeof (MvxLogPlugin));
  g_autofree char *after_small
      = g_strdup_printf ("' says that its MvxLogPlugin has %u%s", (guint) MVX_LOG_PLUGIN_MIN_SIZE - 1, limits);
  g_autofree char *after_huge = g_strdup_printf ("' says that its MvxLogPlugin has 1048576%s", limits);

  if (small == NULL || huge == NULL)
    return;
  assert_refused (small, MVX_LOG_PLUGIN_ERROR_BAD_STRUCT_SIZE, "Plugin '", after_small);
  assert_refused (huge, MVX_LOG_PLUGIN_ERROR_BAD_STRUCT_SIZE, "Plugin '", after_huge);
}

/* What the parser says of the value is its own business. */
static void
test_option_default (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = provide (fixture, "option-default");
  g_autofree char *start = g_strdup_printf ("Plugin '%s': option table, row 1 ('x'): the default is not valid: ", path);
  g_autoptr (GError) error = NULL;

  if (path == NULL)
    return;
  g_assert_null (mvx_log_module_load_file (path, &error));
  g_assert_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE);
  g_assert_true (g_str_has_prefix (error->message, start));
  g_assert_cmpuint (strlen (error->message), >, strlen (start));
}

static void
test_foreign (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = provide (fixture, "foreign-create");
  g_autofree char *helper = fixture_copy (fixture->directory, "libbroken-helper.so", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *start
      = g_strdup_printf ("Plugin '%s' does not define 'create' itself; the symbol was found in its dependency '", path);

  if (path == NULL || helper == NULL)
    return;
  g_assert_null (mvx_log_module_load_file (path, &error));
  g_assert_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_FOREIGN_SYMBOL);
  /* The directory of the dependency depends on how the module was linked. */
  g_assert_true (g_str_has_prefix (error->message, start));
  g_assert_true (g_str_has_suffix (error->message, "/libbroken-helper.so'; define it in the plugin"));
}

/* The loader's own words are in the message; they are those of glibc here. */
static void
test_unloadable (Fixture *fixture, gconstpointer data)
{
  g_autofree char *undefined = provide (fixture, "undefined-symbol");
  g_autofree char *text = fixture_write (fixture->directory, "libmvxlog-text.so",
                                         "This is not a shared library but a text that is long enough for a header, "
                                         "so that the loader looks at it at all.\n",
                                         0644);
  g_autofree char *empty = fixture_write (fixture->directory, "libmvxlog-empty.so", "", 0644);
  g_autofree char *said = NULL;

  if (undefined == NULL)
    return;
#ifndef __GLIBC__
  g_test_skip ("the texts are those of glibc");
  return;
#endif
  said = g_strdup_printf ("': %s: undefined symbol: broken_defined_nowhere; see what it needs with 'ldd -r %s'",
                          undefined, undefined);
  assert_refused (undefined, MVX_LOG_PLUGIN_ERROR_LOAD_FAILED, "Cannot load plugin '", said);
  g_free (said);
  said = g_strdup_printf ("': %s: invalid ELF header; see what it needs with 'ldd -r %s'", text, text);
  assert_refused (text, MVX_LOG_PLUGIN_ERROR_LOAD_FAILED, "Cannot load plugin '", said);
  g_free (said);
  said = g_strdup_printf ("': %s: file too short; see what it needs with 'ldd -r %s'", empty, empty);
  assert_refused (empty, MVX_LOG_PLUGIN_ERROR_LOAD_FAILED, "Cannot load plugin '", said);
}

/* The loader would map what is not there, and the process would die of it. */
static void
test_truncated (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = provide (fixture, "good");
  g_autofree char *start = g_strdup_printf ("Cannot load plugin '%s': ", path);
  g_autofree char *cut = g_strdup_printf ("%sthe file is cut off, it has 1000 of at least ", start);
  static const gint sizes[] = { 16, 64, 200, 1000 };

  if (path == NULL)
    return;
  for (guint i = G_N_ELEMENTS (sizes); i > 0; i--)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (truncate (path, sizes[i - 1]), ==, 0);
      g_assert_null (mvx_log_module_load_file (path, &error));
      g_assert_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_LOAD_FAILED);
      g_assert_true (g_str_has_prefix (error->message, sizes[i - 1] == 1000 ? cut : start));
      if (sizes[i - 1] == 1000)
        g_assert_true (g_str_has_suffix (error->message, " bytes; install it again"));
    }
}

static void
test_file_name (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_copy (fixture->directory, "libmvxlog-good.so", "good.so");

  if (path == NULL)
    return;
  assert_refused (path, MVX_LOG_PLUGIN_ERROR_INVALID_NAME, "'",
                  "' is not named like a plugin; its file name must be libmvxlog-NAME.so, NAME 1 to 31 characters out "
                  "of a-z, 0-9 and '-'");
}

static void
test_good (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = provide (fixture, "good");
  g_autoptr (GError) error = NULL;
  const MvxLogModule *module;

  if (path == NULL)
    return;
  module = mvx_log_module_load ("good", &error);
  g_assert_no_error (error);
  g_assert_nonnull (module);
  g_assert_cmpstr (module->path, ==, path);
  g_assert_true (module->api.plugin == &module->plugin);
  g_assert_cmpstr (module->plugin.name, ==, "good");
  g_assert_cmpstr (module->plugin.licence, ==, "LGPL-2.1-or-later");
  g_assert_nonnull (module->plugin.destroy);
  g_assert_null (module->api.create (NULL, NULL, NULL));
  /* Loaded once, by whatever way. */
  g_assert_true (mvx_log_module_load ("good", &error) == module);
  g_assert_true (mvx_log_module_load_file (path, &error) == module);
  g_assert_no_error (error);
}

/* A copy in another directory is another plugin. */
static void
test_copy (Fixture *fixture, gconstpointer data)
{
  g_autofree char *other = fixture_make_child (fixture->directory, "other", 0755);
  g_autofree char *first = provide (fixture, "good");
  g_autofree char *second = fixture_copy (other, "libmvxlog-good.so", NULL);
  g_autoptr (GError) error = NULL;
  const MvxLogModule *one;
  const MvxLogModule *two;

  if (first == NULL || second == NULL)
    return;
  one = mvx_log_module_load_file (first, &error);
  g_assert_no_error (error);
  two = mvx_log_module_load_file (second, &error);
  g_assert_no_error (error);
  g_assert_true (one != two);
  g_assert_true (one->api.create != two->api.create);
}

/* Older, shorter structures are taken, and nothing behind them is looked at. */
static void
test_short_struct (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = provide (fixture, "short-struct");
  g_autofree char *half = provide (fixture, "half-pointer");
  g_autoptr (GError) error = NULL;
  const MvxLogModule *module;

  if (path == NULL || half == NULL)
    return;
  module = mvx_log_module_load_file (path, &error);
  g_assert_no_error (error);
  g_assert_nonnull (module->plugin.destroy);
  g_assert_null (module->plugin.on_starting);
  g_assert_null (module->plugin.reopen);
  module = mvx_log_module_load_file (half, &error);
  g_assert_no_error (error);
  g_assert_nonnull (module->plugin.on_starting);
  g_assert_null (module->plugin.on_stopped);
}

/* No code of a file that is not trusted runs, not even its constructor. */
static void
test_marker (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = provide (fixture, "marker");
  g_autofree char *target = g_build_filename (fixture->directory, "target.so", NULL);
  static const char *const none[] = { NULL };
  gint codes[4] = { 0 };
  guint n = 0;

  if (path == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (chmod (path, i == 0 ? 0666 : 0644), ==, 0);
      g_assert_cmpint (chmod (fixture->directory, i == 1 ? 0777 : 0755), ==, 0);
      if (i == 2)
        mvx_log_search_set_allowed (none);
      if (i == 3)
        {
          mvx_log_search_set_allowed (NULL);
          g_assert_cmpint (rename (path, target), ==, 0);
          g_assert_cmpint (symlink (target, path), ==, 0);
        }
      g_assert_null (mvx_log_module_load ("marker", &error));
      g_assert_nonnull (error);
      codes[n++] = error->code;
      g_assert_null (g_getenv ("MVXLOG_TEST_MARKER"));
    }
  g_assert_cmpint (codes[0], ==, MVX_LOG_PLUGIN_ERROR_UNTRUSTED_MODE);
  g_assert_cmpint (codes[1], ==, MVX_LOG_PLUGIN_ERROR_UNTRUSTED_PARENT);
  g_assert_cmpint (codes[2], ==, MVX_LOG_PLUGIN_ERROR_NOT_ALLOWED);
  g_assert_cmpint (codes[3], ==, MVX_LOG_PLUGIN_ERROR_SYMLINK);

  /* The mark works. */
  g_assert_cmpint (unlink (path), ==, 0);
  g_assert_cmpint (rename (target, path), ==, 0);
  g_assert_nonnull (mvx_log_module_load ("marker", NULL));
  g_assert_cmpstr (g_getenv ("MVXLOG_TEST_MARKER"), ==, "loaded");
}

static char *reload_message;

static void
reload_callback (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_module_load ("reload", &error));
  g_assert_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_LOAD_FAILED);
  reload_message = g_strdup (error->message);
}

/* A constructor is foreign code: it may call back, and must not hang. */
static void
test_reload (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = provide (fixture, "reload");
  g_autofree char *address = g_strdup_printf ("%" G_GINT64_MODIFIER "x", (guint64) (gsize) reload_callback);
  g_autofree char *expected = NULL;
  g_autoptr (GError) error = NULL;

  if (path == NULL)
    return;
  g_setenv ("MVXLOG_TEST_CALLBACK", address, TRUE);
  g_assert_nonnull (mvx_log_module_load ("reload", &error));
  g_assert_no_error (error);
  g_unsetenv ("MVXLOG_TEST_CALLBACK");
  expected = g_strdup_printf (
      "Cannot load plugin '%s': its own constructor asks for it; a constructor must not call libmvxlog", path);
  g_assert_cmpstr (reload_message, ==, expected);
  g_clear_pointer (&reload_message, g_free);
}

static char *replaced_path;

static void
replace_callback (void)
{
  g_autofree char *fresh = g_strconcat (replaced_path, ".new", NULL);

  g_assert_true (g_file_set_contents (fresh, "another file", -1, NULL));
  g_assert_cmpint (rename (fresh, replaced_path), ==, 0);
}

/* Another file stands there when loading is done. */
static void
test_changed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *address = g_strdup_printf ("%" G_GINT64_MODIFIER "x", (guint64) (gsize) replace_callback);

  replaced_path = provide (fixture, "reload");
  if (replaced_path == NULL)
    return;
  g_setenv ("MVXLOG_TEST_CALLBACK", address, TRUE);
  assert_refused (replaced_path, MVX_LOG_PLUGIN_ERROR_CHANGED, "Refusing to use plugin '",
                  "': the file was replaced while it was being loaded; try again");
  g_unsetenv ("MVXLOG_TEST_CALLBACK");
  g_clear_pointer (&replaced_path, g_free);
}

static gpointer
load_good (gpointer data)
{
  return (gpointer) mvx_log_module_load ("good", NULL);
}

static void
test_threads (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = provide (fixture, "good");
  GThread *threads[8];
  gpointer first;

  if (path == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("load", load_good, NULL);
  first = g_thread_join (threads[0]);
  g_assert_nonnull (first);
  for (guint i = 1; i < G_N_ELEMENTS (threads); i++)
    g_assert_true (g_thread_join (threads[i]) == first);
}

#define ADD(name, func) g_test_add ("/module/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = g_strconcat ("/module/refused/", refusals[i].name, NULL);

      g_test_add (path, Fixture, &refusals[i], fixture_set_up, test_refusal, fixture_tear_down);
    }
  ADD ("refused/size", test_size);
  ADD ("refused/option-default", test_option_default);
  ADD ("refused/foreign-create", test_foreign);
  ADD ("refused/unloadable", test_unloadable);
  ADD ("refused/truncated", test_truncated);
  ADD ("refused/file-name", test_file_name);
  ADD ("refused/changed", test_changed);
  ADD ("good", test_good);
  ADD ("copy", test_copy);
  ADD ("short-struct", test_short_struct);
  ADD ("marker", test_marker);
  ADD ("reload", test_reload);
  ADD ("threads/same", test_threads);
  return g_test_run ();
}
