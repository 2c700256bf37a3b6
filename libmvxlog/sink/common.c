/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sink/common-private.h"
#include "sink/option-parse-private.h"
#include "sink/shape-private.h"

#define MVX_LOG_COMMON_MS G_GINT64_CONSTANT (1000)
#define MVX_LOG_COMMON_S G_GINT64_CONSTANT (1000000)
#define MVX_LOG_COMMON_DAY (86400 * MVX_LOG_COMMON_S)

static const char *const mvx_log_common_sleeps[] = { "deep", "lazy", NULL };

/* In the order of MvxLogDelivery, MvxLogSpoolWrite and MvxLogSpoolOverflow of async/async-config, and MvxLogSpoolSync
 * of durable/spool. */
static const char *const mvx_log_common_deliveries[] = { "queue", "spool", NULL };
static const char *const mvx_log_common_syncs[] = { "interval", "none", "batch", NULL };
static const char *const mvx_log_common_writes[] = { "worker", "through", NULL };
static const char *const mvx_log_common_spool_overflows[] = { "drop-oldest", "drop-newest", "block", NULL };
static const char *const mvx_log_common_rings[] = { "off", "on", NULL };
static const char *const mvx_log_common_acks[] = { "sink", "none", NULL };

/* In the order of MvxLogOverflow. */
/* clang-format off */
static const char *const mvx_log_common_overflows[] = {
  "raise", "drop-newest", "drop-oldest", "block", "below-level", NULL
};

const MvxLogOptionSpec mvx_log_common_options[] = {
  { "level", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, "info", 0, 0, NULL,
    "Least level that the sink takes: trace, debug, info, notice, warning, error, critical, off or a number",
    { mvx_log_option_is_level, NULL } },
  { "enabled", MVX_LOG_OPTION_BOOLEAN, MVX_LOG_OPTION_RELOADABLE, "true", 0, 0, NULL,
    "Whether the sink takes events at all", { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

const MvxLogOptionSpec mvx_log_common_async_options[] = {
  { "queue-max-size", MVX_LOG_OPTION_INT64, 0, "10000", 0, G_MAXINT32, NULL,
    "Most events that may wait, the one being delivered included; 0 for the default", { NULL, NULL } },
  { "queue-max-bytes", MVX_LOG_OPTION_SIZE, 0, "64MiB", 0, G_GINT64_CONSTANT (1) << 40, NULL,
    "Most memory for waiting events; 0 for the default", { NULL, NULL } },
  { "max-record-size", MVX_LOG_OPTION_SIZE, 0, "64KiB", 1024, 1 << 30, NULL,
    "Most bytes of one event; fields and text beyond are left out, and it is marked as truncated", { NULL, NULL } },
  { "queue-overflow", MVX_LOG_OPTION_ENUM, 0, "raise", 0, 0, mvx_log_common_overflows,
    "What to do with an event when the queue is full", { NULL, NULL } },
  { "block-timeout", MVX_LOG_OPTION_DURATION, 0, "1s", -1, MVX_LOG_COMMON_DAY, NULL,
    "For queue-overflow=block: longest wait for space; -1 for ever, 0 for the default", { NULL, NULL } },
  { "batch-max", MVX_LOG_OPTION_INT64, 0, "256", 1, 65536, NULL,
    "Most events in one delivery", { NULL, NULL } },
  { "max-in-flight", MVX_LOG_OPTION_INT64, 0, "1", 1, 1024, NULL,
    "Most deliveries that wait for an acknowledgement", { NULL, NULL } },
  { "linger", MVX_LOG_OPTION_DURATION, 0, "20ms", 1, 10 * MVX_LOG_COMMON_S, NULL,
    "How long the worker looks for more after the last event before it sleeps", { NULL, NULL } },
  { "sleep", MVX_LOG_OPTION_ENUM, 0, "deep", 0, 0, mvx_log_common_sleeps,
    "deep: no wake-ups when idle; lazy: a timer of 50 to 200 ms, so that no call pays for waking the worker",
    { NULL, NULL } },
  { "retry-min", MVX_LOG_OPTION_DURATION, 0, "100ms", MVX_LOG_COMMON_MS, MVX_LOG_COMMON_DAY, NULL,
    "First wait after a failed delivery", { NULL, NULL } },
  { "retry-max", MVX_LOG_OPTION_DURATION, 0, "30s", MVX_LOG_COMMON_MS, MVX_LOG_COMMON_DAY, NULL,
    "Longest wait between two attempts", { NULL, NULL } },
  { "retry-max-age", MVX_LOG_OPTION_DURATION, 0, "0", 0, 365 * MVX_LOG_COMMON_DAY, NULL,
    "Give an event up after this time; 0 for never", { NULL, NULL } },
  { "retry-count", MVX_LOG_OPTION_INT64, 0, "0", 0, G_MAXINT32, NULL,
    "Give an event up after this many attempts behind the first; 0 for no limit", { NULL, NULL } },
  { "breaker-failures", MVX_LOG_OPTION_INT64, 0, "5", 0, G_MAXINT32, NULL,
    "Failed deliveries in a row after which the sink rests; 0 for never", { NULL, NULL } },
  { "breaker-pause", MVX_LOG_OPTION_DURATION, 0, "5s", MVX_LOG_COMMON_MS, MVX_LOG_COMMON_DAY, NULL,
    "First rest, before one event is tried; twice as long after each failed trial, and never more than retry-max",
    { NULL, NULL } },
  { "fallback", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_SINK, NULL, 0, 0, NULL,
    "Sink that gets the events while this one rests, and what it could not deliver at its end", { NULL, NULL } },
  { "drain-timeout", MVX_LOG_OPTION_DURATION, 0, "5s", -1, MVX_LOG_COMMON_DAY, NULL,
    "Longest wait for waiting events when a reload closes the sink; -1 for ever, 0 for the default. At its end the "
    "program says how long", { NULL, NULL } },
  { "crash-ring", MVX_LOG_OPTION_ENUM, 0, "off", 0, 0, mvx_log_common_rings,
    "on: what waits in the queue survives a program that is killed; its next run, or 'mvxlog recover', delivers it",
    { NULL, NULL } },
  { "crash-ring-dir", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For crash-ring=on: directory in memory, an absolute path; the default is ring below $RUNTIME_DIRECTORY, /run/mvxlog "
    "for root, else $XDG_RUNTIME_DIR/mvxlog", { NULL, NULL } },
  { "delivery", MVX_LOG_OPTION_ENUM, 0, "queue", 0, 0, mvx_log_common_deliveries,
    "queue: events wait in memory; spool: on disk, and outlive the program", { NULL, NULL } },
  { "spool-dir", MVX_LOG_OPTION_STRING, 0, NULL, 0, 0, NULL,
    "For delivery=spool: directory of the spools, an absolute path; the default is spool below $STATE_DIRECTORY, "
    "/var/lib/mvxlog for root, else $XDG_STATE_HOME/mvxlog", { NULL, NULL } },
  { "spool-sync", MVX_LOG_OPTION_ENUM, 0, "interval", 0, 0, mvx_log_common_syncs,
    "When the disk is told to keep it: none, interval (CRITICAL and above at once) or batch", { NULL, NULL } },
  { "spool-sync-interval", MVX_LOG_OPTION_DURATION, 0, "1s", MVX_LOG_COMMON_MS, MVX_LOG_COMMON_DAY, NULL,
    "For spool-sync=interval: longest time until then; 256 KiB make it shorter", { NULL, NULL } },
  { "spool-write", MVX_LOG_OPTION_ENUM, 0, "worker", 0, 0, mvx_log_common_writes,
    "worker: the sink's thread writes; through: the logging call does, so that nothing is lost when the program is killed",
    { NULL, NULL } },
  { "spool-max-bytes", MVX_LOG_OPTION_SIZE, 0, "1GiB", 1024 * 1024, G_GINT64_CONSTANT (1) << 50, NULL,
    "Most bytes on disk, give or take a segment", { NULL, NULL } },
  { "spool-keep-free", MVX_LOG_OPTION_SIZE, 0, NULL, 0, G_GINT64_CONSTANT (1) << 50, NULL,
    "Bytes of the file system that the spool leaves free; the default is 5 % or 256 MiB, whichever is less",
    { NULL, NULL } },
  { "spool-overflow", MVX_LOG_OPTION_ENUM, 0, "drop-oldest", 0, 0, mvx_log_common_spool_overflows,
    "What to do when there is no room on disk; block: events wait in the queue, and then queue-overflow counts",
    { NULL, NULL } },
  { "ack", MVX_LOG_OPTION_ENUM, 0, "sink", 0, 0, mvx_log_common_acks,
    "For delivery=spool: sink: what the sink confirms is done; none: what it was handed is, as it never knows",
    { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};
/* clang-format on */

gboolean
mvx_log_common_has_option (const MvxLogOptionSpec *spec)
{
  return (spec >= mvx_log_common_options && spec < mvx_log_common_options + G_N_ELEMENTS (mvx_log_common_options))
         || mvx_log_shape_has_option (spec);
}
