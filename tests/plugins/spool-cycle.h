/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program with a spooled sink that is killed at any moment and started again, and what must hold then: what it was told is
 * safe arrives, and what arrives twice fits into one batch for each kill. The program is the test itself, with --child. */
#pragma once

#include <signal.h>
#include <stdlib.h>

#include "../ledger-check.h"
#include "peer.h"
#include "store-fixture.h"

#define CYCLE_BATCH 64
#define CYCLE_FLUSH 100
#define CYCLE_THROUGH "CYCLE_THROUGH" /* in the environment: what a call has accepted is safe, without a flush */
#define CYCLE_MAX 20000 /* events of a run */

MVX_LOG_CONTEXT (cycle_context, "org.example.cycle")

typedef struct
{
  const char *program; /* argv[0] */
  char       *config;  /* a key-file */
  guint       n_runs;
  guint       safe[64]; /* per run: how many events were flushed, as far as the program could tell */
  guint8     *seen[64];
} Cycle;

/* Begins to log events with "run" and "n", and tells on standard output how many are safe. With @n 0 it delivers what is
 * there, and ends. */
static inline int
cycle_child (const MvxLogStaticPlugin *plugin,
             const char               *config,
             const char               *run,
             const char               *n)
{
  const guint number = (guint) strtoul (run, NULL, 10);
  const guint end = (guint) strtoul (n, NULL, 10);
  const gboolean through = g_getenv (CYCLE_THROUGH) != NULL;
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (GError) error = NULL;
  MvxLogCounters counters;

  g_assert_true (mvx_log_register_static_plugin (plugin, &error));
  mvx_log_configure_from_file (config, &error);
  g_assert_no_error (error);
  for (guint i = 1; i <= end; i++)
    {
      mvx_info (cycle_context, "event", "run", number, "n", i);
      if (!through && i % CYCLE_FLUSH != 0)
        continue;
      if (!through)
        mvx_log_flush (-1, &error);
      g_assert_no_error (error);
      printf ("%u\n", i);
      fflush (stdout);
    }
  sink = mvx_log_get_sink ("out");
  mvx_log_shutdown (-1, NULL);
  counters = ledger_check (sink);
  g_assert_cmpuint (counters.pending, ==, 0);
  /* Who refuses everything refuses what tells of it, too: what was accepted now, and not logged. */
  g_assert_cmpuint (counters.accepted, >=, counters.recovered + end);
  g_assert_cmpuint (counters.dead + (counters.accepted - counters.recovered - end), >=, ledger_sum (counters.dropped));
  return 0;
}

static inline void
cycle_init (Cycle      *self,
            const char *program,
            const char *directory,
            const char *sink)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  *self = (Cycle){ .program = program };
  self->config = g_build_filename (directory, "cycle.conf", NULL);
  text = g_strdup_printf ("[mvxlog]\nversion=1\n[sink out]\n%s\ndelivery=spool\nspool-dir=%s/spool\nbatch-max=%d\n"
                          "queue-overflow=block\nblock-timeout=-1\nretry-min=5ms\nretry-max=50ms\n"
                          "drain-timeout=-1\n[context]\nsinks=out\n",
                          sink, directory, CYCLE_BATCH);
  g_file_set_contents (self->config, text, -1, &error);
  g_assert_no_error (error);
}

static inline void
cycle_clear (Cycle *self)
{
  for (guint i = 0; i < self->n_runs; i++)
    g_free (self->seen[i]);
  g_free (self->config);
}

/* One run, killed when it has said that @enough are safe; G_MAXUINT: not at all. */
static inline void
cycle_run (Cycle *self,
           guint  n_events,
           guint  enough)
{
  g_autofree char *run = g_strdup_printf ("%u", self->n_runs);
  g_autofree char *n = g_strdup_printf ("%u", n_events);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GDataInputStream) said = NULL;
  g_autoptr (GError) error = NULL;
  guint safe = 0;
  char *line;

  g_assert_cmpuint (self->n_runs, <, G_N_ELEMENTS (self->safe));
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, self->program, "--child", self->config, run, n,
                              NULL);
  g_assert_no_error (error);
  said = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  while ((line = g_data_input_stream_read_line (said, NULL, NULL, NULL)))
    {
      safe = (guint) strtoul (line, NULL, 10);
      g_free (line);
      if (safe >= enough)
        g_subprocess_send_signal (process, SIGKILL);
    }
  g_subprocess_wait (process, NULL, &error);
  g_assert_no_error (error);
  if (enough == G_MAXUINT)
    g_assert_true (g_subprocess_get_successful (process));
  self->safe[self->n_runs] = safe;
  self->seen[self->n_runs++] = g_new0 (guint8, CYCLE_MAX + 1);
}

/* An event that has arrived. */
static inline void
cycle_note (Cycle  *self,
            guint64 run,
            guint64 n)
{
  g_assert_cmpuint (run, <, self->n_runs);
  g_assert_cmpuint (n, >=, 1);
  g_assert_cmpuint (n, <=, CYCLE_MAX);
  self->seen[run][n]++;
}

/* @n_breaks: kills and lost connections. Returns how many have come twice. */
static inline guint
cycle_check (Cycle *self,
             guint  n_breaks)
{
  guint n_safe = 0;
  guint n_lost = 0;
  guint n_twice = 0;
  guint n_arrived = 0;

  for (guint run = 0; run < self->n_runs; run++)
    {
      n_safe += self->safe[run];
      for (guint n = 1; n <= CYCLE_MAX; n++)
        {
          n_lost += n <= self->safe[run] && self->seen[run][n] == 0;
          n_twice += self->seen[run][n] > 1 ? self->seen[run][n] - 1u : 0;
          n_arrived += self->seen[run][n] > 0;
        }
    }
  g_test_message ("%u runs, %u breaks: %u events safe, %u arrived, %u lost, %u twice (a batch is %d)", self->n_runs,
                  n_breaks, n_safe, n_arrived, n_lost, n_twice, CYCLE_BATCH);
  g_assert_cmpuint (n_lost, ==, 0);
  g_assert_cmpuint (n_twice, <=, n_breaks * CYCLE_BATCH);
  return n_twice;
}
