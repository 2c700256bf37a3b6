/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NanoLog, its C++17 variant, out of the sources in -Dnanolog_include (the folder runtime of its repository). It writes
 * raw arguments; text is made later by another program, so that its throughput compares with nobody's. */
#include "harness.h"

#include <array>
#include <stdio.h>

#include <GeneratedCode.h>
#include <NanoLogCpp17.h>

/* The other variant's generated code has this; here is none. */
namespace GeneratedFunctions
{
size_t numLogIds = 0;
}

static int
peer_open (const BenchOptions *options)
{
  NanoLog::setLogFile (options->out);
  return 0;
}

static void
peer_thread_begin (int)
{
  NanoLog::preallocate ();
}

static inline void
peer_log (int64_t id, const char *client, double ms)
{
  using namespace NanoLog::LogLevels;

  NANO_LOG (NOTICE, "request %ld from %s took %lf ms", (long) id, client, ms);
}

static void
peer_close ()
{
  NanoLog::sync ();
}

static long
peer_count (const char *path)
{
  NanoLogInternal::Log::Decoder decoder;
  FILE *nowhere = fopen ("/dev/null", "w");
  long n = nowhere && decoder.open (path) ? (long) decoder.decompressUnordered (nowhere) : -1;

  if (nowhere)
    fclose (nowhere);
  return n;
}

extern "C" const BenchPeer bench_peer
    = { "nanolog", "binary", peer_open, peer_thread_begin, bench_run, peer_close, nullptr, peer_count, nullptr };
