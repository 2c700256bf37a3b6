/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fmtlog, text, out of the headers in -Dfmtlog_include, with the headers of its fmt beside it; blocks when its queue is full, polls
 * every 100 us. */
#define FMTLOG_HEADER_ONLY 1
#define FMTLOG_BLOCK 1
#define FMT_HEADER_ONLY 1
#include "harness.h"

#include <fmtlog.h>

static int
peer_open (const BenchOptions *options)
{
  fmtlog::setLogFile (options->out, true);
  fmtlog::setHeaderPattern ("{YmdHMSF} {l} " BENCH_LOGGER " ");
  fmtlog::startPollingThread (100000);
  return 0;
}

static void
peer_thread_begin (int)
{
  fmtlog::preallocate ();
}

static inline void
peer_log (int64_t id, const char *client, double ms)
{
  logi ("request {} from {} took {} ms", id, client, ms);
}

static void
peer_close ()
{
  fmtlog::stopPollingThread ();
  fmtlog::poll (true);
  fmtlog::closeLogFile ();
}

extern "C" const BenchPeer bench_peer
    = { "fmtlog", "text", peer_open, peer_thread_begin, bench_run, peer_close, nullptr, nullptr, nullptr };
