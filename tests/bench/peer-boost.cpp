/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Boost.Log, text: asynchronous front end with its unbounded queue. */
#define BOOST_LOG_DYN_LINK 1
#include "harness.h"

#include <boost/date_time/posix_time/posix_time.hpp>
#include <boost/log/attributes.hpp>
#include <boost/log/core.hpp>
#include <boost/log/expressions.hpp>
#include <boost/log/sinks/async_frontend.hpp>
#include <boost/log/sinks/text_ostream_backend.hpp>
#include <boost/log/sources/severity_channel_logger.hpp>
#include <boost/log/support/date_time.hpp>
#include <boost/log/trivial.hpp>
#include <boost/make_shared.hpp>
#include <fstream>

namespace logging = boost::log;
typedef logging::sinks::asynchronous_sink<logging::sinks::text_ostream_backend> PeerSink;
typedef logging::sources::severity_channel_logger<logging::trivial::severity_level, std::string> PeerLogger;

static boost::shared_ptr<PeerSink> peer_sink;
static thread_local PeerLogger *peer_logger;

static int
peer_open (const BenchOptions *options)
{
  namespace expr = logging::expressions;
  auto backend = boost::make_shared<logging::sinks::text_ostream_backend> ();

  backend->add_stream (boost::make_shared<std::ofstream> (options->out));
  backend->auto_flush (false);
  peer_sink = boost::make_shared<PeerSink> (backend);
  peer_sink->set_formatter (
      expr::stream << expr::format_date_time<boost::posix_time::ptime> ("TimeStamp", "%Y-%m-%d %H:%M:%S.%f") << " "
                   << logging::trivial::severity << " " << expr::attr<std::string> ("Channel") << " "
                   << expr::smessage);
  logging::core::get ()->add_sink (peer_sink);
  logging::core::get ()->add_global_attribute ("TimeStamp", logging::attributes::utc_clock ());
  return 0;
}

static void
peer_thread_begin (int)
{
  peer_logger = new PeerLogger (logging::keywords::channel = BENCH_LOGGER);
}

static inline void
peer_log (int64_t id, const char *client, double ms)
{
  BOOST_LOG_SEV (*peer_logger, logging::trivial::info)
      << "request " << id << " from " << client << " took " << ms << " ms";
}

static void
peer_close ()
{
  peer_sink->flush ();
  logging::core::get ()->remove_sink (peer_sink);
  peer_sink->stop ();
  peer_sink->flush ();
  peer_sink.reset ();
}

extern "C" const BenchPeer bench_peer
    = { "boost", "async", peer_open, peer_thread_begin, bench_run, peer_close, nullptr, nullptr, nullptr };
