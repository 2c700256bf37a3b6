/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What others do to a file, and what a disk does: removed, replaced, failing writes, limits of the process. */
#include "file-fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "fault-calls.h"

static FileFixture *current; /* for what happens inside of a write */

static void
set_up (FileFixture *fixture, gconstpointer data)
{
  file_fixture_set_up (fixture, data);
  fault_calls = (FaultCalls){ .path = fixture->path };
  current = fixture;
}

static void
tear_down (FileFixture *fixture, gconstpointer data)
{
  fault_calls = (FaultCalls){ 0 };
  file_fixture_tear_down (fixture, data);
}

static gint64
get_count (FileFixture *fixture, const char *name)
{
  g_autoptr (GVariant) counts = mvx_log_sink_host_get_counts (fixture->host);
  gint64 n = 0;

  g_variant_lookup (counts, name, "x", &n);
  return n;
}

static void assert_retry (FileFixture *fixture, guint first, guint n, guint expected_done, const char *format, ...)
    G_GNUC_PRINTF (5, 6);

static void
assert_retry (FileFixture *fixture, guint first, guint n, guint expected_done, const char *format, ...)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = NULL;
  guint n_done = 99;
  va_list args;

  va_start (args, format);
  expected = g_strdup_vprintf (format, args);
  va_end (args);
  g_assert_cmpint (file_try_dispatch (fixture, first, n, &n_done, &error), ==, MVX_LOG_DISPATCH_RETRY);
  g_assert_nonnull (error);
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_cmpuint (n_done, ==, expected_done);
}

/* Just so many, each whole, in their order, none twice. */
static void
assert_events (FileFixture *fixture, const char *name, guint first, guint n)
{
  g_autofree char *path = g_build_filename (fixture->directory, name, NULL);
  g_autofree char *content = NULL;
  g_autoptr (GString) expected = g_string_new (NULL);

  for (guint i = first; i < first + n; i++)
    g_string_append_printf (expected, "event %04u of this test\n", i);
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, expected->str);
}

static void assert_told (FileFixture *fixture, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
assert_told (FileFixture *fixture, const char *format, ...)
{
  g_autofree char *expected = NULL;
  va_list args;

  va_start (args, format);
  expected = g_strdup_vprintf (format, args);
  va_end (args);
  g_assert_cmpuint (fixture->diagnostics->len, ==, 1);
  g_assert_cmpstr (fixture->diagnostics->pdata[0], ==, expected);
  g_ptr_array_set_size (fixture->diagnostics, 0);
}

/* Has this process the file open, under whatever name? */
static gboolean
is_held (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const char *name;
  gboolean held = FALSE;

  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *link = g_build_filename ("/proc/self/fd", name, NULL);
      g_autofree char *target = g_file_read_link (link, NULL);

      held = held || (target && g_str_has_prefix (target, path));
    }
  return held;
}

/* Left at once, and not within a second. */
static void
test_removed (FileFixture *fixture, gconstpointer data)
{
  file_set (fixture, "rotate-size", data ? data : "0");
  file_open (fixture);
  file_dispatch (fixture, 0, 3);
  g_assert_cmpint (unlink (fixture->path), ==, 0);
  file_dispatch (fixture, 3, 3);
  assert_events (fixture, "app.log", 3, 3);
  g_assert_cmpint (get_count (fixture, "reopened"), ==, 1);
  g_assert_cmpuint (fixture->diagnostics->len, ==, 0);
}

static void
remove_now (void)
{
  g_assert_cmpint (unlink (current->path), ==, 0);
}

/* In the very moment: what nobody would see is written again. */
static void
test_removed_meanwhile (FileFixture *fixture, gconstpointer data)
{
  file_set (fixture, "rotate-size", data ? data : "0");
  file_set (fixture, "buffer-size", "48");
  file_open (fixture);
  fault_calls.n_good = 99;
  fault_calls.after_write = remove_now;
  file_dispatch (fixture, 0, 9);
  assert_events (fixture, "app.log", 0, 9);
  g_assert_cmpint (get_count (fixture, "reopened"), ==, 1);
}

/* Who does not want the path to be watched keeps the file. */
static void
test_removed_unwatched (FileFixture *fixture, gconstpointer data)
{
  file_set (fixture, "watch", "false");
  file_open (fixture);
  g_assert_cmpint (unlink (fixture->path), ==, 0);
  file_dispatch (fixture, 0, 3);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (get_count (fixture, "reopened"), ==, 0);
}

static void
test_directory_removed (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *directory = g_build_filename (fixture->directory, "a", NULL);
  g_autofree char *path = g_build_filename (directory, "app.log", NULL);

  file_set (fixture, "path", path);
  file_set (fixture, "rotate-size", data ? data : "0");
  file_open (fixture);
  file_dispatch (fixture, 0, 3);
  fixture_remove (directory);
  file_dispatch (fixture, 3, 3);
  assert_events (fixture, "a/app.log", 3, 3);
  /* If nobody may make it again, events are kept until it is there. */
  file_set (fixture, "create-directories", "false");
  file_open (fixture);
  fixture_remove (directory);
  assert_retry (fixture, 0, 2, 0,
                "Cannot open log file '%s': No such file or directory; create the directory '%s' or set "
                "create-directories=true",
                path, directory);
  g_assert_false (is_held (path));
  g_assert_cmpint (mkdir (directory, 0700), ==, 0);
  file_dispatch (fixture, 0, 2);
  assert_events (fixture, "a/app.log", 0, 2);
}

/* A link that somebody puts there leads nowhere; events wait until it is gone. */
static void
test_replaced_by_link (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *victim = fixture_write (fixture->directory, "victim", "precious\n", 0600);
  g_autofree char *content = NULL;

  file_set (fixture, "follow-symlinks", "false");
  file_open (fixture);
  file_dispatch (fixture, 0, 1);
  g_assert_cmpint (unlink (fixture->path), ==, 0);
  g_assert_cmpint (symlink ("victim", fixture->path), ==, 0);
  for (guint i = 0; i < 3; i++)
    assert_retry (fixture, 1, 2, 0,
                  "Cannot open log file '%s': Too many levels of symbolic links; it is a symbolic link; set "
                  "follow-symlinks=true if that is wanted",
                  fixture->path);
  g_assert_true (g_file_get_contents (victim, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "precious\n");
  g_assert_cmpint (unlink (fixture->path), ==, 0);
  file_dispatch (fixture, 1, 2);
  assert_events (fixture, "app.log", 1, 2);
}

/* Nor does a FIFO hold the worker up. */
static void
test_replaced_by_fifo (FileFixture *fixture, gconstpointer data)
{
  file_set (fixture, "rotate-size", data ? data : "0");
  file_open (fixture);
  g_assert_cmpint (unlink (fixture->path), ==, 0);
  g_assert_cmpint (mkfifo (fixture->path, 0600), ==, 0);
  assert_retry (fixture, 0, 2, 0,
                "Cannot open log file '%s': it is a FIFO or something else that is not a regular file; remove it or "
                "give another path",
                fixture->path);
  g_assert_cmpint (unlink (fixture->path), ==, 0);
  file_dispatch (fixture, 0, 2);
  assert_events (fixture, "app.log", 0, 2);
}

/* Moved away, and its place is taken: the old file goes on, and that is told once, not with each write. */
static void
test_astray (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *moved = g_build_filename (fixture->directory, "moved", NULL);

  file_set (fixture, "rotate-size", "240");
  file_open (fixture);
  g_assert_cmpint (rename (fixture->path, moved), ==, 0);
  g_assert_cmpint (mkdir (fixture->path, 0700), ==, 0);
  for (guint i = 0; i < 20; i++)
    file_dispatch (fixture, i, 1);
  assert_events (fixture, "moved", 0, 20);
  assert_told (fixture, "Cannot open log file '%s': Is a directory; give the name of a file in it", fixture->path);
  g_assert_cmpint (rmdir (fixture->path), ==, 0);
  file_dispatch (fixture, 20, 2);
  assert_events (fixture, "app.log", 20, 2);
  g_assert_cmpuint (fixture->diagnostics->len, ==, 0);
}

/* The file is closed, so that its file system can be unmounted, checked and mounted again. */
static void
test_io_error (FileFixture *fixture, gconstpointer data)
{
  file_set (fixture, "rotate-size", data ? data : "0");
  file_open (fixture);
  file_dispatch (fixture, 0, 1);
  g_assert_true (is_held (fixture->path));
  fault_calls.write_code = EIO;
  assert_retry (fixture, 1, 3, 0,
                "Cannot write to log file '%s': Input/output error; look at the health of the file system of '%s'; the "
                "events are kept until it works",
                fixture->path, fixture->directory);
  g_assert_false (is_held (fixture->path));
  fault_calls.write_code = 0;
  file_dispatch (fixture, 1, 3);
  assert_events (fixture, "app.log", 0, 4);
  g_assert_cmpint (get_count (fixture, "reopened"), ==, 1);
}

/* In the middle of a line, which is completed in the file where it was begun, or begins anew in another one. */
static void
test_io_error_torn (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *moved = g_build_filename (fixture->directory, "moved", NULL);

  for (gsize cut = 1; cut < 2 * FILE_LINE_SIZE; cut += 5)
    {
      guint n_done = (guint) (cut / FILE_LINE_SIZE);

      unlink (fixture->path);
      fault_calls.write_code = 0;
      file_open (fixture);
      fault_calls.short_size = cut;
      fault_calls.write_code = EIO;
      assert_retry (fixture, 0, 3, n_done,
                    "Cannot write to log file '%s': Input/output error; look at the health of the file system of '%s'; "
                    "the events are kept until it works",
                    fixture->path, fixture->directory);
      fault_calls.write_code = 0;
      if (data)
        g_assert_cmpint (rename (fixture->path, moved), ==, 0);
      file_dispatch (fixture, n_done, 3 - n_done);
      assert_events (fixture, "app.log", data ? n_done : 0, data ? 3 - n_done : 3);
    }
}

static void
test_short (FileFixture *fixture, gconstpointer data)
{
  file_open (fixture);
  fault_calls.short_size = 7;
  file_dispatch (fixture, 0, 3);
  fault_calls.write_code = -1;
  assert_retry (fixture, 3, 1, 0,
                "Cannot write to log file '%s': Input/output error; look at the health of the file system of '%s'; the "
                "events are kept until it works",
                fixture->path, fixture->directory);
  fault_calls.write_code = 0;
  file_dispatch (fixture, 3, 1);
  assert_events (fixture, "app.log", 0, 4);
}

/* What may not be on the disk is written again, by way of a file that is opened anew: a second fdatasync(2) would say
 * that all is well. */
static void
test_sync (FileFixture *fixture, gconstpointer data)
{
  file_set (fixture, "fsync", "batch");
  file_open (fixture);
  fault_calls.sync_code = EIO;
  assert_retry (fixture, 0, 3, 0,
                "Cannot force log file '%s' to the disk: Input/output error; look at the health of the disk",
                fixture->path);
  g_assert_false (is_held (fixture->path));
  fault_calls.sync_code = 0;
  file_dispatch (fixture, 0, 3);
  g_assert_cmpuint (file_count_lines (fixture, "app.log"), ==, 6);
  g_assert_cmpuint (fault_calls.n_synced, ==, 2);
}

/* The part of a batch that was written counts only if it is on the disk. */
static void
test_sync_part (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *expected = g_strdup_printf (
      "Cannot write to log file '%s': No space left on device; make room in '%s'; the events are kept until it works",
      fixture->path, fixture->directory);

  file_set (fixture, "fsync", "batch");
  file_set (fixture, "buffer-size", "48");
  file_open (fixture);
  fault_calls.n_good = 1;
  fault_calls.write_code = ENOSPC;
  assert_retry (fixture, 0, 9, 2, "%s", expected);
  g_assert_cmpuint (fault_calls.n_synced, ==, 1);
  fault_calls.n_good = 1;
  fault_calls.sync_code = EIO;
  assert_retry (fixture, 2, 7, 0, "%s", expected);
  fault_calls.write_code = fault_calls.sync_code = 0;
  file_dispatch (fixture, 2, 7);
  g_assert_cmpuint (file_count_lines (fixture, "app.log"), ==, 2 + 2 + 7);
}

/* A dead disk does not keep anybody from going to another one. */
static void
test_sync_reopen (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *moved = g_build_filename (fixture->directory, "moved", NULL);
  g_autofree char *expected = g_strdup_printf (
      "Cannot force log file '%s' to the disk: Input/output error; look at the health of the disk", fixture->path);
  g_autoptr (GError) error = NULL;

  file_set (fixture, "fsync", "close");
  file_open (fixture);
  file_dispatch (fixture, 0, 2);
  fault_calls.sync_code = EIO;
  g_assert_false (mvx_static_plugin_file.plugin->reopen (fixture->instance, &error));
  g_assert_cmpstr (error->message, ==, expected);
  file_dispatch (fixture, 2, 2);
  assert_events (fixture, "app.log", 0, 4);
  g_assert_cmpint (rename (fixture->path, moved), ==, 0);
  g_clear_error (&error);
  fault_calls.path = moved;
  g_assert_false (mvx_static_plugin_file.plugin->reopen (fixture->instance, &error));
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_false (is_held (moved));
  file_dispatch (fixture, 4, 2);
  assert_events (fixture, "app.log", 4, 2);
}

/* What is in a new file is safe only if its name is. */
static void
test_sync_directory (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->directory, "a", "b", "app.log", NULL);

  file_set (fixture, "path", path);
  file_set (fixture, "fsync", data);
  file_open (fixture);
  g_assert_cmpuint (fault_calls.n_synced_directory, ==, g_str_equal (data, "none") ? 0 : 3);
  file_open (fixture);
  g_assert_cmpuint (fault_calls.n_synced_directory, ==, g_str_equal (data, "none") ? 0 : 3);
}

static void
limit (int resource, rlim_t value)
{
  struct rlimit now;

  g_assert_cmpint (getrlimit ((__rlimit_resource_t) resource, &now), ==, 0);
  now.rlim_cur = MIN (value, now.rlim_max);
  g_assert_cmpint (setrlimit ((__rlimit_resource_t) resource, &now), ==, 0);
}

/* The process may not make files as large as rotate-size says: they are rolled before, without a torn line. */
static void
test_file_size (FileFixture *fixture, gconstpointer data)
{
  guint n_files;
  guint n;

  signal (SIGXFSZ, SIG_IGN);
  file_set (fixture, "rotate-size", "1MiB");
  file_open (fixture);
  limit (RLIMIT_FSIZE, 100);
  file_dispatch (fixture, 0, 50);
  limit (RLIMIT_FSIZE, RLIM_INFINITY);
  n = file_count_rolled (fixture, &n_files);
  g_assert_cmpuint (n, ==, 4 * n_files);
  g_assert_cmpuint (n_files, ==, 12);
  g_assert_cmpuint (n + file_count_lines (fixture, "app.log"), ==, 50);
  g_assert_cmpuint (fixture->diagnostics->len, ==, 0);
  /* A line that is too large for any file is no reason to roll. */
  limit (RLIMIT_FSIZE, 10);
  g_assert_cmpint (unlink (fixture->path), ==, 0);
  assert_retry (fixture, 50, 2, 0,
                "Cannot write to log file '%s': File too large; raise the limit of the size of files (ulimit -f), or "
                "set rotate-size below it; the events are kept until it works",
                fixture->path);
  limit (RLIMIT_FSIZE, RLIM_INFINITY);
  file_dispatch (fixture, 50, 2);
  assert_events (fixture, "app.log", 50, 2);
}

/* Rolled, but the new file cannot be opened: the old one goes on, told once, until it can. */
static void
test_open_files (FileFixture *fixture, gconstpointer data)
{
  struct rlimit before;
  guint n_files;
  guint n;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  file_set (fixture, "rotate-size", "100");
  file_open (fixture);
  file_dispatch (fixture, 0, 4);
  limit (RLIMIT_NOFILE, 3);
  for (guint i = 4; i < 24; i++)
    file_dispatch (fixture, i, 1);
  limit (RLIMIT_NOFILE, before.rlim_cur);
  assert_told (fixture, "Cannot open log file '%s': Too many open files; raise the limit of open files", fixture->path);
  file_dispatch (fixture, 24, 6);
  n = file_count_rolled (fixture, &n_files);
  g_assert_cmpuint (n_files, ==, 2);
  g_assert_cmpuint (n, ==, 24 + 4);
  assert_events (fixture, "app.log", 28, 2);
  g_assert_cmpuint (fixture->diagnostics->len, ==, 0);
}

/* The record of the last rotation is a file that others may meddle with, too. */
static void
test_record (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *record = g_build_filename (fixture->directory, ".app.log.began", NULL);
  g_autofree char *victim = fixture_write (fixture->directory, "victim", "2020-01-01T00:00:00Z\n", 0600);
  g_autofree char *content = NULL;

  g_assert_cmpint (mkfifo (record, 0600), ==, 0);
  file_set (fixture, "rotate", "yearly");
  file_open (fixture);
  file_dispatch (fixture, 0, 1);
  g_assert_true (g_file_test (record, G_FILE_TEST_IS_REGULAR));
  g_assert_cmpint (unlink (record), ==, 0);
  g_assert_cmpint (symlink ("victim", record), ==, 0);
  file_open (fixture);
  file_dispatch (fixture, 1, 1);
  assert_events (fixture, "app.log", 0, 2);
  g_assert_true (g_file_get_contents (victim, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "2020-01-01T00:00:00Z\n");
}

#define ADD(name, data, func) g_test_add ("/file-trouble/" name, FileFixture, data, set_up, func, tear_down)

/* What is printed on a standard stream that was closed must not go into the log. */
static void
test_closed_descriptors (FileFixture *fixture, gconstpointer data)
{
  int saved = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  struct stat log;
  struct stat standard;

  g_assert_cmpint (close (STDIN_FILENO), ==, 0);
  file_open (fixture);
  g_assert_cmpint (stat (fixture->path, &log), ==, 0);
  g_assert_true (fstat (STDIN_FILENO, &standard) != 0 || standard.st_ino != log.st_ino
                 || standard.st_dev != log.st_dev);
  file_dispatch (fixture, 0, 2);
  g_assert_cmpuint (file_count_lines (fixture, "app.log"), ==, 2);
  file_close (fixture);
  g_assert_cmpint (dup2 (saved, STDIN_FILENO), ==, STDIN_FILENO);
  close (saved);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("closed-descriptors", NULL, test_closed_descriptors);
  ADD ("removed", NULL, test_removed);
  ADD ("removed/rotating", "1MiB", test_removed);
  ADD ("removed/meanwhile", NULL, test_removed_meanwhile);
  ADD ("removed/meanwhile-rotating", "1MiB", test_removed_meanwhile);
  ADD ("removed/unwatched", NULL, test_removed_unwatched);
  ADD ("removed/directory", NULL, test_directory_removed);
  ADD ("removed/directory-rotating", "1MiB", test_directory_removed);
  ADD ("replaced/link", NULL, test_replaced_by_link);
  ADD ("replaced/fifo", NULL, test_replaced_by_fifo);
  ADD ("replaced/fifo-rotating", "1MiB", test_replaced_by_fifo);
  ADD ("replaced/directory", NULL, test_astray);
  ADD ("io-error", NULL, test_io_error);
  ADD ("io-error/rotating", "1MiB", test_io_error);
  ADD ("io-error/torn", NULL, test_io_error_torn);
  ADD ("io-error/torn-elsewhere", "elsewhere", test_io_error_torn);
  ADD ("short", NULL, test_short);
  ADD ("sync/batch", NULL, test_sync);
  ADD ("sync/part", NULL, test_sync_part);
  ADD ("sync/reopen", NULL, test_sync_reopen);
  ADD ("sync/directory-none", "none", test_sync_directory);
  ADD ("sync/directory-batch", "batch", test_sync_directory);
  ADD ("limit/file-size", NULL, test_file_size);
  ADD ("limit/open-files", NULL, test_open_files);
  ADD ("record", NULL, test_record);
  return g_test_run ();
}
