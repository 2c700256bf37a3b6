/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A RigSink in any of the states, for tables of states and operations. */
#pragma once

#include "rig-sink.h"

typedef enum
{
  AT_VIRGIN,
  AT_STARTING, /* its hook waits */
  AT_RUNNING,
  AT_STOPPING, /* with one event in dispatch, which waits */
  AT_STOPPED,
  AT_FAILURE, /* its hook has failed */
  AT_TERMINATED,
  N_AT
} At;

static const char *const at_names[N_AT]
    = { "virgin", "starting", "running", "stopping", "stopped", "failure", "terminated" };

static const MvxLogAsyncConfig at_config = { .name = "rig", .queue_max_size = 100000, .retry_min_us = 1000 };

static void
at_begin (MvxLogOperation *(*func) (MvxLogAsyncSink *self), RigSink *sink)
{
  mvx_log_operation_unref (func (MVX_LOG_ASYNC_SINK (sink)));
}

static void
at_enter (RigSink *sink, At at)
{
  switch (at)
    {
    case AT_STARTING:
      rig_sink_hold_start (sink, TRUE);
      at_begin (mvx_log_async_sink_start, sink);
      break;
    case AT_FAILURE:
      sink->starting_error = "no such server";
      g_assert_false (start (sink, NULL));
      break;
    case AT_RUNNING:
    case AT_STOPPED:
    case AT_TERMINATED:
      g_assert_true (start (sink, NULL));
      g_assert_true (at == AT_RUNNING || (at == AT_STOPPED ? stop : terminate) (sink, NULL));
      break;
    case AT_STOPPING:
      g_assert_true (start (sink, NULL));
      rig_sink_gate (sink, TRUE);
      rig_sink_log_n (sink, 0, 1);
      rig_sink_wait_entered (sink, 1);
      at_begin (mvx_log_async_sink_stop, sink);
      break;
    case AT_VIRGIN:
    case N_AT:
    default:
      break;
    }
}

static RigSink *
at_new (At at)
{
  RigSink *sink = rig_sink_new (&at_config);

  at_enter (sink, at);
  return sink;
}

/* Lets go on what waits. */
static void
at_release (RigSink *sink)
{
  rig_sink_hold_start (sink, FALSE);
  rig_sink_gate (sink, FALSE);
}

G_GNUC_UNUSED static gpointer
at_release_thread (gpointer sink)
{
  at_release (sink);
  return NULL;
}

/* The diagnostics of a failing sink are not what is tested. */
static void
at_on_diag (gint level, const char *message, gpointer data)
{
}

static inline void
at_init (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  mvx_log_diag_set_func (at_on_diag, NULL, NULL);
}
