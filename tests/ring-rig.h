/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs with a crash ring that are killed: the test itself, run again with a task. */
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "capture-sink.h"
#include "rig-sink.h"

#include "broken/fixture.h"

#include "context/tree-internal.h"
#include "durable/spool-home-private.h"

#define N_THREADS 2
#define MAX_EVENTS 200000 /* of a thread */

/* Written by a program that is killed, read when it is dead. */
typedef struct
{
  guint64 accepted[N_THREADS]; /* atomic: calls that have returned */
  guint8 delivered[N_THREADS][MAX_EVENTS];
  guint64 recovered[N_THREADS]; /* by programs that adopt */
} Report;

typedef struct
{
  char *directory;
  char *rings; /* of the sink app */
  char *report_path;
  Report *report;
} Fixture;

static Report *
map_report (const char *path)
{
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  Report *report;

  g_assert_cmpint (fd, >=, 0);
  g_assert_no_errno (ftruncate (fd, sizeof *report));
  report = mmap (NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  g_assert_true (report != MAP_FAILED);
  close (fd);
  return report;
}

G_GNUC_UNUSED static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = fixture_make_directory ();
  fixture->rings = g_build_filename (fixture->directory, "app", NULL);
  fixture->report_path = g_build_filename (fixture->directory, "report", NULL);
  fixture->report = map_report (fixture->report_path);
}

G_GNUC_UNUSED static void
tear_down (Fixture *fixture, gconstpointer data)
{
  munmap (fixture->report, sizeof *fixture->report);
  fixture_remove (fixture->directory);
  g_free (fixture->directory);
  g_free (fixture->rings);
  g_free (fixture->report_path);
}

/* The programs. */

G_GNUC_UNUSED static MvxLogAsyncConfig
config_for (const char *directory)
{
  return (MvxLogAsyncConfig){ .name = "app",
                              .overflow = MVX_LOG_OVERFLOW_BLOCK,
                              .block_timeout_us = -1,
                              .crash_ring = TRUE,
                              .crash_ring_dir = directory,
                              .batch_max = 64 };
}

static Report *report_here;
static MvxLogContext *context_here;
static int ready_fd; /* a byte there: it is time to be killed */

static void
say_ready (void)
{
  g_assert_cmpint (write (ready_fd, "", 1), ==, 1);
}

static void
wait_for_death (void)
{
  for (;;)
    pause ();
}

static RigSink *
open_sink (const MvxLogAsyncConfig *config)
{
  RigSink *sink = rig_sink_new (config);
  g_autoptr (GError) error = NULL;

  context_here = mvx_log_tree_configure ("ring.app", &error);
  g_assert_no_error (error);
  mvx_log_sink_set_level (MVX_LOG_SINK (sink), MVX_LOG_LEVEL_NOTSET);
  g_assert_true (mvx_log_context_set_sinks (context_here, (MvxLogSink **) &sink, 1, NULL));
  g_assert_true (mvx_log_context_set_level (context_here, MVX_LOG_LEVEL_TRACE, NULL));
  return sink;
}

static void
log_event (guint thread, guint64 n)
{
  mvx_info (context_here, "{n} of {thread}", "n", n, "thread", thread, "text", "some text that an event has");
}

static void
note_delivered (gpointer sink, const MvxLogEvent *event)
{
  gint64 thread = mvx_log_event_get_int64 (event, "thread", -1);

  if (thread >= 0)
    report_here->delivered[thread][mvx_log_event_get_int64 (event, "n", 0)] = TRUE;
}

static guint64 ready_after;

static gpointer
log_for_ever (gpointer data)
{
  guint thread = GPOINTER_TO_UINT (data);

  for (guint64 n = 0; n < MAX_EVENTS; n++)
    {
      log_event (thread, n);
      __atomic_store_n (&report_here->accepted[thread], n + 1, __ATOMIC_RELEASE);
      if (thread == 0 && n == ready_after)
        say_ready ();
    }
  wait_for_death ();
  return NULL;
}

static void
program_storm (const MvxLogAsyncConfig *config, const char *argument)
{
  RigSink *sink = open_sink (config);

  ready_after = g_ascii_strtoull (argument, NULL, 10);
  sink->in_event = note_delivered;
  for (guint i = 1; i < N_THREADS; i++)
    g_thread_unref (g_thread_new ("storm", log_for_ever, GUINT_TO_POINTER (i)));
  log_for_ever (GUINT_TO_POINTER (0));
}

/* So many events that are stuck. */
static void
program_stuck (const MvxLogAsyncConfig *config, const char *argument)
{
  guint64 n = g_ascii_strtoull (argument, NULL, 10);
  RigSink *sink = open_sink (config);

  rig_sink_gate (sink, TRUE);
  for (guint64 i = 0; i < n; i++)
    log_event (0, i);
  say_ready ();
  wait_for_death ();
}

static gpointer
log_one (gpointer n)
{
  log_event (0, GPOINTER_TO_UINT (n));
  return NULL;
}

/* Threads that come and go hand lanes on. Ten events are delivered, ten are not. */
static void
program_threads (const MvxLogAsyncConfig *config, const char *argument)
{
  RigSink *sink = open_sink (config);

  for (guint i = 0; i < 20; i++)
    {
      if (i == 10)
        {
          g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, NULL));
          rig_sink_gate (sink, TRUE);
        }
      g_thread_join (g_thread_new ("one", log_one, GUINT_TO_POINTER (i)));
    }
  say_ready ();
  wait_for_death ();
}

static void
program_large (const MvxLogAsyncConfig *config, const char *argument)
{
  MvxLogAsyncConfig large = *config;
  RigSink *sink;

  large.max_record = 1024 * 1024;
  sink = open_sink (&large);
  rig_sink_gate (sink, TRUE);
  for (guint i = 0; i < 5; i++)
    rig_sink_log_large (sink, i, 300000);
  say_ready ();
  wait_for_death ();
}

/* Files of it may not be as large as a segment: no signal, and everything arrives. */
static void
program_limited (const MvxLogAsyncConfig *config, const char *argument)
{
  struct rlimit before;
  struct rlimit limit;
  RigSink *sink;

  g_assert_no_errno (getrlimit (RLIMIT_FSIZE, &before));
  limit = before;
  limit.rlim_cur = 4096;
  g_assert_no_errno (setrlimit (RLIMIT_FSIZE, &limit));
  sink = open_sink (config);
  for (guint i = 0; i < 10000; i++)
    log_event (0, i);
  g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 10000);
  g_assert_true (mvx_log_context_set_sinks (context_here, NULL, 0, NULL));
  g_assert_true (terminate (sink, NULL));
  ledger_check (MVX_LOG_SINK (sink));
  g_object_unref (sink);
  g_assert_no_errno (setrlimit (RLIMIT_FSIZE, &before)); /* a build for coverage writes at its end */
}

/* The child lives on when the parent is killed: @argument is the descriptor whose end it waits for. */
static void
program_fork (const MvxLogAsyncConfig *config, const char *argument)
{
  int end = (int) g_ascii_strtoll (argument, NULL, 10);
  RigSink *sink = open_sink (config);
  pid_t child;
  char byte;

  rig_sink_gate (sink, TRUE);
  for (guint i = 0; i < 10; i++)
    log_event (0, i);
  child = fork ();
  if (child == 0)
    {
      for (guint i = 100; i < 110; i++)
        log_event (0, i);
      say_ready ();
      while (read (end, &byte, 1) != 0)
        ;
      _exit (0);
    }
  log_event (0, 10);
  say_ready ();
  wait_for_death ();
}

/* Takes over what it finds. */
static void
program_adopt (const MvxLogAsyncConfig *config, const char *argument)
{
  RigSink *sink = rig_sink_new (config);
  MvxLogCounters counters = { 0 };

  g_assert_true (start (sink, NULL));
  mvx_log_sink_get_counters (MVX_LOG_SINK (sink), &counters);
  rig_sink_wait_delivered (sink, (guint) counters.recovered);
  report_here->recovered[g_ascii_strtoull (argument, NULL, 10)] = counters.recovered;
  g_assert_true (terminate (sink, NULL));
  ledger_check (MVX_LOG_SINK (sink));
  g_object_unref (sink);
}

static const struct
{
  const char *name;
  void (*func) (const MvxLogAsyncConfig *config, const char *argument);
} programs[] = {
  { "storm", program_storm }, { "stuck", program_stuck }, { "threads", program_threads }, { "large", program_large },
  { "fork", program_fork },   { "adopt", program_adopt }, { "limited", program_limited },
};

/* --program NAME ARGUMENT DIRECTORY REPORT FD */
G_GNUC_UNUSED static int
run_program (char **argv)
{
  MvxLogAsyncConfig config = config_for (argv[4]);

  report_here = map_report (argv[5]);
  ready_fd = (int) g_ascii_strtoll (argv[6], NULL, 10);
  for (guint i = 0; i < G_N_ELEMENTS (programs); i++)
    if (strcmp (programs[i].name, argv[2]) == 0)
      programs[i].func (&config, argv[3]);
  return 0;
}

/* Whoever runs them. */

static pid_t
spawn (Fixture *fixture, const char *name, const char *argument, int *ready)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *fd = NULL;
  int fds[2];
  pid_t child;

  g_assert_no_errno (pipe2 (fds, O_CLOEXEC));
  fd = g_strdup_printf ("%d", fds[1]);
  child = fork ();
  if (child == 0)
    {
      fcntl (fds[1], F_SETFD, 0);
      execl (self, self, "--program", name, argument, fixture->directory, fixture->report_path, fd, NULL);
      _exit (127);
    }
  g_assert_cmpint (child, >, 0);
  close (fds[1]);
  *ready = fds[0];
  return child;
}

static void
end_by (pid_t child, int expected)
{
  int status;

  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, expected);
}

/* Killed when it has said so @n times. */
G_GNUC_UNUSED static void
run_and_kill (Fixture *fixture, const char *name, const char *argument, guint n)
{
  int ready;
  pid_t child = spawn (fixture, name, argument, &ready);
  char byte;

  for (guint i = 0; i < n; i++)
    g_assert_cmpint (read (ready, &byte, 1), ==, 1);
  g_assert_no_errno (kill (child, SIGKILL));
  end_by (child, SIGKILL);
  close (ready);
}

static gboolean
collect (MvxLogEvent *const *events, guint n_events, gpointer data)
{
  for (guint i = 0; i < n_events; i++)
    g_ptr_array_add (data, mvx_log_event_copy (events[i]));
  return TRUE;
}

static GPtrArray *
recover_with_ledger (Fixture *fixture, MvxLogRecoverFlags flags, MvxLogRecoverLedger *ledger)
{
  GPtrArray *events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_recover (fixture->rings, flags, collect, events, ledger, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (ledger->n_events, ==, events->len);
  g_assert_cmpuint (ledger->n_again, <=, events->len);
  return events;
}

G_GNUC_UNUSED static GPtrArray *
recover (Fixture *fixture, MvxLogRecoverFlags flags)
{
  MvxLogRecoverLedger ledger;

  return recover_with_ledger (fixture, flags, &ledger);
}

G_GNUC_UNUSED static gint64
number_of (GPtrArray *events, guint i)
{
  return mvx_log_event_get_int64 (g_ptr_array_index (events, i), "n", -1);
}

G_GNUC_UNUSED static void
assert_numbers (GPtrArray *events, gint64 first, guint n)
{
  g_assert_cmpuint (events->len, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpint (number_of (events, i), ==, first + i);
}

G_GNUC_UNUSED static guint
count_rings (Fixture *fixture)
{
  g_auto (GStrv) names = mvx_log_spool_home_list (fixture->rings, NULL);

  return names ? g_strv_length (names) : 0;
}

G_GNUC_UNUSED static RigSink *
start_rig (const MvxLogAsyncConfig *config)
{
  RigSink *sink = rig_sink_new (config);
  g_autoptr (GError) error = NULL;

  g_assert_true (start (sink, &error));
  g_assert_no_error (error);
  return sink;
}

G_GNUC_UNUSED static MvxLogCounters
end_rig_by (RigSink *sink, gint64 deadline_us)
{
  MvxLogCounters counters;
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_sink_terminate (MVX_LOG_SINK (sink), deadline_us, &error));
  g_assert_no_error (error);
  counters = ledger_check (MVX_LOG_SINK (sink));
  g_object_unref (sink);
  return counters;
}

G_GNUC_UNUSED static MvxLogCounters
end_rig (RigSink *sink)
{
  return end_rig_by (sink, -1);
}
