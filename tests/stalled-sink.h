/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program whose sink is stalled, for those that have little memory. */
#pragma once

#include "capture-sink.h"
#include "rig-sink.h"

/* What was delivered before the gate was shut has segments, too, and so has the lane. */
#define STALLED_MORE_KB 2048

static guint64
stalled_status_kb (const char *name)
{
  g_autofree char *status = NULL;
  const char *line;

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  line = strstr (status, name);
  g_assert_nonnull (line);
  return g_ascii_strtoull (line + strlen (name), NULL, 10);
}

/* @limit is called when everything is as it will be but for the events. Returns what the greatest use of memory was
 * more than that, in kB. */
static guint64
stalled_log (guint n, guint64 queue_bytes, void (*limit) (void))
{
  const MvxLogAsyncConfig config = { .name = "stalled",
                                     .overflow = MVX_LOG_OVERFLOW_DROP_NEWEST,
                                     .queue_max_size = G_MAXINT32,
                                     .queue_max_bytes = queue_bytes };
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (MvxLogContext) context = capture_context ("stalled", sink);
  guint64 before;
  guint64 peak;
  MvxLogCounters c;

  g_assert_true (start (sink, NULL));
  mvx_info (context, "first");
  g_assert_true (flush (sink, NULL));
  rig_sink_gate (sink, TRUE);
  mvx_info (context, "second");
  rig_sink_wait_entered (sink, 2);
  before = stalled_status_kb ("VmRSS:");
  if (limit)
    limit ();
  for (guint i = 0; i < n; i++)
    mvx_info (context, "event {n} of {name}", "n", i, "name", "many that nobody takes");
  peak = stalled_status_kb ("VmHWM:") - before;
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.offered, ==, n + 2);
  rig_sink_gate (sink, FALSE);
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (terminate (sink, NULL));
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.pending, ==, 0);
  g_assert_cmpuint (c.delivered + ledger_sum (c.refused) + ledger_sum (c.dropped), ==, c.offered);
  g_assert_cmpuint (c.refused[MVX_LOG_REASON_QUEUE_FULL], >, n / 2);
  return peak;
}
