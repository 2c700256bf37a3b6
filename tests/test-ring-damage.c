/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Crash rings that are damaged, and places that are none: nobody can be made to take part, and the sink works without.
 */
#include "ring-rig.h"

#include <sys/mount.h>

#include "test-size.h"

#include "async/ring-names-private.h"
#include "async/ring-private.h"
#include "durable/crc32c-private.h"

static GPtrArray *said; /* of diagnostics; with the mutex */
static GMutex said_mutex;

static void
note_diag (gint level, const char *message, gpointer data)
{
  g_mutex_lock (&said_mutex);
  g_ptr_array_add (said, g_strdup (message));
  g_mutex_unlock (&said_mutex);
}

static void
listen_to_diag (void)
{
  said = g_ptr_array_new_with_free_func (g_free);
  mvx_log_diag_set_func (note_diag, NULL, NULL);
}

/* Exactly this was said. */
static void
end_diag (const char *expected)
{
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_assert_cmpuint (said->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (said, 0), ==, expected);
  g_clear_pointer (&said, g_ptr_array_unref);
}

static char *
find_file (Fixture *fixture, const char *suffix)
{
  g_auto (GStrv) names = mvx_log_spool_home_list (fixture->rings, NULL);
  g_autofree char *path = g_build_filename (fixture->rings, names[0], NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)))
    if (g_str_has_suffix (name, suffix))
      return g_build_filename (path, name, NULL);
  g_assert_not_reached ();
}

static void
write_at (const char *path, gsize offset, gconstpointer bytes, gsize size)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  g_assert_cmpint (pwrite (fd, bytes, size, (off_t) offset), ==, (gssize) size);
  close (fd);
}

static guint64
read_position (const char *lane)
{
  guint64 position;
  int fd = open (lane, O_RDONLY | O_CLOEXEC);

  g_assert_cmpint (pread (fd, &position, sizeof position, G_STRUCT_OFFSET (MvxLogLane, position)), ==, 8);
  close (fd);
  return position;
}

/* Bytes of a record behind the mark that never came count for nothing; a mark too far is noticed. */
static void
test_torn_record (Fixture *fixture, gconstpointer data)
{
  g_autofree char *lane = NULL;
  g_autofree char *segment = NULL;
  g_autofree char *expected
      = g_strdup_printf ("Places that cannot be read in the crash rings of '%s': 1", fixture->rings);
  g_autoptr (GPtrArray) events = NULL;
  MvxLogRecoverLedger ledger;
  guint64 position;

  run_and_kill (fixture, "stuck", "20", 1);
  lane = find_file (fixture, ".lane");
  segment = find_file (fixture, ".segment");
  position = read_position (lane);
  write_at (segment, MVX_LOG_SEGMENT_HEAD + position, "\x80\0\0\0half of a record", 20);
  events = recover_with_ledger (fixture, MVX_LOG_RECOVER_KEEP, &ledger);
  assert_numbers (events, 0, 20);
  g_assert_cmpuint (ledger.n_damaged, ==, 0);
  g_clear_pointer (&events, g_ptr_array_unref);

  position += 64;
  write_at (lane, G_STRUCT_OFFSET (MvxLogLane, position), &position, sizeof position);
  listen_to_diag ();
  events = recover_with_ledger (fixture, MVX_LOG_RECOVER_TAKE, &ledger);
  end_diag (expected);
  assert_numbers (events, 0, 20);
  g_assert_cmpuint (ledger.n_damaged, ==, 1);
}

/* Sizes beyond all that is there: what is there is read, and nobody asks for memory that would be missing. */
static void
test_giant (Fixture *fixture, gconstpointer data)
{
  const guint64 far = G_MAXUINT32;
  const guint32 size = G_MAXUINT32;
  g_autofree char *lane = NULL;
  g_autofree char *segment = NULL;
  g_autofree char *expected
      = g_strdup_printf ("Places that cannot be read in the crash rings of '%s': 1", fixture->rings);
  g_autoptr (GPtrArray) events = NULL;
  MvxLogRecoverLedger ledger;

  run_and_kill (fixture, "stuck", "20", 1);
  lane = find_file (fixture, ".lane");
  segment = find_file (fixture, ".segment");
  write_at (lane, G_STRUCT_OFFSET (MvxLogLane, position), &far, sizeof far);
  write_at (segment, G_STRUCT_OFFSET (MvxLogSegment, size), &size, sizeof size);
  listen_to_diag ();
  events = recover_with_ledger (fixture, MVX_LOG_RECOVER_TAKE, &ledger);
  end_diag (expected);
  assert_numbers (events, 0, 20);
  g_assert_cmpuint (ledger.n_damaged, ==, 1);
  g_assert_cmpuint (count_rings (fixture), ==, 0);
}

/* A place in the program with more fields than there are bytes, and clocks that cannot be: with checksums that are
 * right. */
static void
test_forged_names (Fixture *fixture, gconstpointer data)
{
  guint32 site[] = { 40, 0, 2, 77, 20, 1, G_MAXUINT16, G_MAXUINT32, G_MAXUINT32, G_MAXUINT32 };
  g_autofree char *names = NULL;
  g_autofree char *bytes = NULL;
  g_autoptr (GPtrArray) events = NULL;
  gint64 clocks[3] = { G_MININT64, G_MAXINT64, G_MININT64 };
  guint32 crc;
  gsize size;

  run_and_kill (fixture, "stuck", "20", 1);
  names = find_file (fixture, MVX_LOG_RING_NAMES);
  g_assert_true (g_file_get_contents (names, &bytes, &size, NULL));
  site[1] = mvx_log_crc32c (0, site + 2, sizeof site - 8);
  write_at (names, size, site, sizeof site);
  memcpy (bytes + 16 + G_STRUCT_OFFSET (MvxLogRingHead, ticks), clocks, sizeof clocks);
  crc = mvx_log_crc32c (0, bytes + 8, mvx_log_load32 ((const guint8 *) bytes) - 8);
  memcpy (bytes + 4, &crc, sizeof crc);
  write_at (names, 0, bytes, 16 + sizeof (MvxLogRingHead));
  events = recover (fixture, MVX_LOG_RECOVER_TAKE);
  assert_numbers (events, 0, 20);
}

/* Somebody has opened the ring itself to others. */
static void
test_open_ring (Fixture *fixture, gconstpointer data)
{
  g_autofree char *names = NULL;
  g_autofree char *home = NULL;
  g_autofree char *expected = NULL;
  g_autoptr (GPtrArray) events = NULL;

  run_and_kill (fixture, "stuck", "20", 1);
  names = find_file (fixture, MVX_LOG_RING_NAMES);
  home = g_path_get_dirname (names);
  expected = g_strdup_printf ("Crash ring '%s' has mode 0770, so that others could change it; use 'chmod 0700', or set "
                              "crash-ring-dir",
                              home);
  g_assert_no_errno (chmod (home, 0770));
  listen_to_diag ();
  events = recover (fixture, MVX_LOG_RECOVER_TAKE);
  end_diag (expected);
  g_assert_cmpuint (events->len, ==, 0);
  g_assert_cmpuint (count_rings (fixture), ==, 1);
}

/* Whatever stands there: nothing crashes, and what is found is in order. */
static void
test_noise (Fixture *fixture, gconstpointer data)
{
  const guint rounds = test_size (150, 30);
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  static const char *const kinds[] = { ".lane", ".segment", MVX_LOG_RING_NAMES };

  listen_to_diag ();
  for (guint i = 0; i < rounds; i++)
    {
      g_autoptr (GPtrArray) events = NULL;
      g_autofree char *path = NULL;
      g_autofree char *bytes = NULL;
      gsize size;

      if (i % 10 == 0)
        run_and_kill (fixture, "stuck", "30", 1);
      path = find_file (fixture, kinds[i % 3]);
      g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
      for (guint k = 0; k < 3; k++)
        {
          guint8 byte = (guint8) g_rand_int_range (random, 0, 256);

          write_at (path, (gsize) g_rand_int_range (random, 0, (gint32) MIN (size, 4096)), &byte, 1);
        }
      events = recover (fixture, MVX_LOG_RECOVER_KEEP);
      for (guint k = 0; k < events->len; k++)
        g_assert_nonnull (mvx_log_event_get_context (g_ptr_array_index (events, k)));
      if (i % 10 == 9)
        fixture_remove (fixture->rings);
    }
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_clear_pointer (&said, g_ptr_array_unref);
}

/* What was written down last is torn: a place that nobody has used yet. What was used before it is known. */
static void
test_torn_names (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) events = NULL;
  g_autofree char *names = NULL;
  g_autofree char *bytes = NULL;
  gsize size;

  run_and_kill (fixture, "stuck", "20", 1);
  names = find_file (fixture, MVX_LOG_RING_NAMES);
  g_assert_true (g_file_get_contents (names, &bytes, &size, NULL));
  write_at (names, size, "\x40\0\0\0torn", 8);
  events = recover (fixture, MVX_LOG_RECOVER_TAKE);
  assert_numbers (events, 0, 20);
}

static void
test_other_version (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) events = NULL;
  g_autofree char *names = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *home = NULL;

  run_and_kill (fixture, "stuck", "20", 1);
  names = find_file (fixture, MVX_LOG_RING_NAMES);
  home = g_path_get_dirname (names);
  expected = g_strdup_printf ("Crash ring '%s' was written by another version of libmvxlog, or is damaged; use 'mvxlog "
                              "recover' of that version, or remove it",
                              home);
  write_at (names, 16, "\x09", 1);
  listen_to_diag ();
  events = recover (fixture, MVX_LOG_RECOVER_TAKE);
  end_diag (expected);
  g_assert_cmpuint (events->len, ==, 0);
  g_assert_cmpuint (count_rings (fixture), ==, 1);
}

/* Places that are none. The sink works without. */

static void
assert_goes_on (Fixture *fixture, const char *expected)
{
  const MvxLogAsyncConfig config = config_for (fixture->directory);
  MvxLogCounters counters;
  RigSink *sink;

  listen_to_diag ();
  sink = rig_sink_new (&config);
  rig_sink_log_n (sink, 0, 10);
  rig_sink_wait_delivered (sink, 10);
  counters = end_rig (sink);
  g_assert_cmpuint (counters.delivered, ==, 10);
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_assert_cmpuint (said->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      const char *reason = strstr (g_ptr_array_index (said, i), ": ");

      g_assert_nonnull (reason);
      g_assert_cmpstr (reason + 2, ==, expected);
    }
  g_clear_pointer (&said, g_ptr_array_unref);
}

static void
test_mode (Fixture *fixture, gconstpointer data)
{
  g_autofree char *expected
      = g_strdup_printf ("Crash ring '%s' has mode 0750, so that others could change it; use 'chmod 0700', or set "
                         "crash-ring-dir",
                         fixture->rings);

  g_assert_no_errno (mkdir (fixture->rings, 0700));
  g_assert_no_errno (chmod (fixture->rings, 0750));
  assert_goes_on (fixture, expected);
}

static void
test_owner (Fixture *fixture, gconstpointer data)
{
  g_autofree char *expected = g_strdup_printf (
      "Crash ring '%s' belongs to user 12345, but the program runs as 0; remove it, or set crash-ring-dir",
      fixture->rings);

  if (geteuid () != 0)
    {
      g_test_skip ("only root can make a directory of another user");
      return;
    }
  g_assert_no_errno (mkdir (fixture->rings, 0700));
  g_assert_no_errno (chown (fixture->rings, 12345, 12345));
  assert_goes_on (fixture, expected);
}

static void
test_symlink (Fixture *fixture, gconstpointer data)
{
  g_autofree char *expected = g_strdup_printf ("Cannot make or open directory '%s': Not a directory", fixture->rings);

  g_assert_no_errno (symlink ("/tmp", fixture->rings));
  assert_goes_on (fixture, expected);
}

/* What does not fit waits in memory, which is said once. */
static void
test_full (Fixture *fixture, gconstpointer data)
{
  const MvxLogAsyncConfig config = config_for (fixture->directory);
  g_autofree char *home = NULL;
  g_autofree char *expected = NULL;
  g_auto (GStrv) names = NULL;
  MvxLogCounters counters;
  RigSink *sink;

  g_assert_no_errno (mkdir (fixture->rings, 0700));
  if (mount ("tmpfs", fixture->rings, "tmpfs", 0, "size=200k,mode=0700") != 0)
    {
      g_test_skip ("no file system can be mounted here");
      return;
    }
  listen_to_diag ();
  sink = rig_sink_new (&config);
  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_entered (sink, 1);
  names = mvx_log_spool_home_list (fixture->rings, NULL);
  g_assert_cmpuint (g_strv_length (names), ==, 1);
  home = g_build_filename (fixture->rings, names[0], NULL);
  rig_sink_log_n (sink, 1, 9999);
  rig_sink_gate (sink, FALSE);
  rig_sink_wait_delivered (sink, 10000);
  counters = end_rig (sink);
  g_assert_cmpuint (counters.delivered, ==, 10000);
  expected
      = g_strdup_printf ("Crash ring of sink 'app': '%s' has no room for more: No space left on device; what waits "
                         "beyond that does not survive a crash",
                         home);
  end_diag (expected);
  g_assert_no_errno (umount2 (fixture->rings, MNT_DETACH));
}

static void
test_limit (Fixture *fixture, gconstpointer data)
{
  int ready;

  end_by (spawn (fixture, "limited", "", &ready), 0);
  close (ready);
  g_assert_cmpuint (count_rings (fixture), ==, 0);
}

/* A sink that has ended leaves nothing behind, though this thread still has its lane. */
static void
test_clean (Fixture *fixture, gconstpointer data)
{
  const MvxLogAsyncConfig config = config_for (fixture->directory);
  RigSink *sink = rig_sink_new (&config);

  rig_sink_log_n (sink, 0, 10000);
  g_assert_cmpuint (count_rings (fixture), ==, 1);
  g_assert_true (terminate (sink, NULL));
  g_assert_cmpuint (count_rings (fixture), ==, 0);
  end_rig (sink);
}

/* Options. */

static void
assert_place (const char *runtime, const char *xdg, guint user, const char *program, const char *expected)
{
  g_auto (GStrv) environment = g_new0 (char *, 1);
  g_autofree char *place = NULL;

  if (runtime)
    environment = g_environ_setenv (environment, "RUNTIME_DIRECTORY", runtime, TRUE);
  if (xdg)
    environment = g_environ_setenv (environment, "XDG_RUNTIME_DIR", xdg, TRUE);
  place = mvx_log_ring_place_in (environment, user, program);
  g_assert_cmpstr (place, ==, expected);
}

static void
test_place (void)
{
  assert_place (NULL, "/run/user/7", 7, "shop", "/run/user/7/mvxlog/shop/ring");
  assert_place (NULL, "/run/user/7", 7, "a/../b", "/run/user/7/mvxlog/a_.._b/ring");
  assert_place (NULL, "/run/user/7", 7, "..", "/run/user/7/mvxlog/unnamed/ring");
  assert_place (NULL, "/run/user/0", 0, "shop", "/run/mvxlog/shop/ring");
  assert_place ("/run/shop:/run/other", "/run/user/7", 7, "shop", "/run/shop/ring");
  assert_place (NULL, "relative", 7, "shop", NULL);
  assert_place (NULL, NULL, 7, "shop", NULL);
}

static void
assert_refused (const char *key, const char *value, const char *more, const char *expected)
{
  g_autoptr (RigSink) sink = g_object_new (rig_sink_get_type (), NULL);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GError) error = NULL;

  g_variant_dict_insert (&dict, key, "s", value);
  if (more)
    g_variant_dict_insert (&dict, "crash-ring", "s", more);
  g_assert_false (mvx_log_async_sink_configure (MVX_LOG_ASYNC_SINK (sink), "app", g_variant_dict_end (&dict), &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_options (void)
{
  assert_refused (
      "crash-ring-dir", "here", "on",
      "Sink 'app' cannot be configured: Option 'crash-ring-dir': 'here' is no absolute path; write one that "
      "begins with '/'");
  assert_refused ("crash-ring", "yes", NULL,
                  "Sink 'app' cannot be configured: Option 'crash-ring': unknown value 'yes'; allowed: off, on");
}

int
main (int argc, char **argv)
{
  if (argc == 7 && strcmp (argv[1], "--program") == 0)
    return run_program (argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ring-damage/place", test_place);
  g_test_add_func ("/ring-damage/options", test_options);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/ring-damage/torn-record", test_torn_record);
  ADD ("/ring-damage/torn-names", test_torn_names);
  ADD ("/ring-damage/other-version", test_other_version);
  ADD ("/ring-damage/giant", test_giant);
  ADD ("/ring-damage/forged-names", test_forged_names);
  ADD ("/ring-damage/open-ring", test_open_ring);
  ADD ("/ring-damage/limit", test_limit);
  ADD ("/ring-damage/mode", test_mode);
  ADD ("/ring-damage/owner", test_owner);
  ADD ("/ring-damage/symlink", test_symlink);
  ADD ("/ring-damage/full", test_full);
  ADD ("/ring-damage/clean", test_clean);
  /* Last, for it says so much that some of it is suppressed. */
  ADD ("/ring-damage/noise", test_noise);
  return g_test_run ();
}
