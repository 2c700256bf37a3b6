/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that are rolled: by size, by time, by several processes at once. */
#include "file-fixture.h"

#include <sys/wait.h>

#define N_PROCESSES 4

static gint64
get_count (FileFixture *fixture, const char *name)
{
  g_autoptr (GVariant) counts = mvx_log_sink_host_get_counts (fixture->host);
  gint64 n = 0;

  g_variant_lookup (counts, name, "x", &n);
  return n;
}

static void
test_names (void)
{
  static const char *const bad[] = {
    "app.log",
    "app.log.bak",
    "app.log2.20261128-183500Z.1",
    "app.20261128-183500.1.log",
    "app.20261128-183500Z.log",
    "app.20261128-183500Z.0.log",
    "app.20261128-183500Z.01.log",
    "app.20261128-183500Z.x.log",
    "app.20261328-183500Z.1.log",
    "app.20261128-183500Z.1.log.bak",
    "app.20261128-183500Z.1.log.gz.old",
    "app.20261128-183500Z.1.log2",
    "app2.20261128-183500Z.1.log",
    "ap",
    "",
  };
  static const struct
  {
    const char *path;
    const char *name;
    MvxFileNameKind kind;
  } good[] = {
    { "/d/app.log", "app.20261128-183500Z.1.log", MVX_FILE_NAME_PLAIN },
    { "/d/app.log", "app.20261128-183500Z.12.log.gz", MVX_FILE_NAME_COMPRESSED },
    { "/d/app.log", "app.20261128-183500Z.1.log.zst", MVX_FILE_NAME_COMPRESSED },
    { "/d/app.log", "app.20261128-183500Z.1.log.gz.part", MVX_FILE_NAME_PARTIAL },
    { "/d/app", "app.20261128-183500Z.1", MVX_FILE_NAME_PLAIN },
    { "/d/.app", ".app.20261128-183500Z.1", MVX_FILE_NAME_PLAIN },
    { "/d/a.b.log", "a.b.20261128-183500Z.1.log", MVX_FILE_NAME_PLAIN },
  };
  MvxFileName parsed;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (mvx_file_name_parse ("/d/app.log", bad[i], &parsed));
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autofree char *base = NULL;
      g_autofree char *made = NULL;

      g_assert_true (mvx_file_name_parse (good[i].path, good[i].name, &parsed));
      g_assert_cmpint (parsed.kind, ==, good[i].kind);
      made = mvx_file_name_make (good[i].path, parsed.time_us, parsed.n);
      base = g_path_get_basename (made);
      g_assert_true (g_str_has_prefix (good[i].name, base));
    }
}

/* Never larger than that, and every file as full as it can be. */
static void
test_size (FileFixture *fixture, gconstpointer data)
{
  guint n_files;

  file_set (fixture, "rotate-size", "100");
  file_open (fixture);
  file_dispatch (fixture, 0, 3);
  file_dispatch (fixture, 3, 1);
  g_assert_cmpuint (file_count_rolled (fixture, &n_files), ==, 0);
  file_dispatch (fixture, 4, 1);
  g_assert_cmpuint (file_count_rolled (fixture, &n_files), ==, 4);
  g_assert_cmpuint (n_files, ==, 1);
  file_dispatch (fixture, 5, 36);
  g_assert_cmpuint (file_count_rolled (fixture, &n_files), ==, 40);
  g_assert_cmpuint (n_files, ==, 10);
  g_assert_cmpuint (file_count_lines (fixture, "app.log"), ==, 1);
  g_assert_cmpint (get_count (fixture, "rotated"), ==, 10);
  /* What is there counts after a restart, too. */
  file_open (fixture);
  file_dispatch (fixture, 41, 4);
  g_assert_cmpuint (file_count_rolled (fixture, &n_files), ==, 44);
  g_assert_cmpuint (fixture->diagnostics->len, ==, 0);
}

/* A line that is larger than the limit has a file of its own. */
static void
test_large_line (FileFixture *fixture, gconstpointer data)
{
  guint n_files;

  file_set (fixture, "rotate-size", "10");
  file_open (fixture);
  file_dispatch (fixture, 0, 5);
  g_assert_cmpuint (file_count_rolled (fixture, &n_files), ==, 4);
  g_assert_cmpuint (n_files, ==, 4);
  g_assert_cmpuint (file_count_lines (fixture, "app.log"), ==, 1);
}

/* Names are given in the order of the events. */
static void
test_order (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *list = NULL;
  g_auto (GStrv) names = NULL;
  guint n[13] = { 0 };

  file_set (fixture, "rotate-size", "24");
  file_open (fixture);
  file_dispatch (fixture, 0, 13);
  list = file_list (fixture);
  names = g_strsplit (list, " ", -1);
  for (guint i = 0; names[i]; i++)
    {
      g_autofree char *path = g_build_filename (fixture->directory, names[i], NULL);
      g_autofree char *content = NULL;
      MvxFileName parsed;

      g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
      if (!mvx_file_name_parse (fixture->path, names[i], &parsed))
        continue;
      n[g_ascii_strtoull (content + strlen ("event "), NULL, 10)] = parsed.n;
      g_assert_cmpuint (parsed.n, >=, 1);
    }
  for (guint i = 1; i < 12; i++)
    g_assert_true (n[i] == n[i - 1] + 1 || n[i] == 1);
}

static void
write_record (FileFixture *fixture, const char *text)
{
  g_autofree char *record G_GNUC_UNUSED = fixture_write (fixture->directory, ".app.log.began", text, 0600);
}

/* When the file was begun is remembered over restarts, wherever its time of change stands. */
static void
test_time (FileFixture *fixture, gconstpointer data)
{
  guint n_files;

  file_set (fixture, "rotate", "yearly");
  file_set (fixture, "rotate-zone", "utc");
  file_open (fixture);
  file_dispatch (fixture, 0, 2);
  file_open (fixture);
  file_dispatch (fixture, 2, 2);
  g_assert_cmpuint (file_count_rolled (fixture, &n_files), ==, 0);
  write_record (fixture, "2020-05-05T10:00:00Z\n");
  file_open (fixture);
  g_assert_cmpuint (file_count_rolled (fixture, &n_files), ==, 0);
  file_dispatch (fixture, 4, 3);
  g_assert_cmpuint (file_count_rolled (fixture, &n_files), ==, 4);
  g_assert_cmpuint (file_count_lines (fixture, "app.log"), ==, 3);
  /* Once for all the years. */
  file_dispatch (fixture, 7, 1);
  file_open (fixture);
  file_dispatch (fixture, 8, 1);
  g_assert_cmpuint (file_count_rolled (fixture, &n_files), ==, 4);
  g_assert_cmpuint (n_files, ==, 1);
}

/* Without the record the newest name tells. */
static void
test_time_by_name (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *old G_GNUC_UNUSED = fixture_write (fixture->directory, "app.20200101-000000Z.1.log", "", 0600);
  g_autofree char *present G_GNUC_UNUSED
      = fixture_write (fixture->directory, "app.log", "event 9999 of this test\n", 0600);
  guint n_files;

  file_set (fixture, "rotate", "monthly");
  write_record (fixture, "nonsense");
  file_open (fixture);
  file_dispatch (fixture, 0, 1);
  g_assert_cmpuint (file_count_rolled (fixture, &n_files), ==, 1);
  g_assert_cmpuint (n_files, ==, 2);
  g_assert_cmpuint (file_count_lines (fixture, "app.log"), ==, 1);
}

/* A period without events makes no empty file, and a clock that was far ahead does not keep the file for ever. */
static void
test_time_edges (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *record = g_build_filename (fixture->directory, ".app.log.began", NULL);
  g_autofree char *text = NULL;
  guint n_files;

  write_record (fixture, "2020-01-01T00:00:00Z\n");
  file_set (fixture, "rotate", "monthly");
  file_open (fixture);
  file_dispatch (fixture, 0, 1);
  g_assert_cmpuint (file_count_rolled (fixture, &n_files), ==, 0);
  g_assert_cmpuint (n_files, ==, 0);
  write_record (fixture, "2099-01-01T00:00:00Z\n");
  file_set (fixture, "rotate", "1s");
  file_open (fixture);
  file_dispatch (fixture, 1, 1);
  g_assert_cmpuint (file_count_rolled (fixture, &n_files), ==, 0);
  g_assert_true (g_file_get_contents (record, &text, NULL, NULL));
  g_assert_cmpstr (text, <, "2099");
  g_assert_cmpstr (text, >, "2026");
}

static void
test_reconfigure (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->directory, "link", NULL);
  g_autoptr (GError) error = NULL;
  guint n_files;

  g_assert_cmpint (symlink ("app.log", link), ==, 0);
  file_set (fixture, "path", link);
  file_open (fixture);
  file_dispatch (fixture, 0, 9);
  file_set (fixture, "rotate-size", "48");
  g_assert_true (mvx_static_plugin_file.plugin->reconfigure (fixture->instance, fixture->options, &error));
  g_assert_no_error (error);
  /* The file is renamed, not the link to it. */
  file_dispatch (fixture, 9, 2);
  g_assert_cmpuint (file_count_rolled (fixture, &n_files), ==, 9);
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  g_assert_cmpuint (file_count_lines (fixture, "link"), ==, 2);
  file_set (fixture, "rotate-size", "0");
  g_assert_true (mvx_static_plugin_file.plugin->reconfigure (fixture->instance, fixture->options, &error));
  file_dispatch (fixture, 11, 9);
  g_assert_cmpuint (file_count_lines (fixture, "app.log"), ==, 11);
}

/* A link to a file that the sink is to make: the link stays, and the rolled files lie beside the file. */
static void
test_dangling_link (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *elsewhere = g_build_filename (fixture->directory, "elsewhere", NULL);
  g_autofree char *first = g_build_filename (fixture->directory, "first", NULL);
  g_autofree char *target = NULL;
  g_autoptr (GDir) dir = NULL;
  guint n_files = 0;

  g_assert_cmpint (mkdir (elsewhere, 0700), ==, 0);
  g_assert_cmpint (symlink ("elsewhere/target.log", first), ==, 0);
  g_assert_cmpint (symlink ("first", fixture->path), ==, 0);
  file_set (fixture, "rotate-size", "48");
  file_open (fixture);
  file_dispatch (fixture, 0, 3);
  file_close (fixture);
  target = g_file_read_link (fixture->path, NULL);
  g_assert_cmpstr (target, ==, "first");
  g_assert_true (g_file_test (first, G_FILE_TEST_IS_SYMLINK));
  dir = g_dir_open (elsewhere, 0, NULL);
  for (const char *name; (name = g_dir_read_name (dir));)
    {
      g_autofree char *path = g_build_filename (elsewhere, name, NULL);

      g_assert_true (g_str_has_prefix (name, "target."));
      n_files++;
      g_assert_cmpint (unlink (path), ==, 0);
    }
  g_assert_cmpuint (n_files, >, 1);
  g_assert_cmpint (rmdir (elsewhere), ==, 0);
}

/* What others rename or remove is left at once. */
static void
test_moved_away (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *other = g_build_filename (fixture->directory, "other", NULL);

  file_set (fixture, "rotate-size", "1MiB");
  file_open (fixture);
  file_dispatch (fixture, 0, 2);
  g_assert_cmpint (rename (fixture->path, other), ==, 0);
  file_dispatch (fixture, 2, 3);
  g_assert_cmpuint (file_count_lines (fixture, "other"), ==, 2);
  g_assert_cmpuint (file_count_lines (fixture, "app.log"), ==, 3);
  g_assert_cmpint (unlink (fixture->path), ==, 0);
  file_dispatch (fixture, 5, 1);
  g_assert_cmpuint (file_count_lines (fixture, "app.log"), ==, 1);
  g_assert_cmpint (get_count (fixture, "reopened"), ==, 2);
  /* Its place is taken: the old file, while there is one. */
  g_assert_cmpint (rename (fixture->path, other), ==, 0);
  g_assert_cmpint (mkdir (fixture->path, 0700), ==, 0);
  file_dispatch (fixture, 6, 1);
  g_assert_cmpuint (file_count_lines (fixture, "other"), ==, 2);
  g_assert_cmpint (unlink (other), ==, 0);
  {
    g_autofree char *expected
        = g_strdup_printf ("Cannot open log file '%s': Is a directory; give the name of a file in it", fixture->path);
    g_autoptr (GError) error = NULL;
    guint n_done;

    g_assert_cmpint (file_try_dispatch (fixture, 7, 2, &n_done, &error), ==, MVX_LOG_DISPATCH_RETRY);
    g_assert_cmpuint (n_done, ==, 0);
    g_assert_cmpstr (error->message, ==, expected);
    g_assert_cmpuint (fixture->diagnostics->len, ==, 1);
    g_assert_cmpstr (fixture->diagnostics->pdata[0], ==, expected);
  }
  g_assert_cmpint (rmdir (fixture->path), ==, 0);
  file_dispatch (fixture, 7, 2);
  g_assert_cmpuint (file_count_lines (fixture, "app.log"), ==, 2);
}

/* Rolling fails: the file grows, one diagnostic tells it. */
static void
test_refused (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *expected = NULL;
  g_autofree char *start = NULL;

  if (geteuid () == 0)
    {
      g_test_skip ("root may write to every directory");
      return;
    }
  file_set (fixture, "rotate-size", "48");
  file_open (fixture);
  g_assert_cmpint (chmod (fixture->directory, 0500), ==, 0);
  file_dispatch (fixture, 0, 9);
  file_dispatch (fixture, 9, 1);
  g_assert_cmpint (chmod (fixture->directory, 0700), ==, 0);
  g_assert_cmpuint (file_count_lines (fixture, "app.log"), ==, 10);
  g_assert_cmpuint (fixture->diagnostics->len, ==, 1);
  start = g_strdup_printf ("Cannot roll log file '%s' to '%s/app.", fixture->path, fixture->directory);
  g_assert_true (g_str_has_prefix (fixture->diagnostics->pdata[0], start));
  expected
      = g_strdup_printf (".1.log': Permission denied; let user %u write to the directory '%s'; until then the file "
                         "grows",
                         (guint) geteuid (), fixture->directory);
  g_assert_true (g_str_has_suffix (fixture->diagnostics->pdata[0], expected));
}

/* A character device has no size and is never renamed. */
static void
test_device (FileFixture *fixture, gconstpointer data)
{
  file_set (fixture, "path", "/dev/null");
  file_set (fixture, "rotate-size", "24");
  file_open (fixture);
  file_dispatch (fixture, 0, 9);
  g_assert_cmpint (get_count (fixture, "rotated"), ==, 0);
  g_assert_true (access ("/dev/null", W_OK) == 0);
}

typedef struct
{
  const char *size;
  guint n_rounds;
  guint n_lines; /* in one dispatch */
} Load;

static const Load small_batches = { "2400", 250, 3 };
/* So large that others see a write half done. */
static const Load large_batches = { "240000", 50, 2000 };

static void
write_as_child (FileFixture *fixture, const Load *load)
{
  file_open (fixture);
  for (guint i = 0; i < load->n_rounds; i++)
    file_dispatch (fixture, 0, load->n_lines);
  file_close (fixture);
}

/* Several processes on one file: nothing lost, nothing torn, every generation renamed once and full. */
static void
test_processes (FileFixture *fixture, gconstpointer data)
{
  const Load *load = data;
  guint n_in_file = (guint) g_ascii_strtoull (load->size, NULL, 10) / FILE_LINE_SIZE;
  guint n_files;
  guint n;

  file_set (fixture, "rotate-size", load->size);
  for (guint i = 0; i < N_PROCESSES; i++)
    {
      pid_t child = fork ();

      g_assert_cmpint (child, >=, 0);
      if (child > 0)
        continue;
      write_as_child (fixture, load);
      _exit (0);
    }
  for (guint i = 0; i < N_PROCESSES; i++)
    {
      int status;

      g_assert_cmpint (wait (&status), >, 0);
      g_assert_true (WIFEXITED (status));
      g_assert_cmpint (WEXITSTATUS (status), ==, 0);
    }
  n = file_count_rolled (fixture, &n_files);
  g_assert_cmpuint (n + file_count_lines (fixture, "app.log"), ==, N_PROCESSES * load->n_rounds * load->n_lines);
  g_assert_cmpuint (n, ==, n_files * n_in_file);
}

#define ADD(name, func)                                                                                                \
  g_test_add ("/file-rotate/" name, FileFixture, NULL, file_fixture_set_up, func, file_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file-rotate/names", test_names);
  ADD ("size", test_size);
  ADD ("large-line", test_large_line);
  ADD ("order", test_order);
  ADD ("time", test_time);
  ADD ("time-by-name", test_time_by_name);
  ADD ("time-edges", test_time_edges);
  ADD ("reconfigure", test_reconfigure);
  ADD ("dangling-link", test_dangling_link);
  ADD ("moved-away", test_moved_away);
  ADD ("refused", test_refused);
  ADD ("device", test_device);
  g_test_add ("/file-rotate/processes", FileFixture, &small_batches, file_fixture_set_up, test_processes,
              file_fixture_tear_down);
  g_test_add ("/file-rotate/processes-large", FileFixture, &large_batches, file_fixture_set_up, test_processes,
              file_fixture_tear_down);
  return g_test_run ();
}
