/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* log4cplus, text. async: a queue of 8192 that blocks, before the file appender. sync: the caller writes. */
#include "harness.h"

#include <log4cplus/asyncappender.h>
#include <log4cplus/fileappender.h>
#include <log4cplus/initializer.h>
#include <log4cplus/layout.h>
#include <log4cplus/logger.h>
#include <log4cplus/loggingmacros.h>
#include <memory>

static std::unique_ptr<log4cplus::Initializer> peer_initializer;
static log4cplus::Logger peer_logger;
static log4cplus::SharedAppenderPtr peer_file;
static log4cplus::SharedAppenderPtr peer_queue;

static int
peer_open (const BenchOptions *options)
{
  peer_initializer = std::make_unique<log4cplus::Initializer> ();
  peer_file = new log4cplus::FileAppender (options->out, std::ios_base::trunc, false);
  peer_file->setLayout (std::make_unique<log4cplus::PatternLayout> ("%D{%Y-%m-%d %H:%M:%S.%q} %p %c %m%n"));
  peer_logger = log4cplus::Logger::getInstance (BENCH_LOGGER);
  peer_logger.setAdditivity (false);
  if (strcmp (options->variant, "async") == 0)
    peer_queue = new log4cplus::AsyncAppender (peer_file, 8192);
  peer_logger.addAppender (peer_queue ? peer_queue : peer_file);
  return 0;
}

static inline void
peer_log (int64_t id, const char *client, double ms)
{
  LOG4CPLUS_INFO (peer_logger, "request " << id << " from " << client << " took " << ms << " ms");
}

static void
peer_close ()
{
  if (peer_queue)
    peer_queue->close ();
  peer_file->close ();
}

extern "C" const BenchPeer bench_peer
    = { "log4cplus", "async|sync", peer_open, nullptr, bench_run, peer_close, nullptr, nullptr, nullptr };
