/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* spdlog, text. async: its thread pool with one thread and a queue of 8192 that blocks. sync: the caller writes. */
#include "harness.h"

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

static std::shared_ptr<spdlog::logger> peer_logger;

static int
peer_open (const BenchOptions *options)
{
  auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt> (options->out, true);

  if (strcmp (options->variant, "async") == 0)
    {
      spdlog::init_thread_pool (8192, 1);
      peer_logger = std::make_shared<spdlog::async_logger> (BENCH_LOGGER, sink, spdlog::thread_pool (),
                                                            spdlog::async_overflow_policy::block);
    }
  else
    peer_logger = std::make_shared<spdlog::logger> (BENCH_LOGGER, sink);
  peer_logger->set_pattern ("%Y-%m-%d %H:%M:%S.%f %l %n %v");
  return 0;
}

static inline void
peer_log (int64_t id, const char *client, double ms)
{
  peer_logger->log (spdlog::source_loc{}, spdlog::level::info, "request {} from {} took {} ms", id, client, ms);
}

/* Without its pool the thread ends, and before that the queue is empty. */
static void
peer_close ()
{
  peer_logger->flush ();
  peer_logger.reset ();
  spdlog::details::registry::instance ().set_tp (nullptr);
}

extern "C" const BenchPeer bench_peer
    = { "spdlog", "async|sync", peer_open, nullptr, bench_run, peer_close, nullptr, nullptr, nullptr };
