/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Spools on file systems of their own: one that becomes read-only, and one that is filled while the backend is dead. */
#include <sys/statvfs.h>
#include <unistd.h>

#include "ledger-check.h"
#include "rig-sink.h"
#include "test-size.h"

#include "broken/fixture.h"
#include "plugins/mount-fixture.h"
#include "plugins/peer.h"

typedef struct
{
  char *directory;
  char *mounted; /* in it */
  char *image;   /* in it */
  MvxLogAsyncConfig config;
} Fixture;

/* What the diagnostics were told. */
static struct
{
  GMutex mutex;
  GCond cond;
  GString *text;
} told;

static void
note_diag (gint level, const char *message, gpointer data)
{
  g_mutex_lock (&told.mutex);
  g_string_append_printf (told.text, "%s\n", message);
  g_cond_broadcast (&told.cond);
  g_mutex_unlock (&told.mutex);
}

static void
wait_told (const char *what)
{
  g_mutex_lock (&told.mutex);
  while (strstr (told.text->str, what) == NULL)
    g_cond_wait (&told.cond, &told.mutex);
  g_mutex_unlock (&told.mutex);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = fixture_make_directory ();
  fixture->mounted = fixture_make_child (fixture->directory, "mounted", 0700);
  fixture->image = g_build_filename (fixture->directory, "image", NULL);
  fixture->config = (MvxLogAsyncConfig){ .name = "app",
                                         .delivery = MVX_LOG_DELIVERY_SPOOL,
                                         .spool_dir = fixture->mounted,
                                         .sync = MVX_LOG_SPOOL_SYNC_BATCH,
                                         .batch_max = 64,
                                         .retry_min_us = 1000,
                                         .retry_max_us = 20000,
                                         .drain_timeout_us = 10000 };
  told.text = g_string_new (NULL);
  mvx_log_diag_set_func (note_diag, NULL, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_string_free (told.text, TRUE);
  umount2 (fixture->mounted, MNT_DETACH);
  fixture_remove (fixture->directory);
  g_free (fixture->directory);
  g_free (fixture->mounted);
  g_free (fixture->image);
}

/* A backend that is not there until it comes. */
static void
break_sink (RigSink *sink)
{
  static const RigReply busy = { MVX_LOG_DISPATCH_RETRY, 0, "nobody there" };

  for (guint i = 0; i < 100000; i++)
    rig_sink_reply (sink, &busy);
}

static void
mend_sink (RigSink *sink)
{
  g_mutex_lock (&sink->mutex);
  g_queue_clear (&sink->replies);
  g_mutex_unlock (&sink->mutex);
}

/* FALSE, and the test is skipped, where there is no loop device. */
static gboolean
mount_image (Fixture *fixture)
{
  const char *const attach[] = { "mount", "-o", "loop", fixture->image, fixture->mounted, NULL };
  g_autofree char *said = NULL;
  g_autofree char *reason = NULL;
  int status;

  if (g_spawn_sync (NULL, (char **) attach, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &said, &status, NULL)
      && status == 0)
    return TRUE;
  reason = g_strdup_printf ("cannot mount an image: %s", said ? said : "no mount(8)");
  g_test_skip (g_strdelimit (reason, "\n", ' '));
  return FALSE;
}

static gboolean
make_image (Fixture *fixture)
{
  g_autofree char *mkfs = peer_find ("mkfs.ext4");
  const char *const make[] = { mkfs, "-q", "-O", "^has_journal", fixture->image, "16m", NULL };

  if (mkfs == NULL || !mount_fixture_enter ())
    return FALSE;
  g_free (peer_run (make));
  return mount_image (fixture);
}

#define N_EVENTS 1000

static RigSink *
run (Fixture *fixture)
{
  RigSink *sink = rig_sink_new (&fixture->config);
  g_autoptr (GError) error = NULL;

  g_assert_true (start (sink, &error));
  g_assert_no_error (error);
  return sink;
}

/* The disk fails while the program runs: what is on it is delivered, what comes waits and is told to be lost in the
 * end. */
static void
run_on_read_only (Fixture *fixture, gboolean mended)
{
  const char *const abort[] = { "mount", "-o", "remount,abort", fixture->mounted, NULL };
  RigSink *sink = run (fixture);
  g_autoptr (GError) error = NULL;
  MvxLogCounters c;

  break_sink (sink);
  rig_sink_log_n (sink, 0, N_EVENTS);
  g_assert_true (flush (sink, NULL));
  g_free (peer_run (abort));
  rig_sink_log_n (sink, N_EVENTS, N_EVENTS);
  wait_told ("Read-only file system");
  if (mended)
    {
      mend_sink (sink);
      rig_sink_wait_delivered (sink, N_EVENTS);
    }
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.pending, >=, N_EVENTS);
  g_assert_false (stop (sink, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED);
  g_assert_cmpstr (error->message, ==,
                   "Sink 'app' did not deliver 1000 events within the drain timeout; they are lost");
  c = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.pending, ==, 0);
  g_assert_cmpuint (c.delivered + c.spooled, ==, N_EVENTS);
  g_assert_cmpuint (ledger_sum (c.dropped), ==, N_EVENTS);
  g_assert_true (terminate (sink, NULL));
  g_object_unref (sink);
}

/* The kernel finds an error and makes the file system read-only. An administrator ends the program, for which alone no
 * file is open there, looks at the disk and mounts it again: what was durable is there for the next program, once more
 * if it was delivered, for that could not be noted. */
static void
test_read_only (Fixture *fixture, gconstpointer data)
{
  const gboolean mended = GPOINTER_TO_INT (data);
  RigSink *sink;
  gint64 began;

  if (!make_image (fixture))
    return;
  run_on_read_only (fixture, mended);
  g_assert_no_errno (umount (fixture->mounted));
  if (!mount_image (fixture))
    return;
  began = g_get_monotonic_time ();
  sink = run (fixture);
  rig_sink_log_n (sink, 2 * N_EVENTS, N_EVENTS);
  g_assert_true (flush (sink, NULL));
  rig_sink_wait_delivered (sink, 2 * N_EVENTS);
  g_test_message ("read-only, %s backend: 0 of %u durable events lost, %u twice, %u told to be lost; delivers %.1f ms "
                  "after the next start",
                  mended ? "live" : "dead", N_EVENTS, mended ? N_EVENTS : 0, N_EVENTS,
                  (double) (g_get_monotonic_time () - began) / 1000);
  g_assert_true (terminate (sink, NULL));
  g_assert_cmpuint (sink->numbers->len, ==, 2 * N_EVENTS);
  for (guint64 i = 0; i < N_EVENTS; i++)
    {
      g_assert_cmpuint (g_array_index (sink->numbers, guint64, i), ==, i);
      g_assert_cmpuint (g_array_index (sink->numbers, guint64, N_EVENTS + i), ==, 2 * N_EVENTS + i);
    }
  ledger_check (MVX_LOG_SINK (sink));
  g_object_unref (sink);
  g_assert_no_errno (umount (fixture->mounted));
}

/* What may be used of a file system of so much. */
typedef struct
{
  const char *name;
  const char *size;
  guint64 max_bytes;
  guint64 keep_free;
} Quota;

#define MIB (1024 * 1024)
/* A quarter of them is more than there is room for. */
#define N_BYTES (60 * MIB)
#define RATE 5000

static const Quota quotas[] = {
  { "quota", "size=64m", 16 * MIB, 0 },
  { "keep-free", "size=40m", 32 * MIB, 16 * MIB },
};

typedef struct
{
  guint64 used;
  guint64 free;
} Space;

static Space
space_now (Fixture *fixture)
{
  struct statvfs info;

  g_assert_no_errno (statvfs (fixture->mounted, &info));
  return (Space){ (info.f_blocks - info.f_bfree) * info.f_frsize, info.f_bavail * info.f_frsize };
}

static guint64
rss_kb (void)
{
  g_autofree char *status = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  return g_ascii_strtoull (strstr (status, "VmRSS:") + strlen ("VmRSS:"), NULL, 10);
}

/* Of each of @n records. */
static guint32
size_of (guint n)
{
  return N_BYTES / n / 8 * 8;
}

/* The most that was used, and the least that was free. */
static Space
log_to_nobody (Fixture *fixture, RigSink *sink, guint n, gboolean paced)
{
  Space extremes = space_now (fixture);
  gint64 due = g_get_monotonic_time ();

  for (guint i = 0; i < n; i++)
    {
      Space now;

      rig_sink_log_large (sink, i, size_of (n));
      if (i % 50 > 0)
        continue;
      now = space_now (fixture);
      extremes.used = MAX (extremes.used, now.used);
      extremes.free = MIN (extremes.free, now.free);
      due += 50 * G_USEC_PER_SEC / RATE;
      if (paced && due > g_get_monotonic_time ())
        g_usleep ((gulong) (due - g_get_monotonic_time ()));
    }
  return extremes;
}

/* 5,000 events a second for a minute, or as much in fewer ones: the disk is used as far as it may be, the oldest go and
 * are counted, and what is left arrives when somebody is there. */
static void
test_dead (Fixture *fixture, gconstpointer data)
{
  const Quota *quota = data;
  const gboolean is_long = g_getenv ("MVXLOG_TEST_LONG") != NULL;
  const guint n = is_long ? 60 * RATE : 10000;
  const guint64 segment = MIN (8 * MIB, quota->max_bytes / 8);
  RigSink *sink;
  guint64 rss;
  Space extremes;
  MvxLogCounters c;

  if (!mount_fixture_tmpfs (fixture->mounted, quota->size))
    return;
  fixture->config.sync = MVX_LOG_SPOOL_SYNC_INTERVAL;
  fixture->config.spool_max_bytes = quota->max_bytes;
  fixture->config.spool_keep_free = quota->keep_free;
  fixture->config.spool_overflow = MVX_LOG_SPOOL_OVERFLOW_DROP_OLDEST;
  fixture->config.queue_max_bytes = MIB;
  fixture->config.overflow = MVX_LOG_OVERFLOW_BLOCK;
  fixture->config.block_timeout_us = -1;
  sink = run (fixture);
  break_sink (sink);
  rss = rss_kb ();
  extremes = log_to_nobody (fixture, sink, n, is_long);
  flush (sink, NULL);
  c = ledger_check (MVX_LOG_SINK (sink));
  g_test_message ("%s: %u events of %u bytes: %" G_GUINT64_FORMAT " bytes of the disk at most, %" G_GUINT64_FORMAT
                  " free at least, %" G_GUINT64_FORMAT " dropped, %" G_GINT64_FORMAT " kB of memory more",
                  quota->name, n, size_of (n), extremes.used, extremes.free, c.dropped[MVX_LOG_REASON_QUEUE_FULL],
                  (gint64) rss_kb () - (gint64) rss);
  g_assert_cmpuint (c.offered, ==, n);
  g_assert_cmpuint (c.spooled + c.dropped[MVX_LOG_REASON_QUEUE_FULL], ==, n);
  g_assert_cmpuint (extremes.used, <=, quota->max_bytes + segment);
  g_assert_cmpuint (extremes.free, >=, quota->keep_free);
  g_assert_cmpuint (extremes.used, >=, 10 * MIB);
  if (!test_size_is_slow ())
    g_assert_cmpint ((gint64) rss_kb () - (gint64) rss, <, 8 * 1024);
  mend_sink (sink);
  rig_sink_wait_last (sink, n - 1);
  flush (sink, NULL);
  c = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (sink->numbers->len, ==, n - c.dropped[MVX_LOG_REASON_QUEUE_FULL]);
  g_assert_cmpuint (sink->told_lost, ==, c.dropped[MVX_LOG_REASON_QUEUE_FULL]);
  g_assert_true (terminate (sink, NULL));
  g_object_unref (sink);
  g_assert_no_errno (umount (fixture->mounted));
}

#define ADD(name, func, data)                                                                                          \
  g_test_add ("/spool-mount/" name, Fixture, GINT_TO_POINTER (data), set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("read-only/live", test_read_only, TRUE);
  ADD ("read-only/dead", test_read_only, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (quotas); i++)
    {
      g_autofree char *path = g_strconcat ("/spool-mount/dead/", quotas[i].name, NULL);

      g_test_add (path, Fixture, &quotas[i], set_up, test_dead, tear_down);
    }
  return g_test_run ();
}
