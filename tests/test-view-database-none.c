/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tool that was built without SQLite: it knows a database when it sees one, and says what is missing. */
#include "../tools/mvxlog/view/view-database-none.c"

#include <glib/gstdio.h>

#define REFUSAL "this mvxlog was built without SQLite; build it with -Dsqlite=enabled, or ask the database with sqlite3"

static void
test_is (void)
{
  g_autofree char *directory = g_dir_make_tmp ("mvxlog-database-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "log", NULL);

  g_assert_true (g_file_set_contents (path, "SQLite format 3\0and more", 24, NULL));
  g_assert_true (mvx_view_database_is (path));
  g_assert_true (g_file_set_contents (path, "SQLite format 3 is not what follows", -1, NULL));
  g_assert_false (mvx_view_database_is (path));
  g_unlink (path);
  g_assert_false (mvx_view_database_is (path));
  g_assert_true (mvx_view_database_is ("/no/such/app.db"));
  g_assert_true (mvx_view_database_is ("/no/such/app.sqlite3"));
  g_rmdir (directory);
}

static void
test_refused (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_view_database_can (&error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_cmpstr (error->message, ==, REFUSAL);
  g_clear_error (&error);
  g_assert_null (mvx_view_database_open ("app.db", NULL, &error));
  g_assert_cmpstr (error->message, ==, REFUSAL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/view-database-none/is", test_is);
  g_test_add_func ("/view-database-none/refused", test_refused);
  return g_test_run ();
}
