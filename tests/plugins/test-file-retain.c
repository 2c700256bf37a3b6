/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of rolled files: compressed, and removed when their time is over. Nobody else's file is touched. */
#include "file-fixture.h"

#include <gio/gio.h>
#include <sys/file.h>

#include "../../plugins/file/file-codec.h"
#include "../../plugins/file/file-compress.h"
#include "../../plugins/file/file-retain.h"
#include "../../plugins/file/file-tidy.h"

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

static void
put (FileFixture *fixture, const char *name, const char *content)
{
  g_autofree char *path G_GNUC_UNUSED = fixture_write (fixture->directory, name, content, 0640);
}

/* One whole round over the directory. */
static void
tidy (FileFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxFileOptions) options = mvx_file_options_new (fixture->options, &error);
  MvxFileTidy *tidy = mvx_file_tidy_new (fixture->host);

  g_assert_no_error (error);
  mvx_file_tidy_start (tidy, options);
  mvx_file_tidy_wait (tidy);
  mvx_file_tidy_free (tidy);
}

static void
assert_names (FileFixture *fixture, const char *expected)
{
  g_autofree char *names = file_list (fixture);

  g_assert_cmpstr (names, ==, expected);
}

static void
put_strangers (FileFixture *fixture)
{
  put (fixture, "app.log", "present");
  put (fixture, "app.log.bak", "x");
  put (fixture, "app.log2.20200101-000000Z.1", "x");
  put (fixture, "app.20200101-000000Z.1.log.bak", "x");
}

#define STRANGERS "app.20200101-000000Z.1.log.bak"
#define STRANGERS_BEHIND "app.log app.log.bak app.log2.20200101-000000Z.1"

static void
test_count (FileFixture *fixture, gconstpointer data)
{
  put_strangers (fixture);
  put (fixture, "app.20260101-000000Z.1.log.gz", "x");
  put (fixture, "app.20260101-000000Z.9.log", "x");
  put (fixture, "app.20260101-000000Z.10.log", "x");
  put (fixture, "app.20260102-000000Z.1.log.zst", "x");
  file_set (fixture, "retain-count", "0");
  tidy (fixture);
  assert_names (fixture,
                STRANGERS " app.20260101-000000Z.1.log.gz app.20260101-000000Z.10.log app.20260101-000000Z.9.log "
                          "app.20260102-000000Z.1.log.zst " STRANGERS_BEHIND);
  file_set (fixture, "retain-count", "2");
  tidy (fixture);
  assert_names (fixture, STRANGERS " app.20260101-000000Z.10.log app.20260102-000000Z.1.log.zst " STRANGERS_BEHIND);
}

static void
test_size (FileFixture *fixture, gconstpointer data)
{
  put_strangers (fixture);
  put (fixture, "app.20260101-000000Z.1.log", "x");
  put (fixture, "app.20260102-000000Z.1.log", "1234567");
  put (fixture, "app.20260103-000000Z.1.log", "123");
  file_set (fixture, "retain-size", "10");
  tidy (fixture);
  assert_names (fixture, STRANGERS " app.20260102-000000Z.1.log app.20260103-000000Z.1.log " STRANGERS_BEHIND);
  file_set (fixture, "retain-size", "9");
  tidy (fixture);
  assert_names (fixture, STRANGERS " app.20260103-000000Z.1.log " STRANGERS_BEHIND);
}

static void
test_age (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *young = mvx_file_name_make (fixture->path, g_get_real_time () - DAY_US, 1);
  g_autofree char *old = mvx_file_name_make (fixture->path, g_get_real_time () - 3 * DAY_US, 1);

  put_strangers (fixture);
  g_assert_true (g_file_set_contents (young, "x", 1, NULL));
  g_assert_true (g_file_set_contents (old, "x", 1, NULL));
  file_set (fixture, "retain-age", "2d");
  tidy (fixture);
  g_assert_true (g_file_test (young, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (old, G_FILE_TEST_EXISTS));
  g_assert_cmpint (unlink (young), ==, 0);
  assert_names (fixture, STRANGERS " " STRANGERS_BEHIND);
}

/* Directories and links that have such names were not made here. */
static void
test_kinds (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = g_build_filename (fixture->directory, "app.20200101-000000Z.1.log", NULL);
  g_autofree char *link = g_build_filename (fixture->directory, "app.20200101-000000Z.2.log", NULL);

  put (fixture, "target", "x");
  g_assert_cmpint (mkdir (directory, 0700), ==, 0);
  g_assert_cmpint (symlink ("target", link), ==, 0);
  file_set (fixture, "retain-age", "1d");
  file_set (fixture, "compress", "gzip");
  tidy (fixture);
  assert_names (fixture, "app.20200101-000000Z.1.log app.20200101-000000Z.2.log target");
  g_assert_cmpuint (fixture->diagnostics->len, ==, 0);
}

/* So that it needs several pieces, in and out, and does not compress well. */
static char *
make_content (gsize *size)
{
  GString *text = g_string_new (NULL);
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  while (text->len < 300000)
    g_string_append_printf (text, "%08x%08x line\n", g_rand_int (random), g_rand_int (random));
  *size = text->len;
  return g_string_free (text, FALSE);
}

static void
assert_unpacks (const char *program, const char *path, const char *expected)
{
  const char *argv[] = { program, "-dc", path, NULL };
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, &error));
  g_assert_cmpstr (output, ==, expected);
}

static void
check_compression (FileFixture *fixture, const char *word, const char *program, const char *suffix)
{
  gsize size;
  g_autofree char *content = make_content (&size);
  g_autofree char *found = g_find_program_in_path (program);
  g_autofree char *plain = g_build_filename (fixture->directory, "app.20260101-000000Z.1.log", NULL);
  g_autofree char *packed = g_strconcat (plain, suffix, NULL);
  g_autofree char *empty = g_build_filename (fixture->directory, "app.20260102-000000Z.1.log", NULL);
  g_autofree char *packed_empty = g_strconcat (empty, suffix, NULL);
  struct stat before, after;

  if (found == NULL)
    {
      g_test_skip ("the program that unpacks it is not here");
      return;
    }
  put (fixture, "app.20260101-000000Z.1.log", content);
  put (fixture, "app.20260102-000000Z.1.log", "");
  g_assert_cmpint (chmod (plain, 0604), ==, 0);
  g_assert_cmpint (stat (plain, &before), ==, 0);
  file_set (fixture, "compress", word);
  tidy (fixture);
  g_assert_false (g_file_test (plain, G_FILE_TEST_EXISTS));
  g_assert_cmpint (stat (packed, &after), ==, 0);
  g_assert_cmpint (after.st_size, <, before.st_size);
  g_assert_cmpint (after.st_mode, ==, before.st_mode);
  g_assert_cmpint (after.st_mtim.tv_sec, ==, before.st_mtim.tv_sec);
  g_assert_cmpint (after.st_mtim.tv_nsec, ==, before.st_mtim.tv_nsec);
  assert_unpacks (program, packed, content);
  assert_unpacks (program, packed_empty, "");
  g_assert_cmpuint (fixture->diagnostics->len, ==, 0);
}

static void
test_gzip (FileFixture *fixture, gconstpointer data)
{
  check_compression (fixture, "gzip", "gzip", ".gz");
}

static void
test_zstd (FileFixture *fixture, gconstpointer data)
{
  if (mvx_file_codec_exists (MVX_FILE_COMPRESSION_ZSTD))
    {
      check_compression (fixture, "zstd", "zstd", ".zst");
    }
  else
    {
      g_autoptr (GError) error = NULL;

      file_set (fixture, "compress", "zstd");
      g_assert_null (mvx_file_options_new (fixture->options, &error));
      g_assert_cmpstr (error->message, ==,
                       "compress: zstd is not built in; use gzip, or build the plugin with -Dfile-zstd=enabled");
    }
}

/* A crash came in between: begun anew, or removed if there is nothing to begin with. */
static void
test_interrupted (FileFixture *fixture, gconstpointer data)
{
  put (fixture, "app.20260101-000000Z.1.log", "content");
  put (fixture, "app.20260101-000000Z.1.log.gz.part", "half");
  put (fixture, "app.20260102-000000Z.1.log.zst.part", "half");
  put (fixture, "app.20260103-000000Z.1.log", "content");
  put (fixture, "app.20260103-000000Z.1.log.gz", "the original was to be removed");
  put (fixture, "app.log.gz.part", "not ours");
  file_set (fixture, "compress", "gzip");
  tidy (fixture);
  assert_names (fixture, "app.20260101-000000Z.1.log.gz app.20260103-000000Z.1.log.gz app.log.gz.part");
  {
    g_autofree char *path = g_build_filename (fixture->directory, "app.20260103-000000Z.1.log.gz", NULL);

    assert_unpacks ("gzip", path, "content");
  }
}

static void
test_cancelled (FileFixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *path = fixture_write (fixture->directory, "app.20260101-000000Z.1.log", "content", 0600);
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (mvx_file_compress (path, MVX_FILE_COMPRESSION_GZIP, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_names (fixture, "app.20260101-000000Z.1.log");
}

/* Another process compresses it, or writes to it. */
static void
test_in_use (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write (fixture->directory, "app.20260101-000000Z.1.log", "content", 0600);
  int fd = open (path, O_WRONLY);

  g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);
  file_set (fixture, "compress", "gzip");
  tidy (fixture);
  assert_names (fixture, "app.20260101-000000Z.1.log");
  close (fd);
  tidy (fixture);
  assert_names (fixture, "app.20260101-000000Z.1.log.gz");
  g_assert_cmpuint (fixture->diagnostics->len, ==, 0);
}

static void
test_compress_fails (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *blocker = g_build_filename (fixture->directory, "app.20260101-000000Z.1.log.gz.part", NULL);
  g_autofree char *expected
      = g_strdup_printf ("Cannot compress log file '%s/app.20260101-000000Z.1.log': File exists; it "
                         "stays as it is and is tried again after the next rotation",
                         fixture->directory);

  put (fixture, "app.20260101-000000Z.1.log", "content");
  g_assert_cmpint (mkdir (blocker, 0700), ==, 0);
  file_set (fixture, "compress", "gzip");
  tidy (fixture);
  assert_names (fixture, "app.20260101-000000Z.1.log app.20260101-000000Z.1.log.gz.part");
  g_assert_cmpuint (fixture->diagnostics->len, ==, 1);
  g_assert_cmpstr (fixture->diagnostics->pdata[0], ==, expected);
}

static guint
count_all (FileFixture *fixture)
{
  g_autofree char *command = g_strdup_printf (
      "sh -c 'cd %s && for f in app*; do case $f in *.gz) gzip -dc $f ;; *) cat $f ;; esac; done'", fixture->directory);
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  guint n = 0;

  g_spawn_command_line_sync (command, &output, NULL, NULL, &error);
  g_assert_no_error (error);
  for (const char *at = output; *at; at = strchr (at, '\n') + 1)
    n++;
  return n;
}

/* With its worker, through everything; stopped in the middle of the compression. */
static void
test_sink (FileFixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("org.example", MVX_LOG_LEVEL_INFO, 1, "event", NULL, 0);

  file_set (fixture, "rotate-size", "2KiB");
  file_set (fixture, "compress", "gzip");
  for (guint round = 0; round < 3; round++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MvxLogSink) sink
          = mvx_log_plugin_create_sink (&mvx_static_plugin_file, "app", fixture->options, &error);

      g_assert_no_error (error);
      for (guint i = 0; i < 3000; i++)
        g_assert_true (mvx_log_sink_log (sink, event, &error));
      g_assert_true (mvx_log_sink_terminate (sink, -1, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (count_all (fixture), ==, (round + 1) * 3000);
    }
}

/* A program that is gone at once has done that much. */
static void
test_short_run (FileFixture *fixture, gconstpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GError) error = NULL;

  put (fixture, "app.20260101-000000Z.1.log", "old");
  put (fixture, "app.20260102-000000Z.1.log", "old");
  put (fixture, "app.20260103-000000Z.1.log", "new");
  file_set (fixture, "rotate-size", "1MiB");
  file_set (fixture, "retain-count", "1");
  g_main_context_push_thread_default (context);
  file_open (fixture);
  g_assert_true (mvx_static_plugin_file.plugin->on_starting (fixture->instance, &error));
  file_close (fixture);
  g_main_context_pop_thread_default (context);
  assert_names (fixture, "app.20260103-000000Z.1.log app.log");
}

#define ADD(name, func)                                                                                                \
  g_test_add ("/file-retain/" name, FileFixture, NULL, file_fixture_set_up, func, file_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("count", test_count);
  ADD ("size", test_size);
  ADD ("age", test_age);
  ADD ("kinds", test_kinds);
  ADD ("gzip", test_gzip);
  ADD ("zstd", test_zstd);
  ADD ("interrupted", test_interrupted);
  ADD ("cancelled", test_cancelled);
  ADD ("in-use", test_in_use);
  ADD ("compress-fails", test_compress_fails);
  ADD ("sink", test_sink);
  ADD ("short-run", test_short_run);
  return g_test_run ();
}
