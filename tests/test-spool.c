/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes into a spool comes out of it, once and in order, in this process or the next one. */
#include "spool-rig.h"

static MvxLogSpoolStats
stats_of (MvxLogSpool *spool)
{
  MvxLogSpoolStats stats;

  mvx_log_spool_get_stats (spool, &stats);
  /* Nothing is ever unaccounted for. */
  g_assert_cmpuint (stats.appended, <=, stats.acked + stats.pending + stats.lost[0] + stats.lost[1] + stats.lost[2]);
  return stats;
}

static void
test_through (gconstpointer data)
{
  SpoolRig rig;
  MvxLogSpool *spool;
  MvxLogSpoolStats stats;

  spool_rig_init (&rig);
  rig.config.sync = (MvxLogSpoolSync) GPOINTER_TO_INT (data);
  spool = spool_rig_open (&rig);
  g_assert_null (mvx_log_spool_read (spool, 10, NULL));
  for (guint64 k = 1; k < 5000; k += 50)
    g_assert_cmpuint (spool_rig_append (spool, k, 50, NULL), ==, 50);
  stats = stats_of (spool);
  g_assert_cmpuint (stats.appended, ==, 5000);
  g_assert_cmpuint (stats.pending, ==, 5000);
  g_assert_cmpuint (stats.next_seq, ==, 5001);
  g_assert_cmpuint (stats.n_segments, >, 10);
  if (rig.config.sync == MVX_LOG_SPOOL_SYNC_INTERVAL)
    g_assert_cmpuint (stats.durable_seq, ==, 1);
  else
    g_assert_cmpuint (stats.durable_seq, ==, 5001);
  g_assert_true (mvx_log_spool_sync (spool, NULL));
  g_assert_cmpint (mvx_log_spool_get_due (spool), ==, -1);
  g_assert_cmpuint (stats_of (spool).durable_seq, ==, 5001);
  spool_rig_expect (spool, 1, 5000);
  stats = stats_of (spool);
  g_assert_cmpuint (stats.acked, ==, 5000);
  g_assert_cmpuint (stats.pending, ==, 0);
  g_assert_cmpuint (stats.n_segments, ==, 1);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

/* Who is done leaves nothing behind. */
static void
test_clean (void)
{
  SpoolRig rig;
  MvxLogSpool *spool;
  g_auto (GStrv) streams = NULL;

  spool_rig_init (&rig);
  spool = spool_rig_open (&rig);
  spool_rig_append (spool, 1, 100, NULL);
  spool_rig_expect (spool, 1, 100);
  mvx_log_spool_free (spool);
  streams = mvx_log_spool_home_list (rig.config.directory, NULL);
  g_assert_cmpuint (g_strv_length (streams), ==, 0);
  spool_rig_clear (&rig);
}

/* What is not acknowledged comes again: after a rewind, and in the next process. */
static void
test_again (void)
{
  SpoolRig rig;
  MvxLogSpool *spool;
  MvxLogSpoolBatch *batch;
  MvxLogStreamId stream;

  spool_rig_init (&rig);
  spool = spool_rig_open (&rig);
  stream = *mvx_log_spool_get_stream (spool);
  spool_rig_append (spool, 1, 1000, NULL);
  batch = mvx_log_spool_read (spool, 300, NULL);
  g_assert_cmpuint (batch->n, ==, 300);
  g_assert_false (batch->adopted);
  mvx_log_spool_ack (spool, &batch->stream, 200);
  mvx_log_spool_batch_free (batch);
  mvx_log_spool_rewind (spool);
  batch = mvx_log_spool_read (spool, 50, NULL);
  g_assert_cmpuint (batch->items[0].seq, ==, 201);
  g_assert_cmpuint (stats_of (spool).pending, ==, 800);
  mvx_log_spool_batch_free (batch);
  mvx_log_spool_free (spool);

  spool = spool_rig_open (&rig);
  g_assert_cmpuint (stats_of (spool).adopted, ==, 800);
  g_assert_cmpuint (stats_of (spool).n_adopted, ==, 1);
  spool_rig_append (spool, 1001, 100, NULL);
  batch = mvx_log_spool_read (spool, 1, NULL);
  g_assert_true (batch->adopted);
  g_assert_true (mvx_log_stream_id_equal (&batch->stream, &stream));
  g_assert_cmpuint (batch->items[0].seq, ==, 201);
  mvx_log_spool_batch_free (batch);
  mvx_log_spool_rewind (spool);
  spool_rig_expect (spool, 201, 900);
  g_assert_cmpuint (stats_of (spool).n_adopted, ==, 0);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

/* A stream whose process lives is nobody else's. */
static void
test_two (void)
{
  SpoolRig rig;
  MvxLogSpool *one;
  MvxLogSpool *two;

  spool_rig_init (&rig);
  one = spool_rig_open (&rig);
  spool_rig_append (one, 1, 10, NULL);
  two = spool_rig_open (&rig);
  g_assert_cmpuint (stats_of (two).n_adopted, ==, 0);
  spool_rig_append (two, 11, 10, NULL);
  spool_rig_expect (two, 11, 10);
  spool_rig_expect (one, 1, 10);
  mvx_log_spool_free (one);
  mvx_log_spool_free (two);
  spool_rig_clear (&rig);
}

static void
test_killed (void)
{
  SpoolRig rig;
  MvxLogSpool *spool;

  spool_rig_init (&rig);
  spool_rig_kill (&rig, 1, 1000);
  spool = spool_rig_open (&rig);
  g_assert_cmpuint (stats_of (spool).adopted, ==, 1000);
  spool_rig_expect (spool, 1, 1000);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

/* Numbers of events and segments have 64 bits. */
static void
test_wrap (gconstpointer data)
{
  SpoolRig rig;
  MvxLogSpool *spool;
  guint64 seq = 0;

  spool_rig_init (&rig);
  rig.config.first_seq = rig.config.first_id = *(const guint64 *) data;
  spool = spool_rig_open (&rig);
  for (guint64 k = 1; k < 3000; k += 10)
    {
      MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

      for (guint i = 0; i < 10; i++)
        spool_rig_put (&buffer, k + i);
      g_assert_cmpuint (mvx_log_spool_append (spool, buffer.data, buffer.len, 10, &seq, NULL), ==, 10);
      g_assert_cmpuint (seq, ==, rig.config.first_seq + k - 1);
      mvx_log_buffer_clear (&buffer);
    }
  g_assert_cmpuint (stats_of (spool).n_segments, >, 6);
  mvx_log_spool_free (spool);
  spool = spool_rig_open (&rig);
  spool_rig_expect (spool, 1, 3000);
  mvx_log_spool_free (spool);
  spool_rig_clear (&rig);
}

int
main (int argc, char *argv[])
{
  static const guint64 ends[] = { G_GUINT64_CONSTANT (0xfffffffd), G_GUINT64_CONSTANT (0x7ffffffffffffffd) };

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/spool/through/interval", GINT_TO_POINTER (MVX_LOG_SPOOL_SYNC_INTERVAL), test_through);
  g_test_add_data_func ("/spool/through/none", GINT_TO_POINTER (MVX_LOG_SPOOL_SYNC_NONE), test_through);
  g_test_add_data_func ("/spool/through/batch", GINT_TO_POINTER (MVX_LOG_SPOOL_SYNC_BATCH), test_through);
  g_test_add_func ("/spool/clean", test_clean);
  g_test_add_func ("/spool/again", test_again);
  g_test_add_func ("/spool/two", test_two);
  g_test_add_func ("/spool/killed", test_killed);
  g_test_add_data_func ("/spool/wrap/32", &ends[0], test_wrap);
  g_test_add_data_func ("/spool/wrap/63", &ends[1], test_wrap);
  return g_test_run ();
}
