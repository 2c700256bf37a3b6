/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of the events that a sink was offered. */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

/**
 * MvxLogReason:
 * @MVX_LOG_REASON_QUEUE_FULL: the queue was full
 * @MVX_LOG_REASON_LEVEL: refused at 90 % full because the level was too low
 * @MVX_LOG_REASON_STATE: the sink was stopping, stopped or failed
 * @MVX_LOG_REASON_ERROR: the sink's own error
 * @MVX_LOG_REASON_TIMEOUT: waited for space until the deadline, or retried for too long
 * @MVX_LOG_REASON_REJECTED: the sink dropped it (DROP)
 * @MVX_LOG_REASON_SHUTDOWN: undelivered when the sink was terminated
 * @MVX_LOG_N_REASONS: how many reasons there are
 *
 * Why an event was refused (never accepted) or dropped (accepted, then lost).
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_REASON_QUEUE_FULL,
  MVX_LOG_REASON_LEVEL,
  MVX_LOG_REASON_STATE,
  MVX_LOG_REASON_ERROR,
  MVX_LOG_REASON_TIMEOUT,
  MVX_LOG_REASON_REJECTED,
  MVX_LOG_REASON_SHUTDOWN,
#ifndef __GI_SCANNER__ /* which would find no common name */
  MVX_LOG_N_REASONS
#endif
} MvxLogReason;

/**
 * MvxLogLevelClass:
 * @MVX_LOG_LEVEL_CLASS_DEBUG: below INFO
 * @MVX_LOG_LEVEL_CLASS_INFO: from INFO on
 * @MVX_LOG_LEVEL_CLASS_WARNING: from WARNING on
 * @MVX_LOG_LEVEL_CLASS_ERROR: from ERROR on
 * @MVX_LOG_LEVEL_CLASS_CRITICAL: from CRITICAL on
 * @MVX_LOG_N_LEVEL_CLASSES: how many classes there are
 *
 * How severe a lost event was, whatever levels a program has defined.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_LEVEL_CLASS_DEBUG,
  MVX_LOG_LEVEL_CLASS_INFO,
  MVX_LOG_LEVEL_CLASS_WARNING,
  MVX_LOG_LEVEL_CLASS_ERROR,
  MVX_LOG_LEVEL_CLASS_CRITICAL,
#ifndef __GI_SCANNER__
  MVX_LOG_N_LEVEL_CLASSES
#endif
} MvxLogLevelClass;

/**
 * MVX_LOG_N_TIME_CLASSES:
 *
 * Classes of durations in [struct@MvxLog.Counters]. Class 0 is less than a microsecond, class N from 2^(N-1) to less
 * than 2^N microseconds, the last one everything from 4.2 seconds on.
 *
 * Since: 1.0
 */
#define MVX_LOG_N_TIME_CLASSES 24

/**
 * MvxLogCounters:
 * @offered: events that wanted in
 * @accepted: events that the sink took on
 * @delivered: events that have arrived
 * @pending: accepted ones that wait or are on their way
 * @spooled: accepted ones that are kept on disk
 * @refused: events that were never accepted, by [enum@MvxLog.Reason]
 * @dropped: events that were accepted and lost, by [enum@MvxLog.Reason]
 * @retried: events that were offered to the backend once more
 * @failed: dispatch calls that ended in an error
 * @high_water: greatest @pending that the worker has seen
 * @bytes: accepted bytes of records
 * @batches: dispatch calls
 * @wakeups: times that a producer had to wake the worker
 * @lost: refused and dropped ones, by [enum@MvxLog.LevelClass], then by [enum@MvxLog.Reason]
 * @dispatch_time: dispatches by the time until their answer, in a sink with a worker
 * @filtered: events that a filter or processor has kept away, before they were offered
 * @diverted: events that the fallback has, in whose ledger they are from then on
 * @opened: times that the circuit breaker has opened
 * @recovered: of the accepted ones those that former processes have left in the spool
 * @dead: of the dropped ones those that are kept as dead letters, with the reason
 * @dispatch_us: sum of the times that @dispatch_time tells of, in microseconds
 *
 * The ledger of a sink. At any quiescent point `offered = accepted + sum (refused)`,
 * `accepted = delivered + diverted + pending + spooled + sum (dropped)`, and for each reason `refused + dropped` is the sum of
 * `lost` over the level classes. Events that a spool has lost, whose level is not known any more, stand under
 * %MVX_LOG_LEVEL_CLASS_INFO.
 *
 * Since: 1.0
 */
typedef struct
{
  guint64 offered;
  guint64 accepted;
  guint64 delivered;
  guint64 pending;
  guint64 spooled;
#ifndef __GI_SCANNER__
  guint64 refused[MVX_LOG_N_REASONS];
  guint64 dropped[MVX_LOG_N_REASONS];
#else
  guint64 refused[7];
  guint64 dropped[7];
#endif
  guint64 retried;
  guint64 failed;
  guint64 high_water;
  guint64 bytes;
  guint64 batches;
  guint64 wakeups;
#ifndef __GI_SCANNER__ /* which knows one dimension, and sizes in figures only */
  guint64 lost[MVX_LOG_N_LEVEL_CLASSES][MVX_LOG_N_REASONS];
#else
  guint64 lost[35];
#endif
  guint64 dispatch_time[MVX_LOG_N_TIME_CLASSES];
  guint64 filtered;
  guint64 diverted;
  guint64 opened;
  guint64 recovered;
  guint64 dead;
  guint64 dispatch_us;
  /*< private >*/
  guint64 reserved[10];
} MvxLogCounters;

G_END_DECLS
