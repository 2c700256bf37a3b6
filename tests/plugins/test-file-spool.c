/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A spooled log file and kills: nothing is lost, and what is twice in it fits into one batch for each kill. */
#include "spool-cycle.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (file);

static const char *program;

static void
note_lines (Cycle *cycle, const char *path)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    {
      const char *run = strstr (lines[i], "\"run\":");
      const char *n = strstr (lines[i], "\"n\":");

      /* The last line of a program that was killed may be half of one. */
      if (run == NULL || n == NULL || !g_str_has_suffix (lines[i], "}"))
        continue;
      cycle_note (cycle, strtoul (run + 6, NULL, 10), strtoul (n + 4, NULL, 10));
    }
}

/* @data: whether the logging call itself writes: then nothing has to be flushed. */
static void
test_kills (StoreFixture *store, gconstpointer data)
{
  g_autofree char *path = g_build_filename (store->directory, "app.log", NULL);
  g_autofree char *sink
      = g_strdup_printf ("plugin=file\npath=%s%s", path, data ? "\nspool-write=through\nspool-sync=none" : "");
  guint n_kills = 8;
  Cycle cycle;

  if (data)
    g_setenv (CYCLE_THROUGH, "1", TRUE);
  cycle_init (&cycle, program, store->directory, sink);
  for (guint i = 0; i < n_kills; i++)
    cycle_run (&cycle, CYCLE_MAX, (guint) g_test_rand_int_range (CYCLE_FLUSH, 4000));
  cycle_run (&cycle, 0, G_MAXUINT);
  note_lines (&cycle, path);
  cycle_check (&cycle, n_kills);
  cycle_clear (&cycle);
  g_unsetenv (CYCLE_THROUGH);
}

static void
set_up (StoreFixture *store, gconstpointer data)
{
  store_set_up (store, &mvx_static_plugin_file);
}

static void
tear_down (StoreFixture *store, gconstpointer data)
{
  store_tear_down (store);
}

int
main (int argc, char **argv)
{
  if (argc == 5 && strcmp (argv[1], "--child") == 0)
    return cycle_child (&mvx_static_plugin_file, argv[2], argv[3], argv[4]);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/file-spool/kills", StoreFixture, NULL, set_up, test_kills, tear_down);
  g_test_add ("/file-spool/through", StoreFixture, "through", set_up, test_kills, tear_down);
  return g_test_run ();
}
