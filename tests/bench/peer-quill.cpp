/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* quill 7 or newer, out of the headers in -Dquill_include. text: its file sink; json: its JSON file sink. The queue is
 * quill's default: unbounded. */
#include "harness.h"

#include <quill/Backend.h>
#include <quill/Frontend.h>
#include <quill/LogMacros.h>
#include <quill/Logger.h>
#include <quill/sinks/FileSink.h>
#include <quill/sinks/JsonSink.h>

static quill::Logger *peer_logger;

static int
peer_open (const BenchOptions *options)
{
  quill::FileSinkConfig config;
  std::shared_ptr<quill::Sink> sink;

  config.set_open_mode ('w');
  quill::Backend::start ();
  if (strcmp (options->variant, "json") == 0)
    sink = quill::Frontend::create_or_get_sink<quill::JsonFileSink> (options->out, config);
  else
    sink = quill::Frontend::create_or_get_sink<quill::FileSink> (options->out, config);
  peer_logger = quill::Frontend::create_or_get_logger (
      BENCH_LOGGER, std::move (sink),
      quill::PatternFormatterOptions{ "%(time) %(log_level) %(logger) %(message)", "%Y-%m-%d %H:%M:%S.%Qus" });
  return 0;
}

static void
peer_thread_begin (int)
{
  quill::Frontend::preallocate ();
}

static inline void
peer_log (int64_t id, const char *client, double ms)
{
  LOG_INFO (peer_logger, "request {id} from {client} took {ms} ms", id, client, ms);
}

static void
peer_close ()
{
  peer_logger->flush_log ();
  quill::Backend::stop ();
}

extern "C" const BenchPeer bench_peer
    = { "quill", "text|json", peer_open, peer_thread_begin, bench_run, peer_close, nullptr, nullptr, nullptr };
