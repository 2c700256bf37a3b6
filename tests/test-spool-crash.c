/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes that are killed: at every point where a file has just changed, twice in a row, and anywhere. What a spool
 * had said is safe is found by the next process, and no process is kept from starting. */
#include "spool-rig.h"

#include <signal.h>
#include <sys/mman.h>

#include "test-size.h"

#define MAX_EVENTS 400000
#define BATCH 16

/* Written by children, read by the parent when they are dead. */
typedef struct
{
  guint64 appended;         /* events before this have been begun to be appended */
  guint8 safe[MAX_EVENTS];  /* append() has returned */
  guint8 acked[MAX_EVENTS]; /* delivered, before that was said to the spool */
  guint64 opened_us;        /* how long the latest one took to open */
} Report;

static Report *report;
static const char *fail_point;
static int fail_countdown;
static int told = -1;

static void
die_at_point (const char *point)
{
  if (strcmp (point, fail_point) == 0 && --fail_countdown == 0)
    kill (getpid (), SIGKILL);
}

static void
deliver_some (MvxLogSpool *spool, guint max)
{
  g_autoptr (MvxLogSpoolBatch) batch = mvx_log_spool_read (spool, max, NULL);

  if (batch == NULL)
    return;
  for (guint i = 0; i < batch->n; i++)
    {
      guint64 k = spool_rig_check (batch->items[i].bytes, batch->items[i].size);

      if (k == 0 || k >= report->appended)
        _exit (3);
      report->acked[k] = TRUE;
    }
  mvx_log_spool_ack (spool, &batch->stream, batch->items[batch->n - 1].seq);
}

/* Appends without end, delivers less than that, and is killed. */
static void
work (SpoolRig *rig, guint n_batches)
{
  MvxLogSpool *spool;

  report->opened_us = (guint64) g_get_monotonic_time ();
  spool = mvx_log_spool_new (&rig->config, NULL);
  if (spool == NULL)
    _exit (2);
  report->opened_us = (guint64) g_get_monotonic_time () - report->opened_us;
  for (guint i = 0; i < n_batches; i++)
    {
      guint64 first = report->appended;

      report->appended += BATCH;
      if (spool_rig_append (spool, first, BATCH, NULL) != BATCH)
        _exit (4);
      memset (report->safe + first, TRUE, BATCH);
      if (told >= 0 && write (told, "", 1) != 1)
        _exit (5);
      if (i % 3 == 2)
        deliver_some (spool, 2 * BATCH);
      if (i % 8 == 7)
        mvx_log_spool_prepare (spool);
    }
  mvx_log_spool_free (spool);
  _exit (0);
}

static void
start_report (void)
{
  memset (report, 0, sizeof *report);
  report->appended = 1;
}

/* Everything that was safe and not delivered is there. Returns how many were there that had been delivered before. */
static guint
check_survivors (SpoolRig *rig)
{
  MvxLogSpool *spool = spool_rig_open (rig);
  g_autoptr (GArray) numbers = spool_rig_drain (spool);
  g_autofree guint8 *found = g_malloc0 (MAX_EVENTS);
  MvxLogSpoolStats stats;
  guint again = 0;
  guint lost = 0;

  for (guint i = 0; i < numbers->len; i++)
    {
      guint64 k = g_array_index (numbers, guint64, i);

      g_assert_cmpuint (k, <, report->appended);
      g_assert_false (found[k]);
      found[k] = TRUE;
      again += report->acked[k];
    }
  for (guint64 k = 1; k < report->appended; k++)
    lost += report->safe[k] && !found[k] && !report->acked[k];
  g_assert_cmpuint (lost, ==, 0);
  mvx_log_spool_get_stats (spool, &stats);
  g_assert_cmpuint (stats.lost[0] + stats.lost[1] + stats.lost[2], ==, 0);
  g_assert_cmpuint (stats.n_quarantined, ==, 0);
  g_assert_cmpuint (stats.adopted, ==, 0);
  g_assert_cmpuint (stats.n_adopted, ==, 0);
  mvx_log_spool_free (spool);
  return again;
}

static int
run_child (SpoolRig *rig, guint n_batches)
{
  int status;
  pid_t child = fork ();

  if (child == 0)
    {
      mvx_log_disk_fail_func = fail_point ? die_at_point : NULL;
      work (rig, n_batches);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  return status;
}

static void
test_points (void)
{
  static const char *const points[] = { "created", "header-synced", "dir-synced", "appended", "synced",
                                        "sealed",  "ack-written",   "unlinked",   "adopt" };
  guint hit = 0;
  guint again = 0;

  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    for (int nth = 1; nth <= 3; nth++)
      {
        SpoolRig rig;
        guint killed = 0;

        spool_rig_init (&rig);
        rig.config.sync = MVX_LOG_SPOOL_SYNC_BATCH;
        rig.config.segment_bytes = 8192;
        start_report ();
        fail_point = points[i];
        for (guint turn = 0; turn < 2; turn++)
          {
            /* "adopt" is passed once by each process. */
            fail_countdown = strcmp (fail_point, "adopt") == 0 ? 1 : nth;
            killed += WIFSIGNALED (run_child (&rig, 200));
          }
        g_assert_cmpuint (killed, ==, 2);
        hit++;
        fail_point = NULL;
        again += check_survivors (&rig);
        spool_rig_clear (&rig);
      }
  g_test_message ("%u of %u points hit, each at 3 depths and twice in a row; lost 0, delivered again %u", hit / 3,
                  (guint) G_N_ELEMENTS (points), again);
}

/* The parent kills when it has been told of so many batches, or a little later. */
static void
kill_somewhere (SpoolRig *rig)
{
  int ends[2];
  guint n = (guint) g_test_rand_int_range (1, 60);
  volatile gint spin = g_test_rand_int_range (0, 200000);
  char buffer[1];
  pid_t child;

  g_assert_cmpint (pipe (ends), ==, 0);
  child = fork ();
  if (child == 0)
    {
      close (ends[0]);
      told = ends[1];
      work (rig, G_MAXUINT);
    }
  close (ends[1]);
  for (guint i = 0; i < n; i++)
    g_assert_cmpint (read (ends[0], buffer, 1), ==, 1);
  while (spin-- > 0)
    ;
  kill (child, SIGKILL);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  close (ends[0]);
}

static void
test_kill (gconstpointer data)
{
  guint n = g_getenv ("MVXLOG_TEST_LONG") ? 5000 : test_size (150, 30);
  guint again = 0;
  guint most = 0;
  guint64 slowest = 0;
  SpoolRig rig;

  spool_rig_init (&rig);
  rig.config.sync = (MvxLogSpoolSync) GPOINTER_TO_INT (data);
  rig.config.segment_bytes = 16384;
  for (guint i = 0; i < n; i++)
    {
      start_report ();
      /* Three in a row, of which each finds what the ones before have left. */
      for (guint turn = 0; turn < 3 && i < n; turn++, i++)
        {
          kill_somewhere (&rig);
          slowest = MAX (slowest, report->opened_us);
        }
      again += check_survivors (&rig);
      most = MAX (most, again);
    }
  g_test_message ("%u kills; lost 0, delivered again %u (%.1f for each), opened within %.1f ms", n, again,
                  (double) again / n, (double) slowest / 1000);
  g_assert_cmpuint (again, <, n * (2 * BATCH + 1));
  spool_rig_clear (&rig);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  report = mmap (NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  g_assert_true (report != MAP_FAILED);
  g_test_add_func ("/spool/crash/points", test_points);
  g_test_add_data_func ("/spool/crash/kill/batch", GINT_TO_POINTER (MVX_LOG_SPOOL_SYNC_BATCH), test_kill);
  g_test_add_data_func ("/spool/crash/kill/none", GINT_TO_POINTER (MVX_LOG_SPOOL_SYNC_NONE), test_kill);
  return g_test_run ();
}
