/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs on disks that fill up, become read-only, fail, or are taken away: real ones, mounted by the test. The other
 * file has everything, what is lost is counted, and nothing has to be started again. */
#include <signal.h>
#include <sys/resource.h>

#include "fault-calls.h"
#include "file-rig.h"
#include "mount-fixture.h"
#include "peer.h"

#define QUEUE 500
#define SMALL_QUEUE "queue-max-size=500\nqueue-overflow=drop-newest\n"
#define CANNOT "Sink 'sick' cannot deliver now and will try again: "

static void
fill (const char *path)
{
  g_autofree char *block = g_malloc0 (4096);
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  while (syscall (SYS_write, fd, block, 4096) > 0)
    ;
  close (fd);
}

static void
configure (FileRig *rig, const char *more)
{
  g_autoptr (GError) error = NULL;

  file_rig_configure (rig, more, &error);
  g_assert_no_error (error);
}

/* Everything that waits is written within the next attempt. */
static void
recover (const char *what)
{
  gint64 begin = g_get_monotonic_time ();

  file_rig_flush ("sick");
  g_test_message ("%s: delivers again after %.1f ms", what, (double) (g_get_monotonic_time () - begin) / 1000);
}

static guint64
compare_one (FileRig *rig)
{
  const char *const paths[] = { rig->sick, NULL };

  return file_rig_compare (rig, paths);
}

static void
test_full (FileRig *rig, gconstpointer data)
{
  g_autofree char *ballast = g_build_filename (rig->sick_directory, "ballast", NULL);
  g_autofree char *expected = NULL;
  guint64 lost;

  if (!mount_fixture_tmpfs (rig->sick_directory, "size=8m"))
    return;
  configure (rig, SMALL_QUEUE);
  file_rig_log (rig, 100);
  file_rig_flush ("sick");
  fill (ballast);
  /* More than the file's last page has room for. */
  file_rig_log (rig, 100);
  file_rig_wait_told (rig, "No space left on device");
  file_rig_log (rig, 20000);
  file_rig_assert_healthy (rig);
  g_assert_cmpint (unlink (ballast), ==, 0);
  recover ("full");
  file_rig_log (rig, 100);
  recover ("after it");
  lost = compare_one (rig);
  g_assert_cmpuint (lost, >, 20000 - QUEUE);
  file_rig_assert_healthy (rig);
  g_test_message ("full: %u logged, %" G_GUINT64_FORMAT " lost and counted", rig->n_logged, lost);
  expected = g_strdup_printf (CANNOT "Cannot write to log file '%s': No space left on device; make room in '%s'; the "
                                     "events are kept until it works\n",
                              rig->sick, rig->sick_directory);
  file_rig_assert_told (rig, expected);
}

/* No place even for the name of a file: the configuration is refused, the one before goes on. */
static void
test_full_at_open (FileRig *rig, gconstpointer data)
{
  g_autofree char *ballast = g_build_filename (rig->sick_directory, "ballast", NULL);
  g_autofree char *expected = NULL;
  g_autofree char *only = NULL;
  g_autoptr (GError) error = NULL;

  if (!mount_fixture_tmpfs (rig->sick_directory, "size=64k,nr_inodes=2"))
    return;
  only = g_strdup_printf ("[mvxlog]\nversion=1\n[sink healthy]\nplugin=file\npath=%s\nformat=pattern\npattern=%%m\n"
                          "queue-overflow=block\nblock-timeout=-1\n[context]\nsinks=healthy\n",
                          rig->healthy);
  g_assert_true (mvx_log_configure_from_data (only, -1, "only", &error));
  fill (ballast);
  g_assert_false (file_rig_configure (rig, "", &error));
  expected
      = g_strdup_printf ("rig:3:1: error: [sink sick]: Plugin 'file' could not create sink 'sick': Cannot open log "
                         "file '%s': No space left on device; make room in '%s'; nothing was changed",
                         rig->sick, rig->sick_directory);
  g_assert_cmpstr (error->message, ==, expected);
  file_rig_log (rig, 1000);
  file_rig_assert_healthy (rig);
  g_assert_cmpint (unlink (ballast), ==, 0);
  rig->n_logged = 0;
  g_assert_cmpint (unlink (rig->healthy), ==, 0);
  configure (rig, "");
  file_rig_log (rig, 100);
  recover ("full at open");
  g_assert_cmpuint (compare_one (rig), ==, 0);
}

/* Read-only, on a device that may be written to. The device goes with the mount. */
static void
mount_to_read (FileRig *rig, const char *image)
{
  const char *const attach[] = { "losetup", "--find", "--show", image, NULL };
  g_autofree char *device = g_strchomp (peer_run (attach));
  const char *const mount[] = { "mount", "-o", "ro", device, rig->sick_directory, NULL };
  const char *const detach[] = { "losetup", "--detach", device, NULL };

  g_free (peer_run (mount));
  g_free (peer_run (detach));
}

/* An ext4 of its own on a loop device; FALSE, and the test is skipped, where there is none. */
static gboolean
mount_ext4 (FileRig *rig, const char *image)
{
  g_autofree char *mkfs = peer_find ("mkfs.ext4");
  const char *const make[] = { mkfs, "-q", "-O", "^has_journal", image, "8m", NULL };
  const char *const attach[] = { "mount", "-o", "loop", image, rig->sick_directory, NULL };
  g_autofree char *said = NULL;
  g_autofree char *reason = NULL;
  gint status;

  if (mkfs == NULL || !mount_fixture_enter ())
    return FALSE;
  g_free (peer_run (make));
  if (g_spawn_sync (NULL, (char **) attach, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &said, &status, NULL)
      && status == 0)
    return TRUE;
  reason = g_strdup_printf ("cannot mount an image: %s", said ? said : "no mount(8)");
  g_test_skip (g_strdelimit (reason, "\n", ' '));
  return FALSE;
}

/* The kernel finds an error and makes the file system read-only; an administrator unmounts it, for which nobody may
 * have a file open, looks at it, and mounts it again: first to read. */
static void
test_read_only (FileRig *rig, gconstpointer data)
{
  g_autofree char *image = g_build_filename (rig->directory, "image", NULL);
  const char *const abort[] = { "mount", "-o", "remount,abort", rig->sick_directory, NULL };
  const char *const detach[] = { "umount", rig->sick_directory, NULL };
  const char *const again[] = { "mount", "-o", "remount,rw", rig->sick_directory, NULL };
  g_autofree char *inner = NULL;
  g_autofree char *expected = NULL;

  if (!mount_ext4 (rig, image))
    return;
  /* While nothing is mounted there, nothing is to be written to what lies below. What was delivered is on the disk. */
  g_free (rig->sick);
  inner = fixture_make_child (rig->sick_directory, "log", 0700);
  rig->sick = g_build_filename (inner, "app.log", NULL);
  configure (rig, "queue-overflow=block\nblock-timeout=-1\ncreate-directories=false\nfsync=batch\n");
  file_rig_log (rig, 100);
  file_rig_flush ("sick");
  g_free (peer_run (abort));
  file_rig_log (rig, 1000);
  file_rig_wait_told (rig, "Read-only file system");
  g_free (peer_run (detach));
  mount_to_read (rig, image);
  file_rig_log (rig, 1000);
  file_rig_assert_healthy (rig);
  g_free (peer_run (again));
  recover ("read-only");
  g_assert_cmpuint (compare_one (rig), ==, 0);
  g_test_message ("read-only: %u logged, 0 lost", rig->n_logged);
  expected
      = g_strdup_printf (CANNOT "Cannot write to log file '%s': Read-only file system; give a path on a file system "
                                "that can be written to; the events are kept until it works\n",
                         rig->sick);
  file_rig_assert_told (rig, expected);
  mvx_log_reset (NULL);
  g_free (peer_run (detach));
}

/* Every write fails, then none. */
static void
test_io_error (FileRig *rig, gconstpointer data)
{
  g_autofree char *expected = NULL;
  guint64 lost;

  g_atomic_pointer_set (&fault_calls.path, rig->sick);
  configure (rig, SMALL_QUEUE);
  file_rig_log (rig, 100);
  file_rig_flush ("sick");
  g_atomic_int_set (&fault_calls.write_code, EIO);
  file_rig_log (rig, 1);
  file_rig_wait_told (rig, "Input/output error");
  file_rig_log (rig, 5000);
  file_rig_assert_healthy (rig);
  g_atomic_int_set (&fault_calls.write_code, 0);
  recover ("EIO");
  lost = compare_one (rig);
  g_assert_cmpuint (lost, ==, 1 + 5000 - QUEUE);
  g_test_message ("EIO: %u logged, %" G_GUINT64_FORMAT " lost and counted", rig->n_logged, lost);
  expected
      = g_strdup_printf (CANNOT "Cannot write to log file '%s': Input/output error; look at the health of the file "
                                "system of '%s'; the events are kept until it works\n",
                         rig->sick, rig->sick_directory);
  file_rig_assert_told (rig, expected);
  g_atomic_pointer_set (&fault_calls.path, NULL);
}

/* The program gets no SIGXFSZ. */
static void
test_file_size (FileRig *rig, gconstpointer data)
{
  g_autoptr (MvxLogSink) healthy = NULL;
  g_autofree char *expected = NULL;
  struct rlimit before;
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  limit = before;
  limit.rlim_cur = 65536;
  configure (rig, "");
  /* The limit is that of the process. */
  healthy = mvx_log_get_sink ("healthy");
  mvx_log_sink_set_level (healthy, MVX_LOG_LEVEL_WARNING);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  file_rig_log (rig, 2000);
  file_rig_wait_told (rig, "File too large");
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  recover ("RLIMIT_FSIZE");
  g_assert_cmpuint (compare_one (rig), ==, 0);
  expected = g_strdup_printf (CANNOT "Cannot write to log file '%s': File too large; raise the limit of the size of "
                                     "files (ulimit -f), or set rotate-size below it; the events are kept until it "
                                     "works\n",
                              rig->sick);
  file_rig_assert_told (rig, expected);
}

/* The name of a rolled file, if there is just one. */
static char *
find_rolled (FileRig *rig)
{
  g_autoptr (GDir) dir = g_dir_open (rig->sick_directory, 0, NULL);
  char *found = NULL;
  const char *name;

  while ((name = g_dir_read_name (dir)))
    if (g_str_has_prefix (name, "app.2"))
      {
        g_assert_null (found);
        found = g_build_filename (rig->sick_directory, name, NULL);
      }
  g_assert_nonnull (found);
  return found;
}

/* It has to roll, and no file can be opened. */
static void
test_open_files (FileRig *rig, gconstpointer data)
{
  g_autofree char *rolled = NULL;
  g_autofree char *expected = NULL;
  struct rlimit before;
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  limit = before;
  limit.rlim_cur = 3;
  configure (rig, "rotate-size=64KiB\nqueue-overflow=block\nblock-timeout=-1\n");
  file_rig_log (rig, 100);
  file_rig_flush ("sick");
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  file_rig_log (rig, 3000);
  file_rig_flush ("sick");
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
  file_rig_log (rig, 10);
  recover ("EMFILE");
  rolled = find_rolled (rig);
  {
    const char *const paths[] = { rolled, rig->sick, NULL };

    g_assert_cmpuint (file_rig_compare (rig, paths), ==, 0);
  }
  file_rig_assert_healthy (rig);
  expected = g_strdup_printf (
      "sink 'sick': Cannot open log file '%s': Too many open files; raise the limit of open files\n", rig->sick);
  file_rig_assert_told (rig, expected);
}

/* With the directory, under load: what was in it is gone, everything else is there. */
static void
test_directory (FileRig *rig, gconstpointer data)
{
  g_autofree guint8 *seen = NULL;
  guint before;
  guint n;

  configure (rig, "queue-overflow=block\nblock-timeout=-1\n");
  file_rig_log (rig, 5000);
  file_rig_flush ("sick");
  before = rig->n_logged;
  fixture_remove (rig->sick_directory);
  file_rig_log (rig, 5000);
  file_rig_flush ("sick");
  seen = g_new0 (guint8, rig->n_logged);
  n = file_rig_read (rig, rig->sick, seen);
  g_assert_cmpuint (n, ==, 5000);
  g_assert_cmpuint (seen[before], ==, 1);
  file_rig_assert_healthy (rig);
  file_rig_assert_told (rig, "");
}

#define ADD(name, func) g_test_add ("/file-disk/" name, FileRig, NULL, file_rig_set_up, func, file_rig_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("full", test_full);
  ADD ("full-at-open", test_full_at_open);
  ADD ("read-only", test_read_only);
  ADD ("io-error", test_io_error);
  ADD ("file-size", test_file_size);
  ADD ("open-files", test_open_files);
  ADD ("directory", test_directory);
  return g_test_run ();
}
