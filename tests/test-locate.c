/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where configuration files are looked for. */
#include <string.h>

#include <glib/gstdio.h>

#include "base/diag-private.h"
#include "config/locate-private.h"
#include "plugin/search-private.h"

static void
assert_candidates (const char *app, const char *first, gboolean system)
{
  g_auto (GStrv) paths = mvx_log_locate_candidates (app);
  g_autofree char *file = g_strconcat (app, ".conf", NULL);
  g_autofree char *etc = g_build_filename ("/etc/mvxlog", file, NULL);
  guint i = 0;

  if (first)
    g_assert_cmpstr (paths[i++], ==, first);
  if (system)
    {
      guint n = g_strv_length (paths);

      g_assert_true (g_str_has_suffix (paths[i], file));
      g_assert_cmpuint (n - i, <=, 2);
      g_assert_cmpstr (paths[n - 1], ==, etc);
    }
  else
    g_assert_null (paths[i]);
}

static void
test_candidates (void)
{
  g_unsetenv ("MVXLOG_CONFIG");
  g_setenv ("XDG_CONFIG_HOME", "/u/conf", TRUE);
  assert_candidates ("shop", "/u/conf/mvxlog/shop.conf", TRUE);
  g_setenv ("XDG_CONFIG_HOME", "relative", TRUE);
  g_setenv ("HOME", "/u", TRUE);
  assert_candidates ("shop", "/u/.config/mvxlog/shop.conf", TRUE);
  g_unsetenv ("XDG_CONFIG_HOME");
  assert_candidates ("shop", "/u/.config/mvxlog/shop.conf", TRUE);
  g_unsetenv ("HOME");
  assert_candidates ("shop", NULL, TRUE);
  g_setenv ("MVXLOG_CONFIG", "/x/../y.conf", TRUE);
  assert_candidates ("shop", "/y.conf", FALSE);
  g_setenv ("MVXLOG_CONFIG", "", TRUE);
  assert_candidates ("shop", NULL, TRUE);
  g_unsetenv ("MVXLOG_CONFIG");
}

/* With raised privileges the environment says nothing. */
static void
test_secure (void)
{
  g_setenv ("MVXLOG_CONFIG", "/y.conf", TRUE);
  g_setenv ("XDG_CONFIG_HOME", "/u/conf", TRUE);
  g_setenv ("HOME", "/u", TRUE);
  mvx_log_search_set_secure (TRUE);
  assert_candidates ("shop", NULL, TRUE);
  mvx_log_search_set_secure (FALSE);
  assert_candidates ("shop", "/y.conf", FALSE);
  mvx_log_search_set_secure (-1);
  g_unsetenv ("MVXLOG_CONFIG");
}

static char *last_diagnostic;

static void
on_diagnostic (gint level, const char *message, gpointer data)
{
  g_free (last_diagnostic);
  last_diagnostic = g_strdup (message);
}

static void
test_names (void)
{
  static const char *const bad[] = { "../x", "a/b", ".hidden" };

  mvx_log_diag_set_func (on_diagnostic, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_auto (GStrv) paths = mvx_log_locate_candidates (bad[i]);
      g_autofree char *expected = g_strdup_printf ("No configuration file is looked for: '%s' cannot be part of a file "
                                                   "name; give mvx_log_init() a name without '/' that does not start "
                                                   "with '.'",
                                                   bad[i]);

      g_assert_null (paths[0]);
      g_assert_nonnull (last_diagnostic);
      g_assert_nonnull (strstr (last_diagnostic, expected));
    }
  g_clear_pointer (&last_diagnostic, g_free);
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_set_prgname ("prog");
  {
    g_auto (GStrv) paths = mvx_log_locate_candidates (NULL);

    g_assert_true (g_str_has_suffix (paths[0], "/mvxlog/prog.conf"));
  }
}

static void
test_locate (void)
{
  g_autofree char *directory = g_dir_make_tmp ("mvxlog-locate-XXXXXX", NULL);
  g_autofree char *sub = g_build_filename (directory, "mvxlog", NULL);
  g_autofree char *path = g_build_filename (sub, "mvxlog-test-locate.conf", NULL);
  g_autofree char *found = NULL;
  g_autofree char *missing = mvx_log_locate ("mvxlog-test-locate");
  g_autofree char *given = NULL;

  g_assert_null (missing);
  g_setenv ("XDG_CONFIG_HOME", directory, TRUE);
  g_assert_cmpint (g_mkdir (sub, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  found = mvx_log_locate ("mvxlog-test-locate");
  g_assert_cmpstr (found, ==, path);
  /* Whoever names a file wants that one and no other. */
  g_setenv ("MVXLOG_CONFIG", "/nonexistent/x.conf", TRUE);
  given = mvx_log_locate ("mvxlog-test-locate");
  g_assert_cmpstr (given, ==, "/nonexistent/x.conf");
  g_unsetenv ("MVXLOG_CONFIG");
  g_unlink (path);
  g_rmdir (sub);
  g_rmdir (directory);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/locate/candidates", test_candidates);
  g_test_add_func ("/locate/secure", test_secure);
  g_test_add_func ("/locate/names", test_names);
  g_test_add_func ("/locate/locate", test_locate);
  return g_test_run ();
}
