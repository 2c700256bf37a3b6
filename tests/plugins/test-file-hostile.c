/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hostile texts in files, in every format that one can have: an event is a line, and the line holds it. */
#include "../hostile-formats.h"
#include "file-fixture.h"

static void
test_format (FileFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) texts = fixture_hostile ();
  g_autoptr (GPtrArray) events = hostile_events (texts);
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  mvx_log_options_unref (fixture->options);
  fixture->options = mvx_log_plugin_new_options (&mvx_static_plugin_file);
  file_set (fixture, "path", fixture->path);
  hostile_set_format (data, fixture->options);
  file_open (fixture);
  mvx_static_plugin_file.dispatch_core (fixture->instance, (MvxLogEvent *const *) events->pdata, events->len, &n_done,
                                        &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, events->len);
  file_close (fixture);
  hostile_judge_file ("file", data, texts, fixture->path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (hostile_formats); i++)
    {
      g_autofree char *path = g_strconcat ("/file-hostile/", hostile_formats[i].name, NULL);

      g_test_add (path, FileFixture, &hostile_formats[i], file_fixture_set_up, test_format, file_fixture_tear_down);
    }
  return g_test_run ();
}
