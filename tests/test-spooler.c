/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>

#include <glib/gstdio.h>

#include "cancel-fixture.h"
#include "ledger-check.h"
#include "rig-sink.h"

#include "broken/fixture.h"

#include "async/async-sink-internal.h"
#include "async/spool-place-private.h"
#include "durable/dead-letter-private.h"
#include "durable/disk-private.h"
#include "durable/spool-home-private.h"
#include "durable/spool-scan-private.h"

typedef struct
{
  char *directory;
  MvxLogAsyncConfig config;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = fixture_make_directory ();
  fixture->config = (MvxLogAsyncConfig){ .name = "app",
                                         .delivery = MVX_LOG_DELIVERY_SPOOL,
                                         .spool_dir = fixture->directory,
                                         .sync = MVX_LOG_SPOOL_SYNC_NONE,
                                         .batch_max = 16,
                                         .retry_min_us = 1000,
                                         .retry_max_us = 1000 };
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  fixture_remove (fixture->directory);
  g_free (fixture->directory);
}

static RigSink *
rig (Fixture *fixture)
{
  RigSink *sink = rig_sink_new (&fixture->config);

  g_assert_true (start (sink, NULL));
  return sink;
}

static void
flush_all (RigSink *sink)
{
  g_assert_true (flush (sink, NULL));
}

/* Nothing is lost by it. */
static void
end (RigSink *sink)
{
  g_assert_true (mvx_log_sink_terminate (MVX_LOG_SINK (sink), -1, NULL));
  ledger_check (MVX_LOG_SINK (sink));
  g_object_unref (sink);
}

/* @n events from @first on, in order, and nothing else. */
static void
assert_delivered (RigSink *sink, guint64 first, guint n)
{
  g_mutex_lock (&sink->mutex);
  g_assert_cmpuint (sink->numbers->len, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (g_array_index (sink->numbers, guint64, i), ==, first + i);
  g_mutex_unlock (&sink->mutex);
}

/* A backend that is not there. */
static void
break_sink (RigSink *sink, guint n)
{
  static const RigReply busy = { MVX_LOG_DISPATCH_RETRY, 0, "nobody there" };

  for (guint i = 0; i < n; i++)
    rig_sink_reply (sink, &busy);
}

/* Some are lost, and it says so. */
static void
flush_with_losses (RigSink *sink)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNDELIVERED);
}

static gint n_full; /* atomic: times that the spool was said to be full */

static void
note_diag (gint level, const char *message, gpointer data)
{
  if (strstr (message, "cannot spool events"))
    g_atomic_int_inc (&n_full);
}

static guint
count_streams (Fixture *fixture)
{
  g_autofree char *directory = g_build_filename (fixture->directory, "app", NULL);
  g_auto (GStrv) names = mvx_log_spool_home_list (directory, NULL);

  return names ? g_strv_length (names) : 0;
}

static void
test_delivers (Fixture *fixture, gconstpointer data)
{
  RigSink *sink = rig (fixture);
  MvxLogCounters counters;

  rig_sink_log_n (sink, 0, 1000);
  rig_sink_wait_delivered (sink, 1000);
  flush_all (sink);
  assert_delivered (sink, 0, 1000);
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (counters.accepted, ==, 1000);
  g_assert_cmpuint (counters.recovered, ==, 0);
  end (sink);
  /* Nothing is left behind. */
  g_assert_cmpuint (count_streams (fixture), ==, 0);
}

static guint64 seqs[64];
static char streams[64][40];
static guint n_seen;

static void
note_identity (gpointer data, const MvxLogEvent *event)
{
  guint64 seq = 0;
  const char *stream = mvx_log_event_get_stream (event, &seq);

  g_assert_nonnull (stream);
  g_assert_cmpuint (n_seen, <, G_N_ELEMENTS (seqs));
  seqs[n_seen] = seq;
  g_strlcpy (streams[n_seen++], stream, sizeof streams[0]);
}

/* An event that comes again is the same: what came out of a dead program's spool has that program's stream. */
static void
test_identity (Fixture *fixture, gconstpointer data)
{
  RigSink *sink = rig (fixture);
  MvxLogEvent *copy;

  n_seen = 0;
  sink->in_event = note_identity;
  break_sink (sink, 1000);
  rig_sink_log_n (sink, 0, 3);
  rig_sink_wait_entered (sink, 2);
  flush_all (sink);
  end (sink);
  g_assert_cmpuint (n_seen, ==, 0);

  sink = rig_sink_new (&fixture->config);
  sink->in_event = note_identity;
  g_assert_true (start (sink, NULL));
  rig_sink_wait_delivered (sink, 3);
  rig_sink_log_n (sink, 3, 1);
  rig_sink_wait_delivered (sink, 4);
  end (sink);
  g_assert_cmpuint (n_seen, ==, 4);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpuint (seqs[i], ==, i + 1);
      g_assert_cmpstr (streams[i], ==, streams[0]);
    }
  g_assert_cmpuint (seqs[3], ==, 1);
  g_assert_cmpstr (streams[3], !=, streams[0]);
  g_assert_cmpuint (strlen (streams[3]), ==, MVX_LOG_STREAM_ID_DIGITS);
  /* Others have none. */
  copy = mvx_log_event_new ("x", MVX_LOG_LEVEL_INFO, 1, "m", NULL, 0);
  seqs[0] = 7;
  g_assert_null (mvx_log_event_get_stream (copy, &seqs[0]));
  g_assert_cmpuint (seqs[0], ==, 0);
  mvx_log_event_free (copy);
}

/* The backend is gone: a flush is answered all the same, a stop does not wait, and the next run delivers. */
static void
test_outlives (Fixture *fixture, gconstpointer data)
{
  RigSink *sink = rig (fixture);
  MvxLogCounters counters;

  break_sink (sink, 100000);
  rig_sink_log_n (sink, 0, 500);
  flush_all (sink);
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (counters.spooled, ==, 500);
  g_assert_cmpuint (counters.pending, ==, 0);
  g_assert_cmpuint (counters.delivered, ==, 0);
  rig_sink_log_n (sink, 500, 20);
  end (sink);
  g_assert_cmpuint (count_streams (fixture), ==, 1);

  sink = rig (fixture);
  rig_sink_log_n (sink, 520, 30);
  rig_sink_wait_delivered (sink, 550);
  flush_all (sink);
  assert_delivered (sink, 0, 550);
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (counters.recovered, ==, 520);
  g_assert_cmpuint (counters.accepted, ==, 550);
  g_assert_cmpuint (counters.delivered, ==, 550);
  end (sink);
  g_assert_cmpuint (count_streams (fixture), ==, 0);
}

/* The same sink, stopped and started. */
static void
test_restart (Fixture *fixture, gconstpointer data)
{
  RigSink *sink = rig (fixture);
  MvxLogDispatcher *dispatcher = &mvx_log_async_sink_private (MVX_LOG_ASYNC_SINK (sink))->dispatcher;
  MvxLogCounters counters;
  g_autoptr (MvxLogOperation) operation = NULL;

  break_sink (sink, 100000); /* until it is mended */
  rig_sink_log_n (sink, 0, 10);
  rig_sink_wait_entered (sink, 1);
  flush_all (sink);
  operation = mvx_log_async_sink_stop (MVX_LOG_ASYNC_SINK (sink));
  g_assert_true (mvx_log_operation_wait (operation, -1, NULL));
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (counters.spooled, ==, 10);
  /* As whoever asks may find it in the middle of a delivery. */
  dispatcher->n_delivered = 3;
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (counters.spooled, ==, 7);
  dispatcher->n_delivered = 0;
  g_mutex_lock (&sink->mutex);
  g_queue_clear (&sink->replies);
  g_mutex_unlock (&sink->mutex);
  g_assert_true (start (sink, NULL));
  rig_sink_wait_delivered (sink, 10);
  flush_all (sink);
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (counters.accepted, ==, 10);
  g_assert_cmpuint (counters.recovered, ==, 0);
  g_assert_cmpuint (counters.delivered, ==, 10);
  end (sink);
}

/* A line "SEQ ATTEMPTS REASON" for each. */
static char *
read_letters (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->directory, "app", MVX_LOG_DEAD_LETTERS_DIR, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  GString *text = g_string_new (NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      g_auto (MvxLogScan) scan = { .fd = -1 };
      int fd = g_open (file, O_RDONLY | O_CLOEXEC, 0);

      g_assert_cmpint (fd, >=, 0);
      g_assert_cmpint (mvx_log_scan_init (&scan, fd, NULL, 0), ==, MVX_LOG_HEADER_VALID);
      while (mvx_log_scan_next (&scan, G_MAXUINT64) == MVX_LOG_SCAN_FRAME)
        {
          MvxLogEntry entry;
          MvxLogDeadLetter letter;

          g_assert_cmpuint (mvx_log_entry_get (&entry, scan.payload, scan.frame.size, 0), >, 0);
          g_assert_true (mvx_log_dead_letter_get (&letter, &entry));
          g_string_append_printf (text, "%" G_GUINT64_FORMAT " %u %.*s\n", letter.seq, letter.attempts,
                                  (int) letter.reason_size, letter.reason);
        }
    }
  return g_string_free (text, FALSE);
}

/* What the sink was told at last, before it ended. @first_seq: 0 for what never was in the spool. */
static void
assert_told (RigSink *sink, gint64 first_seq, gint64 last_seq, const char *expected)
{
  g_autofree char *message = NULL;

  g_assert_true (mvx_log_sink_terminate (MVX_LOG_SINK (sink), -1, NULL));
  g_assert_cmpuint (sink->n_summaries, ==, 1);
  message = mvx_log_event_dup_message (sink->summary);
  g_assert_cmpstr (message, ==, expected);
  g_assert_cmpint (mvx_log_event_get_int64 (sink->summary, "first_seq", 0), ==, first_seq);
  g_assert_cmpint (mvx_log_event_get_int64 (sink->summary, "last_seq", 0), ==, last_seq);
  g_assert_cmpint (mvx_log_event_get_string (sink->summary, "stream") != NULL, ==, first_seq > 0);
}

/* The batch is taken apart until only what the backend refuses is left over. */
static void
test_poison (Fixture *fixture, gconstpointer data)
{
  static const RigReply no = { MVX_LOG_DISPATCH_DROP, 0, "too ugly" };
  static const RigReply yes = { MVX_LOG_DISPATCH_OK, 1, NULL };
  RigSink *sink = rig (fixture);
  g_autofree char *letters = NULL;
  MvxLogCounters counters;

  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 1);
  rig_sink_wait_entered (sink, 1);
  rig_sink_reply (sink, &yes); /* the first alone */
  rig_sink_reply (sink, &no);  /* the other four */
  rig_sink_reply (sink, &yes);
  rig_sink_reply (sink, &yes);
  rig_sink_reply (sink, &no); /* the third of them */
  rig_sink_log_n (sink, 1, 4);
  rig_sink_gate (sink, FALSE);
  rig_sink_wait_delivered (sink, 4);
  assert_told (sink, 4, 4, "1 events lost: rejected by the destination, kept as dead letters");
  g_assert_cmpstr (mvx_log_event_get_string (sink->summary, "why"), ==, "too ugly");
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (counters.delivered, ==, 4 + 1);
  g_assert_cmpuint (counters.dead, ==, 1);
  letters = read_letters (fixture);
  g_assert_cmpstr (letters, ==, "4 2 too ugly\n");
  end (sink);
}

static void
reject_odd (gpointer data, const MvxLogEvent *event)
{
  if (event->record->number % 2 == 1)
    mvx_log_async_sink_reject (data, (MvxLogEvent *) event, "odd");
}

static void
test_rejected (Fixture *fixture, gconstpointer data)
{
  RigSink *sink = rig (fixture);
  g_autofree char *letters = NULL;
  MvxLogCounters counters;

  rig_sink_gate (sink, TRUE);
  rig_sink_log_n (sink, 0, 5);
  sink->in_event = reject_odd;
  rig_sink_gate (sink, FALSE);
  rig_sink_wait_delivered (sink, 5);
  assert_told (sink, 2, 4, "2 events lost: rejected by the destination, kept as dead letters");
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (counters.delivered, ==, 3 + 1);
  g_assert_cmpuint (counters.dead, ==, 2);
  letters = read_letters (fixture);
  g_assert_true (g_str_has_prefix (letters, "2 ") && g_str_has_suffix (letters, "odd\n"));
  end (sink);
}

/* Confirmed by and by; what was not is delivered again by the next run. */
static void
test_pending (Fixture *fixture, gconstpointer data)
{
  static const RigReply later = { MVX_LOG_DISPATCH_PENDING, 0, NULL };
  RigSink *sink;
  MvxLogCounters counters;

  fixture->config.drain_timeout_us = 1;
  sink = rig (fixture);
  rig_sink_reply (sink, &later);
  rig_sink_reply (sink, &later);
  rig_sink_log_n (sink, 0, 8);
  rig_sink_wait_batches (sink, 1);
  flush_all (sink);
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (counters.spooled, ==, 8);
  mvx_log_async_sink_complete (MVX_LOG_ASYNC_SINK (sink), g_ptr_array_index (sink->batches, 0), MVX_LOG_DISPATCH_RETRY,
                               1, NULL);
  rig_sink_wait_batches (sink, 2);
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (counters.delivered, ==, 1);
  g_assert_cmpuint (counters.spooled, ==, 7);
  g_assert_true (mvx_log_sink_terminate (MVX_LOG_SINK (sink), g_get_monotonic_time (), NULL)
                 || state_of (sink) == MVX_LOG_SINK_STATE_STOPPED);
  g_object_unref (sink);

  sink = rig (fixture);
  rig_sink_wait_delivered (sink, 7);
  assert_delivered (sink, 1, 7);
  end (sink);
}

/* Two MiB of events for one MiB of disk. */
static void
overfill (RigSink *sink)
{
  for (guint i = 0; i < 2000; i++)
    rig_sink_log_large (sink, i, 1000);
}

static guint64 disk_bytes;

static int
add_bytes (const char *path, const struct stat *info, int flag, struct FTW *walk)
{
  disk_bytes += S_ISREG (info->st_mode) ? (guint64) info->st_blocks * 512 : 0;
  return 0;
}

static guint64
measure_disk (Fixture *fixture)
{
  disk_bytes = 0;
  nftw (fixture->directory, add_bytes, 16, FTW_PHYS);
  return disk_bytes;
}

static void
test_drop_oldest (Fixture *fixture, gconstpointer data)
{
  const guint64 max = 1024 * 1024;
  RigSink *sink;
  MvxLogCounters counters;

  fixture->config.spool_max_bytes = max;
  fixture->config.spool_overflow = MVX_LOG_SPOOL_OVERFLOW_DROP_OLDEST;
  sink = rig (fixture);
  break_sink (sink, 100000);
  overfill (sink);
  flush_all (sink);
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_test_message ("2000 events for %" G_GUINT64_FORMAT " bytes: %" G_GUINT64_FORMAT " bytes on disk, %" G_GUINT64_FORMAT
                  " spooled, %" G_GUINT64_FORMAT " dropped",
                  max, measure_disk (fixture), counters.spooled, counters.dropped[MVX_LOG_REASON_QUEUE_FULL]);
  g_assert_cmpuint (measure_disk (fixture), <=, max + max / 8);
  g_assert_cmpuint (counters.dropped[MVX_LOG_REASON_QUEUE_FULL], >, 900);
  g_assert_cmpuint (counters.spooled, <, 1100);
  g_mutex_lock (&sink->mutex);
  g_queue_clear (&sink->replies);
  g_mutex_unlock (&sink->mutex);
  rig_sink_log_n (sink, 2000, 1);
  rig_sink_wait_last (sink, 2000);
  flush_all (sink);
  counters = ledger_check (MVX_LOG_SINK (sink));
  /* It is told of, to the last one. */
  g_assert_cmpuint (sink->n_summaries, >, 0);
  g_assert_cmpuint (sink->told_lost, ==, counters.dropped[MVX_LOG_REASON_QUEUE_FULL]);
  g_assert_cmpuint (sink->told_seqs, ==, sink->told_lost);
  g_assert_cmpuint (sink->numbers->len + sink->told_lost, >=, 2001);
  end (sink);
}

static void
test_drop_newest (Fixture *fixture, gconstpointer data)
{
  RigSink *sink;
  MvxLogCounters counters;

  fixture->config.spool_max_bytes = 1024 * 1024;
  fixture->config.spool_overflow = MVX_LOG_SPOOL_OVERFLOW_DROP_NEWEST;
  sink = rig (fixture);
  break_sink (sink, 100000);
  overfill (sink);
  flush_with_losses (sink);
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (counters.dropped[MVX_LOG_REASON_QUEUE_FULL], >, 900);
  g_assert_cmpuint (counters.spooled + counters.dropped[MVX_LOG_REASON_QUEUE_FULL], ==, 2000);
  end (sink);
}

static gboolean
flush_soon (RigSink *sink, GError **error)
{
  return mvx_log_sink_flush (MVX_LOG_SINK (sink), g_get_monotonic_time () + 20000, error);
}

/* Nothing is taken from the queue before there is room again: then its own policy counts. */
static void
test_block (Fixture *fixture, gconstpointer data)
{
  RigSink *sink;
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = NULL;
  MvxLogCounters counters;
  guint n_in = 0;

  fixture->config.spool_max_bytes = 1024 * 1024;
  fixture->config.spool_overflow = MVX_LOG_SPOOL_OVERFLOW_BLOCK;
  fixture->config.overflow = MVX_LOG_OVERFLOW_RAISE;
  fixture->config.queue_max_size = 100;
  sink = rig (fixture);
  break_sink (sink, 1000000);
  g_atomic_int_set (&n_full, 0);
  while (g_atomic_int_get (&n_full) == 0)
    {
      for (guint i = 0; i < 50; i++)
        rig_sink_log_large (sink, n_in++, 1000);
      /* Until the spool has taken all of it, or has said that it is full. */
      while (g_atomic_int_get (&n_full) == 0 && !flush_soon (sink, NULL))
        ;
    }
  g_assert_false (flush_soon (sink, &error));
  g_assert_cmpuint (n_in, <, 1200);
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (ledger_sum (counters.dropped), ==, 0);
  g_assert_cmpuint (counters.pending, >, 0);
  g_assert_cmpuint (counters.pending + counters.spooled, ==, n_in);
  expected
      = g_strdup_printf ("Sink 'app' has not delivered everything: %" G_GUINT64_FORMAT " events are still waiting, "
                         "0 were lost",
                         counters.pending);
  g_assert_cmpstr (error->message, ==, expected);
  /* The sink is back: everything comes, in order. */
  g_mutex_lock (&sink->mutex);
  g_queue_clear (&sink->replies);
  g_mutex_unlock (&sink->mutex);
  rig_sink_wait_delivered (sink, n_in);
  flush_all (sink);
  assert_delivered (sink, 0, n_in);
  end (sink);
}

#define N_THREADS 3
#define N_EACH 300

static gpointer
log_through (gpointer sink)
{
  static gint number;
  guint first = (guint) g_atomic_int_add (&number, 1) * N_EACH;

  for (guint i = 0; i < N_EACH; i++)
    g_assert_true (rig_sink_write (sink, first + i));
  return NULL;
}

/* From several threads; each one's events stay in order. */
static void
test_through (Fixture *fixture, gconstpointer data)
{
  guint64 next[N_THREADS] = { 0 };
  GThread *threads[N_THREADS];
  MvxLogCounters counters;
  RigSink *sink;

  fixture->config.write = MVX_LOG_SPOOL_WRITE_THROUGH;
  sink = rig (fixture);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("log", log_through, sink);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  rig_sink_wait_delivered (sink, N_THREADS * N_EACH);
  flush_all (sink);
  for (guint i = 0; i < N_THREADS * N_EACH; i++)
    {
      guint64 number = g_array_index (sink->numbers, guint64, i);

      g_assert_cmpuint (number % N_EACH, ==, next[number / N_EACH]++);
    }
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (counters.accepted, ==, N_THREADS * N_EACH);
  g_assert_cmpuint (counters.delivered, ==, N_THREADS * N_EACH);
  end (sink);
}

/* What was written through is on disk when the call returns, whatever the worker does. */
static void
test_through_at_once (Fixture *fixture, gconstpointer data)
{
  RigSink *sink;
  MvxLogCounters counters;

  fixture->config.write = MVX_LOG_SPOOL_WRITE_THROUGH;
  sink = rig (fixture);
  rig_sink_gate (sink, TRUE);
  g_assert_true (rig_sink_write (sink, 0));
  rig_sink_wait_entered (sink, 1);
  for (guint i = 1; i < 100; i++)
    g_assert_true (rig_sink_write (sink, i));
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (counters.spooled, ==, 100);
  g_assert_cmpuint (counters.pending, ==, 0);
  rig_sink_gate (sink, FALSE);
  rig_sink_wait_delivered (sink, 100);
  assert_delivered (sink, 0, 100);
  end (sink);
}

/* An event that is larger than a file is meant to be has one of its own; what is larger than all of the spool blocks
 * nothing. */
static void
test_large (Fixture *fixture, gconstpointer data)
{
  RigSink *sink;
  MvxLogCounters counters;

  fixture->config.spool_max_bytes = 1024 * 1024;
  fixture->config.spool_overflow = MVX_LOG_SPOOL_OVERFLOW_BLOCK;
  fixture->config.max_record = 4 * 1024 * 1024;
  sink = rig (fixture);
  rig_sink_log_large (sink, 0, 300 * 1024);
  rig_sink_log_n (sink, 1, 1);
  rig_sink_log_large (sink, 2, 2 * 1024 * 1024);
  rig_sink_log_n (sink, 3, 1);
  rig_sink_wait_last (sink, 3);
  assert_told (sink, 0, 0, "1 events lost: larger than the spool");
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (counters.delivered, ==, 3 + 1);
  end (sink);
}

static gint n_survived; /* atomic */

static void *
log_cancelled (void *sink)
{
  pthread_cancel (pthread_self ());
  g_assert_true (rig_sink_write (sink, 0));
  g_atomic_int_inc (&n_survived);
  cancel_here ();
  return NULL;
}

/* A thread that is cancelled logs to the end of the call, and leaves no lock behind. */
static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  RigSink *sink;
  pthread_t thread;
  void *result;

  fixture->config.write = (MvxLogSpoolWrite) GPOINTER_TO_INT (data);
  sink = rig (fixture);
  g_atomic_int_set (&n_survived, 0);
  g_assert_cmpint (pthread_create (&thread, NULL, log_cancelled, sink), ==, 0);
  g_assert_cmpint (pthread_join (thread, &result), ==, 0);
  g_assert_true (result == PTHREAD_CANCELED);
  g_assert_cmpint (g_atomic_int_get (&n_survived), ==, 1);
  g_assert_true (rig_sink_write (sink, 1));
  rig_sink_wait_delivered (sink, 2);
  flush_all (sink);
  assert_delivered (sink, 0, 2);
  end (sink);
}

static GMutex disk_mutex;
static GCond disk_cond;
static gboolean disk_hangs;
static gboolean disk_entered;

/* The disk takes as long as it likes to make something durable. */
static void
hang_in_sync (const char *point)
{
  if (strcmp (point, "synced") != 0)
    return;
  g_mutex_lock (&disk_mutex);
  disk_entered = TRUE;
  g_cond_broadcast (&disk_cond);
  while (disk_hangs)
    g_cond_wait (&disk_cond, &disk_mutex);
  g_mutex_unlock (&disk_mutex);
}

static void
hang (gboolean hangs)
{
  g_mutex_lock (&disk_mutex);
  disk_hangs = hangs;
  disk_entered = FALSE;
  g_cond_broadcast (&disk_cond);
  g_mutex_unlock (&disk_mutex);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a;
  gint64 y = *(const gint64 *) b;

  return x < y ? -1 : x > y;
}

/* A logging call never waits for the disk to sync, whoever writes. */
static void
test_slow_disk (Fixture *fixture, gconstpointer data)
{
  const guint n = 5000;
  g_autofree gint64 *times = g_new (gint64, n);
  RigSink *sink;

  fixture->config.write = (MvxLogSpoolWrite) GPOINTER_TO_INT (data);
  fixture->config.sync = MVX_LOG_SPOOL_SYNC_INTERVAL;
  fixture->config.sync_interval_us = 1000;
  hang (TRUE);
  mvx_log_disk_fail_func = hang_in_sync;
  sink = rig (fixture);
  g_assert_true (rig_sink_write (sink, 0));
  g_mutex_lock (&disk_mutex);
  while (!disk_entered)
    g_cond_wait (&disk_cond, &disk_mutex);
  g_mutex_unlock (&disk_mutex);
  for (guint i = 0; i < n; i++)
    {
      gint64 since = g_get_monotonic_time ();

      g_assert_true (rig_sink_write (sink, i + 1));
      times[i] = g_get_monotonic_time () - since;
    }
  qsort (times, n, sizeof *times, compare_times);
  g_test_message ("%s, while a sync hangs: p50 %" G_GINT64_FORMAT " us, p99.9 %" G_GINT64_FORMAT
                  " us, max %" G_GINT64_FORMAT " us",
                  data ? "through" : "worker", times[n / 2], times[n * 999 / 1000], times[n - 1]);
  hang (FALSE);
  rig_sink_wait_delivered (sink, n + 1);
  flush_all (sink);
  assert_delivered (sink, 0, n + 1);
  end (sink);
  mvx_log_disk_fail_func = NULL;
}

/* A spool that cannot be made is a mistake of the configuration. */
static void
test_no_directory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename (fixture->directory, "file", NULL);
  g_autofree char *expected = NULL;
  g_autoptr (RigSink) sink = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  fixture->config.spool_dir = file;
  sink = rig_sink_new (&fixture->config);
  g_assert_false (start (sink, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_ON_STARTING_FAILED);
  expected = g_strdup_printf (
      "Sink 'app' could not be started: Cannot make or open directory '%s/app': Not a directory", file);
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_cmpint (state_of (sink), ==, MVX_LOG_SINK_STATE_FAILURE);
}

static void
assert_place (const char *const *environment, guint user, const char *program, const char *expected)
{
  g_autofree char *place = mvx_log_spool_place_in ((char **) environment, user, program);

  g_assert_cmpstr (place, ==, expected);
}

static void
test_place (void)
{
  static const char *const service[] = { "STATE_DIRECTORY=/var/lib/shop:/var/lib/other", "HOME=/root", NULL };
  static const char *const user[] = { "HOME=/users/ann", "XDG_STATE_HOME=relative", NULL };
  static const char *const xdg[] = { "HOME=/users/ann", "XDG_STATE_HOME=/state", NULL };
  g_autofree char *given = mvx_log_spool_place ("/spools", "app");

  assert_place (service, 0, "shop", "/var/lib/shop/spool");
  assert_place (user, 0, "shop", "/var/lib/mvxlog/shop/spool");
  assert_place (user, 1000, "shop", "/users/ann/.local/state/mvxlog/shop/spool");
  assert_place (xdg, 1000, "a/b", "/state/mvxlog/a_b/spool");
  assert_place (xdg, 1000, "..", "/state/mvxlog/unnamed/spool");
  assert_place (xdg, 1000, NULL, "/state/mvxlog/unnamed/spool");
  g_assert_cmpstr (given, ==, "/spools/app");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  mvx_log_diag_set_func (note_diag, NULL, NULL);
#define ADD(name, func) g_test_add ("/spooler/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("delivers", test_delivers);
  ADD ("identity", test_identity);
  ADD ("outlives", test_outlives);
  ADD ("restart", test_restart);
  ADD ("poison", test_poison);
  ADD ("rejected", test_rejected);
  ADD ("pending", test_pending);
  ADD ("drop-oldest", test_drop_oldest);
  ADD ("drop-newest", test_drop_newest);
  ADD ("block", test_block);
  ADD ("through", test_through);
  ADD ("through-at-once", test_through_at_once);
  g_test_add ("/spooler/slow-disk/worker", Fixture, GINT_TO_POINTER (MVX_LOG_SPOOL_WRITE_WORKER), set_up,
              test_slow_disk, tear_down);
  g_test_add ("/spooler/slow-disk/through", Fixture, GINT_TO_POINTER (MVX_LOG_SPOOL_WRITE_THROUGH), set_up,
              test_slow_disk, tear_down);
  ADD ("large", test_large);
  g_test_add ("/spooler/cancelled/worker", Fixture, GINT_TO_POINTER (MVX_LOG_SPOOL_WRITE_WORKER), set_up,
              test_cancelled, tear_down);
  g_test_add ("/spooler/cancelled/through", Fixture, GINT_TO_POINTER (MVX_LOG_SPOOL_WRITE_THROUGH), set_up,
              test_cancelled, tear_down);
  ADD ("no-directory", test_no_directory);
  g_test_add_func ("/spooler/place", test_place);
  return g_test_run ();
}
