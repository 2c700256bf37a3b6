/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Power failures, without pulling a plug: everything that a spool has said is durable is in every image of the disk
 * that may be left, none of the images keeps a program from starting, and nothing comes out that did not go in. */
#include "power-recorder.h"

#include "durable/frame-private.h"
#include "test-size.h"

#define MAX_EVENTS 4000

/* What the spool has said, and when: in operations of the disk. */
typedef struct
{
  PowerRecorder recorder;
  SpoolRig rig;
  guint n; /* events are 1 to n */
  guint durable_at[MAX_EVENTS];
  guint acked_at[MAX_EVENTS];
} Run;

typedef struct
{
  guint images;
  guint lost;
  guint bad;
  guint again;
  guint refused;
  guint without_crc; /* bad events that somebody would read who does not look at checksums */
} Count;

static guint fail_every; /* each so many syncs fail, and what was not on the disk is forgotten */
static guint n_syncs;
static gboolean lies; /* nobody is told */

static gssize
fail_some_syncs (SpoolDiskCall call, int fd, gsize size)
{
  if ((call != SPOOL_DISK_SYNC && call != SPOOL_DISK_SYNC_FULL) || ++n_syncs % fail_every != 0)
    return SPOOL_DISK_GO;
  errno = EIO;
  return -1;
}

/* A disk that says that all is well, which it is not. */
static gssize
lie_about_syncs (SpoolDiskCall call, int fd, gsize size)
{
  SpoolDiskNote note = { .call = SPOOL_DISK_SYNC, .fd = fd, .result = -1 };

  if (call != SPOOL_DISK_SYNC || ++n_syncs % fail_every != 0)
    return SPOOL_DISK_GO;
  power_note (&note);
  return 0;
}

static void
note_state (Run *run, MvxLogSpool *spool)
{
  MvxLogSpoolStats stats;

  mvx_log_spool_get_stats (spool, &stats);
  for (guint k = 1; k < stats.durable_seq; k++)
    if (run->durable_at[k] == 0)
      run->durable_at[k] = run->recorder.ops->len;
}

static void
deliver_some (Run *run, MvxLogSpool *spool)
{
  g_autoptr (MvxLogSpoolBatch) batch = mvx_log_spool_read (spool, (guint) g_test_rand_int_range (1, 60), NULL);

  for (guint i = 0; batch && i < batch->n; i++)
    run->acked_at[batch->items[i].seq] = run->recorder.ops->len;
  if (batch)
    mvx_log_spool_ack (spool, &batch->stream, batch->items[batch->n - 1].seq);
}

static void
run_once (Run *run, MvxLogSpoolSync sync)
{
  g_autoptr (GError) error = NULL;
  MvxLogSpool *spool = NULL;

  memset (run, 0, sizeof *run);
  spool_rig_init (&run->rig);
  run->rig.config.sync = sync;
  run->rig.config.segment_bytes = 8192;
  n_syncs = 0;
  power_recorder_start (&run->recorder, run->rig.base);
  while (spool == NULL) /* where syncs fail, making one may fail */
    spool = mvx_log_spool_new (&run->rig.config, NULL);
  for (guint i = 0; i < 60; i++)
    {
      guint n = (guint) g_test_rand_int_range (1, 40);

      if (spool_rig_append (spool, run->n + 1, n, &error) == n)
        run->n += n;
      else
        {
          /* Numbers are those of the spool: what was taken of it is taken. */
          MvxLogSpoolStats stats;

          mvx_log_spool_get_stats (spool, &stats);
          run->n = (guint) stats.appended;
          g_clear_error (&error);
        }
      if (sync == MVX_LOG_SPOOL_SYNC_INTERVAL && g_test_rand_int_range (0, 5) == 0)
        mvx_log_spool_sync (spool, NULL);
      note_state (run, spool);
      if (g_test_rand_int_range (0, 3) == 0)
        deliver_some (run, spool);
      if (g_test_rand_int_range (0, 3) == 0)
        mvx_log_spool_prepare (spool);
    }
  power_recorder_stop ();
  spool_disk_fault = NULL;
  mvx_log_spool_free (spool);
}

static void
run_clear (Run *run)
{
  power_recorder_clear (&run->recorder);
  spool_rig_clear (&run->rig);
}

/* Reads the segments of an image as somebody would who trusts lengths: how many events are not what they were? */
static guint
count_without_crc (SpoolRig *rig)
{
  g_autoptr (GPtrArray) paths = spool_rig_list (rig, ".seg");
  guint bad = 0;

  for (guint i = 0; i < paths->len; i++)
    {
      g_autofree char *bytes = NULL;
      gsize size = 0;
      gsize at = MVX_LOG_SEGMENT_HEADER;

      g_assert_true (g_file_get_contents (g_ptr_array_index (paths, i), &bytes, &size, NULL));
      while (at + MVX_LOG_FRAME_HEADER < size && memcmp (bytes + at, "MVXF", 4) == 0)
        {
          guint32 payload;
          MvxLogEntry entry;
          gsize p = 0;

          memcpy (&payload, bytes + at + 8, sizeof payload);
          at += MVX_LOG_FRAME_HEADER;
          payload = (guint32) MIN (payload, size - at);
          while (p < payload && (p = mvx_log_entry_get (&entry, bytes + at, payload, p)) > 0)
            bad += spool_rig_check (entry.bytes, entry.size) == 0;
          at += payload;
        }
    }
  return bad;
}

static void
check_image (Run *run, guint cut, Count *count)
{
  g_autofree guint8 *found = g_malloc0 (MAX_EVENTS);
  g_autoptr (GError) error = NULL;
  MvxLogSpool *spool;
  SpoolRig rig;

  spool_rig_init (&rig);
  rig.config.sync = MVX_LOG_SPOOL_SYNC_NONE;
  power_make_image (&run->recorder, cut, rig.base);
  count->images++;
  count->without_crc += count_without_crc (&rig);
  spool = mvx_log_spool_new (&rig.config, &error);
  if (spool == NULL)
    count->refused++;
  for (MvxLogSpoolBatch *batch; spool && (batch = mvx_log_spool_read (spool, 64, NULL));)
    {
      for (guint i = 0; i < batch->n; i++)
        {
          guint64 k = spool_rig_check (batch->items[i].bytes, batch->items[i].size);

          if (k == 0 || k > run->n || k != batch->items[i].seq || found[k])
            count->bad++;
          else
            found[k] = TRUE;
        }
      mvx_log_spool_ack (spool, &batch->stream, batch->items[batch->n - 1].seq);
      mvx_log_spool_batch_free (batch);
    }
  for (guint k = 1; k <= run->n; k++)
    {
      gboolean acked = run->acked_at[k] > 0 && run->acked_at[k] < cut;

      count->lost += !found[k] && !acked && run->durable_at[k] > 0 && run->durable_at[k] <= cut;
      count->again += found[k] && acked;
    }
  g_clear_pointer (&spool, mvx_log_spool_free);
  spool_rig_clear (&rig);
}

/* Anywhere, but half of the time just behind a write, where most is at stake. */
static guint
choose_cut (Run *run)
{
  guint cut = (guint) g_test_rand_int_range (0, (gint32) run->recorder.ops->len + 1);

  if (g_test_rand_bit ())
    while (cut < run->recorder.ops->len
           && (cut == 0 || g_array_index (run->recorder.ops, PowerOp, cut - 1).type != POWER_WRITE))
      cut++;
  return cut;
}

static Count
check_images (MvxLogSpoolSync sync, guint n, gboolean blind_dirs)
{
  g_autofree Run *run = g_new0 (Run, 1);
  Count count = { 0 };

  while (count.images < n)
    {
      run_once (run, sync);
      run->recorder.blind_dirs = blind_dirs;
      for (guint i = 0; i < 30 && count.images < n; i++)
        check_image (run, choose_cut (run), &count);
      run_clear (run);
      if (fail_every > 0)
        spool_disk_fault = lies ? lie_about_syncs : fail_some_syncs;
    }
  spool_disk_fault = NULL;
  g_test_message ("%u images: lost %u, bad %u, did not open %u, delivered again %u; without checksums %u bad",
                  count.images, count.lost, count.bad, count.refused, count.again, count.without_crc);
  return count;
}

static guint
n_images (void)
{
  return g_getenv ("MVXLOG_TEST_LONG") ? 10000 : test_size (150, 30);
}

static void
test_power (gconstpointer data)
{
  Count count = check_images ((MvxLogSpoolSync) GPOINTER_TO_INT (data), n_images (), FALSE);

  g_assert_cmpuint (count.lost, ==, 0);
  g_assert_cmpuint (count.bad, ==, 0);
  g_assert_cmpuint (count.refused, ==, 0);
  /* Who trusts lengths and looks at no checksum reads wrong events from some of these; with a sync for each batch there
   * is not always one that is torn. */
  if (GPOINTER_TO_INT (data) == MVX_LOG_SPOOL_SYNC_INTERVAL)
    g_assert_cmpuint (count.without_crc, >, 0);
}

/* Without any sync the end may be missing; nothing else may. */
static void
test_no_sync (void)
{
  Count count = check_images (MVX_LOG_SPOOL_SYNC_NONE, n_images (), FALSE);

  g_assert_cmpuint (count.bad, ==, 0);
  g_assert_cmpuint (count.refused, ==, 0);
}

/* A sync that has failed is not tried again, for the second one would say OK. */
static void
test_failed_sync (gconstpointer data)
{
  Count count;

  fail_every = 7;
  spool_disk_fault = fail_some_syncs;
  count = check_images ((MvxLogSpoolSync) GPOINTER_TO_INT (data), n_images (), FALSE);
  fail_every = 0;
  g_assert_cmpuint (count.lost, ==, 0);
  g_assert_cmpuint (count.bad, ==, 0);
  g_assert_cmpuint (count.refused, ==, 0);
}

/* Would this test notice? Of a disk that lies, and of directories that are not synced. */
static void
test_teeth (void)
{
  Count count;

  fail_every = 7;
  lies = TRUE;
  spool_disk_fault = lie_about_syncs;
  count = check_images (MVX_LOG_SPOOL_SYNC_BATCH, 30, FALSE);
  fail_every = 0;
  lies = FALSE;
  g_assert_cmpuint (count.lost, >, 0);
  count = check_images (MVX_LOG_SPOOL_SYNC_BATCH, 30, TRUE);
  g_assert_cmpuint (count.lost, >, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  /* Images are many, and need no real disk. */
  if (g_access ("/dev/shm", W_OK) == 0)
    g_setenv ("TMPDIR", "/dev/shm", TRUE);
  g_test_add_data_func ("/spool/power/batch", GINT_TO_POINTER (MVX_LOG_SPOOL_SYNC_BATCH), test_power);
  g_test_add_data_func ("/spool/power/interval", GINT_TO_POINTER (MVX_LOG_SPOOL_SYNC_INTERVAL), test_power);
  g_test_add_func ("/spool/power/none", test_no_sync);
  g_test_add_data_func ("/spool/power/failed-sync/batch", GINT_TO_POINTER (MVX_LOG_SPOOL_SYNC_BATCH), test_failed_sync);
  g_test_add_data_func ("/spool/power/failed-sync/interval", GINT_TO_POINTER (MVX_LOG_SPOOL_SYNC_INTERVAL),
                        test_failed_sync);
  g_test_add_func ("/spool/power/teeth", test_teeth);
  return g_test_run ();
}
