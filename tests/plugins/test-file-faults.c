/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Full and read-only file systems, real ones: tmpfs in a mount namespace of the test. */
#include "file-fixture.h"
#include "mount-fixture.h"

#define BALLAST_SIZE (512 * 1024)

static gboolean
mount_tmpfs (FileFixture *fixture)
{
  return mount_fixture_tmpfs (fixture->directory, "size=1m");
}

static void
assert_retry (FileFixture *fixture, guint n, guint *n_done, const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (file_try_dispatch (fixture, 0, n, n_done, &error), ==, MVX_LOG_DISPATCH_RETRY);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_cmpstr (error->message, ==, expected);
}

/* As much of a file as there is room for. */
static void
fill (const char *path, gsize size)
{
  g_autofree char *block = g_malloc0 (4096);
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

  g_assert_cmpint (fd, >=, 0);
  for (gsize done = 0; done < size && write (fd, block, 4096) > 0; done += 4096)
    ;
  close (fd);
}

/* The events are kept; when there is room again they are all there, whole. */
static void
test_full (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *ballast = g_build_filename (fixture->directory, "ballast", NULL);
  g_autofree char *expected = g_strdup_printf (
      "Cannot write to log file '%s': No space left on device; make room in '%s'; the events are kept until it works",
      fixture->path, fixture->directory);
  guint n_done = 0;
  guint n_later = 0;
  guint n_files;

  if (!mount_tmpfs (fixture))
    return;
  file_set (fixture, "rotate-size", data ? data : "0");
  file_open (fixture);
  file_dispatch (fixture, 0, 10);
  fill (ballast, G_MAXSIZE);
  /* The file's own page has room left. */
  assert_retry (fixture, 500, &n_done, expected);
  g_assert_cmpuint (n_done, <, 500);
  assert_retry (fixture, 500 - n_done, &n_later, expected);
  g_assert_cmpuint (n_later, ==, 0);
  g_assert_cmpint (unlink (ballast), ==, 0);
  file_dispatch (fixture, n_done, 500 - n_done);
  file_close (fixture);
  n_later = file_count_rolled (fixture, &n_files);
  g_assert_cmpuint (n_later + file_count_lines (fixture, "app.log"), ==, 510);
  g_assert_cmpuint (n_files, ==, data ? 510 * FILE_LINE_SIZE / 4096 : 0);
  g_assert_cmpint (umount (fixture->directory), ==, 0);
}

static void
test_keep_free (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *ballast = g_build_filename (fixture->directory, "ballast", NULL);
  g_autofree char *expected = g_strdup_printf (
      "Cannot write to log file '%s': the 786432 bytes of keep-free would not stay free; make room in "
      "'%s'; the events are kept until it works",
      fixture->path, fixture->directory);
  guint n_done = 0;

  if (!mount_tmpfs (fixture))
    return;
  file_set (fixture, "keep-free", "768KiB");
  file_open (fixture);
  file_dispatch (fixture, 0, 10);
  fill (ballast, BALLAST_SIZE);
  assert_retry (fixture, 5, &n_done, expected);
  g_assert_cmpuint (n_done, ==, 0);
  g_assert_cmpuint (file_count_lines (fixture, "app.log"), ==, 10);
  g_assert_cmpint (unlink (ballast), ==, 0);
  file_dispatch (fixture, 0, 5);
  file_close (fixture);
  g_assert_cmpuint (file_count_lines (fixture, "app.log"), ==, 15);
  g_assert_cmpint (umount (fixture->directory), ==, 0);
}

static void
test_read_only (FileFixture *fixture, gconstpointer data)
{
  g_autofree char *expected = g_strdup_printf (
      "Cannot open log file '%s': Read-only file system; give a path on a file system that can be written to",
      fixture->path);
  g_autoptr (GError) error = NULL;

  if (!mount_tmpfs (fixture))
    return;
  g_assert_cmpint (mount ("tmpfs", fixture->directory, NULL, MS_REMOUNT | MS_RDONLY, NULL), ==, 0);
  g_assert_null (mvx_static_plugin_file.create (fixture->options, fixture->host, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_READ_ONLY);
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_cmpint (umount (fixture->directory), ==, 0);
}

/* Devices cannot become full. */
static void
test_device (FileFixture *fixture, gconstpointer data)
{
  file_set (fixture, "path", "/dev/null");
  file_set (fixture, "keep-free", "1KiB");
  file_open (fixture);
  file_dispatch (fixture, 0, 5);
}

#define ADD(name, data, func)                                                                                          \
  g_test_add ("/file-faults/" name, FileFixture, data, file_fixture_set_up, func, file_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("full", NULL, test_full);
  ADD ("full-rotating", "4KiB", test_full);
  ADD ("keep-free", NULL, test_keep_free);
  ADD ("read-only", NULL, test_read_only);
  ADD ("device", NULL, test_device);
  return g_test_run ();
}
