/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Databases that are locked, damaged, on full and on read-only disks. */
#include "sqlite-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

static void
assert_locked (SqliteFixture *fixture)
{
  g_autofree char *expected = g_strdup_printf (
      "Cannot write to database '%s': another process has locked it for longer than busy-timeout; the "
      "events are kept until it works",
      fixture->path);

  store_assert_trouble (&fixture->store, MVX_LOG_DISPATCH_RETRY, 3, expected);
}

static void
test_locked (SqliteFixture *fixture, gconstpointer data)
{
  sqlite3 *other;

  store_set (&fixture->store, "busy-timeout", "1ms");
  store_open (&fixture->store);
  store_dispatch (&fixture->store, 0, 1);
  other = sqlite_connect (fixture->path);
  sqlite_run (other, "BEGIN IMMEDIATE");
  assert_locked (fixture);
  assert_locked (fixture);
  /* Readers do not mind. */
  assert_sql (fixture->path, "SELECT count(*) FROM events", "1");
  sqlite_run (other, "COMMIT");
  store_dispatch (&fixture->store, 1, 3);
  sqlite3_close (other);
  assert_sql (fixture->path, "SELECT group_concat(message, ',') FROM events", "event 0,event 1,event 2,event 3");
}

/* The sink is there all the same, and works when the lock has gone. */
static void
test_locked_at_start (SqliteFixture *fixture, gconstpointer data)
{
  sqlite3 *other = sqlite_connect (fixture->path);

  sqlite_run (other, "BEGIN EXCLUSIVE");
  store_set (&fixture->store, "busy-timeout", "1ms");
  store_open (&fixture->store);
  assert_locked (fixture);
  sqlite_run (other, "COMMIT");
  sqlite3_close (other);
  store_dispatch (&fixture->store, 0, 1);
  assert_sql (fixture->path, "SELECT count(*) FROM events", "1");
}

static gpointer
cancel (gpointer host)
{
  mvx_log_sink_host_cancel (host);
  return NULL;
}

/* A sink that goes away does not wait for hours. */
static void
test_cancelled (SqliteFixture *fixture, gconstpointer data)
{
  sqlite3 *other;
  GThread *thread;

  store_set (&fixture->store, "busy-timeout", "1h");
  store_open (&fixture->store);
  other = sqlite_connect (fixture->path);
  sqlite_run (other, "BEGIN IMMEDIATE");
  thread = g_thread_new ("cancel", cancel, fixture->store.host);
  assert_locked (fixture);
  g_thread_join (thread);
  sqlite3_close (other);
}

static void
overwrite (const char *path, gsize from)
{
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_file_get_contents (path, &content, &size, &error);
  g_assert_no_error (error);
  memset (content + from, 0x5a, size - from);
  g_file_set_contents (path, content, (gssize) size, &error);
  g_assert_no_error (error);
}

static void
test_damaged (SqliteFixture *fixture, gconstpointer data)
{
  g_autofree char *expected = g_strdup_printf (
      "Database '%s' is damaged (database disk image is malformed): move it away together with its '-wal' and '-shm', "
      "and "
      "apply the configuration again to begin a new one; \"sqlite3 FILE .recover\" saves what is left",
      fixture->path);

  store_open (&fixture->store);
  store_dispatch (&fixture->store, 0, 100);
  store_close (&fixture->store);
  overwrite (fixture->path, 4096);
  store_open (&fixture->store);
  store_assert_trouble (&fixture->store, MVX_LOG_DISPATCH_FAILED, 1, expected);
}

/* FALSE, and the test is skipped, where nobody may mount. */
static gboolean
mount_tmpfs (SqliteFixture *fixture)
{
  static gboolean is_private;

  if (!is_private && (unshare (CLONE_NEWNS) != 0 || mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0))
    {
      g_autofree char *reason = g_strdup_printf ("cannot have a mount namespace: %s", g_strerror (errno));

      g_test_skip (reason);
      return FALSE;
    }
  is_private = TRUE;
  if (mount ("tmpfs", fixture->store.directory, "tmpfs", 0, "size=1m") == 0)
    return TRUE;
  g_test_skip ("cannot mount tmpfs");
  return FALSE;
}

static void
fill (const char *path)
{
  static const char block[4096];
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

  g_assert_cmpint (fd, >=, 0);
  while (write (fd, block, sizeof block) > 0)
    ;
  close (fd);
}

static void
test_full (SqliteFixture *fixture, gconstpointer data)
{
  g_autofree char *ballast = g_build_filename (fixture->store.directory, "ballast", NULL);
  g_autofree char *expected = g_strdup_printf (
      "Cannot write to database '%s': its disk is full; make room, or set retain-size; the events are "
      "kept until it works",
      fixture->path);

  if (!mount_tmpfs (fixture))
    return;
  store_open (&fixture->store);
  store_dispatch (&fixture->store, 0, 10);
  fill (ballast);
  store_assert_trouble (&fixture->store, MVX_LOG_DISPATCH_RETRY, 500, expected);
  store_assert_trouble (&fixture->store, MVX_LOG_DISPATCH_RETRY, 500, expected);
  unlink (ballast);
  store_dispatch (&fixture->store, 10, 500);
  assert_sql (fixture->path, "SELECT count(*), count(DISTINCT message) FROM events", "510|510");
  assert_sql (fixture->path, "PRAGMA integrity_check", "ok");
  store_close (&fixture->store);
  umount2 (fixture->store.directory, MNT_DETACH);
}

static void
test_read_only (SqliteFixture *fixture, gconstpointer data)
{
  g_autofree char *expected = NULL;

  if (!mount_tmpfs (fixture))
    return;
  store_open (&fixture->store);
  store_dispatch (&fixture->store, 0, 10);
  store_close (&fixture->store);
  g_assert_cmpint (mount ("tmpfs", fixture->store.directory, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL), ==, 0);
  expected = g_strdup_printf ("Cannot open database '%s': Read-only file system; let user %u read and write it",
                              fixture->path, (guint) geteuid ());
  store_assert_refused (&fixture->store, expected);
  g_assert_cmpint (mount ("tmpfs", fixture->store.directory, "tmpfs", MS_REMOUNT, NULL), ==, 0);
  store_open (&fixture->store);
  store_dispatch (&fixture->store, 10, 1);
  assert_sql (fixture->path, "SELECT count(*) FROM events", "11");
  store_close (&fixture->store);
  umount2 (fixture->store.directory, MNT_DETACH);
}

#define add(name, func)                                                                                                \
  g_test_add ("/sqlite-faults/" name, SqliteFixture, NULL, sqlite_fixture_set_up, func, sqlite_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("locked", test_locked);
  add ("locked-at-start", test_locked_at_start);
  add ("cancelled", test_cancelled);
  add ("damaged", test_damaged);
  add ("full", test_full);
  add ("read-only", test_read_only);
  return g_test_run ();
}
