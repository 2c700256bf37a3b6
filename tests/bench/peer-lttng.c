/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LTTng's user space tracer: a tracepoint with the three values, into the session that run.py has made. The trace is a
 * folder beside the file that is asked for; its events are counted with babeltrace2. */
#include "harness.h"

#include <stdio.h>

#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "peer-lttng-tp.h"

static int
peer_open (const BenchOptions *options)
{
  (void) options;
  if (lttng_ust_tracepoint_enabled (bench, request))
    return 0;
  fprintf (stderr, "no session traces this program; run.py starts one\n");
  return 77;
}

static inline void
peer_log (int64_t id, const char *client, double ms)
{
  lttng_ust_tracepoint (bench, request, id, client, ms);
}

/* Everything is in the buffers, which belong to the consumer daemon; stopping the session writes them. */
static void
peer_close (void)
{
  if (system ("lttng --quiet stop") != 0)
    fprintf (stderr, "lttng stop failed\n");
}

static long
peer_count (const char *path)
{
  char command[600];
  long n = -1;
  FILE *lines;

  snprintf (command, sizeof command, "babeltrace2 '%s.lttng' 2>/dev/null | wc -l", path);
  lines = popen (command, "r");
  if (lines == NULL || fscanf (lines, "%ld", &n) != 1)
    n = -1;
  if (lines)
    pclose (lines);
  return n;
}

const BenchPeer bench_peer = { "lttng", "binary", peer_open, NULL, bench_run, peer_close, NULL, peer_count, NULL };
