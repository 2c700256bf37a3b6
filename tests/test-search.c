/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where plugins are looked for, and which files are trusted. Runs as root and as any other user. */
#include <string.h>

#include <mvxlog/mvxlog.h>

#include "base/diag-private.h"
#include "broken/fixture.h"
#include "plugin/search-private.h"
#include "plugin/trust-private.h"

typedef struct
{
  char *directory;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = fixture_make_directory ();
  mvx_log_search_reset ();
  mvx_log_search_set_secure (0);
  g_unsetenv ("MVXLOG_PLUGIN_PATH");
  g_setenv ("MVXLOG_PLUGIN_SYSTEM_PATH", fixture->directory, TRUE);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  mvx_log_search_set_secure (-1);
  mvx_log_trust_set_user ((uid_t) -1);
  mvx_log_search_reset ();
  fixture_remove (fixture->directory);
  g_free (fixture->directory);
}

static void assert_refused (const char *path, gint code, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
assert_refused (const char *path, gint code, const char *format, ...)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *found = mvx_log_search_check_file (path, NULL, &error);
  va_list args;

  va_start (args, format);
  expected = g_strdup_vprintf (format, args);
  va_end (args);
  g_assert_null (found);
  g_assert_error (error, MVX_LOG_PLUGIN_ERROR, code);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
assert_not_found (const char *name, gint code, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found = mvx_log_search_find (name, NULL, &error);

  g_assert_null (found);
  g_assert_error (error, MVX_LOG_PLUGIN_ERROR, code);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_names (Fixture *fixture, gconstpointer data)
{
  static const char *const good[] = { "a", "file", "k9", "a-b-c", "abcdefghijklmnopqrstuvwxyz01234" };
  static const char *const bad[]
      = { "", "../x", "a/b", "File", "9a", "-a", "a_b", "a.so", "a b", "abcdefghijklmnopqrstuvwxyz012345" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (mvx_log_search_check_name (good[i], &error));
      g_assert_no_error (error);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *expected = g_strdup_printf (
          "'%s' is not a plugin name: it must be 1 to 31 characters out of a-z, 0-9 and '-' and start with a letter; "
          "give the NAME of libmvxlog-NAME.so",
          bad[i]);

      assert_not_found (bad[i], MVX_LOG_PLUGIN_ERROR_INVALID_NAME, expected);
    }
  assert_not_found ("a\xff", MVX_LOG_PLUGIN_ERROR_INVALID_NAME,
                    "'a\xef\xbf\xbd' is not a plugin name: it must be 1 to 31 characters out of a-z, 0-9 and '-' and "
                    "start with a letter; give the NAME of libmvxlog-NAME.so");
}

static void
test_name_of (Fixture *fixture, gconstpointer data)
{
  g_autofree char *good = mvx_log_search_name_of ("/usr/lib/libmvxlog-a-b.so");

  g_assert_cmpstr (good, ==, "a-b");
  g_assert_null (mvx_log_search_name_of ("/usr/lib/libmvxlog-.so"));
  g_assert_null (mvx_log_search_name_of ("/usr/lib/libmvxlog-1.so"));
  g_assert_null (mvx_log_search_name_of ("/usr/lib/libmvxlog-a.so.0"));
  g_assert_null (mvx_log_search_name_of ("/usr/lib/mvxlog-a.so"));
  g_assert_null (mvx_log_search_name_of ("libmvxlog-A.so"));
}

static void
test_path_order (Fixture *fixture, gconstpointer data)
{
  g_auto (GStrv) path = NULL;
  g_autofree char *joined = NULL;

  mvx_log_search_add_path ("/api/one");
  mvx_log_search_add_path ("/api/two/");
  g_setenv ("MVXLOG_PLUGIN_PATH", "/env/one:/api/one:/env/two/../three", TRUE);
  g_setenv ("MVXLOG_PLUGIN_SYSTEM_PATH", "/system::/env/one", TRUE);
  path = mvx_log_search_get_path ();
  joined = g_strjoinv (" ", path);
  g_assert_cmpstr (joined, ==, "/api/one /api/two /env/one /env/three /system");
}

static void
test_path_built_in (Fixture *fixture, gconstpointer data)
{
  g_auto (GStrv) path = NULL;

  g_unsetenv ("MVXLOG_PLUGIN_SYSTEM_PATH");
  path = mvx_log_search_get_path ();
  g_assert_cmpuint (g_strv_length (path), ==, 1);
  g_assert_true (g_path_is_absolute (path[0]));
  g_assert_true (g_str_has_suffix (path[0], "/mvxlog-1/plugins"));
}

/* AT_SECURE: the environment says nothing. */
static void
test_path_secure (Fixture *fixture, gconstpointer data)
{
  g_auto (GStrv) path = NULL;

  g_setenv ("MVXLOG_PLUGIN_PATH", "/env", TRUE);
  mvx_log_search_set_secure (1);
  g_assert_true (mvx_log_search_is_secure ());
  mvx_log_search_add_path ("/api");
  path = mvx_log_search_get_path ();
  g_assert_cmpuint (g_strv_length (path), ==, 2);
  g_assert_cmpstr (path[0], ==, "/api");
  g_assert_true (g_str_has_suffix (path[1], "/mvxlog-1/plugins"));
  mvx_log_search_set_secure (-1);
  g_assert_false (mvx_log_search_is_secure ());
}

static void
keep_diagnostic (gint level, const char *message, gpointer data)
{
  g_ptr_array_add (data, g_strdup (message));
}

static void
test_path_relative (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) messages = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) path = NULL;

  mvx_log_diag_set_func (keep_diagnostic, messages, NULL);
  g_setenv ("MVXLOG_PLUGIN_PATH", "plugins:/absolute", TRUE);
  path = mvx_log_search_get_path ();
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_assert_cmpstr (path[0], ==, "/absolute");
  g_assert_cmpuint (messages->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (messages, 0), ==,
                   "Ignoring 'plugins' in MVXLOG_PLUGIN_PATH: it is not an absolute path; give the whole path");
}

static void
test_not_found (Fixture *fixture, gconstpointer data)
{
  const char *directory = fixture->directory;
  g_autofree char *file G_GNUC_UNUSED = fixture_write (directory, "libmvxlog-file.so", "", 0644);
  g_autofree char *meant
      = g_strdup_printf ("No plugin 'kafak' in %s. Did you mean 'kafka'? It may be in a separate package", directory);
  g_autofree char *known = g_strdup_printf ("No plugin 'kafka' in %s. It may be in a separate package", directory);
  g_autofree char *present = g_strdup_printf ("No plugin 'fiel' in %s. Did you mean 'file'?", directory);
  g_autofree char *built_in = g_strdup_printf ("No plugin 'strem' in %s. Did you mean 'stream'?", directory);
  g_autofree char *unlike = g_strdup_printf ("No plugin 'zzzzzzzzzzzz' in %s", directory);
  g_autofree char *two = g_strdup_printf ("No plugin 'zzzzzzzzzzzz' in /nowhere/at/all, %s", directory);

  assert_not_found ("kafak", MVX_LOG_PLUGIN_ERROR_NOT_FOUND, meant);
  assert_not_found ("kafka", MVX_LOG_PLUGIN_ERROR_NOT_FOUND, known);
  assert_not_found ("fiel", MVX_LOG_PLUGIN_ERROR_NOT_FOUND, present);
  assert_not_found ("strem", MVX_LOG_PLUGIN_ERROR_NOT_FOUND, built_in);
  assert_not_found ("zzzzzzzzzzzz", MVX_LOG_PLUGIN_ERROR_NOT_FOUND, unlike);
  g_setenv ("MVXLOG_PLUGIN_PATH", "/nowhere/at/all", TRUE);
  assert_not_found ("zzzzzzzzzzzz", MVX_LOG_PLUGIN_ERROR_NOT_FOUND, two);
  g_unsetenv ("MVXLOG_PLUGIN_PATH");
  g_setenv ("MVXLOG_PLUGIN_SYSTEM_PATH", "", TRUE);
  assert_not_found ("zzzzzzzzzzzz", MVX_LOG_PLUGIN_ERROR_NOT_FOUND, "No plugin 'zzzzzzzzzzzz' in an empty search path");
}

static void
test_list (Fixture *fixture, gconstpointer data)
{
  g_autofree char *one G_GNUC_UNUSED = fixture_write (fixture->directory, "libmvxlog-zebra.so", "", 0644);
  g_autofree char *two G_GNUC_UNUSED = fixture_write (fixture->directory, "libmvxlog-No.so", "", 0644);
  g_autofree char *three G_GNUC_UNUSED = fixture_write (fixture->directory, "README", "", 0644);
  g_auto (GStrv) names = mvx_log_search_list ();
  g_autofree char *joined = g_strjoinv (" ", names);

  g_assert_cmpstr (joined, ==, "failover group memory null roundrobin route stream zebra");
}

static void
test_allowed (Fixture *fixture, gconstpointer data)
{
  static const char *const allowed[] = { "file", NULL };
  static const char *const none[] = { NULL };
  g_autofree char *one = fixture_write (fixture->directory, "libmvxlog-file.so", "", 0644);
  g_autofree char *two G_GNUC_UNUSED = fixture_write (fixture->directory, "libmvxlog-other.so", "", 0644);
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;

  mvx_log_search_set_allowed (allowed);
  found = mvx_log_search_find ("file", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, one);
  assert_not_found ("other", MVX_LOG_PLUGIN_ERROR_NOT_ALLOWED,
                    "Plugin 'other' is not on the list of allowed plugins; add it there if it is wanted");
  mvx_log_search_set_allowed (none);
  assert_not_found ("file", MVX_LOG_PLUGIN_ERROR_NOT_ALLOWED,
                    "Plugin 'file' is not on the list of allowed plugins; add it there if it is wanted");
}

/* An untrusted first file is an error and not passed over. */
static void
test_first_decides (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = fixture_make_child (fixture->directory, "first", 0755);
  g_autofree char *second = fixture_make_child (fixture->directory, "second", 0755);
  g_autofree char *bad = fixture_write (first, "libmvxlog-x.so", "", 0666);
  g_autofree char *good = fixture_write (second, "libmvxlog-x.so", "", 0644);
  g_autofree char *path = g_strconcat (first, ":", second, NULL);
  g_autofree char *expected = g_strdup_printf (
      "Refusing to load plugin '%s': it is writable by every user (mode 0666); run 'chmod o-w %s'", bad, bad);
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;
  struct stat info;

  g_setenv ("MVXLOG_PLUGIN_PATH", path, TRUE);
  assert_not_found ("x", MVX_LOG_PLUGIN_ERROR_UNTRUSTED_MODE, expected);
  g_assert_cmpint (unlink (bad), ==, 0);
  found = mvx_log_search_find ("x", &info, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, good);
  g_assert_true (S_ISREG (info.st_mode));
}

static void
test_mode (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write (fixture->directory, "libmvxlog-x.so", "", 0666);

  assert_refused (path, MVX_LOG_PLUGIN_ERROR_UNTRUSTED_MODE,
                  "Refusing to load plugin '%s': it is writable by every user (mode 0666); run 'chmod o-w %s'", path,
                  path);
  g_assert_cmpint (chmod (path, 0664), ==, 0);
  assert_refused (path, MVX_LOG_PLUGIN_ERROR_UNTRUSTED_MODE,
                  "Refusing to load plugin '%s': it is writable by its group (mode 0664); run 'chmod g-w %s'", path,
                  path);
}

static void
test_parent_mode (Fixture *fixture, gconstpointer data)
{
  g_autofree char *open = fixture_make_child (fixture->directory, "open", 0777);
  g_autofree char *inner = fixture_make_child (open, "inner", 0755);
  g_autofree char *path = fixture_write (inner, "libmvxlog-x.so", "", 0644);

  assert_refused (path, MVX_LOG_PLUGIN_ERROR_UNTRUSTED_PARENT,
                  "Refusing to load plugin '%s': '%s' is writable by every user (mode 0777); run 'chmod o-w %s'", path,
                  open, open);
  g_assert_cmpint (chmod (open, 0775), ==, 0);
  assert_refused (path, MVX_LOG_PLUGIN_ERROR_UNTRUSTED_PARENT,
                  "Refusing to load plugin '%s': '%s' is writable by its group (mode 0775); run 'chmod g-w %s'", path,
                  open, open);
}

/* Sticky directories of root are trusted as parents (the temporary directory is one), but not for the file itself. */
static void
test_parent_sticky (Fixture *fixture, gconstpointer data)
{
  g_autofree char *sticky = fixture_make_child (fixture->directory, "sticky", 01777);
  g_autofree char *inner = fixture_make_child (sticky, "inner", 0755);
  g_autofree char *path = fixture_write (inner, "libmvxlog-x.so", "", 0644);
  g_autofree char *loose = fixture_write (sticky, "libmvxlog-y.so", "", 0644);
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;

  if (geteuid () != 0)
    {
      assert_refused (path, MVX_LOG_PLUGIN_ERROR_UNTRUSTED_PARENT,
                      "Refusing to load plugin '%s': '%s' is writable by every user (mode 1777); run 'chmod o-w %s'",
                      path, sticky, sticky);
      return;
    }
  found = mvx_log_search_check_file (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, path);
  assert_refused (loose, MVX_LOG_PLUGIN_ERROR_UNTRUSTED_PARENT,
                  "Refusing to load plugin '%s': '%s' is writable by every user (mode 1777); run 'chmod o-w %s'", loose,
                  sticky, sticky);
}

static void
test_owner (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write (fixture->directory, "libmvxlog-x.so", "", 0644);

  if (geteuid () != 0)
    {
      g_test_skip ("only root can give files away");
      return;
    }
  g_assert_cmpint (chown (path, 65534, (gid_t) -1), ==, 0);
  assert_refused (path, MVX_LOG_PLUGIN_ERROR_UNTRUSTED_OWNER,
                  "Refusing to load plugin '%s': it is owned by user 65534, not by root or the user of this process "
                  "(0); run 'chown root %s'",
                  path, path);
  g_assert_cmpint (chown (path, 0, (gid_t) -1), ==, 0);
  g_assert_cmpint (chown (fixture->directory, 65534, (gid_t) -1), ==, 0);
  assert_refused (path, MVX_LOG_PLUGIN_ERROR_UNTRUSTED_PARENT,
                  "Refusing to load plugin '%s': '%s' is owned by user 65534, not by root or the user of this process "
                  "(0); run 'chown root %s'",
                  path, fixture->directory, fixture->directory);
}

/* What a file of one's own is to somebody else. */
static void
test_owner_other (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write (fixture->directory, "libmvxlog-x.so", "", 0644);

  if (geteuid () == 0)
    {
      g_test_skip ("everybody trusts the files of root");
      return;
    }
  mvx_log_trust_set_user (geteuid () + 1);
  assert_refused (path, MVX_LOG_PLUGIN_ERROR_UNTRUSTED_PARENT,
                  "Refusing to load plugin '%s': '%s' is owned by user %u, not by root or the user of this process "
                  "(%u); run 'chown root %s'",
                  path, fixture->directory, (guint) geteuid (), (guint) geteuid () + 1, fixture->directory);
}

static void
test_kinds (Fixture *fixture, gconstpointer data)
{
  g_autofree char *target = fixture_write (fixture->directory, "real.so", "", 0644);
  g_autofree char *link = g_build_filename (fixture->directory, "libmvxlog-link.so", NULL);
  g_autofree char *fifo = g_build_filename (fixture->directory, "libmvxlog-fifo.so", NULL);
  g_autofree char *dir = fixture_make_child (fixture->directory, "libmvxlog-dir.so", 0755);
  g_autofree char *missing = g_build_filename (fixture->directory, "libmvxlog-missing.so", NULL);
  g_autofree char *nowhere = g_build_filename (fixture->directory, "no", "libmvxlog-x.so", NULL);

  g_assert_cmpint (symlink (target, link), ==, 0);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  assert_refused (link, MVX_LOG_PLUGIN_ERROR_SYMLINK,
                  "Refusing to load plugin '%s': it is a symbolic link; put the file itself there", link);
  assert_refused (fifo, MVX_LOG_PLUGIN_ERROR_NOT_REGULAR,
                  "Refusing to load plugin '%s': it is not a regular file but a FIFO; put the file itself there", fifo);
  assert_refused (dir, MVX_LOG_PLUGIN_ERROR_NOT_REGULAR,
                  "Refusing to load plugin '%s': it is not a regular file but a directory; put the file itself there",
                  dir);
  assert_refused (missing, MVX_LOG_PLUGIN_ERROR_UNREADABLE,
                  "Refusing to load plugin '%s': cannot open it: No such file or directory; check that it exists and "
                  "that this user may read it",
                  missing);
  assert_refused (nowhere, MVX_LOG_PLUGIN_ERROR_UNREADABLE,
                  "Refusing to load plugin '%s': cannot open it: No such file or directory; check that it exists and "
                  "that this user may read it",
                  nowhere);
}

static void
test_unreadable (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write (fixture->directory, "libmvxlog-x.so", "", 0000);

  if (geteuid () == 0)
    {
      g_test_skip ("root can read everything");
      return;
    }
  assert_refused (path, MVX_LOG_PLUGIN_ERROR_UNREADABLE,
                  "Refusing to load plugin '%s': cannot open it: Permission denied; check that it exists and that this "
                  "user may read it",
                  path);
}

/* A directory may be reached through a link; what is returned is where it really is. */
static void
test_canonical (Fixture *fixture, gconstpointer data)
{
  g_autofree char *real = fixture_make_child (fixture->directory, "real", 0755);
  g_autofree char *path = fixture_write (real, "libmvxlog-x.so", "", 0644);
  g_autofree char *alias = g_build_filename (fixture->directory, "alias", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;

  g_assert_cmpint (symlink ("real", alias), ==, 0);
  g_setenv ("MVXLOG_PLUGIN_SYSTEM_PATH", alias, TRUE);
  found = mvx_log_search_find ("x", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, path);
}

#define ADD(name, func) g_test_add ("/search/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("names", test_names);
  ADD ("name-of", test_name_of);
  ADD ("path/order", test_path_order);
  ADD ("path/built-in", test_path_built_in);
  ADD ("path/secure", test_path_secure);
  ADD ("path/relative", test_path_relative);
  ADD ("not-found", test_not_found);
  ADD ("list", test_list);
  ADD ("allowed", test_allowed);
  ADD ("first-decides", test_first_decides);
  ADD ("trust/mode", test_mode);
  ADD ("trust/parent-mode", test_parent_mode);
  ADD ("trust/parent-sticky", test_parent_sticky);
  ADD ("trust/owner", test_owner);
  ADD ("trust/owner-other", test_owner_other);
  ADD ("trust/kinds", test_kinds);
  ADD ("trust/unreadable", test_unreadable);
  ADD ("trust/canonical", test_canonical);
  return g_test_run ();
}
