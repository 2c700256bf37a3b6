/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The crash ring: what a program that is killed had accepted is found by the next one, once. */
#include "ring-rig.h"

#include "test-size.h"

typedef struct
{
  guint64 killed;
  guint64 accepted;
  guint64 delivered;
  guint64 recovered;
  guint64 again; /* had been delivered */
  guint64 told;  /* may have been, as the ledger says */
  guint64 lost;
} Figures;

/* What was accepted was delivered or is found, and nothing is found twice. */
static void
check_storm (Fixture *fixture, Figures *figures)
{
  MvxLogRecoverLedger ledger;
  g_autoptr (GPtrArray) events = recover_with_ledger (fixture, MVX_LOG_RECOVER_TAKE, &ledger);
  g_autofree guint8 *found = g_malloc0 (N_THREADS * MAX_EVENTS);
  guint64 again = 0;

  for (guint i = 0; i < events->len; i++)
    {
      guint64 thread = (guint64) mvx_log_event_get_int64 (g_ptr_array_index (events, i), "thread", -1);
      guint64 n = (guint64) number_of (events, i);

      g_assert_cmpuint (thread, <, N_THREADS);
      /* The call that was under way may have come so far that it counts. */
      g_assert_cmpuint (n, <=, fixture->report->accepted[thread]);
      g_assert_false (found[thread * MAX_EVENTS + n]);
      found[thread * MAX_EVENTS + n] = TRUE;
      again += fixture->report->delivered[thread][n];
    }
  for (guint thread = 0; thread < N_THREADS; thread++)
    for (guint64 n = 0; n < fixture->report->accepted[thread]; n++)
      {
        figures->accepted++;
        figures->delivered += fixture->report->delivered[thread][n];
        figures->lost += !fixture->report->delivered[thread][n] && !found[thread * MAX_EVENTS + n];
      }
  /* Nothing arrives twice but what the ledger says, and that is no more than the batch that the sink had. */
  g_assert_cmpuint (again, <=, ledger.n_again);
  g_assert_cmpuint (ledger.n_again, <=, 64);
  g_assert_cmpuint (ledger.n_damaged, ==, 0);
  figures->again += again;
  figures->told += ledger.n_again;
  figures->killed++;
  figures->recovered += events->len;
  g_assert_cmpuint (figures->lost, ==, 0);
  g_assert_cmpuint (count_rings (fixture), ==, 0);
}

static void
test_sigkill (Fixture *fixture, gconstpointer data)
{
  const guint rounds = g_getenv ("MVXLOG_TEST_LONG") ? 1000 : test_size (50, 5);
  g_autoptr (GRand) random = g_rand_new_with_seed (20261129);
  Figures figures = { 0 };

  for (guint i = 0; i < rounds; i++)
    {
      g_autofree char *after = g_strdup_printf ("%d", g_rand_int_range (random, 0, 6000));

      memset (fixture->report, 0, sizeof *fixture->report);
      run_and_kill (fixture, "storm", after, 1);
      check_storm (fixture, &figures);
    }
  g_test_message ("killed %" G_GUINT64_FORMAT " times: %" G_GUINT64_FORMAT " accepted, %" G_GUINT64_FORMAT
                  " delivered before, %" G_GUINT64_FORMAT " recovered (%" G_GUINT64_FORMAT
                  " of them again, %" G_GUINT64_FORMAT " told), lost %" G_GUINT64_FORMAT,
                  figures.killed, figures.accepted, figures.delivered, figures.recovered, figures.again, figures.told,
                  figures.lost);
  g_assert_cmpuint (figures.recovered, >, 0);
}

/* Everything that an event is comes back, and who has logged it. */
static void
test_event (Fixture *fixture, gconstpointer data)
{
  gint64 before = g_get_real_time () * 1000;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GPtrArray) again = NULL;
  const MvxLogEvent *event;
  MvxLogSender sender;
  MvxLogSender second;
  gint64 after;

  run_and_kill (fixture, "stuck", "3000", 1);
  after = g_get_real_time () * 1000;
  events = recover (fixture, MVX_LOG_RECOVER_KEEP);
  assert_numbers (events, 0, 3000);
  event = g_ptr_array_index (events, 7);
  g_assert_cmpstr (mvx_log_event_get_context (event), ==, "ring.app");
  g_assert_cmpstr (mvx_log_event_get_string (event, "text"), ==, "some text that an event has");
  g_assert_cmpstr (mvx_log_event_get_template (event), ==, "{n} of {thread}");
  g_assert_cmpint (mvx_log_event_get_level (event), ==, MVX_LOG_LEVEL_INFO);
  g_assert_cmpint (event->time_ns, >=, before - 1000000);
  g_assert_cmpint (event->time_ns, <=, after + 1000000);
  g_assert_true (mvx_log_event_get_sender (event, &sender));
  g_assert_cmpuint (sender.pid, !=, (guint) getpid ());
  g_assert_cmpuint (sender.stream, !=, 0);

  /* Nothing was taken; and whoever sees it twice can tell. */
  again = recover (fixture, MVX_LOG_RECOVER_TAKE);
  assert_numbers (again, 0, 3000);
  g_assert_true (mvx_log_event_get_sender (g_ptr_array_index (again, 7), &second));
  g_assert_cmpuint (second.stream, ==, sender.stream);
  g_assert_cmpuint (second.seq, ==, sender.seq);
  g_assert_true (mvx_log_event_get_sender (g_ptr_array_index (again, 8), &second));
  g_assert_cmpuint (second.seq, >, sender.seq);
  g_assert_cmpuint (count_rings (fixture), ==, 0);
}

static void
test_threads (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) events = NULL;

  run_and_kill (fixture, "threads", "", 1);
  events = recover (fixture, MVX_LOG_RECOVER_TAKE);
  assert_numbers (events, 10, 10);
}

static void
test_large (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) events = NULL;

  run_and_kill (fixture, "large", "", 1);
  events = recover (fixture, MVX_LOG_RECOVER_TAKE);
  g_assert_cmpuint (events->len, ==, 5);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *message = mvx_log_event_dup_message (g_ptr_array_index (events, i));

      g_assert_cmpuint (strlen (message), >, 299000);
    }
}

/* The child has nothing of the ring: neither do its events stand in it, nor does it keep the lock. */
static void
test_fork (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) events = NULL;
  g_autofree char *argument = NULL;
  int fds[2];

  g_assert_no_errno (pipe (fds));
  g_assert_no_errno (fcntl (fds[1], F_SETFD, FD_CLOEXEC));
  argument = g_strdup_printf ("%d", fds[0]);
  run_and_kill (fixture, "fork", argument, 2);
  close (fds[0]);
  events = recover (fixture, MVX_LOG_RECOVER_TAKE);
  assert_numbers (events, 0, 11);
  close (fds[1]);
}

/* Before what the next run logs itself; and the run after that finds nothing. */
static void
test_adopt (Fixture *fixture, gconstpointer data)
{
  const MvxLogAsyncConfig config = config_for (fixture->directory);
  MvxLogCounters counters;
  RigSink *sink;

  run_and_kill (fixture, "stuck", "700", 1);
  run_and_kill (fixture, "stuck", "300", 1);
  g_assert_cmpuint (count_rings (fixture), ==, 2);
  sink = start_rig (&config);
  rig_sink_log_n (sink, 5000, 1);
  rig_sink_wait_last (sink, 5000);
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 1001);
  counters = end_rig (sink);
  g_assert_cmpuint (counters.recovered, ==, 1000);
  g_assert_cmpuint (counters.delivered, ==, 1001);
  g_assert_cmpuint (count_rings (fixture), ==, 0);

  sink = start_rig (&config);
  counters = end_rig (sink);
  g_assert_cmpuint (counters.recovered, ==, 0);
}

/* What the sink does not take stays for the next run, and what it has taken does not. */
static void
test_adopt_in_part (Fixture *fixture, gconstpointer data)
{
  static const RigReply none = { MVX_LOG_DISPATCH_RETRY, 0, "nobody there" };
  static const RigReply some = { MVX_LOG_DISPATCH_RETRY, 10, "no more" };
  MvxLogAsyncConfig config = config_for (fixture->directory);
  g_autoptr (GPtrArray) events = NULL;
  MvxLogCounters counters;
  RigSink *sink;

  run_and_kill (fixture, "stuck", "100", 1);
  config.retry_min_us = config.retry_max_us = 1000;
  sink = rig_sink_new (&config);
  rig_sink_reply (sink, &some);
  for (guint i = 0; i < 100000; i++)
    rig_sink_reply (sink, &none);
  g_assert_true (start (sink, NULL));
  rig_sink_wait_entered (sink, 2);
  counters = end_rig_by (sink, g_get_monotonic_time ());
  g_assert_cmpuint (counters.recovered, ==, 10);
  g_assert_cmpuint (counters.delivered, ==, 10);
  events = recover (fixture, MVX_LOG_RECOVER_TAKE);
  assert_numbers (events, 10, 90);
}

static void
test_spool (Fixture *fixture, gconstpointer data)
{
  g_autofree char *spools = g_build_filename (fixture->directory, "spools", NULL);
  MvxLogAsyncConfig config = config_for (fixture->directory);
  MvxLogCounters counters;
  RigSink *sink;

  run_and_kill (fixture, "stuck", "1000", 1);
  config.delivery = MVX_LOG_DELIVERY_SPOOL;
  config.spool_dir = spools;
  config.sync = MVX_LOG_SPOOL_SYNC_NONE;
  sink = start_rig (&config);
  rig_sink_log_n (sink, 5000, 1);
  rig_sink_wait_last (sink, 5000);
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 1001);
  counters = end_rig (sink);
  g_assert_cmpuint (counters.recovered, ==, 1000);
  g_assert_cmpuint (counters.delivered, ==, 1001);
  g_assert_cmpuint (count_rings (fixture), ==, 0);
}

/* Two programs that start at once do not both deliver it. */
static void
test_adopt_once (Fixture *fixture, gconstpointer data)
{
  const guint rounds = test_size (10, 3);

  for (guint i = 0; i < rounds; i++)
    {
      pid_t children[2];
      int ready[2];

      run_and_kill (fixture, "stuck", "500", 1);
      memset (fixture->report, 0, sizeof *fixture->report);
      children[0] = spawn (fixture, "adopt", "0", &ready[0]);
      children[1] = spawn (fixture, "adopt", "1", &ready[1]);
      for (guint k = 0; k < 2; k++)
        {
          end_by (children[k], 0);
          close (ready[k]);
        }
      g_assert_cmpuint (fixture->report->recovered[0] + fixture->report->recovered[1], ==, 500);
      g_assert_cmpuint (count_rings (fixture), ==, 0);
    }
}

/* A program that lives is left alone. */
static void
test_live (Fixture *fixture, gconstpointer data)
{
  int ready;
  pid_t child = spawn (fixture, "stuck", "50", &ready);
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GPtrArray) events = NULL;
  char byte;

  g_assert_cmpint (read (ready, &byte, 1), ==, 1);
  none = recover (fixture, MVX_LOG_RECOVER_TAKE);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_no_errno (kill (child, SIGKILL));
  end_by (child, SIGKILL);
  close (ready);
  events = recover (fixture, MVX_LOG_RECOVER_TAKE);
  assert_numbers (events, 0, 50);
}

int
main (int argc, char **argv)
{
  if (argc == 7 && strcmp (argv[1], "--program") == 0)
    return run_program (argv);
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/ring/sigkill", test_sigkill);
  ADD ("/ring/event", test_event);
  ADD ("/ring/threads", test_threads);
  ADD ("/ring/large", test_large);
  ADD ("/ring/fork", test_fork);
  ADD ("/ring/adopt", test_adopt);
  ADD ("/ring/adopt-in-part", test_adopt_in_part);
  ADD ("/ring/adopt-once", test_adopt_once);
  ADD ("/ring/spool", test_spool);
  ADD ("/ring/live", test_live);
  return g_test_run ();
}
