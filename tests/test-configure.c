/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that configure at once: what comes last is what was there last. */
#include <mvxlog/mvxlog.h>

#include "broken/fixture.h"
#include "fake-plugin.h"

#define N_ROUNDS 50

static const char *const config_format = "[mvxlog]\nversion=1\n[sink %s]\nplugin=memory\n[context]\nsinks=%s\n";

static void
write_config (const char *path, const char *sink)
{
  g_autofree char *text = g_strdup_printf (config_format, sink, sink);
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error);
  g_assert_no_error (error);
}

static void
configure (const char *path)
{
  g_autoptr (GError) error = NULL;

  mvx_log_configure_from_file (path, &error);
  g_assert_no_error (error);
}

static void
assert_in_force (const char *path, const char *sink)
{
  g_autofree char *in_force = mvx_log_dup_config_path ();
  g_auto (GStrv) names = mvx_log_get_sink_names ();

  g_assert_cmpstr (in_force, ==, path);
  g_assert_cmpuint (g_strv_length (names), ==, 2); /* with the one that was there without a configuration */
  g_assert_true (g_strv_contains ((const char *const *) names, sink));
}

typedef struct
{
  char *directory;
  char *paths[2];
  gint n_ready; /* atomic: threads that are about to configure */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = fixture_make_directory ();
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u.conf", i);

      fixture->paths[i] = g_build_filename (fixture->directory, name, NULL);
      write_config (fixture->paths[i], i == 0 ? "first" : "second");
    }
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  mvx_log_reset (&error);
  g_assert_no_error (error);
  fixture_remove (fixture->directory);
  g_free (fixture->directory);
  g_free (fixture->paths[0]);
  g_free (fixture->paths[1]);
}

/* As nearly at the same time as can be. */
static void
meet (Fixture *fixture)
{
  g_atomic_int_inc (&fixture->n_ready);
  while (g_atomic_int_get (&fixture->n_ready) < 2)
    g_thread_yield ();
}

static gpointer
reload (gpointer fixture)
{
  g_autoptr (GError) error = NULL;

  meet (fixture);
  mvx_log_reload (&error);
  g_assert_no_error (error);
  return NULL;
}

/* Whichever comes first: the file that was chosen is in force, not the one that was there before. */
static void
test_reload (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      GThread *thread;

      configure (fixture->paths[0]);
      fixture->n_ready = 0;
      thread = g_thread_new ("reload", reload, fixture);
      meet (fixture);
      configure (fixture->paths[1]);
      g_thread_join (thread);
      assert_in_force (fixture->paths[1], "second");
    }
}

/* The file as it is now is in force, not as somebody read it who came to apply it later. */
static void
test_same_file (Fixture *fixture, gconstpointer data)
{
  configure (fixture->paths[0]);
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_autofree char *sink = g_strdup_printf ("s%u", i);
      GThread *thread;

      fixture->n_ready = 0;
      thread = g_thread_new ("reload", reload, fixture);
      meet (fixture);
      write_config (fixture->paths[0], sink);
      configure (fixture->paths[0]);
      g_thread_join (thread);
      assert_in_force (fixture->paths[0], sink);
    }
}

static gboolean nested; /* somebody has tried */

/* From within a turn there is none. */
static void
configure_while_creating (const char *path)
{
  static const char *const expected = "A configuration is just being applied by this thread; do not apply another one "
                                      "from within a plugin";
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_reload (&error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK);
  g_assert_cmpstr (error->message, ==, expected);
  g_clear_error (&error);
  g_assert_false (mvx_log_configure_from_file ("/nowhere", &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK);
  g_clear_error (&error);
  g_assert_false (mvx_log_configure_from_data ("nonsense", -1, "test", &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK);
  nested = TRUE;
}

static void
test_nested (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fake_register ();
  fake.on_create = configure_while_creating;
  mvx_log_configure_from_data ("[mvxlog]\nversion=1\n[sink a]\nplugin=fake\npath=/a\n[context]\nsinks=a\n", -1, "test",
                               &error);
  g_assert_no_error (error);
  fake.on_create = NULL;
  g_assert_true (nested);
  /* The turn has ended. */
  configure (fixture->paths[0]);
  assert_in_force (fixture->paths[0], "first");
}

/* What is said comes back either way: no binding frees a report that comes with an error. */
static void
test_check (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) report = NULL;
  guint n_files;

  g_assert_true (mvx_log_check_config_file (fixture->paths[0], FALSE, &report, &error));
  g_assert_no_error (error);
  g_assert_true (g_variant_lookup (report, "files", "u", &n_files));
  g_assert_cmpuint (n_files, ==, 1);
  g_clear_pointer (&report, g_variant_unref);

  g_assert_true (g_file_set_contents (fixture->paths[0], "[wrong]\n", -1, NULL));
  g_assert_false (mvx_log_check_config_file (fixture->paths[0], FALSE, &report, &error));
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_INVALID);
  g_assert_null (report);
  g_assert_true (g_variant_lookup (mvx_log_error_get_details (error), "files", "u", &n_files));
  g_assert_cmpuint (n_files, ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/configure/reload", Fixture, NULL, set_up, test_reload, tear_down);
  g_test_add ("/configure/same-file", Fixture, NULL, set_up, test_same_file, tear_down);
  g_test_add ("/configure/check", Fixture, NULL, set_up, test_check, tear_down);
  g_test_add ("/configure/nested", Fixture, NULL, set_up, test_nested, tear_down);
  return g_test_run ();
}
